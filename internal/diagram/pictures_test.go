package diagram

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

// pictures is the folder of the diagrams that the README shows.
const pictures = "../../docs/diagrams"

func draw(t *testing.T, env config.Config) []byte {
	t.Helper()
	stack, err := synthesis.Parse(env.StackName(), stacktest.Golden(t, env.Suffix))
	require.NoError(t, err)
	picture, err := Draw(stack)
	require.NoError(t, err)
	return picture
}

// TestGoldenDiagrams compares the pictures with the defined environments.
func TestGoldenDiagrams(t *testing.T) {
	var names []string
	for _, env := range config.Environments() {
		names = append(names, env.Suffix+".svg")
		golden.Compare(t, filepath.Join(pictures, env.Suffix+".svg"), string(draw(t, env)))
	}
	golden.Only(t, pictures, names...)
}

// TestDiagramsOfChoices draws environments whose choices are others, and looks for what
// they have and what they lack.
func TestDiagramsOfChoices(t *testing.T) {
	for _, test := range []struct {
		env        config.Config
		has, lacks []string
		nats       int
	}{
		{stacktest.Default(), []string{"HTTP 80 serves", "2 to 10 tasks", "10.0.11.0/24", "db.t3.medium"}, []string{"AWS WAF", "KMS", "zone 3", "endpoints"}, 2},
		{stacktest.Guarded(), []string{"AWS WAF", "availability zone 3", "KMS", "14 alarms", "access logs", "up to 3 readers", "ecr.api, ecr.dkr, logs, secretsmanager"}, nil, 3},
		{stacktest.Chosen(), []string{"eu-south-1c", "api.example.com", "HTTPS 443 serves", "HTTP 80 redirects", "0.5 to 4 ACU"}, []string{"availability zone 1"}, 1},
		{stacktest.Closed(), []string{"interface endpoints"}, nil, 0},
		{stacktest.Elsewhere(), []string{"eu-south-2", "HTTPS 443 serves"}, nil, 2},
	} {
		picture := draw(t, test.env)
		for _, text := range test.has {
			assert.Contains(t, string(picture), text, test.env.Suffix)
		}
		for _, text := range test.lacks {
			assert.NotContains(t, string(picture), text, test.env.Suffix)
		}
		assert.Equal(t, test.nats, strings.Count(string(picture), "NAT gateway"), test.env.Suffix)
		if dir := os.Getenv("DIAGRAMS_INTO"); dir != "" { // To look at them.
			require.NoError(t, os.WriteFile(filepath.Join(dir, test.env.Suffix+".svg"), picture, 0o600)) //nolint:gosec // The developer's own choice.
		}
	}
}
