package operate

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	states "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

const (
	jobService  = `{"services":[{"status":"ACTIVE","clusterArn":"arn:aws:ecs:eu-south-1:123456789012:cluster/flask-api-cluster-dev"}]}`
	nothingYet  = `{"events":[]}`
	goesOn      = `{"status":"RUNNING"}`
	itSucceeded = `{"status":"SUCCEEDED"}`
	noMachine   = `{"__type":"StateMachineDoesNotExist","message":"State Machine Does Not Exist"}`
)

// submitted is the history of a run that has started these tasks.
func submitted(ids ...string) string {
	var events []string
	for _, id := range ids {
		events = append(events, `{"type":"TaskSubmitted","taskSubmittedEventDetails":{"output":`+strconv.Quote(`{"Tasks":[{"TaskArn":"arn:task/flask-api-cluster-dev/`+id+`"}]}`)+`}}`)
	}
	return `{"events":[` + strings.Join(events, ",") + `]}`
}

// jobTask is [task], with its definition.
func jobTask(status, container string) string {
	return strings.Replace(task(status, container), `"lastStatus"`, `"taskDefinitionArn":"arn:task-definition/t:2","lastStatus"`, 1)
}

// failedRun is a run that has failed.
func failedRun(name, cause string) string {
	return `{"status":"FAILED","error":"` + name + `","cause":` + strconv.Quote(cause) + `}`
}

// withJob is an AWS in which a run looks like these, one after the other.
func withJob(t *testing.T, history []string, runs ...string) *fake {
	t.Helper()
	f := newFake(t, map[string][]string{
		"DescribeServices": {jobService}, "DescribeTaskDefinition": {definition}, "StartExecution": {`{"executionArn":"arn:execution"}`}, "StopExecution": {`{}`},
		"DescribeExecution": runs, "GetExecutionHistory": history, "DescribeTasks": {jobTask("RUNNING", ""), jobTask("STOPPED", `,"exitCode":3`)},
		"GetLogEvents": {`{"events":[{"message":"one"}],"nextForwardToken":"a"}`, `{"nextForwardToken":"a"}`},
	})
	f.Config.Jobs = []config.Job{config.NewJob("nightly", "rate(1 day)", "true")}
	return f
}

// TestRunJob wants a run as the clock begins one, all that its tasks print, and the exit code
// of the last one.
func TestRunJob(t *testing.T) {
	f := withJob(t, []string{nothingYet, submitted("1234567890"), submitted("1234567890", "2234567890")}, goesOn, goesOn, goesOn, failedRun(config.JobFailed, "{}"))
	code, err := f.RunJob(t.Context(), "nightly")
	require.NoError(t, err)
	assert.Equal(t, 3, code)
	assert.Equal(t, "one\n", f.out.String())
	assert.Equal(t, 2, strings.Count(f.notes.String(), " runs t:2.\n"), "each try: %s", f.notes.String())
	request := f.called("StartExecution")[0]
	assert.Contains(t, request, `"stateMachineArn":"arn:aws:states:eu-south-1:123456789012:stateMachine:flask-api-job-nightly-dev"`)
	assert.Contains(t, request, `"input":"{}"`)
	assert.Regexp(t, `"name":"by-hand-\d{4}-\d\d-\d\dT[\d-]+\.\d{3}Z"`, request)
	assert.Contains(t, f.called("GetLogEvents")[0], `"logStreamName":"flask-api/flask-api/1234567890"`)
	assert.Empty(t, f.called("StopExecution"))
}

// TestRunJobThatDoesNotRun wants a reason, and an exit code that is not mistaken for the
// command's.
func TestRunJobThatDoesNotRun(t *testing.T) {
	const refusal = `{"__type":"AccessDeniedException","message":"not you"}`
	for name, c := range map[string]struct {
		change func(*fake)
		code   int
		says   string
	}{
		"no such job": {func(f *fake) { f.Config.Jobs = nil }, NotRun, "flask-api-dev has no jobs"},
		"nothing":     {func(f *fake) { f.answers["DescribeServices"] = []string{`{"services":[]}`} }, NotRun, "nothing is deployed"},
		"refused":     {func(f *fake) { f.answers["StartExecution"] = []string{refusal} }, NotRun, "starting the job nightly: AccessDeniedException: not you; docs/operator-policy.json is what this needs"},
		"not deployed": {
			func(f *fake) { f.answers["StartExecution"] = []string{noMachine} }, NotRun,
			"the job nightly is in the configuration, and not in AWS: make deploy ENVIRONMENT=dev",
		},
		"unknown":     {func(f *fake) { f.answers["DescribeExecution"] = []string{refusal} }, NotRun, "asking Step Functions for the run"},
		"no history":  {func(f *fake) { f.answers["GetExecutionHistory"] = []string{refusal} }, NotRun, "reading what the run did"},
		"no task":     {func(f *fake) { f.answers["DescribeTasks"] = []string{refusal} }, NotRun, "asking ECS for the task 12345678"},
		"lost task":   {func(f *fake) { f.answers["DescribeTasks"] = []string{jobTask("RUNNING", ""), refusal} }, NotRun, "asking ECS for the task 12345678"},
		"unreadable":  {func(f *fake) { f.answers["DescribeTaskDefinition"] = []string{refusal} }, NotRun, "reading "},
		"placeholder": {func(f *fake) { f.answers["GetExecutionHistory"] = []string{nothingYet} }, NotRun, "flask-api-dev runs the placeholder"},
		"overlap": {func(f *fake) {
			f.answers["GetExecutionHistory"], f.answers["DescribeExecution"] = []string{nothingYet}, []string{failedRun(config.JobOverlaps, "Another run has not ended.")}
		}, NotRun, "the job did not run: Overlap: Another run has not ended."},
		"too long":  {func(f *fake) { f.answers["DescribeExecution"] = []string{failedRun(config.JobTooLong, "too long")} }, TimedOut, ""},
		"forgotten": {func(f *fake) { f.answers["DescribeTasks"] = []string{`{"tasks":[]}`} }, 0, ""},
		"stopped": {func(f *fake) {
			f.answers["DescribeTasks"] = []string{jobTask("STOPPED", `,"exitCode":0`)}
			f.answers["DescribeExecution"] = []string{failedRun(config.JobFailed, `{"StopCode":"UserInitiated","StoppedReason":"by hand"}`)}
		}, NotRun, "the job did not end by itself: TaskFailed: by hand"},
		"no code": {func(f *fake) {
			f.answers["DescribeTasks"], f.answers["DescribeExecution"] = []string{jobTask("STOPPED", "")}, []string{failedRun(config.JobFailed, "no image")}
		}, NotRun, "the job did not end by itself: TaskFailed: no image"},
		"it ran": {func(f *fake) { f.answers["DescribeTasks"] = []string{jobTask("STOPPED", `,"exitCode":0`)} }, 0, ""},
	} {
		f := withJob(t, []string{submitted("1234567890")}, itSucceeded)
		c.change(f)
		code, err := f.RunJob(t.Context(), "nightly")
		assert.Equal(t, c.code, code, name)
		if c.says == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.says, name)
		}
	}
}

// TestRunJobThatFailsAndDoesNotRunAgain wants the exit code of the try that failed, and why there
// is no other one.
func TestRunJobThatFailsAndDoesNotRunAgain(t *testing.T) {
	for name, cause := range map[string]string{config.JobOverlaps: "Another run has not ended.", "ECS.AccessDeniedException": "not you"} {
		f := withJob(t, []string{submitted("1234567890")}, failedRun(name, cause))
		code, err := f.RunJob(t.Context(), "nightly")
		require.NoError(t, err)
		assert.Equal(t, 3, code)
		assert.Contains(t, f.notes.String(), "It does not run again: "+name+": "+cause)
	}
}

// TestRunJobIsInterrupted wants the run to be stopped, which stops its task.
func TestRunJobIsInterrupted(t *testing.T) {
	for answer, says := range map[string]string{`{}`: "", `{"__type":"AccessDeniedException"}`: "the job is still running, until its time limit"} {
		f := withJob(t, []string{nothingYet}, goesOn)
		f.Interval, f.answers["StopExecution"] = time.Millisecond, []string{answer}
		ctx, cancel := context.WithCancel(t.Context())
		go f.after("GetExecutionHistory", cancel)
		code, err := f.RunJob(ctx, "nightly")
		assert.Equal(t, Interrupted, code)
		if says == "" {
			require.NoError(t, err)
			assert.True(t, strings.HasSuffix(f.notes.String(), "The job is being stopped.\n"))
		} else {
			require.ErrorContains(t, err, says)
		}
		assert.Contains(t, f.called("StopExecution")[0], `"executionArn":"arn:execution"`)
	}
}

// TestJobsOnTheScreen wants how the last run of each job went, and not that of what only
// started it.
func TestJobsOnTheScreen(t *testing.T) {
	run := func(name, status string) string {
		return `{"name":"` + name + `","status":"` + status + `","startDate":1795640400,"executionArn":"arn:` + name + `"}`
	}
	f := newFake(t, map[string][]string{
		"ListExecutions": {
			`{"executions":[` + run("0a1b", "SUCCEEDED") + "," + run("2026-11-26T00-00-00Z", "FAILED") + "," + run("2026-11-25T00-00-00Z", "SUCCEEDED") + `]}`,
			`{"executions":[` + run("by-hand-2026-11-26T00-00-00.000Z", "FAILED") + `]}`, `{"executions":[` + run("2026-11-26T00-00-00Z", "SUCCEEDED") + `]}`, `{"executions":[]}`,
		},
		"DescribeExecution": {failedRun(config.JobFailed, `{"Containers":[{"Name":"collector","ExitCode":0},{"Name":"flask-api","ExitCode":3}]}`), failedRun(config.JobOverlaps, "Another run has not ended.")},
	})
	for _, name := range []string{"first", "second", "third", "fourth"} {
		f.Config.Jobs = append(f.Config.Jobs, config.NewJob(name, "rate(1 day)", "true"))
	}
	f.Config.Jobs[2].Schedule = "cron(30 2 * * ? *)"
	f.Config.Jobs[3].Paused = true
	s := healthyState()
	s.Service.ClusterArn = aws.String("arn:aws:ecs:eu-south-1:123456789012:cluster/flask-api-cluster-dev")
	require.NoError(t, f.lookAtJobs(t.Context(), &s))
	const ago, daily = ", 2026-11-25 21:00 UTC (4 h ago); ", "rate(1 day) UTC"
	assert.Equal(t, []string{"first failed with 3" + ago + daily, "second failed, Overlap" + ago + daily, "third succeeded" + ago + "next 2026-11-26 02:30 UTC, cron(30 2 * * ? *) UTC", "fourth has not run yet; paused"}, s.jobs(moment))

	for _, action := range []string{"DescribeExecution", "ListExecutions"} {
		f.answers["ListExecutions"] = []string{`{"executions":[` + run("2026-11-26T00-00-00Z", "FAILED") + `]}`}
		f.answers[action] = []string{`{"__type":"AccessDeniedException"}`}
		require.Error(t, f.lookAtJobs(t.Context(), &State{Service: types.Service{ClusterArn: s.Service.ClusterArn}}), action)
	}
	assert.Equal(t, states.ExecutionStatusFailed, s.Jobs[0].Status)
}

// TestJobThatIsNotThere wants what is there to be shown, and the job that is not to be told of.
func TestJobThatIsNotThere(t *testing.T) {
	f := newFake(t, map[string][]string{"ListExecutions": {noMachine, `{"executions":[]}`}})
	f.Config.Jobs = []config.Job{config.NewJob("newer", "rate(1 day)", "true"), config.NewJob("nightly", "rate(1 day)", "true")}
	s := healthyState()
	s.Service.ClusterArn = aws.String("arn:aws:ecs:eu-south-1:123456789012:cluster/flask-api-cluster-dev")
	require.NoError(t, f.lookAtJobs(t.Context(), &s))
	assert.Equal(t, []string{"nightly has not run yet; rate(1 day) UTC"}, s.jobs(moment))
	assert.Equal(t, []string{"the job newer is in the configuration, and not in AWS"}, s.Differences(f.Config))
}
