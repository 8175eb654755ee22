package emulator

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// network is what the rules of the network remember.
type network struct {
	mu      sync.Mutex
	limits  map[string]int
	noticed []string
}

// Limit sets how many resources of a kind a region may have, "addresses" or "vpcs". There
// is no limit until it is set: many environments share the account.
func (e *Emulator) Limit(kind string, limit int) {
	e.memory.network.limit(kind, limit)
}

func (n *network) limit(kind string, limit int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.limits == nil {
		n.limits = map[string]int{}
	}
	n.limits[kind] = limit
}

// limited refuses to create one more than there may be.
func (m *memory) limited(c *Call, kind, code string, count func(*ec2.Client) (int, error)) *fault {
	m.network.mu.Lock()
	limit, limited := m.network.limits[kind]
	m.network.mu.Unlock()
	if !limited {
		return nil
	}
	if have, err := count(ec2.NewFromConfig(m.of(c))); err != nil || have < limit {
		return nil
	}
	return refusal(c, code, "The maximum number of "+kind+" has been reached.")
}

// Noticed are the calls so far that AWS refuses, or takes although it cuts something off
// that is in use, each in a sentence that begins with the VPC's id.
func (e *Emulator) Noticed() []string {
	e.memory.network.mu.Lock()
	defer e.memory.network.mu.Unlock()
	return slices.Clone(e.memory.network.noticed)
}

func (n *network) notice(vpc, sentence string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noticed = append(n.noticed, vpc+": "+sentence)
}

// inUse refuses a deletion, and remembers that it was tried.
func (m *memory) inUse(c *Call, vpc, resource, user string) *fault {
	sentence := resource + " has a dependent object: " + user
	m.network.notice(vpc, c.Name()+": "+sentence)
	return refusal(c, "DependencyViolation", sentence)
}

// occupant is something that stands in a VPC.
type occupant struct {
	name, vpc       string
	subnets, groups []string
	// public has a public address, or is reached at one.
	public bool
	// ports are where a load balancer asks for it.
	ports []int32
}

func (o occupant) in(subnet string) bool     { return slices.Contains(o.subnets, subnet) }
func (o occupant) carries(group string) bool { return slices.Contains(o.groups, group) }

// of is the account in the region of the call.
func (m *memory) of(c *Call) aws.Config {
	account := m.account.Copy()
	account.Region = c.Region
	return account
}

// occupants are all that stand in the account's VPCs in the region. What cannot be asked
// for is left out: the call then goes on to moto, which is as broken.
func (m *memory) occupants(c *Call) []occupant {
	ctx, account := background, m.of(c)
	return slices.Concat(loadBalancers(ctx, account), gatewaysAndEndpoints(ctx, account), databases(ctx, account), m.caches.occupants(), services(ctx, account))
}

// occupantWhere is the first one that fulfils the condition, or nil.
func (m *memory) occupantWhere(c *Call, condition func(occupant) bool) *occupant {
	all := m.occupants(c)
	if i := slices.IndexFunc(all, condition); i >= 0 {
		return &all[i]
	}
	return nil
}

func loadBalancers(ctx context.Context, account aws.Config) []occupant {
	out, err := elb.NewFromConfig(account).DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{})
	if err != nil {
		return nil
	}
	var all []occupant
	for _, b := range out.LoadBalancers {
		o := occupant{
			name: "load balancer " + aws.ToString(b.LoadBalancerName), vpc: aws.ToString(b.VpcId), groups: b.SecurityGroups,
			public: b.Scheme != elbtypes.LoadBalancerSchemeEnumInternal,
		}
		for _, zone := range b.AvailabilityZones {
			o.subnets = append(o.subnets, aws.ToString(zone.SubnetId))
		}
		all = append(all, o)
	}
	return all
}

// gatewaysAndEndpoints are the NAT gateways and the VPC's endpoints, whoever made them.
func gatewaysAndEndpoints(ctx context.Context, account aws.Config) []occupant {
	client := ec2.NewFromConfig(account)
	var all []occupant
	gateways, err := client.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{})
	if err != nil {
		return nil
	}
	for _, g := range gateways.NatGateways {
		if g.State != ec2types.NatGatewayStateDeleted {
			all = append(all, occupant{name: "NAT gateway " + aws.ToString(g.NatGatewayId), vpc: aws.ToString(g.VpcId), subnets: []string{aws.ToString(g.SubnetId)}, public: true})
		}
	}
	endpoints, err := client.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{})
	if err != nil {
		return all
	}
	for _, e := range endpoints.VpcEndpoints {
		if strings.EqualFold(string(e.State), "deleted") {
			continue
		}
		o := occupant{name: "endpoint of " + aws.ToString(e.ServiceName), vpc: aws.ToString(e.VpcId), subnets: e.SubnetIds}
		for _, group := range e.Groups {
			o.groups = append(o.groups, aws.ToString(group.GroupId))
		}
		all = append(all, o)
	}
	return all
}

// databases stand in all subnets of their group: AWS chooses where.
func databases(ctx context.Context, account aws.Config) []occupant {
	client := rds.NewFromConfig(account)
	clusters, err := client.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{})
	if err != nil {
		return nil
	}
	groups, err := client.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{})
	if err != nil {
		return nil
	}
	var all []occupant
	for _, cluster := range clusters.DBClusters {
		o := occupant{name: "database " + aws.ToString(cluster.DBClusterIdentifier)}
		for _, group := range cluster.VpcSecurityGroups {
			o.groups = append(o.groups, aws.ToString(group.VpcSecurityGroupId))
		}
		for _, group := range groups.DBSubnetGroups {
			if aws.ToString(group.DBSubnetGroupName) != aws.ToString(cluster.DBSubnetGroup) {
				continue
			}
			o.vpc = aws.ToString(group.VpcId)
			for _, s := range group.Subnets {
				o.subnets = append(o.subnets, aws.ToString(s.SubnetIdentifier))
			}
		}
		all = append(all, o)
	}
	return all
}

// services have tasks in the subnets that they name.
func services(ctx context.Context, account aws.Config) []occupant {
	client := ecs.NewFromConfig(account)
	clusters, err := client.ListClusters(ctx, &ecs.ListClustersInput{})
	if err != nil {
		return nil
	}
	var all []occupant
	for _, cluster := range clusters.ClusterArns {
		names, err := client.ListServices(ctx, &ecs.ListServicesInput{Cluster: &cluster})
		if err != nil || len(names.ServiceArns) == 0 {
			continue
		}
		out, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: names.ServiceArns})
		if err != nil {
			continue
		}
		all = slices.Concat(all, tasksOf(out.Services))
	}
	return all
}

func tasksOf(services []ecstypes.Service) []occupant {
	var all []occupant
	for _, s := range services {
		if aws.ToString(s.Status) == "ACTIVE" && s.NetworkConfiguration != nil && s.NetworkConfiguration.AwsvpcConfiguration != nil {
			in := s.NetworkConfiguration.AwsvpcConfiguration
			o := occupant{name: "tasks of " + aws.ToString(s.ServiceName), subnets: in.Subnets, groups: in.SecurityGroups}
			for _, l := range s.LoadBalancers {
				o.ports = append(o.ports, aws.ToInt32(l.ContainerPort))
			}
			all = append(all, o)
		}
	}
	return all
}

// vpcOf is the VPC of the subnet, or empty.
func (m *memory) vpcOf(c *Call, subnet string) string {
	out, err := ec2.NewFromConfig(m.of(c)).DescribeSubnets(background, &ec2.DescribeSubnetsInput{SubnetIds: []string{subnet}})
	if err != nil || len(out.Subnets) == 0 {
		return ""
	}
	return aws.ToString(out.Subnets[0].VpcId)
}

// routeTables are those of the region.
func (m *memory) routeTables(c *Call) []ec2types.RouteTable {
	out, err := ec2.NewFromConfig(m.of(c)).DescribeRouteTables(background, &ec2.DescribeRouteTablesInput{})
	if err != nil {
		return nil
	}
	return out.RouteTables
}

// leadsOut tells whether one of the tables takes the subnet to an internet gateway.
func leadsOut(tables []ec2types.RouteTable, subnet string) bool {
	return slices.ContainsFunc(tables, func(table ec2types.RouteTable) bool {
		return slices.ContainsFunc(table.Associations, func(a ec2types.RouteTableAssociation) bool { return aws.ToString(a.SubnetId) == subnet }) &&
			slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool { return strings.HasPrefix(aws.ToString(r.GatewayId), "igw-") })
	})
}
