package workflows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// sameRepository is false for the pull request of a fork.
const sameRepository = "github.event.pull_request.head.repo.full_name == github.repository"

// TestForks wants no job to have a token, or to write, that runs for the pull request of a
// fork, and no workflow to run with the repository's rights for one.
func TestForks(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	require.NoError(t, err)
	looked := 0
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // The repository's own.
		require.NoError(t, err)
		assert.NotContains(t, string(text), "pull_request_target", file)
		var w struct {
			On   any
			Jobs jobs
		}
		require.NoError(t, yaml.Unmarshal(text, &w), file)
		on, _ := w.On.(map[string]any)
		if _, runs := on["pull_request"]; !runs {
			continue
		}
		for name, job := range w.Jobs {
			own := w.Jobs.own(name)
			for scope, access := range job.Permissions {
				if access == "write" {
					looked++
					assert.True(t, own, "%s: the job %s has %s for a fork", filepath.Base(file), name, scope)
				}
			}
		}
	}
	assert.Equal(t, 4, looked, "two comments, a deployment and a destruction")
}

// jobs are those of a workflow, by their names.
type jobs map[string]struct {
	If          string
	Needs       any
	Permissions map[string]string
}

// own tells whether the job, or one that it waits for, is skipped for a fork.
func (j jobs) own(name string) bool {
	needed, waits := j[name].Needs.(string)
	return strings.Contains(j[name].If, sameRepository) || waits && j.own(needed)
}
