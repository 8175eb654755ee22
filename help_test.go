package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// commands are what the groups of the pattern match in the file, from the line that
// begins with the heading to the next one of the kind.
func commands(t *testing.T, path, heading, pattern string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // The path is the test's own.
	require.NoError(t, err)
	_, section, _ := strings.Cut("\n"+string(text), "\n"+heading)
	section, _, _ = strings.Cut(section, "\n## ")
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(section, -1)
	require.NotEmpty(t, found, "%s names commands", path)
	return found
}

// TestCommandsAreTheSameEverywhere wants each target of the Makefile that has a
// description, and no other, in `help` and in the README's table.
func TestCommandsAreTheSameEverywhere(t *testing.T) {
	described := map[string]string{}
	for _, target := range commands(t, "Makefile", "", `(?m)^([a-z][a-z-]*):.*## (.+)$`) {
		described[target[1]] = target[2]
	}
	helped := map[string]bool{}
	for _, command := range commands(t, "help", "", `\bmake ([a-z][a-z-]*)`) {
		helped[command[1]] = true
		assert.Contains(t, described, command[1], "help names a target that the Makefile does not describe")
	}
	tabled := map[string]string{}
	for _, row := range commands(t, "README.md", "### Commands\n", "(?m)^\\| `make ([a-z][a-z-]*)` \\| (.+) \\|$") {
		assert.NotContains(t, tabled, row[1], "README.md has a command twice")
		tabled[row[1]] = row[2]
	}
	for target := range described {
		assert.True(t, helped[target], "help lacks make %s", target)
	}
	assert.Equal(t, described, tabled, "the Makefile's descriptions, and the table in README.md")
}
