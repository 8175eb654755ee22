package live

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// networkKinds are the VPC, its subnets, and what leads in and out of them.
func networkKinds() map[string]Kind {
	return map[string]Kind{
		"aws_vpc": {
			Key: []string{"cidr_block"}, List: listVPC, Computed: []string{"id"},
			Defaults: Attributes{"enable_dns_support": true, "instance_tenancy": "default"},
		},
		"aws_subnet": {
			Key: []string{"cidr_block"}, List: listSubnets, Computed: []string{"id"},
			Skipped: map[string]string{"availability_zone": "of a public subnet, Terraform chose it among the region's; a private one must be in its public one's"},
		},
		"aws_internet_gateway": {Key: []string{"vpc_id"}, List: listInternetGateways, Computed: []string{"id"}},
		"aws_nat_gateway": {
			Key: []string{"subnet_id"}, List: listNATGateways, Computed: []string{"id"},
			Defaults: Attributes{"connectivity_type": "public"},
		},
		"aws_eip": {Key: []string{"tags.Name"}, List: listAddresses, Computed: []string{"id", "public_ip"}},
		"aws_vpc_endpoint": {
			Key: []string{"service_name"}, List: listEndpoints, Computed: []string{"id"},
			Defaults: Attributes{"policy": map[string]any{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}},
		},
		"aws_flow_log": {
			Key: []string{"log_destination"}, List: listFlowLogs, Computed: []string{"id"},
			Defaults: Attributes{"max_aggregation_interval": 600},
		},
	}
}

// ofOwnVPC lists nothing where the VPC is not the environment's.
func ofOwnVPC(kinds map[string]Kind) map[string]Kind {
	for name, kind := range kinds {
		list := kind.List
		kind.List = func(ctx context.Context, env *Environment) ([]Attributes, error) {
			if env.Shared {
				return nil, nil
			}
			return list(ctx, env)
		}
		kinds[name] = kind
	}
	return kinds
}

// standsIn tells whether what has that name is the environment's: it is in the VPC, and
// its name is one of the environment where others stand in the VPC, too.
func (e *Environment) standsIn(ctx context.Context, vpc, name *string) (bool, error) {
	if aws.ToString(vpc) != e.VPC || !e.Shared {
		return aws.ToString(vpc) == e.VPC, nil
	}
	return e.owns(ctx, aws.ToString(name))
}

func (e *Environment) ec2() *ec2.Client { return ec2.NewFromConfig(e.AWS) }

// inVPC filters by the environment's VPC.
func (e *Environment) inVPC() []types.Filter { return filter("vpc-id", e.VPC) }

func filter(name string, values ...string) []types.Filter {
	return []types.Filter{{Name: &name, Values: values}}
}

func listVPC(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := env.ec2().DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{env.VPC}})
	if err != nil {
		return nil, err
	}
	return every(found.Vpcs, nil, func(v types.Vpc) ([]Attributes, error) {
		support, err := env.ec2().DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: v.VpcId, Attribute: types.VpcAttributeNameEnableDnsSupport})
		if err != nil {
			return nil, err
		}
		names, err := env.ec2().DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: v.VpcId, Attribute: types.VpcAttributeNameEnableDnsHostnames})
		if err != nil {
			return nil, err
		}
		return one(Attributes{
			"id": v.VpcId, "cidr_block": v.CidrBlock, "instance_tenancy": v.InstanceTenancy, "tags": tags(v.Tags),
			"enable_dns_support": support.EnableDnsSupport.Value, "enable_dns_hostnames": names.EnableDnsHostnames.Value,
		})
	})
}

func listSubnets(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, ec2.NewDescribeSubnetsPaginator(env.ec2(), &ec2.DescribeSubnetsInput{Filters: env.inVPC()}),
		func(page *ec2.DescribeSubnetsOutput) []types.Subnet { return page.Subnets })
	return every(found, err, func(s types.Subnet) ([]Attributes, error) {
		return one(Attributes{
			"id": s.SubnetId, "vpc_id": s.VpcId, "cidr_block": s.CidrBlock, "availability_zone": s.AvailabilityZone, "tags": tags(s.Tags),
			"map_public_ip_on_launch": s.MapPublicIpOnLaunch, "assign_ipv6_address_on_creation": s.AssignIpv6AddressOnCreation,
		})
	})
}

func listInternetGateways(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, ec2.NewDescribeInternetGatewaysPaginator(env.ec2(), &ec2.DescribeInternetGatewaysInput{Filters: filter("attachment.vpc-id", env.VPC)}),
		func(page *ec2.DescribeInternetGatewaysOutput) []types.InternetGateway { return page.InternetGateways })
	return every(found, err, func(g types.InternetGateway) ([]Attributes, error) {
		return one(Attributes{"id": g.InternetGatewayId, "vpc_id": env.VPC, "tags": tags(g.Tags)})
	})
}

func listNATGateways(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, ec2.NewDescribeNatGatewaysPaginator(env.ec2(), &ec2.DescribeNatGatewaysInput{Filter: env.inVPC()}),
		func(page *ec2.DescribeNatGatewaysOutput) []types.NatGateway { return page.NatGateways })
	return every(found, err, func(g types.NatGateway) ([]Attributes, error) {
		if g.State == types.NatGatewayStateDeleted || g.State == types.NatGatewayStateDeleting { // AWS shows them for another hour.
			return nil, nil
		}
		return one(Attributes{
			"id": g.NatGatewayId, "subnet_id": g.SubnetId, "connectivity_type": g.ConnectivityType, "tags": tags(g.Tags),
			"allocation_id": Values(g.NatGatewayAddresses, func(a types.NatGatewayAddress) *string { return a.AllocationId }),
		})
	})
}

// listAddresses are those that the NAT gateways send from.
func listAddresses(ctx context.Context, env *Environment) ([]Attributes, error) {
	gateways, err := env.Found(ctx, "aws_nat_gateway")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, gateway := range gateways {
		allocations, _ := gateway["allocation_id"].([]any)
		ids = append(ids, Values(allocations, func(id any) string { text, _ := id.(string); return text })...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := env.ec2().DescribeAddresses(ctx, &ec2.DescribeAddressesInput{AllocationIds: ids})
	if err != nil {
		return nil, err
	}
	return every(found.Addresses, nil, func(a types.Address) ([]Attributes, error) {
		return one(Attributes{"id": a.AllocationId, "public_ip": a.PublicIp, "domain": a.Domain, "tags": tags(a.Tags)})
	})
}

// GuardDuty tells whether GuardDuty put the endpoint, or the group of one, into the VPC:
// https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html
func GuardDuty(tagged []types.Tag) bool { return tags(tagged)["GuardDutyManaged"] == "true" }

func listEndpoints(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, ec2.NewDescribeVpcEndpointsPaginator(env.ec2(), &ec2.DescribeVpcEndpointsInput{Filters: env.inVPC()}),
		func(page *ec2.DescribeVpcEndpointsOutput) []types.VpcEndpoint { return page.VpcEndpoints })
	return every(found, err, func(e types.VpcEndpoint) ([]Attributes, error) {
		// AWS writes the state in lower case, and the SDK does not. It lists deleted ones for a while.
		if GuardDuty(e.Tags) || strings.HasPrefix(strings.ToLower(string(e.State)), "delet") {
			return nil, nil
		}
		return one(Attributes{
			"id": e.VpcEndpointId, "vpc_id": e.VpcId, "service_name": e.ServiceName, "vpc_endpoint_type": e.VpcEndpointType, "tags": tags(e.Tags),
			"private_dns_enabled": e.PrivateDnsEnabled, "route_table_ids": e.RouteTableIds, "subnet_ids": e.SubnetIds,
			"security_group_ids": Values(e.Groups, func(g types.SecurityGroupIdentifier) *string { return g.GroupId }),
			"policy":             statements(e.PolicyDocument),
		})
	})
}

// listFlowLogs are those of the VPC that stay in the account: an organisation may collect
// others in one of its own.
func listFlowLogs(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, ec2.NewDescribeFlowLogsPaginator(env.ec2(), &ec2.DescribeFlowLogsInput{Filter: filter("resource-id", env.VPC)}),
		func(page *ec2.DescribeFlowLogsOutput) []types.FlowLog { return page.FlowLogs })
	return every(found, err, func(l types.FlowLog) ([]Attributes, error) {
		destination := aws.ToString(l.LogDestination)
		if name := aws.ToString(l.LogGroupName); destination == "" && name != "" {
			destination = strings.Join([]string{"arn", env.Partition, "logs", env.Region, env.Account, "log-group", name}, ":")
		}
		destination = strings.TrimSuffix(destination, ":*") // All streams of the group.
		if !strings.Contains(destination, ":logs:") || !strings.Contains(destination, ":"+env.Account+":") {
			return nil, nil
		}
		return one(Attributes{
			"id": l.FlowLogId, "vpc_id": l.ResourceId, "log_destination": destination, "iam_role_arn": l.DeliverLogsPermissionArn,
			"traffic_type": l.TrafficType, "max_aggregation_interval": l.MaxAggregationInterval, "tags": tags(l.Tags),
		})
	})
}
