package config

import (
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// suffixForm is what every physical name can hold: load balancers refuse
// underscores and a hyphen at the end, RDS identifiers are lower-case and refuse
// two hyphens in a row.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
var suffixForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// physicalName is a kind of physical name that has a narrow limit.
type physicalName struct {
	resource, kind string
	limit          int
}

// physicalNames are the names that the suffix could make too long. The other
// kinds take 128 characters or more, but for the bucket of access logs, whose 63
// leave 31 to the suffix, more than the load balancer's.
func physicalNames(readers int) []physicalName {
	return []physicalName{
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
		{"alb", "load balancer", 32},
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
		{"tg", "target group", 32},
		// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
		{"execution-role", "role", 64},
		{"task-role", "role", 64},
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
		{"aurora", "database cluster", 63},
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
		{"aurora-writer", "database instance", 63},
		{"aurora-reader-" + strconv.Itoa(readers), "database instance", 63},
	}
}

// checkSuffix checks the characters, then every physical name's length; the
// shortest limit is the load balancer's, which leaves 18 characters.
//
// AWS advises against a secret whose name ends in a hyphen and six characters,
// because Secrets Manager can then mistake a partial ARN for another secret's.
// A suffix of six characters is allowed nevertheless: this program refers to
// the secret by its full ARN only.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
func (p *problems) checkSuffix(c Config) {
	const allowed = "1 to 18 lower-case letters, digits and single inner hyphens"
	p.matches("Suffix", c.Suffix, suffixForm, allowed, "write a suffix such as dev or production")
	for _, n := range physicalNames(c.Database.ReaderCount) {
		name := c.Name(n.resource)
		if excess := utf8.RuneCountInString(name) - n.limit; excess > 0 {
			p.add("Suffix", c.Suffix,
				fmt.Sprintf("makes the %s name %q too long by %d (%d of %d characters)", n.kind, name, excess, n.limit+excess, n.limit),
				allowed, fmt.Sprintf("shorten the suffix by %d or more", excess))
		}
	}
}
