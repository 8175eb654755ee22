package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DomainRecords is who has the DNS records of a domain.
type DomainRecords string

const (
	// RecordsOwn makes them. A record that leads elsewhere is not overwritten.
	RecordsOwn DomainRecords = "own"
	// RecordsTakeOver makes them, also over those of another environment.
	RecordsTakeOver DomainRecords = "take-over"
	// RecordsElsewhere leaves them to another environment, whose validation record
	// proves this one's certificate, too.
	RecordsElsewhere DomainRecords = "elsewhere"
	// RecordsPrinted requests the certificate and prints the records that prove it: the
	// first half of a domain whose DNS this program has no part in.
	RecordsPrinted DomainRecords = "printed"
)

// Written tells whether the environment writes the records itself.
func (r DomainRecords) Written() bool { return r == RecordsOwn || r == RecordsTakeOver }

// HTTPS tells whether clients reach the load balancer by HTTPS.
func (l LoadBalancer) HTTPS() bool {
	return l.CertificateARN != "" || l.Domain != "" && l.DomainRecords != RecordsPrinted
}

// Names are all names of the API, the domain first; none without a domain.
func (l LoadBalancer) Names() []string {
	if l.Domain == "" {
		return nil
	}
	return append([]string{l.Domain}, l.AlternativeNames...)
}

// labels are the labels of a DNS name, with dots between them.
const labels = `([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])`

var (
	// certificateNameForm is ACM's own, in which no label begins or ends with a hyphen:
	// (\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])
	// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
	certificateNameForm = regexp.MustCompile(`(?i)^(\*\.)?` + labels + `$`)
	// hostForm is such a name in the only form that a client and Route 53 write it.
	hostForm = regexp.MustCompile(`^` + labels + `$`)
)

// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
const (
	// maxDomain is the longest first name of a certificate of ACM, and maxAlternativeName
	// the longest further one.
	maxDomain, maxAlternativeName = 64, 253
	// maxAlternativeNames leaves one of ACM's ten names to the domain itself:
	// https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
	maxAlternativeNames = 9
)

// checkDomain checks the API's names and their zone, which need each other.
func (p *problems) checkDomain(l LoadBalancer) {
	const domain, zone = "LoadBalancer.Domain", "LoadBalancer.HostedZone"
	switch {
	case l.Domain == "" && l.HostedZone == "":
	case l.Domain == "":
		p.add(domain, l.Domain, "is empty although LoadBalancer.HostedZone is set", ours("a name within the zone", "the zone is needed for it only"),
			do("remove the zone, or write a name within it"))
	case l.HostedZone == "" && l.DomainRecords.Written():
		p.add(zone, l.HostedZone, "is empty although LoadBalancer.Domain is set",
			ours("the public Route 53 zone that the domain is in", "the certificate is validated there"),
			do(fmt.Sprintf("name the zone, or set LoadBalancer.DomainRecords to %q for a domain outside of Route 53", RecordsPrinted)))
	case l.HostedZone != "" && !hostForm.MatchString(l.HostedZone):
		p.add(zone, l.HostedZone, "has the wrong form", lower, do("write the zone's name, such as example.com"))
	default:
		p.checkHost(domain, l.Domain, l.Domain, "api", l)
	}
	p.length(domain, l.Domain, 0, maxDomain)
	p.checkAlternativeNames(l)
	p.checkHostedZoneID(l)
}

// lower is the form of a name that is no wildcard's.
var lower = ours("a name in lower case, without a wildcard and without a dot at the end", "clients and Route 53 write it so")

// checkHost checks a name of the API, whose host is the name without its wildcard, and that
// it is inside of the zone. The label begins a better one.
func (p *problems) checkHost(field, name, host, label string, l LoadBalancer) {
	example := label + "." + cmp.Or(l.HostedZone, "example.com")
	switch {
	case !certificateNameForm.MatchString(name):
		p.add(field, name, "is not a domain name", aws("labels of letters, digits and inner hyphens, with dots between them"),
			suggest("write a name such as", example))
	case !hostForm.MatchString(host):
		p.add(field, name, "has the wrong form", lower, suggest("write a name such as", example))
	case l.HostedZone != "" && host != l.HostedZone && !strings.HasSuffix(host, "."+l.HostedZone):
		// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
		p.add(field, name, "is not inside LoadBalancer.HostedZone", aws(l.HostedZone+" or a name that ends in ."+l.HostedZone),
			suggest("correct the zone or write a name such as", example))
	}
}

// checkAlternativeNames checks the names beside the domain.
func (p *problems) checkAlternativeNames(l LoadBalancer) {
	const field = "LoadBalancer.AlternativeNames"
	if n := len(l.AlternativeNames); n > maxAlternativeNames {
		p.add(field, n, "is too many names", aws(fmt.Sprintf("%d beside the domain, unless it raises the account's quota", maxAlternativeNames)),
			do(fmt.Sprintf("remove %d, or write a wildcard in place of several", n-maxAlternativeNames)))
	}
	for i, name := range l.AlternativeNames {
		at := element(field, i)
		switch {
		case l.Domain == "":
			p.add(at, name, "is set although LoadBalancer.Domain is empty", ours("no further name without a first one", "the domain is the certificate's first name"),
				do("write it as LoadBalancer.Domain"))
		case name == l.Domain, slices.Contains(l.AlternativeNames[:i], name):
			p.add(at, name, "stands there twice", ours("each name once, LoadBalancer.Domain among them", "each has records of its own"), do("remove one of the two"))
		default:
			p.checkHost(at, name, strings.TrimPrefix(name, "*."), "www", l)
			p.length(at, name, 1, maxAlternativeName)
		}
	}
}

// hostedZoneIDForm is that of Route 53, whose ids have 32 characters at most:
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
var hostedZoneIDForm = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)

// checkHostedZoneID checks the id of the zone, if one is named.
func (p *problems) checkHostedZoneID(l LoadBalancer) {
	const field = "LoadBalancer.HostedZoneID"
	switch {
	case l.HostedZoneID == "":
	case l.HostedZone == "":
		p.add(field, l.HostedZoneID, "is set although LoadBalancer.HostedZone is empty", ours("an id beside the zone's name", "the names of the API are checked against that"),
			do("set LoadBalancer.HostedZone, too"))
	default:
		p.matches(field, l.HostedZoneID, hostedZoneIDForm, aws("Z, then up to 31 capital letters and digits"),
			do("copy the id from Route 53, without /hostedzone/"))
	}
}

// checkDomainRecords checks who has the records of the domain.
func (p *problems) checkDomainRecords(l LoadBalancer) {
	const field = "LoadBalancer.DomainRecords"
	switch {
	case !slices.Contains([]DomainRecords{RecordsOwn, RecordsTakeOver, RecordsElsewhere, RecordsPrinted}, l.DomainRecords):
		p.add(field, l.DomainRecords, "is unknown",
			ours(fmt.Sprintf("%s, %s, %s or %s", RecordsOwn, RecordsTakeOver, RecordsElsewhere, RecordsPrinted), "it knows only these owners"), write(RecordsOwn))
	case l.DomainRecords != RecordsOwn && l.Domain == "":
		p.add(field, l.DomainRecords, "is set although LoadBalancer.Domain is empty", ours(string(RecordsOwn), "there are no records without a domain"),
			do("set LoadBalancer.Domain, or write "+string(RecordsOwn)))
	}
}

// checkTaken refuses names that another environment has, too. It adds the environment to
// the owners of names, unless it leaves the records to somebody else.
func (p *problems) checkTaken(l LoadBalancer, owners map[string]string) {
	if !l.DomainRecords.Written() {
		return
	}
	for i, name := range l.Names() {
		field := "LoadBalancer.Domain"
		if i > 0 {
			field = element("LoadBalancer.AlternativeNames", i-1)
		}
		if owner, taken := owners[name]; taken {
			p.add(field, name, fmt.Sprintf("is a name of environment %q, too", owner),
				ours("names of its own for every environment", "both would write the same DNS record, and the last one would take all requests"),
				do("name another one, or see “Hand a domain over” in docs/operations.md"))
		}
		owners[name] = p.environment
	}
}
