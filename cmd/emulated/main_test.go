package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
)

func TestRefuseCloud(t *testing.T) {
	local, cloud := config.Defaults("dev"), config.Defaults("production")
	cloud.State = config.State{Backend: config.BackendCloud, Organization: "example", Workspace: "production"}
	require.NoError(t, refuseCloud([]config.Config{local}))
	require.EqualError(t, refuseCloud([]config.Config{local, cloud}),
		`flask-api-production: State.Backend is "cloud", and Terraform Cloud would deploy to AWS itself; set it to "local" to try this`)
}

// writeFile writes the file, and the directories above it.
func writeFile(t *testing.T, content string, path ...string) string {
	t.Helper()
	file := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestForget(t *testing.T) {
	dir := t.TempDir()
	for _, out := range []string{"cdktf.out", "cdktf.out-dev"} {
		states := filepath.Join(dir, out, "stacks", "flask-api-dev", "terraform.tfstate.d")
		other := writeFile(t, "", states, "other", "terraform.tfstate")
		gone := writeFile(t, "", states, workspace, "terraform.tfstate")
		require.NoError(t, forget(dir))
		assert.FileExists(t, other)
		assert.NoFileExists(t, gone)
	}
}

func TestKeep(t *testing.T) {
	dir := t.TempDir()
	overwritten := writeFile(t, "of AWS", dir, "outputs.flask-api-dev.json")
	removed := writeFile(t, "of AWS", dir, "outputs.flask-api-production.json")
	other := writeFile(t, "before", dir, "package.json")
	restore, err := keep(dir)
	require.NoError(t, err)

	writeFile(t, "of the emulated AWS", overwritten)
	require.NoError(t, os.Remove(removed))
	added := writeFile(t, "of the emulated AWS", dir, "outputs.flask-api-pr-42.json")
	writeFile(t, "after", other)
	require.NoError(t, restore())

	for file, want := range map[string]string{overwritten: "of AWS", removed: "of AWS", other: "after"} {
		content, err := os.ReadFile(file) //nolint:gosec // The test's own file.
		require.NoError(t, err)
		assert.Equal(t, want, string(content), file)
	}
	assert.NoFileExists(t, added)
}

func TestMisleads(t *testing.T) {
	there := writeFile(t, "", t.TempDir(), "terraform.rc")
	for variable, want := range map[string]bool{
		"AWS_PROFILE=production":                  true,
		"HOME=/home/me":                           false,
		"TF_CLI_CONFIG_FILE=" + there:             false,
		"TF_CLI_CONFIG_FILE=" + there + ".absent": true,
	} {
		assert.Equal(t, want, misleads(variable), variable)
	}
}

// TestExecute interrupts a command, as Ctrl-C does.
func TestExecute(t *testing.T) {
	require.NoError(t, execute([]string{"true"}, nil))
	var exit *exec.ExitError
	require.ErrorAs(t, execute([]string{"sh", "-c", "kill -INT $$"}, nil), &exit)
	assert.Equal(t, syscall.SIGINT, exit.Sys().(syscall.WaitStatus).Signal())
}

// TestExecutePassesSignalsOn terminates the program, which `make` and GitHub's runner do
// to it alone.
func TestExecutePassesSignalsOn(t *testing.T) {
	var exit *exec.ExitError
	require.ErrorAs(t, execute([]string{"sh", "-c", "trap 'exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.1; done"}, os.Environ()), &exit)
	assert.Equal(t, 7, exit.ExitCode())
}

func TestTerraformSettings(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "terraform.rc")
	settings, err := terraformSettings(emulator.Tools{}, dir)
	require.NoError(t, err)
	assert.Contains(t, settings, "TF_WORKSPACE="+workspace)
	assert.NoFileExists(t, file, "without a mirror Terraform's own configuration stays")

	settings, err = terraformSettings(emulator.Tools{ProviderMirror: "/mirror"}, dir)
	require.NoError(t, err)
	assert.Contains(t, settings, "TF_CLI_CONFIG_FILE="+file)
	assert.FileExists(t, file)
}
