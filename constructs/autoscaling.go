package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingtarget"

	"flask-api/config"
)

// AutoscalingProps configures an [Autoscaling].
type AutoscalingProps struct {
	// Config gives the range of tasks, the CPU target and the cooldowns.
	Config config.Config
	// Service is what is scaled.
	Service *Service
}

// Autoscaling keeps the service's average CPU use near its target by changing
// the number of tasks within their range.
type Autoscaling struct {
	// Target is the service's task count as Application Auto Scaling sees it.
	Target appautoscalingtarget.AppautoscalingTarget
}

// NewAutoscaling registers the service's task count and its scaling policy.
func NewAutoscaling(scope constructs.Construct, id string, props AutoscalingProps) *Autoscaling {
	scope = constructs.NewConstruct(scope, &id)
	settings := props.Config.Scaling
	target := appautoscalingtarget.NewAppautoscalingTarget(scope, jsii.String("target"), &appautoscalingtarget.AppautoscalingTargetConfig{
		ServiceNamespace:  jsii.String("ecs"),
		ScalableDimension: jsii.String("ecs:service:DesiredCount"),
		ResourceId:        jsii.String("service/" + *props.Service.Cluster.Name() + "/" + *props.Service.Service.Name()),
		MinCapacity:       jsii.Number(settings.MinTasks),
		MaxCapacity:       jsii.Number(settings.MaxTasks),
		// AWS forgets the registration with the service, and Terraform would
		// only notice one apply later:
		// https://github.com/hashicorp/terraform-provider-aws/issues/10432
		Lifecycle: replacedWith(props.Service.Service),
	})
	appautoscalingpolicy.NewAppautoscalingPolicy(scope, jsii.String("cpu_policy"), &appautoscalingpolicy.AppautoscalingPolicyConfig{
		Name:              jsii.String(props.Config.Name("cpu-scaling")),
		PolicyType:        jsii.String("TargetTrackingScaling"),
		ServiceNamespace:  target.ServiceNamespace(),
		ScalableDimension: target.ScalableDimension(),
		ResourceId:        target.ResourceId(),
		TargetTrackingScalingPolicyConfiguration: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration{
			PredefinedMetricSpecification: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification{
				PredefinedMetricType: jsii.String("ECSServiceAverageCPUUtilization"),
			},
			TargetValue:      jsii.Number(settings.CPUTargetPercent),
			ScaleInCooldown:  jsii.Number(settings.ScaleInCooldownSeconds),
			ScaleOutCooldown: jsii.Number(settings.ScaleOutCooldownSeconds),
		},
	})
	return &Autoscaling{Target: target}
}
