package integration

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// alarms are those of the environment, but for the ones that autoscaling makes.
func (d *deployment) alarms(t *testing.T) []types.MetricAlarm {
	t.Helper()
	all := collect(t, cloudwatch.NewDescribeAlarmsPaginator(d.cloudwatch, &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String("flask-api-")}),
		func(page *cloudwatch.DescribeAlarmsOutput) []types.MetricAlarm { return page.MetricAlarms })
	return slices.DeleteFunc(all, func(a types.MetricAlarm) bool {
		return !strings.HasSuffix(aws.ToString(a.AlarmName), "-"+d.cfg.Suffix)
	})
}

// TestAlarms wants each alarm to tell the topic, the topic to tell everybody, and
// the dashboard to show all of them.
func TestAlarms(t *testing.T) {
	d := deployed(t)
	alarms := d.alarms(t)
	if !d.cfg.Alarms.Enabled {
		assert.Empty(t, alarms, "alarms")
		return
	}
	names := values(alarms, func(a types.MetricAlarm) string {
		return strings.TrimSuffix(strings.TrimPrefix(aws.ToString(a.AlarmName), "flask-api-"), "-"+d.cfg.Suffix)
	})
	for _, name := range []string{
		"target-5xx", "alb-5xx", "unhealthy-hosts", "latency-p95", "ecs-cpu", "ecs-memory", "running-tasks",
		"database-cpu-writer", "database-memory-writer", "database-connections-writer",
	} {
		assert.Contains(t, names, name, "alarms")
	}
	var topic string
	for _, a := range alarms {
		name := aws.ToString(a.AlarmName)
		topic = only(t, a.AlarmActions, "action of "+name)
		assert.Equal(t, a.AlarmActions, a.OKActions, "end of %s", name)
		assert.True(t, aws.ToBool(a.ActionsEnabled), "actions of %s", name)
		assert.NotEmpty(t, aws.ToString(a.AlarmDescription), "description of %s", name)
		assert.Contains(t, topic, d.cfg.Name("alarms"), "action of %s", name)
	}
	attributes, err := d.sns.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &topic})
	require.NoError(t, err)
	assert.Contains(t, attributes.Attributes["KmsMasterKeyId"], ":key/", "key of %s", topic)
	assert.ElementsMatch(t, d.cfg.Alarms.Emails, values(
		collect(t, sns.NewListSubscriptionsByTopicPaginator(d.sns, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic}),
			func(page *sns.ListSubscriptionsByTopicOutput) []snstypes.Subscription { return page.Subscriptions }),
		func(s snstypes.Subscription) string { return aws.ToString(s.Endpoint) }), "who is told by %s", topic)

	found, err := d.cloudwatch.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: aws.String(d.cfg.StackName())})
	require.NoError(t, err)
	var body struct {
		Widgets []struct{ Properties struct{ Alarms []string } }
	}
	require.NoError(t, json.Unmarshal([]byte(aws.ToString(found.DashboardBody)), &body))
	var shown []string
	for _, w := range body.Widgets {
		shown = append(shown, w.Properties.Alarms...)
	}
	assert.ElementsMatch(t, values(alarms, func(a types.MetricAlarm) string { return aws.ToString(a.AlarmArn) }), shown, "alarms on the dashboard")
}
