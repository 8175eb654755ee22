package constructs_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/constructs"
	"flask-api/test/stacktest"
)

// serviceInvariants are about service.go.
var serviceInvariants = []invariant{
	{
		sentence: "tasks run in the private subnets",
		violations: func(s stack) []string {
			var v violations
			network := s.One("aws_ecs_service")["network_configuration"].(attributes)
			v.unless(onlyPrivate(network["subnets"]), "subnets are %v", network["subnets"])
			return v
		},
		broken: func(s *stack) {
			s.One("aws_ecs_service")["network_configuration"].(attributes)["subnets"] = nil
		},
	},
	always("containers have their own network and see no other processes",
		"CKV_AWS_332, CKV_AWS_335; FSBP ECS.3, ECS.17", "aws_ecs_task_definition",
		attributes{"network_mode": "awsvpc", "pid_mode": nil, "ipc_mode": nil}),
	{
		sentence: "Container Insights watches the cluster",
		controls: "CKV_AWS_65; FSBP ECS.12",
		violations: func(s stack) []string {
			var v violations
			setting := fmt.Sprint(s.One("aws_ecs_cluster")["setting"])
			v.unless(setting == "[map[name:containerInsights value:enabled]]", "settings are %s", setting)
			return v
		},
		broken: set("aws_ecs_cluster", "setting", nil),
	},
	{
		sentence: "a deployment keeps all tasks running, and one that was rolled back fails the apply",
		violations: func(s stack) []string {
			var v violations
			v.want(s, "aws_ecs_service", attributes{
				"deployment_minimum_healthy_percent": 100.0,
				"deployment_maximum_percent":         200.0,
				"availability_zone_rebalancing":      "ENABLED",
				"wait_for_steady_state":              true,
			})
			service := s.One("aws_ecs_service")
			lifecycle := fmt.Sprint(service["lifecycle"])
			ignored := "desired_count"
			if service["alarms"] == nil {
				ignored += " alarms"
			}
			if s.Config.Deployment.Images == config.ImagesExternal {
				v.unless(lifecycle == "map[ignore_changes:["+ignored+" task_definition]]", "an apply takes back what a pipeline deployed: %s", lifecycle)
				return v
			}
			v.unless(strings.Contains(lifecycle, "${self.task_definition == aws_ecs_task_definition.service_task_definition.arn}"), "nothing checks what runs: %s", lifecycle)
			v.unless(strings.Contains(lifecycle, "ignore_changes:["+ignored+"]"), "an apply resets the number of tasks, or takes alarms away: %s", lifecycle)
			return v
		},
		broken: set("aws_ecs_service", "wait_for_steady_state", false),
	},
}

// TestAnotherService adds a service without a load balancer to the cluster: no resource
// that exists changes, and the service has what it was given.
func TestAnotherService(t *testing.T) {
	env := stacktest.Default()
	dir := t.TempDir()
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: &dir, StackTraces: jsii.Bool(false), SkipValidation: jsii.Bool(true)})
	s := constructs.NewStack(app, env)
	role := func(id, name string) *constructs.Role {
		return constructs.NewRole(s, id, constructs.RoleProps{Env: s.Env, Service: "ecs-tasks", Name: name, Description: "Of the worker"})
	}
	worker := constructs.NewService(s, "worker", constructs.ServiceProps{
		Env: s.Env, Settings: env.Service, Images: env.Deployment.Images, DesiredTasks: 1,
		Name: "worker", TaskName: "worker-task", ContainerName: "worker", Image: constructs.Image{URI: "example.com/worker:v1"},
		Cluster: s.Cluster, Networking: s.Networking,
		SecurityGroup: constructs.NewSecurityGroup(s, "worker_sg", constructs.SecurityGroupProps{
			Env: s.Env, Networking: s.Networking, Name: "worker-sg", Members: "the worker",
		}),
		LogGroup: constructs.NewLogGroup(s, "worker_logs", constructs.LogGroupProps{
			Env: s.Env, Key: constructs.AWSManagedKeys(), Path: "/ecs/worker/", RetentionDays: 7,
		}),
		ExecutionRole: role("worker_execution_role", "worker-execution-role"),
		TaskRole:      role("worker_task_role", "worker-task-role"),
	})
	constructs.NewAutoscaling(s, "worker_autoscaling", constructs.AutoscalingProps{Env: s.Env, Settings: env.Scaling, Service: worker})
	s.Database.GrantConnect(worker)
	worker.Grant("send_traces", constructs.Statement{Sid: "SendTraces", Action: []string{"xray:PutTraceSegments"}, Resource: []string{"*"}})
	app.Synth()
	text, err := os.ReadFile(filepath.Join(dir, "stacks", env.StackName(), "cdk.tf.json")) //nolint:gosec // What was just written.
	require.NoError(t, err)

	before, after := load(t, env), stacktest.Decode(t, env, text)
	for kind, resources := range before.Resources {
		for name, resource := range resources {
			assert.Equal(t, resource, after.Resources[kind][name], "%s.%s", kind, name)
		}
	}
	service := after.Resources["aws_ecs_service"]["worker"]
	assert.NotContains(t, service, "load_balancer")
	assert.NotContains(t, service, "health_check_grace_period_seconds")
	assert.Equal(t, "${aws_ecs_cluster.service_cluster.arn}", service["cluster"])
	assert.Contains(t, after.Resources["aws_appautoscaling_target"], "worker_autoscaling_target")
	needs := fmt.Sprint(service["depends_on"])
	for _, need := range []string{"aws_rds_cluster_instance.database_writer", "aws_iam_role_policy.worker_task_role_send_traces"} {
		assert.Contains(t, needs, need)
	}
	container := after.Resources["aws_ecs_task_definition"]["worker_task_definition"]["container_definitions"].([]any)[0].(attributes)
	assert.Equal(t, []any{}, container["portMappings"])
	assert.Len(t, container["environment"], 4)
	rules := maps.Clone(after.Resources["aws_vpc_security_group_ingress_rule"])
	maps.DeleteFunc(rules, func(name string, _ attributes) bool {
		return before.Resources["aws_vpc_security_group_ingress_rule"][name] != nil
	})
	assert.Len(t, rules, 1)
	assert.Equal(t, "${aws_security_group.worker_sg.id}", rules["rds_sg_from_worker_sg_5432"]["referenced_security_group_id"])
}
