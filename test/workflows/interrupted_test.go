package workflows

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/terraform"
)

// command is a step that runs commands, and where it stands.
type command struct {
	Step
	workflow string
}

// commands are the steps of all workflows whose commands match.
func commands(t *testing.T, form *regexp.Regexp) []command {
	t.Helper()
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	require.NoError(t, err)
	var all []command
	for _, file := range files {
		w, err := Read(file)
		require.NoError(t, err)
		for _, job := range w.Jobs {
			for _, s := range job.Steps {
				if form.MatchString(s.Run) {
					all = append(all, command{s, filepath.Base(file)})
				}
			}
		}
	}
	return all
}

// locking are the commands of Terraform that take time, and mostly the lock.
var locking = regexp.MustCompile(`terraform(?: -\S+)* (?:apply|plan|destroy)\b`)

// grace is how long GitHub's runner waits after it interrupted the shell of a step that is
// cancelled, before it terminates it, which Terraform would take for the second Ctrl-C:
// https://github.com/actions/runner/blob/main/src/Runner.Sdk/ProcessInvoker.cs
const grace = 7500 * time.Millisecond

// cancel starts the step as GitHub does, waits until the file is there, and cancels it as
// the runner does, which signals the shell only. It returns whether the step ended by itself.
func cancel(t *testing.T, s command, file string, variables ...string) bool {
	t.Helper()
	script := filepath.Join(t.TempDir(), "step.sh")
	require.NoError(t, os.WriteFile(script, []byte(s.Run), 0o600))
	output, err := os.Create(script + ".log") //nolint:gosec // In a folder of the test's own.
	require.NoError(t, err)
	defer func() { _ = output.Close() }()
	shell := exec.Command("bash", "-e", script) //nolint:gosec // The step of this repository's own workflow.
	shell.Env = append(os.Environ(), append(variables, "TF_INPUT=false", "CHECKPOINT_DISABLE=1")...)
	shell.Stdout, shell.Stderr = output, output
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, shell.Start())
	ended := make(chan struct{})
	go func() {
		_ = shell.Wait() // It ends by a signal, or by Terraform's own code.
		close(ended)
	}()
	defer func() { _ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }() // None may be left.
	require.Eventually(t, func() bool {
		_, err := os.Stat(file)
		return err == nil
	}, time.Minute, 50*time.Millisecond, "%s: %s did not begin", s.workflow, s.Name)
	require.NoError(t, shell.Process.Signal(os.Interrupt))
	select {
	case <-ended:
		return true
	case <-time.After(grace):
		return false
	}
}

// TestCancelledApply cancels the workflow's apply between two resources: the one that was
// made must be in the state, and the lock given back.
func TestCancelledApply(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Terraform; not with -short")
	}
	program, err := terraform.Find(t.Context())
	if err != nil {
		t.Skip(err)
	}
	applies := commands(t, regexp.MustCompile(`terraform(?: -\S+)* apply\b`))
	applies = slices.DeleteFunc(applies, func(c command) bool { return c.workflow != "deploy-environment.yml" }) // The others are the same command.
	require.Len(t, applies, 1)
	dir := t.TempDir()
	begun := filepath.Join(dir, "begun")
	stack, err := json.Marshal(map[string]any{"resource": map[string]any{"terraform_data": map[string]any{
		"made": map[string]any{},
		"slow": map[string]any{
			"depends_on":  []string{"terraform_data.made"},
			"provisioner": map[string]any{"local-exec": map[string]string{"command": "touch " + begun + "; exec sleep 60"}},
		},
	}}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cdk.tf.json"), stack, 0o600))
	for _, args := range [][]string{{"init"}, {"plan", "-out=deploy.tfplan"}} {
		output, err := exec.CommandContext(t.Context(), program, append([]string{"-chdir=" + dir}, args...)...).CombinedOutput() //nolint:gosec // The tool that was found.
		require.NoError(t, err, "%s", output)
	}

	assert.True(t, cancel(t, applies[0], begun, "STACK="+dir, "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH")), "the apply goes on")
	var state struct{ Resources []struct{ Name string } }
	text, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate")) //nolint:gosec // The test's own.
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &state))
	require.NotEmpty(t, state.Resources)
	assert.Equal(t, "made", state.Resources[0].Name)
	assert.NoFileExists(t, filepath.Join(dir, ".terraform.tfstate.lock.info"))
}

// TestCancelledSteps cancels every step that starts Terraform for longer, with a stub that
// notes the interruption: Terraform must be told.
func TestCancelledSteps(t *testing.T) {
	found := commands(t, locking)
	require.GreaterOrEqual(t, len(found), 2)
	for _, s := range found {
		t.Run(strings.TrimSuffix(s.workflow, ".yml")+"/"+s.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			begun, told := filepath.Join(dir, "begun"), filepath.Join(dir, "told")
			stub := "#!/bin/sh\ncase \"$*\" in *init*) exit 0;; esac\n" +
				"trap 'touch " + told + "; exit 1' INT\ntouch " + begun + "\nwhile :; do sleep 0.1; done\n"
			require.NoError(t, os.WriteFile(filepath.Join(dir, "terraform"), []byte(stub), 0o700)) //nolint:gosec // A program.
			cancel(t, s, begun, "STACK="+dir, "RUNNER_TEMP="+dir, "LOCK=-lock-timeout=10m", "PATH="+dir+":"+os.Getenv("PATH"))
			assert.FileExists(t, told, "Terraform is not told")
			assert.Regexp(t, `-lock-timeout=|"\$LOCK"`, s.Run, "it fails on the lock of another")
		})
	}
}
