package config

import (
	"fmt"
	"strings"
)

var refusedLoadBalancer = []refusal{
	{"no range", func(c *Config) { c.LoadBalancer.IngressCIDRs = nil }, []string{
		`LoadBalancer.IngressCIDRs: 0 is too few ranges; this program allows 1 to 30 ranges, because nobody could connect without one; fix: for everybody write 0.0.0.0/0`,
	}},
	{"too many ranges", func(c *Config) {
		c.LoadBalancer.IngressCIDRs = nil
		for i := range 31 {
			c.LoadBalancer.IngressCIDRs = append(c.LoadBalancer.IngressCIDRs, fmt.Sprintf("203.0.113.%d/32", i))
		}
	}, []string{
		`LoadBalancer.IngressCIDRs: 31 is too many ranges; this program allows 1 to 30 ranges, because a security group has 60 rules by default, and each range takes two; fix: remove 1`,
	}},
	{"prefix lists that are none", func(c *Config) {
		c.LoadBalancer.IngressPrefixLists = []string{"cloudfront", "pl-3b927c52", "pl-3b927c52", "com.amazonaws.us-east-1.route53-healthchecks"}
	}, []string{
		`LoadBalancer.IngressPrefixLists[0]: "cloudfront" is not a prefix list that is known; this program allows pl- and the rest of an id, com.amazonaws.eu-south-1.route53-healthchecks or com.amazonaws.global.cloudfront.origin-facing, because no other list of AWS is of those who send requests to an API; fix: copy the id from ` + "`aws ec2 describe-managed-prefix-lists`",
		`LoadBalancer.IngressPrefixLists[2]: "pl-3b927c52" is there twice; AWS allows a rule for each list; fix: remove one of the two`,
		`LoadBalancer.IngressPrefixLists[3]: "com.amazonaws.us-east-1.route53-healthchecks" is not a prefix list that is known; this program allows pl- and the rest of an id, com.amazonaws.eu-south-1.route53-healthchecks or com.amazonaws.global.cloudfront.origin-facing, because no other list of AWS is of those who send requests to an API; fix: copy the id from ` + "`aws ec2 describe-managed-prefix-lists`",
	}},
	{"CloudFront and three ranges", func(c *Config) {
		c.LoadBalancer.IngressCIDRs = []string{"203.0.113.1/32", "203.0.113.2/32", "203.0.113.3/32"}
		c.LoadBalancer.IngressPrefixLists = []string{"com.amazonaws.global.cloudfront.origin-facing"}
	}, []string{
		`LoadBalancer.IngressPrefixLists: 61 is too many rules, with two for each of LoadBalancer.IngressCIDRs; AWS allows 60 rules in a security group; fix: remove ranges or lists`,
	}},
	{"range text", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"office"} }, []string{
		`LoadBalancer.IngressCIDRs[0]: "office" is not an IPv4 range; this program allows an IPv4 range, because the load balancer has IPv4 addresses only; fix: write a range such as 10.0.0.0/24`,
	}},
	{"range IPv6", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"0.0.0.0/0", "::/0"} }, []string{
		`LoadBalancer.IngressCIDRs[1]: "::/0" is not an IPv4 range; this program allows an IPv4 range, because the load balancer has IPv4 addresses only; fix: write a range such as 10.0.0.0/24`,
	}},
	{"range host bits", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"203.0.113.7/24"} }, []string{
		`LoadBalancer.IngressCIDRs[0]: "203.0.113.7/24" is not a network address; this program allows ranges whose host bits are zero, because the AWS provider accepts no others; fix: write 203.0.113.0/24`,
	}},
	{"range in another", func(c *Config) { c.LoadBalancer.IngressCIDRs = []string{"203.0.113.7/32", "0.0.0.0/0"} }, []string{
		`LoadBalancer.IngressCIDRs[1]: "0.0.0.0/0" overlaps LoadBalancer.IngressCIDRs[0], 203.0.113.7/32; this program allows ranges that share no address, because a range within another is without effect; fix: remove the smaller one of the two`,
	}},
	{"certificate form", func(c *Config) {
		c.LoadBalancer.CertificateARN = "arn:aws:iam::123456789012:server-certificate/api"
	}, []string{
		`LoadBalancer.CertificateARN: "arn:aws:iam::123456789012:server-certificate/api" is a certificate of IAM; this program allows certificates of ACM, because IAM does not renew certificates; fix: import the certificate into ACM and copy its ARN`,
	}},
	{"certificate elsewhere", func(c *Config) { c.LoadBalancer.CertificateARN = certificate("us-east-1") }, []string{
		`LoadBalancer.CertificateARN: "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef" is a certificate of another region; AWS allows certificates of the load balancer's region; fix: create the certificate in eu-south-1`,
	}},
	{"certificate and domain", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.example.com", "example.com"
		c.LoadBalancer.CertificateARN = certificate("eu-south-1")
	}, []string{
		`LoadBalancer.CertificateARN: "arn:aws:acm:eu-south-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef" is set, and so is LoadBalancer.Domain; this program allows one of the two, because the domain gets a certificate of its own; fix: remove one of the two`,
	}},
	{"path", func(c *Config) { c.LoadBalancer.HealthCheckPath = "health" }, []string{
		`LoadBalancer.HealthCheckPath: "health" has the wrong form; AWS allows a slash, then printable ASCII characters other than spaces; fix: write a path such as /health`,
	}},
	{"path with space", func(c *Config) { c.LoadBalancer.HealthCheckPath = "/he alth" }, []string{
		`LoadBalancer.HealthCheckPath: "/he alth" has the wrong form; AWS allows a slash, then printable ASCII characters other than spaces; fix: write a path such as /health`,
	}},
	{"path with template", func(c *Config) { c.LoadBalancer.HealthCheckPath = "/${x}" }, []string{
		`LoadBalancer.HealthCheckPath: "/${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: write %24 in place of $, and %25 in place of %`,
	}},
	{"path long", func(c *Config) { c.LoadBalancer.HealthCheckPath = "/" + strings.Repeat("p", 1024) }, []string{
		`LoadBalancer.HealthCheckPath: "/` + strings.Repeat("p", 1024) + `" has 1025 characters; AWS allows 1 to 1024 characters; fix: write a text of 1 to 1024 characters`,
	}},
	{"matcher", func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "OK" }, []string{
		`LoadBalancer.HealthCheckMatcher: "OK" does not name HTTP statuses; AWS allows statuses of 200 to 499: one, a list such as 200,202 or a range such as 200-299; fix: write 200`,
	}},
	{"matcher above", func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200,500" }, []string{
		`LoadBalancer.HealthCheckMatcher: "200,500" does not name HTTP statuses; AWS allows statuses of 200 to 499: one, a list such as 200,202 or a range such as 200-299; fix: write 200`,
	}},
	{"matcher reversed", func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "299-200" }, []string{
		`LoadBalancer.HealthCheckMatcher: "299-200" does not name HTTP statuses; AWS allows statuses of 200 to 499: one, a list such as 200,202 or a range such as 200-299; fix: write 200`,
	}},
	{"timeout as long as interval", func(c *Config) { c.LoadBalancer.HealthCheckTimeoutSeconds = 30 }, []string{
		`LoadBalancer.HealthCheckTimeoutSeconds: 30 is not below LoadBalancer.HealthCheckIntervalSeconds, 30; AWS allows 2 to 29; fix: write 29`,
	}},
	{"timeout as long as the longest interval", func(c *Config) {
		c.LoadBalancer.HealthCheckIntervalSeconds, c.LoadBalancer.HealthCheckTimeoutSeconds = 5, 5
	}, []string{
		`LoadBalancer.HealthCheckTimeoutSeconds: 5 is not below LoadBalancer.HealthCheckIntervalSeconds, 5; AWS allows 2 to 4; fix: write 4`,
	}},
	{"certificate of another service", func(c *Config) {
		c.LoadBalancer.CertificateARN = "arn:aws:acm-pca:eu-south-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	}, []string{
		`LoadBalancer.CertificateARN: "arn:aws:acm-pca:eu-south-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef" is not the ARN of a certificate of ACM; AWS allows arn:<partition>:acm:<region>:<account>:certificate/<id>; fix: copy the ARN from ACM`,
	}},
	{"certificate of another partition", func(c *Config) {
		c.LoadBalancer.CertificateARN = "arn:aws-cn:acm:eu-south-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	}, []string{
		`LoadBalancer.CertificateARN: "arn:aws-cn:acm:eu-south-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef" is a certificate of another partition; AWS allows ARNs that begin with arn:aws: in eu-south-1; fix: copy the ARN of the certificate`,
	}},
	{"no path", func(c *Config) { c.LoadBalancer.HealthCheckPath = "" }, []string{
		`LoadBalancer.HealthCheckPath: "" has 0 characters; AWS allows 1 to 1024 characters; fix: write a text of 1 to 1024 characters`,
		`LoadBalancer.HealthCheckPath: "" has the wrong form; AWS allows a slash, then printable ASCII characters other than spaces; fix: write a path such as /health`,
	}},
	{"timeout beyond both of its limits", func(c *Config) {
		c.LoadBalancer.HealthCheckIntervalSeconds, c.LoadBalancer.HealthCheckTimeoutSeconds = 121, 121
	}, []string{
		`LoadBalancer.HealthCheckTimeoutSeconds: 121 is out of range; AWS allows 2 to 120; fix: write 120`,
	}},
}

var acceptedLoadBalancer = map[string]func(*Config){
	"path of one slash": func(c *Config) { c.LoadBalancer.HealthCheckPath = "/" },
	"path with query":   func(c *Config) { c.LoadBalancer.HealthCheckPath = "/health?deep=1" },
	"list of statuses":  func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200,202,499" },
	"range of statuses": func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200-299" },
	"ranges that touch": func(c *Config) {
		c.LoadBalancer.IngressCIDRs = []string{"203.0.112.0/24", "203.0.113.0/24", "198.51.100.7/32"}
	},
	"certificate": func(c *Config) { c.LoadBalancer.CertificateARN = certificate("eu-south-1") },
	"certificate of GovCloud": func(c *Config) {
		c.Region = "us-gov-west-1"
		c.LoadBalancer.CertificateARN = strings.Replace(certificate("us-gov-west-1"), "arn:aws:", "arn:aws-us-gov:", 1)
	},
	"CloudFront alone": func(c *Config) {
		c.LoadBalancer.IngressCIDRs, c.LoadBalancer.IngressPrefixLists = nil, []string{"com.amazonaws.global.cloudfront.origin-facing"}
	},
	"CloudFront and two ranges": func(c *Config) {
		c.LoadBalancer.IngressCIDRs = []string{"203.0.113.1/32", "203.0.113.2/32"}
		c.LoadBalancer.IngressPrefixLists = []string{"com.amazonaws.global.cloudfront.origin-facing", "pl-0123456789abcdef0"}
	},
	"thirty ranges": func(c *Config) {
		c.LoadBalancer.IngressCIDRs = nil
		for i := range 30 {
			c.LoadBalancer.IngressCIDRs = append(c.LoadBalancer.IngressCIDRs, fmt.Sprintf("203.0.113.%d/32", i))
		}
	},
	"path of every character": func(c *Config) { c.LoadBalancer.HealthCheckPath = "/a$b{c}\"|%20~!" },
	"longest path":            func(c *Config) { c.LoadBalancer.HealthCheckPath = "/" + strings.Repeat("p", 1023) },
	"statuses at the ends":    func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200-499" },
	"one status as a range":   func(c *Config) { c.LoadBalancer.HealthCheckMatcher = "200-200" },
	"imported certificate": func(c *Config) {
		c.LoadBalancer.CertificateARN = "arn:aws:acm:eu-south-1:123456789012:certificate/api_2026"
	},
}

// certificate is the ARN of a certificate of ACM in the region.
func certificate(region string) string {
	return "arn:aws:acm:" + region + ":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
}

var edgesLoadBalancer = []edge{
	{field: "LoadBalancer.IdleTimeoutSeconds", low: 1, high: 4000},
	{field: "LoadBalancer.AccessLogRetentionDays", low: 0, high: unlimited},
	{field: "LoadBalancer.WAF.RateLimit", low: 10, high: 2_000_000_000},
	{field: "LoadBalancer.HealthCheckIntervalSeconds", low: 5, high: 300, with: func(c *Config) { c.LoadBalancer.HealthCheckTimeoutSeconds = 2 }},
	{field: "LoadBalancer.HealthCheckTimeoutSeconds", low: 2, high: 29},
	{field: "LoadBalancer.HealthCheckTimeoutSeconds", low: 2, high: 120, with: func(c *Config) { c.LoadBalancer.HealthCheckIntervalSeconds = 300 }},
	{field: "LoadBalancer.HealthyThreshold", low: 2, high: 10},
	{field: "LoadBalancer.UnhealthyThreshold", low: 2, high: 10},
	{field: "LoadBalancer.DeregistrationDelaySeconds", low: 0, high: 3600, with: func(c *Config) { c.Service.DeploymentTimeoutMinutes = 120 }},
}
