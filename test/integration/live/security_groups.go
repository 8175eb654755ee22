package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// securityGroupKinds are the groups of the VPC, and their rules.
func securityGroupKinds() map[string]Kind {
	rule := func(egress bool) Kind {
		return Kind{
			Key: []string{"security_group_id", "ip_protocol", "from_port", "to_port", "cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"},
			List: func(ctx context.Context, env *Environment) ([]Attributes, error) {
				return listSecurityGroupRules(ctx, env, egress)
			},
			Computed: []string{"id"},
		}
	}
	return map[string]Kind{
		"aws_security_group": {
			Key: []string{"name"}, Computed: []string{"id"},
			List: func(ctx context.Context, env *Environment) ([]Attributes, error) {
				return listSecurityGroups(ctx, env, false)
			},
		},
		"aws_default_security_group": {
			Key: []string{"vpc_id"}, Computed: []string{"id", "name", "description"},
			List: func(ctx context.Context, env *Environment) ([]Attributes, error) {
				return listSecurityGroups(ctx, env, true)
			},
		},
		"aws_vpc_security_group_ingress_rule": rule(false),
		"aws_vpc_security_group_egress_rule":  rule(true),
	}
}

func listSecurityGroups(ctx context.Context, env *Environment, isDefault bool) ([]Attributes, error) {
	found, err := Collect(ctx, ec2.NewDescribeSecurityGroupsPaginator(env.ec2(), &ec2.DescribeSecurityGroupsInput{Filters: env.inVPC()}),
		func(page *ec2.DescribeSecurityGroupsOutput) []types.SecurityGroup { return page.SecurityGroups })
	return every(found, err, func(g types.SecurityGroup) ([]Attributes, error) {
		if ours, err := env.standsIn(ctx, g.VpcId, g.GroupName); err != nil || !ours {
			return nil, err
		}
		// Nobody else can give a group the name of the one that a VPC comes with.
		if (aws.ToString(g.GroupName) == "default") != isDefault || GuardDuty(g.Tags) {
			return nil, nil
		}
		return one(Attributes{"id": g.GroupId, "vpc_id": g.VpcId, "name": g.GroupName, "description": g.Description, "tags": tags(g.Tags)})
	})
}

// listSecurityGroupRules are those of all groups in the VPC, the default one's, too.
func listSecurityGroupRules(ctx context.Context, env *Environment, egress bool) ([]Attributes, error) {
	var ids []string
	for _, kind := range []string{"aws_security_group", "aws_default_security_group"} {
		groups, err := env.Found(ctx, kind)
		if err != nil {
			return nil, err
		}
		ids = append(ids, Values(groups, func(g Attributes) string { return g.text("id") })...)
	}
	found, err := Collect(ctx, ec2.NewDescribeSecurityGroupRulesPaginator(env.ec2(), &ec2.DescribeSecurityGroupRulesInput{Filters: filter("group-id", ids...)}),
		func(page *ec2.DescribeSecurityGroupRulesOutput) []types.SecurityGroupRule {
			return page.SecurityGroupRules
		})
	return every(found, err, func(r types.SecurityGroupRule) ([]Attributes, error) {
		if aws.ToBool(r.IsEgress) != egress {
			return nil, nil
		}
		rule := Attributes{
			"id": r.SecurityGroupRuleId, "security_group_id": r.GroupId, "description": r.Description, "tags": tags(r.Tags),
			"ip_protocol": r.IpProtocol, "cidr_ipv4": r.CidrIpv4, "cidr_ipv6": r.CidrIpv6, "prefix_list_id": r.PrefixListId,
		}
		if aws.ToString(r.IpProtocol) != "-1" { // AWS answers -1 for all ports of all protocols.
			rule["from_port"], rule["to_port"] = r.FromPort, r.ToPort
		}
		if r.ReferencedGroupInfo != nil {
			rule["referenced_security_group_id"] = r.ReferencedGroupInfo.GroupId
		}
		return one(rule)
	})
}
