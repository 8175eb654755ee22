package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

func TestRefuseCloud(t *testing.T) {
	local, cloud := config.Defaults("dev"), config.Defaults("production")
	cloud.State = config.State{Backend: config.BackendCloud, Organization: "example", Workspace: "production"}
	require.NoError(t, refuseCloud([]config.Config{local}))
	require.EqualError(t, refuseCloud([]config.Config{local, cloud}),
		`flask-api-production: State.Backend is "cloud", and Terraform Cloud would deploy to AWS itself; set it to "local" to try this`)
}

func TestForget(t *testing.T) {
	dir := t.TempDir()
	stack := filepath.Join(dir, "flask-api-dev")
	other := filepath.Join(stack, "terraform.tfstate.d", "other", "terraform.tfstate")
	gone := filepath.Join(stack, "terraform.tfstate.d", workspace, "terraform.tfstate")
	for _, file := range []string{other, gone} {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, nil, 0o600))
	}
	require.NoError(t, forget(dir))
	assert.FileExists(t, other)
	assert.NoFileExists(t, gone)
}

func TestKeep(t *testing.T) {
	file := filepath.Join(t.TempDir(), outputs)
	restore, err := keep(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte("of the emulated AWS"), 0o600))
	require.NoError(t, restore())
	assert.NoFileExists(t, file)

	require.NoError(t, os.WriteFile(file, []byte("of AWS"), 0o600))
	restore, err = keep(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte("of the emulated AWS"), 0o600))
	require.NoError(t, restore())
	content, err := os.ReadFile(file) //nolint:gosec // The test's own file.
	require.NoError(t, err)
	assert.Equal(t, "of AWS", string(content))
}
