package config

import (
	"fmt"
	"slices"
)

// Logs are the CloudWatch log groups.
type Logs struct {
	// RetentionDays is how many days log events are kept.
	RetentionDays int
}

func defaultLogs() Logs {
	return Logs{RetentionDays: 7}
}

// retentionDays are the retentions that CloudWatch takes. It has 0 as well, for
// events that are kept for ever, which cost more every month and are refused.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
	1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// checkLogs checks the retention of the log groups.
func (p *problems) checkLogs(l Logs) {
	p.checkRetention("Logs.RetentionDays", l.RetentionDays)
}

// checkRetention wants a retention that CloudWatch offers.
func (p *problems) checkRetention(field string, days int) {
	if !slices.Contains(retentionDays, days) {
		p.add(field, days, "is not a retention of CloudWatch",
			oneOf(retentionDays), fmt.Sprintf("write %d", atLeast(retentionDays, days)))
	}
}
