package operate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// The exit codes of a command that did not end by itself: those of `docker run`, of
// `timeout` and of a shell.
const (
	NotRun      = 125
	TimedOut    = 124
	Interrupted = 130
)

const (
	// startLimit is how long a task may take to start: Fargate pulls the image each time.
	startLimit = 10 * time.Minute
	// killAfter is how long a command may take to end after SIGTERM.
	killAfter = 30 * time.Second
	// quietLooks is how often nothing arrives before a log that has ended is complete. What
	// a container prints reaches CloudWatch some seconds later.
	quietLooks = 2
)

// single is a task that runs by itself.
type single struct {
	*Platform
	id, arn, group, stream string
	token                  *string // of what was read of its log
	status                 string  // that was told last
}

// Run runs a command line in a task of its own, with the image, network, roles and secrets
// of the service, and writes what it prints. It returns the command's exit code. Nothing is
// left running, whether the context ends, the time, or this program: the container ends by
// itself after the limit.
func (p *Platform) Run(ctx context.Context, line string, limit time.Duration) (int, error) {
	service, err := p.service(ctx)
	if err != nil {
		return NotRun, err
	}
	// The shell of the image reads the line as it was typed.
	command := []string{"timeout", "-k", seconds(killAfter), seconds(limit), "sh", "-c", line}
	task, err := p.start(ctx, service, &ecs.RunTaskInput{TaskDefinition: steady(service).TaskDefinition, StartedBy: aws.String("make-run")}, command)
	if err != nil {
		return NotRun, err
	}
	deadline, cancel := context.WithTimeout(ctx, startLimit+limit+killAfter)
	defer cancel()
	described, err := task.wait(deadline, func(t types.Task) bool { return aws.ToString(t.LastStatus) == "STOPPED" })
	switch {
	case ctx.Err() != nil:
		return Interrupted, task.stop("interrupted")
	case deadline.Err() != nil:
		p.note("The command did not end within its limit of %s, and was stopped.", limit)
		return TimedOut, task.stop("out of time")
	case err != nil:
		return NotRun, errors.Join(err, task.stop("the connection broke"))
	}
	task.drain(ctx)
	code := exitCode(described, p.Config.Name)
	if code == nil {
		return NotRun, fmt.Errorf("the command %s", whyNot(described, p.Config.Name))
	}
	if *code == TimedOut {
		p.note("The command did not end within its limit of %s (TIMEOUT).", limit)
	}
	return int(*code), nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

// steady is the newest deployment of the service that is completed, or, where none is, the
// newest: what is being tried is not what works.
func steady(service types.Service) types.Deployment {
	for _, deployment := range service.Deployments {
		if deployment.RolloutState == types.DeploymentRolloutStateCompleted {
			return deployment
		}
	}
	return primary(service)
}

// start starts a task like the service's. It is not interrupted in the middle, which would
// leave a task that nobody knows of.
func (p *Platform) start(ctx context.Context, service types.Service, input *ecs.RunTaskInput, command []string) (*single, error) {
	ctx = context.WithoutCancel(ctx)
	definition, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: input.TaskDefinition})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", *input.TaskDefinition, explained(err))
	}
	input.Cluster, input.NetworkConfiguration, input.PlatformVersion = aws.String(p.Config.PhysicalName("cluster")), service.NetworkConfiguration, service.PlatformVersion
	input.LaunchType = types.LaunchTypeFargate
	input.Overrides = &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String(p.Config.Name), Command: command}}}
	started, err := p.ecs().RunTask(ctx, input)
	if err != nil {
		return nil, fmt.Errorf("starting a task of %s: %w", revision(input.TaskDefinition), explained(err))
	}
	if len(started.Tasks) == 0 {
		return nil, fmt.Errorf("ECS started no task of %s: %s", revision(input.TaskDefinition), refused(started.Failures))
	}
	task := p.single(*started.Tasks[0].TaskArn)
	task.logsTo(*definition.TaskDefinition)
	p.note("Task %s runs %s.", short(task.id), revision(input.TaskDefinition))
	return task, nil
}

// single is the task of that ARN.
func (p *Platform) single(arn string) *single {
	return &single{Platform: p, arn: arn, id: arn[strings.LastIndex(arn, "/")+1:]}
}

// logsTo finds out where a task of the definition prints to.
func (s *single) logsTo(definition types.TaskDefinition) {
	for _, container := range definition.ContainerDefinitions {
		if aws.ToString(container.Name) == s.Config.Name && container.LogConfiguration != nil {
			options := container.LogConfiguration.Options
			s.group, s.stream = options["awslogs-group"], options["awslogs-stream-prefix"]+"/"+s.Config.Name+"/"+s.id
		}
	}
}

func refused(failures []types.Failure) string {
	if len(failures) == 0 {
		return "it gives no reason"
	}
	return aws.ToString(failures[0].Reason) + " " + aws.ToString(failures[0].Detail)
}

// wait looks at the task, and writes what it prints, until it is as it is wanted, or ends.
func (s *single) wait(ctx context.Context, wanted func(types.Task) bool) (types.Task, error) {
	for {
		found, err := s.ecs().DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(s.Config.PhysicalName("cluster")), Tasks: []string{s.arn}})
		if err != nil {
			return types.Task{}, fmt.Errorf("asking ECS for the task %s: %w", short(s.id), explained(err))
		}
		if _, err := s.print(ctx); err != nil && ctx.Err() == nil {
			return types.Task{}, err
		}
		if len(found.Tasks) == 1 { // A new one may not be known everywhere.
			s.tell(found.Tasks[0])
			if wanted(found.Tasks[0]) || aws.ToString(found.Tasks[0].LastStatus) == "STOPPED" {
				return found.Tasks[0], nil
			}
		}
		if !s.pause(ctx) {
			return types.Task{}, ctx.Err()
		}
	}
}

// tell tells the task's status, while it starts.
func (s *single) tell(task types.Task) {
	status := aws.ToString(task.LastStatus)
	if status != s.status && (status == "PENDING" || status == "RUNNING") {
		s.note("Task %s is %s.", short(s.id), map[string]string{"PENDING": "starting", "RUNNING": "running"}[status])
	}
	s.status = status
}

// print writes what is new of the task's log, and tells whether something was.
func (s *single) print(ctx context.Context) (printed bool, err error) {
	for s.stream != "" {
		page, err := cloudwatchlogs.NewFromConfig(s.AWS).GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: &s.group, LogStreamName: &s.stream, StartFromHead: aws.Bool(true), NextToken: s.token,
		})
		var missing *logs.ResourceNotFoundException
		if errors.As(err, &missing) {
			return printed, nil // It has printed nothing yet.
		}
		if err != nil {
			return printed, fmt.Errorf("reading the log of the task %s: %w", short(s.id), explained(err))
		}
		for _, event := range page.Events {
			printed = true
			if _, err := fmt.Fprintln(s.Out, aws.ToString(event.Message)); err != nil {
				return printed, err
			}
		}
		// At its end, the log answers with the token that it was given.
		if aws.ToString(page.NextForwardToken) == aws.ToString(s.token) {
			return printed, nil
		}
		s.token = page.NextForwardToken
	}
	return printed, nil
}

// drain writes what arrives after the end of the task.
func (s *single) drain(ctx context.Context) {
	for quiet := 0; quiet < quietLooks && s.pause(ctx); quiet++ {
		printed, err := s.print(ctx)
		if err != nil {
			s.note("%s", err)
			return
		}
		if printed {
			quiet = -1
		}
	}
}

// stop stops the task, also where the context has ended.
func (s *single) stop(reason string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := s.ecs().StopTask(ctx, &ecs.StopTaskInput{Cluster: aws.String(s.Config.PhysicalName("cluster")), Task: &s.arn, Reason: &reason})
	if err != nil {
		return fmt.Errorf("the task %s is still running, until its time limit: %w", short(s.id), explained(err))
	}
	s.note("Task %s is being stopped.", short(s.id))
	return nil
}

// whyNot is why a task has no exit code, in words.
func whyNot(task types.Task, api string) string {
	reason := aws.ToString(task.StoppedReason)
	for _, container := range task.Containers {
		if aws.ToString(container.Name) == api && container.Reason != nil {
			return "did not run: " + reason + ": " + *container.Reason
		}
	}
	return "did not run: " + reason
}
