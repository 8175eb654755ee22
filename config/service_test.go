package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var refusedService = []refusal{
	{"CPU", func(c *Config) { c.Service.CPUUnits = 1000 }, []string{
		`Service.CPUUnits: 1000 is not a Fargate size; allowed: 256, 512, 1024, 2048, 4096, 8192 or 16384; fix: write one of these`,
	}},
	{"memory low", func(c *Config) { c.Service.MemoryMiB = 512 }, []string{
		`Service.MemoryMiB: 512 is not a Fargate size for 1024 CPU units; allowed: 2048, 3072, 4096, 5120, 6144, 7168, 8192; fix: write 2048`,
	}},
	{"memory between", func(c *Config) { c.Service.MemoryMiB = 2049 }, []string{`Service.MemoryMiB: 2049 is not a Fargate size for 1024 CPU units; allowed: 2048, 3072, 4096, 5120, 6144, 7168, 8192; fix: write 3072`}},
	{"memory high", func(c *Config) { c.Service.MemoryMiB = 9216 }, []string{`; fix: write 8192`}},
	{"container port", func(c *Config) { c.Service.ContainerPort = 65536 }, []string{`Service.ContainerPort: 65536 is out of range; allowed: 1024 to 65535; fix: write 65535`}},
	{"grace", func(c *Config) { c.Service.HealthCheckGracePeriodSeconds = -1 }, []string{`Service.HealthCheckGracePeriodSeconds: -1 is out of range; allowed: 0 to 2147483647; fix: write 0`}},
	{"deployment timeout", func(c *Config) { c.Service.DeploymentTimeoutMinutes = 121 }, []string{`Service.DeploymentTimeoutMinutes: 121 is out of range; allowed: 1 to 120; fix: write 120`}},
	{"architecture", func(c *Config) { c.Service.CPUArchitecture = "arm64" }, []string{
		`Service.CPUArchitecture: "arm64" is no architecture of Fargate; allowed: X86_64 or ARM64; fix: write what the image is built for`,
	}},
	{"disk small", func(c *Config) { c.Service.EphemeralStorageGiB = 19 }, []string{`Service.EphemeralStorageGiB: 19 is out of range; allowed: 20 to 200; fix: write 20`}},
	{"variable name", func(c *Config) { c.Service.Environment = map[string]string{"LOG-LEVEL": "info"} }, []string{
		`Service.Environment["LOG-LEVEL"]: "LOG-LEVEL" is not of the form; allowed: letters, digits and _ that do not begin with a digit; fix: rename the variable`,
	}},
	{"variable template", func(c *Config) { c.Service.Environment = map[string]string{"A": "${x}", "B": "%{x}"} }, []string{
		`Service.Environment["A"]: "${x}" would be read by Terraform as a template; allowed: text without ${ and %{; fix: put the value into a secret`,
		`Service.Environment["B"]: "%{x}" would be read`,
	}},
	{"variable taken", func(c *Config) {
		c.Service.Environment = map[string]string{"DB_HOST": "localhost"}
		c.Service.Secrets = map[string]string{"DB_PASSWORD": secret("eu-south-1")}
	}, []string{
		`Service.Environment["DB_HOST"]: "DB_HOST" is a variable that every task gets already; allowed: any other name; fix: rename the variable`,
		`Service.Secrets["DB_PASSWORD"]: "DB_PASSWORD" is a variable that every task gets already`,
	}},
	{"variable of tracing", func(c *Config) {
		c.Service.Tracing = true
		c.Service.Environment = map[string]string{"OTEL_SERVICE_NAME": "api"}
	}, []string{`Service.Environment["OTEL_SERVICE_NAME"]: "OTEL_SERVICE_NAME" is a variable that every task gets already`}},
	{"variable twice", func(c *Config) {
		c.Service.Environment = map[string]string{"TOKEN": "x"}
		c.Service.Secrets = map[string]string{"TOKEN": secret("eu-south-1") + ":token::"}
	}, []string{`Service.Secrets["TOKEN"]: "x" is in Service.Environment, too; allowed: a name in one of the two; fix: remove one of the two`}},
	{"secret's name", func(c *Config) { c.Service.Secrets = map[string]string{"TOKEN": "my-token"} }, []string{
		`Service.Secrets["TOKEN"]: "my-token" is not the ARN of a secret; allowed: arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>, with or without :<key>:: behind it; fix: copy the ARN from Secrets Manager`,
	}},
	{"secret elsewhere", func(c *Config) { c.Service.Secrets = map[string]string{"TOKEN": secret("eu-west-1")} }, []string{
		`is a secret of another region; allowed: arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>, with or without :<key>:: behind it, in eu-south-1; fix: replicate the secret to eu-south-1`,
	}},
	{"stop timeout", func(c *Config) { c.Service.StopTimeoutSeconds = 121 }, []string{`Service.StopTimeoutSeconds: 121 is out of range; allowed: 1 to 120; fix: write 120`}},
	{"port of root", func(c *Config) { c.Service.ContainerPort = 80 }, []string{`Service.ContainerPort: 80 is out of range; allowed: 1024 to 65535; fix: write 1024`}},
	{"port of the collector", func(c *Config) { c.Service.ContainerPort, c.Service.Tracing = 4318, true }, []string{
		`Service.ContainerPort: 4318 is a port of the collector that Service.Tracing runs beside the API; allowed: any but 4317, 4318, 8888; fix: let the API listen on another port`,
	}},
	{"deployment longer than its timeout", func(c *Config) { c.LoadBalancer.DeregistrationDelaySeconds = 1110 }, []string{
		`Service.DeploymentTimeoutMinutes: 20 ends before a deployment can; allowed: more than the 1200 seconds of Service.HealthCheckGracePeriodSeconds, LoadBalancer.DeregistrationDelaySeconds and Service.StopTimeoutSeconds together; fix: lengthen the timeout or shorten the others`,
	}},
	{"container check of a redirect", func(c *Config) {
		c.Service.ContainerHealthCheck, c.LoadBalancer.HealthCheckMatcher = true, "200,301"
	}, []string{
		`Service.ContainerHealthCheck: true fails on some of LoadBalancer.HealthCheckMatcher, "200,301"; allowed: true with statuses of 200 to 299; fix: set Service.ContainerHealthCheck to false, or answer health checks with 200`,
	}},
	{"shell in a read-only container", func(c *Config) { c.Service.ExecuteCommand, c.Service.ReadOnlyRootFilesystem = true, true }, []string{
		`Service.ExecuteCommand: true needs a root file system that can be written; allowed: true without Service.ReadOnlyRootFilesystem; fix: set one of the two to false`,
	}},
	{"tracing without NAT", func(c *Config) {
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = NATNone, true, "v1"
		c.Service.Tracing = true
	}, []string{
		`Service.Tracing: true needs an image of a public registry, to which Network.NAT leaves no way; allowed: true with a NAT gateway; fix: set Service.Tracing to false or Network.NAT to single`,
	}},
	{"spot percent", func(c *Config) { c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 101, 1 }, []string{
		`Service.SpotPercent: 101 is out of range; allowed: 0 to 100; fix: write 100`,
	}},
	{"spot without base", func(c *Config) { c.Service.SpotPercent = 50 }, []string{
		`Service.OnDemandBaseTasks: 0 is out of range; allowed: 1 to 10; fix: write 1`,
	}},
	{"base without spot", func(c *Config) { c.Service.OnDemandBaseTasks = 2 }, []string{
		`Service.OnDemandBaseTasks: 2 is without effect, because no task runs on spare capacity; allowed: 0 without Service.SpotPercent; fix: write 0 or set Service.SpotPercent`,
	}},
	{"spot stopped too early", func(c *Config) {
		c.Service.SpotPercent, c.Service.OnDemandBaseTasks, c.LoadBalancer.DeregistrationDelaySeconds = 50, 2, 60
	}, []string{
		`Service.StopTimeoutSeconds: 30 ends a task that spare capacity is taken from before its requests; allowed: LoadBalancer.DeregistrationDelaySeconds, 60, or more with Service.SpotPercent; fix: lengthen the timeout, up to 120, or shorten the delay`,
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
	for _, cpu := range []int{0, 128, 256, 512, 1024, 2048, 3072, 4096, 8192, 16384, 32768} {
		for memory := 0; memory <= 131072; memory += 512 {
			c := Defaults("dev")
			c.Service.CPUUnits, c.Service.MemoryMiB = cpu, memory
			if valid[[2]int{cpu, memory}] != (c.Validate() == nil) {
				t.Errorf("%d CPU units and %d MiB: %v", cpu, memory, c.Validate())
			}
		}
	}
}
