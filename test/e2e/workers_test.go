package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// withWorkers adds a worker of a queue, and one that is always there.
func withWorkers(c config.Config) config.Config {
	beat := config.DefaultWorker("beat", "", "celery", "beat")
	beat.MinTasks, beat.MaxTasks, beat.BacklogPerTask, beat.SpotPercent = 2, 2, 0, 0
	c.Queues = append(slices.Clone(c.Queues), testQueue("mail"))
	c.Workers = []config.Worker{config.DefaultWorker("mailer", "mail", "celery", "worker"), beat}
	return c
}

// checkWorkers has workers run next to the API, deploys an image that does not start, which
// moves nothing, and changes and removes workers. The life's stack has them, and is deployed.
func checkWorkers(t *testing.T, l *life, cfg config.Config) {
	t.Helper()
	l.checkDeployed(t)
	before := l.servicesOf(t)
	for _, name := range []string{"service", "worker-mailer", "worker-beat"} {
		require.Contains(t, before, l.cfg.PhysicalName(name))
	}
	assert.Equal(t, map[string]int{"backlog": 1, "start": 1, "stop": 1}, l.policies(t, "worker-mailer"))
	assert.Equal(t, map[string]int{"cpu": 1}, l.policies(t, "worker-beat"))

	broken := cfg
	broken.Registry.ImageTag = brokenTag
	l.replaceStack(t, broken)
	said := l.refused(t)
	assert.Contains(t, said, "ECS rolled the deployment back")
	assert.Contains(t, said, l.cfg.PhysicalName("worker-beat"))
	assert.Equal(t, before, l.servicesOf(t), "the API waits for its workers, which have gone back")

	// Always there, on spare capacity, and the other one gone: it alone is replaced.
	other := cfg
	other.Workers = slices.Clone(cfg.Workers[1:])
	other.Workers[0].SpotPercent, other.Workers[0].MaxTasks = 50, 3
	l.replaceStack(t, other)
	changes := l.plan(t, l.stackDir())
	assert.Equal(t, "replace", changes["aws_ecs_service.worker_beat"])
	for address, action := range changes {
		if action == "delete" {
			assert.Contains(t, address, "worker_mailer")
		}
	}
	l.apply(t, l.stackDir())
	l.unchanged(t)
	assert.NotContains(t, l.servicesOf(t), l.cfg.PhysicalName("worker-mailer"))

	// From always to at a message, and none at all.
	back := cfg
	back.Workers = slices.Clone(cfg.Workers)
	back.Workers[0].MinTasks, back.Workers[1].SpotPercent = 2, 0
	for i, next := range []config.Config{back, cfg, workerless(cfg)} {
		l.replaceStack(t, next)
		l.apply(t, l.stackDir())
		if i == 0 {
			assert.Equal(t, map[string]int{"backlog": 1}, l.policies(t, "worker-mailer"))
		}
	}
	l.unchanged(t)
	assert.Equal(t, []string{l.cfg.PhysicalName("service")}, slices.Collect(maps.Keys(l.servicesOf(t))))
}

// workerless has no worker.
func workerless(c config.Config) config.Config {
	c.Workers = nil
	return c
}

// servicesOf are the task definitions that the services of the cluster run, by their names.
func (l *life) servicesOf(t *testing.T) map[string]string {
	t.Helper()
	client, cluster := ecs.NewFromConfig(l.aws.Config()), l.cfg.PhysicalName("cluster")
	listed, err := client.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: &cluster})
	require.NoError(t, err)
	described, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: &cluster, Services: listed.ServiceArns})
	require.NoError(t, err)
	run := map[string]string{}
	for _, service := range described.Services {
		if *service.Status != "INACTIVE" {
			run[*service.ServiceName] = *service.TaskDefinition
		}
		assert.Equal(t, ecstypes.DeploymentRolloutStateCompleted, service.Deployments[0].RolloutState)
	}
	return run
}

// policies are those by which the worker scales.
func (l *life) policies(t *testing.T, worker string) map[string]int {
	t.Helper()
	resource := "service/" + l.cfg.PhysicalName("cluster") + "/" + l.cfg.PhysicalName(worker)
	found, err := scaling.NewFromConfig(l.aws.Config()).DescribeScalingPolicies(t.Context(), &scaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: &resource,
	})
	require.NoError(t, err)
	names := map[string]int{}
	for _, policy := range found.ScalingPolicies {
		name := strings.TrimPrefix(*policy.PolicyName, l.cfg.Name+"-"+worker+"-")
		names[strings.TrimSuffix(name, "-scaling-"+l.cfg.Suffix)]++
	}
	return names
}

// working takes workers alone through a life.
func (l *life) working(t *testing.T) {
	t.Helper()
	r := l.beginDeployed(t, "28. workers: an image that does not start, spare capacity, fewer, none")
	r.changes = l.unchanged(t)
	checkWorkers(t, l, l.cfg)
	l.endDestroyed(t, r)
}

// testQueue is a queue of that name.
func testQueue(name string) config.Queue {
	return config.Queue{Name: name, VisibilityTimeoutSeconds: 60, RetentionDays: 4, MaxReceives: 5, OldestMessageAlarmMinutes: 10}
}
