# What may not be in a plan, whoever wrote the configuration. Each rule says which
# resource it is about, what is wrong, and what to do.
#
# A value that is not known before the apply is not checked; the next plan knows it.
package flask_api

import rego.v1

# Terraform Cloud puts the plan below `plan`; `terraform show -json` is the plan.
plan := object.get(input, "plan", input)

# planned are the attributes of each resource as they will be, by type and address.
planned[kind][address] := after if {
	some change in plan.resource_changes
	change.mode == "managed"
	kind := change.type
	address := change.address
	after := change.change.after
	after != null
}

# controls are the attributes that must hold. What stands between the comments is written
# by `make golden`; the table is internal/controls.
#
# begin controls

controls := [
	{"type": "aws_ecr_repository", "block": "image_scanning_configuration", "attribute": "scan_on_push", "wanted": true, "otherwise": "images are not scanned"},
	{"type": "aws_ecs_service", "block": "network_configuration", "attribute": "assign_public_ip", "wanted": false, "otherwise": "gives tasks public addresses"},
	{"type": "aws_ecs_service", "block": "deployment_circuit_breaker", "attribute": "enable", "wanted": true, "otherwise": "does not end a deployment that fails"},
	{"type": "aws_ecs_service", "block": "deployment_circuit_breaker", "attribute": "rollback", "wanted": true, "otherwise": "does not go back from a deployment that fails"},
	{"type": "aws_kms_key", "block": "", "attribute": "enable_key_rotation", "wanted": true, "otherwise": "the key is not rotated"},
	{"type": "aws_lb", "block": "", "attribute": "drop_invalid_header_fields", "wanted": true, "otherwise": "passes invalid headers on"},
	{"type": "aws_rds_cluster", "block": "", "attribute": "storage_encrypted", "wanted": true, "otherwise": "storage is not encrypted"},
	{"type": "aws_rds_cluster_instance", "block": "", "attribute": "publicly_accessible", "wanted": false, "otherwise": "is reachable from the internet"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "block_public_acls", "wanted": true, "otherwise": "ACLs can open the bucket"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "block_public_policy", "wanted": true, "otherwise": "a policy can open the bucket"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "ignore_public_acls", "wanted": true, "otherwise": "public ACLs take effect"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "restrict_public_buckets", "wanted": true, "otherwise": "a public policy takes effect"},
	{"type": "aws_subnet", "block": "", "attribute": "map_public_ip_on_launch", "wanted": false, "otherwise": "gives what is in it public addresses"},
]

# end controls

deny contains sprintf("%s: %s; %s must be %v", [address, control.otherwise, control.attribute, control.wanted]) if {
	some control in controls
	some address, resource in planned[control.type]
	not exempt(control, resource)
	is_on(control, resource) != control.wanted
}

# is_on says whether the attribute is true. Terraform shows a block as a list.
is_on(control, resource) := count([1 |
	some block in blocks(control, resource)
	block[control.attribute]
]) > 0

blocks(control, resource) := [resource] if control.block == ""

blocks(control, resource) := object.get(resource, control.block, []) if control.block != ""

# Only application load balancers read headers.
exempt(control, balancer) if {
	control.attribute == "drop_invalid_header_fields"
	balancer.load_balancer_type != "application"
}

deny contains sprintf("%s: takes connections without TLS; rds.force_ssl must be 1", [address]) if {
	some address, group in planned.aws_rds_cluster_parameter_group
	not forces_tls(group)
}

forces_tls(group) if {
	some parameter in group.parameter
	parameter.name == "rds.force_ssl"
	parameter.value == "1"
}

deny contains sprintf("%s: %s would be in the state; use %s_wo", [address, attribute, attribute]) if {
	some kind, attribute in {"aws_rds_cluster": "master_password", "aws_secretsmanager_secret_version": "secret_string"}
	some address, resource in planned[kind]
	not resource[attribute] in {null, ""}
}

# ingress is what a plan lets in from ranges of addresses, in each of the ways in which
# the provider takes it.
ingress contains {"address": address, "cidr": rule[attribute], "protocol": rule.ip_protocol, "ports": ports(rule)} if {
	some address, rule in planned.aws_vpc_security_group_ingress_rule
	some attribute in ["cidr_ipv4", "cidr_ipv6"]
	not rule[attribute] in {null, ""}
}

ingress contains {"address": address, "cidr": cidr, "protocol": rule.protocol, "ports": ports(rule)} if {
	some address, rule in planned.aws_security_group_rule
	rule.type == "ingress"
	some attribute in ["cidr_blocks", "ipv6_cidr_blocks"]
	some cidr in rule[attribute]
}

# A security group also shows the rules that are resources of their own, or somebody's:
# only those that the plan adds are the group's.
ingress contains {"address": change.address, "cidr": cidr, "protocol": rule.protocol, "ports": ports(rule)} if {
	some change in plan.resource_changes
	change.type == "aws_security_group"
	some rule in change.change.after.ingress
	not rule in object.get(change.change, ["before", "ingress"], [])
	some attribute in ["cidr_blocks", "ipv6_cidr_blocks"]
	some cidr in rule[attribute]
}

ports(rule) := {"from": object.get(rule, "from_port", null), "to": object.get(rule, "to_port", null)}

deny contains sprintf("%s: lets %s connect to %s; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs", [i.address, i.cidr, named(i)]) if {
	some i in ingress
	not is_web(i)
}

is_web(i) if {
	i.protocol == "tcp"
	i.ports.from == i.ports.to
	i.ports.from in {80, 443}
}

named(i) := "all ports" if i.protocol == "-1"

named(i) := sprintf("port %v", [i.ports.from]) if {
	i.protocol != "-1"
	i.ports.from == i.ports.to
}

named(i) := sprintf("ports %v to %v", [i.ports.from, i.ports.to]) if {
	i.protocol != "-1"
	i.ports.from != i.ports.to
}

# statements are those of all policies that are known, with where they are.
statements contains {"address": address, "statement": statement} if {
	some kind in ["aws_iam_role_policy", "aws_iam_policy", "aws_iam_role"]
	some address, resource in planned[kind]
	some attribute in ["policy", "assume_role_policy"]
	some statement in allowing(resource[attribute])
}

allowing(document) := [statement |
	some statement in as_list(json.unmarshal(document).Statement)
	statement.Effect == "Allow"
]

as_list(value) := value if is_array(value)

as_list(value) := [value] if not is_array(value)

deny contains sprintf("%s: allows %s; name the actions", [s.address, action]) if {
	some s in statements
	some action in as_list(s.statement.Action)
	regex.match(`^(\*|[A-Za-z0-9-]+:\*)$`, action)
}

deny contains sprintf("%s: allows all but what its %s names; name what it allows", [s.address, element]) if {
	some s in statements
	some element in ["NotAction", "NotResource"]
	s.statement[element]
}

deny contains sprintf("%s: attaches %s; name the actions in a policy of its own", [address, attachment.policy_arn]) if {
	some address, attachment in planned.aws_iam_role_policy_attachment
	regex.match(`(AdministratorAccess|PowerUserAccess|FullAccess)$`, attachment.policy_arn)
}

# AWS does not let these be narrowed to resources:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
unnarrowable := {
	"ecr:GetAuthorizationToken",
	"ecs:DescribeTaskDefinition",
	"logs:DescribeLogGroups",
	"ssmmessages:CreateControlChannel",
	"ssmmessages:CreateDataChannel",
	"ssmmessages:OpenControlChannel",
	"ssmmessages:OpenDataChannel",
	"xray:PutTraceSegments",
}

deny contains sprintf("%s: allows %s on every resource; name the resources", [s.address, action]) if {
	some s in statements
	"*" in as_list(s.statement.Resource)
	some action in as_list(s.statement.Action)
	not action in unnarrowable
}

deny contains sprintf("%s: may be assumed by anyone; name the principal", [s.address]) if {
	some s in statements
	principals := object.get(s.statement, "Principal", {})
	anyone(principals)
}

deny contains sprintf("%s: is open to anyone; name the principal, or a condition", [address]) if {
	some kind in ["aws_ecr_repository_policy", "aws_kms_key", "aws_s3_bucket_policy", "aws_secretsmanager_secret_policy", "aws_sns_topic_policy"]
	some address, resource in planned[kind]
	some statement in allowing(resource.policy)
	anyone(statement.Principal)
	not statement.Condition
}

anyone(principals) if principals == "*"

anyone(principals) if {
	some kind in object.keys(principals)
	"*" in as_list(principals[kind])
}

deny contains "a bucket has no aws_s3_bucket_public_access_block; add one" if {
	count(object.get(planned, "aws_s3_bucket", {})) > count(object.get(planned, "aws_s3_bucket_public_access_block", {}))
}

deny contains sprintf("%s: keeps events for ever; set retention_in_days", [address]) if {
	some address, group in planned.aws_cloudwatch_log_group
	object.get(group, "retention_in_days", 0) in {0, null}
}

deny contains sprintf("%s: takes TLS before 1.2; ssl_policy must be an ELBSecurityPolicy-TLS13-1-2 or newer", [address]) if {
	some address, listener in planned.aws_lb_listener
	listener.protocol == "HTTPS"
	not regex.match(`^ELBSecurityPolicy-TLS13-1-[23]-`, listener.ssl_policy)
}

deny contains sprintf("%s: serves without TLS although there is an HTTPS listener; it must redirect", [address]) if {
	some other in planned.aws_lb_listener
	other.protocol == "HTTPS"
	some address, listener in planned.aws_lb_listener
	listener.protocol == "HTTP"
	some action in listener.default_action
	action.type != "redirect"
}

deny contains sprintf("%s: lacks the tag %s; it belongs into Tags", [address, tag]) if {
	some resources in planned
	some address, resource in resources
	is_object(resource.tags_all)
	some tag in ["Environment", "ManagedBy", "Project"]
	not tag in object.keys(resource.tags_all)
}

containers contains {"address": address, "container": container} if {
	some address, task in planned.aws_ecs_task_definition
	some container in json.unmarshal(task.container_definitions)
}

deny contains sprintf("%s: the container %s is privileged", [c.address, c.container.name]) if {
	some c in containers
	c.container.privileged
}

deny contains sprintf("%s: everyone who sees the plan reads the variable %s; make it one of Service.Secrets", [c.address, variable.name]) if {
	some c in containers
	some variable in c.container.environment
	regex.match(`(?i)password|secret|token|api_?key|credential|private_key`, variable.name)
}

# An environment is protected if its database is. Its protection may be taken away,
# which the review shows, and then it may be destroyed: in two runs, never in one.
protected if {
	some change in plan.resource_changes
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
}

deny contains sprintf("%s: is destroyed in a protected environment; set Protected to false and apply that first", [change.address]) if {
	protected
	some change in plan.resource_changes
	change.type in holds_data
	"delete" in change.change.actions
}

deny contains sprintf("%s: is protected, and is deleted without a final snapshot or with backups of less than 7 days", [address]) if {
	some address, cluster in planned.aws_rds_cluster
	cluster.deletion_protection
	not keeps_backups(cluster)
}

keeps_backups(cluster) if {
	not cluster.skip_final_snapshot
	cluster.backup_retention_period >= 7
}
