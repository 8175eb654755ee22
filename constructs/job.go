package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/schedulerschedule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sfnstatemachine"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueue"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const (
	// jobsName is the resource name of what all jobs share.
	jobsName = "jobs"
	// startRetries and startMaxAgeSeconds are how often, and until when, Scheduler tries to
	// begin a run. Later, the next one may be due.
	startRetries, startMaxAgeSeconds = 10, 3600
	// retrySeconds is how long a run waits before its first retry, and roomSeconds before it
	// asks again for a task that ECS had no room for, which it does so often.
	retrySeconds, roomSeconds, roomRetries = 60, 30, 5
	// startedBySteps is what Step Functions tells ECS of a task that it waits for.
	startedBySteps = "AWS Step Functions"
	// ecsEvents is the rule by which Step Functions learns that a task has ended:
	// https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
	ecsEvents = "rule/StepFunctionsGetEventsForECSTaskRule"
)

// JobsProps configures [Jobs].
type JobsProps struct {
	Env Env
	// Settings are the jobs.
	Settings []config.Job
	// Service is whose image, variables, secrets, roles and network a run has.
	Service *Service
	// Networking holds the private subnets that tasks run in.
	Networking *Networking
	// Key encrypts the dead letters.
	Key *EncryptionKey
}

// Jobs run commands by the clock. Scheduler starts an execution of a state machine, which
// runs one task of the service's current definition with another command, and waits for it.
type Jobs struct {
	// DeadLetters are runs that Scheduler could not begin.
	DeadLetters sqsqueue.SqsQueue
	// Machines run the jobs, by their names.
	Machines map[string]sfnstatemachine.SfnStateMachine

	props               JobsProps
	scope               constructs.Construct
	role, schedulerRole *Role
}

// NewJobs creates what all jobs share, and each job below the scope `job_<name>`.
func NewJobs(scope constructs.Construct, id string, props JobsProps) *Jobs {
	j := &Jobs{scope: constructs.NewConstruct(scope, &id), props: props, Machines: map[string]sfnstatemachine.SfnStateMachine{}}
	env, machines := props.Env, []string{}
	for _, job := range props.Settings {
		machines = append(machines, env.ARN("states", "stateMachine:"+env.Name(job.Resource())))
	}
	j.DeadLetters = j.newDeadLetters()
	j.role = NewRole(j.scope, "role", RoleProps{
		Env: env, Service: statesService, Name: jobsName + "-role", Description: "Runs the jobs of the " + env.API(),
	})
	j.role.Grant("run_jobs", j.running(machines)...)
	j.schedulerRole = NewRole(j.scope, "scheduler_role", RoleProps{
		Env: env, Service: schedulerService, Name: jobsName + "-scheduler-role", Description: "Starts the jobs of the " + env.API() + " by the clock",
	})
	j.schedulerRole.Grant("start_jobs", j.starting(machines)...)
	// ECS runs no task by itself of a revision that is not active, which the service still
	// has while another one replaces it.
	props.Service.Task.SetSkipDestroy(jsii.Bool(true))
	for _, job := range props.Settings {
		j.newJob(constructs.NewConstruct(scope, jsii.String(ownID("job", job.Name))), job)
	}
	return j
}

// newDeadLetters creates the queue, which nobody reads but people.
func (j *Jobs) newDeadLetters() sqsqueue.SqsQueue {
	name := j.props.Env.Name(jobsName + "-dead-letters")
	return encrypted(j.scope, "dead_letters", &sqsqueue.SqsQueueConfig{
		Name: &name, MessageRetentionSeconds: jsii.Number(deadLetterDays * daySeconds),
		Policy: Policy{refusePlainHTTP("sqs:*", j.props.Env.ARN("sqs", name))}.text(),
	}, j.props.Key)
}

// running are the statements by which a state machine runs, follows and stops tasks.
func (j *Jobs) running(machines []string) []Statement {
	env, service := j.props.Env, j.props.Service
	inCluster := service.Cluster.inside()
	var executions []string
	for _, machine := range machines {
		executions = append(executions, strings.Replace(machine, ":stateMachine:", ":execution:", 1)+":*")
	}
	return []Statement{
		{
			Sid: "FindDefinition", Action: []string{"ecs:DescribeServices"},
			Resource: []string{env.ARN("ecs", "service/"+env.Name("cluster")+"/"+service.Name)}, Condition: inCluster,
		},
		// AWS limits these to a cluster at most, or to nothing:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
		{Sid: "ReadDefinition", Action: []string{"ecs:DescribeTaskDefinition"}, Resource: []string{"*"}},
		{Sid: "ListTasks", Action: []string{"ecs:ListTasks"}, Resource: []string{"*"}, Condition: inCluster},
		{
			Sid: "RunTasks", Action: []string{"ecs:RunTask"},
			Resource: []string{env.ARN("ecs", "task-definition/"+service.TaskName) + ":*"}, Condition: inCluster,
		},
		{
			Sid: "PassRolesToTasks", Action: []string{"iam:PassRole"}, Resource: service.Roles(),
			Condition: stringEquals("iam:PassedToService", env.Principal(tasksService)),
		},
		{
			Sid: "FollowTasks", Action: []string{"ecs:DescribeTasks", "ecs:StopTask"},
			Resource: []string{service.Cluster.tasks(env)}, Condition: inCluster,
		},
		{Sid: "LearnOfTheirEnd", Action: []string{"events:DescribeRule", "events:PutRule", "events:PutTargets"}, Resource: []string{env.ARN("events", ecsEvents)}},
		{Sid: "BeginOnce", Action: []string{"states:StartExecution"}, Resource: machines},
		{Sid: "FindOwnTask", Action: []string{"states:GetExecutionHistory"}, Resource: executions},
	}
}

// starting are the statements by which Scheduler starts the state machines.
func (j *Jobs) starting(machines []string) []Statement {
	statements := []Statement{
		{Sid: "StartJobs", Action: []string{"states:StartExecution"}, Resource: machines},
		{Sid: "SendDeadLetters", Action: []string{"sqs:SendMessage"}, Resource: []string{*j.DeadLetters.Arn()}},
	}
	if key := j.props.Key; key.CustomerManaged() {
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
		statements = append(statements, Statement{
			Sid: "EncryptDeadLetters", Action: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resource: []string{*key.ARN()},
			Condition: stringEquals("kms:EncryptionContext:aws:sqs:arn", *j.DeadLetters.Arn()),
		})
	}
	return statements
}

// newJob creates a job's state machine and its schedule.
func (j *Jobs) newJob(scope constructs.Construct, job config.Job) {
	name := jsii.String(j.props.Env.Name(job.Resource()))
	machine := sfnstatemachine.NewSfnStateMachine(scope, jsii.String("machine"), &sfnstatemachine.SfnStateMachineConfig{
		Name: name, RoleArn: j.role.ARN(), Definition: jsii.String(mustJSON(j.definition(job))),
		DependsOn: &j.role.Policies,
	})
	j.Machines[job.Name] = machine
	window := &schedulerschedule.SchedulerScheduleFlexibleTimeWindow{Mode: jsii.String("OFF")}
	if job.FlexibleMinutes > 0 {
		window.Mode, window.MaximumWindowInMinutes = jsii.String("FLEXIBLE"), jsii.Number(job.FlexibleMinutes)
	}
	state := "ENABLED"
	if job.Paused {
		state = "DISABLED"
	}
	ready := slices.Concat(j.schedulerRole.Policies, []cdktf.ITerraformDependable{j.props.Service.Service})
	schedulerschedule.NewSchedulerSchedule(scope, jsii.String("schedule"), &schedulerschedule.SchedulerScheduleConfig{
		Name:                       name,
		Description:                jsii.String("Starts the job " + job.Name + " of the " + j.props.Env.API()),
		ScheduleExpression:         &job.Schedule,
		ScheduleExpressionTimezone: &job.TimeZone,
		FlexibleTimeWindow:         window,
		State:                      &state,
		Target: &schedulerschedule.SchedulerScheduleTarget{
			Arn: machine.Arn(), RoleArn: j.schedulerRole.ARN(),
			// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
			Input:            jsii.String(`{"scheduled":"<aws.scheduler.scheduled-time>"}`),
			DeadLetterConfig: &schedulerschedule.SchedulerScheduleTargetDeadLetterConfig{Arn: j.DeadLetters.Arn()},
			RetryPolicy: &schedulerschedule.SchedulerScheduleTargetRetryPolicy{
				MaximumRetryAttempts: jsii.Number(startRetries), MaximumEventAgeInSeconds: jsii.Number(startMaxAgeSeconds),
			},
		},
		DependsOn: &ready,
	})
}

// state is one of a state machine:
// https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
type state = map[string]any

// definition is the state machine of a job, in five steps:
//
//   - Scheduler delivers at least once. An execution of its starts another one whose name is
//     the scheduled time, which Step Functions starts once.
//   - It asks ECS for what the service runs, which is the newest image whoever deploys, and
//     does nothing while that is the placeholder.
//   - Unless runs may overlap, it looks for a task of the same job.
//   - It runs the task, and waits for it. No code but 0 is a success. What runs too long is
//     stopped: Step Functions says of an execution that is stopped, and not of a state that
//     has timed out, that it stops the task.
//   - Where it tries again, it does so from the second step on. While it waits there is no
//     task by which a newer run would see it, and what the service runs may be mended then.
func (j *Jobs) definition(job config.Job) state {
	env, service := j.props.Env, j.props.Service
	cluster := *service.Cluster.Cluster.Name()
	call := func(api string, parameters, selected state, path, next string) state {
		s := state{
			"Type": "Task", "Resource": "arn:" + env.Partition + ":states:::aws-sdk:" + api, "Parameters": parameters, "Next": next,
			"Retry": []state{{"ErrorEquals": []string{"States.TaskFailed"}, "IntervalSeconds": 2, "MaxAttempts": 5, "BackoffRate": 2}},
		}
		if path != "" {
			s["ResultPath"] = path
		}
		if selected != nil {
			s["ResultSelector"] = selected
		}
		return s
	}
	there := func(variable, next, otherwise string) state {
		return choice(next, otherwise, state{"Variable": variable, "IsPresent": true})
	}
	fail := func(name, cause string) state { return state{"Type": "Fail", "Error": name, "Cause": cause} }
	part := func(i int) string {
		return fmt.Sprintf("States.ArrayGetItem(States.StringSplit($.scheduled, ':'), %d)", i)
	}

	begin := call("sfn:startExecution", state{
		"StateMachineArn.$": "$$.StateMachine.Id", "Input": "{}",
		"Name.$": fmt.Sprintf("States.Format('{}-{}-{}', %s, %s, %s)", part(0), part(1), part(2)), // A name has no colon.
	}, nil, "", "Done")
	begin["Catch"] = []state{{"ErrorEquals": []string{"Sfn.ExecutionAlreadyExistsException"}, "Next": "Done"}}
	begin["Retry"] = append([]state{{"ErrorEquals": []string{"Sfn.ExecutionAlreadyExistsException"}, "MaxAttempts": 0}}, begin["Retry"].([]state)...)

	states := state{
		"By the clock?": there("$.scheduled", "Begin once", "Begin"),
		"Begin once":    begin,
		// Where ECS has no room for a task, nothing has begun, and it tries again whatever the
		// job's retries are.
		"Begin": state{"Type": "Pass", "Result": state{
			"tries": state{"left": job.Retries, "seconds": retrySeconds}, "room": state{"left": roomRetries, "seconds": roomSeconds},
		}, "Next": "Find the definition"},
		"Find the definition": call("ecs:describeServices", state{"Cluster": cluster, "Services": []string{service.Name}},
			state{"task.$": "$.Services[0].TaskDefinition"}, "$.service", "Read the definition"),
		"Read the definition": call("ecs:describeTaskDefinition", state{"TaskDefinition.$": "$.service.task"},
			state{"task.$": "$.TaskDefinition.TaskDefinitionArn", "image.$": "$.TaskDefinition.ContainerDefinitions[0].Image"}, "$.definition", "Placeholder?"),
		"Placeholder?": choice("Done", "Look for tasks", state{"Variable": "$.definition.image", "StringEquals": config.PlaceholderImage}),
		"Look for tasks": call("ecs:listTasks", state{"Cluster": cluster, "StartedBy": startedBySteps},
			state{"tasks.$": "$.TaskArns"}, "$.others", "Any tasks?"),
		"Any tasks?": there("$.others.tasks[0]", "Read the tasks", "Run"),
		"Read the tasks": call("ecs:describeTasks", state{"Cluster": cluster, "Tasks.$": "$.others.tasks"},
			state{"same.$": fmt.Sprintf("$.Tasks[?(@.Group == '%s')].TaskArn", job.Resource())}, "$.others", "Of this job?"),
		"Of this job?": there("$.others.same[0]", "Overlap", "Run"),
		"Overlap":      fail(config.JobOverlaps, "Another run has not ended. Nothing was started beside it: AllowOverlap would."),
		"Run":          j.run(job, cluster),
		// A result of more than 256 KiB ends the run: few events, which follow each other closely.
		// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
		"Find its task": call("sfn:getExecutionHistory", state{"ExecutionArn.$": "$$.Execution.Id", "ReverseOrder": true, "MaxResults": 25},
			state{"submitted.$": "$.Events[?(@.Type == 'TaskSubmitted')].TaskSubmittedEventDetails.Output"}, "", "Read its task"),
		"Read its task": state{"Type": "Pass", "Parameters": state{"answer.$": "States.StringToJson(States.ArrayGetItem($.submitted, 0))"}, "Next": "Stop it"},
		"Stop it": call("ecs:stopTask", state{"Cluster": cluster, "Task.$": "$.answer.Tasks[0].TaskArn", "Reason": "The job took too long."},
			nil, "", "Too long"),
		"Too long": fail(config.JobTooLong, fmt.Sprintf("The run did not end within TimeoutMinutes, %d, and was stopped.", job.TimeoutMinutes)),
		"Done":     state{"Type": "Succeed"},
	}
	for _, more := range []state{j.ending(), again("try", "tries", "room"), again("wait", "room", "tries")} {
		maps.Copy(states, more)
	}
	if job.AllowOverlap {
		states["Placeholder?"].(state)["Default"] = "Run"
		for _, unused := range []string{"Look for tasks", "Any tasks?", "Read the tasks", "Of this job?", "Overlap"} {
			delete(states, unused)
		}
	}
	return state{"Comment": "Runs the job " + job.Name, "StartAt": "By the clock?", "States": states}
}

// choice is a state that leads to another one where all conditions hold. Step Functions looks
// at each only if those before it hold.
func choice(next, otherwise string, conditions ...state) state {
	rule := state{"Next": next}
	if len(conditions) == 1 {
		maps.Copy(rule, conditions[0])
	} else {
		rule["And"] = conditions
	}
	return state{"Type": "Choice", "Choices": []state{rule}, "Default": otherwise}
}

// run is the state that runs the task:
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
func (j *Jobs) run(job config.Job, cluster string) state {
	env, service := j.props.Env, j.props.Service
	var subnets []string
	for _, id := range j.props.Networking.PrivateSubnetIDs {
		subnets = append(subnets, *id)
	}
	return state{
		"Type": "Task", "Resource": "arn:" + env.Partition + ":states:::ecs:runTask.sync",
		"Parameters": state{
			"Cluster": cluster, "TaskDefinition.$": "$.definition.task", "LaunchType": onDemandCapacity, "Group": job.Resource(),
			"NetworkConfiguration": state{"AwsvpcConfiguration": state{
				"Subnets": subnets, "SecurityGroups": []string{*service.SecurityGroup.Group.Id()}, "AssignPublicIp": "DISABLED",
			}},
			"Overrides": state{
				"Cpu": strconv.Itoa(job.CPUUnits), "Memory": strconv.Itoa(job.MemoryMiB),
				"ContainerOverrides": []state{{"Name": service.container.Name, "Command": job.Command}},
			},
		},
		"TimeoutSeconds": 60 * job.TimeoutMinutes,
		"Catch": []state{
			{"ErrorEquals": []string{"States.Timeout"}, "Next": "Find its task"},
			{"ErrorEquals": []string{"AmazonECS.Unknown"}, "ResultPath": "$.failed", "Next": "Another wait?"},
			{"ErrorEquals": []string{"States.TaskFailed"}, "ResultPath": "$.failed", "Next": "Did a task end?"},
		},
		"Next": "Done",
	}
}

// ending are the states that look at how a task has failed. Step Functions takes a code of any
// container for a failure, also of one beside the API, which ECS kills when the command has
// ended. The cause is then the task as JSON, which AWS does not promise, and 32,768 characters
// at most: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html
// They read it only where it looks like one, as nothing catches what fails in them. The name
// States.TaskFailed also catches other errors, whose cause is a sentence.
func (j *Jobs) ending() state {
	return state{
		"Did a task end?": choice("Read its end", "Another try?",
			state{"Variable": "$.failed.Error", "StringEquals": "States.TaskFailed"},
			state{"Variable": "$.failed.Cause", "StringMatches": `{*"Containers"*}`}),
		"Read its end": state{"Type": "Pass", "Parameters": state{"task.$": "States.StringToJson($.failed.Cause)"}, "ResultPath": "$.end", "Next": "Read its code"},
		"Read its code": state{"Type": "Pass", "Parameters": state{
			"of.$": fmt.Sprintf("$.end.task.Containers[?(@.Name == '%s')].ExitCode", j.props.Service.container.Name),
		}, "ResultPath": "$.code", "Next": "Did the command succeed?"},
		"Did the command succeed?": choice("Done", "Another try?",
			state{"Variable": "$.end.task.StopCode", "IsPresent": true},
			state{"Variable": "$.end.task.StopCode", "StringEquals": "EssentialContainerExited"}, // And was not stopped, which may also end with 0.
			state{"Variable": "$.code.of[0]", "IsPresent": true},
			state{"Variable": "$.code.of[0]", "NumericEquals": 0}),
		// No state may fail with a name of Step Functions' own: https://states-language.net/#error-names
		"Whose error?": choice("Failed", "Refused", state{"Variable": "$.failed.Error", "StringMatches": "States.*"}),
		"Failed":       state{"Type": "Fail", "Error": config.JobFailed, "CausePath": "$.failed.Cause"},
		"Refused":      state{"Type": "Fail", "ErrorPath": "$.failed.Error", "CausePath": "$.failed.Cause"},
	}
}

// again are the states that try again, after twice as long each time, as long as the counter
// says so, and else fail as the last one did. A try begins with the two counters, and nothing of
// what failed, which each state would repeat in the history.
func again(what, counter, other string) state {
	wait, count := "Before another "+what, "Count the "+what
	left, seconds := "$."+counter+".left", "$."+counter+".seconds"
	return state{
		"Another " + what + "?": choice(wait, "Whose error?", state{"Variable": left, "NumericGreaterThan": 0}),
		wait:                    state{"Type": "Wait", "SecondsPath": seconds, "Next": count},
		count: state{"Type": "Pass", "Parameters": state{
			counter: state{"left.$": "States.MathAdd(" + left + ", -1)", "seconds.$": "States.MathAdd(" + seconds + ", " + seconds + ")"}, other + ".$": "$." + other,
		}, "Next": "Find the definition"},
	}
}

// metric is one of a job's state machine:
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
func (j *Jobs) metric(job, name string) metric {
	return metric{"AWS/States", name, []dimension{{"StateMachineArn", *j.Machines[job].Arn()}}}
}

// lines are one for each job.
func (j *Jobs) lines(name, statistic string) (lines []line) {
	for _, job := range j.props.Settings {
		lines = append(lines, line{j.metric(job.Name, name), statistic, job.Name})
	}
	return lines
}

// WatchJobs adds the alarms of runs that failed, and of those that were not begun.
func (a *Alarms) WatchJobs(j *Jobs) {
	for _, job := range j.props.Settings {
		a.add(alarm{
			id: ownID("job", job.Name), metric: j.metric(job.Name, "ExecutionsFailed"), statistic: "Sum",
			threshold: 0, periodSeconds: fiveMinutesSeconds, periods: 1, missingData: missingIsGood,
			description: fmt.Sprintf("The job %s failed: it ended with another code than 0, took longer than %d minutes, found another run, or did not start. Read why in the last execution of the state machine %s first, and then what it printed in the log group %s.",
				job.Name, job.TimeoutMinutes, j.props.Env.Name(job.Resource()), j.props.Service.LogGroup.Name),
		})
	}
	a.add(alarm{
		id: "jobs_dead_letters", metric: metric{"AWS/SQS", "ApproximateNumberOfMessagesVisible", []dimension{{"QueueName", *j.DeadLetters.Name()}}}, statistic: "Maximum",
		threshold: 0, periodSeconds: fiveMinutesSeconds, periods: 1, missingData: missingIsGood,
		description: fmt.Sprintf("A job was due and could not be begun. The message in the queue %s says which one and why: read it first, run the job by make run JOB=…, and delete the message.", j.props.Env.Name(jobsName+"-dead-letters")),
	})
}
