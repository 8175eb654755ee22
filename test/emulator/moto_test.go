package emulator

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/versions"
)

// makePython puts a Python into the directory that says its moto is of that version.
func makePython(t *testing.T, dir, version string) string {
	t.Helper()
	python := filepath.Join(dir, "python3")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(python, fmt.Appendf(nil, "#!/bin/sh\necho %s\n", version), 0o700)) //nolint:gosec // It is a program.
	return python
}

func TestFindMoto(t *testing.T) {
	root, onPath := t.TempDir(), t.TempDir()
	t.Setenv("PATH", onPath)
	assert.Empty(t, findMoto(t.Context(), root), "without a Python")

	makePython(t, onPath, "4.0.0")
	assert.Empty(t, findMoto(t.Context(), root), "with a moto of another version")

	want := makePython(t, onPath, versions.Moto)
	assert.Equal(t, want, findMoto(t.Context(), root), "with moto on the PATH")

	own := filepath.Join(root, ".bin", "moto-venv", "bin")
	makePython(t, own, "4.0.0")
	assert.Equal(t, want, findMoto(t.Context(), root), "with a virtual environment of another version")

	want = makePython(t, own, versions.Moto)
	assert.Equal(t, want, findMoto(t.Context(), root), "the checkout's own goes first")
}

func TestFindMotoWithoutItsServer(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PATH", root)
	require.NoError(t, os.WriteFile(filepath.Join(root, "python3"), []byte("#!/bin/sh\necho "+versions.Moto+"\nexit 1\n"), 0o700)) //nolint:gosec // It is a program.
	assert.Empty(t, findMoto(t.Context(), root))
}
