package emulator

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// singleTask is one of no service.
type singleTask struct {
	Task
	cluster, family, startedBy, token string
	overrides                         any
}

// runRequest is what RunTask is asked, as far as it is done here.
type runRequest struct {
	Cluster, TaskDefinition, StartedBy, ClientToken string
	Overrides                                       struct{ ContainerOverrides []ecstypes.ContainerOverride }
	NetworkConfiguration                            struct{ AwsvpcConfiguration struct{ Subnets []string } }
}

// runTask starts a task of no service. Who asks again with the same token gets the same
// task: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
func (s *Server) runTask(m *memory, c *Call) (string, []byte) {
	var request runRequest
	var raw map[string]any
	c.decode(&request)
	c.decode(&raw)
	s.mu.Lock()
	for arn, task := range s.single {
		if request.ClientToken != "" && task.token == request.ClientToken {
			defer s.mu.Unlock()
			return jsonType, mustJSON(map[string]any{"tasks": []any{task.described(arn)}, "failures": []any{}})
		}
	}
	s.mu.Unlock()
	found, err := ecs.NewFromConfig(m.account).DescribeTaskDefinition(background, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &request.TaskDefinition})
	if err != nil {
		return jsonType, mustJSON(map[string]any{"tasks": []any{}, "failures": []any{map[string]string{"reason": err.Error()}}})
	}
	var where service
	where.Service.NetworkConfiguration = request.NetworkConfiguration
	definition := found.TaskDefinition
	task := &singleTask{
		Task: m.newTask(aws.ToString(definition.TaskDefinitionArn)), cluster: path.Base(request.Cluster), family: aws.ToString(definition.Family),
		startedBy: request.StartedBy, token: request.ClientToken, overrides: raw["overrides"],
	}
	task.subnet, task.address = m.place(where, 0)
	var overrides ecstypes.ContainerOverride
	name := aws.ToString(mainContainer(definition).Name)
	if i := slices.IndexFunc(request.Overrides.ContainerOverrides, func(o ecstypes.ContainerOverride) bool { return aws.ToString(o.Name) == name }); i >= 0 {
		overrides = request.Overrides.ContainerOverrides[i]
	}
	s.launch(&task.Task, definition, overrides)
	prefix, _, _ := strings.Cut(task.Definition, ":task-definition/")
	arn := prefix + ":task/" + task.cluster + "/" + task.id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.single[arn] = task
	return jsonType, mustJSON(map[string]any{"tasks": []any{task.described(arn)}, "failures": []any{}})
}

// described is the task in an answer.
func (t *singleTask) described(arn string) map[string]any {
	d := describedTask(arn, "", t.Task)
	d["group"], d["startedBy"], d["overrides"], d["healthStatus"] = "family:"+t.family, t.startedBy, t.overrides, "UNKNOWN"
	return d
}

// details adds to a described task what is known of its process.
func (p *process) details(task map[string]any, own []string, started time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	task["createdAt"], task["startedAt"] = seconds(started), seconds(started)
	if p.reason == "" {
		return
	}
	task["stopCode"], task["stoppedReason"], task["stoppingAt"] = string(p.code), p.reason, seconds(p.at)
	if p.last != "STOPPED" {
		return
	}
	task["stoppedAt"] = seconds(p.at)
	for _, c := range task["containers"].([]map[string]any) {
		if name, _ := c["name"].(string); slices.Contains(own, name) && p.exit >= 0 {
			c["exitCode"] = p.exit
		}
	}
}

// describeSingle answers with tasks of no service, if they are all that is asked for.
func (s *Server) describeSingle(c *Call) []repair {
	var request struct{ Tasks []string }
	c.decode(&request)
	described := []any{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, task := range s.single {
		if slices.Contains(request.Tasks, arn) || slices.Contains(request.Tasks, task.id) {
			described = append(described, task.described(arn))
		}
	}
	if len(described) != len(request.Tasks) || len(described) == 0 {
		return nil
	}
	return []repair{{answer: func(*memory, *Call) (string, []byte) {
		return jsonType, mustJSON(map[string]any{"tasks": described, "failures": []any{}})
	}}}
}

// listSingle adds the tasks of no service to an answer, where they are not excluded.
func (s *Server) listSingle(_ *memory, c *Call, body []byte) []byte {
	var request struct{ Cluster, ServiceName, Family, StartedBy, DesiredStatus string }
	c.decode(&request)
	if request.ServiceName != "" {
		return body
	}
	return changeJSON(body, func(answer map[string]any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		arns := anyList(answer["taskArns"])
		for arn, task := range s.single {
			_, desired := task.status()
			fits := func(wanted, is string) bool { return wanted == "" || wanted == is }
			if task.cluster == path.Base(request.Cluster) && fits(request.Family, task.family) && fits(request.StartedBy, task.startedBy) &&
				desired == orRunning(request.DesiredStatus) {
				arns = append(arns, arn)
			}
		}
		answer["taskArns"] = arns
	})
}

// orRunning is the status that is asked for, which is RUNNING unless another one is.
func orRunning(desired string) string {
	if desired == "" {
		return "RUNNING"
	}
	return desired
}

// stopSingle stops a task of no service.
func (s *Server) stopSingle(c *Call) []repair {
	var request struct{ Task, Reason string }
	c.decode(&request)
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, task := range s.single {
		if request.Task != arn && request.Task != task.id {
			continue
		}
		if task.process.because(ecstypes.TaskStopCodeUserInitiated, request.Reason) {
			s.running.Go(task.process.drain)
		}
		described := task.described(arn)
		return []repair{{answer: func(*memory, *Call) (string, []byte) {
			return jsonType, mustJSON(map[string]any{"task": described})
		}}}
	}
	return nil
}
