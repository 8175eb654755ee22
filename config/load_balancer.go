package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// LoadBalancer is the Application Load Balancer: who reaches it and how, what it
// records and refuses, and when it takes a task for healthy.
type LoadBalancer struct {
	// IngressCIDRs are the IPv4 ranges that may connect on 80 and 443, up to 30.
	IngressCIDRs []string
	// IdleTimeoutSeconds is how long a connection may be silent. The API must keep
	// silent connections longer, or some requests are answered with 502.
	IdleTimeoutSeconds int
	// Domain is the API's own name, such as "api.example.com". It turns HTTPS on:
	// the name gets a certificate of ACM and leads to the load balancer, and
	// HTTP only redirects. The certificate is free.
	Domain string
	// HostedZone is the public Route 53 zone of the Domain, such as "example.com".
	HostedZone string
	// CertificateARN turns HTTPS on with a certificate that ACM already has in
	// this region, in place of Domain and HostedZone. DNS is then not touched.
	CertificateARN string
	// AccessLogRetentionDays is how many days a record of each request is kept in
	// an S3 bucket, at the price of its storage. 0 records nothing.
	AccessLogRetentionDays int
	// WAF refuses requests before they reach the API.
	WAF WAF
	// HealthCheckPath is the path that answers when a task can serve.
	HealthCheckPath string
	// HealthCheckMatcher is the HTTP status, or statuses, of a healthy answer.
	HealthCheckMatcher string
	// HealthCheckIntervalSeconds is the time between two checks of one task.
	HealthCheckIntervalSeconds int
	// HealthCheckTimeoutSeconds is how long an answer may take; below the interval.
	HealthCheckTimeoutSeconds int
	// HealthyThreshold is how many answers in a row make a task healthy.
	HealthyThreshold int
	// UnhealthyThreshold is how many failures in a row make a task unhealthy.
	UnhealthyThreshold int
	// DeregistrationDelaySeconds is how long a leaving task may finish its requests.
	DeregistrationDelaySeconds int
}

// WAF is the web ACL of AWS WAF in front of the load balancer.
type WAF struct {
	// Enabled puts the web ACL in front, for about 10 USD a month and 0.60 USD
	// for a million requests. Unless AllowLargeBodies is set, it also refuses
	// request bodies over 8 KB.
	Enabled bool
	// RateLimit is how many requests one address may send in five minutes.
	RateLimit int
	// AllowLargeBodies lets request bodies over 8 KB through, of which AWS WAF
	// inspects the first 8 KB only.
	AllowLargeBodies bool
}

func defaultLoadBalancer() LoadBalancer {
	return LoadBalancer{
		IngressCIDRs:               []string{"0.0.0.0/0"},
		IdleTimeoutSeconds:         60,
		WAF:                        WAF{RateLimit: 2000},
		HealthCheckPath:            "/health",
		HealthCheckMatcher:         "200",
		HealthCheckIntervalSeconds: 30,
		HealthCheckTimeoutSeconds:  5,
		HealthyThreshold:           2,
		UnhealthyThreshold:         3,
		DeregistrationDelaySeconds: 30,
	}
}

// HTTPS tells whether clients reach the load balancer by HTTPS.
func (l LoadBalancer) HTTPS() bool {
	return l.Domain != "" || l.CertificateARN != ""
}

// checkLoadBalancer checks who reaches the load balancer and how, what it
// records and refuses, and its target group.
func (p *problems) checkLoadBalancer(c Config) {
	l := c.LoadBalancer
	p.checkIngress(l.IngressCIDRs)
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
	p.between("LoadBalancer.IdleTimeoutSeconds", l.IdleTimeoutSeconds, 1, 4000)
	p.checkDomain(l)
	p.checkCertificate(l, c.Region)
	p.between("LoadBalancer.AccessLogRetentionDays", l.AccessLogRetentionDays, 0, unlimited)
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
	p.between("LoadBalancer.WAF.RateLimit", l.WAF.RateLimit, 10, 2_000_000_000)
	p.checkTargetGroup(l)
}

// maxIngressCIDRs is half of the 60 rules that let traffic into a security
// group, because each range takes one for port 80 and one for port 443.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
const maxIngressCIDRs = 30

// checkIngress checks the ranges that may connect, and that none of them is
// within another, which would be a rule without effect.
func (p *problems) checkIngress(cidrs []string) {
	const field = "LoadBalancer.IngressCIDRs"
	switch n := len(cidrs); {
	case n == 0:
		p.add(field, n, "is no range, so that nobody could connect", fmt.Sprintf("1 to %d ranges", maxIngressCIDRs),
			"write 0.0.0.0/0 for everybody")
	case n > maxIngressCIDRs:
		p.add(field, n, "is too many ranges for a security group", fmt.Sprintf("1 to %d ranges", maxIngressCIDRs),
			fmt.Sprintf("remove %d", n-maxIngressCIDRs))
	}
	var earlier []subnet
	for i, cidr := range cidrs {
		later, ok := p.ingressRange(element(field, i), cidr)
		if !ok {
			continue
		}
		for _, e := range earlier {
			if later.prefix.Overlaps(e.prefix) {
				p.add(later.field, cidr, fmt.Sprintf("overlaps %s, %s", e.field, e.prefix),
					"ranges that share no address", "remove the smaller one of the two")
			}
		}
		earlier = append(earlier, later)
	}
}

// ingressRange parses an IPv4 range of any size.
func (p *problems) ingressRange(field, cidr string) (subnet, bool) {
	const allowed = "an IPv4 network whose host bits are zero"
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !prefix.Addr().Is4():
		p.add(field, cidr, "is not an IPv4 range", allowed, "write a range such as 203.0.113.0/24")
		return subnet{}, false
	case prefix != prefix.Masked():
		p.add(field, cidr, "is not a network address", allowed, "write "+prefix.Masked().String())
		return subnet{}, false
	}
	return subnet{field, prefix}, true
}

// domainForm is a name of two labels or more in lower case. It takes no
// wildcard, which no client could ask for.
var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)

// maxDomain is the longest name that ACM makes a certificate for.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
const maxDomain = 64

// checkDomain checks the API's name and its zone, of which neither goes without
// the other.
func (p *problems) checkDomain(l LoadBalancer) {
	const domain, zone = "LoadBalancer.Domain", "LoadBalancer.HostedZone"
	const allowed = "a name of lower-case letters, digits, hyphens and dots, without a dot at the end"
	switch {
	case l.Domain == "" && l.HostedZone == "":
		return
	case l.Domain == "":
		p.add(domain, l.Domain, "is empty although LoadBalancer.HostedZone is set", "a name within the zone",
			"write a name such as api."+l.HostedZone+" or remove the zone")
	case l.HostedZone == "":
		p.add(zone, l.HostedZone, "is empty although LoadBalancer.Domain is set", "the public Route 53 zone that the domain is in",
			"name the zone, or use LoadBalancer.CertificateARN for a domain outside of Route 53")
	case !domainForm.MatchString(l.Domain):
		p.add(domain, l.Domain, "is not of the form", allowed, "write a name such as api.example.com")
	case !domainForm.MatchString(l.HostedZone):
		p.add(zone, l.HostedZone, "is not of the form", allowed, "write the zone's name, such as example.com")
	case l.Domain != l.HostedZone && !strings.HasSuffix(l.Domain, "."+l.HostedZone):
		p.add(domain, l.Domain, "is not inside LoadBalancer.HostedZone", l.HostedZone+" or a name that ends in ."+l.HostedZone,
			"correct the domain or the zone")
	}
	p.length(domain, l.Domain, 0, maxDomain)
}

// certificateForm is the ARN of a certificate of ACM; its region is captured.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
var certificateForm = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate/[0-9a-f-]{36}$`)

// checkCertificate checks the certificate that exists already, if one is named.
func (p *problems) checkCertificate(l LoadBalancer, region string) {
	const field = "LoadBalancer.CertificateARN"
	if l.CertificateARN == "" {
		return
	}
	const form = "arn:aws:acm:<region>:<account>:certificate/<id>"
	m := certificateForm.FindStringSubmatch(l.CertificateARN)
	switch {
	case m == nil:
		p.add(field, l.CertificateARN, "is not the ARN of a certificate of ACM", form, "copy the ARN from ACM")
	case m[1] != region:
		// A load balancer takes certificates of its own region only:
		// https://docs.aws.amazon.com/acm/latest/userguide/acm-regions.html
		p.add(field, l.CertificateARN, "is a certificate of another region", form+" in "+region, "request the certificate in "+region)
	}
	if l.Domain != "" {
		p.add(field, l.CertificateARN, "contradicts LoadBalancer.Domain, which gets a certificate of its own",
			"either of the two", "remove one of the two")
	}
}

// pathForm is the characters of a path and its query, but for the `$` and `{`
// with which a template of Terraform begins.
var pathForm = regexp.MustCompile(`^/[A-Za-z0-9._~:/?@!&'()*+,;=%-]*$`)

// checkTargetGroup checks the target group and its health check.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (p *problems) checkTargetGroup(l LoadBalancer) {
	p.length("LoadBalancer.HealthCheckPath", l.HealthCheckPath, 1, 1024)
	p.matches("LoadBalancer.HealthCheckPath", l.HealthCheckPath, pathForm,
		"a path that begins with a slash and has no spaces", "write a path such as /health")
	if !isMatcher(l.HealthCheckMatcher) {
		p.add("LoadBalancer.HealthCheckMatcher", l.HealthCheckMatcher, "does not name HTTP statuses",
			"statuses of 200 to 499: one, a list such as 200,202 or a range such as 200-299", "write 200")
	}
	p.between("LoadBalancer.HealthCheckIntervalSeconds", l.HealthCheckIntervalSeconds, 5, 300)
	p.between("LoadBalancer.HealthCheckTimeoutSeconds", l.HealthCheckTimeoutSeconds, 2, 120)
	if l.HealthCheckTimeoutSeconds >= l.HealthCheckIntervalSeconds {
		p.add("LoadBalancer.HealthCheckTimeoutSeconds", l.HealthCheckTimeoutSeconds, "is not below the interval",
			fmt.Sprintf("less than LoadBalancer.HealthCheckIntervalSeconds, %d", l.HealthCheckIntervalSeconds),
			"shorten the timeout or lengthen the interval")
	}
	p.between("LoadBalancer.HealthyThreshold", l.HealthyThreshold, 2, 10)
	p.between("LoadBalancer.UnhealthyThreshold", l.UnhealthyThreshold, 2, 10)
	p.between("LoadBalancer.DeregistrationDelaySeconds", l.DeregistrationDelaySeconds, 0, 3600)
}

// status is one HTTP status that a load balancer can take for healthy.
const status = `[2-4]\d\d`

// matcherForm is a range, whose ends it captures, or a list.
var matcherForm = regexp.MustCompile(`^(?:(` + status + `)-(` + status + `)|` + status + `(?:,` + status + `)*)$`)

// isMatcher tells whether the text names statuses; a range must not be reversed.
func isMatcher(text string) bool {
	ends := matcherForm.FindStringSubmatch(text)
	return ends != nil && ends[1] <= ends[2]
}

// otherThanSuccess is a status, of those that a load balancer can take, beyond 299.
var otherThanSuccess = regexp.MustCompile(`[34]\d\d`)

// isSuccess tells whether all the statuses that the text names are of 200 to 299.
func isSuccess(text string) bool {
	return !otherThanSuccess.MatchString(text)
}
