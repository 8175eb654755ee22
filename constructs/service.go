package constructs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// resolveTagsAgain has each task pull what its tag names at that time. Otherwise ECS
// pins the image's digest when it deploys. Where tags may move, the old image then
// loses its tag and expires, and a week later no task can start. Where tags are
// immutable, they are pinned:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html#deployment-container-image-stability
const resolveTagsAgain = "disabled"

// includedStorageGiB is the disk of every task.
const includedStorageGiB = 20

// ServiceProps configures a [Service].
type ServiceProps struct {
	Env Env
	// Settings give the task's size, its file system, its health check and its timeouts.
	// What else they have, such as variables and tracing, is added to the service.
	Settings config.Service
	// Images is who decides which image runs.
	Images config.Images
	// DesiredTasks is how many tasks the first deployment starts.
	DesiredTasks int
	// Name is the service's resource name, TaskName that of its task definition, and
	// ContainerName what its container is called in a task.
	Name, TaskName, ContainerName string
	// Image is what the container runs.
	Image Image
	// Cluster holds the service.
	Cluster *Cluster
	// Networking holds the private subnets that tasks run in.
	Networking *Networking
	// SecurityGroup decides who may connect to a task.
	SecurityGroup *SecurityGroup
	// Targets are sent requests to; nil for a service that serves none.
	Targets *TargetGroup
	// LogGroup takes what the containers print.
	LogGroup *LogGroup
	// ExecutionRole is what ECS starts a task with.
	ExecutionRole *Role
	// TaskRole is what the code in a task may do.
	TaskRole *Role
}

// Service runs a container as Fargate tasks in the private subnets. What else its
// tasks have is added to it: a new part adds what it needs itself.
type Service struct {
	Connections
	// Cluster holds the service.
	Cluster *Cluster
	// Service keeps the tasks running. Autoscaling owns their number.
	Service ecsservice.EcsService
	// Task is what ECS starts.
	Task ecstaskdefinition.EcsTaskDefinition
	// Targets are sent requests to; nil for a service that serves none.
	Targets *TargetGroup
	// LogGroup takes what the containers print.
	LogGroup *LogGroup
	// ExecutionRole is what ECS starts a task with.
	ExecutionRole *Role
	// Name and TaskName are the physical names of the service and its task definition.
	Name, TaskName string
	// Calls are the services of AWS that a task calls, in addition to S3, and that need
	// an endpoint where there is no other way to them.
	Calls []string

	env        Env
	settings   config.Service
	images     config.Images
	taskRole   *Role
	container  *Container
	containers []*Container
	needs      []*string
	executable bool
	rotation   string // The version of the password that the tasks have to read, or empty.
}

// NewService creates the task definition and the service.
//
// An apply waits until the deployment is steady. When the circuit breaker rolled
// it back, the service runs another task definition than the planned one, and
// the apply fails and says so. Where a pipeline deploys, Terraform leaves the
// service's task definition alone.
func NewService(scope constructs.Construct, id string, props ServiceProps) *Service {
	scope = props.Cluster.scopeOf(scope, id)
	s := &Service{
		Connections: Connections{props.SecurityGroup},
		Cluster:     props.Cluster, Targets: props.Targets, LogGroup: props.LogGroup, ExecutionRole: props.ExecutionRole,
		Name: props.Env.Name(props.Name), TaskName: props.Env.Name(props.TaskName),
		// What a Fargate task calls to start:
		// https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
		Calls: []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager"},
		env:   props.Env, settings: props.Settings, images: props.Images, taskRole: props.TaskRole,
	}
	s.container = newContainer(scope, id, props)
	s.Task = s.newTask(scope)
	s.AddContainer(s.container)
	s.Service = s.newService(scope, props)
	s.WaitFor(props.Networking.PrivateEgress...)
	// The tasks start after their permissions, and end before these go.
	s.ExecutionRole.OnGrant(s.WaitFor)
	s.taskRole.OnGrant(s.WaitFor)
	return s
}

// newContainer is the definition of the service's own container. The service's id names the
// local values that its commands may need.
func newContainer(scope constructs.Construct, id string, props ServiceProps) *Container {
	settings := props.Settings
	c := &Container{
		Name: props.ContainerName, Essential: true, Image: props.Image.URI, User: settings.User, logs: logging(settings),
		EntryPoint: props.Image.orPlaceholder(scope, id+"_entry_point", settings.EntryPoint, nil),
		Command:    props.Image.orPlaceholder(scope, id+"_command", settings.Command, props.Image.Command),
	}
	if limit := settings.OpenFileLimit; limit != 0 {
		c.Ulimits = []ulimit{{Name: "nofile", SoftLimit: limit, HardLimit: limit}}
	}
	if settings.ReadOnlyRootFilesystem {
		c.ReadonlyRootFilesystem = true
		c.MountPoints = []mountPoint{{SourceVolume: temporaryVolume, ContainerPath: "/tmp"}}
	}
	if targets := props.Targets; targets != nil {
		// In awsvpc mode AWS sets the host's port to the container's; written out, it
		// does not show as a change in the next plan.
		c.PortMappings = []portMapping{{ContainerPort: targets.Port, HostPort: targets.Port, Protocol: "tcp"}}
		if settings.ContainerHealthCheck {
			c.HealthCheck = containerHealthCheck(targets.Port, settings.HealthCheckGracePeriodSeconds, targets.Settings)
		}
	}
	if !props.Env.Protected {
		c.VersionConsistency = resolveTagsAgain
	}
	if settings.StopTimeoutSeconds != defaultStopTimeoutSeconds {
		c.StopTimeoutSeconds = settings.StopTimeoutSeconds
	}
	return c
}

// newTask creates the definition of the service's tasks. Where a pipeline deploys, and
// where the environment is protected, old revisions stay, because people and pipelines
// may go back to them: no service can be pointed to one that is not active.
func (s *Service) newTask(scope constructs.Construct) ecstaskdefinition.EcsTaskDefinition {
	task := s.definition(s.TaskName)
	if s.images == config.ImagesExternal || s.env.Protected {
		task.SkipDestroy = jsii.Bool(true)
	}
	return ecstaskdefinition.NewEcsTaskDefinition(scope, jsii.String("task_definition"), task)
}

// definition is that of a task as the service's, without containers.
func (s *Service) definition(family string) *ecstaskdefinition.EcsTaskDefinitionConfig {
	settings := s.settings
	task := &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  &family,
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		NetworkMode:             jsii.String("awsvpc"),
		Cpu:                     jsii.String(strconv.Itoa(settings.CPUUnits)),
		Memory:                  jsii.String(strconv.Itoa(settings.MemoryMiB)),
		ExecutionRoleArn:        s.ExecutionRole.ARN(),
		TaskRoleArn:             s.taskRole.ARN(),
		ContainerDefinitions:    jsii.String("[]"), // AddContainer writes them.
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
	return task
}

// newService creates the service itself.
func (s *Service) newService(scope constructs.Construct, props ServiceProps) ecsservice.EcsService {
	timeout := jsii.String(fmt.Sprintf("%dm", props.Settings.DeploymentTimeoutMinutes))
	service := &ecsservice.EcsServiceConfig{
		Name:           jsii.String(s.Name),
		Cluster:        s.Cluster.Cluster.Arn(),
		TaskDefinition: s.Task.Arn(),
		DesiredCount:   jsii.Number(props.DesiredTasks),
		LaunchType:     jsii.String(onDemandCapacity),
		NetworkConfiguration: &ecsservice.EcsServiceNetworkConfiguration{
			Subnets:        &props.Networking.PrivateSubnetIDs,
			SecurityGroups: &[]*string{s.SecurityGroup.Group.Id()},
			AssignPublicIp: jsii.Bool(false),
		},

		DeploymentMinimumHealthyPercent: jsii.Number(100),
		DeploymentMaximumPercent:        jsii.Number(200),
		DeploymentCircuitBreaker: &ecsservice.EcsServiceDeploymentCircuitBreaker{
			Enable:   jsii.Bool(true),
			Rollback: jsii.Bool(true),
		},
		AvailabilityZoneRebalancing: jsii.String("ENABLED"),
		EnableEcsManagedTags:        jsii.Bool(true),
		PropagateTags:               jsii.String("SERVICE"),

		WaitForSteadyState: jsii.Bool(true),
		Timeouts:           &ecsservice.EcsServiceTimeouts{Create: timeout, Update: timeout},
		Lifecycle:          s.lifecycle(),
	}
	if targets := s.Targets; targets != nil {
		service.LoadBalancer = &[]*ecsservice.EcsServiceLoadBalancer{{
			TargetGroupArn: targets.ARN(),
			ContainerName:  jsii.String(s.container.Name),
			ContainerPort:  jsii.Number(targets.Port),
		}}
		service.HealthCheckGracePeriodSeconds = jsii.Number(props.Settings.HealthCheckGracePeriodSeconds)
		s.needs = append(s.needs, jsii.String(address(targets.Route)))
	}
	return ecsservice.NewEcsService(scope, jsii.String(resourceID), service)
}

// lifecycle leaves alone what others than Terraform decide: autoscaling the number of
// tasks, and a pipeline, where there is one, what they run. The alarms are those that
// roll a deployment back; where there are none, those of before stay, since the provider
// cannot take them away: it sends an alarms block without names, which its own check
// refuses.
func (s *Service) lifecycle(alarms ...*string) *cdktf.TerraformResourceLifecycle {
	ignored, otherReason := jsii.Strings("desired_count"), ", or an alarm went off"
	if len(alarms) == 0 {
		*ignored, otherReason = append(*ignored, jsii.String("alarms")), ""
	}
	if s.images == config.ImagesExternal {
		*ignored = append(*ignored, jsii.String("task_definition"))
		return &cdktf.TerraformResourceLifecycle{IgnoreChanges: ignored}
	}
	return &cdktf.TerraformResourceLifecycle{
		IgnoreChanges: ignored,
		Postcondition: &[]*cdktf.Postcondition{{
			Condition: fmt.Sprintf("${self.task_definition == %s.arn}", address(s.Task)),
			ErrorMessage: jsii.String(fmt.Sprintf(
				"ECS rolled the deployment back: the new tasks did not become healthy%s. Read why in the events of the ECS service %s and in the log group %s, mend the image or its settings, and apply again.",
				otherReason, s.Name, s.LogGroup.Name)),
		}},
	}
}

// labelCommand tells a pipeline the command that its revisions run: until there is one, the
// definition has the placeholder's.
func (s *Service) labelCommand(words []string) {
	if s.images == config.ImagesExternal && len(words) > 0 {
		s.container.DockerLabels = map[string]string{"command": mustJSON(words)}
		s.defineContainers()
	}
}

// AddEnvironment gives the service's container an environment variable.
func (s *Service) AddEnvironment(name, value string) {
	s.container.Environment = append(s.container.Environment, variable{name, value})
	s.defineContainers()
}

// AddSecret gives the service's container an environment variable that ECS reads from
// a secret when a task starts. The execution role must be allowed to read it.
func (s *Service) AddSecret(name, valueFrom string) {
	s.container.Secrets = append(s.container.Secrets, secretVariable{name, valueFrom})
	s.defineContainers()
}

// AddContainer runs another container next to the service's own in every task. It
// gets what every container has: no Linux capability, and a log stream of its own.
func (s *Service) AddContainer(c *Container) {
	c.harden(s.env.Region, s.LogGroup)
	s.containers = append(s.containers, c)
	s.defineContainers()
}

// StartAfter has the service's container start when another one of the task has started.
func (s *Service) StartAfter(container string) {
	s.container.DependsOn = append(s.container.DependsOn, dependency{container, "START"})
	s.defineContainers()
}

// Grant allows the code in the service's tasks what the statements say, as
// [Role.Grant] does.
func (s *Service) Grant(id string, statements ...Statement) {
	s.taskRole.Grant(id, statements...)
}

// Call has the service's tasks reach a service of AWS, where endpoints are the only way.
func (s *Service) Call(service string) {
	if !slices.Contains(s.Calls, service) {
		s.Calls = append(s.Calls, service)
	}
}

// Permit allows the code in the service's tasks what the configuration says.
func (s *Service) Permit(permissions []config.Permission) {
	var statements []Statement
	for i, permission := range permissions {
		statements = append(statements, Statement{Sid: "Permission" + strconv.Itoa(i+1), Action: permission.Actions, Resource: permission.Resources})
	}
	if len(statements) > 0 {
		s.Grant("permissions", statements...)
	}
}

// Roles are the ARNs of the roles that a task has.
func (s *Service) Roles() []string {
	return []string{*s.ExecutionRole.ARN(), *s.taskRole.ARN()}
}

// secrets are the ARNs of the secrets that the service's container gets values of, and of
// the parameters.
func (s *Service) secrets() (secrets, parameters []string) {
	var arns []string
	for _, secret := range s.container.Secrets {
		arn := config.SecretARN(secret.ValueFrom)
		if strings.HasPrefix(secret.ValueFrom, "${") { // A secret of this stack, with its key.
			arn, _, _ = strings.Cut(secret.ValueFrom, ":")
		}
		arns = append(arns, arn)
	}
	return divided(arns)
}

// WaitFor starts the service after what its tasks need and its definition does not
// name, and ends it before.
func (s *Service) WaitFor(needs ...cdktf.ITerraformDependable) {
	for _, need := range needs {
		s.needs = append(s.needs, jsii.String(address(need.(cdktf.TerraformResource))))
	}
	s.Service.SetDependsOn(&s.needs)
}

// startAnewFor has tasks that a pipeline deployed start anew, and read the secret again,
// when the password's version changes: their definition does not.
func (s *Service) startAnewFor(passwordVersion string) {
	s.rotation = passwordVersion
	s.Service.SetForceNewDeployment(jsii.Bool(true))
	s.Service.SetTriggers(&map[string]*string{"password_version": jsii.String(passwordVersion)})
}

// RollBackOn rolls a deployment back when one of the alarms goes off.
func (s *Service) RollBackOn(alarms ...*string) {
	s.Service.PutAlarms(&ecsservice.EcsServiceAlarms{AlarmNames: &alarms, Enable: jsii.Bool(true), Rollback: jsii.Bool(true)})
	s.Service.SetLifecycle(s.lifecycle(alarms...))
}

// RunOnSpot runs the tasks above the base, by their share, on spare capacity. What has
// neither a base nor a share is left out.
func (s *Service) RunOnSpot(onDemandBase, percent int) {
	strategy := []*ecsservice.EcsServiceCapacityProviderStrategy{
		{CapacityProvider: jsii.String(onDemandCapacity), Base: jsii.Number(onDemandBase), Weight: jsii.Number(100 - percent)},
		{CapacityProvider: jsii.String(spotCapacity), Weight: jsii.Number(percent)},
	}
	if onDemandBase == 0 && percent == 100 {
		strategy = strategy[1:]
	}
	s.Service.ResetLaunchType()
	s.Service.PutCapacityProviderStrategy(&strategy)
	s.WaitFor(s.Cluster.spotProviders())
}

// EnableExecuteCommand lets shells be opened in tasks, which may leave processes
// behind that an init process ends:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
func (s *Service) EnableExecuteCommand() {
	s.executable = true
	s.Service.SetEnableExecuteCommand(jsii.Bool(true))
	s.container.LinuxParameters.InitProcessEnabled = true
	s.defineContainers()
}

// defineContainers writes the containers into the task definition.
func (s *Service) defineContainers() {
	s.Task.SetContainerDefinitions(jsii.String(definitions(s.containers)))
}

// metric is one of the service:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
func (s *Service) metric(name string) metric {
	return metric{"AWS/ECS", name, []dimension{{"ClusterName", *s.Cluster.Cluster.Name()}, {"ServiceName", *s.Service.Name()}}}
}

// insight is one that Container Insights measures of the service:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
func (s *Service) insight(name string) metric {
	m := s.metric(name)
	m.namespace = "ECS/ContainerInsights"
	return m
}
