package integration

import (
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	containerName    = "flask-api"
	placeholderImage = "public.ecr.aws/docker/library/python:3.12-slim"
	// tasksPerCall is the most that DescribeTasks takes.
	tasksPerCall = 100
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
	service := d.service(t)
	name := aws.ToString(service.ServiceName)
	assert.Equal(t, "ACTIVE", aws.ToString(service.Status), "status of %s", name)
	assert.Equal(t, types.LaunchTypeFargate, service.LaunchType, "launch type of %s", name)
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
	deployment := only(t, service.Deployments, "deployment of "+name)
	assert.Equal(t, types.DeploymentRolloutStateCompleted, deployment.RolloutState, "deployment %s of %s", aws.ToString(deployment.Id), name)
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

	container := only(t, task.ContainerDefinitions, "container of "+arn)
	assert.Equal(t, containerName, aws.ToString(container.Name), "container of %s", arn)
	image := placeholderImage
	if tag := d.cfg.Registry.ImageTag; tag != "" {
		image = d.outputs["ecr_repository_uri"] + ":" + tag
	}
	assert.Equal(t, image, aws.ToString(container.Image), "image of %s", arn)
	mapping := only(t, container.PortMappings, "port of "+arn)
	assert.EqualValues(t, d.cfg.Service.ContainerPort, aws.ToInt32(mapping.ContainerPort), "port of %s", arn)

	require.NotNil(t, container.LogConfiguration, "logs of %s", arn)
	assert.Equal(t, types.LogDriverAwslogs, container.LogConfiguration.LogDriver, "log driver of %s", arn)
	assert.Equal(t, d.cfg.Region, container.LogConfiguration.Options["awslogs-region"], "log region of %s", arn)
	assert.Equal(t, "/ecs/"+d.cfg.StackName(), container.LogConfiguration.Options["awslogs-group"], "log group of %s", arn)

	secret := d.secret(t)
	assert.Equal(t, []types.Secret{{
		Name: aws.String("DB_PASSWORD"), ValueFrom: aws.String(secret.arn + ":password::" + secret.version),
	}}, container.Secrets, "secrets of %s", arn)
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
	assert.Equal(t, map[string]string{
		"DB_HOST":        d.outputs["rds_cluster_endpoint"],
		"DB_READER_HOST": aws.ToString(d.database(t).ReaderEndpoint),
		"DB_PORT":        strconv.Itoa(d.cfg.Database.Port),
		"DB_NAME":        d.cfg.Database.Name,
		"DB_USER":        d.cfg.Database.Username,
	}, got, "plain variables of %s", d.cfg.Name("task"))
}

func (d *deployment) scalableTarget(t *testing.T) scaling.ScalableTarget {
	t.Helper()
	id := d.scaledService()
	return only(t, collect(t, applicationautoscaling.NewDescribeScalableTargetsPaginator(d.autoscaling, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ResourceIds: []string{id},
	}), func(page *applicationautoscaling.DescribeScalableTargetsOutput) []scaling.ScalableTarget {
		return page.ScalableTargets
	}),
		"scalable target "+id)
}

// scaledService is the service as Application Auto Scaling names it.
func (d *deployment) scaledService() string {
	return "service/" + d.cfg.Name("cluster") + "/" + d.cfg.Name("service")
}

func TestAutoscaling(t *testing.T) {
	d := deployed(t)
	want, id := d.cfg.Scaling, d.scaledService()
	target := d.scalableTarget(t)
	assert.Equal(t, scaling.ScalableDimensionECSServiceDesiredCount, target.ScalableDimension, "dimension of %s", id)
	assert.EqualValues(t, want.MinTasks, aws.ToInt32(target.MinCapacity), "fewest tasks of %s", id)
	assert.EqualValues(t, want.MaxTasks, aws.ToInt32(target.MaxCapacity), "most tasks of %s", id)

	policy := only(t, collect(t, applicationautoscaling.NewDescribeScalingPoliciesPaginator(d.autoscaling, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ResourceId: &id,
	}), func(page *applicationautoscaling.DescribeScalingPoliciesOutput) []scaling.ScalingPolicy {
		return page.ScalingPolicies
	}),
		"scaling policy of "+id)
	name := aws.ToString(policy.PolicyName)
	assert.Equal(t, d.cfg.Name("cpu-scaling"), name, "scaling policy of %s", id)
	assert.Equal(t, scaling.PolicyTypeTargetTrackingScaling, policy.PolicyType, "type of %s", name)
	tracking := policy.TargetTrackingScalingPolicyConfiguration
	require.NotNil(t, tracking, "what %s tracks", name)
	require.NotNil(t, tracking.PredefinedMetricSpecification, "metric of %s", name)
	assert.Equal(t, scaling.MetricTypeECSServiceAverageCPUUtilization, tracking.PredefinedMetricSpecification.PredefinedMetricType, "metric of %s", name)
	assert.InDelta(t, want.CPUTargetPercent, aws.ToFloat64(tracking.TargetValue), 0, "target of %s", name)
	assert.EqualValues(t, want.ScaleInCooldownSeconds, aws.ToInt32(tracking.ScaleInCooldown), "pause of %s after removing tasks", name)
	assert.EqualValues(t, want.ScaleOutCooldownSeconds, aws.ToInt32(tracking.ScaleOutCooldown), "pause of %s after adding tasks", name)
}
