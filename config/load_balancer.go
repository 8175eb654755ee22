package config

import (
	"fmt"
	"regexp"
	"strings"
)

// LoadBalancer is the Application Load Balancer: who reaches it and how, what it
// records and refuses, and when it considers a task healthy.
type LoadBalancer struct {
	// IngressCIDRs are the IPv4 ranges that may connect on ports 80 and 443, up to 30; none
	// only where IngressPrefixLists has some.
	IngressCIDRs []string
	// IngressPrefixLists are lists of IPv4 addresses that may connect on the port where the API
	// is served, 443 with HTTPS and else 80, none by default: the ids of lists of the account, or
	// the names of AWS's, "com.amazonaws.global.cloudfront.origin-facing", which counts as 55 of
	// the 60 rules of a security group, or "com.amazonaws.<region>.route53-healthchecks", as 25.
	IngressPrefixLists []string
	// Internal puts the load balancer into the private subnets, with private addresses:
	// who connects must reach the VPC, by a peering or a VPN. Changing it replaces the
	// load balancer, under another DNS name.
	Internal bool
	// IdleTimeoutSeconds is how long a connection may be silent, 1 to 4000. The API
	// must keep silent connections longer, or some requests are answered with 502.
	IdleTimeoutSeconds int
	// Domain is the API's name, such as "api.example.com"; empty, the default, serves
	// plain HTTP. It turns HTTPS on: the name gets a certificate of ACM, which is free,
	// and a DNS record that leads to the load balancer, and HTTP only redirects.
	Domain string
	// AlternativeNames are further names of the API, up to 9, with records of their own and
	// on the same certificate: "www.example.com", or "*.example.com" for every name of one
	// label before the zone's. Changing them replaces the certificate, without a gap.
	AlternativeNames []string
	// HostedZone is the public Route 53 zone of the Domain, such as "example.com". It may be
	// empty where DomainRecords is "printed" or "elsewhere".
	HostedZone string
	// HostedZoneID is the zone's id, such as "Z0123456789ABCDEFGHIJ", where several public
	// zones have its name; empty, the default, finds the zone by its name.
	HostedZoneID string
	// DomainRecords is who has the records of all these names: the environment's "own" are
	// the default; with "elsewhere" another environment of the account, or another DNS, has
	// them, and they are neither made nor deleted; "take-over" takes them from another
	// environment; "printed" serves HTTP, and prints which records another DNS must have
	// before "elsewhere" can serve HTTPS.
	DomainRecords DomainRecords
	// CertificateARN is a certificate that ACM already has in this region. It turns
	// HTTPS on in place of Domain and HostedZone; DNS is then left to you.
	CertificateARN string
	// AccessLogRetentionDays is how many days a record of each request is kept in
	// an S3 bucket, at the price of its storage; 0, the default, records nothing.
	AccessLogRetentionDays int
	// WAF is the web ACL of AWS WAF in front of the load balancer.
	WAF WAF
	// HealthCheckPath is the path that answers when a task can serve, up to 1024
	// characters.
	HealthCheckPath string
	// HealthCheckMatcher is the HTTP status of a healthy answer, 200 to 499, or several
	// such as "200,202" or "200-299".
	HealthCheckMatcher string
	// HealthCheckIntervalSeconds is the time between two checks of one task, 5 to 300.
	HealthCheckIntervalSeconds int
	// HealthCheckTimeoutSeconds is how long an answer may take, 2 to 120 and below the
	// interval.
	HealthCheckTimeoutSeconds int
	// HealthyThreshold is how many checks passed in a row make a task healthy, 2 to 10.
	HealthyThreshold int
	// UnhealthyThreshold is how many checks failed in a row make a task unhealthy, 2 to
	// 10.
	UnhealthyThreshold int
	// DeregistrationDelaySeconds is how long a task that leaves may finish its
	// requests, 0 to 3600.
	DeregistrationDelaySeconds int
}

// WAF is the web ACL of AWS WAF in front of the load balancer.
type WAF struct {
	// Enabled refuses known attacks, for about 10 USD a month and 0.60 USD for a
	// million requests. Unless AllowLargeBodies is set, it also refuses request bodies
	// over 8 KB.
	Enabled bool
	// RateLimit is how many requests one address may send in five minutes, 10 to
	// 2000000000.
	RateLimit int
	// AllowLargeBodies accepts request bodies over 8 KB, of which AWS WAF inspects the
	// first 8 KB only.
	AllowLargeBodies bool
	// UploadPaths are the beginnings of up to 10 paths, such as "/upload/", that
	// AllowLargeBodies is for; none, the default, are all paths.
	UploadPaths []string
	// CountOnly refuses nothing, and records what would be refused: a start for an API that
	// is in use.
	CountOnly bool
	// CountedRules are rules that are only counted, each as its group and its name, such as
	// "AWSManagedRulesCommonRuleSet/CrossSiteScripting_BODY".
	CountedRules []string
	// ManagedRuleGroups are groups of AWS's rules in addition to those that every API needs,
	// such as "AWSManagedRulesLinuxRuleSet", each for 1 USD a month. From 1501 capacity units
	// on, of which 373 are left, a million requests cost 0.20 USD more.
	ManagedRuleGroups []string
}

func defaultLoadBalancer() LoadBalancer {
	return LoadBalancer{
		IngressCIDRs:               []string{"0.0.0.0/0"},
		IdleTimeoutSeconds:         60,
		DomainRecords:              RecordsOwn,
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

// checkLoadBalancer checks who reaches the load balancer and how, what it
// records and refuses, and its target group.
func (p *problems) checkLoadBalancer(l LoadBalancer) {
	p.checkIngress(l)
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
	p.between("LoadBalancer.IdleTimeoutSeconds", l.IdleTimeoutSeconds, bounds{low: 1, high: 4000})
	p.checkDomain(l)
	p.checkDomainRecords(l)
	p.checkCertificate(l)
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html
	p.between("LoadBalancer.AccessLogRetentionDays", l.AccessLogRetentionDays, bounds{low: 0, high: unlimited})
	p.checkWAF(l.WAF)
	p.checkTargetGroup(l)
}

// MaxIngressRules is how many rules let traffic into a security group. An account may ask
// AWS for more.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
const MaxIngressRules = 60

// maxIngressCIDRs is half of them, because each range takes one for port 80 and one for
// port 443.
const maxIngressCIDRs = MaxIngressRules / 2

// checkIngress checks the ranges that may connect, and that none of them is
// within another.
func (p *problems) checkIngress(l LoadBalancer) {
	const field = "LoadBalancer.IngressCIDRs"
	cidrs := l.IngressCIDRs
	allowed := fmt.Sprintf("1 to %d ranges", maxIngressCIDRs)
	switch n := len(cidrs); {
	case n == 0 && len(l.IngressPrefixLists) == 0:
		p.add(field, n, "is too few ranges", ours(allowed, "nobody could connect without one"), suggest("for everybody write", "0.0.0.0/0"))
	case n > maxIngressCIDRs:
		p.add(field, n, "is too many ranges", ours(allowed, "a security group has 60 rules by default, and each range takes two"),
			do(fmt.Sprintf("remove %d", n-maxIngressCIDRs)))
	}
	var ranges []subnet
	for i, cidr := range cidrs {
		at := element(field, i)
		if prefix, ok := p.ipv4(at, cidr, ours("an IPv4 range", "the load balancer has IPv4 addresses only")); ok {
			ranges = append(ranges, subnet{at, prefix})
		}
	}
	p.checkOverlaps(ranges, ours("ranges that share no address", "a range within another is without effect"), do("remove the smaller one of the two"))
}

// certificateForm is what ACM calls a certificate within its ARN:
// arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(/[\w+=,.@-]+)*
// https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
var certificateForm = regexp.MustCompile(`^certificate/[\w+=,.@-]+$`)

// checkCertificate checks the certificate that exists already, if one is named.
// [problems.checkRegions] checks where it is.
func (p *problems) checkCertificate(l LoadBalancer) {
	const field = "LoadBalancer.CertificateARN"
	if l.CertificateARN == "" {
		return
	}
	certificate, ok := parseARN(l.CertificateARN)
	switch {
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
	case strings.Contains(l.CertificateARN, ":server-certificate/"):
		p.add(field, l.CertificateARN, "is a certificate of IAM", ours("certificates of ACM", "IAM does not renew certificates"),
			do("import the certificate into ACM and copy its ARN"))
	case !ok || certificate.service != "acm" || !certificateForm.MatchString(certificate.resource):
		p.add(field, l.CertificateARN, "is not the ARN of a certificate of ACM", aws("arn:<partition>:acm:<region>:<account>:certificate/<id>"),
			do("copy the ARN from ACM"))
	}
	if l.Domain != "" {
		p.add(field, l.CertificateARN, "is set, and so is LoadBalancer.Domain",
			ours("one of the two", "the domain gets a certificate of its own"), do("remove one of the two"))
	}
}

// pathForm is printable ASCII characters after a slash, without spaces.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
var pathForm = regexp.MustCompile(`^/[!-~]*$`)

const (
	maxPath = 1024
	// maxAlarmedPath leaves room for the rest of the description of the alarm that names
	// the path, which has 1024 characters in all.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
	maxAlarmedPath = 768
)

// checkPath checks the path of a health check.
func (p *problems) checkPath(field, path string) {
	p.length(field, path, 1, maxPath)
	p.matches(field, path, pathForm, aws("a slash, then printable ASCII characters other than spaces"), suggest("write a path such as", "/health"))
	p.noTemplate(field, path, "write %24 in place of $, and %25 in place of %")
}

// checkAlarmedPath requires a path that an alarm can name.
func (p *problems) checkAlarmedPath(field, path string, alarms bool) {
	if n := len(path); alarms && maxAlarmedPath < n && n <= maxPath {
		p.add(field, path, fmt.Sprintf("has %d characters", n),
			ours(fmt.Sprintf("%d with Alarms.Enabled", maxAlarmedPath), "the description of an alarm, of 1024, names it"), do("shorten the path"))
	}
}

// checkTargetGroup checks the target group and its health check.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (p *problems) checkTargetGroup(l LoadBalancer) {
	const timeout, interval = "LoadBalancer.HealthCheckTimeoutSeconds", "LoadBalancer.HealthCheckIntervalSeconds"
	p.checkPath("LoadBalancer.HealthCheckPath", l.HealthCheckPath)
	if !isMatcher(l.HealthCheckMatcher) {
		p.add("LoadBalancer.HealthCheckMatcher", l.HealthCheckMatcher, "does not name HTTP statuses",
			aws("statuses of 200 to 499: one, a list such as 200,202 or a range such as 200-299"), write("200"))
	}
	p.between(interval, l.HealthCheckIntervalSeconds, bounds{low: 5, high: 300})
	if high := max(2, l.HealthCheckIntervalSeconds-1); l.HealthCheckTimeoutSeconds > high && high < 120 {
		p.add(timeout, l.HealthCheckTimeoutSeconds, fmt.Sprintf("is not below %s, %d", interval, l.HealthCheckIntervalSeconds),
			aws(fmt.Sprintf("2 to %d", high)), write(high))
	} else {
		p.between(timeout, l.HealthCheckTimeoutSeconds, bounds{low: 2, high: 120})
	}
	p.between("LoadBalancer.HealthyThreshold", l.HealthyThreshold, bounds{low: 2, high: 10})
	p.between("LoadBalancer.UnhealthyThreshold", l.UnhealthyThreshold, bounds{low: 2, high: 10})
	p.between("LoadBalancer.DeregistrationDelaySeconds", l.DeregistrationDelaySeconds, bounds{low: 0, high: 3600})
}

// status is one HTTP status that a load balancer can consider healthy.
const status = `[2-4]\d\d`

// matcherForm is a range, whose ends it captures, or a list.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
var matcherForm = regexp.MustCompile(`^(?:(` + status + `)-(` + status + `)|` + status + `(?:,` + status + `)*)$`)

// isMatcher tells whether the text names statuses; a range must not be reversed.
func isMatcher(text string) bool {
	ends := matcherForm.FindStringSubmatch(text)
	return ends != nil && ends[1] <= ends[2]
}

// otherThanSuccess is a status beyond 299, of those that a load balancer can
// consider healthy.
var otherThanSuccess = regexp.MustCompile(`[34]\d\d`)

// isSuccess tells whether all the statuses that the text names are of 200 to 299.
func isSuccess(text string) bool {
	return !otherThanSuccess.MatchString(text)
}
