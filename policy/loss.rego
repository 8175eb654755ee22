# What a plan takes away from what exists.
package flask_api

import rego.v1

# An environment is protected if its database is. Its protection may be taken away,
# which is a caution, and then it may be destroyed: in two runs, never in one.
protected if {
	some change in changes
	change.type == "aws_rds_cluster"
	change.change.before.deletion_protection
}

holds_data := {
	"aws_cloudwatch_log_group",
	"aws_ecr_repository",
	"aws_kms_key",
	"aws_rds_cluster",
	"aws_s3_bucket",
	"aws_secretsmanager_secret",
	"aws_sqs_queue",
}

found contains {"rule": "destroyed", "address": change.address, "what": "is destroyed in a protected environment; set Protected to false and apply that first"} if {
	some change in changes
	is_kept(change)
	"delete" in change.change.actions
}

is_kept(change) if {
	protected
	change.type in holds_data
	change.address != "aws_kms_key.alarms_encryption_key" # Nothing that is kept is encrypted with it.
}

found contains {"rule": "deleted", "address": change.address, "what": "is deleted"} if {
	some change in changes
	change.change.actions == ["delete"]
	not is_kept(change)
}

# These are made anew by deployments that change nothing else.
made_anew := {"aws_ecs_task_definition", "aws_secretsmanager_secret_version", "terraform_data"}

found contains {"rule": "replaced", "address": change.address, "what": "is replaced"} if {
	some change in changes
	{"create", "delete"} == {action | some action in change.change.actions}
	not change.type in made_anew
	not is_kept(change)
}

# Terraform does not see them any more, where their region or name was edited.
found contains {"rule": "anew", "address": change.address, "what": "is created in an environment that exists; if there was one, it is left behind"} if {
	some change in changes
	change.type in {"aws_ecr_repository", "aws_rds_cluster", "aws_secretsmanager_secret", "aws_vpc"}
	change.change.actions == ["create"]
	not regex.match(`^aws_ecr_repository\.service_\w+_registry_repository$`, change.address) # That of a service is new with it.
	some other in changes
	other.change.before != null
}

found contains {"rule": "backups", "address": address, "what": "is protected, and is deleted without a final snapshot or with backups of less than 7 days"} if {
	some address, cluster in planned.aws_rds_cluster
	cluster.deletion_protection
	not keeps_backups(cluster)
}

keeps_backups(cluster) if {
	not cluster.skip_final_snapshot
	cluster.backup_retention_period >= 7
}

# weakenings say which way an attribute may not go without a caution.
weakenings := [
	{"type": "aws_appautoscaling_target", "path": ["max_capacity"], "to": "nothing"},
	{"type": "aws_appautoscaling_target", "path": ["min_capacity"], "to": "nothing"},
	{"type": "aws_cloudwatch_log_group", "path": ["retention_in_days"], "to": "less"},
	{"type": "aws_cloudwatch_metric_alarm", "path": ["actions_enabled"], "to": "nothing"},
	{"type": "aws_cloudwatch_metric_alarm", "path": ["alarm_actions"], "to": "nothing"},
	{"type": "aws_cloudwatch_metric_alarm", "path": ["comparison_operator"], "to": "another"},
	{"type": "aws_cloudwatch_metric_alarm", "path": ["datapoints_to_alarm"], "to": "more"},
	{"type": "aws_cloudwatch_metric_alarm", "path": ["evaluation_periods"], "to": "more"},
	{"type": "aws_cloudwatch_metric_alarm", "path": ["threshold"], "to": "another"},
	{"type": "aws_cloudwatch_metric_alarm", "path": ["treat_missing_data"], "to": "another"},
	{"type": "aws_ecs_cluster", "path": ["setting", "value"], "to": "another"},
	{"type": "aws_ecs_service", "path": ["deployment_minimum_healthy_percent"], "to": "less"},
	{"type": "aws_ecs_service", "path": ["enable_execute_command"], "to": "something"},
	{"type": "aws_elasticache_replication_group", "path": ["automatic_failover_enabled"], "to": "nothing"},
	{"type": "aws_elasticache_replication_group", "path": ["snapshot_retention_limit"], "to": "less"},
	{"type": "aws_elasticache_user", "path": ["access_string"], "to": "another"},
	{"type": "aws_flow_log", "path": ["traffic_type"], "to": "another"},
	{"type": "aws_iam_role", "path": ["permissions_boundary"], "to": "nothing"},
	{"type": "aws_kms_key", "path": ["deletion_window_in_days"], "to": "less"},
	{"type": "aws_lb", "path": ["access_logs", "enabled"], "to": "nothing"},
	{"type": "aws_lb_listener_rule", "path": ["condition", "host_header", "values"], "to": "nothing"},
	{"type": "aws_lb_listener_rule", "path": ["condition", "path_pattern", "values"], "to": "nothing"},
	{"type": "aws_lb_listener_rule", "path": ["priority"], "to": "another"},
	{"type": "aws_rds_cluster", "path": ["backup_retention_period"], "to": "less"},
	{"type": "aws_rds_cluster", "path": ["enabled_cloudwatch_logs_exports"], "to": "nothing"},
	{"type": "aws_sqs_queue", "path": ["message_retention_seconds"], "to": "less"},
	{"type": "aws_secretsmanager_secret", "path": ["recovery_window_in_days"], "to": "less"},
]

found contains {"rule": "weakened", "address": u.address, "what": sprintf("%s goes from %v to %v", [concat(".", row.path), b, a])} if {
	some row in weakenings
	some u in updated
	u.type == row.type
	b := value_at(u.before, row.path)
	a := value_at(u.after, row.path)
	goes(row.to, b, a)
}

# value_at is the value, or how many there are if there is not one.
value_at(resource, path) := value if {
	values := at(resource, path)
	count(values) == 1
	some value in values
} else := count(at(resource, path))

goes("nothing", before, after) if {
	filled(before)
	not filled(after)
}

goes("something", before, after) if {
	not filled(before)
	filled(after)
}

goes("another", before, after) if {
	filled(before)
	before != after
}

goes("less", before, after) if to_number(before) > to_number(after)

goes("more", before, after) if to_number(before) < to_number(after)

found contains {"rule": "weakened", "address": u.address, "what": sprintf("%s; %s was %v", [control.otherwise, control.attribute, control.wanted])} if {
	some control in controls
	control.protected
	some u in updated
	u.type == control.type
	some before in blocks(control, u.before)
	before[control.attribute] == control.wanted
	some after in blocks(control, u.after)
	after[control.attribute] != control.wanted
	not is_refused(control, u.after)
}

# The rule of backups says so already.
is_refused(control, cluster) if {
	control.attribute == "skip_final_snapshot"
	cluster.deletion_protection
}

found contains {"rule": "unencrypted", "address": u.address, "what": sprintf("%s was %s, and is no more", [attribute, before])} if {
	some u in updated
	some attribute, before in u.before
	regex.match(`^(\w+_)?kms(_master)?_key(_id|_arn)?$`, attribute)
	filled(before)
	not filled(object.get(u.after, attribute, null))
}

# What a web ACL does about requests, counted by action.
acts(acl, path) := count([1 |
	walk(acl.rule, [full, value])
	is_object(value)
	[name | some name in full; is_string(name)] == path
])

lenient := [
	["action", "allow"], ["action", "count"], ["override_action", "count"],
	["statement", "managed_rule_group_statement", "rule_action_override", "action_to_use", "allow"],
	["statement", "managed_rule_group_statement", "rule_action_override", "action_to_use", "count"],
]

found contains {"rule": "web-acl", "address": u.address, "what": sprintf("has more rules with %s than before", [concat(".", path)])} if {
	some u in updated
	u.type == "aws_wafv2_web_acl"
	some path in lenient
	acts(u.before, path) < acts(u.after, path)
}

limit := ["statement", "rate_based_statement", "limit"]

found contains {"rule": "web-acl", "address": u.address, "what": sprintf("the limit of %s is raised", [after.name])} if {
	some u in updated
	u.type == "aws_wafv2_web_acl"
	some before in u.before.rule
	some after in u.after.rule
	before.name == after.name
	value_at(before, limit) < value_at(after, limit)
}

found contains {"rule": "web-acl", "address": u.address, "what": sprintf("no longer has the rule %s", [name])} if {
	some u in updated
	u.type == "aws_wafv2_web_acl"
	some name in {rule.name | some rule in u.before.rule} - {rule.name | some rule in u.after.rule}
}
