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

	"flask-api/config"
)

const deployPage = "docs/deploy-policy.md"

// granting are the documents of whoever deploys that allow each action, by the ends of their
// names, such as -release.
func granting(t *testing.T) map[string][]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs", "deploy-policy*.json"))
	require.NoError(t, err)
	all := map[string][]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path) //nolint:gosec // Of the repository.
		require.NoError(t, err)
		var document struct{ Statement []struct{ Action []string } }
		require.NoError(t, json.Unmarshal(text, &document))
		part := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".json"), "deploy-policy")
		for _, statement := range document.Statement {
			for _, action := range statement.Action {
				if !slices.Contains(all[action], part) {
					all[action] = append(all[action], part)
				}
			}
		}
	}
	return all
}

// makes says whether the action makes a resource of the type, as lambda:CreateFunction makes
// an aws_lambda_function.
func makes(action, kind string) bool {
	service, call, _ := strings.Cut(action, ":")
	words := strings.SplitN(strings.TrimPrefix(kind, "aws_"), "_", 2)
	verb := regexp.MustCompile(`^(Create|Put)`).FindString(call)
	return len(words) == 2 && verb != "" &&
		service == strings.Replace(words[0], "appautoscaling", "application-autoscaling", 1) &&
		strings.EqualFold(strings.TrimPrefix(call, verb), strings.ReplaceAll(words[1], "_", ""))
}

// neededParts are the documents without which no one makes what the environment has. What
// several documents allow, each for names of its own, says nothing.
func neededParts(t *testing.T, env config.Config) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "testdata", env.Suffix+".golden.json"))
	require.NoError(t, err)
	var stack struct{ Resource map[string]any }
	require.NoError(t, json.Unmarshal(text, &stack))
	parts := map[string]bool{}
	for action, documents := range granting(t) {
		for kind := range stack.Resource {
			if len(documents) == 1 && makes(action, kind) {
				parts[documents[0]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(parts))
}

// TestDeployPolicies wants the commands that create and attach the deploy policy to take the
// documents that the defined environments need, and the table to name the environments.
func TestDeployPolicies(t *testing.T) {
	p := pages(t)[deployPage]
	_, byName, _ := strings.Cut(p.text, "| document | for |")
	byName, _, _ = strings.Cut(byName, "\n\n")
	needed := map[string]bool{}
	for _, env := range config.Environments() {
		parts := neededParts(t, env)
		require.Contains(t, parts, "", "every environment has what the first document allows")
		for _, row := range strings.Split(byName, "\n") {
			for _, document := range regexp.MustCompile("\\[`deploy-policy([a-z-]*)\\.json`").FindAllStringSubmatch(row, -1) {
				if strings.HasSuffix(row, "| every environment |") {
					needed[document[1]] = true
				} else {
					assert.Equal(t, slices.Contains(parts, document[1]), strings.Contains(row, "`"+env.Suffix+"`"), "%s: %s", env.Suffix, row)
				}
			}
		}
		for _, part := range parts {
			needed[part] = true
		}
	}
	needed["-roles-bounded"] = true // In the place of -roles, as the page says.
	loops := regexp.MustCompile(`(?m)^for part in (.*); do$`).FindAllStringSubmatch(p.text, -1)
	require.Len(t, loops, 2)
	for _, loop := range loops {
		words := strings.Fields(strings.ReplaceAll(loop[1], `""`, "_"))
		for i := range words {
			words[i] = strings.Replace(words[i], "_", "", 1)
		}
		assert.ElementsMatch(t, slices.Collect(maps.Keys(needed)), words)
	}
}
