package config

var refusedAlarms = []refusal{
	{"e-mails without alarms", func(c *Config) { c.Alarms.Emails = []string{"team@example.com"} }, []string{
		`Alarms.Emails: 1 would never be told anything, because there are no alarms; allowed: none without Alarms.Enabled; fix: set Alarms.Enabled`,
	}},
	{"e-mails", func(c *Config) {
		c.Alarms.Enabled, c.Alarms.Emails = true, []string{"Team <team@example.com>", "on-call@example.com", "on.call@example.com"}
	}, []string{
		`Alarms.Emails[0]: "Team <team@example.com>" is not of the form; allowed: an e-mail address; fix: write an address such as team@example.com`,
		`Alarms.Emails[2]: "on.call@example.com" is on-call@example.com, or differs from it in punctuation only; allowed: addresses that differ in letters and digits; fix: remove one of the two`,
	}},
	{"latency", func(c *Config) { c.Alarms.LatencySeconds = 0 }, []string{`Alarms.LatencySeconds: 0 is out of range; allowed: more than 0; fix: write 1`}},
	{"server errors", func(c *Config) { c.Alarms.ServerErrors = 0 }, []string{`Alarms.ServerErrors: 0 is out of range`}},
	{"connections", func(c *Config) { c.Alarms.DatabaseConnections = 0 }, []string{`Alarms.DatabaseConnections: 0 is out of range`}},
}
