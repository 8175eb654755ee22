package config

import (
	"fmt"
	"regexp"
	"time"
	_ "time/tzdata" // Zones have names on machines without a database of them, too.
)

// Scaling is the range of tasks and what moves the service within it.
type Scaling struct {
	// MinTasks is the fewest tasks that run.
	MinTasks int
	// DesiredTasks is how many tasks the first deployment starts; autoscaling
	// owns the number afterwards.
	DesiredTasks int
	// MaxTasks is the most tasks that run.
	MaxTasks int
	// CPUTargetPercent is the average CPU use that scaling aims at.
	CPUTargetPercent int
	// MemoryTargetPercent is the average memory use that scaling aims at; 0 does
	// not look at it.
	MemoryTargetPercent int
	// RequestsPerTaskTarget is how many requests a minute each task should get; 0
	// does not look at them. Measure first how many a task can take.
	RequestsPerTaskTarget int
	// ScaleInCooldownSeconds is the pause after removing tasks.
	ScaleInCooldownSeconds int
	// ScaleOutCooldownSeconds is the pause after adding tasks.
	ScaleOutCooldownSeconds int
	// Schedules change MinTasks and MaxTasks at set times. With any, these two are
	// what the environment begins with, and Terraform leaves them alone afterwards.
	Schedules []Schedule
}

// Schedule is a range of tasks from a set time on, until another one sets another.
type Schedule struct {
	// Name names the schedule: lower-case letters, digits and single inner hyphens.
	Name string
	// Cron is when, as AWS writes it: minutes, hours, day, month, weekday and year,
	// such as "0 7 ? * MON-FRI *".
	Cron string
	// TimeZone is what the hours mean, such as "Europe/Rome".
	TimeZone string
	// MinTasks is the fewest tasks that run from then on.
	MinTasks int
	// MaxTasks is the most tasks that run from then on.
	MaxTasks int
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

// maxTasks is how many tasks ECS runs in one service.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const maxTasks = 5000

// checkScaling checks the range of tasks and how the service moves within it.
func (p *problems) checkScaling(s Scaling) {
	p.between("Scaling.MinTasks", s.MinTasks, 1, maxTasks)
	if s.DesiredTasks < s.MinTasks || s.DesiredTasks > s.MaxTasks {
		p.add("Scaling.DesiredTasks", s.DesiredTasks, "is out of range",
			fmt.Sprintf("Scaling.MinTasks to Scaling.MaxTasks, %d to %d", s.MinTasks, s.MaxTasks),
			"choose a number in the range or widen it")
	}
	p.between("Scaling.MaxTasks", s.MaxTasks, 1, maxTasks)
	if s.MaxTasks < s.MinTasks {
		p.add("Scaling.MaxTasks", s.MaxTasks, "is below Scaling.MinTasks",
			fmt.Sprintf("%d or more", s.MinTasks), fmt.Sprintf("write %d", s.MinTasks))
	}
	p.between("Scaling.CPUTargetPercent", s.CPUTargetPercent, 1, 100)
	p.between("Scaling.MemoryTargetPercent", s.MemoryTargetPercent, 0, 100)
	p.between("Scaling.RequestsPerTaskTarget", s.RequestsPerTaskTarget, 0, unlimited)
	// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
	p.between("Scaling.ScaleInCooldownSeconds", s.ScaleInCooldownSeconds, 0, unlimited)
	p.between("Scaling.ScaleOutCooldownSeconds", s.ScaleOutCooldownSeconds, 0, unlimited)
	p.checkSchedules(s.Schedules)
}

var (
	scheduleNameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// cronForm has six fields, and one of day of month and day of week is a
	// question mark, because AWS takes only one of the two.
	// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
	cronForm = regexp.MustCompile(`^[0-9*/,-]+ [0-9*/,-]+ (\? [A-Z0-9*/,-]+ [A-Z0-9*/,#L-]+|[0-9*/,LW-]+ [A-Z0-9*/,-]+ \?) [0-9*/,-]+$`)
)

// checkSchedules checks each schedule and that no two share a name.
func (p *problems) checkSchedules(schedules []Schedule) {
	seen := map[string]bool{}
	for i, s := range schedules {
		field := element("Scaling.Schedules", i)
		p.matches(field+".Name", s.Name, scheduleNameForm, "lower-case letters, digits and single inner hyphens", "write a name such as morning")
		if seen[s.Name] {
			p.add(field+".Name", s.Name, "is taken by another schedule", "a name of its own for every schedule", "rename one of the two")
		}
		seen[s.Name] = true
		p.matches(field+".Cron", s.Cron, cronForm,
			"minutes, hours, day, month, weekday and year, with ? for one of the two days", "write a time such as 0 7 ? * MON-FRI *")
		// Local would be the zone of the machine that synthesises.
		if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
			p.add(field+".TimeZone", s.TimeZone, "is no time zone", "a name of the IANA database", "write a zone such as Europe/Rome or UTC")
		}
		p.between(field+".MinTasks", s.MinTasks, 1, maxTasks)
		p.between(field+".MaxTasks", s.MaxTasks, max(1, s.MinTasks), maxTasks)
	}
}
