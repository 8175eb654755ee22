package constructs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"

	"flask-api/config"
)

const (
	// startMinutes is how long messages wait before the first task starts. The newest minute
	// may be without the number of tasks, which comes later than that of messages, and then
	// counts as one without any:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
	startMinutes = 2
	// startCooldownSeconds is how long a first task may take to run before another one starts.
	startCooldownSeconds = 300
	// idleMinutes is how long there is no message before the last task ends.
	idleMinutes = 10
	// unservedMinutes is how long messages may wait without a task, which has been wanted by
	// then.
	unservedMinutes = 10
)

// WorkerProps configures a [Worker].
type WorkerProps struct {
	Env      Env
	Settings config.Worker
	// Service and Scaling are the API's settings, of which a worker has its size, its command
	// and its range of tasks otherwise.
	Service config.Service
	Scaling config.Scaling
	// API is whose image, variables, secrets, permissions and network a worker has.
	API        *Service
	Image      Image
	Networking *Networking
	// Queue is what it takes messages from; nil for a worker that does something else.
	Queue *Queue
}

// Worker is a service without a load balancer, with a command and a task role of its own.
type Worker struct {
	*Service
	// Settings give its queue and its range of tasks.
	Settings config.Worker
	// Queue is what it takes messages from, or nil.
	Queue *Queue

	id string
}

// NewWorker creates the service `<name>-worker-<worker>-<suffix>` of the API as it is by
// then: what the API is given later, a worker does not have.
func NewWorker(scope constructs.Construct, props WorkerProps) *Worker {
	api, settings := props.API, props.Settings
	w := &Worker{Settings: settings, Queue: props.Queue, id: ownID("worker", settings.Name)}
	process := props.Service
	process.Command, process.CPUUnits, process.MemoryMiB = settings.Command, settings.CPUUnits, settings.MemoryMiB
	process.StopTimeoutSeconds = settings.StopTimeoutSeconds
	role := NewRole(scope, w.id+"_role", RoleProps{
		Env: props.Env, Service: tasksService, Name: settings.RoleName(), Description: "What the worker " + settings.Name + " of the " + props.Env.API() + " may do",
	})
	name := settings.Resource()
	w.Service = NewService(scope, w.id, ServiceProps{
		Env: props.Env, Settings: process, Images: api.images,
		// One task shows whether the command starts, also where none is needed yet.
		DesiredTasks: max(settings.MinTasks, 1),
		Name:         name, TaskName: name, ContainerName: name, Image: props.Image,
		Cluster: api.Cluster, Networking: props.Networking, LogGroup: api.LogGroup,
		SecurityGroup: api.SecurityGroup, ExecutionRole: api.ExecutionRole, TaskRole: role,
	})
	w.becomeLike(api)
	role.GrantAllOf(api.taskRole)
	if props.Queue != nil {
		props.Queue.GrantConsume(role)
	}
	if settings.SpotPercent > 0 {
		w.RunOnSpot(0, settings.SpotPercent)
	}
	w.scale(scope, props)
	return w
}

// addWorkers adds the workers to what the API is by now. The API is the last to move to another
// image: a worker that does not start keeps it, and what a new API sends, its workers know.
func (s *Stack) addWorkers(cfg config.Config, api *Service, image Image, networking *Networking) {
	for _, settings := range cfg.Workers {
		s.Workers = append(s.Workers, NewWorker(s, WorkerProps{
			Env: s.Env, Settings: settings, Service: cfg.Service, Scaling: cfg.Scaling,
			API: api, Image: image, Networking: networking, Queue: s.queueCalled(settings.Queue),
		}))
	}
	for _, worker := range s.Workers {
		api.WaitFor(worker.Service.Service)
	}
}

// queueCalled is the queue of the name, or nil without one.
func (s *Stack) queueCalled(name string) *Queue {
	for _, queue := range s.Queues {
		if queue.Settings.Name == name {
			return queue
		}
	}
	return nil
}

// becomeLike gives the tasks what those of the API have. A pipeline replaces the placeholder,
// and takes the command from a label.
func (w *Worker) becomeLike(api *Service) {
	own := w.container
	own.Environment, own.Secrets, own.EnvironmentFiles = slices.Clone(api.container.Environment), slices.Clone(api.container.Secrets), api.container.EnvironmentFiles
	for i, v := range own.Environment {
		if v.Name == "OTEL_SERVICE_NAME" { // Traces tell it from the API.
			own.Environment[i].Value = w.Name
		}
	}
	own.DependsOn = api.container.DependsOn
	if command := w.Settings.HealthCheckCommand; len(command) > 0 {
		own.HealthCheck = aliveCheck(command)
	}
	w.labelCommand(w.Settings.Command)
	w.containers = append(w.containers, api.containers[1:]...)
	if api.executable {
		w.EnableExecuteCommand()
	}
	w.defineContainers()
	if api.rotation != "" {
		w.startAnewFor(api.rotation)
	}
	for _, need := range api.needs {
		if !slices.ContainsFunc(w.needs, func(known *string) bool { return *known == *need }) {
			w.needs = append(w.needs, need)
		}
	}
	w.WaitFor()
}

// scale registers how many tasks there are, and what changes that: the backlog for each
// task, or their CPU. Nothing is measured of no task, by which the backlog could be divided,
// so that a step starts the first one. The last one ends by a step, too: tracking asks for one
// at least, because AWS does not round a number of tasks down to none:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
func (w *Worker) scale(scope constructs.Construct, props WorkerProps) {
	scaling := props.Scaling.Of(w.Settings.MinTasks, w.Settings.MaxTasks)
	if w.Queue != nil {
		scaling.CPUTargetPercent = 0
	}
	a := NewAutoscaling(scope, w.id+"_autoscaling", AutoscalingProps{Env: props.Env, Settings: scaling, Service: w.Service, Prefix: w.Settings.Resource() + "-"})
	if w.Queue == nil {
		return
	}
	a.track("backlog", w.Settings.BacklogPerTask, w.backlogPerTask())
	if w.Settings.MinTasks == 0 {
		w.startFirst(a)
		w.stopLast(a)
	}
}

// openMessages are those that wait and those that are worked on. Without the latter, tasks
// would be stopped at work. While none is, AWS may send no number, see:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
const openMessages = "visible + FILL(in_flight, 0)"

// backlogPerTask is the expression to track, and what it is made of.
func (w *Worker) backlogPerTask() *tracking {
	queries := []*trackedQuery{
		{Id: jsii.String("backlog"), Expression: jsii.String(openMessages), ReturnData: jsii.Bool(false)},
		{Id: jsii.String("per_task"), Expression: jsii.String("IF(backlog > 0, backlog, 1) / running"), Label: jsii.String("Open messages for each task"), ReturnData: jsii.Bool(true)},
		w.Queue.visible().tracked("visible", "Maximum"),
		w.Queue.inFlight().tracked("in_flight", "Maximum"),
		w.insight("RunningTaskCount").tracked("running", "Average"),
	}
	return &tracking{CustomizedMetricSpecification: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification{Metrics: &queries}}
}

type (
	trackedQuery  = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics
	trackedStat   = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat
	trackedMetric = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric
	trackedBy     = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions
)

// tracked is the metric in an expression that autoscaling tracks.
func (m metric) tracked(id, statistic string) *trackedQuery {
	var dimensions []*trackedBy
	for _, d := range m.dimensions {
		dimensions = append(dimensions, &trackedBy{Name: &d.name, Value: &d.value})
	}
	return &trackedQuery{Id: &id, ReturnData: jsii.Bool(false), MetricStat: &trackedStat{
		Metric: &trackedMetric{Namespace: &m.namespace, MetricName: &m.name, Dimensions: &dimensions}, Stat: &statistic,
	}}
}

// unserved are the messages that wait while no task runs. ECS measures nothing of a service
// without tasks.
const unserved = "IF(FILL(running, 0) > 0, 0, visible)"

// startFirst starts a task when messages wait and none runs. It adds one and does not set
// the number, so that it never ends tasks that start.
func (w *Worker) startFirst(a *Autoscaling) {
	a.step("start", "ChangeInCapacity", 1, startCooldownSeconds, &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmDescription:   jsii.String("Messages wait, and no task of " + w.Name + " runs: starts one."),
		ComparisonOperator: jsii.String("GreaterThanThreshold"),
		EvaluationPeriods:  jsii.Number(startMinutes),
	}, unserved, w.Queue.visible().query("visible", minuteSeconds, "Maximum"), w.insight("RunningTaskCount").query("running", minuteSeconds, "Maximum"))
}

// stopLast ends all tasks when there is nothing to do, and nothing is being done. Nobody asks
// a queue for messages whose numbers are not measured, so that without data nothing ends.
func (w *Worker) stopLast(a *Autoscaling) {
	a.step("stop", "ExactCapacity", 0, startCooldownSeconds, &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmDescription:   jsii.String(fmt.Sprintf("No message has waited or been worked on for %d minutes: ends the tasks of %s.", idleMinutes, w.Name)),
		ComparisonOperator: jsii.String("LessThanOrEqualToThreshold"),
		EvaluationPeriods:  jsii.Number(idleMinutes),
	}, openMessages, w.Queue.visible().query("visible", minuteSeconds, "Maximum"), w.Queue.inFlight().query("in_flight", minuteSeconds, "Maximum"))
}

// step creates a policy of one step, and the alarm of the expression that takes it.
func (a *Autoscaling) step(name, adjustment string, by, cooldownSeconds int, alarm *cloudwatchmetricalarm.CloudwatchMetricAlarmConfig,
	expression string, metrics ...*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery,
) {
	only := &appautoscalingpolicy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment{ScalingAdjustment: jsii.Number(by)}
	if strings.HasPrefix(*alarm.ComparisonOperator, "Greater") {
		only.MetricIntervalLowerBound = jsii.String("0")
	} else {
		only.MetricIntervalUpperBound = jsii.String("0")
	}
	policy := a.add(name, "StepScaling", &appautoscalingpolicy.AppautoscalingPolicyConfig{
		StepScalingPolicyConfiguration: &appautoscalingpolicy.AppautoscalingPolicyStepScalingPolicyConfiguration{
			AdjustmentType: &adjustment, Cooldown: jsii.Number(cooldownSeconds), MetricAggregationType: jsii.String("Maximum"),
			StepAdjustment: &[]*appautoscalingpolicy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment{only},
		},
	})
	queries := append([]*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{
		{Id: jsii.String("result"), Expression: &expression, Label: jsii.String("Messages"), ReturnData: jsii.Bool(true)},
	}, metrics...)
	alarm.AlarmName = jsii.String(a.env.Name(a.prefix + name))
	alarm.Threshold, alarm.TreatMissingData, alarm.MetricQuery = jsii.Number(0), jsii.String(missingIsGood), &queries
	alarm.AlarmActions = &[]*string{policy.Arn()}
	cloudwatchmetricalarm.NewCloudwatchMetricAlarm(a.scope, jsii.String(name+"_alarm"), alarm)
}

// WatchWorker adds the alarms of the worker's tasks. One that may have none has to have one
// while messages wait.
func (a *Alarms) WatchWorker(w *Worker) {
	a.watchUse(w.id, "the MaxTasks of the worker "+w.Settings.Name, w.Service)
	if w.Settings.MinTasks > 0 {
		a.watchTasks(w.id+"_running_tasks", w.Settings.MinTasks, w.Service)
		return
	}
	running := w.insight("RunningTaskCount")
	a.add(alarm{
		id: w.id + "_running_tasks", metric: w.Queue.visible(), statistic: "Maximum",
		threshold: 0, periodSeconds: minuteSeconds, periods: unservedMinutes, missingData: missingIsGood,
		expression: "IF(FILL(wanted, 0) > 0, 0, measured)", wanted: &running,
		description: fmt.Sprintf("For %d minutes messages have waited, and no task has run. Read the events of the ECS service %s first, and its log: a command that fails and a lack of capacity stand there.", unservedMinutes, w.Name),
	})
}

// workers shows of each how many tasks there are, and what they use.
func (d *dashboard) workers(workers []*Worker) {
	for _, w := range workers {
		d.row(
			w.tasksGraph("Worker "+w.Settings.Name+": tasks", w.Settings.MinTasks, w.Settings.MaxTasks),
			graph("Worker "+w.Settings.Name+": use in percent", []line{
				{w.metric("CPUUtilization"), "Average", "CPU"}, {w.metric("MemoryUtilization"), "Average", "memory"},
			}, annotation{"alarm", highUsePercent}),
		)
	}
}
