package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

// dev and production are what the reports call two of the tests' own environments, and shop a
// third one, which is only in reports of its own.
const dev, production, shop = "flask-api-dev", "flask-api-production", "flask-api-shop"

// edit is a small mutation of a stack's JSON.
type edit func(stack map[string]any)

// put sets a value at a path of keys and places, such as "resource aws_lb it name"; with
// nil, it removes what is there.
func put(path string, value any) edit {
	return func(stack map[string]any) {
		steps := strings.Fields(path)
		var at any = stack
		for _, step := range steps[:len(steps)-1] {
			at = inner(at, step)
		}
		last := steps[len(steps)-1]
		switch object, isObject := at.(map[string]any); {
		case !isObject:
			at.([]any)[place(last)] = value
		case value == nil && object[last] != nil:
			delete(object, last)
		case value == nil:
			panic(path + " is not there")
		default:
			object[last] = value
		}
	}
}

// inner is what stands at the step, and is made if there is nothing.
func inner(value any, step string) any {
	if list, isList := value.([]any); isList {
		return list[place(step)]
	}
	object := value.(map[string]any)
	if object[step] == nil {
		object[step] = map[string]any{}
	}
	return object[step]
}

func place(step string) int {
	n, err := strconv.Atoi(step)
	if err != nil {
		panic(err)
	}
	return n
}

// without removes the resources from the stack.
func without(addresses ...string) edit {
	return func(stack map[string]any) {
		for _, address := range addresses {
			put("resource "+strings.ReplaceAll(address, ".", " "), nil)(stack)
		}
	}
}

func all(edits ...edit) edit {
	return func(stack map[string]any) {
		for _, edit := range edits {
			edit(stack)
		}
	}
}

// in replaces a text everywhere.
func in(old, recent string) edit {
	return func(stack map[string]any) {
		text, err := json.Marshal(stack)
		if err != nil || !bytes.Contains(text, []byte(old)) {
			panic(old + " is not there")
		}
		clear(stack)
		if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(old), []byte(recent)), &stack); err != nil {
			panic(err)
		}
	}
}

const (
	task      = "resource aws_ecs_task_definition service_task_definition "
	container = task + "container_definitions 0 "
	service   = "resource aws_ecs_service service "
	cluster   = "resource aws_rds_cluster database_cluster "
	alb       = "resource aws_lb load_balancer_alb "
	http      = "resource aws_lb_listener load_balancer_http_listener "
	route     = "resource aws_lb_listener_rule load_balancer_service_shop_ads_http_rule "
	webACL    = "resource aws_wafv2_web_acl web_acl "
	alarm     = "resource aws_cloudwatch_metric_alarm alarms_alb_5xx "
)

type object = map[string]any

const permissions = "resource aws_iam_role_policy task_role_permissions"

// permitting is the policy of Service.Permissions with one statement.
func permitting(action, resource string) object {
	return object{"name": "permissions", "role": "${aws_iam_role.task_role.name}", "policy": fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Sid":"Permission1","Effect":"Allow","Action":[%q],"Resource":[%q]}]}`, action, resource)}
}

// prepared are changes as a pull request makes them, each with its class and with what
// the report must say of it. The default environment and a protected one with most
// options are what they change.
var prepared = []struct {
	name   string
	stack  string
	class  Level
	says   string
	change edit
}{
	{"tag", "", Harmless, "`provider.aws` changes (`default_tags.tags.Team`)", put("provider aws 0 default_tags 0 tags Team", "shop")},
	{"variable", production, Harmless, "`container_definitions[flask-api].environment[LOG_LEVEL].name`", in(`{"name":"DB_HOST",`, `{"name":"LOG_LEVEL","value":"debug"},{"name":"DB_HOST",`)},
	{"scaling", "", Harmless, "`max_capacity`", put("resource aws_appautoscaling_target autoscaling_target max_capacity", 20)},
	{"web-acl", dev, Harmless, "`aws_wafv2_web_acl.web_acl` is created", put("resource aws_wafv2_web_acl web_acl", object{"name": "flask-api-web-acl-dev", "scope": "REGIONAL", "rule": []any{
		object{"name": "sql", "priority": 0, "statement": object{"managed_rule_group_statement": object{"name": "AWSManagedRulesSQLiRuleSet", "vendor_name": "AWS"}}, "override_action": object{"none": object{}}},
	}})},

	{"attribute-unknown", "", Unjudged, "changes in a way that no rule knows: `xff_header_processing_mode`", put(alb+"xff_header_processing_mode", "preserve")},
	{"local-unknown", "", Unjudged, "`locals.credentials_now` changes in a way that no rule knows", put("locals credentials_now", 1)},
	{"type-unknown", "", Unjudged, "is created: no rule knows `aws_mq_broker`", put("resource aws_mq_broker it broker_name", "q")},

	{"address", production, Danger, "`aws_rds_cluster.database_cluster` is now called `aws_rds_cluster.database_aurora`", all(in(`"database_cluster":{`, `"database_aurora":{`), in("aws_rds_cluster.database_cluster.", "aws_rds_cluster.database_aurora."))},
	{"database", dev, Danger, "is replaced, because `master_username` cannot be changed in place: the database and its data are lost", put(cluster+"master_username", "shop")},
	{"database-protected", production, Impossible, "Terraform refuses that (`prevent_destroy`)", put(cluster+"master_username", "shop")},
	{"database-second", "", Danger, "is created although there is one", put("resource aws_rds_cluster other cluster_identifier", "other")},
	{"engine", "", Impossible, "`docs/operations.md#another-major-version`", in(`self.engine_version, \"15.\"`, `self.engine_version, \"16.\"`)},
	{"subnets", "", Impossible, "`docs/operations.md#change-the-zones`", in("10.0.0.0/24", "10.0.0.0/23")},
	{"key-off", production, Impossible, "`docs/operations.md#turn-logs-and-the-key-off`", put("resource terraform_data encryption_memory input", "AWS-managed")},
	{"region", "", Danger, "looks in another region or account (`region` is eu-west-1, before eu-south-1)", put("provider aws 0 region", "eu-west-1")},
	{"account", "", Caution, "works in account 210987654321 only", put("provider aws 0 allowed_account_ids", []any{"210987654321"})},
	{"state", "", Danger, "looks for the state in another place", put("terraform backend local path", "elsewhere.tfstate")},
	{"provider", "", Danger, "takes another provider than AWS's: evil/aws", put("terraform required_providers aws source", "evil/aws")},
	{"module", "", Danger, "is a module", put("module it source", "./it")},

	{"container-port", "", Danger, "tasks of before are out of reach until new ones run", all(
		put("resource aws_lb_target_group load_balancer_target_group port", 8080), put(container+"portMappings 0 containerPort", 8080), put(container+"portMappings 0 hostPort", 8080),
		in(`"ecs_sg_from_alb_sg_5000":{`, `"ecs_sg_from_alb_sg_8080":{`), put("resource aws_vpc_security_group_ingress_rule ecs_sg_from_alb_sg_8080 from_port", 8080), put("resource aws_vpc_security_group_ingress_rule ecs_sg_from_alb_sg_8080 to_port", 8080),
	)},
	{"target-group", "", Danger, "the API is away until its tasks are registered anew", put("resource aws_lb_target_group load_balancer_target_group protocol", "HTTPS")},
	{"permission", "", Caution, "allows `textract:DetectDocumentText` on `*`", put(permissions, permitting("textract:DetectDocumentText", "*"))},
	{"permission-lends", "", Danger, "lets the API, and who breaks into it, do what others may: `sts:AssumeRole`", put(permissions, permitting("sts:AssumeRole", "arn:aws:iam::123456789012:role/other"))},
	{"queue-gone", production, Danger, "is destroyed, which Terraform does not prevent of what is no longer configured: its messages are lost", without("aws_sqs_queue.queue_mail_queue")},
	{"queue-key", production, Caution, "is encrypted with AWS's key instead of your own", all(put("resource aws_sqs_queue queue_mail_queue kms_master_key_id", nil), put("resource aws_sqs_queue queue_mail_queue sqs_managed_sse_enabled", true))},
	{"bucket-origins", production, Danger, "may be used by the pages of any site", put("resource aws_s3_bucket_cors_configuration open", object{"bucket": "b", "cors_rule": []any{object{"allowed_origins": []any{"*"}, "allowed_methods": []any{"PUT"}}}})},
	{"service-gone", "", Danger, "is destroyed: the API is away", without("aws_ecs_service.service")},
	{"zone", shop, Danger, "is another zone, Z99, before Z0123456789ABCDEFGHIJ: all records leave that one, and are made in this one", put("data aws_route53_zone domain_zone zone_id", "Z99")},
	{"zone-by-name", shop, Caution, "is looked up by its `name`, example.com, and may be another one", all(put("data aws_route53_zone domain_zone zone_id", nil), put("data aws_route53_zone domain_zone name", "example.com"))},
	{"data-unknown", dev, Unjudged, "`data.aws_secretsmanager_secret_version.it` changes in a way that no rule knows", put("data aws_secretsmanager_secret_version it secret_id", "password")},
	{"taken-over", "", Caution, "`aws_s3_bucket.uploads` takes over `shop-uploads`, which is there already", put("import", []any{
		object{"to": "aws_s3_bucket.uploads", "id": "shop-uploads"}, object{"to": "aws_s3_bucket_versioning.uploads", "id": "shop-uploads"},
	})},
	{"listener-gone", "", Danger, "is destroyed: nothing answers on its port", without("aws_lb_listener.load_balancer_http_listener")},
	{"rule-gone", production, Caution, "what it matched goes to the API", without("aws_lb_listener_rule.load_balancer_service_admin_http_rule")},
	{"rule-priority", production, Caution, "comes before others: its priority is 5, before 20", put(route+"priority", 5)},
	{"rule-widened", production, Caution, "takes requests of `/*`, too", put(route+"condition 0 path_pattern values", []any{"/reports/*", "/report-?", "/*"})},
	{"rule-target", production, Danger, "which is no target group of this environment", put(route+"action 0 target_group_arn", "arn:aws:elasticloadbalancing:eu-south-1:123456789012:targetgroup/other/0123456789abcdef")},
	{"rule-redirect", production, Danger, "sends people to evil.example", put(route+"action", []any{object{"type": "redirect", "redirect": object{"host": "evil.example", "status_code": "HTTP_301"}}})},
	{"web-service-gone", production, Danger, "its images are lost", without("aws_ecs_service.service_shop_ads", "aws_ecr_repository.service_shop_ads_registry_repository", "aws_lb_target_group.load_balancer_service_shop_ads_target_group", "aws_lb_listener_rule.load_balancer_service_shop_ads_http_rule")},
	{"nat-gone", "", Caution, "what went through it has no way out", without("aws_nat_gateway.networking_nat_2")},
	{"scaled-to-nothing", "", Danger, "may have no task left", all(put("resource aws_appautoscaling_target autoscaling_target min_capacity", 0), put(service+"desired_count", 0))},
	{"stopped-at-times", production, Caution, "stops the service at its time", put("resource aws_appautoscaling_scheduled_action it", object{"name": "flask-api-night-production", "scalable_target_action": object{"min_capacity": "0", "max_capacity": "0"}})},

	{"ingress", dev, Danger, "lets 0.0.0.0/0 connect to tcp port 5432; before ${aws_security_group.ecs_sg.id} to tcp port 5432", all(
		put("resource aws_vpc_security_group_ingress_rule rds_sg_from_ecs_sg_5432 cidr_ipv4", "0.0.0.0/0"), put("resource aws_vpc_security_group_ingress_rule rds_sg_from_ecs_sg_5432 referenced_security_group_id", nil))},
	{"ingress-narrowed", dev, Caution, "lets the internet connect to tcp port 80 no longer, but only `203.0.113.0/24`", all(
		in(`"alb_sg_from_anywhere_80"`, `"alb_sg_from_203_0_113_0_24_80"`), put("resource aws_vpc_security_group_ingress_rule alb_sg_from_203_0_113_0_24_80 cidr_ipv4", "203.0.113.0/24"),
		put("resource aws_vpc_security_group_ingress_rule alb_sg_from_203_0_113_0_24_80 description", "TCP 80 from the office"))},
	{"security-group-rule", "", Danger, "opens a security group, and is not compared", put("resource aws_security_group_rule it", object{"type": "ingress", "cidr_blocks": []any{"0.0.0.0/0"}})},
	{"security-group-inline", "", Danger, "has rules of its own", put("resource aws_default_security_group networking_default_sg ingress", []any{object{"protocol": "-1", "self": true}})},
	{"peering", "", Danger, "leads to `pcx-1`", put("resource aws_route peer", object{"route_table_id": "${aws_route_table.networking_private_rt_1.id}", "destination_cidr_block": "10.1.0.0/16", "vpc_peering_connection_id": "pcx-1"})},
	{"route-to-the-internet", "", Danger, "leads to `${aws_internet_gateway.networking_igw.id}`, by which", all(
		put("resource aws_route networking_private_route_1 nat_gateway_id", nil), put("resource aws_route networking_private_route_1 gateway_id", "${aws_internet_gateway.networking_igw.id}"))},
	{"waf-counts", production, Caution, "does something else with what a rule finds", put(webACL+"rule 2 statement managed_rule_group_statement rule_action_override", []any{object{"name": "SizeRestrictions_BODY", "action_to_use": object{"count": object{}}}})},
	{"waf-rate", production, Caution, "lets more requests through: 20000, before 2000", put(webACL+"rule 1 statement rate_based_statement limit", 20000)},

	{"access-logs-off", production, Caution, "records requests no longer", put(alb+"access_logs enabled", false)},
	{"flow-logs-gone", production, Caution, "connections are recorded no longer", without("aws_flow_log.flow_logs_vpc")},
	{"log-exports-off", production, Caution, "sends its log nowhere", all(put(cluster+"enabled_cloudwatch_logs_exports", nil),
		in(`"arn:${data.aws_partition.partition.partition}:logs:eu-south-1:${data.aws_caller_identity.caller.account_id}:log-group:/aws/rds/cluster/flask-api-aurora-production/postgresql",`, ""))},
	{"bucket-versioning", production, Caution, "keeps no former versions", put("resource aws_s3_bucket_versioning access_logs_versioning versioning_configuration status", "Suspended")},
	{"bucket-acl", production, Danger, "can be opened by ACLs", put("resource aws_s3_bucket_ownership_controls access_logs_ownership rule object_ownership", "ObjectWriter")},
	{"alarm-threshold", production, Caution, "alarms at another point: `threshold` is 10000, before 10", put(alarm+"threshold", 10000)},
	{"alarm-silent", production, Caution, "tells nobody any more", all(put(alarm+"alarm_actions", nil), without("aws_sns_topic.alarms_topic"))},
	{"key-disabled", production, Danger, "is disabled: nothing that it encrypted can be read", put("resource aws_kms_key encryption_key is_enabled", false)},
	{"snapshot-shared", "", Danger, "is shared with 210987654321", put("resource aws_db_cluster_snapshot it shared_accounts", []any{"210987654321"})},

	{"privileged", "", Danger, "runs a container with all rights over its host", put(container+"privileged", true)},
	{"image-from-elsewhere", "", Danger, "runs an image from elsewhere: `docker.io/evil/api:1`", put(container+"image", "docker.io/evil/api:1")},
	{"exec", "", Caution, "lets people open a shell in its tasks", put(service+"enable_execute_command", true)},
	{"secret-in-a-variable", "", Danger, "has a credential in", in(`{"name":"DB_HOST",`, `{"name":"DSN","value":"postgresql://user:password@db/x"},{"name":"DB_HOST",`)},
	{"secret-in-a-command", "", Danger, "has a credential in", put(container+"command", []any{"run", "AKIAIOSFODNN7EXAMPLE"})},
	{"local-exec", "", Danger, "runs programs wherever this is applied", put(service+"provisioner", []any{object{"local-exec": object{"command": "curl evil.example"}}})},
	{"ignored-whole", "", Danger, "Terraform ignores all its changes", put(cluster+"lifecycle ignore_changes", "all")},
	{"managed-policies", "", Danger, "gets permissions in a way that takes all others away", put("resource aws_iam_role task_role managed_policy_arns", []any{"arn:aws:iam::aws:policy/AdministratorAccess"})},
	{"policy-attachment", "", Danger, "takes the policy from everybody else", put("resource aws_iam_policy_attachment it policy_arn", "arn:aws:iam::aws:policy/AdministratorAccess")},
	{"user", "", Danger, "is a user, whose keys never end", put("resource aws_iam_user it name", "it")},
}

// stacks are the two environments before the change, by the names of their stacks, with others.
func stacks(t *testing.T, others ...string) map[string][]byte {
	t.Helper()
	named := func(env config.Config, stack string) []byte {
		suffix := strings.TrimPrefix(stack, config.Defaults("").StackName())
		return bytes.ReplaceAll(stacktest.Golden(t, env.Suffix), []byte(env.Suffix), []byte(suffix))
	}
	out := map[string][]byte{dev: named(stacktest.Default(), dev), production: named(stacktest.Guarded(), production)}
	if slices.Contains(others, shop) {
		out[shop] = named(stacktest.Chosen(), shop)
	}
	return out
}

// TestGoldenReports writes the report of each prepared change to the environments.
func TestGoldenReports(t *testing.T) {
	const dir = "../../testdata/review"
	var names []string
	for _, change := range prepared {
		names = append(names, change.name+".md")
		t.Run(change.name, func(t *testing.T) {
			before, after := stacks(t, change.stack), stacks(t, change.stack)
			for name, text := range after {
				if change.stack != "" && change.stack != name {
					continue
				}
				var stack map[string]any
				require.NoError(t, json.Unmarshal(text, &stack))
				change.change(stack)
				var err error
				after[name], err = json.Marshal(stack)
				require.NoError(t, err)
			}
			environments, err := Compare(before, after)
			require.NoError(t, err)
			report := Report{Title: "A prepared change", Environments: environments}
			text := report.Markdown()
			assert.Equal(t, change.class, report.Class())
			headline, _, _ := strings.Cut(text, "\n\n## ")
			assert.Contains(t, headline, change.says)
			assert.Equal(t, change.class == Harmless, strings.Contains(headline, "No risk"))
			golden.Compare(t, dir+"/"+change.name+".md", text)
		})
	}
	golden.Only(t, dir, append(names, "environment.md")...)
}

// TestReviewOfNothing is one line for each environment.
func TestReviewOfNothing(t *testing.T) {
	environments, err := Compare(stacks(t), stacks(t))
	require.NoError(t, err)
	report := Report{Title: "Nothing", Environments: environments}
	assert.Equal(t, "# Nothing\n\nNo change.\n", report.Markdown())
	assert.False(t, report.Changed())
}

// TestReviewOfANewEnvironment says in ten lines what to look at, and warns of nothing,
// since there is nothing to lose.
func TestReviewOfANewEnvironment(t *testing.T) {
	for _, env := range stacktest.All() {
		only := map[string][]byte{env.StackName(): stacktest.Golden(t, env.Suffix)}
		environments, err := Compare(map[string][]byte{}, only)
		require.NoError(t, err)
		report := Report{Title: "New", Environments: environments}
		assert.Empty(t, environments[0].Risks(), env.Suffix)
		assert.LessOrEqual(t, strings.Count(report.Markdown(), "\n"), 16, report.Markdown())
		assert.Contains(t, report.Markdown(), "- The load balancer: ")
		if env.Database.Copied() {
			says := map[bool]string{true: "`, masked.", false: "`, **as it is**."}[env.Database.MaskSQL != ""]
			assert.Contains(t, report.Markdown(), says, env.Suffix)
		}

		environments, err = Compare(only, map[string][]byte{})
		require.NoError(t, err)
		report.Environments = environments
		assert.Contains(t, report.Markdown(), "is defined no longer")
	}
}

// TestGoldenNewEnvironment compares it with the one that it is most like.
func TestGoldenNewEnvironment(t *testing.T) {
	after := stacks(t)
	before := map[string][]byte{dev: after[dev]}
	environments, err := Compare(before, after)
	require.NoError(t, err)
	golden.Compare(t, "../../testdata/review/environment.md", Report{Title: "A prepared change", Environments: environments}.Markdown())
}

// TestLimit wants a report that fits into a comment, and that says what is left out.
func TestLimit(t *testing.T) {
	environments, err := Compare(stacks(t), map[string][]byte{dev: []byte(`{"terraform": {}}`), production: []byte(`{"terraform": {}}`)})
	require.NoError(t, err)
	whole := Report{Environments: environments}.Markdown()
	require.Greater(t, len(whole), 65536)
	short := Report{Environments: environments, Limit: 60000}.Markdown()
	assert.Less(t, len(short), 61000)
	assert.Contains(t, short, " more changes are too long to be shown here")
	assert.Zero(t, strings.Count(short, "```")%2)
}

// TestPages wants the sections that the report leads to.
func TestPages(t *testing.T) {
	text, err := os.ReadFile("rules.go")
	require.NoError(t, err)
	loss, err := os.ReadFile("loss.go")
	require.NoError(t, err)
	links := regexp.MustCompile(`docs/([a-z-]+\.md)#([a-z-]+)`).FindAllStringSubmatch(string(text)+string(loss), -1)
	require.Len(t, links, 8)
	for _, link := range links {
		page, err := os.ReadFile("../../docs/" + link[1]) //nolint:gosec // A page of the repository.
		require.NoError(t, err)
		heading := "\n## " + strings.ReplaceAll(link[2], "-", " ") + "\n"
		assert.Contains(t, strings.ToLower(string(page)), heading)
	}
	for _, r := range rules {
		assert.True(t, r.level != Impossible || r.page != "", r.text)
	}
}

// TestGoodChanges turns every option on and off again, several at once, and wants a class
// for each attribute that changes.
func TestGoodChanges(t *testing.T) {
	text := func(env config.Config) map[string][]byte {
		same := strings.NewReplacer(env.Suffix+" of "+env.Name, "same", env.Suffix, "same", env.Name, "name")
		return map[string][]byte{"s": []byte(same.Replace(string(stacktest.Golden(t, env.Suffix))))}
	}
	changed := 0
	var unjudged []Risk
	for _, env := range stacktest.All() {
		for _, pair := range [][2]config.Config{{stacktest.Default(), env}, {env, stacktest.Default()}} {
			environments, err := Compare(text(pair[0]), text(pair[1]))
			require.NoError(t, err)
			changed += len(environments[0].Changes)
			for _, risk := range environments[0].Risks() {
				if risk.Level == Unjudged {
					unjudged = append(unjudged, risk)
				}
			}
		}
	}
	t.Logf("%d good changes, of which %d are not judged", changed, len(unjudged))
	assert.Greater(t, changed, 300)
	assert.Empty(t, unjudged)
}

// TestFirstPlans reads what the real provider plans of new environments.
func TestFirstPlans(t *testing.T) {
	files, err := filepath.Glob("../../policy/testdata/*.plan.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // The repository's own.
		require.NoError(t, err)
		var plan map[string]any
		require.NoError(t, json.Unmarshal(text, &plan))
		delete(plan, "prior_state") // It is reduced to what the policy set reads.
		text, err = json.Marshal(plan)
		require.NoError(t, err)
		environment, err := Plan("first", text)
		require.NoError(t, err)
		assert.True(t, environment.Added)
		assert.Greater(t, len(environment.Changes), 50)
		for _, risk := range environment.Risks() {
			assert.Equal(t, Caution, risk.Level, risk)
		}
	}
}
