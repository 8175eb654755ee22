package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdsclusterinstance"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdsclusterparametergroup"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const (
	// insightsRetentionDays is what Performance Insights keeps for free:
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PerfInsights.Overview.cost.html
	insightsRetentionDays = 7
	// slowStatementMilliseconds is from when on PostgreSQL logs a statement.
	slowStatementMilliseconds = 1000
	// postgresqlLog is the one log of an Aurora PostgreSQL cluster.
	postgresqlLog = "postgresql"
	// monitoringPolicy is what AWS wants the role of enhanced monitoring to be allowed:
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Monitoring.OS.Enabling.html
	monitoringPolicy = "service-role/AmazonRDSEnhancedMonitoringRole"
)

// databaseMonitoring is what watches a database, as far as its settings ask for it.
type databaseMonitoring struct {
	scope    constructs.Construct
	env      Env
	settings config.Database
	key      *EncryptionKey
	role     *Role // What enhanced monitoring writes its measurements with, if it does.
}

// newDatabaseMonitoring creates the role of enhanced monitoring where the operating
// system is measured.
func newDatabaseMonitoring(scope constructs.Construct, env Env, settings config.Database, key *EncryptionKey) databaseMonitoring {
	m := databaseMonitoring{scope: scope, env: env, settings: settings, key: key}
	if settings.MonitoringIntervalSeconds > 0 {
		m.role = NewRole(scope, "monitoring_role", RoleProps{
			Env: env, Service: monitoringService,
			Name: "rds-monitoring-role", Description: "Writes measurements of the " + m.env.API() + "'s database",
		})
		m.role.Attach("enhanced_monitoring", "arn:"+env.Partition+":iam::aws:policy/"+monitoringPolicy)
	}
	return m
}

// exportLogs sends PostgreSQL's log to the log group that RDS writes it to. RDS
// would make the group by itself, without a retention, so it is there first:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.CloudWatch.html
func (m databaseMonitoring) exportLogs(cluster *rdscluster.RdsClusterConfig, retentionDays int) {
	if !m.settings.LogExports {
		return
	}
	group := NewLogGroup(m.scope, "logs", LogGroupProps{
		Env: m.env, Key: m.key, RetentionDays: retentionDays,
		Path: "/aws/rds/cluster/", Name: *cluster.ClusterIdentifier + "/" + postgresqlLog,
	})
	cluster.EnabledCloudwatchLogsExports = jsii.Strings(postgresqlLog)
	cluster.DependsOn = &[]cdktf.ITerraformDependable{group.Group}
}

// logParameters make PostgreSQL log what changes the schema, and what is slow. Not
// every statement, which would put the data itself into the log:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html
func (m databaseMonitoring) logParameters() []*rdsclusterparametergroup.RdsClusterParameterGroupParameter {
	if !m.settings.LogExports {
		return nil
	}
	return []*rdsclusterparametergroup.RdsClusterParameterGroupParameter{
		{Name: jsii.String("log_statement"), Value: jsii.String("ddl")},
		{Name: jsii.String("log_min_duration_statement"), Value: jsii.String(strconv.Itoa(slowStatementMilliseconds))},
	}
}

// watch turns on, for the cluster, what watches its instances, so that those that
// autoscaling adds have it, too:
// https://aws.amazon.com/about-aws/whats-new/2024/09/amazon-rds-performance-insights-supports-aurora-cluster-level-configuration/
//
// The interval is written when it is 0, because what is not written stays as it is. The
// role's permissions come first, because RDS tries them. AWS's reference of ModifyDBCluster
// has the interval for another kind of cluster only; that of CreateDBCluster, and what
// users report, have it for Aurora. A restoration is refused with it, whatever its value, so
// that a copied cluster goes without until it is no copy any more, and its instances have it:
// https://github.com/boto/boto3/issues/4634
func (m databaseMonitoring) watch(cluster *rdscluster.RdsClusterConfig) {
	if m.settings.PerformanceInsights {
		cluster.PerformanceInsightsEnabled = jsii.Bool(true)
		cluster.PerformanceInsightsRetentionPeriod = jsii.Number(insightsRetentionDays)
		cluster.PerformanceInsightsKmsKeyId = m.key.ARN()
	}
	if m.settings.Copied() {
		return
	}
	cluster.MonitoringInterval = jsii.Number(m.settings.MonitoringIntervalSeconds)
	if m.role != nil {
		cluster.MonitoringRoleArn = m.role.ARN()
		needs := append([]cdktf.ITerraformDependable{}, m.role.Policies...)
		if cluster.DependsOn != nil {
			needs = append(needs, *cluster.DependsOn...)
		}
		cluster.DependsOn = &needs
	}
}

// observe turns on what watches one instance, as the cluster does: the provider would
// otherwise plan to turn it off. The role's permissions come before the instance, because
// RDS tries them.
func (m databaseMonitoring) observe(instance *rdsclusterinstance.RdsClusterInstanceConfig) {
	if m.settings.PerformanceInsights {
		instance.PerformanceInsightsEnabled = jsii.Bool(true)
		instance.PerformanceInsightsRetentionPeriod = jsii.Number(insightsRetentionDays)
		instance.PerformanceInsightsKmsKeyId = m.key.ARN()
	}
	if m.role != nil {
		instance.MonitoringInterval = jsii.Number(m.settings.MonitoringIntervalSeconds)
		instance.MonitoringRoleArn = m.role.ARN()
		needs := append([]cdktf.ITerraformDependable{}, m.role.Policies...)
		if instance.DependsOn != nil {
			needs = append(needs, *instance.DependsOn...)
		}
		instance.DependsOn = &needs
	}
}
