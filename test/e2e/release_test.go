package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
)

// releasing is an environment with a release command.
func releasing() config.Config {
	c := config.Defaults("migrated")
	c.Registry.ImageTag = "v1"
	c.Service.ReleaseCommand = []string{"flask", "--app", "app", "db", "upgrade"}
	return c
}

// releases takes an environment through releases that succeed and fail. It counts the
// tasks: there is one for each deployment, and none for a plan.
func (l *life) releases(t *testing.T) {
	t.Helper()
	r := l.begin(t, "20. releases: one that succeeds, is cut off, fails, is repeated and is not alone")
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.plan(t, l.stackDir())
	assert.Zero(t, l.released(), "a plan releases nothing")

	// The connection breaks while the task runs: the provider calls again.
	end := emulator.Outcome{Runs: 8 * time.Second}
	l.aws.OnRunTask(l.cfg.PhysicalName("release"), func(emulator.Single) emulator.Outcome { return end })
	l.proxy.Lose("lambda:InvokeFunction", 1)
	l.apply(t, l.stackDir())
	assert.Equal(t, 2, l.called("lambda:InvokeFunction"), "the call that was cut off and the one after it")
	assert.Equal(t, 1, l.released())
	r.created = len(l.stateResources(t))
	r.changes = l.unchanged(t)
	assert.Equal(t, 1, l.released(), "a plan releases nothing")
	ran := l.runs(t, ":v1")

	// It fails: the service stays as it is, whatever it printed is told but for secrets.
	end = emulator.Outcome{Code: 3, Prints: []string{"upgrading", "no connection with " + l.password(t)}}
	l.replaceStack(t, l.tagged("v2"))
	said := l.refused(t)
	for _, part := range []string{"exit code 3", "release/release/", "/ecs/flask-api-migrated", "upgrading", "no connection with ***"} {
		assert.Contains(t, said, part)
	}
	assert.NotContains(t, said, l.password(t))
	assert.Equal(t, 2, l.released())
	assert.Equal(t, ran, l.runs(t, ":v1"), "the service is not updated")

	// The same again, and then mended, without another change.
	l.aws.AgeSingleTasks(l.cfg.PhysicalName("cluster"), time.Minute)
	end = emulator.Outcome{Fails: "CannotPullContainerError: not found"}
	assert.Contains(t, l.refused(t), "CannotPullContainerError: not found")
	l.aws.AgeSingleTasks(l.cfg.PhysicalName("cluster"), time.Minute)
	end = emulator.Outcome{Runs: time.Hour}
	l.runElsewhere(t)
	assert.Contains(t, l.refused(t), "release command of another deployment runs in task")
	assert.Equal(t, 4, l.released(), "the other one's among them")
	l.aws.AgeSingleTasks(l.cfg.PhysicalName("cluster"), 2*time.Hour)
	end = emulator.Outcome{}
	l.apply(t, l.stackDir())
	assert.Equal(t, 5, l.released())
	l.runs(t, ":v2")
	r.changes += l.unchanged(t)

	// The step of a pipeline, as the page has it.
	output, code := l.pipelineReleases(t, "v3")
	require.Zero(t, code, "%s", output)
	end = emulator.Outcome{Code: 4}
	output, code = l.pipelineReleases(t, "v4")
	assert.NotZero(t, code)
	assert.Contains(t, output, "exit code 4")
	task, err := ecs.NewFromConfig(l.aws.Config()).DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &l.aws.SingleTasks(l.cfg.PhysicalName("cluster"))[6].Definition,
	})
	require.NoError(t, err)
	assert.Equal(t, "example.com/api:v4", *task.TaskDefinition.ContainerDefinitions[0].Image)
	assert.Equal(t, l.cfg.Service.ReleaseCommand, task.TaskDefinition.ContainerDefinitions[0].Command)
	l.endDestroyed(t, r)
}

// pipelineReleases runs the step of docs/pipeline.md.
func (l *life) pipelineReleases(t *testing.T, tag string) (string, int) {
	t.Helper()
	block := regexp.MustCompile("(?ms)^## The release command$.*?^```sh\n(.*?)^```$").FindSubmatch(readFile(t, filepath.Join(root, "docs", "pipeline.md")))
	require.NotNil(t, block)
	script := strings.ReplaceAll(string(block[1]), "production", l.cfg.Suffix)
	output, code := l.run(t, t.TempDir(), []string{"REPOSITORY=example.com/api", "TAG=" + tag}, "bash", "-c", script)
	return string(output), code
}

// released is how many release tasks there were.
func (l *life) released() (n int) {
	for _, task := range l.aws.SingleTasks(l.cfg.PhysicalName("cluster")) {
		if strings.Contains(task.Definition, "/"+l.cfg.PhysicalName("release")+":") {
			n++
		}
	}
	return n
}

// called is how often the life's commands made the call.
func (l *life) called(name string) (n int) {
	for _, call := range l.proxy.Calls() {
		if call == name {
			n++
		}
	}
	return n
}

// refused applies what fails, and returns what it says, without Terraform's line breaks.
func (l *life) refused(t *testing.T) string {
	t.Helper()
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "apply", "-auto-approve", "-input=false", "-no-color")
	require.NotZero(t, code, "%s", output)
	return strings.Join(strings.Fields(strings.ReplaceAll(string(output), "│", "")), " ")
}

// runElsewhere starts the release of a revision of its own, as if somebody else deployed it.
func (l *life) runElsewhere(t *testing.T) {
	t.Helper()
	proxy := l.aws.NewProxy() // What is called here is no call of Terraform's.
	defer proxy.Close()
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	client, family := ecs.NewFromConfig(account), aws.String(l.cfg.PhysicalName("release"))
	newest, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: family})
	require.NoError(t, err)
	ours := newest.TaskDefinition
	theirs, err := client.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: family, ContainerDefinitions: ours.ContainerDefinitions, Cpu: ours.Cpu, Memory: ours.Memory, NetworkMode: ours.NetworkMode,
		RequiresCompatibilities: ours.RequiresCompatibilities, TaskRoleArn: ours.TaskRoleArn, ExecutionRoleArn: ours.ExecutionRoleArn, Volumes: ours.Volumes,
	})
	require.NoError(t, err)
	_, err = client.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: aws.String(l.cfg.PhysicalName("cluster")), TaskDefinition: theirs.TaskDefinition.TaskDefinitionArn})
	require.NoError(t, err)
	_, err = client.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: theirs.TaskDefinition.TaskDefinitionArn})
	require.NoError(t, err)
}
