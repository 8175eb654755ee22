package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMakeClean wants a state that nothing else has to keep everything where it is, and one of an
// emulated AWS, or of nothing, to keep nothing.
func TestMakeClean(t *testing.T) {
	const one, none = `{"version": 4, "resources": [{"mode": "managed"}]}`, `{"version": 4, "resources": []}`
	for name, c := range map[string]struct {
		path  []string
		state string
		kept  bool
	}{
		"a workspace":           {[]string{"terraform.tfstate.d", "mine", "terraform.tfstate"}, one, true},
		"an encrypted one":      {[]string{"terraform.tfstate.d", "mine", "terraform.tfstate"}, `{"encrypted_data": "x"}`, true},
		"an empty one":          {[]string{"terraform.tfstate.d", "mine", "terraform.tfstate"}, none, false},
		"an emulated AWS":       {[]string{"terraform.tfstate.d", workspace, "terraform.tfstate"}, one, false},
		"one that is not saved": {[]string{"errored.tfstate"}, one, true},
		"none":                  {[]string{"cdk.tf.json"}, "{}", false},
	} {
		dir := t.TempDir()
		for _, file := range []string{"Makefile", "internal/versions/versions.env"} {
			content, err := fs.ReadFile(os.DirFS("../.."), file)
			require.NoError(t, err)
			writeFile(t, string(content), dir, file)
		}
		stack := filepath.Join(dir, "cdktf.out-dev", "stacks", "flask-api-dev")
		file := writeFile(t, c.state, append([]string{stack}, c.path...)...)
		own := writeFile(t, one, dir, "terraform.flask-api-dev.tfstate")
		other := writeFile(t, "", dir, ".bin", "image")
		command := exec.CommandContext(t.Context(), "make", "--no-print-directory", "clean")
		command.Dir = dir
		output, err := command.CombinedOutput()
		assert.FileExists(t, own, name)
		if c.kept {
			require.Error(t, err, name)
			path, err := filepath.Rel(dir, file)
			require.NoError(t, err)
			assert.Contains(t, string(output), path, name)
			assert.FileExists(t, file, name)
			assert.FileExists(t, other, name)
		} else {
			require.NoError(t, err, "%s: %s", name, output)
			assert.NoFileExists(t, file, name)
			assert.NoFileExists(t, other, name)
		}
	}
}
