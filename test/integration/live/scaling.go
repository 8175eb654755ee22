package live

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// scaledKey is what Application Auto Scaling knows by no name has.
var scaledKey = []string{"service_namespace", "resource_id", "scalable_dimension"}

// scalingKinds are those of Application Auto Scaling.
func scalingKinds() map[string]Kind {
	return map[string]Kind{
		"aws_appautoscaling_target": {Key: scaledKey, List: listTargets, Computed: []string{"id", "arn"}},
		"aws_appautoscaling_policy": {
			Key: append([]string{"name"}, scaledKey...), List: of("aws_appautoscaling_target", scalingPolicies), Computed: []string{"id", "arn"},
		},
		"aws_appautoscaling_scheduled_action": {
			Key: append([]string{"name"}, scaledKey...), List: of("aws_appautoscaling_target", scheduledActions), Computed: []string{"id", "arn"},
			Defaults: Attributes{"timezone": "UTC"},
		},
	}
}

// scaled are the attributes by which all of them name what is scaled.
func scaled(namespace, id, dimension string) Attributes {
	return Attributes{"service_namespace": namespace, "resource_id": id, "scalable_dimension": dimension}
}

func listTargets(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := scaling.NewFromConfig(env.AWS)
	return every([]types.ServiceNamespace{types.ServiceNamespaceEcs, types.ServiceNamespaceRds}, nil, func(namespace types.ServiceNamespace) ([]Attributes, error) {
		return own(ctx, env, scaling.NewDescribeScalableTargetsPaginator(client, &scaling.DescribeScalableTargetsInput{ServiceNamespace: namespace}),
			func(page *scaling.DescribeScalableTargetsOutput) []types.ScalableTarget { return page.ScalableTargets },
			// service/<cluster>/<service>, cluster:<cluster>
			func(t types.ScalableTarget) *string {
				return aws.String(strings.FieldsFunc(*t.ResourceId, func(r rune) bool { return r == '/' || r == ':' })[1])
			},
			func(t types.ScalableTarget) ([]Attributes, error) {
				tagged, err := client.ListTagsForResource(ctx, &scaling.ListTagsForResourceInput{ResourceARN: t.ScalableTargetARN})
				if err != nil {
					return nil, err
				}
				a := scaled(string(t.ServiceNamespace), *t.ResourceId, string(t.ScalableDimension))
				a["id"], a["arn"], a["tags"] = t.ResourceId, t.ScalableTargetARN, tagged.Tags
				a["min_capacity"], a["max_capacity"] = t.MinCapacity, t.MaxCapacity
				if s := t.SuspendedState; s != nil && (aws.ToBool(s.DynamicScalingInSuspended) || aws.ToBool(s.DynamicScalingOutSuspended) || aws.ToBool(s.ScheduledScalingSuspended)) {
					a["suspended_state"] = block(s)
				}
				return one(a)
			})
	})
}

func scalingPolicies(ctx context.Context, env *Environment, target Attributes) ([]Attributes, error) {
	found, err := Collect(ctx, scaling.NewDescribeScalingPoliciesPaginator(scaling.NewFromConfig(env.AWS), &scaling.DescribeScalingPoliciesInput{
		ServiceNamespace: types.ServiceNamespace(target.text("service_namespace")), ResourceId: aws.String(target.text("resource_id")),
	}), func(page *scaling.DescribeScalingPoliciesOutput) []types.ScalingPolicy { return page.ScalingPolicies })
	return every(found, err, func(p types.ScalingPolicy) ([]Attributes, error) {
		a := scaled(string(p.ServiceNamespace), *p.ResourceId, string(p.ScalableDimension))
		a["id"], a["arn"], a["name"], a["policy_type"] = p.PolicyName, p.PolicyARN, p.PolicyName, p.PolicyType
		a["target_tracking_scaling_policy_configuration"] = block(p.TargetTrackingScalingPolicyConfiguration)
		a["step_scaling_policy_configuration"] = steps(p.StepScalingPolicyConfiguration)
		a["predictive_scaling_policy_configuration"] = block(p.PredictiveScalingPolicyConfiguration)
		return one(a)
	})
}

// steps are those of a policy, as Terraform calls them.
func steps(c *types.StepScalingPolicyConfiguration) any {
	configuration := renamed(c, snake)
	a, isOne := configuration.(Attributes)
	if !isOne {
		return configuration
	}
	a["step_adjustment"] = a["step_adjustments"]
	delete(a, "step_adjustments")
	return []any{a}
}

func scheduledActions(ctx context.Context, env *Environment, target Attributes) ([]Attributes, error) {
	found, err := Collect(ctx, scaling.NewDescribeScheduledActionsPaginator(scaling.NewFromConfig(env.AWS), &scaling.DescribeScheduledActionsInput{
		ServiceNamespace: types.ServiceNamespace(target.text("service_namespace")), ResourceId: aws.String(target.text("resource_id")),
	}), func(page *scaling.DescribeScheduledActionsOutput) []types.ScheduledAction {
		return page.ScheduledActions
	})
	return every(found, err, func(s types.ScheduledAction) ([]Attributes, error) {
		a := scaled(string(s.ServiceNamespace), *s.ResourceId, string(s.ScalableDimension))
		a["id"], a["arn"], a["name"] = s.ScheduledActionName, s.ScheduledActionARN, s.ScheduledActionName
		a["schedule"], a["timezone"], a["start_time"], a["end_time"] = s.Schedule, s.Timezone, s.StartTime, s.EndTime
		a["scalable_target_action"] = block(s.ScalableTargetAction)
		return one(a)
	})
}
