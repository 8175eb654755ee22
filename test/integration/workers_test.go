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

	"flask-api/config"
)

// worker is the worker's service.
func (d *deployment) worker(t *testing.T, w config.Worker) types.Service {
	t.Helper()
	name := d.cfg.PhysicalName(w.Resource())
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
		id := "service/" + d.cfg.PhysicalName("cluster") + "/" + d.cfg.PhysicalName(w.Resource())
		target := only(t, d.scalableTargets(t, scalingtypes.ServiceNamespaceEcs, id), "scalable target "+id)
		checkScaling(t, target)
		assert.Equal(t, fmt.Sprintf("%d to %d", w.MinTasks, w.MaxTasks), fmt.Sprintf("%d to %d", aws.ToInt32(target.MinCapacity), aws.ToInt32(target.MaxCapacity)), "tasks of %s", id)
		d.settle(t, d.deploymentTime(), func() string {
			service := d.worker(t, w)
			require.Empty(t, service.LoadBalancers, id)
			if len(service.Deployments) != 1 || service.Deployments[0].RolloutState != types.DeploymentRolloutStateCompleted {
				return id + " has a deployment that is not completed"
			}
			if service.RunningCount < service.DesiredCount || int(service.DesiredCount) < w.MinTasks {
				return fmt.Sprintf("%d of %d tasks of %s run, and scaling wants %d at least", service.RunningCount, service.DesiredCount, id, w.MinTasks)
			}
			if image, api := d.imageOfFirst(t, service.TaskDefinition), d.imageOfFirst(t, d.service(t).TaskDefinition); image != api {
				return fmt.Sprintf("%s runs %s, and the API %s", id, image, api)
			}
			return ""
		})
	}
}
