package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// Task is one that a service runs, with what it got when it started.
type Task struct {
	// Definition is the ARN of its task definition.
	Definition string
	// Started is when ECS resolved its secrets.
	Started time.Time
	// Secrets are the values of its variables that come from secrets. A task for which one
	// of them cannot be read has none and does not start.
	Secrets map[string]string

	id, subnet, address string
	containers          []string
	checked, sick       bool      // a container's health is, and is bad
	end                 time.Time // or never
	process             *process  // where tasks run
}

// Password is what a database cluster takes from its administrator.
type Password struct {
	// Current is the one that opens new connections.
	Current string
	// Sent is when the cluster was told, and Since when it took it.
	Sent, Since time.Time

	pending string
	// looks is how often the cluster is described before the pending one is the current.
	looks int
}

// passwordLooks is how often a cluster is described with a password that is pending.
const passwordLooks = 2

// Tasks are those that the service runs.
func (e *Emulator) Tasks(service string) []Task {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	return slices.Clone(e.memory.tasks[service])
}

// StartTask is the task that the service would start now, to scale out, or in the
// place of one that ended. The service's tasks are left as they are.
func (e *Emulator) StartTask(service string) Task {
	tasks := e.Tasks(service)
	if len(tasks) == 0 {
		return Task{}
	}
	return e.memory.newTask(tasks[0].Definition)
}

// Password is what the cluster takes.
func (e *Emulator) Password(cluster string) Password {
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	return e.memory.passwords[cluster]
}

// passwordRules are what a cluster does with the password of its administrator.
var passwordRules = []Rule{
	{
		Name:   "password-pending",
		Says:   "a new password is pending for a while, in which the cluster is available and takes the old one",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ClusterPendingModifiedValues.html",
		calls:  []string{"rds:CreateDBCluster", "rds:ModifyDBCluster", "rds:DescribeDBClusters"},
		step:   repair{response: (*memory).changePassword},
	},
}

// taskRules are what tasks get when they start.
var taskRules = []Rule{
	{
		Name:   "secrets-at-start",
		Says:   "a task gets the values of its secrets when it starts, and keeps them until it ends",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
		calls:  []string{"ecs:CreateService", "ecs:UpdateService"},
		step:   repair{response: (*memory).startTasks},
	},
}

// changePassword notes the password that a call sets, and shows one that is pending.
func (m *memory) changePassword(c *Call, body []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, sent := c.Form.Get("DBClusterIdentifier"), c.Form.Get("MasterUserPassword")
	p := m.passwords[id]
	switch {
	case c.Action == "CreateDBCluster":
		p = Password{Current: sent, Sent: time.Now(), Since: time.Now()}
	case sent != "":
		p.pending, p.looks, p.Sent = sent, passwordLooks, time.Now()
	case c.Action == "DescribeDBClusters" && p.pending != "":
		if p.looks--; p.looks < 0 {
			p = Password{Current: p.pending, Sent: p.Sent, Since: time.Now()}
		}
	}
	m.passwords[id] = p
	return showPending(id, p, body)
}

// showPending adds the password that is pending to the cluster of an answer.
func showPending(id string, p Password, body []byte) []byte {
	if p.pending == "" {
		return body
	}
	const pending = "<PendingModifiedValues><MasterUserPassword>****</MasterUserPassword></PendingModifiedValues>"
	identifier := "<DBClusterIdentifier>" + id + "</DBClusterIdentifier>"
	return []byte(strings.Replace(string(body), identifier, identifier+pending, 1))
}

// service is one in an answer of ECS.
type service struct {
	Service struct {
		ServiceName, TaskDefinition, ClusterArn string
		DesiredCount                            int
		LoadBalancers                           []struct{ TargetGroupArn string }
		NetworkConfiguration                    struct{ AwsvpcConfiguration struct{ Subnets []string } }
	}
}

// startTasks does with a service's tasks what the call says: a new deployment
// replaces all of them, and another number ends or starts some.
func (m *memory) startTasks(c *Call, body []byte) []byte {
	var request struct{ ForceNewDeployment bool }
	var s service
	c.decode(&request)
	_ = json.Unmarshal(body, &s) // Without a service there is no task.
	if m.server.Load().has(s.Service.ServiceName) {
		return body
	}
	m.scheduler.Lock()
	defer m.scheduler.Unlock()
	tasks := m.tasksOf(s)
	if request.ForceNewDeployment || len(tasks) > 0 && tasks[0].Definition != s.Service.TaskDefinition || c.Action == "CreateService" {
		m.mu.Lock()
		// They end when the new ones run.
		m.end(s.Service.ServiceName, tasks, now().Add(time.Duration(len(startingTask))*taskPhase))
		m.rollouts[s.Service.ServiceName] = rolloutLooks
		m.mu.Unlock()
		tasks = nil
	}
	m.startMissing(s, tasks)
	return body
}

// startMissing has the service keep as many of the tasks as it wants, and starts what is
// missing.
func (m *memory) startMissing(s service, tasks []Task) {
	for len(tasks) < s.Service.DesiredCount {
		task := m.newTask(s.Service.TaskDefinition)
		m.placed++
		task.subnet, task.address = m.place(s, m.placed)
		tasks = append(tasks, task)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.served[s.Service.ServiceName] = s
	m.end(s.Service.ServiceName, tasks[s.Service.DesiredCount:], now())
	m.tasks[s.Service.ServiceName] = tasks[:s.Service.DesiredCount]
}

func (m *memory) tasksOf(s service) []Task {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.tasks[s.Service.ServiceName])
}

// newTask starts a task.
func (m *memory) newTask(definition string) Task {
	task := Task{Definition: definition, Started: now(), Secrets: map[string]string{}, id: newTaskID()}
	found, err := m.definition(definition)
	if err != nil {
		return task
	}
	if arn := aws.ToString(found.TaskDefinitionArn); arn != "" {
		task.Definition = arn // Whoever ran it may have named the family and the revision only.
	}
	for _, container := range found.ContainerDefinitions {
		task.containers = append(task.containers, aws.ToString(container.Name))
		task.checked = task.checked || container.HealthCheck != nil
		for _, secret := range container.Secrets {
			if task.Secrets[*secret.Name], err = m.resolve(*secret.ValueFrom); err != nil {
				return Task{Definition: task.Definition, Started: task.Started, id: task.id}
			}
		}
	}
	return task
}

// resolve reads what a container's secret refers to: the ARN of a parameter, or that of a
// secret, and after it a key of its JSON, a label and a version, each of which may be empty.
func (m *memory) resolve(from string) (string, error) {
	if strings.Contains(from, ":ssm:") {
		found, err := ssm.NewFromConfig(m.account).GetParameter(background, &ssm.GetParameterInput{Name: &from, WithDecryption: aws.Bool(true)})
		if err != nil || found.Parameter == nil {
			return "", cmp.Or(err, fmt.Errorf("there is no parameter %s", from))
		}
		return aws.ToString(found.Parameter.Value), nil
	}
	parts := append(strings.Split(from, ":"), "", "", "")
	if len(parts) < 10 {
		return "", fmt.Errorf("%s is no secret", from)
	}
	arn, key, stage, version := strings.Join(parts[:7], ":"), parts[7], parts[8], parts[9]
	if stage == "" && version == "" {
		stage = currentStage
	}
	found, err := secretsmanager.NewFromConfig(m.account).GetSecretValue(background, &secretsmanager.GetSecretValueInput{
		SecretId: &arn, VersionStage: unlessEmpty(stage), VersionId: unlessEmpty(version),
	})
	if err != nil || key == "" {
		return valueOf(found), err
	}
	var values map[string]any
	if err := json.Unmarshal([]byte(valueOf(found)), &values); err != nil {
		return "", err
	}
	return fmt.Sprint(values[key]), nil
}

func valueOf(found *secretsmanager.GetSecretValueOutput) string {
	if found == nil {
		return ""
	}
	return aws.ToString(found.SecretString)
}

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
