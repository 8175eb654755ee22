package terraform

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFind(t *testing.T) {
	t.Setenv("TERRAFORM", "")
	for body, says := range map[string]string{
		`echo '{"terraform_version": "1.11.0"}'`:        "",
		`echo '{"terraform_version": "1.12.0-alpha1"}'`: "",
		`echo '{"terraform_version": "1.9.8"}'`:         "is Terraform 1.9.8; install Terraform 1.11 or newer",
		`echo Terraform`:                                "does not say its version",
		`exit 1`:                                        "does not say its version (exit status 1); install Terraform 1.11 or newer",
	} {
		dir := t.TempDir()
		t.Setenv("PATH", dir)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "terraform"), []byte("#!/bin/sh\n"+body+"\n"), 0o700)) //nolint:gosec // It must be executable.
		path, err := Find(t.Context())
		if says == "" {
			require.NoError(t, err)
			assert.Equal(t, filepath.Join(dir, "terraform"), path)
		} else {
			require.ErrorContains(t, err, says)
		}
	}
	t.Setenv("TERRAFORM", "")
	t.Setenv("PATH", t.TempDir())
	assert.Equal(t, "registry.terraform.io", Registry(Program()))
	_, err := Find(t.Context())
	require.EqualError(t, err, "terraform was not found; install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install")
}

// TestFindOpenTofu is told of OpenTofu, by its name or its path.
func TestFindOpenTofu(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("TERRAFORM", "tofu")
	assert.Equal(t, "registry.opentofu.org", Registry(Program()))
	_, err := Find(t.Context())
	require.EqualError(t, err, "tofu was not found; install OpenTofu 1.11 or newer: https://opentofu.org/docs/intro/install/")

	program := filepath.Join(dir, "tofu")
	for version, says := range map[string]string{"1.11.5": "", "1.10.9": "is OpenTofu 1.10.9; install OpenTofu 1.11 or newer"} {
		require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\necho '{\"terraform_version\": \""+version+"\"}'\n"), 0o700)) //nolint:gosec // It must be executable.
		for _, named := range []string{"tofu", program} {
			t.Setenv("TERRAFORM", named)
			path, err := Find(t.Context())
			if says == "" {
				require.NoError(t, err)
				assert.Equal(t, program, path)
			} else {
				require.ErrorContains(t, err, says)
			}
		}
	}
}

// TestScript has the script that cdktf starts complete what an interruption left half made,
// in the layout of Terraform's state and in OpenTofu's.
func TestScript(t *testing.T) {
	script, err := filepath.Abs("../../scripts/terraform")
	require.NoError(t, err)
	const state = `{"version": 4, "resources": [
  {"mode": "managed", "type": "aws_route", "name": "one", "instances": [{"status": "tainted", "attributes": {"a": "{\"status\": \"tainted\"}"}}]},
  {"mode": "managed", "type": "aws_route", "name": "two", "instances": [{"schema_version": 0, "attributes": {}}]},
  {"mode": "managed", "type": "aws_lb", "name": "three", "instances": [{"status": "tainted"}]}
]}`
	var long, short bytes.Buffer
	require.NoError(t, json.Indent(&long, []byte(state), "", "  "))
	require.NoError(t, json.Compact(&short, []byte(state)))
	for program, state := range map[string][]byte{"terraform": long.Bytes(), "tofu": short.Bytes()} {
		dir := t.TempDir()
		t.Setenv("PATH", dir+":/usr/bin:/bin")
		t.Setenv("TERRAFORM", program)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "state"), state, 0o600))
		body := "#!/bin/sh\ncd '" + dir + "'\n[ \"$1\" = state ] && exec cat state\necho \"$*\" >>calls\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte(body), 0o700))               //nolint:gosec // It must be executable.
		output, err := exec.CommandContext(t.Context(), script, "plan", "-input=false").CombinedOutput() //nolint:gosec // The project's own script.
		require.NoError(t, err, "%s", output)
		calls, err := os.ReadFile(filepath.Join(dir, "calls")) //nolint:gosec // The test's own.
		require.NoError(t, err)
		assert.Equal(t, "untaint -lock-timeout=10m aws_route.one\nplan -input=false\n", string(calls), program)
	}
}
