package config

var refusedRegion = []refusal{
	{"region", func(c *Config) { c.Region = "milan" }, []string{
		`Region: "milan" is not of the form; allowed: the code of an AWS region; fix: write a code such as eu-south-1`,
	}},
}

var acceptedRegion = map[string]func(*Config){
	"government region": func(c *Config) { c.Region = "us-gov-west-1" },
}
