package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsroutetable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsroutetables"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawssubnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsvpc"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsvpcendpoint"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// balancerAddresses are those that a load balancer wants free in each of its subnets:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
const balancerAddresses = 8

// ExistingNetworkingProps configures [NewExistingNetworking].
type ExistingNetworkingProps struct {
	Env Env
	// Settings name the VPC and its subnets.
	Settings config.Network
	// PrivateAddresses is how many the private subnets must have.
	PrivateAddresses int
}

// NewExistingNetworking looks at a VPC that is there already, of which it makes and
// changes nothing. A plan fails that finds it unfit for an environment.
func NewExistingNetworking(scope constructs.Construct, id string, props ExistingNetworkingProps) *Networking {
	existing := props.Settings.Existing
	n := &Networking{
		scope: constructs.NewConstruct(scope, &id), env: props.Env, settings: props.Settings, existing: true, VPCID: &existing.VPCID,
		PublicSubnetIDs: *jsii.Strings(existing.PublicSubnetIDs...), PrivateSubnetIDs: *jsii.Strings(existing.PrivateSubnetIDs...),
	}
	network := dataawsvpc.NewDataAwsVpc(n.scope, jsii.String("vpc"), &dataawsvpc.DataAwsVpcConfig{
		Id: n.VPCID,
		// Endpoints, and the names of the database, are resolved inside of the VPC.
		Lifecycle: requires(postcondition("self.enable_dns_support && self.enable_dns_hostnames",
			"Network.Existing.VPCID: %s resolves no names; fix: turn on its DNS support and its DNS host names.", existing.VPCID)),
	})
	var public, free []string
	for i, subnet := range existing.PublicSubnetIDs {
		found := n.existingSubnet("public", i, subnet, public, nil)
		public, free = append(public, found+".availability_zone"), append(free, found+".available_ip_address_count")
		n.routesOf(network, "public", i, subnet, requires(postcondition(
			`anytrue([for r in self.routes : r.cidr_block == "0.0.0.0/0" && startswith(r.gateway_id, "igw-")])`,
			"Network.Existing.PublicSubnetIDs: %s has no route to an internet gateway, without which nobody reaches the load balancer; fix: add the route, or name a public subnet.", subnet)))
	}
	var private, tables []string
	for i, subnet := range existing.PrivateSubnetIDs {
		found := n.existingSubnet("private", i, subnet, n.privateZones, public)
		n.privateZones, private = append(n.privateZones, found+".availability_zone"), append(private, found+".available_ip_address_count")
		tables = append(tables, n.routesOf(network, "private", i, subnet, n.leavesOtherwise(subnet))+".id")
	}
	if n.settings.NAT == config.NATNone {
		n.requireEndpoint("s3", "Gateway", fmt.Sprintf("length(setsubtract([%s], self.route_table_ids)) == 0", strings.Join(tables, ", ")),
			"is not in the route tables of all private subnets; fix: add them")
	}
	n.countFree(free, private, props.PrivateAddresses)
	return n
}

// existingSubnet finds a subnet, which must be of the VPC and in a zone of its own: one
// that is not taken by others of its tier, and, where there are partners, is one of theirs.
// It returns its address.
func (n *Networking) existingSubnet(tier string, index int, id string, taken, partners []string) string {
	field := map[string]string{"public": "Network.Existing.PublicSubnetIDs", "private": "Network.Existing.PrivateSubnetIDs"}[tier]
	conditions := []*cdktf.Postcondition{
		postcondition(fmt.Sprintf("self.vpc_id == %q", *n.VPCID), "%s: %s is a subnet of ${self.vpc_id}; fix: name one of %s.", field, id, *n.VPCID),
		// Neither Fargate nor Aurora runs in all Local Zones, whose names are longer.
		postcondition(fmt.Sprintf("can(regex(%q, self.availability_zone)) && !contains([%s], self.availability_zone)", "^"+n.env.Region+"[a-z]$", strings.Join(taken, ", ")),
			"%s: %s is in ${self.availability_zone}; fix: name one subnet in each of two or more availability zones of %s.", field, id, n.env.Region),
	}
	if tier == "private" {
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#availability-zones
		conditions = append(conditions, postcondition(fmt.Sprintf("length([%[1]s]) == 0 || contains([%[1]s], self.availability_zone)", strings.Join(partners, ", ")),
			"%s: %s is in ${self.availability_zone}, where the load balancer has no subnet and so sends nothing; fix: name a public subnet there, too.", field, id))
		if zones := config.FargateZoneIDs(n.env.Region); len(zones) > 0 {
			conditions = append(conditions, postcondition(fmt.Sprintf(`contains(["%s"], self.availability_zone_id)`, strings.Join(zones, `", "`)),
				"%s: %s is in ${self.availability_zone_id}, where Fargate does not run; fix: name one in %s.", field, id, strings.Join(zones, ", ")))
		}
	}
	found := dataawssubnet.NewDataAwsSubnet(n.scope, jsii.String(numbered(tier+"_subnet", index)), &dataawssubnet.DataAwsSubnetConfig{
		Id: &id, Lifecycle: requires(conditions...),
	})
	return dataAddress(found)
}

// routesOf finds the route table of a subnet, its own or the VPC's main one, and returns
// its address.
func (n *Networking) routesOf(network dataawsvpc.DataAwsVpc, tier string, index int, subnet string, lifecycle *cdktf.TerraformResourceLifecycle) string {
	own := dataawsroutetables.NewDataAwsRouteTables(n.scope, jsii.String(numbered(tier+"_rts", index)), &dataawsroutetables.DataAwsRouteTablesConfig{
		VpcId:  n.VPCID,
		Filter: &[]*dataawsroutetables.DataAwsRouteTablesFilter{{Name: jsii.String("association.subnet-id"), Values: jsii.Strings(subnet)}},
	})
	return dataAddress(dataawsroutetable.NewDataAwsRouteTable(n.scope, jsii.String(numbered(tier+"_rt", index)), &dataawsroutetable.DataAwsRouteTableConfig{
		RouteTableId: jsii.String(fmt.Sprintf("${concat(%s.ids, [%s.main_route_table_id])[0]}", dataAddress(own), dataAddress(network))),
		Lifecycle:    lifecycle,
	}))
}

// leavesOtherwise requires a way to the internet that takes tasks along, which have no
// public address, unless endpoints are all that they need.
func (n *Networking) leavesOtherwise(subnet string) *cdktf.TerraformResourceLifecycle {
	if n.settings.NAT == config.NATNone {
		return nil
	}
	return requires(postcondition(`anytrue([for r in self.routes : r.cidr_block == "0.0.0.0/0" && !startswith(r.gateway_id, "igw-")])`,
		"Network.Existing.PrivateSubnetIDs: %s has no route to the internet through a NAT gateway, a transit gateway or a firewall, without which no task starts; fix: add the route, name a private subnet, or write Network.NAT none if the VPC has endpoints of AWS's services.", subnet))
}

// requireEndpoints requires the endpoints without which tasks do not start where they
// have no other way to AWS: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
func (n *Networking) requireEndpoints(services []string) {
	if !n.existing || n.settings.NAT != config.NATNone {
		return
	}
	for _, service := range services {
		n.requireEndpoint(service, "Interface", "self.private_dns_enabled", "has no private DNS name, by which tasks would find it; fix: enable it")
	}
}

// requireEndpoint requires the VPC's endpoint of one service of AWS, on the condition.
func (n *Networking) requireEndpoint(service, kind, condition, otherwise string) {
	id := strings.ReplaceAll(service, ".", "_") + "_endpoint"
	dataawsvpcendpoint.NewDataAwsVpcEndpoint(n.scope, &id, &dataawsvpcendpoint.DataAwsVpcEndpointConfig{
		VpcId: n.VPCID, ServiceName: n.env.EndpointService(service), State: jsii.String("available"),
		Filter:    &[]*dataawsvpcendpoint.DataAwsVpcEndpointFilter{{Name: jsii.String("vpc-endpoint-type"), Values: jsii.Strings(kind)}},
		Lifecycle: requires(postcondition(condition, "Network.Existing: the endpoint of %s, ${self.id}, %s.", service, otherwise)),
	})
}

// countFree requires enough free addresses before the first deployment. The state remembers
// how many there were: later, the environment's own have taken some.
func (n *Networking) countFree(public, private []string, needed int) {
	conditions := []*cdktf.Postcondition{postcondition(fmt.Sprintf("self.input.private >= %d", needed),
		"Network.Existing.PrivateSubnetIDs: ${self.input.private} addresses are free in all, and twice Scaling.MaxTasks and the database take %d; fix: name larger subnets, or lower Scaling.MaxTasks.", needed)}
	input := map[string]string{"private": "${" + strings.Join(private, " + ") + "}"}
	if len(public) > 0 {
		input["public"] = "${min(" + strings.Join(public, ", ") + ")}"
		conditions = append(conditions, postcondition(fmt.Sprintf("self.input.public >= %d", balancerAddresses),
			"Network.Existing.PublicSubnetIDs: ${self.input.public} addresses are free in one of them, and a load balancer needs %d in each; fix: name larger subnets.", balancerAddresses))
	}
	free := cdktf.NewTerraformResource(n.scope, jsii.String("free_addresses"), &cdktf.TerraformResourceConfig{
		TerraformResourceType: jsii.String("terraform_data"),
		Lifecycle:             &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("input"), Postcondition: &conditions},
	})
	free.AddOverride(jsii.String("input"), input)
	free.AddOverride(jsii.String("triggers_replace"), append(n.PublicSubnetIDs, n.PrivateSubnetIDs...))
}

// stays refuses to take the database to another VPC. AWS would, too, after the rest of the
// environment has been destroyed.
func (n *Networking) stays() *cdktf.TerraformResourceLifecycle {
	if !n.existing {
		return nil
	}
	return requires(postcondition(fmt.Sprintf("self.vpc_id == %q", *n.VPCID),
		"Network.Existing.VPCID: the environment stands in ${self.vpc_id}, and no database goes from one VPC to another. Take the field back, or make a new environment in %s and restore a snapshot there.", *n.VPCID))
}

// postcondition is a condition on what was found, with what to say when it does not hold.
func postcondition(condition, message string, arguments ...any) *cdktf.Postcondition {
	return &cdktf.Postcondition{Condition: jsii.String("${" + condition + "}"), ErrorMessage: jsii.String(fmt.Sprintf(message, arguments...))}
}

// requires makes a plan fail unless all of the conditions hold.
func requires(conditions ...*cdktf.Postcondition) *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{Postcondition: &conditions}
}

// dataAddress is [address] of a data source.
func dataAddress(source cdktf.TerraformDataSource) string {
	return "data." + *source.TerraformResourceType() + "." + *source.FriendlyUniqueId()
}
