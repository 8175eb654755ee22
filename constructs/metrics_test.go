package constructs_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/test/stacktest"
)

// balancerDimensions are those that the metrics of a load balancer have, zones aside:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
var balancerDimensions = map[string][]string{
	"HTTPCode_ELB_5XX_Count":    {"LoadBalancer"},
	"HTTPCode_Target_5XX_Count": {"LoadBalancer", "LoadBalancer TargetGroup"},
	"TargetResponseTime":        {"LoadBalancer", "LoadBalancer TargetGroup"},
	"UnHealthyHostCount":        {"LoadBalancer TargetGroup"},
}

// TestMetricsOfTheLoadBalancer wants alarms on metrics that there are, since CloudWatch takes
// any. With several services, each alarm is of the targets of one.
func TestMetricsOfTheLoadBalancer(t *testing.T) {
	watched := map[string]bool{}
	for _, env := range stacktest.All() {
		s := load(t, env)
		s.Visit("aws_cloudwatch_metric_alarm", func(name string, a attributes) {
			dimensions, _ := a["dimensions"].(attributes)
			metric, _ := a["metric_name"].(string)
			if a["namespace"] != "AWS/ApplicationELB" {
				return
			}
			of := strings.Join(slices.Sorted(maps.Keys(dimensions)), " ")
			watched[metric+" "+of] = true
			assert.Contains(t, balancerDimensions[metric], of, "%s of %q", name, env.Suffix)
			if len(env.Services) > 0 && len(balancerDimensions[metric]) > 1 {
				assert.Equal(t, "LoadBalancer TargetGroup", of, "%s of %q", name, env.Suffix)
			}
		})
	}
	assert.Len(t, watched, 6)
}
