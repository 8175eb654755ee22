package integration

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestServices waits until each service beside the API has completed its deployment, as many
// tasks as its scaling wants are healthy, and the load balancer serves at its names.
func TestServices(t *testing.T) {
	d := deployed(t)
	for _, w := range d.cfg.Services {
		d.expectBeside(t, w.Resource(), w.MinTasks, w.MaxTasks, func(types.Service) string {
			if d.excused != "" {
				return ""
			}
			return d.unhealthyTargets(t, w.TargetGroupName(), w.MinTasks)
		})
		if d.excused != "" || !d.cfg.LoadBalancer.HTTPS() || len(w.Paths) > 0 {
			continue
		}
		address := strings.TrimSuffix(d.serving(), d.cfg.LoadBalancer.HealthCheckPath) + w.HealthCheckPath
		for _, host := range w.Hosts {
			d.expectServed(t, address, strings.Replace(host, "*", anyLabel, 1))
		}
	}
}
