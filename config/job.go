package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Job is a command that runs by the clock: in a task of its own, with the image, variables,
// secrets, network and roles of the API.
type Job struct {
	// Name is the name of the job, of lower-case letters, digits and single inner hyphens: that
	// of `make run JOB=<name>`. A job of another name is another job.
	Name string
	// Command is what runs, as a list of its words. What the image has for an entry point, or
	// Service.EntryPoint, gets it. While the environment runs the placeholder, nothing does.
	Command []string
	// Schedule is when: `cron(…)` with minutes, hours, day, month, weekday and year, such as
	// `cron(30 2 * * ? *)`, or `rate(…)`, such as `rate(6 hours)`.
	Schedule string
	// TimeZone is the time zone of a cron, such as "Europe/Rome". A time that a night in spring
	// leaves out is left out, and one that a night in autumn has twice is one run.
	TimeZone string
	// FlexibleMinutes is how much later than that a run may begin, 0 to 1440, and less than the
	// span of a rate: AWS then spreads what would begin at once.
	FlexibleMinutes int
	// TimeoutMinutes is how long a try of a run may take, with the start of its task, 1 to 1440;
	// then it is stopped, and the run has failed.
	TimeoutMinutes int
	// Retries is how often a command that failed runs again, 0 to 10: a minute later, and
	// after twice as long each time. One that took too long does not.
	Retries int
	// AllowOverlap has a run, and each of its tries, begin although another one has not ended.
	// Without it, one that finds another is left out, which is a failure.
	AllowOverlap bool
	// Paused has the clock start none. `make run JOB=<name>` still does.
	Paused bool
	// CPUUnits is the CPU of the task, as Service.CPUUnits.
	CPUUnits int
	// MemoryMiB is the memory of the task, one that Fargate pairs with the CPU.
	MemoryMiB int
}

// NewJob is a job with what is usual: the time in UTC, an hour at most, a small task, and no
// second try.
func NewJob(name, schedule string, command ...string) Job {
	return Job{Name: name, Command: command, Schedule: schedule, TimeZone: "UTC", TimeoutMinutes: 60, CPUUnits: 512, MemoryMiB: 1024}
}

// Resource is the resource name of what a job has.
func (j Job) Resource() string { return "job-" + j.Name }

func (j Job) made() []made { return []made{{"state machine", j.Resource()}} }

// Job is the one of the name.
func (c Config) Job(name string) (Job, error) {
	names := make([]string, len(c.Jobs))
	for i, job := range c.Jobs {
		if names[i] = job.Name; job.Name == name {
			return job, nil
		}
	}
	if len(names) == 0 {
		return Job{}, fmt.Errorf("%s has no jobs: Config.Jobs is empty", c.StackName())
	}
	return Job{}, fmt.Errorf("%s has no job %q; it has %s", c.StackName(), name, strings.Join(names, ", "))
}

// What a run fails with: its last task did, whose exit code is in the cause; it has found
// another run; or it was stopped.
const (
	JobFailed   = "TaskFailed"
	JobOverlaps = "Overlap"
	JobTooLong  = "TooLong"
)

const (
	// mostJobs is how many the policy of the role has room for that runs them.
	mostJobs = 20
	// maxScheduleOfScheduler is the longest name of a schedule:
	// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
	maxScheduleOfScheduler = 64
	// longestJobMinutes is a day.
	longestJobMinutes = 24 * 60
)

var (
	// expressionForm is a cron, or a rate of what Scheduler counts in:
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
	expressionForm = regexp.MustCompile(`^(?:cron\((.*)\)|rate\(([1-9]\d{0,5}) (minute|hour|day)s?\))$`)
	minutesOf      = map[string]int{"minute": 1, "hour": 60, "day": 24 * 60}
)

// checkJobs checks each job.
func (p *problems) checkJobs(c Config) {
	if excess := len(c.Jobs) - mostJobs; excess > 0 {
		p.add("Jobs", len(c.Jobs), "is too many jobs", ours(fmt.Sprintf("%d or less", mostJobs), "the policy of the role that runs them has no room for more"), do(fmt.Sprintf("remove %d", excess)))
	}
	seen := map[string]bool{}
	for i, j := range c.Jobs {
		section := element("Jobs", i) + "."
		p.checkJobName(section+"Name", c, j, seen)
		p.checkJobCommand(section+"Command", j)
		p.checkJobTime(section, j)
		p.checkTaskSize(section, j.CPUUnits, j.MemoryMiB)
		p.between(section+"TimeoutMinutes", j.TimeoutMinutes, bounds{
			low: 1, high: longestJobMinutes,
			lowBecause: "a task takes most of a minute to start", highBecause: "what takes longer than a day begins again before it ends; divide it",
		})
		p.between(section+"Retries", j.Retries, bounds{
			low: 0, high: 10, lowBecause: "0 is none", highBecause: "what failed ten times fails again",
		})
	}
}

func (p *problems) checkJobName(field string, c Config, j Job, seen map[string]bool) {
	p.matches(field, j.Name, ownNameForm,
		ours("lower-case letters, digits and single inner hyphens", "the address of the resource in Terraform is made of it"),
		suggest("write a name such as", "nightly"))
	if seen[j.Name] {
		p.add(field, j.Name, "is taken by another job", aws("a name of its own for every job"), do("rename one of the two"))
	}
	seen[j.Name] = true
	if excess := len(c.PhysicalName(j.Resource())) - maxScheduleOfScheduler; excess > 0 {
		p.add(field, j.Name, fmt.Sprintf("makes the name of the schedule too long by %d", excess),
			aws(fmt.Sprintf("%d characters, of which the environment's name takes %d", maxScheduleOfScheduler, len(c.PhysicalName("job-")))),
			do(fmt.Sprintf("shorten the name by %d or more", excess)))
	}
}

func (p *problems) checkJobCommand(field string, j Job) {
	if len(j.Command) == 0 || j.Command[0] == "" {
		p.add(field, strings.Join(j.Command, " "), "is not a command",
			ours("the name of a program of the image, and its words", "the image's own command is the API"), do("write one word of the command in each element"))
	}
	p.checkWords(field, j.Command)
}

// checkJobTime checks when a job runs.
func (p *problems) checkJobTime(section string, j Job) {
	const notation = "cron(…) with six fields, or rate(…) of minutes, hours or days"
	field, most := section+"Schedule", longestJobMinutes
	m := expressionForm.FindStringSubmatch(j.Schedule)
	switch {
	case m == nil && strings.HasPrefix(j.Schedule, "at("):
		p.add(field, j.Schedule, "is one time", ours(notation, "it would stay, and never run again"), do("run it once with make run JOB="+j.Name))
	case m == nil:
		p.add(field, j.Schedule, "has the wrong form", aws(notation), suggest("write a time such as", "cron(30 2 * * ? *)"))
	case m[3] == "":
		p.checkCron(field, m[1], "cron(%s)")
	default:
		number, _ := strconv.Atoi(m[2]) // It has digits alone.
		most = min(most, number*minutesOf[m[3]]-1)
	}
	// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html
	flexible := bounds{low: 0, high: most, lowBecause: "0 is none"}
	if most < longestJobMinutes {
		flexible.highBecause = "two runs of " + j.Schedule + " could begin at once"
	}
	p.between(section+"FlexibleMinutes", j.FlexibleMinutes, flexible)
	if !slices.Contains(strings.Fields(timeZones), j.TimeZone) {
		p.add(section+"TimeZone", j.TimeZone, "is not a time zone", aws("canonical names of the IANA database, such as Europe/Rome"),
			suggest("write a time zone such as", "UTC"))
	}
}
