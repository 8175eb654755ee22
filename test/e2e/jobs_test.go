package e2e

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/operate"
	"flask-api/test/emulator"
)

// jobsLife is an environment with two jobs and an image.
func jobsLife() config.Config {
	c := config.Defaults("timed")
	c.Registry.ImageTag = "v1"
	nightly, hourly := config.NewJob("nightly", "cron(30 2 * * ? *)", "flask", "report"), config.NewJob("hourly-sync", "rate(1 hour)", "flask", "sync")
	nightly.TimeZone, nightly.FlexibleMinutes, nightly.TimeoutMinutes, nightly.Retries, hourly.AllowOverlap = "Europe/Rome", 15, 1, 1, true
	c.Jobs = []config.Job{nightly, hourly}
	c.Alarms.Enabled = true
	return c
}

// jobs takes an environment with jobs through its runs, and through other and fewer jobs.
func (l *life) jobs(t *testing.T) {
	t.Helper()
	r := l.beginDeployed(t, "30. jobs: runs that succeed, fail, take too long, wait, overlap and are due twice; one paused, changed and removed")
	r.changes = l.unchanged(t)
	l.checkDeployed(t)
	checkJobs(t, l)

	// Paused, due at another time and with another command; and the other job removed.
	other := l.cfg
	other.Jobs = slices.Clone(other.Jobs[:1])
	other.Jobs[0].Paused, other.Jobs[0].Schedule, other.Jobs[0].Command = true, "cron(0 4 * * ? *)", []string{"flask", "report", "--all"}
	l.replaceStack(t, other)
	for address := range l.plan(t, l.stackDir()) {
		assert.NotContains(t, address, "aws_ecs_", "the service goes on")
	}
	l.apply(t, l.stackDir())
	r.changes += l.unchanged(t)
	schedules, err := scheduler.NewFromConfig(l.aws.Config()).ListSchedules(t.Context(), &scheduler.ListSchedulesInput{NamePrefix: aws.String(l.cfg.PhysicalName("job-")[:len("flask-api-job-")])})
	require.NoError(t, err)
	var names []string
	for _, s := range schedules.Schedules {
		if strings.HasSuffix(*s.Name, "-"+l.cfg.Suffix) {
			names = append(names, *s.Name+" "+string(s.State))
		}
	}
	assert.Equal(t, []string{"flask-api-job-nightly-timed DISABLED"}, names)
	l.replaceStack(t, l.cfg)
	l.apply(t, l.stackDir())
	r.changes += l.unchanged(t)
	l.endDestroyed(t, r)
}

// checkJobs runs the environment's first job by hand and as the clock does, with the roles
// that the state machines and the operator have.
func checkJobs(t *testing.T, l *life) {
	t.Helper()
	run := l.operator(t)
	job, other, family := l.cfg.Jobs[0], l.cfg.Jobs[1], l.cfg.PhysicalName("task")
	role := l.roleOf(t, "jobs-role")
	l.aws.MachinesAs(role)
	defer l.aws.MachinesAs(nil)
	end := emulator.Outcome{Prints: []string{"counting", "42 orders"}, Sidecars: 137}
	l.aws.OnRunTask(family, func(emulator.Single) emulator.Outcome { return end })
	output, code := run(job.Name)
	assert.Zero(t, code, output)
	assert.Contains(t, output, "counting\n42 orders\n")
	tasks := l.aws.SingleTasks(l.cfg.PhysicalName("cluster"))
	assert.Equal(t, job.Command, tasks[len(tasks)-1].Command)
	end = emulator.Outcome{Code: 3, Prints: []string{"no orders"}}
	output, code = run(other.Name)
	assert.Equal(t, 3, code, output)
	output, _ = run("")
	assert.Contains(t, output, other.Name+" failed with 3, ")

	// It fails, and waits a minute. In the middle of that it is due, and delivered twice: there is
	// one task. The run that waits leaves that alone, and a further run is refused.
	before := len(l.aws.SingleTasks(l.cfg.PhysicalName("cluster"))) + 1
	waited := make(chan string, 1)
	go func() {
		output, code := run(job.Name)
		waited <- fmt.Sprintf("%d %s", code, output)
	}()
	require.Eventually(t, func() bool { return len(l.aws.SingleTasks(l.cfg.PhysicalName("cluster"))) == before }, 30*time.Second, 100*time.Millisecond)
	time.Sleep(30 * time.Second)
	end = emulator.Outcome{Runs: time.Hour}
	for range 2 {
		l.due(t, job, "2026-11-26T01:30:00Z")
	}
	require.Eventually(t, func() bool { return len(l.aws.SingleTasks(l.cfg.PhysicalName("cluster"))) > before }, 30*time.Second, 100*time.Millisecond)
	output, code = run(job.Name)
	assert.Equal(t, 125, code, output)
	assert.Contains(t, output, "the job did not run: Overlap: Another run has not ended.")
	output = <-waited
	assert.True(t, strings.HasPrefix(output, "3 "), output)
	assert.Contains(t, output, "It does not run again: Overlap: ")

	// After its minute it is stopped, and the run has failed.
	require.Eventually(t, func() bool {
		tasks := l.aws.SingleTasks(l.cfg.PhysicalName("cluster"))
		return tasks[len(tasks)-1].Reason == "The job took too long."
	}, 100*time.Second, time.Second)
	assert.Len(t, l.aws.SingleTasks(l.cfg.PhysicalName("cluster")), before+1, "one for the time that was due")
	var last string
	assert.Eventually(t, func() bool {
		last = l.lastRuns(t, job)["2026-11-26T01-30-00Z"]
		return last == "FAILED TooLong"
	}, 20*time.Second, 500*time.Millisecond, last)
	assert.Empty(t, role.Denied(), "what the role of the jobs may not do")
	assert.Empty(t, l.operatorRole.Denied(), "what the operator's policy does not allow")
}

// asOperator is the environment as the operator's policy lets one operate it, in the lifelike AWS.
func (l *life) asOperator(t *testing.T, out io.Writer) *operate.Platform {
	t.Helper()
	proxy := l.aws.NewProxy()
	t.Cleanup(proxy.Close)
	proxy.As(l.operatorRole)
	proxy.Lifelike()
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	return &operate.Platform{Config: l.cfg, AWS: account, Out: out, Notes: out, Interval: 200 * time.Millisecond}
}

// operator runs a job, or shows the status without one, with the operator's policy, and
// returns what was said and the exit code.
func (l *life) operator(t *testing.T) func(job string) (string, int) {
	t.Helper()
	return func(job string) (string, int) {
		var out bytes.Buffer
		platform := l.asOperator(t, &out)
		if job == "" {
			code, err := platform.Status(t.Context(), false)
			require.NoError(t, err)
			return out.String(), code
		}
		code, err := platform.RunJob(t.Context(), job)
		if err != nil {
			out.WriteString(err.Error())
		}
		return out.String(), code
	}
}

// machine is the ARN of a job's state machine.
func (l *life) machine(job config.Job) *string {
	return aws.String("arn:aws:states:" + l.aws.Region + ":123456789012:stateMachine:" + l.cfg.PhysicalName(job.Resource()))
}

// due starts the job as its schedule does.
func (l *life) due(t *testing.T, job config.Job, moment string) {
	t.Helper()
	found, err := scheduler.NewFromConfig(l.aws.Config()).GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: aws.String(l.cfg.PhysicalName(job.Resource()))})
	require.NoError(t, err)
	proxy := l.aws.NewProxy() // It names what comes without a name.
	t.Cleanup(proxy.Close)
	proxy.As(l.roleOf(t, "jobs-scheduler-role"))
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	input := strings.ReplaceAll(*found.Target.Input, "<aws.scheduler.scheduled-time>", moment)
	_, err = sfn.NewFromConfig(account).StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: found.Target.Arn, Input: &input})
	require.NoError(t, err)
}

// lastRuns are how the executions of the job ended, by their names.
func (l *life) lastRuns(t *testing.T, job config.Job) map[string]string {
	t.Helper()
	client, runs := sfn.NewFromConfig(l.aws.Config()), map[string]string{}
	listed, err := client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: l.machine(job)})
	require.NoError(t, err)
	for _, one := range listed.Executions {
		runs[*one.Name] = string(one.Status)
		if one.Status == sfntypes.ExecutionStatusFailed {
			described, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: one.ExecutionArn})
			require.NoError(t, err)
			runs[*one.Name] = fmt.Sprintf("%s %s", one.Status, aws.ToString(described.Error))
		}
	}
	return runs
}
