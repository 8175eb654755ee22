package e2e

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// databaseLife is an environment whose readers are scaled and watched.
func databaseLife() config.Config {
	c := config.Defaults("readers")
	c.Database.MaxReaders = 3
	c.Database.PerformanceInsights = true
	c.Database.MonitoringIntervalSeconds = 60
	c.Database.LogExports = true
	// What is asked for from outside, by a name that is its zone's own, and a range of tasks
	// that changes by the clock.
	c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = readersZone, readersZone
	c.LoadBalancer.WAF.Enabled = true
	c.LoadBalancer.HealthCheckMatcher = "204-299"
	c.Service.Tracing, c.Service.ContainerHealthCheck = true, true
	c.Alarms.Enabled = true
	c.Scaling.Schedules = []config.Schedule{{Name: "night", Cron: "0 22 * * ? *", TimeZone: "Europe/Rome", MinTasks: 1, MaxTasks: 4}}
	return c
}

// readersZone is the zone of the life; the name keeps its records out of what other lives
// find left.
const readersZone = "flask-api-readers.example"

// readers deploys a cluster as it was before the cluster itself was watched, has
// autoscaling add a reader, and goes on from there.
func (l *life) readers(t *testing.T) {
	t.Helper()
	l.createZone(t, readersZone)
	r := l.begin(t, "9. readers that autoscaling adds, and a database whose options are turned off")
	l.replaceStack(t, l.cfg)
	l.withoutClusterSettings(t)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.refusesClass(t)
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	reader, err := l.aws.AddReader(t.Context(), l.cfg.PhysicalName("aurora"))
	require.NoError(t, err)
	output, code := l.tryIntegration(t, l.describeDeployed(t))
	assert.NotZero(t, code, "the integration tests notice a reader that nothing watches")
	assert.Contains(t, string(output), "enhanced monitoring of "+reader)

	l.replaceStack(t, l.cfg)
	assert.Equal(t, plan{
		"aws_rds_cluster.database_cluster":           "update",
		"aws_rds_cluster_instance.database_writer":   "update",
		"aws_rds_cluster_instance.database_reader_1": "update",
	}, l.plan(t, l.stackDir()), "an environment of before")
	l.apply(t, l.stackDir())
	l.checkWhileMoving(t)

	plain := l.cfg
	plain.Database.PerformanceInsights, plain.Database.MonitoringIntervalSeconds, plain.Database.LogExports = false, 0, false
	l.cfg = plain
	l.replaceStack(t, plain)
	l.apply(t, l.stackDir())
	r.changes = l.unchanged(t)
	l.checkDeployed(t)

	// As the field's comment says: Terraform does not know it, and AWS keeps its cluster.
	_, err = rds.NewFromConfig(l.aws.Config()).DeleteDBInstance(t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String(reader)})
	require.NoError(t, err)
	l.endDestroyed(t, r)
}

// withoutClusterSettings makes of the stack what it was before the cluster was watched.
func (l *life) withoutClusterSettings(t *testing.T) {
	t.Helper()
	path := filepath.Join(l.stackDir(), "cdk.tf.json")
	var stack map[string]any
	require.NoError(t, json.Unmarshal(readFile(t, path), &stack))
	resources := stack["resource"].(map[string]any)
	cluster := resources["aws_rds_cluster"].(map[string]any)["database_cluster"].(map[string]any)
	maps.DeleteFunc(cluster, func(attribute string, _ any) bool {
		return attribute == "engine_lifecycle_support" || strings.HasPrefix(attribute, "performance_insights") || strings.HasPrefix(attribute, "monitoring_")
	})
	for _, instance := range resources["aws_rds_cluster_instance"].(map[string]any) {
		instance.(map[string]any)["copy_tags_to_snapshot"] = true
	}
	text, err := json.MarshalIndent(stack, "", " ") // An error shows the line.
	require.NoError(t, err)
	write(t, path, text)
}

// refusesClass plans with a class that Aurora does not have.
func (l *life) refusesClass(t *testing.T) {
	t.Helper()
	path := filepath.Join(l.stackDir(), "cdk.tf.json")
	before := readFile(t, path)
	write(t, path, []byte(strings.ReplaceAll(string(before), l.cfg.Database.InstanceClass, "db.m5.large")))
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-no-color")
	require.NotZero(t, code, "a class that is not offered is planned")
	words := strings.ReplaceAll(string(output), "│", " ") // Terraform frames and wraps.
	assert.Contains(t, strings.Join(strings.Fields(words), " "), "Database.InstanceClass: AWS does not offer db.m5.large in eu-south-1 for version 15")
	write(t, path, before)
}
