package pages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pointer is what an alternative begins with: a page, a command or a name in code.
var pointer = regexp.MustCompile("\\]\\([^)]+\\)|`[^`]+`")

// TestLimitsHaveAlternatives wants each line of what is not done to say what to do instead.
func TestLimitsHaveAlternatives(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "limits.md"))
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(string(text)), "\n")[4:]
	require.Greater(t, len(rows), 10)
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		if assert.Len(t, cells, 2, row) {
			assert.NotEmpty(t, strings.TrimSpace(cells[0]), row)
			assert.Regexp(t, pointer, cells[1], "what to do instead")
		}
	}
}
