package integration

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/stretchr/testify/assert"
)

// scaledService is the service as Application Auto Scaling names it.
func (d *deployment) scaledService() string {
	return "service/" + d.cfg.PhysicalName("cluster") + "/" + d.cfg.PhysicalName("service")
}

// scalableTargets are what is scaled under that name.
func (d *deployment) scalableTargets(t *testing.T, namespace types.ServiceNamespace, id string) []types.ScalableTarget {
	t.Helper()
	return collect(t, applicationautoscaling.NewDescribeScalableTargetsPaginator(d.autoscaling, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: namespace, ResourceIds: []string{id},
	}), func(page *applicationautoscaling.DescribeScalableTargetsOutput) []types.ScalableTarget {
		return page.ScalableTargets
	})
}

func (d *deployment) scalableTarget(t *testing.T) types.ScalableTarget {
	t.Helper()
	id := d.scaledService()
	return only(t, d.scalableTargets(t, types.ServiceNamespaceEcs, id), "scalable target "+id)
}

// fewestTasks is the service's current minimum, which a schedule may have set.
func (d *deployment) fewestTasks(t *testing.T) int {
	t.Helper()
	return int(aws.ToInt32(d.scalableTarget(t).MinCapacity))
}

// checkScaling wants scaling to go on.
func checkScaling(t *testing.T, target types.ScalableTarget) {
	t.Helper()
	id := aws.ToString(target.ResourceId)
	if state := target.SuspendedState; state != nil {
		assert.False(t, aws.ToBool(state.DynamicScalingInSuspended), "%s: removing is suspended", id)
		assert.False(t, aws.ToBool(state.DynamicScalingOutSuspended), "%s: adding is suspended", id)
		assert.False(t, aws.ToBool(state.ScheduledScalingSuspended), "%s: schedules are suspended", id)
	}
}

// TestAutoscaling wants the range of tasks to be that of the configuration or of one of
// its schedules, and the service to be in it.
func TestAutoscaling(t *testing.T) {
	d := deployed(t)
	target := d.scalableTarget(t)
	checkScaling(t, target)
	allowed := []string{fmt.Sprintf("%d to %d", d.cfg.Scaling.MinTasks, d.cfg.Scaling.MaxTasks)}
	for _, schedule := range d.cfg.Scaling.Schedules {
		allowed = append(allowed, fmt.Sprintf("%d to %d", schedule.MinTasks, schedule.MaxTasks))
	}
	assert.Contains(t, allowed, fmt.Sprintf("%d to %d", aws.ToInt32(target.MinCapacity), aws.ToInt32(target.MaxCapacity)), "tasks of %s", d.scaledService())
	d.settle(t, time.Minute, func() string {
		target, wanted := d.scalableTarget(t), d.service(t).DesiredCount
		if least, most := aws.ToInt32(target.MinCapacity), aws.ToInt32(target.MaxCapacity); wanted < least || wanted > most {
			return fmt.Sprintf("%s is to have %d tasks, and scaling keeps it from %d to %d", d.scaledService(), wanted, least, most)
		}
		return ""
	})
}

func TestReaderAutoscaling(t *testing.T) {
	d := deployed(t)
	id := "cluster:" + d.cfg.PhysicalName("aurora")
	targets := d.scalableTargets(t, types.ServiceNamespaceRds, id)
	if d.cfg.Database.MaxReaders == 0 {
		assert.Empty(t, targets, "scalable targets of %s", id)
		return
	}
	checkScaling(t, only(t, targets, "scalable target "+id))
}
