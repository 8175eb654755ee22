package scope

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/test/emulator"
	"flask-api/test/stacktest"
)

// environment is one with everything that the documents depend on.
func environment(suffix string) config.Config {
	env := config.Defaults(suffix)
	env.Deployment.PermissionsBoundary = "arn:aws:iam::123456789012:policy/flask-api-boundary-" + suffix
	env.State.Backend, env.State.Bucket = config.BackendS3, "our-state"
	env.Workers, env.Services = stacktest.Guarded().Workers, stacktest.Guarded().Services
	env.Queues = []config.Queue{{Name: "orders"}, {Name: "mail"}, {Name: "mail-out"}}
	env.Buckets = []config.Bucket{{Name: "uploads"}}
	return env
}

// documents are the narrowed ones, by name.
func documents(t *testing.T, env config.Config) map[string][][]byte {
	t.Helper()
	out := map[string][][]byte{}
	paths, err := Documents(env, "../../docs")
	require.NoError(t, err)
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		text, err := os.ReadFile(path) //nolint:gosec // The project's own.
		require.NoError(t, err)
		out[name], err = Narrow(env, text)
		require.NoError(t, err, name)
	}
	return out
}

// patterns are all that documents name, in resources and in conditions.
func patterns(t *testing.T, texts ...[]byte) (out []string) {
	t.Helper()
	for _, text := range texts {
		var d Document
		require.NoError(t, json.Unmarshal(text, &d))
		for _, s := range d.Statement {
			out = append(out, listed(s.Resource)...)
			for _, keys := range s.Condition {
				for _, values := range keys {
					out = append(out, listed(values)...)
				}
			}
		}
	}
	return out
}

// covers says whether the pattern, of * and ?, is that of the text.
func covers(pattern, text string) bool {
	if compiled[pattern] == nil {
		quoted := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		compiled[pattern] = regexp.MustCompile("^" + quoted + "$")
	}
	return compiled[pattern].MatchString(text)
}

var compiled = map[string]*regexp.Regexp{}

// TestNarrowsEveryName wants each pattern of a narrowed document to be one that the
// document for all environments covers, with the suffix in it.
func TestNarrowsEveryName(t *testing.T) {
	env := environment("trial")
	for name, parts := range documents(t, env) {
		whole, err := os.ReadFile("../../docs/" + name + ".json") //nolint:gosec // The project's own.
		require.NoError(t, err)
		general := patterns(t, whole)
		for _, pattern := range patterns(t, parts...) {
			if pattern == env.Deployment.PermissionsBoundary || strings.Contains(pattern, "our-state") {
				continue
			}
			assert.True(t, slices.ContainsFunc(general, func(g string) bool { return covers(g, strings.TrimSuffix(pattern, "*")) }), "%s: %s is more than was documented", name, pattern)
			assert.False(t, strings.Contains(pattern, "flask-api") && !strings.Contains(pattern, "-trial"), "%s: %s", name, pattern)
		}
	}
}

// named are the attributes that AWS knows a resource by, and how an ARN begins with them.
var named = map[string]struct{ attribute, arn, end string }{
	"aws_cloudwatch_dashboard":        {"dashboard_name", "arn:aws:cloudwatch::1:dashboard/", ""},
	"aws_cloudwatch_log_group":        {"name", "arn:aws:logs:eu-south-1:1:log-group:", ":*"},
	"aws_cloudwatch_metric_alarm":     {"alarm_name", "arn:aws:cloudwatch:eu-south-1:1:alarm:", ""},
	"aws_db_parameter_group":          {"name", "arn:aws:rds:eu-south-1:1:pg:", ""},
	"aws_db_subnet_group":             {"name", "arn:aws:rds:eu-south-1:1:subgrp:", ""},
	"aws_ecr_repository":              {"name", "arn:aws:ecr:eu-south-1:1:repository/", ""},
	"aws_ecs_cluster":                 {"name", "arn:aws:ecs:eu-south-1:1:cluster/", ""},
	"aws_ecs_service":                 {"name", "arn:aws:ecs:eu-south-1:1:service/flask-api-cluster-@/", ""},
	"aws_ecs_task_definition":         {"family", "arn:aws:ecs:eu-south-1:1:task-definition/", ":1"},
	"aws_iam_role":                    {"name", "arn:aws:iam::1:role/", ""},
	"aws_kms_alias":                   {"name", "arn:aws:kms:eu-south-1:1:", ""},
	"aws_lambda_function":             {"function_name", "arn:aws:lambda:eu-south-1:1:function:", ""},
	"aws_lb":                          {"name", "arn:aws:elasticloadbalancing:eu-south-1:1:loadbalancer/app/", "/1"},
	"aws_lb_target_group":             {"name", "arn:aws:elasticloadbalancing:eu-south-1:1:targetgroup/", "/1"},
	"aws_rds_cluster":                 {"cluster_identifier", "arn:aws:rds:eu-south-1:1:cluster:", ""},
	"aws_rds_cluster_instance":        {"identifier", "arn:aws:rds:eu-south-1:1:db:", ""},
	"aws_rds_cluster_parameter_group": {"name", "arn:aws:rds:eu-south-1:1:cluster-pg:", ""},
	"aws_s3_bucket":                   {"bucket", "arn:aws:s3:::", ""},
	"aws_secretsmanager_secret":       {"name", "arn:aws:secretsmanager:eu-south-1:1:secret:", "-AbCdEf"},
	"aws_sns_topic":                   {"name", "arn:aws:sns:eu-south-1:1:", ""},
	"aws_sqs_queue":                   {"name", "arn:aws:sqs:eu-south-1:1:", ""},
	"aws_ssm_parameter":               {"name", "arn:aws:ssm:eu-south-1:1:parameter", ""},
	"aws_wafv2_web_acl":               {"name", "arn:aws:wafv2:eu-south-1:1:regional/webacl/", "/1"},
}

// TestCoversWhatIsMade compares the narrowed documents with the names of everything that
// is synthesised with any option: those of the environment are covered, and those of
// environments whose suffixes begin or end alike are not.
func TestCoversWhatIsMade(t *testing.T) {
	const suffix = "trial"
	var all []string
	for _, parts := range documents(t, environment(suffix)) {
		all = append(all, patterns(t, parts...)...)
	}
	all = slices.DeleteFunc(all, func(p string) bool { return !strings.Contains(p, "flask-api") })
	seen := map[string]bool{}
	for _, env := range stacktest.All() {
		var stack synthesis.Attributes
		text := strings.ReplaceAll(string(stacktest.Golden(t, env.Suffix)), env.Name, documented)
		require.NoError(t, json.Unmarshal([]byte(text), &stack))
		for kind, resources := range stack["resource"].(synthesis.Attributes) {
			for _, resource := range resources.(synthesis.Attributes) {
				seen[kind] = true
				names := []string{synthesis.Text(resource.(synthesis.Attributes), "tags.Name")}
				if tags, isTagged := resource.(synthesis.Attributes)["tags"].(synthesis.Attributes); isTagged {
					names = []string{synthesis.Text(tags, "Name")}
				}
				if by, isNamed := named[kind]; isNamed {
					names = append(names, strings.ReplaceAll(by.arn, "@", env.Suffix)+synthesis.Text(resource.(synthesis.Attributes), by.attribute)+by.end)
				}
				for _, name := range names {
					name = strings.ReplaceAll(name, "${data.aws_caller_identity.caller.account_id}", "123456789012")
					if !strings.Contains(name, "flask-api-") {
						continue
					}
					for other, want := range map[string]bool{suffix: true, "my" + suffix: false, "my-" + suffix: kind == "aws_cloudwatch_metric_alarm", suffix + "-x": false, suffix + "2": false} {
						of := strings.ReplaceAll(name, env.Suffix, other)
						assert.Equal(t, want, slices.ContainsFunc(all, func(p string) bool { return covers(p, of) }), "%s: %s", kind, of)
					}
				}
			}
		}
	}
	for kind := range named {
		assert.True(t, seen[kind], kind)
	}
}

// TestAnotherName is the same with that name, and leaves nothing of the documents' own.
func TestAnotherName(t *testing.T) {
	env, renamed := environment("trial"), environment("trial")
	// As long as the documents' own, so that they are divided at the same places.
	env.Name, renamed.Name = documented, strings.Repeat("o", len(documented))
	renamed.Deployment.PermissionsBoundary = strings.ReplaceAll(env.Deployment.PermissionsBoundary, documented, renamed.Name)
	want := documents(t, env)
	for name, parts := range documents(t, renamed) {
		for i, part := range parts {
			assert.NotContains(t, string(part), documented, name)
			assert.JSONEq(t, strings.ReplaceAll(string(want[name][i]), documented, renamed.Name), string(part), name)
		}
	}
}

// TestOtherPartitions wants ARNs as the environment's part of AWS has them.
func TestOtherPartitions(t *testing.T) {
	env := environment("shop")
	env.Region, env.Deployment.PermissionsBoundary = "us-gov-west-1", "arn:aws-us-gov:iam::123456789012:policy/boundary"
	for name, parts := range documents(t, env) {
		for _, part := range parts {
			assert.NotContains(t, string(part), "arn:aws:", name)
		}
		assert.Contains(t, string(slices.Concat(parts...)), "arn:aws-us-gov:", name)
	}
}

// TestLongSuffix has the longest suffix, and still fits.
func TestLongSuffix(t *testing.T) {
	env := environment(strings.Repeat("x", 27-len(documented)))
	env.Deployment.RolePath = "/" + strings.Repeat("p", 20) + "/"
	for name, parts := range documents(t, env) {
		assert.LessOrEqual(t, len(parts), 2, name)
		for _, part := range parts {
			assert.LessOrEqual(t, len(strings.Join(strings.Fields(string(part)), "")), maxPolicy, name)
		}
	}
	env.Deployment.RolePath = "/" + strings.Repeat("p", 2000) + "/"
	text, err := os.ReadFile("../../docs/deploy-policy-roles-bounded.json")
	require.NoError(t, err)
	_, err = Narrow(env, text)
	require.ErrorContains(t, err, "the statement Roles has more than the 6144 characters")
}

// TestRolePath is in the names of roles.
func TestRolePath(t *testing.T) {
	env := environment("trial")
	env.Deployment.RolePath = "/teams/shop/"
	role, err := emulator.NewRole("deploy", documents(t, env)["deploy-policy-roles-bounded"]...)
	require.NoError(t, err)
	context := map[string]string{"iam:PermissionsBoundary": env.Deployment.PermissionsBoundary}
	assert.True(t, role.Allows("iam:CreateRole", "arn:aws:iam::123456789012:role/teams/shop/flask-api-task-role-trial", context))
	assert.False(t, role.Allows("iam:CreateRole", "arn:aws:iam::123456789012:role/flask-api-task-role-trial", context))
	context["iam:PermissionsBoundary"] = "arn:aws:iam::123456789012:policy/flask-api-boundary"
	assert.False(t, role.Allows("iam:CreateRole", "arn:aws:iam::123456789012:role/teams/shop/flask-api-task-role-trial", context))
}

// TestWhatNobodyNarrowed is refused instead of left open.
func TestWhatNobodyNarrowed(t *testing.T) {
	for text, want := range map[string]string{
		`{"Statement": [{"Sid": "S", "Action": ["sqs:SendMessage"], "Resource": "arn:aws:sqs:*:*:flask-api-*"}]}`:                                             "the statement S: nobody said what arn:aws:sqs:*:*:flask-api-* is",
		`{"Statement": [{"Sid": "S", "Action": ["sqs:SendMessage"], "Resource": "*", "Condition": {"StringLike": {"aws:ResourceTag/Team": "flask-api-x"}}}]}`: "the statement S: aws:ResourceTag/Team: nobody said what flask-api-x is",
		`{`: "the policy: ",
	} {
		_, err := Narrow(environment("trial"), []byte(text))
		require.ErrorContains(t, err, want)
	}
}

// TestDocuments are those that the environment needs.
func TestDocuments(t *testing.T) {
	plain, bounded := config.Defaults("trial"), environment("trial")
	names := func(env config.Config) (out []string) {
		paths, err := Documents(env, "../../docs")
		require.NoError(t, err)
		for _, path := range paths {
			out = append(out, strings.TrimSuffix(filepath.Base(path), ".json"))
		}
		return out
	}
	both := []string{"deploy-policy", "deploy-policy-network", "deploy-policy-options", "integration-policy", "plan-policy"}
	assert.Subset(t, names(plain), append(both, "deploy-policy-roles"))
	assert.Subset(t, names(bounded), append(both, "deploy-policy-roles-bounded", "permissions-boundary", "state-policy", "state-plan-policy"))
	for _, name := range []string{"deploy-policy-roles-bounded", "permissions-boundary", "state-policy", "terraform-cloud-trust-policy"} {
		assert.NotContains(t, names(plain), name)
	}
	assert.NotContains(t, names(bounded), "deploy-policy-roles")
	joined := plain
	joined.Network = config.Network{Existing: config.ExistingNetwork{VPCID: "vpc-01234567"}}
	assert.NotContains(t, names(plain), "deploy-policy-existing")
	assert.Contains(t, names(joined), "deploy-policy-existing")
	cloned := plain
	cloned.Database.CloneOf = "other"
	const source = "arn:aws:rds:*:*:cluster:flask-api-aurora-other"
	assert.Contains(t, patterns(t, documents(t, cloned)["deploy-policy-database"]...), source)
	assert.NotContains(t, patterns(t, documents(t, plain)["deploy-policy-database"]...), source)
	assert.Contains(t, patterns(t, documents(t, joined)["deploy-policy-existing"]...), "arn:aws:ec2:*:*:vpc/vpc-01234567", "in no other VPC")
}
