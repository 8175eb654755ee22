package config

// Logs are the CloudWatch log groups.
type Logs struct {
	// RetentionDays is how many days the log events of the tasks, of the database and
	// of ECS Exec are kept, one of the retentions that CloudWatch has, from 1 to 3653.
	RetentionDays int
}

func defaultLogs() Logs { return Logs{RetentionDays: 7} }

// retentionDays are the retentions that CloudWatch has, except forever.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
	1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// checkLogs checks the retention of the log groups.
func (p *problems) checkLogs(l Logs) {
	const field = "Logs.RetentionDays"
	if l.RetentionDays == 0 {
		p.add(field, l.RetentionDays, "keeps log events forever", ours(list(retentionDays), "what is never deleted costs more every month"),
			suggest("write a number such as", 365))
		return
	}
	p.checkRetention(field, l.RetentionDays)
}

// checkRetention requires a retention that CloudWatch has.
func (p *problems) checkRetention(field string, days int) {
	p.oneOf(field, days, retentionDays, "is not a retention of CloudWatch")
}
