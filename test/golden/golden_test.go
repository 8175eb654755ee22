package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDifference is short and ends with the command that accepts the change.
func TestDifference(t *testing.T) {
	const accept = "If the change is meant, run: make golden, or, of what deploys, this test with UPDATE_GOLDEN=1"
	assert.Empty(t, difference("file", "a\n", "a\n"))
	assert.Equal(t, "--- file\n+++ this code\n@@ -1,2 +1,2 @@\n-a\n+b\n \n"+accept, difference("file", "a\n", "b\n"))
	long := difference("file", strings.Repeat("a\n", 50), strings.Repeat("b\n", 50))
	assert.LessOrEqual(t, strings.Count(long, "\n"), 15)
	assert.Contains(t, long, "… and 92 more lines\n"+accept)
}

// TestUpdate writes what is missing and removes what nothing is compared with.
func TestUpdate(t *testing.T) {
	t.Setenv(variable, "1")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "stale"), nil, 0o600))
	Compare(t, filepath.Join(dir, "new"), "text")
	Compare(t, filepath.Join(dir, "inner", "new"), "text")
	Only(t, dir, "new")

	t.Setenv(variable, "")
	Compare(t, filepath.Join(dir, "new"), "text")
	Compare(t, filepath.Join(dir, "inner", "new"), "text")
	assert.NoFileExists(t, filepath.Join(dir, "stale"))
}

func TestSection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(path, []byte("before\n<!-- begin table -->\n\nold\n\n<!-- end table -->\nafter\n"), 0o600))
	Section(t, path, "table", "old")
	t.Setenv(variable, "1")
	Section(t, path, "table", "\nnew\n")
	text, err := os.ReadFile(path) //nolint:gosec // The test's own file.
	require.NoError(t, err)
	assert.Equal(t, "before\n<!-- begin table -->\n\nnew\n\n<!-- end table -->\nafter\n", string(text))
}
