package config

// inVPC is a network that is there already.
func inVPC() Network {
	return Network{Existing: ExistingNetwork{
		VPCID:            "vpc-0123456789abcdef0",
		PublicSubnetIDs:  []string{"subnet-0000000000000000a", "subnet-0000000000000000b"},
		PrivateSubnetIDs: []string{"subnet-0000000000000000c", "subnet-0000000d"},
	}}
}

var refusedExistingNetwork = []refusal{
	{"VPC of another kind", func(c *Config) { c.Network = inVPC(); c.Network.Existing.VPCID = "eni-0123456789abcdef0" }, []string{
		`Network.Existing.VPCID: "eni-0123456789abcdef0" has the wrong form; AWS allows vpc- and 8 or 17 hexadecimal digits; fix: copy the id of the VPC`,
	}},
	{"subnets without a VPC", func(c *Config) { c.Network = inVPC(); c.Network.Existing.VPCID = "" }, []string{
		`Network.Existing.VPCID: "" has the wrong form; AWS allows vpc- and 8 or 17 hexadecimal digits; fix: copy the id of the VPC`,
	}},
	{"VPC without subnets", func(c *Config) {
		c.Network = Network{Existing: ExistingNetwork{VPCID: "vpc-01234567", PrivateSubnetIDs: []string{"subnet-1"}}}
	}, []string{
		`Network.Existing.PublicSubnetIDs: 0 is too few subnets; AWS allows subnets in 2 zones or more; fix: add 2`,
		`Network.Existing.PrivateSubnetIDs: 1 is too few subnets; AWS allows subnets in 2 zones or more; fix: add 1`,
		`Network.Existing.PrivateSubnetIDs[0]: "subnet-1" has the wrong form; AWS allows subnet- and 8 or 17 hexadecimal digits; fix: copy the id of the subnet`,
	}},
	{"public subnet of the wrong form", func(c *Config) { c.Network = inVPC(); c.Network.Existing.PublicSubnetIDs[1] = "10.0.0.0/24" }, []string{
		`Network.Existing.PublicSubnetIDs[1]: "10.0.0.0/24" has the wrong form; AWS allows subnet- and 8 or 17 hexadecimal digits; fix: copy the id of the subnet`,
	}},
	{"existing subnet twice", func(c *Config) {
		c.Network = inVPC()
		c.Network.Existing.PublicSubnetIDs[1] = "subnet-0000000000000000a"
		c.Network.Existing.PrivateSubnetIDs[0] = "subnet-0000000000000000a"
	}, []string{
		`Network.Existing.PublicSubnetIDs[1]: "subnet-0000000000000000a" is named twice; this program allows each subnet once, because a subnet is public or private, and each zone has one of both; fix: name another subnet`,
		`Network.Existing.PrivateSubnetIDs[0]: "subnet-0000000000000000a" is named twice; this program allows each subnet once, because a subnet is public or private, and each zone has one of both; fix: name another subnet`,
	}},
	{"existing VPC with a plan of addresses", func(c *Config) {
		c.Network.Existing = inVPC().Existing
		c.Network.InterfaceEndpoints, c.Network.FlowLogRetentionDays = true, 30
	}, []string{
		`Network.CIDR: "10.0.0.0/16"` + notTheEnvironments,
		`Network.PublicSubnetCIDRs: 2` + notTheEnvironments,
		`Network.PrivateSubnetCIDRs: 2` + notTheEnvironments,
		`Network.NAT: "per-zone"` + notTheEnvironments,
		`Network.InterfaceEndpoints: true` + notTheEnvironments,
		`Network.FlowLogRetentionDays: 30` + notTheEnvironments,
	}},
	{"existing VPC without a way to the placeholder", func(c *Config) { c.Network = inVPC(); c.Network.NAT = NATNone }, []string{
		`Network.NAT: "none" cuts tasks off from the public placeholder image; this program allows none together with Registry.ImageTag, because public images cannot be reached without a NAT gateway; fix: push an image and set its tag, or leave it empty where the private subnets reach the internet`,
	}},
}

const notTheEnvironments = ` is set although Network.Existing names a VPC; this program allows nothing besides Network.Existing, and Network.NAT none, because the network is not the environment's; fix: write c.Network = config.Network{Existing: …}, or remove Network.Existing`

var acceptedExistingNetwork = map[string]func(*Config){
	"VPC": func(c *Config) { c.Network = inVPC() },
	"VPC without public subnets": func(c *Config) {
		c.Network, c.LoadBalancer.Internal = inVPC(), true
		c.Network.Existing.PublicSubnetIDs = nil
	},
	"VPC and endpoints": func(c *Config) { c.Network, c.Registry.ImageTag = inVPC(), "v1"; c.Network.NAT = NATNone },
}
