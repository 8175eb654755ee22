package operate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"flask-api/config"
)

// Rollback points the service to the newest revision before its own that a deployment has
// completed with, and waits for the end of that. The caller is asked first.
func (p *Platform) Rollback(ctx context.Context, confirmed func(question string) bool) error {
	service, err := p.service(ctx)
	if err != nil {
		return err
	}
	now := primary(service)
	before, err := p.worked(ctx, service, number(now.TaskDefinition))
	if err != nil {
		return err
	}
	if before == "" {
		return fmt.Errorf("no deployment of the last 90 days has completed with a revision before %s", revision(now.TaskDefinition))
	}
	old, err := p.image(ctx, before)
	if err != nil {
		return err
	}
	if old.status == types.TaskDefinitionStatusInactive {
		return fmt.Errorf("%s ran %s, and was deregistered with its replacement, as everywhere but where Protected is on or a pipeline deploys. "+
			"Deploy its tag: IMAGE_TAG=%s make deploy ENVIRONMENT=%s", revision(&before), old.image, tagOf(old.image), p.Config.Suffix)
	}
	current, err := p.image(ctx, aws.ToString(now.TaskDefinition))
	if err != nil {
		return err
	}
	question := fmt.Sprintf("Take %s from %s (%s) back to %s (%s)?", p.Config.PhysicalName("service"), revision(now.TaskDefinition), current.image, revision(&before), old.image)
	if !confirmed(question) {
		return errors.New("nothing was changed")
	}
	updated, err := p.ecs().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String(p.Config.PhysicalName("cluster")), Service: service.ServiceName, TaskDefinition: &before})
	if err != nil {
		return fmt.Errorf("pointing %s to %s: %w", p.Config.PhysicalName("service"), revision(&before), explained(err))
	}
	if err := p.follow(ctx, aws.ToString(primary(*updated.Service).Id), p.Progress()); err != nil {
		return err
	}
	p.note("%s runs %s. %s", p.Config.PhysicalName("service"), old.image, p.next(old.image))
	return nil
}

// next is what must follow, so that nobody undoes it unawares.
func (p *Platform) next(image string) string {
	if p.Config.Deployment.Images == config.ImagesExternal {
		return "The pipeline's next deployment decides what runs after it."
	}
	return fmt.Sprintf("The next deployment would undo this: set Registry.ImageTag to %q, or deploy once with IMAGE_TAG=%[1]s.", tagOf(image))
}

// worked is the newest revision below the number that a deployment of the service has
// completed with, or empty.
func (p *Platform) worked(ctx context.Context, service types.Service, below int) (string, error) {
	input := &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(p.Config.PhysicalName("cluster")), Service: service.ServiceName, Status: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusSuccessful},
	}
	best := ""
	for {
		page, err := p.ecs().ListServiceDeployments(ctx, input)
		if err != nil {
			return "", fmt.Errorf("asking ECS for the deployments of %s: %w", p.Config.PhysicalName("service"), explained(err))
		}
		var arns []string // of a page of 20, which is as many as can be described at once
		for _, deployment := range page.ServiceDeployments {
			arns = append(arns, aws.ToString(deployment.TargetServiceRevisionArn))
		}
		if len(arns) > 0 {
			found, err := p.ecs().DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: arns})
			if err != nil {
				return "", fmt.Errorf("asking ECS for the revisions of %s: %w", p.Config.PhysicalName("service"), explained(err))
			}
			for _, r := range found.ServiceRevisions {
				if n := number(r.TaskDefinition); n < below && n > number(&best) {
					best = *r.TaskDefinition
				}
			}
		}
		if input.NextToken = page.NextToken; input.NextToken == nil {
			return best, nil
		}
	}
}

// number is the last part of a task definition's ARN.
func number(arn *string) int {
	text := aws.ToString(arn)
	n, _ := strconv.Atoi(text[strings.LastIndex(text, ":")+1:]) // None is 0.
	return n
}

type definedImage struct {
	image  string
	status types.TaskDefinitionStatus
}

// image is what a task definition runs.
func (p *Platform) image(ctx context.Context, definition string) (definedImage, error) {
	found, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &definition})
	if err != nil {
		return definedImage{}, fmt.Errorf("reading %s: %w", revision(&definition), explained(err))
	}
	return definedImage{State{API: p.Config.Name, Definition: *found.TaskDefinition}.Image(), found.TaskDefinition.Status}, nil
}
