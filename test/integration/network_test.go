package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/integration/live"
)

const anywhere = "0.0.0.0/0"

// inVPC filters by the deployed VPC.
func (d *deployment) inVPC() []types.Filter {
	return []types.Filter{filter("vpc-id", d.outputs["vpc_id"])}
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

func (d *deployment) allSubnets(t *testing.T) []types.Subnet {
	t.Helper()
	return collect(t, ec2.NewDescribeSubnetsPaginator(d.ec2, &ec2.DescribeSubnetsInput{Filters: d.inVPC()}),
		func(page *ec2.DescribeSubnetsOutput) []types.Subnet { return page.Subnets })
}

// subnets returns the subnets of a tier, given by its ranges, or by its ids in a VPC that
// was there already, and in their order.
func (d *deployment) subnets(t *testing.T, cidrs, ids []string) []types.Subnet {
	t.Helper()
	all := d.allSubnets(t)
	return live.Values(slices.Concat(cidrs, ids), func(known string) types.Subnet {
		i := slices.IndexFunc(all, func(s types.Subnet) bool { return aws.ToString(s.CidrBlock) == known || subnetID(s) == known })
		require.GreaterOrEqual(t, i, 0, "no subnet %s in %s", known, d.outputs["vpc_id"])
		return all[i]
	})
}

func (d *deployment) publicSubnets(t *testing.T) []types.Subnet {
	t.Helper()
	return d.subnets(t, d.cfg.Network.PublicSubnetCIDRs, d.cfg.Network.Existing.PublicSubnetIDs)
}

func (d *deployment) privateSubnets(t *testing.T) []types.Subnet {
	t.Helper()
	return d.subnets(t, d.cfg.Network.PrivateSubnetCIDRs, d.cfg.Network.Existing.PrivateSubnetIDs)
}

func subnetID(s types.Subnet) string { return aws.ToString(s.SubnetId) }

func zone(s types.Subnet) string { return aws.ToString(s.AvailabilityZone) }

// routeTables returns the route tables that subnets are associated with. The
// VPC's main table, which AWS makes, is not among them.
func (d *deployment) routeTables(t *testing.T) map[string]types.RouteTable {
	t.Helper()
	bySubnet := map[string]types.RouteTable{}
	for _, table := range collect(t, ec2.NewDescribeRouteTablesPaginator(d.ec2, &ec2.DescribeRouteTablesInput{Filters: d.inVPC()}),
		func(page *ec2.DescribeRouteTablesOutput) []types.RouteTable { return page.RouteTables }) {
		for _, association := range table.Associations {
			if association.SubnetId != nil {
				bySubnet[*association.SubnetId] = table
			}
		}
	}
	return bySubnet
}

// natGateways returns the NAT gateways but for deleted ones, which AWS lists for
// a while.
func (d *deployment) natGateways(t *testing.T) []types.NatGateway {
	t.Helper()
	return collect(t, ec2.NewDescribeNatGatewaysPaginator(d.ec2, &ec2.DescribeNatGatewaysInput{
		Filter: append(d.inVPC(), filter("state", "pending", "available", "failed")),
	}), func(page *ec2.DescribeNatGatewaysOutput) []types.NatGateway { return page.NatGateways })
}

// endpoints returns the VPC's endpoints but for deleted ones, which AWS lists for
// a while, and for that of GuardDuty, which puts one into the VPCs that it watches.
func (d *deployment) endpoints(t *testing.T) []types.VpcEndpoint {
	t.Helper()
	all := collect(t, ec2.NewDescribeVpcEndpointsPaginator(d.ec2, &ec2.DescribeVpcEndpointsInput{Filters: d.inVPC()}),
		func(page *ec2.DescribeVpcEndpointsOutput) []types.VpcEndpoint { return page.VpcEndpoints })
	return slices.DeleteFunc(all, func(e types.VpcEndpoint) bool {
		return live.GuardDuty(e.Tags) || strings.EqualFold(string(e.State), "deleted")
	})
}

// flowLogs returns the environment's own. Those that an organisation adds lead elsewhere.
func (d *deployment) flowLogs(t *testing.T) []types.FlowLog {
	t.Helper()
	all := collect(t, ec2.NewDescribeFlowLogsPaginator(d.ec2, &ec2.DescribeFlowLogsInput{
		Filter: []types.Filter{filter("resource-id", d.outputs["vpc_id"])},
	}), func(page *ec2.DescribeFlowLogsOutput) []types.FlowLog { return page.FlowLogs })
	return slices.DeleteFunc(all, func(log types.FlowLog) bool {
		// AWS answers the name or the ARN, as the flow log was created with.
		return !strings.Contains(aws.ToString(log.LogGroupName)+aws.ToString(log.LogDestination), "/aws/vpc/"+d.cfg.StackName())
	})
}

func TestVPC(t *testing.T) {
	d := deployed(t)
	id := d.outputs["vpc_id"]
	found, err := d.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	require.NoError(t, err)
	assert.Equal(t, types.VpcStateAvailable, only(t, found.Vpcs, id).State, "state of %s", id)
}

// TestZones wants the subnets of a tier in a zone each, and every zone to have one of
// both tiers, so that the loss of a zone leaves the others whole.
func TestZones(t *testing.T) {
	d := deployed(t)
	public, private := live.Values(d.publicSubnets(t), zone), live.Values(d.privateSubnets(t), zone)
	assert.Subset(t, public, private, "zones of the public and the private subnets")
	slices.Sort(private)
	assert.Len(t, slices.Compact(private), len(d.privateSubnets(t)), "zones of the private subnets")
	if !d.cfg.Network.InExistingVPC() {
		assert.Len(t, public, len(private), "zones of the subnets")
	}
}

// TestRoutes wants no subnet to send anything to what is no longer there.
func TestRoutes(t *testing.T) {
	d := deployed(t)
	tables := d.routeTables(t)
	for _, s := range slices.Concat(d.publicSubnets(t), d.privateSubnets(t)) {
		for _, route := range tables[subnetID(s)].Routes {
			assert.Equal(t, types.RouteStateActive, route.State, "route of %s to %s", subnetID(s), aws.ToString(route.DestinationCidrBlock))
		}
	}
}

func TestNATGateways(t *testing.T) {
	d := deployed(t)
	if d.cfg.Network.InExistingVPC() {
		return // They are somebody else's.
	}
	d.settle(t, 10*time.Minute, func() string {
		for _, nat := range d.natGateways(t) {
			id := aws.ToString(nat.NatGatewayId)
			require.NotEqual(t, types.NatGatewayStateFailed, nat.State, "%s: %s", id, aws.ToString(nat.FailureMessage))
			if nat.State != types.NatGatewayStateAvailable {
				return fmt.Sprintf("%s is %s", id, nat.State)
			}
			for _, address := range nat.NatGatewayAddresses {
				require.NotEmpty(t, aws.ToString(address.PublicIp), "public address of %s", id)
				if d.cfg.Network.KeepNATAddresses {
					assert.Contains(t, strings.Split(d.outputs["nat_addresses"], ","), *address.PublicIp, "addresses in the outputs")
				}
			}
		}
		return ""
	})
}

func TestEndpoints(t *testing.T) {
	d := deployed(t)
	if d.cfg.Network.InExistingVPC() {
		return // They are somebody else's.
	}
	d.settle(t, 10*time.Minute, func() string {
		for _, endpoint := range d.endpoints(t) {
			if state := strings.ToLower(string(endpoint.State)); state != "available" {
				require.Contains(t, []string{"pending", "pendingacceptance"}, state, "state of %s", aws.ToString(endpoint.VpcEndpointId))
				return fmt.Sprintf("%s is %s", aws.ToString(endpoint.VpcEndpointId), state)
			}
		}
		return ""
	})
}

// TestFlowLogs wants the flow log to deliver.
func TestFlowLogs(t *testing.T) {
	d := deployed(t)
	if d.cfg.LogState(config.FlowLog) != config.LogOn {
		return
	}
	log := only(t, d.flowLogs(t), "flow log of "+d.outputs["vpc_id"])
	id := aws.ToString(log.FlowLogId)
	assert.Equal(t, "ACTIVE", aws.ToString(log.FlowLogStatus), "status of %s", id)
	assert.NotEqual(t, "FAILED", aws.ToString(log.DeliverLogsStatus), "delivery of %s: %s", id, aws.ToString(log.DeliverLogsErrorMessage))
}
