package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipeline runs the commands of docs/pipeline.md as they stand, with an image that starts
// and with one that does not: the latter must not be green. Only the environment has
// another name, and its service is not Terraform's.
func (h *harness) pipeline(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"aws", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.NotEqual(t, "true", os.Getenv("CI"), "the page's commands need %s", tool)
			t.Skipf("the commands of docs/pipeline.md are not run: %s is missing", tool)
		}
	}
	block := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindSubmatch(readFile(t, filepath.Join(root, "docs", "pipeline.md")))
	require.NotNil(t, block)
	script := strings.ReplaceAll(string(block[1]), "production", "pipeline")
	h.createService(t)

	proxy := h.aws.NewProxy()
	defer proxy.Close()
	deploy := func(tag string) (string, error) {
		command := exec.CommandContext(t.Context(), "bash", "-c", script) //nolint:gosec // The repository's own page.
		command.Dir = t.TempDir()
		command.Env = append(append(os.Environ(), h.aws.Env(proxy)...), "REPOSITORY=example.com/api", "TAG="+tag)
		output, err := command.CombinedOutput()
		return string(output), err
	}
	output, err := deploy("v2")
	require.NoError(t, err, "%s", output)
	assert.Equal(t, "example.com/api:v2", h.runningImage(t))

	output, err = deploy(brokenTag)
	var failed *exec.ExitError
	require.ErrorAs(t, err, &failed, "%s", output)
	assert.Equal(t, 1, failed.ExitCode(), output)
	assert.Contains(t, output, "flask-api-service-pipeline does not run example.com/api:broken: ECS rolled ecs-svc/")
	assert.Equal(t, "example.com/api:v2", h.runningImage(t))
}

const (
	pageCluster = "flask-api-cluster-pipeline"
	pageService = "flask-api-service-pipeline"
	pageTask    = "flask-api-task-pipeline"
)

// createService creates the service that the page deploys to, with the placeholder.
func (h *harness) createService(t *testing.T) {
	t.Helper()
	client := ecs.NewFromConfig(h.aws.Config())
	_, err := client.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String(pageCluster)})
	require.NoError(t, err)
	task, err := client.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String(pageTask), NetworkMode: types.NetworkModeAwsvpc, Cpu: aws.String("256"), Memory: aws.String("512"),
		RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
		ContainerDefinitions:    []types.ContainerDefinition{{Name: aws.String("flask-api"), Image: aws.String("python"), Command: []string{"python3"}}},
		Tags:                    []types.Tag{{Key: aws.String("Name"), Value: aws.String(pageTask)}},
	})
	require.NoError(t, err)
	_, err = client.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String(pageCluster), ServiceName: aws.String(pageService),
		TaskDefinition: task.TaskDefinition.TaskDefinitionArn, DesiredCount: aws.Int32(1),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteService(context.Background(), &ecs.DeleteServiceInput{Cluster: aws.String(pageCluster), Service: aws.String(pageService), Force: aws.Bool(true)})
		assert.NoError(t, err)
		_, err = client.DeleteCluster(context.Background(), &ecs.DeleteClusterInput{Cluster: aws.String(pageCluster)})
		assert.NoError(t, err)
	})
}

// runningImage is the image of the service's task definition.
func (h *harness) runningImage(t *testing.T) string {
	t.Helper()
	client := ecs.NewFromConfig(h.aws.Config())
	services, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String(pageCluster), Services: []string{pageService}})
	require.NoError(t, err)
	task, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: services.Services[0].TaskDefinition})
	require.NoError(t, err)
	assert.Empty(t, task.TaskDefinition.ContainerDefinitions[0].Command, "the placeholder's command")
	return aws.ToString(task.TaskDefinition.ContainerDefinitions[0].Image)
}
