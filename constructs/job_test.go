package constructs_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// statesOf are the states of a job's state machine.
func statesOf(s stack, job string) (first string, states attributes) {
	definition := s.Resources["aws_sfn_state_machine"]["job_"+job+"_machine"]["definition"].(attributes)
	return definition["StartAt"].(string), definition["States"].(attributes)
}

// next are the states that may follow.
func next(state attributes) (names []string) {
	add := func(from any) {
		for _, key := range []string{"Next", "Default"} {
			if name, ok := from.(attributes)[key].(string); ok {
				names = append(names, name)
			}
		}
	}
	add(state)
	for _, key := range []string{"Choices", "Catch"} {
		if list, ok := state[key].([]any); ok {
			for _, one := range list {
				add(one)
			}
		}
	}
	return names
}

// TestJobsAreReached wants every state to be there that another one leads to, and every one
// that is there to be reached.
func TestJobsAreReached(t *testing.T) {
	s := load(t, stacktest.Chosen())
	for _, job := range []string{"nightly", "hourly_sync"} {
		first, states := statesOf(s, job)
		reached, queue := map[string]bool{}, []string{first}
		for len(queue) > 0 {
			name := queue[0]
			queue = queue[1:]
			assert.Contains(t, states, name, job)
			if !reached[name] {
				reached[name] = true
				queue = append(queue, next(states[name].(attributes))...)
			}
		}
		assert.ElementsMatch(t, slices.Collect(maps.Keys(states)), slices.Collect(maps.Keys(reached)), job)
	}
}

// TestJobRunsAsTheService runs what the service runs, where it does and as the same roles,
// with the job's own command, size and limits.
func TestJobRunsAsTheService(t *testing.T) {
	s := load(t, stacktest.Chosen())
	service := s.One("aws_ecs_service")
	_, nightly := statesOf(s, "nightly")
	run := nightly["Run"].(attributes)
	parameters := run["Parameters"].(attributes)
	network := service["network_configuration"].(attributes)
	inside := parameters["NetworkConfiguration"].(attributes)["AwsvpcConfiguration"].(attributes)
	assert.Equal(t, network["subnets"], inside["Subnets"])
	assert.Equal(t, network["security_groups"], inside["SecurityGroups"])
	assert.Equal(t, "DISABLED", inside["AssignPublicIp"])
	assert.Equal(t, "$.definition.task", parameters["TaskDefinition.$"], "what the service runs at the time, and no revision of Terraform's")
	assert.Equal(t, attributes{
		"Cpu": "512", "Memory": "1024",
		"ContainerOverrides": []any{attributes{"Name": s.Container()["name"], "Command": []any{"flask", "report"}}},
	}, parameters["Overrides"])
	assert.InDelta(t, 3600, run["TimeoutSeconds"], 0)
	_, hourly := statesOf(s, "hourly_sync")
	room := attributes{"left": 5.0, "seconds": 30.0}
	assert.Equal(t, attributes{"tries": attributes{"left": 2.0, "seconds": 60.0}, "room": room}, nightly["Begin"].(attributes)["Result"])
	assert.Equal(t, attributes{"tries": attributes{"left": 0.0, "seconds": 60.0}, "room": room}, hourly["Begin"].(attributes)["Result"])
	assert.NotContains(t, hourly, "Overlap")
	assert.Contains(t, nightly, "Overlap")
	assert.Equal(t, true, s.Task()["skip_destroy"], "ECS runs no task of a revision that is not active")
}

// TestJobsTryAgainFromTheStart wants no task to begin that has not looked for another one, also
// at a retry: in the state that runs the task, Step Functions would begin the next one itself.
func TestJobsTryAgainFromTheStart(t *testing.T) {
	s := load(t, stacktest.Chosen())
	_, nightly := statesOf(s, "nightly")
	assert.NotContains(t, nightly["Run"], "Retry")
	for name, state := range nightly {
		if slices.Contains(next(state.(attributes)), "Run") {
			assert.Contains(t, []string{"Any tasks?", "Of this job?"}, name)
		}
	}
	for _, count := range []string{"Count the try", "Count the wait"} {
		state := nightly[count].(attributes)
		assert.Equal(t, []string{"Find the definition"}, next(state), count)
		assert.Len(t, state["Parameters"], 2, "the counters, and nothing that the history would repeat")
		assert.NotContains(t, state, "ResultPath")
	}
	assert.InDelta(t, 25, nightly["Find its task"].(attributes)["Parameters"].(attributes)["MaxResults"], 0, "a result of more than 256 KiB ends the run")
}

// TestJobsByTheClock has the schedules as the jobs say, each with dead letters.
func TestJobsByTheClock(t *testing.T) {
	s := load(t, stacktest.Chosen())
	nightly, hourly := s.Resources["aws_scheduler_schedule"]["job_nightly_schedule"], s.Resources["aws_scheduler_schedule"]["job_hourly_sync_schedule"]
	assert.Equal(t, []any{"cron(30 2 * * ? *)", "Europe/Rome", "ENABLED", attributes{"mode": "FLEXIBLE", "maximum_window_in_minutes": 15.0}},
		[]any{nightly["schedule_expression"], nightly["schedule_expression_timezone"], nightly["state"], nightly["flexible_time_window"]})
	assert.Equal(t, []any{"rate(1 hour)", "UTC", "DISABLED", attributes{"mode": "OFF"}},
		[]any{hourly["schedule_expression"], hourly["schedule_expression_timezone"], hourly["state"], hourly["flexible_time_window"]})
	for job, schedule := range map[string]attributes{"nightly": nightly, "hourly_sync": hourly} {
		target := schedule["target"].(attributes)
		assert.Equal(t, "${aws_sfn_state_machine.job_"+job+"_machine.arn}", target["arn"])
		assert.Equal(t, attributes{"arn": "${aws_sqs_queue.jobs_dead_letters.arn}"}, target["dead_letter_config"])
	}
	assert.Equal(t, "${aws_kms_key.encryption_key.arn}", s.Resources["aws_sqs_queue"]["jobs_dead_letters"]["kms_master_key_id"])
}

// TestJobsOfANameAlone leaves the other jobs alone when one goes.
func TestJobsOfANameAlone(t *testing.T) {
	two := config.Defaults("two")
	two.Jobs = []config.Job{config.NewJob("first", "rate(1 day)", "true"), config.NewJob("second", "rate(1 day)", "true")}
	one := two
	one.Jobs = two.Jobs[1:]
	before := stacktest.Decode(t, two, synthesise(two)["two"])
	after := stacktest.Decode(t, one, synthesise(one)["two"])
	for _, kind := range []string{"aws_sfn_state_machine", "aws_scheduler_schedule"} {
		for name, resource := range after.Resources[kind] {
			assert.Equal(t, before.Resources[kind][name], resource, "%s.%s", kind, name)
		}
	}
	assert.Equal(t, true, after.One("aws_sqs_queue")["sqs_managed_sse_enabled"])
}
