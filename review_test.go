package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/review"
)

// prepared are changes as a pull request makes them, and the first line that the
// report of each must begin with.
var prepared = []struct {
	name string
	// suffixes are the environments that change.
	suffixes []string
	edit     func(*testing.T, string) string
	first    string
}{
	{"tag", []string{"dev", "production"}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `"Project": "ecommerce-api"`, `"Project": "ecommerce-api", "Team": "shop"`)
	}, "🟢 No risk found: `provider.aws` changes (`default_tags.tags.Team`)."},
	{"ingress", []string{"dev"}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `"referenced_security_group_id": "${aws_security_group.ecs_sg.id}"`, `"cidr_ipv4": "0.0.0.0/0"`)
	}, "- 🔴 **flask-api-dev**: `aws_vpc_security_group_ingress_rule.rds_sg_from_ecs_sg_5432` lets 0.0.0.0/0 connect to tcp port 5432; before ${aws_security_group.ecs_sg.id} to tcp port 5432."},
	{"address", []string{"production"}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, replace(t, text, `"database_cluster": {`, `"database_aurora": {`), "aws_rds_cluster.database_cluster.", "aws_rds_cluster.database_aurora.")
	}, "- 🔴 **flask-api-production**: `aws_rds_cluster.database_cluster` is now called `aws_rds_cluster.database_aurora`: Terraform destroys the one and creates the other: the database and its data are lost. Keep the address, or move it: `terraform state mv`, or a `moved` block."},
	{"database", []string{"dev", "production"}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `"master_username": "flaskapi"`, `"master_username": "shop"`)
	}, "- 🔴 **flask-api-dev, flask-api-production**: `aws_rds_cluster.database_cluster` is replaced, because `master_username` cannot be changed in place: the database and its data are lost."},
	{"variable", []string{"production"}, func(t *testing.T, text string) string {
		t.Helper()
		return replace(t, text, `{\"name\":\"DB_HOST\"`, `{\"name\":\"LOG_LEVEL\",\"value\":\"debug\"},{\"name\":\"DB_HOST\"`)
	}, "🟢 No risk found: `aws_ecs_task_definition.service_task_definition` changes (`container_definitions[flask-api].environment[LOG_LEVEL].name`, `container_definitions[flask-api].environment[LOG_LEVEL].value`)."},
}

// replace replaces every occurrence, and fails if there is none.
func replace(t *testing.T, text, old, recent string) string {
	t.Helper()
	require.Contains(t, text, old)
	return strings.ReplaceAll(text, old, recent)
}

// TestReviewReports writes the report of each prepared change to the environments.
func TestReviewReports(t *testing.T) {
	for _, change := range prepared {
		t.Run(change.name, func(t *testing.T) {
			before, after := map[string][]byte{}, map[string][]byte{}
			for _, suffix := range []string{"dev", "production"} {
				before["flask-api-"+suffix] = synthesised()[suffix]
				after["flask-api-"+suffix] = synthesised()[suffix]
			}
			for _, suffix := range change.suffixes {
				text := change.edit(t, string(synthesised()[suffix]))
				require.True(t, json.Valid([]byte(text)), text)
				after["flask-api-"+suffix] = []byte(text)
			}
			environments, err := review.Compare(before, after)
			require.NoError(t, err)
			report := review.Report{Title: "A prepared change", Environments: environments}
			text := report.Markdown()
			lines := strings.Split(text, "\n")
			assert.Equal(t, change.first, lines[2])
			assert.Equal(t, strings.HasPrefix(change.first, "-"), report.Risky())
			compareGolden(t, "review/"+change.name+".md", text)
		})
	}
}

// TestReviewOfNothing is one line for each environment.
func TestReviewOfNothing(t *testing.T) {
	same := map[string][]byte{"flask-api-dev": synthesised()["dev"]}
	environments, err := review.Compare(same, same)
	require.NoError(t, err)
	report := review.Report{Title: "Nothing", Environments: environments}
	assert.Equal(t, "# Nothing\n\nNo change.\n", report.Markdown())
	assert.False(t, report.Changed())
}

// TestReviewOfANewEnvironment warns of nothing, since there is nothing to lose.
func TestReviewOfANewEnvironment(t *testing.T) {
	dev := map[string][]byte{"flask-api-dev": synthesised()["dev"]}
	environments, err := review.Compare(map[string][]byte{}, dev)
	require.NoError(t, err)
	report := review.Report{Title: "New", Environments: environments}
	assert.False(t, report.Risky())
	assert.Contains(t, report.Markdown(), "New: ")

	environments, err = review.Compare(dev, map[string][]byte{})
	require.NoError(t, err)
	report.Environments = environments
	assert.Contains(t, report.Markdown(), "- 🔴 **flask-api-dev**: `flask-api-dev` is defined no longer")
}
