package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// servedService is a service whose tasks are processes.
type servedService struct {
	service
	grace       time.Duration // of health checks
	breaker     bool          // that rolls back
	deployments []*rollout    // The first one is the primary one.
	events      []map[string]any
	ended       bool
}

// rollout is a deployment of the service.
type rollout struct {
	id, definition string
	created        time.Time
	tasks          []Task
	failed         int
	state, reason  string
	done           bool // once
}

// completed is the state of a deployment that is done, and the others are those under way
// and those that failed.
const (
	completed  = string(ecstypes.DeploymentRolloutStateCompleted)
	inProgress = string(ecstypes.DeploymentRolloutStateInProgress)
	failed     = string(ecstypes.DeploymentRolloutStateFailed)
)

func newRollout(definition string) *rollout {
	return &rollout{id: "ecs-svc/" + newTaskID()[:19], definition: definition, created: time.Now(), state: inProgress}
}

// group is the ARN of the target group that the tasks are in, or empty.
func (v *servedService) group() string {
	if balancers := v.Service.LoadBalancers; len(balancers) > 0 {
		return balancers[0].TargetGroupArn
	}
	return ""
}

// well tells whether a task does what it is there for.
func (v *servedService) well(task Task) bool {
	if v.group() == "" {
		last, _ := task.status()
		return last == "RUNNING"
	}
	return task.process.state() == "healthy"
}

// tasks are those of all its deployments.
func (v *servedService) tasks() (tasks []Task) {
	for _, d := range v.deployments {
		tasks = append(tasks, d.tasks...)
	}
	return tasks
}

// count counts the tasks that do what they are there for.
func (v *servedService) count(tasks []Task) (n int) {
	for _, task := range tasks {
		if v.well(task) {
			n++
		}
	}
	return n
}

func (v *servedService) says(format string, args ...any) {
	event := map[string]any{
		"id": newTaskID(), "createdAt": seconds(time.Now()), "message": fmt.Sprintf("(service "+v.Service.ServiceName+") "+format, args...),
	}
	v.events = slices.Insert(v.events, 0, event)
}

// seconds is a time as ECS writes it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// deploy takes over a service that was created or updated.
func (s *Server) deploy(m *memory, c *Call, body []byte) []byte {
	var request struct {
		ForceNewDeployment            bool
		HealthCheckGracePeriodSeconds *int
		DeploymentConfiguration       struct {
			DeploymentCircuitBreaker *struct{ Rollback bool }
		}
	}
	var answer service
	c.decode(&request)
	if json.Unmarshal(body, &answer) != nil || !s.has(answer.Service.ServiceName) {
		return body
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[answer.Service.ServiceName]
	if v == nil || v.ended {
		v = &servedService{}
		s.services[answer.Service.ServiceName] = v
	}
	v.service = answer
	if seconds := request.HealthCheckGracePeriodSeconds; seconds != nil {
		v.grace = time.Duration(*seconds) * time.Second
	}
	if breaker := request.DeploymentConfiguration.DeploymentCircuitBreaker; breaker != nil {
		v.breaker = breaker.Rollback
	}
	if len(v.deployments) == 0 || request.ForceNewDeployment || v.deployments[0].definition != v.Service.TaskDefinition {
		v.deployments = slices.Insert(v.deployments, 0, newRollout(v.Service.TaskDefinition))
	}
	m.mu.Lock()
	m.served[v.Service.ServiceName] = v.service
	m.mu.Unlock()
	return body
}

// endService ends the tasks of a service that is deleted.
func (s *Server) endService(_ *memory, _ *Call, body []byte) []byte {
	var answer service
	_ = json.Unmarshal(body, &answer) // Without a service there is no task.
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.services[answer.Service.ServiceName]; v != nil {
		v.ended, v.Service.DesiredCount = true, 0
	}
	return body
}

// look has every service look after its tasks until the end.
func (s *Server) look(ctx context.Context) {
	defer close(s.looked)
	for ctx.Err() == nil {
		s.mu.Lock()
		services := slices.Collect(maps.Values(s.services))
		s.mu.Unlock()
		for _, v := range services {
			s.schedule(v)
		}
		select {
		case <-ctx.Done():
		case <-time.After(beat):
		}
	}
}

// schedule does the next things with a service's tasks: it takes away those that have
// failed, starts what is missing, and ends those of deployments before as others take their
// place. So it is a rolling update, with 100 to 200 per cent of the tasks.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
func (s *Server) schedule(v *servedService) {
	s.mu.Lock()
	primary, wanted := v.deployments[0], v.Service.DesiredCount
	s.reap(v)
	s.breakCircuit(v)
	missing := 0
	if primary == v.deployments[0] && primary.state != failed {
		missing = wanted - len(primary.tasks)
	}
	for len(primary.tasks) > wanted {
		s.end(v, primary, primary.tasks[len(primary.tasks)-1], "Scaling activity initiated by deployment "+primary.id)
	}
	spare := v.count(v.tasks()) - wanted
	for _, d := range v.deployments[1:] {
		for _, task := range slices.Clone(d.tasks) {
			if well := v.well(task); !well || spare > 0 {
				s.end(v, d, task, "Scaling activity initiated by deployment "+d.id)
				if well {
					spare--
				}
			}
		}
	}
	v.deployments = slices.DeleteFunc(v.deployments, func(d *rollout) bool { return d != v.deployments[0] && len(d.tasks) == 0 })
	if primary.state == inProgress && len(v.deployments) == 1 && v.count(primary.tasks) == wanted {
		primary.done, primary.state, primary.reason = true, completed, "ECS deployment "+primary.id+" completed."
		v.says("has reached a steady state.")
	}
	s.remember(v)
	s.mu.Unlock()
	for range missing {
		s.start(v, primary)
	}
}

// start starts a task of the deployment.
func (s *Server) start(v *servedService, d *rollout) {
	task := s.memory.newTask(d.definition)
	s.memory.mu.Lock()
	s.memory.placed++
	number := s.memory.placed
	s.memory.mu.Unlock()
	task.subnet, task.address = s.memory.place(v.service, number)
	definition, err := s.memory.definition(d.definition)
	group, groupErr := s.targetGroupOf(v.group())
	if err := errors.Join(err, groupErr); err != nil {
		s.complain(err)
		return
	}
	s.launch(&task, definition, ecstypes.ContainerOverride{})
	if v.group() != "" && task.process.alive() {
		s.running.Go(func() { group.watch(task.process) })
	}
	task.process.delay = group.deregistration
	s.mu.Lock()
	defer s.mu.Unlock()
	d.tasks = append(d.tasks, task)
	v.says("has started 1 tasks: (task %s).", task.id)
	s.remember(v)
}

// reap takes away the tasks that have ended, and those whose health checks fail after the
// grace period.
func (s *Server) reap(v *servedService) {
	for _, d := range v.deployments {
		for _, task := range slices.Clone(d.tasks) {
			switch {
			case !task.process.alive():
				s.end(v, d, task, "")
			case task.process.state() == "unhealthy" && time.Since(task.Started) > v.grace:
				s.end(v, d, task, "Task failed ELB health checks in (target-group "+v.group()+")")
			default:
				continue
			}
			d.failed++
		}
	}
}

// end ends a task of a deployment.
func (s *Server) end(v *servedService, d *rollout, task Task, reason string) {
	d.tasks = slices.DeleteFunc(d.tasks, func(t Task) bool { return t.id == task.id })
	if task.process.stop(ecstypes.TaskStopCodeServiceSchedulerInitiated, reason) {
		v.says("has stopped 1 running tasks: (task %s).", task.id)
	}
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	s.memory.end(v.Service.ServiceName, []Task{task}, time.Now())
}

// Interrupt takes the oldest task of the service away, as AWS does with spare capacity that it
// needs itself: with a warning, which is SIGTERM, or at once. It tells whether there was one.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func (s *Server) Interrupt(service string, atOnce bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[service]
	if v == nil || len(v.tasks()) == 0 {
		return false
	}
	task := v.tasks()[0]
	if atOnce {
		task.process.kill()
		return true
	}
	return task.process.stop(ecstypes.TaskStopCodeSpotInterruption, "Your Spot Task was interrupted.")
}

// breakCircuit fails a deployment whose tasks fail too often, and goes back to the one
// before, as long as that is there.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
func (s *Server) breakCircuit(v *servedService) {
	d := v.deployments[0]
	threshold := min(max((v.Service.DesiredCount+1)/2, 3), 200)
	if d.state != inProgress || d.failed < threshold {
		return
	}
	d.state, d.reason = failed, "ECS deployment circuit breaker: tasks failed to start."
	s.memory.operate.fails(v.Service.ServiceName, d.definition)
	v.says("deployment %s deployment failed: tasks failed to start.", d.id)
	last := slices.IndexFunc(v.deployments, func(d *rollout) bool { return d.done })
	if !v.breaker || last < 0 {
		return
	}
	before := v.deployments[last]
	before.state, before.failed = inProgress, 0
	before.reason = "ECS deployment circuit breaker: rolling back to deploymentId " + before.id
	v.says("rolling back to deployment %s.", before.id)
	v.deployments = slices.Insert(slices.Delete(v.deployments, last, last+1), 0, before)
	v.Service.TaskDefinition = before.definition
	_, err := ecs.NewFromConfig(s.memory.account).UpdateService(background, &ecs.UpdateServiceInput{
		Cluster: &v.Service.ClusterArn, Service: &v.Service.ServiceName, TaskDefinition: &before.definition,
	})
	s.complain(err)
}

// remember has the rest of the emulated AWS know the tasks.
func (s *Server) remember(v *servedService) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	s.memory.tasks[v.Service.ServiceName] = v.tasks()
}

// show shows in an answer how the deployments and the tasks of services are.
func (s *Server) show(_ *memory, _ *Call, body []byte) []byte {
	return changeJSON(body, func(answer map[string]any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, shown := range objects(append(anyList(answer["services"]), answer["service"])) {
			name, _ := shown["serviceName"].(string)
			v := s.services[name]
			if v == nil || v.ended {
				continue
			}
			deployments := make([]any, len(v.deployments))
			running, pending := 0, 0
			for i, d := range v.deployments {
				described := d.described(i == 0, v)
				running, pending = running+described["runningCount"].(int), pending+described["pendingCount"].(int)
				deployments[i] = described
			}
			shown["deployments"], shown["events"], shown["taskDefinition"] = deployments, v.events, v.deployments[0].definition
			shown["runningCount"], shown["pendingCount"] = running, pending
		}
	})
}

func (d *rollout) described(primary bool, v *servedService) map[string]any {
	status, wanted, running := "ACTIVE", len(d.tasks), 0
	if primary {
		status, wanted = "PRIMARY", v.Service.DesiredCount
	}
	for _, task := range d.tasks {
		if last, _ := task.status(); last == "RUNNING" {
			running++
		}
	}
	return map[string]any{
		"id": d.id, "status": status, "taskDefinition": d.definition, "desiredCount": wanted, "runningCount": running,
		"pendingCount": len(d.tasks) - running, "failedTasks": d.failed, "rolloutState": d.state, "rolloutStateReason": d.reason,
		"createdAt": seconds(d.created), "updatedAt": seconds(d.created), "launchType": "FARGATE",
	}
}

// complain tells of what should not go wrong here.
func (s *Server) complain(err error) {
	if err != nil {
		log.Print("the emulated AWS, which runs tasks: ", err)
	}
}
