package e2e

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const (
	serviceAddress    = "aws_ecs_service.service"
	definitionAddress = "aws_ecs_task_definition.service_task_definition"
	alarmsKey         = "aws_kms_key.alarms_encryption_key"
)

// serviceByHand are changes of what runs and how much of it.
func serviceByHand() []byHand {
	const target, readers = "aws_appautoscaling_target.autoscaling_target", "aws_appautoscaling_target.reader_autoscaling_target"
	return []byHand{
		{
			what: "ECS rolls back for alarms no longer",
			do: func(c *console) {
				c.deployment(func(d *ecstypes.DeploymentConfiguration) { d.Alarms.Rollback = false })
			},
			at: serviceAddress + ".alarms",
		},
		{
			what: "a deployment may stop all tasks: `minimumHealthyPercent` is 0",
			do: func(c *console) {
				c.deployment(func(d *ecstypes.DeploymentConfiguration) { d.MinimumHealthyPercent = aws.Int32(0) })
			},
			at: serviceAddress + ".deployment_minimum_healthy_percent",
		},
		{
			what: "the circuit breaker rolls back no longer",
			do: func(c *console) {
				c.deployment(func(d *ecstypes.DeploymentConfiguration) { d.DeploymentCircuitBreaker.Rollback = false })
			},
			at: serviceAddress + ".deployment_circuit_breaker",
		},
		{
			what: "scaling is suspended",
			do: func(c *console) {
				on := aws.Bool(true)
				call(c, c.autoscaling.RegisterScalableTarget, &applicationautoscaling.RegisterScalableTargetInput{
					ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
					ResourceId:     c.of(target, "resource_id"),
					SuspendedState: &scalingtypes.SuspendedState{DynamicScalingInSuspended: on, DynamicScalingOutSuspended: on, ScheduledScalingSuspended: on},
				})
			},
			says: []string{target, "suspended_state"},
		},
		{
			what: "autoscaling adds fifteen readers",
			do: func(c *console) {
				call(c, c.autoscaling.RegisterScalableTarget, &applicationautoscaling.RegisterScalableTargetInput{
					ServiceNamespace: scalingtypes.ServiceNamespaceRds, ScalableDimension: scalingtypes.ScalableDimensionRDSClusterReadReplicaCount,
					ResourceId: c.of(readers, "resource_id"), MaxCapacity: aws.Int32(15),
				})
			},
			at: readers + ".max_capacity",
		},
		{
			what: "another scaling policy removes tasks",
			do: func(c *console) {
				call(c, c.autoscaling.PutScalingPolicy, &applicationautoscaling.PutScalingPolicyInput{
					PolicyName: aws.String("flask-api-by-hand"), PolicyType: scalingtypes.PolicyTypeTargetTrackingScaling,
					ResourceId: c.of(target, "resource_id"), ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
					TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
						TargetValue:                   aws.Float64(99),
						PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{PredefinedMetricType: scalingtypes.MetricTypeECSServiceAverageCPUUtilization},
					},
				})
			},
			says: []string{"aws_appautoscaling_policy", "policyName/flask-api-by-hand"},
		},
		{
			what: "where a pipeline deploys, a task definition with all capabilities is deployed",
			do: func(c *console) {
				c.deploy(func(d *ecstypes.ContainerDefinition) { d.LinuxParameters.Capabilities = nil })
			},
			says: []string{definitionAddress, "capabilities"},
		},
	}
}

// deployedByHand are changes of what runs where the images are Terraform's, and of alarms
// that have a key of their own.
func deployedByHand() []byHand {
	deployed := func(what, attribute string, change func(*ecstypes.ContainerDefinition)) byHand {
		return byHand{
			what: "a task definition with " + what + " is deployed", do: func(c *console) { c.deploy(change) },
			at: serviceAddress + ".task_definition", says: []string{definitionAddress, "container_definitions", attribute},
		}
	}
	return []byHand{
		deployed("another image", ".image", func(d *ecstypes.ContainerDefinition) { d.Image = aws.String("stranger.example.org/api:v1") }),
		deployed("root as its user", ".user", func(d *ecstypes.ContainerDefinition) { d.User = aws.String("0") }),
		deployed("another command", ".command", func(d *ecstypes.ContainerDefinition) { d.Command = []string{"sleep", "infinity"} }),
		deployed("every capability", "capabilities", func(d *ecstypes.ContainerDefinition) { d.LinuxParameters.Capabilities = nil }),
		{
			what: "the alarms' own key is disabled",
			do:   func(c *console) { call(c, c.kms.DisableKey, &kms.DisableKeyInput{KeyId: c.of(alarmsKey, "key_id")}) },
			at:   alarmsKey + ".is_enabled",
		},
		{
			what: "somebody may open shells in the tasks",
			do: func(c *console) {
				call(c, c.ecs.UpdateService, &ecs.UpdateServiceInput{Cluster: c.name("cluster"), Service: c.name("service"), EnableExecuteCommand: aws.Bool(true)})
			},
			at: serviceAddress + ".enable_execute_command",
		},
	}
}

// deployment changes how the service deploys.
func (c *console) deployment(change func(*ecstypes.DeploymentConfiguration)) {
	c.Helper()
	cluster, service := c.name("cluster"), c.name("service")
	configuration := call(c, c.ecs.DescribeServices, &ecs.DescribeServicesInput{Cluster: cluster, Services: []string{*service}}).Services[0].DeploymentConfiguration
	change(configuration)
	call(c, c.ecs.UpdateService, &ecs.UpdateServiceInput{Cluster: cluster, Service: service, DeploymentConfiguration: configuration})
}

// deploy registers what the service runs with a change of its first container, and deploys it.
func (c *console) deploy(change func(*ecstypes.ContainerDefinition)) {
	c.Helper()
	cluster, service := c.name("cluster"), c.name("service")
	running := call(c, c.ecs.DescribeServices, &ecs.DescribeServicesInput{Cluster: cluster, Services: []string{*service}}).Services[0].TaskDefinition
	d := call(c, c.ecs.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: running}).TaskDefinition
	change(&d.ContainerDefinitions[0])
	registered := call(c, c.ecs.RegisterTaskDefinition, &ecs.RegisterTaskDefinitionInput{
		Family: c.name("task"), ContainerDefinitions: d.ContainerDefinitions, Cpu: d.Cpu, Memory: d.Memory,
		ExecutionRoleArn: d.ExecutionRoleArn, TaskRoleArn: d.TaskRoleArn, NetworkMode: d.NetworkMode,
		RequiresCompatibilities: d.RequiresCompatibilities, Volumes: d.Volumes, RuntimePlatform: d.RuntimePlatform, EphemeralStorage: d.EphemeralStorage,
	})
	call(c, c.ecs.UpdateService, &ecs.UpdateServiceInput{Cluster: cluster, Service: service, TaskDefinition: registered.TaskDefinition.TaskDefinitionArn})
}
