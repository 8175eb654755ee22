package constructs

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsavailabilityzones"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/defaultsecuritygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/eip"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/internetgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/natgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/route"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetableassociation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/subnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcendpoint"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// NetworkingProps configures a [Networking].
type NetworkingProps struct {
	Env Env
	// Settings give the address plan.
	Settings config.Network
}

// Networking is a VPC whose public subnets reach the internet through its
// internet gateway, and whose private subnets reach it through the NAT gateway
// of their own zone, through one that they share, or not at all.
type Networking struct {
	// VPC is the network itself; its default security group has no rules.
	VPC vpc.Vpc
	// PublicSubnets hold the load balancer, one per zone. They assign no public
	// addresses: neither the load balancer nor a NAT gateway needs one assigned.
	PublicSubnets []subnet.Subnet
	// PrivateSubnets hold the tasks and the database, one per zone.
	PrivateSubnets []subnet.Subnet
	// PublicRoute is the way of the public subnets to the internet. What AWS refuses
	// in a VPC without one depends on it.
	PublicRoute route.Route
	// PrivateEgress is the egress of the private subnets: their routes, the
	// routes' associations and the endpoint of S3. What needs it to start depends
	// on it.
	PrivateEgress []cdktf.ITerraformDependable

	scope        constructs.Construct
	env          Env
	settings     config.Network
	routeTables  []*string
	firstGateway natgateway.NatGateway
}

// NewNetworking creates the VPC, its subnets over the configured or discovered
// zones, and the internet and NAT gateways with their route tables.
func NewNetworking(scope constructs.Construct, id string, props NetworkingProps) *Networking {
	n := &Networking{scope: constructs.NewConstruct(scope, &id), env: props.Env, settings: props.Settings}
	n.VPC = vpc.NewVpc(n.scope, jsii.String("vpc"), &vpc.VpcConfig{
		CidrBlock:          jsii.String(n.settings.CIDR),
		EnableDnsHostnames: jsii.Bool(true),
		EnableDnsSupport:   jsii.Bool(true),
		Tags:               n.env.NameTag("vpc"),
	})
	defaultsecuritygroup.NewDefaultSecurityGroup(n.scope, jsii.String("default_sg"), &defaultsecuritygroup.DefaultSecurityGroupConfig{
		VpcId: n.VPC.Id(),
	})

	gateway := internetgateway.NewInternetGateway(n.scope, jsii.String("igw"), &internetgateway.InternetGatewayConfig{
		VpcId: n.VPC.Id(),
		Tags:  n.env.NameTag("igw"),
	})
	public := n.routeTable("public_rt", "public-rt")
	n.PublicRoute = route.NewRoute(n.scope, jsii.String("public_route"), &route.RouteConfig{
		RouteTableId:         public.Id(),
		DestinationCidrBlock: jsii.String(anywhere),
		GatewayId:            gateway.Id(),
	})

	for i, zone := range n.zones() {
		publicSubnet, _ := n.subnet("public", i, n.settings.PublicSubnetCIDRs[i], zone, public)
		private := n.routeTable(numbered("private_rt", i), numberedName("private-rt", i))
		if nat := n.natGatewayOf(i, publicSubnet); nat != nil {
			n.PrivateEgress = append(n.PrivateEgress, route.NewRoute(n.scope, jsii.String(numbered("private_route", i)), &route.RouteConfig{
				RouteTableId:         private.Id(),
				DestinationCidrBlock: jsii.String(anywhere),
				NatGatewayId:         nat.Id(),
			}))
		}
		privateSubnet, association := n.subnet("private", i, n.settings.PrivateSubnetCIDRs[i], zone, private)

		n.PublicSubnets = append(n.PublicSubnets, publicSubnet)
		n.PrivateSubnets = append(n.PrivateSubnets, privateSubnet)
		n.PrivateEgress = append(n.PrivateEgress, association)
		n.routeTables = append(n.routeTables, private.Id())
	}
	n.PrivateEgress = append(n.PrivateEgress, n.s3Endpoint())
	return n
}

// s3Endpoint routes the private subnets to S3, where ECR stores the layers of images,
// without the NAT gateways. It costs nothing:
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
func (n *Networking) s3Endpoint() vpcendpoint.VpcEndpoint {
	return vpcendpoint.NewVpcEndpoint(n.scope, jsii.String("s3_endpoint"), &vpcendpoint.VpcEndpointConfig{
		VpcId:           n.VPC.Id(),
		VpcEndpointType: jsii.String("Gateway"),
		ServiceName:     n.env.EndpointService("s3"),
		RouteTableIds:   &n.routeTables,
		Tags:            n.env.NameTag("s3-endpoint"),
	})
}

// zones returns one zone name per pair of subnets: the configured ones, or the
// region's first zones. Zones that need an opt-in (Local and Wavelength Zones)
// are left out, because neither NAT gateways nor Aurora run in all of them.
func (n *Networking) zones() []*string {
	if configured := n.settings.AvailabilityZones; len(configured) > 0 {
		return *jsii.Strings(configured...)
	}
	count := len(n.settings.PublicSubnetCIDRs)
	available := dataawsavailabilityzones.NewDataAwsAvailabilityZones(n.scope, jsii.String("zones"), &dataawsavailabilityzones.DataAwsAvailabilityZonesConfig{
		State: jsii.String("available"),
		Filter: &[]*dataawsavailabilityzones.DataAwsAvailabilityZonesFilter{{
			Name:   jsii.String("opt-in-status"),
			Values: jsii.Strings("opt-in-not-required"),
		}},
		// Without this, element() would start again at the first zone and put
		// two subnets where the plan promises two zones.
		Lifecycle: &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
			Condition:    fmt.Sprintf("${length(self.names) >= %d}", count),
			ErrorMessage: jsii.String(fmt.Sprintf("The region has fewer than the %d availability zones that the subnets need.", count)),
		}}},
	})
	zones := make([]*string, count)
	for i := range zones {
		zones[i] = cdktf.Token_AsString(cdktf.Fn_Element(available.Names(), jsii.Number(i)), nil)
	}
	return zones
}

// subnet creates the subnet of one tier in one zone and routes it by the table.
func (n *Networking) subnet(tier string, index int, cidr string, zone *string, table routetable.RouteTable) (subnet.Subnet, routetableassociation.RouteTableAssociation) {
	s := subnet.NewSubnet(n.scope, jsii.String(numbered(tier+"_subnet", index)), &subnet.SubnetConfig{
		VpcId:            n.VPC.Id(),
		CidrBlock:        jsii.String(cidr),
		AvailabilityZone: zone,
		Tags:             n.env.NameTag(numberedName(tier+"-subnet", index)),
	})
	association := routetableassociation.NewRouteTableAssociation(n.scope, jsii.String(numbered(tier+"_rt_association", index)), &routetableassociation.RouteTableAssociationConfig{
		SubnetId:     s.Id(),
		RouteTableId: table.Id(),
	})
	return s, association
}

// natGatewayOf returns the NAT gateway that serves the zone, or nil.
func (n *Networking) natGatewayOf(index int, in subnet.Subnet) natgateway.NatGateway {
	switch {
	case n.settings.NAT == config.NATNone:
		return nil
	case n.settings.NAT == config.NATSingle && index > 0:
		return n.firstGateway
	}
	gateway := n.natGateway(index, in)
	if index == 0 {
		n.firstGateway = gateway
	}
	return gateway
}

// natGateway creates the NAT gateway of one zone with its Elastic IP. It waits
// for the way to the internet, without which it cannot be of use.
func (n *Networking) natGateway(index int, in subnet.Subnet) natgateway.NatGateway {
	address := eip.NewEip(n.scope, jsii.String(numbered("nat_eip", index)), &eip.EipConfig{
		Domain:    jsii.String("vpc"),
		Tags:      n.env.NameTag(numberedName("nat-eip", index)),
		DependsOn: &[]cdktf.ITerraformDependable{n.PublicRoute},
	})
	return natgateway.NewNatGateway(n.scope, jsii.String(numbered("nat", index)), &natgateway.NatGatewayConfig{
		AllocationId: address.Id(),
		SubnetId:     in.Id(),
		Tags:         n.env.NameTag(numberedName("nat", index)),
		DependsOn:    &[]cdktf.ITerraformDependable{n.PublicRoute},
	})
}

func (n *Networking) routeTable(id, name string) routetable.RouteTable {
	return routetable.NewRouteTable(n.scope, &id, &routetable.RouteTableConfig{
		VpcId: n.VPC.Id(),
		Tags:  n.env.NameTag(name),
	})
}

// subnetIDs returns the ids of the subnets, for resources that take a list.
func subnetIDs(subnets []subnet.Subnet) *[]*string {
	ids := make([]*string, len(subnets))
	for i, s := range subnets {
		ids[i] = s.Id()
	}
	return &ids
}
