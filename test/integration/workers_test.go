package integration

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serviceOf is the service of a worker, or one beside the API.
func (d *deployment) serviceOf(t *testing.T, resource string) types.Service {
	t.Helper()
	name := d.cfg.PhysicalName(resource)
	found, err := d.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String(d.outputs["ecs_cluster_name"]), Services: []string{name}})
	require.NoError(t, err)
	return only(t, found.Services, name)
}

// imageOfFirst is what the first container of a task definition runs.
func (d *deployment) imageOfFirst(t *testing.T, definition *string) string {
	t.Helper()
	found, err := d.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: definition})
	require.NoError(t, err)
	return aws.ToString(found.TaskDefinition.ContainerDefinitions[0].Image)
}

// TestWorkers waits until each worker has completed its deployment with the API's image, and
// has as many tasks as it wants, within the range of its scaling.
func TestWorkers(t *testing.T) {
	d := deployed(t)
	for _, w := range d.cfg.Workers {
		d.expectBeside(t, w.Resource(), w.MinTasks, w.MaxTasks, func(service types.Service) string {
			require.Empty(t, service.LoadBalancers, w.Name)
			if image, api := d.imageOfFirst(t, service.TaskDefinition), d.imageOfFirst(t, d.service(t).TaskDefinition); image != api {
				return fmt.Sprintf("%s runs %s, and the API %s", w.Name, image, api)
			}
			return ""
		})
	}
}

// expectBeside waits until a service that is not the API's has completed its deployment, with
// as many tasks as it wants, within the range of its scaling, and nothing to complain about.
func (d *deployment) expectBeside(t *testing.T, resource string, fewest, most int, look func(types.Service) string) {
	t.Helper()
	id := "service/" + d.cfg.PhysicalName("cluster") + "/" + d.cfg.PhysicalName(resource)
	target := only(t, d.scalableTargets(t, scalingtypes.ServiceNamespaceEcs, id), "scalable target "+id)
	checkScaling(t, target)
	assert.Equal(t, fmt.Sprintf("%d to %d", fewest, most), fmt.Sprintf("%d to %d", aws.ToInt32(target.MinCapacity), aws.ToInt32(target.MaxCapacity)), "tasks of %s", id)
	d.settle(t, d.deploymentTime(), func() string {
		service := d.serviceOf(t, resource)
		if len(service.Deployments) != 1 || service.Deployments[0].RolloutState != types.DeploymentRolloutStateCompleted {
			return id + " has a deployment that is not completed"
		}
		if service.RunningCount < service.DesiredCount || int(service.DesiredCount) < fewest {
			return fmt.Sprintf("%d of %d tasks of %s run, and scaling wants %d at least", service.RunningCount, service.DesiredCount, id, fewest)
		}
		return look(service)
	})
}
