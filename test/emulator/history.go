package emulator

import (
	"fmt"
	"path"
	"slices"
	"time"
)

// recordDeployment notes which revision a service is to run, and how that ends.
func (m *memory) recordDeployment(c *Call) []byte {
	var request struct {
		Cluster, Service, ServiceName, TaskDefinition string
		ForceNewDeployment                            bool
	}
	c.decode(&request)
	if request.TaskDefinition == "" && !request.ForceNewDeployment {
		return c.Body
	}
	name := path.Base(request.Service + request.ServiceName)
	m.mu.Lock()
	status := map[bool]string{true: "ROLLBACK_SUCCESSFUL", false: "SUCCESSFUL"}[m.broken[request.TaskDefinition]]
	m.mu.Unlock()
	o := &m.operate
	o.Lock()
	defer o.Unlock()
	if o.history == nil {
		o.history = map[string][]map[string]any{}
	}
	if last := o.lastDeployment(name); request.TaskDefinition == "" && last != nil {
		request.TaskDefinition = last["taskDefinition"].(string)
	}
	id := fmt.Sprintf("%s/%s/%d", path.Base(request.Cluster), name, len(o.history[name]))
	arn := "arn:aws:ecs:" + c.Region + ":" + account + ":service-"
	o.history[name] = append(o.history[name], map[string]any{
		"serviceDeploymentArn": arn + "deployment/" + id, "targetServiceRevisionArn": arn + "revision/" + id,
		"status": status, "createdAt": time.Now().Unix(), "taskDefinition": request.TaskDefinition, "id": fmt.Sprintf("ecs-svc/%d", time.Now().UnixNano()),
	})
	return c.Body
}

// lastDeployment is the last one of the service that was not rolled back, or nil.
func (o *operateMemory) lastDeployment(service string) map[string]any {
	for _, deployment := range slices.Backward(o.history[service]) {
		if deployment["status"] == "SUCCESSFUL" {
			return deployment
		}
	}
	return nil
}

// fails notes that the last deployment of a revision did not become healthy.
func (o *operateMemory) fails(service, definition string) {
	o.Lock()
	defer o.Unlock()
	for _, deployment := range slices.Backward(o.history[service]) {
		if deployment["taskDefinition"] == definition {
			deployment["status"] = "ROLLBACK_SUCCESSFUL"
			return
		}
	}
}

// showLastDeployment shows in an answer what the services' last deployments are. moto knows
// the first one only.
func (m *memory) showLastDeployment(_ *Call, body []byte) []byte {
	return changeJSON(body, func(answer map[string]any) {
		services := objects(answer["services"])
		if service, ok := answer["service"].(map[string]any); ok {
			services = append(services, service)
		}
		o := &m.operate
		o.Lock()
		defer o.Unlock()
		for _, service := range services {
			name, _ := service["serviceName"].(string)
			last, shown := o.lastDeployment(name), objects(service["deployments"])
			if last == nil || len(shown) != 1 || shown[0]["id"] == nil {
				continue
			}
			for _, member := range []string{"id", "createdAt", "taskDefinition"} {
				shown[0][member] = last[member]
			}
			shown[0]["updatedAt"], shown[0]["rolloutStateReason"] = last["createdAt"], fmt.Sprintf("ECS deployment %s completed.", last["id"])
		}
	})
}

// listDeployments answers with the deployments of a service, newest first.
func (m *memory) listDeployments(c *Call) (string, []byte) {
	var request struct {
		Service string
		Status  []string
	}
	c.decode(&request)
	o := &m.operate
	o.Lock()
	defer o.Unlock()
	found := []any{}
	for _, deployment := range slices.Backward(o.history[path.Base(request.Service)]) {
		if len(request.Status) == 0 || slices.Contains(request.Status, deployment["status"].(string)) {
			found = append(found, deployment)
		}
	}
	return jsonType, mustJSON(map[string]any{"serviceDeployments": found})
}

// describeRevisions answers with what deployments were to run.
func (m *memory) describeRevisions(c *Call) (string, []byte) {
	var request struct{ ServiceRevisionArns []string }
	c.decode(&request)
	o := &m.operate
	o.Lock()
	defer o.Unlock()
	found := []any{}
	for _, deployments := range o.history {
		for _, deployment := range deployments {
			if arn := deployment["targetServiceRevisionArn"]; slices.Contains(request.ServiceRevisionArns, arn.(string)) {
				found = append(found, map[string]any{"serviceRevisionArn": arn, "taskDefinition": deployment["taskDefinition"]})
			}
		}
	}
	return jsonType, mustJSON(map[string]any{"serviceRevisions": found, "failures": []any{}})
}
