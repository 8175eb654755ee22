package operate

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// steadyService has a deployment that works and one that is being tried.
	steadyService = `{"services":[{"status":"ACTIVE","clusterArn":"arn:cluster","networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"]}},"deployments":[` +
		`{"status":"PRIMARY","rolloutState":"IN_PROGRESS","taskDefinition":"arn:task-definition/t:3"},{"status":"ACTIVE","rolloutState":"COMPLETED","taskDefinition":"arn:task-definition/t:2"}]}]}`
	definition = `{"taskDefinition":{"taskDefinitionArn":"arn:task-definition/t:2","containerDefinitions":[{"name":"collector"},{"name":"flask-api","readonlyRootFilesystem":true,"healthCheck":{"command":["CMD"]},` +
		`"portMappings":[{"containerPort":1}],"mountPoints":[{"sourceVolume":"tmp"}],"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/ecs/x","awslogs-stream-prefix":"flask-api"}}}]}}`
	started = `{"tasks":[{"taskArn":"arn:task/flask-api-cluster-dev/1234567890"}]}`
)

// task is one in a status, with more of its own container.
func task(status, container string) string {
	return `{"tasks":[{"taskArn":"arn:task/flask-api-cluster-dev/1234567890","lastStatus":"` + status + `","stoppedReason":"Task failed to start","containers":[{"name":"collector","exitCode":9},{"name":"flask-api"` + container + `}]}]}`
}

// running is an AWS in which a task is run whose description is these, one after the other.
func running(t *testing.T, tasks ...string) *fake {
	t.Helper()
	return newFake(t, map[string][]string{
		"DescribeServices": {steadyService}, "DescribeTaskDefinition": {definition}, "RunTask": {started}, "DescribeTasks": tasks, "StopTask": {`{}`},
		"GetLogEvents": {`{"__type":"ResourceNotFoundException"}`, `{"events":[{"message":"one"}],"nextForwardToken":"a"}`, `{"nextForwardToken":"a"}`, `{"nextForwardToken":"a"}`, `{"nextForwardToken":"a"}`, `{"events":[{"message":"two"}],"nextForwardToken":"b"}`, `{"nextForwardToken":"b"}`},
	})
}

// TestRun wants the command's own exit code, all that it printed, also what arrives after its
// end, and the command line as it was typed.
func TestRun(t *testing.T) {
	f := running(t, `{"tasks":[]}`, task("PENDING", ""), task("RUNNING", ""), task("STOPPED", `,"exitCode":3`))
	const line = `python -c 'print("a  b", $HOME)' && exit 3`
	code, err := f.Run(t.Context(), line, 90*time.Second)
	require.NoError(t, err)
	assert.Equal(t, 3, code)
	assert.Equal(t, "one\ntwo\n", f.out.String())
	assert.Equal(t, "Task 12345678 runs t:2.\nTask 12345678 is starting.\nTask 12345678 is running.\n", f.notes.String())
	request := f.called("RunTask")[0]
	assert.Contains(t, request, `"command":["timeout","-k","30","90","sh","-c","python -c 'print(\"a  b\", $HOME)' && exit 3"]`)
	assert.Contains(t, request, `"taskDefinition":"arn:task-definition/t:2"`, "what works, and not what is being tried")
	assert.Contains(t, request, `"subnets":["subnet-1"]`)
	assert.Contains(t, request, `"clientToken":"`, "by which a call that is made again starts no second task")
	assert.Contains(t, f.called("GetLogEvents")[0], `"logStreamName":"flask-api/flask-api/1234567890"`)
	assert.Empty(t, f.called("StopTask"))
}

// TestRunThatDoesNotEndWell wants one sentence, an exit code that is not mistaken for the
// command's, and no task that is left.
func TestRunThatDoesNotEndWell(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fake)
		code   int
		says   string
		stops  int
	}{
		"not started": {func(f *fake) {
			f.answers["DescribeTasks"] = []string{task("STOPPED", `,"reason":"CannotPullContainerError: no such image"`)}
		}, NotRun, "the command did not run: Task failed to start: CannotPullContainerError: no such image", 0},
		"no capacity": {func(f *fake) {
			f.answers["RunTask"] = []string{`{"failures":[{"reason":"RESOURCE:CPU","detail":"none left"}]}`}
		}, NotRun, "ECS started no task of t:2: RESOURCE:CPU none left", 0},
		"no reason": {func(f *fake) { f.answers["RunTask"] = []string{`{}`} }, NotRun, "it gives no reason", 0},
		"refused": {func(f *fake) {
			f.answers["RunTask"] = []string{`{"__type":"AccessDeniedException","message":"not you"}`}
		}, NotRun, "starting a task of t:2: AccessDeniedException: not you; docs/operator-policy.json is what this needs", 0},
		"unreadable": {func(f *fake) { f.answers["DescribeTaskDefinition"] = []string{`{"__type":"AccessDeniedException"}`} }, NotRun, "reading arn:task-definition/t:2", 0},
		"cut off":    {func(f *fake) { f.answers["DescribeTasks"] = []string{`{"__type":"AccessDeniedException"}`} }, NotRun, "asking ECS for the task 12345678", 1},
		"no log":     {func(f *fake) { f.answers["GetLogEvents"] = []string{`{"__type":"AccessDeniedException"}`} }, NotRun, "reading the log of the task 12345678", 1},
		"not stopped": {func(f *fake) {
			f.answers["GetLogEvents"], f.answers["StopTask"] = []string{`{"__type":"AccessDeniedException"}`}, []string{`{"__type":"AccessDeniedException"}`}
		}, NotRun, "the task 12345678 is still running, until its time limit", 1},
		"out of time":  {func(f *fake) { f.answers["DescribeTasks"] = []string{task("STOPPED", `,"exitCode":124`)} }, TimedOut, "", 0},
		"nothing here": {func(f *fake) { f.answers["DescribeServices"] = []string{`{"services":[]}`} }, NotRun, "nothing is deployed", 0},
	} {
		f := running(t, task("RUNNING", ""))
		c.change(f)
		code, err := f.Run(t.Context(), "true", time.Second)
		assert.Equal(t, c.code, code, name)
		if c.says != "" {
			require.ErrorContains(t, err, c.says, name)
		}
		assert.Len(t, f.called("StopTask"), c.stops, name)
	}
}

// TestRunIsInterrupted wants the task to be stopped.
func TestRunIsInterrupted(t *testing.T) {
	f := running(t, task("RUNNING", ""))
	f.Interval = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	go f.after("DescribeTasks", cancel)
	code, err := f.Run(ctx, "sleep 100", time.Hour)
	require.NoError(t, err)
	assert.Equal(t, Interrupted, code)
	require.Len(t, f.called("StopTask"), 1)
	assert.Contains(t, f.called("StopTask")[0], `"task":"arn:task/flask-api-cluster-dev/1234567890"`)
	assert.True(t, strings.HasSuffix(f.notes.String(), "Task 12345678 is being stopped.\n"))
}
