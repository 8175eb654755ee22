package config

import "fmt"

var refusedLogs = []refusal{
	{"retention", func(c *Config) { c.Logs.RetentionDays = 10 }, []string{
		`Logs.RetentionDays: 10 is not a retention of CloudWatch; AWS allows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; fix: write 14`,
	}},
	{"retention forever", func(c *Config) { c.Logs.RetentionDays = 0 }, []string{
		`Logs.RetentionDays: 0 keeps log events forever; this program allows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, because what is never deleted costs more every month; fix: write a number such as 365`,
	}},
}

var acceptedLogs = func() map[string]func(*Config) {
	valid := map[string]func(*Config){}
	for _, days := range retentionDays {
		valid[fmt.Sprint("retention of ", days)] = func(c *Config) { c.Logs.RetentionDays = days }
	}
	return valid
}()
