package emulator

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Run is a task that was started by itself, and of no service.
type Run struct {
	// Definition is the ARN of its task definition, Cluster the name of its cluster.
	Definition, Cluster, ARN string
	// Container is the first one of its definition.
	Container ecstypes.ContainerDefinition
	// Outcome is how it ends.
	Outcome Outcome

	token          string
	created, ended time.Time
	stopped        bool
}

// Outcome is how a task ends that was started by itself.
type Outcome struct {
	// ExitCode is that of its first container.
	ExitCode int
	// Refused is why it does not start, or empty.
	Refused string
	// Printed are the lines that it prints.
	Printed []string
	// Takes is how long it runs.
	Takes time.Duration
}

// OnRun decides how the tasks end that are started by themselves from now on. Without it,
// each exits with 0.
func (e *Emulator) OnRun(decide func(r Run) Outcome) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	e.memory.onRun = decide
}

// Runs are the tasks that were started by themselves in the cluster, in their order.
func (e *Emulator) Runs(cluster string) (runs []Run) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	for _, r := range e.memory.runs {
		if r.Cluster == cluster {
			runs = append(runs, *r)
		}
	}
	return runs
}

// startingRun is how long a task takes to start.
const startingRun = 500 * time.Millisecond

// runTask starts a task, or finds the one that was started with the token.
func (m *memory) runTask(c *Call) (string, []byte) {
	var request struct{ TaskDefinition, Cluster, ClientToken string }
	c.decode(&request)
	found, err := ecs.NewFromConfig(m.of(c)).DescribeTaskDefinition(background, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &request.TaskDefinition})
	if err != nil {
		return "", nil // moto knows none, either.
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.runs, func(r *Run) bool { return request.ClientToken != "" && r.token == request.ClientToken })
	if at < 0 {
		r := &Run{
			Definition: *found.TaskDefinition.TaskDefinitionArn, Cluster: path.Base(request.Cluster), created: now(),
			Container: found.TaskDefinition.ContainerDefinitions[0], token: request.ClientToken,
		}
		r.ARN = strings.Join([]string{"arn:aws:ecs", c.Region, account, "task/" + r.Cluster + "/" + newTaskID()}, ":")
		if m.onRun != nil {
			r.Outcome = m.onRun(*r)
		}
		r.ended = r.created.Add(startingRun + r.Outcome.Takes)
		m.print(c, r)
		at, m.runs = len(m.runs), append(m.runs, r)
	}
	return jsonType, mustJSON(map[string]any{"tasks": []any{m.runs[at].described()}, "failures": []any{}})
}

// print writes what the task prints into its stream.
func (m *memory) print(c *Call, r *Run) {
	if len(r.Outcome.Printed) == 0 || r.Container.LogConfiguration == nil {
		return
	}
	options := r.Container.LogConfiguration.Options
	group, stream := options["awslogs-group"], strings.Join([]string{options["awslogs-stream-prefix"], *r.Container.Name, path.Base(r.ARN)}, "/")
	var events []logtypes.InputLogEvent
	for _, line := range r.Outcome.Printed {
		events = append(events, logtypes.InputLogEvent{Message: aws.String(line), Timestamp: aws.Int64(now().UnixMilli())})
	}
	client := cloudwatchlogs.NewFromConfig(m.of(c))
	_, _ = client.CreateLogStream(background, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}) // Where there is no group, there is no log.
	_, _ = client.PutLogEvents(background, &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream, LogEvents: events})
}

// described is the task in an answer.
func (r *Run) described() map[string]any {
	seconds := func(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
	container := map[string]any{"name": *r.Container.Name, "lastStatus": "RUNNING"}
	task := map[string]any{
		"taskArn": r.ARN, "taskDefinitionArn": r.Definition, "group": "family:" + family(r.Definition), "launchType": "FARGATE",
		"clusterArn": strings.Replace(path.Dir(r.ARN), ":task/", ":cluster/", 1), "desiredStatus": "RUNNING",
		"createdAt": seconds(r.created), "containers": []any{container},
	}
	switch {
	case now().Before(r.created.Add(startingRun)):
		task["lastStatus"], container["lastStatus"] = "PROVISIONING", "PENDING"
	case now().Before(r.ended):
		task["lastStatus"] = "RUNNING"
	default:
		maps.Copy(task, map[string]any{"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedAt": seconds(r.ended)})
		container["lastStatus"] = "STOPPED"
		switch {
		case r.stopped:
			task["stopCode"], task["stoppedReason"], container["exitCode"] = "UserInitiated", "Task stopped by user", 143
		case r.Outcome.Refused != "":
			task["stopCode"], task["stoppedReason"] = "TaskFailedToStart", r.Outcome.Refused
		default:
			task["stopCode"], task["stoppedReason"], container["exitCode"] = "EssentialContainerExited", "Essential container in task exited", r.Outcome.ExitCode
		}
	}
	return task
}

// family is that of a task definition's ARN.
func family(definition string) string {
	name, _, _ := strings.Cut(path.Base(definition), ":")
	return name
}

// listRuns answers with the tasks of a family; of those of a service another rule knows.
func (m *memory) listRuns(c *Call) (string, []byte) {
	var request struct{ Family, DesiredStatus string }
	c.decode(&request)
	if request.Family == "" {
		return "", nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	arns := []string{}
	for _, r := range m.runs {
		if family(r.Definition) == request.Family && r.described()["desiredStatus"] == request.DesiredStatus {
			arns = append(arns, r.ARN)
		}
	}
	return jsonType, mustJSON(map[string]any{"taskArns": arns})
}

// describeRuns answers with tasks that were started by themselves, if it is asked for one.
func (m *memory) describeRuns(c *Call) (string, []byte) {
	var request struct{ Tasks []string }
	c.decode(&request)
	m.mu.Lock()
	defer m.mu.Unlock()
	var tasks []any
	for _, r := range m.runs {
		if slices.Contains(request.Tasks, r.ARN) {
			tasks = append(tasks, r.described())
		}
	}
	if tasks == nil {
		return "", nil
	}
	return jsonType, mustJSON(map[string]any{"tasks": tasks, "failures": []any{}})
}

// stopRun ends a task that was started by itself.
func (m *memory) stopRun(c *Call) (string, []byte) {
	var request struct{ Task string }
	c.decode(&request)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.runs {
		if r.ARN == request.Task {
			r.stopped, r.ended = true, now()
			return jsonType, mustJSON(map[string]any{"task": r.described()})
		}
	}
	return "", nil
}

