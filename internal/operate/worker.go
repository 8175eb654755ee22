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

// Process is what AWS says of an ECS service beside the API's.
type Process struct {
	// Name is that of the worker, or of the service, in the configuration.
	Name    string
	Service types.Service
	// Image is what its newest deployment runs.
	Image string
}

// process finds the ECS service that is called like its container, or none.
func (p *Platform) process(ctx context.Context, name, resource string) (*Process, error) {
	service, err := p.serviceCalled(ctx, p.Config.PhysicalName(resource))
	if errors.Is(err, errNothing) {
		return nil, nil //nolint:nilnil // It is in the configuration, and not in AWS.
	}
	if err != nil {
		return nil, err
	}
	found, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: primary(service).TaskDefinition})
	if err != nil {
		return nil, err
	}
	return &Process{name, service, imageOf(*found.TaskDefinition, resource)}, nil
}

// lookAtWorkers finds the services of the configured workers. One that is not there is in no
// state.
func (p *Platform) lookAtWorkers(ctx context.Context, s *State) error {
	for _, worker := range p.Config.Workers {
		process, err := p.process(ctx, worker.Name, worker.Resource())
		if err != nil {
			return err
		}
		if process != nil {
			s.Workers = append(s.Workers, *process)
		}
	}
	return nil
}

// going tells whether a deployment goes on.
func (w Process) going() bool {
	return primary(w.Service).RolloutState == types.DeploymentRolloutStateInProgress
}

// failure is what the newest deployment failed with, or empty.
func (w Process) failure() string {
	newest := primary(w.Service)
	reason := aws.ToString(newest.RolloutStateReason)
	if newest.RolloutState == types.DeploymentRolloutStateFailed || strings.Contains(reason, "rolling back") {
		return "the deployment failed: " + reason
	}
	return ""
}

// lacking says how many tasks run of those that should, unless all do.
func (w Process) lacking() string {
	if w.going() || w.Service.RunningCount >= w.Service.DesiredCount {
		return ""
	}
	return fmt.Sprintf("%d of %d tasks run", w.Service.RunningCount, w.Service.DesiredCount)
}

// line says how far it is.
func (w Process) line() string {
	newest := primary(w.Service)
	return fmt.Sprintf("%s: %s %s, %d of %d running, %d starting", w.Name, revision(newest.TaskDefinition), state(newest),
		w.Service.RunningCount, w.Service.DesiredCount, w.Service.PendingCount)
}

// workerProblems are what people have to look at. While a deployment goes on, a worker's image
// may be another one than the API's.
func (s State) workerProblems(w Process) []string {
	failure := w.failure()
	if failure == "" && !w.going() && primary(s.Service).RolloutState != types.DeploymentRolloutStateInProgress && w.Image != s.Image() {
		failure = fmt.Sprintf("runs %s, and the API %s", w.Image, s.Image())
	}
	return []string{failure, w.lacking()}
}

// workers says of each how far it is.
func (s State) workers() (lines []string) {
	for _, w := range s.Workers {
		lines = append(lines, w.line())
	}
	return lines
}
