package e2e

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/sweep"
)

// preview is what a pull request gets, with a name that no other life has.
func preview(t *testing.T, suffix string) config.Config {
	t.Helper()
	cfg, err := config.LoadNamed(suffix, func(name string) string {
		return map[string]string{"ENVIRONMENT_LIKE": "dev", "ENVIRONMENT_EXPIRES_AT": "2026-01-31", "IMAGE_TAG": "v1"}[name]
	})
	require.NoError(t, err)
	return cfg
}

// previewed opens a preview, pushes to it and closes it, with the policies of previews. The
// destruction is interrupted; the sweep, which comes later, leaves nothing.
func (l *life) previewed(t *testing.T) {
	t.Helper()
	own := l.cfg
	l.cfg.Suffix = "pr-*"
	l.narrow(t)
	l.cfg = own
	r := l.beginDeployed(t, "24. a preview opened, pushed to, closed, cut off and swept")

	l.cfg.Registry.ImageTag = "v2"
	l.replaceStack(t, l.cfg)
	l.apply(t, l.stackDir())
	r.changes = l.unchanged(t)
	l.runs(t, ":v2")

	program := filepath.Join(l.dir, "sweep")
	output, code := l.run(t, root, nil, "go", "build", "-o", program, "./cmd/sweep")
	require.Zero(t, code, "%s", output)
	template := preview(t, sweep.Template)
	l.cfg = template
	l.replaceStack(t, template)
	folder := l.stackDir()
	l.cfg = own
	terraform := []string{"TERRAFORM=" + l.tools.Terraform}
	l.proxy.AfterChanges(15, l.interrupt)
	output, code = l.run(t, l.dir, terraform, program, folder, l.cfg.Suffix)
	require.Equal(t, 1, code, "%s", output)
	assert.NotEmpty(t, l.stateResources(t), "what is left is in the state")
	assert.Less(t, len(l.stateResources(t)), r.created)

	output, code = l.run(t, l.dir, terraform, program, folder)
	require.Zero(t, code, "%s", tail(output))
	assert.Contains(t, string(output), l.cfg.StackName()+": destroyed, ")
	left, err := l.aws.Leftovers(t.Context(), l.cfg.Suffix, platforms()...)
	require.NoError(t, err)
	assert.Empty(t, left, "left after the sweep")
	states, err := filepath.Glob(filepath.Join(l.dir, "*.tfstate*"))
	require.NoError(t, err)
	assert.Empty(t, states)
	r.left = len(left) + len(states)
	l.end(t, r)
}
