package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/controls"
	"flask-api/internal/review"
)

// reckless are attributes that a pull request should not change, or not without
// thought, by the type of the resources. Some can be changed in place. The [controls] are
// lifted in addition to them.
var reckless = map[string]map[string]any{
	"aws_cloudwatch_log_group":            {"name": "/other", "retention_in_days": 1},
	"aws_db_subnet_group":                 {"name": "other", "description": "Other"},
	"aws_ecr_repository":                  {"name": "other", "image_tag_mutability": "IMMUTABLE", "encryption_configuration": map[string]any{"encryption_type": "AES256"}},
	"aws_kms_key":                         {"key_usage": "SIGN_VERIFY", "customer_master_key_spec": "RSA_2048", "deletion_window_in_days": 10, "multi_region": true},
	"aws_lb":                              {"name": "other", "internal": true, "idle_timeout": 61},
	"aws_lb_target_group":                 {"protocol": "HTTPS", "deregistration_delay": "31", "lifecycle": nil, "port": 8080},
	"aws_ecs_service":                     {"desired_count": 3, "health_check_grace_period_seconds": 61},
	"aws_rds_cluster":                     {"lifecycle": map[string]any{"ignore_changes": []string{"engine_version", "engine_lifecycle_support"}}, "cluster_identifier": "other", "database_name": "other", "db_subnet_group_name": "other", "master_username": "other", "kms_key_id": "arn:aws:kms:eu-south-1:123456789012:key/other", "backup_retention_period": 1, "preferred_backup_window": "01:00-02:00"},
	"aws_rds_cluster_instance":            {"identifier": "other", "engine": "aurora-mysql", "cluster_identifier": "other", "db_subnet_group_name": "other", "availability_zone": "eu-south-1c", "promotion_tier": 5},
	"aws_s3_bucket":                       {"bucket": "other", "force_destroy": false},
	"aws_secretsmanager_secret":           {"name": "other", "recovery_window_in_days": 7},
	"aws_secretsmanager_secret_version":   {"secret_string_wo_version": 7},
	"aws_subnet":                          {"cidr_block": "10.0.200.0/24", "availability_zone": "eu-south-1d", "lifecycle": nil},
	"aws_vpc":                             {"cidr_block": "10.0.0.0/17", "enable_dns_hostnames": false},
	"aws_vpc_security_group_ingress_rule": {"to_port": 65535},
}

// changed are the attributes that a reckless change of a stack's resources sets, by their
// type: [reckless] and the opposites of the controls that hold, as the environment is not
// protected any more. Controls of options that the stack does not have are left out.
func changed(t *testing.T, resources map[string]any) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for kind, attributes := range reckless {
		require.Contains(t, resources, kind)
		out[kind] = maps.Clone(attributes)
	}
	for _, c := range controls.Everywhere() {
		if _, has := resources[c.Type]; !has {
			continue
		}
		if out[c.Type] == nil {
			out[c.Type] = map[string]any{}
		}
		out[c.Type][c.Attribute] = c.Opposite()
	}
	return out
}

// reviewed plans a reckless change of what is deployed. The review of the plan says all
// that the review of the synthesis says, in the same words, and the real provider replaces
// what the latter expects, and nothing else.
func (l *life) reviewed(t *testing.T) {
	t.Helper()
	before := readFile(t, filepath.Join(l.stackDir(), "cdk.tf.json"))
	after, attributes := recklessly(t, before)
	dir := filepath.Join(filepath.Dir(l.stackDir()), "reckless")
	require.NoError(t, os.Mkdir(dir, 0o700))
	write(t, filepath.Join(dir, "cdk.tf.json"), after)
	write(t, filepath.Join(dir, ".terraform.lock.hcl"), readFile(t, filepath.Join(l.stackDir(), ".terraform.lock.hcl")))
	data := []string{"TF_DATA_DIR=" + filepath.Join(l.stackDir(), ".terraform")}
	l.planWith(t, dir, data, "-refresh=false", "-lock=false", "-out=reckless.tfplan")
	shown := l.show(t, dir, data, "reckless.tfplan")
	refused(t, shown, attributes)

	name := l.cfg.StackName()
	synthesised, err := review.Compare(map[string][]byte{name: before}, map[string][]byte{name: after})
	require.NoError(t, err)
	planned, err := review.Plan(name, shown)
	require.NoError(t, err)

	plans := map[string]review.Change{}
	for _, c := range planned.Changes {
		plans[c.Address] = c
	}
	var compared []string
	for _, c := range synthesised[0].Changes {
		kind, _, _ := strings.Cut(c.Address, ".")
		for attribute := range attributes[kind] {
			if kind == "aws_vpc_security_group_ingress_rule" || !slices.ContainsFunc(c.Differences, func(d review.Difference) bool {
				return d.Path == attribute || strings.HasPrefix(d.Path, attribute+".")
			}) {
				continue
			}
			compared = append(compared, kind+"."+attribute)
			assert.Equal(t, slices.Contains(plans[c.Address].Forcing, attribute), slices.Contains(c.Forcing, attribute),
				"whether %s of %s forces a replacement, in the plan and in the review", attribute, c.Address)
		}
	}
	for kind, named := range attributes {
		for attribute, value := range named {
			if value != nil && kind != "aws_vpc_security_group_ingress_rule" {
				assert.Contains(t, compared, kind+"."+attribute)
			}
		}
	}
	replaced := func(e review.Environment) []string {
		var out []string
		for _, c := range e.Changes {
			if c.Action == review.Replace {
				out = append(out, c.Address)
			}
		}
		return out
	}
	assert.Equal(t, replaced(planned), replaced(synthesised[0]))
	words := func(e review.Environment) []string {
		var out []string
		for _, risk := range e.Risks() {
			// Only a plan knows ids and ARNs, with the account in them, and what else must be
			// replaced; and only a synthesis, what is checked.
			if !strings.ContainsAny(risk.Text, "$") && !strings.HasPrefix(risk.Text, "is replaced") && !strings.HasPrefix(risk.Text, "names account") && !strings.HasPrefix(risk.Text, "checks one thing less") {
				out = append(out, risk.Address+" "+risk.Text)
			}
		}
		return out
	}
	assert.Subset(t, words(planned), words(synthesised[0]))
	assert.NotEmpty(t, words(synthesised[0]))
}

// recklessly changes all the attributes in a stack's JSON, and returns them too.
func recklessly(t *testing.T, text []byte) ([]byte, map[string]map[string]any) {
	t.Helper()
	var stack map[string]any
	require.NoError(t, json.Unmarshal(text, &stack))
	resources := stack["resource"].(map[string]any)
	attributes := changed(t, resources)
	for kind, values := range attributes {
		for _, resource := range resources[kind].(map[string]any) {
			for attribute, value := range values {
				controls.Control{Attribute: attribute}.Set(resource.(map[string]any), value)
			}
		}
	}
	out, err := json.Marshal(stack)
	require.NoError(t, err)
	return out, attributes
}
