package emulator

import (
	"maps"
	"slices"
	"strings"
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
