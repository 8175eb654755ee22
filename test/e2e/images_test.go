package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// tagged is the life's configuration with another tag.
func (l *life) tagged(tag string) config.Config {
	cfg := l.cfg
	cfg.Registry.ImageTag = tag
	return cfg
}

// digest is that of an image.
const digest = "sha256:00000000000000000000000000000000000000000000000000000000000000ff"

// keepsImage takes an environment through the images that it is to run: none without a
// word goes away.
func (l *life) keepsImage(t *testing.T) {
	t.Helper()
	r := l.begin(t, "10. images that are named, kept and taken back")
	l.replaceStack(t, l.tagged(brokenTag))
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	l.build(t, root, "build", "-o", filepath.Join(l.dir, "rollout"), "./cmd/rollout")
	output, code := l.run(t, l.dir, nil, filepath.Join(l.dir, "rollout"), l.cfg.Suffix)
	assert.NotZero(t, code, "a first deployment whose tasks never become healthy fails")
	assert.Contains(t, string(output), "events of the ECS service "+l.cfg.PhysicalName("service")+" and in the log group /ecs/"+l.cfg.StackName())

	l.replaceStack(t, l.tagged("v1"))
	l.apply(t, l.stackDir())
	_, code = l.run(t, l.dir, nil, filepath.Join(l.dir, "rollout"), l.cfg.Suffix)
	assert.Zero(t, code, "the next deployment is healthy")
	r.changes = l.unchanged(t)
	l.cfg = l.tagged("v1")
	l.checkDeployed(t)
	l.cfg = l.tagged("")
	first := l.runs(t, ":v1")

	l.replaceStack(t, l.tagged(""))
	l.unchanged(t)
	l.replaceStack(t, l.tagged(digest))
	assert.Equal(t, plan{
		"terraform_data.registry_image_tag":               "update",
		"aws_ecs_task_definition.service_task_definition": "replace",
		"aws_ecs_service.service":                         "update",
	}, l.plan(t, l.stackDir(), "-out=named.tfplan"))
	assert.Contains(t, string(l.terraform(t, l.stackDir(), "show", "named.tfplan")), `"v1" -> "`+digest+`"`)
	l.apply(t, l.stackDir())
	l.runs(t, "@"+digest)
	l.refusesRevision(t, first)

	l.replaceStack(t, l.tagged(""))
	l.unchanged(t)
	l.replaceStack(t, l.tagged(config.TagPlaceholder))
	l.apply(t, l.stackDir())
	l.runs(t, config.PlaceholderImage)
	l.replaceStack(t, l.tagged(""))
	r.changes += l.unchanged(t)

	// As a version left it that did not remember.
	l.replaceStack(t, l.tagged("v1"))
	l.apply(t, l.stackDir())
	l.terraform(t, l.stackDir(), "state", "rm", "terraform_data.registry_image_tag")
	l.remembersTag(t, l.cfg, "v1")
	l.endDestroyed(t, r)
	assert.Empty(t, l.revisions(t), "active revisions after the destruction")
}

// remembersTag applies the configuration, which names no tag, to an environment that
// runs the tag and whose state does not say so: it is refused until the tag is named once.
func (l *life) remembersTag(t *testing.T, cfg config.Config, tag string) {
	t.Helper()
	l.replaceStack(t, cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-no-color")
	require.NotZero(t, code, "a plan without a tag is refused")
	words := strings.Join(strings.Fields(strings.ReplaceAll(string(output), "│", "")), " ") // Terraform wraps lines.
	assert.Contains(t, words, "this apply would replace that by the placeholder. Name the tag that runs in IMAGE_TAG")
	l.terraform(t, l.stackDir(), "plan", "-destroy", "-input=false") // It may go without being named.

	named := cfg
	named.Registry.ImageTag = tag
	l.replaceStack(t, named)
	l.apply(t, l.stackDir())
	l.runs(t, ":"+tag)
	l.replaceStack(t, cfg)
	l.unchanged(t)
}

// runs makes sure that the service's tasks are of the image that ends with the text,
// and returns their revision.
func (l *life) runs(t *testing.T, image string) string {
	t.Helper()
	client, cluster := ecs.NewFromConfig(l.aws.Config()), l.cfg.PhysicalName("cluster")
	services, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{l.cfg.PhysicalName("service")}})
	require.NoError(t, err)
	require.Len(t, services.Services, 1)
	revision := services.Services[0].TaskDefinition
	task, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: revision})
	require.NoError(t, err)
	container := task.TaskDefinition.ContainerDefinitions[0]
	assert.True(t, strings.HasSuffix(aws.ToString(container.Image), image), "%s runs, not %s", aws.ToString(container.Image), image)
	if image == config.PlaceholderImage {
		assert.Contains(t, container.Command, "python", "the command is the placeholder's")
		assert.Empty(t, container.EntryPoint)
	} else {
		assert.Equal(t, l.cfg.Service.Command, container.Command)
		assert.Equal(t, l.cfg.Service.EntryPoint, container.EntryPoint)
	}
	return *revision
}

// refusesRevision makes sure that the service cannot go back to a revision that was
// deregistered.
func (l *life) refusesRevision(t *testing.T, revision string) {
	t.Helper()
	proxy := l.aws.NewProxy()
	defer proxy.Close()
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	_, err := ecs.NewFromConfig(account).UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String(l.cfg.PhysicalName("cluster")), Service: aws.String(l.cfg.PhysicalName("service")), TaskDefinition: &revision,
	})
	var refused *ecstypes.ClientException
	require.ErrorAs(t, err, &refused)
}

// revisions are the active ones of the environment's task definition.
func (l *life) revisions(t *testing.T) []string {
	t.Helper()
	listed, err := ecs.NewFromConfig(l.aws.Config()).ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{
		FamilyPrefix: aws.String(l.cfg.PhysicalName("task")), Status: ecstypes.TaskDefinitionStatusActive,
	})
	require.NoError(t, err)
	return listed.TaskDefinitionArns
}
