package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipeline deploys images to a service that is not Terraform's: with make one that another
// environment has, and with scripts/deploy-image one that does not start, and one that nobody
// pushed. Only the first may be green.
func (h *harness) pipeline(t *testing.T) {
	t.Helper()
	h.needsPipelineTools(t)
	h.createService(t)
	h.build(t, root, "build", "-o", filepath.Join(h.dir, "image"), "./cmd/image")
	proxy := h.aws.NewProxy()
	defer proxy.Close()
	command := func(name string, args ...string) (string, error) {
		command := exec.CommandContext(t.Context(), name, args...) //nolint:gosec // This repository's own.
		command.Dir = t.TempDir()
		summaryFile := filepath.Join(command.Dir, "summary.md")
		command.Env = slices.Concat(os.Environ(), h.aws.Env(proxy), h.internet.ProxyEnv(), []string{"INTERVAL=0", "GITHUB_STEP_SUMMARY=" + summaryFile})
		output, err := command.CombinedOutput()
		summary, _ := os.ReadFile(summaryFile) //nolint:gosec // Of the test; a deployment that failed writes none.
		return string(output) + string(summary), err
	}
	repository, err := filepath.Abs(root)
	require.NoError(t, err)
	push := func(environment, tag string) (digest string) {
		output, err := command(filepath.Join(h.dir, "image"), "push", environment, tag, savedImage(t))
		require.NoError(t, err, output)
		return strings.TrimSpace(output)
	}

	good := push("elsewhere", "v2")
	output, err := command("make", "--directory", repository, "deploy-image", "NEW=1", "ENVIRONMENT=pipeline", "FROM=elsewhere", "DIGEST="+good)
	require.NoError(t, err, output)
	assert.Contains(t, output, "| image | `"+good+"` ("+strings.TrimPrefix(good, "sha256:")+")")
	assert.Contains(t, output, "| release command | there is none |")
	assert.True(t, strings.HasSuffix(h.runningImage(t), "/flask-api-ecr-pipeline@"+good), h.runningImage(t))

	h.movesTogether(t, good)
	// A worker alone that does not start takes the API back, too.
	better := push("pipeline", "v3")
	h.aws.BreakFamily(pageWorker, true)
	output, err = command(filepath.Join(repository, "scripts", "deploy-image"), "pipeline", better)
	require.Error(t, err, output)
	assert.Contains(t, output, pageWorker+" does not run "+better+": ECS rolled ecs-svc/")
	assert.NotContains(t, output, pageService+" does not run")
	h.movesTogether(t, good)
	h.aws.BreakFamily(pageWorker, false)
	output, err = command(filepath.Join(repository, "scripts", "deploy-image"), "pipeline", better)
	require.NoError(t, err, output)
	h.movesTogether(t, better)
	output, err = command(filepath.Join(repository, "scripts", "deploy-image"), "pipeline", good)
	require.NoError(t, err, output)

	h.servicesAlone(t, command, better)

	broken := push("pipeline", brokenTag)
	for digest, want := range map[string]string{
		broken: "flask-api-service-pipeline does not run " + broken + ": ECS rolled ecs-svc/",
		digest: "has no image " + digest + "; push it first, or deploy one that it has. Nothing was changed.",
		"v2":   "'v2' is no digest",
	} {
		before := h.pageRevisions(t)
		output, err := command(filepath.Join(repository, "scripts", "deploy-image"), "pipeline", digest)
		var failed *exec.ExitError
		require.ErrorAs(t, err, &failed, output)
		assert.Contains(t, output, want)
		assert.True(t, strings.HasSuffix(h.runningImage(t), "@"+good), h.runningImage(t))
		assert.Equal(t, digest == broken, h.pageRevisions(t) > before, "a revision is registered of an image that is there")
	}
}

// movesTogether wants the API and its worker to have the image, each with its command.
func (h *harness) movesTogether(t *testing.T, digest string) {
	t.Helper()
	assert.True(t, strings.HasSuffix(h.runningImage(t), "@"+digest), h.runningImage(t))
	worker := h.pageContainer(t, pageWorker)
	assert.True(t, strings.HasSuffix(*worker.Image, "@"+digest), *worker.Image)
	assert.Equal(t, "celery worker", strings.Join(worker.Command, " "))
}

// servicesAlone deploys images of services beside the API, one with a command and one without,
// each from its own repository, and none of the API's. Nothing else may move.
func (h *harness) servicesAlone(t *testing.T, command func(string, ...string) (string, error), apis string) {
	t.Helper()
	repository, err := filepath.Abs(root)
	require.NoError(t, err)
	push := func(service, environment string) string {
		output, err := command("env", "SERVICE="+service, filepath.Join(h.dir, "image"), "push", environment, "v7", savedImage(t))
		require.NoError(t, err, output)
		return strings.TrimSpace(output)
	}
	script := func(digest string) (string, error) { // What is the API's is not meant.
		return command("env", "SERVICE=shop", "HEALTH_URL=http://127.0.0.1:1", "ECR_REPOSITORY=elsewhere", filepath.Join(repository, "scripts", "deploy-image"), "pipeline", digest)
	}
	before, admins, shops := h.pageRevisions(t), push("admin", "elsewhere"), push("shop", "pipeline")
	output, err := command("make", "--directory", repository, "deploy-image", "NEW=1", "ENVIRONMENT=pipeline", "FROM=elsewhere", "SERVICE=admin", "DIGEST="+admins)
	require.NoError(t, err, output)
	assert.Contains(t, output, "| release command | left out |")
	output, err = script(apis)
	require.Error(t, err)
	assert.Contains(t, output, "flask-api-service-shop-ecr-pipeline has no image "+apis)
	output, err = script(shops)
	require.NoError(t, err, output)
	for service, want := range map[string]struct{ image, command string }{
		pageAdmin: {"/flask-api-service-admin-ecr-pipeline@" + admins, "flask --app admin"},
		pageShop:  {"/flask-api-service-shop-ecr-pipeline@" + shops, ""},
	} {
		container := h.pageContainer(t, service)
		assert.True(t, strings.HasSuffix(*container.Image, want.image), *container.Image)
		assert.Equal(t, want.command, strings.Join(container.Command, " "), service)
	}
	assert.Equal(t, before, h.pageRevisions(t), "the API is untouched")
}

// needsPipelineTools skips the test without what a pipeline has.
func (h *harness) needsPipelineTools(t *testing.T) {
	t.Helper()
	if !h.hasPipelineTools(t) {
		t.Skip("scripts/deploy-image is not run")
	}
}

// hasPipelineTools says whether the machine has them, as continuous integration must.
func (h *harness) hasPipelineTools(t *testing.T) bool {
	t.Helper()
	for _, tool := range []string{"aws", "jq", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.NotEqual(t, "true", os.Getenv("CI"), "the commands of the pages need %s", tool)
			t.Logf("%s is missing", tool)
			return false
		}
	}
	return true
}

// savedImage is an image in a file, as `docker save` writes it.
func savedImage(t *testing.T) string {
	t.Helper()
	image, err := random.Image(256, 1)
	require.NoError(t, err)
	tag, err := name.NewTag("flask-api:latest")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "image.tar")
	require.NoError(t, tarball.WriteToFile(file, tag, image))
	return file
}

// pageRevisions is how many revisions the service's task definition has.
func (h *harness) pageRevisions(t *testing.T) int {
	t.Helper()
	listed, err := ecs.NewFromConfig(h.aws.Config()).ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String(pageTask)})
	require.NoError(t, err)
	return len(listed.TaskDefinitionArns)
}

const (
	pageCluster = "flask-api-cluster-pipeline"
	pageService = "flask-api-service-pipeline"
	pageTask    = "flask-api-task-pipeline"
	pageWorker  = "flask-api-worker-mailer-pipeline"
	pageAdmin   = "flask-api-service-admin-pipeline"
	pageShop    = "flask-api-service-shop-pipeline"
)

// createService creates the service that the page deploys to, with the placeholder.
func (h *harness) createService(t *testing.T) {
	t.Helper()
	client := ecs.NewFromConfig(h.aws.Config())
	images := ecr.NewFromConfig(h.aws.Config())
	var repositories []string
	for _, environment := range []string{"pipeline", "elsewhere"} {
		repositories = append(repositories, "flask-api-ecr-"+environment, "flask-api-service-admin-ecr-"+environment, "flask-api-service-shop-ecr-"+environment)
	}
	for _, called := range repositories {
		repository := aws.String(called)
		_, err := images.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: repository})
		require.NoError(t, err)
		t.Cleanup(func() {
			_, err := images.DeleteRepository(context.Background(), &ecr.DeleteRepositoryInput{RepositoryName: repository, Force: true})
			assert.NoError(t, err)
		})
	}
	_, err := client.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String(pageCluster)})
	require.NoError(t, err)
	define := func(family string, container types.ContainerDefinition) *string {
		container.Image = aws.String("python")
		if family != pageWorker { // A load balancer looks at it.
			container.PortMappings = []types.PortMapping{{ContainerPort: aws.Int32(5000)}}
		}
		task, err := client.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
			Family: &family, NetworkMode: types.NetworkModeAwsvpc, Cpu: aws.String("256"), Memory: aws.String("512"),
			RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
			ContainerDefinitions:    []types.ContainerDefinition{container},
			Tags:                    []types.Tag{{Key: aws.String("Name"), Value: &family}},
		})
		require.NoError(t, err)
		return task.TaskDefinition.TaskDefinitionArn
	}
	created := map[string]*string{
		pageService: define(pageTask, types.ContainerDefinition{Name: aws.String("flask-api"), Command: []string{"python3"}}),
		pageWorker:  define(pageWorker, types.ContainerDefinition{Name: aws.String("worker-mailer"), Command: []string{"python3"}, DockerLabels: map[string]string{"command": `["celery","worker"]`}}),
		pageAdmin:   define(pageAdmin, types.ContainerDefinition{Name: aws.String("service-admin"), Command: []string{"python3"}, DockerLabels: map[string]string{"command": `["flask","--app","admin"]`}}),
		pageShop:    define(pageShop, types.ContainerDefinition{Name: aws.String("service-shop"), Command: []string{"python3"}}),
	}
	for service, definition := range created {
		_, err = client.CreateService(t.Context(), &ecs.CreateServiceInput{Cluster: aws.String(pageCluster), ServiceName: &service, TaskDefinition: definition, DesiredCount: aws.Int32(1)})
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		for service := range created {
			_, err := client.DeleteService(context.Background(), &ecs.DeleteServiceInput{Cluster: aws.String(pageCluster), Service: &service, Force: aws.Bool(true)})
			assert.NoError(t, err)
		}
		_, err := client.DeleteCluster(context.Background(), &ecs.DeleteClusterInput{Cluster: aws.String(pageCluster)})
		assert.NoError(t, err)
	})
}

// runningImage is the image of the service's task definition.
func (h *harness) runningImage(t *testing.T) string {
	t.Helper()
	container := h.pageContainer(t, pageService)
	assert.Empty(t, container.Command, "the placeholder's command")
	return aws.ToString(container.Image)
}

// pageContainer is what a service runs.
func (h *harness) pageContainer(t *testing.T, service string) types.ContainerDefinition {
	t.Helper()
	client := ecs.NewFromConfig(h.aws.Config())
	services, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String(pageCluster), Services: []string{service}})
	require.NoError(t, err)
	task, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: services.Services[0].TaskDefinition})
	require.NoError(t, err)
	return task.TaskDefinition.ContainerDefinitions[0]
}
