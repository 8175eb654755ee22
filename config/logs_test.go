package config

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

var refusedLogs = []refusal{
	{"retention", func(c *Config) { c.Logs.RetentionDays = 10 }, []string{
		`Logs.RetentionDays: 10 is not a retention of CloudWatch; AWS allows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; fix: write 14`,
	}},
	{"stopped logs", func(c *Config) {
		c.Logs.Stopped = []Log{"ecs", FlowLog, SessionLog, AccessLog, SessionLog}
		c.Network.FlowLogRetentionDays, c.Service.ExecuteCommand = 30, true
	}, []string{
		`Logs.Stopped[0]: "ecs" is no log; this program allows access, flow, waf, database or sessions, because no other log can be turned off; fix: write one of them`,
		`Logs.Stopped[2]: "sessions" is stopped, and Service.ExecuteCommand is on; this program allows a stopped log of an option that is off, because the option writes the log; fix: turn the option off, or remove the log here`,
		`Logs.Stopped[3]: "access" is stopped, and LoadBalancer.AccessLogRetentionDays is 0; this program allows the retention that it had, because what was stored is kept as long; fix: set the retention again, or remove the log here`,
		`Logs.Stopped[4]: "sessions" is there twice; this program allows each log once, because it stops once; fix: remove one of the two`,
	}},
	{"retention forever", func(c *Config) { c.Logs.RetentionDays = 0 }, []string{
		`Logs.RetentionDays: 0 keeps log events forever; this program allows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, because what is never deleted costs more every month; fix: write a number such as 365`,
	}},
}

var acceptedLogs = func() map[string]func(*Config) {
	valid := map[string]func(*Config){
		"every log stopped": func(c *Config) {
			c.Logs.Stopped = []Log{AccessLog, FlowLog, WAFLog, DatabaseLog, SessionLog}
			c.LoadBalancer.AccessLogRetentionDays, c.Network.FlowLogRetentionDays = 30, 30
		},
	}
	for _, days := range retentionDays {
		valid[fmt.Sprint("retention of ", days)] = func(c *Config) { c.Logs.RetentionDays = days }
	}
	return valid
}()

func TestLogState(t *testing.T) {
	c := Defaults("dev")
	assert.Equal(t, LogOff, c.LogState(FlowLog))
	c.Network.FlowLogRetentionDays = 30
	assert.Equal(t, LogOn, c.LogState(FlowLog))
	c.Logs.Stopped = []Log{FlowLog}
	assert.Equal(t, LogStopped, c.LogState(FlowLog))
	assert.Equal(t, LogOff, c.LogState(WAFLog))
}
