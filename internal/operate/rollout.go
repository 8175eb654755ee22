package operate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Follow waits until ECS has decided on the newest deployments of the workers, the services and
// the API, and tells how far they are. It fails when the tasks of one did not become healthy.
// What was not created has nothing to decide: Terraform has said why.
//
// Terraform's provider looks at the number of tasks only when it creates a service:
// tasks that run and fail their health checks are enough for it, and for tasks that
// cannot start it waits until its time is over, without a word on why.
func (p *Platform) Follow(ctx context.Context, tell func(types.Deployment)) error {
	var resources []string
	for _, worker := range p.Config.Workers {
		resources = append(resources, worker.Resource())
	}
	for _, service := range p.Config.Services {
		resources = append(resources, service.Resource())
	}
	for _, resource := range append(resources, "service") {
		if err := p.follow(ctx, p.Config.PhysicalName(resource), "", tell); err != nil {
			return err
		}
	}
	return nil
}

// follow does so with the service's deployment of that id, which may not be known everywhere
// at the first look; an empty one is the newest.
func (p *Platform) follow(ctx context.Context, name, followed string, tell func(types.Deployment)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.Config.Service.DeploymentTimeoutMinutes)*time.Minute)
	defer cancel()
	for first := true; ; first = false {
		service, err := p.serviceCalled(ctx, name)
		switch {
		case errors.Is(err, errNothing):
			return nil
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return p.unhealthy(name, "they are still being started")
		case err != nil:
			return err
		}
		newest := primary(service)
		if followed == "" {
			followed = aws.ToString(newest.Id)
		}
		reason := aws.ToString(newest.RolloutStateReason)
		tell(newest)
		switch {
		case aws.ToString(newest.Id) != followed && first:
		case aws.ToString(newest.Id) != followed:
			return p.unhealthy(name, "ECS went back to %s: %s", revision(newest.TaskDefinition), why(service, followed, reason))
		case newest.RolloutState == types.DeploymentRolloutStateFailed, strings.Contains(reason, "rolling back"):
			return p.unhealthy(name, "%s", reason)
		case newest.RolloutState == types.DeploymentRolloutStateCompleted:
			return nil
		}
		p.pause(ctx)
	}
}

// primary is the service's newest deployment.
func primary(service types.Service) types.Deployment {
	for _, deployment := range service.Deployments {
		if aws.ToString(deployment.Status) == "PRIMARY" {
			return deployment
		}
	}
	return types.Deployment{}
}

// why is the reason that ECS gives for the end of a deployment, if it still shows it.
func why(service types.Service, id, otherwise string) string {
	for _, deployment := range service.Deployments {
		if aws.ToString(deployment.Id) == id && aws.ToString(deployment.RolloutStateReason) != "" {
			return *deployment.RolloutStateReason
		}
	}
	if otherwise == "" {
		return "the deployment " + id + " failed, or another one took its place"
	}
	return otherwise
}

// unhealthy says where to look.
func (p *Platform) unhealthy(service, reason string, arguments ...any) error {
	return fmt.Errorf("the new tasks did not become healthy (%s). Read why in the events of the ECS service %s and in the log group /ecs/%s, "+
		"mend the image or its settings, and deploy again", fmt.Sprintf(reason, arguments...), service, p.Config.StackName())
}

// Progress is a function that tells of a deployment whenever it has moved.
func (p *Platform) Progress() func(types.Deployment) {
	last := ""
	return func(d types.Deployment) {
		line := fmt.Sprintf("%s, %s: %d of %d running, %d starting, %d failed", revision(d.TaskDefinition), state(d), d.RunningCount, d.DesiredCount, d.PendingCount, d.FailedTasks)
		if line != last {
			p.note("%s", line)
		}
		last = line
	}
}

// state is how far a deployment is, in words.
func state(d types.Deployment) string {
	return strings.ToLower(strings.ReplaceAll(string(d.RolloutState), "_", " "))
}

// revision is a task definition's family and number, of its ARN.
func revision(arn *string) string {
	_, name, _ := strings.Cut(aws.ToString(arn), "/")
	return name
}
