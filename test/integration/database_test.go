package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const engine = "aurora-postgresql"

func (d *deployment) database(t *testing.T) types.DBCluster {
	t.Helper()
	name := d.cfg.PhysicalName("aurora")
	found, err := d.rds.DescribeDBClusters(t.Context(), &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	require.NoError(t, err)
	return only(t, found.DBClusters, name)
}

func (d *deployment) instances(t *testing.T) []types.DBInstance {
	t.Helper()
	return collect(t, rds.NewDescribeDBInstancesPaginator(d.rds, &rds.DescribeDBInstancesInput{
		Filters: []types.Filter{{Name: aws.String("db-cluster-id"), Values: []string{d.cfg.PhysicalName("aurora")}}},
	}), func(page *rds.DescribeDBInstancesOutput) []types.DBInstance { return page.DBInstances })
}

// scaledReader begins the names of the readers that autoscaling adds. They come and go
// whatever the configuration says, and have no tags of it:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
const scaledReader = "application-autoscaling-"

// scaled tells whether autoscaling added the instance.
func scaled(instance types.DBInstance) bool {
	return strings.HasPrefix(aws.ToString(instance.DBInstanceIdentifier), scaledReader)
}

// databaseTime is how long maintenance of a cluster or an instance may take.
const databaseTime = 15 * time.Minute

// lost begin the statuses that do not pass by themselves:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html
var lost = []string{"failed", "inaccessible-encryption-credentials", "incompatible-", "restore-error", "stopped", "stopping", "storage-full"}

// notAvailable complains about a status that may pass, and fails for one that does not.
func notAvailable(t *testing.T, name, status string) string {
	t.Helper()
	if slices.ContainsFunc(lost, func(begin string) bool { return strings.HasPrefix(status, begin) }) {
		t.Fatalf("%s is %s", name, status)
	}
	if status != "available" {
		return name + " is " + status
	}
	return ""
}

// TestDatabase waits until the cluster has one writer, which a failover may make of any
// instance, and the instances of the configuration, and all are available.
func TestDatabase(t *testing.T) {
	d := deployed(t)
	d.settle(t, databaseTime, func() string {
		cluster := d.database(t)
		name := aws.ToString(cluster.DBClusterIdentifier)
		if complaint := notAvailable(t, name, aws.ToString(cluster.Status)); complaint != "" {
			return complaint
		}
		writers := slices.DeleteFunc(slices.Clone(cluster.DBClusterMembers), func(m types.DBClusterMember) bool { return !aws.ToBool(m.IsClusterWriter) })
		if len(writers) != 1 {
			return fmt.Sprintf("%s has %d writers", name, len(writers))
		}
		own := slices.DeleteFunc(d.instances(t), scaled)
		for _, instance := range own {
			if complaint := notAvailable(t, aws.ToString(instance.DBInstanceIdentifier), aws.ToString(instance.DBInstanceStatus)); complaint != "" {
				return complaint
			}
		}
		require.Len(t, own, 1+d.cfg.Database.ReaderCount, "instances of %s that autoscaling did not add", name)
		return ""
	})
	cluster := d.database(t)
	assert.Equal(t, d.outputs["rds_cluster_endpoint"], aws.ToString(cluster.Endpoint), "endpoint")
	// AWS upgrades the rest of the version.
	major, _, _ := strings.Cut(d.cfg.Database.EngineVersion, ".")
	assert.Regexp(t, "^"+major+`\.`, aws.ToString(cluster.EngineVersion), "version of %s", aws.ToString(cluster.DBClusterIdentifier))
}

// TestDatabaseTLS wants the parameter by which the database refuses connections without
// TLS to be in effect: set, and taken by each instance, for which some parameters wait for
// a restart.
func TestDatabaseTLS(t *testing.T) {
	d := deployed(t)
	group := d.cfg.PhysicalName("aurora-pg")
	parameters := map[string]string{}
	for _, p := range collect(t, rds.NewDescribeDBClusterParametersPaginator(d.rds, &rds.DescribeDBClusterParametersInput{
		DBClusterParameterGroupName: &group, Source: aws.String("user"),
	}), func(page *rds.DescribeDBClusterParametersOutput) []types.Parameter { return page.Parameters }) {
		parameters[aws.ToString(p.ParameterName)] = aws.ToString(p.ParameterValue)
	}
	assert.Equal(t, "1", parameters["rds.force_ssl"], "rds.force_ssl in %s", group)
	d.settle(t, databaseTime, func() string {
		cluster := d.database(t)
		require.Equal(t, group, aws.ToString(cluster.DBClusterParameterGroup), "parameter group of %s", aws.ToString(cluster.DBClusterIdentifier))
		for _, member := range cluster.DBClusterMembers {
			if status := aws.ToString(member.DBClusterParameterGroupStatus); status != "in-sync" && !strings.HasPrefix(aws.ToString(member.DBInstanceIdentifier), scaledReader) {
				return fmt.Sprintf("%s has not taken the parameters of %s: %s", aws.ToString(member.DBInstanceIdentifier), group, status)
			}
		}
		return ""
	})
}

// TestScaledReaders wants the readers that autoscaling has added to be as the others, in
// what the cluster gives them, and no more than it may add.
func TestScaledReaders(t *testing.T) {
	d := deployed(t)
	settings, added := d.cfg.Database, 0
	for _, instance := range d.instances(t) {
		if !scaled(instance) {
			continue
		}
		added++
		if aws.ToString(instance.DBInstanceStatus) != "available" {
			continue // It comes or goes, and need not have all of it.
		}
		id := aws.ToString(instance.DBInstanceIdentifier)
		assert.Equal(t, engine, aws.ToString(instance.Engine), "engine of %s", id)
		assert.Equal(t, settings.InstanceClass, aws.ToString(instance.DBInstanceClass), "class of %s", id)
		assert.False(t, aws.ToBool(instance.PubliclyAccessible), "%s is publicly accessible", id)
		assert.Equal(t, settings.PerformanceInsights, aws.ToBool(instance.PerformanceInsightsEnabled), "Performance Insights of %s", id)
		if !settings.Copied() { // The cluster measures no reader as long as it is a copy.
			assert.EqualValues(t, settings.MonitoringIntervalSeconds, aws.ToInt32(instance.MonitoringInterval), "enhanced monitoring of %s", id)
		}
	}
	assert.LessOrEqual(t, added, max(0, settings.MaxReaders-settings.ReaderCount), "readers of %s that autoscaling added", d.cfg.PhysicalName("aurora"))
}
