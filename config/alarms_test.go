package config

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

var refusedAlarms = []refusal{
	{"e-mails without alarms", func(c *Config) { c.Alarms.Emails = []string{"team@example.com"} }, []string{
		`Alarms.Emails: 1 is without effect; this program allows addresses together with Alarms.Enabled, because without alarms there is nothing to notify about; fix: set Alarms.Enabled or remove the addresses`,
	}},
	{"e-mails", func(c *Config) {
		c.Alarms.Enabled, c.Alarms.Emails = true, []string{"Team <team@example.com>", "on-call@example.com", "on.call@example.com"}
	}, []string{
		`Alarms.Emails[0]: "Team <team@example.com>" has the wrong form; AWS allows a plain e-mail address; fix: write an address such as team@example.com`,
		`Alarms.Emails[2]: "on.call@example.com" is on-call@example.com, or differs from it in punctuation only; this program allows addresses that differ in letters and digits, because the resource of each is called by these; fix: remove one of the two`,
	}},
	{"latency", func(c *Config) { c.Alarms.LatencySeconds = 0 }, []string{
		`Alarms.LatencySeconds: 0 is out of range; this program allows a finite number above 0, because with less, the alarm would go off in normal operation; fix: write 1`,
	}},
	{"latency not a number", func(c *Config) { c.Alarms.LatencySeconds = math.NaN() }, []string{
		`Alarms.LatencySeconds: NaN is out of range; this program allows a finite number above 0, because with less, the alarm would go off in normal operation; fix: write 1`,
	}},
	{"latency infinite", func(c *Config) { c.Alarms.LatencySeconds = math.Inf(1) }, []string{
		`Alarms.LatencySeconds: +Inf is out of range; this program allows a finite number above 0, because with less, the alarm would go off in normal operation; fix: write 1`,
	}},
	{"e-mail that is a template", func(c *Config) { c.Alarms.Enabled, c.Alarms.Emails = true, []string{"${x}@example.com"} }, []string{
		`Alarms.Emails[0]: "${x}@example.com" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: use another address`,
	}},
}

var acceptedAlarms = map[string]func(*Config){
	"e-mails": func(c *Config) {
		c.Alarms.Enabled, c.Alarms.Emails = true, []string{"o'hara+{x}&co@mail.example.co.uk", "on-call@example.com"}
	},
	"latency": func(c *Config) { c.Alarms.LatencySeconds = 0.001 },
}

var edgesAlarms = []edge{
	{field: "Alarms.ServerErrors", low: 1, high: unlimited, lowOurs: true},
	{field: "Alarms.DatabaseConnections", low: 1, high: unlimited, lowOurs: true},
}

func TestAlnumID(t *testing.T) {
	assert.Equal(t, "-az-az-09-", AlnumID("`az{AZ/09:"))
}
