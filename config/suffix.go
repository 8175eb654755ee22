package config

import "regexp"

// suffixForm is what every physical name can end with: load balancers refuse
// underscores and a hyphen at the end, RDS identifiers are lower-case and refuse
// two hyphens in a row.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
var suffixForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// checkSuffix checks the characters. [problems.checkNames] checks the length.
//
// AWS advises against a secret whose name ends in a hyphen and six characters,
// because Secrets Manager can then mistake a partial ARN for another secret's.
// A suffix of six characters is allowed nevertheless: this program refers to
// the secret by its full ARN only.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
func (p *problems) checkSuffix(suffix string) {
	p.matches("Suffix", suffix, suffixForm, aws("lower-case letters, digits and single inner hyphens"), suggest("write a suffix such as", "staging"))
}
