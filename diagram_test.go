package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/diagram"
	"flask-api/internal/synthesis"
)

// pictures is the folder of the diagrams that the README shows.
const pictures = "docs/diagrams"

func draw(t *testing.T, suffix string) []byte {
	t.Helper()
	stack, err := synthesis.Parse("flask-api-"+suffix, synthesised()[suffix])
	require.NoError(t, err)
	picture, err := diagram.Draw(stack)
	require.NoError(t, err)
	return picture
}

// TestDiagrams compares the pictures with what is synthesised.
func TestDiagrams(t *testing.T) {
	for _, suffix := range []string{"dev", "production"} {
		got := draw(t, suffix)
		want, err := os.ReadFile(filepath.Join(pictures, suffix+".svg")) //nolint:gosec // The path is the test's own.
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), "%s/%s.svg shows something else than is synthesised: run make diagram", pictures, suffix)
	}
	files, err := os.ReadDir(pictures)
	require.NoError(t, err)
	assert.Len(t, files, 2, "pictures of environments that exist")
}

// TestDiagramsOfChoices draws the environments whose choices are others, and looks for
// what they have and what they lack.
func TestDiagramsOfChoices(t *testing.T) {
	for suffix, want := range map[string]struct {
		has, lacks []string
		nats       int
	}{
		"dev":        {[]string{"HTTP 80 serves", "2 to 10 tasks", "10.0.11.0/24", "db.t3.medium"}, []string{"AWS WAF", "KMS", "zone 3", "endpoints"}, 2},
		"production": {[]string{"AWS WAF", "availability zone 3", "KMS", "14 alarms", "access logs", "up to 3 readers", "ecr.api, ecr.dkr, logs, secretsmanager"}, nil, 3},
		"chosen":     {[]string{"eu-south-1c", "api.example.com", "HTTPS 443 serves", "HTTP 80 redirects", "0.5 to 4 ACU"}, []string{"availability zone 1"}, 1},
		"closed":     {[]string{"interface endpoints"}, nil, 0},
		"elsewhere":  {[]string{"eu-south-2", "HTTPS 443 serves"}, nil, 2},
	} {
		picture := draw(t, suffix)
		for _, text := range want.has {
			assert.Contains(t, string(picture), text, suffix)
		}
		for _, text := range want.lacks {
			assert.NotContains(t, string(picture), text, suffix)
		}
		assert.Equal(t, want.nats, strings.Count(string(picture), "NAT gateway"), suffix)
		if dir := os.Getenv("DIAGRAMS_INTO"); dir != "" { // To look at them.
			require.NoError(t, os.WriteFile(filepath.Join(dir, suffix+".svg"), picture, 0o600)) //nolint:gosec // The developer's own choice.
		}
	}
}
