package config

import (
	"fmt"
	"net/netip"
	"slices"
)

// Network is the address plan of the VPC.
type Network struct {
	// CIDR is the IPv4 range of the VPC, from /16 to /28.
	CIDR string
	// AvailabilityZones are the zones to use, one for each pair of subnets. Empty,
	// the default, chooses the region's first zones that need no opt-in and run Fargate,
	// and keeps them. A pair stays in its zone: add and remove zones at the end.
	AvailabilityZones []string
	// PublicSubnetCIDRs are the IPv4 ranges of the load balancer and the NAT gateways,
	// one for each zone, from /16 to /27 and within CIDR. Add and remove them at the end.
	PublicSubnetCIDRs []string
	// PrivateSubnetCIDRs are the IPv4 ranges of the tasks and the database, one for
	// each zone, from /16 to /28 and within CIDR. Add and remove them at the end.
	PrivateSubnetCIDRs []string
	// NAT is how the private subnets reach the internet: through one NAT gateway
	// "per-zone", the default, through a "single" one, or not at all with "none". Each
	// NAT gateway costs about 33 USD a month and its traffic.
	NAT NAT
	// KeepNATAddresses adds the output nat_addresses, the addresses of the NAT gateways, for
	// partners' allow-lists, and keeps Protected environments from losing one. They cost
	// nothing more.
	KeepNATAddresses bool
	// InterfaceEndpoints keeps the calls of ECR, CloudWatch Logs and Secrets Manager
	// inside the VPC, through four endpoints. Each of them costs about 8 USD a month in
	// each zone.
	InterfaceEndpoints bool
	// FlowLogRetentionDays is how many days the VPC's flow logs are kept, one of the
	// retentions that CloudWatch has; 0, the default, records none. CloudWatch bills
	// what is recorded by its size.
	FlowLogRetentionDays int
	// Existing is a VPC that is there already, in place of one of the environment's own.
	Existing ExistingNetwork
}

// NAT is how private subnets reach the internet.
type NAT string

const (
	// NATPerZone gives each zone a NAT gateway of its own, so that the loss of
	// one zone does not cut off the others.
	NATPerZone NAT = "per-zone"
	// NATSingle shares the NAT gateway of the first zone. It saves the others'
	// cost, and when that zone is lost, every task is cut off.
	NATSingle NAT = "single"
	// NATNone reaches nothing but what has an endpoint in the VPC.
	NATNone NAT = "none"
)

// fargateZoneIDs are the zones that Fargate runs in, by their ids, in the regions where it
// does not run in all of them. As of 2026-11-25:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
var fargateZoneIDs = map[string][]string{
	"ap-northeast-1": {"apne1-az1", "apne1-az2", "apne1-az4"},
	"cn-north-1":     {"cnn1-az1", "cnn1-az2"},
	"us-west-1":      {"usw1-az1", "usw1-az3"},
}

// FargateZoneIDs are the ids of the region's zones that Fargate runs in, or none where it
// runs in all of them.
func FargateZoneIDs(region string) []string { return fargateZoneIDs[region] }

func defaultNetwork() Network {
	return Network{
		CIDR:               "10.0.0.0/16",
		PublicSubnetCIDRs:  []string{"10.0.0.0/24", "10.0.1.0/24"},
		PrivateSubnetCIDRs: []string{"10.0.10.0/24", "10.0.11.0/24"},
		NAT:                NATPerZone,
	}
}

// Sizes of a VPC and of its subnets, as lengths of the prefix.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
const (
	largestNetwork  = 16
	smallestNetwork = 28
	// smallestPublicSubnet has the eight free addresses that a load balancer needs.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
	smallestPublicSubnet = 27
	// reservedAddresses of every subnet are AWS's own.
	reservedAddresses = 5
	// minZones is what a load balancer and a database subnet group need.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
	minZones = 2
)

// reservedRanges are no addresses of hosts, which a VPC cannot have.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
var reservedRanges = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("224.0.0.0/4"),
}

// subnet is a range that parsed, and the field that holds it.
type subnet struct {
	field  string
	prefix netip.Prefix
}

// checkNetwork checks each range by itself, then all of them together.
func (p *problems) checkNetwork(n Network) {
	if n.InExistingVPC() { // Nothing of it is planned here.
		return
	}
	p.checkSubnetCounts(n)
	p.checkZones(n)
	p.checkNAT(n)
	if n.FlowLogRetentionDays != 0 {
		p.checkRetention("Network.FlowLogRetentionDays", n.FlowLogRetentionDays)
	}
	vpc, ok := p.network("Network.CIDR", n.CIDR, smallestNetwork)
	for _, reserved := range reservedRanges {
		if ok && reserved.Overlaps(vpc) {
			p.add("Network.CIDR", n.CIDR, "is in "+reserved.String()+", which no network may use", aws("other ranges"),
				do("write a private range, such as 10.0.0.0/16, and subnets within it"))
		}
	}
	public := p.subnets("Network.PublicSubnetCIDRs", n.PublicSubnetCIDRs, smallestPublicSubnet)
	private := p.subnets("Network.PrivateSubnetCIDRs", n.PrivateSubnetCIDRs, smallestNetwork)
	all := slices.Concat(public, private)
	if ok {
		p.checkInside(vpc, all)
	}
	p.checkOverlaps(all, aws("ranges that share no address"), do("choose a free range for one of the two"))
}

// checkNAT checks that tasks reach what they need to start: their image and the
// services that keep their logs and their password.
func (p *problems) checkNAT(n Network) {
	const field = "Network.NAT"
	switch {
	case !slices.Contains([]NAT{NATPerZone, NATSingle, NATNone}, n.NAT):
		p.add(field, n.NAT, "is unknown", ours(fmt.Sprintf("%s, %s or %s", NATPerZone, NATSingle, NATNone), "it knows only these ways to the internet"),
			write(NATPerZone))
	case n.NAT == NATNone && !n.InterfaceEndpoints:
		p.add(field, n.NAT, "cuts tasks off from their image, logs and password",
			ours(fmt.Sprintf("%s together with Network.InterfaceEndpoints", NATNone), "no task could start without them"),
			suggest("set Network.InterfaceEndpoints or write", NATSingle))
	}
	if n.NAT == NATNone && n.KeepNATAddresses {
		p.add("Network.KeepNATAddresses", true, "keeps addresses that are not there", ours("false with Network.NAT none", "a NAT gateway has them"), write(false))
	}
}

// checkSubnetCounts requires a public and a private subnet in each of two zones or more.
func (p *problems) checkSubnetCounts(n Network) {
	public, private := len(n.PublicSubnetCIDRs), len(n.PrivateSubnetCIDRs)
	wanted := max(public, private, minZones)
	for _, have := range []struct {
		field string
		count int
	}{{"Network.PublicSubnetCIDRs", public}, {"Network.PrivateSubnetCIDRs", private}} {
		r := ours("as many public subnets as private ones", "each zone has one of both")
		if have.count < minZones {
			r = aws(fmt.Sprintf("subnets in %d zones or more", minZones))
		}
		if have.count < wanted {
			p.add(have.field, have.count, "is too few subnets", r, do(fmt.Sprintf("add %d", wanted-have.count)))
		}
	}
}

// checkZones checks the zones that are named; none leaves the choice to AWS.
// [problems.checkRegions] checks where they are.
func (p *problems) checkZones(n Network) {
	const field = "Network.AvailabilityZones"
	zones := n.AvailabilityZones
	if wanted := max(len(n.PublicSubnetCIDRs), len(n.PrivateSubnetCIDRs)); len(zones) != 0 && len(zones) != wanted {
		p.add(field, len(zones), "is not the number of zones that the subnets need",
			ours("none, or one for each pair of subnets", "each zone has one of both"), do(fmt.Sprintf("name %d zones", wanted)))
	}
	for i, zone := range zones {
		if slices.Contains(zones[:i], zone) {
			// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
			p.add(element(field, i), zone, "is named twice", aws("one subnet of a load balancer in each zone"), do("name another zone"))
		}
	}
}

// subnets parses ranges; those that do not parse are reported and left out.
func (p *problems) subnets(field string, cidrs []string, smallest int) []subnet {
	parsed := make([]subnet, 0, len(cidrs))
	for i, cidr := range cidrs {
		at := element(field, i)
		if prefix, ok := p.network(at, cidr, smallest); ok {
			parsed = append(parsed, subnet{at, prefix})
		}
	}
	return parsed
}

// network parses an IPv4 network, which should be of /16 to the smallest size.
func (p *problems) network(field, cidr string, smallest int) (netip.Prefix, bool) {
	prefix, ok := p.ipv4(field, cidr, aws("an IPv4 range such as 10.0.0.0/24"))
	if !ok {
		return netip.Prefix{}, false
	}
	// A range of the wrong size is still compared with the others, so that all that is
	// wrong is said at once.
	sizes := aws(fmt.Sprintf("a size of /%d to /%d", largestNetwork, smallest))
	switch {
	case prefix.Bits() < largestNetwork:
		p.add(field, cidr, "is too large", sizes, write(resized(prefix, largestNetwork)))
	case prefix.Bits() > smallest:
		p.add(field, cidr, "is too small", sizes, write(resized(prefix, smallest)))
	}
	return prefix, true
}

// ipv4 parses an IPv4 network of any size. AWS would clear host bits silently, but
// its provider for Terraform refuses them.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
func (p *problems) ipv4(field, cidr string, r rule) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !prefix.Addr().Is4():
		p.add(field, cidr, "is not an IPv4 range", r, do("write a range such as 10.0.0.0/24"))
	case prefix != prefix.Masked():
		p.add(field, cidr, "is not a network address",
			ours("ranges whose host bits are zero", "the AWS provider accepts no others"), write(prefix.Masked().String()))
	default:
		return prefix, true
	}
	return netip.Prefix{}, false
}

// resized is the network of another size that holds the prefix's address.
func resized(prefix netip.Prefix, bits int) string {
	return netip.PrefixFrom(prefix.Addr(), bits).Masked().String()
}

// checkInside requires every subnet inside the VPC.
func (p *problems) checkInside(vpc netip.Prefix, subnets []subnet) {
	for _, s := range subnets {
		if s.prefix.Bits() < vpc.Bits() || !vpc.Contains(s.prefix.Addr()) {
			p.add(s.field, s.prefix.String(), "is not inside the VPC", aws("ranges within Network.CIDR, "+vpc.String()),
				do("choose a free range within "+vpc.String()))
		}
	}
}

// checkOverlaps refuses an address in two ranges.
func (p *problems) checkOverlaps(ranges []subnet, r rule, f fix) {
	for i, later := range ranges {
		for _, earlier := range ranges[:i] {
			if later.prefix.Overlaps(earlier.prefix) {
				p.add(later.field, later.prefix.String(), fmt.Sprintf("overlaps %s, %s", earlier.field, earlier.prefix), r, f)
			}
		}
	}
}
