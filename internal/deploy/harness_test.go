package deploy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/emulator"
)

const (
	// root is the repository, seen from this package.
	root = "../.."
	// commandTimeout is for one command; the longest takes about two minutes.
	commandTimeout = 10 * time.Minute
	// outputTail is how much of a failed command's output is worth reading.
	outputTail = 6000
)

// harness is a directory with the built program and what it takes to deploy it.
type harness struct {
	dir   string
	tools emulator.Tools
	aws   *emulator.Emulator
	logs  int
}

// newHarness builds the program into a directory of its own, so that nothing is
// written to the checkout, and starts the emulated AWS. Without the tools it
// skips the test, except in CI, where a skipped test would go unnoticed.
func newHarness(t *testing.T) *harness {
	t.Helper()
	if testing.Short() {
		t.Skip("deploys for minutes; not with -short")
	}
	repository, err := filepath.Abs(root)
	require.NoError(t, err)
	tools, missing := emulator.FindTools(t.Context(), repository)
	if len(missing) > 0 {
		message := "deploy: skipped, missing: " + strings.Join(missing, "; ")
		if os.Getenv("CI") == "true" {
			t.Fatal(message)
		}
		report(t, message)
		t.Skip(message)
	}
	h := &harness{dir: t.TempDir(), tools: tools}

	var settings map[string]any
	require.NoError(t, json.Unmarshal(readFile(t, filepath.Join(repository, "cdktf.json")), &settings))
	settings["app"] = filepath.Join(h.dir, "app")
	encoded, err := json.Marshal(settings)
	require.NoError(t, err)
	h.write(t, "cdktf.json", encoded)
	if config := tools.CLIConfig(); config != "" {
		h.write(t, "terraform.rc", []byte(config))
	}

	h.aws, err = emulator.Start(t.Context(), tools.Moto, region)
	require.NoError(t, err)
	t.Cleanup(h.aws.Stop)

	output, code := h.run(t, repository, "", "go", "build", "-o", filepath.Join(h.dir, "app"), ".")
	require.Zero(t, code, "go build:\n%s", tail(output))
	return h
}

// env is the environment of every command.
func (h *harness) env(environmentSuffix string) []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		// What belongs to the developer's own stack is not to reach the test.
		return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "TF_") ||
			name == "ENVIRONMENT_SUFFIX" || name == "IMAGE_TAG"
	})
	env = append(env, h.aws.Env()...)
	env = append(env, "CHECKPOINT_DISABLE=1", "CI=1", "TERM=dumb", "NO_COLOR=1", "TF_IN_AUTOMATION=1")
	if h.tools.ProviderMirror != "" {
		env = append(env, "TF_CLI_CONFIG_FILE="+filepath.Join(h.dir, "terraform.rc"))
	}
	if environmentSuffix != "" {
		env = append(env, "ENVIRONMENT_SUFFIX="+environmentSuffix)
	}
	return env
}

// cdktf runs the CDKTF command line for the environment of the given suffix,
// or for all of them, and fails the test if it fails.
func (h *harness) cdktf(t *testing.T, environmentSuffix string, args ...string) {
	t.Helper()
	output, code := h.run(t, h.dir, environmentSuffix, h.tools.CDKTF, args...)
	require.Zero(t, code, "cdktf %s:\n%s", strings.Join(args, " "), tail(output))
}

// terraform runs Terraform in a directory and returns its standard output.
func (h *harness) terraform(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	output, code := h.run(t, dir, suffix, h.tools.Terraform, append(args, "-no-color")...)
	require.Zero(t, code, "terraform %s:\n%s", strings.Join(args, " "), tail(output))
	return output
}

// run runs a command, keeps its output as a log in the harness's directory, and
// returns its standard output and its exit code; the standard output of a
// failed command is followed by its standard error.
func (h *harness) run(t *testing.T, dir, environmentSuffix, name string, args ...string) ([]byte, int) {
	t.Helper()
	started := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // Only the tools that were looked for.
	command.Dir, command.Env = dir, h.env(environmentSuffix)
	command.Stdout, command.Stderr = &stdout, &stderr
	// At the timeout the whole process group is ended. cdktf gives terraform a
	// terminal of its own, and with it another group; that hangs up with cdktf.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = 10 * time.Second
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err, "%s %s", name, strings.Join(args, " "))
	}
	h.logs++
	h.write(t, fmt.Sprintf("command-%02d.log", h.logs), slices.Concat(stdout.Bytes(), stderr.Bytes()))
	t.Logf("%s %s: %.1f s", filepath.Base(name), strings.Join(args, " "), time.Since(started).Seconds())
	if err != nil {
		return slices.Concat(stdout.Bytes(), stderr.Bytes()), exit.ExitCode()
	}
	return stdout.Bytes(), 0
}

// stackDir is where a stack is synthesised to.
func (h *harness) stackDir(name string) string {
	return filepath.Join(h.dir, "cdktf.out", "stacks", name)
}

// stateResources lists the managed resources of the only state that exists.
func (h *harness) stateResources(t *testing.T) []string {
	t.Helper()
	var states []string
	require.NoError(t, filepath.WalkDir(h.dir, func(path string, _ fs.DirEntry, err error) error {
		// Terraform keeps a note on the backend under the same name.
		if err == nil && filepath.Ext(path) == ".tfstate" && filepath.Base(filepath.Dir(path)) != ".terraform" {
			states = append(states, path)
		}
		return err
	}))
	require.Len(t, states, 1, "states")
	var state struct {
		Resources []struct {
			Mode, Module, Type, Name string
			Instances                []json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal(readFile(t, states[0]), &state))
	var managed []string
	for _, r := range state.Resources {
		if r.Mode != "managed" {
			continue
		}
		for range r.Instances {
			managed = append(managed, r.Type+"."+r.Name)
		}
	}
	return managed
}

// search names the files below a directory that contain the text, as it is or
// encoded; of an archive, such as a saved plan, the entries as "file!entry".
func search(t *testing.T, dir, text string) []string {
	t.Helper()
	encoded := encodings(t, text)
	contains := func(data []byte) bool {
		return slices.ContainsFunc(encoded, func(e string) bool { return bytes.Contains(data, []byte(e)) })
	}
	var found []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "providers" && filepath.Base(filepath.Dir(path)) == ".terraform" {
			return fs.SkipDir // Programs of 700 MB, written before there was a password.
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		data := readFile(t, path)
		if contains(data) {
			found = append(found, path)
		}
		archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil //nolint:nilerr // It is no archive, and has no entries to search.
		}
		for _, file := range archive.File {
			if contains(readEntry(t, file)) {
				found = append(found, path+"!"+file.Name)
			}
		}
		return nil
	}))
	return found
}

// encodings are the ways in which a text may stand in a file: as it is, in
// Base64, and in JSON, with and without the escapes that Terraform adds for
// HTML, also within a string within JSON.
func encodings(t *testing.T, text string) []string {
	t.Helper()
	encoded := map[string]bool{text: true, base64.StdEncoding.EncodeToString([]byte(text)): true}
	last := []string{text}
	for range 2 {
		next := make([]string, 0, 2*len(last))
		for _, outer := range last {
			for _, html := range []bool{true, false} {
				var buffer bytes.Buffer
				encoder := json.NewEncoder(&buffer)
				encoder.SetEscapeHTML(html)
				require.NoError(t, encoder.Encode(outer))
				quoted := strings.TrimSpace(buffer.String())
				inner := quoted[1 : len(quoted)-1]
				next = append(next, inner)
				encoded[inner] = true
			}
		}
		last = next
	}
	return slices.Sorted(maps.Keys(encoded))
}

func readEntry(t *testing.T, file *zip.File) []byte {
	t.Helper()
	reader, err := file.Open()
	require.NoError(t, err)
	defer func() { assert.NoError(t, reader.Close()) }()
	data, err := io.ReadAll(reader)
	require.NoError(t, err)
	return data
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path) //nolint:gosec // Only what the test wrote and the repository.
	require.NoError(t, err)
	return data
}

func (h *harness) write(t *testing.T, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, name), data, 0o600))
}

// tail is the end of a command's output, where the error is.
func tail(output []byte) []byte {
	return output[max(0, len(output)-outputTail):]
}

// report prints the line that sums up a run. `go test` hides the output of a
// package that passes, so `DEPLOY_REPORT` may name a file for it as well.
func report(t *testing.T, line string) {
	t.Helper()
	fmt.Println(line)
	if path := os.Getenv("DEPLOY_REPORT"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(line+"\n"), 0o600)) //nolint:gosec // Where the caller wants it.
	}
}
