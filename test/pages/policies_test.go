package pages

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/scope"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
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

// kinds are the types of what is in a kept JSON.
func kinds(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "testdata", file+".golden.json")) //nolint:gosec // Of the repository.
	require.NoError(t, err)
	var stack struct{ Resource, Data map[string]any }
	require.NoError(t, json.Unmarshal(text, &stack))
	maps.Copy(stack.Resource, stack.Data)
	return stack.Resource
}

// neededParts are the documents without which no one makes what is in a kept JSON. What
// several documents allow, each for names of its own, says nothing; what the defaults lack, and
// no other document has, is in that of options.
func neededParts(t *testing.T, file string) []string {
	t.Helper()
	parts, unknown := map[string]bool{}, kinds(t, file)
	maps.DeleteFunc(unknown, func(kind string, _ any) bool {
		found := false
		for action, documents := range granting(t) {
			if len(documents) == 1 && makes(action, kind) {
				parts[documents[0]], found = true, true
			}
		}
		return found
	})
	defaults := kinds(t, stacktest.Default().Suffix)
	for kind := range unknown {
		if _, known := defaults[kind]; !known {
			parts["-options"] = true
		}
	}
	return slices.Sorted(maps.Keys(parts))
}

// parts are the documents that the environment needs: what its JSON says, and what its
// fields do.
func parts(t *testing.T, env config.Config) []string {
	t.Helper()
	needed := append(neededParts(t, env.Suffix), "", "-network")
	paths, err := scope.Documents(env, filepath.Join(root, "docs"))
	require.NoError(t, err)
	for _, path := range paths {
		part, deploys := strings.CutPrefix(strings.TrimSuffix(filepath.Base(path), ".json"), "deploy-policy")
		switch part {
		case "-options", "-release", "-database", "-roles", "-roles-bounded": // Documents has them for every environment.
			deploys = false
		}
		if deploys {
			needed = append(needed, part)
		}
	}
	db := env.Database
	if len(db.InstanceParameters) > 0 || db.SnapshotIdentifier != "" || db.CloneOf != "" {
		needed = append(needed, "-database")
	}
	slices.Sort(needed)
	return slices.Compact(needed)
}

// TestGoldenDeployPolicies writes the documents that the defined environments need, and the
// commands that create and attach them.
func TestGoldenDeployPolicies(t *testing.T) {
	path, all := filepath.Join(root, deployPage), map[string]bool{}
	rows := []string{"| environment | needs, beyond what every one does |", "| --- | --- |"}
	for _, env := range config.Environments() {
		var names []string
		for _, part := range parts(t, env) {
			if all[part] = true; part != "" && part != "-network" {
				names = append(names, "`deploy-policy"+part+".json`")
			}
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", env.Suffix, strings.Join(names, ", ")))
	}
	words := append(slices.Sorted(maps.Keys(all)), "-roles-bounded")
	words[0] = `""`
	loop := func(command string) string {
		return "```sh\nfor part in " + strings.Join(words, " ") + "; do\n  " + command + "\ndone\n```"
	}
	golden.Section(t, path, "needed", strings.Join(rows, "\n"))
	golden.Section(t, path, "create", loop(`aws iam create-policy --policy-name "deploy-flask-api$part" --policy-document "file://docs/deploy-policy$part.json"`))
	golden.Section(t, path, "attach", loop("aws iam attach-role-policy --role-name terraform-cloud-production-apply \\\n    --policy-arn \"arn:aws:iam::123456789012:policy/deploy-flask-api$part\""))
}

// TestNeededParts wants options to be found in the JSON of what has them.
func TestNeededParts(t *testing.T) {
	assert.Empty(t, slices.DeleteFunc(neededParts(t, stacktest.Default().Suffix), func(part string) bool { return part == "" }), "the defaults have no option")
	assert.Contains(t, neededParts(t, filepath.Join("fixtures", stacktest.Elsewhere().Suffix)), "-options", "a bucket of access logs, a prefix list")
	for kind, action := range map[string]string{
		"aws_lambda_function": "lambda:CreateFunction", "aws_wafv2_web_acl": "wafv2:CreateWebACL",
		"aws_appautoscaling_scheduled_action": "application-autoscaling:PutScheduledAction",
		"aws_ecs_cluster_capacity_providers":  "ecs:PutClusterCapacityProviders",
	} {
		assert.True(t, makes(action, kind), kind)
		assert.Len(t, granting(t)[action], 1, action)
	}
	assert.False(t, makes("lambda:DeleteFunction", "aws_lambda_function"))
}

// TestGitHubRoles runs the commands that make the roles of GitHub's jobs, with a stand-in for
// the AWS CLI: each role trusts its own environment, and it has every document that
// the page says it needs.
func TestGitHubRoles(t *testing.T) {
	p := pages(t)["docs/github.md"]
	trust, commands := p.blocks(t, "json", "The roles in AWS"), p.blocks(t, "sh", "The roles in AWS")
	require.Len(t, trust, 1)
	require.Len(t, commands, 1)
	dir := t.TempDir()
	docs, err := filepath.Abs(filepath.Join(root, "docs"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(docs, filepath.Join(dir, "docs")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "trust-policy.json"), []byte(trust[0]), 0o600))
	// It reads the documents, as the CLI does, and says what it was asked.
	const standIn = "set -eu\naws() { for word; do case $word in file://*) cat \"${word#file://}\" >/dev/null ;; esac; done; echo \"$*\"; }\n"
	shell := exec.CommandContext(t.Context(), "bash", "-c", standIn+commands[0]) //nolint:gosec // The page's own.
	shell.Dir = dir
	output, err := shell.CombinedOutput()
	require.NoError(t, err, "%s", output)
	for _, environment := range []string{"production-plan", "production"} {
		text, err := os.ReadFile(filepath.Join(dir, "trust-"+environment+".json")) //nolint:gosec // The test's own.
		require.NoError(t, err)
		assert.True(t, json.Valid(text))
		assert.Contains(t, string(text), `"<repository>:environment:`+environment+`"`)
		assert.Contains(t, string(output), "iam create-role --role-name github-"+environment+" --assume-role-policy-document file://trust-"+environment+".json\n")
	}
	_, ofPlans, _ := strings.Cut(p.text, "- that of `<name>-plan`")
	ofPlans, ofApplies, _ := strings.Cut(ofPlans, "- that of `<name>`")
	ofApplies, _, _ = strings.Cut(ofApplies, "\n\n")
	for role, text := range map[string]string{"production-plan": ofPlans, "production": ofApplies} {
		var said, attached []string
		for _, document := range regexp.MustCompile(`\]\(([a-z-]+)-policy\.json\)`).FindAllStringSubmatch(text, -1) {
			if document[1] != "background-plan" { // Of some environments alone.
				said = append(said, document[1])
			}
		}
		for _, command := range regexp.MustCompile(`(?m)^iam attach-role-policy --role-name github-`+role+` --policy-arn \S+/([a-z-]+)-flask-api$`).FindAllStringSubmatch(string(output), -1) {
			attached = append(attached, command[1])
		}
		assert.ElementsMatch(t, said, attached, role)
		assert.NotEmpty(t, said, role)
	}
}
