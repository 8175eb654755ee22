package review

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

// dev and production are what the reports call two of the tests' own environments.
const dev, production = "flask-api-dev", "flask-api-production"

// prepared are changes as a pull request makes them, and the first line that the
// report of each must begin with.
var prepared = []struct {
	name string
	// stacks are those that change.
	stacks []string
	edit   func(*testing.T, string) string
	first  string
}{
	{"tag", []string{dev, production}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `"Project": "ecommerce-api"`, `"Project": "ecommerce-api", "Team": "shop"`)
	}, "🟢 No risk found: `provider.aws` changes (`default_tags.tags.Team`)."},
	{"ingress", []string{dev}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `"referenced_security_group_id": "${aws_security_group.ecs_sg.id}"`, `"cidr_ipv4": "0.0.0.0/0"`)
	}, "- 🔴 **flask-api-dev**: `aws_vpc_security_group_ingress_rule.rds_sg_from_ecs_sg_5432` lets 0.0.0.0/0 connect to tcp port 5432; before ${aws_security_group.ecs_sg.id} to tcp port 5432."},
	{"address", []string{production}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, replace(t, text, `"database_cluster": {`, `"database_aurora": {`), "aws_rds_cluster.database_cluster.", "aws_rds_cluster.database_aurora.")
	}, "- 🔴 **flask-api-production**: `aws_rds_cluster.database_cluster` is now called `aws_rds_cluster.database_aurora`: Terraform destroys the one and creates the other: the database and its data are lost. Keep the address, or move it: `terraform state mv`, or a `moved` block."},
	{"database", []string{dev, production}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `"master_username": "flaskapi"`, `"master_username": "shop"`)
	}, "- 🔴 **flask-api-dev, flask-api-production**: `aws_rds_cluster.database_cluster` is replaced, because `master_username` cannot be changed in place: the database and its data are lost."},
	{"variable", []string{production}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `"name": "DB_HOST",`, `"name": "LOG_LEVEL", "value": "debug"}, {"name": "DB_HOST",`)
	}, "🟢 No risk found: `aws_ecs_task_definition.service_task_definition` changes (`container_definitions[flask-api].environment[LOG_LEVEL].name`, `container_definitions[flask-api].environment[LOG_LEVEL].value`)."},
}

// replace replaces every occurrence, and fails if there is none.
func replace(t *testing.T, text, old, recent string) string {
	t.Helper()
	require.Contains(t, text, old)
	return strings.ReplaceAll(text, old, recent)
}

// stacks are the two environments before the change, by the names of their stacks.
func stacks(t *testing.T) map[string][]byte {
	t.Helper()
	named := func(env config.Config, stack string) []byte {
		suffix := strings.TrimPrefix(stack, config.Prefix+"-")
		return bytes.ReplaceAll(stacktest.Golden(t, env.Suffix), []byte(env.Suffix), []byte(suffix))
	}
	return map[string][]byte{dev: named(stacktest.Default(), dev), production: named(stacktest.Guarded(), production)}
}

// TestGoldenReports writes the report of each prepared change to the environments.
func TestGoldenReports(t *testing.T) {
	const dir = "../../testdata/review"
	var names []string
	for _, change := range prepared {
		names = append(names, change.name+".md")
		t.Run(change.name, func(t *testing.T) {
			before, after := stacks(t), stacks(t)
			for _, stack := range change.stacks {
				text := change.edit(t, string(after[stack]))
				require.True(t, json.Valid([]byte(text)), text)
				after[stack] = []byte(text)
			}
			environments, err := Compare(before, after)
			require.NoError(t, err)
			report := Report{Title: "A prepared change", Environments: environments}
			text := report.Markdown()
			lines := strings.Split(text, "\n")
			assert.Equal(t, change.first, lines[2])
			assert.Equal(t, strings.HasPrefix(change.first, "-"), report.Risky())
			golden.Compare(t, dir+"/"+change.name+".md", text)
		})
	}
	golden.Only(t, dir, names...)
}

// TestReviewOfNothing is one line for each environment.
func TestReviewOfNothing(t *testing.T) {
	environments, err := Compare(stacks(t), stacks(t))
	require.NoError(t, err)
	report := Report{Title: "Nothing", Environments: environments}
	assert.Equal(t, "# Nothing\n\nNo change.\n", report.Markdown())
	assert.False(t, report.Changed())
}

// TestReviewOfANewEnvironment warns of nothing, since there is nothing to lose.
func TestReviewOfANewEnvironment(t *testing.T) {
	only := map[string][]byte{dev: stacks(t)[dev]}
	environments, err := Compare(map[string][]byte{}, only)
	require.NoError(t, err)
	report := Report{Title: "New", Environments: environments}
	assert.False(t, report.Risky())
	assert.Contains(t, report.Markdown(), "New: ")

	environments, err = Compare(only, map[string][]byte{})
	require.NoError(t, err)
	report.Environments = environments
	assert.Contains(t, report.Markdown(), "- 🔴 **flask-api-dev**: `flask-api-dev` is defined no longer")
}
