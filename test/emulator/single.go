package emulator

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Single is a task that was run by itself, and not by a service.
type Single struct {
	Task
	// Command is the one that it was run with; nil is the definition's own.
	Command []string
	// Reason is why it was stopped, or empty.
	Reason string

	arn, startedBy string
	group          string // that the call that ran it gave it, if any
	main           string // the container that it was run for; empty is each
	asked          string // the definition, as the call that ran it names it
	exec           bool
	environment    []ecstypes.KeyValuePair // that it was run with
	does           Outcome
}

// Outcome is what a single task does.
type Outcome struct {
	// Prints are lines; the last one arrives when the task has ended.
	Prints []string
	// Code is its exit code, and Sidecars that of the containers beside the one that the call
	// names which runs it.
	Code, Sidecars int
	// Runs is how long it runs.
	Runs time.Duration
	// Fails is why it does not start; empty if it does.
	Fails string
	// Refused is why ECS does not take it, as where it has no room; empty if it does.
	Refused string
}

// operateMemory is what those need who operate what is deployed.
type operateMemory struct {
	sync.Mutex
	single  []*Single
	tokens  map[string]*Single              // by client token
	do      map[string]func(Single) Outcome // by family
	history map[string][]map[string]any     // of deployments, by service, oldest first
}

// OnRunTask has do decide what tasks of the family do that are run by themselves. Without
// it they end at once, with 0.
func (e *Emulator) OnRunTask(family string, do func(Single) Outcome) {
	o := &e.memory.operate
	o.Lock()
	defer o.Unlock()
	if o.do == nil {
		o.do = map[string]func(Single) Outcome{}
	}
	o.do[family] = do
}

// SingleTasks are those that were run in the cluster of that name.
func (e *Emulator) SingleTasks(cluster string) (tasks []Single) {
	o := &e.memory.operate
	o.Lock()
	defer o.Unlock()
	for _, task := range o.in(cluster) {
		tasks = append(tasks, *task)
	}
	return tasks
}

// AgeSingleTasks has all that was run in the cluster by itself be of so long ago.
func (e *Emulator) AgeSingleTasks(cluster string, by time.Duration) {
	o := &e.memory.operate
	o.Lock()
	defer o.Unlock()
	for _, task := range o.in(cluster) {
		task.Started, task.end = task.Started.Add(-by), task.end.Add(-by)
	}
}

// in are the single tasks of a cluster, by its name or its ARN.
func (o *operateMemory) in(cluster string) []*Single {
	return slices.DeleteFunc(slices.Clone(o.single), func(t *Single) bool { return t.cluster() != path.Base(cluster) })
}

func (t *Single) cluster() string { return path.Base(path.Dir(t.arn)) }

// family is that of the task's definition.
func (t *Single) family() string {
	family, _, _ := strings.Cut(path.Base(t.Definition), ":")
	return family
}

// runTask starts a task, unless the call is one that was made before.
func (m *memory) runTask(c *Call) (string, []byte) {
	var request struct {
		Cluster, TaskDefinition, ClientToken, StartedBy, Group string
		EnableExecuteCommand                                   bool
		Overrides                                              struct{ ContainerOverrides []ecstypes.ContainerOverride }
		NetworkConfiguration                                   struct{ AwsvpcConfiguration struct{ Subnets []string } }
	}
	c.decode(&request)
	o := &m.operate
	o.Lock()
	task := o.tokens[request.ClientToken]
	o.Unlock()
	if task == nil || request.ClientToken == "" {
		task = &Single{Task: m.newTask(request.TaskDefinition), asked: request.TaskDefinition, startedBy: request.StartedBy, group: request.Group, exec: request.EnableExecuteCommand}
		task.arn = fmt.Sprintf("arn:aws:ecs:%s:%s:task/%s/%s", c.Region, account, path.Base(request.Cluster), task.id)
		if subnets := request.NetworkConfiguration.AwsvpcConfiguration.Subnets; len(subnets) > 0 {
			task.subnet = subnets[0]
		}
		for _, override := range request.Overrides.ContainerOverrides {
			task.Command, task.environment, task.main = override.Command, override.Environment, aws.ToString(override.Name)
		}
		if refused := m.begin(task, request.ClientToken); refused != "" {
			return jsonType, mustJSON(map[string]any{"tasks": []any{}, "failures": []any{map[string]any{"reason": refused}}})
		}
	}
	return jsonType, mustJSON(map[string]any{"tasks": []any{m.describedSingle(task)}, "failures": []any{}})
}

// refuseToken refuses a client token that another call has used.
func (m *memory) refuseToken(c *Call) *fault {
	var request struct{ TaskDefinition, ClientToken string }
	c.decode(&request)
	o := &m.operate
	o.Lock()
	defer o.Unlock()
	if task := o.tokens[request.ClientToken]; task == nil || request.ClientToken == "" || task.asked == request.TaskDefinition {
		return nil
	}
	return refusal(c, "ConflictException", "The RunTask request could not be processed due to conflicts. The provided clientToken is already in use with a different RunTask request.")
}

// begin has the task do what it does, or returns why ECS does not take it.
func (m *memory) begin(task *Single, token string) (refused string) {
	o := &m.operate
	o.Lock()
	defer o.Unlock()
	if do := o.do[task.family()]; do != nil {
		task.does = do(*task)
	}
	if task.does.Refused != "" {
		return task.does.Refused
	}
	starts := time.Duration(len(startingTask)-1) * taskPhase
	task.end = task.Started.Add(starts + task.does.Runs)
	o.single = append(o.single, task)
	if o.tokens == nil {
		o.tokens = map[string]*Single{}
	}
	o.tokens[token] = task
	if s := m.server.Load(); s.has(task.cluster()) {
		s.runSingle(task)
		return ""
	}
	if prints := task.does.Prints; len(prints) > 0 && task.does.Fails == "" {
		last := len(prints) - 1
		time.AfterFunc(starts, func() { m.write(task, prints[:last]) })
		time.AfterFunc(starts+task.does.Runs+time.Duration(len(endingTask))*taskPhase, func() { m.write(task, prints[last:]) })
	}
	return ""
}

// write writes lines into the task's log stream.
func (m *memory) write(task *Single, lines []string) {
	definition, err := m.definition(task.Definition)
	if err != nil || len(lines) == 0 {
		return
	}
	stream, ended := m.newStream(definition.ContainerDefinitions[0], task.id), make(chan struct{})
	for _, line := range lines {
		stream.add([]byte(line))
	}
	close(ended)
	stream.send(ended)
}

// stopTask tells a task to end.
func (m *memory) stopTask(c *Call) (string, []byte) {
	var request struct{ Task, Reason string }
	c.decode(&request)
	o := &m.operate
	o.Lock()
	i := slices.IndexFunc(o.single, func(t *Single) bool { return t.arn == request.Task || t.id == request.Task })
	switch {
	case i >= 0 && o.single[i].process != nil:
		o.single[i].process.stop(ecstypes.TaskStopCodeUserInitiated, request.Reason)
	case i >= 0 && !o.single[i].ends():
		o.single[i].end, o.single[i].Reason = now(), request.Reason
	}
	o.Unlock()
	if i < 0 {
		return jsonType, []byte("{}")
	}
	return jsonType, mustJSON(map[string]any{"task": m.describedSingle(o.single[i])})
}

// listSingle are the ARNs of the single tasks that a call asks for.
func (m *memory) listSingle(c *Call) []string {
	var request struct{ Cluster, Family, ServiceName, StartedBy, DesiredStatus string }
	c.decode(&request)
	o := &m.operate
	o.Lock()
	defer o.Unlock()
	var arns []string
	for _, task := range o.in(request.Cluster) {
		_, desired := task.status()
		if request.ServiceName == "" && (request.Family == "" || task.family() == request.Family) && strings.HasPrefix(task.startedBy, request.StartedBy) &&
			(desired == request.DesiredStatus || request.DesiredStatus == "" && desired == "RUNNING") {
			arns = append(arns, task.arn)
		}
	}
	return arns
}

// describeSingle are the single tasks among those of the ARNs. What they run and where is
// asked of moto, which all that deploys at a time shares.
func (m *memory) describeSingle(arns []string) map[string]any {
	o := &m.operate
	o.Lock()
	tasks := slices.Clone(o.single)
	o.Unlock()
	described := map[string]any{}
	for _, task := range tasks {
		if slices.Contains(arns, task.arn) {
			described[task.arn] = m.describedSingle(task)
		}
	}
	return described
}

// describedSingle is a single task in an answer.
func (m *memory) describedSingle(task *Single) map[string]any {
	described := m.where(task.Task, describedTask(task.arn, "", task.Task))
	described["clusterArn"] = path.Dir(strings.Replace(task.arn, ":task/", ":cluster/", 1))
	described["group"], described["startedBy"], described["createdAt"] = cmp.Or(task.group, "family:"+task.family()), task.startedBy, seconds(task.Started)
	last, _ := task.status()
	for _, container := range described["containers"].([]map[string]any) {
		container["runtimeId"] = task.runtime()
		if task.exec {
			container["managedAgents"] = []any{map[string]any{"name": "ExecuteCommandAgent", "lastStatus": map[bool]string{true: "RUNNING", false: "PENDING"}[m.connected(task)]}}
		}
		if last != "STOPPED" || task.process != nil {
			continue
		}
		described["stoppedAt"], described["stoppedReason"], described["stopCode"] = task.end.Unix(), "Essential container in task exited", "EssentialContainerExited"
		switch {
		case task.does.Fails != "":
			described["stoppedReason"], described["stopCode"] = task.does.Fails, "TaskFailedToStart"
		case task.Reason != "":
			container["exitCode"], described["stoppedReason"], described["stopCode"] = 137, task.Reason, "UserInitiated"
		case task.main != "" && container["name"] != task.main:
			container["exitCode"] = task.does.Sidecars
		default:
			container["exitCode"] = task.does.Code
		}
	}
	return described
}

func (t *Single) runtime() string { return t.id + "-0527074092" }

// connected tells whether the agent of ECS Exec runs in the task, which it does nowhere where
// it cannot write:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
func (m *memory) connected(task *Single) bool {
	definition, err := m.definition(task.Definition)
	last, _ := task.status()
	return err == nil && task.exec && last == "RUNNING" &&
		!slices.ContainsFunc(definition.ContainerDefinitions, func(c ecstypes.ContainerDefinition) bool { return aws.ToBool(c.ReadonlyRootFilesystem) })
}

// refuseSession refuses a session in a task that takes none.
func (m *memory) refuseSession(c *Call) *fault {
	var request struct{ Task, Target string }
	c.decode(&request)
	o := &m.operate
	o.Lock()
	i := slices.IndexFunc(o.single, func(t *Single) bool {
		return t.arn == request.Task || fmt.Sprintf("ecs:%s_%s_%s", t.cluster(), t.id, t.runtime()) == request.Target
	})
	tasks := slices.Clone(o.single)
	o.Unlock()
	switch {
	case i >= 0 && m.connected(tasks[i]):
		return nil
	case c.Service == "ssm":
		return refusal(c, "TargetNotConnected", request.Target+" is not connected.")
	}
	return refusal(c, "InvalidParameterException", "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn't running. "+
		"Wait and try again or run a new task with execute command enabled and try again.")
}

// openSession answers as both services do, each with its own case of letters.
func openSession(_ *memory, c *Call) (string, []byte) {
	if c.Service == "ssm" {
		return jsonType, mustJSON(map[string]any{"SessionId": "operator-0123", "StreamUrl": "wss://example.com/session", "TokenValue": SessionToken})
	}
	return jsonType, mustJSON(map[string]any{"session": map[string]any{"sessionId": "ecs-execute-command-0123", "streamUrl": "wss://example.com/session", "tokenValue": SessionToken}})
}

// SessionToken opens the sessions of the emulated AWS.
const SessionToken = "AAEAAemulatedSessionToken" //nolint:gosec // It opens nothing.

// where adds to a described task its zone, and which images its containers have pulled.
func (m *memory) where(task Task, described map[string]any) map[string]any {
	subnets, err := ec2.NewFromConfig(m.account).DescribeSubnets(background, &ec2.DescribeSubnetsInput{SubnetIds: []string{task.subnet}})
	if err == nil && len(subnets.Subnets) == 1 {
		described["availabilityZone"] = aws.ToString(subnets.Subnets[0].AvailabilityZone)
	}
	definition, err := m.definition(task.Definition)
	if err != nil {
		return described
	}
	for _, container := range definition.ContainerDefinitions {
		for _, shown := range described["containers"].([]map[string]any) {
			if shown["name"] == aws.ToString(container.Name) {
				sum := sha256.Sum256([]byte(aws.ToString(container.Image)))
				shown["image"], shown["imageDigest"] = container.Image, "sha256:"+hex.EncodeToString(sum[:])
			}
		}
	}
	return described
}
