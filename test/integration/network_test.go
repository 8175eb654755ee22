package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
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

// subnets returns the subnets of a tier, given by its ranges and in their order.
func (d *deployment) subnets(t *testing.T, cidrs []string) []types.Subnet {
	t.Helper()
	all := d.allSubnets(t)
	return values(cidrs, func(cidr string) types.Subnet {
		i := slices.IndexFunc(all, func(s types.Subnet) bool { return aws.ToString(s.CidrBlock) == cidr })
		require.GreaterOrEqual(t, i, 0, "no subnet %s in %s", cidr, d.outputs["vpc_id"])
		return all[i]
	})
}

func (d *deployment) publicSubnetIDs(t *testing.T) []string {
	t.Helper()
	return values(d.subnets(t, d.cfg.Network.PublicSubnetCIDRs), subnetID)
}

func (d *deployment) privateSubnetIDs(t *testing.T) []string {
	t.Helper()
	return values(d.subnets(t, d.cfg.Network.PrivateSubnetCIDRs), subnetID)
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

func (d *deployment) internetGateway(t *testing.T) types.InternetGateway {
	t.Helper()
	return only(t, collect(t, ec2.NewDescribeInternetGatewaysPaginator(d.ec2, &ec2.DescribeInternetGatewaysInput{
		Filters: []types.Filter{filter("attachment.vpc-id", d.outputs["vpc_id"])},
	}), func(page *ec2.DescribeInternetGatewaysOutput) []types.InternetGateway { return page.InternetGateways }), "internet gateway")
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
		managed := slices.ContainsFunc(e.Tags, func(tag types.Tag) bool { return aws.ToString(tag.Key) == "GuardDutyManaged" })
		return managed || strings.EqualFold(string(e.State), "deleted")
	})
}

func (d *deployment) flowLogs(t *testing.T) []types.FlowLog {
	t.Helper()
	return collect(t, ec2.NewDescribeFlowLogsPaginator(d.ec2, &ec2.DescribeFlowLogsInput{
		Filter: []types.Filter{filter("resource-id", d.outputs["vpc_id"])},
	}), func(page *ec2.DescribeFlowLogsOutput) []types.FlowLog { return page.FlowLogs })
}

func TestVPC(t *testing.T) {
	d := deployed(t)
	id := d.outputs["vpc_id"]
	found, err := d.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	require.NoError(t, err)
	vpc := only(t, found.Vpcs, id)
	assert.Equal(t, d.cfg.Network.CIDR, aws.ToString(vpc.CidrBlock), "range of %s", id)
	assert.Equal(t, types.VpcStateAvailable, vpc.State, "state of %s", id)
	assert.Contains(t, vpc.Tags, types.Tag{Key: aws.String("Name"), Value: aws.String(d.cfg.Name("vpc"))}, "tags of %s", id)

	hostnames, err := d.ec2.DescribeVpcAttribute(t.Context(), &ec2.DescribeVpcAttributeInput{
		VpcId: &id, Attribute: types.VpcAttributeNameEnableDnsHostnames,
	})
	require.NoError(t, err)
	assert.True(t, aws.ToBool(hostnames.EnableDnsHostnames.Value), "DNS hostnames of %s", id)
	support, err := d.ec2.DescribeVpcAttribute(t.Context(), &ec2.DescribeVpcAttributeInput{
		VpcId: &id, Attribute: types.VpcAttributeNameEnableDnsSupport,
	})
	require.NoError(t, err)
	assert.True(t, aws.ToBool(support.EnableDnsSupport.Value), "DNS support of %s", id)
}

func TestSubnets(t *testing.T) {
	d := deployed(t)
	network := d.cfg.Network
	all := d.allSubnets(t)
	assert.ElementsMatch(t, slices.Concat(network.PublicSubnetCIDRs, network.PrivateSubnetCIDRs),
		values(all, func(s types.Subnet) string { return aws.ToString(s.CidrBlock) }), "subnets of %s", d.outputs["vpc_id"])
	for _, s := range all {
		assert.False(t, aws.ToBool(s.MapPublicIpOnLaunch), "%s assigns public addresses", subnetID(s))
	}
	public, private := d.subnets(t, network.PublicSubnetCIDRs), d.subnets(t, network.PrivateSubnetCIDRs)
	publicIDs := values(public, subnetID)
	for _, tier := range [][]types.Subnet{public, private} {
		zones := values(tier, zone)
		if len(network.AvailabilityZones) > 0 {
			assert.Equal(t, network.AvailabilityZones, zones, "zones of %v", values(tier, subnetID))
		}
		slices.Sort(zones)
		assert.Len(t, slices.Compact(zones), len(tier), "distinct zones of %v", values(tier, subnetID))
	}

	tables := d.routeTables(t)
	gateway := aws.ToString(d.internetGateway(t).InternetGatewayId)
	for _, s := range public {
		assert.Equal(t, gateway, aws.ToString(defaultRoute(t, tables, s).GatewayId), "way out of %s", subnetID(s))
	}

	nats := map[string]types.NatGateway{}
	for _, nat := range d.natGateways(t) {
		nats[aws.ToString(nat.NatGatewayId)] = nat
	}
	if network.NAT == config.NATNone {
		for _, s := range private {
			assert.Nil(t, route(t, tables, s), "%s has a way to the internet", subnetID(s))
		}
		return
	}
	subnetOfNAT := map[string]string{}
	for _, s := range private {
		id := aws.ToString(defaultRoute(t, tables, s).NatGatewayId)
		nat, ok := nats[id]
		if !assert.True(t, ok, "%s leads to the NAT gateway %q, which is not in the VPC", subnetID(s), id) {
			continue
		}
		i := slices.Index(publicIDs, aws.ToString(nat.SubnetId))
		if !assert.GreaterOrEqual(t, i, 0, "%s lies in %s, which is no public subnet", id, aws.ToString(nat.SubnetId)) {
			continue
		}
		if network.NAT == config.NATPerZone {
			assert.Empty(t, subnetOfNAT[id], "%s shares %s with another subnet", subnetID(s), id)
			subnetOfNAT[id] = subnetID(s)
			assert.Equal(t, zone(s), zone(public[i]), "zone of %s, the way out of %s", id, subnetID(s))
		}
	}
}

// defaultRoute is where the subnet sends what is for the internet.
func defaultRoute(t *testing.T, tables map[string]types.RouteTable, s types.Subnet) types.Route {
	t.Helper()
	found := route(t, tables, s)
	require.NotNil(t, found, "%s has no route to %s", subnetID(s), anywhere)
	assert.Equal(t, types.RouteStateActive, found.State, "route of %s to %s", subnetID(s), anywhere)
	return *found
}

// route is the subnet's route to the internet, or nil.
func route(t *testing.T, tables map[string]types.RouteTable, s types.Subnet) *types.Route {
	t.Helper()
	table, ok := tables[subnetID(s)]
	require.True(t, ok, "%s has no route table of its own", subnetID(s))
	i := slices.IndexFunc(table.Routes, func(r types.Route) bool { return aws.ToString(r.DestinationCidrBlock) == anywhere })
	if i < 0 {
		return nil
	}
	return &table.Routes[i]
}

func TestNATGateways(t *testing.T) {
	d := deployed(t)
	nats := d.natGateways(t)
	want := map[config.NAT]int{config.NATPerZone: len(d.cfg.Network.PrivateSubnetCIDRs), config.NATSingle: 1}
	assert.Len(t, nats, want[d.cfg.Network.NAT], "NAT gateways of %s", d.outputs["vpc_id"])
	for _, nat := range nats {
		id := aws.ToString(nat.NatGatewayId)
		assert.Equal(t, types.NatGatewayStateAvailable, nat.State, "state of %s", id)
		assert.Equal(t, types.ConnectivityTypePublic, nat.ConnectivityType, "connectivity of %s", id)
		address := only(t, nat.NatGatewayAddresses, "address of "+id)
		assert.NotEmpty(t, aws.ToString(address.PublicIp), "public address of %s", id)
	}
}

func TestEndpoints(t *testing.T) {
	d := deployed(t)
	prefix := "com.amazonaws." + d.cfg.Region + "."
	want := []string{prefix + "s3"}
	if d.cfg.Network.InterfaceEndpoints {
		want = append(want, prefix+"ecr.api", prefix+"ecr.dkr", prefix+"logs", prefix+"secretsmanager")
		if d.cfg.Service.ExecuteCommand {
			want = append(want, prefix+"ssmmessages")
			if d.cfg.Encryption.CustomerManagedKey {
				want = append(want, prefix+"kms")
			}
		}
	}
	endpoints := d.endpoints(t)
	assert.ElementsMatch(t, want, values(endpoints, func(e types.VpcEndpoint) string { return aws.ToString(e.ServiceName) }),
		"endpoints of %s", d.outputs["vpc_id"])

	tables := d.routeTables(t)
	private := d.privateSubnetIDs(t)
	for _, endpoint := range endpoints {
		id := aws.ToString(endpoint.VpcEndpointId)
		assert.Equal(t, "available", strings.ToLower(string(endpoint.State)), "state of %s", id)
		if endpoint.VpcEndpointType == types.VpcEndpointTypeGateway {
			assert.ElementsMatch(t, values(private, func(s string) string { return aws.ToString(tables[s].RouteTableId) }),
				endpoint.RouteTableIds, "route tables of %s", id)
			continue
		}
		assert.ElementsMatch(t, private, endpoint.SubnetIds, "subnets of %s", id)
		assert.True(t, aws.ToBool(endpoint.PrivateDnsEnabled), "private DNS of %s", id)
		assert.Equal(t, []string{d.securityGroupID(t, "endpoints-sg")},
			values(endpoint.Groups, func(g types.SecurityGroupIdentifier) string { return aws.ToString(g.GroupId) }), "security groups of %s", id)
	}
}

func TestFlowLogs(t *testing.T) {
	d := deployed(t)
	logs := d.flowLogs(t)
	if d.cfg.Network.FlowLogRetentionDays == 0 {
		assert.Empty(t, logs, "flow logs of %s", d.outputs["vpc_id"])
		return
	}
	log := only(t, logs, "flow log of "+d.outputs["vpc_id"])
	id := aws.ToString(log.FlowLogId)
	assert.Equal(t, "ACTIVE", aws.ToString(log.FlowLogStatus), "status of %s", id)
	assert.Equal(t, types.TrafficTypeAll, log.TrafficType, "traffic of %s", id)
	// AWS answers the name or the ARN, as the flow log was created with.
	assert.Contains(t, aws.ToString(log.LogGroupName)+aws.ToString(log.LogDestination), "/aws/vpc/"+d.cfg.StackName(), "log group of %s", id)
	assert.EqualValues(t, d.cfg.Network.FlowLogRetentionDays, aws.ToInt32(d.logGroup(t, "/aws/vpc/").RetentionInDays), "retention of %s", id)
}
