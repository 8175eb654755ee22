package constructs_test

// logGroupInvariants are about log_group.go.
var logGroupInvariants = []invariant{
	{
		sentence: "every log group has a retention",
		controls: "CKV_AWS_66",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_cloudwatch_log_group", func(name string, a attributes) {
				days, _ := a["retention_in_days"].(float64)
				v.unless(days >= 1, "%s keeps its events for ever", name)
			})
			return v
		},
		broken: set("aws_cloudwatch_log_group", "retention_in_days", nil),
	},
}
