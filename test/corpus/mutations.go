package corpus

import "flask-api/internal/synthesis"

const (
	alarm      = "aws_cloudwatch_metric_alarm.alarms_alb_5xx"
	balancer   = "aws_lb.load_balancer_alb"
	bucket     = "aws_s3_bucket.access_logs_bucket"
	bucketRule = "aws_s3_bucket_policy.access_logs_policy"
	cluster    = "aws_rds_cluster.database_cluster"
	fromLB     = "aws_vpc_security_group_ingress_rule.ecs_sg_from_alb_sg_5000"
	key        = "aws_kms_key.encryption_key"
	listener   = "aws_lb_listener.load_balancer_http_listener"
	pull       = "aws_iam_role_policy.execution_role_pull_images"
	route      = "aws_route.networking_private_route_1"
	service    = "aws_ecs_service.service"
	task       = "aws_ecs_task_definition.service_task_definition"
	taskRole   = "aws_iam_role.task_role"
	topicRule  = "aws_sns_topic_policy.alarms_topic_policy"
	webACL     = "aws_wafv2_web_acl.web_acl"
	foreign    = "999999999999"
)

// set is a mutation of one attribute.
func set(name, rule, address, path string, value any) Mutation {
	return Mutation{name, rule, func(s Stack) { s.Set(address, path, value) }}
}

// add is a mutation that adds a resource.
func add(name, rule, address string, attributes Attributes) Mutation {
	return Mutation{name, rule, func(s Stack) {
		resource := s.Resource(address)
		for key, value := range attributes {
			resource[key] = value
		}
	}}
}

// remove is a mutation that deletes a resource.
func remove(name, rule, address string) Mutation {
	return Mutation{name, rule, func(s Stack) { s.Remove(address) }}
}

// allow is a mutation that adds a statement.
func allow(name, rule, address string, statement Attributes) Mutation {
	return Mutation{name, rule, func(s Stack) { s.Allow(address, statement) }}
}

// trust is a mutation of who may assume the role of the tasks.
func trust(name, rule string, principal, condition Attributes) Mutation {
	action := "sts:AssumeRole"
	if principal["Federated"] != nil {
		action = "sts:AssumeRoleWithWebIdentity"
	}
	return Mutation{name, rule, func(s Stack) {
		s.Trust(taskRole, Attributes{"Action": action, "Principal": principal, "Condition": condition})
	}}
}

// container is a mutation of the API's container.
func container(name, rule, attribute string, value any) Mutation {
	return Mutation{name, rule, func(s Stack) { s.Container(func(c Attributes) { c[attribute] = value }) }}
}

// Mutations are all of them. Each differs from the others in its rule, or in the type of
// the resource or the attribute that it is about.
func Mutations() []Mutation {
	var all []Mutation
	for _, part := range [][]Mutation{origin, secrets, settings, containers, permissions, network, loss} {
		all = append(all, part...)
	}
	return all
}

var origin = []Mutation{
	add("a user", "type", "aws_iam_user.backdoor", Attributes{"name": "backdoor"}),
	add("an access key", "type", "aws_iam_access_key.backdoor", Attributes{"user": "backdoor"}),
	add("a policy for many", "type", "aws_iam_policy_attachment.all", Attributes{"name": "all", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
	add("a table", "type", "aws_dynamodb_table.t", Attributes{"name": "t"}),
	add("a peering", "type", "aws_vpc_peering_connection.p", Attributes{"peer_owner_id": foreign}),
	add("a shared snapshot", "type", "aws_db_cluster_snapshot.s", Attributes{"shared_accounts": []any{"all"}}),
	add("a bucket's ACL", "type", "aws_s3_bucket_acl.open", Attributes{"acl": "public-read"}),
	add("a rule of the older type", "type", "aws_security_group_rule.ssh", Attributes{"type": "ingress", "cidr_blocks": []any{"0.0.0.0/0"}, "protocol": "tcp", "from_port": 22, "to_port": 22}),
	{"data of a program", "data-type", func(s Stack) { s.Section("data")["external"] = Attributes{"x": Attributes{"program": []any{"sh"}}} }},
	{"ephemeral data of an address", "data-type", func(s Stack) {
		s.Section("ephemeral")["http"] = Attributes{"x": Attributes{"url": "https://example.com"}}
	}},
	{"another provider", "provider", func(s Stack) {
		Stack(s.Section("terraform")).Section("required_providers")["random"] = Attributes{"source": "evil/random"}
		s.Section("provider")["random"] = []any{Attributes{}}
	}},
	{"calls go elsewhere", "provider-argument", func(s Stack) {
		s.Section("provider")["aws"].([]any)[0].(Attributes)["endpoints"] = []any{Attributes{"sts": "https://example.com"}}
	}},
	set("a command", "provisioner", "terraform_data.database_final_snapshot", "provisioner", []any{Attributes{"local-exec": Attributes{"command": "true"}}}),
	{"a module", "module", func(s Stack) { s.Section("module")["m"] = Attributes{"source": "./m"} }},
	{"something is taken over", "import", func(s Stack) { s.say("import", Attributes{"to": "aws_vpc.networking_vpc", "id": "vpc-0"}) }},
	{"something comes out of a module", "moved", func(s Stack) {
		s.say("moved", Attributes{"from": "module.m.aws_vpc.vpc", "to": "aws_vpc.networking_vpc"})
	}},
	{"the database is forgotten", "forgotten", func(s Stack) {
		s.Remove(cluster)
		s.say("removed", Attributes{"from": cluster, "lifecycle": Attributes{"destroy": false}})
	}},
	set("a foreign key", "account", cluster, "kms_key_id", "arn:aws:kms:eu-south-1:"+foreign+":key/k"),
	set("a foreign topic", "account", alarm, "alarm_actions", []any{"arn:aws:sns:eu-south-1:" + foreign + ":t"}),
	set("a foreign log group", "account", "aws_flow_log.flow_logs_vpc", "log_destination", "arn:aws:logs:eu-south-1:"+foreign+":log-group:g"),
}

var secrets = []Mutation{
	set("a password", "state-secret", cluster, "master_password", "hunter2"),
	add("a cache's token", "state-secret", "aws_elasticache_replication_group.cache", Attributes{
		"auth_token": "hunter2", "at_rest_encryption_enabled": "true", "transit_encryption_enabled": true, "transit_encryption_mode": "required",
	}),
	set("a secret", "state-secret", "aws_secretsmanager_secret_version.credentials_version", "secret_string", "{}"),
	container("a variable", "plain-secret", "environment", []any{Attributes{"name": "API_TOKEN", "value": "x"}}),
	container("an address with a password", "credential", "command", []any{"sh", "-c", "psql postgresql://user:hunter2@db/x"}),
	set("an access key in a parameter", "credential", "aws_ssm_parameter.credentials_mark", "value", "AKIAIOSFODNN7EXAMPLF"),
	set("a private key in a description", "credential", "aws_security_group.ecs_sg", "tags.Note", "-----BEGIN RSA PRIVATE KEY-----"),
	{"a token in an output", "credential", func(s Stack) {
		s.Section("output")["x"] = Attributes{"value": "ghp_0123456789abcdefghijklmnopqrstuvwxyz"}
	}},
}

var settings = []Mutation{
	set("tasks share a network", "setting", task, "network_mode", "bridge"),
	set("tasks see processes", "setting", task, "pid_mode", "host"),
	set("tasks share memory", "setting", task, "ipc_mode", "host"),
	set("no versions", "setting", "aws_s3_bucket_versioning.access_logs_versioning", "versioning_configuration.status", "Suspended"),
	set("ACLs count", "setting", "aws_s3_bucket_ownership_controls.access_logs_ownership", "rule.object_ownership", "ObjectWriter"),
	set("the key is disabled", "setting", key, "is_enabled", false),
	set("the key locks out", "setting", key, "bypass_policy_lockout_safety_check", true),
	set("requests are smuggled", "setting", balancer, "desync_mitigation_mode", "monitor"),
	set("queries over HTTP", "setting", cluster, "enable_http_endpoint", true),
	set("an open bucket", "setting", bucket, "acl", "public-read"),
	set("a public database", "control", "aws_rds_cluster_instance.database_writer", "publicly_accessible", true),
	set("connections without TLS", "database-tls", "aws_rds_cluster_parameter_group.database_parameter_group", "parameter", []any{}),
	add("a bucket without a block", "bucket-block", "aws_s3_bucket.other", Attributes{"bucket": "other"}),
	add("a queue that is not encrypted", "queue-encryption", "aws_sqs_queue.q", Attributes{"name": "q", "sqs_managed_sse_enabled": false}),
	add("a bucket for the pages of any site", "setting", "aws_s3_bucket_cors_configuration.c", Attributes{"bucket": "b", "cors_rule": []any{Attributes{"allowed_origins": []any{"*"}, "allowed_methods": []any{"GET"}}}}),
	add("logs for ever", "retention", "aws_cloudwatch_log_group.more", Attributes{"name": "more", "retention_in_days": 0}),
	{"a tag less", "tag", func(s Stack) {
		s.Set("aws_vpc.networking_vpc", "tags_all", Attributes{"Environment": "production", "ManagedBy": "CDKTF"})
		tags, _ := synthesis.At(s.Section("provider"), "aws", "default_tags", "tags").(Attributes)
		delete(tags, "Project") // The plan says what is left, and the synthesis where from.
	}},
	add("alarms to an address", "subscription", "aws_sns_topic_subscription.x", Attributes{"protocol": "https", "endpoint": "https://example.com", "topic_arn": "${aws_sns_topic.alarms_topic.arn}"}),
}

var containers = []Mutation{
	container("privileged", "privileged", "privileged", true),
	container("root", "root", "user", "0:0"),
	container("a capability", "capability", "linuxParameters", Attributes{"capabilities": Attributes{"add": []any{"SYS_ADMIN"}}}),
	container("an image of anyone", "image", "image", "docker.io/evil/api:latest"),
	set("a role that was there", "role", task, "task_role_arn", "arn:aws:iam::123456789012:role/Admin"),
	set("a role of the flow log", "role", "aws_flow_log.flow_logs_vpc", "iam_role_arn", "arn:aws:iam::123456789012:role/Admin"),
}

var permissions = []Mutation{
	allow("all actions of a service", "wildcard-action", pull, Attributes{"Action": "s3:*", "Resource": "arn:aws:s3:::b/x"}),
	allow("a prefix of actions", "wildcard-action", "aws_iam_role_policy.task_role_send_traces", Attributes{"Action": "iam:Create*", "Resource": "arn:aws:iam::123456789012:role/x"}),
	allow("the key for a service", "wildcard-action", key, Attributes{"Action": "kms:*", "Resource": "*", "Principal": Attributes{"Service": "logs.eu-south-1.amazonaws.com"}}),
	allow("another action", "action", pull, Attributes{"Action": "iam:PutRolePolicy", "Resource": "arn:aws:iam::123456789012:role/x"}),
	allow("another action on a bucket", "action", bucketRule, Attributes{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Principal": Attributes{"AWS": "123456789012"}}),
	allow("another action on the topic", "action", topicRule, Attributes{"Action": "sns:SetTopicAttributes", "Resource": "*", "Principal": Attributes{"AWS": "123456789012"}}),
	allow("all but an action", "negation", pull, Attributes{"NotAction": "iam:*", "Resource": "arn:aws:s3:::b/x"}),
	allow("all but a principal", "negation", bucketRule, Attributes{"Action": "s3:PutObject", "Resource": "*", "NotPrincipal": Attributes{"AWS": "123456789012"}}),
	allow("a role for any service", "pass-role", pull, Attributes{"Action": "iam:PassRole", "Resource": "${aws_iam_role.task_role.arn}"}),
	allow("every secret", "wildcard-resource", pull, Attributes{"Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-south-1:123456789012:secret:*"}),
	allow("everything", "wildcard-resource", "aws_iam_role_policy.execution_role_write_logs", Attributes{"Action": "kms:Decrypt", "Resource": "*"}),
	allow("any account", "wildcard-resource", "aws_iam_role_policy.execution_role_read_app", Attributes{"Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:eu-south-1:*:log-group:g:*"}),
	set("administrators", "attachment", "aws_iam_role_policy_attachment.database_monitoring_role_enhanced_monitoring", "policy_arn", "arn:aws:iam::aws:policy/AdministratorAccess"),
	set("administrators in the role", "attachment", taskRole, "managed_policy_arns", []any{"arn:aws:iam::aws:policy/AdministratorAccess"}),
	set("a policy in the role", "action", taskRole, "inline_policy", []any{Attributes{"name": "x", "policy": `{"Statement": [{"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "arn:aws:iam::123456789012:role/x"}]}`}}),
	add("a permission of the API", "permission", "aws_iam_role_policy.task_role_permissions", Attributes{"policy": `{"Statement": [{"Effect": "Allow", "Action": "textract:DetectDocumentText", "Resource": "*"}]}`}),
	trust("anyone", "principal", Attributes{"AWS": "*"}, Attributes{}),
	trust("another account, of any organisation but one", "principal", Attributes{"AWS": foreign}, Attributes{"StringNotEquals": Attributes{"aws:PrincipalOrgID": "o-example"}}),
	trust("another service", "principal", Attributes{"Service": "glue.amazonaws.com"}, Attributes{"StringEquals": Attributes{"aws:SourceOwner": foreign}}),
	trust("a service for an account", "confused-deputy", Attributes{"Service": "ecs-tasks.amazonaws.com"}, Attributes{"StringEquals": Attributes{"aws:SourceAccount": foreign}}),
	trust("every repository", "subject", Attributes{"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}, Attributes{
		"StringEquals": Attributes{"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, //nolint:gosec // An audience, no token.
		"StringLike":   Attributes{"token.actions.githubusercontent.com:sub": "repo:*"},
	}),
	allow("the key for anyone", "principal", key, Attributes{"Action": "kms:Decrypt", "Resource": "*", "Principal": Attributes{"AWS": "*"}}),
	allow("the bucket for any organisation", "principal", bucketRule, Attributes{"Action": "s3:PutObject", "Resource": "*", "Principal": Attributes{"AWS": "*"}, "Condition": Attributes{"StringLike": Attributes{"aws:PrincipalOrgID": "o-*"}}}),
	allow("the bucket for another account", "principal", bucketRule, Attributes{"Action": "s3:PutObject", "Resource": "*", "Principal": Attributes{"AWS": foreign}}),
	allow("the topic for anyone with an address", "principal", topicRule, Attributes{"Action": "sns:Publish", "Resource": "*", "Principal": "*", "Condition": Attributes{"IpAddress": Attributes{"aws:SourceIp": "0.0.0.0/0"}}}),
	set("the secret for anyone", "principal", "aws_secretsmanager_secret.credentials_secret", "policy", `{"Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*", "Principal": "*"}]}`),
	{"the bucket without TLS", "refusal-lost", func(s Stack) { s.dropDenials(bucketRule) }},
	{"the key can be deleted", "refusal-lost", func(s Stack) { s.dropDenials(key) }},
	{"alarms of any account", "condition-lost", func(s Stack) {
		s.Statement(topicRule, "PublishAlarms", func(statement Attributes) { delete(statement, "Condition") })
	}},
	{"any context of encryption", "condition-lost", func(s Stack) {
		s.Statement("aws_iam_role_policy.execution_role_read_app", "DecryptDatabaseCredentials", func(statement Attributes) { delete(statement, "Condition") })
	}},
	set("a policy that nobody can read", "unknown", pull, "policy", "${data.aws_iam_policy_document.x.json}"),
	{"an image that nobody can read", "unknown", func(s Stack) { s.Container(func(c Attributes) { c["image"] = "${local.image}" }) }},
}

var network = []Mutation{
	set("the database is open", "ports", "aws_vpc_security_group_ingress_rule.rds_sg_from_ecs_sg_5432", "cidr_ipv4", "0.0.0.0/0"),
	add("everything is open", "ports", "aws_vpc_security_group_ingress_rule.all", Attributes{"cidr_ipv6": "::/0", "ip_protocol": "-1", "security_group_id": "${aws_security_group.alb_sg.id}"}),
	set("a port in the group", "ports", "aws_security_group.ecs_sg", "ingress", []any{Attributes{"cidr_blocks": []any{"0.0.0.0/0"}, "protocol": "tcp", "from_port": 5000, "to_port": 5000}}),
	add("the tasks are open", "group", "aws_vpc_security_group_ingress_rule.web", Attributes{"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "from_port": 80, "to_port": 80, "security_group_id": "${aws_security_group.ecs_sg.id}"}),
	set("the database's group is open", "group", "aws_security_group.rds_sg", "ingress", []any{Attributes{"ipv6_cidr_blocks": []any{"::/0"}, "protocol": "tcp", "from_port": 443, "to_port": 443}}),
	add("a list", "prefix-list", "aws_vpc_security_group_ingress_rule.list", Attributes{"prefix_list_id": "pl-0", "ip_protocol": "tcp", "from_port": 80, "to_port": 80, "security_group_id": "${aws_security_group.alb_sg.id}"}),
	set("another group connects", "foreign-group", fromLB, "referenced_security_group_id", "sg-0"),
	set("the load balancer has another group", "foreign-group", balancer, "security_groups", []any{"${aws_security_group.alb_sg.id}", "sg-0"}),
	set("the tasks have another group", "foreign-group", service, "network_configuration.security_groups", []any{"sg-0"}),
	set("the database has another group", "foreign-group", cluster, "vpc_security_group_ids", []any{"sg-0"}),
	set("the default group", "default-group", "aws_default_security_group.networking_default_sg", "ingress", []any{Attributes{"self": true, "protocol": "-1", "from_port": 0, "to_port": 0}}),
	{"a private route to the internet", "private-route", func(s Stack) {
		delete(s.Resource(route), "nat_gateway_id")
		s.Set(route, "gateway_id", "${aws_internet_gateway.networking_igw.id}")
	}},
	set("a route to a peer", "route-target", route, "vpc_peering_connection_id", "pcx-0"),
	set("an endpoint of others", "endpoint-service", "aws_vpc_endpoint.endpoints_logs", "service_name", "com.amazonaws.vpce.eu-south-1.vpce-svc-0"),
	{"old TLS", "tls-version", func(s Stack) {
		s.Set(listener, "protocol", "HTTPS")
		s.Set(listener, "ssl_policy", "ELBSecurityPolicy-2016-08")
	}},
	{"no redirect", "plain-http", func(s Stack) {
		s.Set(listener, "default_action.type", "forward") // It is a redirect where there is a domain.
		for name, value := range (Attributes{"protocol": "HTTPS", "port": 443, "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}) {
			s.Set("aws_lb_listener.https", name, value)
		}
	}},
	set("a redirect elsewhere", "redirect-host", listener, "default_action", []any{Attributes{"type": "redirect", "redirect": []any{Attributes{"host": "example.com", "status_code": "HTTP_302"}}}}),
	routed("a rule elsewhere", "target-group", "/a", Attributes{"type": "forward", "target_group_arn": "arn:aws:elasticloadbalancing:eu-south-1:123456789012:targetgroup/other/0"}),
	routed("a share elsewhere", "target-group", "/b", Attributes{"type": "forward", "forward": []any{Attributes{"target_group": []any{Attributes{"arn": "tg-0"}}}}}),
	set("the listener elsewhere", "target-group", listener, "default_action", []any{Attributes{"type": "forward", "target_group_arn": "tg-1"}}),
	routed("a rule that redirects elsewhere", "redirect-host", "/c", Attributes{"type": "redirect", "redirect": []any{Attributes{"host": "example.org", "status_code": "HTTP_302"}}}),
	routed("a rule that redirects to HTTP", "plain-http", "/d", Attributes{"type": "redirect", "redirect": []any{Attributes{"protocol": "HTTP", "status_code": "HTTP_302"}}}),
	routed("a rule that answers", "answer", "/e", Attributes{"type": "fixed-response", "fixed_response": []any{Attributes{"content_type": "text/plain"}}}),
	set("a listener that answers", "answer", listener, "default_action", []any{Attributes{"type": "fixed-response"}}),
	routed("a rule for all", "all-requests", "/*", forwarded),
	{"a rule that does not redirect", "plain-http", func(s Stack) {
		s.Set(listener, "default_action", []any{Attributes{"type": "redirect", "redirect": []any{Attributes{"protocol": "HTTPS", "status_code": "HTTP_301"}}}})
		for name, value := range (Attributes{"protocol": "HTTPS", "port": 443, "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}) {
			s.Set("aws_lb_listener.https", name, value)
		}
		routed("", "", "/f", forwarded).Apply(s)
	}},
	add("a record", "dns-record", "aws_route53_record.x", Attributes{"name": "api", "type": "CNAME", "records": []any{"example.com"}}),
}

// forwarded is what a rule of a service does.
var forwarded = Attributes{"type": "forward", "target_group_arn": "${aws_lb_target_group.load_balancer_target_group.arn}"}

// routed is a mutation that adds a rule to the listener.
func routed(name, rule, path string, action Attributes) Mutation {
	return add(name, rule, "aws_lb_listener_rule.added", Attributes{
		"listener_arn": "${" + listener + ".arn}", "priority": 1,
		"condition": []any{Attributes{"path_pattern": []any{Attributes{"values": []any{path}}}}}, "action": []any{action},
	})
}

var loss = []Mutation{
	remove("the database", "destroyed", cluster),
	remove("the key", "destroyed", key),
	set("no final snapshot", "backups", cluster, "skip_final_snapshot", true),
	remove("the service", "deleted", service),
	remove("the listener", "deleted", listener),
	remove("a NAT gateway", "deleted", "aws_nat_gateway.networking_nat_1"),
	remove("the topic", "deleted", "aws_sns_topic.alarms_topic"),
	remove("an alarm", "deleted", alarm),
	remove("the flow log", "deleted", "aws_flow_log.flow_logs_vpc"),
	remove("the web ACL", "deleted", "aws_wafv2_web_acl_association.web_acl_association"),
	remove("the encryption of the bucket", "deleted", "aws_s3_bucket_server_side_encryption_configuration.access_logs_encryption"),
	remove("a role's policy", "deleted", pull),
	set("the load balancer is replaced", "replaced", balancer, "name", "other"),
	add("another database", "anew", "aws_rds_cluster.other", Attributes{"storage_encrypted": true}),
	set("alarms that tell nobody", "weakened", alarm, "alarm_actions", []any{}),
	set("alarms are off", "weakened", alarm, "actions_enabled", false),
	set("another threshold", "weakened", alarm, "threshold", 1e6),
	set("more periods", "weakened", alarm, "evaluation_periods", 999),
	set("the wrong way round", "weakened", alarm, "comparison_operator", "LessThanThreshold"),
	set("missing is fine", "weakened", alarm, "treat_missing_data", "missing"),
	container("a root file system to write to", "weakened", "readonlyRootFilesystem", false),
	container("no log", "weakened", "logConfiguration", nil),
	container("no health check", "weakened", "healthCheck", nil),
	set("no tasks during deployments", "weakened", service, "deployment_minimum_healthy_percent", 0),
	set("ECS Exec", "weakened", service, "enable_execute_command", true),
	set("scaling to nothing", "weakened", "aws_appautoscaling_target.autoscaling_target", "max_capacity", 0),
	set("no insights", "weakened", "aws_ecs_cluster.service_cluster", "setting.0.value", "disabled"),
	set("logs for a day", "weakened", "aws_cloudwatch_log_group.ecs_logs", "retention_in_days", 1),
	set("no access logs", "weakened", balancer, "access_logs.enabled", false),
	set("only what is accepted", "weakened", "aws_flow_log.flow_logs_vpc", "traffic_type", "ACCEPT"),
	set("fewer backups", "weakened", cluster, "backup_retention_period", 7),
	set("no logs of the database", "weakened", cluster, "enabled_cloudwatch_logs_exports", []any{}),
	set("the secret can be recovered for fewer days", "weakened", "aws_secretsmanager_secret.credentials_secret", "recovery_window_in_days", 7),
	set("the key can be recovered for fewer days", "weakened", key, "deletion_window_in_days", 7),
	set("the load balancer can be deleted", "weakened", balancer, "enable_deletion_protection", false),
	set("the images can be deleted", "weakened", "aws_ecr_repository.registry_repository", "force_delete", true),
	set("tags can be moved", "weakened", "aws_ecr_repository.registry_repository", "image_tag_mutability", "MUTABLE"),
	set("logs lose their key", "unencrypted", "aws_cloudwatch_log_group.ecs_logs", "kms_key_id", nil),
	set("the secret loses its key", "unencrypted", "aws_secretsmanager_secret.credentials_secret", "kms_key_id", nil),
	aclRule("a rule only counts", "common", "override_action", []any{Attributes{"count": []any{Attributes{}}}}),
	aclRule("a limit is raised", "rate-limit", "statement.rate_based_statement.limit", 2000000),
	aclRule("a rule allows", "rate-limit", "action", []any{Attributes{"allow": []any{Attributes{}}}}),
	aclRule("a rule counts", "rate-limit", "action", []any{Attributes{"count": []any{Attributes{}}}}),
	aclRule("a rule counts inside", "common", "statement.managed_rule_group_statement.rule_action_override", overridden("count")),
	aclRule("a rule allows inside", "common", "statement.managed_rule_group_statement.rule_action_override", overridden("allow")),
	{"a rule less", "web-acl", func(s Stack) {
		acl := s.Resource(webACL)
		acl["rule"] = acl["rule"].([]any)[1:]
	}},
}

// aclRule is a mutation of one rule of the web ACL.
func aclRule(name, rule, path string, value any) Mutation {
	return Mutation{name, "web-acl", func(s Stack) {
		for _, r := range s.Resource(webACL)["rule"].([]any) {
			if r := r.(Attributes); r["name"] == rule {
				put(r, path, value)
			}
		}
	}}
}

// overridden has one rule of a group do something else.
func overridden(action string) []any {
	return []any{Attributes{"name": "SizeRestrictions_BODY", "action_to_use": []any{Attributes{action: []any{Attributes{}}}}}}
}
