package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// job has one job, of the usual ones, with something else.
func job(change func(*Job)) func(*Config) {
	return func(c *Config) {
		j := NewJob("nightly", "cron(30 2 * * ? *)", "flask", "report")
		change(&j)
		c.Jobs = []Job{j}
	}
}

var refusedJobs = []refusal{
	{"name of a job", job(func(j *Job) { j.Name = "Nightly" }), []string{
		`Jobs[0].Name: "Nightly" has the wrong form; this program allows lower-case letters, digits and single inner hyphens, because the address of the resource in Terraform is made of it; fix: write a name such as nightly`,
	}},
	{"a long name of a job", trial(job(func(j *Job) { j.Name = strings.Repeat("a", 48) })), []string{
		`Jobs[0].Name: "` + strings.Repeat("a", 48) + `" makes the name of the schedule too long by 2; AWS allows 64 characters, of which the environment's name takes 18; fix: shorten the name by 2 or more`,
	}},
	{"two jobs of a name", func(c *Config) {
		job(func(*Job) {})(c)
		c.Jobs = append(c.Jobs, c.Jobs[0])
	}, []string{
		`Jobs[1].Name: "nightly" is taken by another job; AWS allows a name of its own for every job; fix: rename one of the two`,
	}},
	{"too many jobs", func(c *Config) {
		for i := range mostJobs + 1 {
			c.Jobs = append(c.Jobs, NewJob(string(rune('a'+i)), "rate(1 day)", "true"))
		}
	}, []string{
		`Jobs: 21 is too many jobs; this program allows 20 or less, because the policy of the role that runs them has no room for more; fix: remove 1`,
	}},
	{"a job without a command", job(func(j *Job) { j.Command = nil }), []string{
		`Jobs[0].Command: "" is not a command; this program allows the name of a program of the image, and its words, because the image's own command is the API; fix: write one word of the command in each element`,
	}},
	{"a template in a job", job(func(j *Job) { j.Command[1] = "${DB_HOST}" }), []string{
		`Jobs[0].Command[1]: "${DB_HOST}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put it into a script of the image`,
	}},
	{"time of a job", job(func(j *Job) { j.Schedule = "30 2 * * ? *" }), []string{
		`Jobs[0].Schedule: "30 2 * * ? *" has the wrong form; AWS allows cron(…) with six fields, or rate(…) of minutes, hours or days; fix: write a time such as cron(30 2 * * ? *)`,
	}},
	{"a cron of five fields", job(func(j *Job) { j.Schedule = "cron(30 2 * * *)" }), []string{
		`Jobs[0].Schedule: "cron(30 2 * * *)" has the wrong form; AWS allows minutes, hours, day, month, weekday and year, with ? for one of the two days; fix: write a time such as cron(0 7 ? * MON-FRI *)`,
	}},
	{"an hour of a job", job(func(j *Job) { j.Schedule = "cron(30 24 * * ? *)" }), []string{
		`Jobs[0].Schedule: "cron(30 24 * * ? *)" has "24" for the hours; AWS allows 0 to 23 there, also as lists and ranges; fix: write a time such as cron(0 7 ? * MON-FRI *)`,
	}},
	{"a rate in weeks", job(func(j *Job) { j.Schedule = "rate(1 week)" }), []string{
		`Jobs[0].Schedule: "rate(1 week)" has the wrong form; AWS allows cron(…) with six fields, or rate(…) of minutes, hours or days; fix: write a time such as cron(30 2 * * ? *)`,
	}},
	{"one time", job(func(j *Job) { j.Schedule = "at(2030-01-01T00:00:00)" }), []string{
		`Jobs[0].Schedule: "at(2030-01-01T00:00:00)" is one time; this program allows cron(…) with six fields, or rate(…) of minutes, hours or days, because it would stay, and never run again; fix: run it once with make run JOB=nightly`,
	}},
	{"time zone of a job", job(func(j *Job) { j.TimeZone = "CET" }), []string{
		`Jobs[0].TimeZone: "CET" is not a time zone; AWS allows canonical names of the IANA database, such as Europe/Rome; fix: write a time zone such as UTC`,
	}},
	{"a window of more than a day", job(func(j *Job) { j.FlexibleMinutes = 1441 }), []string{
		`Jobs[0].FlexibleMinutes: 1441 is out of range; AWS allows 1440 or less; fix: write 1440`,
	}},
	{"a window of less than none", job(func(j *Job) { j.FlexibleMinutes = -1 }), []string{
		`Jobs[0].FlexibleMinutes: -1 is out of range; this program allows 0 or more, because 0 is none; fix: write 0`,
	}},
	{"a window as long as the rate", job(func(j *Job) { j.Schedule, j.FlexibleMinutes = "rate(1 hour)", 60 }), []string{
		`Jobs[0].FlexibleMinutes: 60 is out of range; this program allows 59 or less, because two runs of rate(1 hour) could begin at once; fix: write 59`,
	}},
	{"a run without end", job(func(j *Job) { j.TimeoutMinutes = 0 }), []string{
		`Jobs[0].TimeoutMinutes: 0 is out of range; this program allows 1 or more, because a task takes most of a minute to start; fix: write 1`,
	}},
	{"a run of more than a day", job(func(j *Job) { j.TimeoutMinutes = 1441 }), []string{
		`Jobs[0].TimeoutMinutes: 1441 is out of range; this program allows 1440 or less, because what takes longer than a day begins again before it ends; divide it; fix: write 1440`,
	}},
	{"retries of a job", job(func(j *Job) { j.Retries = 11 }), []string{
		`Jobs[0].Retries: 11 is out of range; this program allows 10 or less, because what failed ten times fails again; fix: write 10`,
	}},
	{"size of a job", job(func(j *Job) { j.CPUUnits, j.MemoryMiB = 300, 512 }), []string{
		`Jobs[0].CPUUnits: 300 is not a size of Fargate; AWS allows 256, 512, 1024, 2048, 4096, 8192, 16384, or a larger size in whole vCPUs of 1024 units; fix: write 256`,
	}},
	{"memory of a job", job(func(j *Job) { j.MemoryMiB = 512 }), []string{
		`Jobs[0].MemoryMiB: 512 is not a size of Fargate for 512 CPU units; AWS allows 1024, 2048, 3072, 4096; fix: write 1024`,
	}},
}

var acceptedJobs = map[string]func(*Config){
	"a usual job":           job(func(*Job) {}),
	"longest name of a job": job(func(j *Job) { j.Name = strings.Repeat("a", 46) }),
	"all of a job": job(func(j *Job) {
		j.Schedule, j.TimeZone, j.FlexibleMinutes, j.TimeoutMinutes, j.Retries = "cron(0 0/2 ? * MON-FRI *)", "Europe/Rome", 1440, 1440, 10
		j.AllowOverlap, j.Paused, j.CPUUnits, j.MemoryMiB = true, true, 256, 512
	}),
	"minutes": job(func(j *Job) { j.Schedule, j.TimeoutMinutes = "rate(5 minutes)", 1 }),
	"days":    job(func(j *Job) { j.Schedule, j.FlexibleMinutes = "rate(2 days)", 1440 }),
	"a day":   job(func(j *Job) { j.Schedule, j.FlexibleMinutes = "rate(1 day)", 1439 }),
}

func TestJobOfAName(t *testing.T) {
	c := Defaults("dev")
	_, err := c.Job("nightly")
	require.EqualError(t, err, "flask-api-dev has no jobs: Config.Jobs is empty")
	c.Jobs = []Job{NewJob("hourly", "rate(1 hour)", "true"), NewJob("nightly", "rate(1 day)", "true")}
	found, err := c.Job("nightly")
	require.NoError(t, err)
	assert.Equal(t, c.Jobs[1], found)
	_, err = c.Job("weekly")
	assert.EqualError(t, err, `flask-api-dev has no job "weekly"; it has hourly, nightly`)
}
