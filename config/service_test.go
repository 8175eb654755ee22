package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var refusedService = []refusal{
	{"CPU", func(c *Config) { c.Service.CPUUnits = 1000 }, []string{
		`Service.CPUUnits: 1000 is not a size of Fargate; AWS allows 256, 512, 1024, 2048, 4096, 8192, 16384, or a larger size in whole vCPUs of 1024 units; fix: write 1024`,
	}},
	{"memory low", func(c *Config) { c.Service.MemoryMiB = 512 }, []string{
		`Service.MemoryMiB: 512 is not a size of Fargate for 1024 CPU units; AWS allows 2048, 3072, 4096, 5120, 6144, 7168, 8192; fix: write 2048`,
	}},
	{"memory between", func(c *Config) { c.Service.MemoryMiB = 2049 }, []string{
		`Service.MemoryMiB: 2049 is not a size of Fargate for 1024 CPU units; AWS allows 2048, 3072, 4096, 5120, 6144, 7168, 8192; fix: write 3072`,
	}},
	{"memory high", func(c *Config) { c.Service.MemoryMiB = 9216 }, []string{
		`Service.MemoryMiB: 9216 is not a size of Fargate for 1024 CPU units; AWS allows 2048, 3072, 4096, 5120, 6144, 7168, 8192; fix: write 8192`,
	}},
	{"architecture", func(c *Config) { c.Service.CPUArchitecture = "arm64" }, []string{
		`Service.CPUArchitecture: "arm64" is unknown; AWS allows X86_64 or ARM64; fix: write X86_64`,
	}},
	{"variable name", func(c *Config) { c.Service.Environment = map[string]string{"LOG-LEVEL": "info"} }, []string{
		`Service.Environment["LOG-LEVEL"]: "LOG-LEVEL" has the wrong form; this program allows letters, digits and _ that do not begin with a digit, because a shell knows no other variables; fix: rename the variable`,
	}},
	{"variable template", func(c *Config) { c.Service.Environment = map[string]string{"A": "${x}", "B": "%{x}"} }, []string{
		`Service.Environment["A"]: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put the value into a secret`,
		`Service.Environment["B"]: "%{x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put the value into a secret`,
	}},
	{"variable taken", func(c *Config) {
		c.Service.Environment = map[string]string{"DB_HOST": "localhost"}
		c.Service.Secrets = map[string]string{"DB_PASSWORD": secret("eu-south-1")}
	}, []string{
		`Service.Environment["DB_HOST"]: "DB_HOST" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
		`Service.Secrets["DB_PASSWORD"]: "DB_PASSWORD" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
	}},
	{"variable of tracing", func(c *Config) {
		c.Service.Tracing = true
		c.Service.Environment = map[string]string{"OTEL_SERVICE_NAME": "api"}
	}, []string{
		`Service.Environment["OTEL_SERVICE_NAME"]: "OTEL_SERVICE_NAME" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
	}},
	{"variable twice", func(c *Config) {
		c.Service.Environment = map[string]string{"TOKEN": "x"}
		c.Service.Secrets = map[string]string{"TOKEN": secret("eu-south-1") + ":token::"}
	}, []string{
		`Service.Secrets["TOKEN"]: "TOKEN" is in Service.Environment, too; AWS allows a name in one of the two; fix: remove one of the two`,
	}},
	{"secret's name", func(c *Config) { c.Service.Secrets = map[string]string{"TOKEN": "my-token"} }, []string{
		`Service.Secrets["TOKEN"]: "my-token"` + notASecret,
	}},
	{"secret elsewhere", func(c *Config) { c.Service.Secrets = map[string]string{"TOKEN": secret("eu-west-1")} }, []string{
		`Service.Secrets["TOKEN"]: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-aB3dE6" is a secret of another region; this program allows secrets of the tasks' region, because tasks must start when another region cannot be reached; fix: create the secret in eu-south-1`,
	}},
	{"port of root", func(c *Config) { c.Service.ContainerPort = 80 }, []string{
		`Service.ContainerPort: 80 is out of range; this program allows 1024 or more, because the container has no Linux capabilities, which a lower port needs; fix: write 1024`,
	}},
	{"port of the collector", func(c *Config) { c.Service.ContainerPort, c.Service.Tracing = 4318, true }, []string{
		`Service.ContainerPort: 4318 is taken; this program allows any port but 4317, 4318, 8888, because the collector of Service.Tracing listens on these; fix: let the API listen on another port`,
	}},
	{"deployment longer than its timeout", func(c *Config) { c.LoadBalancer.DeregistrationDelaySeconds = 1110 }, []string{
		`Service.DeploymentTimeoutMinutes: 20 ends before a deployment can; this program allows more than 1200 seconds, because Service.HealthCheckGracePeriodSeconds, LoadBalancer.DeregistrationDelaySeconds and Service.StopTimeoutSeconds together take as long; fix: lengthen the timeout or shorten the others`,
	}},
	{"container check of a redirect", func(c *Config) {
		c.Service.ContainerHealthCheck, c.LoadBalancer.HealthCheckMatcher = true, "200,301"
	}, []string{
		`Service.ContainerHealthCheck: true fails on some of LoadBalancer.HealthCheckMatcher, "200,301"; this program allows statuses of 200 to 299 with it, because the check in the container considers no other healthy; fix: answer health checks with 200 or write false`,
	}},
	{"tracing without NAT", func(c *Config) {
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = NATNone, true, "v1"
		c.Service.Tracing = true
	}, []string{
		`Service.Tracing: true runs a public image, from which Network.NAT cuts tasks off; this program allows tracing with a NAT gateway, because public images cannot be reached without a NAT gateway; fix: set Network.NAT to single or write false`,
	}},
	{"spot without base", func(c *Config) { c.Service.SpotPercent = 50 }, []string{
		`Service.OnDemandBaseTasks: 0 is out of range; this program allows 1 or more, because AWS may reclaim every spare task at once; fix: write 1`,
	}},
	{"base without spot", func(c *Config) { c.Service.OnDemandBaseTasks = 2 }, []string{
		`Service.OnDemandBaseTasks: 2 is without effect; this program allows 0 without Service.SpotPercent, because no task runs on spare capacity; fix: set Service.SpotPercent or write 0`,
	}},
	{"spot stopped too early", func(c *Config) {
		c.Service.SpotPercent, c.Service.OnDemandBaseTasks, c.LoadBalancer.DeregistrationDelaySeconds = 50, 2, 60
	}, []string{
		`Service.StopTimeoutSeconds: 30 ends a task on spare capacity before its requests; this program allows 60 or more with Service.SpotPercent, because LoadBalancer.DeregistrationDelaySeconds is as long; fix: lengthen the timeout, up to 120, or shorten the delay`,
	}},
	{"memory of a larger size", func(c *Config) { c.Service.CPUUnits, c.Service.MemoryMiB = 32768, 62463 }, []string{
		`Service.MemoryMiB: 62463 is not a size of Fargate; AWS allows whole GiB of 1024 MiB; fix: write 62464`,
	}},
	{"no memory for a larger size", func(c *Config) { c.Service.CPUUnits, c.Service.MemoryMiB = 32768, 0 }, []string{
		`Service.MemoryMiB: 0 is not a size of Fargate; AWS allows whole GiB of 1024 MiB; fix: write 1024`,
	}},
	{"larger size of no whole vCPUs", func(c *Config) { c.Service.CPUUnits = 16385 }, []string{
		`Service.CPUUnits: 16385 is not a size of Fargate; AWS allows 256, 512, 1024, 2048, 4096, 8192, 16384, or a larger size in whole vCPUs of 1024 units; fix: write 1024`,
	}},
	{"secret of another service", func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": strings.Replace(secret("eu-south-1"), "secretsmanager", "ssm", 1)}
	}, []string{
		`Service.Secrets["TOKEN"]: "arn:aws:ssm:eu-south-1:123456789012:secret:token-aB3dE6"` + notASecret,
	}},
	{"part of the ARN of a secret", func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": strings.TrimSuffix(secret("eu-south-1"), "-aB3dE6")}
	}, []string{
		`Service.Secrets["TOKEN"]: "arn:aws:secretsmanager:eu-south-1:123456789012:secret:token"` + notASecret,
	}},
	{"secret of another partition", func(c *Config) {
		c.Service.Secrets = map[string]string{"TOKEN": strings.Replace(secret("eu-south-1"), "arn:aws:", "arn:aws-us-gov:", 1)}
	}, []string{
		`Service.Secrets["TOKEN"]: "arn:aws-us-gov:secretsmanager:eu-south-1:123456789012:secret:token-aB3dE6" is a secret of another partition; AWS allows ARNs that begin with arn:aws: in eu-south-1; fix: copy the ARN of the secret`,
	}},
	{"key of a secret that is a template", func(c *Config) { c.Service.Secrets = map[string]string{"TOKEN": secret("eu-south-1") + ":${x}::"} }, []string{
		`Service.Secrets["TOKEN"]: "arn:aws:secretsmanager:eu-south-1:123456789012:secret:token-aB3dE6:${x}::" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: rename the key`,
	}},
	{"secrets elsewhere", func(c *Config) {
		c.Service.Secrets = map[string]string{"B": secret("eu-west-1"), "A": secret("eu-west-1")}
	}, []string{
		`Service.Secrets["A"]: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-aB3dE6" is a secret of another region; this program allows secrets of the tasks' region, because tasks must start when another region cannot be reached; fix: create the secret in eu-south-1`,
		`Service.Secrets["B"]: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-aB3dE6" is a secret of another region; this program allows secrets of the tasks' region, because tasks must start when another region cannot be reached; fix: create the secret in eu-south-1`,
	}},
	{"deployment as long as its timeout", func(c *Config) { c.Service.HealthCheckGracePeriodSeconds = 1140 }, []string{
		`Service.DeploymentTimeoutMinutes: 20 ends before a deployment can; this program allows more than 1200 seconds, because Service.HealthCheckGracePeriodSeconds, LoadBalancer.DeregistrationDelaySeconds and Service.StopTimeoutSeconds together take as long; fix: lengthen the timeout or shorten the others`,
	}},
	{"release command that is a template", func(c *Config) { c.Service.ReleaseCommand = []string{"", "${x}"} }, []string{
		`Service.ReleaseCommand[0]: "" is not a program; this program allows the name of a program of the image, because the first word is what is run; fix: write one word of the command in each element`,
		`Service.ReleaseCommand[1]: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put it into a script of the image`,
	}},
	{"release longer than the function", func(c *Config) { c.Service.ReleaseTimeoutMinutes = 15 }, []string{
		`Service.ReleaseTimeoutMinutes: 15 is out of range; this program allows 14 or less, because the function that waits for the task ends after 15 minutes; run what takes longer apart from a deployment; fix: write 14`,
	}},
	{"grace", func(c *Config) { c.Service.HealthCheckGracePeriodSeconds = -1 }, []string{
		`Service.HealthCheckGracePeriodSeconds: -1 is out of range; AWS allows 0 to 2147483647; fix: write 0`,
	}},
}

// secret is the ARN of a secret in the region.
func secret(region string) string {
	return "arn:aws:secretsmanager:" + region + ":123456789012:secret:token-aB3dE6"
}

// TestFargateSizes tries every pair of a CPU and a memory size; the valid ones
// are listed by hand, in GiB.
func TestFargateSizes(t *testing.T) {
	gib := map[int]string{
		512:   "1 2 3 4",
		1024:  "2 3 4 5 6 7 8",
		2048:  "4 5 6 7 8 9 10 11 12 13 14 15 16",
		4096:  "8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30",
		8192:  "16 20 24 28 32 36 40 44 48 52 56 60",
		16384: "32 40 48 56 64 72 80 88 96 104 112 120",
	}
	valid := map[[2]int]bool{{256, 512}: true, {256, 1024}: true, {256, 2048}: true}
	for cpu, sizes := range gib {
		for _, size := range strings.Fields(sizes) {
			var n int
			_, err := fmt.Sscan(size, &n)
			require.NoError(t, err)
			valid[[2]int{cpu, n * 1024}] = true
		}
	}
	require.Len(t, valid, 74)
	for _, cpu := range []int{0, 128, 256, 512, 1024, 2048, 3072, 4096, 8192, 16384} {
		for memory := 0; memory <= 131072; memory += 512 {
			c := Defaults("dev")
			c.Service.CPUUnits, c.Service.MemoryMiB = cpu, memory
			if valid[[2]int{cpu, memory}] != (c.Validate() == nil) {
				t.Errorf("%d CPU units and %d MiB: %v", cpu, memory, c.Validate())
			}
		}
	}
}

var acceptedService = map[string]func(*Config){
	"largest task":              func(c *Config) { c.Service.CPUUnits, c.Service.MemoryMiB = 16384, 122880 },
	"larger task than is known": func(c *Config) { c.Service.CPUUnits, c.Service.MemoryMiB = 32768, 1024 },
	"ARM":                       func(c *Config) { c.Service.CPUArchitecture = ARM64 },
	"variables": func(c *Config) {
		c.Service.Environment = map[string]string{"_LOG_LEVEL2": "a$b %c {d}", "OTEL_SERVICE_NAME": "api"}
	},
	"port of the collector without it": func(c *Config) { c.Service.ContainerPort = 4317 },
	"container check":                  func(c *Config) { c.Service.ContainerHealthCheck, c.LoadBalancer.HealthCheckMatcher = true, "200-299" },
	"shell":                            func(c *Config) { c.Service.ExecuteCommand = true },
	"shell beside what is read-only":   func(c *Config) { c.Service.ExecuteCommand, c.Service.ReadOnlyRootFilesystem = true, true },
	"tracing":                          func(c *Config) { c.Service.Tracing = true },
	"tracing without NAT per zone":     func(c *Config) { c.Service.Tracing, c.Network.NAT = true, NATSingle },
	"spot as long as the delay":        func(c *Config) { c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 50, 1 },
	"spot for the tasks of a schedule": func(c *Config) {
		c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 50, 11
		c.Scaling.Schedules = []Schedule{{Name: "sale", Cron: "0 7 ? * * *", TimeZone: "UTC", MinTasks: 11, MaxTasks: 20}}
	},
	"secret of RDS":              func(c *Config) { c.Service.Secrets = map[string]string{"TOKEN": secret("eu-south-1")} },
	"deployment as long as fits": func(c *Config) { c.Service.HealthCheckGracePeriodSeconds = 1139 },
	"release command":            func(c *Config) { c.Service.ReleaseCommand = []string{"flask", "db", "upgrade", ""} },
	"no grace":                   func(c *Config) { c.Service.HealthCheckGracePeriodSeconds = 0 },
}

var edgesService = []edge{
	{field: "Service.EphemeralStorageGiB", low: 20, high: 200},
	{field: "Service.ContainerPort", low: 1024, high: 65535, lowOurs: true},
	{field: "Service.StopTimeoutSeconds", low: 2, high: 120},
	{field: "Service.SpotPercent", low: 0, high: 100, lowOurs: true, highOurs: true, with: func(c *Config) { c.Service.OnDemandBaseTasks = 1 }, lowNeeds: func(c *Config) { c.Service.OnDemandBaseTasks = 0 }},
	{field: "Service.OnDemandBaseTasks", low: 1, high: 10, lowOurs: true, highOurs: true, with: func(c *Config) { c.Service.SpotPercent = 1 }},
	{field: "Service.ReleaseTimeoutMinutes", low: 1, high: 14, lowOurs: true, highOurs: true},
	{field: "Service.DeploymentTimeoutMinutes", low: 1, high: 120, lowOurs: true, highOurs: true, with: func(c *Config) {
		c.Service.HealthCheckGracePeriodSeconds, c.LoadBalancer.DeregistrationDelaySeconds = 0, 29
	}},
}

// TestSecretsOfAWS tries the examples of ECS's documentation, and names that AWS
// itself gives to secrets.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
func TestSecretsOfAWS(t *testing.T) {
	for _, name := range []string{
		"appauthexample-AbCdEf",
		"appauthexample-AbCdEf:username1::",
		"appauthexample-AbCdEf::AWSPREVIOUS:",
		"appauthexample-AbCdEf:::9d4cb84b-ad69-40c0-a0ab-cead36b967e8",
		"appauthexample-AbCdEf:password:AWSPREVIOUS:",
		"prod/app+db=1.2@eu_x-AbCdEf",
		"rds!cluster-5fe2e5b0-7a3c-4d5e-9f10-1a2b3c4d5e6f-AbCdEf:password::",
		"rds!db-5fe2e5b0-7a3c-4d5e-9f10-1a2b3c4d5e6f-AbCdEf",
		"ecs-sc!flask-api-AbCdEf",
		"events!connection/api/5fe2e5b0-7a3c-4d5e-9f10-1a2b3c4d5e6f-AbCdEf",
	} {
		c := Defaults("dev")
		c.Service.Secrets = map[string]string{"TOKEN": "arn:aws:secretsmanager:eu-south-1:111122223333:secret:" + name}
		assert.NoError(t, c.Validate(), name)
	}
}
