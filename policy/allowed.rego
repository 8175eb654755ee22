# What this program makes, reads and allows: derived from what it synthesises, for all
# environments and options that the repository holds. `make golden` writes what stands
# between the comments.
package flask_api

import rego.v1

# begin allowed

types := {
	"aws_acm_certificate",
	"aws_acm_certificate_validation",
	"aws_appautoscaling_policy",
	"aws_appautoscaling_scheduled_action",
	"aws_appautoscaling_target",
	"aws_cloudwatch_dashboard",
	"aws_cloudwatch_log_group",
	"aws_cloudwatch_metric_alarm",
	"aws_db_subnet_group",
	"aws_default_security_group",
	"aws_ecr_lifecycle_policy",
	"aws_ecr_repository",
	"aws_ecs_cluster",
	"aws_ecs_cluster_capacity_providers",
	"aws_ecs_service",
	"aws_ecs_task_definition",
	"aws_eip",
	"aws_flow_log",
	"aws_iam_role",
	"aws_iam_role_policy",
	"aws_iam_role_policy_attachment",
	"aws_internet_gateway",
	"aws_kms_alias",
	"aws_kms_key",
	"aws_lambda_function",
	"aws_lambda_invocation",
	"aws_lb",
	"aws_lb_listener",
	"aws_lb_target_group",
	"aws_nat_gateway",
	"aws_rds_cluster",
	"aws_rds_cluster_instance",
	"aws_rds_cluster_parameter_group",
	"aws_route",
	"aws_route53_record",
	"aws_route_table",
	"aws_route_table_association",
	"aws_s3_bucket",
	"aws_s3_bucket_lifecycle_configuration",
	"aws_s3_bucket_ownership_controls",
	"aws_s3_bucket_policy",
	"aws_s3_bucket_public_access_block",
	"aws_s3_bucket_server_side_encryption_configuration",
	"aws_s3_bucket_versioning",
	"aws_secretsmanager_secret",
	"aws_secretsmanager_secret_version",
	"aws_security_group",
	"aws_sns_topic",
	"aws_sns_topic_policy",
	"aws_sns_topic_subscription",
	"aws_ssm_parameter",
	"aws_subnet",
	"aws_vpc",
	"aws_vpc_endpoint",
	"aws_vpc_security_group_egress_rule",
	"aws_vpc_security_group_ingress_rule",
	"aws_wafv2_web_acl",
	"aws_wafv2_web_acl_association",
	"aws_wafv2_web_acl_logging_configuration",
	"terraform_data",
}

data_types := {
	"aws_availability_zones",
	"aws_caller_identity",
	"aws_ecr_repositories",
	"aws_iam_openid_connect_provider",
	"aws_iam_policy_document",
	"aws_partition",
	"aws_rds_engine_version",
	"aws_rds_orderable_db_instance",
	"aws_route53_zone",
	"aws_secretsmanager_random_password",
	"aws_secretsmanager_secret_version",
	"aws_ssm_parameters_by_path",
}

provider_arguments := {
	"allowed_account_ids",
	"default_tags",
	"region",
}

services := {
	"cloudwatch.amazonaws.com",
	"ecs-tasks.amazonaws.com",
	"lambda.amazonaws.com",
	"logdelivery.elasticloadbalancing.amazonaws.com",
	"logs.amazonaws.com",
	"monitoring.rds.amazonaws.com",
	"vpc-flow-logs.amazonaws.com",
}

attachments := {
	"service-role/AmazonRDSEnhancedMonitoringRole",
}

images := {
	"public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0",
	"public.ecr.aws/docker/library/postgres:17.11-bookworm",
	"public.ecr.aws/docker/library/python:3.12-slim",
}

log_delivery_accounts := {
	"009996457667",
	"027434742980",
	"033677994240",
	"037604701340",
	"048591011584",
	"054676820928",
	"076674570225",
	"098369216593",
	"114774131450",
	"127311923021",
	"156460612806",
	"190560391635",
	"383597477331",
	"507241528517",
	"582318560864",
	"589379963580",
	"600734575887",
	"635631232127",
	"638102146993",
	"652711504416",
	"718504428378",
	"754344448648",
	"783225319266",
	"797873946194",
	"897822967062",
	"985666609251",
}

# granted are the actions that the policies of each type allow.
granted := {
	"aws_iam_role": {
		"sts:AssumeRole",
		"sts:AssumeRoleWithWebIdentity",
	},
	"aws_iam_role_policy": {
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:CompleteLayerUpload",
		"ecr:DescribeImages",
		"ecr:DescribeRepositories",
		"ecr:GetAuthorizationToken",
		"ecr:GetDownloadUrlForLayer",
		"ecr:InitiateLayerUpload",
		"ecr:PutImage",
		"ecr:UploadLayerPart",
		"ecs:DescribeServices",
		"ecs:DescribeTaskDefinition",
		"ecs:DescribeTasks",
		"ecs:ListTasks",
		"ecs:RegisterTaskDefinition",
		"ecs:RunTask",
		"ecs:StopTask",
		"ecs:TagResource",
		"ecs:UpdateService",
		"iam:PassRole",
		"kms:Decrypt",
		"lambda:InvokeFunction",
		"logs:CreateLogStream",
		"logs:DescribeLogGroups",
		"logs:DescribeLogStreams",
		"logs:GetLogEvents",
		"logs:PutLogEvents",
		"rds-db:connect",
		"secretsmanager:GetSecretValue",
		"ssmmessages:CreateControlChannel",
		"ssmmessages:CreateDataChannel",
		"ssmmessages:OpenControlChannel",
		"ssmmessages:OpenDataChannel",
		"xray:PutTraceSegments",
	},
	"aws_kms_key": {
		"kms:*",
		"kms:Decrypt",
		"kms:Decrypt*",
		"kms:Describe*",
		"kms:Encrypt*",
		"kms:GenerateDataKey*",
		"kms:ReEncrypt*",
	},
	"aws_s3_bucket_policy": {
		"s3:PutObject",
	},
	"aws_sns_topic_policy": {
		"sns:Publish",
	},
}

# end allowed
