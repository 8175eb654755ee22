package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/golden"
)

// commands are what the groups of the pattern match in the file.
func commands(t *testing.T, path, pattern string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // The path is the test's own.
	require.NoError(t, err)
	return regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1)
}

// TestGoldenCommands wants each target of the Makefile that has a description, and no
// other, in `help`, and makes the table of docs/commands.md.
func TestGoldenCommands(t *testing.T) {
	described := map[string]bool{}
	var table strings.Builder
	table.WriteString("| command | what it does |\n| --- | --- |\n")
	for _, target := range commands(t, "Makefile", `(?m)^([a-z][a-z-]*):.*## (.+)$`) {
		described[target[1]] = true
		table.WriteString("| `make " + target[1] + "` | " + target[2] + " |\n")
	}
	helped := map[string]bool{}
	for _, command := range commands(t, "help", `\bmake ([a-z][a-z-]*)`) {
		helped[command[1]] = true
	}
	assert.Equal(t, described, helped, "the targets that the Makefile describes, and those of help")
	golden.Section(t, "docs/commands.md", "commands", table.String())
}
