package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	states "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"flask-api/config"
)

// handPrefix begins the name of an execution that a person has started.
const handPrefix = "by-hand-"

// execution is a run of a job.
type execution struct {
	*Platform
	arn string
}

// RunJob starts a job as the clock does, and writes what it prints, of each try. It returns
// the exit code of the last one. The state machine keeps the time limit, whatever happens
// here; whoever interrupts this stops the run.
func (p *Platform) RunJob(ctx context.Context, name string) (int, error) {
	job, err := p.Config.Job(name)
	if err != nil {
		return NotRun, err
	}
	service, err := p.service(ctx)
	if err != nil {
		return NotRun, err
	}
	machine := p.machine(service, job)
	started, err := p.states().StartExecution(context.WithoutCancel(ctx), &sfn.StartExecutionInput{
		StateMachineArn: &machine, Input: aws.String("{}"), Name: aws.String(handPrefix + time.Now().UTC().Format("2006-01-02T15-04-05.000Z")),
	})
	if isAbsent(err) {
		return NotRun, p.absent("job", name)
	}
	if err != nil {
		return NotRun, fmt.Errorf("starting the job %s: %w", name, explained(err))
	}
	run := execution{p, *started.ExecutionArn}
	code, err := run.follow(ctx)
	if ctx.Err() != nil {
		return Interrupted, run.stop()
	}
	return code, err
}

// machine is the ARN of the state machine of the job, which is where the service is.
func (p *Platform) machine(service types.Service, job config.Job) string {
	cluster := strings.Split(*service.ClusterArn, ":")
	return strings.Join([]string{cluster[0], cluster[1], "states", cluster[3], cluster[4], "stateMachine", p.Config.PhysicalName(job.Resource())}, ":")
}

func (p *Platform) states() *sfn.Client { return sfn.NewFromConfig(p.AWS) }

// follow writes what the tasks of the run print, one after the other, until it has ended.
func (e execution) follow(ctx context.Context) (int, error) {
	code, seen := (*int32)(nil), 0
	for {
		described, err := e.states().DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &e.arn})
		if err != nil {
			return NotRun, fmt.Errorf("asking Step Functions for the run: %w", explained(err))
		}
		submitted, err := e.tasks(ctx)
		if err != nil {
			return NotRun, err
		}
		for _, arn := range submitted[seen:] {
			if code, err = e.print(ctx, arn); err != nil {
				return NotRun, err
			}
			seen++
		}
		// What was submitted after the tasks were listed is seen at the next look.
		if described.Status != states.ExecutionStatusRunning {
			return e.ended(described, code, seen)
		}
		if !e.pause(ctx) {
			return Interrupted, ctx.Err()
		}
	}
}

// tasks are the ARNs of those that the run has started.
func (e execution) tasks(ctx context.Context) (arns []string, err error) {
	pages := sfn.NewGetExecutionHistoryPaginator(e.states(), &sfn.GetExecutionHistoryInput{ExecutionArn: &e.arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading what the run did: %w", explained(err))
		}
		for _, event := range page.Events {
			if event.TaskSubmittedEventDetails == nil {
				continue
			}
			var answer struct{ Tasks []struct{ TaskArn string } }
			if json.Unmarshal([]byte(aws.ToString(event.TaskSubmittedEventDetails.Output)), &answer) == nil && len(answer.Tasks) > 0 {
				arns = append(arns, answer.Tasks[0].TaskArn)
			}
		}
	}
	return arns, nil
}

// print writes what a task prints until it has ended, and returns its exit code, if any.
func (e execution) print(ctx context.Context, arn string) (*int32, error) {
	task := e.single(arn)
	found, err := e.ecs().DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(e.Config.PhysicalName("cluster")), Tasks: []string{arn}})
	if err != nil {
		return nil, fmt.Errorf("asking ECS for the task %s: %w", short(task.id), explained(err))
	}
	if len(found.Tasks) == 0 {
		return nil, nil // It is forgotten; the run knows how it ended.
	}
	definition, err := e.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: found.Tasks[0].TaskDefinitionArn})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", revision(found.Tasks[0].TaskDefinitionArn), explained(err))
	}
	task.logsTo(*definition.TaskDefinition)
	e.note("Task %s runs %s.", short(task.id), revision(found.Tasks[0].TaskDefinitionArn))
	ended, err := task.wait(ctx, func(t types.Task) bool { return aws.ToString(t.LastStatus) == "STOPPED" })
	if err != nil {
		return nil, err
	}
	task.drain(ctx)
	return exitCode(ended, e.Config.Name), nil
}

// reason is why the task of the cause has ended, or the cause where that is no task.
func reason(cause string) string {
	var task struct{ StoppedReason string }
	if json.Unmarshal([]byte(cause), &task) == nil && task.StoppedReason != "" {
		return task.StoppedReason
	}
	return cause
}

// ended is the exit code for a run that has ended, by that of the last of its tasks, of which
// so many were seen.
func (e execution) ended(run *sfn.DescribeExecutionOutput, code *int32, seen int) (int, error) {
	cause := aws.ToString(run.Cause)
	switch {
	case run.Status == states.ExecutionStatusSucceeded && seen == 0:
		return NotRun, fmt.Errorf("the job did not run: %s runs the placeholder", e.Config.StackName())
	case run.Status == states.ExecutionStatusSucceeded:
		return int(aws.ToInt32(code)), nil // ECS may have forgotten the task.
	case aws.ToString(run.Error) == config.JobTooLong:
		e.note("%s", cause)
		return TimedOut, nil
	case code == nil && seen == 0:
		return NotRun, fmt.Errorf("the job did not run: %s: %s", aws.ToString(run.Error), cause)
	case code == nil || *code == 0:
		return NotRun, fmt.Errorf("the job did not end by itself: %s: %s", aws.ToString(run.Error), reason(cause))
	case aws.ToString(run.Error) != config.JobFailed:
		e.note("It does not run again: %s: %s", aws.ToString(run.Error), cause)
	}
	return int(*code), nil
}

// stop stops the run, and Step Functions its task:
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
func (e execution) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := e.states().StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: &e.arn, Cause: aws.String("interrupted")}); err != nil {
		return fmt.Errorf("the job is still running, until its time limit: %w", explained(err))
	}
	e.note("The job is being stopped.")
	return nil
}

// JobRun is the last run of a job.
type JobRun struct {
	Job config.Job
	// Name is that of the execution: the time that it was due, or that it was started by hand;
	// empty before the first.
	Name   string
	Status states.ExecutionStatus
	Began  *time.Time
	// Error is why it failed, if it did, and Code its exit code, if it has one.
	Error string
	Code  *int
}

// ofRun is the name of an execution that runs a job: others only start one.
var ofRun = regexp.MustCompile(`^(by-hand-)?\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d`)

// isAbsent tells whether there is no state machine of that name.
func isAbsent(err error) bool {
	var missing *states.StateMachineDoesNotExist
	return errors.As(err, &missing)
}

// lookAtJobs finds the last run of each job. One that is not there is in no state. An execution that the clock starts comes with
// the one that runs the job, so that it is among few.
func (p *Platform) lookAtJobs(ctx context.Context, s *State) error {
	for _, job := range p.Config.Jobs {
		run, machine := JobRun{Job: job}, p.machine(s.Service, job)
		listed, err := p.states().ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: 10})
		if isAbsent(err) {
			continue
		}
		if err != nil {
			return err
		}
		for _, one := range listed.Executions {
			if !ofRun.MatchString(*one.Name) {
				continue
			}
			run.Name, run.Status, run.Began = *one.Name, one.Status, one.StartDate
			if one.Status == states.ExecutionStatusFailed {
				described, err := p.states().DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: one.ExecutionArn})
				if err != nil {
					return err
				}
				run.Error, run.Code = aws.ToString(described.Error), codeOf(aws.ToString(described.Cause), p.Config.Name)
			}
			break
		}
		s.Jobs = append(s.Jobs, run)
	}
	return nil
}

// codeOf is the exit code of the task that a run failed with, if it says so.
func codeOf(cause, api string) *int {
	var task struct {
		Containers []struct {
			Name     string
			ExitCode *int
		}
	}
	_ = json.Unmarshal([]byte(cause), &task) // Where it is no task, it has no containers.
	for _, container := range task.Containers {
		if container.Name == api {
			return container.ExitCode
		}
	}
	return nil
}

// jobs is a line for each job: how its last run went, and when it is due.
func (s State) jobs(now time.Time) (lines []string) {
	for _, run := range s.Jobs {
		how := "has not run yet"
		if run.Name != "" {
			how = strings.ToLower(string(run.Status))
			switch {
			case run.Code != nil:
				how += fmt.Sprintf(" with %d", *run.Code)
			case run.Error != "":
				how += ", " + run.Error
			}
			how += ", " + since(run.Began, now)
		}
		when := run.Job.Schedule + " " + run.Job.TimeZone
		if next := due(run.Job, now); run.Job.Paused {
			when = "paused"
		} else if !next.IsZero() {
			when = "next " + next.UTC().Format("2006-01-02 15:04 UTC") + ", " + when
		}
		lines = append(lines, fmt.Sprintf("%s %s; %s", run.Job.Name, how, when))
	}
	return lines
}
