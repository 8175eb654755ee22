package constructs_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// graphs are the lines of the dashboard's graphs by their titles, each with its metric, the
// value of its first dimension, its statistic and its label, and the
// horizontal lines.
func graphs(t *testing.T, env config.Config) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, w := range load(t, env).One("aws_cloudwatch_dashboard")["dashboard_body"].(attributes)["widgets"].([]any) {
		properties := w.(attributes)["properties"].(attributes)
		metrics, _ := properties["metrics"].([]any)
		title := fmt.Sprint(properties["title"])
		for _, m := range metrics {
			parts := m.([]any)
			drawn := parts[len(parts)-1].(attributes)
			out[title] = append(out[title], fmt.Sprintf("%v %v %v as %v", parts[1], parts[3], drawn["stat"], drawn["label"]))
		}
		if limits, drawn := properties["annotations"].(attributes); drawn {
			for _, limit := range limits["horizontal"].([]any) {
				out[title] = append(out[title], fmt.Sprint(limit.(attributes)["label"], " ", limit.(attributes)["value"]))
			}
		}
	}
	return out
}

// TestDashboardOfServices holds what the dashboard shows of a service, and that the graphs of
// the API count its own requests alone where there is one.
func TestDashboardOfServices(t *testing.T) {
	const (
		balancer = "${aws_lb.load_balancer_alb.arn_suffix}"
		api      = "${aws_lb_target_group.load_balancer_target_group.arn_suffix}"
		admin    = "${aws_lb_target_group.load_balancer_service_admin_target_group.arn_suffix}"
		cluster  = "${aws_ecs_cluster.service_cluster.name}"
	)
	shown := graphs(t, stacktest.Guarded())
	assert.Equal(t, []string{"RequestCount " + admin + " Sum as all", "HTTPCode_Target_5XX_Count " + admin + " Sum as 5xx"}, shown["Service admin: requests"])
	assert.Equal(t, []string{"TargetResponseTime " + admin + " p95 as p95", "alarm 1"}, shown["Service admin: time to answer in seconds"])
	assert.Equal(t, []string{"RunningTaskCount " + cluster + " Minimum as running", "DesiredTaskCount " + cluster + " Maximum as wanted", "fewest 1", "most 4"}, shown["Service admin: tasks"])
	assert.Len(t, shown["Service shop-ads: requests"], 2)
	for measured, env := range map[string]config.Config{api: stacktest.Guarded(), balancer: stacktest.Closed()} {
		shown := graphs(t, env)
		assert.Equal(t, []string{
			"RequestCount " + measured + " Sum as requests", "HTTPCode_Target_5XX_Count " + measured + " Sum as 5xx of the API",
			"HTTPCode_ELB_5XX_Count " + balancer + " Sum as 5xx of the load balancer", "HTTPCode_Target_4XX_Count " + measured + " Sum as 4xx of the API",
		}, shown["Requests and errors a minute"])
		assert.Equal(t, "TargetResponseTime "+measured+" p95 as p95", shown["Response time in seconds"][1])
	}
}
