package pages

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkovID is the id of one of Checkov's controls.
var checkovID = regexp.MustCompile(`CKV2?_(AWS|DOCKER)_[0-9]+`)

// TestScans compares what Checkov reports with the exceptions of docs/security.md: none is
// missing there, and none is stale. `make scan` makes the reports.
func TestScans(t *testing.T) {
	dir := os.Getenv("SCANS")
	if dir == "" {
		t.Skip("`make scan` runs it")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	reported := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // The test's own path.
		require.NoError(t, err)
		var scan struct {
			Summary struct{ Passed int }
			Results struct {
				Failed []struct {
					ID       string `json:"check_id"`
					Resource string
				} `json:"failed_checks"`
			}
		}
		require.NoError(t, json.Unmarshal(text, &scan), file)
		require.Positive(t, scan.Summary.Passed, "%s: nothing was scanned", file)
		for _, failed := range scan.Results.Failed {
			reported[failed.ID] = append(reported[failed.ID], filepath.Base(file)+": "+failed.Resource)
		}
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	require.NoError(t, err)
	_, exceptions, found := strings.Cut(string(page), "## What is not satisfied, and why\n")
	require.True(t, found)
	listed := checkovID.FindAllString(exceptions, -1)
	var missing, stale []string
	for _, id := range slices.Sorted(maps.Keys(reported)) {
		if !slices.Contains(listed, id) {
			missing = append(missing, id+" of "+strings.Join(reported[id], ", "))
		}
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(listed))) {
		if reported[id] == nil {
			stale = append(stale, id)
		}
	}
	assert.Empty(t, missing, "what Checkov reports and docs/security.md does not list")
	assert.Empty(t, stale, "what docs/security.md lists and Checkov does not report")
}
