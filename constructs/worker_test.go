package constructs_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/options"
	"flask-api/test/stacktest"
)

// worked has two workers: one of a queue, and one that is always there.
func worked() config.Config {
	c := stacktest.Guarded()
	c.Suffix, c.Queues = "worked", []config.Queue{testQueue("mail")}
	c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 0, 0
	c.Service.Environment, c.Service.Secrets = map[string]string{"LOG_LEVEL": "info"}, map[string]string{"TOKEN": options.Example().SecretARN}
	beat := config.DefaultWorker("beat", "", "celery", "beat")
	beat.MinTasks, beat.BacklogPerTask, beat.SpotPercent, beat.HealthCheckCommand = 2, 0, 0, nil
	c.Workers = []config.Worker{config.DefaultWorker("mail-sender", "mail", "celery", "worker"), beat}
	return c
}

// piped is one whose images a pipeline deploys.
func piped() config.Config {
	c := config.Defaults("piped")
	c.Queues, c.Workers = []config.Queue{testQueue("mail")}, []config.Worker{config.DefaultWorker("mailer", "mail", "celery", "worker")}
	c.Workers[0].MinTasks, c.Workers[0].SpotPercent, c.Service.ExecuteCommand = 2, 50, true
	c.Deployment.Images, c.Deployment.GitHubRepository = config.ImagesExternal, "example/api"
	return c
}

// fewer is without the first worker of the same.
func fewer() config.Config {
	c := worked()
	c.Suffix, c.Workers = "fewer", c.Workers[1:]
	return c
}

var workerStacks = sync.OnceValue(func() map[string][]byte { return synthesise(worked(), piped(), fewer()) })

func workerStack(t *testing.T, env config.Config) stack {
	t.Helper()
	require.NoError(t, env.Validate())
	return stacktest.Decode(t, env, workerStacks()[env.Suffix])
}

// TestWorkers have what the API has, but for their command, their size, their role and the
// load balancer.
func TestWorkers(t *testing.T) {
	s := workerStack(t, worked())
	services, tasks := s.Resources["aws_ecs_service"], s.Resources["aws_ecs_task_definition"]
	api, worker, beat := services["service"], services["worker_mail_sender"], services["worker_beat"]
	for _, same := range []string{"cluster", "network_configuration", "deployment_circuit_breaker", "wait_for_steady_state", "timeouts"} {
		assert.Equal(t, api[same], worker[same], same)
	}
	for _, none := range []string{"load_balancer", "health_check_grace_period_seconds", "launch_type", "alarms"} {
		assert.Nil(t, worker[none], none)
	}
	assert.Equal(t, []any{attributes{"capacity_provider": "FARGATE_SPOT", "weight": 100.0}}, worker["capacity_provider_strategy"])
	assert.Equal(t, "FARGATE", beat["launch_type"])
	assert.Equal(t, []any{1.0, 2.0}, []any{worker["desired_count"], beat["desired_count"]}, "the first deployment shows whether the command starts")
	assert.Contains(t, fmt.Sprint(worker["lifecycle"]), "${self.task_definition == aws_ecs_task_definition.worker_mail_sender_task_definition.arn}")

	// The release comes first, then the workers, then the API.
	assert.Contains(t, worker["depends_on"], "aws_lambda_invocation.release_invocation")
	assert.NotContains(t, worker["depends_on"], "aws_ecs_service.service")
	assert.Subset(t, api["depends_on"], []any{"aws_ecs_service.worker_mail_sender", "aws_ecs_service.worker_beat"})

	task := tasks["worker_mail_sender_task_definition"]
	assert.Equal(t, []any{"512", "1024"}, []any{task["cpu"], task["memory"]})
	assert.Equal(t, s.Task()["execution_role_arn"], task["execution_role_arn"])
	assert.Equal(t, "${aws_iam_role.worker_mail_sender_role.arn}", task["task_role_arn"])
	assert.Equal(t, s.Task()["volume"], task["volume"])
	container, own := task["container_definitions"].([]any)[0].(attributes), s.Container()
	for _, same := range []string{"image", "secrets", "mountPoints", "readonlyRootFilesystem", "dependsOn", "linuxParameters", "user"} {
		assert.Equal(t, own[same], container[same], same)
	}
	assert.Equal(t, "${local.worker_mail_sender_command}", container["command"])
	assert.Contains(t, string(workerStacks()["worked"]), `\"[\\\"celery\\\",\\\"worker\\\"]\"`, "unless the image is the placeholder")
	assert.Empty(t, container["portMappings"])
	assert.Equal(t, attributes{"command": []any{"CMD", "python3", "-c", "pass"}, "interval": 30.0, "timeout": 10.0, "retries": 4.0}, container["healthCheck"])
	assert.Nil(t, tasks["worker_beat_task_definition"]["container_definitions"].([]any)[0].(attributes)["healthCheck"], "its image may have no Python")
	assert.InDelta(t, 120, container["stopTimeout"], 0)
	assert.Contains(t, container["environment"], attributes{"name": "LOG_LEVEL", "value": "info"})
	assert.Contains(t, container["environment"], attributes{"name": "OTEL_SERVICE_NAME", "value": "flask-api-worker-mail-sender-worked"})
	assert.Contains(t, own["environment"], attributes{"name": "OTEL_SERVICE_NAME", "value": "flask-api-worked"})
	assert.Len(t, task["container_definitions"], len(s.Task()["container_definitions"].([]any)), "what is next to it")
}

// TestWorkerRoles has each worker do what the API may, and receive from its own queue alone.
func TestWorkerRoles(t *testing.T) {
	s := workerStack(t, worked())
	policies := s.Resources["aws_iam_role_policy"]
	consumes := func(role string) (n int) {
		for _, policy := range policies {
			if policy["role"] == "${aws_iam_role."+role+".name}" && strings.Contains(fmt.Sprint(policy["policy"]), "sqs:ReceiveMessage") {
				n++
			}
		}
		return n
	}
	assert.Equal(t, []int{0, 1, 0}, []int{consumes("task_role"), consumes("worker_mail_sender_role"), consumes("worker_beat_role")})
	copied := 0
	for name, policy := range policies {
		if id, ofAPI := strings.CutPrefix(name, "task_role_"); ofAPI {
			copied++
			assert.Equal(t, policy["policy"], policies["worker_beat_role_"+id]["policy"], id)
		}
	}
	assert.Positive(t, copied)
}

// TestWorkerRemoved takes the one worker away and leaves all addresses of the other one.
func TestWorkerRemoved(t *testing.T) {
	both, one := workerStack(t, worked()).Addresses(), workerStack(t, fewer()).Addresses()
	for _, address := range both {
		if !slices.Contains(one, address) && address != "aws_ecs_cluster_capacity_providers.service_capacity_providers" {
			assert.Contains(t, address, "worker_mail_sender")
		}
	}
	assert.Subset(t, both, one)
	assert.Less(t, len(one), len(both)-10)
}

// TestWorkerOfPipeline tells the pipeline the command, which the placeholder does not have.
func TestWorkerOfPipeline(t *testing.T) {
	s := workerStack(t, piped())
	container := s.Resources["aws_ecs_task_definition"]["worker_mailer_task_definition"]["container_definitions"].([]any)[0].(attributes)
	assert.Equal(t, attributes{"command": []any{"celery", "worker"}}, container["dockerLabels"])
	assert.Equal(t, s.Container()["command"], container["command"], "the placeholder's")
	assert.Nil(t, s.Container()["dockerLabels"])
	assert.Equal(t, s.Container()["linuxParameters"], container["linuxParameters"])
	assert.Equal(t, true, s.Resources["aws_ecs_service"]["worker_mailer"]["enable_execute_command"], "as in the API's tasks")
	assert.Contains(t, fmt.Sprint(s.Resources["aws_ecs_service"]["worker_mailer"]["lifecycle"]), "task_definition")
	assert.Equal(t, s.Resources["aws_ecs_service"]["service"]["triggers"], s.Resources["aws_ecs_service"]["worker_mailer"]["triggers"], "a rotation starts tasks anew")
	assert.Len(t, s.Resources["aws_ecs_service"]["worker_mailer"]["capacity_provider_strategy"], 2)
	deploys := fmt.Sprint(s.Resources["aws_iam_role_policy"]["deploy_role_deploy_service"]["policy"])
	for _, named := range []string{"${aws_ecs_service.worker_mailer.id}", "${aws_iam_role.worker_mailer_role.arn}", "task-definition/flask-api-worker-mailer-piped:*"} {
		assert.Contains(t, deploys, named)
	}
	assert.NotEmpty(t, s.Resources["aws_appautoscaling_policy"])
	for name := range s.Resources["aws_appautoscaling_policy"] {
		assert.NotContains(t, name, "worker_mailer_autoscaling_st", "two tasks are there always")
	}
}

// scaled is a worker's service, as autoscaling sees it minute by minute.
type scaled struct {
	stack             stack
	desired, running  int
	visible, inFlight float64
	above, below      int // minutes in which the tracked value was beyond the target
	breached          map[string]int
}

// value is that of an expression of what autoscaling looks at. Nothing is measured of no task.
func (s *scaled) value(t *testing.T, expression any) float64 {
	t.Helper()
	switch expression {
	case "visible + FILL(in_flight, 0)":
		return s.visible + s.inFlight
	case "IF(backlog > 0, backlog, 1) / running":
		if s.running == 0 {
			return noData
		}
		return max(s.visible+s.inFlight, 1) / float64(s.running)
	case "IF(FILL(running, 0) > 0, 0, visible)":
		if s.running > 0 {
			return 0
		}
		return s.visible
	}
	require.Fail(t, "unknown expression", "%v", expression)
	return noData
}

// minute has autoscaling look once: by steps, as their alarms say, and by tracking, which acts
// after three minutes above the target, and after fifteen a tenth below it.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
func (s *scaled) minute(t *testing.T) {
	t.Helper()
	const id = "worker_mail_sender_autoscaling_"
	for _, name := range []string{"start", "stop"} {
		alarm := s.stack.Resources["aws_cloudwatch_metric_alarm"][id+name+"_alarm"]
		step := s.stack.Resources["aws_appautoscaling_policy"][id+name+"_policy"]["step_scaling_policy_configuration"].(attributes)
		value := s.value(t, alarm["metric_query"].([]any)[0].(attributes)["expression"])
		breaches := map[any]bool{"GreaterThanThreshold": value > 0, "LessThanOrEqualToThreshold": value <= 0}[alarm["comparison_operator"]]
		if s.breached[name]++; !breaches {
			s.breached[name] = 0
		}
		if float64(s.breached[name]) < alarm["evaluation_periods"].(float64) {
			continue
		}
		by := int(step["step_adjustment"].([]any)[0].(attributes)["scaling_adjustment"].(float64))
		switch {
		case step["adjustment_type"] == "ExactCapacity":
			s.desired = by
		case s.desired == 0: // Otherwise one has been added within the cooldown.
			s.desired += by
		}
	}
	tracking := s.stack.Resources["aws_appautoscaling_policy"][id+"backlog_policy"]["target_tracking_scaling_policy_configuration"].(attributes)
	value := s.value(t, tracking["customized_metric_specification"].(attributes)["metrics"].([]any)[1].(attributes)["expression"])
	target := tracking["target_value"].(float64)
	s.above, s.below = counted(s.above, value > target), counted(s.below, value < 0.9*target)
	if s.above >= 3 || s.below >= 15 {
		most := s.stack.Resources["aws_appautoscaling_target"][id+"target"]["max_capacity"].(float64)
		s.desired, s.above, s.below = int(min(most, math.Ceil(float64(s.running)*value/target))), 0, 0
	}
	s.running = s.desired
}

func counted(n int, so bool) int {
	if !so {
		return 0
	}
	return n + 1
}

// TestWorkerScales starts the first task at the first message, more by the backlog, and ends
// the last one when nothing waits and nothing is worked on, and never before.
func TestWorkerScales(t *testing.T) {
	s := scaled{stack: workerStack(t, worked()), desired: 1, running: 1, breached: map[string]int{}}
	pass := func(minutes int) {
		for range minutes {
			s.minute(t)
		}
	}
	pass(30)
	assert.Zero(t, s.running, "nothing to do")
	s.visible = 1
	pass(2)
	assert.Equal(t, 1, s.running, "the first message")
	pass(60)
	assert.Equal(t, 1, s.running, "one message takes one task")
	s.visible = 35
	pass(5)
	assert.Equal(t, 4, s.running, "ten messages for each task")
	s.visible = 1000
	pass(5)
	assert.Equal(t, 4, s.running, "as many as there may be")
	s.visible, s.inFlight = 0, 35
	pass(120)
	assert.Equal(t, 4, s.running, "all are worked on")
	s.inFlight = 1
	pass(120)
	assert.Equal(t, 1, s.running, "a long one")
	s.inFlight = 0
	pass(9)
	assert.Equal(t, 1, s.running)
	pass(5)
	assert.Zero(t, s.running)
	pass(60)
	assert.Zero(t, s.running)
}

// TestWorkerAlarms has too few tasks of what is always there, and none while messages wait
// of what is not.
func TestWorkerAlarms(t *testing.T) {
	alarms := workerStack(t, worked()).Resources["aws_cloudwatch_metric_alarm"]
	assert.InDelta(t, 2, alarms["alarms_worker_beat_running_tasks"]["threshold"], 0)
	unserved := alarms["alarms_worker_mail_sender_running_tasks"]
	text, err := json.Marshal(unserved["metric_query"])
	require.NoError(t, err)
	for _, part := range []string{"IF(FILL(wanted, 0) \\u003e 0, 0, measured)", "ApproximateNumberOfMessagesVisible", "RunningTaskCount"} {
		assert.Contains(t, string(text), part)
	}
	assert.Equal(t, []any{0.0, "GreaterThanThreshold", 10.0}, []any{unserved["threshold"], unserved["comparison_operator"], unserved["evaluation_periods"]})
	for _, use := range []string{"cpu", "memory"} {
		assert.Contains(t, alarms["alarms_worker_beat_"+use]["alarm_description"], "the MaxTasks of the worker beat")
	}
}

// testQueue is a queue of that name.
func testQueue(name string) config.Queue {
	return config.Queue{Name: name, VisibilityTimeoutSeconds: 60, RetentionDays: 4, MaxReceives: 5, OldestMessageAlarmMinutes: 10}
}
