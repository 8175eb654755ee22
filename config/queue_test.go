package config

import "strings"

// orders is a queue that is accepted.
func orders() Queue {
	return Queue{Name: "orders", VisibilityTimeoutSeconds: 60, RetentionDays: 4, MaxReceives: 5, OldestMessageAlarmMinutes: 10}
}

var refusedQueues = []refusal{
	{"a queue that says nothing", func(c *Config) { c.Queues = []Queue{{}} }, []string{
		`Queues[0].VisibilityTimeoutSeconds: 0 is out of range; this program allows 1 or more, because every message would be received again while it is worked on; fix: write 1`,
		`Queues[0].RetentionDays: 0 is out of range; this program allows 1 or more, because a night's trouble must not lose messages; fix: write 1`,
		`Queues[0].MaxReceives: 0 is out of range; AWS allows 1 to 1000; fix: write 1`,
		`Queues[0].OldestMessageAlarmMinutes: 0 is out of range; this program allows 1 or more, because AWS measures once a minute; fix: write 1`,
		`Queues[0].Name: "" has the wrong form; this program allows lower-case letters, digits and single inner hyphens, because the address of the resource in Terraform is made of it; fix: write a name such as orders`,
	}},
	{"a queue for first in, first out", func(c *Config) { c.Queues = []Queue{orders()}; c.Queues[0].Name = "orders.fifo" }, []string{
		`Queues[0].Name: "orders.fifo" has the wrong form; this program allows lower-case letters, digits and single inner hyphens, because the address of the resource in Terraform is made of it; fix: write a name such as orders`,
	}},
	{"two queues of a name", func(c *Config) { c.Queues = []Queue{orders(), orders()} }, []string{
		`Queues[1].Name: "orders" is taken by another queue; AWS allows a name of its own for every queue; fix: rename one of the two`,
	}},
	{"a long name of a queue", trial(func(c *Config) { c.Queues = []Queue{orders()}; c.Queues[0].Name = strings.Repeat("q", 54) }), []string{
		`Queues[0].Name: "` + strings.Repeat("q", 54) + `" makes the name of the queue too long by 1; AWS allows 80 characters, of which the environment's name takes 27; fix: shorten the name by 1 or more`,
	}},
	{"an alarm after the deletion", func(c *Config) { c.Queues = []Queue{orders()}; c.Queues[0].OldestMessageAlarmMinutes = 5761 }, []string{
		`Queues[0].OldestMessageAlarmMinutes: 5761 is out of range; this program allows 5760 or less, because RetentionDays deletes older ones; fix: write 5760`,
	}},
	{"too many queues", func(c *Config) {
		for i := range 11 {
			c.Queues = append(c.Queues, orders())
			c.Queues[i].Name += string(rune('a' + i))
		}
	}, []string{
		`Queues: 11 is too many queues; this program allows 10 or less, because the policies of a role have no room for more; fix: remove 1`,
	}},
	{"an endpoint more than there are addresses", func(c *Config) {
		c.Queues = []Queue{orders()}
		c.Network.InterfaceEndpoints = true
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/27", "10.0.11.0/28"}
		c.Scaling.MaxTasks, c.Database.ReaderCount = 12, 0
	}, []string{
		`Network.PrivateSubnetCIDRs: 38 is too few free addresses; this program allows 39 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"variables of a queue and of a bucket", func(c *Config) {
		c.Queues, c.Buckets = []Queue{orders()}, []Bucket{{Name: "user-files"}}
		c.Service.Environment = map[string]string{"QUEUE_ORDERS_URL": "x", "BUCKET_USER_FILES": "y"}
	}, []string{
		`Service.Environment["BUCKET_USER_FILES"]: "BUCKET_USER_FILES" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
		`Service.Environment["QUEUE_ORDERS_URL"]: "QUEUE_ORDERS_URL" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
	}},
}

var acceptedQueues = map[string]func(*Config){
	"longest name of a queue": func(c *Config) { c.Queues = []Queue{orders()}; c.Queues[0].Name = strings.Repeat("q", 53) },
	"a queue with nearly the name of another's dead letters": func(c *Config) {
		c.Queues = []Queue{orders(), orders()}
		c.Queues[1].Name = "orders-dead-letters"
	},
	"the variable of no queue": func(c *Config) { c.Service.Environment = map[string]string{"QUEUE_ORDERS_URL": "x"} },
}

var edgesQueues = []edge{
	{field: "Queues[0].VisibilityTimeoutSeconds", low: 1, high: 43200, lowOurs: true, with: withOrders},
	{field: "Queues[0].RetentionDays", low: 1, high: 13, lowOurs: true, highOurs: true, with: withOrders},
	{field: "Queues[0].MaxReceives", low: 1, high: 1000, with: withOrders},
	{field: "Queues[0].OldestMessageAlarmMinutes", low: 1, high: 5760, lowOurs: true, highOurs: true, with: withOrders},
}

func withOrders(c *Config) { c.Queues = []Queue{orders()} }
