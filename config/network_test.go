package config

var refusedNetwork = []refusal{
	{"VPC text", func(c *Config) { c.Network.CIDR = "ten" }, []string{
		`Network.CIDR: "ten" is not an IPv4 range; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write a range such as 10.0.0.0/24`,
	}},
	{"VPC IPv6", func(c *Config) { c.Network.CIDR = "fd00::/16" }, []string{`Network.CIDR: "fd00::/16" is not an IPv4 range`}},
	{"VPC mapped", func(c *Config) { c.Network.CIDR = "::ffff:10.0.0.0/112" }, []string{`Network.CIDR: "::ffff:10.0.0.0/112" is not an IPv4 range`}},
	{"VPC host bits", func(c *Config) { c.Network.CIDR = "10.0.0.1/16" }, []string{
		`Network.CIDR: "10.0.0.1/16" is not a network address; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write 10.0.0.0/16`,
	}},
	{"VPC large", func(c *Config) { c.Network.CIDR = "10.0.0.0/15" }, []string{`Network.CIDR: "10.0.0.0/15" is too large; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write 10.0.0.0/16`}},
	{"VPC small", func(c *Config) { c.Network.CIDR = "10.0.0.0/29" }, []string{`Network.CIDR: "10.0.0.0/29" is too small; allowed: an IPv4 network of /16 to /28 whose host bits are zero; fix: write 10.0.0.0/28`}},
	{"public subnet small", func(c *Config) { c.Network.PublicSubnetCIDRs[1] = "10.0.1.0/28" }, []string{
		`Network.PublicSubnetCIDRs[1]: "10.0.1.0/28" is too small; allowed: an IPv4 network of /16 to /27 whose host bits are zero; fix: write 10.0.1.0/27`,
	}},
	{"subnet outside", func(c *Config) { c.Network.PublicSubnetCIDRs[0] = "10.1.0.0/24" }, []string{
		`Network.PublicSubnetCIDRs[0]: "10.1.0.0/24" is not inside the VPC; allowed: ranges within Network.CIDR, 10.0.0.0/16; fix: choose a free range within 10.0.0.0/16`,
	}},
	{"subnet larger than VPC", func(c *Config) {
		c.Network = Network{
			CIDR:               "10.0.0.0/24",
			PublicSubnetCIDRs:  []string{"10.0.0.0/27", "10.0.0.32/27"},
			PrivateSubnetCIDRs: []string{"10.0.0.64/26", "10.0.0.0/23"},
			NAT:                NATPerZone,
		}
	}, []string{
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" is not inside the VPC`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PublicSubnetCIDRs[0], 10.0.0.0/27`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PublicSubnetCIDRs[1], 10.0.0.32/27`,
		`Network.PrivateSubnetCIDRs[1]: "10.0.0.0/23" overlaps Network.PrivateSubnetCIDRs[0], 10.0.0.64/26`,
	}},
	{"subnet twice", func(c *Config) { c.Network.PrivateSubnetCIDRs[1] = "10.0.10.0/24" }, []string{
		`Network.PrivateSubnetCIDRs[1]: "10.0.10.0/24" overlaps Network.PrivateSubnetCIDRs[0], 10.0.10.0/24; allowed: ranges that share no address; fix: choose a free range for one of the two`,
	}},
	{"subnets full", func(c *Config) { c.Scaling.MaxTasks = 251 }, []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; allowed: 504 or more: twice the most tasks of Scaling, the instances of the database and the interface endpoints; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"one private subnet", func(c *Config) { c.Network.PrivateSubnetCIDRs = c.Network.PrivateSubnetCIDRs[:1] }, []string{
		`Network.PrivateSubnetCIDRs: 1 is too few subnets; allowed: two or more, and as many public as private ones; fix: add 1`,
	}},
	{"third private subnet", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = append(c.Network.PrivateSubnetCIDRs, "10.0.12.0/24")
	}, []string{`Network.PublicSubnetCIDRs: 2 is too few subnets`}},
	{"number of zones", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a"} }, []string{
		`Network.AvailabilityZones: 1 is not the number of zones that the subnets need; allowed: none, or one for each pair of subnets; fix: name 2 zones`,
	}},
	{"zone twice", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1a"} }, []string{
		`Network.AvailabilityZones[1]: "eu-south-1a" is named twice; allowed: zones that differ; fix: name another zone`,
	}},
	{"zones elsewhere", func(c *Config) { c.Network.AvailabilityZones = []string{"eu-west-1a", "eu-south-1-mil-1a"} }, []string{
		`Network.AvailabilityZones[0]: "eu-west-1a" is not a zone of the region eu-south-1; allowed: the region and one letter; fix: write eu-south-1a or another letter`,
		`Network.AvailabilityZones[1]: "eu-south-1-mil-1a" is not a zone of the region eu-south-1`,
	}},
	{"reader scaling without room", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/28", "10.0.11.0/28"}
		c.Scaling.MaxTasks = 9
		c.Database.MaxReaders = 4
	}, []string{`Network.PrivateSubnetCIDRs: 22 is too few free addresses; allowed: 23 or more`}},
	{"endpoints without room", func(c *Config) {
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/28", "10.0.11.0/28"}
		c.Scaling.MaxTasks = 10
		c.Network.InterfaceEndpoints = true
	}, []string{`Network.PrivateSubnetCIDRs: 22 is too few free addresses; allowed: 34 or more`}},
	{"flow log retention", func(c *Config) { c.Network.FlowLogRetentionDays = 2 }, []string{
		`Network.FlowLogRetentionDays: 2 is not a retention of CloudWatch`,
	}},
	{"NAT", func(c *Config) { c.Network.NAT = "one" }, []string{
		`Network.NAT: "one" is no way to the internet; allowed: per-zone, single or none; fix: write one of these`,
	}},
	{"no NAT", func(c *Config) { c.Network.NAT = NATNone }, []string{
		`Network.NAT: "none" leaves tasks no way to their image, logs and password; allowed: none together with Network.InterfaceEndpoints; fix: set Network.InterfaceEndpoints`,
		`Network.NAT: "none" leaves tasks no way to the public placeholder image; allowed: none together with Registry.ImageTag; fix: deploy with a NAT gateway first, push an image and set its tag`,
	}},
}

var acceptedNetwork = map[string]func(*Config){
	"zones":               func(c *Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1c"} },
	"full subnets":        func(c *Config) { c.Scaling.MaxTasks = 250 },
	"small public subnet": func(c *Config) { c.Network.PublicSubnetCIDRs[0] = "10.0.0.0/27" },
}
