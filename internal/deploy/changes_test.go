package deploy

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

var update = flag.Bool("update", false, "accept what the changes do, in docs/changes.md")

// change is one that a team is likely to make to an environment that runs. Where
// several fields belong to one resource they are changed together: what none of
// them does together, none does alone.
type change struct {
	// fields and value say it as the table does.
	fields, value string
	apply         func(*config.Config)
}

var changes = []change{
	{"Registry.ImageTag", "v2", func(c *config.Config) { c.Registry.ImageTag = "v2" }},
	{"Registry.UntaggedImageExpiryDays", "14", func(c *config.Config) { c.Registry.UntaggedImageExpiryDays = 14 }},
	{"Service.CPUUnits, Service.MemoryMiB", "2048, 4096", func(c *config.Config) {
		c.Service.CPUUnits, c.Service.MemoryMiB = 2048, 4096
	}},
	{"Service.HealthCheckGracePeriodSeconds", "120", func(c *config.Config) { c.Service.HealthCheckGracePeriodSeconds = 120 }},
	{"Service.DeploymentTimeoutMinutes", "30", func(c *config.Config) { c.Service.DeploymentTimeoutMinutes = 30 }},
	{"Scaling.MinTasks, Scaling.MaxTasks", "1, 20", func(c *config.Config) { c.Scaling.MinTasks, c.Scaling.MaxTasks = 1, 20 }},
	{"Scaling.DesiredTasks", "3", func(c *config.Config) { c.Scaling.DesiredTasks = 3 }},
	{"Scaling.CPUTargetPercent, Scaling.ScaleInCooldownSeconds, Scaling.ScaleOutCooldownSeconds", "60, 600, 30", func(c *config.Config) {
		c.Scaling.CPUTargetPercent, c.Scaling.ScaleInCooldownSeconds, c.Scaling.ScaleOutCooldownSeconds = 60, 600, 30
	}},
	{"LoadBalancer: the health check and the deregistration delay", "others", func(c *config.Config) {
		l := &c.LoadBalancer
		l.HealthCheckPath, l.HealthCheckMatcher = "/ready", "200-299"
		l.HealthCheckIntervalSeconds, l.HealthCheckTimeoutSeconds = 15, 10
		l.HealthyThreshold, l.UnhealthyThreshold, l.DeregistrationDelaySeconds = 3, 5, 60
	}},
	{"LoadBalancer.IdleTimeoutSeconds", "120", func(c *config.Config) { c.LoadBalancer.IdleTimeoutSeconds = 120 }},
	{"Database.InstanceClass", "db.r6g.large", func(c *config.Config) { c.Database.InstanceClass = "db.r6g.large" }},
	{"Database.ReaderCount", "2", func(c *config.Config) { c.Database.ReaderCount = 2 }},
	{"Database.BackupRetentionDays, Database.BackupWindow, Database.MaintenanceWindow", "14, 01:00-02:00, mon:03:30-mon:04:30", func(c *config.Config) {
		c.Database.BackupRetentionDays, c.Database.BackupWindow, c.Database.MaintenanceWindow = 14, "01:00-02:00", "mon:03:30-mon:04:30"
	}},
	{"Database.PasswordVersion", "2", func(c *config.Config) { c.Database.PasswordVersion = 2 }},
	{"Logs.RetentionDays", "30", func(c *config.Config) { c.Logs.RetentionDays = 30 }},
	{"Tags", "one more", func(c *config.Config) {
		c.Tags = maps.Clone(c.Tags)
		c.Tags["Team"] = "shop"
	}},
	{"Protected", "true", func(c *config.Config) { c.Protected = true }},
}

// stateful are the types of what holds data, or an address that others know.
var stateful = []string{
	"aws_vpc", "aws_subnet", "aws_eip", "aws_nat_gateway", "aws_lb", "aws_rds_cluster", "aws_rds_cluster_instance",
	"aws_secretsmanager_secret", "aws_ecr_repository", "aws_cloudwatch_log_group",
}

// changed plans each of the changes alone, and compares what the plans do with
// docs/changes.md.
func (l *life) changed(t *testing.T) {
	t.Helper()
	r := l.begin(t, "7a. every likely change, planned alone")
	plans := l.planChanges(t, changes)
	for i, p := range plans {
		for address, action := range p {
			kind, _, _ := strings.Cut(address, ".")
			if slices.Contains(stateful, kind) {
				assert.NotContains(t, []string{"replace", "delete"}, action, "%s changes %s", changes[i].fields, address)
			}
		}
	}
	compareWithDocument(t, "changed | to", changes, plans)
	l.end(t, r)
}

// planChanges plans each of the changes alone.
func (l *life) planChanges(t *testing.T, changes []change) []plan {
	t.Helper()
	plans := make([]plan, len(changes))
	t.Run("changes", func(t *testing.T) {
		for i, c := range changes {
			t.Run(c.fields, func(t *testing.T) {
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
	for _, c := range changes {
		c.apply(&all)
	}
	all.Protected = false
	all.Database.ReaderCount = l.cfg.Database.ReaderCount
	l.settle(t, all)
	l.apply(t, l.stackDir())
	r.changes = l.unchanged(t)
	l.end(t, r)
}

// planChange plans one change, in a directory beside the stack's.
func (l *life) planChange(t *testing.T, c change, index int) plan {
	t.Helper()
	cfg := l.cfg
	c.apply(&cfg)
	require.NoError(t, cfg.Validate())
	outdir := t.TempDir()
	l.synthesise(outdir, cfg)
	dir := filepath.Join(filepath.Dir(l.stackDir()), fmt.Sprintf("change-%02d", index))
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(outdir, "stacks", cfg.StackName()))))
	write(t, filepath.Join(dir, ".terraform.lock.hcl"), readFile(t, filepath.Join(l.stackDir(), ".terraform.lock.hcl")))
	// What is deployed was compared with AWS before: it need not be read again.
	return l.planWith(t, dir, []string{"TF_DATA_DIR=" + filepath.Join(l.stackDir(), ".terraform")}, "-refresh=false", "-lock=false")
}

// document is where the table of changes stands.
const document = root + "/docs/changes.md"

// compareWithDocument compares the table with that heading in the document with
// what was planned.
func compareWithDocument(t *testing.T, heading string, changes []change, plans []plan) {
	t.Helper()
	heading = "| " + heading + " |"
	var table strings.Builder
	table.WriteString(heading + " updated in place | replaced | created | deleted |\n" + strings.Repeat("| --- ", strings.Count(heading, "|")+3) + "|\n")
	for i, c := range changes {
		p := plans[i]
		name := "| " + c.fields + " |"
		if c.value != "" {
			name += " " + c.value + " |"
		}
		fmt.Fprintf(&table, "%s %s | %s | %s | %s |\n", name, p.addresses("update"), p.addresses("replace"), p.addresses("create"), p.addresses("delete"))
		for address, action := range p {
			assert.Contains(t, []string{"update", "replace", "create", "delete"}, action, "%s: %s has no column", c.fields, address)
		}
	}
	content := string(readFile(t, document))
	begin := strings.Index(content, heading)
	require.NotEqual(t, -1, begin, "the table %s in %s", heading, document)
	old, after := content[begin:], ""
	if end := strings.Index(old, "\n\n"); end >= 0 {
		old, after = old[:end+1], old[end+1:]
	}
	if *update {
		write(t, document, []byte(content[:begin]+table.String()+after))
		return
	}
	assert.Equal(t, old, table.String(), "docs/changes.md; accept it with -update")
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
