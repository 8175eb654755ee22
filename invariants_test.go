package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
)

// An invariant is a sentence that is true of every environment.
type invariant struct {
	// sentence is what a reviewer may rely on.
	sentence string
	// controls are the ids of the public security controls it satisfies.
	controls string
	// violations names what contradicts the sentence.
	violations func(stack) []string
	// broken changes a sound stack so that the sentence is no longer true.
	broken func(*stack)
}

// violations collects what contradicts an invariant.
type violations []string

// unless records the message if the condition does not hold.
func (v *violations) unless(holds bool, format string, args ...any) {
	if !holds {
		*v = append(*v, fmt.Sprintf(format, args...))
	}
}

// want records every attribute of the resources of the type that differs.
func (v *violations) want(s stack, kind string, want attributes) {
	v.unless(len(s.Resource[kind]) > 0, "there is no %s", kind)
	s.each(kind, func(name string, a attributes) {
		for _, key := range slices.Sorted(maps.Keys(want)) {
			v.unless(assert.ObjectsAreEqual(want[key], a[key]), "%s.%s: %s is %v, want %v", kind, name, key, a[key], want[key])
		}
	})
}

// set is a broken that changes one attribute of the only or first resource.
func set(kind, key string, value any) func(*stack) {
	return func(s *stack) {
		s.Resource[kind][slices.Min(slices.Collect(maps.Keys(s.Resource[kind])))][key] = value
	}
}

// always is an invariant about attributes of all resources of one type.
func always(sentence, controls, kind string, want attributes) invariant {
	key := slices.Min(slices.Collect(maps.Keys(want)))
	return invariant{
		sentence: sentence,
		controls: controls,
		violations: func(s stack) []string {
			var v violations
			v.want(s, kind, want)
			return v
		},
		broken: set(kind, key, "something else"),
	}
}

// oneService is a trust policy's principal when it is a single service of AWS.
var oneService = regexp.MustCompile(`principals:\[map\[identifiers:\[[a-z.-]+\.amazonaws\.com\] type:Service\]\]`)

var (
	// exactResource is an ARN, of a resource of the stack or written out, that has
	// no wildcard but one for the streams of a log group or the revisions of a task
	// definition.
	exactResource = regexp.MustCompile(`^(\$\{aws_[a-z_]+\.[a-z0-9_]+\.(arn|id)\}|arn:[^*]*)(:\*|:log-stream:\*)?$`)
	// unlimitedAction is one that AWS does not limit to a resource.
	unlimitedAction = regexp.MustCompile(`^(ecr:GetAuthorizationToken|ecs:DescribeTaskDefinition|logs:DescribeLogGroups|ssmmessages:\w+|xray:PutTraceSegments)$`)
)

var invariants = []invariant{
	{
		sentence: "only the load balancer takes traffic from outside, from the configured ranges, and only on 80 and 443",
		controls: "FSBP EC2.18, EC2.19; CKV_AWS_24, CKV_AWS_25, CKV_AWS_277",
		violations: func(s stack) (v []string) {
			var out violations
			var open, want []string
			for _, cidr := range s.config.LoadBalancer.IngressCIDRs {
				want = append(want, "80 to "+cidr, "443 to "+cidr)
			}
			s.each("aws_vpc_security_group_ingress_rule", func(name string, a attributes) {
				if a["referenced_security_group_id"] != nil {
					return
				}
				open = append(open, fmt.Sprintf("%v to %v", a["from_port"], a["cidr_ipv4"]))
				out.unless(a["security_group_id"] == "${aws_security_group.alb_sg.id}", "%s opens %v to %v", name, a["security_group_id"], a["cidr_ipv4"])
				out.unless(a["from_port"] == a["to_port"], "%s opens a range", name)
			})
			slices.Sort(open)
			slices.Sort(want)
			out.unless(slices.Equal(open, want), "open ports are %v, want %v", open, want)
			return out
		},
		broken: func(s *stack) {
			s.Resource["aws_vpc_security_group_ingress_rule"]["rds_sg_from_ecs_sg_5432"] = attributes{
				"cidr_ipv4": "0.0.0.0/0", "security_group_id": "${aws_security_group.rds_sg.id}", "from_port": 5432.0, "to_port": 5432.0,
			}
		},
	},
	{
		sentence: "tasks take traffic from the load balancer alone, and the database from the tasks alone",
		controls: "FSBP EC2.18; AwsSolutions-RDS8",
		violations: func(s stack) []string {
			var v violations
			chain := map[string]string{}
			s.each("aws_vpc_security_group_ingress_rule", func(_ string, a attributes) {
				if from := a["referenced_security_group_id"]; from != nil {
					chain[fmt.Sprint(a["security_group_id"])] += fmt.Sprintf("%v from %v;", a["from_port"], from)
				}
			})
			want := map[string]string{
				"${aws_security_group.ecs_sg.id}": "5000 from ${aws_security_group.alb_sg.id};",
				"${aws_security_group.rds_sg.id}": "5432 from ${aws_security_group.ecs_sg.id};",
			}
			if s.Resource["aws_security_group"]["endpoints_sg"] != nil {
				want["${aws_security_group.endpoints_sg.id}"] = "443 from ${aws_security_group.ecs_sg.id};"
			}
			v.unless(maps.Equal(chain, want), "the chain is %v", chain)
			return v
		},
		broken: func(s *stack) {
			s.Resource["aws_vpc_security_group_ingress_rule"]["rds_sg_from_ecs_sg_5432"]["referenced_security_group_id"] = "${aws_security_group.alb_sg.id}"
		},
	},
	{
		sentence: "every rule of a security group is a resource of its own with a description",
		controls: "CKV_AWS_23; AwsSolutions-EC27",
		violations: func(s stack) []string {
			var v violations
			s.each("aws_security_group", func(name string, a attributes) {
				v.unless(a["ingress"] == nil && a["egress"] == nil, "%s has inline rules", name)
			})
			for _, kind := range []string{"aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"} {
				s.each(kind, func(name string, a attributes) {
					v.unless(a["description"] != nil, "%s.%s has no description", kind, name)
				})
			}
			return v
		},
		broken: set("aws_security_group", "ingress", []any{attributes{}}),
	},
	{
		sentence: "the default security group has no rules",
		controls: "CKV2_AWS_12; FSBP EC2.2",
		violations: func(s stack) []string {
			var v violations
			group := s.one("aws_default_security_group")
			v.unless(group["ingress"] == nil && group["egress"] == nil, "it has rules")
			return v
		},
		broken: set("aws_default_security_group", "ingress", []any{attributes{}}),
	},
	always("no subnet assigns public addresses", "CKV_AWS_130; FSBP EC2.15",
		"aws_subnet", attributes{"map_public_ip_on_launch": nil}),
	{
		sentence: "tasks have no public address and run in the private subnets",
		controls: "CKV_AWS_333; FSBP ECS.2",
		violations: func(s stack) []string {
			var v violations
			network := s.one("aws_ecs_service")["network_configuration"].(attributes)
			v.unless(network["assign_public_ip"] == false, "assign_public_ip is %v", network["assign_public_ip"])
			v.unless(onlyPrivate(network["subnets"]), "subnets are %v", network["subnets"])
			return v
		},
		broken: func(s *stack) {
			s.one("aws_ecs_service")["network_configuration"].(attributes)["assign_public_ip"] = true
		},
	},
	{
		sentence: "the database has no public address and lives in private subnets of different zones",
		controls: "CKV_AWS_17; FSBP RDS.2, RDS.15, RDS.46",
		violations: func(s stack) []string {
			var v violations
			v.want(s, "aws_rds_cluster_instance", attributes{"publicly_accessible": false})
			v.unless(len(s.Resource["aws_rds_cluster_instance"]) >= 2, "it has fewer than two instances")
			subnets := s.one("aws_db_subnet_group")["subnet_ids"]
			v.unless(onlyPrivate(subnets), "subnets are %v", subnets)
			zones := map[any]bool{}
			s.each("aws_subnet", func(name string, a attributes) {
				if strings.Contains(name, "private") {
					zones[a["availability_zone"]] = true
				}
			})
			v.unless(len(zones) >= 2, "private subnets are in the zones %v", zones)
			return v
		},
		broken: set("aws_rds_cluster_instance", "publicly_accessible", true),
	},
	{
		sentence: "each private subnet leaves through the NAT gateway of its own zone, or all share one, or none leaves",
		controls: "Well-Architected REL10-BP01; CKV2_AWS_35",
		violations: func(s stack) []string {
			var v violations
			zoneOf := func(reference any) any {
				name := strings.Split(strings.Trim(fmt.Sprint(reference), "${}"), ".")[1]
				return s.Resource["aws_subnet"][name]["availability_zone"]
			}
			nats := map[string]any{}
			s.each("aws_nat_gateway", func(name string, a attributes) {
				nats["${aws_nat_gateway."+name+".id}"] = zoneOf(a["subnet_id"])
			})
			if len(nats) <= 1 {
				v.unless(len(s.Resource["aws_route"]) == 1+len(nats)*len(s.Resource["aws_subnet"])/2, "%d NAT gateways have the routes %v", len(nats), s.Resource["aws_route"])
				return v
			}
			zones := map[any]any{}
			s.each("aws_route", func(_ string, a attributes) {
				if nat, ok := a["nat_gateway_id"].(string); ok {
					zones[a["route_table_id"]] = nats[nat]
				}
			})
			s.each("aws_route_table_association", func(name string, a attributes) {
				if strings.Contains(name, "private") {
					v.unless(zones[a["route_table_id"]] == zoneOf(a["subnet_id"]), "%s leads to a NAT gateway in %v", name, zones[a["route_table_id"]])
				}
			})
			return v
		},
		broken: func(s *stack) {
			s.Resource["aws_route"]["networking_private_route_2"]["nat_gateway_id"] = "${aws_nat_gateway.networking_nat_1.id}"
		},
	},
	{
		sentence: "every IAM statement names exact actions and exact resources",
		controls: "CKV_AWS_62, CKV_AWS_63, CKV_AWS_290, CKV_AWS_355; AwsSolutions-IAM5",
		violations: func(s stack) []string {
			var v violations
			v.unless(len(s.Resource["aws_iam_role_policy"]) > 0, "there is no aws_iam_role_policy")
			s.each("aws_iam_role_policy", func(name string, a attributes) {
				for _, statement := range a["policy"].(attributes)["Statement"].([]any) {
					statement := statement.(attributes)
					for _, action := range statement["Action"].([]any) {
						v.unless(!strings.Contains(fmt.Sprint(action), "*"), "%s allows %s", name, action)
						for _, resource := range statement["Resource"].([]any) {
							exact := exactResource.MatchString(fmt.Sprint(resource)) || resource == "*" && unlimitedAction.MatchString(fmt.Sprint(action))
							v.unless(exact, "%s allows %s on %s", name, action, resource)
						}
					}
				}
			})
			return v
		},
		broken: func(s *stack) {
			policy := s.Resource["aws_iam_role_policy"]["execution_role_read_credentials"]["policy"].(attributes)
			policy["Statement"].([]any)[0].(attributes)["Resource"] = []any{"*"}
		},
	},
	{
		sentence: "each role is assumed by one service of AWS for this account alone, or by one branch of one GitHub repository",
		controls: "CKV_AWS_60, CKV_AWS_61, CKV_AWS_393",
		violations: func(s stack) []string {
			var v violations
			s.each("aws_iam_role", func(name string, a attributes) {
				policy := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(a["assume_role_policy"]), "${data.aws_iam_policy_document."), ".json}")
				trust := fmt.Sprint(s.Data["aws_iam_policy_document"][policy]["statement"])
				if name == "deploy_role" {
					branch := "values:[repo:" + s.config.Deployment.GitHubRepository + ":ref:refs/heads/" + s.config.Deployment.GitHubBranch + "] variable:token.actions.githubusercontent.com:sub"
					v.unless(strings.Contains(trust, branch), "%s trusts %s", name, trust)
					v.unless(strings.Contains(trust, "values:[sts.amazonaws.com] variable:token.actions.githubusercontent.com:aud"), "%s trusts other audiences: %s", name, trust)
					return
				}
				v.unless(oneService.MatchString(trust), "%s trusts %s", name, trust)
				v.unless(strings.Contains(trust, "values:[${data.aws_caller_identity.caller.account_id}] variable:aws:SourceAccount"), "%s trusts other accounts: %s", name, trust)
			})
			return v
		},
		broken: func(s *stack) {
			delete(s.Data["aws_iam_policy_document"]["task_role_trust"]["statement"].([]any)[0].(attributes), "condition")
		},
	},
	{
		sentence: "tasks start with one role and run with another",
		controls: "CKV_AWS_249",
		violations: func(s stack) []string {
			var v violations
			task := s.one("aws_ecs_task_definition")
			v.unless(task["execution_role_arn"] != task["task_role_arn"], "both are %v", task["task_role_arn"])
			return v
		},
		broken: set("aws_ecs_task_definition", "execution_role_arn", "${aws_iam_role.task_role.arn}"),
	},
	{
		sentence: "every log group has a retention",
		controls: "CKV_AWS_66",
		violations: func(s stack) []string {
			var v violations
			s.each("aws_cloudwatch_log_group", func(name string, a attributes) {
				days, _ := a["retention_in_days"].(float64)
				v.unless(days >= 1, "%s keeps its events for ever", name)
			})
			return v
		},
		broken: set("aws_cloudwatch_log_group", "retention_in_days", nil),
	},
	always("the load balancer drops invalid headers and defends against request smuggling",
		"CKV_AWS_131, CKV_AWS_328; FSBP ELB.4, ELB.12", "aws_lb",
		attributes{"drop_invalid_header_fields": true, "desync_mitigation_mode": "defensive"}),
	{
		sentence: "where there is a certificate, HTTPS takes TLS 1.2 or newer and HTTP does nothing but redirect to it",
		controls: "CKV_AWS_2, CKV_AWS_103, CKV2_AWS_20, CKV2_AWS_74; FSBP ELB.1, ELB.17, ELB.18",
		violations: func(s stack) []string {
			var v violations
			http, https := s.Resource["aws_lb_listener"]["load_balancer_http_listener"], s.Resource["aws_lb_listener"]["load_balancer_https_listener"]
			forward := []any{attributes{"type": "forward", "target_group_arn": "${aws_lb_target_group.load_balancer_target_group.arn}"}}
			v.unless((https != nil) == s.config.LoadBalancer.HTTPS(), "there is an HTTPS listener: %t", https != nil)
			serving := "aws_lb_listener.load_balancer_http_listener"
			if https == nil {
				v.unless(assert.ObjectsAreEqual(forward, http["default_action"]), "HTTP does %v", http["default_action"])
			} else {
				serving = "aws_lb_listener.load_balancer_https_listener"
				redirect := attributes{"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}
				v.unless(assert.ObjectsAreEqual([]any{attributes{"type": "redirect", "redirect": redirect}}, http["default_action"]), "HTTP does %v", http["default_action"])
				v.unless(assert.ObjectsAreEqual([]any{serving}, http["depends_on"]), "HTTP may redirect before HTTPS serves")
				v.unless(assert.ObjectsAreEqual(forward, https["default_action"]), "HTTPS does %v", https["default_action"])
				v.unless(https["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "the policy is %v", https["ssl_policy"])
				v.unless(https["certificate_arn"] != nil, "there is no certificate")
				v.unless(https["routing_http_response_strict_transport_security_header_value"] == "max-age=31536000", "browsers may go back to HTTP")
			}
			depends, _ := s.one("aws_ecs_service")["depends_on"].([]any)
			v.unless(slices.Contains(depends, any(serving)), "the service does not wait for the listener that forwards")
			return v
		},
		broken: func(s *stack) {
			delete(s.Resource["aws_lb_listener"]["load_balancer_http_listener"], "default_action")
		},
	},
	{
		sentence: "a certificate is proved by DNS, and replaced before it is removed",
		controls: "CKV_AWS_233; CKV2_AWS_71; FSBP ACM.1",
		violations: func(s stack) []string {
			var v violations
			s.each("aws_acm_certificate", func(name string, a attributes) {
				v.unless(a["domain_name"] == s.config.LoadBalancer.Domain, "%s is of %v", name, a["domain_name"])
				v.unless(a["validation_method"] == "DNS", "%s is proved by %v", name, a["validation_method"])
				v.unless(assert.ObjectsAreEqual(attributes{"create_before_destroy": true}, a["lifecycle"]), "%s is removed first", name)
			})
			return v
		},
		broken: func(s *stack) {
			s.Resource["aws_acm_certificate"] = map[string]attributes{"domain_certificate": {"domain_name": "*", "validation_method": "EMAIL"}}
		},
	},
	{
		sentence: "access logs are private, encrypted, versioned, expire, and travel over TLS only",
		controls: "CKV_AWS_19, CKV_AWS_21, CKV_AWS_53, CKV_AWS_54, CKV_AWS_55, CKV_AWS_56, CKV_AWS_91, CKV_AWS_300; CKV2_AWS_6, CKV2_AWS_61, CKV2_AWS_65; FSBP ELB.5, S3.5, S3.8, S3.12, S3.13",
		violations: func(s stack) []string {
			var v violations
			days := s.config.LoadBalancer.AccessLogRetentionDays
			if days == 0 {
				for kind := range s.Resource {
					v.unless(!strings.HasPrefix(kind, "aws_s3_bucket"), "there is an %s", kind)
				}
				v.unless(s.one("aws_lb")["access_logs"] == nil, "requests are recorded")
				return v
			}
			v.want(s, "aws_lb", attributes{
				"access_logs": attributes{"bucket": "${aws_s3_bucket.access_logs_bucket.id}", "enabled": true},
				"depends_on":  []any{"aws_route.networking_public_route", "aws_s3_bucket_policy.access_logs_policy"},
			})
			bucket := "${aws_s3_bucket.access_logs_bucket.id}"
			v.want(s, "aws_s3_bucket_public_access_block", attributes{
				"bucket": bucket, "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true,
			})
			v.want(s, "aws_s3_bucket_ownership_controls", attributes{"bucket": bucket, "rule": attributes{"object_ownership": "BucketOwnerEnforced"}})
			v.want(s, "aws_s3_bucket_server_side_encryption_configuration", attributes{"bucket": bucket, "rule": []any{
				attributes{"apply_server_side_encryption_by_default": attributes{"sse_algorithm": "AES256"}},
			}})
			v.want(s, "aws_s3_bucket_versioning", attributes{"bucket": bucket, "versioning_configuration": attributes{"status": "Enabled"}})
			v.want(s, "aws_s3_bucket_lifecycle_configuration", attributes{"bucket": bucket, "rule": []any{attributes{
				"id": "expire", "status": "Enabled", "filter": []any{attributes{"prefix": ""}},
				"expiration":                        []any{attributes{"days": float64(days)}},
				"noncurrent_version_expiration":     []any{attributes{"noncurrent_days": 7.0}},
				"abort_incomplete_multipart_upload": []any{attributes{"days_after_initiation": 7.0}},
			}}})
			writer := attributes{"AWS": "635631232127"}
			if s.config.Region == "eu-south-2" {
				writer = attributes{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
			}
			v.want(s, "aws_s3_bucket_policy", attributes{"bucket": bucket, "policy": attributes{"Version": "2012-10-17", "Statement": []any{
				attributes{
					"Sid": "WriteAccessLogs", "Effect": "Allow", "Principal": writer, "Action": "s3:PutObject",
					"Resource": "${aws_s3_bucket.access_logs_bucket.arn}/AWSLogs/${data.aws_caller_identity.caller.account_id}/*",
				},
				attributes{
					"Sid": "RefusePlainHTTP", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
					"Resource":  []any{"${aws_s3_bucket.access_logs_bucket.arn}", "${aws_s3_bucket.access_logs_bucket.arn}/*"},
					"Condition": attributes{"Bool": attributes{"aws:SecureTransport": "false"}},
				},
			}}})
			return v
		},
		broken: func(s *stack) {
			s.config.LoadBalancer.AccessLogRetentionDays = 30
			s.one("aws_lb")["access_logs"] = attributes{"bucket": "anybody's", "enabled": true}
		},
	},
	{
		sentence: "a web ACL refuses known attacks and logs what it refuses, without credentials",
		controls: "CKV_AWS_175, CKV_AWS_192, CKV_AWS_342; CKV2_AWS_28, CKV2_AWS_31; FSBP ELB.16, WAF.10, WAF.11, WAF.12",
		violations: func(s stack) []string {
			var v violations
			if !s.config.LoadBalancer.WAF.Enabled {
				v.unless(s.Resource["aws_wafv2_web_acl"] == nil, "there is one although it is off")
				return v
			}
			v.want(s, "aws_wafv2_web_acl_association", attributes{
				"resource_arn": "${aws_lb.load_balancer_alb.arn}", "web_acl_arn": "${aws_wafv2_web_acl.web_acl.arn}",
			})
			v.want(s, "aws_wafv2_web_acl_logging_configuration", attributes{
				"resource_arn":            "${aws_wafv2_web_acl.web_acl.arn}",
				"log_destination_configs": []any{"${aws_cloudwatch_log_group.waf_logs.arn}"},
				"redacted_fields": []any{
					attributes{"single_header": attributes{"name": "authorization"}},
					attributes{"single_header": attributes{"name": "cookie"}},
				},
			})
			rules := fmt.Sprint(s.Resource["aws_wafv2_web_acl"]["web_acl"]["rule"])
			for _, group := range []string{"AmazonIpReputationList", "CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet"} {
				v.unless(strings.Contains(rules, "name:AWSManagedRules"+group+" "), "it lacks %s", group)
			}
			v.unless(strings.Count(rules, "override_action:map[none:map[]]") == 4, "groups of rules are overridden: %s", rules)
			v.unless(strings.Contains(rules, fmt.Sprintf("action:map[block:map[]] name:rate-limit priority:1 statement:map[rate_based_statement:map[aggregate_key_type:IP evaluation_window_sec:300 limit:%d]]",
				s.config.LoadBalancer.WAF.RateLimit)), "it lacks the rate limit: %s", rules)
			return v
		},
		broken: func(s *stack) { s.config.LoadBalancer.WAF.Enabled = true },
	},
	{
		sentence: "the load balancer stands in public subnets of different zones and checks the health of tasks",
		controls: "CKV_AWS_261; FSBP ELB.13",
		violations: func(s stack) []string {
			var v violations
			subnets, _ := s.one("aws_lb")["subnets"].([]any)
			v.unless(len(subnets) >= 2, "it stands in %v", subnets)
			check, _ := s.one("aws_lb_target_group")["health_check"].(attributes)
			v.unless(check["path"] == "/health" && check["protocol"] == "HTTP" && check["matcher"] == "200", "the check is %v", check)
			return v
		},
		broken: set("aws_lb_target_group", "health_check", nil),
	},
	always("the database is encrypted, lets IAM authenticate, and copies tags to snapshots",
		"CKV_AWS_96, CKV_AWS_162, CKV_AWS_313; FSBP RDS.12, RDS.16, RDS.27", "aws_rds_cluster",
		attributes{"storage_encrypted": true, "iam_database_authentication_enabled": true, "copy_tags_to_snapshot": true}),
	{
		sentence: "backups go back seven days at least",
		controls: "CKV_AWS_133; FSBP RDS.14, RDS.50",
		violations: func(s stack) []string {
			var v violations
			days, _ := s.one("aws_rds_cluster")["backup_retention_period"].(float64)
			v.unless(days >= 7, "they go back %v days", days)
			return v
		},
		broken: set("aws_rds_cluster", "backup_retention_period", 1.0),
	},
	{
		sentence: "the database refuses connections without TLS",
		controls: "CKV2_AWS_69; FSBP RDS.38",
		violations: func(s stack) []string {
			var v violations
			parameters := fmt.Sprint(s.one("aws_rds_cluster_parameter_group")["parameter"])
			v.unless(strings.Contains(parameters, "name:rds.force_ssl value:1"), "parameters are %s", parameters)
			v.unless(s.one("aws_rds_cluster")["db_cluster_parameter_group_name"] == "${aws_rds_cluster_parameter_group.database_parameter_group.name}", "the cluster does not use them")
			return v
		},
		broken: set("aws_rds_cluster_parameter_group", "parameter", nil),
	},
	always("the administrator of the database has an unusual name, and the cluster leaves its zones to its subnets",
		"FSBP RDS.24", "aws_rds_cluster",
		attributes{"master_username": "flaskapi", "availability_zones": nil}),
	{
		sentence: "the database is watched as its configuration says, and its log goes to a group that is there first",
		controls: "CKV_AWS_118, CKV_AWS_324, CKV_AWS_353, CKV2_AWS_27; FSBP RDS.6, RDS.37",
		violations: func(s stack) []string {
			var v violations
			settings := s.config.Database
			instance := attributes{
				"performance_insights_enabled": nil, "performance_insights_retention_period": nil,
				"monitoring_interval": nil, "monitoring_role_arn": nil,
			}
			if settings.PerformanceInsights {
				instance["performance_insights_enabled"], instance["performance_insights_retention_period"] = true, 7.0
			}
			if settings.MonitoringIntervalSeconds > 0 {
				instance["monitoring_interval"] = float64(settings.MonitoringIntervalSeconds)
				instance["monitoring_role_arn"] = "${aws_iam_role.database_monitoring_role.arn}"
				policy := s.Resource["aws_iam_role_policy_attachment"]["database_monitoring_role_enhanced_monitoring"]["policy_arn"]
				v.unless(policy == "arn:${data.aws_partition.database_partition.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole", "the role is allowed %v", policy)
			}
			v.want(s, "aws_rds_cluster_instance", instance)
			cluster := attributes{"enabled_cloudwatch_logs_exports": nil, "depends_on": nil}
			if settings.LogExports {
				cluster["enabled_cloudwatch_logs_exports"] = []any{"postgresql"}
				cluster["depends_on"] = []any{"aws_cloudwatch_log_group.database_logs"}
				name := s.Resource["aws_cloudwatch_log_group"]["database_logs"]["name"]
				v.unless(name == "/aws/rds/cluster/"+s.config.Name("aurora")+"/postgresql", "the log group is %v", name)
			}
			v.want(s, "aws_rds_cluster", cluster)
			parameters := fmt.Sprint(s.one("aws_rds_cluster_parameter_group")["parameter"])
			for _, parameter := range []string{"name:log_statement value:ddl", "name:log_min_duration_statement value:1000"} {
				v.unless(strings.Contains(parameters, parameter) == settings.LogExports, "parameters are %s", parameters)
			}
			return v
		},
		broken: set("aws_rds_cluster", "enabled_cloudwatch_logs_exports", []any{"postgresql"}),
	},
	{
		sentence: "one key of the account's own encrypts all that holds data, or none of it",
		controls: "CKV_AWS_136, CKV_AWS_149, CKV_AWS_158, CKV_AWS_327, CKV_AWS_354; FSBP ECR.5",
		violations: func(s stack) []string {
			var v violations
			key, images, insights := any(nil), any(nil), any(nil)
			if s.config.Encryption.CustomerManagedKey {
				key = "${aws_kms_key.encryption_key.arn}"
				images = []any{attributes{"encryption_type": "KMS", "kms_key": key}}
			}
			if s.config.Database.PerformanceInsights {
				insights = key
			}
			for _, kind := range []string{"aws_rds_cluster", "aws_secretsmanager_secret", "aws_cloudwatch_log_group"} {
				v.want(s, kind, attributes{"kms_key_id": key})
			}
			v.want(s, "aws_ecr_repository", attributes{"encryption_configuration": images})
			v.want(s, "aws_rds_cluster_instance", attributes{"performance_insights_kms_key_id": insights})
			return v
		},
		broken: set("aws_cloudwatch_log_group", "kms_key_id", "${aws_kms_key.other.arn}"),
	},
	{
		sentence: "a key of the account's own rotates, and serves CloudWatch Logs for the log groups of the environment alone",
		controls: "CKV_AWS_7, CKV_AWS_33, CKV_AWS_227, CKV2_AWS_64; FSBP KMS.4",
		violations: func(s stack) []string {
			const partition, account = "arn:${data.aws_partition.encryption_partition.partition}:", "${data.aws_caller_identity.caller.account_id}"
			var v violations
			s.each("aws_kms_key", func(name string, a attributes) {
				v.unless(a["enable_key_rotation"] == true && a["is_enabled"] == nil, "%s does not rotate", name)
				policy := fmt.Sprint(a["policy"])
				if name == "alarms_encryption_key" {
					return // TestAlarms looks at the rest of it.
				}
				allowed := 2
				if s.config.Alarms.Enabled {
					allowed++
				}
				v.unless(strings.Count(policy, "Effect:Allow") == allowed, "%s allows others: %s", name, policy)
				v.unless(strings.Contains(policy, "Action:[kms:*] Effect:Allow Principal:map[AWS:"+partition+"iam::"+account+":root]"), "%s does not obey the account: %s", name, policy)
				v.unless(strings.Contains(policy, "Effect:Allow Principal:map[Service:logs.eu-south-1.amazonaws.com]"), "%s does not serve CloudWatch Logs: %s", name, policy)
				v.unless(strings.Count(policy, ":log-group:") == len(s.Resource["aws_cloudwatch_log_group"]), "%s does not serve the log groups: %s", name, policy)
				s.each("aws_cloudwatch_log_group", func(_ string, group attributes) {
					arn := fmt.Sprint(partition, "logs:eu-south-1:", account, ":log-group:", group["name"])
					v.unless(strings.Contains(policy, arn), "%s does not serve %s: %s", name, arn, policy)
				})
			})
			return v
		},
		broken: func(s *stack) {
			s.Resource["aws_kms_key"] = map[string]attributes{"other": {"enable_key_rotation": false}}
		},
	},
	{
		sentence: "readers are added only between the readers of the environment and their greatest number",
		violations: func(s stack) []string {
			var v violations
			settings := s.config.Database
			targets := 0
			s.each("aws_appautoscaling_target", func(name string, a attributes) {
				if a["service_namespace"] != "rds" {
					return
				}
				targets++
				v.unless(a["min_capacity"] == float64(settings.ReaderCount) && a["max_capacity"] == float64(settings.MaxReaders), "%s scales from %v to %v", name, a["min_capacity"], a["max_capacity"])
				v.unless(a["scalable_dimension"] == "rds:cluster:ReadReplicaCount" && a["resource_id"] == "cluster:${aws_rds_cluster.database_cluster.cluster_identifier}", "%s scales %v of %v", name, a["scalable_dimension"], a["resource_id"])
			})
			v.unless((targets == 1) == (settings.MaxReaders > 0), "%d targets scale readers", targets)
			return v
		},
		broken: set("aws_appautoscaling_target", "service_namespace", "rds"),
	},
	always("minor versions of the database are upgraded by AWS",
		"CKV_AWS_226; FSBP RDS.13, RDS.35", "aws_rds_cluster_instance", attributes{"auto_minor_version_upgrade": true}),
	{
		sentence: "the registry scans what is pushed and expires what is untagged",
		controls: "CKV_AWS_163; FSBP ECR.1, ECR.3",
		violations: func(s stack) []string {
			var v violations
			scan, _ := s.one("aws_ecr_repository")["image_scanning_configuration"].(attributes)
			v.unless(scan["scan_on_push"] == true, "scan_on_push is %v", scan["scan_on_push"])
			policy := fmt.Sprint(s.one("aws_ecr_lifecycle_policy")["policy"])
			v.unless(strings.Contains(policy, "type:expire") && strings.Contains(policy, "tagStatus:untagged"), "the policy is %s", policy)
			return v
		},
		broken: set("aws_ecr_lifecycle_policy", "policy", nil),
	},
	always("containers have their own network and see no other processes",
		"CKV_AWS_332, CKV_AWS_335; FSBP ECS.3, ECS.17", "aws_ecs_task_definition",
		attributes{"network_mode": "awsvpc", "pid_mode": nil, "ipc_mode": nil}),
	{
		sentence: "no container has privileges, each logs what it prints, and secrets come by reference only",
		controls: "CKV_AWS_334; FSBP ECS.4, ECS.8, ECS.9",
		violations: func(s stack) []string {
			var v violations
			for _, container := range s.one("aws_ecs_task_definition")["container_definitions"].([]any) {
				c := container.(attributes)
				v.unless(c["privileged"] == nil, "%v is privileged", c["name"])
				capabilities := c["linuxParameters"].(attributes)["capabilities"]
				v.unless(fmt.Sprint(capabilities) == "map[drop:[ALL]]", "%v keeps capabilities: %v", c["name"], capabilities)
				v.unless(strings.Contains(fmt.Sprint(c["logConfiguration"]), "logDriver:awslogs"), "%v logs to %v", c["name"], c["logConfiguration"])
				for _, variable := range c["environment"].([]any) {
					name := fmt.Sprint(variable.(attributes)["name"])
					v.unless(!regexp.MustCompile(`(?i)password|secret|token|key`).MatchString(name), "%s is in the environment", name)
				}
				for _, secret := range c["secrets"].([]any) {
					from := fmt.Sprint(secret.(attributes)["valueFrom"])
					v.unless(regexp.MustCompile(`^(\$\{aws_secretsmanager_secret\.credentials_secret\.arn\}:password::|arn:aws:secretsmanager:)`).MatchString(from), "a secret is %s", from)
				}
			}
			return v
		},
		broken: func(s *stack) { s.container()["privileged"] = true },
	},
	{
		sentence: "where root file systems are read-only, the API can write to a temporary volume alone, and the collector to nothing",
		controls: "CKV_AWS_336; FSBP ECS.5",
		violations: func(s stack) []string {
			var v violations
			for _, container := range s.one("aws_ecs_task_definition")["container_definitions"].([]any) {
				c := container.(attributes)
				api := c["name"] == "flask-api"
				if !s.config.Service.ReadOnlyRootFilesystem && api {
					continue
				}
				v.unless(c["readonlyRootFilesystem"] == true, "%v can write to its root file system", c["name"])
				writable := map[bool]string{true: "[map[containerPath:/tmp readOnly:false sourceVolume:tmp]]", false: "<nil>"}[api]
				v.unless(fmt.Sprint(c["mountPoints"]) == writable, "%v can write to %v", c["name"], c["mountPoints"])
			}
			return v
		},
		broken: func(s *stack) {
			s.config.Service.ReadOnlyRootFilesystem = true
			delete(s.container(), "readonlyRootFilesystem")
		},
	},
	{
		sentence: "where people may open a shell in a task, the session is logged, and encrypted with the environment's key if it has one",
		controls: "CKV_AWS_223, CKV_AWS_224",
		violations: func(s stack) []string {
			var v violations
			enabled := s.config.Service.ExecuteCommand
			v.unless((s.one("aws_ecs_service")["enable_execute_command"] == true) == enabled, "shells may be opened: %t", !enabled)
			if !enabled {
				return v
			}
			execute := attributes{"logging": "OVERRIDE", "log_configuration": attributes{
				"cloud_watch_log_group_name":     "${aws_cloudwatch_log_group.execute_command_logs.name}",
				"cloud_watch_encryption_enabled": s.config.Encryption.CustomerManagedKey,
			}}
			if s.config.Encryption.CustomerManagedKey {
				execute["kms_key_id"] = "${aws_kms_key.encryption_key.arn}"
			}
			v.want(s, "aws_ecs_cluster", attributes{"configuration": attributes{"execute_command_configuration": execute}})
			return v
		},
		broken: set("aws_ecs_service", "enable_execute_command", true),
	},
	{
		sentence: "Container Insights watches the cluster",
		controls: "CKV_AWS_65; FSBP ECS.12",
		violations: func(s stack) []string {
			var v violations
			setting := fmt.Sprint(s.one("aws_ecs_cluster")["setting"])
			v.unless(setting == "[map[name:containerInsights value:enabled]]", "settings are %s", setting)
			return v
		},
		broken: set("aws_ecs_cluster", "setting", nil),
	},
	{
		sentence: "a deployment keeps all tasks running, rolls back by itself, and fails the apply when it did",
		violations: func(s stack) []string {
			var v violations
			v.want(s, "aws_ecs_service", attributes{
				"deployment_minimum_healthy_percent": 100.0,
				"deployment_maximum_percent":         200.0,
				"deployment_circuit_breaker":         attributes{"enable": true, "rollback": true},
				"availability_zone_rebalancing":      "ENABLED",
				"wait_for_steady_state":              true,
			})
			lifecycle := fmt.Sprint(s.one("aws_ecs_service")["lifecycle"])
			if s.config.Deployment.Images == config.ImagesExternal {
				v.unless(lifecycle == "map[ignore_changes:[desired_count task_definition]]", "an apply takes back what a pipeline deployed: %s", lifecycle)
				return v
			}
			v.unless(strings.Contains(lifecycle, "${self.task_definition == aws_ecs_task_definition.service_task_definition.arn}"), "nothing checks what runs: %s", lifecycle)
			v.unless(strings.Contains(lifecycle, "ignore_changes:[desired_count]"), "an apply resets the number of tasks")
			return v
		},
		broken: set("aws_ecs_service", "wait_for_steady_state", false),
	},
	{
		sentence: "the password stands nowhere: it is ephemeral and passed to write-only arguments",
		controls: "CKV_SECRET; FSBP ECS.8",
		violations: func(s stack) []string {
			var v violations
			stored := `${jsondecode(ephemeral.aws_secretsmanager_secret_version.credentials_stored.secret_string)["password"]}`
			v.want(s, "aws_rds_cluster", attributes{"master_password": nil, "master_password_wo": stored})
			v.want(s, "aws_secretsmanager_secret_version", attributes{"secret_string": nil, "secret_binary": nil})
			v.unless(len(s.Data["aws_secretsmanager_random_password"])+len(s.Data["aws_secretsmanager_secret_version"]) == 0, "a data source puts it into the state")
			v.unless(s.Resource["random_password"] == nil, "a resource puts it into the state")
			return v
		},
		broken: set("aws_rds_cluster", "master_password", "hunter2"),
	},
	{
		sentence: "no placeholder of CDKTF is left unresolved",
		violations: func(s stack) []string {
			var v violations
			left := regexp.MustCompile(`TfToken\[|-1\.8\d+e\+?\d+`).FindAllString(s.text, -1)
			v.unless(left == nil, "left: %v", left)
			return v
		},
		broken: func(s *stack) { s.text += "${TfToken[TOKEN.1]}" },
	},
	{
		sentence: "every reference resolves to something that exists",
		violations: func(s stack) []string {
			var v violations
			for _, m := range regexp.MustCompile(`\b(?:(data|ephemeral)\.)?((?:aws|terraform)_[a-z0-9_]+)\.([a-z0-9_]+)`).FindAllStringSubmatch(s.text, -1) {
				blocks := map[string]map[string]map[string]attributes{"": s.Resource, "data": s.Data, "ephemeral": s.Ephemeral}[m[1]]
				_, exists := blocks[m[2]][m[3]]
				v.unless(exists, "%s does not exist", m[0])
			}
			return v
		},
		broken: func(s *stack) { delete(s.Resource["aws_vpc"], "networking_vpc") },
	},
	{
		sentence: "everything is tagged with its environment, its project and who manages it",
		controls: "FSBP ECS.13, ECS.14, ECS.15",
		violations: func(s stack) []string {
			var v violations
			tags := s.Provider["aws"][0]["default_tags"].([]any)[0].(attributes)["tags"].(attributes)
			environment := "production"
			if s.config.Suffix == "dev" {
				environment = "development"
			}
			for key, want := range map[string]string{"Environment": environment, "Project": "ecommerce-api", "ManagedBy": "CDKTF"} {
				v.unless(tags[key] == want, "%s is %v", key, tags[key])
			}
			v.want(s, "aws_ecs_service", attributes{"propagate_tags": "SERVICE", "enable_ecs_managed_tags": true})
			return v
		},
		broken: func(s *stack) { s.Provider["aws"][0]["default_tags"].([]any)[0].(attributes)["tags"] = attributes{} },
	},
	{
		sentence: "there are exactly the promised outputs, each with a description",
		violations: func(s stack) []string {
			var v violations
			ids := slices.Sorted(maps.Keys(s.Output))
			want := []string{"alb_dns_name", "ecr_repository_uri", "ecs_cluster_name", "rds_cluster_endpoint", "vpc_id"}
			if s.config.LoadBalancer.Domain != "" {
				want = append(want, "api_url")
			}
			if s.config.Deployment.GitHubRepository != "" {
				want = append(want, "deploy_role_arn")
			}
			slices.Sort(want)
			v.unless(slices.Equal(ids, want), "outputs are %v, want %v", ids, want)
			for id, output := range s.Output {
				v.unless(output["description"] != nil && output["value"] != nil, "%s says nothing", id)
			}
			return v
		},
		broken: func(s *stack) { delete(s.Output, "vpc_id") },
	},
	{
		sentence: "physical names are flask-api-<resource>-<suffix>",
		violations: func(s stack) []string {
			var v violations
			pattern := regexp.MustCompile(`^flask-api-[a-z0-9-]+-` + s.config.Suffix + `(-\$\{.*)?$`)
			group := regexp.MustCompile(`^(/(ecs|ecs/exec|aws/(alb|vpc))/|alias/|aws-waf-logs-)flask-api-` + s.config.Suffix + `$|^alias/flask-api-alarms-key-` + s.config.Suffix + `$|^/aws/rds/cluster/flask-api-aurora-` + s.config.Suffix + `/postgresql$`)
			for kind, resources := range s.Resource {
				for name, a := range resources {
					for _, key := range []string{"name", "identifier", "cluster_identifier", "bucket"} {
						text, given := a[key].(string)
						if !given || strings.HasPrefix(text, "${") || kind == "aws_iam_role_policy" || kind == "aws_route53_record" {
							continue
						}
						v.unless(pattern.MatchString(text) || group.MatchString(text), "%s.%s: %s is %q", kind, name, key, text)
					}
				}
			}
			return v
		},
		broken: set("aws_vpc", "name", "my-vpc"),
	},
	{
		sentence: "the JSON says which Terraform and provider it needs, and where the state is, encrypted and locked, without credentials",
		violations: func(s stack) []string {
			var v violations
			v.unless(s.Terraform["required_version"] == ">= 1.11", "required_version is %v", s.Terraform["required_version"])
			provider := s.Terraform["required_providers"].(attributes)["aws"]
			v.unless(fmt.Sprint(provider) == "map[source:hashicorp/aws version:~> 5.99]", "the provider is %v", provider)
			settings := s.config.State
			wanted := map[config.Backend]attributes{
				config.BackendLocal: {"backend": attributes{"local": attributes{"path": "../../../terraform." + s.config.StackName() + ".tfstate"}}},
				config.BackendS3: {"backend": attributes{"s3": attributes{
					"bucket": settings.Bucket, "key": s.config.StackName() + ".tfstate", "region": settings.BucketRegion, "encrypt": true, "use_lockfile": true,
				}}},
				config.BackendCloud: {"cloud": attributes{"organization": settings.Organization, "workspaces": attributes{"name": settings.Workspace}}},
			}[settings.Backend]
			if len(settings.WorkspaceTags) > 0 {
				wanted = attributes{"cloud": attributes{
					"hostname": settings.Hostname, "organization": settings.Organization, "workspaces": attributes{"tags": []any{settings.WorkspaceTags[0]}},
				}}
			}
			for _, place := range []string{"backend", "cloud"} {
				v.unless(assert.ObjectsAreEqual(wanted[place], s.Terraform[place]), "%s is %v, want %v", place, s.Terraform[place], wanted[place])
			}
			return v
		},
		broken: func(s *stack) { s.Terraform["required_version"] = nil },
	},
	{
		sentence: "nothing names a folder of the machine that synthesised it",
		violations: func(s stack) []string {
			var v violations
			here, _ := os.Getwd()
			home, _ := os.UserHomeDir()
			for _, folder := range []string{here, home + "/", os.TempDir() + "/"} {
				v.unless(!strings.Contains(string(synthesised()[s.config.Suffix])+s.text, folder), "%s is in it", folder)
			}
			return v
		},
		broken: func(s *stack) { s.text += os.TempDir() + "/" },
	},
	{
		sentence: "a protected environment refuses to lose data, and any other is destroyed in one run",
		controls: "CKV_AWS_51, CKV_AWS_139, CKV_AWS_150; FSBP ECR.2, ELB.6, RDS.7",
		violations: func(s stack) []string {
			var v violations
			protected := s.config.Protected
			v.want(s, "aws_lb", attributes{"enable_deletion_protection": protected})
			v.want(s, "aws_rds_cluster", attributes{"deletion_protection": protected, "skip_final_snapshot": !protected})
			recovery, mutability, lifecycle := 0.0, "MUTABLE", any(nil)
			if protected {
				recovery, mutability, lifecycle = 30.0, "IMMUTABLE", attributes{"prevent_destroy": true}
			}
			v.want(s, "aws_secretsmanager_secret", attributes{"recovery_window_in_days": recovery, "lifecycle": lifecycle})
			v.want(s, "aws_ecr_repository", attributes{"image_tag_mutability": mutability, "force_delete": !protected, "lifecycle": lifecycle})
			s.each("aws_rds_cluster", func(name string, a attributes) {
				kept := a["lifecycle"].(attributes)["prevent_destroy"] == true
				v.unless(kept == protected, "%s refuses its destruction: %t", name, kept)
			})
			if s.config.LoadBalancer.AccessLogRetentionDays > 0 {
				v.want(s, "aws_s3_bucket", attributes{"force_destroy": !protected, "lifecycle": lifecycle})
			}
			if s.config.Encryption.CustomerManagedKey {
				days := map[bool]float64{false: 7, true: 30}[protected]
				v.want(s, "aws_kms_key", attributes{"deletion_window_in_days": days, "lifecycle": lifecycle})
				denies := strings.Contains(fmt.Sprint(s.one("aws_kms_key")["policy"]), "Action:[kms:ScheduleKeyDeletion] Effect:Deny Principal:map[AWS:*]")
				v.unless(denies == protected, "the key refuses its deletion: %t", denies)
			}
			_, snapshot := s.one("aws_rds_cluster")["final_snapshot_identifier"]
			v.unless(snapshot == protected, "final_snapshot_identifier is there: %t", snapshot)
			return v
		},
		broken: set("aws_lb", "enable_deletion_protection", "maybe"),
	},
	{
		sentence: "an engine that AWS upgraded is not taken back, and another major version is refused",
		controls: "CKV_AWS_226; FSBP RDS.35",
		violations: func(s stack) []string {
			var v violations
			s.each("aws_rds_cluster", func(name string, a attributes) {
				lifecycle := a["lifecycle"].(attributes)
				v.unless(assert.ObjectsAreEqual([]any{"engine_version"}, lifecycle["ignore_changes"]), "%s ignores changes of %v", name, lifecycle["ignore_changes"])
				refused := fmt.Sprintf(`startswith(self.engine_version, "%s.")`, s.config.Database.EngineMajorVersion())
				v.unless(strings.Contains(fmt.Sprint(lifecycle["postcondition"]), refused), "%s: %v", name, lifecycle["postcondition"])
			})
			return v
		},
		broken: func(s *stack) { s.one("aws_rds_cluster")["lifecycle"] = attributes{} },
	},
	{
		sentence: "what AWS forgets with a scalable target is made anew with it",
		violations: func(s stack) []string {
			var v violations
			for _, kind := range []string{"aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"} {
				s.each(kind, func(name string, a attributes) {
					target := strings.TrimSuffix(strings.TrimPrefix(a["resource_id"].(string), "${"), ".resource_id}")
					lifecycle, _ := a["lifecycle"].(attributes)
					v.unless(assert.ObjectsAreEqual([]any{target + ".id"}, lifecycle["replace_triggered_by"]), "%s.%s: lifecycle is %v", kind, name, lifecycle)
				})
			}
			return v
		},
		broken: set("aws_appautoscaling_policy", "lifecycle", nil),
	},
}

// TestInvariants holds every environment against every invariant, and shows of
// each invariant that it can fail.
func TestInvariants(t *testing.T) {
	stacks := make([]stack, 0, len(environments()))
	for _, env := range environments() {
		stacks = append(stacks, load(t, env.Suffix))
	}
	for _, rule := range invariants {
		t.Run(rule.sentence, func(t *testing.T) {
			for _, s := range stacks {
				assert.Empty(t, rule.violations(s), "environment %q (controls: %s)", s.config.Suffix, rule.controls)
			}
			broken := load(t, defaultSuffix)
			rule.broken(&broken)
			assert.NotEmpty(t, rule.violations(broken), "a stack that breaks the rule passes it")
		})
	}
}

// TestDefaults holds the default environment against the values that were
// promised for it.
func TestDefaults(t *testing.T) {
	s := load(t, defaultSuffix)
	for kind, count := range map[string]int{
		"aws_subnet": 4, "aws_nat_gateway": 2, "aws_eip": 2, "aws_rds_cluster_instance": 2,
		"aws_cloudwatch_log_group": 2, "aws_security_group": 3, "aws_lb_listener": 1, "aws_iam_role": 2,
	} {
		assert.Len(t, s.Resource[kind], count, kind)
	}
	var v violations
	v.want(s, "aws_vpc", attributes{"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true, "enable_dns_support": true})
	v.want(s, "aws_rds_cluster_instance", attributes{"instance_class": "db.t3.medium"})
	v.want(s, "aws_cloudwatch_log_group", attributes{"retention_in_days": 7.0})
	v.want(s, "aws_ecs_task_definition", attributes{"cpu": "1024", "memory": "2048", "requires_compatibilities": []any{"FARGATE"}})
	v.want(s, "aws_ecs_service", attributes{"desired_count": 2.0, "launch_type": "FARGATE", "health_check_grace_period_seconds": 60.0})
	v.want(s, "aws_lb", attributes{"internal": false, "load_balancer_type": "application", "idle_timeout": nil})
	v.want(s, "aws_lb_listener", attributes{"port": 80.0, "protocol": "HTTP"})
	v.want(s, "aws_lb_target_group", attributes{"target_type": "ip", "port": 5000.0, "health_check": attributes{
		"path": "/health", "port": "traffic-port", "protocol": "HTTP", "matcher": "200",
		"healthy_threshold": 2.0, "unhealthy_threshold": 3.0, "interval": 30.0, "timeout": 5.0,
	}})
	v.want(s, "aws_appautoscaling_target", attributes{"min_capacity": 2.0, "max_capacity": 10.0})
	v.want(s, "aws_appautoscaling_policy", attributes{"target_tracking_scaling_policy_configuration": attributes{
		"predefined_metric_specification": attributes{"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
		"target_value":                    70.0, "scale_in_cooldown": 300.0, "scale_out_cooldown": 60.0,
	}})
	assert.Empty(t, v)
	versions := s.Data["aws_rds_engine_version"]
	assert.Equal(t, attributes{"version": "15", "engine": "aurora-postgresql", "latest": true}, versions["database_newest_engine_version"])
	assert.Equal(t, []any{"15.4", "${data.aws_rds_engine_version.database_newest_engine_version.version_actual}"},
		versions["database_engine_version"]["preferred_versions"])
}

// TestChoices holds the environment of other choices against what they change.
func TestChoices(t *testing.T) {
	s := load(t, "chosen")
	assert.Equal(t, "${aws_ecr_repository.registry_repository.repository_url}:v1.2.3", s.container()["image"])
	assert.NotContains(t, s.container(), "command")
	assert.Equal(t, "eu-south-1c", s.Resource["aws_subnet"]["networking_private_subnet_2"]["availability_zone"])
	assert.NotContains(t, s.Data, "aws_availability_zones")
	assert.Len(t, s.Resource["aws_rds_cluster_instance"], 3)
	var v violations
	v.want(s, "aws_lb", attributes{"idle_timeout": 120.0})
	v.want(s, "aws_rds_cluster_instance", attributes{"instance_class": "db.serverless"})
	v.want(s, "aws_rds_cluster", attributes{"serverlessv2_scaling_configuration": attributes{"min_capacity": 0.5, "max_capacity": 4.0}})
	assert.Empty(t, v)
}

// TestDomain holds the environment with a domain against what that adds.
func TestDomain(t *testing.T) {
	s := load(t, "chosen")
	assert.Equal(t, attributes{"name": "example.com", "private_zone": false}, s.Data["aws_route53_zone"]["domain_zone"])
	assert.Equal(t, "https://api.example.com", s.Output["api_url"]["value"])
	option := "${tolist(aws_acm_certificate.domain_certificate.domain_validation_options).0.resource_record_"
	zone := "${data.aws_route53_zone.domain_zone.zone_id}"
	alias := func(kind string) attributes {
		return attributes{
			"zone_id": zone, "name": "api.example.com", "type": kind,
			"alias": attributes{
				"name": "${aws_lb.load_balancer_alb.dns_name}", "zone_id": "${aws_lb.load_balancer_alb.zone_id}", "evaluate_target_health": true,
			},
			"depends_on": []any{"aws_lb_listener.load_balancer_https_listener"},
		}
	}
	assert.Equal(t, map[string]attributes{
		"domain_validation_record": {
			"zone_id": zone, "name": option + "name}", "type": option + "type}", "records": []any{option + "value}"}, "ttl": 300.0,
			"allow_overwrite": true,
		},
		"domain_alias":      alias("A"),
		"domain_alias_ipv6": alias("AAAA"),
	}, s.Resource["aws_route53_record"])
	https := s.Resource["aws_lb_listener"]["load_balancer_https_listener"]
	assert.Equal(t, "${aws_acm_certificate_validation.domain_validation.certificate_arn}", https["certificate_arn"])
}

// TestCertificateARN holds the environment with a certificate of its own against
// what that adds, which leaves DNS alone.
func TestCertificateARN(t *testing.T) {
	s := load(t, "elsewhere")
	https := s.Resource["aws_lb_listener"]["load_balancer_https_listener"]
	assert.Equal(t, s.config.LoadBalancer.CertificateARN, https["certificate_arn"])
	assert.NotContains(t, s.Resource, "aws_acm_certificate")
	assert.NotContains(t, s.Resource, "aws_route53_record")
	assert.NotContains(t, s.Data, "aws_route53_zone")
}

// TestLargeBodies compares the rule that refuses large bodies with and without
// the choice to let them through.
func TestLargeBodies(t *testing.T) {
	common := func(suffix string) any {
		rule := load(t, suffix).one("aws_wafv2_web_acl")["rule"].([]any)[2].(attributes)
		return rule["statement"].(attributes)["managed_rule_group_statement"].(attributes)["rule_action_override"]
	}
	assert.Nil(t, common("production"))
	counted := attributes{"name": "SizeRestrictions_BODY", "action_to_use": attributes{"count": attributes{}}}
	assert.Equal(t, []any{counted}, common("chosen"))
}

// TestNetworkChoices holds the ways out of the private subnets against what each
// of them adds.
func TestNetworkChoices(t *testing.T) {
	for suffix, want := range map[string]struct{ gateways, endpoints, flowLogs int }{
		defaultSuffix: {gateways: 2, endpoints: 1},
		"chosen":      {gateways: 1, endpoints: 1},
		"closed":      {gateways: 0, endpoints: 7},
		"production":  {gateways: 3, endpoints: 5, flowLogs: 1},
	} {
		s := load(t, suffix)
		assert.Len(t, s.Resource["aws_nat_gateway"], want.gateways, suffix)
		assert.Len(t, s.Resource["aws_eip"], want.gateways, suffix)
		assert.Len(t, s.Resource["aws_vpc_endpoint"], want.endpoints, suffix)
		assert.Len(t, s.Resource["aws_flow_log"], want.flowLogs, suffix)
		s3 := s.Resource["aws_vpc_endpoint"]["networking_s3_endpoint"]
		assert.Len(t, s3["route_table_ids"], len(s.Resource["aws_route_table"])-1, "%s: S3 is reached from every private subnet", suffix)
	}
	closed := load(t, "closed")
	var waits []string
	for _, needed := range closed.one("aws_ecs_service")["depends_on"].([]any) {
		waits = append(waits, fmt.Sprint(needed))
	}
	for name := range closed.Resource["aws_vpc_endpoint"] {
		assert.Contains(t, waits, "aws_vpc_endpoint."+name, "what the service waits for")
	}
}

// onlyPrivate says whether the references name at least two subnets, all private.
func onlyPrivate(references any) bool {
	list, _ := references.([]any)
	return len(list) >= 2 && !slices.ContainsFunc(list, func(r any) bool {
		return !strings.HasPrefix(fmt.Sprint(r), "${aws_subnet.networking_private_subnet_")
	})
}
