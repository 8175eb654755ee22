package diagram

import (
	"os"
	"path/filepath"
	"testing"

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

// TestDiagramsToLookAt writes the pictures of the fixtures, too, where a developer wants them.
func TestDiagramsToLookAt(t *testing.T) {
	dir := os.Getenv("DIAGRAMS_INTO")
	if dir == "" {
		t.Skip("DIAGRAMS_INTO is not set")
	}
	for _, env := range stacktest.All() {
		require.NoError(t, os.WriteFile(filepath.Join(dir, env.Suffix+".svg"), draw(t, env), 0o600)) //nolint:gosec // The developer's own choice.
	}
}
