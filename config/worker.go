package config

import (
	"fmt"
	"slices"
)

// Worker is a service without a load balancer: tasks with the API's image, variables,
// secrets and permissions, and a command of their own, such as Celery's or one that takes
// messages from a queue. [DefaultWorker] fills its fields.
type Worker struct {
	// Name is the name of the worker: lower-case letters, digits and single inner hyphens.
	// The addresses of its resources are made of it.
	Name string
	// Command is what the image's entry point is given, as a list of its words, or what
	// runs without one. The placeholder keeps its own, and takes no message.
	Command []string
	// Queue is the name of the queue that the worker takes messages from, and scales by;
	// empty for one that does something else, which scales by Scaling.CPUTargetPercent.
	Queue string
	// CPUUnits is the CPU of a task in units of 1/1024 vCPU, a size of Fargate, as
	// Service.CPUUnits.
	CPUUnits int
	// MemoryMiB is the memory of a task, one that Fargate pairs with the CPU.
	MemoryMiB int
	// MinTasks is the minimum number of tasks, 0 to 5000. With 0 the first message starts a
	// task, within a few minutes, and up to a quarter of an hour after six hours without
	// any; the last one ends when no message has waited or been worked on for ten minutes.
	// While none runs, a deployment starts none, so that it shows nothing of a command that
	// fails: the next message does.
	MinTasks int
	// MaxTasks is the maximum number of tasks, MinTasks to 5000, and 1 at least.
	MaxTasks int
	// BacklogPerTask is how many messages autoscaling wants for each task, of those that
	// wait and those that are worked on, from 1 on; 0 without Queue. It is how long a
	// message may wait, divided by how long one takes.
	BacklogPerTask int
	// SpotPercent is the share of tasks that run on spare capacity, 0 to 100: about 70 %
	// cheaper, and stopped with a warning of two minutes when AWS reclaims it. With 100
	// there may be no capacity at times, and messages wait. Changed, the service is
	// replaced, and messages wait meanwhile.
	SpotPercent int
	// StopTimeoutSeconds is how long a task may take to end by itself after SIGTERM, 2 to
	// 120: it has to finish its message, or give it back.
	StopTimeoutSeconds int
	// HealthCheckCommand is run in the container every 30 seconds, and ends with 0 while the
	// worker is well, as any program of the image does while the container lives: by default
	// python3, which does nothing. A task that ends before its first check counts as failed,
	// so that a deployment of a command that ends is taken back. Empty for an image without
	// the program: ECS then takes a command that started for one that works, also if it ends.
	HealthCheckCommand []string
}

// DefaultWorker is a worker that takes messages from the queue on spare capacity, and runs
// only while there are any.
func DefaultWorker(name, queue string, command ...string) Worker {
	return Worker{
		Name:               name,
		Command:            command,
		Queue:              queue,
		CPUUnits:           512,
		MemoryMiB:          1024,
		MaxTasks:           4,
		BacklogPerTask:     10,
		SpotPercent:        100,
		StopTimeoutSeconds: 120,
		HealthCheckCommand: []string{"python3", "-c", "pass"},
	}
}

// Resource is the resource name of the worker's service, its task definition and its
// container.
func (w Worker) Resource() string { return "worker-" + w.Name }

// RoleName is the resource name of the worker's task role, its longest name for its kind.
func (w Worker) RoleName() string { return w.Resource() + "-role" }

func (w Worker) made() []made {
	return []made{{kindTask, w.Resource()}, {kindRole, w.RoleName()}}
}

// checkWorkers checks each worker, that no two share a name or a queue, and what they need
// of other sections.
func (p *problems) checkWorkers(c Config) {
	names, queues := map[string]bool{}, map[string]string{}
	all := make([]string, len(c.Workers))
	for i, w := range c.Workers {
		all[i] = w.Name
		section := element("Workers", i) + "."
		p.matches(section+"Name", w.Name, ownNameForm,
			ours("lower-case letters, digits and single inner hyphens", "the addresses of the resources in Terraform are made of it"),
			suggest("write a name such as", "mailer"))
		if names[w.Name] {
			p.add(section+"Name", w.Name, "is taken by another worker", aws("a name of its own for every service"), do("rename one of the two"))
		}
		// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
		if excess := len(c.PhysicalName(w.RoleName())) - maxRoleName; excess > 0 {
			p.add(section+"Name", w.Name, fmt.Sprintf("makes the name of its role too long by %d", excess),
				aws(fmt.Sprintf("%d characters, of which the environment's name takes %d", maxRoleName, len(c.PhysicalName(Worker{}.RoleName())))),
				do(fmt.Sprintf("shorten the name by %d or more", excess)))
		}
		names[w.Name] = true
		p.checkWorkerCommand(section, w)
		p.checkTaskSize(section, w.CPUUnits, w.MemoryMiB)
		p.checkWorkerQueue(section, w, c, queues)
		p.checkWorkerTasks(section, w, c)
	}
	p.checkPartNames("Workers", "worker", all, "role", "autoscaling")
}

// maxRoleName is the longest name of a role.
const maxRoleName = 64

// checkWorkerCommand requires a command: the image's own is the API.
func (p *problems) checkWorkerCommand(section string, w Worker) {
	field := section + "Command"
	if len(w.Command) == 0 {
		p.add(field, 0, "is no command", ours("one word or more", "the image's own command is the API"), do("write what takes the messages, such as celery --app app worker, one word in each element"))
	}
	p.checkProgram(field, w.Command)
	p.checkProgram(section+"HealthCheckCommand", w.HealthCheckCommand)
}

// checkWorkerQueue checks the queue, and what it is scaled by.
func (p *problems) checkWorkerQueue(section string, w Worker, c Config, queues map[string]string) {
	const backlog = "BacklogPerTask"
	if w.Queue == "" {
		if w.BacklogPerTask != 0 {
			p.add(section+backlog, w.BacklogPerTask, "is without effect", ours("0 without a Queue", "there is no backlog"), suggest("name a Queue or write", 0))
		}
		return
	}
	if !slices.ContainsFunc(c.Queues, func(q Queue) bool { return q.Name == w.Queue }) {
		p.add(section+"Queue", w.Queue, "is not a queue", ours("the Name of one of Queues, or an empty value", "the task role may receive from no other"), do("add it to Queues, or leave the field empty"))
	}
	if other, taken := queues[w.Queue]; taken {
		p.add(section+"Queue", w.Queue, fmt.Sprintf("is the queue of the worker %q, too", other),
			ours("a queue of its own for every worker", "both would start tasks for all of its messages"), do("add a queue, or raise MaxTasks of the other worker"))
	}
	queues[w.Queue] = w.Name
	p.between(section+backlog, w.BacklogPerTask, bounds{low: 1, high: unlimited, lowBecause: "a task that has no message has nothing to do"})
}

// checkWorkerTasks checks how many tasks run, on which capacity, and how they end.
func (p *problems) checkWorkerTasks(section string, w Worker, c Config) {
	const share = "it is a share in percent"
	p.between(section+"SpotPercent", w.SpotPercent, bounds{low: 0, high: 100, lowBecause: share, highBecause: share})
	p.between(section+"MinTasks", w.MinTasks, bounds{low: 0, high: tasks.high})
	p.checkMaxTasks(section, w.MinTasks, w.MaxTasks)
	if w.Queue == "" && w.MinTasks == 0 {
		p.add(section+"MinTasks", w.MinTasks, "stops the worker for good",
			ours("1 or more without a Queue", "only a message could start the first task"), suggest("name a Queue or write", 1))
	}
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	p.between(section+"StopTimeoutSeconds", w.StopTimeoutSeconds, bounds{low: 2, high: 120})
	if available := 60 * c.Service.DeploymentTimeoutMinutes; available > 0 && available <= w.StopTimeoutSeconds {
		p.add(section+"StopTimeoutSeconds", w.StopTimeoutSeconds, "is longer than a deployment",
			ours(fmt.Sprintf("less than the %d of Service.DeploymentTimeoutMinutes", available), "an apply waits until the old tasks have ended"),
			do("lengthen Service.DeploymentTimeoutMinutes or shorten the timeout"))
	}
}
