package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingscheduledaction"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingtarget"

	"flask-api/config"
)

// AutoscalingProps configures an [Autoscaling].
type AutoscalingProps struct {
	Env Env
	// Settings give the range of tasks, the targets, the cooldowns and the schedules.
	Settings config.Scaling
	// Service is what is scaled, and Prefix begins the resource names of its policies.
	Service *Service
	Prefix  string
}

// Autoscaling keeps the service's average use of CPU, and of memory and requests
// where they have a target, near that target by changing the number of tasks
// within their range.
type Autoscaling struct {
	// Target is the service's task count as Application Auto Scaling sees it.
	Target appautoscalingtarget.AppautoscalingTarget
	// Settings are the range of tasks, the targets, the cooldowns and the schedules.
	Settings config.Scaling

	scope  constructs.Construct
	env    Env
	prefix string
}

// NewAutoscaling registers the service's task count, its scaling policies and its
// schedules.
func NewAutoscaling(scope constructs.Construct, id string, props AutoscalingProps) *Autoscaling {
	a := &Autoscaling{scope: constructs.NewConstruct(scope, &id), env: props.Env, prefix: props.Prefix, Settings: props.Settings}
	// AWS forgets the registration with the service, and policies and schedules with
	// the registration, and Terraform would only notice one apply later:
	// https://github.com/hashicorp/terraform-provider-aws/issues/10432
	lifecycle := replacedWith(props.Service.Service)
	if len(a.Settings.Schedules) > 0 {
		// An apply in the night would put back the range of the day.
		lifecycle.IgnoreChanges = jsii.Strings("min_capacity", "max_capacity")
	}
	a.Target = appautoscalingtarget.NewAppautoscalingTarget(a.scope, jsii.String("target"), &appautoscalingtarget.AppautoscalingTargetConfig{
		ServiceNamespace:  jsii.String("ecs"),
		ScalableDimension: jsii.String("ecs:service:DesiredCount"),
		ResourceId:        jsii.String("service/" + *props.Service.Cluster.Cluster.Name() + "/" + *props.Service.Service.Name()),
		MinCapacity:       jsii.Number(a.Settings.MinTasks),
		MaxCapacity:       jsii.Number(a.Settings.MaxTasks),
		Lifecycle:         lifecycle,
	})
	a.track("cpu", a.Settings.CPUTargetPercent, predefined("ECSServiceAverageCPUUtilization"))
	a.track("memory", a.Settings.MemoryTargetPercent, predefined("ECSServiceAverageMemoryUtilization"))
	if targets := props.Service.Targets; targets != nil {
		requests := predefined("ALBRequestCountPerTarget")
		requests.PredefinedMetricSpecification.ResourceLabel = targets.requestLabel()
		a.track("request", a.Settings.RequestsPerTaskTarget, requests)
	}
	for _, schedule := range a.Settings.Schedules {
		a.schedule(schedule)
	}
	return a
}

type tracking = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration

// predefined tracks a metric that AWS has a name for.
func predefined(metric string) *tracking {
	return &tracking{PredefinedMetricSpecification: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification{
		PredefinedMetricType: &metric,
	}}
}

// track keeps the metric near its target; 0 does not look at it. Of several
// policies, the one that asks for the most tasks decides:
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
func (a *Autoscaling) track(name string, target int, metric *tracking) {
	if target == 0 {
		return
	}
	metric.TargetValue = jsii.Number(target)
	metric.ScaleInCooldown = jsii.Number(a.Settings.ScaleInCooldownSeconds)
	metric.ScaleOutCooldown = jsii.Number(a.Settings.ScaleOutCooldownSeconds)
	a.add(name, "TargetTrackingScaling", &appautoscalingpolicy.AppautoscalingPolicyConfig{TargetTrackingScalingPolicyConfiguration: metric})
}

// add creates the policy of the type, `<name>-<prefix><policy's name>-scaling-<suffix>`.
func (a *Autoscaling) add(name, policyType string, policy *appautoscalingpolicy.AppautoscalingPolicyConfig) appautoscalingpolicy.AppautoscalingPolicy {
	policy.Name, policy.PolicyType = jsii.String(a.env.Name(a.prefix+name+"-scaling")), &policyType
	policy.ServiceNamespace, policy.ScalableDimension, policy.ResourceId = a.Target.ServiceNamespace(), a.Target.ScalableDimension(), a.Target.ResourceId()
	policy.Lifecycle = replacedWith(a.Target)
	return appautoscalingpolicy.NewAppautoscalingPolicy(a.scope, jsii.String(name+"_policy"), policy)
}

// schedule changes the range of tasks at a set time.
func (a *Autoscaling) schedule(s config.Schedule) {
	id := ownID("schedule", s.Name)
	appautoscalingscheduledaction.NewAppautoscalingScheduledAction(a.scope, &id, &appautoscalingscheduledaction.AppautoscalingScheduledActionConfig{
		Name:              jsii.String(a.env.Name(s.Name)),
		ServiceNamespace:  a.Target.ServiceNamespace(),
		ScalableDimension: a.Target.ScalableDimension(),
		ResourceId:        a.Target.ResourceId(),
		Schedule:          jsii.String("cron(" + s.Cron + ")"),
		Timezone:          jsii.String(s.TimeZone),
		ScalableTargetAction: &appautoscalingscheduledaction.AppautoscalingScheduledActionScalableTargetAction{
			MinCapacity: jsii.String(strconv.Itoa(s.MinTasks)),
			MaxCapacity: jsii.String(strconv.Itoa(s.MaxTasks)),
		},
		Lifecycle: replacedWith(a.Target),
	})
}
