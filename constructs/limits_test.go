package constructs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// limits are how long AWS takes the attribute of a resource, in characters, by the name of
// both. The pages that the limits are on:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
// https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
var limits = map[string]int{
	"aws_appautoscaling_policy.name":                  256,
	"aws_appautoscaling_scheduled_action.name":        256,
	"aws_cloudwatch_log_group.name":                   512,
	"aws_cloudwatch_metric_alarm.alarm_description":   1024,
	"aws_cloudwatch_metric_alarm.alarm_name":          255,
	"aws_ecs_cluster.name":                            255,
	"aws_ecs_service.name":                            255,
	"aws_ecs_task_definition.container_definitions":   64 << 10,
	"aws_ecs_task_definition.family":                  255,
	"aws_iam_role.description":                        1000,
	"aws_iam_role.name":                               64,
	"aws_kms_alias.name":                              256,
	"aws_kms_key.description":                         8192,
	"aws_kms_key.policy":                              32 << 10,
	"aws_lb.name":                                     32,
	"aws_lb_target_group.name":                        32,
	"aws_rds_cluster.cluster_identifier":              63,
	"aws_rds_cluster_instance.identifier":             63,
	"aws_s3_bucket.bucket":                            63,
	"aws_s3_bucket_policy.policy":                     20 << 10,
	"aws_secretsmanager_secret.name":                  512,
	"aws_security_group.description":                  255,
	"aws_sqs_queue.name":                              80,
	"aws_security_group.name":                         255,
	"aws_vpc_security_group_egress_rule.description":  255,
	"aws_vpc_security_group_ingress_rule.description": 255,
	"aws_wafv2_web_acl.description":                   256,
	"aws_wafv2_web_acl.name":                          128,
}

const (
	// maxRolePolicies is what IAM takes as the policies of one role.
	maxRolePolicies = 10240
	// besidesSecrets is what flask-api/config leaves of it to all but Service.Secrets.
	besidesSecrets = 1740
	// besidesPermissions is what flask-api/config leaves of it to all of the task role but
	// Service.Permissions, and eachQueue and eachBucket are what it reckons with besides.
	besidesPermissions    = 1200
	eachQueue, eachBucket = 540, 820
	maxTagValue           = 256
)

// accountToken is the account's number, otherToken any other value that AWS decides.
var (
	accountToken = regexp.MustCompile(`\$\{data\.aws_caller_identity\.[^}]*\}`)
	otherToken   = regexp.MustCompile(`\$\{[^}]*\}`)
)

// longest is how long a value may become: with the longest suffix and, of a value of AWS,
// with a long ARN.
func longest(s stack, value any) int {
	text, isText := value.(string)
	if !isText {
		encoded, _ := json.Marshal(value) //nolint:errchkjson // It was JSON.
		text = string(encoded)
	}
	text = strings.ReplaceAll(text, s.Config.Suffix, strings.Repeat("x", 27-len(s.Config.Name)))
	text = accountToken.ReplaceAllString(text, strings.Repeat("1", 12))
	return utf8.RuneCountInString(otherToken.ReplaceAllString(text, strings.Repeat("a", 110)))
}

// limitsInvariants are about all that is emitted.
var limitsInvariants = []invariant{
	{
		sentence: "names, descriptions, tags and policies are within the limits of AWS, also with the longest suffix",
		violations: func(s stack) []string {
			var v violations
			for _, name := range slices.Sorted(maps.Keys(limits)) {
				kind, attribute, _ := strings.Cut(name, ".")
				s.Visit(kind, func(resource string, a attributes) {
					n := longest(s, a[attribute])
					if name == "aws_lb_target_group.name" && s.IsOther(resource) { // The suffix limits the service's own.
						n = len(a[attribute].(string))
					}
					if attribute == "alarm_description" { // It may name the longest path.
						n += strings.Count(fmt.Sprint(a[attribute]), s.Config.LoadBalancer.HealthCheckPath) * (768 - len(s.Config.LoadBalancer.HealthCheckPath))
					}
					v.unless(n <= limits[name], "%s.%s: %s has %d characters of %d", kind, resource, attribute, n, limits[name])
				})
			}
			of, fixed := map[string]int{}, map[string]int{}
			s.Visit("aws_iam_role_policy", func(resource string, a attributes) {
				n, role := longest(s, a["policy"]), strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(a["role"]), "${aws_iam_role."), ".name}")
				of[role] += n
				switch id := strings.TrimPrefix(resource, role+"_"); {
				case strings.HasPrefix(id, "send_to_queue_"):
					v.unless(n <= eachQueue, "%s has %d characters, %d are reckoned with", resource, n, eachQueue)
				case strings.HasPrefix(id, "use_bucket_"):
					v.unless(n <= eachBucket, "%s has %d characters, %d are reckoned with", resource, n, eachBucket)
				case id != "permissions" && id != "read_secrets":
					fixed[role] += n
				}
			})
			for role, n := range of {
				v.unless(n <= maxRolePolicies, "the policies of %s have %d characters of %d", role, n, maxRolePolicies)
			}
			others := []string{"task_role execution_role"}
			for _, w := range s.Config.Services {
				id := "service_" + underscored(w.Name)
				others = append(others, id+"_role "+id+"_execution_role")
			}
			for _, roles := range others {
				task, execution, _ := strings.Cut(roles, " ")
				v.unless(fixed[task] <= besidesPermissions, "the policies of %s have %d characters without what the configuration permits, %d are reckoned with", task, fixed[task], besidesPermissions)
				v.unless(fixed[execution] <= besidesSecrets, "the policies of %s have %d characters without secrets of the configuration, %d are reckoned with", execution, fixed[execution], besidesSecrets)
			}
			for kind := range s.Resources {
				s.Visit(kind, func(resource string, a attributes) {
					tags, _ := a["tags"].(attributes)
					for key, value := range tags {
						v.unless(longest(s, value) <= maxTagValue, "%s.%s: the tag %s is too long", kind, resource, key)
					}
				})
			}
			return v
		},
		broken: set("aws_iam_role", "description", strings.Repeat("a", 1001)),
	},
}
