package constructs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsclustercapacityproviders"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// containerName is the API's container in a task.
const containerName = "flask-api"

// startServices are what a Fargate task calls to start, in addition to S3:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
var startServices = []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager"}

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
	// ExecuteCommand opens shells in tasks; nil does not.
	ExecuteCommand *ExecuteCommand
	// DeploymentAlarms are the names of the alarms that roll a deployment back.
	DeploymentAlarms []*string
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
// the apply fails and says so. Where a pipeline deploys, Terraform leaves the
// service's task definition alone.
func NewService(scope constructs.Construct, id string, props ServiceProps) *Service {
	scope = constructs.NewConstruct(scope, &id)
	clusterConfig := &ecscluster.EcsClusterConfig{
		Name: jsii.String(props.Config.Name("cluster")),
		Setting: &[]*ecscluster.EcsClusterSetting{{
			Name:  jsii.String("containerInsights"),
			Value: jsii.String("enabled"),
		}},
	}
	if props.ExecuteCommand != nil {
		clusterConfig.Configuration = props.ExecuteCommand.clusterConfiguration()
	}
	cluster := ecscluster.NewEcsCluster(scope, jsii.String("cluster"), clusterConfig)
	settings := props.Config.Service
	task := taskDefinition(scope, props)
	timeout := jsii.String(fmt.Sprintf("%dm", settings.DeploymentTimeoutMinutes))
	service := &ecsservice.EcsServiceConfig{
		Name:           jsii.String(props.Config.Name("service")),
		Cluster:        cluster.Arn(),
		TaskDefinition: task.Arn(),
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
		Lifecycle:          deploymentLifecycle(props, task),
		DependsOn:          ready(props),
	}
	if settings.ExecuteCommand {
		service.EnableExecuteCommand = jsii.Bool(true)
	}
	if len(props.DeploymentAlarms) > 0 {
		service.Alarms = &ecsservice.EcsServiceAlarms{
			AlarmNames: &props.DeploymentAlarms, Enable: jsii.Bool(true), Rollback: jsii.Bool(true),
		}
	}
	chooseCapacity(scope, settings, cluster, service)
	return &Service{
		Cluster: cluster,
		Service: ecsservice.NewEcsService(scope, jsii.String(resourceID), service),
	}
}

// taskDefinition creates the definition of the service's tasks. Where a pipeline
// deploys, its old revisions stay, because the pipeline may go back to them.
func taskDefinition(scope constructs.Construct, props ServiceProps) ecstaskdefinition.EcsTaskDefinition {
	settings := props.Config.Service
	containers := []containerDefinition{container(props)}
	if settings.Tracing {
		containers = append(containers, collector(props))
	}
	task := &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  jsii.String(props.Config.Name("task")),
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		NetworkMode:             jsii.String("awsvpc"),
		Cpu:                     jsii.String(strconv.Itoa(settings.CPUUnits)),
		Memory:                  jsii.String(strconv.Itoa(settings.MemoryMiB)),
		ExecutionRoleArn:        props.ExecutionRole.ARN(),
		TaskRoleArn:             props.TaskRole.ARN(),
		ContainerDefinitions:    jsii.String(mustJSON(containers)),
	}
	if settings.CPUArchitecture != config.X86 {
		task.RuntimePlatform = &ecstaskdefinition.EcsTaskDefinitionRuntimePlatform{
			OperatingSystemFamily: jsii.String("LINUX"),
			CpuArchitecture:       jsii.String(string(settings.CPUArchitecture)),
		}
	}
	// AWS takes a size only if it is more than what every task has:
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
	if settings.EphemeralStorageGiB > includedStorageGiB {
		task.EphemeralStorage = &ecstaskdefinition.EcsTaskDefinitionEphemeralStorage{SizeInGib: jsii.Number(settings.EphemeralStorageGiB)}
	}
	if settings.ReadOnlyRootFilesystem {
		task.Volume = &[]*ecstaskdefinition.EcsTaskDefinitionVolume{{Name: jsii.String(temporaryVolume)}}
	}
	if props.Config.Deployment.Images == config.ImagesExternal {
		task.SkipDestroy = jsii.Bool(true)
	}
	return ecstaskdefinition.NewEcsTaskDefinition(scope, jsii.String("task_definition"), task)
}

// includedStorageGiB is the disk of every task.
const includedStorageGiB = 20

// deploymentLifecycle leaves alone what others than Terraform decide: autoscaling
// the number of tasks, and a pipeline, where there is one, what they run.
func deploymentLifecycle(props ServiceProps, task ecstaskdefinition.EcsTaskDefinition) *cdktf.TerraformResourceLifecycle {
	if props.Config.Deployment.Images == config.ImagesExternal {
		return &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("desired_count", "task_definition")}
	}
	orAlarm := ""
	if len(props.DeploymentAlarms) > 0 {
		orAlarm = ", or an alarm went off"
	}
	return &cdktf.TerraformResourceLifecycle{
		IgnoreChanges: jsii.Strings("desired_count"),
		Postcondition: &[]*cdktf.Postcondition{{
			Condition: fmt.Sprintf("${self.task_definition == %s.arn}", address(task)),
			ErrorMessage: jsii.String(fmt.Sprintf(
				"ECS rolled the deployment back: the new tasks did not become healthy%s. Read why in the events of the ECS service %s and in the log group %s, mend the image or its settings, and apply again.",
				orAlarm, props.Config.Name("service"), *props.LogGroup.Group.NameInput())),
		}},
	}
}

// chooseCapacity runs the tasks on Fargate, and what is above the base, by its
// share, on spare capacity:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func chooseCapacity(scope constructs.Construct, settings config.Service, cluster ecscluster.EcsCluster, service *ecsservice.EcsServiceConfig) {
	const onDemand, spot = "FARGATE", "FARGATE_SPOT"
	if settings.SpotPercent == 0 {
		service.LaunchType = jsii.String(onDemand)
		return
	}
	providers := ecsclustercapacityproviders.NewEcsClusterCapacityProviders(scope, jsii.String("capacity_providers"), &ecsclustercapacityproviders.EcsClusterCapacityProvidersConfig{
		ClusterName:       cluster.Name(),
		CapacityProviders: jsii.Strings(onDemand, spot),
	})
	service.CapacityProviderStrategy = &[]*ecsservice.EcsServiceCapacityProviderStrategy{
		{CapacityProvider: jsii.String(onDemand), Base: jsii.Number(settings.OnDemandBaseTasks), Weight: jsii.Number(100 - settings.SpotPercent)},
		{CapacityProvider: jsii.String(spot), Weight: jsii.Number(settings.SpotPercent)},
	}
	needs := append(*service.DependsOn, providers)
	service.DependsOn = &needs
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
