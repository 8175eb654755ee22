package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/stacktest"
)

func TestPassOn(t *testing.T) {
	for said, passed := range map[string]string{
		"":           "",
		"a\nb\n":     "a\nb\n",
		"no newline": "no newline",
		"Runtime process exited abnormally: waitid: no child processes":                                        "",
		"a\nRuntime process exited abnormally: wait: no child processescould not clean up temporary directory": "a\ncould not clean up temporary directory",
		"Runtime process exited abnormally: exit status 1":                                                     "Runtime process exited abnormally: exit status 1",
		"Runtime process exited abnormally: signal: killed":                                                    "Runtime process exited abnormally: signal: killed",
	} {
		var out bytes.Buffer
		passOn(&out, strings.NewReader(said))
		assert.Equal(t, passed, out.String())
	}
}

// TestFailingNodeIsHeard has a Node that dies: nothing of what is kept quiet hides that.
func TestFailingNodeIsHeard(t *testing.T) {
	node := filepath.Join(t.TempDir(), "node")
	script := "#!/bin/sh\n[ \"$1\" = --version ] && { echo v24.0.0; exit; }\necho 'a segmentation fault' >&2\nexit 139\n"
	require.NoError(t, os.WriteFile(node, []byte(script), 0o700)) //nolint:gosec // It must be executable.
	command := exec.Command(os.Args[0])                           //nolint:gosec // It is this executable.
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), "RUN_PROGRAM=1", "ENVIRONMENT_SUFFIX=dev", "JSII_NODE="+node)
	output, err := command.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(output), "a segmentation fault")
	assert.Contains(t, string(output), "synthesis failed: ")
}

// TestQuietWithoutTerraformOrHome synthesises an environment whose state is in
// Terraform Cloud, on a machine that has Node and nothing else, and no home folder that
// could be written: it says nothing.
func TestQuietWithoutTerraformOrHome(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks jsii's packages anew; not with -short")
	}
	node, err := exec.LookPath("node")
	require.NoError(t, err)
	command := exec.Command(os.Args[0]) //nolint:gosec // It is this executable.
	dir := t.TempDir()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	command.Env = []string{
		"SYNTHESISE_ONLY=cloud", "SYNTHESISE_INTO=" + dir, "JSII_NODE=" + node, "PATH=" + filepath.Join(dir, "empty"),
		"HOME=/dev/null/home", "XDG_CACHE_HOME=" + cache,
	}
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Empty(t, string(output))
	assert.FileExists(t, filepath.Join(dir, "stacks", stacktest.Elsewhere().StackName(), "cdk.tf.json"))
}
