package constructs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsec2managedprefixlist"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupegressrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupingressrule"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// SecurityGroupProps configures a [SecurityGroup].
type SecurityGroupProps struct {
	Env Env
	// Networking holds the VPC that the group belongs to.
	Networking *Networking
	// Name is the group's resource name, such as "alb-sg".
	Name string
	// Members says who carries the group, such as "the tasks", for descriptions.
	Members string
	// Ports are the TCP ports where the members listen.
	Ports []int
	// AnswersOnly is for members that never open a connection.
	AnswersOnly bool
}

// SecurityGroup lets its members send anywhere, or only answer, and lets in what the
// methods of [Connections] allow. Every rule is a resource of its own: Terraform
// then adds and removes one without touching the others.
type SecurityGroup struct {
	// Group is what members carry.
	Group securitygroup.SecurityGroup

	scope   constructs.Construct
	name    string
	members string
	ports   []int
}

// NewSecurityGroup creates a group of the VPC.
func NewSecurityGroup(scope constructs.Construct, id string, props SecurityGroupProps) *SecurityGroup {
	g := &SecurityGroup{scope: constructs.NewConstruct(scope, &id), name: id, members: props.Members, ports: props.Ports}
	g.Group = securitygroup.NewSecurityGroup(g.scope, jsii.String(resourceID), &securitygroup.SecurityGroupConfig{
		VpcId: props.Networking.VPCID,
		Name:  jsii.String(props.Env.Name(props.Name)),
		// AWS replaces a group whose description changes, so it stays general.
		Description: jsii.String(props.Env.API() + ": " + props.Members),
		Tags:        props.Env.NameTag(props.Name),
	})
	if !props.AnswersOnly {
		vpcsecuritygroupegressrule.NewVpcSecurityGroupEgressRule(g.scope, jsii.String("egress"), &vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig{
			SecurityGroupId: g.Group.Id(),
			Description:     jsii.String("All traffic from " + props.Members + " to anywhere"),
			IpProtocol:      jsii.String("-1"),
			CidrIpv4:        jsii.String(anywhere),
		})
	}
	return g
}

// Connections are who may connect to a part, and to whom the part may.
type Connections struct {
	// SecurityGroup is what the part carries.
	SecurityGroup *SecurityGroup
}

// Connectable is a part that has [Connections].
type Connectable interface{ securityGroup() *SecurityGroup }

func (c Connections) securityGroup() *SecurityGroup { return c.SecurityGroup }

// AllowFrom opens the ports of the part to the peer, and returns the rules.
func (c Connections) AllowFrom(peer Connectable) []cdktf.ITerraformDependable {
	from := peer.securityGroup()
	return c.SecurityGroup.open("from_"+from.name, from.members, vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{
		ReferencedSecurityGroupId: from.Group.Id(),
	})
}

// AllowTo opens the ports of the peer to the part.
func (c Connections) AllowTo(peer Connectable) {
	Connections{peer.securityGroup()}.AllowFrom(c)
}

// AllowFromRange opens the ports of the part to an IPv4 range. The rules are named
// after the range, so that a list of them may change its order.
func (c Connections) AllowFromRange(cidr string) {
	id, source := "from_"+strings.NewReplacer(".", "_", "/", "_").Replace(cidr), cidr
	if cidr == anywhere {
		id, source = "from_anywhere", "the internet"
	}
	c.SecurityGroup.open(id, source, vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{CidrIpv4: jsii.String(cidr)})
}

// open creates a rule for each port, which names its source. It is not made first, as the
// network is: its groups would be, too, and a group whose creation was cut off, whose name
// is taken, could not be made again.
func (g *SecurityGroup) open(id, source string, rule vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig) []cdktf.ITerraformDependable {
	var rules []cdktf.ITerraformDependable
	for _, port := range g.ports {
		rules = append(rules, g.openPort(fmt.Sprintf("%s_%d", id, port), source, port, rule))
	}
	return rules
}

func (g *SecurityGroup) openPort(id, source string, port int, rule vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig) cdktf.ITerraformDependable {
	rule.SecurityGroupId = g.Group.Id()
	rule.Description = jsii.String(fmt.Sprintf("TCP %d from %s to %s", port, source, g.members))
	rule.IpProtocol = jsii.String("tcp")
	rule.FromPort = jsii.Number(port)
	rule.ToPort = jsii.Number(port)
	return vpcsecuritygroupingressrule.NewVpcSecurityGroupIngressRule(g.scope, &id, &rule)
}

// AllowFromLists opens one port of the part to prefix lists, which together, and with so
// many other rules, must fit into a group. The rules' addresses leave the port out, so that
// another one is a change: two at once would be too many for CloudFront's list.
func (c Connections) AllowFromLists(lists []string, port, otherRules int) {
	rules := []string{strconv.Itoa(otherRules)}
	for _, list := range lists {
		id := "from_" + strings.NewReplacer(".", "_", "-", "_").Replace(list)
		look := &dataawsec2managedprefixlist.DataAwsEc2ManagedPrefixListConfig{Name: &list}
		if config.IsPrefixListID(list) {
			look = &dataawsec2managedprefixlist.DataAwsEc2ManagedPrefixListConfig{Id: &list}
			sum := strings.Join(append(rules, "self.max_entries"), " + ")
			look.Lifecycle = requires(
				postcondition(`self.address_family == "IPv4"`, "LoadBalancer.IngressPrefixLists: %s is a list of ${self.address_family} addresses, and the load balancer has IPv4 ones only; fix: name another list.", list),
				postcondition(fmt.Sprintf("%s <= %d", sum, config.MaxIngressRules), "LoadBalancer.IngressPrefixLists: with %s, which counts as ${self.max_entries} rules, the security group has ${%s} of %d; fix: remove ranges or lists.",
					list, sum, config.MaxIngressRules))
		}
		found := dataawsec2managedprefixlist.NewDataAwsEc2ManagedPrefixList(c.SecurityGroup.scope, jsii.String(strings.TrimPrefix(id, "from_")), look)
		if config.IsPrefixListID(list) {
			rules = append(rules, dataAddress(found)+".max_entries")
		}
		c.SecurityGroup.openPort(id, list, port, vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{PrefixListId: found.Id()})
	}
}
