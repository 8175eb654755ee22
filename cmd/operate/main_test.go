package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/operate"
)

// withCredentials leads the SDK to nowhere, with credentials.
func withCredentials(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{ //nolint:gosec // Of nobody.
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
}

// TestWrongWords wants a sentence and an exit code before AWS is asked anything.
func TestWrongWords(t *testing.T) {
	withCredentials(t)
	for _, c := range []struct {
		arguments string
		variables map[string]string
		code      int
		says      string
	}{
		{"", nil, cannot, "usage: operate logs|rollback|run|status|tunnel|upgrade ENVIRONMENT"},
		{"reboot dev", nil, cannot, "usage: operate "},
		{"status Dev", nil, cannot, "Suffix"},
		{"logs dev", map[string]string{"SINCE": "long ago"}, cannot, "SINCE=long ago is neither a span"},
		{"run dev", nil, operate.NotRun, "there is no command"},
		{"run dev", map[string]string{"COMMAND": "true", "TIMEOUT": "60"}, operate.NotRun, "TIMEOUT=60 is no span of a second or more, such as 90s, 30m or 8h"},
		{"run dev", map[string]string{"INTERACTIVE": "1"}, operate.NotRun, "set Service.ExecuteCommand"},
		{"run dev", map[string]string{"COMMAND": "true", "SERVICE": "admin"}, operate.NotRun, "commands and jobs run in tasks of the API"},
		{"logs dev", map[string]string{"SERVICE": "admin"}, cannot, "SERVICE=admin: flask-api-dev has the API alone"},
		{"rollback dev", map[string]string{"SERVICE": "admin"}, cannot, "SERVICE=admin: flask-api-dev has the API alone"},
		{"tunnel dev", map[string]string{"TIMEOUT": "0s"}, operate.NotRun, "TIMEOUT=0s"},
		{"tunnel dev", map[string]string{"LOCAL_PORT": "psql"}, operate.NotRun, "LOCAL_PORT=psql is no port"},
		{"tunnel dev", map[string]string{"LOCAL_PORT": "15432"}, operate.NotRun, "set Service.ExecuteCommand"},
		{"status dev", nil, cannot, "asking ECS for flask-api-service-dev"},
		{"upgrade dev", nil, cannot, "which version?"},
		{"upgrade dev", map[string]string{"VERSION": "14"}, cannot, "set Database.EngineVersion to a version 14.… first"},
		{"rollback dev", nil, cannot, "asking ECS for flask-api-service-dev"},
	} {
		code, err := do(t.Context(), strings.Fields(c.arguments), func(name string) string { return c.variables[name] })
		require.ErrorContains(t, err, c.says, c.arguments)
		assert.Equal(t, c.code, code, c.arguments)
	}
}

// TestMakePassesWhatWasTyped wants quotes and dollars of a command to reach the program.
func TestMakePassesWhatWasTyped(t *testing.T) {
	for name, typed := range map[string]string{
		"COMMAND": `python -c 'print("$HOME", "$(id)")' | sort # all`, "FILTER": `{ $.level = "error" }`,
	} {
		command := exec.CommandContext(t.Context(), "make", "--silent", "--no-print-directory", "--eval=probe:;@printf '%s\\n' \"$$"+name+"\"", "probe", name+"="+typed) //nolint:gosec // The test's own.
		command.Dir = "../.."
		output, err := command.Output()
		require.NoError(t, err)
		assert.Equal(t, typed+"\n", string(output))
	}
}

// TestServiceIsTyped wants a service that is meant to stand on the command line.
func TestServiceIsTyped(t *testing.T) {
	t.Setenv("SERVICE", "reports")
	for _, typed := range []string{"", "admin"} {
		command := exec.CommandContext(t.Context(), "make", "--silent", "--no-print-directory", "--eval=probe:;@echo $$SERVICE", "probe")
		if typed != "" {
			command.Args = append(command.Args, "SERVICE="+typed)
		}
		command.Dir = "../.."
		output, err := command.Output()
		require.NoError(t, err)
		assert.Equal(t, typed+"\n", string(output))
	}
}

// TestMakeNamesTheEnvironment wants each target to take the environment as the others do,
// those that run something from the command line only.
func TestMakeNamesTheEnvironment(t *testing.T) {
	for target, kind := range map[string]string{"status": "reads", "logs": "reads", "run": "changes", "tunnel": "changes", "rollback": "changes", "upgrade": "changes"} {
		command := exec.CommandContext(t.Context(), "make", "--dry-run", target, "ENVIRONMENT=dev") //nolint:gosec // The test's own.
		command.Dir = "../.."
		output, err := command.Output()
		require.NoError(t, err)
		assert.Contains(t, string(output), `stack=$(.bin/environment `+target+` `+kind+` `)
		assert.Contains(t, string(output), `exec .bin/operate `+target+` "$name"`)
	}
}
