package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
)

// ExistingNetwork is a VPC that is there already. Nothing of it is made, changed or
// destroyed; each plan checks that an environment can stand in it. It is decided before
// the first deployment.
type ExistingNetwork struct {
	// VPCID is the id of the VPC, such as "vpc-0123456789abcdef0"; empty, the default,
	// makes one. With it, the other fields of Network are left empty, but for NAT, which is
	// "none" where the private subnets reach AWS through endpoints of the VPC alone.
	VPCID string
	// PublicSubnetIDs are the ids of the load balancer's subnets, two or more in different
	// zones, with a route to an internet gateway and 8 free addresses each; none are needed
	// with LoadBalancer.Internal.
	PublicSubnetIDs []string
	// PrivateSubnetIDs are the ids of the tasks' and the database's subnets, two or more in
	// different zones of the public ones, whose way to the internet is no internet gateway.
	PrivateSubnetIDs []string
}

// The ids of VPCs and subnets; older ones are shorter.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
var (
	vpcIDForm    = regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)
	subnetIDForm = regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`)
)

// InExistingVPC tells whether the environment stands in a VPC that it does not make.
func (n Network) InExistingVPC() bool { return !reflect.ValueOf(n.Existing).IsZero() }

// checkExisting checks the ids, and that nothing is asked of a network that is not the
// environment's. What the ids lead to is checked by each plan.
func (p *problems) checkExisting(c Config) {
	n, existing := c.Network, c.Network.Existing
	if !n.InExistingVPC() {
		return
	}
	p.matches("Network.Existing.VPCID", existing.VPCID, vpcIDForm, aws("vpc- and 8 or 17 hexadecimal digits"), do("copy the id of the VPC"))
	if len(existing.PublicSubnetIDs) > 0 || !c.LoadBalancer.Internal {
		p.checkSubnetIDs("Network.Existing.PublicSubnetIDs", existing.PublicSubnetIDs, nil)
	}
	p.checkSubnetIDs("Network.Existing.PrivateSubnetIDs", existing.PrivateSubnetIDs, existing.PublicSubnetIDs)
	alone := ours("nothing besides Network.Existing, and Network.NAT none", "the network is not the environment's")
	for field, value := range reflect.ValueOf(n).Fields() {
		if field.Name == "Existing" || value.IsZero() || value.Interface() == any(NATNone) {
			continue
		}
		shown := value.Interface()
		if value.Kind() == reflect.Slice {
			shown = value.Len()
		}
		p.add("Network."+field.Name, shown, "is set although Network.Existing names a VPC", alone,
			do("write c.Network = config.Network{Existing: …}, or remove Network.Existing"))
	}
}

// checkSubnetIDs checks the ids of a tier, none of which may be another one's.
func (p *problems) checkSubnetIDs(field string, ids, others []string) {
	if len(ids) < minZones {
		p.add(field, len(ids), "is too few subnets", aws(fmt.Sprintf("subnets in %d zones or more", minZones)), do(fmt.Sprintf("add %d", minZones-len(ids))))
	}
	for i, id := range ids {
		p.matches(element(field, i), id, subnetIDForm, aws("subnet- and 8 or 17 hexadecimal digits"), do("copy the id of the subnet"))
		if slices.Contains(slices.Concat(others, ids[:i]), id) {
			p.add(element(field, i), id, "is named twice", ours("each subnet once", "a subnet is public or private, and each zone has one of both"), do("name another subnet"))
		}
	}
}
