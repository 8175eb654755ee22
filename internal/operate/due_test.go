package operate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// TestDue wants the next run of what AWS's notation can say, also where a clock is put
// forward or back.
func TestDue(t *testing.T) {
	for _, c := range []struct{ schedule, zone, now, next string }{
		{"cron(30 2 * * ? *)", "UTC", "2026-11-26T01:10:00Z", "2026-11-26T02:30:00Z"},
		{"cron(30 2 * * ? *)", "UTC", "2026-11-26T02:30:20Z", "2026-11-27T02:30:00Z"},
		{"cron(30 2 * * ? *)", "Europe/Rome", "2026-11-26T01:10:00Z", "2026-11-26T01:30:00Z"},
		{"cron(0 7 ? * MON-FRI *)", "Europe/Rome", "2026-11-27T12:00:00Z", "2026-11-30T06:00:00Z"},
		{"cron(0 7 ? * 2-6 *)", "UTC", "2026-11-27T12:00:00Z", "2026-11-30T07:00:00Z"},
		{"cron(0 0/6 * * ? *)", "UTC", "2026-11-26T12:00:00Z", "2026-11-26T18:00:00Z"},
		{"cron(5/20 * * * ? *)", "Asia/Kolkata", "2026-11-26T12:00:00Z", "2026-11-26T12:15:00Z"},
		{"cron(0 9 L * ? *)", "UTC", "2027-02-01T00:00:00Z", "2027-02-28T09:00:00Z"},
		{"cron(0 9 15W 8 ? *)", "UTC", "2026-11-26T00:00:00Z", "2027-08-16T09:00:00Z"},
		{"cron(0 9 LW jan,MAR ? *)", "UTC", "2027-01-01T00:00:00Z", "2027-01-29T09:00:00Z"},
		{"cron(0 9 ? * 6L *)", "UTC", "2026-11-26T00:00:00Z", "2026-11-27T09:00:00Z"},
		{"cron(0 9 ? * TUE#2 *)", "UTC", "2026-11-26T00:00:00Z", "2026-12-08T09:00:00Z"},
		{"cron(0 9 29 2 ? *)", "UTC", "2026-11-26T00:00:00Z", "2028-02-29T09:00:00Z"},
		// 02:30 comes once in the night of March 28 to 29, 2027: not at all, and on October 31 twice.
		{"cron(30 2 * * ? *)", "Europe/Rome", "2027-03-27T12:00:00Z", "2027-03-29T00:30:00Z"},
		{"cron(0 * * * ? *)", "Europe/Rome", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z"},
		{"cron(30 2 * * ? *)", "Europe/Rome", "2027-10-30T12:00:00Z", "2027-10-31T00:30:00Z"},
		{"cron(30 2 * * ? *)", "Europe/Rome", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"},
		{"cron(0 9 1 1 ? 2026)", "UTC", "2026-11-26T00:00:00Z", ""},
		{"rate(6 hours)", "UTC", "2026-11-26T00:00:00Z", ""},
		{"cron(30 2 * * ? *)", "Europe/Atlantis", "2026-11-26T00:00:00Z", ""},
		{"cron(30 2 * *)", "UTC", "2026-11-26T00:00:00Z", ""},
	} {
		t.Run(c.schedule+" "+c.zone+" after "+c.now, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			require.NoError(t, err)
			next := ""
			if moment := due(config.Job{Schedule: c.schedule, TimeZone: c.zone}, now); !moment.IsZero() {
				next = moment.UTC().Format(time.RFC3339)
			}
			assert.Equal(t, c.next, next)
		})
	}
}
