package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

func TestWrite(t *testing.T) {
	env := config.Defaults("trial")
	folder := filepath.Join(t.TempDir(), "policies-trial")
	lines, err := write(env, "../../docs", folder)
	require.NoError(t, err)
	assert.Contains(t, lines[len(lines)-1], "Deployment.PermissionsBoundary prevents that")
	text, err := os.ReadFile(filepath.Join(folder, "deploy-policy.json")) //nolint:gosec // The test's own.
	require.NoError(t, err)
	assert.Contains(t, string(text), "repository/flask-api-ecr-trial")

	assert.FileExists(t, filepath.Join(folder, "deploy-policy-options-2.json"), "what IAM would not take in one")

	env.Deployment.PermissionsBoundary = "arn:aws:iam::123456789012:policy/flask-api-boundary-trial"
	lines, err = write(env, "../../docs", folder)
	require.NoError(t, err)
	assert.Contains(t, lines, filepath.Join(folder, "permissions-boundary.json"))
	assert.FileExists(t, filepath.Join(folder, "permissions-boundary.json"))

	_, err = write(config.Environments()[0].Preview("pr", "", ""), "../../docs", folder)
	require.NoError(t, err)
	text, err = os.ReadFile(filepath.Join(folder, "deploy-policy.json")) //nolint:gosec // The test's own.
	require.NoError(t, err)
	assert.Contains(t, string(text), "repository/flask-api-ecr-pr-*", "all previews, and nothing else")
	assert.NotContains(t, string(text), "flask-api-*\"")

	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "deploy-policy.json"), []byte("{"), 0o600))
	_, err = write(env, broken, folder)
	require.ErrorContains(t, err, "deploy-policy: the policy: ")
}
