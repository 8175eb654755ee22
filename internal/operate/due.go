package operate

import (
	"strings"
	"time"

	"github.com/winebarrel/cronplan"

	"flask-api/config"
)

// due is when the clock starts the job next: EventBridge Scheduler does not tell. It is no
// time where the schedule has ended, for a time zone that this machine does not know, and for
// a rate, which counts from the deployment on.
func due(job config.Job, now time.Time) time.Time {
	times, isCron := strings.CutPrefix(job.Schedule, "cron(")
	zone, unknown := time.LoadLocation(job.TimeZone)
	if !isCron || unknown != nil {
		return time.Time{}
	}
	cron, err := cronplan.Parse(strings.TrimSuffix(times, ")"))
	if err != nil {
		return time.Time{}
	}
	// The clock on the wall, which never shows some minutes of spring, and AWS leaves those
	// out, and some of autumn twice, of which the first time counts.
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
	const wall = "2006-01-02 15:04"
	shown, _ := time.Parse(wall, now.In(zone).Format(wall))
	for {
		if shown = cron.Next(shown.Add(time.Minute)); shown.IsZero() {
			return shown
		}
		moment, _ := time.ParseInLocation(wall, shown.Format(wall), zone)
		for _, one := range []time.Time{moment.Add(-time.Hour), moment} {
			if one.Format(wall) == shown.Format(wall) {
				return one
			}
		}
	}
}
