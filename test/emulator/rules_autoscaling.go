package emulator

import (
	"cmp"
	"math"
	"slices"
)

// scalingPolicy is what a call says of one.
type scalingPolicy struct {
	StepScalingPolicyConfiguration struct {
		AdjustmentType  string
		StepAdjustments []stepAdjustment
	}
	TargetTrackingScalingPolicyConfiguration struct {
		CustomizedMetricSpecification struct {
			Metrics []struct {
				Expression string
				MetricStat map[string]any
				ReturnData *bool
			}
		}
	}
}

type stepAdjustment struct {
	MetricIntervalLowerBound, MetricIntervalUpperBound *float64
	ScalingAdjustment                                  int
}

func (s stepAdjustment) bounds() (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if s.MetricIntervalLowerBound != nil {
		low = *s.MetricIntervalLowerBound
	}
	if s.MetricIntervalUpperBound != nil {
		high = *s.MetricIntervalUpperBound
	}
	return low, high
}

// autoscalingRules are what Application Auto Scaling does.
var autoscalingRules = []Rule{
	{
		Name:   "steps-side-by-side",
		Says:   "the ranges of a policy's steps have no gap, do not overlap, and are open at the end that is beyond the threshold",
		Source: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html",
		calls:  []string{"application-autoscaling:PutScalingPolicy"},
		step: refusing(func(p scalingPolicy) string {
			steps := p.StepScalingPolicyConfiguration.StepAdjustments
			for i, s := range steps {
				low, high := s.bounds()
				if s.MetricIntervalLowerBound == nil && s.MetricIntervalUpperBound == nil || low >= high {
					return "The upper and lower bound of a step can't be null both, and the upper one must be greater"
				}
				if _, before := steps[max(i-1, 0)].bounds(); i > 0 && before != low {
					return "The step adjustment intervals can't overlap or have a gap"
				}
			}
			return openEnds(steps)
		}),
	},
	{
		Name:   "exact-capacity",
		Says:   "an exact capacity is not negative, and a type of adjustment is one of three",
		Source: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html",
		calls:  []string{"application-autoscaling:PutScalingPolicy"},
		step: refusing(func(p scalingPolicy) string {
			c := p.StepScalingPolicyConfiguration
			exact := c.AdjustmentType == "ExactCapacity"
			if exact && slices.ContainsFunc(c.StepAdjustments, func(s stepAdjustment) bool { return s.ScalingAdjustment < 0 }) {
				return "You must specify a non-negative value for the scaling adjustment when using exact capacity"
			}
			if len(c.StepAdjustments) > 0 && !exact && c.AdjustmentType != "ChangeInCapacity" && c.AdjustmentType != "PercentChangeInCapacity" {
				return "1 validation error detected: Value at 'adjustmentType' failed to satisfy constraint"
			}
			return ""
		}),
	},
	{
		Name:   "one-tracked-value",
		Says:   "of the queries of a tracked metric, each has an expression or a metric, and one alone returns data",
		Source: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingMetricDataQuery.html",
		calls:  []string{"application-autoscaling:PutScalingPolicy"},
		step: refusing(func(p scalingPolicy) string {
			queries, returned := p.TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics, 0
			for _, q := range queries {
				if (q.Expression == "") == (q.MetricStat == nil) {
					return "Each metric data query must specify either Expression or MetricStat, but not both"
				}
				if q.ReturnData == nil || *q.ReturnData {
					returned++
				}
			}
			if len(queries) > 0 && returned != 1 {
				return "ReturnData must be true for exactly one metric data query"
			}
			return ""
		}),
	},
}

// openEnds says what is wrong with the ends of steps that are beyond a threshold.
func openEnds(steps []stepAdjustment) string {
	if len(steps) == 0 {
		return ""
	}
	lowest := slices.MinFunc(steps, func(a, b stepAdjustment) int {
		low, _ := a.bounds()
		other, _ := b.bounds()
		return cmp.Compare(low, other)
	})
	low, _ := lowest.bounds()
	_, high := steps[len(steps)-1].bounds()
	if low < 0 && !math.IsInf(low, -1) || high > 0 && !math.IsInf(high, 1) {
		return "There must be a step adjustment with an open end beyond the threshold"
	}
	return ""
}

// refusing refuses a call of which the check says what is wrong.
func refusing[T any](check func(T) string) repair {
	return repair{refuse: func(_ *memory, c *Call) *fault {
		var request T
		c.decode(&request)
		if problem := check(request); problem != "" {
			return refusal(c, "ValidationException", problem)
		}
		return nil
	}}
}
