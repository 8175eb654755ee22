package config

import (
	"fmt"
	"slices"
)

// Logs are the CloudWatch log groups, and what happens to logs that end.
type Logs struct {
	// RetentionDays is how many days the log events of the tasks, of the database and
	// of ECS Exec are kept, one of the retentions that CloudWatch has, from 1 to 3653.
	RetentionDays int
	// Stopped are logs that nothing is written to any more, and whose store stays with
	// what is in it until that expires: "access" and "flow" keep the retention that they
	// had; "waf", "database" and "sessions" are of LoadBalancer.WAF.Enabled,
	// Database.LogExports and Service.ExecuteCommand, which are off. A log that is off and
	// not stopped is deleted; a protected environment leaves it in AWS and forgets it.
	Stopped []Log
}

// Log is a log that an option turns on.
type Log string

const (
	// AccessLog is the load balancer's record of each request.
	AccessLog Log = "access"
	// FlowLog is the VPC's record of each connection.
	FlowLog Log = "flow"
	// WAFLog is what AWS WAF refused.
	WAFLog Log = "waf"
	// DatabaseLog is PostgreSQL's own log.
	DatabaseLog Log = "database"
	// SessionLog is what was typed and seen in the sessions of ECS Exec.
	SessionLog Log = "sessions"
)

// LogState is what becomes of a log.
type LogState int

const (
	// LogOff has no store.
	LogOff LogState = iota
	// LogStopped has a store that nothing is written to.
	LogStopped
	// LogOn is written.
	LogOn
)

func defaultLogs() Logs { return Logs{RetentionDays: 7} }

// logOption is the option that turns a log on, whether it does, and, of a retention of its
// own, that a stopped log keeps it.
type logOption struct {
	log          Log
	field        string
	on           bool
	hasRetention bool
}

func (c Config) logOptions() []logOption {
	return []logOption{
		{AccessLog, "LoadBalancer.AccessLogRetentionDays", c.LoadBalancer.AccessLogRetentionDays > 0, true},
		{FlowLog, "Network.FlowLogRetentionDays", c.Network.FlowLogRetentionDays > 0, true},
		{WAFLog, "LoadBalancer.WAF.Enabled", c.LoadBalancer.WAF.Enabled, false},
		{DatabaseLog, "Database.LogExports", c.Database.LogExports, false},
		{SessionLog, "Service.ExecuteCommand", c.Service.ExecuteCommand, false},
	}
}

// LogState tells what becomes of the log.
func (c Config) LogState(log Log) LogState {
	options := c.logOptions()
	option := options[slices.IndexFunc(options, func(o logOption) bool { return o.log == log })]
	switch {
	case slices.Contains(c.Logs.Stopped, log):
		return LogStopped
	case option.on:
		return LogOn
	default:
		return LogOff
	}
}

// checkStopped checks that each stopped log is one, and that its option agrees.
func (p *problems) checkStopped(c Config) {
	options := c.logOptions()
	for i, log := range c.Logs.Stopped {
		field := element("Logs.Stopped", i)
		at := slices.IndexFunc(options, func(o logOption) bool { return o.log == log })
		switch {
		case at < 0:
			p.add(field, log, "is no log", ours("access, flow, waf, database or sessions", "no other log can be turned off"), do("write one of them"))
		case slices.Contains(c.Logs.Stopped[:i], log):
			p.add(field, log, "is there twice", ours("each log once", "it stops once"), do("remove one of the two"))
		case options[at].hasRetention && !options[at].on:
			p.add(field, log, fmt.Sprintf("is stopped, and %s is 0", options[at].field),
				ours("the retention that it had", "what was stored is kept as long"), do("set the retention again, or remove the log here"))
		case !options[at].hasRetention && options[at].on:
			p.add(field, log, fmt.Sprintf("is stopped, and %s is on", options[at].field),
				ours("a stopped log of an option that is off", "the option writes the log"), do("turn the option off, or remove the log here"))
		}
	}
}

// retentionDays are the retentions that CloudWatch has, except forever.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
	1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// checkLogs checks the retention of the log groups.
func (p *problems) checkLogs(l Logs) {
	const field = "Logs.RetentionDays"
	if l.RetentionDays == 0 {
		p.add(field, l.RetentionDays, "keeps log events forever", ours(list(retentionDays), "what is never deleted costs more every month"),
			suggest("write a number such as", 365))
		return
	}
	p.checkRetention(field, l.RetentionDays)
}

// checkRetention requires a retention that CloudWatch has.
func (p *problems) checkRetention(field string, days int) {
	p.oneOf(field, days, retentionDays, "is not a retention of CloudWatch")
}
