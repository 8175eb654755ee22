package emulator

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// deployment is one that will be rolled back, or the first of a service.
type deployment struct {
	taskDefinition string
	// looks is how often the service is described before the rollback is done.
	looks int
	// first says that there is nothing to roll back to, and fails how that ends.
	first, fails bool
}

// rollbackLooks is how often a service is seen with a failing deployment, first in the
// answer to the update that starts it.
const rollbackLooks = 3

// BreakImages makes the tasks of every image with the given tag end after their start, also
// where it is named by its digest. ECS then does as its circuit breaker does: where something
// looks at the tasks, a load balancer or a health check, it starts a deployment, sees it fail
// and returns to the task definition that ran before. Other tasks count as running:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
func (e *Emulator) BreakImages(tag string) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	e.memory.brokenTag = tag
}

// BreakFamily makes the tasks of the family's revisions fail that are registered from now on,
// or no longer.
func (e *Emulator) BreakFamily(family string, broken bool) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	e.memory.brokenFamilies[family] = broken
}

// rememberBroken notes which task definitions run a broken image.
func (m *memory) rememberBroken(_ *Call, body []byte) []byte {
	var response struct {
		TaskDefinition struct {
			TaskDefinitionArn, Family string
			ContainerDefinitions      []struct {
				Image        string
				PortMappings []any
				HealthCheck  *any
			}
		}
	}
	if json.Unmarshal(body, &response) != nil {
		return body
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.brokenFamilies[response.TaskDefinition.Family] {
		m.broken[response.TaskDefinition.TaskDefinitionArn] = true
	}
	for _, container := range response.TaskDefinition.ContainerDefinitions {
		looked := len(container.PortMappings) > 0 || container.HealthCheck != nil
		if m.brokenTag != "" && looked && slices.Contains(m.tagsOf(container.Image), m.brokenTag) {
			m.broken[response.TaskDefinition.TaskDefinitionArn] = true
		}
	}
	return body
}

// startDeployment keeps moto from running a task definition that is broken.
// moto keeps the one that ran before; [memory.showDeployment] shows the attempt.
func (m *memory) startDeployment(c *Call) []byte {
	var request map[string]any
	c.decode(&request)
	taskDefinition, _ := request["taskDefinition"].(string)
	m.mu.Lock()
	defer m.mu.Unlock()
	service, _ := request["service"].(string)
	if !m.broken[taskDefinition] || m.wantsNone[path.Base(service)] || m.server.Load().has(path.Base(service)) {
		if taskDefinition != "" {
			delete(m.deployments, path.Base(service))
		}
		return c.Body
	}
	m.deployments[path.Base(service)] = deployment{taskDefinition: taskDefinition, looks: rollbackLooks}
	delete(request, "taskDefinition")
	return mustJSON(request)
}

// startFirstDeployment notes that a service is created.
func (m *memory) startFirstDeployment(c *Call) []byte {
	var request struct{ ServiceName, TaskDefinition string }
	c.decode(&request)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deployments[request.ServiceName] = deployment{
		taskDefinition: request.TaskDefinition, looks: rollbackLooks, first: true, fails: m.broken[request.TaskDefinition],
	}
	return c.Body
}

// showFirst shows a first deployment that is under way, and then how it ended. While
// it is under way the tasks run, healthy or not. One that failed starts no more tasks
// and stays until there is another.
func (m *memory) showFirst(name string, service map[string]any, d deployment) {
	state := "IN_PROGRESS"
	switch {
	case d.looks > 0:
		d.looks--
		m.deployments[name] = d
	case !d.fails:
		delete(m.deployments, name)
		return
	default:
		state, service["runningCount"] = "FAILED", 0
	}
	for _, shown := range objects(service["deployments"]) {
		shown["rolloutState"] = state
		if state == "FAILED" {
			shown["runningCount"], shown["failedTasks"] = 0, 3
		}
	}
}

// startNoMore has no more tasks run than are wanted: moto starts one number of them for every
// service, and has fewer than none pending then.
func startNoMore(service map[string]any) {
	for _, shown := range append(objects(service["deployments"]), service) {
		if strings.HasPrefix(fmt.Sprint(shown["pendingCount"]), "-") {
			shown["runningCount"], shown["pendingCount"] = shown["desiredCount"], 0
		}
	}
}

// showDeployment adds a failing deployment to a described service.
func (m *memory) showDeployment(service map[string]any) {
	name, _ := service["serviceName"].(string)
	attempt, ok := m.deployments[name]
	if !ok {
		return
	}
	if attempt.first {
		m.showFirst(name, service, attempt)
		return
	}
	if attempt.looks == 0 {
		delete(m.deployments, name)
		return
	}
	attempt.looks--
	m.deployments[name] = attempt
	steady := anyList(service["deployments"])
	for _, d := range objects(steady) {
		d["status"] = "ACTIVE"
	}
	service["taskDefinition"] = attempt.taskDefinition
	service["deployments"] = append([]any{map[string]any{
		"id": "ecs-svc/failing", "status": "PRIMARY", "rolloutState": "IN_PROGRESS",
		"taskDefinition": attempt.taskDefinition, "desiredCount": 2, "runningCount": 0, "failedTasks": 1,
	}}, steady...)
}
