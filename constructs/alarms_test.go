package constructs_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/stacktest"
)

// knownMetrics are the metrics that AWS has, of those that this program may name, by
// their namespace, and the sets of dimensions under which it has them:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
var knownMetrics = map[string]struct{ names, dimensions []string }{
	"AWS/ApplicationELB": {
		[]string{
			"RequestCount", "TargetResponseTime", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count",
		},
		[]string{"LoadBalancer", "LoadBalancer TargetGroup"},
	},
	"AWS/ECS":               {[]string{"CPUUtilization", "MemoryUtilization"}, []string{"ClusterName ServiceName"}},
	"ECS/ContainerInsights": {[]string{"RunningTaskCount", "DesiredTaskCount"}, []string{"ClusterName ServiceName"}},
	"AWS/States":            {[]string{"ExecutionsFailed", "ExecutionTime"}, []string{"StateMachineArn"}},
	"AWS/RDS": {
		[]string{
			"CPUUtilization", "FreeableMemory", "DatabaseConnections", "AuroraReplicaLag", "CPUSurplusCreditsCharged",
			"ReadLatency", "WriteLatency", "CommitLatency", "ServerlessDatabaseCapacity",
		},
		[]string{"DBClusterIdentifier Role"},
	},
	"AWS/SQS": {
		[]string{
			"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesVisible",
			"NumberOfMessagesDeleted", "NumberOfMessagesSent",
		},
		[]string{"QueueName"},
	},
	"AWS/ElastiCache": {
		[]string{"DatabaseMemoryUsagePercentage", "EngineCPUUtilization", "Evictions", "CurrConnections", "CacheHits", "CacheMisses"},
		[]string{"CacheClusterId"},
	},
}

// targetMetrics are those that AWS has of a target group only.
var targetMetrics = []string{"HealthyHostCount", "UnHealthyHostCount"}

// dimensionSources are the attributes that the values of dimensions come from.
var dimensionSources = map[string]string{
	"LoadBalancer":        "aws_lb.arn_suffix",
	"TargetGroup":         "aws_lb_target_group.arn_suffix",
	"ClusterName":         "aws_ecs_cluster.name",
	"ServiceName":         "aws_ecs_service.name",
	"DBClusterIdentifier": "aws_rds_cluster.cluster_identifier",
	"QueueName":           "aws_sqs_queue.name",
	"StateMachineArn":     "aws_sfn_state_machine.arn",
}

var reference = regexp.MustCompile(`^\$\{(aws_[a-z_]+)\.([a-z0-9_]+)\.([a-z_]+)\}$`)

// unknown says what is wrong with a metric and its dimensions, or nothing.
func unknown(s stack, namespace, name string, dimensions attributes) string {
	names := slices.Sorted(maps.Keys(dimensions))
	known := knownMetrics[namespace]
	set := strings.Join(names, " ")
	switch {
	case namespace == "AWS/ApplicationELB" && slices.Contains(targetMetrics, name):
		if set != "LoadBalancer TargetGroup" {
			return fmt.Sprintf("%s %s has no dimensions %s", namespace, name, set)
		}
	case !slices.Contains(known.names, name):
		return fmt.Sprintf("AWS has no metric %s %s", namespace, name)
	case !slices.Contains(known.dimensions, set):
		return fmt.Sprintf("%s %s has no dimensions %s", namespace, name, set)
	}
	for _, dimension := range names {
		value := fmt.Sprint(dimensions[dimension])
		if dimension == "Role" {
			readers := len(s.Resources["aws_rds_cluster_instance"]) > 1 || s.Config.Database.MaxReaders > 0
			if value != "WRITER" && (value != "READER" || !readers) {
				return fmt.Sprintf("%s %s: no instance is a %s", namespace, name, value)
			}
			continue
		}
		if dimension == "CacheClusterId" {
			var node int
			if _, err := fmt.Sscanf(value, "${local.cache_nodes[%d]}", &node); err != nil || node >= s.Config.Cache.Nodes() {
				return fmt.Sprintf("%s %s: no node is %s", namespace, name, value)
			}
			continue
		}
		found := reference.FindStringSubmatch(value)
		if found == nil || s.Resources[found[1]][found[2]] == nil || found[1]+"."+found[3] != dimensionSources[dimension] {
			return fmt.Sprintf("%s %s: %s is %s", namespace, name, dimension, value)
		}
	}
	return ""
}

// measured is what an alarm watches: its own metric, or the one of its expression.
func measured(alarm attributes) attributes {
	if queries, ok := alarm["metric_query"].([]any); ok {
		return queries[1].(attributes)["metric"].(attributes)
	}
	return alarm
}

// scales says whether the alarm tells autoscaling, and nobody else.
func scales(name string) bool { return strings.Contains(name, "_autoscaling_") }

// alarmRules are true of every environment with alarms.
var alarmRules = []invariant{
	{
		sentence: "every alarm tells the topic when it begins and when it ends, and says what it means and what to do first",
		controls: "CKV_AWS_319; FSBP CloudWatch.15, CloudWatch.17",
		violations: func(s stack) []string {
			var v violations
			topic := []any{"${aws_sns_topic_policy.alarms_topic_policy.arn}"}
			s.Visit("aws_cloudwatch_metric_alarm", func(name string, a attributes) {
				if scales(name) {
					return
				}
				v.unless(assert.ObjectsAreEqual([]any{nil, topic, topic}, []any{a["actions_enabled"], a["alarm_actions"], a["ok_actions"]}), "%s tells %v", name, a["alarm_actions"])
				meaning, _ := a["alarm_description"].(string)
				v.unless(strings.Contains(meaning, "first") && len(meaning) <= 1024, "%s says %q", name, meaning)
				v.unless(slices.Contains([]any{"notBreaching", "missing", "ignore"}, a["treat_missing_data"]), "%s treats silence as %v", name, a["treat_missing_data"])
			})
			return v
		},
		broken: set("aws_cloudwatch_metric_alarm", "alarm_actions", nil),
	},
	{
		sentence: "the alarms' topic is encrypted with a key that CloudWatch may use, and takes the alarms of this account only, over TLS only",
		controls: "CKV_AWS_26, CKV_AWS_169, CKV_AWS_385; FSBP SNS.1, SNS.4",
		violations: func(s stack) []string {
			var v violations
			key := reference.FindStringSubmatch(fmt.Sprint(s.One("aws_sns_topic")["kms_master_key_id"]))
			if key == nil || s.Resources["aws_kms_key"][key[2]] == nil {
				return append(v, "the topic has no key of the account")
			}
			const account = "map[StringEquals:map[aws:SourceAccount:"
			policy := fmt.Sprint(s.Resources["aws_kms_key"][key[2]]["policy"])
			v.unless(strings.Contains(policy, "Action:[kms:Decrypt kms:GenerateDataKey*] Condition:"+account+"[${data.aws_caller_identity.caller.account_id}]]] Effect:Allow Principal:map[Service:cloudwatch.amazonaws.com]"),
				"CloudWatch may not use the key: %s", policy)
			policy = fmt.Sprint(s.One("aws_sns_topic_policy")["policy"])
			v.unless(strings.Contains(policy, "Action:sns:Publish Condition:"+account+"${data.aws_caller_identity.caller.account_id}]] Effect:Allow Principal:map[Service:cloudwatch.amazonaws.com]"),
				"others may publish: %s", policy)
			v.unless(strings.Contains(policy, "Condition:map[Bool:map[aws:SecureTransport:false]] Effect:Deny Principal:*"), "it takes plain HTTP: %s", policy)
			v.unless(strings.Count(policy, "Effect:Allow") == 1, "others may publish: %s", policy)
			return v
		},
		broken: set("aws_sns_topic", "kms_master_key_id", "alias/aws/sns"),
	},
	{
		sentence: "every metric that an alarm watches is one that AWS has of a resource of the stack",
		violations: func(s stack) []string {
			var v violations
			v.unless(len(s.Resources["aws_cloudwatch_metric_alarm"]) >= 10, "%d alarms", len(s.Resources["aws_cloudwatch_metric_alarm"]))
			s.Visit("aws_cloudwatch_metric_alarm", func(name string, a attributes) {
				m := measured(a)
				problem := unknown(s, fmt.Sprint(m["namespace"]), fmt.Sprint(m["metric_name"]), m["dimensions"].(attributes))
				v.unless(problem == "", "%s: %s", name, problem)
			})
			return v
		},
		broken: set("aws_cloudwatch_metric_alarm", "dimensions", attributes{"LoadBalancer": "${aws_lb.other.arn_suffix}"}),
	},
	{
		sentence: "the dashboard shows every alarm, and every metric on it is one that AWS has of a resource of the stack",
		violations: func(s stack) []string {
			var v violations
			kinds := map[any]int{}
			for _, w := range s.One("aws_cloudwatch_dashboard")["dashboard_body"].(attributes)["widgets"].([]any) {
				widget := w.(attributes)
				kinds[widget["type"]]++
				properties := widget["properties"].(attributes)
				if widget["type"] == "alarm" {
					shown := map[any]bool{}
					for _, arn := range properties["alarms"].([]any) {
						shown[arn] = true
					}
					s.Visit("aws_cloudwatch_metric_alarm", func(name string, _ attributes) {
						v.unless(scales(name) || shown["${aws_cloudwatch_metric_alarm."+name+".arn}"], "%s is not shown", name)
					})
				}
				if widget["type"] != "metric" {
					continue
				}
				v.unless(properties["region"] == s.Config.Region, "%v is of %v", properties["title"], properties["region"])
				for _, m := range properties["metrics"].([]any) {
					parts := m.([]any)
					dimensions := attributes{}
					for i := 2; i+1 < len(parts); i += 2 {
						dimensions[fmt.Sprint(parts[i])] = parts[i+1]
					}
					problem := unknown(s, fmt.Sprint(parts[0]), fmt.Sprint(parts[1]), dimensions)
					v.unless(problem == "", "%v: %s", properties["title"], problem)
				}
			}
			titles := 4
			if len(s.Config.Queues)+len(s.Config.Workers) > 0 {
				titles++
			}
			if len(s.Config.Jobs) > 0 {
				titles++
			}
			if len(s.Config.Services) > 0 {
				titles++
			}
			v.unless(kinds["alarm"] == 1 && kinds["text"] == titles && kinds["metric"] >= 10, "widgets: %v", kinds)
			return v
		},
		broken: func(s *stack) {
			body := s.One("aws_cloudwatch_dashboard")["dashboard_body"].(attributes)
			for _, w := range body["widgets"].([]any) {
				if metrics, ok := w.(attributes)["properties"].(attributes)["metrics"].([]any); ok {
					metrics[0].([]any)[1] = "NoSuchMetric"
				}
			}
		},
	},
	{
		sentence: "a deployment during which answers fail or tasks are unhealthy is rolled back",
		violations: func(s stack) []string {
			var v violations
			wanted := func(ids ...string) attributes {
				var names []any
				for _, id := range ids {
					names = append(names, "${aws_cloudwatch_metric_alarm.alarms_"+id+".alarm_name}")
				}
				return attributes{"enable": true, "rollback": true, "alarm_names": names}
			}
			ofAPI := wanted("target_5xx", "alb_5xx", "unhealthy_hosts")
			if len(s.Config.Services) > 0 { // The load balancer does not say whose request it could not serve.
				ofAPI = wanted("target_5xx", "unhealthy_hosts")
			}
			alarms := s.One("aws_ecs_service")["alarms"]
			v.unless(assert.ObjectsAreEqual(ofAPI, alarms), "alarms are %v", alarms)
			for _, w := range s.Config.Services {
				id := "service_" + underscored(w.Name)
				alarms := s.Resources["aws_ecs_service"][id]["alarms"]
				v.unless(assert.ObjectsAreEqual(wanted(id+"_target_5xx", id+"_unhealthy_hosts"), alarms), "alarms of %s are %v", id, alarms)
			}
			return v
		},
		broken: set("aws_ecs_service", "alarms", nil),
	},
}

// TestAlarms holds every environment with alarms against the rules for them.
func TestAlarms(t *testing.T) {
	var watched []stack
	for _, env := range stacktest.All() {
		if env.Alarms.Enabled {
			watched = append(watched, load(t, env))
		}
	}
	require.GreaterOrEqual(t, len(watched), 3, "environments with alarms")
	for _, rule := range alarmRules {
		t.Run(rule.sentence, func(t *testing.T) {
			for _, s := range watched {
				assert.Empty(t, rule.violations(s), "environment %q (controls: %s)", s.Config.Suffix, rule.controls)
			}
			broken := load(t, stacktest.Guarded())
			rule.broken(&broken)
			assert.NotEmpty(t, rule.violations(broken), "a stack that breaks the rule passes it")
		})
	}
}

// TestAlarmThresholds holds the alarms of a burstable class, and of nights with fewer
// tasks.
func TestAlarmThresholds(t *testing.T) {
	s := load(t, stacktest.Closed())
	got := map[string]string{}
	s.Visit("aws_cloudwatch_metric_alarm", func(name string, a attributes) {
		got[strings.TrimPrefix(name, "alarms_")] = fmt.Sprintf("%v %v", a["comparison_operator"], a["threshold"])
	})
	const above, below = "GreaterThanThreshold ", "LessThanThreshold "
	assert.Equal(t, map[string]string{
		"target_5xx": above + "10", "alb_5xx": above + "10", "unhealthy_hosts": above + "0", "latency_p95": above + "1",
		"ecs_cpu": above + "90", "ecs_memory": above + "90", "running_tasks": below + "1",
		"database_cpu_writer": above + "90", "database_cpu_reader": above + "90",
		"database_memory_writer": below + "2.68435456e+08", "database_memory_reader": below + "2.68435456e+08",
		"database_connections_writer": above + "350", "database_connections_reader": above + "350",
		"cache_memory": above + "90", "cache_cpu": above + "90", "cache_evictions": above + "0",
		"replica_lag": above + "1000", "database_credits_writer": above + "0", "database_credits_reader": above + "0",
		"queue_orders_age": above + "900", "queue_orders_dead_letters": above + "0",
		"job_nightly": above + "0", "jobs_dead_letters": above + "0",
	}, got)
	body := fmt.Sprint(s.One("aws_cloudwatch_dashboard")["dashboard_body"])
	assert.Contains(t, body, "map[label:fewest value:1] map[label:most value:20]", "limits of the running tasks")
}
