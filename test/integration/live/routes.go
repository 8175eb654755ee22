package live

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// routeKinds are where packets go, and which are let through: with one route more, a
// private subnet is public, and with one entry of an ACL, nothing is served.
func routeKinds() map[string]Kind {
	return map[string]Kind{
		"aws_route_table": {Key: []string{"tags.Name"}, List: listRouteTables, Computed: []string{"id"}},
		"aws_route": {
			Key:  []string{"route_table_id", "destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"},
			List: listRoutes, Defaults: Attributes{"state": "active"},
		},
		"aws_route_table_association": {Key: []string{"subnet_id", "gateway_id"}, List: listAssociations, Computed: []string{"id"}},
		"aws_network_acl":             {List: listACLs, Key: []string{"id"}},
		"aws_network_acl_rule":        {List: listACLRules, Key: []string{"network_acl_id", "egress", "rule_number", "rule_action", "protocol", "cidr_block"}},
	}
}

// routeTables are those of the VPC but for its main one, which no subnet of the
// environment has.
func routeTables(ctx context.Context, env *Environment) ([]types.RouteTable, error) {
	found, err := Collect(ctx, ec2.NewDescribeRouteTablesPaginator(env.ec2(), &ec2.DescribeRouteTablesInput{Filters: env.inVPC()}),
		func(page *ec2.DescribeRouteTablesOutput) []types.RouteTable { return page.RouteTables })
	return slices.DeleteFunc(found, func(table types.RouteTable) bool {
		return slices.ContainsFunc(table.Associations, func(a types.RouteTableAssociation) bool { return aws.ToBool(a.Main) })
	}), err
}

func listRouteTables(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := routeTables(ctx, env)
	return every(found, err, func(table types.RouteTable) ([]Attributes, error) {
		return one(Attributes{
			"id": table.RouteTableId, "vpc_id": table.VpcId, "tags": tags(table.Tags),
			"propagating_vgws": Values(table.PropagatingVgws, func(v types.PropagatingVgw) *string { return v.GatewayId }),
		})
	})
}

// listRoutes leaves out the route within the VPC, and those that come with an endpoint.
func listRoutes(ctx context.Context, env *Environment) ([]Attributes, error) {
	tables, err := routeTables(ctx, env)
	return every(tables, err, func(table types.RouteTable) ([]Attributes, error) {
		return every(table.Routes, nil, func(r types.Route) ([]Attributes, error) {
			if gateway := aws.ToString(r.GatewayId); gateway == "local" || strings.HasPrefix(gateway, "vpce-") {
				return nil, nil
			}
			return one(Attributes{
				"route_table_id": table.RouteTableId, "destination_cidr_block": r.DestinationCidrBlock, "state": r.State,
				"destination_ipv6_cidr_block": r.DestinationIpv6CidrBlock, "destination_prefix_list_id": r.DestinationPrefixListId,
				"gateway_id": r.GatewayId, "nat_gateway_id": r.NatGatewayId, "network_interface_id": r.NetworkInterfaceId,
				"transit_gateway_id": r.TransitGatewayId, "vpc_peering_connection_id": r.VpcPeeringConnectionId, "egress_only_gateway_id": r.EgressOnlyInternetGatewayId,
			})
		})
	})
}

func listAssociations(ctx context.Context, env *Environment) ([]Attributes, error) {
	tables, err := routeTables(ctx, env)
	return every(tables, err, func(table types.RouteTable) ([]Attributes, error) {
		return every(table.Associations, nil, func(a types.RouteTableAssociation) ([]Attributes, error) {
			return one(Attributes{"id": a.RouteTableAssociationId, "route_table_id": a.RouteTableId, "subnet_id": a.SubnetId, "gateway_id": a.GatewayId})
		})
	})
}

func networkACLs(ctx context.Context, env *Environment) ([]types.NetworkAcl, error) {
	return Collect(ctx, ec2.NewDescribeNetworkAclsPaginator(env.ec2(), &ec2.DescribeNetworkAclsInput{Filters: env.inVPC()}),
		func(page *ec2.DescribeNetworkAclsOutput) []types.NetworkAcl { return page.NetworkAcls })
}

// listACLs leaves out the one that a VPC comes with.
func listACLs(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := networkACLs(ctx, env)
	return every(found, err, func(acl types.NetworkAcl) ([]Attributes, error) {
		if aws.ToBool(acl.IsDefault) {
			return nil, nil
		}
		return one(Attributes{"id": acl.NetworkAclId})
	})
}

// The default ACL allows everything in its entry 100, of IPv6 in 101, and each ACL ends with
// one that nobody can change: https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
const (
	allowAll   = 100
	lastNumber = 32767
)

// listACLRules leaves out the entries that the default ACL comes with, unless they are not
// as they came: then nothing passes.
func listACLRules(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := networkACLs(ctx, env)
	return every(found, err, func(acl types.NetworkAcl) ([]Attributes, error) {
		allowing := 0
		rules, err := every(acl.Entries, nil, func(e types.NetworkAclEntry) ([]Attributes, error) {
			number := aws.ToInt32(e.RuleNumber)
			allows := e.RuleAction == types.RuleActionAllow && aws.ToString(e.Protocol) == "-1"
			if allows && number == allowAll && aws.ToString(e.CidrBlock) == "0.0.0.0/0" {
				allowing++
				return nil, nil
			}
			if number >= lastNumber || allows && number == allowAll+1 {
				return nil, nil
			}
			return one(Attributes{
				"network_acl_id": acl.NetworkAclId, "egress": e.Egress, "rule_number": number,
				"rule_action": e.RuleAction, "protocol": e.Protocol, "cidr_block": aws.ToString(e.CidrBlock) + aws.ToString(e.Ipv6CidrBlock),
			})
		})
		if aws.ToBool(acl.IsDefault) && allowing < 2 {
			rules = append(rules, Attributes{"network_acl_id": acl.NetworkAclId, "rule_number": allowAll, "rule_action": "no longer allows everything"})
		}
		return rules, err
	})
}
