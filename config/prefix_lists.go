package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// prefixListForm is the id of a prefix list:
// https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
var prefixListForm = regexp.MustCompile(`^pl-([0-9a-f]{8}|[0-9a-f]{17})$`)

// awsPrefixLists are how many rules each of AWS's lists counts as, of those that name who
// sends requests to an API. The API of EC2 does not tell.
// https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
func awsPrefixLists(region string) map[string]int {
	return map[string]int{
		"com.amazonaws.global.cloudfront.origin-facing":     55,
		"com.amazonaws." + region + ".route53-healthchecks": 25,
	}
}

// IsPrefixListID tells whether a list is named by its id.
func IsPrefixListID(list string) bool { return prefixListForm.MatchString(list) }

// IngressRules is how many rules of the load balancer's security group the ranges and AWS's
// prefix lists count as. What lists of the account count as, each plan finds out.
func (c Config) IngressRules() int {
	rules := 2 * len(c.LoadBalancer.IngressCIDRs)
	for _, list := range c.LoadBalancer.IngressPrefixLists {
		rules += awsPrefixLists(c.Region)[list]
	}
	return rules
}

// checkPrefixLists checks that the lists are known, differ, and fit into a security group
// with the ranges.
func (p *problems) checkPrefixLists(c Config) {
	const field = "LoadBalancer.IngressPrefixLists"
	lists, known := c.LoadBalancer.IngressPrefixLists, awsPrefixLists(c.Region)
	for i, list := range lists {
		switch _, ofAWS := known[list]; {
		case !ofAWS && !IsPrefixListID(list):
			p.add(element(field, i), list, "is not a prefix list that is known",
				ours("pl- and the rest of an id, "+strings.Join(slices.Sorted(maps.Keys(known)), " or "), "no other list of AWS is of those who send requests to an API"),
				do("copy the id from `aws ec2 describe-managed-prefix-lists`"))
		case slices.Contains(lists[:i], list):
			p.add(element(field, i), list, "is there twice", aws("a rule for each list"), do("remove one of the two"))
		}
	}
	if rules := c.IngressRules(); len(lists) > 0 && len(c.LoadBalancer.IngressCIDRs) <= maxIngressCIDRs && rules > MaxIngressRules {
		p.add(field, rules, "is too many rules, with two for each of LoadBalancer.IngressCIDRs",
			aws(fmt.Sprintf("%d rules in a security group", MaxIngressRules)), do("remove ranges or lists"))
	}
}
