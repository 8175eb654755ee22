package config

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fieldErrors takes a joined error apart.
func fieldErrors(t *testing.T, err error) []*FieldError {
	t.Helper()
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	var all []*FieldError
	for _, e := range joined.Unwrap() {
		var field *FieldError
		require.ErrorAs(t, e, &field)
		assert.Equal(t, strings.TrimRight(e.Error(), ".\n"), e.Error(), "no trailing period")
		assert.NotContains(t, e.Error(), "\n", "one line for each problem")
		all = append(all, field)
	}
	return all
}

// serverless chooses the class db.serverless with a range.
func serverless(minimum, maximum float64) func(*Config) {
	return func(c *Config) {
		c.Database.InstanceClass = "db.serverless"
		c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = minimum, maximum
	}
}

// broken are configurations with one broken field; each has the lines that it
// must give, without `environment "dev": `.
var broken = []struct {
	name  string
	spoil func(*Config)
	lines []string
}{
	{"region", func(c *Config) { c.Region = "milan" }, []string{
		`Region: "milan" is not of the form; allowed: the code of an AWS region; fix: write a code such as eu-south-1`,
	}},

	{"missing tag", func(c *Config) { delete(c.Tags, "Project") }, []string{
		`Tags["Project"]: "" is empty; allowed: a value, since every resource carries this tag; fix: add the tag Project`,
	}},
	{"tag of AWS", func(c *Config) { c.Tags["AWS:x"] = "1" }, []string{
		`Tags["AWS:x"]: "AWS:x" is a key that AWS reserves; allowed: keys that do not begin with aws:; fix: rename the tag`,
	}},
	{"tag Name", func(c *Config) { c.Tags["name"] = "x" }, []string{
		`Tags["name"]: "name" would hide the name of each resource; allowed: keys other than Name; fix: remove the tag`,
	}},
	{"tag template", func(c *Config) { c.Tags["Owner"] = "${x}" }, []string{
		`Tags["Owner"]: "${x}" is not of the form; allowed: a value of letters, digits, spaces and _ . : / = + - @; fix: remove the other characters`,
	}},
	{"tag key characters", func(c *Config) { c.Tags["a,b"] = "x" }, []string{
		`Tags["a,b"]: "a,b" is not of the form; allowed: a key of letters`,
	}},
	{"tag key empty", func(c *Config) { c.Tags[""] = "x" }, []string{
		`Tags[""]: "" has 0 characters; allowed: 1 to 128 characters`,
	}},
	{"tag key long", func(c *Config) { c.Tags[strings.Repeat("k", 129)] = "x" }, []string{
		`kkk" has 129 characters; allowed: 1 to 128 characters`,
	}},
	{"tag value long", func(c *Config) { c.Tags["Owner"] = strings.Repeat("é", 257) }, []string{
		`has 257 characters; allowed: 0 to 256 characters; fix: write a text of 0 to 256 characters`,
	}},
	{"tags that differ in case", func(c *Config) { c.Tags["project"] = "x" }, []string{
		`Tags["project"]: "project" differs from "Project" only in case; allowed: keys that differ in more than case; fix: remove one of the two`,
	}},
	{"too many tags", func(c *Config) {
		for i := range 38 {
			c.Tags[fmt.Sprint("tag", i)] = ""
		}
	}, []string{`Tags: 41 is too many tags; allowed: 40 tags or fewer; fix: remove 1`}},

	{"VPC text", func(c *Config) { c.Network.CIDR = "ten" }, []string{
		`Network.CIDR: "ten" is not an IPv4 range; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write a range such as 10.0.0.0/24`,
	}},
	{"VPC IPv6", func(c *Config) { c.Network.CIDR = "fd00::/16" }, []string{`Network.CIDR: "fd00::/16" is not an IPv4 range`}},
	{"VPC mapped", func(c *Config) { c.Network.CIDR = "::ffff:10.0.0.0/112" }, []string{`Network.CIDR: "::ffff:10.0.0.0/112" is not an IPv4 range`}},
	{"VPC host bits", func(c *Config) { c.Network.CIDR = "10.0.0.1/16" }, []string{
		`Network.CIDR: "10.0.0.1/16" is not a network address; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write 10.0.0.0/16`,
	}},
	{"VPC large", func(c *Config) { c.Network.CIDR = "10.0.0.0/15" }, []string{`Network.CIDR: "10.0.0.0/15" is too large; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write 10.0.0.0/16`}},
	{"VPC small", func(c *Config) { c.Network.CIDR = "10.0.0.0/29" }, []string{`Network.CIDR: "10.0.0.0/29" is too small; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write 10.0.0.0/28`}},
	{"public subnet small", func(c *Config) { c.Network.PublicSubnetCIDRs[1] = "10.0.1.0/28" }, []string{
		`Network.PublicSubnetCIDRs[1]: "10.0.1.0/28" is too small; allowed: an IPv4 network of /16 to /27 whose host bits are zero; fix: write 10.0.1.0/27`,
	}},
	{"subnet outside", func(c *Config) { c.Network.PublicSubnetCIDRs[0] = "10.1.0.0/24" }, []string{
		`Network.PublicSubnetCIDRs[0]: "10.1.0.0/24" is not inside the VPC; allowed: ranges within Network.CIDR, 10.0.0.0/16; fix: choose a free range within 10.0.0.0/16`,
	}},
	{"subnet larger than VPC", func(c *Config) {
		c.Network = Network{
			CIDR:               "10.0.0.0/24",
			PublicSubnetCIDRs:  []string{"10.0.0.0/27", "10.0.0.32/27"},
			PrivateSubnetCIDRs: []string{"10.0.0.64/26", "10.0.0.0/23"},
			NAT:                NATPerZone,
		}
	}, []string{
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" is not inside the VPC`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PublicSubnetCIDRs[0], 10.0.0.0/27`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PublicSubnetCIDRs[1], 10.0.0.32/27`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PrivateSubnetCIDRs[0], 10.0.0.64/26`,
	}},
	{"subnet twice", func(c *Config) { c.Network.PrivateSubnetCIDRs[1] = "10.0.10.0/24" }, []string{
		`Network.PrivateSubnetCIDRs[1]: "10.0.10.0/24" overlaps Network.PrivateSubnetCIDRs[0], 10.0.10.0/24; allowed: ranges that share no address; fix: choose a free range for one of the two`,
	}},
	{"subnets full", func(c *Config) { c.Scaling.MaxTasks = 251 }, []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; allowed: 504 or more: twice the most tasks of Scaling, the instances of the database and the interface endpoints; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"one private subnet", func(c *Config) { c.Network.PrivateSubnetCIDRs = c.Network.PrivateSubnetCIDRs[:1] }, []string{
		`Network.PrivateSubnetCIDRs: 1 is too few subnets; allowed: two or more, and as many public as private ones; fix: add 1`,
	}},
	{"third private subnet", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = append(c.Network.PrivateSubnetCIDRs, "10.0.12.0/24")
	}, []string{`Network.PublicSubnetCIDRs: 2 is too few subnets`}},
	{"number of zones", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a"} }, []string{
		`Network.AvailabilityZones: 1 is not the number of zones that the subnets need; allowed: none, or one for each pair of subnets; fix: name 2 zones`,
	}},
	{"zone twice", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1a"} }, []string{
		`Network.AvailabilityZones[1]: "eu-south-1a" is named twice; allowed: zones that differ; fix: name another zone`,
	}},
	{"zones elsewhere", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-west-1a", "eu-south-1-mil-1a"} }, []string{
		`Network.AvailabilityZones[0]: "eu-west-1a" is not a zone of the region eu-south-1; allowed: the region and one letter; fix: write eu-south-1a or another letter`,
		`Network.AvailabilityZones[1]: "eu-south-1-mil-1a" is not a zone of the region eu-south-1`,
	}},

	{"image tag", func(c *Config) { c.Registry.ImageTag = ".v1" }, []string{
		`Registry.ImageTag: ".v1" is not of the form; allowed: empty, or up to 128 letters, digits and _ . - that do not begin with . or -; fix: write a tag such as v1.0.0`,
	}},
	{"image tag long", func(c *Config) { c.Registry.ImageTag = strings.Repeat("v", 129) }, []string{`vvv" is not of the form`}},
	{"latest", func(c *Config) { c.Protected, c.Registry.ImageTag = true, "latest" }, []string{
		`Registry.ImageTag: "latest" cannot move to a newer image, because tags are immutable here; allowed: a tag of its own for every image when Protected is set; fix: write the image's version or commit`,
	}},
	{"image expiry", func(c *Config) { c.Registry.UntaggedImageExpiryDays = 0 }, []string{
		`Registry.UntaggedImageExpiryDays: 0 is out of range; allowed: 1 to 2147483647; fix: write 1`,
	}},

	{"nobody may connect", func(c *Config) { c.LoadBalancer.IngressCIDRs = nil }, []string{
		`LoadBalancer.IngressCIDRs: 0 is no range, so that nobody could connect; allowed: 1 to 30 ranges; fix: write 0.0.0.0/0 for everybody`,
	}},
	{"too many ranges", func(c *Config) {
		c.LoadBalancer.IngressCIDRs = nil
		for i := range 31 {
			c.LoadBalancer.IngressCIDRs = append(c.LoadBalancer.IngressCIDRs, fmt.Sprintf("203.0.113.%d/32", i))
		}
	}, []string{`LoadBalancer.IngressCIDRs: 31 is too many ranges for a security group; allowed: 1 to 30 ranges; fix: remove 1`}},
	{"range text", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"office"} }, []string{
		`LoadBalancer.IngressCIDRs[0]: "office" is not an IPv4 range; allowed: an IPv4 network whose host bits are zero; fix: write a range such as 203.0.113.0/24`,
	}},
	{"range IPv6", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"0.0.0.0/0", "::/0"} }, []string{
		`LoadBalancer.IngressCIDRs[1]: "::/0" is not an IPv4 range`,
	}},
	{"range host bits", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"203.0.113.7/24"} }, []string{
		`LoadBalancer.IngressCIDRs[0]: "203.0.113.7/24" is not a network address; allowed: an IPv4 network whose host bits are zero; fix: write 203.0.113.0/24`,
	}},
	{"range in another", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"203.0.113.7/32", "0.0.0.0/0"} }, []string{
		`LoadBalancer.IngressCIDRs[1]: "0.0.0.0/0" overlaps LoadBalancer.IngressCIDRs[0], 203.0.113.7/32; allowed: ranges that share no address; fix: remove the smaller one of the two`,
	}},
	{"idle timeout", func(c *Config) { c.LoadBalancer.IdleTimeoutSeconds = 4001 }, []string{
		`LoadBalancer.IdleTimeoutSeconds: 4001 is out of range; allowed: 1 to 4000; fix: write 4000`,
	}},
	{"zone without domain", func(c *Config) { c.LoadBalancer.HostedZone = "example.com" }, []string{
		`LoadBalancer.Domain: "" is empty although LoadBalancer.HostedZone is set; allowed: a name within the zone; fix: write a name such as api.example.com or remove the zone`,
	}},
	{"domain without zone", func(c *Config) { c.LoadBalancer.Domain = "api.example.com" }, []string{
		`LoadBalancer.HostedZone: "" is empty although LoadBalancer.Domain is set; allowed: the public Route 53 zone that the domain is in; fix: name the zone, or use LoadBalancer.CertificateARN for a domain outside of Route 53`,
	}},
	{"domain form", func(c *Config) { c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "*.example.com", "example.com" }, []string{
		`LoadBalancer.Domain: "*.example.com" is not of the form; allowed: a name of lower-case letters, digits, hyphens and dots, without a dot at the end; fix: write a name such as api.example.com`,
	}},
	{"domain template", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "${x}.example.com", "example.com"
	}, []string{`LoadBalancer.Domain: "${x}.example.com" is not of the form`}},
	{"zone form", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.example.com", "example.com."
	}, []string{
		`LoadBalancer.HostedZone: "example.com." is not of the form; allowed: a name of lower-case letters, digits, hyphens and dots, without a dot at the end; fix: write the zone's name, such as example.com`,
	}},
	{"domain outside zone", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.notexample.com", "example.com"
	}, []string{
		`LoadBalancer.Domain: "api.notexample.com" is not inside LoadBalancer.HostedZone; allowed: example.com or a name that ends in .example.com; fix: correct the domain or the zone`,
	}},
	{"domain long", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = strings.Repeat("a", 53)+".example.com", "example.com"
	}, []string{`has 65 characters; allowed: 0 to 64 characters`}},
	{"certificate form", func(c *Config) {
		c.LoadBalancer.CertificateARN = "arn:aws:iam::123456789012:server-certificate/api"
	}, []string{
		`LoadBalancer.CertificateARN: "arn:aws:iam::123456789012:server-certificate/api" is not the ARN of a certificate of ACM; allowed: arn:aws:acm:<region>:<account>:certificate/<id>; fix: copy the ARN from ACM`,
	}},
	{"certificate elsewhere", func(c *Config) { c.LoadBalancer.CertificateARN = certificate("us-east-1") }, []string{
		`is a certificate of another region; allowed: arn:aws:acm:<region>:<account>:certificate/<id> in eu-south-1; fix: request the certificate in eu-south-1`,
	}},
	{"certificate and domain", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.example.com", "example.com"
		c.LoadBalancer.CertificateARN = certificate("eu-south-1")
	}, []string{`contradicts LoadBalancer.Domain, which gets a certificate of its own; allowed: either of the two; fix: remove one of the two`}},
	{"access logs", func(c *Config) { c.LoadBalancer.AccessLogRetentionDays = -1 }, []string{
		`LoadBalancer.AccessLogRetentionDays: -1 is out of range; allowed: 0 to 2147483647; fix: write 0`,
	}},
	{"rate limit", func(c *Config) { c.LoadBalancer.WAF.RateLimit = 9 }, []string{
		`LoadBalancer.WAF.RateLimit: 9 is out of range; allowed: 10 to 2000000000; fix: write 10`,
	}},
	{"path", func(c *Config) { c.LoadBalancer.HealthCheckPath = "health" }, []string{
		`LoadBalancer.HealthCheckPath: "health" is not of the form; allowed: a path that begins with a slash and has no spaces; fix: write a path such as /health`,
	}},
	{"path with space", func(c *Config) { c.LoadBalancer.HealthCheckPath = "/he alth" }, []string{`"/he alth" is not of the form`}},
	{"path with template", func(c *Config) { c.LoadBalancer.HealthCheckPath = "/${x}" }, []string{`"/${x}" is not of the form`}},
	{"path long", func(c *Config) { c.LoadBalancer.HealthCheckPath = "/" + strings.Repeat("p", 1024) }, []string{
		`has 1025 characters; allowed: 1 to 1024 characters`,
	}},
	{"matcher", func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "OK" }, []string{
		`LoadBalancer.HealthCheckMatcher: "OK" does not name HTTP statuses; allowed: statuses of 200 to 499: one, a list such as 200,202 or a range such as 200-299; fix: write 200`,
	}},
	{"matcher above", func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200,500" }, []string{`"200,500" does not name`}},
	{"matcher reversed", func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "299-200" }, []string{`"299-200" does not name`}},
	{"interval low", func(c *Config) {
		c.LoadBalancer.HealthCheckIntervalSeconds = 4
		c.LoadBalancer.HealthCheckTimeoutSeconds = 2
	}, []string{
		`LoadBalancer.HealthCheckIntervalSeconds: 4 is out of range; allowed: 5 to 300; fix: write 5`,
	}},
	{"interval high", func(c *Config) { c.LoadBalancer.HealthCheckIntervalSeconds = 301 }, []string{`HealthCheckIntervalSeconds: 301 is out of range; allowed: 5 to 300; fix: write 300`}},
	{"timeout low", func(c *Config) { c.LoadBalancer.HealthCheckTimeoutSeconds = 1 }, []string{`LoadBalancer.HealthCheckTimeoutSeconds: 1 is out of range; allowed: 2 to 120; fix: write 2`}},
	{"timeout as long as interval", func(c *Config) { c.LoadBalancer.HealthCheckTimeoutSeconds = 30 }, []string{
		`LoadBalancer.HealthCheckTimeoutSeconds: 30 is not below the interval; allowed: less than LoadBalancer.HealthCheckIntervalSeconds, 30; fix: shorten the timeout or lengthen the interval`,
	}},
	{"healthy", func(c *Config) { c.LoadBalancer.HealthyThreshold = 1 }, []string{`LoadBalancer.HealthyThreshold: 1 is out of range; allowed: 2 to 10; fix: write 2`}},
	{"unhealthy", func(c *Config) { c.LoadBalancer.UnhealthyThreshold = 11 }, []string{`LoadBalancer.UnhealthyThreshold: 11 is out of range; allowed: 2 to 10; fix: write 10`}},
	{"deregistration", func(c *Config) {
		c.LoadBalancer.DeregistrationDelaySeconds, c.Service.DeploymentTimeoutMinutes = 3601, 120
	}, []string{`LoadBalancer.DeregistrationDelaySeconds: 3601 is out of range; allowed: 0 to 3600; fix: write 3600`}},

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
	{"images", func(c *Config) { c.Deployment.Images = "jenkins" }, []string{
		`Deployment.Images: "jenkins" is nobody who could deploy images; allowed: terraform or external; fix: write one of these`,
	}},
	{"GitHub repository", func(c *Config) { c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example" }, []string{
		`Deployment.GitHubRepository: "example" is not of the form; allowed: empty, owner/name or owner@id/name@id; fix: write a repository such as example/api`,
	}},
	{"GitHub repository with one id", func(c *Config) { c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example@1/api" }, []string{
		`Deployment.GitHubRepository: "example@1/api" is not of the form; allowed: empty, owner/name or owner@id/name@id; fix: write a repository such as example/api`,
	}},
	{"GitHub without external", func(c *Config) { c.Deployment.GitHubRepository = "example/api" }, []string{
		`Deployment.GitHubRepository: "example/api" would deploy images that the next apply takes back; allowed: a repository where Deployment.Images is external; fix: write external or remove the repository`,
	}},
	{"GitHub branch", func(c *Config) { c.Deployment.GitHubBranch = "ma*n" }, []string{
		`Deployment.GitHubBranch: "ma*n" is not of the form; allowed: the name of a branch; fix: write a name such as main`,
	}},

	{"min tasks", func(c *Config) { c.Scaling.MinTasks = 0 }, []string{`Scaling.MinTasks: 0 is out of range; allowed: 1 to 5000; fix: write 1`}},
	{"max tasks", func(c *Config) {
		c.Scaling.MaxTasks = 5001
		c.Network.PublicSubnetCIDRs = []string{"10.0.0.0/24", "10.0.1.0/24"}
		c.Network.PrivateSubnetCIDRs = []string{"10.0.64.0/18", "10.0.128.0/18"}
	}, []string{`Scaling.MaxTasks: 5001 is out of range; allowed: 1 to 5000; fix: write 5000`}},
	{"max below min", func(c *Config) { c.Scaling.MaxTasks = 1 }, []string{
		`Scaling.DesiredTasks: 2 is out of range; allowed: Scaling.MinTasks to Scaling.MaxTasks, 2 to 1; fix: choose a number in the range or widen it`,
		`Scaling.MaxTasks: 1 is below Scaling.MinTasks; allowed: 2 or more; fix: write 2`,
	}},
	{"desired below", func(c *Config) { c.Scaling.DesiredTasks = 1 }, []string{`Scaling.DesiredTasks: 1 is out of range; allowed: Scaling.MinTasks to Scaling.MaxTasks, 2 to 10`}},
	{"desired above", func(c *Config) { c.Scaling.DesiredTasks = 11 }, []string{`Scaling.DesiredTasks: 11 is out of range`}},
	{"CPU target", func(c *Config) { c.Scaling.CPUTargetPercent = 101 }, []string{`Scaling.CPUTargetPercent: 101 is out of range; allowed: 1 to 100; fix: write 100`}},
	{"scale in", func(c *Config) { c.Scaling.ScaleInCooldownSeconds = -1 }, []string{`Scaling.ScaleInCooldownSeconds: -1 is out of range`}},
	{"scale out", func(c *Config) { c.Scaling.ScaleOutCooldownSeconds = -1 }, []string{`Scaling.ScaleOutCooldownSeconds: -1 is out of range`}},

	{"memory target", func(c *Config) { c.Scaling.MemoryTargetPercent = 101 }, []string{`Scaling.MemoryTargetPercent: 101 is out of range; allowed: 0 to 100; fix: write 100`}},
	{"requests", func(c *Config) { c.Scaling.RequestsPerTaskTarget = -1 }, []string{`Scaling.RequestsPerTaskTarget: -1 is out of range`}},
	{"schedule", func(c *Config) {
		c.Scaling.Schedules = []Schedule{{Name: "Morning", Cron: "0 7 * * *", TimeZone: "Local", MaxTasks: 0}}
	}, []string{
		`Scaling.Schedules[0].Name: "Morning" is not of the form; allowed: lower-case letters, digits and single inner hyphens; fix: write a name such as morning`,
		`Scaling.Schedules[0].Cron: "0 7 * * *" is not of the form; allowed: minutes, hours, day, month, weekday and year, with ? for one of the two days; fix: write a time such as 0 7 ? * MON-FRI *`,
		`Scaling.Schedules[0].TimeZone: "Local" is no time zone; allowed: a name of the IANA database; fix: write a zone such as Europe/Rome or UTC`,
		`Scaling.Schedules[0].MinTasks: 0 is out of range; allowed: 1 to 5000; fix: write 1`,
		`Scaling.Schedules[0].MaxTasks: 0 is out of range; allowed: 1 to 5000; fix: write 1`,
	}},
	{"schedules", func(c *Config) {
		morning := Schedule{"morning", "0 7 ? * MON-FRI *", "Europe/Rome", 4, 2}
		c.Scaling.Schedules = []Schedule{morning, {"morning", "0 20 L * ? *", "Rome", 2, 300}}
	}, []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; allowed: 602 or more`,
		`Scaling.Schedules[0].MaxTasks: 2 is out of range; allowed: 4 to 5000; fix: write 4`,
		`Scaling.Schedules[1].Name: "morning" is taken by another schedule; allowed: a name of its own for every schedule; fix: rename one of the two`,
		`Scaling.Schedules[1].TimeZone: "Rome" is no time zone`,
	}},

	{"engine form", func(c *Config) { c.Database.EngineVersion = "15" }, []string{
		`Database.EngineVersion: "15" is not of the form; allowed: major.minor with a major version of 13, 14, 15, 16, 17; fix: write a version such as 15.4`,
	}},
	{"engine major", func(c *Config) { c.Database.EngineVersion = "12.4" }, []string{`Database.EngineVersion: "12.4" is not supported; allowed: major.minor with a major version of 13`}},
	{"class", func(c *Config) { c.Database.InstanceClass = "t3.medium" }, []string{
		`Database.InstanceClass: "t3.medium" is not of the form; allowed: db.<family>.<size> of the families r, t and x, or db.serverless; fix: write a class such as db.t3.medium`,
	}},
	{"class family", func(c *Config) { c.Database.InstanceClass = "db.m5.large" }, []string{`"db.m5.large" is not of the form`}},
	{"class size", func(c *Config) { c.Database.InstanceClass = "db.r6g.2large" }, []string{`"db.r6g.2large" is not of the form`}},
	{"serverless without range", func(c *Config) { c.Database.InstanceClass = "db.serverless" }, []string{
		`Database.ServerlessMinACU: 0 is not a capacity; allowed: 0.5 to 256 with db.serverless, in steps of 0.5; fix: write a number of Aurora capacity units, of about 2 GiB each`,
		`Database.ServerlessMaxACU: 0 is not a capacity; allowed: 1 to 256 with db.serverless, in steps of 0.5`,
	}},
	{"range without serverless", func(c *Config) { c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = 0.5, 4 }, []string{
		`Database.ServerlessMinACU: 0.5 is a capacity that the class "db.t3.medium" does not have; allowed: 0 with any class but db.serverless; fix: write 0, or db.serverless as Database.InstanceClass`,
		`Database.ServerlessMaxACU: 4 is a capacity that the class "db.t3.medium" does not have`,
	}},
	{"range reversed", serverless(4, 2), []string{
		`Database.ServerlessMaxACU: 2 is below Database.ServerlessMinACU; allowed: 4 or more; fix: write 4`,
	}},
	{"range step", serverless(0.75, 1.2), []string{
		`Database.ServerlessMinACU: 0.75 is not a capacity`,
		`Database.ServerlessMaxACU: 1.2 is not a capacity`,
	}},
	{"range of an old version", serverless(1, 129), []string{
		`Database.ServerlessMaxACU: 129 is more than version 15.4 has; allowed: 128 at most, or version 15.5; fix: write 128, or a newer Database.EngineVersion`,
	}},
	{"range end", serverless(1, 256.5), []string{`Database.ServerlessMaxACU: 256.5 is not a capacity`}},
	{"range no number", serverless(math.NaN(), 1), []string{`Database.ServerlessMinACU: NaN is not a capacity`}},
	{"readers", func(c *Config) { c.Database.ReaderCount = 16 }, []string{`Database.ReaderCount: 16 is out of range; allowed: 0 to 15; fix: write 15`}},
	{"reader scaling without reader", func(c *Config) { c.Database.ReaderCount, c.Database.MaxReaders = 0, 2 }, []string{
		`Database.MaxReaders: 2 has no reader to scale from; allowed: 0 where Database.ReaderCount is 0; fix: write 0, or 1 or more as Database.ReaderCount`,
	}},
	{"reader scaling without range", func(c *Config) { c.Database.MaxReaders = 1 }, []string{
		`Database.MaxReaders: 1 is out of range; allowed: 0, or more than Database.ReaderCount, 1, and 15 at most; fix: write 0, or a number in that range`,
	}},
	{"max readers", func(c *Config) { c.Database.MaxReaders = 16 }, []string{`Database.MaxReaders: 16 is out of range`}},
	{"reader scaling without room", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/28", "10.0.11.0/28"}
		c.Scaling.MaxTasks = 9
		c.Database.MaxReaders = 4
	}, []string{`Network.PrivateSubnetCIDRs: 22 is too few free addresses; allowed: 23 or more`}},
	{"endpoints without room", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/28", "10.0.11.0/28"}
		c.Scaling.MaxTasks = 10
		c.Network.InterfaceEndpoints = true
	}, []string{`Network.PrivateSubnetCIDRs: 22 is too few free addresses; allowed: 34 or more`}},
	{"reader CPU target", func(c *Config) { c.Database.ReaderCPUTargetPercent = 0 }, []string{
		`Database.ReaderCPUTargetPercent: 0 is out of range; allowed: 1 to 100; fix: write 1`,
	}},
	{"database empty", func(c *Config) { c.Database.Name = "" }, []string{`Database.Name: "" has 0 characters; allowed: 1 to 63 characters`}},
	{"database long", func(c *Config) { c.Database.Name = strings.Repeat("d", 64) }, []string{`has 64 characters; allowed: 1 to 63 characters`}},
	{"database form", func(c *Config) { c.Database.Name = "flask-api" }, []string{
		`Database.Name: "flask-api" is not of the form; allowed: a letter, then letters, digits and underscores; fix: remove the other characters`,
	}},
	{"database exists", func(c *Config) { c.Database.Name = "Postgres" }, []string{
		`Database.Name: "Postgres" is reserved; allowed: names that neither PostgreSQL nor RDS reserves; fix: write a name such as flaskapi`,
	}},
	{"database word", func(c *Config) { c.Database.Name = "table" }, []string{`Database.Name: "table" is reserved`}},
	{"user long", func(c *Config) { c.Database.Username = strings.Repeat("u", 17) }, []string{`has 17 characters; allowed: 1 to 16 characters`}},
	{"user admin", func(c *Config) { c.Database.Username = "admin" }, []string{`Database.Username: "admin" is reserved`}},
	{"user word", func(c *Config) { c.Database.Username = "user" }, []string{`Database.Username: "user" is reserved`}},
	{"user of RDS", func(c *Config) { c.Database.Username = "rds_me" }, []string{`Database.Username: "rds_me" is reserved`}},
	{"database port", func(c *Config) { c.Database.Port = 1149 }, []string{`Database.Port: 1149 is out of range; allowed: 1150 to 65535; fix: write 1150`}},
	{"password version", func(c *Config) { c.Database.PasswordVersion = 0 }, []string{`Database.PasswordVersion: 0 is out of range; allowed: 1 to 2147483647; fix: write 1`}},
	{"backup retention", func(c *Config) { c.Database.BackupRetentionDays = 36 }, []string{`Database.BackupRetentionDays: 36 is out of range; allowed: 1 to 35; fix: write 35`}},
	{"backup form", func(c *Config) { c.Database.BackupWindow = "24:00-25:00" }, []string{
		`Database.BackupWindow: "24:00-25:00" is not of the form; allowed: hh:mm-hh:mm in UTC, of 30 minutes or more; fix: write a window such as 02:00-03:00 or sun:03:30-sun:04:30`,
	}},
	{"backup short", func(c *Config) { c.Database.BackupWindow = "02:00-02:29" }, []string{
		`Database.BackupWindow: "02:00-02:29" lasts 29 minutes; allowed: hh:mm-hh:mm in UTC, of 30 minutes or more; fix: lengthen the window`,
	}},
	{"maintenance form", func(c *Config) { c.Database.MaintenanceWindow = "Sun:03:30-Sun:04:30" }, []string{
		`Database.MaintenanceWindow: "Sun:03:30-Sun:04:30" is not of the form; allowed: ddd:hh:mm-ddd:hh:mm in UTC and lower case`,
	}},
	{"maintenance long", func(c *Config) { c.Database.MaintenanceWindow = "sun:03:30-mon:03:31" }, []string{
		`Database.MaintenanceWindow: "sun:03:30-mon:03:31" lasts 1441 minutes; allowed: ddd:hh:mm-ddd:hh:mm in UTC and lower case, of 30 minutes to 24 hours; fix: shorten the window`,
	}},
	{"windows meet", func(c *Config) { c.Database.MaintenanceWindow = "sun:02:30-sun:03:30" }, []string{
		`Database.MaintenanceWindow: "sun:02:30-sun:03:30" overlaps Database.BackupWindow, "02:00-03:00"; allowed: a time outside of the daily backup; fix: move one of the two`,
	}},
	{"certificate authority", func(c *Config) { c.Database.CAIdentifier = "rds-ca-2019" }, []string{
		`Database.CAIdentifier: "rds-ca-2019" is not of the form; allowed: empty, or an authority of RDS: rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1; fix: write rds-ca-rsa2048-g1`,
	}},
	{"monitoring interval", func(c *Config) { c.Database.MonitoringIntervalSeconds = 20 }, []string{
		`Database.MonitoringIntervalSeconds: 20 is not an interval of enhanced monitoring; allowed: 0, 1, 5, 10, 15, 30, 60; fix: write 30`,
	}},

	{"retention", func(c *Config) { c.Logs.RetentionDays = 10 }, []string{
		`Logs.RetentionDays: 10 is not a retention of CloudWatch; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; fix: write 14`,
	}},
	{"flow log retention", func(c *Config) { c.Network.FlowLogRetentionDays = 2 }, []string{
		`Network.FlowLogRetentionDays: 2 is not a retention of CloudWatch`,
	}},
	{"backend", func(c *Config) { c.State.Backend = "disk" }, []string{
		`State.Backend: "disk" is no place for the state; allowed: local, s3 or cloud; fix: write one of these`,
	}},
	{"bucket without S3", func(c *Config) { c.State.Bucket, c.State.WorkspaceTags = "state", []string{"api"} }, []string{
		`State.Bucket: "state" is without effect where State.Backend is local; allowed: empty; fix: remove it or choose another backend`,
		`State.WorkspaceTags: "api" is without effect where State.Backend is local`,
	}},
	{"S3 without bucket", func(c *Config) { c.State = State{Backend: BackendS3, BucketRegion: "Milan", Workspace: "w"} }, []string{
		`State.Workspace: "w" is without effect where State.Backend is s3`,
		`State.Bucket: "" is not of the form; allowed: the name of an S3 bucket; fix: name a bucket that exists, such as example-terraform-state`,
		`State.BucketRegion: "Milan" is not of the form; allowed: empty, or the code of an AWS region`,
	}},
	{"cloud without workspace", func(c *Config) { c.State = State{Backend: BackendCloud, Hostname: "https://x"} }, []string{
		`State.Organization: "" is not of the form; allowed: the name of an organisation: letters, digits, _ and -; fix: write the organisation's name`,
		`State.Workspace: "" is empty, and so is State.WorkspaceTags; allowed: one of the two; fix: name the workspace`,
		`State.Hostname: "https://x" is not of the form; allowed: empty, or the name of a host; fix: write a name such as terraform.example.com`,
	}},
	{"two ways to a workspace", func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", Workspace: "api", WorkspaceTags: []string{"API"}}
	}, []string{
		`State.WorkspaceTags: []string{"API"} contradict State.Workspace, which names the workspace; allowed: one of the two; fix: remove one of the two`,
		`State.WorkspaceTags[0]: "API" is not of the form; allowed: lower-case letters, digits, : _ and -; fix: write a tag such as flask-api`,
	}},
	{"workspace name", func(c *Config) {
		c.State = State{Backend: BackendCloud, Organization: "example", Workspace: "the api"}
	}, []string{`State.Workspace: "the api" is not of the form; allowed: up to 90 letters, digits, _ and -; fix: write a name such as flask-api-production`}},
	{"e-mails without alarms", func(c *Config) { c.Alarms.Emails = []string{"team@example.com"} }, []string{
		`Alarms.Emails: 1 would never be told anything, because there are no alarms; allowed: none without Alarms.Enabled; fix: set Alarms.Enabled`,
	}},
	{"e-mails", func(c *Config) {
		c.Alarms.Enabled, c.Alarms.Emails = true, []string{"Team <team@example.com>", "on-call@example.com", "on.call@example.com"}
	}, []string{
		`Alarms.Emails[0]: "Team <team@example.com>" is not of the form; allowed: an e-mail address; fix: write an address such as team@example.com`,
		`Alarms.Emails[2]: "on.call@example.com" is on-call@example.com, or differs from it in punctuation only; allowed: addresses that differ in letters and digits; fix: remove one of the two`,
	}},
	{"latency", func(c *Config) { c.Alarms.LatencySeconds = 0 }, []string{`Alarms.LatencySeconds: 0 is out of range; allowed: more than 0; fix: write 1`}},
	{"server errors", func(c *Config) { c.Alarms.ServerErrors = 0 }, []string{`Alarms.ServerErrors: 0 is out of range`}},
	{"connections", func(c *Config) { c.Alarms.DatabaseConnections = 0 }, []string{`Alarms.DatabaseConnections: 0 is out of range`}},
	{"NAT", func(c *Config) { c.Network.NAT = "one" }, []string{
		`Network.NAT: "one" is no way to the internet; allowed: per-zone, single or none; fix: write one of these`,
	}},
	{"no NAT", func(c *Config) { c.Network.NAT = NATNone }, []string{
		`Network.NAT: "none" leaves tasks no way to their image, logs and password; allowed: none together with Network.InterfaceEndpoints; fix: set Network.InterfaceEndpoints`,
		`Network.NAT: "none" leaves tasks no way to the public placeholder image; allowed: none together with Registry.ImageTag; fix: deploy with a NAT gateway first, push an image and set its tag`,
	}},
	{"retention for ever", func(c *Config) { c.Logs.RetentionDays = 0 }, []string{`Logs.RetentionDays: 0 is not a retention of CloudWatch`}},
}

// certificate is the ARN of a certificate of ACM in the region.
func certificate(region string) string {
	return "arn:aws:acm:" + region + ":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
}

// secret is the ARN of a secret in the region.
func secret(region string) string {
	return "arn:aws:secretsmanager:" + region + ":123456789012:secret:token-aB3dE6"
}

func TestValidateReportsEachProblem(t *testing.T) {
	for _, test := range broken {
		t.Run(test.name, func(t *testing.T) {
			c := Defaults("dev")
			test.spoil(&c)
			errs := fieldErrors(t, c.Validate())
			require.Len(t, errs, len(test.lines), "%v", c.Validate())
			for i, err := range errs {
				assert.Equal(t, "dev", err.Environment)
				assert.True(t, strings.HasPrefix(err.Error(), `environment "dev": `+err.Field+": "), err.Error())
				assert.Contains(t, err.Error(), test.lines[i])
			}
		})
	}
}

func TestValidateReportsEverythingAtOnce(t *testing.T) {
	err := Config{}.Validate()
	var fields []string
	for _, e := range fieldErrors(t, err) {
		fields = append(fields, e.Field)
	}
	assert.Equal(t, []string{
		"Suffix", "Region", `Tags["Environment"]`, `Tags["ManagedBy"]`, `Tags["Project"]`,
		"Network.PublicSubnetCIDRs", "Network.PrivateSubnetCIDRs", "Network.NAT", "Network.CIDR", "Network.PrivateSubnetCIDRs",
		"Registry.UntaggedImageExpiryDays",
		"LoadBalancer.IngressCIDRs", "LoadBalancer.IdleTimeoutSeconds", "LoadBalancer.WAF.RateLimit",
		"LoadBalancer.HealthCheckPath", "LoadBalancer.HealthCheckPath", "LoadBalancer.HealthCheckMatcher",
		"LoadBalancer.HealthCheckIntervalSeconds", "LoadBalancer.HealthCheckTimeoutSeconds", "LoadBalancer.HealthCheckTimeoutSeconds",
		"LoadBalancer.HealthyThreshold", "LoadBalancer.UnhealthyThreshold",
		"Service.CPUUnits", "Service.CPUArchitecture", "Service.EphemeralStorageGiB", "Service.ContainerPort",
		"Service.StopTimeoutSeconds", "Service.DeploymentTimeoutMinutes",
		"Deployment.Images", "Deployment.GitHubBranch",
		"Scaling.MinTasks", "Scaling.MaxTasks", "Scaling.CPUTargetPercent",
		"Database.EngineVersion", "Database.InstanceClass", "Database.ReaderCPUTargetPercent", "Database.Name", "Database.Username", "Database.Port",
		"Database.PasswordVersion", "Database.BackupRetentionDays", "Database.BackupWindow", "Database.MaintenanceWindow",
		"Logs.RetentionDays",
		"Alarms.LatencySeconds", "Alarms.ServerErrors", "Alarms.DatabaseConnections", "State.Backend",
	}, fields)
}

func TestValidateIsDeterministic(t *testing.T) {
	c := Defaults("dev")
	for i := range 10 {
		c.Tags[fmt.Sprintf("aws:%d", i)] = "${x}"
	}
	first := c.Validate().Error()
	for range 20 {
		require.Equal(t, first, c.Validate().Error())
	}
}

func TestSuffix(t *testing.T) {
	for _, suffix := range []string{"dev", "production", "synth101000914", "abcdef", "pr-123456", "a", "1", strings.Repeat("a", 18)} {
		require.NoError(t, Defaults(suffix).Validate(), suffix)
	}
	for _, suffix := range []string{"", "Dev", "a_b", "-a", "a-", "a--b", "a.b", "a b", "a\nb", "é"} {
		errs := fieldErrors(t, Defaults(suffix).Validate())
		require.Len(t, errs, 1, "%q", suffix)
		assert.Equal(t, "Suffix", errs[0].Field)
		assert.Equal(t, suffix, errs[0].Value)
		assert.Equal(t, "is not of the form", errs[0].Problem)
	}
}

// TestSuffixNamesWhatItMakesTooLong counts names by their lengths.
func TestSuffixNamesWhatItMakesTooLong(t *testing.T) {
	tooLong := func(length int) []string {
		var texts []string
		for _, err := range fieldErrors(t, Defaults(strings.Repeat("s", length)).Validate()) {
			assert.Equal(t, "Suffix", err.Field)
			texts = append(texts, strings.ReplaceAll(err.Problem, strings.Repeat("s", length), "S")+", "+err.Fix)
		}
		return texts
	}
	alb, tg := "makes the load balancer name ", "makes the target group name "
	assert.Equal(t, []string{
		alb + `"flask-api-alb-S" too long by 1 (33 of 32 characters), shorten the suffix by 1 or more`,
	}, tooLong(19))
	assert.Equal(t, []string{
		alb + `"flask-api-alb-S" too long by 2 (34 of 32 characters), shorten the suffix by 2 or more`,
		tg + `"flask-api-tg-S" too long by 1 (33 of 32 characters), shorten the suffix by 1 or more`,
	}, tooLong(20))
	assert.Len(t, tooLong(47), 7)

	readers := Defaults(strings.Repeat("s", 37))
	assert.NotContains(t, readers.Validate().Error(), "flask-api-aurora-reader-")
	readers.Database.ReaderCount = 10
	assert.Contains(t, readers.Validate().Error(), "flask-api-aurora-reader-10-")
}

func TestSuffixReportsCharactersAndLength(t *testing.T) {
	err := Defaults("Bad_Suffix_That_Is_Far_Too_Long").Validate()
	require.ErrorContains(t, err, "lower-case letters, digits and single inner hyphens")
	require.ErrorContains(t, err, `"flask-api-alb-Bad_Suffix_That_Is_Far_Too_Long" too long by 13`)
	require.ErrorContains(t, err, `"flask-api-tg-Bad_Suffix_That_Is_Far_Too_Long" too long by 12`)
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

// TestValidValues tries values at the edges of what is allowed.
func TestValidValues(t *testing.T) {
	valid := map[string]func(*Config){
		"government region":     func(c *Config) { c.Region = "us-gov-west-1" },
		"zones":                 func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1c"} },
		"full subnets":          func(c *Config) { c.Scaling.MaxTasks = 250 },
		"small public subnet":   func(c *Config) { c.Network.PublicSubnetCIDRs[0] = "10.0.0.0/27" },
		"empty tag":             func(c *Config) { c.Tags["Owner"] = "" },
		"latest without freeze": func(c *Config) { c.Registry.ImageTag = "latest" },
		"path of one slash":     func(c *Config) { c.LoadBalancer.HealthCheckPath = "/" },
		"path with query":       func(c *Config) { c.LoadBalancer.HealthCheckPath = "/health?deep=1" },
		"list of statuses":      func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200,202,499" },
		"range of statuses":     func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200-299" },
		"ranges that touch": func(c *Config) {
			c.LoadBalancer.IngressCIDRs = []string{"203.0.112.0/24", "203.0.113.0/24", "198.51.100.7/32"}
		},
		"domain in zone": func(c *Config) {
			c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "v2.api.example.com", "example.com"
		},
		"domain of the zone": func(c *Config) {
			c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "xn--bcher-kva.example", "xn--bcher-kva.example"
		},
		"longest domain": func(c *Config) {
			c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = strings.Repeat("a", 52)+".example.com", "example.com"
		},
		"certificate": func(c *Config) { c.LoadBalancer.CertificateARN = certificate("eu-south-1") },
		"certificate of GovCloud": func(c *Config) {
			c.Region = "us-gov-west-1"
			c.LoadBalancer.CertificateARN = strings.Replace(certificate("us-gov-west-1"), "arn:aws:", "arn:aws-us-gov:", 1)
		},
		"no readers":   func(c *Config) { c.Database.ReaderCount = 0 },
		"most readers": func(c *Config) { c.Database.ReaderCount = 15 },
		"graviton":     func(c *Config) { c.Database.InstanceClass = "db.x2iedn.32xlarge" },
		"serverless":   serverless(0.5, 1),
		"widest serverless": func(c *Config) {
			serverless(0.5, 256)(c)
			c.Database.EngineVersion = "15.5"
		},
		"widest serverless of an old version": serverless(0.5, 128),
		"fixed serverless":                    serverless(8, 8),
		"one reader to add":                   func(c *Config) { c.Database.MaxReaders = 2 },
		"most readers to add":                 func(c *Config) { c.Database.MaxReaders = 15 },
		"elliptic curve":                      func(c *Config) { c.Database.CAIdentifier = "rds-ca-ecc384-g1" },
		"monitoring every second":             func(c *Config) { c.Database.MonitoringIntervalSeconds = 1 },
		"engine":                              func(c *Config) { c.Database.EngineVersion = "17.10" },
		"backup over midnight":                func(c *Config) { c.Database.BackupWindow = "23:30-00:30" },
		"windows that touch":                  func(c *Config) { c.Database.MaintenanceWindow = "sun:03:00-sun:03:30" },
		"over the end of the week":            func(c *Config) { c.Database.MaintenanceWindow = "sun:23:30-mon:02:00" },
		"user pgadmin":                        func(c *Config) { c.Database.Username = "pgadmin" },
		"GitHub repository": func(c *Config) {
			c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example/api"
		},
		"GitHub repository with ids": func(c *Config) {
			c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example@123/api@456"
		},
	}
	for _, days := range retentionDays {
		valid[fmt.Sprint("retention of ", days)] = func(c *Config) { c.Logs.RetentionDays = days }
	}
	for name, change := range valid {
		c := Defaults("dev")
		change(&c)
		assert.NoError(t, c.Validate(), name)
	}
}

// TestWindowsMeet tries windows around midnight and the end of the week.
func TestWindowsMeet(t *testing.T) {
	for _, test := range []struct {
		backup, maintenance string
		meet                bool
	}{
		{"23:30-00:30", "mon:00:00-mon:00:30", true},
		{"23:30-00:30", "sun:23:00-sun:23:30", false},
		{"23:30-00:30", "sun:23:00-sun:23:31", true},
		{"23:30-00:30", "wed:00:30-wed:01:00", false},
		{"00:00-00:30", "sun:23:30-mon:00:01", true},
		{"00:00-00:30", "sun:23:30-mon:00:00", false},
		{"02:00-08:00", "thu:03:00-thu:04:00", true},
		{"03:00-03:30", "thu:02:00-thu:08:00", true},
		{"03:00-03:30", "thu:04:00-fri:04:00", true},
		{"03:00-04:00", "thu:04:00-fri:03:00", false},
	} {
		c := Defaults("dev")
		c.Database.BackupWindow, c.Database.MaintenanceWindow = test.backup, test.maintenance
		assert.Equal(t, test.meet, c.Validate() != nil, "%s and %s: %v", test.backup, test.maintenance, c.Validate())
	}
}

func TestValidateAllRefusesSharedSuffix(t *testing.T) {
	err := validateAll([]Config{Defaults("dev"), Defaults("production"), Defaults("dev")})
	assert.EqualError(t, err, `environment "dev": Suffix: "dev" is taken by another environment; `+
		`allowed: a suffix of its own for every environment; fix: rename one of the two`)
}

func TestFieldErrorIsFoundInLoadsError(t *testing.T) {
	_, err := Load(env(map[string]string{"ENVIRONMENT_SUFFIX": "Dev"}))
	var field *FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Suffix", field.Field)
}

func TestWorkspaceOfItsOwn(t *testing.T) {
	one, two := Defaults("one"), Defaults("two")
	one.State = State{Backend: BackendCloud, Organization: "example", Workspace: "api"}
	two.State = one.State
	require.EqualError(t, validateAll([]Config{one, two}), `environment "two": State.Workspace: "api" is the workspace of environment "one", too; `+
		"allowed: a workspace of its own for every environment; fix: name another one")
	two.State.Hostname = "terraform.example.com"
	assert.NoError(t, validateAll([]Config{one, two}))
}
