package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"flask-api/config"
)

// revert is a service that is taken back.
type revert struct {
	name     string
	now, old definedImage
}

// Rollback takes the workers back to the image that the service runs, where they run another
// one, because a deployment of the service was taken back. Otherwise it points the service to
// the newest revision before its own that a deployment has completed with, and its workers to
// theirs of that image. It waits for the end of that. The caller is asked first.
func (p *Platform) Rollback(ctx context.Context, confirmed func(question string) bool) error {
	api, err := p.before(ctx, p.Config.PhysicalName("service"), p.Config.Name, "")
	if err != nil {
		return err
	}
	reverts, err := p.others(ctx, api.now.image)
	if err == nil && len(reverts) == 0 {
		reverts, err = p.withWorkers(ctx, api)
	}
	if err != nil {
		return err
	}
	if !confirmed(question(reverts)) {
		return errors.New("nothing was changed")
	}
	if err := p.revert(ctx, reverts); err != nil {
		return err
	}
	for _, r := range reverts[1:] {
		p.note("%s runs %s.", r.name, r.old.image)
	}
	p.note("%s runs %s. %s", reverts[0].name, reverts[0].old.image, p.next(reverts[0].old.image))
	return nil
}

// withWorkers are the service and those of its workers that do not run its old image yet.
func (p *Platform) withWorkers(ctx context.Context, api revert) ([]revert, error) {
	switch {
	case api.old.arn == "":
		return nil, fmt.Errorf("no deployment of the last 90 days has completed with a revision before %s", api.now.revision())
	case api.old.status == types.TaskDefinitionStatusInactive:
		return nil, fmt.Errorf("%s ran %s, and was deregistered with its replacement, as everywhere but where Protected is on or a pipeline deploys. %s",
			api.old.revision(), api.old.image, p.deployed(api.old.image))
	}
	workers, err := p.others(ctx, api.old.image)
	return append([]revert{api}, workers...), err
}

// deployed is how the image is deployed without its revisions.
func (p *Platform) deployed(image string) string {
	return fmt.Sprintf("Deploy its tag: IMAGE_TAG=%s make deploy ENVIRONMENT=%s", tagOf(image), p.Config.Suffix)
}

// others are the workers that run another image, each with its revision of this one.
func (p *Platform) others(ctx context.Context, image string) (others []revert, err error) {
	for _, worker := range p.Config.Workers {
		r, err := p.before(ctx, p.Config.PhysicalName(worker.Resource()), worker.Resource(), image)
		switch {
		case err != nil:
			return nil, err
		case r.now.image == image:
		case r.old.arn == "":
			return nil, fmt.Errorf("%s runs %s, and no deployment of the last 90 days has completed with an active revision of %s. %s", r.name, r.now.image, image, p.deployed(image))
		default:
			others = append(others, r)
		}
	}
	return others, nil
}

// revert points the services to their old revisions, and waits for all of them.
func (p *Platform) revert(ctx context.Context, reverts []revert) error {
	deployments := make([]string, len(reverts))
	for i, r := range reverts {
		updated, err := p.ecs().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String(p.Config.PhysicalName("cluster")), Service: &r.name, TaskDefinition: &r.old.arn})
		if err != nil {
			return fmt.Errorf("pointing %s to %s: %w", r.name, r.old.revision(), explained(err))
		}
		deployments[i] = aws.ToString(primary(*updated.Service).Id)
	}
	for i, r := range reverts {
		if err := p.follow(ctx, r.name, deployments[i], p.Progress()); err != nil {
			return err
		}
	}
	return nil
}

// question is what the caller is asked.
func question(reverts []revert) string {
	var each []string
	for _, r := range reverts {
		each = append(each, fmt.Sprintf("%s from %s (%s) back to %s (%s)", r.name, r.now.revision(), r.now.image, r.old.revision(), r.old.image))
	}
	return "Take " + strings.Join(each, ", and ") + "?"
}

// before is what the service runs, in the container of that name, and what it is taken back
// to, if there is any: the newest revision before its own that a deployment has completed with
// or, of an image, the newest active one of these that runs it.
func (p *Platform) before(ctx context.Context, name, container, image string) (revert, error) {
	r := revert{name: name}
	service, err := p.serviceCalled(ctx, name)
	if err != nil {
		return r, err
	}
	now := aws.ToString(primary(service).TaskDefinition)
	if r.now, err = p.image(ctx, now, container); err != nil || r.now.image == image {
		return r, err
	}
	worked, err := p.worked(ctx, service, number(&now))
	for _, arn := range worked {
		old, err := p.image(ctx, arn, container)
		if err != nil {
			return r, err
		}
		if image == "" || old.image == image && old.status == types.TaskDefinitionStatusActive {
			r.old = old
			break
		}
	}
	return r, err
}

// next is what must follow, so that nobody undoes it unawares.
func (p *Platform) next(image string) string {
	if p.Config.Deployment.Images == config.ImagesExternal {
		return "The pipeline's next deployment decides what runs after it."
	}
	return fmt.Sprintf("The next deployment would undo this: set Registry.ImageTag to %q, or deploy once with IMAGE_TAG=%[1]s.", tagOf(image))
}

// worked are the revisions below the number that deployments of the service have completed
// with, the newest first.
func (p *Platform) worked(ctx context.Context, service types.Service, below int) (worked []string, err error) {
	input := &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(p.Config.PhysicalName("cluster")), Service: service.ServiceName, Status: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusSuccessful},
	}
	for {
		page, err := p.ecs().ListServiceDeployments(ctx, input)
		if err != nil {
			return nil, fmt.Errorf("asking ECS for the deployments of %s: %w", aws.ToString(service.ServiceName), explained(err))
		}
		var arns []string // of a page of 20, which is as many as can be described at once
		for _, deployment := range page.ServiceDeployments {
			arns = append(arns, aws.ToString(deployment.TargetServiceRevisionArn))
		}
		if len(arns) > 0 {
			found, err := p.ecs().DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: arns})
			if err != nil {
				return nil, fmt.Errorf("asking ECS for the revisions of %s: %w", aws.ToString(service.ServiceName), explained(err))
			}
			for _, r := range found.ServiceRevisions {
				if number(r.TaskDefinition) < below && !slices.Contains(worked, *r.TaskDefinition) {
					worked = append(worked, *r.TaskDefinition)
				}
			}
		}
		if input.NextToken = page.NextToken; input.NextToken == nil {
			slices.SortFunc(worked, func(a, b string) int { return number(&b) - number(&a) })
			return worked, nil
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
	arn, image string
	status     types.TaskDefinitionStatus
}

func (d definedImage) revision() string { return revision(&d.arn) }

// image is what the container of a task definition runs.
func (p *Platform) image(ctx context.Context, definition, container string) (definedImage, error) {
	found, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &definition})
	if err != nil {
		return definedImage{}, fmt.Errorf("reading %s: %w", revision(&definition), explained(err))
	}
	return definedImage{definition, imageOf(*found.TaskDefinition, container), found.TaskDefinition.Status}, nil
}
