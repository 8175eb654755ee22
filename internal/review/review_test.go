package review

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"flask-api/internal/controls"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// compared are the environment of two bodies of resources.
func compared(t *testing.T, before, after string) Environment {
	t.Helper()
	wrap := func(resources string) map[string][]byte {
		return map[string][]byte{"stack": []byte(`{"resource": {` + resources + `, "aws_vpc": {"vpc": {"cidr_block": "10.0.0.0/16"}}}}`)}
	}
	environments, err := Compare(wrap(before), wrap(after))
	require.NoError(t, err)
	require.Len(t, environments, 1)
	return environments[0]
}

// resource is a body with one resource in it, which is called `it`.
func resource(kind, attributes string) string {
	return fmt.Sprintf(`%q: {"it": {%s}}`, kind, attributes)
}

// policy is a role's policy with that statement.
func policy(statement string) string {
	return resource("aws_iam_role_policy", `"policy": "{\"Statement\":[`+strings.ReplaceAll(statement, `"`, `\"`)+`]}"`)
}

const none = `"aws_eip": {}`

// routing is a rule of a listener, beside a target group.
func routing(attributes, condition, action string) string {
	return resource("aws_lb_listener_rule", attributes+`, "condition": [`+condition+`], "action": [`+action+`]`) + `, "aws_lb_target_group": {"it": {}}`
}

const forwarded = `{"type": "forward", "target_group_arn": "${aws_lb_target_group.it.arn}"}`

// TestPlainHTTP wants a rule that forwards from the port of HTTP named where there is HTTPS.
func TestPlainHTTP(t *testing.T) {
	listeners := `, "aws_lb_listener": {"http": {"protocol": "HTTP", "default_action": [{"type": "redirect"}]}, "https": {"protocol": "HTTPS"}}`
	for listener, want := range map[string]int{"http": 1, "https": 0} {
		rule := routing(`"listener_arn": "${aws_lb_listener.`+listener+`.arn}"`, `{"path_pattern": {"values": ["/ops/*"]}}`, forwarded)
		risks := compared(t, none+listeners, rule+listeners).Risks()
		plain := slices.DeleteFunc(risks, func(r Risk) bool { return r.Text != "serves plain HTTP beside HTTPS: nothing redirects it" })
		assert.Len(t, plain, want, listener)
	}
}

// TestRisks has a change for each kind of risk, and for what is near it and is none.
func TestRisks(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"a bucket is destroyed": {
			resource("aws_s3_bucket", `"bucket": "logs"`), none,
			[]string{"🔴 is destroyed: what is in it is lost"},
		},
		"a worker is destroyed": {`"aws_ecs_service": {"worker_mailer": {"name": "a"}}`, none, []string{"🟠 is destroyed: its messages wait"}},
		"a worker begins with a message": {
			`"aws_appautoscaling_target": {"worker_mailer_autoscaling_target": {"min_capacity": 2}}`, `"aws_appautoscaling_target": {"worker_mailer_autoscaling_target": {"min_capacity": 0}}`,
			[]string{"🟠 has fewer: 0, before 2"},
		},
		"the API has no task": {
			resource("aws_appautoscaling_target", `"min_capacity": 2`), resource("aws_appautoscaling_target", `"min_capacity": 0`),
			[]string{"🔴 may have no task left", "🟠 has fewer: 0, before 2"},
		},
		"a service is destroyed": {
			`"aws_ecs_service": {"service_ops": {"name": "a"}}`, none,
			[]string{"🔴 is destroyed: the service is away"},
		},
		"the target group of a service is destroyed": {
			`"aws_lb_target_group": {"load_balancer_service_ops_target_group": {"name": "a"}}`, none,
			[]string{"🔴 is destroyed: the service is away until its tasks are registered anew"},
		},
		"a service brings its repository": {
			resource("aws_ecr_repository", `"name": "a"`), `"aws_ecr_repository": {"it": {"name": "a"}, "service_ops_registry_repository": {"name": "b"}}`, nil,
		},
		"the API gets another repository": {
			resource("aws_ecr_repository", `"name": "a"`), `"aws_ecr_repository": {"it": {"name": "a"}, "other": {"name": "b"}}`,
			[]string{"🔴 is created although there is one: it begins empty, and what there is stays behind"},
		},
		"the tag of a service's image": {
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"a\",\"image\":\"${aws_ecr_repository.service_ops_registry_repository.repository_url}:v1\"}]"`),
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"a\",\"image\":\"${local.service_ops_registry_image}\"}]"`), nil,
		},
		"a rule is new": {
			none, routing(`"priority": 1`, `{"host_header": {"values": ["ops.example.com"]}}, {"path_pattern": {"values": ["/ops/*"]}}`, forwarded),
			[]string{"🟠 takes requests of `ops.example.com`, `/ops/*`, which went to the API, or to a rule that comes later"},
		},
		"a rule is for all": {
			none, routing(`"priority": 1`, `{"path_pattern": {"values": ["/*"]}}`, forwarded),
			[]string{"🔴 takes all requests from the API", "🟠 takes requests of `/*`, which went to the API, or to a rule that comes later"},
		},
		"a rule takes every host": {
			routing(`"priority": 1`, `{"host_header": {"values": ["ops.example.com"]}}, {"path_pattern": {"values": ["/ops/*"]}}`, forwarded), routing(`"priority": 1`, `{"path_pattern": {"values": ["/ops/*"]}}`, forwarded),
			[]string{"🟠 takes requests of every host, before of `ops.example.com`"},
		},
		"a rule takes one host": {
			routing(`"priority": 1`, `{"path_pattern": {"values": ["/ops/*"]}}`, forwarded), routing(`"priority": 1`, `{"host_header": {"values": ["ops.example.com"]}}, {"path_pattern": {"values": ["/ops/*"]}}`, forwarded),
			[]string{"🟠 takes requests of `ops.example.com` only, before of every host"},
		},
		"a rule moves to another path": {
			routing(`"priority": 1`, `{"path_pattern": {"values": ["/ops/*"]}}`, forwarded), routing(`"priority": 2`, `{"path_pattern": {"values": ["/manage/*"]}}`, forwarded),
			[]string{
				"🟠 lets others come before it: its priority is 2, before 1",
				"🟠 takes requests of `/manage/*`, too", "🟠 takes requests of `/ops/*` no longer: they go to the API, or to a rule that comes later",
			},
		},
		"HTTPS is turned on": {
			routing(`"priority": 1`, `{"path_pattern": {"values": ["/ops/*"]}}`, forwarded), routing(`"priority": 1`, `{"path_pattern": {"values": ["/ops/*"]}}`, `{"type": "redirect", "redirect": {"host": "#{host}", "protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}`),
			[]string{"🟠 answers with `none`, before with `${aws_lb_target_group.it.arn}`"},
		},
		"a redirect to where it came from": {
			none, routing(`"priority": 1`, `{"path_pattern": {"values": ["/ops/*"]}}`, `{"type": "redirect", "redirect": {"protocol": "HTTP"}}`),
			[]string{"🔴 redirects to plain HTTP", "🟠 takes requests of `/ops/*`, which went to the API, or to a rule that comes later"},
		},
		"a cluster gets another user": {
			resource("aws_rds_cluster", `"master_username": "a"`), resource("aws_rds_cluster", `"master_username": "b"`),
			[]string{"🔴 is replaced, because `master_username` cannot be changed in place: the database and its data are lost"},
		},
		"a cluster gets another backup window": {
			resource("aws_rds_cluster", `"preferred_backup_window": "a"`), resource("aws_rds_cluster", `"preferred_backup_window": "b"`), nil,
		},
		"protection is removed": {
			resource("aws_rds_cluster", `"deletion_protection": true, "skip_final_snapshot": false, "lifecycle": {"prevent_destroy": true}`),
			resource("aws_rds_cluster", `"deletion_protection": false, "skip_final_snapshot": true`),
			[]string{
				"🔴 loses protection (`deletion_protection`): it can be deleted",
				"🔴 loses protection (`skip_final_snapshot`): it is deleted without a final snapshot",
				"🔴 loses protection (`lifecycle`, `prevent_destroy`): it can be destroyed by Terraform",
			},
		},
		"protection is added": {
			resource("aws_rds_cluster", `"deletion_protection": false`), resource("aws_rds_cluster", `"deletion_protection": true`), nil,
		},
		"a secret is kept for fewer days": {
			resource("aws_secretsmanager_secret", `"recovery_window_in_days": 30`), resource("aws_secretsmanager_secret", `"recovery_window_in_days": 7`),
			[]string{"🔴 loses protection (`recovery_window_in_days`): it can be recovered for 7 days, before 30"},
		},
		"a database gets a public address": {
			resource("aws_rds_cluster_instance", `"publicly_accessible": false`), resource("aws_rds_cluster_instance", `"publicly_accessible": true`),
			[]string{"🔴 is open to everyone (`publicly_accessible`)"},
		},
		"a bucket may become public": {
			resource("aws_s3_bucket_public_access_block", `"block_public_acls": true`), resource("aws_s3_bucket_public_access_block", `"block_public_acls": false`),
			[]string{"🔴 is open to everyone (`block_public_acls`)"},
		},
		"a bucket's block is gone": {
			resource("aws_s3_bucket_public_access_block", `"block_public_acls": true`), none,
			[]string{"🔴 is destroyed: the bucket can be opened to everyone"},
		},
		"ingress from everywhere": {
			none, resource("aws_vpc_security_group_ingress_rule", `"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "from_port": 22, "to_port": 22`),
			[]string{"🔴 lets 0.0.0.0/0 connect to tcp port 22"},
		},
		"a wider range": {
			resource("aws_vpc_security_group_ingress_rule", `"cidr_ipv4": "10.0.0.0/16", "ip_protocol": "tcp", "from_port": 80, "to_port": 80`),
			resource("aws_vpc_security_group_ingress_rule", `"cidr_ipv4": "10.0.0.0/8", "ip_protocol": "tcp", "from_port": 80, "to_port": 80`),
			[]string{"🟠 lets 10.0.0.0/8 connect to tcp port 80; before 10.0.0.0/16 to tcp port 80"},
		},
		"a narrower range and fewer ports": {
			resource("aws_vpc_security_group_ingress_rule", `"cidr_ipv4": "10.0.0.0/8", "ip_protocol": "tcp", "from_port": 80, "to_port": 90`),
			resource("aws_vpc_security_group_ingress_rule", `"cidr_ipv4": "10.0.0.0/16", "ip_protocol": "tcp", "from_port": 80, "to_port": 80`),
			[]string{"🟠 lets `10.0.0.0/8` connect to tcp ports 80 to 90 no longer, but only `10.0.0.0/16 to tcp port 80`"},
		},
		"more ports": {
			resource("aws_vpc_security_group_ingress_rule", `"cidr_ipv4": "10.0.0.0/8", "ip_protocol": "tcp", "from_port": 80, "to_port": 80`),
			resource("aws_vpc_security_group_ingress_rule", `"cidr_ipv4": "10.0.0.0/8", "ip_protocol": "-1"`),
			[]string{"🟠 lets 10.0.0.0/8 connect to all ports; before 10.0.0.0/8 to tcp port 80"},
		},
		"an address that was kept": {
			resource("aws_eip", `"domain": "vpc", "lifecycle": {"prevent_destroy": true}`), `"aws_lb": {}`,
			[]string{"🔴 is destroyed, which Terraform does not prevent of what is no longer configured: the address that others may have allowed changes"},
		},
		"another VPC": {
			resource("aws_lb_target_group", `"vpc_id": "${aws_vpc.vpc.id}"`), resource("aws_lb_target_group", `"vpc_id": "vpc-1"`),
			[]string{
				"🔴 is replaced, because `vpc_id` cannot be changed in place: the API is away until its tasks are registered anew",
				"⛔ cannot be applied: stands in another VPC, `vpc-1`, before `${aws_vpc.vpc.id}`: AWS takes no database there, and destroys the rest before it says so. See `docs/network.md#from-one-vpc-to-another`",
			},
		},
		"a VPC of its own again": {
			resource("aws_lb_target_group", `"vpc_id": "vpc-1"`), resource("aws_lb_target_group", `"vpc_id": "${aws_vpc.vpc.id}"`),
			[]string{
				"🔴 is replaced, because `vpc_id` cannot be changed in place: the API is away until its tasks are registered anew",
				"⛔ cannot be applied: stands in another VPC, `${aws_vpc.vpc.id}`, before `vpc-1`: AWS takes no database there, and destroys the rest before it says so. See `docs/network.md#from-one-vpc-to-another`",
			},
		},
		"a statement more": {
			policy(`{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a"}`),
			policy(`{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a"},{"Sid":"B","Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:b"}`),
			[]string{"🟠 allows `sqs:SendMessage` on `arn:b`"},
		},
		"an action more": {
			policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a"}`),
			policy(`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:a"}`),
			[]string{"🟠 allows `s3:PutObject` on `arn:a`"},
		},
		"every resource": {
			policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a"}`), policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`),
			[]string{"🔴 allows `s3:GetObject` on `*`"},
		},
		"what AWS binds to no resource": {
			none, policy(`{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","xray:PutTraceSegments"],"Resource":"*"}`),
			[]string{"🟠 allows `ecr:GetAuthorizationToken`, `xray:PutTraceSegments` on `*`"},
		},
		"the policy of a key, in which everything is the key": {
			none, resource("aws_kms_key", `"policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"`),
			[]string{"🟠 allows `arn:root` to call `kms:*` on `*`"},
		},
		"an image of the registry, by its digest": {
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\",\"image\":\"${aws_ecr_repository.registry_repository.repository_url}:v1\"}]"`),
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\",\"image\":\"${aws_ecr_repository.registry_repository.repository_url}@sha256:0f\"}]"`),
			nil,
		},
		"a revision that a pipeline's service does not run": {
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\",\"image\":\"${local.registry_image}\"}]"`) + "," + resource("aws_ecs_service", `"desired_count": 2`),
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\",\"image\":\"public.ecr.aws/docker/library/python:3.12-slim\"}]"`) + "," +
				resource("aws_ecs_service", `"desired_count": 2, "lifecycle": {"ignore_changes": ["task_definition"]}`),
			[]string{"🟠 keeps what somebody made of `task_definition`: Terraform ignores its changes"},
		},
		"a condition less": {
			policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`),
			policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a"}`),
			[]string{"🟠 allows `s3:GetObject` on `arn:a`"},
		},
		"everyone": {
			policy(`{"Effect":"Allow","Principal":{"AWS":"arn:a"},"Action":"sns:Publish"}`), policy(`{"Effect":"Allow","Principal":"*","Action":"sns:Publish"}`),
			[]string{"🔴 allows `*` to call `sns:Publish`"},
		},
		"fewer actions, and a new order": {
			policy(`{"Effect":"Allow","Action":["b:B","a:A","c:C"],"Resource":"arn:a"}`), policy(`{"Effect":"Allow","Action":["a:A","b:B"],"Resource":"arn:a"}`), nil,
		},
		"a denial less": {
			policy(`{"Effect":"Deny","Action":"s3:*","Resource":"*"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a"}`),
			policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a"}`),
			[]string{"🟠 denies `s3:*` no longer, or not as before"},
		},
		"a policy of AWS": {
			none, resource("aws_iam_role_policy_attachment", `"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"`),
			[]string{"🔴 gives `r` the policy `arn:aws:iam::aws:policy/AdministratorAccess`"},
		},
		"a narrow policy of AWS": {
			none, resource("aws_iam_role_policy_attachment", `"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVolumes"`),
			[]string{"🟠 gives `r` the policy `arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForVolumes`"},
		},
		"encryption is turned off": {
			resource("aws_kms_key", `"enable_key_rotation": true`), resource("aws_kms_key", `"enable_key_rotation": false`),
			[]string{"🔴 turns `enable_key_rotation` off"},
		},
		"AWS's key instead of one's own": {
			resource("aws_cloudwatch_log_group", `"kms_key_id": "arn:k"`), resource("aws_cloudwatch_log_group", `"retention_in_days": 1`),
			[]string{"🟠 is encrypted with AWS's key instead of your own", "🟠 keeps what it has for 1 days, before for ever"},
		},
		"plain HTTP": {
			resource("aws_lb_listener", `"protocol": "HTTPS", "ssl_policy": "a"`), resource("aws_lb_listener", `"protocol": "HTTP"`),
			[]string{"🔴 serves without TLS"},
		},
		"connections without TLS": {
			resource("aws_rds_cluster_parameter_group", `"parameter": [{"name": "rds.force_ssl", "value": "1"}]`),
			resource("aws_rds_cluster_parameter_group", `"parameter": [{"name": "rds.force_ssl", "value": "0"}]`),
			[]string{"🔴 takes connections without TLS", "🟠 gives `parameter[rds.force_ssl].value` the value 0, before 1"},
		},
		"parameters of the instances": {
			resource("aws_db_parameter_group", `"parameter": [{"name": "max_connections", "value": "500"}, {"name": "work_mem", "value": "65536"}]`),
			resource("aws_db_parameter_group", `"parameter": [{"name": "max_connections", "value": "600"}, {"name": "jit", "value": "0"}]`),
			[]string{
				"🟠 changes what the instances take up when they are rebooted: `max_connections`. See `docs/operations.md#change-a-parameter-of-the-database`",
				"🟠 gives `parameter[jit].value` the value 0, before none",
				"🟠 gives `parameter[max_connections].value` the value 600, before 500",
				"🟠 leaves `parameter[work_mem].value` to AWS's default",
			},
		},
		"a secret in a variable": {
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\"}]"`),
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\",\"environment\":[{\"name\":\"API_TOKEN\",\"value\":\"x\"},{\"name\":\"LOG_LEVEL\",\"value\":\"x\"}]}]"`),
			[]string{"🔴 has a variable `API_TOKEN` that everyone reads who sees the plan. Make it one of `Service.Secrets`"},
		},
		"shorter retention": {
			resource("aws_rds_cluster", `"backup_retention_period": 14`), resource("aws_rds_cluster", `"backup_retention_period": 7`),
			[]string{"🟠 keeps what it has for 7 days, before 14"},
		},
		"longer retention, and for ever": {
			resource("aws_rds_cluster", `"backup_retention_period": 7`) + "," + resource("aws_cloudwatch_log_group", `"retention_in_days": 7`),
			resource("aws_rds_cluster", `"backup_retention_period": 14`) + "," + resource("aws_cloudwatch_log_group", `"retention_in_days": 0`),
			[]string{"🟠 keeps logs, and bills them, for ever"},
		},
		"an alarm less": {
			resource("aws_cloudwatch_metric_alarm", `"alarm_name": "a"`), none,
			[]string{"🟠 is destroyed: nobody is told of it any more"},
		},
		"a web ACL that counts, and one rule less": {
			resource("aws_wafv2_web_acl", `"rule": [{"name": "sql", "override_action": {"none": {}}}, {"name": "ip", "priority": 2}]`),
			resource("aws_wafv2_web_acl", `"rule": [{"name": "sql", "override_action": {"count": {}}}]`),
			[]string{"🟠 filters by `ip` no longer", "🟠 counts what `sql` finds, and lets it through"},
		},
		"a web ACL that no longer counts": {
			resource("aws_wafv2_web_acl", `"rule": [{"name": "sql", "override_action": {"count": {}}}]`),
			resource("aws_wafv2_web_acl", `"rule": [{"name": "sql", "override_action": {"none": {}}}]`), nil,
		},
		"another load balancer": {
			`"aws_lb": {"old": {"name": "n", "internal": false}}`, `"aws_lb": {"new": {"name": "m", "internal": false}}`,
			[]string{"🔴 is destroyed: the API is away, and comes back under another DNS name"},
		},
		"variables of another file": {
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\",\"environmentFiles\":[{\"type\":\"s3\",\"value\":\"arn:a\"}]}]"`),
			resource("aws_ecs_task_definition", `"container_definitions": "[{\"name\":\"api\",\"environmentFiles\":[{\"type\":\"s3\",\"value\":\"arn:b\"}]}]"`),
			[]string{"🟠 takes variables from `arn:b`, before from `arn:a`"},
		},
		"what is made elsewhere is taken over, and named again": {
			`"aws_kms_key": {}}, "import": [{"to": "aws_kms_key.old", "id": "k-0"}], "x": {"y": 1`, `"aws_kms_key": {"it": {}}}, "import": [{"to": "aws_kms_key.old", "id": "k-0"}, {"to": "${aws_kms_key.it}", "id": "k-1"}], "x": {"y": 1`,
			[]string{"🟠 takes over `k-1`, which is there already: from then on it is changed, and destroyed, with this environment"},
		},
		"a list that nobody knows": {
			`"aws_kms_key": {}}, "actions": ["a"], "x": {"y": 1`, `"aws_kms_key": {}}, "actions": ["b"], "x": {"y": 1`,
			[]string{"⚪ not judged: changes: no rule knows `actions`"},
		},
		"another address": {
			`"aws_lb": {"old": {"name": "n", "internal": false}}`, `"aws_lb": {"new": {"name": "n", "internal": false}}`,
			[]string{"🔴 is now called `aws_lb.new`: Terraform destroys the one and creates the other: the API is away, and comes back under another DNS name. Keep the address, or move it: `terraform state mv`, or a `moved` block"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, risk := range compared(t, c.before, c.after).Risks() {
				got = append(got, marks[risk.Level]+" "+risk.Text)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// TestControlsAreRisks lifts each control in turn, which is one risk of its severity.
func TestControlsAreRisks(t *testing.T) {
	for _, control := range slices.Concat(controls.All, otherControls) {
		t.Run(control.Type+"."+control.Attribute, func(t *testing.T) {
			risks := func(before, after any) []Risk {
				body := func(value any) string {
					attributes := map[string]any{}
					control.Set(attributes, value)
					text, err := json.Marshal(map[string]any{control.Type: map[string]any{"it": attributes}})
					require.NoError(t, err)
					return string(text[1 : len(text)-1])
				}
				return slices.DeleteFunc(compared(t, body(before), body(after)).Risks(), func(r Risk) bool { return r.Level == Unjudged || strings.HasPrefix(r.Text, "is replaced") })
			}
			lifted := risks(control.Wanted, control.Opposite())
			require.Len(t, lifted, 1)
			assert.Equal(t, level(control), lifted[0].Level)
			assert.Contains(t, lifted[0].Text, control.Name())
			assert.Empty(t, risks(control.Opposite(), control.Wanted))
		})
	}
}

// TestEmptyBlocks are changes, too.
func TestEmptyBlocks(t *testing.T) {
	changed := compared(t, resource("aws_wafv2_web_acl", `"action": {"block": {}}`), resource("aws_wafv2_web_acl", `"action": {"allow": {}}`))
	assert.Contains(t, Report{Title: "T", Environments: []Environment{changed}}.Markdown(), "```diff\n+ action.allow: {}\n- action.block: {}\n```")
}

// TestMoves are no risk, and neither is what refers to the resource that moves.
func TestMoves(t *testing.T) {
	before := `{"resource": {"aws_rds_cluster": {"old": {"engine": "e"}}, "aws_rds_cluster_instance": {"i": {"engine": "${aws_rds_cluster.old.engine}"}}}}`
	after := `{"moved": [{"from": "aws_rds_cluster.old", "to": "aws_rds_cluster.new"}], "resource": {"aws_rds_cluster": {"new": {"engine": "e"}}, "aws_rds_cluster_instance": {"i": {"engine": "${aws_rds_cluster.new.engine}"}}}}`
	environments, err := Compare(map[string][]byte{"s": []byte(before)}, map[string][]byte{"s": []byte(after)})
	require.NoError(t, err)
	assert.Equal(t, "# T\n\n🟢 No risk found: `aws_rds_cluster.new` is moved.\n\n## s\n\n1 to move.\n\n"+
		"`aws_rds_cluster.old` is now called `aws_rds_cluster.new`; nothing else happens to it.\n", Report{Title: "T", Environments: environments}.Markdown())
}

// TestForgotten is harmless of a log that stays in AWS, and a danger of what holds data.
func TestForgotten(t *testing.T) {
	for kind, want := range map[string]Level{"aws_cloudwatch_log_group": Harmless, "aws_lb": Caution, "aws_rds_cluster": Danger} {
		before := `{"resource": {` + resource(kind, `"name": "n"`) + `}}`
		for destroys, action := range map[string]Action{"false": Forget, "true": Delete} {
			after := `{"removed": [{"from": "` + kind + `.it", "lifecycle": {"destroy": ` + destroys + `}}]}`
			environments, err := Compare(map[string][]byte{"s": []byte(before)}, map[string][]byte{"s": []byte(after)})
			require.NoError(t, err)
			require.Len(t, environments[0].Changes, 1)
			assert.Equal(t, action, environments[0].Changes[0].Action)
			if action == Forget {
				assert.Equal(t, want, Report{Environments: environments}.Class(), kind)
			}
		}
	}
	planned, err := Plan("s", []byte(`{"format_version": "1.2", "resource_changes": [{"address": "aws_lb.r", "mode": "managed", "change": {"actions": ["forget"], "before": {"name": "n"}}}]}`))
	require.NoError(t, err)
	assert.Equal(t, []Change{{Address: "aws_lb.r", Action: Forget}}, planned.Changes)
}

// TestConditions are loosened when one is gone or has more values, or fewer that it
// excludes, and not when they are merely others.
func TestConditions(t *testing.T) {
	with := func(condition string) string {
		return policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:a","Condition":` + condition + `}`)
	}
	for name, c := range map[string]struct {
		before, after string
		loosened      bool
	}{
		"a value less":          {`{"ArnLike":{"aws:SourceArn":["a","b"]}}`, `{"ArnLike":{"aws:SourceArn":"a"}}`, false},
		"a value more":          {`{"ArnLike":{"aws:SourceArn":"a"}}`, `{"ArnLike":{"aws:SourceArn":["a","b"]}}`, true},
		"another value":         {`{"ArnLike":{"aws:SourceArn":"a"}}`, `{"ArnLike":{"aws:SourceArn":"b"}}`, true},
		"a key more":            {`{"ArnLike":{"aws:SourceArn":"a"}}`, `{"ArnLike":{"aws:SourceArn":"a","aws:PrincipalArn":"b"}}`, false},
		"another operator":      {`{"ArnEquals":{"aws:SourceArn":"a"}}`, `{"ArnLike":{"aws:SourceArn":"a"}}`, true},
		"a value less excluded": {`{"StringNotEquals":{"aws:SourceAccount":["a","b"]}}`, `{"StringNotEquals":{"aws:SourceAccount":"a"}}`, true},
		"a value more excluded": {`{"StringNotEquals":{"aws:SourceAccount":"a"}}`, `{"StringNotEquals":{"aws:SourceAccount":["a","b"]}}`, false},
	} {
		assert.Equal(t, c.loosened, len(compared(t, with(c.before), with(c.after)).Risks()) > 0, name)
	}
}

// TestPlanElsewhere finds nothing of what the state has, which is no new environment.
func TestPlanElsewhere(t *testing.T) {
	environment, err := Plan("dev", []byte(`{"format_version": "1.2",
		"resource_drift": [{"address": "aws_rds_cluster.c", "mode": "managed", "type": "aws_rds_cluster", "change": {"actions": ["delete"], "before": {"engine": "e"}, "after": null}}],
		"resource_changes": [{"address": "aws_rds_cluster.c", "mode": "managed", "type": "aws_rds_cluster", "change": {"actions": ["create"], "before": null, "after": {"engine": "e"}}}]}`))
	require.NoError(t, err)
	assert.False(t, environment.Added)
	require.Len(t, environment.Risks(), 2)
	assert.Contains(t, environment.Risks()[0].Text, "does not find 1 resources any more that its state has, `aws_rds_cluster.c`")
	assert.Contains(t, environment.Risks()[1].Text, "is created although there is one")
}

// TestFirstPlan says which policies it cannot judge yet.
func TestFirstPlan(t *testing.T) {
	environment, err := Plan("dev", []byte(`{"format_version": "1.2", "resource_changes": [{"address": "aws_iam_role_policy.p", "mode": "managed", "type": "aws_iam_role_policy",
		"change": {"actions": ["create"], "before": null, "after": {"name": "p"}, "after_unknown": {"policy": true}}}]}`))
	require.NoError(t, err)
	assert.True(t, environment.Added)
	assert.Equal(t, []Risk{{Caution, "dev", "has policies that cannot be judged before they are applied, since they name what does not exist yet: `aws_iam_role_policy.p`"}}, environment.Risks())
}

// TestDeletedRuleInPlan wants nothing of a rule that a plan deletes but that it goes.
func TestDeletedRuleInPlan(t *testing.T) {
	environment, err := Plan("dev", []byte(`{"format_version": "1.2", "resource_changes": [{"address": "aws_vpc_security_group_ingress_rule.r", "mode": "managed", "type": "aws_vpc_security_group_ingress_rule",
		"change": {"actions": ["delete"], "before": {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "security_group_id": "sg-1"}, "after": null, "after_unknown": {}, "before_sensitive": {"tags": {}}, "after_sensitive": false}}]}`))
	require.NoError(t, err)
	assert.Equal(t, []Risk{{Caution, "aws_vpc_security_group_ingress_rule.r", "lets the internet connect to tcp port 443 no longer"}}, environment.Risks())
}

// TestStateMoves is the risk of another backend.
func TestStateMoves(t *testing.T) {
	environments, err := Compare(
		map[string][]byte{"s": []byte(`{"terraform": {"backend": {"local": {"path": "x"}}}}`)},
		map[string][]byte{"s": []byte(`{"terraform": {"backend": {"s3": {"bucket": "b"}}}}`)})
	require.NoError(t, err)
	require.Len(t, environments[0].Risks(), 1)
	assert.Contains(t, environments[0].Risks()[0].Text, "looks for the state in another place")
}

// TestReportTellsWhatIsAlikeOnce changes a tag of three resources in two environments.
func TestReportTellsWhatIsAlikeOnce(t *testing.T) {
	body := func(tag string) map[string][]byte {
		text := fmt.Sprintf(`{"resource": {"aws_lb": {"a": {"tags": {"T": %q}}, "b": {"tags": {"T": %q}}}}}`, tag, tag)
		return map[string][]byte{"one": []byte(text), "two": []byte(text)}
	}
	environments, err := Compare(body("x"), body("y"))
	require.NoError(t, err)
	assert.Equal(t, "# T\n\n🟢 No risk found: `aws_lb.a` changes (`tags.T`), `aws_lb.b` changes (`tags.T`).\n\n## one, two\n\n2 to update.\n\n"+
		"2 resources change alike: `aws_lb.a`, `aws_lb.b`\n\n```diff\n- tags.T: \"x\"\n+ tags.T: \"y\"\n```\n", Report{Title: "T", Environments: environments}.Markdown())
}

// TestPlan reads a plan with a replacement, a move, an update, values that are not
// known yet and values that nobody may see.
func TestPlan(t *testing.T) {
	const text = `{"format_version": "1.2", "resource_changes": [
		{"address": "aws_rds_cluster.c", "mode": "managed", "type": "aws_rds_cluster", "change": {
			"actions": ["delete", "create"], "replace_paths": [["master_username"]],
			"before": {"master_username": "a", "arn": "arn:1", "master_password": "hunter2"},
			"after": {"master_username": "b", "master_password": "hunter3"}, "after_unknown": {"arn": true},
			"before_sensitive": {"master_password": true}, "after_sensitive": {"master_password": true}}},
		{"address": "aws_lb.new", "previous_address": "aws_lb.old", "mode": "managed", "type": "aws_lb", "change": {"actions": ["no-op"], "before": {}, "after": {}}},
		{"address": "aws_ecs_task_definition.t", "mode": "managed", "type": "aws_ecs_task_definition", "change": {"actions": ["update"],
			"before": {"container_definitions": "[{\"name\":\"api\",\"cpu\":1}]"}, "after": {"container_definitions": "[{\"name\":\"api\",\"cpu\":2}]"}}},
		{"address": "data.aws_vpc.d", "mode": "data", "type": "aws_vpc", "change": {"actions": ["read"], "before": null, "after": {}}},
		{"address": "aws_kms_key.taken", "mode": "managed", "type": "aws_kms_key", "change": {"actions": ["no-op"], "importing": {"id": "k-1"}, "before": {}, "after": {}}},
		{"address": "aws_s3_bucket.taken", "mode": "managed", "type": "aws_s3_bucket", "change": {"actions": ["update"], "importing": {"identity": {"bucket": "b"}},
			"before": {"tags": {"T": "a"}}, "after": {"tags": {"T": "b"}}}},
		{"address": "aws_eip.same", "mode": "managed", "type": "aws_eip", "change": {"actions": ["no-op"], "before": {}, "after": {}}}
	], "output_changes": {"url": {"actions": ["update"], "before": "a", "after": "b"}}}`
	environment, err := Plan("dev", []byte(text))
	require.NoError(t, err)
	got := Report{Title: "T", Environments: []Environment{environment}}.Markdown()
	assert.Equal(t, "# T\n\n"+
		"- 🔴 **dev**: `aws_rds_cluster.c` is replaced, because `master_username` cannot be changed in place: the database and its data are lost.\n"+
		"- 🟠 **dev**: `aws_s3_bucket.taken` takes over `{\"bucket\":\"b\"}`, which is there already: from then on it is changed, and destroyed, with this environment.\n"+
		"- 🟠 **dev**: `aws_kms_key.taken` takes over `k-1`, which is there already: from then on it is changed, and destroyed, with this environment.\n\n"+
		"## dev\n\n1 to replace, 3 to update, 1 to move, 1 to import.\n\n"+
		"`aws_rds_cluster.c` is replaced, because of `master_username`\n\n```diff\n- master_username: \"a\"\n+ master_username: \"b\"\n```\n\n"+
		"`aws_ecs_task_definition.t` changes\n\n```diff\n- container_definitions[api].cpu: 1\n+ container_definitions[api].cpu: 2\n```\n\n"+
		"`aws_s3_bucket.taken` changes\n\n```diff\n- tags.T: \"a\"\n+ tags.T: \"b\"\n```\n\n"+
		"`output.url` changes\n\n```diff\n- \"a\"\n+ \"b\"\n```\n\n"+
		"`aws_lb.old` is now called `aws_lb.new`; nothing else happens to it.\n\n"+
		"`aws_kms_key.taken` is taken over\n", got)
	assert.NotContains(t, got, "hunter")
}

func TestPlanThatIsNone(t *testing.T) {
	_, err := Plan("dev", []byte(`{}`))
	require.ErrorContains(t, err, "dev: the plan's JSON")
}

func TestSyntheses(t *testing.T) {
	write := func(text string) string {
		dir := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "stacks", "s"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "stacks", "s", "cdk.tf.json"), []byte(text), 0o600))
		return dir
	}
	environments, err := Syntheses(write(`{"output": {"o": {"value": "a"}}}`), write(`{"output": {"o": {"value": "b"}}}`))
	require.NoError(t, err)
	assert.Equal(t, []Difference{{Path: "value", From: "a", To: "b"}}, environments[0].Changes[0].Differences)

	_, err = Syntheses(write(`{`), write(`{}`))
	require.ErrorContains(t, err, "s: the synthesised JSON")
	_, err = Syntheses(t.TempDir(), write(`{}`))
	require.ErrorContains(t, err, "has no stacks; synthesise into it first")
}

// TestAccount is bound to one, and to another one, which has nothing of the environment.
func TestAccount(t *testing.T) {
	in := func(account string) map[string][]byte {
		return map[string][]byte{"s": []byte(`{"provider": {"aws": [{"region": "eu-south-1"` + account + `}]}}`)}
	}
	const one, other = `, "allowed_account_ids": ["123456789012"]`, `, "allowed_account_ids": ["210987654321"]`
	for sides, want := range map[[2]string]Level{{"", one}: Caution, {one, other}: Danger, {one, ""}: Caution} {
		environments, err := Compare(in(sides[0]), in(sides[1]))
		require.NoError(t, err)
		assert.Equal(t, want, Report{Environments: environments}.Class(), sides)
	}
}
