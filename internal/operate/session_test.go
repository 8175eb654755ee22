package operate

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withPlugin puts a program in the plugin's place that ends with the code, and returns the
// file that it writes its arguments and what opens the session to.
func withPlugin(t *testing.T, code int) string {
	t.Helper()
	dir := t.TempDir()
	written := filepath.Join(dir, "written")
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" \"$AWS_SSM_START_SESSION_RESPONSE\" > '" + written + "'\nexit " + strconv.Itoa(code) + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, plugin), []byte(script), 0o700)) //nolint:gosec // A program.
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return written
}

const agentRuns = `,"runtimeId":"1234567890-1","managedAgents":[{"name":"ExecuteCommandAgent","lastStatus":"RUNNING"}]`

// withSessions is an AWS in which a toolbox starts.
func withSessions(t *testing.T) *fake {
	t.Helper()
	f := running(t, task("RUNNING", ""), task("RUNNING", agentRuns))
	f.Config.Service.ExecuteCommand = true
	f.answers["DescribeTaskDefinition"] = []string{`{"__type":"ClientException","message":"Unable to describe task definition."}`, definition}
	f.answers["RegisterTaskDefinition"] = []string{`{"taskDefinition":{"taskDefinitionArn":"arn:task-definition/flask-api-toolbox-dev:1"}}`}
	f.answers["ExecuteCommand"] = []string{`{"session":{"sessionId":"s","streamUrl":"wss://x","tokenValue":"secret"}}`}
	f.answers["StartSession"] = []string{`{"SessionId":"s","StreamUrl":"wss://x","TokenValue":"secret"}`}
	return f
}

// TestShell wants a toolbox like the service's task but for its file system, a session in it
// that only the plugin can read, and no toolbox afterwards.
func TestShell(t *testing.T) {
	written, f := withPlugin(t, 3), withSessions(t)
	code, err := f.Shell(t.Context(), "", time.Hour)
	require.NoError(t, err)
	assert.Equal(t, 3, code)
	registered := f.called("RegisterTaskDefinition")[0]
	assert.Contains(t, registered, `"readonlyRootFilesystem":false`)
	assert.Contains(t, registered, `"initProcessEnabled":true`)
	assert.Contains(t, registered, `"dockerLabels":{"flask-api.copy-of":"t:2"}`)
	assert.Contains(t, registered, `"mountPoints":[{"sourceVolume":"tmp"}]`)
	for _, part := range []string{"healthCheck", "portMappings", "collector"} {
		assert.NotContains(t, registered, part)
	}
	assert.Contains(t, f.called("RunTask")[0], `"enableExecuteCommand":true`)
	assert.Contains(t, f.called("RunTask")[0], `"command":["sleep","3600"]`)
	assert.Contains(t, f.called("ExecuteCommand")[0], `"command":"/bin/sh"`)
	assert.Len(t, f.called("StopTask"), 1)
	text, err := os.ReadFile(written) //nolint:gosec // The test's own.
	require.NoError(t, err)
	assert.Equal(t, "AWS_SSM_START_SESSION_RESPONSE\neu-south-1\nStartSession\n\n"+`{"Target":"ecs:flask-api-cluster-dev_1234567890_1234567890-1"}`+
		"\nhttps://ssm.eu-south-1.amazonaws.com\n"+`{"SessionId":"s","StreamUrl":"wss://x","TokenValue":"secret"}`+"\n", string(text))

	china := withSessions(t)
	china.AWS.Region = "cn-north-1"
	_, err = china.Shell(t.Context(), "", time.Hour)
	require.NoError(t, err)
	text, err = os.ReadFile(written) //nolint:gosec // The test's own.
	require.NoError(t, err)
	assert.Contains(t, string(text), "\nhttps://ssm.cn-north-1.amazonaws.com.cn\n")
}

// TestToolboxIsKnown registers no second copy of a revision.
func TestToolboxIsKnown(t *testing.T) {
	withPlugin(t, 0)
	f := withSessions(t)
	f.answers["DescribeTaskDefinition"] = []string{
		`{"taskDefinition":{"taskDefinitionArn":"arn:task-definition/flask-api-toolbox-dev:7","containerDefinitions":[{"name":"flask-api","dockerLabels":{"flask-api.copy-of":"t:2"}}]}}`,
	}
	code, err := f.Shell(t.Context(), "flask shell", time.Hour)
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Empty(t, f.called("RegisterTaskDefinition"))
	assert.Contains(t, f.called("RunTask")[0], "flask-api-toolbox-dev:7")
	assert.Contains(t, f.called("ExecuteCommand")[0], `"command":"flask shell"`)
}

func TestSessionThatIsNotOpened(t *testing.T) {
	withPlugin(t, 0)
	for name, c := range map[string]struct {
		change func(*fake)
		says   string
		stops  int
	}{
		"no ECS Exec":   {func(f *fake) { f.Config.Service.ExecuteCommand = false }, "sessions need ECS Exec: set Service.ExecuteCommand", 0},
		"not described": {func(f *fake) { f.answers["DescribeTaskDefinition"] = []string{`{"__type":"AccessDeniedException"}`} }, "the toolbox's task definition: AccessDenied", 0},
		"not copied":    {func(f *fake) { delete(f.answers, "RegisterTaskDefinition") }, "the toolbox's task definition: UnknownOperation", 0},
		"no agent":      {func(f *fake) { f.answers["DescribeTasks"] = []string{task("STOPPED", `,"reason":"OutOfMemory"`)} }, "the task did not run: Task failed to start: OutOfMemory", 1},
		"refused":       {func(f *fake) { delete(f.answers, "ExecuteCommand") }, "opening a session in the task 12345678: UnknownOperation", 1},
	} {
		f := withSessions(t)
		c.change(f)
		code, err := f.Shell(t.Context(), "", time.Hour)
		require.ErrorContains(t, err, c.says, name)
		assert.Equal(t, NotRun, code, name)
		assert.Len(t, f.called("StopTask"), c.stops, name)
	}
	t.Setenv("PATH", "/nowhere")
	_, err := withSessions(t).Shell(t.Context(), "", time.Hour)
	require.ErrorContains(t, err, "session-manager-plugin was not found; install it: https://docs.aws.amazon.com/")
}
