package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// defaultGroup is the name of the group that each VPC comes with.
const defaultGroup = "default"

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
	group := func(isDefault bool) Kind {
		return Kind{
			Key: []string{"vpc_id", "name"},
			List: func(ctx context.Context, env *Environment) ([]Attributes, error) {
				return listSecurityGroups(ctx, env, isDefault)
			},
			Computed: []string{"id"},
		}
	}
	all := map[string]Kind{
		"aws_security_group":                  group(false),
		"aws_default_security_group":          group(true),
		"aws_vpc_security_group_ingress_rule": rule(false),
		"aws_vpc_security_group_egress_rule":  rule(true),
	}
	return all
}

func listSecurityGroups(ctx context.Context, env *Environment, isDefault bool) ([]Attributes, error) {
	found, err := collect(ctx, ec2.NewDescribeSecurityGroupsPaginator(env.ec2(), &ec2.DescribeSecurityGroupsInput{Filters: env.inVPC()}),
		func(page *ec2.DescribeSecurityGroupsOutput) []types.SecurityGroup { return page.SecurityGroups })
	return each(found, err, func(g types.SecurityGroup) Attributes {
		attributes := Attributes{"id": g.GroupId, "vpc_id": g.VpcId, "tags": tags(g.Tags)}
		if (aws.ToString(g.GroupName) == defaultGroup) != isDefault {
			return nil
		}
		if !isDefault {
			attributes["name"], attributes["description"] = g.GroupName, g.Description
		}
		return attributes
	})
}

// listSecurityGroupRules are those of all groups in the VPC, the default one's, too.
func listSecurityGroupRules(ctx context.Context, env *Environment, egress bool) ([]Attributes, error) {
	groups, err := listSecurityGroupIDs(ctx, env)
	if err != nil {
		return nil, err
	}
	found, err := collect(ctx, ec2.NewDescribeSecurityGroupRulesPaginator(env.ec2(), &ec2.DescribeSecurityGroupRulesInput{Filters: filter("group-id", groups...)}),
		func(page *ec2.DescribeSecurityGroupRulesOutput) []types.SecurityGroupRule {
			return page.SecurityGroupRules
		})
	return each(found, err, func(r types.SecurityGroupRule) Attributes {
		if aws.ToBool(r.IsEgress) != egress {
			return nil
		}
		attributes := Attributes{
			"id": r.SecurityGroupRuleId, "security_group_id": r.GroupId, "description": r.Description, "tags": tags(r.Tags),
			"ip_protocol": r.IpProtocol, "from_port": r.FromPort, "to_port": r.ToPort,
			"cidr_ipv4": r.CidrIpv4, "cidr_ipv6": r.CidrIpv6, "prefix_list_id": r.PrefixListId,
		}
		if aws.ToString(r.IpProtocol) == "-1" { // AWS answers -1 for the ports of all protocols.
			delete(attributes, "from_port")
			delete(attributes, "to_port")
		}
		if r.ReferencedGroupInfo != nil {
			attributes["referenced_security_group_id"] = r.ReferencedGroupInfo.GroupId
		}
		return attributes
	})
}

func listSecurityGroupIDs(ctx context.Context, env *Environment) ([]string, error) {
	var ids []string
	for _, kind := range []string{"aws_security_group", "aws_default_security_group"} {
		groups, err := env.Found(ctx, kind)
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			ids = append(ids, group["id"].(string)) //nolint:forcetypeassert // Each group has an id.
		}
	}
	return ids, nil
}
