package config

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Scaling is the range of tasks and what moves the service within it.
type Scaling struct {
	// MinTasks is the minimum number of tasks, 1 to 5000.
	MinTasks int
	// DesiredTasks is how many tasks the first deployment starts, MinTasks to
	// MaxTasks; autoscaling sets the number afterwards.
	DesiredTasks int
	// MaxTasks is the maximum number of tasks, MinTasks to 5000.
	MaxTasks int
	// CPUTargetPercent is the average CPU use that autoscaling keeps, 1 to 100.
	CPUTargetPercent int
	// MemoryTargetPercent is the average memory use that autoscaling keeps, 1 to 100;
	// 0, the default, ignores the memory.
	MemoryTargetPercent int
	// RequestsPerTaskTarget is how many requests a minute each task should get; 0,
	// the default, ignores the requests. Measure first how many a task can serve.
	RequestsPerTaskTarget int
	// ScaleInCooldownSeconds is the pause after removing tasks, from 0 on.
	ScaleInCooldownSeconds int
	// ScaleOutCooldownSeconds is the pause after adding tasks, from 0 on.
	ScaleOutCooldownSeconds int
	// Schedules are other values of MinTasks and MaxTasks from set times on, none by
	// default.
	// With any, the environment starts with MinTasks and MaxTasks, and Terraform
	// leaves both alone afterwards.
	Schedules []Schedule
}

// Schedule is a range of tasks from a set time on, until another one sets another.
type Schedule struct {
	// Name is the name of the schedule: lower-case letters, digits and single inner
	// hyphens.
	Name string
	// Cron is the time in AWS's notation: minutes, hours, day, month, weekday and
	// year, such as "0 7 ? * MON-FRI *".
	Cron string
	// TimeZone is the time zone of the Cron, such as "Europe/Rome".
	TimeZone string
	// MinTasks is the minimum number of tasks from then on, 0 to 5000.
	MinTasks int
	// MaxTasks is the maximum number of tasks from then on, MinTasks to 5000. With 0 in
	// both, the service stops, until another schedule has a MinTasks of 1 or more.
	MaxTasks int
}

// FewestTasks is the smallest number of tasks over all schedules.
func (s Scaling) FewestTasks() int {
	fewest := s.MinTasks
	for _, schedule := range s.Schedules {
		fewest = min(fewest, schedule.MinTasks)
	}
	return fewest
}

// MostTasks is the largest number of tasks over all schedules.
func (s Scaling) MostTasks() int {
	most := s.MaxTasks
	for _, schedule := range s.Schedules {
		most = max(most, schedule.MaxTasks)
	}
	return most
}

// Of is how a service beside the API scales within a range of its own: by its CPU, with the
// API's target and pauses.
func (s Scaling) Of(minTasks, maxTasks int) Scaling {
	return Scaling{
		MinTasks: minTasks, MaxTasks: maxTasks, CPUTargetPercent: s.CPUTargetPercent,
		ScaleInCooldownSeconds: s.ScaleInCooldownSeconds, ScaleOutCooldownSeconds: s.ScaleOutCooldownSeconds,
	}
}

func defaultScaling() Scaling {
	return Scaling{
		MinTasks:                2,
		DesiredTasks:            2,
		MaxTasks:                10,
		CPUTargetPercent:        70,
		ScaleInCooldownSeconds:  300,
		ScaleOutCooldownSeconds: 60,
	}
}

// tasks are the bounds of a number of tasks: ECS runs 5000 in one service, or none.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
var tasks = bounds{low: 1, high: 5000, lowBecause: "without a task nothing answers"}

// percent are the bounds of an average use that autoscaling keeps; AWS requires it
// above 0.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
var percent = bounds{low: 1, high: 100, highBecause: "the use never exceeds 100 percent, so that nothing would be added"}

// checkScaling checks the range of tasks and how the service moves within it.
func (p *problems) checkScaling(s Scaling) {
	p.between("Scaling.MinTasks", s.MinTasks, tasks)
	if low, high := s.MinTasks, max(s.MinTasks, s.MaxTasks); s.DesiredTasks < low || s.DesiredTasks > high {
		p.add("Scaling.DesiredTasks", s.DesiredTasks, "is out of range",
			ours(fmt.Sprintf("Scaling.MinTasks to Scaling.MaxTasks, %d to %d", low, high), "autoscaling would change any other number at once"),
			write(min(max(s.DesiredTasks, low), high)))
	}
	p.checkMaxTasks("Scaling.", s.MinTasks, s.MaxTasks)
	p.between("Scaling.CPUTargetPercent", s.CPUTargetPercent, percent)
	if s.MemoryTargetPercent != 0 {
		p.between("Scaling.MemoryTargetPercent", s.MemoryTargetPercent, percent)
	}
	nonNegative := bounds{low: 0, high: unlimited}
	p.between("Scaling.RequestsPerTaskTarget", s.RequestsPerTaskTarget, nonNegative)
	p.between("Scaling.ScaleInCooldownSeconds", s.ScaleInCooldownSeconds, nonNegative)
	p.between("Scaling.ScaleOutCooldownSeconds", s.ScaleOutCooldownSeconds, nonNegative)
	p.checkSchedules(s.Schedules)
}

// checkMaxTasks checks the end of a range of tasks.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func (p *problems) checkMaxTasks(section string, low, high int) {
	field := section + "MaxTasks"
	p.between(field, high, tasks)
	if least := min(low, tasks.high); tasks.low <= high && high < least {
		p.add(field, high, fmt.Sprintf("is below %sMinTasks", section), aws(fmt.Sprintf("%d or more", least)), write(least))
	}
}

// ownNameForm is that of the names of schedules, queues, buckets, workers and jobs.
var ownNameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// timeZones are the canonical names of IANA's zones, without those that only point to
// another zone, such as US/Pacific, and without those that are no zone of any place,
// such as Factory. They are the third column of zone.tab and the zones of Etc, and UTC, of
// the database of March 2025: https://www.iana.org/time-zones
//
//go:embed timezones.txt
var timeZones string

// maxScheduleName is the longest name of a scheduled action.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
const maxScheduleName = 256

// checkSchedules checks each schedule and that no two share a name.
func (p *problems) checkSchedules(schedules []Schedule) {
	seen := map[string]bool{}
	for i, s := range schedules {
		section := element("Scaling.Schedules", i) + "."
		p.matches(section+"Name", s.Name, ownNameForm,
			ours("lower-case letters, digits and single inner hyphens", "the address of the resource in Terraform is made of it"),
			suggest("write a name such as", "morning"))
		if seen[s.Name] {
			p.add(section+"Name", s.Name, "is taken by another schedule", aws("a name of its own for every schedule"), do("rename one of the two"))
		}
		seen[s.Name] = true
		p.checkCron(section+"Cron", s.Cron, "%s")
		// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
		if !slices.Contains(strings.Fields(timeZones), s.TimeZone) {
			p.add(section+"TimeZone", s.TimeZone, "is not a time zone", aws("canonical names of the IANA database, such as Europe/Rome"),
				suggest("write a time zone such as", "UTC"))
		}
		switch nearest := min(max(s.MinTasks, 1), tasks.high); s.MinTasks {
		case 0:
			p.checkStop(section, s, schedules)
		case nearest:
			p.checkMaxTasks(section, s.MinTasks, s.MaxTasks)
		default:
			p.add(section+"MinTasks", s.MinTasks, "is out of range", aws(fmt.Sprintf("0 to %d", tasks.high)), write(nearest))
		}
	}
}

// checkStop checks a schedule that stops the service: autoscaling adds no task to none,
// of which nothing is measured, so that another schedule has to.
func (p *problems) checkStop(section string, s Schedule, all []Schedule) {
	if s.MaxTasks != 0 {
		p.add(section+"MaxTasks", s.MaxTasks, "is without effect",
			ours("0 with a MinTasks of 0", "autoscaling measures tasks, and would not start the first one"), suggest("raise the MinTasks or write", 0))
	}
	if !slices.ContainsFunc(all, func(other Schedule) bool { return other.MinTasks > 0 }) {
		p.add(section+"MinTasks", s.MinTasks, "stops the service for good",
			ours("0 where another schedule has a MinTasks of 1 or more", "without a task nothing answers"), do("add such a schedule"))
	}
}
