package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingtarget"

	"flask-api/config"
)

// ReaderAutoscalingProps configures [NewReaderAutoscaling].
type ReaderAutoscalingProps struct {
	Env Env
	// Settings give the range of readers and the CPU target.
	Settings config.Database
	// Database is whose readers are scaled.
	Database *Database
}

// NewReaderAutoscaling keeps the readers' average CPU use near its target by adding
// readers, and by removing those that it added. It registers the cluster's reader
// count and its scaling policy, which pauses for AWS's five minutes after each
// change.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
func NewReaderAutoscaling(scope constructs.Construct, id string, props ReaderAutoscalingProps) appautoscalingtarget.AppautoscalingTarget {
	scope = constructs.NewConstruct(scope, &id)
	settings := props.Settings
	target := appautoscalingtarget.NewAppautoscalingTarget(scope, jsii.String("target"), &appautoscalingtarget.AppautoscalingTargetConfig{
		ServiceNamespace:  jsii.String("rds"),
		ScalableDimension: jsii.String("rds:cluster:ReadReplicaCount"),
		ResourceId:        jsii.String("cluster:" + *props.Database.Cluster.ClusterIdentifier()),
		MinCapacity:       jsii.Number(settings.ReaderCount),
		MaxCapacity:       jsii.Number(settings.MaxReaders),
		// Registered before them, it would add readers in the place of the
		// cluster's own.
		DependsOn: &props.Database.Instances,
		// As for the service's [Autoscaling].
		Lifecycle: replacedWith(props.Database.Cluster),
	})
	appautoscalingpolicy.NewAppautoscalingPolicy(scope, jsii.String("cpu_policy"), &appautoscalingpolicy.AppautoscalingPolicyConfig{
		Name:              jsii.String(props.Env.Name("reader-cpu-scaling")),
		PolicyType:        jsii.String("TargetTrackingScaling"),
		ServiceNamespace:  target.ServiceNamespace(),
		ScalableDimension: target.ScalableDimension(),
		ResourceId:        target.ResourceId(),
		TargetTrackingScalingPolicyConfiguration: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration{
			PredefinedMetricSpecification: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification{
				PredefinedMetricType: jsii.String("RDSReaderAverageCPUUtilization"),
			},
			TargetValue:      jsii.Number(settings.ReaderCPUTargetPercent),
			ScaleInCooldown:  jsii.Number(fiveMinutesSeconds),
			ScaleOutCooldown: jsii.Number(fiveMinutesSeconds),
		},
		Lifecycle: replacedWith(target),
	})
	return target
}
