package emulator

import (
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// scalableTargets lists what autoscaling changes the number of, in one service of AWS.
func scalableTargets(namespace types.ServiceNamespace) lister {
	return list(scaling.NewFromConfig, (*scaling.Client).DescribeScalableTargets,
		&scaling.DescribeScalableTargetsInput{ServiceNamespace: namespace},
		func(out *scaling.DescribeScalableTargetsOutput) []types.ScalableTarget { return out.ScalableTargets },
		func(t types.ScalableTarget) string { return *t.ResourceId })
}

// scalingPolicies lists how it does.
func scalingPolicies(namespace types.ServiceNamespace) lister {
	return list(scaling.NewFromConfig, (*scaling.Client).DescribeScalingPolicies,
		&scaling.DescribeScalingPoliciesInput{ServiceNamespace: namespace},
		func(out *scaling.DescribeScalingPoliciesOutput) []types.ScalingPolicy { return out.ScalingPolicies },
		func(p types.ScalingPolicy) string { return *p.PolicyName })
}
