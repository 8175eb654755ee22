package policy

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/controls"
	"flask-api/test/golden"
)

// read reads a plan of the real provider, which the deploy tests keep up to date.
func read(t *testing.T, environment string) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/" + environment + ".plan.json") //nolint:gosec // The path is the test's own.
	require.NoError(t, err)
	var plan map[string]any
	require.NoError(t, json.Unmarshal(text, &plan))
	return plan
}

func check(t *testing.T, plan any) []string {
	t.Helper()
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	denied, err := Check(t.Context(), text)
	require.NoError(t, err)
	return denied
}

// TestAcceptsThePlans gives the rules the plans of both environments, as `terraform
// show -json` writes them and as Terraform Cloud does.
func TestAcceptsThePlans(t *testing.T) {
	for _, environment := range []string{"dev", "production"} {
		plan := read(t, environment)
		assert.NotEmpty(t, plan["resource_changes"])
		assert.Empty(t, check(t, plan), environment)
		assert.Empty(t, check(t, map[string]any{"plan": plan, "run": map[string]any{}}), environment)
	}
}

// resources are those of a plan by address, what they will be.
type resources map[string]map[string]any

// bad are plans with one thing wrong, and the one reason for which each is refused.
var bad = []struct {
	name   string
	edit   func(resources)
	reason string
}{
	{"TLS of the database", func(r resources) {
		r["aws_rds_cluster_parameter_group.database_parameter_group"]["parameter"] = []any{}
	}, "aws_rds_cluster_parameter_group.database_parameter_group: takes connections without TLS; rds.force_ssl must be 1"},
	{"password", func(r resources) { r["aws_rds_cluster.database_cluster"]["master_password"] = "hunter2" }, "aws_rds_cluster.database_cluster: master_password would be in the state; use master_password_wo"},
	{"secret", func(r resources) { r["aws_secretsmanager_secret_version.credentials_version"]["secret_string"] = "{}" }, "aws_secretsmanager_secret_version.credentials_version: secret_string would be in the state; use secret_string_wo"},
	{"ingress", func(r resources) {
		r["aws_vpc_security_group_ingress_rule.rds_sg_from_ecs_sg_5432"]["cidr_ipv4"] = "0.0.0.0/0"
	}, "aws_vpc_security_group_ingress_rule.rds_sg_from_ecs_sg_5432: lets 0.0.0.0/0 connect to port 5432; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs"},
	{"ingress of all ports", func(r resources) {
		r["aws_vpc_security_group_ingress_rule.all"] = map[string]any{"cidr_ipv6": "::/0", "ip_protocol": "-1"}
	}, "aws_vpc_security_group_ingress_rule.all: lets ::/0 connect to all ports; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs"},
	{"ingress of the older type", func(r resources) {
		r["aws_security_group_rule.ssh"] = map[string]any{"type": "ingress", "cidr_blocks": []any{"10.0.0.0/8"}, "protocol": "tcp", "from_port": 22, "to_port": 23}
	}, "aws_security_group_rule.ssh: lets 10.0.0.0/8 connect to ports 22 to 23; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs"},
	{"ingress in the group", func(r resources) {
		r["aws_security_group.ecs_sg"]["ingress"] = []any{map[string]any{"cidr_blocks": []any{"0.0.0.0/0"}, "protocol": "tcp", "from_port": 5000, "to_port": 5000}}
	}, "aws_security_group.ecs_sg: lets 0.0.0.0/0 connect to port 5000; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs"},
	{"ingress of all ports in the group", func(r resources) {
		r["aws_security_group.ecs_sg"]["ingress"] = []any{map[string]any{"ipv6_cidr_blocks": []any{"::/0"}, "protocol": "-1", "from_port": 0, "to_port": 0}}
	}, "aws_security_group.ecs_sg: lets ::/0 connect to all ports; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs"},
	{"every action", allow(`{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}`), "aws_iam_role_policy.execution_role_pull_images: allows s3:*; name the actions"},
	{"every resource", allow(`{"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken", "s3:GetObject"], "Resource": "*"}`), "aws_iam_role_policy.execution_role_pull_images: allows s3:GetObject on every resource; name the resources"},
	{"all but an action", allow(`{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::b"}`), "aws_iam_role_policy.execution_role_pull_images: allows all but what its NotAction names; name what it allows"},
	{"administrators", func(r resources) {
		r["aws_iam_role_policy_attachment.database_monitoring_role_enhanced_monitoring"]["policy_arn"] = "arn:aws:iam::aws:policy/AdministratorAccess"
	}, "aws_iam_role_policy_attachment.database_monitoring_role_enhanced_monitoring: attaches arn:aws:iam::aws:policy/AdministratorAccess; name the actions in a policy of its own"},
	{"bucket for anyone", func(r resources) {
		r["aws_s3_bucket_policy.access_logs_policy"] = map[string]any{"policy": `{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Principal": "*"}}`}
	}, "aws_s3_bucket_policy.access_logs_policy: is open to anyone; name the principal, or a condition"},
	{"anyone", func(r resources) {
		r["aws_iam_role.task_role"]["assume_role_policy"] = `{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}`
	}, "aws_iam_role.task_role: may be assumed by anyone; name the principal"},
	{"no block", func(r resources) { delete(r, "aws_s3_bucket_public_access_block.access_logs_public_access_block") }, "a bucket has no aws_s3_bucket_public_access_block; add one"},
	{"retention", func(r resources) { r["aws_cloudwatch_log_group.ecs_logs"]["retention_in_days"] = 0 }, "aws_cloudwatch_log_group.ecs_logs: keeps events for ever; set retention_in_days"},
	{"old TLS", func(r resources) {
		listener := r["aws_lb_listener.load_balancer_http_listener"]
		listener["protocol"], listener["ssl_policy"] = "HTTPS", "ELBSecurityPolicy-2016-08"
	}, "aws_lb_listener.load_balancer_http_listener: takes TLS before 1.2; ssl_policy must be an ELBSecurityPolicy-TLS13-1-2 or newer"},
	{"no redirect", func(r resources) {
		r["aws_lb_listener.https"] = map[string]any{"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
	}, "aws_lb_listener.load_balancer_http_listener: serves without TLS although there is an HTTPS listener; it must redirect"},
	{"tags", func(r resources) {
		r["aws_vpc.networking_vpc"]["tags_all"] = map[string]any{"Environment": "production", "ManagedBy": "CDKTF"}
	}, "aws_vpc.networking_vpc: lacks the tag Project; it belongs into Tags"},
	{"privileged", define(`[{"name": "api", "privileged": true}]`), "aws_ecs_task_definition.service_task_definition: the container api is privileged"},
	{"plain secret", define(`[{"name": "api", "environment": [{"name": "API_TOKEN", "value": "x"}]}]`), "aws_ecs_task_definition.service_task_definition: everyone who sees the plan reads the variable API_TOKEN; make it one of Service.Secrets"},
	{"backups", func(r resources) { r["aws_rds_cluster.database_cluster"]["backup_retention_period"] = 1 }, "aws_rds_cluster.database_cluster: is protected, and is deleted without a final snapshot or with backups of less than 7 days"},
}

func allow(statement string) func(resources) {
	return func(r resources) {
		r["aws_iam_role_policy.execution_role_pull_images"]["policy"] = `{"Statement": [` + statement + `]}`
	}
}

func define(containers string) func(resources) {
	return func(r resources) {
		r["aws_ecs_task_definition.service_task_definition"]["container_definitions"] = containers
	}
}

// refuses edits the plan of production and wants it refused for the one reason.
func refuses(t *testing.T, edit func(resources), reason string) {
	t.Helper()
	planned := resources{}
	for _, change := range read(t, "production")["resource_changes"].([]any) {
		change := change.(map[string]any)
		planned[change["address"].(string)], _ = change["change"].(map[string]any)["after"].(map[string]any)
	}
	edit(planned)
	var changes []any
	for address, after := range planned {
		kind, _, _ := strings.Cut(address, ".")
		changes = append(changes, map[string]any{"mode": "managed", "type": kind, "address": address, "change": map[string]any{"actions": []any{"create"}, "after": after}})
	}
	assert.Equal(t, []string{reason}, check(t, map[string]any{"resource_changes": changes}))
}

// TestRefusesBadPlans edits the plan of production, one thing at a time.
func TestRefusesBadPlans(t *testing.T) {
	for _, c := range bad {
		t.Run(c.name, func(t *testing.T) { refuses(t, c.edit, c.reason) })
	}
}

// TestRefusesWithoutControl lifts each control in the plan of production.
func TestRefusesWithoutControl(t *testing.T) {
	for _, c := range controls.Everywhere() {
		t.Run(c.Type+"."+c.Attribute, func(t *testing.T) {
			var address string
			for _, change := range read(t, "production")["resource_changes"].([]any) {
				if change := change.(map[string]any); change["type"] == c.Type {
					address = change["address"].(string)
				}
			}
			require.NotEmpty(t, address)
			refuses(t, func(r resources) { c.Set(r[address], c.Opposite()) },
				fmt.Sprintf("%s: %s; %s must be %v", address, c.Otherwise, c.Name(), c.Wanted))
		})
	}
}

// TestAcceptsNetworkLoadBalancers plans a load balancer that reads no headers.
func TestAcceptsNetworkLoadBalancers(t *testing.T) {
	balancer := map[string]any{"load_balancer_type": "network", "drop_invalid_header_fields": false}
	assert.Empty(t, check(t, map[string]any{"resource_changes": []any{
		map[string]any{"mode": "managed", "type": "aws_lb", "address": "aws_lb.tcp", "change": map[string]any{"actions": []any{"create"}, "after": balancer}},
	}}))
}

// TestGoldenControls keeps the rules' copy of the controls current. It stands in the file
// itself, because rules that do not find their data would refuse nothing.
func TestGoldenControls(t *testing.T) {
	type row struct {
		Type      string `json:"type"`
		Block     string `json:"block"`
		Attribute string `json:"attribute"`
		Wanted    any    `json:"wanted"`
		Otherwise string `json:"otherwise"`
	}
	var text strings.Builder
	text.WriteString("controls := [\n")
	for _, c := range controls.Everywhere() {
		block, _, _ := strings.Cut(c.Attribute, c.Name())
		encoded, err := json.Marshal(row{c.Type, strings.TrimSuffix(block, "."), c.Name(), c.Wanted, c.Otherwise})
		require.NoError(t, err)
		fmt.Fprintf(&text, "\t%s,\n", strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(string(encoded)))
	}
	text.WriteString("]\n")
	golden.Section(t, "flask_api.rego", "controls", text.String())
}

// TestProtectedIsNotDestroyed plans destructions of an environment that is protected,
// and of one that is no longer.
func TestProtectedIsNotDestroyed(t *testing.T) {
	destruction := func(protected bool) map[string]any {
		plan := read(t, "production")
		for _, change := range plan["resource_changes"].([]any) {
			change := change.(map[string]any)["change"].(map[string]any)
			change["before"], change["after"], change["actions"] = change["after"], nil, []any{"delete"}
			if before, isMap := change["before"].(map[string]any); isMap && before["deletion_protection"] != nil {
				before["deletion_protection"] = protected
			}
		}
		return plan
	}
	assert.Empty(t, check(t, destruction(false)))
	denied := check(t, destruction(true))
	assert.Contains(t, denied, "aws_rds_cluster.database_cluster: is destroyed in a protected environment; set Protected to false and apply that first")
	assert.Contains(t, denied, "aws_secretsmanager_secret.credentials_secret: is destroyed in a protected environment; set Protected to false and apply that first")
}

// TestRulesOfOthersAreAccepted plans for a security group into which somebody wrote a
// rule: Terraform shows it and leaves it alone, and the plan must not be refused.
func TestRulesOfOthersAreAccepted(t *testing.T) {
	open := map[string]any{"cidr_blocks": []any{"0.0.0.0/0"}, "protocol": "tcp", "from_port": 22, "to_port": 22}
	plan := func(before []any) map[string]any {
		return map[string]any{"resource_changes": []any{map[string]any{
			"mode": "managed", "type": "aws_security_group", "address": "aws_security_group.ecs_sg",
			"change": map[string]any{"actions": []any{"update"}, "before": map[string]any{"ingress": before}, "after": map[string]any{"ingress": []any{open}}},
		}}}
	}
	assert.Empty(t, check(t, plan([]any{open})))
	assert.Len(t, check(t, plan([]any{})), 1)
}

func TestCheckRefusesWhatIsNoPlan(t *testing.T) {
	_, err := Check(t.Context(), []byte("{"))
	require.ErrorContains(t, err, "the plan's JSON")
}
