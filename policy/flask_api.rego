# What may not be in a plan, whoever wrote the configuration. Each rule says which
# resource it is about, what is wrong, and what to do.
#
# A value that is not known before the apply is not judged; the next plan knows it.
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

deny contains sprintf("%s: storage is not encrypted; storage_encrypted must be true", [address]) if {
	some address, cluster in planned.aws_rds_cluster
	not cluster.storage_encrypted
}

deny contains sprintf("%s: is reachable from the internet; publicly_accessible must be false", [address]) if {
	some address, instance in planned.aws_rds_cluster_instance
	instance.publicly_accessible
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

deny contains sprintf("%s: gives tasks public addresses; assign_public_ip must be false", [address]) if {
	some address, service in planned.aws_ecs_service
	some network in service.network_configuration
	network.assign_public_ip
}

deny contains sprintf("%s: gives what is in it public addresses; map_public_ip_on_launch must be false", [address]) if {
	some address, subnet in planned.aws_subnet
	subnet.map_public_ip_on_launch
}

deny contains sprintf("%s: a failed deployment stays; the circuit breaker must be on, with rollback", [address]) if {
	some address, service in planned.aws_ecs_service
	not rolls_back(service)
}

rolls_back(service) if {
	some breaker in service.deployment_circuit_breaker
	breaker.enable
	breaker.rollback
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

deny contains sprintf("%s: images are not scanned; scan_on_push must be true", [address]) if {
	some address, repository in planned.aws_ecr_repository
	not scans(repository)
}

scans(repository) if {
	some scanning in repository.image_scanning_configuration
	scanning.scan_on_push
}

deny contains sprintf("%s: %s must be true", [address, attribute]) if {
	some address, block in planned.aws_s3_bucket_public_access_block
	some attribute in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
	not block[attribute]
}

deny contains "a bucket has no aws_s3_bucket_public_access_block; add one" if {
	count(object.get(planned, "aws_s3_bucket", {})) > count(object.get(planned, "aws_s3_bucket_public_access_block", {}))
}

deny contains sprintf("%s: keeps events for ever; set retention_in_days", [address]) if {
	some address, group in planned.aws_cloudwatch_log_group
	object.get(group, "retention_in_days", 0) in {0, null}
}

deny contains sprintf("%s: the key is not rotated; enable_key_rotation must be true", [address]) if {
	some address, key in planned.aws_kms_key
	not key.enable_key_rotation
}

deny contains sprintf("%s: passes invalid headers on; drop_invalid_header_fields must be true", [address]) if {
	some address, balancer in planned.aws_lb
	balancer.load_balancer_type == "application"
	not balancer.drop_invalid_header_fields
}

deny contains sprintf("%s: takes TLS before 1.2; ssl_policy must be an ELBSecurityPolicy-TLS13-1-2 or newer", [address]) if {
	some address, listener in planned.aws_lb_listener
	listener.protocol == "HTTPS"
	not regex.match(`^ELBSecurityPolicy-TLS13-1-[23]-`, listener.ssl_policy)
}

deny contains sprintf("%s: serves without TLS beside an HTTPS listener; it must redirect", [address]) if {
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
