package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scaledService is the service as Application Auto Scaling names it.
func (d *deployment) scaledService() string {
	return "service/" + d.cfg.Name("cluster") + "/" + d.cfg.Name("service")
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

// targets are what the scaling policies aim at, by the metric.
func (d *deployment) targets(t *testing.T, namespace types.ServiceNamespace, id string) map[types.MetricType]float64 {
	t.Helper()
	found := map[types.MetricType]float64{}
	for _, policy := range collect(t, applicationautoscaling.NewDescribeScalingPoliciesPaginator(d.autoscaling, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: namespace, ResourceId: &id,
	}), func(page *applicationautoscaling.DescribeScalingPoliciesOutput) []types.ScalingPolicy {
		return page.ScalingPolicies
	}) {
		name := aws.ToString(policy.PolicyName)
		assert.Equal(t, types.PolicyTypeTargetTrackingScaling, policy.PolicyType, "type of %s", name)
		tracking := policy.TargetTrackingScalingPolicyConfiguration
		require.NotNil(t, tracking, "what %s tracks", name)
		require.NotNil(t, tracking.PredefinedMetricSpecification, "metric of %s", name)
		found[tracking.PredefinedMetricSpecification.PredefinedMetricType] = aws.ToFloat64(tracking.TargetValue)
		if namespace == types.ServiceNamespaceEcs {
			assert.EqualValues(t, d.cfg.Scaling.ScaleInCooldownSeconds, aws.ToInt32(tracking.ScaleInCooldown), "pause of %s after removing tasks", name)
			assert.EqualValues(t, d.cfg.Scaling.ScaleOutCooldownSeconds, aws.ToInt32(tracking.ScaleOutCooldown), "pause of %s after adding tasks", name)
		}
	}
	return found
}

func TestAutoscaling(t *testing.T) {
	d := deployed(t)
	want, id := d.cfg.Scaling, d.scaledService()
	target := d.scalableTarget(t)
	assert.Equal(t, types.ScalableDimensionECSServiceDesiredCount, target.ScalableDimension, "dimension of %s", id)
	if len(want.Schedules) == 0 {
		assert.EqualValues(t, want.MinTasks, aws.ToInt32(target.MinCapacity), "fewest tasks of %s", id)
		assert.EqualValues(t, want.MaxTasks, aws.ToInt32(target.MaxCapacity), "most tasks of %s", id)
	}
	targets := map[types.MetricType]float64{types.MetricTypeECSServiceAverageCPUUtilization: float64(want.CPUTargetPercent)}
	if want.MemoryTargetPercent > 0 {
		targets[types.MetricTypeECSServiceAverageMemoryUtilization] = float64(want.MemoryTargetPercent)
	}
	if want.RequestsPerTaskTarget > 0 {
		targets[types.MetricTypeALBRequestCountPerTarget] = float64(want.RequestsPerTaskTarget)
	}
	assert.Equal(t, targets, d.targets(t, types.ServiceNamespaceEcs, id), "targets of %s", id)
}

func TestSchedules(t *testing.T) {
	d := deployed(t)
	id := d.scaledService()
	actions := collect(t, applicationautoscaling.NewDescribeScheduledActionsPaginator(d.autoscaling, &applicationautoscaling.DescribeScheduledActionsInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: &id,
	}), func(page *applicationautoscaling.DescribeScheduledActionsOutput) []types.ScheduledAction {
		return page.ScheduledActions
	})
	require.Len(t, actions, len(d.cfg.Scaling.Schedules), "schedules of %s", id)
	byName := map[string]types.ScheduledAction{}
	for _, action := range actions {
		byName[aws.ToString(action.ScheduledActionName)] = action
	}
	for _, want := range d.cfg.Scaling.Schedules {
		name := d.cfg.Name(want.Name)
		action, ok := byName[name]
		require.True(t, ok, "schedule %s", name)
		assert.Equal(t, "cron("+want.Cron+")", aws.ToString(action.Schedule), "time of %s", name)
		assert.Equal(t, want.TimeZone, aws.ToString(action.Timezone), "time zone of %s", name)
		assert.EqualValues(t, want.MinTasks, aws.ToInt32(action.ScalableTargetAction.MinCapacity), "fewest tasks of %s", name)
		assert.EqualValues(t, want.MaxTasks, aws.ToInt32(action.ScalableTargetAction.MaxCapacity), "most tasks of %s", name)
	}
}

func TestReaderAutoscaling(t *testing.T) {
	d := deployed(t)
	want, id := d.cfg.Database, "cluster:"+d.cfg.Name("aurora")
	targets := d.scalableTargets(t, types.ServiceNamespaceRds, id)
	if want.MaxReaders == 0 {
		assert.Empty(t, targets, "scalable targets of %s", id)
		return
	}
	target := only(t, targets, "scalable target "+id)
	assert.EqualValues(t, want.ReaderCount, aws.ToInt32(target.MinCapacity), "fewest readers of %s", id)
	assert.EqualValues(t, want.MaxReaders, aws.ToInt32(target.MaxCapacity), "most readers of %s", id)
	assert.Equal(t, map[types.MetricType]float64{types.MetricTypeRDSReaderAverageCPUUtilization: float64(want.ReaderCPUTargetPercent)},
		d.targets(t, types.ServiceNamespaceRds, id), "targets of %s", id)
}
