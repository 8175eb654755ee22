package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// writing returns a function that writes files as CDKTF does.
func writing(t *testing.T, files map[string]string) func(string) {
	t.Helper()
	return func(dir string) {
		for name, content := range files {
			file := filepath.Join(dir, name)
			assert.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))     //nolint:gosec // The tests' own names.
			assert.NoError(t, os.WriteFile(file, []byte(content), 0o600)) //nolint:gosec // As above.
		}
	}
}

// contents are the files below a folder with what is in them.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(dir), path)
		found[path] = string(text)
		return err
	}))
	return found
}

func TestInPlace(t *testing.T) {
	outdir := filepath.Join(t.TempDir(), "a folder", "cdktf.out")
	stack := filepath.Join("stacks", "flask-api-dev", "cdk.tf.json")
	require.NoError(t, inPlace(outdir, writing(t, map[string]string{manifest: "1", stack: "1", "stacks/other/cdk.tf.json": "1"})))
	require.NoError(t, inPlace(outdir, writing(t, map[string]string{manifest: "2", stack: "2"})))
	assert.Equal(t, map[string]string{manifest: "2", stack: "2", "stacks/other/cdk.tf.json": "1"}, contents(t, outdir), "what another synthesis wrote stays")
	assert.Panics(t, func() { _ = inPlace(outdir, func(string) { panic("of CDKTF") }) })
	require.ErrorContains(t, inPlace(outdir, writing(t, nil)), manifest, "no manifest was written")
	assert.Len(t, contents(t, outdir), 3, "nothing of a synthesis that failed is left")
	require.Error(t, inPlace("/dev/null/cdktf.out", writing(t, nil)))
}

// TestInPlaceAtTheSameTime has readers find whole files while others write.
func TestInPlaceAtTheSameTime(t *testing.T) {
	outdir := t.TempDir()
	long := map[string]string{manifest: string(make([]byte, 1<<20))}
	require.NoError(t, inPlace(outdir, writing(t, long)))
	var group errgroup.Group
	for range 4 {
		group.Go(func() error {
			for range 20 {
				if err := inPlace(outdir, writing(t, long)); err != nil {
					return err
				}
				text, err := os.ReadFile(filepath.Join(outdir, manifest)) //nolint:gosec // The test's own file.
				if err != nil || len(text) != 1<<20 {
					return fmt.Errorf("%d bytes are read: %w", len(text), err)
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
}
