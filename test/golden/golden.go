// Package golden compares what tests produce with files that were reviewed, and writes
// those files anew where the variable UPDATE_GOLDEN is set. Only tests import it.
package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pmezard/go-difflib/difflib"
	"github.com/stretchr/testify/require"
)

const (
	// variable is read from the environment and is no flag, because `go test ./...`
	// stops at the first package that does not know a flag.
	variable = "UPDATE_GOLDEN"
	// shownLines of a difference are enough to recognise it; `git diff` shows all of it.
	shownLines = 12
)

// Updating says whether golden files are written instead of compared.
func Updating() bool { return os.Getenv(variable) == "1" }

// Compare compares the text with the file, or writes the file where that differs.
func Compare(t *testing.T, path, got string) {
	t.Helper()
	if Updating() {
		if former, err := os.ReadFile(path); err == nil && string(former) == got { //nolint:gosec // The path is the test's own.
			return
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path) //nolint:gosec // The path is the test's own.
	require.NoError(t, err, "run: make golden")
	if problem := difference(path, string(want), got); problem != "" {
		t.Error(problem)
	}
}

// Section compares the text with what stands in the file between two comments that say
// `begin name` and `end name`, or writes it there.
func Section(t *testing.T, path, name, got string) {
	t.Helper()
	begin, end := comment(path, "begin "+name), comment(path, "end "+name)
	Edit(t, path, func(text string) string {
		before, rest, found := strings.Cut(text, begin)
		require.True(t, found, "%s has %s", path, begin)
		_, after, found := strings.Cut(rest, end)
		require.True(t, found, "%s has %s after %s", path, end, begin)
		return before + begin + "\n" + strings.TrimSpace(got) + "\n\n" + end + after
	})
}

// Edit compares the file with what the function makes of its text, or writes that. Go tests
// packages at the same time, and some of them write into one page: each waits for the other.
func Edit(t *testing.T, path string, edit func(text string) string) {
	t.Helper()
	if Updating() {
		dir, err := os.Open(filepath.Dir(path))
		require.NoError(t, err)
		defer func() { require.NoError(t, dir.Close()) }()                // Which gives the lock back.
		require.NoError(t, syscall.Flock(int(dir.Fd()), syscall.LOCK_EX)) //nolint:gosec // A small number.
	}
	text, err := os.ReadFile(path) //nolint:gosec // The path is the test's own.
	require.NoError(t, err)
	Compare(t, path, edit(string(text)))
}

// comment is a line of the file that only people read.
func comment(path, text string) string {
	if filepath.Ext(path) == ".md" {
		return "<!-- " + text + " -->\n"
	}
	return "# " + text + "\n"
}

// difference says in a few lines how the text differs from the file's, or nothing.
func difference(path, want, got string) string {
	if want == got {
		return ""
	}
	diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: difflib.SplitLines(want), FromFile: path,
		B: difflib.SplitLines(got), ToFile: "this code",
		Context: 1,
	})
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSuffix(diff, "\n"), "\n")
	if more := len(lines) - shownLines; more > 0 {
		lines = append(lines[:shownLines], fmt.Sprintf("… and %d more lines", more))
	}
	return strings.Join(lines, "\n") + "\nIf the change is meant, run: make golden, or, of what deploys, this test with " + variable + "=1"
}

// Only wants no other files in the folder than those of the names, or removes the
// others. Folders in the folder are left alone.
func Only(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		switch {
		case entry.IsDir() || slices.Contains(names, entry.Name()):
		case Updating():
			require.NoError(t, os.Remove(filepath.Join(dir, entry.Name())))
		default:
			t.Errorf("no test compares %s with anything; to remove it, run: make golden", filepath.Join(dir, entry.Name()))
		}
	}
}
