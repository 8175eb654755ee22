package integration

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

const (
	containerName = "flask-api"
	// tasksPerCall is the most that DescribeTasks takes.
	tasksPerCall = 100
	// pollInterval is between two looks at what takes time.
	pollInterval = time.Second
)

func (d *deployment) cluster(t *testing.T) types.Cluster {
	t.Helper()
	name := d.outputs["ecs_cluster_name"]
	found, err := d.ecs.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{
		Clusters: []string{name}, Include: []types.ClusterField{types.ClusterFieldSettings},
	})
	require.NoError(t, err)
	return only(t, found.Clusters, name)
}

func (d *deployment) service(t *testing.T) types.Service {
	t.Helper()
	name := d.cfg.Name("service")
	found, err := d.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{
		Cluster: aws.String(d.outputs["ecs_cluster_name"]), Services: []string{name},
	})
	require.NoError(t, err)
	return only(t, found.Services, name)
}

// steadyService waits until the only deployment of the service is completed: with alarms
// that roll back it watches them for some minutes after the tasks are healthy.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
func (d *deployment) steadyService(t *testing.T) types.Service {
	t.Helper()
	deadline := time.Now().Add(time.Duration(d.cfg.Service.DeploymentTimeoutMinutes) * time.Minute)
	for {
		service := d.service(t)
		for _, deployment := range service.Deployments {
			require.NotEqual(t, types.DeploymentRolloutStateFailed, deployment.RolloutState,
				"deployment %s: %s", aws.ToString(deployment.Id), aws.ToString(deployment.RolloutStateReason))
		}
		if len(service.Deployments) == 1 && service.Deployments[0].RolloutState == types.DeploymentRolloutStateCompleted {
			return service
		}
		require.True(t, time.Now().Before(deadline), "deployments of %s after %d minutes: %+v",
			aws.ToString(service.ServiceName), d.cfg.Service.DeploymentTimeoutMinutes, service.Deployments)
		time.Sleep(pollInterval)
	}
}

// taskDefinition returns the latest active revision, which a family stands for.
func (d *deployment) taskDefinition(t *testing.T) *types.TaskDefinition {
	t.Helper()
	found, err := d.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: aws.String(d.cfg.Name("task")),
	})
	require.NoError(t, err)
	return found.TaskDefinition
}

func TestCluster(t *testing.T) {
	d := deployed(t)
	cluster := d.cluster(t)
	name := aws.ToString(cluster.ClusterName)
	assert.Equal(t, "ACTIVE", aws.ToString(cluster.Status), "status of %s", name)
	assert.Contains(t, cluster.Settings, types.ClusterSetting{
		Name: types.ClusterSettingNameContainerInsights, Value: aws.String("enabled"),
	}, "settings of %s", name)
}

func TestService(t *testing.T) {
	d := deployed(t)
	service := d.steadyService(t)
	name := aws.ToString(service.ServiceName)
	assert.Equal(t, "ACTIVE", aws.ToString(service.Status), "status of %s", name)
	if spot := d.cfg.Service.SpotPercent; spot > 0 {
		assert.ElementsMatch(t, []types.CapacityProviderStrategyItem{
			{CapacityProvider: aws.String("FARGATE"), Base: int32(d.cfg.Service.OnDemandBaseTasks), Weight: int32(100 - spot)}, //nolint:gosec // Small numbers.
			{CapacityProvider: aws.String("FARGATE_SPOT"), Weight: int32(spot)},                                                //nolint:gosec // Small numbers.
		}, service.CapacityProviderStrategy, "capacity of %s", name)
	} else {
		assert.Equal(t, types.LaunchTypeFargate, service.LaunchType, "launch type of %s", name)
	}
	assert.Equal(t, d.cfg.Service.ExecuteCommand, service.EnableExecuteCommand, "shells in the tasks of %s", name)
	assert.GreaterOrEqual(t, int(service.RunningCount), d.cfg.Scaling.MinTasks, "running tasks of %s", name)
	assert.Equal(t, d.taskDefinition(t).TaskDefinitionArn, service.TaskDefinition, "task definition of %s", name)

	require.NotNil(t, service.NetworkConfiguration, "network of %s", name)
	network := service.NetworkConfiguration.AwsvpcConfiguration
	require.NotNil(t, network, "network of %s", name)
	assert.Equal(t, types.AssignPublicIpDisabled, network.AssignPublicIp, "public addresses of %s", name)
	assert.ElementsMatch(t, d.privateSubnetIDs(t), network.Subnets, "subnets of %s", name)
	assert.Equal(t, []string{d.securityGroupID(t, "ecs-sg")}, network.SecurityGroups, "security groups of %s", name)

	balancer := only(t, service.LoadBalancers, "load balancer of "+name)
	assert.Equal(t, d.targetGroup(t).TargetGroupArn, balancer.TargetGroupArn, "target group of %s", name)
	assert.Equal(t, containerName, aws.ToString(balancer.ContainerName), "container of %s behind the load balancer", name)
	assert.EqualValues(t, d.cfg.Service.ContainerPort, aws.ToInt32(balancer.ContainerPort), "port of %s behind the load balancer", name)

	require.NotNil(t, service.DeploymentConfiguration, "deployment configuration of %s", name)
	assert.Equal(t, &types.DeploymentCircuitBreaker{Enable: true, Rollback: true},
		service.DeploymentConfiguration.DeploymentCircuitBreaker, "circuit breaker of %s", name)
}

func TestTasks(t *testing.T) {
	d := deployed(t)
	cluster := aws.String(d.outputs["ecs_cluster_name"])
	arns := collect(t, ecs.NewListTasksPaginator(d.ecs, &ecs.ListTasksInput{
		Cluster: cluster, ServiceName: aws.String(d.cfg.Name("service")), DesiredStatus: types.DesiredStatusRunning,
	}), func(page *ecs.ListTasksOutput) []string { return page.TaskArns })
	if d.emulated && len(arns) == 0 {
		t.Skip("an emulated service starts no tasks")
	}
	assert.GreaterOrEqual(t, len(arns), d.cfg.Scaling.MinTasks, "tasks of %s", d.cfg.Name("service"))

	private := d.privateSubnetIDs(t)
	for chunk := range slices.Chunk(arns, tasksPerCall) {
		found, err := d.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: cluster, Tasks: chunk})
		require.NoError(t, err)
		var interfaces []string
		for _, task := range found.Tasks {
			arn := aws.ToString(task.TaskArn)
			assert.True(t, task.HealthStatus == types.HealthStatusHealthy || aws.ToString(task.LastStatus) == "RUNNING",
				"%s is %s and %s", arn, aws.ToString(task.LastStatus), task.HealthStatus)
			id := networkInterfaceID(task)
			require.NotEmpty(t, id, "network interface of %s", arn)
			interfaces = append(interfaces, id)
		}
		cards := collect(t, ec2.NewDescribeNetworkInterfacesPaginator(d.ec2, &ec2.DescribeNetworkInterfacesInput{
			Filters: []ec2types.Filter{filter("network-interface-id", interfaces...)},
		}), func(page *ec2.DescribeNetworkInterfacesOutput) []ec2types.NetworkInterface {
			return page.NetworkInterfaces
		})
		assert.Len(t, cards, len(interfaces), "network interfaces %v", interfaces)
		for _, card := range cards {
			id := aws.ToString(card.NetworkInterfaceId)
			assert.Contains(t, private, aws.ToString(card.SubnetId), "subnet of the task's %s", id)
			if card.Association != nil {
				assert.Empty(t, aws.ToString(card.Association.PublicIp), "public address of the task's %s", id)
			}
		}
	}
}

func networkInterfaceID(task types.Task) string {
	for _, attachment := range task.Attachments {
		for _, detail := range attachment.Details {
			if aws.ToString(detail.Name) == "networkInterfaceId" {
				return aws.ToString(detail.Value)
			}
		}
	}
	return ""
}

func TestTaskDefinition(t *testing.T) {
	d := deployed(t)
	task := d.taskDefinition(t)
	arn := aws.ToString(task.TaskDefinitionArn)
	assert.Equal(t, types.NetworkModeAwsvpc, task.NetworkMode, "network mode of %s", arn)
	assert.Equal(t, []types.Compatibility{types.CompatibilityFargate}, task.RequiresCompatibilities, "compatibilities of %s", arn)
	assert.Equal(t, strconv.Itoa(d.cfg.Service.CPUUnits), aws.ToString(task.Cpu), "CPU of %s", arn)
	assert.Equal(t, strconv.Itoa(d.cfg.Service.MemoryMiB), aws.ToString(task.Memory), "memory of %s", arn)
	assert.Equal(t, d.role(t, "execution-role").Arn, task.ExecutionRoleArn, "execution role of %s", arn)
	assert.Equal(t, d.role(t, "task-role").Arn, task.TaskRoleArn, "task role of %s", arn)

	names := []string{containerName}
	if d.cfg.Service.Tracing {
		names = append(names, "aws-otel-collector")
	}
	require.Equal(t, names, values(task.ContainerDefinitions, func(c types.ContainerDefinition) string { return aws.ToString(c.Name) }), "containers of %s", arn)
	container := task.ContainerDefinitions[0]
	image := aws.ToString(container.Image)
	switch tag := d.cfg.Registry.ImageTag; {
	case d.cfg.Deployment.Images == config.ImagesExternal:
	case tag == "":
		ours := strings.HasPrefix(image, d.outputs["ecr_repository_uri"]+":")
		assert.True(t, ours || image == config.PlaceholderImage, "image of %s: %s", arn, image)
	case tag == config.TagPlaceholder:
		assert.Equal(t, config.PlaceholderImage, image, "image of %s", arn)
	default:
		assert.Equal(t, d.outputs["ecr_repository_uri"]+":"+tag, image, "image of %s", arn)
	}
	mapping := only(t, container.PortMappings, "port of "+arn)
	assert.EqualValues(t, d.cfg.Service.ContainerPort, aws.ToInt32(mapping.ContainerPort), "port of %s", arn)

	require.NotNil(t, container.LogConfiguration, "logs of %s", arn)
	assert.Equal(t, types.LogDriverAwslogs, container.LogConfiguration.LogDriver, "log driver of %s", arn)
	assert.Equal(t, d.cfg.Region, container.LogConfiguration.Options["awslogs-region"], "log region of %s", arn)
	assert.Equal(t, "/ecs/"+d.cfg.StackName(), container.LogConfiguration.Options["awslogs-group"], "log group of %s", arn)

	secret := d.secret(t)
	secrets := map[string]string{"DB_PASSWORD": secret.arn + ":password::"}
	maps.Copy(secrets, d.cfg.Service.Secrets)
	got := map[string]string{}
	for _, s := range container.Secrets {
		got[aws.ToString(s.Name)] = aws.ToString(s.ValueFrom)
	}
	assert.Equal(t, secrets, got, "secrets of %s", arn)
	assert.Equal(t, d.cfg.Service.ReadOnlyRootFilesystem, aws.ToBool(container.ReadonlyRootFilesystem), "read-only root file system of %s", arn)
	assert.Equal(t, d.cfg.Service.ContainerHealthCheck, container.HealthCheck != nil, "health check of %s", arn)
	d.checkEnvironment(t, container.Environment, secret.values["password"])
}

// checkEnvironment compares the plain variables with the database's settings.
// It prints a value only after none was found to be the password.
func (d *deployment) checkEnvironment(t *testing.T, variables []types.KeyValuePair, password any) {
	t.Helper()
	got := map[string]string{}
	for _, variable := range variables {
		name, value := aws.ToString(variable.Name), aws.ToString(variable.Value)
		if value == password {
			t.Fatalf("the plain variable %s is the password", name)
		}
		got[name] = value
	}
	want := map[string]string{
		"DB_HOST":        d.outputs["rds_cluster_endpoint"],
		"DB_READER_HOST": aws.ToString(d.database(t).ReaderEndpoint),
		"DB_PORT":        strconv.Itoa(d.cfg.Database.Port),
		"DB_NAME":        d.cfg.Database.Name,
		"DB_USER":        d.cfg.Database.Username,

		"DB_ROTATION": strconv.Itoa(d.cfg.Database.PasswordVersion),
	}
	if d.cfg.Service.Tracing {
		want["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4318"
		want["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf"
		want["OTEL_SERVICE_NAME"] = d.cfg.StackName()
		want["OTEL_METRICS_EXPORTER"], want["OTEL_LOGS_EXPORTER"] = "none", "none"
	}
	maps.Copy(want, d.cfg.Service.Environment)
	assert.Equal(t, want, got, "plain variables of %s", d.cfg.Name("task"))
}
