package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

var refusedNetwork = []refusal{
	{"VPC text", func(c *Config) { c.Network.CIDR = "ten" }, []string{
		`Network.CIDR: "ten" is not an IPv4 range; AWS allows an IPv4 range such as 10.0.0.0/24; fix: write a range such as 10.0.0.0/24`,
	}},
	{"VPC of multicast", func(c *Config) { reserved(c, "224.1") }, []string{
		`Network.CIDR: "224.1.0.0/16" is in 224.0.0.0/4, which no network may use; AWS allows other ranges; fix: write a private range, such as 10.0.0.0/16, and subnets within it`,
	}},
	{"VPC of the machine itself", func(c *Config) { reserved(c, "127.0") }, []string{
		`Network.CIDR: "127.0.0.0/16" is in 127.0.0.0/8, which no network may use; AWS allows other ranges; fix: write a private range, such as 10.0.0.0/16, and subnets within it`,
	}},
	{"VPC of the link", func(c *Config) { reserved(c, "169.254") }, []string{
		`Network.CIDR: "169.254.0.0/16" is in 169.254.0.0/16, which no network may use; AWS allows other ranges; fix: write a private range, such as 10.0.0.0/16, and subnets within it`,
	}},
	{"VPC of nowhere", func(c *Config) { reserved(c, "0.0") }, []string{
		`Network.CIDR: "0.0.0.0/16" is in 0.0.0.0/8, which no network may use; AWS allows other ranges; fix: write a private range, such as 10.0.0.0/16, and subnets within it`,
	}},
	{"VPC IPv6", func(c *Config) { c.Network.CIDR = "fd00::/16" }, []string{
		`Network.CIDR: "fd00::/16" is not an IPv4 range; AWS allows an IPv4 range such as 10.0.0.0/24; fix: write a range such as 10.0.0.0/24`,
	}},
	{"VPC mapped", func(c *Config) { c.Network.CIDR = "::ffff:10.0.0.0/112" }, []string{
		`Network.CIDR: "::ffff:10.0.0.0/112" is not an IPv4 range; AWS allows an IPv4 range such as 10.0.0.0/24; fix: write a range such as 10.0.0.0/24`,
	}},
	{"VPC host bits", func(c *Config) { c.Network.CIDR = "10.0.0.1/16" }, []string{
		`Network.CIDR: "10.0.0.1/16" is not a network address; this program allows ranges whose host bits are zero, because the AWS provider accepts no others; fix: write 10.0.0.0/16`,
	}},
	{"VPC large", func(c *Config) { c.Network.CIDR = "10.0.0.0/15" }, []string{
		`Network.CIDR: "10.0.0.0/15" is too large; AWS allows a size of /16 to /28; fix: write 10.0.0.0/16`,
	}},
	{"VPC small", func(c *Config) { c.Network.CIDR = "10.0.0.0/29" }, []string{
		`Network.CIDR: "10.0.0.0/29" is too small; AWS allows a size of /16 to /28; fix: write 10.0.0.0/28`,
		`Network.PublicSubnetCIDRs[0]: "10.0.0.0/24" is not inside the VPC; AWS allows ranges within Network.CIDR, 10.0.0.0/29; fix: choose a free range within 10.0.0.0/29`,
		`Network.PublicSubnetCIDRs[1]: "10.0.1.0/24" is not inside the VPC; AWS allows ranges within Network.CIDR, 10.0.0.0/29; fix: choose a free range within 10.0.0.0/29`,
		`Network.PrivateSubnetCIDRs[0]: "10.0.10.0/24" is not inside the VPC; AWS allows ranges within Network.CIDR, 10.0.0.0/29; fix: choose a free range within 10.0.0.0/29`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.11.0/24" is not inside the VPC; AWS allows ranges within Network.CIDR, 10.0.0.0/29; fix: choose a free range within 10.0.0.0/29`,
	}},
	{"public subnet small", func(c *Config) { c.Network.PublicSubnetCIDRs[1] = "10.0.1.0/28" }, []string{
		`Network.PublicSubnetCIDRs[1]: "10.0.1.0/28" is too small; AWS allows a size of /16 to /27; fix: write 10.0.1.0/27`,
	}},
	{"subnet outside", func(c *Config) { c.Network.PublicSubnetCIDRs[0] = "10.1.0.0/24" }, []string{
		`Network.PublicSubnetCIDRs[0]: "10.1.0.0/24" is not inside the VPC; AWS allows ranges within Network.CIDR, 10.0.0.0/16; fix: choose a free range within 10.0.0.0/16`,
	}},
	{"subnet larger than VPC", func(c *Config) {
		c.Network = Network{
			CIDR:               "10.0.0.0/24",
			PublicSubnetCIDRs:  []string{"10.0.0.0/27", "10.0.0.32/27"},
			PrivateSubnetCIDRs: []string{"10.0.0.64/26", "10.0.0.0/23"},
			NAT:                NATPerZone,
		}
	}, []string{
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" is not inside the VPC; AWS allows ranges within Network.CIDR, 10.0.0.0/24; fix: choose a free range within 10.0.0.0/24`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PublicSubnetCIDRs[0], 10.0.0.0/27; AWS allows ranges that share no address; fix: choose a free range for one of the two`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PublicSubnetCIDRs[1], 10.0.0.32/27; AWS allows ranges that share no address; fix: choose a free range for one of the two`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PrivateSubnetCIDRs[0], 10.0.0.64/26; AWS allows ranges that share no address; fix: choose a free range for one of the two`,
	}},
	{"subnet twice", func(c *Config) { c.Network.PrivateSubnetCIDRs[1] = "10.0.10.0/24" }, []string{
		`Network.PrivateSubnetCIDRs[1]: "10.0.10.0/24" overlaps Network.PrivateSubnetCIDRs[0], 10.0.10.0/24; AWS allows ranges that share no address; fix: choose a free range for one of the two`,
	}},
	{"subnets full", func(c *Config) { c.Scaling.MaxTasks = 251 }, []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; this program allows 504 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"one private subnet", func(c *Config) { c.Network.PrivateSubnetCIDRs = c.Network.PrivateSubnetCIDRs[:1] }, []string{
		`Network.PrivateSubnetCIDRs: 1 is too few subnets; AWS allows subnets in 2 zones or more; fix: add 1`,
	}},
	{"third private subnet", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = append(c.Network.PrivateSubnetCIDRs, "10.0.12.0/24")
	}, []string{
		`Network.PublicSubnetCIDRs: 2 is too few subnets; this program allows as many public subnets as private ones, because each zone has one of both; fix: add 1`,
	}},
	{"number of zones", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a"} }, []string{
		`Network.AvailabilityZones: 1 is not the number of zones that the subnets need; this program allows none, or one for each pair of subnets, because each zone has one of both; fix: name 2 zones`,
	}},
	{"zone twice", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1a"} }, []string{
		`Network.AvailabilityZones[1]: "eu-south-1a" is named twice; AWS allows one subnet of a load balancer in each zone; fix: name another zone`,
	}},
	{"zones elsewhere", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-west-1a", "eu-south-1-mil-1a"} }, []string{
		`Network.AvailabilityZones[0]: "eu-west-1a" is not a zone of the region eu-south-1; AWS allows the region and one letter; fix: write eu-south-1a or another letter`,
		`Network.AvailabilityZones[1]: "eu-south-1-mil-1a" is not a zone of the region eu-south-1; AWS allows the region and one letter; fix: write eu-south-1a or another letter`,
	}},
	{"reader scaling without room", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/28", "10.0.11.0/28"}
		c.Scaling.MaxTasks = 9
		c.Database.MaxReaders = 4
	}, []string{
		`Network.PrivateSubnetCIDRs: 22 is too few free addresses; this program allows 23 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"endpoints without room", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/28", "10.0.11.0/28"}
		c.Scaling.MaxTasks = 10
		c.Network.InterfaceEndpoints = true
	}, []string{
		`Network.PrivateSubnetCIDRs: 22 is too few free addresses; this program allows 34 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"flow log retention", func(c *Config) { c.Network.FlowLogRetentionDays = 2 }, []string{
		`Network.FlowLogRetentionDays: 2 is not a retention of CloudWatch; AWS allows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; fix: write 3`,
	}},
	{"NAT", func(c *Config) { c.Network.NAT = "one" }, []string{
		`Network.NAT: "one" is unknown; this program allows per-zone, single or none, because it knows only these ways to the internet; fix: write per-zone`,
	}},
	{"no NAT", func(c *Config) { c.Network.NAT = NATNone }, []string{
		`Network.NAT: "none" cuts tasks off from their image, logs and password; this program allows none together with Network.InterfaceEndpoints, because no task could start without them; fix: set Network.InterfaceEndpoints or write single`,
		`Network.NAT: "none" cuts tasks off from the public placeholder image; this program allows none together with Registry.ImageTag, because public images cannot be reached without a NAT gateway; fix: push an image and set its tag, or write single`,
	}},
	{"addresses of no NAT", func(c *Config) {
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag, c.Network.KeepNATAddresses = NATNone, true, "v1", true
	}, []string{
		`Network.KeepNATAddresses: true keeps addresses that are not there; this program allows false with Network.NAT none, because a NAT gateway has them; fix: write false`,
	}},
	{"letter before a", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1`", "eu-south-1a"} }, []string{
		"Network.AvailabilityZones[0]: \"eu-south-1`\" is not a zone of the region eu-south-1; AWS allows the region and one letter; fix: write eu-south-1a or another letter",
	}},
	{"letter after z", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1{", "eu-south-1a"} }, []string{
		`Network.AvailabilityZones[0]: "eu-south-1{" is not a zone of the region eu-south-1; AWS allows the region and one letter; fix: write eu-south-1a or another letter`,
	}},
	{"private subnet text", func(c *Config) { c.Network.PrivateSubnetCIDRs[0] = "ten" }, []string{
		`Network.PrivateSubnetCIDRs[0]: "ten" is not an IPv4 range; AWS allows an IPv4 range such as 10.0.0.0/24; fix: write a range such as 10.0.0.0/24`,
	}},
	{"subnet of the whole VPC", func(c *Config) { c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/24", "10.0.0.0/16"} }, []string{
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/16" overlaps Network.PublicSubnetCIDRs[0], 10.0.0.0/24; AWS allows ranges that share no address; fix: choose a free range for one of the two`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/16" overlaps Network.PublicSubnetCIDRs[1], 10.0.1.0/24; AWS allows ranges that share no address; fix: choose a free range for one of the two`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/16" overlaps Network.PrivateSubnetCIDRs[0], 10.0.10.0/24; AWS allows ranges that share no address; fix: choose a free range for one of the two`,
	}},
}

var acceptedNetwork = map[string]func(*Config){
	"zones":               func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1c"} },
	"full subnets":        func(c *Config) { c.Scaling.MaxTasks = 250 },
	"small public subnet": func(c *Config) { c.Network.PublicSubnetCIDRs[0] = "10.0.0.0/27" },
	"last zone":           func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1z"} },
	"smallest subnets": func(c *Config) {
		c.Network.CIDR = "10.0.0.0/25"
		c.Network.PublicSubnetCIDRs = []string{"10.0.0.0/27", "10.0.0.32/27"}
		c.Network.PrivateSubnetCIDRs = []string{"10.0.0.64/28", "10.0.0.80/28"}
		c.Scaling.MaxTasks = 10
	},
	"no NAT": func(c *Config) {
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = NATNone, true, "v1"
	},
	"one NAT":   func(c *Config) { c.Network.NAT = NATSingle },
	"flow logs": func(c *Config) { c.Network.FlowLogRetentionDays = 3653 },
}

// TestFargateZones: AWS's page names the zones of the regions where Fargate does not run in
// all of them.
func TestFargateZones(t *testing.T) {
	assert.Equal(t, []string{"usw1-az1", "usw1-az3"}, FargateZoneIDs("us-west-1"))
	assert.Empty(t, FargateZoneIDs(Defaults("a").Region))
}
