package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/review"
	"flask-api/test/golden"
	"flask-api/test/options"
)

// daily are the changes that a team is likely to make to an environment that runs. Where
// several fields belong to one resource they are changed together: what none of
// them does together, none does alone.
func daily() []options.Way {
	var ways []options.Way
	for _, o := range options.Catalogue(options.Example()) {
		if o.Daily {
			ways = append(ways, o.Ways...)
		}
	}
	return ways
}

// stateful are the types of what holds data, or an address that others know.
var stateful = []string{
	"aws_vpc", "aws_subnet", "aws_eip", "aws_nat_gateway", "aws_lb", "aws_rds_cluster", "aws_rds_cluster_instance",
	"aws_secretsmanager_secret", "aws_ecr_repository", "aws_cloudwatch_log_group",
}

// keepsData makes sure that the plan of the change replaces and deletes nothing that is
// stateful.
func (p plan) keepsData(t *testing.T, change string) {
	t.Helper()
	for address, action := range p {
		kind, _, _ := strings.Cut(address, ".")
		if slices.Contains(stateful, kind) {
			assert.NotContains(t, []string{"replace", "delete"}, action, "%s changes %s", change, address)
		}
	}
}

// changed plans each of the changes alone, and compares what the plans do with
// docs/changes.md.
func (l *life) changed(t *testing.T) {
	t.Helper()
	r := l.begin(t, "7a. every likely change, planned alone")
	changes := daily()
	plans := l.planChanges(t, changes)
	for i, p := range plans {
		p.keepsData(t, changes[i].Title())
	}
	fields := func(w options.Way) string { return strings.Join(w.Fields(), ", ") }
	compareWithDocument(t, "changes", changes, plans, []column{{"changed", fields}, {"to", options.Way.Values}})
	l.end(t, r)
}

// planChanges plans each of the changes alone.
func (l *life) planChanges(t *testing.T, changes []options.Way) []plan {
	t.Helper()
	plans := make([]plan, len(changes))
	t.Run("changes", func(t *testing.T) {
		for i, c := range changes {
			t.Run(c.Title(), func(t *testing.T) {
				t.Parallel()
				plans[i] = l.planChange(t, c, i)
			})
		}
	})
	return plans
}

// changedTogether applies all of the changes at once, but for those that would
// get into the way of what follows or that another case applies.
func (l *life) changedTogether(t *testing.T) {
	t.Helper()
	r := l.begin(t, "7b. all of them applied together")
	all := l.cfg
	for _, c := range daily() {
		c.Apply(&all)
	}
	all.Protected = false
	all.Database.ReaderCount = l.cfg.Database.ReaderCount
	l.replaceStack(t, all)
	l.apply(t, l.stackDir())
	r.changes = l.unchanged(t)
	l.end(t, r)
}

// planChange plans one change, in a directory next to the stack's.
func (l *life) planChange(t *testing.T, c options.Way, index int) plan {
	t.Helper()
	cfg := l.cfg
	c.Apply(&cfg)
	cfg.Acknowledged = cfg.Gaps()
	require.NoError(t, cfg.Validate())
	outdir := t.TempDir()
	l.synthesise(outdir, cfg)
	dir := filepath.Join(filepath.Dir(l.stackDir()), fmt.Sprintf("change-%02d", index))
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(outdir, "stacks", cfg.StackName()))))
	write(t, filepath.Join(dir, ".terraform.lock.hcl"), readFile(t, filepath.Join(l.stackDir(), ".terraform.lock.hcl")))
	// What is deployed was compared with AWS before: it need not be read again.
	p := l.planWith(t, dir, []string{"TF_DATA_DIR=" + filepath.Join(l.stackDir(), ".terraform")}, "-refresh=false", "-lock=false")
	p.replacesAsReviewed(t, readFile(t, filepath.Join(l.stackDir(), "cdk.tf.json")), readFile(t, filepath.Join(dir, "cdk.tf.json")))
	return p
}

// replacesAsReviewed wants the report of the two syntheses to say what the plan replaces.
// Only Terraform knows that a revision has the same image under another name, and the
// time by which the stored password is another one.
func (p plan) replacesAsReviewed(t *testing.T, before, after []byte) {
	t.Helper()
	environments, err := review.Compare(map[string][]byte{"it": before}, map[string][]byte{"it": after})
	require.NoError(t, err)
	var reviewed, planned []string
	for _, c := range environments[0].Changes {
		if c.Action == review.Replace {
			reviewed = append(reviewed, c.Address)
		}
	}
	for address, action := range p {
		if action == "replace" {
			planned = append(planned, address)
		}
	}
	assert.Subset(t, append(reviewed, "aws_secretsmanager_secret_version.credentials_current"), planned)
	assert.Subset(t, append(planned, "aws_ecs_task_definition.service_task_definition"), reviewed)
}

// column is one that says what was changed: its heading, and its text.
type column struct {
	heading string
	text    func(options.Way) string
}

// compareWithDocument compares a table of docs/changes.md with what was planned.
func compareWithDocument(t *testing.T, name string, changes []options.Way, plans []plan, columns []column) {
	t.Helper()
	actions := []string{"update", "replace", "create", "delete"}
	var headings []string
	for _, c := range columns {
		headings = append(headings, c.heading)
	}
	headings = append(headings, "updated in place", "replaced", "created", "deleted")
	lines := []string{strings.Join(headings, " | "), strings.Join(slices.Repeat([]string{"---"}, len(headings)), " | ")}
	for i, way := range changes {
		var cells []string
		for _, c := range columns {
			cells = append(cells, c.text(way))
		}
		for _, action := range actions {
			cells = append(cells, plans[i].addresses(action))
		}
		lines = append(lines, strings.Join(cells, " | "))
		for address, action := range plans[i] {
			assert.Contains(t, actions, action, "%s: %s has no column", way.Title(), address)
		}
	}
	golden.Section(t, root+"/docs/changes.md", name, "| "+strings.Join(lines, " |\n| ")+" |")
}

// maxAddresses is how many addresses a cell of the table has room for.
const maxAddresses = 10

// addresses lists the resources of a plan with the given action.
func (p plan) addresses(action string) string {
	var addresses []string
	for _, address := range slices.Sorted(maps.Keys(p)) {
		if p[address] == action {
			addresses = append(addresses, "`"+address+"`")
		}
	}
	if len(addresses) > maxAddresses {
		return fmt.Sprintf("%d resources", len(addresses))
	}
	return strings.Join(addresses, ", ")
}
