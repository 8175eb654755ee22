package constructs_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/internal/controls"
	"flask-api/test/stacktest"
)

// productionControl is a public security control that costs money, or that an
// environment for an afternoon could not be destroyed with: production satisfies it,
// and the defaults do not.
type productionControl struct {
	sentence, controls string
	satisfied          func(stack) bool
}

// all says whether the attribute of every resource of the type, of which there must
// be one, is as wanted.
func all(kind, key string, wanted func(any) bool) func(stack) bool {
	return func(s stack) bool {
		satisfied := len(s.Resources[kind]) > 0
		s.Visit(kind, func(_ string, a attributes) { satisfied = satisfied && wanted(a[key]) })
		return satisfied
	}
}

func is(wanted any) func(any) bool {
	return func(value any) bool { return assert.ObjectsAreEqual(wanted, value) }
}

func given(value any) bool { return value != nil }

func atLeast(least float64) func(any) bool {
	return func(value any) bool {
		number, ok := value.(float64)
		return ok && number >= least
	}
}

var productionControls = []productionControl{
	{
		"the VPC records its flows", "CKV2_AWS_11; FSBP EC2.6",
		func(s stack) bool { return len(s.Resources["aws_flow_log"]) == 1 },
	},
	{
		"the load balancer keeps access logs", "CKV_AWS_91; FSBP ELB.5",
		all("aws_lb", "access_logs", given),
	},
	{
		"a web ACL stands in front of the load balancer", "CKV2_AWS_28; FSBP ELB.16",
		all("aws_wafv2_web_acl_association", "resource_arn", is("${aws_lb.load_balancer_alb.arn}")),
	},
	{
		"the web ACL logs what it refuses", "CKV2_AWS_31; FSBP WAF.11",
		all("aws_wafv2_web_acl_logging_configuration", "log_destination_configs", given),
	},
	{
		"containers cannot write to their root file system", "CKV_AWS_336; FSBP ECS.5",
		func(s stack) bool {
			satisfied := true
			s.VisitContainers(func(c attributes) { satisfied = satisfied && c["readonlyRootFilesystem"] == true })
			return satisfied
		},
	},
	{
		"a key of the account's own encrypts images", "CKV_AWS_136; FSBP ECR.5",
		all("aws_ecr_repository", "encryption_configuration", given),
	},
	{
		"a key of the account's own encrypts the database", "CKV_AWS_327",
		all("aws_rds_cluster", "kms_key_id", given),
	},
	{
		"a key of the account's own encrypts Performance Insights", "CKV_AWS_353, CKV_AWS_354",
		all("aws_rds_cluster_instance", "performance_insights_kms_key_id", given),
	},
	{
		"a key of the account's own encrypts the secret", "CKV_AWS_149",
		all("aws_secretsmanager_secret", "kms_key_id", given),
	},
	{
		"a key of the account's own encrypts logs", "CKV_AWS_158",
		all("aws_cloudwatch_log_group", "kms_key_id", given),
	},
	{
		"logs are kept for a year", "CKV_AWS_338; FSBP CloudWatch.16",
		all("aws_cloudwatch_log_group", "retention_in_days", atLeast(365)),
	},
	{
		"backups go back two weeks", "CKV_AWS_133; FSBP RDS.14",
		all("aws_rds_cluster", "backup_retention_period", atLeast(14)),
	},
	{
		"PostgreSQL's log reaches CloudWatch", "CKV_AWS_324; FSBP RDS.34, RDS.37",
		all("aws_rds_cluster", "enabled_cloudwatch_logs_exports", is([]any{"postgresql"})),
	},
	{
		"PostgreSQL logs changes of the schema and slow statements", "CKV2_AWS_30",
		all("aws_rds_cluster_parameter_group", "parameter", func(value any) bool { return len(value.([]any)) == 3 }),
	},
	{
		"every alarm tells somebody", "CKV_AWS_319; FSBP CloudWatch.15",
		func(s stack) bool {
			maps.DeleteFunc(s.Resources["aws_cloudwatch_metric_alarm"], func(name string, _ attributes) bool { return scales(name) })
			return all("aws_cloudwatch_metric_alarm", "alarm_actions", is([]any{"${aws_sns_topic_policy.alarms_topic_policy.arn}"}))(s)
		},
	},
	{
		"enhanced monitoring watches the instances", "CKV_AWS_118; FSBP RDS.6",
		all("aws_rds_cluster_instance", "monitoring_interval", atLeast(1)),
	},
}

// protections are the controls of environments that are protected.
func protections() []productionControl {
	var out []productionControl
	for _, c := range controls.All {
		if c.Protected {
			out = append(out, productionControl{c.Sentence, c.IDs, func(s stack) bool {
				if s.Count(c.Type) == 0 { // It need not have a queue.
					return s.Config.Protected && c.Type == "aws_sqs_queue"
				}
				return !slices.ContainsFunc(s.Each(c.Type), func(a attributes) bool { return !c.Holds(a) })
			}})
		}
	}
	return out
}

// TestProductionControls wants each control satisfied in production and in the tests' own
// environment like it, and shows that it is not in an environment of the defaults.
func TestProductionControls(t *testing.T) {
	satisfying := []stack{load(t, stacktest.Guarded())}
	for _, env := range config.Environments() {
		if env.Suffix == "production" {
			satisfying = append(satisfying, load(t, env))
		}
	}
	defaults := load(t, stacktest.Default())
	for _, c := range slices.Concat(productionControls, protections()) {
		for _, s := range satisfying {
			assert.True(t, c.satisfied(s), "%s: %s (%s)", s.Config.Suffix, c.sentence, c.controls)
		}
		assert.False(t, c.satisfied(defaults), "defaults: %s (%s)", c.sentence, c.controls)
	}
}
