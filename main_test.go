package main

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/fastsynth"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

// TestMain closes the one Node process that all tests of this package share. With
// one of two variables this executable is another: one that synthesises all
// environments into a folder, or the program itself.
func TestMain(m *testing.M) {
	flag.Parse()
	if dir := os.Getenv("SYNTHESISE_INTO"); dir != "" {
		envs := environments()
		if os.Getenv("SYNTHESISE_ONLY") == "cloud" {
			envs = []config.Config{stacktest.Elsewhere()}
		}
		synthesiseInto(dir, envs...)
		closeKernel()
		os.Exit(0)
	}
	if os.Getenv("RUN_PROGRAM") != "" {
		main()
		os.Exit(0)
	}
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// environments are what is synthesised, once, for all tests. The tests' own are there
// for what takes long, and are looked at one by one next to the constructs.
func environments() []config.Config {
	if testing.Short() {
		return stacktest.Reviewed()
	}
	return stacktest.All()
}

// synthesised is the JSON of each environment by its suffix.
var synthesised = sync.OnceValue(func() map[string][]byte {
	dir, err := os.MkdirTemp("", "synth")
	if err != nil {
		panic(err)
	}
	out := synthesiseInto(dir, environments()...)
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	return out
})

func synthesiseInto(dir string, envs ...config.Config) map[string][]byte {
	if err := synthesise(envs, dir, true); err != nil {
		panic(err)
	}
	out := map[string][]byte{}
	for _, env := range envs {
		text, err := fs.ReadFile(os.DirFS(dir), "stacks/"+env.StackName()+"/cdk.tf.json")
		if err != nil {
			panic(err)
		}
		out[env.Suffix] = text
	}
	return out
}

// TestGoldenStacks compares each environment with the JSON that was last reviewed.
func TestGoldenStacks(t *testing.T) {
	for _, env := range stacktest.Reviewed() {
		t.Run(env.Suffix, func(t *testing.T) {
			golden.Compare(t, "testdata/"+env.Suffix+".golden.json", stacktest.Reviewable(t, synthesised()[env.Suffix]))
		})
	}
}

// TestGoldenAddresses freezes the Terraform addresses. One that changes makes Terraform
// destroy the resource and create another.
func TestGoldenAddresses(t *testing.T) {
	for _, env := range stacktest.Reviewed() {
		t.Run(env.Suffix, func(t *testing.T) {
			s := stacktest.Decode(t, env, synthesised()[env.Suffix])
			text := strings.Join(s.Addresses(), "\n") + "\n"
			assert.NotRegexp(t, `_[0-9A-F]{8}\n`, text, "addresses are read by people: no hash in them")
			golden.Compare(t, "testdata/"+env.Suffix+".addresses.txt", text)
		})
	}
}

// TestGoldenFilesAreAllUsed fails on a file that no test compares any more.
func TestGoldenFilesAreAllUsed(t *testing.T) {
	used := []string{"summary.txt"} // The test of the summary's.
	for _, env := range stacktest.Reviewed() {
		used = append(used, env.Suffix+".addresses.txt", env.Suffix+".golden.json")
	}
	golden.Only(t, "testdata", used...)
}

// TestSameBytes synthesises every environment a second time, in a process of its own,
// into another folder, and without fast synthesis.
func TestSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the stock kernel seconds to start; not with -short")
	}
	require.True(t, fastsynth.Active(), "synthesis of this process is fast")
	dir := t.TempDir()
	command := exec.Command(os.Args[0]) //nolint:gosec // It is this program.
	command.Env = append(os.Environ(), "FLASK_API_FAST_SYNTHESIS=off", "SYNTHESISE_INTO="+dir)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	want := synthesised() // Before t.Parallel, since there is one kernel.
	t.Parallel()
	require.NoError(t, command.Wait(), &output)
	for _, env := range environments() {
		second, err := fs.ReadFile(os.DirFS(dir), "stacks/"+env.StackName()+"/cdk.tf.json")
		require.NoError(t, err)
		assert.True(t, bytes.Equal(second, want[env.Suffix]), "fast synthesis, or chance, changes %q", env.Suffix)
	}
}

// TestRunReportsInvalidConfiguration runs the program as a user does, with a
// suffix that cannot be.
func TestRunReportsInvalidConfiguration(t *testing.T) {
	err := run(func(name string) string {
		return map[string]string{"ENVIRONMENT_SUFFIX": "Bad_Suffix_That_Is_Far_Too_Long"}[name]
	})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "Suffix")
	assert.Contains(t, err.Error(), "flask-api-alb-Bad_Suffix_That_Is_Far_Too_Long")
	assert.NotContains(t, err.Error(), "goroutine")
}

// TestProgramFailsOnBadInput runs the program: an invalid configuration ends it with
// exit code 1 before Node starts and before anything is written.
func TestProgramFailsOnBadInput(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0]) //nolint:gosec // It is this executable.
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RUN_PROGRAM=1", "ENVIRONMENT_SUFFIX=Bad_Suffix_That_Is_Far_Too_Long", "JSII_NODE=node-must-not-start")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()

	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 1, exit.ExitCode())
	assert.Contains(t, stderr.String(), "Suffix")
	assert.NotContains(t, stderr.String(), "goroutine")
	assert.NotContains(t, stderr.String(), "node-must-not-start")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing may be written")
}

// TestSynthesisErrors asks for an error with and without the trace.
func TestSynthesisErrors(t *testing.T) {
	require.EqualError(t, synthesisError("first line\nat somewhere", false),
		"synthesis failed: first line (set FLASK_API_DEBUG=1 for the trace)")
	require.EqualError(t, synthesisError("JsiiError: @jsii/kernel.Fault Type '@cdktf/provider-aws.eip.Eip' not found", false),
		"synthesis failed: JsiiError: @jsii/kernel.Fault Type '@cdktf/provider-aws.eip.Eip' not found"+
			" (the list of the submodules in use lacks this one: run make golden)")
	traced := synthesisError("first line\nat somewhere", true).Error()
	assert.Contains(t, traced, "at somewhere")
	assert.Contains(t, traced, "goroutine")
}

// TestPanicBecomesError provokes a panic inside of CDKTF: two stacks of one name.
func TestPanicBecomesError(t *testing.T) {
	twice := []config.Config{config.Defaults("twice"), config.Defaults("twice")}
	err := synthesise(twice, t.TempDir(), false)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "synthesis failed: ")
	assert.NotContains(t, err.Error(), "\n")
}

// TestCheckNode gives the program other executables for Node.
func TestCheckNode(t *testing.T) {
	stand := func(body string) func(string) string {
		path := filepath.Join(t.TempDir(), "node")
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700)) //nolint:gosec // It must be executable.
		return func(string) string { return path }
	}
	require.NoError(t, checkNode(stand("echo v20.9.0")))
	require.ErrorContains(t, checkNode(stand("echo v18.20.1")), "is Node v18.20.1; install Node 20.9.0 or newer")
	require.ErrorContains(t, checkNode(stand("echo nonsense")), "install Node 20.9.0 or newer")
	missing := func(string) string { return "no-such-node" }
	require.ErrorContains(t, checkNode(missing), "no-such-node does not run")
	assert.NotContains(t, checkNode(missing).Error(), "\n")
}
