package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
)

const (
	// copySource is the environment that others are made of, and copySnapshot one of its snapshots.
	copySource   = "copied"
	copySnapshot = "flask-api-last-night"
	copyMaster   = "keeper"
)

// createCopySource creates the cluster of the environment that others are made of.
func (h *harness) createCopySource(t *testing.T) {
	t.Helper()
	client := rds.NewFromConfig(h.aws.Config())
	name := config.Defaults(copySource).PhysicalName("aurora")
	_, err := client.CreateDBCluster(t.Context(), &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name, Engine: aws.String("aurora-postgresql"), EngineVersion: aws.String("15.10"), DatabaseName: aws.String("flaskapi"),
		MasterUsername: aws.String(copyMaster), MasterUserPassword: aws.String("of the source"), StorageEncrypted: aws.Bool(true),
		EnablePerformanceInsights: aws.Bool(true), EnableIAMDatabaseAuthentication: aws.Bool(true),
	})
	require.NoError(t, err)
	_, err = client.CreateDBInstance(t.Context(), &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String(name + "-writer"), DBClusterIdentifier: &name, Engine: aws.String("aurora-postgresql"), DBInstanceClass: aws.String("db.t3.medium"),
	})
	require.NoError(t, err)
	_, err = client.CreateDBClusterSnapshot(t.Context(), &rds.CreateDBClusterSnapshotInput{DBClusterIdentifier: &name, DBClusterSnapshotIdentifier: aws.String(copySnapshot)})
	require.NoError(t, err)
}

// cloning begins with a clone, which is masked.
func cloning() config.Config {
	c := config.Defaults("clone")
	c.Database.Username = copyMaster
	c.Database.MonitoringIntervalSeconds = 60
	c.Database.CloneOf, c.Database.MaskSQL = copySource, "UPDATE users SET email = id || '@example.com'"
	return c
}

// clones takes a clone through a mask that fails, and changes what it was made of.
func (l *life) clones(t *testing.T) {
	t.Helper()
	r := l.begin(t, "26. a clone: its mask fails, is repeated, and its source is changed and left out")
	mask := emulator.Outcome{Code: 3, Prints: []string{"ERROR: no users"}}
	l.aws.OnRunTask(l.cfg.PhysicalName("db-mask"), func(emulator.Single) emulator.Outcome { return mask })
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	said := l.refused(t)
	for _, part := range []string{"The task that masks the data of the database failed", "exit code 3", "ERROR: no users"} {
		assert.Contains(t, said, part)
	}
	services, err := ecs.NewFromConfig(l.aws.Config()).ListServices(t.Context(), &ecs.ListServicesInput{Cluster: aws.String(l.cfg.PhysicalName("cluster"))})
	require.NoError(t, err)
	assert.Empty(t, services.ServiceArns, "the API waits for the mask")

	mask = emulator.Outcome{}
	l.aws.AgeSingleTasks(l.cfg.PhysicalName("cluster"), time.Minute)
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	r.changes = l.unchanged(t)
	assert.Len(t, l.ran("db-mask"), 2, "the one that failed, and the one that did not")

	other, renamed, left := l.cfg, l.cfg, l.cfg
	other.Database.CloneOf = "production"
	l.refusesPlan(t, other, "Database.CloneOf: the cluster was not made of it")
	renamed.Database.Username = "another"
	l.refusesPlan(t, renamed, "Database.Username: the administrator of the data that the cluster was made of is "+copyMaster)
	left.Database.CloneOf, left.Database.MaskSQL = "", ""
	l.replaceStack(t, left)
	for address, action := range l.plan(t, l.stackDir()) {
		if strings.HasPrefix(address, "aws_rds_cluster") {
			assert.Equal(t, "aws_rds_cluster.database_cluster: update", address+": "+action, "no copy any more, it is measured itself")
		}
	}
	l.apply(t, l.stackDir())
	r.changes += l.unchanged(t)
	l.checkMeasured(t)
	l.endDestroyed(t, r)
}

// restoring begins with a snapshot of which it does not know the administrator.
func restoring() config.Config {
	c := config.Defaults("restored")
	c.Database.SnapshotIdentifier, c.Acknowledged = copySnapshot, []config.Gap{config.UnmaskedData}
	c.Database.PerformanceInsights, c.Database.MonitoringIntervalSeconds = true, 60
	return c
}

// restores makes an environment of a snapshot, and does not lose it while it finds out how.
func (l *life) restores(t *testing.T) {
	t.Helper()
	r := l.begin(t, "31. a snapshot: of another administrator, and deployed again for what no restoration sets")
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	assert.Contains(t, l.refused(t), "Database.Username: the administrator of the data that the cluster was made of is "+copyMaster)
	l.cfg.Database.Username, l.cfg.Database.PasswordVersion = copyMaster, 2
	l.replaceStack(t, l.cfg)
	planned := l.plan(t, l.stackDir())
	assert.Equal(t, "update", planned["aws_rds_cluster.database_cluster"], "IAM authentication and Performance Insights")
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	r.changes = l.unchanged(t)
	l.cfg.Database.SnapshotIdentifier, l.cfg.Acknowledged = "", nil
	l.replaceStack(t, l.cfg)
	assert.Equal(t, plan{"aws_rds_cluster.database_cluster": "update"}, l.plan(t, l.stackDir()), "no copy any more, it is measured itself")
	l.apply(t, l.stackDir())
	r.changes += l.unchanged(t)
	l.checkMeasured(t)
	l.endDestroyed(t, r)
}

// checkMeasured wants the cluster to be measured as its instances are.
func (l *life) checkMeasured(t *testing.T) {
	t.Helper()
	client := rds.NewFromConfig(l.aws.Config())
	found, err := client.DescribeDBClusters(t.Context(), &rds.DescribeDBClustersInput{DBClusterIdentifier: aws.String(l.cfg.PhysicalName("aurora"))})
	require.NoError(t, err)
	cluster := found.DBClusters[0]
	assert.EqualValues(t, l.cfg.Database.MonitoringIntervalSeconds, aws.ToInt32(cluster.MonitoringInterval))
	assert.Contains(t, aws.ToString(cluster.MonitoringRoleArn), l.cfg.PhysicalName("rds-monitoring-role"))
}
