package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const engine = "aurora-postgresql"

func (d *deployment) database(t *testing.T) types.DBCluster {
	t.Helper()
	name := d.cfg.Name("aurora")
	found, err := d.rds.DescribeDBClusters(t.Context(), &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	require.NoError(t, err)
	return only(t, found.DBClusters, name)
}

func (d *deployment) instances(t *testing.T) []types.DBInstance {
	t.Helper()
	return collect(t, rds.NewDescribeDBInstancesPaginator(d.rds, &rds.DescribeDBInstancesInput{
		Filters: []types.Filter{{Name: aws.String("db-cluster-id"), Values: []string{d.cfg.Name("aurora")}}},
	}), func(page *rds.DescribeDBInstancesOutput) []types.DBInstance { return page.DBInstances })
}

func (d *deployment) subnetGroup(t *testing.T) types.DBSubnetGroup {
	t.Helper()
	name := d.cfg.Name("db-subnet-group")
	found, err := d.rds.DescribeDBSubnetGroups(t.Context(), &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: &name})
	require.NoError(t, err)
	return only(t, found.DBSubnetGroups, name)
}

func TestDatabase(t *testing.T) {
	d := deployed(t)
	want, cluster := d.cfg.Database, d.database(t)
	name := aws.ToString(cluster.DBClusterIdentifier)
	assert.Equal(t, "available", aws.ToString(cluster.Status), "status of %s", name)
	assert.Equal(t, engine, aws.ToString(cluster.Engine), "engine of %s", name)
	major, _, _ := strings.Cut(aws.ToString(cluster.EngineVersion), ".")
	assert.Equal(t, want.EngineMajorVersion(), major, "major version of %s", name)
	assert.True(t, aws.ToBool(cluster.StorageEncrypted), "encryption of %s", name)
	assert.True(t, aws.ToBool(cluster.IAMDatabaseAuthenticationEnabled), "IAM authentication of %s", name)
	assert.Equal(t, d.outputs["rds_cluster_endpoint"], aws.ToString(cluster.Endpoint), "endpoint of %s", name)
	assert.EqualValues(t, want.Port, aws.ToInt32(cluster.Port), "port of %s", name)
	assert.Equal(t, want.Name, aws.ToString(cluster.DatabaseName), "database of %s", name)
	assert.Equal(t, want.Username, aws.ToString(cluster.MasterUsername), "administrator of %s", name)
	assert.EqualValues(t, want.BackupRetentionDays, aws.ToInt32(cluster.BackupRetentionPeriod), "backup retention of %s", name)
	assert.Equal(t, d.cfg.Protected, aws.ToBool(cluster.DeletionProtection), "deletion protection of %s", name)
	assert.Equal(t, []string{d.securityGroupID(t, "rds-sg")}, values(cluster.VpcSecurityGroups,
		func(g types.VpcSecurityGroupMembership) string { return aws.ToString(g.VpcSecurityGroupId) }), "security groups of %s", name)

	assert.Equal(t, d.cfg.Name("db-subnet-group"), aws.ToString(cluster.DBSubnetGroup), "subnet group of %s", name)
	assert.ElementsMatch(t, d.privateSubnetIDs(t), values(d.subnetGroup(t).Subnets,
		func(s types.Subnet) string { return aws.ToString(s.SubnetIdentifier) }), "subnets of %s", name)

	d.checkCapacity(t, cluster)
	d.checkInstances(t, cluster)
	d.checkParameters(t, cluster)
}

// checkCapacity compares the range of serverless instances.
func (d *deployment) checkCapacity(t *testing.T, cluster types.DBCluster) {
	t.Helper()
	want := d.cfg.Database
	if want.ServerlessMaxACU == 0 {
		return
	}
	capacity := cluster.ServerlessV2ScalingConfiguration
	require.NotNil(t, capacity, "capacity of %s", aws.ToString(cluster.DBClusterIdentifier))
	assert.InDelta(t, want.ServerlessMinACU, aws.ToFloat64(capacity.MinCapacity), 0, "least capacity of %s", aws.ToString(cluster.DBClusterIdentifier))
	assert.InDelta(t, want.ServerlessMaxACU, aws.ToFloat64(capacity.MaxCapacity), 0, "most capacity of %s", aws.ToString(cluster.DBClusterIdentifier))
}

// scaledReader begins the names of the readers that autoscaling adds. They come and go
// whatever the configuration says, and have no tags of it:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
const scaledReader = "application-autoscaling-"

// scaled tells whether autoscaling added the instance.
func scaled(instance types.DBInstance) bool {
	return strings.HasPrefix(aws.ToString(instance.DBInstanceIdentifier), scaledReader)
}

// checkInstances counts the writer by its role, which a failover may give to any
// instance, and the instances by who made them.
func (d *deployment) checkInstances(t *testing.T, cluster types.DBCluster) {
	t.Helper()
	name := aws.ToString(cluster.DBClusterIdentifier)
	writers := slices.DeleteFunc(slices.Clone(cluster.DBClusterMembers), func(m types.DBClusterMember) bool { return !aws.ToBool(m.IsClusterWriter) })
	assert.Len(t, writers, 1, "writers of %s", name)

	settings, added := d.cfg.Database, 0
	instances := d.instances(t)
	for _, instance := range instances {
		id := aws.ToString(instance.DBInstanceIdentifier)
		if scaled(instance) {
			added++ // It may be about to come or to go.
		} else {
			assert.Equal(t, "available", aws.ToString(instance.DBInstanceStatus), "status of %s", id)
		}
		assert.Equal(t, engine, aws.ToString(instance.Engine), "engine of %s", id)
		assert.Equal(t, settings.InstanceClass, aws.ToString(instance.DBInstanceClass), "class of %s", id)
		assert.False(t, aws.ToBool(instance.PubliclyAccessible), "%s is publicly accessible", id)
		assert.Equal(t, settings.PerformanceInsights, aws.ToBool(instance.PerformanceInsightsEnabled), "Performance Insights of %s", id)
		assert.EqualValues(t, settings.MonitoringIntervalSeconds, aws.ToInt32(instance.MonitoringInterval), "enhanced monitoring of %s", id)
	}
	assert.Len(t, instances, 1+settings.ReaderCount+added, "instances of %s", name)
	assert.LessOrEqual(t, added, max(0, settings.MaxReaders-settings.ReaderCount), "readers of %s that autoscaling added", name)
}

// checkParameters expects connections without TLS to be refused, and, where the log
// is exported, what it holds and where it goes.
func (d *deployment) checkParameters(t *testing.T, cluster types.DBCluster) {
	t.Helper()
	group := d.cfg.Name("aurora-pg")
	assert.Equal(t, group, aws.ToString(cluster.DBClusterParameterGroup), "parameter group of %s", aws.ToString(cluster.DBClusterIdentifier))
	parameters := map[string]string{}
	for _, p := range collect(t, rds.NewDescribeDBClusterParametersPaginator(d.rds, &rds.DescribeDBClusterParametersInput{
		DBClusterParameterGroupName: &group, Source: aws.String("user"),
	}), func(page *rds.DescribeDBClusterParametersOutput) []types.Parameter { return page.Parameters }) {
		parameters[aws.ToString(p.ParameterName)] = aws.ToString(p.ParameterValue)
	}
	want := map[string]string{"rds.force_ssl": "1"}
	var exports []string
	if d.cfg.Database.LogExports {
		want["log_statement"], want["log_min_duration_statement"] = "ddl", "1000"
		exports = []string{"postgresql"}
		d.findLogGroup(t, "/aws/rds/cluster/"+d.cfg.Name("aurora")+"/postgresql")
	}
	assert.Equal(t, want, parameters, "parameters of %s", group)
	assert.ElementsMatch(t, exports, cluster.EnabledCloudwatchLogsExports, "exported logs of %s", aws.ToString(cluster.DBClusterIdentifier))
}
