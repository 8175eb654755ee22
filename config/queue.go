package config

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Queue is a queue of SQS, and the one of its dead letters.
type Queue struct {
	// Name is the name of the queue, of lower-case letters, digits and single inner
	// hyphens. The API gets its address as `QUEUE_<NAME>_URL`. A queue of another name is
	// another queue, without the messages.
	Name string
	// VisibilityTimeoutSeconds is how long a message that was received is kept from
	// others, 1 to 43200: as long as the work on it takes, or it is done twice.
	VisibilityTimeoutSeconds int
	// RetentionDays is how many days a message waits until it is deleted, 1 to 13. Dead
	// letters are kept for 14 days, from the day on at which they were sent.
	RetentionDays int
	// MaxReceives is how often a message is received, 1 to 1000, until it is a dead letter.
	MaxReceives int
	// OldestMessageAlarmMinutes is how old the oldest message may become, from 1 on and
	// within RetentionDays, until the alarm goes off, with Alarms.Enabled.
	OldestMessageAlarmMinutes int
}

const (
	// mostOfEach is how many queues, or buckets, the policies of one role have room for.
	mostOfEach = 10
	// minutesPerDay is for a limit in minutes of what is in days.
	minutesPerDay = 24 * 60
)

// Variable is that by which containers know the address of the queue.
func (q Queue) Variable() string { return variableOf("QUEUE", q.Name) + "_URL" }

// Resource is the resource name of the queue.
func (q Queue) Resource() string { return "queue-" + q.Name }

// DeadLettersName is the resource name of the queue of its dead letters, the longer one.
func (q Queue) DeadLettersName() string { return "dead-letters-" + q.Name }

func (q Queue) made() []made {
	return []made{{"queue", q.Resource()}, {"queue", q.DeadLettersName()}}
}

// variableOf is the name of a variable of a part that has a name of its own.
func variableOf(part, name string) string {
	return part + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// checkQueues checks each queue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
func (p *problems) checkQueues(c Config) {
	names := make([]string, len(c.Queues))
	for i, q := range c.Queues {
		names[i] = q.Name
		section := element("Queues", i) + "."
		p.between(section+"VisibilityTimeoutSeconds", q.VisibilityTimeoutSeconds, bounds{
			low: 1, high: 43200, lowBecause: "every message would be received again while it is worked on",
		})
		p.between(section+"RetentionDays", q.RetentionDays, bounds{
			low: 1, high: 13, lowBecause: "a night's trouble must not lose messages",
			highBecause: "a dead letter keeps the age of its message, and is deleted after 14 days",
		})
		p.between(section+"MaxReceives", q.MaxReceives, bounds{low: 1, high: 1000})
		p.between(section+"OldestMessageAlarmMinutes", q.OldestMessageAlarmMinutes, bounds{
			low: 1, high: max(1, minutesPerDay*min(q.RetentionDays, math.MaxInt16)),
			lowBecause: "AWS measures once a minute", highBecause: "RetentionDays deletes older ones",
		})
	}
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
	p.checkOwnNames(c, "Queues", names, ownName{"queue", Queue{Name: "%s"}.DeadLettersName(), 80, "orders"})
}

// ownName is what is made of the names of elements of a list.
type ownName struct {
	kind string
	// made is the longest name in AWS that is made of one.
	made    string
	limit   int
	example string
}

// checkOwnNames checks the names that the elements of a list have: their form, that no two
// are the same, the length of what is made of them, and how many there are.
func (p *problems) checkOwnNames(c Config, list string, names []string, n ownName) {
	if len(names) > mostOfEach {
		p.add(list, len(names), fmt.Sprintf("is too many %ss", n.kind), ours(fmt.Sprintf("%d or less", mostOfEach), "the policies of a role have no room for more"),
			do(fmt.Sprintf("remove %d", len(names)-mostOfEach)))
	}
	seen := map[string]bool{}
	for i, name := range names {
		field := element(list, i) + ".Name"
		p.matches(field, name, ownNameForm,
			ours("lower-case letters, digits and single inner hyphens", "the address of the resource in Terraform is made of it"),
			suggest("write a name such as", n.example))
		if seen[name] {
			p.add(field, name, "is taken by another "+n.kind, aws("a name of its own for every "+n.kind), do("rename one of the two"))
		}
		seen[name] = true
		if excess := len(c.PhysicalName(fmt.Sprintf(n.made, name))) - n.limit; excess > 0 {
			p.add(field, name, fmt.Sprintf("makes the name of the %s too long by %d", n.kind, excess),
				aws(fmt.Sprintf("%d characters, of which the environment's name takes %d", n.limit, len(c.PhysicalName(fmt.Sprintf(n.made, ""))))),
				do(fmt.Sprintf("shorten the name by %d or more", excess)))
		}
	}
}

// checkPartNames refuses a name that is that of another element and of one of its parts, such as
// "admin-role" beside "admin": what is made of the two would be one.
func (p *problems) checkPartNames(list, kind string, names []string, parts ...string) {
	for i, name := range names {
		for _, other := range names {
			if part, ok := strings.CutPrefix(name, other+"-"); ok && slices.Contains(parts, part) {
				p.add(element(list, i)+".Name", name, fmt.Sprintf("is what a part of the %s %q is called", kind, other),
					ours("a name that does not end in -"+part+" after another one", "both would have one address in Terraform"), do("rename one of the two"))
			}
		}
	}
}
