package emulator

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// makeMirror puts an unpacked provider into the directory.
func makeMirror(t *testing.T, dir string) string {
	t.Helper()
	version := filepath.Join(dir, providerPath, "5.100.0", "linux_amd64")
	require.NoError(t, os.MkdirAll(version, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(version, "terraform-provider-aws_v5.100.0_x5"), nil, 0o600))
	return dir
}

// environment is a getenv of the given variables.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestFindProviderMirrorWhereItIsNamed(t *testing.T) {
	dir, other := makeMirror(t, t.TempDir()), makeMirror(t, t.TempDir())
	for _, variable := range []string{"TF_PLUGIN_MIRROR", "TF_PLUGIN_CACHE_DIR"} {
		assert.Equal(t, dir, FindProviderMirror(environment(map[string]string{variable: dir}), []string{other}))
	}
}

func TestFindProviderMirrorWhereTerraformLooks(t *testing.T) {
	for variable, below := range map[string]string{
		"HOME":          ".terraform.d/plugins",
		"XDG_DATA_HOME": "terraform/plugins",
		"XDG_DATA_DIRS": "terraform/plugins",
	} {
		dir := t.TempDir()
		want := makeMirror(t, filepath.Join(dir, below))
		assert.Equal(t, want, FindProviderMirror(environment(map[string]string{variable: dir}), nil), variable)
	}
}

func TestFindProviderMirrorBelow(t *testing.T) {
	dir := t.TempDir()
	want := makeMirror(t, filepath.Join(dir, "some", "plugins"))
	assert.Equal(t, want, FindProviderMirror(environment(nil), []string{filepath.Join(dir, "none"), dir}))
}

func TestFindProviderMirrorPacked(t *testing.T) {
	dir := t.TempDir()
	provider := filepath.Join(dir, providerPath)
	require.NoError(t, os.MkdirAll(provider, 0o700))
	assert.Empty(t, searchMirror(dir), "an empty directory is no mirror")
	require.NoError(t, os.WriteFile(filepath.Join(provider, "terraform-provider-aws_5.100.0_linux_amd64.zip"), nil, 0o600))
	assert.Equal(t, dir, searchMirror(dir))
}

func TestFindProviderMirrorIsBounded(t *testing.T) {
	dir := t.TempDir()
	makeMirror(t, filepath.Join(dir, "1", "2", "3", "4", "5", "6"))
	makeMirror(t, filepath.Join(dir, ".hidden"))
	makeMirror(t, filepath.Join(dir, "node_modules"))
	assert.Empty(t, FindProviderMirror(environment(nil), []string{dir}))
}

func TestCLIConfig(t *testing.T) {
	for want, tools := range map[string]Tools{"": {}, `path    = "/a b"`: {Terraform: "/bin/terraform", ProviderMirror: "/a b"}} {
		content, err := tools.CLIConfig(t.TempDir())
		require.NoError(t, err)
		assert.Contains(t, content, want)
	}
}

// TestCLIConfigOfOpenTofu has OpenTofu find the same provider under its own registry.
func TestCLIConfigOfOpenTofu(t *testing.T) {
	mirror, dir := makeMirror(t, t.TempDir()), t.TempDir()
	packed := filepath.Join(mirror, providerPath, "terraform-provider-aws_5.99.1_linux_amd64.zip")
	require.NoError(t, os.WriteFile(packed, nil, 0o600))
	content, err := Tools{Terraform: "/bin/tofu", ProviderMirror: mirror}.CLIConfig(dir)
	require.NoError(t, err)
	assert.Contains(t, content, `include = ["registry.opentofu.org/*/*"]`)
	assert.Contains(t, content, filepath.Join(dir, "providers"))
	linked := filepath.Join(dir, "providers", "registry.opentofu.org", "hashicorp", "aws")
	assert.FileExists(t, filepath.Join(linked, "5.100.0", "linux_amd64", "terraform-provider-aws_v5.100.0_x5"))
	assert.FileExists(t, filepath.Join(linked, filepath.Base(packed)))
	_, err = Tools{Terraform: "/bin/tofu", ProviderMirror: mirror}.CLIConfig(dir)
	require.ErrorIs(t, err, os.ErrExist)
}
