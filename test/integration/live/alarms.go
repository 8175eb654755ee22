package live

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// alarmKinds are those of CloudWatch, and of SNS, which tells what they see.
func alarmKinds() map[string]Kind {
	return map[string]Kind{
		"aws_cloudwatch_metric_alarm": {
			Key: []string{"alarm_name"}, List: listAlarms, Computed: []string{"id", "arn"},
			Defaults: Attributes{"actions_enabled": true, "treat_missing_data": "missing"},
		},
		"aws_cloudwatch_composite_alarm": {Key: []string{"alarm_name"}, List: listCompositeAlarms},
		"aws_cloudwatch_dashboard":       {Key: []string{"dashboard_name"}, List: listDashboards, Computed: []string{"id"}},
		"aws_sns_topic":                  {Key: []string{"name"}, List: listTopics, Computed: []string{"id", "arn"}},
		"aws_sns_topic_policy": {Key: []string{"arn"}, Computed: []string{"id"}, List: of("aws_sns_topic",
			func(ctx context.Context, env *Environment, topic Attributes) ([]Attributes, error) {
				found, err := topicAttributes(ctx, env, topic.text("arn"))
				if err != nil {
					return nil, err
				}
				return one(Attributes{"id": topic["arn"], "arn": topic["arn"], "policy": found["Policy"]})
			})},
		"aws_sns_topic_subscription": {Key: []string{"topic_arn", "protocol", "endpoint"}, List: of("aws_sns_topic", subscriptions)},
	}
}

// alarmsOf are the pages of the alarms of a type.
func alarmsOf(env *Environment, kind types.AlarmType) *cloudwatch.DescribeAlarmsPaginator {
	return cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(env.AWS), &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: aws.String(env.prefix()), AlarmTypes: []types.AlarmType{kind},
	})
}

func listAlarms(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := cloudwatch.NewFromConfig(env.AWS)
	return own(ctx, env, alarmsOf(env, types.AlarmTypeMetricAlarm),
		func(page *cloudwatch.DescribeAlarmsOutput) []types.MetricAlarm { return page.MetricAlarms },
		func(a types.MetricAlarm) *string { return a.AlarmName },
		func(a types.MetricAlarm) ([]Attributes, error) {
			tagged, err := client.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: a.AlarmArn})
			if err != nil {
				return nil, err
			}
			queries, err := every(a.Metrics, nil, func(q types.MetricDataQuery) ([]Attributes, error) {
				query := Attributes{
					"id": q.Id, "expression": q.Expression, "label": q.Label, "period": q.Period, "return_data": q.ReturnData, "account_id": q.AccountId,
				}
				if m := q.MetricStat; m != nil && m.Metric != nil {
					query["metric"] = Attributes{
						"namespace": m.Metric.Namespace, "metric_name": m.Metric.MetricName, "dimensions": dimensions(m.Metric.Dimensions),
						"period": m.Period, "stat": m.Stat, "unit": m.Unit,
					}
				}
				return one(query)
			})
			if err != nil {
				return nil, err
			}
			return one(Attributes{
				"id": a.AlarmName, "arn": a.AlarmArn, "alarm_name": a.AlarmName, "alarm_description": a.AlarmDescription,
				"actions_enabled": a.ActionsEnabled, "alarm_actions": a.AlarmActions, "ok_actions": a.OKActions, "insufficient_data_actions": a.InsufficientDataActions,
				"comparison_operator": a.ComparisonOperator, "threshold": a.Threshold, "threshold_metric_id": a.ThresholdMetricId,
				"evaluation_periods": a.EvaluationPeriods, "datapoints_to_alarm": a.DatapointsToAlarm, "treat_missing_data": a.TreatMissingData,
				"namespace": a.Namespace, "metric_name": a.MetricName, "dimensions": dimensions(a.Dimensions), "metric_query": queries,
				"period": a.Period, "statistic": a.Statistic, "extended_statistic": a.ExtendedStatistic, "unit": a.Unit, "tags": tags(tagged.Tags),
			})
		})
}

func dimensions(all []types.Dimension) any {
	if len(all) == 0 {
		return nil
	}
	named := map[string]string{}
	for _, d := range all {
		named[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	return named
}

func listCompositeAlarms(ctx context.Context, env *Environment) ([]Attributes, error) {
	return own(ctx, env, alarmsOf(env, types.AlarmTypeCompositeAlarm),
		func(page *cloudwatch.DescribeAlarmsOutput) []types.CompositeAlarm { return page.CompositeAlarms },
		func(a types.CompositeAlarm) *string { return a.AlarmName },
		func(a types.CompositeAlarm) ([]Attributes, error) {
			return one(Attributes{"alarm_name": a.AlarmName, "alarm_rule": a.AlarmRule})
		})
}

func listDashboards(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := cloudwatch.NewFromConfig(env.AWS)
	return own(ctx, env, cloudwatch.NewListDashboardsPaginator(client, &cloudwatch.ListDashboardsInput{DashboardNamePrefix: aws.String(env.prefix())}),
		func(page *cloudwatch.ListDashboardsOutput) []types.DashboardEntry { return page.DashboardEntries },
		func(d types.DashboardEntry) *string { return d.DashboardName },
		func(d types.DashboardEntry) ([]Attributes, error) {
			found, err := client.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: d.DashboardName})
			if err != nil {
				return nil, err
			}
			return one(Attributes{"id": d.DashboardName, "dashboard_name": d.DashboardName, "dashboard_body": found.DashboardBody})
		})
}

func listTopics(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := sns.NewFromConfig(env.AWS)
	name := func(t snstypes.Topic) *string {
		return aws.String((*t.TopicArn)[strings.LastIndex(*t.TopicArn, ":")+1:])
	}
	return own(ctx, env, sns.NewListTopicsPaginator(client, &sns.ListTopicsInput{}),
		func(page *sns.ListTopicsOutput) []snstypes.Topic { return page.Topics }, name,
		func(t snstypes.Topic) ([]Attributes, error) {
			found, err := topicAttributes(ctx, env, *t.TopicArn)
			if err != nil {
				return nil, err
			}
			tagged, err := client.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: t.TopicArn})
			if err != nil {
				return nil, err
			}
			return one(Attributes{
				"id": t.TopicArn, "arn": t.TopicArn, "name": name(t), "kms_master_key_id": found["KmsMasterKeyId"],
				"display_name": found["DisplayName"], "delivery_policy": found["DeliveryPolicy"], "tags": tags(tagged.Tags),
			})
		})
}

func topicAttributes(ctx context.Context, env *Environment, topic string) (map[string]string, error) {
	found, err := sns.NewFromConfig(env.AWS).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &topic})
	if err != nil {
		return nil, err
	}
	return found.Attributes, nil
}

func subscriptions(ctx context.Context, env *Environment, topic Attributes) ([]Attributes, error) {
	client := sns.NewFromConfig(env.AWS)
	found, err := Collect(ctx, sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic.text("arn"))}),
		func(page *sns.ListSubscriptionsByTopicOutput) []snstypes.Subscription { return page.Subscriptions })
	return every(found, err, func(s snstypes.Subscription) ([]Attributes, error) {
		a := Attributes{"topic_arn": s.TopicArn, "protocol": s.Protocol, "endpoint": s.Endpoint}
		if strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:") { // Until it is confirmed, it has none.
			found, err := client.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: s.SubscriptionArn})
			if err != nil {
				return nil, err
			}
			a["filter_policy"] = found.Attributes["FilterPolicy"]
		}
		return one(a)
	})
}
