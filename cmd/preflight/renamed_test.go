package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// TestRenamed has states of three environments in the folder, one of them by the name that
// it has now.
func TestRenamed(t *testing.T) {
	t.Setenv("TF_WORKSPACE", "")
	folder := t.TempDir()
	for stack, suffix := range map[string]string{"first-dev": "dev", "first-my-dev": "my-dev", "now-pr-42": "pr-42 of now", "old-pr-43": "pr-43 of old"} {
		state := `{"resources":[{"type":"aws_vpc","name":"v","instances":[{"attributes":{"input":1}}]},{"type":"terraform_data","name":"identity","instances":[{"attributes":{"input":{"value":{"suffix":"` + suffix + `"}}}}]}]}`
		require.NoError(t, os.WriteFile(filepath.Join(folder, "terraform."+stack+".tfstate"), []byte(state), 0o600))
	}
	for suffix, want := range map[string]string{
		"dev":   `terraform.first-dev.tfstate is the state of dev by another name than "now"`,
		"pr-43": `terraform.old-pr-43.tfstate is the state of pr-43 by another name than "now"`,
		"pr-42": "", "api-my-dev": "", "new": "",
	} {
		env := config.Defaults(suffix)
		env.Name = "now"
		if err := renamed(env, folder); want == "" {
			assert.NoError(t, err, suffix)
		} else {
			assert.ErrorContains(t, err, want)
		}
		env.State.Backend = config.BackendS3
		require.NoError(t, renamed(env, folder))
	}
	t.Setenv("TF_WORKSPACE", "emulated")
	env := config.Defaults("dev")
	env.Name = "now"
	require.NoError(t, renamed(env, folder))
}
