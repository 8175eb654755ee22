package config

import (
	"fmt"
	"strings"
)

var refusedLoadBalancer = []refusal{
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
}

var acceptedLoadBalancer = map[string]func(*Config){
	"path of one slash": func(c *Config) { c.LoadBalancer.HealthCheckPath = "/" },
	"path with query":   func(c *Config) { c.LoadBalancer.HealthCheckPath = "/health?deep=1" },
	"list of statuses":  func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200,202,499" },
	"range of statuses": func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200-299" },
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
}

// certificate is the ARN of a certificate of ACM in the region.
func certificate(region string) string {
	return "arn:aws:acm:" + region + ":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
}
