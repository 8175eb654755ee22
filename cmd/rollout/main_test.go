package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// itself has the test's program be the command, and noting what deploys: that notes each signal.
const itself, noting = "ROLLOUT_ITSELF", "ROLLOUT_NOTING"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(noting) != "":
		os.Exit(note())
	case os.Getenv(itself) != "":
		main() // It exits.
	}
	os.Exit(m.Run())
}

// note writes the signals that come to a file, until a while after the first, and returns the exit
// code that it is to have.
func note() int {
	signals := make(chan os.Signal, 10)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	_ = os.WriteFile("begun", nil, 0o600) // The test waits for it.
	var noted []string
	for end := time.After(10 * time.Second); ; {
		select {
		case s := <-signals:
			noted, end = append(noted, s.String()), time.After(300*time.Millisecond)
		case <-end:
			_ = os.WriteFile("signals", []byte(strings.Join(noted, "\n")), 0o600) // The test reads it.
			code, _ := strconv.Atoi(os.Getenv(noting))
			return code
		}
	}
}

// rollout is the command with a shell's for what deploys, to an environment that cannot be: once
// the shell has ended, it says so.
func rollout(t *testing.T, script string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), program, "No_Name") //nolint:gosec // The test itself.
	if script != "" {
		command.Args = append(command.Args, "sh", "-c", script)
	}
	// What runs this test may ignore signals, as nohup and a shell's background do, and then what it
	// starts would, too, unless it takes them.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(signals) })
	var printed bytes.Buffer
	command.Env, command.Dir, command.Stdout, command.Stderr = append(os.Environ(), itself+"=1"), t.TempDir(), &printed, &printed
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.WaitDelay = time.Second
	return command, &printed
}

// code is how the command ended.
func code(t *testing.T, err error) int {
	t.Helper()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return failed.ExitCode()
	}
	require.NoError(t, err)
	return 0
}

// TestExitCode follows what was deployed, or failed, and nothing that did not run.
func TestExitCode(t *testing.T) {
	for script, want := range map[string]struct {
		code    int
		follows bool
	}{
		"":                  {1, true},
		"exit 0":            {1, true},
		"exit 1":            {1, true},
		"exit 3":            {3, false},
		"kill -KILL $$":     {137, false},
		"exec ./none-there": {127, false},
	} {
		command, printed := rollout(t, script)
		assert.Equal(t, want.code, code(t, command.Run()), script)
		assert.Equal(t, want.follows, strings.Contains(printed.String(), `"No_Name" has the wrong form`), "%s: %s", script, printed)
	}
	command, printed := rollout(t, "exit 0")
	command.Args[2] = "./none-there"
	assert.Equal(t, 127, code(t, command.Run()))
	assert.Contains(t, printed.String(), "none-there")
}

// TestSignals sends the signals as make and as a terminal do. What deploys must get each once, and
// is waited for.
func TestSignals(t *testing.T) {
	for name, c := range map[string]struct {
		signal syscall.Signal
		group  bool // A terminal sends Ctrl-C to all programs in it.
		ends   string
		code   int
	}{
		"terminated":           {syscall.SIGTERM, false, "7", 7},
		"hung up":              {syscall.SIGHUP, false, "7", 7},
		"Ctrl-C":               {syscall.SIGINT, true, "7", 7},
		"terminated, and done": {syscall.SIGTERM, false, "0", 143},
		"Ctrl-C, and failed":   {syscall.SIGINT, true, "1", 130},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command, printed := rollout(t, noting+"="+c.ends+" exec "+os.Args[0])
			require.NoError(t, command.Start())
			defer func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }() // None may be left.
			begun(t, command.Dir)
			to := command.Process.Pid
			if c.group {
				to = -to
			}
			require.NoError(t, syscall.Kill(to, c.signal))
			assert.Equal(t, c.code, code(t, command.Wait()), "%s", printed)
			noted, err := os.ReadFile(filepath.Join(command.Dir, "signals"))
			require.NoError(t, err)
			assert.Equal(t, c.signal.String(), string(noted))
			assert.Empty(t, printed.String(), "what was stopped is not followed")
		})
	}
}

// TestCtrlC interrupts the command alone: what deploys gets that from the terminal, and not from it,
// too. Two at once would be noted as one.
func TestCtrlC(t *testing.T) {
	command, printed := rollout(t, noting+"=7 exec "+os.Args[0])
	require.NoError(t, command.Start())
	defer func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }() // None may be left.
	begun(t, command.Dir)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		require.NoError(t, command.Process.Signal(s))
		time.Sleep(200 * time.Millisecond)
	}
	assert.Equal(t, 7, code(t, command.Wait()), "%s", printed)
	noted, err := os.ReadFile(filepath.Join(command.Dir, "signals"))
	require.NoError(t, err)
	assert.Equal(t, syscall.SIGTERM.String(), string(noted))
}

// begun waits for what deploys.
func begun(t *testing.T, dir string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, "begun"))
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
}

// TestIgnored has nohup keep what deploys from the end of the terminal.
func TestIgnored(t *testing.T) {
	command, printed := rollout(t, "kill -HUP $PPID; sleep 0.3; exit 7")
	command.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, command.Path}, command.Args[1:]...)
	command.Path = "/bin/sh"
	assert.Equal(t, 7, code(t, command.Run()), "%s", printed)
}

// TestMakePassesSignalsOn wants no shell between make, which passes SIGTERM to its child alone, and
// what starts Terraform.
func TestMakePassesSignalsOn(t *testing.T) {
	for target, want := range map[string]string{
		"deploy":  `exec .bin/rollout "$name" node_modules/.bin/cdktf deploy `,
		"plan":    "exec node_modules/.bin/cdktf diff ",
		"destroy": "exec node_modules/.bin/cdktf destroy ",
	} {
		command := exec.CommandContext(t.Context(), "make", "--dry-run", target, "ENVIRONMENT=dev", "AUTO_APPROVE=1") //nolint:gosec // One of these.
		command.Dir = "../.."
		recipe, err := command.Output()
		require.NoError(t, err)
		_, after, found := strings.Cut(string(recipe), want)
		assert.True(t, found, "%s", recipe)
		assert.NotContains(t, after, ";", "the shell would go on after it")
	}
}
