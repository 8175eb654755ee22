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
	// named is where its image is.
	named setting
}

// Rollback takes back the service of that name, whose other image it finds, or, without a name,
// the API. It takes the workers back to the image that the API runs, where they run another
// one, because a deployment of the API was taken back. Otherwise it points the API to
// the newest revision before its own that a deployment has completed with, and its workers to
// theirs of that image. It waits for the end of that. The caller is asked first.
func (p *Platform) Rollback(ctx context.Context, service string, confirmed func(question string) bool) error {
	find := p.ofAPI
	if service != "" {
		find = func(ctx context.Context) ([]revert, error) { return p.ofService(ctx, service) }
	}
	reverts, err := find(ctx)
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
	p.note("%s runs %s. %s", reverts[0].name, reverts[0].old.image, p.next(reverts[0]))
	return nil
}

// ofAPI are the API and its workers, or the workers that have to follow it.
func (p *Platform) ofAPI(ctx context.Context) ([]revert, error) {
	api, err := p.before(ctx, p.Config.PhysicalName("service"), p.Config.Name, "", anyRevision)
	if err != nil {
		return nil, err
	}
	if reverts, err := p.others(ctx, api.now.image); err != nil || len(reverts) > 0 {
		return reverts, err
	}
	if err := p.possible(api, "revision"); err != nil {
		return nil, err
	}
	workers, err := p.others(ctx, api.old.image)
	return append([]revert{api}, workers...), err
}

// ofService is the service of that name: what it may be taken back for is its image.
func (p *Platform) ofService(ctx context.Context, name string) ([]revert, error) {
	i, err := p.webService(name)
	if err != nil {
		return nil, err
	}
	w := p.Config.Services[i]
	r, err := p.before(ctx, p.Config.PhysicalName(w.Resource()), w.Resource(), "", func(now, old definedImage) bool { return old.image != now.image })
	if errors.Is(err, errNothing) {
		return nil, p.absent("service", name)
	}
	if err != nil {
		return nil, err
	}
	r.named = imageOfService(i, w)
	return []revert{r}, p.possible(r, "revision of another image")
}

// possible is why a service cannot be taken back, if it cannot.
func (p *Platform) possible(r revert, wanted string) error {
	switch {
	case r.old.arn == "":
		return fmt.Errorf("no deployment of the last 90 days has completed with a %s before %s", wanted, r.now.revision())
	case r.old.status == types.TaskDefinitionStatusInactive:
		return fmt.Errorf("%s ran %s, and was deregistered with its replacement, as everywhere but where Protected is on or a pipeline deploys. %s",
			r.old.revision(), r.old.image, p.deployed(r.named, r.old.image))
	}
	return nil
}

// deployed is how the image is deployed without its revisions.
func (p *Platform) deployed(named setting, image string) string {
	return fmt.Sprintf("Deploy its tag: %s=%s make deploy ENVIRONMENT=%s", named.variable, tagOf(image), p.Config.Suffix)
}

// others are the workers that run another image, each with its revision of this one.
func (p *Platform) others(ctx context.Context, image string) (others []revert, err error) {
	for _, worker := range p.Config.Workers {
		r, err := p.before(ctx, p.Config.PhysicalName(worker.Resource()), worker.Resource(), image, func(_, old definedImage) bool {
			return old.image == image && old.status == types.TaskDefinitionStatusActive
		})
		switch {
		case errors.Is(err, errNothing): // It is in the configuration alone, and runs nothing.
		case err != nil:
			return nil, err
		case r.now.image == image:
		case r.old.arn == "":
			return nil, fmt.Errorf("%s runs %s, and no deployment of the last 90 days has completed with an active revision of %s. %s", r.name, r.now.image, image, p.deployed(r.named, image))
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

// anyRevision takes the newest one.
func anyRevision(_, _ definedImage) bool { return true }

// before is what the service runs, in the container of that name, and what it is taken back
// to, if there is any: the newest revision before its own that a deployment has completed with
// and that is wanted. What runs the image already is left alone.
func (p *Platform) before(ctx context.Context, name, container, image string, wanted func(now, old definedImage) bool) (revert, error) {
	r := revert{name: name, named: apiImage}
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
		if wanted(r.now, old) {
			r.old = old
			break
		}
	}
	return r, err
}

// next is what must follow, so that nobody undoes it unawares.
func (p *Platform) next(r revert) string {
	if p.Config.Deployment.Images == config.ImagesExternal {
		return "The pipeline's next deployment decides what runs after it."
	}
	return fmt.Sprintf("The next deployment would undo this: set %s to %q, or deploy once with %s=%[2]s.", r.named.field, tagOf(r.old.image), r.named.variable)
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
