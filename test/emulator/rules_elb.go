package emulator

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	aboutRules  = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html"
	quotasOfALB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"
)

// elbRules are what Elastic Load Balancing does.
var elbRules = []Rule{
	{
		Name:   "subnets-lead-out",
		Says:   "a load balancer of the internet in a subnet without a route to an internet gateway is not reached there, without a refusal",
		Source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",
		calls:  []string{"elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:SetSubnets"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			tables := m.routeTables(c)
			for _, subnet := range subnetsOf(c) {
				if c.Form.Get("Scheme") != "internal" && !leadsOut(tables, subnet) {
					m.network.notice(m.vpcOf(c, subnet), c.Name()+": "+subnet+" does not lead to the internet")
				}
			}
			return nil
		}},
	},
	{
		Name:   "rule-values",
		Says:   "a rule of a listener has five values in all of its conditions together",
		Source: "https://github.com/aws-cloudformation/cfn-lint/issues/3833",
		calls:  []string{"elasticloadbalancing:CreateRule", "elasticloadbalancing:ModifyRule"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			if len(conditionValues(c)) <= 5 {
				return nil
			}
			return refusal(c, "ValidationError", "A rule can only have '5' condition values")
		}},
	},
	{
		Name:   "rule-wildcards",
		Says:   "the values of a rule's conditions have five `*` and `?` together",
		Source: quotasOfALB,
		calls:  []string{"elasticloadbalancing:CreateRule", "elasticloadbalancing:ModifyRule"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			text := strings.Join(conditionValues(c), "")
			if strings.Count(text, "*")+strings.Count(text, "?") <= 5 {
				return nil
			}
			return refusal(c, "ValidationError", "A rule can only have '5' condition wildcards")
		}},
	},
	{
		Name:   "rule-characters",
		Says:   "a host in a condition has letters, digits and `-.*?`, a dot among them, and letters alone behind the last; a path may have `_$/~\"'@:+&` besides",
		Source: aboutRules,
		calls:  []string{"elasticloadbalancing:CreateRule", "elasticloadbalancing:ModifyRule"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			for _, condition := range conditionsOf(c) {
				for _, value := range condition.values {
					if valid := validValue[condition.field]; valid != nil && !valid.MatchString(value) {
						return refusal(c, "ValidationError", "Condition value '"+value+"' contains a character that is not valid")
					}
				}
			}
			return nil
		}},
	},
	{
		Name:   "rule-has-one-of-each",
		Says:   "a rule has one condition on the host, and one on the path",
		Source: aboutRules,
		calls:  []string{"elasticloadbalancing:CreateRule", "elasticloadbalancing:ModifyRule"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			seen := map[string]int{}
			for _, condition := range conditionsOf(c) {
				if seen[condition.field]++; seen[condition.field] > 1 && validValue[condition.field] != nil {
					return refusal(c, "ValidationError", "A rule can only have one '"+condition.field+"' condition")
				}
			}
			return nil
		}},
	},
	{
		Name:   "rules-of-a-load-balancer",
		Says:   "a load balancer has 100 rules beside the default ones",
		Source: quotasOfALB,
		calls:  []string{"elasticloadbalancing:CreateRule"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			all, err := m.balancers(c)
			n := 0
			for _, l := range all[balancerOf(c.Form.Get("ListenerArn"))] {
				n += len(l.rules)
			}
			if err != nil || n < 100 {
				return nil
			}
			return refusal(c, "TooManyRules", "The maximum number of rules on the load balancer has been reached")
		}},
	},
	{
		Name:   "target-group-of-one-load-balancer",
		Says:   "a target group is behind one load balancer",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/22005",
		calls:  []string{"elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			own := balancerOf(c.Form.Get("LoadBalancerArn") + c.Form.Get("ListenerArn") + c.Form.Get("RuleArn"))
			all, _ := m.balancers(c) // What cannot be asked for is behind none.
			for key := range c.Form {
				for name, listeners := range all {
					if strings.HasSuffix(key, "TargetGroupArn") && name != own && leadTo(listeners, c.Form.Get(key)) {
						return refusal(c, "TargetGroupAssociationLimit", "The following target groups cannot be associated with more than one load balancer: "+c.Form.Get(key))
					}
				}
			}
			return nil
		}},
	},
}

// validValue are what values of conditions are like, by the field.
var validValue = map[string]*regexp.Regexp{
	"host-header":  regexp.MustCompile(`^[A-Za-z0-9.*?-]*\.[A-Za-z]+$`),
	"path-pattern": regexp.MustCompile(`^[A-Za-z0-9_.$/~"'@:+&*?-]+$`),
}

// subnetsOf are the subnets that a request names.
func subnetsOf(c *Call) []string {
	var subnets []string
	for _, key := range slices.Sorted(maps.Keys(c.Form)) {
		if strings.HasPrefix(key, "Subnets.member.") {
			subnets = append(subnets, c.Form.Get(key))
		}
	}
	return subnets
}
