package constructs

import (
	"fmt"
	"strings"

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
//
// Or it is a VPC that is there already: see [NewExistingNetworking].
type Networking struct {
	// VPCID is the id of the network itself.
	VPCID *string
	// VPC is the network; its default security group has no rules. It is nil where the
	// network was there already.
	VPC vpc.Vpc
	// PublicSubnetIDs are the subnets of the load balancer, one per zone. They assign no
	// public addresses: neither the load balancer nor a NAT gateway needs one assigned.
	PublicSubnetIDs []*string
	// PrivateSubnetIDs are the subnets of the tasks and the database, one per zone.
	PrivateSubnetIDs []*string
	// PublicRoute is the way of the public subnets to the internet. What AWS refuses
	// in a VPC without one depends on it.
	PublicRoute route.Route
	// PublicEgress is [Networking.PublicRoute] with its associations with the subnets.
	// What stands in them depends on it, so that none is cut off when it is removed.
	PublicEgress []cdktf.ITerraformDependable
	// PrivateEgress is the egress of the private subnets: their routes, the
	// routes' associations and the endpoint of S3. What needs it to start depends
	// on it.
	PrivateEgress []cdktf.ITerraformDependable
	// PrivateAssociations are those of the private subnets with their routes, which what
	// stands in them depends on, too.
	PrivateAssociations []cdktf.ITerraformDependable

	// privateZones are the zones of the private subnets, as expressions.
	privateZones []string

	scope        constructs.Construct
	env          Env
	settings     config.Network
	natAddresses []*string
	// existing says that the network is not made here.
	existing     bool
	public       []subnet.Subnet
	available    dataawsavailabilityzones.DataAwsAvailabilityZones
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
	n.VPCID = n.VPC.Id()
	defaultsecuritygroup.NewDefaultSecurityGroup(n.scope, jsii.String("default_sg"), &defaultsecuritygroup.DefaultSecurityGroupConfig{
		VpcId: n.VPCID,
	})

	gateway := internetgateway.NewInternetGateway(n.scope, jsii.String("igw"), &internetgateway.InternetGatewayConfig{
		VpcId: n.VPCID,
		Tags:  n.env.NameTag("igw"),
	})
	public := n.routeTable("public_rt", "public-rt")
	n.PublicRoute = route.NewRoute(n.scope, jsii.String("public_route"), &route.RouteConfig{
		RouteTableId:         public.Id(),
		DestinationCidrBlock: jsii.String(anywhere),
		GatewayId:            gateway.Id(),
		Lifecycle:            madeFirst(),
	})
	n.PublicEgress = []cdktf.ITerraformDependable{n.PublicRoute}

	for i := range n.settings.PublicSubnetCIDRs {
		n.addZone(i, public)
	}
	n.PrivateEgress = append(n.PrivateEgress, n.s3Endpoint())
	return n
}

// addZone creates the public and the private subnet of a zone with their ways out.
func (n *Networking) addZone(index int, public routetable.RouteTable) {
	zone := n.zone(index)
	publicSubnet, association := n.subnet("public", index, n.settings.PublicSubnetCIDRs, zone, public)
	n.public = append(n.public, publicSubnet)
	n.PublicSubnetIDs = append(n.PublicSubnetIDs, publicSubnet.Id())
	n.PublicEgress = append(n.PublicEgress, association)

	private := n.routeTable(numbered("private_rt", index), numberedName("private-rt", index))
	if nat := n.natGatewayOf(index, publicSubnet, association); nat != nil {
		n.PrivateEgress = append(n.PrivateEgress, route.NewRoute(n.scope, jsii.String(numbered("private_route", index)), &route.RouteConfig{
			RouteTableId:         private.Id(),
			DestinationCidrBlock: jsii.String(anywhere),
			NatGatewayId:         nat.Id(),
			Lifecycle:            madeFirst(),
		}))
	}
	if len(n.settings.AvailabilityZones) == 0 {
		zone = publicSubnet.AvailabilityZone() // The one that was kept, and not what is discovered now.
	}
	privateSubnet, association := n.subnet("private", index, n.settings.PrivateSubnetCIDRs, zone, private)
	n.PrivateSubnetIDs = append(n.PrivateSubnetIDs, privateSubnet.Id())
	n.privateZones = append(n.privateZones, address(privateSubnet)+".availability_zone")
	n.PrivateEgress = append(n.PrivateEgress, association)
	n.PrivateAssociations = append(n.PrivateAssociations, association)
	n.routeTables = append(n.routeTables, private.Id())
}

// s3Endpoint routes the private subnets to S3, where ECR stores the layers of images,
// without the NAT gateways. It costs nothing:
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
func (n *Networking) s3Endpoint() vpcendpoint.VpcEndpoint {
	return vpcendpoint.NewVpcEndpoint(n.scope, jsii.String("s3_endpoint"), &vpcendpoint.VpcEndpointConfig{
		VpcId:           n.VPCID,
		VpcEndpointType: jsii.String("Gateway"),
		ServiceName:     n.env.EndpointService("s3"),
		RouteTableIds:   &n.routeTables,
		Tags:            n.env.NameTag("s3-endpoint"),
	})
}

// zone is the configured zone of a pair of subnets, or the region's first one that no
// earlier pair is in. Zones that need an opt-in (Local and Wavelength Zones) are left
// out, because neither NAT gateways nor Aurora run in all of them, and so are those
// without Fargate.
func (n *Networking) zone(index int) *string {
	if configured := n.settings.AvailabilityZones; len(configured) > 0 {
		return &configured[index]
	}
	if n.available == nil {
		filters := []*dataawsavailabilityzones.DataAwsAvailabilityZonesFilter{{
			Name:   jsii.String("opt-in-status"),
			Values: jsii.Strings("opt-in-not-required"),
		}}
		if ids := config.FargateZoneIDs(n.env.Region); len(ids) > 0 {
			filters = append(filters, &dataawsavailabilityzones.DataAwsAvailabilityZonesFilter{Name: jsii.String("zone-id"), Values: jsii.Strings(ids...)})
		}
		n.available = dataawsavailabilityzones.NewDataAwsAvailabilityZones(n.scope, jsii.String("zones"), &dataawsavailabilityzones.DataAwsAvailabilityZonesConfig{
			State:  jsii.String("available"),
			Filter: &filters,
		})
	}
	names := "data.aws_availability_zones." + *n.available.FriendlyUniqueId() + ".names"
	if index == 0 {
		return jsii.String("${" + names + "[0]}")
	}
	// Where no zone is left, as in the region's trouble, a subnet that exists stays where
	// it is, and the condition of [Networking.lifecycle] refuses a new one.
	return jsii.String(fmt.Sprintf("${concat([for zone in %[1]s : zone if !contains([%[2]s], zone)], %[1]s)[0]}", names, n.takenZones()))
}

// takenZones are the zones of the public subnets so far, as an expression's list.
func (n *Networking) takenZones() string {
	var taken []string
	for _, s := range n.public {
		taken = append(taken, address(s)+".availability_zone")
	}
	return strings.Join(taken, ", ")
}

// subnet creates the subnet of one tier in one zone and routes it by the table.
func (n *Networking) subnet(tier string, index int, cidrs []string, zone *string, table routetable.RouteTable) (subnet.Subnet, routetableassociation.RouteTableAssociation) {
	s := subnet.NewSubnet(n.scope, jsii.String(numbered(tier+"_subnet", index)), &subnet.SubnetConfig{
		VpcId:            n.VPCID,
		CidrBlock:        &cidrs[index],
		AvailabilityZone: zone,
		Tags:             n.env.NameTag(numberedName(tier+"-subnet", index)),
		Lifecycle:        n.lifecycle(tier, cidrs[index], index),
	})
	association := routetableassociation.NewRouteTableAssociation(n.scope, jsii.String(numbered(tier+"_rt_association", index)), &routetableassociation.RouteTableAssociationConfig{
		SubnetId:     s.Id(),
		RouteTableId: table.Id(),
		Lifecycle:    madeFirst(),
	})
	return s, association
}

// lifecycle keeps a subnet where it is. The load balancer, the database and the tasks stand
// in it, so that AWS would refuse to replace it; a plan that asks for another range or
// another configured zone fails and says so. A zone that was discovered is kept also when
// the next discovery finds others.
func (n *Networking) lifecycle(tier, cidr string, index int) *cdktf.TerraformResourceLifecycle {
	const advice = " A subnet stays where it is: add subnets to the end of the lists, and remove them from there. See “Change the zones” in docs/operations.md."
	name := n.env.Name(numberedName(tier+"-subnet", index))
	keep := func(attribute, kind, wanted string) *cdktf.Postcondition {
		return &cdktf.Postcondition{
			Condition:    fmt.Sprintf(`${self.%s == "%s"}`, attribute, wanted),
			ErrorMessage: jsii.String(fmt.Sprintf("%s %s ${self.%s}, and not %s.%s", name, kind, attribute, wanted, advice)),
		}
	}
	conditions := []*cdktf.Postcondition{keep("cidr_block", "has the range", cidr)}
	if zones := n.settings.AvailabilityZones; len(zones) > 0 {
		conditions = append(conditions, keep("availability_zone", "is in", zones[index]))
	} else if tier == "public" && index > 0 {
		conditions = append(conditions, &cdktf.Postcondition{
			Condition:    fmt.Sprintf("${!contains([%s], self.availability_zone)}", n.takenZones()),
			ErrorMessage: jsii.String(fmt.Sprintf("No availability zone of the region is left for %s: each pair of subnets needs one of its own that is available.", name)),
		})
	}
	lifecycle := madeFirst()
	lifecycle.IgnoreChanges = jsii.Strings("availability_zone", "cidr_block")
	lifecycle.Postcondition = &conditions
	return lifecycle
}

// natGatewayOf returns the NAT gateway that serves the zone, or nil.
func (n *Networking) natGatewayOf(index int, in subnet.Subnet, routed routetableassociation.RouteTableAssociation) natgateway.NatGateway {
	switch {
	case n.settings.NAT == config.NATNone:
		return nil
	case n.settings.NAT == config.NATSingle && index > 0:
		return n.firstGateway
	}
	gateway := n.natGateway(index, in, routed)
	if index == 0 {
		n.firstGateway = gateway
	}
	return gateway
}

// natGateway creates the NAT gateway of one zone with its Elastic IP. It waits
// for the way to the internet, without which it cannot be of use.
func (n *Networking) natGateway(index int, in subnet.Subnet, routed routetableassociation.RouteTableAssociation) natgateway.NatGateway {
	lifecycle := madeFirst()
	if n.settings.KeepNATAddresses && n.env.Protected {
		lifecycle.PreventDestroy = jsii.Bool(true)
	}
	address := eip.NewEip(n.scope, jsii.String(numbered("nat_eip", index)), &eip.EipConfig{
		Domain:    jsii.String("vpc"),
		Tags:      n.env.NameTag(numberedName("nat-eip", index)),
		DependsOn: &[]cdktf.ITerraformDependable{n.PublicRoute},
		Lifecycle: lifecycle,
	})
	n.natAddresses = append(n.natAddresses, address.PublicIp())
	return natgateway.NewNatGateway(n.scope, jsii.String(numbered("nat", index)), &natgateway.NatGatewayConfig{
		AllocationId: address.Id(),
		SubnetId:     in.Id(),
		Tags:         n.env.NameTag(numberedName("nat", index)),
		DependsOn:    &[]cdktf.ITerraformDependable{n.PublicRoute, routed},
		Lifecycle:    madeFirst(),
	})
}

func (n *Networking) routeTable(id, name string) routetable.RouteTable {
	return routetable.NewRouteTable(n.scope, &id, &routetable.RouteTableConfig{
		VpcId:     n.VPCID,
		Tags:      n.env.NameTag(name),
		Lifecycle: madeFirst(),
	})
}
