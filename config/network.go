package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Network is the address plan of the VPC.
type Network struct {
	// CIDR is the VPC's IPv4 range, /16 to /28.
	CIDR string
	// AvailabilityZones are the zones to use, one for each pair of subnets.
	// Empty takes the region's first zones that need no opt-in.
	AvailabilityZones []string
	// PublicSubnetCIDRs hold the load balancer and the NAT gateways, one per zone.
	PublicSubnetCIDRs []string
	// PrivateSubnetCIDRs hold the tasks and the database, one per zone.
	PrivateSubnetCIDRs []string
	// NAT is how the private subnets reach the internet. Each NAT gateway costs
	// about 33 USD a month and its traffic.
	NAT NAT
	// InterfaceEndpoints keep the calls of ECR, CloudWatch Logs and Secrets
	// Manager inside the VPC. Each of the four costs about 8 USD a month in each
	// zone.
	InterfaceEndpoints bool
	// FlowLogRetentionDays is how many days the VPC's flow logs are kept; 0
	// records none. CloudWatch bills what is recorded by its size.
	FlowLogRetentionDays int
}

func defaultNetwork() Network {
	return Network{
		CIDR:               "10.0.0.0/16",
		PublicSubnetCIDRs:  []string{"10.0.0.0/24", "10.0.1.0/24"},
		PrivateSubnetCIDRs: []string{"10.0.10.0/24", "10.0.11.0/24"},
		NAT:                NATPerZone,
	}
}

// NAT is how private subnets reach the internet.
type NAT string

const (
	// NATPerZone gives each zone a NAT gateway of its own, so that the loss of
	// one zone leaves the others their way out.
	NATPerZone NAT = "per-zone"
	// NATSingle shares the NAT gateway of the first zone. It saves the others'
	// cost, and when that zone is lost, every task is cut off.
	NATSingle NAT = "single"
	// NATNone has no way to the internet, only to what has an endpoint.
	NATNone NAT = "none"
)

// Sizes of a VPC and of its subnets, as lengths of the prefix.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
const (
	largestNetwork  = 16
	smallestNetwork = 28
	// smallestPublicSubnet has the eight free addresses of a load balancer.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
	smallestPublicSubnet = 27
	// reservedAddresses of every subnet are AWS's own.
	reservedAddresses = 5
	// minZones is what a load balancer and a database subnet group need.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
	minZones = 2
)

// subnet is a range that parsed, and the field that holds it.
type subnet struct {
	field  string
	prefix netip.Prefix
}

// checkNetwork checks each range by itself, then all of them together.
func (p *problems) checkNetwork(c Config) {
	n := c.Network
	p.checkCounts(n)
	p.checkZones(n, c.Region)
	p.checkNAT(c)
	if n.FlowLogRetentionDays != 0 {
		p.checkRetention("Network.FlowLogRetentionDays", n.FlowLogRetentionDays)
	}
	vpc, ok := p.network("Network.CIDR", n.CIDR, smallestNetwork)
	public := p.subnets("Network.PublicSubnetCIDRs", n.PublicSubnetCIDRs, smallestPublicSubnet)
	private := p.subnets("Network.PrivateSubnetCIDRs", n.PrivateSubnetCIDRs, smallestNetwork)
	all := slices.Concat(public, private)
	if ok {
		p.checkInside(vpc, all)
	}
	p.checkOverlaps(all)
	if len(private) == len(n.PrivateSubnetCIDRs) {
		p.checkCapacity(private, c)
	}
}

// nats are the ways to the internet.
var nats = []NAT{NATPerZone, NATSingle, NATNone}

// checkNAT checks that what a task needs to start is within its reach: its image
// and the services that keep its logs and its password.
func (p *problems) checkNAT(c Config) {
	const field = "Network.NAT"
	nat := c.Network.NAT
	if !slices.Contains(nats, nat) {
		p.add(field, nat, "is no way to the internet", fmt.Sprintf("%s, %s or %s", NATPerZone, NATSingle, NATNone), "write one of these")
	}
	if nat != NATNone {
		return
	}
	if !c.Network.InterfaceEndpoints {
		p.add(field, nat, "leaves tasks no way to their image, logs and password",
			fmt.Sprintf("%s together with Network.InterfaceEndpoints", NATNone), "set Network.InterfaceEndpoints")
	}
	if c.Registry.ImageTag == "" {
		p.add(field, nat, "leaves tasks no way to the public placeholder image",
			fmt.Sprintf("%s together with Registry.ImageTag", NATNone), "deploy with a NAT gateway first, push an image and set its tag")
	}
}

// checkCounts wants a public and a private subnet in each of two zones or more.
func (p *problems) checkCounts(n Network) {
	public, private := len(n.PublicSubnetCIDRs), len(n.PrivateSubnetCIDRs)
	wanted := max(public, private, minZones)
	count := func(field string, have int) {
		if have < wanted {
			p.add(field, have, "is too few subnets", "two or more, and as many public as private ones",
				fmt.Sprintf("add %d", wanted-have))
		}
	}
	count("Network.PublicSubnetCIDRs", public)
	count("Network.PrivateSubnetCIDRs", private)
}

// checkZones checks the zones that are named; none leaves the choice to AWS.
func (p *problems) checkZones(n Network, region string) {
	const field = "Network.AvailabilityZones"
	zones := n.AvailabilityZones
	if len(zones) == 0 {
		return
	}
	if wanted := max(len(n.PublicSubnetCIDRs), len(n.PrivateSubnetCIDRs)); len(zones) != wanted {
		p.add(field, len(zones), "is not the number of zones that the subnets need",
			"none, or one for each pair of subnets", fmt.Sprintf("name %d zones", wanted))
	}
	seen := make(map[string]bool, len(zones))
	for i, zone := range zones {
		at := element(field, i)
		// A local zone, such as us-west-2-lax-1a, has neither NAT gateways nor Aurora.
		letter, ok := strings.CutPrefix(zone, region)
		if !ok || len(letter) != 1 || letter < "a" || letter > "z" {
			p.add(at, zone, "is not a zone of the region "+region, "the region and one letter", "write "+region+"a or another letter")
		}
		if seen[zone] {
			p.add(at, zone, "is named twice", "zones that differ", "name another zone")
		}
		seen[zone] = true
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

// network parses an IPv4 network of /16 to the smallest size.
func (p *problems) network(field, cidr string, smallest int) (netip.Prefix, bool) {
	allowed := fmt.Sprintf("an IPv4 network of /%d to /%d whose host bits are zero", largestNetwork, smallest)
	prefix, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !prefix.Addr().Is4():
		p.add(field, cidr, "is not an IPv4 range", allowed, "write a range such as 10.0.0.0/24")
	case prefix.Bits() < largestNetwork:
		p.add(field, cidr, "is too large", allowed, "write "+resized(prefix, largestNetwork))
	case prefix.Bits() > smallest:
		p.add(field, cidr, "is too small", allowed, "write "+resized(prefix, smallest))
	case prefix != prefix.Masked():
		p.add(field, cidr, "is not a network address", allowed, "write "+prefix.Masked().String())
	default:
		return prefix, true
	}
	return netip.Prefix{}, false
}

// resized is the network of another size that holds the prefix's address.
func resized(prefix netip.Prefix, bits int) string {
	return netip.PrefixFrom(prefix.Addr(), bits).Masked().String()
}

// checkInside wants every subnet inside the VPC.
func (p *problems) checkInside(vpc netip.Prefix, subnets []subnet) {
	for _, s := range subnets {
		if s.prefix.Bits() < vpc.Bits() || !vpc.Contains(s.prefix.Addr()) {
			p.add(s.field, s.prefix.String(), "is not inside the VPC", "ranges within Network.CIDR, "+vpc.String(),
				"choose a free range within "+vpc.String())
		}
	}
}

// checkOverlaps wants no address in two subnets.
func (p *problems) checkOverlaps(subnets []subnet) {
	for i, later := range subnets {
		for _, earlier := range subnets[:i] {
			if later.prefix.Overlaps(earlier.prefix) {
				p.add(later.field, later.prefix.String(), fmt.Sprintf("overlaps %s, %s", earlier.field, earlier.prefix),
					"ranges that share no address", "choose a free range for one of the two")
			}
		}
	}
}

// mostEndpoints is how many interface endpoints a subnet may have, each with an
// address of its own: four that tasks need to start, and two of ECS Exec.
const mostEndpoints = 6

// checkCapacity wants an address for everything that may run in the private
// subnets: a deployment doubles the tasks, each of which has its own interface,
// beside the instances of the database and the interface endpoints.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
func (p *problems) checkCapacity(private []subnet, c Config) {
	free := 0
	for _, s := range private {
		free += 1<<(32-s.prefix.Bits()) - reservedAddresses
	}
	most := c.Scaling.MaxTasks
	for _, s := range c.Scaling.Schedules {
		most = max(most, s.MaxTasks)
	}
	needed := 2*most + max(c.Database.ReaderCount, c.Database.MaxReaders) + 1
	if c.Network.InterfaceEndpoints {
		needed += mostEndpoints * len(private)
	}
	if free < needed {
		p.add("Network.PrivateSubnetCIDRs", free, "is too few free addresses",
			fmt.Sprintf("%d or more: twice the most tasks of Scaling, the instances of the database and the interface endpoints", needed),
			"enlarge the private subnets or lower Scaling.MaxTasks")
	}
}
