package config

var refusedScaling = []refusal{
	{"min tasks", func(c *Config) { c.Scaling.MinTasks = 0 }, []string{`Scaling.MinTasks: 0 is out of range; allowed: 1 to 5000; fix: write 1`}},
	{"max tasks", func(c *Config) {
		c.Scaling.MaxTasks = 5001
		c.Network.PublicSubnetCIDRs = []string{"10.0.0.0/24", "10.0.1.0/24"}
		c.Network.PrivateSubnetCIDRs = []string{"10.0.64.0/18", "10.0.128.0/18"}
	}, []string{`Scaling.MaxTasks: 5001 is out of range; allowed: 1 to 5000; fix: write 5000`}},
	{"max below min", func(c *Config) { c.Scaling.MaxTasks = 1 }, []string{
		`Scaling.DesiredTasks: 2 is out of range; allowed: Scaling.MinTasks to Scaling.MaxTasks, 2 to 1; fix: choose a number in the range or widen it`,
		`Scaling.MaxTasks: 1 is below Scaling.MinTasks; allowed: 2 or more; fix: write 2`,
	}},
	{"desired below", func(c *Config) { c.Scaling.DesiredTasks = 1 }, []string{`Scaling.DesiredTasks: 1 is out of range; allowed: Scaling.MinTasks to Scaling.MaxTasks, 2 to 10`}},
	{"desired above", func(c *Config) { c.Scaling.DesiredTasks = 11 }, []string{`Scaling.DesiredTasks: 11 is out of range`}},
	{"CPU target", func(c *Config) { c.Scaling.CPUTargetPercent = 101 }, []string{`Scaling.CPUTargetPercent: 101 is out of range; allowed: 1 to 100; fix: write 100`}},
	{"scale in", func(c *Config) { c.Scaling.ScaleInCooldownSeconds = -1 }, []string{`Scaling.ScaleInCooldownSeconds: -1 is out of range`}},
	{"scale out", func(c *Config) { c.Scaling.ScaleOutCooldownSeconds = -1 }, []string{`Scaling.ScaleOutCooldownSeconds: -1 is out of range`}},
	{"memory target", func(c *Config) { c.Scaling.MemoryTargetPercent = 101 }, []string{`Scaling.MemoryTargetPercent: 101 is out of range; allowed: 0 to 100; fix: write 100`}},
	{"requests", func(c *Config) { c.Scaling.RequestsPerTaskTarget = -1 }, []string{`Scaling.RequestsPerTaskTarget: -1 is out of range`}},
	{"schedule", func(c *Config) {
		c.Scaling.Schedules = []Schedule{{Name: "Morning", Cron: "0 7 * * *", TimeZone: "Local", MaxTasks: 0}}
	}, []string{
		`Scaling.Schedules[0].Name: "Morning" is not of the form; allowed: lower-case letters, digits and single inner hyphens; fix: write a name such as morning`,
		`Scaling.Schedules[0].Cron: "0 7 * * *" is not of the form; allowed: minutes, hours, day, month, weekday and year, with ? for one of the two days; fix: write a time such as 0 7 ? * MON-FRI *`,
		`Scaling.Schedules[0].TimeZone: "Local" is no time zone; allowed: a name of the IANA database; fix: write a zone such as Europe/Rome or UTC`,
		`Scaling.Schedules[0].MinTasks: 0 is out of range; allowed: 1 to 5000; fix: write 1`,
		`Scaling.Schedules[0].MaxTasks: 0 is out of range; allowed: 1 to 5000; fix: write 1`,
	}},
	{"schedules", func(c *Config) {
		morning := Schedule{"morning", "0 7 ? * MON-FRI *", "Europe/Rome", 4, 2}
		c.Scaling.Schedules = []Schedule{morning, {"morning", "0 20 L * ? *", "Rome", 2, 300}}
	}, []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; allowed: 602 or more`,
		`Scaling.Schedules[0].MaxTasks: 2 is out of range; allowed: 4 to 5000; fix: write 4`,
		`Scaling.Schedules[1].Name: "morning" is taken by another schedule; allowed: a name of its own for every schedule; fix: rename one of the two`,
		`Scaling.Schedules[1].TimeZone: "Rome" is no time zone`,
	}},
}
