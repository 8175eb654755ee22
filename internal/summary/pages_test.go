package summary

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

// weekdays are AWS's names of them, in the order of time.Weekday.
var weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}

// hoursUp are those of a week in which the schedules leave a task; false where one stops the
// service, and one is of another kind than a time of weekdays.
func hoursUp(schedules []config.Schedule) (hours int, known bool) {
	const week = 7 * 24 * 60
	if !slices.ContainsFunc(schedules, func(s config.Schedule) bool { return s.MaxTasks == 0 }) {
		return week / 60, true
	}
	up := map[int]bool{}
	for _, s := range schedules {
		f := strings.Fields(s.Cron)
		minute, badMinute := strconv.Atoi(f[0])
		hour, badHour := strconv.Atoi(f[1])
		from, to, isRange := strings.Cut(f[4], "-")
		if badMinute != nil || badHour != nil || !slices.Contains([]string{"?", "*"}, f[2]) || f[3] != "*" || f[5] != "*" {
			return 0, false
		}
		first, last := 0, 6
		if f[4] != "*" && f[4] != "?" {
			first, last = slices.Index(weekdays, from), slices.Index(weekdays, from)
			if isRange {
				last = slices.Index(weekdays, to)
			}
		}
		if first < 0 || last < first {
			return 0, false
		}
		for day := first; day <= last; day++ {
			up[(day*24+hour)*60+minute] = s.MaxTasks > 0
		}
	}
	minutes, running := 0, false
	for m := range 2 * week { // The first week finds what the second one begins with.
		if now, changes := up[m%week]; changes {
			running = now
		}
		if m >= week && running {
			minutes++
		}
	}
	return minutes / 60, true
}

// compared is what the stack costs in a month in the region of comparison, always and while
// it is stopped and paused.
func compared(t *testing.T, s Stack) (always, resting cost) {
	t.Helper()
	var items []item
	for _, p := range s.parts() {
		items = append(items, p.items...)
	}
	prices := theTable(t)
	return costOf(items, comparedRegion, prices), costOf(slices.DeleteFunc(slices.Clone(items), func(i item) bool { return i.rests }), comparedRegion, prices)
}

// used is what an environment costs in a month in which people work with it in so many hours
// of a week.
func used(always, resting cost, hours int) cost {
	always.usd = resting.usd + float64(hours)/(7*24)*(always.usd-resting.usd)
	return always
}

// whole is a cost without cents.
func whole(c cost) string {
	text := c.String()
	if number := strings.Fields(text); text != "unknown" {
		number[len(number)-1] = fmt.Sprintf("%.0f", c.usd)
		text = strings.Join(number, " ")
	}
	return text
}

// TestGoldenCosts writes what the environments cost into the README and the page of costs.
func TestGoldenCosts(t *testing.T) {
	defaults, _ := compared(t, reviewed(t, stacktest.Default(), nil))
	rows := []string{
		"| environment | tasks run | USD a month | stopped and paused | with these hours |", "| --- | --- | --- | --- | --- |",
		"| of the defaults | always | " + whole(defaults) + " | | |",
	}
	sentence := []string{whole(defaults) + " USD in an environment of the defaults"}
	for _, env := range config.Environments() {
		always, resting := compared(t, reviewed(t, env, nil))
		switch hours, known := hoursUp(env.Scaling.Schedules); {
		case !known:
			rows = append(rows, fmt.Sprintf("| `%s` | by its schedules | %s | %s | |", env.Suffix, whole(always), whole(resting)))
			sentence = append(sentence, fmt.Sprintf("%s to %s in `%s`, by the hours that its schedules leave", whole(resting), whole(always), env.Suffix))
		case hours == 7*24:
			rows = append(rows, fmt.Sprintf("| `%s` | always | %s | | |", env.Suffix, whole(always)))
			sentence = append(sentence, fmt.Sprintf("%s in `%s`", whole(always), env.Suffix))
		default:
			c := used(always, resting, hours)
			rows = append(rows, fmt.Sprintf("| `%s` | %d hours a week | %s | %s | %s |", env.Suffix, hours, whole(always), whole(resting), whole(c)))
			sentence = append(sentence, fmt.Sprintf("%s in `%s`, which runs tasks for %d hours a week", whole(c), env.Suffix, hours))
		}
	}
	golden.Section(t, "../../docs/costs.md", "environments", strings.Join(rows, "\n"))
	golden.Section(t, "../../README.md", "costs", strings.Join(sentence, ", ")+".")
}

// TestGoldenQuotas writes what the defined environments take of the quotas into the page that
// says how to ask for more.
func TestGoldenQuotas(t *testing.T) {
	rows := []string{"| environment | Elastic IPs | VPCs | vCPUs of Fargate, with the fewest tasks | with the most |", "| --- | --- | --- | --- | --- |"}
	sums, fewest := map[string]usage{}, map[string]float64{}
	row := func(name string, u usage, fewest float64) {
		rows = append(rows, fmt.Sprintf("| %s | %d | %d | %s | %s |", name, u.addresses, u.vpcs, decimal(fewest), decimal(u.vcpus)))
	}
	for _, env := range config.Environments() {
		s := reviewed(t, env, nil)
		u, least := usage{s.Count("aws_eip"), s.Count("aws_vpc"), s.vcpus("max_capacity")}, s.vcpus("min_capacity")
		row("`"+env.Suffix+"`", u, least)
		sum := sums[env.Region]
		sums[env.Region] = usage{sum.addresses + u.addresses, sum.vpcs + u.vpcs, sum.vcpus + u.vcpus}
		fewest[env.Region] += least
	}
	for _, region := range slices.Sorted(maps.Keys(sums)) {
		sum := sums[region]
		sum.vpcs++
		row("together in "+region+", with AWS's default VPC", sum, fewest[region])
	}
	rows = append(rows, fmt.Sprintf("| what a new account has | %d | %d | %d | %d |", defaultQuota, defaultQuota, fargateQuota, fargateQuota))
	golden.Section(t, "../../docs/walk-through.md", "quotas", strings.Join(rows, "\n"))
}

// TestHoursUp counts the hours of schedules.
func TestHoursUp(t *testing.T) {
	at := func(cron string, most int) config.Schedule { return config.Schedule{Cron: cron, MaxTasks: most} }
	for _, test := range []struct {
		schedules []config.Schedule
		hours     int
		known     bool
	}{
		{nil, 168, true},
		{[]config.Schedule{at("0 7 ? * MON-FRI *", 2), at("0 20 ? * MON-FRI *", 0)}, 65, true},
		{[]config.Schedule{at("30 7 * * ? *", 2), at("0 8 * * ? *", 0)}, 3, true},
		{[]config.Schedule{at("0 20 ? * FRI *", 0), at("0 7 ? * MON *", 2)}, 4*24 + 13, true},
		{[]config.Schedule{at("0 7 ? * MON-FRI *", 2), at("0 20 ? * MON-FRI *", 1)}, 168, true},
		{[]config.Schedule{at("0/10 7 ? * MON-FRI *", 0)}, 0, false},
		{[]config.Schedule{at("0 7 ? * FRI-MON *", 0)}, 0, false},
		{[]config.Schedule{at("0 7 ? * MON,WED *", 0)}, 0, false},
		{[]config.Schedule{at("0 7 1 * ? *", 0)}, 0, false},
	} {
		hours, known := hoursUp(test.schedules)
		assert.Equal(t, test.known, known, test.schedules)
		assert.Equal(t, test.hours, hours, test.schedules)
	}
	require.Equal(t, "SUN", weekdays[time.Sunday])
}
