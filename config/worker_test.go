package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// working adds a worker of a queue of its own, changed.
func working(change func(*Worker)) func(*Config) {
	return func(c *Config) {
		w := DefaultWorker("mailer", "mail", "celery", "worker")
		change(&w)
		c.Queues = []Queue{testQueue("mail"), testQueue("orders")}
		c.Workers = []Worker{w}
	}
}

// another adds a second one, changed.
func another(change func(*Worker)) func(*Config) {
	return func(c *Config) {
		working(func(*Worker) {})(c)
		w := DefaultWorker("orders", "orders", "celery", "worker")
		change(&w)
		c.Workers = append(c.Workers, w)
	}
}

// unqueued is one that takes messages from no queue of SQS.
func unqueued(w *Worker) { w.Queue, w.BacklogPerTask, w.MinTasks = "", 0, 1 }

var refusedWorkers = []refusal{
	{"name of a worker", working(func(w *Worker) { w.Name = "Mailer_1" }), []string{
		`Workers[0].Name: "Mailer_1" has the wrong form; this program allows lower-case letters, digits and single inner hyphens, because the addresses of the resources in Terraform are made of it; fix: write a name such as mailer`,
	}},
	{"name of two workers", another(func(w *Worker) { w.Name = "mailer" }), []string{
		`Workers[1].Name: "mailer" is taken by another worker; AWS allows a name of its own for every service; fix: rename one of the two`,
	}},
	{"name of a part of a worker", another(func(w *Worker) { w.Name = "mailer-role" }), []string{
		`Workers[1].Name: "mailer-role" is what a part of the worker "mailer" is called; this program allows a name that does not end in -role after another one, because both would have one address in Terraform; fix: rename one of the two`,
	}},
	{"long name of a worker", trial(working(func(w *Worker) { w.Name = strings.Repeat("a", 39) })), []string{
		`Workers[0].Name: "` + strings.Repeat("a", 39) + `" makes the name of its role too long by 1; AWS allows 64 characters, of which the environment's name takes 26; fix: shorten the name by 1 or more`,
	}},
	{"no command", working(func(w *Worker) { w.Command = nil }), []string{
		`Workers[0].Command: 0 is no command; this program allows one word or more, because the image's own command is the API; fix: write what takes the messages, such as celery --app app worker, one word in each element`,
	}},
	{"words of a health check", working(func(w *Worker) { w.HealthCheckCommand = []string{"", "${x}"} }), []string{
		`Workers[0].HealthCheckCommand[0]: "" is not a program; this program allows the name of a program of the image, because the first word is what is run; fix: write one word of the command in each element`,
		`Workers[0].HealthCheckCommand[1]: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put it into a script of the image`,
	}},
	{"words of a command", working(func(w *Worker) { w.Command = []string{"", "${x}"} }), []string{
		`Workers[0].Command[0]: "" is not a program; this program allows the name of a program of the image, because the first word is what is run; fix: write one word of the command in each element`,
		`Workers[0].Command[1]: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put it into a script of the image`,
	}},
	{"queue that is not there", working(func(w *Worker) { w.Queue = "post" }), []string{
		`Workers[0].Queue: "post" is not a queue; this program allows the Name of one of Queues, or an empty value, because the task role may receive from no other; fix: add it to Queues, or leave the field empty`,
	}},
	{"queue of two workers", another(func(w *Worker) { w.Queue = "mail" }), []string{
		`Workers[1].Queue: "mail" is the queue of the worker "mailer", too; this program allows a queue of its own for every worker, because both would start tasks for all of its messages; fix: add a queue, or raise MaxTasks of the other worker`,
	}},
	{"size of a worker", working(func(w *Worker) { w.CPUUnits = 300 }), []string{
		`Workers[0].CPUUnits: 300 is not a size of Fargate; AWS allows 256, 512, 1024, 2048, 4096, 8192, 16384, or a larger size in whole vCPUs of 1024 units; fix: write 512`,
	}},
	{"memory of a worker", working(func(w *Worker) { w.MemoryMiB = 512 }), []string{
		`Workers[0].MemoryMiB: 512 is not a size of Fargate for 512 CPU units; AWS allows 1024, 2048, 3072, 4096; fix: write 1024`,
	}},
	{"fewer workers than none", working(func(w *Worker) { w.MinTasks = -1 }), []string{
		`Workers[0].MinTasks: -1 is out of range; AWS allows 0 to 5000; fix: write 0`,
	}},
	{"no workers at all", working(func(w *Worker) { w.MaxTasks = 0 }), []string{
		`Workers[0].MaxTasks: 0 is out of range; this program allows 1 or more, because without a task nothing answers; fix: write 1`,
	}},
	{"most workers below fewest", working(func(w *Worker) { w.MinTasks = 5 }), []string{
		`Workers[0].MaxTasks: 4 is below Workers[0].MinTasks; AWS allows 5 or more; fix: write 5`,
	}},
	{"more workers than addresses", working(func(w *Worker) { w.MaxTasks = 300 }), []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; this program allows 622 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"backlog of none", working(func(w *Worker) { w.BacklogPerTask = 0 }), []string{
		`Workers[0].BacklogPerTask: 0 is out of range; this program allows 1 or more, because a task that has no message has nothing to do; fix: write 1`,
	}},
	{"backlog without a queue", working(func(w *Worker) { unqueued(w); w.BacklogPerTask = 5 }), []string{
		`Workers[0].BacklogPerTask: 5 is without effect; this program allows 0 without a Queue, because there is no backlog; fix: name a Queue or write 0`,
	}},
	{"a worker that nothing starts", working(func(w *Worker) { unqueued(w); w.MinTasks = 0 }), []string{
		`Workers[0].MinTasks: 0 stops the worker for good; this program allows 1 or more without a Queue, because only a message could start the first task; fix: name a Queue or write 1`,
	}},
	{"share of spare capacity of a worker", working(func(w *Worker) { w.SpotPercent = 101 }), []string{
		`Workers[0].SpotPercent: 101 is out of range; this program allows 0 to 100, because it is a share in percent; fix: write 100`,
	}},
	{"stop of a worker", working(func(w *Worker) { w.StopTimeoutSeconds = 121 }), []string{
		`Workers[0].StopTimeoutSeconds: 121 is out of range; AWS allows 2 to 120; fix: write 120`,
	}},
	{"stop of a worker beyond a deployment", func(c *Config) {
		working(func(*Worker) {})(c)
		c.Service.DeploymentTimeoutMinutes, c.Service.HealthCheckGracePeriodSeconds, c.LoadBalancer.DeregistrationDelaySeconds = 2, 0, 10
	}, []string{
		`Workers[0].StopTimeoutSeconds: 120 is longer than a deployment; this program allows less than the 120 of Service.DeploymentTimeoutMinutes, because an apply waits until the old tasks have ended; fix: lengthen Service.DeploymentTimeoutMinutes or shorten the timeout`,
	}},
}

var acceptedWorkers = map[string]func(*Config){
	"a worker":                 working(func(*Worker) {}),
	"two workers":              another(func(*Worker) {}),
	"a worker without a queue": working(unqueued),
	"longest name of a worker": working(func(w *Worker) { w.Name = strings.Repeat("a", 38) }),
	"workers on demand":        working(func(w *Worker) { w.SpotPercent, w.MinTasks = 0, 4 }),
	"no health check":          working(func(w *Worker) { w.HealthCheckCommand = nil }),
}

// TestDefaultWorker wants the defaults accepted with a queue and a command.
func TestDefaultWorker(t *testing.T) {
	c := Defaults("dev")
	working(func(*Worker) {})(&c)
	require.NoError(t, c.Validate())
	assert.Equal(t, Worker{"mailer", []string{"celery", "worker"}, "mail", 512, 1024, 0, 4, 10, 100, 120, []string{"python3", "-c", "pass"}}, c.Workers[0])
}

// testQueue is a queue of that name.
func testQueue(name string) Queue {
	return Queue{Name: name, VisibilityTimeoutSeconds: 60, RetentionDays: 4, MaxReceives: 5, OldestMessageAlarmMinutes: 10}
}
