package e2e

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// dataByHand are changes of what holds data, and of what is recorded and told.
func dataByHand() []byHand {
	const cluster, logs = "aws_rds_cluster.database_cluster", "aws_cloudwatch_log_group."
	return []byHand{
		{
			what: "the WAF's log is kept for a day", do: func(c *console) { c.retain(logs+"waf_logs", 1) },
			at: logs + "waf_logs.retention_in_days",
		},
		{
			what: "the database's log is kept for a day", do: func(c *console) { c.retain(logs+"database_logs", 1) },
			at: logs + "database_logs.retention_in_days",
		},
		{
			what: "the log of shells in the tasks is kept for a day", do: func(c *console) { c.retain(logs+"execute_command_logs", 1) },
			at: logs + "execute_command_logs.retention_in_days",
		},
		{
			what: "the API's log is kept forever",
			do: func(c *console) {
				call(c, c.logs.DeleteRetentionPolicy, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: c.of(logs+"ecs_logs", "name")})
			},
			at: logs + "ecs_logs.retention_in_days",
		},
		{
			what: "the cluster's protection is off",
			do: func(c *console) {
				c.cluster(rds.ModifyDBClusterInput{DeletionProtection: aws.Bool(false)})
			},
			at: cluster + ".deletion_protection",
		},
		{
			what: "backups are kept for a day",
			do:   func(c *console) { c.cluster(rds.ModifyDBClusterInput{BackupRetentionPeriod: aws.Int32(1)}) },
			at:   cluster + ".backup_retention_period",
		},
		{
			what: "the database's log is exported no longer",
			do: func(c *console) {
				c.cluster(rds.ModifyDBClusterInput{CloudwatchLogsExportConfiguration: &rdstypes.CloudwatchLogsExportConfiguration{DisableLogTypes: []string{"postgresql"}}})
			},
			at: cluster + ".enabled_cloudwatch_logs_exports",
		},
		{
			what: "the writer gets a public address",
			do: func(c *console) {
				call(c, c.rds.ModifyDBInstance, &rds.ModifyDBInstanceInput{
					DBInstanceIdentifier: c.of("aws_rds_cluster_instance.database_writer", "identifier"), PubliclyAccessible: aws.Bool(true),
				})
			},
			at: "aws_rds_cluster_instance.database_writer.publicly_accessible",
		},
		{
			what: "a parameter waits for a restart, and was taken back since",
			do: func(c *console) {
				group, parameter := c.name("aurora-pg"), rdstypes.Parameter{ParameterName: aws.String("max_connections"), ParameterValue: aws.String("10"), ApplyMethod: rdstypes.ApplyMethodPendingReboot}
				call(c, c.rds.ModifyDBClusterParameterGroup, &rds.ModifyDBClusterParameterGroupInput{DBClusterParameterGroupName: group, Parameters: []rdstypes.Parameter{parameter}})
				call(c, c.rds.ResetDBClusterParameterGroup, &rds.ResetDBClusterParameterGroupInput{DBClusterParameterGroupName: group, Parameters: []rdstypes.Parameter{parameter}})
			},
			says: []string{"flask-api-aurora", "pending-reboot"},
		},
		{
			what: "versions of the access logs are kept no longer",
			do: func(c *console) {
				call(c, c.s3.PutBucketVersioning, &s3.PutBucketVersioningInput{
					Bucket: c.of("aws_s3_bucket.access_logs_bucket", "id"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusSuspended},
				})
			},
			at: "aws_s3_bucket_versioning.access_logs_versioning.versioning_configuration",
		},
		{
			what: "the bucket of the access logs may be public",
			do: func(c *console) {
				call(c, c.s3.DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: c.of("aws_s3_bucket.access_logs_bucket", "id")})
			},
			at: "aws_s3_bucket_public_access_block.access_logs_public_access_block",
		},
		{
			what: "tags of images may be overwritten",
			do: func(c *console) {
				call(c, c.ecr.PutImageTagMutability, &ecr.PutImageTagMutabilityInput{RepositoryName: c.name("ecr"), ImageTagMutability: ecrtypes.ImageTagMutabilityMutable})
			},
			at: "aws_ecr_repository.registry_repository.image_tag_mutability",
		},
		{
			what: "images are scanned no longer",
			do: func(c *console) {
				call(c, c.ecr.PutImageScanningConfiguration, &ecr.PutImageScanningConfigurationInput{
					RepositoryName: c.name("ecr"), ImageScanningConfiguration: &ecrtypes.ImageScanningConfiguration{},
				})
			},
			at: "aws_ecr_repository.registry_repository.image_scanning_configuration",
		},
		{
			what: "the key is rotated no longer",
			do: func(c *console) {
				call(c, c.kms.DisableKeyRotation, &kms.DisableKeyRotationInput{KeyId: c.of("aws_kms_key.encryption_key", "key_id")})
			},
			at: "aws_kms_key.encryption_key.enable_key_rotation",
		},
		{
			what: "an alarm's threshold is a thousand million",
			do: func(c *console) {
				c.alarm("alarms_alb_5xx", func(a *cloudwatch.PutMetricAlarmInput) { a.Threshold = aws.Float64(1e9) })
			},
			at: "aws_cloudwatch_metric_alarm.alarms_alb_5xx.threshold",
		},
		{
			what: "an alarm tells nobody",
			do: func(c *console) {
				c.alarm("alarms_ecs_cpu", func(a *cloudwatch.PutMetricAlarmInput) { a.ActionsEnabled = aws.Bool(false) })
			},
			at: "aws_cloudwatch_metric_alarm.alarms_ecs_cpu.actions_enabled",
		},
		{
			what: "an alarm is deleted",
			do: func(c *console) {
				call(c, c.cloudwatch.DeleteAlarms, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{*c.name("latency-p95")}})
			},
			at: "aws_cloudwatch_metric_alarm.alarms_latency_p95",
		},
		{
			what: "the topic of the alarms is encrypted with a key of AWS, which lets no alarm in",
			do: func(c *console) {
				call(c, c.sns.SetTopicAttributes, &sns.SetTopicAttributesInput{
					TopicArn: c.of("aws_sns_topic.alarms_topic", "arn"), AttributeName: aws.String("KmsMasterKeyId"), AttributeValue: aws.String("alias/aws/sns"),
				})
			},
			at: "aws_sns_topic.alarms_topic.kms_master_key_id",
		},
		{
			what: "somebody else subscribes to the alarms",
			do: func(c *console) {
				call(c, c.sns.Subscribe, &sns.SubscribeInput{
					TopicArn: c.of("aws_sns_topic.alarms_topic", "arn"), Protocol: aws.String("email"), Endpoint: aws.String("stranger@example.org"),
				})
			},
			says: []string{"stranger@example.org"},
		},
	}
}

// retain has a log group keep what it holds for so many days.
func (c *console) retain(address string, days int32) {
	c.Helper()
	call(c, c.logs.PutRetentionPolicy, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: c.of(address, "name"), RetentionInDays: &days})
}

// cluster modifies the database's cluster.
func (c *console) cluster(in rds.ModifyDBClusterInput) {
	c.Helper()
	in.DBClusterIdentifier, in.ApplyImmediately = c.name("aurora"), aws.Bool(true)
	call(c, c.rds.ModifyDBCluster, &in)
}

// alarm puts an alarm as it is, but for the change.
func (c *console) alarm(id string, change func(*cloudwatch.PutMetricAlarmInput)) {
	c.Helper()
	a := call(c, c.cloudwatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{*c.of("aws_cloudwatch_metric_alarm."+id, "alarm_name")},
	}).MetricAlarms[0]
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName: a.AlarmName, AlarmDescription: a.AlarmDescription, ActionsEnabled: a.ActionsEnabled, OKActions: a.OKActions, AlarmActions: a.AlarmActions,
		MetricName: a.MetricName, Namespace: a.Namespace, Statistic: a.Statistic, Dimensions: a.Dimensions, Period: a.Period, Metrics: a.Metrics,
		EvaluationPeriods: a.EvaluationPeriods, DatapointsToAlarm: a.DatapointsToAlarm, Threshold: a.Threshold, ComparisonOperator: a.ComparisonOperator,
		TreatMissingData: a.TreatMissingData,
	}
	change(in)
	call(c, c.cloudwatch.PutMetricAlarm, in)
}
