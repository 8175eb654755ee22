package constructs_test

import (
	"fmt"
	"strings"
)

// encryptionKeyInvariants are about encryption_key.go.
var encryptionKeyInvariants = []invariant{
	{
		sentence: "one key of the account's own encrypts all that holds data, or none of it",
		controls: "CKV_AWS_136, CKV_AWS_149, CKV_AWS_158, CKV_AWS_327, CKV_AWS_354; FSBP ECR.5",
		violations: func(s stack) []string {
			var v violations
			key, images, insights := any(nil), any(nil), any(nil)
			if s.Config.Encryption.CustomerManagedKey {
				key = "${aws_kms_key.encryption_key.arn}"
				images = []any{attributes{"encryption_type": "KMS", "kms_key": key}}
			}
			if s.Config.Database.PerformanceInsights {
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
		sentence: "a key of the account's own serves CloudWatch Logs for the log groups of the environment alone",
		controls: "CKV_AWS_33, CKV_AWS_227, CKV2_AWS_64",
		violations: func(s stack) []string {
			const partition, account = "arn:${data.aws_partition.partition.partition}:", "${data.aws_caller_identity.caller.account_id}"
			var v violations
			s.Visit("aws_kms_key", func(name string, a attributes) {
				v.unless(a["is_enabled"] == nil, "%s is disabled", name)
				policy := fmt.Sprint(a["policy"])
				if name == "alarms_encryption_key" {
					return // TestAlarms looks at the rest of it.
				}
				allowed := 2
				if s.Config.Alarms.Enabled {
					allowed++
				}
				v.unless(strings.Count(policy, "Effect:Allow") == allowed, "%s allows others: %s", name, policy)
				v.unless(strings.Contains(policy, "Action:[kms:*] Effect:Allow Principal:map[AWS:"+partition+"iam::"+account+":root]"), "%s does not obey the account: %s", name, policy)
				v.unless(strings.Contains(policy, "Effect:Allow Principal:map[Service:logs."+s.Config.Region+".amazonaws.com]"), "%s does not serve CloudWatch Logs: %s", name, policy)
				groups := len(s.Resources["aws_cloudwatch_log_group"]) + strings.Count(s.Text, `"from": "aws_cloudwatch_log_group.`)
				v.unless(strings.Count(policy, ":log-group:") == groups, "%s does not serve the log groups: %s", name, policy)
				s.Visit("aws_cloudwatch_log_group", func(_ string, group attributes) {
					arn := fmt.Sprint(partition, "logs:", s.Config.Region, ":", account, ":log-group:", group["name"])
					v.unless(strings.Contains(policy, arn), "%s does not serve %s: %s", name, arn, policy)
				})
			})
			return v
		},
		broken: func(s *stack) {
			s.Resources["aws_kms_key"] = map[string]attributes{"other": {"is_enabled": false}}
		},
	},
}
