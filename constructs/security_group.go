package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupegressrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupingressrule"
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
}

// SecurityGroup lets its members send anywhere and lets nobody in until one of
// its Allow methods says so. Every rule is a resource of its own: Terraform
// then adds and removes one without touching the others.
type SecurityGroup struct {
	// Group is what members carry.
	Group securitygroup.SecurityGroup

	scope   constructs.Construct
	name    string
	members string
}

// NewSecurityGroup creates a group of the VPC whose members may send anywhere.
func NewSecurityGroup(scope constructs.Construct, id string, props SecurityGroupProps) *SecurityGroup {
	g := &SecurityGroup{scope: constructs.NewConstruct(scope, &id), name: id, members: props.Members}
	g.Group = securitygroup.NewSecurityGroup(g.scope, jsii.String(resourceID), &securitygroup.SecurityGroupConfig{
		VpcId: props.Networking.VPC.Id(),
		Name:  jsii.String(props.Env.Name(props.Name)),
		// AWS replaces a group whose description changes, so it stays general.
		Description: jsii.String("Flask API: " + props.Members),
		Tags:        props.Env.NameTag(props.Name),
	})
	vpcsecuritygroupegressrule.NewVpcSecurityGroupEgressRule(g.scope, jsii.String("egress"), &vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig{
		SecurityGroupId: g.Group.Id(),
		Description:     jsii.String("All traffic from " + props.Members + " to anywhere"),
		IpProtocol:      jsii.String("-1"),
		CidrIpv4:        jsii.String(anywhere),
	})
	return g
}

// AllowFromRange opens the TCP port to an IPv4 range. The rule is named after
// the range, so that a list of them may change its order.
func (g *SecurityGroup) AllowFromRange(cidr string, port int) {
	id, source := "from_"+strings.NewReplacer(".", "_", "/", "_").Replace(cidr), cidr
	if cidr == anywhere {
		id, source = "from_anywhere", "the internet"
	}
	g.allow(id, source, port, &vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{
		CidrIpv4: jsii.String(cidr),
	})
}

// AllowFrom opens the TCP port to the members of peer and to nobody else.
func (g *SecurityGroup) AllowFrom(peer *SecurityGroup, port int) {
	g.allow("from_"+peer.name, peer.members, port, &vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{
		ReferencedSecurityGroupId: peer.Group.Id(),
	})
}

// allow completes the rule, which names its source, and creates it.
func (g *SecurityGroup) allow(id, source string, port int, rule *vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig) {
	rule.SecurityGroupId = g.Group.Id()
	rule.Description = jsii.String(fmt.Sprintf("TCP %d from %s to %s", port, source, g.members))
	rule.IpProtocol = jsii.String("tcp")
	rule.FromPort = jsii.Number(port)
	rule.ToPort = jsii.Number(port)
	vpcsecuritygroupingressrule.NewVpcSecurityGroupIngressRule(g.scope, jsii.String(fmt.Sprintf("%s_%d", id, port)), rule)
}
