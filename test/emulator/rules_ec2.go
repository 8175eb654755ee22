package emulator

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// ec2Rules are what EC2 does.
var ec2Rules = []Rule{
	{
		Name:   "subnet-in-use",
		Says:   "a subnet is not deleted while a load balancer, a NAT gateway, an endpoint (whoever made it), a database or tasks stand in it",
		Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html",
		calls:  []string{"ec2:DeleteSubnet"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			id := c.Form.Get("SubnetId")
			if user := m.occupantWhere(c, func(o occupant) bool { return o.in(id) }); user != nil {
				return m.inUse(c, m.vpcOf(c, id), id, user.name)
			}
			return nil
		}},
	},
	{
		Name:   "security-group-in-use",
		Says:   "a security group is not deleted while something carries it",
		Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html",
		calls:  []string{"ec2:DeleteSecurityGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			id := c.Form.Get("GroupId")
			if user := m.occupantWhere(c, func(o occupant) bool { return o.carries(id) }); user != nil {
				return m.inUse(c, user.vpc, id, user.name)
			}
			return nil
		}},
	},
	{
		Name:   "internet-gateway-in-use",
		Says:   "an internet gateway is not detached from a VPC that has public addresses",
		Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html",
		calls:  []string{"ec2:DetachInternetGateway"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			vpc := c.Form.Get("VpcId")
			if user := m.occupantWhere(c, func(o occupant) bool { return o.public && o.vpc == vpc }); user != nil {
				return m.inUse(c, vpc, vpc, user.name)
			}
			return nil
		}},
	},
	{
		Name:   "vpc-in-use",
		Says:   "a VPC is not deleted while something stands in it",
		Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html",
		calls:  []string{"ec2:DeleteVpc"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			vpc := c.Form.Get("VpcId")
			if user := m.occupantWhere(c, func(o occupant) bool { return o.vpc == vpc }); user != nil {
				return m.inUse(c, vpc, vpc, user.name)
			}
			return nil
		}},
	},
	{
		Name:   "way-cut-off",
		Says:   "a subnet loses its route table, or a route its NAT gateway, without a refusal, and what stands there is cut off",
		Source: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html",
		calls:  []string{"ec2:DisassociateRouteTable", "ec2:DeleteNatGateway"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			for _, subnet := range m.cutOffBy(c) {
				if user := m.occupantWhere(c, func(o occupant) bool { return o.in(subnet) }); user != nil {
					m.network.notice(m.vpcOf(c, subnet), c.Name()+": "+user.name+" is cut off in "+subnet)
				}
			}
			return nil
		}},
	},
	{
		Name:   "port-closed",
		Says:   "a rule of a security group that is revoked closes its port at once, and tasks that still listen there are cut off",
		Source: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
		calls:  []string{"ec2:RevokeSecurityGroupIngress"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			group := c.Form.Get("GroupId")
			for _, port := range m.closedBy(c, group) {
				if user := m.occupantWhere(c, func(o occupant) bool { return o.carries(group) && slices.Contains(o.ports, port) }); user != nil {
					m.network.notice(m.vpcOf(c, user.subnets[0]), fmt.Sprintf("%s: %s are cut off at port %d", c.Name(), user.name, port))
				}
			}
			return nil
		}},
	},
	{
		Name:   "zone-constrained",
		Says:   "a zone in trouble is not among the available ones",
		Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AvailabilityZone.html",
		calls:  []string{"ec2:DescribeAvailabilityZones"},
		step: repair{response: func(_ *memory, c *Call, body []byte) []byte {
			return withoutZones(c.constrained, body)
		}},
	},
	{
		Name:   "address-limit",
		Says:   "a region has five Elastic IPs unless the account asked for more",
		Source: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
		calls:  []string{"ec2:AllocateAddress"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			return m.limited(c, "addresses", "AddressLimitExceeded", func(client *ec2.Client) (int, error) {
				out, err := client.DescribeAddresses(background, &ec2.DescribeAddressesInput{})
				return len(out.Addresses), err
			})
		}},
	},
	{
		Name:   "prefix-list-weight",
		Says:   "a prefix list counts as all rules that it may stand for, of the 60 of a security group",
		Source: "https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html",
		calls:  []string{"ec2:AuthorizeSecurityGroupIngress"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			asked, client := c.Form.Get("IpPermissions.1.PrefixListIds.1.PrefixListId"), ec2.NewFromConfig(m.of(c))
			rules, err := client.DescribeSecurityGroupRules(background, &ec2.DescribeSecurityGroupRulesInput{
				Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{c.Form.Get("GroupId")}}},
			})
			if err != nil || asked == "" || ingressWeight(client, rules.SecurityGroupRules)+weight(client, asked) <= 60 {
				return nil
			}
			return refusal(c, "RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
		}},
	},
	{
		Name:   "vpc-limit",
		Says:   "a region has five VPCs unless the account asked for more",
		Source: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
		calls:  []string{"ec2:CreateVpc"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			return m.limited(c, "vpcs", "VpcLimitExceeded", func(client *ec2.Client) (int, error) {
				out, err := client.DescribeVpcs(background, &ec2.DescribeVpcsInput{})
				return len(out.Vpcs), err
			})
		}},
	},
}

// ingressWeight is how many rules those that let traffic in count as.
func ingressWeight(client *ec2.Client, rules []ec2types.SecurityGroupRule) int {
	sum := 0
	for _, rule := range rules {
		switch {
		case aws.ToBool(rule.IsEgress):
		case rule.PrefixListId != nil:
			sum += weight(client, *rule.PrefixListId)
		default:
			sum++
		}
	}
	return sum
}

// weight is how many rules a prefix list counts as. AWS does not tell of its own lists.
func weight(client *ec2.Client, id string) int {
	out, err := client.DescribeManagedPrefixLists(background, &ec2.DescribeManagedPrefixListsInput{PrefixListIds: []string{id}})
	switch {
	case err != nil || len(out.PrefixLists) == 0:
		return 1
	case strings.HasSuffix(aws.ToString(out.PrefixLists[0].PrefixListName), ".cloudfront.origin-facing"):
		return 55
	default:
		return int(aws.ToInt32(out.PrefixLists[0].MaxEntries))
	}
}

// cutOffBy are the subnets that lose their way by the call.
func (m *memory) cutOffBy(c *Call) []string {
	var subnets []string
	for _, table := range m.routeTables(c) {
		gateway := slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool {
			return r.NatGatewayId != nil && *r.NatGatewayId == c.Form.Get("NatGatewayId")
		})
		for _, a := range table.Associations {
			if a.SubnetId != nil && (gateway || aws.ToString(a.RouteTableAssociationId) == c.Form.Get("AssociationId")) {
				subnets = append(subnets, *a.SubnetId)
			}
		}
	}
	return subnets
}

// closedBy are the ports of the group that no other rule lets anyone connect to after the call.
func (m *memory) closedBy(c *Call, group string) (ports []int32) {
	out, err := ec2.NewFromConfig(m.of(c)).DescribeSecurityGroupRules(background, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	})
	if err != nil {
		return nil
	}
	revoked := func(r ec2types.SecurityGroupRule) bool {
		return aws.ToString(r.SecurityGroupRuleId) == c.Form.Get("SecurityGroupRuleId.1")
	}
	for _, rule := range out.SecurityGroupRules {
		if !revoked(rule) {
			continue
		}
		port := aws.ToInt32(rule.FromPort)
		if !slices.ContainsFunc(out.SecurityGroupRules, func(r ec2types.SecurityGroupRule) bool {
			return !aws.ToBool(r.IsEgress) && !revoked(r) && aws.ToInt32(r.FromPort) <= port && port <= aws.ToInt32(r.ToPort)
		}) {
			ports = append(ports, port)
		}
	}
	return ports
}

// items are the elements of an answer's lists.
var items = regexp.MustCompile(`(?s)<item>.*?</item>`)

// withoutZones removes the zones from what is answered.
func withoutZones(zones []string, body []byte) []byte {
	return items.ReplaceAllFunc(body, func(item []byte) []byte {
		if slices.ContainsFunc(zones, func(zone string) bool { return bytes.Contains(item, []byte("<zoneName>"+zone+"</zoneName>")) }) {
			return nil
		}
		return item
	})
}

// Constrain makes the zones look to the proxy's clients as one in trouble does.
func (p *Proxy) Constrain(zones ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.constrained = zones
}
