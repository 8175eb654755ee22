# Attributes that must have one value, or may not have some.
package flask_api

import rego.v1

# The table is internal/controls, and `make golden` writes it here: rules that do not
# find their data would refuse nothing.
#
# begin controls

controls := [
	{"type": "aws_ecr_repository", "block": "image_scanning_configuration", "attribute": "scan_on_push", "wanted": true, "protected": false, "otherwise": "images are not scanned"},
	{"type": "aws_ecr_repository", "block": "", "attribute": "image_tag_mutability", "wanted": "IMMUTABLE", "protected": true, "otherwise": "lets a tag name another image later"},
	{"type": "aws_ecr_repository", "block": "", "attribute": "force_delete", "wanted": false, "protected": true, "otherwise": "can be deleted with what is in it"},
	{"type": "aws_ecs_service", "block": "network_configuration", "attribute": "assign_public_ip", "wanted": false, "protected": false, "otherwise": "gives tasks public addresses"},
	{"type": "aws_ecs_service", "block": "deployment_circuit_breaker", "attribute": "enable", "wanted": true, "protected": false, "otherwise": "does not end a deployment that fails"},
	{"type": "aws_ecs_service", "block": "deployment_circuit_breaker", "attribute": "rollback", "wanted": true, "protected": false, "otherwise": "does not go back from a deployment that fails"},
	{"type": "aws_elasticache_replication_group", "block": "", "attribute": "at_rest_encryption_enabled", "wanted": "true", "protected": false, "otherwise": "what it stores is not encrypted"},
	{"type": "aws_elasticache_replication_group", "block": "", "attribute": "transit_encryption_enabled", "wanted": true, "protected": false, "otherwise": "takes connections without TLS"},
	{"type": "aws_elasticache_replication_group", "block": "", "attribute": "transit_encryption_mode", "wanted": "required", "protected": false, "otherwise": "takes connections without TLS, too"},
	{"type": "aws_kms_key", "block": "", "attribute": "enable_key_rotation", "wanted": true, "protected": false, "otherwise": "the key is not rotated"},
	{"type": "aws_lb", "block": "", "attribute": "drop_invalid_header_fields", "wanted": true, "protected": false, "otherwise": "passes invalid headers on"},
	{"type": "aws_lb", "block": "", "attribute": "enable_deletion_protection", "wanted": true, "protected": true, "otherwise": "can be deleted"},
	{"type": "aws_rds_cluster", "block": "", "attribute": "storage_encrypted", "wanted": true, "protected": false, "otherwise": "storage is not encrypted"},
	{"type": "aws_rds_cluster", "block": "", "attribute": "deletion_protection", "wanted": true, "protected": true, "otherwise": "can be deleted"},
	{"type": "aws_rds_cluster", "block": "", "attribute": "skip_final_snapshot", "wanted": false, "protected": true, "otherwise": "is deleted without a final snapshot"},
	{"type": "aws_rds_cluster_instance", "block": "", "attribute": "publicly_accessible", "wanted": false, "protected": false, "otherwise": "is reachable from the internet"},
	{"type": "aws_s3_bucket", "block": "", "attribute": "force_destroy", "wanted": false, "protected": true, "otherwise": "can be deleted with what is in it"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "block_public_acls", "wanted": true, "protected": false, "otherwise": "ACLs can open the bucket"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "block_public_policy", "wanted": true, "protected": false, "otherwise": "a policy can open the bucket"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "ignore_public_acls", "wanted": true, "protected": false, "otherwise": "public ACLs take effect"},
	{"type": "aws_s3_bucket_public_access_block", "block": "", "attribute": "restrict_public_buckets", "wanted": true, "protected": false, "otherwise": "a public policy takes effect"},
	{"type": "aws_subnet", "block": "", "attribute": "map_public_ip_on_launch", "wanted": false, "protected": false, "otherwise": "gives what is in it public addresses"},
]

# end controls

found contains {"rule": "control", "address": address, "what": sprintf("%s; %s must be %v", [control.otherwise, control.attribute, control.wanted])} if {
	some control in controls
	not control.protected
	some address, resource in planned[control.type]
	not exempt(control, resource)
	not holds(control, resource)
}

# holds says whether the attribute has the value. To Terraform, what is not there is false.
holds(control, resource) if {
	control.wanted != false
	some block in blocks(control, resource)
	block[control.attribute] == control.wanted
}

holds(control, resource) if {
	control.wanted == false
	not is_on(control, resource)
}

is_on(control, resource) if {
	some block in blocks(control, resource)
	block[control.attribute]
}

blocks(control, resource) := [resource] if control.block == ""

blocks(control, resource) := elements(object.get(resource, control.block, [])) if control.block != ""

# Only application load balancers read headers.
exempt(control, balancer) if {
	control.attribute == "drop_invalid_header_fields"
	balancer.load_balancer_type != "application"
}

required := [
	{"type": "aws_ecs_task_definition", "path": ["network_mode"], "wanted": "awsvpc", "otherwise": "tasks share a network"},
	{"type": "aws_elasticache_user", "path": ["authentication_mode", "type"], "wanted": "iam", "otherwise": "is let in without a role"},
	{"type": "aws_s3_bucket_ownership_controls", "path": ["rule", "object_ownership"], "wanted": "BucketOwnerEnforced", "otherwise": "ACLs count again"},
	{"type": "aws_s3_bucket_versioning", "path": ["versioning_configuration", "status"], "wanted": "Enabled", "otherwise": "what is overwritten is lost"},
]

found contains {"rule": "setting", "address": address, "what": sprintf("%s; %s must be %s", [row.otherwise, concat(".", row.path), row.wanted])} if {
	some row in required
	some address, resource in planned[row.type]
	at(resource, row.path) != {row.wanted}
}

refused := [
	{"type": "aws_ecs_task_definition", "path": ["ipc_mode"], "values": {"host"}, "otherwise": "shares the host's memory"},
	{"type": "aws_ecs_task_definition", "path": ["pid_mode"], "values": {"host"}, "otherwise": "sees the host's processes"},
	{"type": "aws_kms_key", "path": ["bypass_policy_lockout_safety_check"], "values": {true}, "otherwise": "may lock everyone out"},
	{"type": "aws_kms_key", "path": ["is_enabled"], "values": {false}, "otherwise": "is disabled, and nobody reads what it encrypts"},
	{"type": "aws_lb", "path": ["desync_mitigation_mode"], "values": {"monitor"}, "otherwise": "lets requests be smuggled"},
	{"type": "aws_rds_cluster", "path": ["enable_http_endpoint"], "values": {true}, "otherwise": "takes queries over HTTP, from outside of the network"},
	{"type": "aws_s3_bucket_cors_configuration", "path": ["cors_rule", "allowed_origins"], "values": {"*"}, "otherwise": "is open to the pages of any site"},
	{"type": "aws_s3_bucket", "path": ["acl"], "values": {"public-read", "public-read-write", "authenticated-read", "aws-exec-read", "log-delivery-write"}, "otherwise": "is open by its ACL"},
]

found contains {"rule": "setting", "address": address, "what": sprintf("%s; %s may not be %v", [row.otherwise, concat(".", row.path), value])} if {
	some row in refused
	some address, resource in planned[row.type]
	some value in at(resource, row.path)
	value in row.values
}

found contains {"rule": "database-tls", "address": address, "what": "takes connections without TLS; rds.force_ssl must be 1"} if {
	some address, group in planned.aws_rds_cluster_parameter_group
	not forces_tls(group)
}

forces_tls(group) if {
	some parameter in elements(group.parameter)
	parameter.name == "rds.force_ssl"
	parameter.value == "1"
}

found contains {"rule": "queue-encryption", "address": address, "what": "is not encrypted; set sqs_managed_sse_enabled, or a key"} if {
	some address, queue in planned.aws_sqs_queue
	not queue.sqs_managed_sse_enabled
	not filled(object.get(queue, "kms_master_key_id", null))
}

found contains {"rule": "bucket-block", "address": "aws_s3_bucket", "what": "a bucket has no aws_s3_bucket_public_access_block; add one"} if {
	count(object.get(planned, "aws_s3_bucket", {})) > count(object.get(planned, "aws_s3_bucket_public_access_block", {}))
}

found contains {"rule": "retention", "address": address, "what": "keeps events for ever; set retention_in_days"} if {
	some address, group in planned.aws_cloudwatch_log_group
	object.get(group, "retention_in_days", 0) in {0, null}
}

found contains {"rule": "tag", "address": address, "what": sprintf("lacks the tag %s; it belongs into Tags", [tag])} if {
	some resources in planned
	some address, resource in resources
	is_object(resource.tags_all)
	some tag in ["Environment", "ManagedBy", "Project"]
	not tag in object.keys(resource.tags_all)
}

found contains {"rule": "subscription", "address": address, "what": sprintf("sends alarms by %s; only email is used", [subscription.protocol])} if {
	some address, subscription in planned.aws_sns_topic_subscription
	subscription.protocol != "email"
}
