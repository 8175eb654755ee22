package workflows

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/golden"
)

// deployment is the job that deploys an environment.
const deployment = `
  %[1]s:%[2]s
    uses: ./.github/workflows/deploy-environment.yml
    permissions:
      actions: read
      contents: read
      id-token: write
    with:
      environment: %[1]s
    secrets:
      TF_API_TOKEN: ${{ secrets.TF_API_TOKEN }}
`

// afterwards lets a job wait for the one before.
const afterwards = `
    # Without a change before, that apply is skipped. GitHub would skip this, too. What was
    # cancelled before does not go ahead here.
    needs: %[1]s
    if: ${{ !cancelled() && needs.%[1]s.result == 'success' }}`

// TestGoldenEnvironments wants the workflows to deploy the environments that are defined,
// one after the other, and to look for drift in all of them: GitHub has to have them
// written out.
func TestGoldenEnvironments(t *testing.T) {
	folder := filepath.Join("..", "..", ".github", "workflows")
	jobs, before := []string{"jobs:"}, ""
	var names []string
	for _, cfg := range config.Environments() {
		needs := ""
		if before != "" {
			needs = fmt.Sprintf(afterwards, before)
		}
		jobs = append(jobs, fmt.Sprintf(deployment, cfg.Suffix, needs))
		before = cfg.Suffix
		names = append(names, cfg.Suffix)
	}
	golden.Section(t, filepath.Join(folder, "deploy.yml"), "environments", strings.Join(jobs, ""))

	drift := filepath.Join(folder, "drift.yml")
	text, err := os.ReadFile(drift) //nolint:gosec // The repository's own.
	require.NoError(t, err)
	golden.Compare(t, drift, regexp.MustCompile(`environment: \[.*\]`).ReplaceAllString(string(text), "environment: ["+strings.Join(names, ", ")+"]"))
}
