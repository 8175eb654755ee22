package emulator

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// Lifelike has the proxy answer from now on as AWS answers those who look at what is
// deployed: tasks come and go, deployments take their time, and AWS and others add what no
// configuration asked for. Each of it is a [Rule].
func (p *Proxy) Lifelike() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lifelike = true
}

// taskPhase is how long a task has each of the statuses that it passes through.
const taskPhase = 200 * time.Millisecond

// now is the time by which tasks come and go.
var now = time.Now

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
var (
	startingTask = []string{"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"}
	endingTask   = []string{"DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"}
)

// ends tells whether the task has been told to end.
func (t Task) ends() bool { return !t.end.IsZero() && !now().Before(t.end) }

// status is the task's last one, and desired the one that ECS takes it to.
func (t Task) status() (last, desired string) {
	if t.process != nil {
		return t.process.status()
	}
	statuses, since, desired := startingTask, t.Started, "RUNNING"
	if t.ends() {
		statuses, since, desired = endingTask, t.end, "STOPPED"
	}
	return statuses[min(int(now().Sub(since)/taskPhase), len(statuses)-1)], desired
}

// connected tells whether the task has a network interface.
func (t Task) connected() bool {
	last, _ := t.status()
	return last != "PROVISIONING" && last != "STOPPED"
}

// target is the task's state in the target group; empty says that it is not in it.
func (t Task) target() string {
	if t.process != nil {
		return t.process.state()
	}
	last, _ := t.status()
	return map[string]string{"ACTIVATING": "initial", "RUNNING": "healthy", "DEACTIVATING": "draining"}[last]
}

// networkInterface is the id of the task's.
func (t Task) networkInterface() string { return "eni-" + t.id[:17] }

func newTaskID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // It never fails.
	return hex.EncodeToString(id)
}

// shown is how long a task that has ended is still shown.
const shown = 10 * time.Second

// end moves tasks to those that end, from the given time on.
func (m *memory) end(service string, tasks []Task, from time.Time) {
	ended := slices.DeleteFunc(m.ended[service], func(t Task) bool { return now().Sub(t.end) > shown })
	for _, task := range tasks {
		task.end = from
		ended = append(ended, task)
	}
	m.ended[service] = ended
}

// ReplaceTask ends the service's oldest task, as AWS does to maintain what it runs on; the
// service starts another one.
func (e *Emulator) ReplaceTask(service string) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	if tasks := e.memory.tasks[service]; len(tasks) > 0 {
		e.memory.end(service, tasks[:1], now())
		e.memory.tasks[service] = tasks[1:]
	}
}

// keepRunning starts and ends tasks until the service has as many as it wants now, and
// returns them together with those that have ended of late.
func (m *memory) keepRunning(name string) []Task {
	m.scheduler.Lock()
	defer m.scheduler.Unlock()
	m.mu.Lock()
	s, ok := m.served[name]
	if m.server.Load().has(name) {
		defer m.mu.Unlock()
		return slices.Concat(m.tasks[name], m.ended[name])
	}
	m.mu.Unlock()
	if !ok {
		return nil
	}
	s.Service.DesiredCount = 0
	found, err := ecs.NewFromConfig(m.account).DescribeServices(background, &ecs.DescribeServicesInput{Cluster: &s.Service.ClusterArn, Services: []string{name}})
	if err == nil && len(found.Services) == 1 && aws.ToString(found.Services[0].Status) == "ACTIVE" {
		s.Service.DesiredCount = int(found.Services[0].DesiredCount)
	}
	m.startMissing(s, m.tasksOf(s))
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Concat(m.tasks[name], m.ended[name])
}

// every returns all tasks by their service's name.
func (m *memory) every() map[string][]Task {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string][]Task{}
	for name := range m.served {
		all[name] = slices.Concat(m.tasks[name], m.ended[name])
	}
	return all
}

// behind returns the tasks of the service behind a target group.
func (m *memory) behind(targetGroup string) []Task {
	m.mu.Lock()
	var name string
	for candidate, s := range m.served {
		for _, balancer := range s.Service.LoadBalancers {
			if balancer.TargetGroupArn == targetGroup {
				name = candidate
			}
		}
	}
	m.mu.Unlock()
	return m.keepRunning(name)
}

// place is where a task stands: a subnet of its service, and an address in it.
func (m *memory) place(s service, number int) (subnet, address string) {
	subnets := s.Service.NetworkConfiguration.AwsvpcConfiguration.Subnets
	if len(subnets) == 0 {
		return "", ""
	}
	subnet = subnets[number%len(subnets)]
	found, err := ec2.NewFromConfig(m.account).DescribeSubnets(background, &ec2.DescribeSubnetsInput{SubnetIds: []string{subnet}})
	if err != nil || len(found.Subnets) == 0 {
		return subnet, ""
	}
	network := aws.ToString(found.Subnets[0].CidrBlock)
	return subnet, fmt.Sprintf("%s.%d", network[:strings.LastIndex(network, ".")], 10+number%200)
}

// listTasks answers with the tasks of a service that are to run, or that are to end.
func (m *memory) listTasks(c *Call) (string, []byte) {
	var request struct{ ServiceName, DesiredStatus string }
	c.decode(&request)
	arns := []string{}
	for _, task := range m.keepRunning(request.ServiceName) {
		if _, desired := task.status(); desired == request.DesiredStatus || request.DesiredStatus == "" && desired == "RUNNING" {
			arns = append(arns, m.taskARN(request.ServiceName, task))
		}
	}
	return jsonType, mustJSON(map[string]any{"taskArns": append(arns, m.listSingle(c)...)})
}

func (m *memory) taskARN(service string, task Task) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Replace(m.served[service].Service.ClusterArn, ":cluster/", ":task/", 1) + "/" + task.id
}

// describeTasks answers with the tasks that there still are.
func (m *memory) describeTasks(c *Call) (string, []byte) {
	var request struct{ Tasks []string }
	c.decode(&request)
	known := m.describeSingle(request.Tasks)
	for service, tasks := range m.every() {
		for _, task := range tasks {
			if arn := m.taskARN(service, task); slices.Contains(request.Tasks, arn) {
				known[arn] = m.where(task, describedTask(arn, service, task))
			}
		}
	}
	tasks, failures := []any{}, []any{}
	for _, arn := range request.Tasks {
		if task, ok := known[arn]; ok {
			tasks = append(tasks, task)
		} else {
			failures = append(failures, map[string]string{"arn": arn, "reason": "MISSING"})
		}
	}
	return jsonType, mustJSON(map[string]any{"tasks": tasks, "failures": failures})
}

// describedTask is a task in an answer. Beside its own containers it has the one of
// GuardDuty, which no definition has.
func describedTask(arn, service string, task Task) map[string]any {
	last, desired := task.status()
	health := map[bool]string{true: "HEALTHY", false: "UNKNOWN"}[task.checked && last == "RUNNING"]
	if task.sick {
		health = "UNHEALTHY"
	}
	details := []map[string]string{{"name": "subnetId", "value": task.subnet}}
	if task.connected() {
		details = append(details, map[string]string{"name": "networkInterfaceId", "value": task.networkInterface()},
			map[string]string{"name": "privateIPv4Address", "value": task.address})
	}
	containers := []map[string]any{{"name": "aws-guardduty-agent-" + task.id[:6], "lastStatus": last}}
	for _, name := range slices.Backward(task.containers) {
		containers = append(containers, map[string]any{"name": name, "lastStatus": last, "healthStatus": health})
	}
	described := map[string]any{
		"taskArn": arn, "taskDefinitionArn": task.Definition, "group": "service:" + service, "launchType": "FARGATE",
		"lastStatus": last, "desiredStatus": desired, "healthStatus": health, "containers": containers,
		"attachments": []any{map[string]any{"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details}},
	}
	if t := task.process; t != nil {
		t.details(described, task.containers, task.Started)
	}
	return described
}

// describeInterfaces adds the network interfaces of tasks that were asked for to an answer.
func (m *memory) describeInterfaces(c *Call, body []byte) []byte {
	asked := filtered(c.Form, "network-interface-id")
	var items strings.Builder
	for _, tasks := range m.every() {
		for _, task := range tasks {
			if id := task.networkInterface(); slices.Contains(asked, id) && task.connected() {
				fmt.Fprintf(&items, "<item><networkInterfaceId>%s</networkInterfaceId><subnetId>%s</subnetId><privateIpAddress>%s</privateIpAddress>"+
					"<interfaceType>interface</interfaceType><status>in-use</status></item>", id, task.subnet, task.address)
			}
		}
	}
	return insert(body, "networkInterfaceSet", items.String())
}

// describeTargets answers with the tasks behind a target group.
func (m *memory) describeTargets(c *Call) (string, []byte) {
	var members strings.Builder
	for _, task := range m.behind(c.Form.Get("TargetGroupArn")) {
		if state := task.target(); state != "" {
			fmt.Fprintf(&members, "<member><Target><Id>%s</Id><Port>5000</Port></Target><TargetHealth><State>%s</State></TargetHealth></member>", task.address, state)
		}
	}
	return "text/xml", fmt.Appendf(nil, `<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">`+
		`<DescribeTargetHealthResult><TargetHealthDescriptions>%s</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>`, &members)
}

// rolloutLooks is how often a deployment of a service is seen before it is completed.
const rolloutLooks = 3

// showRollouts shows in an answer how far the deployments of services are: first the one
// before is ending, then there is the new one alone, which alarms watch.
func (m *memory) showRollouts(services []map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, service := range services {
		name, _ := service["serviceName"].(string)
		deployments := objects(service["deployments"])
		looks := m.rollouts[name]
		if looks == 0 || len(deployments) != 1 || deployments[0]["rolloutState"] != "COMPLETED" {
			continue // Another rule shows one that fails.
		}
		m.rollouts[name] = looks - 1
		deployments[0]["rolloutState"] = "IN_PROGRESS"
		if looks > 1 {
			service["deployments"] = []any{deployments[0], map[string]any{
				"id": "ecs-svc/before", "status": "ACTIVE", "rolloutState": "COMPLETED", "desiredCount": 0, "runningCount": 1,
			}}
		}
	}
}

// countTasks writes into an answer how many tasks of services run and start now.
func (m *memory) countTasks(services []map[string]any) {
	for _, service := range services {
		name, _ := service["serviceName"].(string)
		running, pending := 0, 0
		for _, task := range m.keepRunning(name) {
			switch last, desired := task.status(); {
			case last == "RUNNING":
				running++
			case desired == "RUNNING":
				pending++
			}
		}
		service["runningCount"], service["pendingCount"] = running, pending
	}
}

// ShowInstance has a database instance shown with the status, such as "creating",
// "maintenance" or "deleting", or with its own again, which is an empty one.
func (e *Emulator) ShowInstance(id, status string) {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	e.memory.rds.statuses[id] = status
}

// filtered are the values of the filter of that name in a request to EC2.
func filtered(form url.Values, name string) []string {
	var values []string
	for key := range form {
		prefix, isName := strings.CutSuffix(key, ".Name")
		if !isName || form.Get(key) != name {
			continue
		}
		for n := 1; form.Has(fmt.Sprintf("%s.Value.%d", prefix, n)); n++ {
			values = append(values, form.Get(fmt.Sprintf("%s.Value.%d", prefix, n)))
		}
	}
	return values
}

// insert puts more at the begin of the element's first occurrence in an answer.
func insert(body []byte, element, more string) []byte {
	text := string(body)
	for _, empty := range []string{"<" + element + "/>", "<" + element + " />"} {
		text = strings.Replace(text, empty, "<"+element+"></"+element+">", 1)
	}
	return []byte(strings.Replace(text, "<"+element+">", "<"+element+">"+more, 1))
}
