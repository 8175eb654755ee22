package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/summary"
)

// screenOf is what `make synth` shows of the environments.
func screenOf(t *testing.T, suffixes ...string) string {
	t.Helper()
	stacks := make([]summary.Stack, 0, len(suffixes))
	for _, suffix := range suffixes {
		stack, err := summary.Parse("flask-api-"+suffix, synthesised()[suffix])
		require.NoError(t, err)
		stacks = append(stacks, stack)
	}
	var out strings.Builder
	require.NoError(t, summary.Write(&out, stacks, func(string) string { return "" }))
	return out.String()
}

// readmeScreen is the example in the README.
var readmeScreen = regexp.MustCompile("(?s)(### The screen\n.*?\n```\n)(.*?)(```\n)")

// TestSummary compares the screen of what is defined with the one last reviewed, and
// with the example in the README.
func TestSummary(t *testing.T) {
	screen := screenOf(t, "dev", "production")
	compareGolden(t, "summary.txt", screen)

	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	parts := readmeScreen.FindSubmatch(readme)
	require.NotNil(t, parts, "README.md has an example of the screen")
	example := strings.TrimPrefix(screen, "\n")
	if *update {
		text := readmeScreen.ReplaceAllLiteralString(string(readme), string(parts[1])+example+string(parts[3]))
		require.NoError(t, os.WriteFile("README.md", []byte(text), 0o600)) //nolint:gosec // The path is the test's own.
		return
	}
	assert.Equal(t, example, string(parts[2]), "the example in README.md; run: make golden")
}

// TestSummaryOfChoices shows the environments of which nothing is usual, as CDKTF
// writes them.
func TestSummaryOfChoices(t *testing.T) {
	for suffix, shown := range map[string][]string{
		"chosen": {
			"1 NAT gateway for all zones", "HTTPS as api.example.com,", "open to 2 IPv4 ranges, WAF with 5 rules",
			"2 to 10 tasks of 1 vCPU, 2 GiB, ARM64,", "spare capacity above 2", "images from a pipeline",
			"3 × db.serverless, 0.5 to 4 ACU each", "a key of your own", "14 alarms, mail to 2 addresses",
			"s3://example-terraform-state/flask-api-chosen.tfstate", "protected          nothing",
		},
		"closed":    {"no NAT gateway, 6 interface endpoints", "image v1", "example at app.terraform.io"},
		"elsewhere": {"resources in eu-south-2, 2 zones", "HTTPS, open to the internet, access logs", "example at terraform.example.com"},
	} {
		screen := screenOf(t, suffix)
		for _, text := range shown {
			assert.Contains(t, screen, text, suffix)
		}
		assert.NotContains(t, screen, "\n  other ", "every resource belongs to a part")
	}
}
