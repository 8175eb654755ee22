package operate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Worker is what AWS says of a worker's service.
type Worker struct {
	// Name is the worker's in the configuration.
	Name    string
	Service types.Service
	// Image is what its newest deployment runs.
	Image string
}

// lookAtWorkers finds the services of the configured workers. One that is not there is in no
// state.
func (p *Platform) lookAtWorkers(ctx context.Context, s *State) error {
	for _, worker := range p.Config.Workers {
		service, err := p.serviceCalled(ctx, p.Config.PhysicalName(worker.Resource()))
		if errors.Is(err, errNothing) {
			continue
		}
		if err != nil {
			return err
		}
		found, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: primary(service).TaskDefinition})
		if err != nil {
			return err
		}
		s.Workers = append(s.Workers, Worker{worker.Name, service, imageOf(*found.TaskDefinition, worker.Resource())})
	}
	return nil
}

// going tells whether a deployment goes on.
func (w Worker) going() bool {
	return primary(w.Service).RolloutState == types.DeploymentRolloutStateInProgress
}

// problems are what people have to look at. While a deployment goes on, its image may be
// another one than the API's.
func (w Worker) problems(s State) (problems []string) {
	newest, service := primary(w.Service), w.Service
	reason := aws.ToString(newest.RolloutStateReason)
	switch {
	case newest.RolloutState == types.DeploymentRolloutStateFailed, strings.Contains(reason, "rolling back"):
		problems = append(problems, "the deployment failed: "+reason)
	case w.going() || primary(s.Service).RolloutState == types.DeploymentRolloutStateInProgress:
	case w.Image != s.Image():
		problems = append(problems, fmt.Sprintf("runs %s, and the API %s", w.Image, s.Image()))
	}
	if !w.going() && service.RunningCount < service.DesiredCount {
		problems = append(problems, fmt.Sprintf("%d of %d tasks run", service.RunningCount, service.DesiredCount))
	}
	return problems
}

// workers says of each how far it is.
func (s State) workers() (lines []string) {
	for _, w := range s.Workers {
		newest := primary(w.Service)
		lines = append(lines, fmt.Sprintf("%s: %s %s, %d of %d running, %d starting", w.Name, revision(newest.TaskDefinition), state(newest),
			w.Service.RunningCount, w.Service.DesiredCount, w.Service.PendingCount))
	}
	return lines
}
