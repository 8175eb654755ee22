package constructs

import (
	"strconv"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdsclusterinstance"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/rdsclusterparametergroup"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
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

// exportLogs sends PostgreSQL's log to the log group that RDS writes it to. RDS
// would make the group by itself, without a retention, so it is there first:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.CloudWatch.html
func (d *Database) exportLogs(cluster *rdscluster.RdsClusterConfig, retentionDays int) {
	if !d.settings.LogExports {
		return
	}
	group := NewLogGroup(d.scope, "logs", LogGroupProps{
		Env: d.env, Key: d.key, RetentionDays: retentionDays,
		Path: "/aws/rds/cluster/", Name: d.env.Name("aurora") + "/" + postgresqlLog,
	})
	cluster.EnabledCloudwatchLogsExports = jsii.Strings(postgresqlLog)
	cluster.DependsOn = &[]cdktf.ITerraformDependable{group.Group}
}

// logParameters make PostgreSQL log what changes the schema, and what is slow. Not
// every statement, which would put the data itself into the log:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html
func (d *Database) logParameters() []*rdsclusterparametergroup.RdsClusterParameterGroupParameter {
	if !d.settings.LogExports {
		return nil
	}
	return []*rdsclusterparametergroup.RdsClusterParameterGroupParameter{
		{Name: jsii.String("log_statement"), Value: jsii.String("ddl")},
		{Name: jsii.String("log_min_duration_statement"), Value: jsii.String(strconv.Itoa(slowStatementMilliseconds))},
	}
}

// newMonitoringRole creates the role that enhanced monitoring writes its
// measurements with, or nil without it.
func (d *Database) newMonitoringRole() *Role {
	if d.settings.MonitoringIntervalSeconds == 0 {
		return nil
	}
	role := NewRole(d.scope, "monitoring_role", RoleProps{
		Env: d.env, Service: monitoringService,
		Name: "rds-monitoring-role", Description: "Writes measurements of the Flask API's database",
	})
	role.Attach("enhanced_monitoring", "arn:"+lookUpPartition(d.scope)+":iam::aws:policy/"+monitoringPolicy)
	return role
}

// observe turns on what watches one instance. Its permissions come before the
// instance, because RDS tries them.
func (d *Database) observe(instance *rdsclusterinstance.RdsClusterInstanceConfig) {
	settings := d.settings
	if settings.PerformanceInsights {
		instance.PerformanceInsightsEnabled = jsii.Bool(true)
		instance.PerformanceInsightsRetentionPeriod = jsii.Number(insightsRetentionDays)
		instance.PerformanceInsightsKmsKeyId = d.key.ARN()
	}
	if d.monitoringRole != nil {
		instance.MonitoringInterval = jsii.Number(settings.MonitoringIntervalSeconds)
		instance.MonitoringRoleArn = d.monitoringRole.ARN()
		needs := append([]cdktf.ITerraformDependable{}, d.monitoringRole.Policies...)
		if instance.DependsOn != nil {
			needs = append(needs, *instance.DependsOn...)
		}
		instance.DependsOn = &needs
	}
}
