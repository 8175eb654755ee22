package config

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // Time zones are known on machines without a database of them, too.

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var refusedScaling = []refusal{
	{"min tasks", func(c *Config) { c.Scaling.MinTasks = 0 }, []string{
		`Scaling.MinTasks: 0 is out of range; this program allows 1 or more, because without a task nothing answers; fix: write 1`,
	}},
	{"max below min", func(c *Config) { c.Scaling.MaxTasks = 1 }, []string{
		`Scaling.MaxTasks: 1 is below Scaling.MinTasks; AWS allows 2 or more; fix: write 2`,
	}},
	{"desired below", func(c *Config) { c.Scaling.DesiredTasks = 1 }, []string{
		`Scaling.DesiredTasks: 1 is out of range; this program allows Scaling.MinTasks to Scaling.MaxTasks, 2 to 10, because autoscaling would change any other number at once; fix: write 2`,
	}},
	{"desired above", func(c *Config) { c.Scaling.DesiredTasks = 11 }, []string{
		`Scaling.DesiredTasks: 11 is out of range; this program allows Scaling.MinTasks to Scaling.MaxTasks, 2 to 10, because autoscaling would change any other number at once; fix: write 10`,
	}},
	{"schedule", func(c *Config) {
		c.Scaling.Schedules = []Schedule{{Name: "Morning", Cron: "0 7 * * *", TimeZone: "Local", MaxTasks: 0}}
	}, []string{
		`Scaling.Schedules[0].Name: "Morning" has the wrong form; this program allows lower-case letters, digits and single inner hyphens, because the address of the resource in Terraform is made of it; fix: write a name such as morning`,
		`Scaling.Schedules[0].Cron: "0 7 * * *" has the wrong form; AWS allows minutes, hours, day, month, weekday and year, with ? for one of the two days; fix: write a time such as 0 7 ? * MON-FRI *`,
		`Scaling.Schedules[0].TimeZone: "Local" is not a time zone; AWS allows canonical names of the IANA database, such as Europe/Rome; fix: write a time zone such as UTC`,
		`Scaling.Schedules[0].MinTasks: 0 stops the service for good; this program allows 0 where another schedule has a MinTasks of 1 or more, because without a task nothing answers; fix: add such a schedule`,
	}},
	{"a stop that autoscaling cannot end", func(c *Config) {
		c.Scaling.Schedules = []Schedule{{"morning", "0 7 ? * MON-FRI *", "UTC", 1, 2}, {"night", "0 20 * * ? *", "UTC", 0, 2}}
	}, []string{
		`Scaling.Schedules[1].MaxTasks: 2 is without effect; this program allows 0 with a MinTasks of 0, because autoscaling measures tasks, and would not start the first one; fix: raise the MinTasks or write 0`,
	}},
	{"fewer than none", func(c *Config) {
		c.Scaling.Schedules = []Schedule{{"night", "0 20 * * ? *", "UTC", -1, 2}}
	}, []string{
		`Scaling.Schedules[0].MinTasks: -1 is out of range; AWS allows 0 to 5000; fix: write 1`,
	}},
	{"schedules", func(c *Config) {
		morning := Schedule{"morning", "0 7 ? * MON-FRI *", "Europe/Rome", 4, 2}
		c.Scaling.Schedules = []Schedule{morning, {"morning", "0 20 L * ? *", "Rome", 2, 300}}
	}, []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; this program allows 602 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
		`Scaling.Schedules[0].MaxTasks: 2 is below Scaling.Schedules[0].MinTasks; AWS allows 4 or more; fix: write 4`,
		`Scaling.Schedules[1].Name: "morning" is taken by another schedule; AWS allows a name of its own for every schedule; fix: rename one of the two`,
		`Scaling.Schedules[1].TimeZone: "Rome" is not a time zone; AWS allows canonical names of the IANA database, such as Europe/Rome; fix: write a time zone such as UTC`,
	}},
	{"a long name of a schedule", trial(func(c *Config) {
		c.Scaling.Schedules = []Schedule{{strings.Repeat("a", 243), "0 7 ? * MON-FRI *", "UTC", 2, 2}}
	}), []string{
		`Scaling.Schedules[0].Name: "` + strings.Repeat("a", 243) + `" makes the name of the scheduled action too long by 1; AWS allows 256 characters, of which the environment's name takes 14; fix: shorten the name by 1 or more`,
	}},
	{"values of a time", func(c *Config) {
		c.Scaling.Schedules = []Schedule{{"night", "60 24 ? * 0 1969", "UTC", 2, 2}}
	}, []string{
		`Scaling.Schedules[0].Cron: "60 24 ? * 0 1969" has "60" for the minutes; AWS allows 0 to 59 there, also as lists and ranges; fix: write a time such as 0 7 ? * MON-FRI *`,
		`Scaling.Schedules[0].Cron: "60 24 ? * 0 1969" has "24" for the hours; AWS allows 0 to 23 there, also as lists and ranges; fix: write a time such as 0 7 ? * MON-FRI *`,
		`Scaling.Schedules[0].Cron: "60 24 ? * 0 1969" has "0" for the day of the week; AWS allows 1 to 7 or SUN to SAT there, also as lists and ranges; fix: write a time such as 0 7 ? * MON-FRI *`,
		`Scaling.Schedules[0].Cron: "60 24 ? * 0 1969" has "1969" for the year; AWS allows 1970 to 2199 there, also as lists and ranges; fix: write a time such as 0 7 ? * MON-FRI *`,
	}},
	{"minimum above all", func(c *Config) { c.Scaling.MinTasks, c.Scaling.DesiredTasks, c.Scaling.MaxTasks = 6, 6, 5 }, []string{
		`Scaling.MaxTasks: 5 is below Scaling.MinTasks; AWS allows 6 or more; fix: write 6`,
	}},
	{"memory target", func(c *Config) { c.Scaling.MemoryTargetPercent = 101 }, []string{
		`Scaling.MemoryTargetPercent: 101 is out of range; this program allows 100 or less, because the use never exceeds 100 percent, so that nothing would be added; fix: write 100`,
	}},
	{"memory target below", func(c *Config) { c.Scaling.MemoryTargetPercent = -1 }, []string{
		`Scaling.MemoryTargetPercent: -1 is out of range; AWS allows 1 or more; fix: write 1`,
	}},
}

var acceptedScaling = map[string]func(*Config){
	"longest name of a schedule": func(c *Config) {
		c.Name = "trial-api"
		c.Scaling.Schedules = []Schedule{{strings.Repeat("a", 242), "0 7 ? * MON-FRI *", "UTC", 2, 2}}
	},
	"schedules": func(c *Config) {
		c.Scaling.Schedules = []Schedule{{"morning-1", "0 7 ? * MON-FRI *", "Pacific/Tahiti", 1, 250}, {"evening", "0 20 * * ? *", "UTC", 3, 3}}
	},
	"stopped at night": func(c *Config) {
		c.Scaling.Schedules = []Schedule{{"morning", "0 7 ? * MON-FRI *", "UTC", 1, 2}, {"night", "0 20 * * ? *", "UTC", 0, 0}}
	},
	"as many as the maximum": func(c *Config) { c.Scaling.MinTasks, c.Scaling.DesiredTasks, c.Scaling.MaxTasks = 3, 3, 3 },
	"memory target":          func(c *Config) { c.Scaling.MemoryTargetPercent = 80 },
	"lowest memory target":   func(c *Config) { c.Scaling.MemoryTargetPercent = 1 },
	"highest memory target":  func(c *Config) { c.Scaling.MemoryTargetPercent = 100 },
}

var edgesScaling = []edge{
	{field: "Scaling.MinTasks", low: 1, high: 5000, lowOurs: true, with: func(c *Config) { fiveThousandTasks(c); c.Scaling.DesiredTasks = 1 }, highNeeds: func(c *Config) { c.Scaling.DesiredTasks = 5000 }},
	{field: "Scaling.DesiredTasks", low: 2, high: 10, lowOurs: true, highOurs: true},
	{field: "Scaling.MaxTasks", low: 2, high: 5000, with: fiveThousandTasks},
	{field: "Scaling.CPUTargetPercent", low: 1, high: 100, highOurs: true},
	{field: "Scaling.RequestsPerTaskTarget", low: 0, high: unlimited},
	{field: "Scaling.ScaleInCooldownSeconds", low: 0, high: unlimited},
	{field: "Scaling.ScaleOutCooldownSeconds", low: 0, high: unlimited},
}

// fiveThousandTasks makes room for as many tasks as ECS runs in one service.
func fiveThousandTasks(c *Config) {
	c.Network.PrivateSubnetCIDRs = []string{"10.0.64.0/18", "10.0.128.0/18"}
	c.Scaling.MaxTasks = 5000
}

// TestCronOfAWS tries the examples of AWS's documentation.
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
func TestCronOfAWS(t *testing.T) {
	for _, cron := range []string{
		"0 10 * * ? *", "15 12 * * ? *", "0 18 ? * MON-FRI *", "0 8 1 * ? *", "0/15 * * * ? *", "0/10 * ? * MON-FRI *",
		"0/5 8-17 ? * MON-FRI *", "30 6 ? * MON *", "0/30 20-23 ? * MON-FRI *", "0 9 ? * 2#1 *", "0 0 L * ? *", "0 0 3W JAN,feb ? 2026-2030",
		"0 12 ? * FRIL *", "0 12 ? * L *", "0 12 LW * ? *", "0 8,12-14 ? 1,jun-aug 2,4-6 *",
	} {
		c := Defaults("dev")
		c.Scaling.Schedules = []Schedule{{"example", cron, "Etc/GMT+9", 1, 1}}
		assert.NoError(t, c.Validate(), cron)
	}
}

// TestCronRefused tries what is nearly a time.
func TestCronRefused(t *testing.T) {
	for _, cron := range []string{
		"", "? 7 ? * MON *", "0 7 ? ? MON *", "0 7 ? * MON ?", "0 7 * * * *", "0 7 ? * ? *", "0 7 ? * MON", "0  7 ? * MON *",
		"-1 7 ? * MON *", "+1 7 ? * MON *", "0/0 7 ? * MON *", "0/60 7 ? * MON *", "0,,5 7 ? * MON *", "0- 7 ? * MON *", "0-60 7 ? * MON *",
		"0 7 0 * ? *", "0 7 32 * ? *", "0 7 32W * ? *", "0 7 W * ? *", "0 7 MON * ? *", "0 7 1 13 ? *", "0 7 1 JANUARY ? *", "0 7 1 L ? *",
		"0 7 ? * 8 *", "0 7 ? * 8L *", "0 7 ? * 2#6 *", "0 7 ? * #1 *", "0 7 ? * MON/2 *", "0 7 ? * MON 2200", "0 7 ? * MON L",
	} {
		c := Defaults("dev")
		c.Scaling.Schedules = []Schedule{{"example", cron, "UTC", 1, 1}}
		assert.Error(t, c.Validate(), cron)
	}
}

// TestTimeZones wants the zones of the list known to Go, and no other name.
func TestTimeZones(t *testing.T) {
	for zone := range strings.FieldsSeq(timeZones) {
		_, err := time.LoadLocation(zone)
		require.NoError(t, err, zone)
	}
	for _, zone := range []string{"", "Local", "Factory", "posixrules", "US/Pacific", "EST", "GB", "Asia/Calcutta", "europe/rome", "Rome"} {
		c := Defaults("dev")
		c.Scaling.Schedules = []Schedule{{"example", "0 7 ? * MON *", zone, 1, 1}}
		assert.Error(t, c.Validate(), zone)
	}
}
