package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// nameForm is what every physical name can begin with: RDS identifiers begin with a
// letter.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// firstName is the name of every environment whose state remembers none: there was no other
// one. It is in two halves because `make rename` changes whole ones.
const firstName = "flask" + "-api"

// ofName stands between the suffix and a name in what a state remembers.
const ofName = " of "

// Remembered is what a state remembers of an environment of the name and the suffix.
func Remembered(name, suffix string) string {
	if name == firstName {
		return suffix
	}
	return suffix + ofName + name
}

// RememberedSuffix is the suffix in what a state remembers.
func RememberedSuffix(remembered string) string {
	suffix, _, _ := strings.Cut(remembered, ofName)
	return suffix
}

// reservedNames are what AWS refuses at the beginning of one of the names.
var reservedNames = []struct{ prefix, kind string }{
	// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
	{"aws", "parameter"},
	{"ssm", "parameter"},
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
	{"internal-", "load balancer"},
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	{"sthree-", "bucket"},
	{"amzn-s3-demo-", "bucket"},
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
	{"sg-", "security group"},
}

// checkName checks the characters. [problems.checkNames] checks the length.
func (p *problems) checkName(name string) {
	example := suggest("write a name such as", "shop-api")
	p.matches("Name", name, nameForm, aws("a lower-case letter, then lower-case letters, digits and single inner hyphens"), example)
	for _, reserved := range reservedNames {
		if strings.HasPrefix(name+"-", reserved.prefix) {
			p.add("Name", name, fmt.Sprintf("begins with %q", reserved.prefix), aws("no "+reserved.kind+" of such a name"), example)
		}
	}
}

// physicalName is a kind of physical name that has a narrow limit.
type physicalName struct {
	// pattern has the name for %[1]s and the suffix for %[2]s.
	pattern, kind string
	limit         int
}

// physicalNames are those that the name and the suffix could make too long. The other
// kinds take 128 characters or more. A test holds all that is made against them.
var physicalNames = []physicalName{
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
	{"%[1]s-alb-%[2]s", "load balancer", 32},
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
	{"%[1]s-tg-%[2]s", "target group", 32},
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
	{"%[1]s-rds-monitoring-role-%[2]s", "role", 64},
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	{"%[1]s-aurora-reader-15-%[2]s", "database instance", 63},
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
	{"%[1]s-cache-api-%[2]s", "user of the cache", 40},
	// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
	{"%[1]s-release-%[2]s", "function", 64},
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	{"%[1]s-alb-logs-%[2]s-123456789012", "bucket", 63},
}

// checkNames checks the length of what the name and the suffix make, by the one that is
// longest for its kind: the others are within their limits when it is.
func (p *problems) checkNames(c Config) {
	var tightest physicalName
	var name string
	excess, both := 0, utf8.RuneCountInString(c.Name+c.Suffix)
	for _, n := range physicalNames {
		made := fmt.Sprintf(n.pattern, c.Name, c.Suffix)
		if over := utf8.RuneCountInString(made) - n.limit; over > excess {
			tightest, name, excess = n, made, over
		}
	}
	if excess > 0 {
		p.add("Suffix", c.Suffix,
			fmt.Sprintf("and the name %q make the name of the %s, %q, too long by %d (%d of %d characters)",
				c.Name, tightest.kind, name, excess, tightest.limit+excess, tightest.limit),
			aws(fmt.Sprintf("%d characters for Name and Suffix together", both-excess)),
			do(fmt.Sprintf("shorten Suffix or Name by %d or more", excess)))
	}
}
