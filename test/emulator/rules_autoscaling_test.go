package emulator

import (
	"testing"

	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// put puts a policy, and returns what is wrong with it.
func put(t *testing.T, policy scaling.PutScalingPolicyInput) error {
	t.Helper()
	p := newTestProxy(t, answering(`{"PolicyARN":"arn"}`))
	account := p.memory.account
	account.BaseEndpoint = &p.URL
	name := "p"
	policy.PolicyName, policy.ResourceId = &name, &name
	policy.ScalableDimension, policy.ServiceNamespace = types.ScalableDimensionECSServiceDesiredCount, types.ServiceNamespaceEcs
	_, err := scaling.NewFromConfig(account).PutScalingPolicy(t.Context(), &policy)
	return err
}

func putSteps(t *testing.T, adjustment types.AdjustmentType, steps ...types.StepAdjustment) error {
	t.Helper()
	return put(t, scaling.PutScalingPolicyInput{StepScalingPolicyConfiguration: &types.StepScalingPolicyConfiguration{AdjustmentType: adjustment, StepAdjustments: steps}})
}

func TestRuleStepsStandSideBySide(t *testing.T) {
	n := func(value float64) *float64 { return &value }
	step := func(low, high *float64) types.StepAdjustment {
		one := int32(1)
		return types.StepAdjustment{MetricIntervalLowerBound: low, MetricIntervalUpperBound: high, ScalingAdjustment: &one}
	}
	for _, good := range [][]types.StepAdjustment{
		{step(n(0), nil)}, {step(nil, n(0))}, {step(n(0), n(10)), step(n(10), nil)}, {step(nil, n(-5)), step(n(-5), n(0))},
	} {
		require.NoError(t, putSteps(t, types.AdjustmentTypeChangeInCapacity, good...))
	}
	for problem, bad := range map[string][]types.StepAdjustment{
		"null both":       {step(nil, nil)},
		"must be greater": {step(n(5), n(5))},
		"have a gap":      {step(n(0), n(10)), step(n(20), nil)},
		"overlap":         {step(n(0), n(10)), step(n(5), nil)},
		"open end":        {step(n(0), n(10))},
		"threshold":       {step(n(-10), n(0))},
	} {
		assert.ErrorContains(t, putSteps(t, types.AdjustmentTypeChangeInCapacity, bad...), problem)
	}
}

func TestRuleExactCapacityIsNotNegative(t *testing.T) {
	zero := 0.0
	step := func(by int32) types.StepAdjustment {
		return types.StepAdjustment{MetricIntervalUpperBound: &zero, ScalingAdjustment: &by}
	}
	require.NoError(t, putSteps(t, types.AdjustmentTypeExactCapacity, step(0)))
	require.NoError(t, putSteps(t, types.AdjustmentTypeChangeInCapacity, step(-1)))
	require.ErrorContains(t, putSteps(t, types.AdjustmentTypeExactCapacity, step(-1)), "non-negative")
	assert.ErrorContains(t, putSteps(t, "Exact", step(1)), "adjustmentType")
}

func TestRuleOneValueIsTracked(t *testing.T) {
	yes, no, expression, name := true, false, "a / b", "n"
	query := func(id string, math bool, returned *bool) types.TargetTrackingMetricDataQuery {
		q := types.TargetTrackingMetricDataQuery{Id: &id, ReturnData: returned}
		if math {
			q.Expression = &expression
		} else {
			q.MetricStat = &types.TargetTrackingMetricStat{Stat: &name, Metric: &types.TargetTrackingMetric{MetricName: &name, Namespace: &name}}
		}
		return q
	}
	tracking := func(queries ...types.TargetTrackingMetricDataQuery) error {
		value := 1.0
		return put(t, scaling.PutScalingPolicyInput{TargetTrackingScalingPolicyConfiguration: &types.TargetTrackingScalingPolicyConfiguration{
			TargetValue: &value, CustomizedMetricSpecification: &types.CustomizedMetricSpecification{Metrics: queries},
		}})
	}
	require.NoError(t, tracking(query("a", false, &no), query("b", false, &no), query("c", true, &yes)))
	require.NoError(t, tracking(query("a", false, nil)))
	require.ErrorContains(t, tracking(query("a", false, nil), query("c", true, &yes)), "exactly one")
	require.ErrorContains(t, tracking(query("a", false, &no), query("c", true, &no)), "exactly one")
	id := "a"
	assert.ErrorContains(t, tracking(types.TargetTrackingMetricDataQuery{Id: &id}), "either Expression or MetricStat")
}
