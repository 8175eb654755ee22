package config

import (
	"regexp"
	"strconv"
)

// suffixForm is what every physical name can hold: load balancers refuse
// underscores and a hyphen at the end, RDS identifiers are lower-case and refuse
// two hyphens in a row.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
var suffixForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// suffixRule has the length that the shortest of the names leaves, which is the load
// balancer's.
var suffixRule = aws("1 to 18 lower-case letters, digits and single inner hyphens")

// checkSuffix checks the characters. [problems.checkNames] checks the length.
//
// AWS advises against a secret whose name ends in a hyphen and six characters,
// because Secrets Manager can then mistake a partial ARN for another secret's.
// A suffix of six characters is allowed nevertheless: this program refers to
// the secret by its full ARN only.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
func (p *problems) checkSuffix(suffix string) {
	p.matches("Suffix", suffix, suffixForm, suffixRule, suggest("write a suffix such as", "staging"))
}

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
