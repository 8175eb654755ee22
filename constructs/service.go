package constructs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// tasksService is who assumes the roles of tasks.
const tasksService = "ecs-tasks.amazonaws.com"

// containerName is the one container of a task.
const containerName = "flask-api"

// ServiceProps configures a [Service].
type ServiceProps struct {
	// Config gives the task's size, the image, the deployment and the names.
	Config config.Config
	// Networking holds the private subnets that tasks run in.
	Networking *Networking
	// SecurityGroup decides who may connect to a task.
	SecurityGroup *SecurityGroup
	// Endpoints lead to AWS's services inside the VPC; nil without them.
	Endpoints *Endpoints
	// Registry holds the images.
	Registry *Registry
	// LogGroup takes what the container prints.
	LogGroup *LogGroup
	// LoadBalancer sends requests to the tasks.
	LoadBalancer *LoadBalancer
	// Database is what the tasks connect to.
	Database *Database
	// Credentials hold the database's password.
	Credentials *Credentials
	// ExecutionRole is what ECS starts a task with.
	ExecutionRole *Role
	// TaskRole is what the API itself may do.
	TaskRole *Role
}

// Service runs the API as Fargate tasks in the private subnets, behind the load
// balancer.
type Service struct {
	// Cluster holds the service. Container Insights watches it.
	Cluster ecscluster.EcsCluster
	// Service keeps the tasks running. Autoscaling owns their number.
	Service ecsservice.EcsService
}

// NewService creates the cluster, the task definition and the service.
//
// An apply waits until the deployment is steady. When the circuit breaker rolled
// it back, the service runs another task definition than the planned one, and
// the apply fails and says so.
func NewService(scope constructs.Construct, id string, props ServiceProps) *Service {
	scope = constructs.NewConstruct(scope, &id)
	cluster := ecscluster.NewEcsCluster(scope, jsii.String("cluster"), &ecscluster.EcsClusterConfig{
		Name: jsii.String(props.Config.Name("cluster")),
		Setting: &[]*ecscluster.EcsClusterSetting{{
			Name:  jsii.String("containerInsights"),
			Value: jsii.String("enabled"),
		}},
	})
	settings := props.Config.Service
	task := ecstaskdefinition.NewEcsTaskDefinition(scope, jsii.String("task_definition"), &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  jsii.String(props.Config.Name("task")),
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		NetworkMode:             jsii.String("awsvpc"),
		Cpu:                     jsii.String(strconv.Itoa(settings.CPUUnits)),
		Memory:                  jsii.String(strconv.Itoa(settings.MemoryMiB)),
		ExecutionRoleArn:        props.ExecutionRole.Role.Arn(),
		TaskRoleArn:             props.TaskRole.Role.Arn(),
		ContainerDefinitions:    jsii.String(mustJSON([]any{container(props)})),
	})

	name := props.Config.Name("service")
	timeout := jsii.String(fmt.Sprintf("%dm", settings.DeploymentTimeoutMinutes))
	return &Service{
		Cluster: cluster,
		Service: ecsservice.NewEcsService(scope, jsii.String(resourceID), &ecsservice.EcsServiceConfig{
			Name:           &name,
			Cluster:        cluster.Arn(),
			TaskDefinition: task.Arn(),
			LaunchType:     jsii.String("FARGATE"),
			DesiredCount:   jsii.Number(props.Config.Scaling.DesiredTasks),
			NetworkConfiguration: &ecsservice.EcsServiceNetworkConfiguration{
				Subnets:        subnetIDs(props.Networking.PrivateSubnets),
				SecurityGroups: &[]*string{props.SecurityGroup.Group.Id()},
				AssignPublicIp: jsii.Bool(false),
			},
			LoadBalancer: &[]*ecsservice.EcsServiceLoadBalancer{{
				TargetGroupArn: props.LoadBalancer.TargetGroup.Arn(),
				ContainerName:  jsii.String(containerName),
				ContainerPort:  jsii.Number(settings.ContainerPort),
			}},

			DeploymentMinimumHealthyPercent: jsii.Number(100),
			DeploymentMaximumPercent:        jsii.Number(200),
			DeploymentCircuitBreaker: &ecsservice.EcsServiceDeploymentCircuitBreaker{
				Enable:   jsii.Bool(true),
				Rollback: jsii.Bool(true),
			},
			HealthCheckGracePeriodSeconds: jsii.Number(settings.HealthCheckGracePeriodSeconds),
			AvailabilityZoneRebalancing:   jsii.String("ENABLED"),
			EnableEcsManagedTags:          jsii.Bool(true),
			PropagateTags:                 jsii.String("SERVICE"),

			WaitForSteadyState: jsii.Bool(true),
			Timeouts:           &ecsservice.EcsServiceTimeouts{Create: timeout, Update: timeout},
			Lifecycle: &cdktf.TerraformResourceLifecycle{
				IgnoreChanges: jsii.Strings("desired_count"),
				Postcondition: &[]*cdktf.Postcondition{{
					Condition: fmt.Sprintf("${self.task_definition == %s.arn}", address(task)),
					ErrorMessage: jsii.String(fmt.Sprintf(
						"ECS rolled the deployment back: the new tasks did not become healthy. Read why in the events of the ECS service %s and in the log group %s, mend the image or its settings, and apply again.",
						name, *props.LogGroup.Group.NameInput())),
				}},
			},
			DependsOn: ready(props),
		}),
	}
}

// ready is what a task needs that its definition does not name: a listener that
// uses the target group, the way out to pull images, a database that answers,
// and the permissions of its roles, which must also outlive it.
func ready(props ServiceProps) *[]cdktf.ITerraformDependable {
	needs := slices.Concat(
		[]cdktf.ITerraformDependable{props.LoadBalancer.Listener},
		props.Networking.PrivateEgress,
		props.Database.Instances,
		props.ExecutionRole.Policies,
		props.TaskRole.Policies,
	)
	if props.Endpoints != nil {
		needs = append(needs, props.Endpoints.Endpoints...)
	}
	return &needs
}
