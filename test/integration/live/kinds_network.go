package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// networkKinds are the VPC, and what is in it.
func networkKinds() map[string]Kind {
	return map[string]Kind{
		"aws_vpc": {
			Key:      []string{"cidr_block"},
			List:     listVPC,
			Computed: []string{"id", "arn"},
			Defaults: Attributes{"enable_dns_support": true, "instance_tenancy": "default"},
		},
		"aws_subnet": {
			Key:      []string{"vpc_id", "cidr_block"},
			List:     listSubnets,
			Computed: []string{"id", "arn"},
			Skipped:  map[string]string{"availability_zone": "of a public subnet, Terraform chose it among those of the region; a private one is in that of its public one"},
		},
	}
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
	attribute := func(name types.VpcAttributeName) *types.AttributeBooleanValue {
		answer, failed := env.ec2().DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: &env.VPC, Attribute: name})
		if failed != nil {
			err = failed
			return &types.AttributeBooleanValue{}
		}
		if name == types.VpcAttributeNameEnableDnsSupport {
			return answer.EnableDnsSupport
		}
		return answer.EnableDnsHostnames
	}
	return each(found.Vpcs, err, func(v types.Vpc) Attributes {
		return Attributes{
			"id": v.VpcId, "cidr_block": v.CidrBlock, "instance_tenancy": v.InstanceTenancy, "tags": tags(v.Tags),
			"enable_dns_support":   attribute(types.VpcAttributeNameEnableDnsSupport).Value,
			"enable_dns_hostnames": attribute(types.VpcAttributeNameEnableDnsHostnames).Value,
		}
	})
}

func listSubnets(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := collect(ctx, ec2.NewDescribeSubnetsPaginator(env.ec2(), &ec2.DescribeSubnetsInput{Filters: env.inVPC()}),
		func(page *ec2.DescribeSubnetsOutput) []types.Subnet { return page.Subnets })
	return each(found, err, func(s types.Subnet) Attributes {
		return Attributes{
			"id": s.SubnetId, "vpc_id": s.VpcId, "cidr_block": s.CidrBlock, "availability_zone": s.AvailabilityZone, "tags": tags(s.Tags),
			"map_public_ip_on_launch": s.MapPublicIpOnLaunch, "assign_ipv6_address_on_creation": s.AssignIpv6AddressOnCreation,
		}
	})
}
