package review

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"flask-api/config"
)

// rule knows the attributes that its patterns name, in which `*` is any text: when they
// change so that it holds, that is a risk; any other change of them is known to be none.
type rule struct {
	kinds, paths string
	when         func(from, to any) bool
	level        Level
	// text may name {from}, {to} and {path}.
	text string
	// page says what to do instead.
	page string
}

// The ways in which an attribute becomes worse.
func differs(from, _ any) bool     { return from != nil }
func another(from, to any) bool    { return from != nil && to != nil && from != to }
func added(from, to any) bool      { return from == nil && to != nil }
func anyway(_, _ any) bool         { return true }
func moved(from, to any) bool      { return from != to }
func given(from, to any) bool      { return to != nil && from != to }
func set(_, to any) bool           { return to != nil && to != false && to != "" }
func named(_, to any) bool         { return to != nil && to != "all" }
func unset(from, to any) bool      { return from != nil && to == nil }
func off(from, to any) bool        { return isTrue(from) && !isTrue(to) }
func offOrUnset(from, to any) bool { return off(from, to) || unset(from, to) }
func on(_, to any) bool            { return isTrue(to) }
func lower(from, to any) bool      { return compare(from, to, func(a, b float64) bool { return b < a }) }
func higher(from, to any) bool     { return compare(from, to, func(a, b float64) bool { return b > a }) }
func zero(_, to any) bool          { n, isNumber := numeric(to); return isNumber && n == 0 }

func becomes(values ...string) func(any, any) bool {
	return func(_, to any) bool { return contains(values, fmt.Sprint(to)) }
}

// turns is one that was another before.
func turns(to string) func(any, any) bool {
	return func(from, value any) bool { return from != nil && from != to && value == to }
}

func leaving(value string) func(any, any) bool {
	return func(from, to any) bool { return from == value && to != value }
}

func contains(values []string, value string) bool {
	for _, v := range values {
		if strings.EqualFold(v, value) {
			return true
		}
	}
	return false
}

func isTrue(value any) bool {
	return value == true || value == "true" || value == "enabled" || value == "Enabled"
}

func compare(from, to any, worse func(a, b float64) bool) bool {
	a, isNumber := numeric(from)
	b, isNumberToo := numeric(to)
	return isNumber && isNumberToo && worse(a, b)
}

func numeric(value any) (float64, bool) {
	n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	return n, err == nil
}

// scaled has so many tasks or readers, by the attributes counts.
const (
	scaled = "aws_ecs_service|aws_appautoscaling*"
	counts = "desired_count|max_capacity|min_capacity|*.max_capacity|*.min_capacity"
)

// listening are the listeners and their rules.
const listening = "aws_lb_listener|" + listenerRule

// parameterGroups are those of clusters and instances.
const parameterGroups = "aws_rds_cluster_parameter_group|aws_db_parameter_group"

const (
	runsPlaceholder = "runs the placeholder in place of the API"
	noTaskLeft      = "may have no task left"
	maybeAnother    = "is looked up by its `{path}`, {to}, and may be another one than before"
)

// rules are those of single attributes. What they say of an attribute that becomes worse
// is read after the resource's address.
var rules = []rule{
	// Of any resource.
	{"*", "provisioner*|connection*", anyway, Danger, "runs programs wherever this is applied", ""},
	{"*", "provider", anyway, Danger, "is made by another provider configuration, perhaps in another account or region", ""},
	{"*", "count", zero, Danger, "is destroyed: `count` is 0", ""},
	{"*", "lifecycle.ignore_changes", becomes("all"), Danger, "is looked after no longer: Terraform ignores all its changes", ""},
	{"*", "lifecycle.ignore_changes", named, Caution, "keeps what somebody made of `{to}`: Terraform ignores its changes", ""},
	{"*", "lifecycle.*condition", unset, Caution, "checks one thing less: {from}", ""},
	{"*", "kms_key_id|*kms_key_id|kms_key_arn|kms_master_key_id", another, Caution, "is encrypted with another key: `{to}`, before `{from}`", ""},
	{"*", "shared_accounts", set, Danger, "is shared with {to}", ""},
	{"*", "security_groups|vpc_security_group_ids|*.security_groups|security_group_ids", differs, Caution, "is in other security groups: `{to}`, before `{from}`", ""},

	{"*", "security_groups|vpc_security_group_ids|*.security_groups|security_group_ids", added, Caution, "is in one security group more: `{to}`", ""},

	// What is refused.
	{"aws_rds_cluster", "lifecycle.postcondition*condition", anotherVersion, Impossible, "asks for another major version: plans fail until `make upgrade` has taken the database there", "docs/operations.md#another-major-version"},
	{"aws_rds_cluster", "lifecycle.postcondition*condition", anotherOrigin, Impossible, "asks for other data than the cluster was made of, which is decided once: the plan fails", "docs/operations.md#begin-with-data"},
	{"aws_subnet", "lifecycle.postcondition*condition", another, Impossible, "asks for another range or zone, which a subnet never gets: the plan fails", "docs/operations.md#change-the-zones"},
	{"terraform_data", "input", leaving("customer-managed"), Impossible, "turns the key off, without which nothing of the database, the images and the logs can be read: the plan fails", "docs/operations.md#turn-logs-and-the-key-off"},

	{"aws_lb_target_group", "vpc_id", another, Impossible, "stands in another VPC, `{to}`, before `{from}`: AWS takes no database there, and destroys the rest before it says so", "docs/network.md#from-one-vpc-to-another"},

	// What runs.
	{"aws_ecs_task_definition", "container_definitions[*].privileged", on, Danger, "runs a container with all rights over its host", ""},
	{"aws_ecs_task_definition", "container_definitions[*].user", becomes("root", "0", "0:0", "root:root"), Danger, "runs a container as root", ""},
	{"aws_ecs_task_definition", "container_definitions[*].user", unset, Caution, "runs a container as whoever its image says", ""},
	{"aws_ecs_task_definition", "container_definitions[*].readonlyRootFilesystem", off, Caution, "lets a container write to its root file system", ""},
	{"aws_ecs_task_definition", "container_definitions[*].linuxParameters.capabilities.add*", set, Danger, "gives a container the capability {to}", ""},
	{"aws_ecs_task_definition", "container_definitions[*].linuxParameters.capabilities.drop*", unset, Caution, "leaves a container the capability {from}", ""},
	{"aws_ecs_task_definition", "container_definitions[*].image", foreignImage, Danger, "runs an image from elsewhere: `{to}`", ""},
	{"aws_ecs_task_definition", "container_definitions[*].image", placeholder, Danger, runsPlaceholder + ": every GET is answered with 200, and health checks pass", ""},
	{"aws_ecs_task_definition", "container_definitions[*].command*|container_definitions[*].entryPoint*", set, Caution, "runs another command: {to}", ""},
	{"aws_ecs_task_definition", "container_definitions[*].secrets[*].valueFrom", differs, Caution, "takes a secret from `{to}`, before from `{from}`", ""},
	{"aws_ecs_task_definition", "container_definitions[*].environmentFiles*value", given, Caution, "takes variables from `{to}`, before from `{from}`", ""},
	{"aws_ecs_task_definition", "container_definitions[*].logConfiguration*", unset, Caution, "logs no longer: {from}", ""},
	{"aws_ecs_task_definition", "container_definitions[*].healthCheck*", unset, Caution, "checks the container's health no longer", ""},
	{"aws_ecs_task_definition", "container_definitions[*].essential", off, Caution, "goes on without a container that it needed", ""},
	{"aws_ecs_task_definition", "container_definitions[*].portMappings*", differs, Danger, "listens elsewhere: {to}, before {from}; tasks of before are out of reach until new ones run", "docs/operations.md#another-port"},
	{"aws_ecs_task_definition", "task_role_arn|execution_role_arn", differs, Danger, "acts as `{to}`, before as `{from}`", ""},
	{"aws_ecs_task_definition", "pid_mode|ipc_mode", set, Danger, "shares processes or memory with others", ""},
	{"aws_ecs_task_definition", "network_mode", becomes("host", "bridge"), Danger, "shares its host's network", ""},
	{"aws_ecs_task_definition", "cpu|memory", lower, Caution, "has less of it: {to}, before {from}", ""},
	{"aws_ecs_task_definition", "skip_destroy", off, Caution, "has old revisions deregistered, to which nobody can go back", ""},
	{"aws_lambda_function", "role", differs, Danger, "acts as `{to}`, before as `{from}`", ""},
	{"aws_lambda_function", "source_code_hash|filename|s3_*|image_uri|image_config*|layers*|handler|runtime|code_signing_config_arn", differs, Caution, "runs other code: `{path}` is {to}, before {from}", ""},
	{"aws_lambda_function", "reserved_concurrent_executions", zero, Danger, "cannot be called any more", ""},
	{"aws_lambda_function", "vpc_config*", differs, Caution, "calls AWS in another way: `{path}`", ""},
	{"aws_lambda_function", "timeout", lower, Caution, "has less time: {to} seconds, before {from}", ""},
	{"aws_ecs_service", "enable_execute_command", on, Caution, "lets people open a shell in its tasks", ""},
	{"aws_ecs_service|aws_appautoscaling_target", counts, zero, Danger, noTaskLeft, ""},
	{scaled, counts, lower, Caution, "has fewer: {to}, before {from}", ""},
	{"aws_ecs_service", "deployment_minimum_healthy_percent", lower, Caution, "has fewer tasks while it deploys: {to} percent, before {from}", ""},
	{"aws_ecs_service", "load_balancer*", unset, Danger, "is not registered with the load balancer any more", ""},
	{"aws_ecs_service", "alarms*", offOrUnset, Caution, "rolls back by alarms no longer", ""},
	{"aws_ecs_service", "network_configuration.subnets", unset, Caution, "runs in one subnet less", ""},
	{"aws_ecs_service", "cluster|task_definition", differs, Caution, "runs `{to}`, before `{from}`", ""},
	{"aws_ecs_service", "availability_zone_rebalancing", becomes("DISABLED"), Caution, "may end up in one zone", ""},
	{"aws_ecs_cluster", "configuration*.logging", becomes("NONE"), Caution, "records sessions no longer", ""},
	{"aws_ecs_cluster", "setting[*].value", becomes("disabled"), Caution, "has metrics no longer", ""},

	// What stands in the open.
	{listening, "default_action*.type|action*.type", turns("forward"), Danger, "serves what it redirected before, over plain HTTP if it is the one for HTTP", ""},
	{listening, "default_action*.type|action*.type", becomes("fixed-response"), Danger, "answers in place of the API", ""},
	{listening, "default_action*.host|action*.host", otherHost, Danger, "sends people to {to}", ""},
	{listening, "default_action*redirect*.protocol|action*redirect*.protocol", becomes("HTTP"), Danger, "redirects to plain HTTP", ""},
	{listenerRule, "priority", lower, Caution, "comes before others: its priority is {to}, before {from}", ""},
	{listenerRule, "priority", higher, Caution, "lets others come before it: its priority is {to}, before {from}", ""},
	{listening, "default_action*target_group_arn|action*target_group_arn|certificate_arn|port", differs, Caution, "answers with `{to}`, before with `{from}`", ""},
	{"aws_lb_listener", "ssl_policy", oldTLS, Danger, "takes more than TLS 1.2 and 1.3: `{to}`", ""},
	{"aws_lb", "access_logs*", offOrUnset, Caution, "records requests no longer", ""},
	{"aws_lb", "subnets", unset, Caution, "stands in one subnet less", ""},
	{"aws_lb", "desync_mitigation_mode", becomes("monitor"), Caution, "passes requests on that others may misread", ""},
	{"aws_lb_target_group", "health_check.enabled", off, Danger, "is not checked any more", ""},
	{"aws_wafv2_web_acl", "*action_to_use*", set, Caution, "does something else with what a rule finds: `{path}`", ""},
	{"aws_wafv2_web_acl", "rule[*].action.allow", set, Danger, "lets through what a rule finds, whatever the others say", ""},
	{"aws_wafv2_web_acl", "rule[*]*.limit", higher, Caution, "lets more requests through: {to}, before {from}", ""},
	{"aws_wafv2_web_acl", "rule[*]*scope_down_statement*|rule[*]*.excluded_rule*|rule[*]*rule_action_override*", set, Caution, "looks at fewer requests: `{path}`", ""},
	{"aws_wafv2_web_acl", "default_action*", differs, Danger, "filters in another way: `{path}`", ""},
	{"aws_wafv2_web_acl_logging_configuration", "redacted_fields*", unset, Caution, "records what it kept secret: {from}", ""},
	{"aws_wafv2_web_acl_logging_configuration", "log_destination_configs", differs, Caution, "records to `{to}`, before to `{from}`", ""},
	{"aws_route53_record", "alias*|records", differs, Danger, "leads to {to}, before to {from}", ""},
	{"aws_route53_record", "alias*name|records", elsewhere, Danger, "leads to {to}, which is not the load balancer", ""},
	{"data.aws_route53_zone", "name|zone_id", another, Danger, "is another zone, {to}, before {from}: all records leave that one, and are made in this one", ""},
	{"data.aws_route53_zone", "name|zone_id", added, Caution, maybeAnother, ""},
	{"data.aws_route53_zone", "private_zone", on, Danger, "is the private zone of the name: all records leave the public one", ""},
	{"aws_route53_record", "allow_overwrite", on, Caution, "overwrites a record that somebody else made", ""},

	// The network.
	{"aws_route", "egress_only_gateway_id|vpc_peering_connection_id|transit_gateway_id|network_interface_id|local_gateway_id|carrier_gateway_id|core_network_arn|vpc_endpoint_id", set, Danger, "leads to `{to}`", ""},
	{"aws_route", "nat_gateway_id", unset, Caution, "has no NAT gateway any more", ""},
	{"aws_route_table", "route*", set, Danger, "has routes of its own, which its subnets' routes are not compared with: {to}", ""},
	{"aws_default_security_group|aws_security_group", "ingress*|egress*", set, Danger, "has rules of its own, which the other rules are not compared with: {to}", ""},
	{"aws_vpc", "enable_dns_*", off, Danger, "resolves no names any more", ""},
	{"aws_vpc_endpoint", "private_dns_enabled", off, Caution, "is found by its own name only", ""},
	{"aws_flow_log", "traffic_type", leaving("ALL"), Caution, "records less: {to}", ""},
	{"aws_flow_log", "log_destination*|iam_role_arn", differs, Caution, "records elsewhere: `{to}`", ""},
	{"aws_vpc_security_group_egress_rule", "*", differs, Caution, "lets other connections out: `{path}` is {to}, before {from}", ""},

	// What holds data, and its keys.
	{"aws_rds_cluster", "replication_source_identifier|s3_import*", set, Danger, "is made of something else: `{path}`", ""},
	{"aws_rds_cluster", "snapshot_identifier|restore_to_point_in_time*", set, Caution, "is made of something else: `{path}`", ""},
	{"aws_rds_cluster", "master_password", set, Danger, "has its password in the plan and the state", ""},
	{"aws_rds_cluster", "iam_database_authentication_enabled", off, Caution, "takes passwords only", ""},
	{"aws_rds_cluster", "enable_http_endpoint", on, Caution, "takes queries over HTTP", ""},
	{"aws_rds_cluster", "enabled_cloudwatch_logs_exports", unset, Caution, "sends its log nowhere", ""},
	{"aws_rds_cluster*", "performance_insights_enabled|auto_minor_version_upgrade|copy_tags_to_snapshot", off, Caution, "has `{path}` no longer", ""},
	{"aws_rds_cluster*", "monitoring_interval", zero, Caution, "is watched by Enhanced Monitoring no longer", ""},
	{"aws_rds_cluster", "port|db_cluster_parameter_group_name", differs, Caution, "restarts with `{path}` {to}, before {from}", ""},
	{"aws_rds_cluster", "serverlessv2_scaling_configuration*.max_capacity", lower, Caution, "has less capacity: {to}, before {from}", ""},
	{"aws_rds_cluster", "serverlessv2_scaling_configuration*.seconds_until_auto_pause", added, Caution, "pauses when nobody has been connected for {to} seconds, and keeps the next connection waiting", ""},
	{"aws_rds_cluster_instance", "instance_class|ca_cert_identifier", differs, Caution, "restarts, and connections to it are lost: {to}, before {from}", ""},
	{"aws_elasticache_replication_group", "snapshot_name|snapshot_arns|global_replication_group_id", set, Danger, "is made of something else: `{path}`", ""},
	{"aws_elasticache_replication_group", "auth_token", set, Danger, "has its token in the plan and the state", ""},
	{"aws_elasticache_user", "passwords|authentication_mode.passwords", set, Danger, "has its password in the plan and the state", ""},
	{"aws_elasticache_user", "no_password_required", on, Danger, "lets everybody in who reaches the cache", ""},
	{"aws_elasticache_user", "authentication_mode.type", leaving("iam"), Danger, "is let in without a role: by {to}", ""},
	{"aws_elasticache_user", "access_string", differs, Caution, "may do something else in the cache: `{to}`, before `{from}`", ""},
	{"aws_elasticache_user_group", "user_ids", added, Caution, "lets one user more in: `{to}`", ""},
	{"aws_elasticache_replication_group", "user_group_ids", differs, Danger, "lets others in: `{to}`, before `{from}`", ""},
	{"aws_elasticache_replication_group", "num_cache_clusters", lower, Caution, "has fewer nodes: {to}, before {from}", ""},
	{"aws_elasticache_replication_group", "automatic_failover_enabled|multi_az_enabled", off, Caution, "is away when its primary node or that one's zone is", ""},
	{"aws_elasticache_replication_group", "node_type", differs, Caution, "moves to other nodes, and connections are lost: {to}, before {from}", ""},
	{"aws_elasticache_replication_group", "engine_version", differs, Caution, "runs another version, and connections are lost: {to}, before {from}; an older one replaces it", ""},
	{"aws_elasticache_replication_group", "snapshot_retention_limit", lower, Caution, "keeps snapshots for {to} days, before {from}", ""},
	{"aws_elasticache_replication_group", "data_tiering_enabled", on, Caution, "keeps a part of its data on disks", ""},
	{"aws_elasticache_parameter_group", "parameter[*].value", differs, Caution, "has the cache work in another way: `{path}` is {to}, before {from}", ""},
	{"aws_rds_cluster_instance", "db_parameter_group_name", differs, Caution, "has other parameters, `{to}`, before `{from}`, when it is rebooted. See `docs/operations.md#change-a-parameter-of-the-database`", ""},
	{parameterGroups, "parameter[*].value", unset, Caution, "leaves `{path}` to AWS's default", ""},
	{parameterGroups, "parameter[*].value", given, Caution, "gives `{path}` the value {to}, before {from}", ""},
	{"aws_kms_key", "is_enabled", explicitlyOff, Danger, "is disabled: nothing that it encrypted can be read", ""},
	{"aws_kms_key", "bypass_policy_lockout_safety_check", on, Caution, "takes a policy that locks everyone out", ""},
	{"aws_kms_alias", "target_key_id", differs, Danger, "means another key: `{to}`, before `{from}`", ""},
	{"aws_secretsmanager_secret_version", "secret_string|secret_binary", set, Danger, "has its value in the plan and the state", ""},
	{"aws_secretsmanager_secret", "replica*", set, Caution, "is copied to another region", ""},
	{"aws_s3_bucket", "acl|grant*|website*|policy", set, Danger, "is opened by `{path}`", ""},
	{"aws_s3_bucket_ownership_controls", "rule*.object_ownership", leaving("BucketOwnerEnforced"), Danger, "can be opened by ACLs", ""},
	{"aws_s3_bucket_versioning", "versioning_configuration*.status", leaving("Enabled"), Caution, "keeps no former versions: what is overwritten or deleted is lost", ""},
	{"aws_s3_bucket_server_side_encryption_configuration", "rule*.sse_algorithm", leaving("aws:kms"), Caution, "is encrypted with AWS's key instead of your own", ""},
	{"aws_s3_bucket_cors_configuration", "cors_rule*.allowed_origins", everyOrigin, Danger, "may be used by the pages of any site", ""},
	{"aws_s3_bucket_cors_configuration", "cors_rule*.allowed_origins|cors_rule*.allowed_methods|cors_rule*.allowed_headers", set, Caution, "may be used in a browser: {to}", ""},
	{"aws_sqs_queue", "redrive_policy*", unset, Caution, "keeps what nothing can be done with until it expires", ""},
	{"aws_sqs_queue", "redrive_policy*|message_retention_seconds", lower, Caution, "gives messages up sooner: `{path}` is {to}, before {from}", ""},
	{"aws_sqs_queue", "visibility_timeout_seconds", lower, Caution, "gives messages to others after {to} seconds, before {from}: what takes longer is done twice", ""},
	{"aws_sqs_queue", "sqs_managed_sse_enabled", explicitlyOff, Danger, "is not encrypted", ""},
	{"aws_sqs_queue", "kms_master_key_id", unset, Caution, "is encrypted with AWS's key instead of your own", ""},
	{"aws_sqs_queue_redrive_allow_policy", "redrive_allow_policy*", differs, Caution, "takes dead letters of others: {to}, before {from}", ""},
	{"aws_scheduler_schedule", "state", becomes("DISABLED"), Caution, "starts its job no longer", ""},
	{"aws_scheduler_schedule", "schedule_expression|schedule_expression_timezone", another, Caution, "starts its job at other times: {to}, before {from}", ""},
	{"aws_scheduler_schedule", "target*arn|target*role_arn", another, Danger, "starts something else: `{path}` is `{to}`, before `{from}`", ""},
	{"aws_scheduler_schedule", "target.dead_letter_config*", unset, Caution, "tells nobody of a job that was not started", ""},
	{"aws_sfn_state_machine", "role_arn", differs, Danger, "acts as `{to}`, before as `{from}`", ""},
	{"aws_sfn_state_machine", "definition.States.*.Resource", another, Danger, "calls something else: `{to}`, before `{from}`", ""},
	{"aws_sfn_state_machine", "definition.States.*.Command", another, Caution, "runs another command: {to}, before {from}", ""},
	{"aws_ecr_lifecycle_policy", "policy.rules*tagStatus", differs, Danger, "expires images that have a tag", ""},
	{"aws_ecr_lifecycle_policy", "policy.rules*countNumber", lower, Caution, "expires images sooner: {to}, before {from}", ""},
	{"aws_sns_topic", "kms_master_key_id", unset, Caution, "is not encrypted with your key any more", ""},

	// Who watches.
	{"aws_cloudwatch_metric_alarm", "alarm_actions", added, Caution, "tells somebody else, too: `{to}`", ""},
	{"aws_sns_topic_subscription", "protocol", noMail, Danger, "sends alarms by {to}, to whoever answers there", ""},
	{"aws_cloudwatch_metric_alarm", "alarm_actions", unset, Caution, "tells nobody any more, or one less", ""},
	{"aws_cloudwatch_metric_alarm", "actions_enabled", explicitlyOff, Caution, "tells nobody any more", ""},
	{"aws_cloudwatch_metric_alarm", "threshold|evaluation_periods|datapoints_to_alarm|period|comparison_operator|statistic|extended_statistic|treat_missing_data|metric_name|namespace|metric_query*", differs, Caution, "alarms at another point: `{path}` is {to}, before {from}", ""},

	// What is looked up, by which others are known that the change does not show.
	{"data.aws_ec2_managed_prefix_list", "name|id", added, Caution, maybeAnother, ""},
	{"data.aws_ec2_managed_prefix_list", "name|id", another, Danger, "is another list, `{to}`, before `{from}`: who is in this one may connect, and who is in that one may not", ""},
	{"data.aws_iam_openid_connect_provider", "url|arn", added, Caution, maybeAnother, ""},
	{"data.aws_iam_openid_connect_provider", "url|arn", another, Danger, "is another provider, `{to}`, before `{from}`: whom it vouches for gets the role", ""},
	{"data.aws_ssm_parameters_by_path", "with_decryption", on, Danger, "has the values of secrets in the state", ""},
	{"data.aws_ssm_parameters_by_path", "path", another, Caution, "reads other parameters: `{to}`, before `{from}`", ""},
	{"ephemeral.aws_secretsmanager_secret_version", "secret_id|version_id|version_stage", moved, Caution, "takes a secret from `{to}`, before from `{from}`", ""},
	{"ephemeral.aws_secretsmanager_random_password", "exclude_punctuation", offOrUnset, Caution, "makes passwords with characters that a connection URL has to escape", ""},
	{"ephemeral.aws_secretsmanager_random_password", "password_length", lower, Caution, "makes shorter passwords: {to}, before {from}", ""},

	// Who may.
	{"aws_iam_role", "managed_policy_arns|inline_policy*", set, Danger, "gets permissions in a way that takes all others away: {to}", ""},
	{"aws_iam_role", "permissions_boundary", unset, Danger, "has no boundary any more", ""},
	{"aws_iam_role", "permissions_boundary", differs, Danger, "has another boundary: `{to}`, before `{from}`", ""},
	{"aws_iam_role", "max_session_duration", higher, Caution, "lends itself for longer: {to} seconds, before {from}", ""},

	// Where all of it is.
	{"provider.aws", "allowed_account_ids", another, Danger, "works in account {to}, before in {from}: everything is made anew there, and what there is now is forgotten", ""},
	{"provider.aws", "allowed_account_ids", added, Caution, "works in account {to} only", ""},
	{"provider.aws", "allowed_account_ids", unset, Caution, "works in whatever account it is given, and not in {from} alone", ""},
	{"provider.aws", "region|forbidden_account_ids|assume_role*|profile|endpoints*|access_key|secret_key|token|shared_*|alias|skip_*", moved, Danger, "looks in another region or account (`{path}` is {to}, before {from}): everything is made anew there, and what there is now is forgotten. Make a new environment instead", ""},
	{"terraform", "required_providers.*source", foreignProvider, Danger, "takes another provider than AWS's: {to}", ""},
	{"terraform", "required_providers.*version", differs, Caution, "takes another release of the provider: {to}, before {from}", ""},
	{"locals.*registry_image|locals.*registry_command|locals.service_command|locals.service_entry_point", "*", moved, Caution, "decides what runs: {to}", ""},
	{"output.*", "sensitive", off, Danger, "shows what was kept secret", ""},
}

// known are the attributes of a type whose every change is harmless, or is judged by a
// rule that looks at the whole resource.
var known = map[string]string{
	"*":            "depends_on tags* tags_all* description lifecycle.create_before_destroy lifecycle.replace_triggered_by lifecycle.prevent_destroy lifecycle.*condition* timeouts*",
	"output.*":     "*",
	"terraform":    "required_version backend* cloud*",
	"provider.aws": "default_tags*",

	// Of what is looked up: what no resource hangs on that would not change, too. Statements
	// are judged, and a version and a zone stay what they are.
	"data.aws_availability_zones":        "state filter*",
	"data.aws_iam_policy_document":       "statement*",
	"data.aws_rds_engine_version":        "engine version latest preferred_versions",
	"data.aws_rds_orderable_db_instance": "engine engine_version preferred_instance_classes",
	"data.aws_route_table":               "route_table_id",
	"data.aws_route_tables":              "vpc_id filter*",
	"data.aws_subnet":                    "id",
	"data.aws_vpc":                       "id",
	"data.aws_vpc_endpoint":              "vpc_id service_name state filter*",

	"aws_acm_certificate":                     "validation_option*",
	"aws_appautoscaling_policy":               "target_tracking_scaling_policy_configuration.*cooldown target_tracking_scaling_policy_configuration.target_value target_tracking_scaling_policy_configuration*customized_metric_specification* step_scaling_policy_configuration*",
	"aws_appautoscaling_scheduled_action":     "schedule timezone start_time end_time",
	"aws_cloudwatch_dashboard":                "dashboard_body*",
	"aws_cloudwatch_log_group":                "retention_in_days kms_key_id skip_destroy",
	"aws_cloudwatch_metric_alarm":             "alarm_description ok_actions dimensions*",
	"aws_db_parameter_group":                  "parameter*.name parameter*.apply_method",
	"aws_db_subnet_group":                     "subnet_ids",
	"aws_ecr_lifecycle_policy":                "policy.rules*description policy.rules*rulePriority",
	"aws_ecr_repository":                      "image_tag_mutability force_delete image_scanning_configuration*",
	"aws_ecs_cluster":                         "configuration*.log_configuration* configuration*.kms_key_id",
	"aws_ecs_cluster_capacity_providers":      "capacity_providers default_capacity_provider_strategy*",
	"aws_ecs_service":                         "deployment_circuit_breaker* deployment_maximum_percent network_configuration.assign_public_ip health_check_grace_period_seconds force_new_deployment triggers* wait_for_steady_state capacity_provider_strategy* enable_ecs_managed_tags propagate_tags platform_version",
	"aws_ecs_task_definition":                 "container_definitions[*].name container_definitions[*].environment* container_definitions[*].ulimits* container_definitions[*].secrets* container_definitions[*].dependsOn* container_definitions[*].mountPoints* container_definitions[*].stopTimeout container_definitions[*].memory container_definitions[*].cpu container_definitions[*].restartPolicy* container_definitions[*].versionConsistency container_definitions[*].linuxParameters.initProcessEnabled volume*.name volume.configure_at_launch volume[*]*name ephemeral_storage* runtime_platform*",
	"aws_elasticache_parameter_group":         "parameter*.name family name",
	"aws_elasticache_replication_group":       "apply_immediately at_rest_encryption_enabled auto_minor_version_upgrade final_snapshot_identifier kms_key_id maintenance_window parameter_group_name snapshot_window transit_encryption_enabled transit_encryption_mode",
	"aws_elasticache_subnet_group":            "subnet_ids",
	"aws_iam_role":                            "assume_role_policy*",
	"aws_iam_role_policy":                     "policy*",
	"aws_iam_role_policy_attachment":          "role policy_arn",
	"aws_kms_key":                             "policy* enable_key_rotation deletion_window_in_days rotation_period_in_days",
	"aws_lambda_function":                     "function_name environment* timeout memory_size architectures",
	"aws_lambda_invocation":                   "function_name input* result* triggers*",
	"aws_lb":                                  "drop_invalid_header_fields enable_deletion_protection idle_timeout internal client_keep_alive",
	"aws_lb_listener":                         "protocol ssl_policy default_action*redirect*",
	"aws_lb_listener_rule":                    "condition* action*redirect*",
	"aws_lb_target_group":                     "deregistration_delay health_check* slow_start",
	"aws_rds_cluster":                         "apply_immediately backup_retention_period deletion_protection final_snapshot_identifier skip_final_snapshot engine_version engine_lifecycle_support master_password_wo master_password_wo_version preferred_backup_window preferred_maintenance_window performance_insights_retention_period performance_insights_kms_key_id monitoring_role_arn serverlessv2_scaling_configuration*.min_capacity kms_key_id storage_encrypted availability_zones",
	"aws_rds_cluster_instance":                "apply_immediately preferred_maintenance_window performance_insights_retention_period performance_insights_kms_key_id monitoring_role_arn promotion_tier publicly_accessible engine_version",
	"aws_rds_cluster_parameter_group":         "parameter*.name parameter*.apply_method",
	"aws_route":                               "nat_gateway_id gateway_id",
	"aws_route53_record":                      "ttl evaluate_target_health",
	"aws_s3_bucket":                           "force_destroy",
	"aws_s3_bucket_cors_configuration":        "cors_rule*",
	"aws_s3_bucket_lifecycle_configuration":   "rule*",
	"aws_s3_bucket_policy":                    "policy*",
	"aws_s3_bucket_public_access_block":       "block_public_acls block_public_policy ignore_public_acls restrict_public_buckets",
	"aws_scheduler_schedule":                  "name state schedule_expression* flexible_time_window* target*",
	"aws_secretsmanager_secret":               "recovery_window_in_days kms_key_id",
	"aws_secretsmanager_secret_version":       "secret_string_wo secret_string_wo_version version_stages*",
	"aws_sfn_state_machine":                   "name definition*",
	"aws_sns_topic_policy":                    "policy*",
	"aws_sqs_queue":                           "name policy* message_retention_seconds receive_wait_time_seconds redrive_policy* visibility_timeout_seconds sqs_managed_sse_enabled",
	"aws_ssm_parameter":                       "value*",
	"aws_subnet":                              "map_public_ip_on_launch",
	"aws_vpc_endpoint":                        "policy* route_table_ids subnet_ids",
	"aws_vpc_security_group_ingress_rule":     "*",
	"aws_wafv2_web_acl":                       "rule[*].name rule[*].priority rule[*].action* rule[*].override_action* rule[*]*visibility_config* rule[*].statement*",
	"aws_wafv2_web_acl_logging_configuration": "logging_filter*",
	"terraform_data":                          "input* triggers_replace*",
}

// A cluster looks at its version, and at what it was made of.
func anotherVersion(from, to any) bool {
	return another(from, to) && strings.Contains(fmt.Sprint(to), "engine_version")
}
func anotherOrigin(from, to any) bool { return another(from, to) && !anotherVersion(from, to) }

func explicitlyOff(_, to any) bool { return to == false }

func foreignProvider(_, to any) bool { return to != nil && to != "hashicorp/aws" }

func placeholder(from, to any) bool { return to == config.PlaceholderImage && from != nil }

// ownImages are where the images of this program come from: the registry that the stack
// has, or one of the account, and the collector of traces.
var ownImages = regexp.MustCompile(`^(\$\{(aws_ecr_repository\.|local\.(service_\w+_)?registry_image\})|\d{12}\.dkr\.ecr\.|public\.ecr\.aws/aws-observability/aws-otel-collector:|public\.ecr\.aws/docker/library/postgres:|` + regexp.QuoteMeta(config.PlaceholderImage) + `$)`)

func foreignImage(_, to any) bool {
	image, isText := to.(string)
	return isText && image != unknown && !ownImages.MatchString(image)
}

// oldTLS are policies that let older versions in than those of
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
// that are for 1.2 and 1.3 alone.
func oldTLS(_, to any) bool {
	return to != nil && !strings.HasPrefix(fmt.Sprint(to), "ELBSecurityPolicy-TLS13-1-2-") && !strings.HasPrefix(fmt.Sprint(to), "ELBSecurityPolicy-TLS13-1-3-")
}

// otherHost is not the one that was asked for, which the provider writes so.
func otherHost(_, to any) bool { return set(nil, to) && to != "#{host}" }

func everyOrigin(_, to any) bool { return strings.Contains(fmt.Sprint(to), "*") }

func noMail(_, to any) bool { return to != nil && to != "email" }

// ownTargets are what a name may lead to: the load balancer, or what shows AWS that the
// name is one's own.
var ownTargets = regexp.MustCompile(`^\$\{(tolist\(|\[for option in )?aws_(lb|acm_certificate)\.|\.elb\.amazonaws\.(com|com\.cn|eu)\.?$|\.acm-validations\.aws\.?$`)

func elsewhere(from, to any) bool {
	return from == nil && to != nil && !ownTargets.MatchString(fmt.Sprint(to))
}

// matches says whether the text is that of a pattern, one of several between bars or
// spaces. What a pattern names, it names with all that is in it.
func matches(patterns, text string) bool {
	compiled, cached := patternCache.Load(patterns)
	if !cached {
		quoted := regexp.QuoteMeta(strings.Join(strings.Fields(strings.ReplaceAll(patterns, "|", " ")), "|"))
		quoted = strings.NewReplacer(`\|`, "|", `\*`, ".*").Replace(quoted)
		compiled = regexp.MustCompile(`^(` + quoted + `)([.\[].*)?$`)
		patternCache.Store(patterns, compiled)
	}
	return compiled.(*regexp.Regexp).MatchString(text)
}

var patternCache, tableCache sync.Map

// table is what the rules say of one type, or of another block.
type table struct {
	rules []rule
	known []string
}

func tableOf(subject string) table {
	if cached, isCached := tableCache.Load(subject); isCached {
		return cached.(table)
	}
	var out table
	for _, r := range rules {
		if matches(r.kinds, subject) {
			out.rules = append(out.rules, r)
		}
	}
	for kinds, paths := range known {
		if matches(kinds, subject) {
			out.known = append(out.known, paths)
		}
	}
	tableCache.Store(subject, out)
	return out
}

// credentials are secrets, wherever they stand.
var credentials = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(gh[pousr]_|xox[abprs]-)[A-Za-z0-9-]{20,}`)

// addresses with a password, unless Terraform puts it there.
var connection = regexp.MustCompile(`\b[a-z][a-z0-9+]*://[^\s"/:@]+:[^\s"/@$]+@`)

func credential(value any) bool {
	text, isText := value.(string)
	if !isText {
		return false
	}
	if found := connection.FindString(text); found != "" {
		_, err := url.Parse(found)
		return err == nil
	}
	return credentials.MatchString(text)
}
