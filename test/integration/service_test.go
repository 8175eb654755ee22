package integration

import (
	"fmt"
	"slices"
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
	"flask-api/test/integration/live"
)

const (
	// tasksPerCall is the most that DescribeTasks takes.
	tasksPerCall = 100
	// valuesPerFilter is the most that a filter of EC2 takes.
	valuesPerFilter = 200
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
	name := d.cfg.PhysicalName("service")
	found, err := d.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{
		Cluster: aws.String(d.outputs["ecs_cluster_name"]), Services: []string{name},
	})
	require.NoError(t, err)
	return only(t, found.Services, name)
}

// deploymentTime is how long a deployment may take, which AWS ends then.
func (d *deployment) deploymentTime() time.Duration {
	return time.Duration(d.cfg.Service.DeploymentTimeoutMinutes) * time.Minute
}

// taskDefinition returns what the service runs, which with images of a pipeline need not
// be the newest revision.
func (d *deployment) taskDefinition(t *testing.T) *types.TaskDefinition {
	t.Helper()
	found, err := d.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: d.service(t).TaskDefinition})
	require.NoError(t, err)
	return found.TaskDefinition
}

func TestCluster(t *testing.T) {
	d := deployed(t)
	cluster := d.cluster(t)
	assert.Equal(t, "ACTIVE", aws.ToString(cluster.Status), "status of %s", aws.ToString(cluster.ClusterName))
}

// TestService waits until the only deployment of the service is completed and as many tasks
// run as scaling wants at least. With alarms that roll back AWS watches them for some
// minutes after the tasks are healthy.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
func TestService(t *testing.T) {
	d := deployed(t)
	d.settle(t, d.deploymentTime(), func() string {
		service := d.service(t)
		name := aws.ToString(service.ServiceName)
		require.Equal(t, "ACTIVE", aws.ToString(service.Status), "status of %s", name)
		for _, deployment := range service.Deployments {
			require.NotEqual(t, types.DeploymentRolloutStateFailed, deployment.RolloutState,
				"deployment %s: %s", aws.ToString(deployment.Id), aws.ToString(deployment.RolloutStateReason))
		}
		if len(service.Deployments) != 1 || service.Deployments[0].RolloutState != types.DeploymentRolloutStateCompleted {
			return fmt.Sprintf("%s has deployments that are not completed: %v", name, live.Values(service.Deployments, func(d types.Deployment) string {
				return fmt.Sprintf("%s %s %s", aws.ToString(d.Id), aws.ToString(d.Status), d.RolloutState)
			}))
		}
		if fewest := d.fewestTasks(t); int(service.RunningCount) < fewest {
			return fmt.Sprintf("%d tasks of %s run, and scaling wants %d at least", service.RunningCount, name, fewest)
		}
		return ""
	})
}

// TestTasks waits until as many tasks as scaling wants at least run and are healthy. They
// are in the private subnets, without a public address.
func TestTasks(t *testing.T) {
	d := deployed(t)
	if d.excused != "" {
		t.Skip(d.excused)
	}
	private := d.privateSubnetIDs(t)
	d.settle(t, d.deploymentTime(), func() string {
		running := d.runningTasks(t)
		healthy := slices.DeleteFunc(slices.Clone(running), d.unhealthy)
		if fewest := d.fewestTasks(t); len(healthy) < fewest {
			return fmt.Sprintf("%d tasks of %s are healthy, and scaling wants %d at least: %v",
				len(healthy), d.cfg.PhysicalName("service"), fewest, live.Values(running, taskState))
		}
		if i := slices.IndexFunc(running, func(task types.Task) bool { return task.HealthStatus == types.HealthStatusUnhealthy }); i >= 0 {
			return taskState(running[i])
		}
		return d.checkInterfaces(t, running, private)
	})
}

// runningTasks are those that run and are to go on. One that was listed may be gone by the
// time that it is described.
func (d *deployment) runningTasks(t *testing.T) []types.Task {
	t.Helper()
	cluster := aws.String(d.outputs["ecs_cluster_name"])
	arns := collect(t, ecs.NewListTasksPaginator(d.ecs, &ecs.ListTasksInput{
		Cluster: cluster, ServiceName: aws.String(d.cfg.PhysicalName("service")), DesiredStatus: types.DesiredStatusRunning,
	}), func(page *ecs.ListTasksOutput) []string { return page.TaskArns })
	var running []types.Task
	for chunk := range slices.Chunk(arns, tasksPerCall) {
		found, err := d.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: cluster, Tasks: chunk})
		require.NoError(t, err)
		for _, task := range found.Tasks {
			if aws.ToString(task.LastStatus) == "RUNNING" && aws.ToString(task.DesiredStatus) == "RUNNING" {
				running = append(running, task)
			}
		}
	}
	return running
}

// unhealthy tells whether the task's own health check fails or has not passed yet. Without
// one its health is not known.
func (d *deployment) unhealthy(task types.Task) bool {
	return task.HealthStatus == types.HealthStatusUnhealthy || d.cfg.Service.ContainerHealthCheck && task.HealthStatus != types.HealthStatusHealthy
}

func taskState(task types.Task) string {
	return fmt.Sprintf("%s is %s and %s", aws.ToString(task.TaskArn), aws.ToString(task.LastStatus), task.HealthStatus)
}

// checkInterfaces wants those of the tasks to be in the subnets. That of a task which has
// ended meanwhile is gone, which is only a reason to look again.
func (d *deployment) checkInterfaces(t *testing.T, tasks []types.Task, subnets []string) string {
	t.Helper()
	ids := live.Values(tasks, networkInterfaceID)
	var cards []ec2types.NetworkInterface
	for chunk := range slices.Chunk(ids, valuesPerFilter) {
		cards = append(cards, collect(t, ec2.NewDescribeNetworkInterfacesPaginator(d.ec2, &ec2.DescribeNetworkInterfacesInput{
			Filters: []ec2types.Filter{filter("network-interface-id", chunk...)},
		}), func(page *ec2.DescribeNetworkInterfacesOutput) []ec2types.NetworkInterface {
			return page.NetworkInterfaces
		})...)
	}
	for _, card := range cards {
		id := aws.ToString(card.NetworkInterfaceId)
		require.Contains(t, subnets, aws.ToString(card.SubnetId), "subnet of the task's %s", id)
		if card.Association != nil {
			require.Empty(t, aws.ToString(card.Association.PublicIp), "public address of the task's %s", id)
		}
	}
	if len(cards) < len(ids) {
		return fmt.Sprintf("of the network interfaces %v only %d are there", ids, len(cards))
	}
	return ""
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

// TestTaskDefinition wants what the service runs to get the password as a secret, and in no
// plain variable. It prints no value.
func TestTaskDefinition(t *testing.T) {
	d := deployed(t)
	task, password := d.taskDefinition(t), d.secret(t).values["password"]
	i := slices.IndexFunc(task.ContainerDefinitions, func(c types.ContainerDefinition) bool { return aws.ToString(c.Name) == d.cfg.Name })
	require.GreaterOrEqual(t, i, 0, "%s has no container %s", aws.ToString(task.TaskDefinitionArn), d.cfg.Name)
	if d.cfg.Database.Authentication == config.AuthenticationPassword {
		assert.Contains(t, live.Values(task.ContainerDefinitions[i].Secrets, func(s types.Secret) string { return aws.ToString(s.Name) }), "DB_PASSWORD", "secrets of %s", d.cfg.Name)
	}
	for _, container := range task.ContainerDefinitions {
		for _, variable := range container.Environment {
			if aws.ToString(variable.Value) == password {
				t.Errorf("the plain variable %s of %s is the password", aws.ToString(variable.Name), aws.ToString(container.Name))
			}
		}
	}
}
