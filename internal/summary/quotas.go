package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/config"
)

// defaultQuota is how many Elastic IPs, and how many VPCs, an account has in a region
// unless it asked for more:
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const defaultQuota = 5

// usage is what environments take of a region's quotas.
type usage struct{ addresses, vpcs int }

// quotas says what the stacks, and the environments that are defined besides, take of the
// quotas of each region.
func quotas(stacks []Stack, defined []config.Config) string {
	regions := map[string]usage{}
	take := func(region string, addresses, vpcs int) {
		u := regions[region]
		regions[region] = usage{u.addresses + addresses, u.vpcs + vpcs}
	}
	shown := map[string]bool{}
	for _, stack := range stacks {
		shown[stack.Name] = true
		take(stack.Region, stack.Count("aws_eip"), stack.Count("aws_vpc"))
	}
	for _, env := range defined {
		if !shown[env.StackName()] {
			take(env.Region, addressesOf(env.Network), 1)
		}
	}
	var out strings.Builder
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		u, taken := regions[region], "Taken"
		u.vpcs++ // AWS's default one.
		if u.addresses > defaultQuota || u.vpcs > defaultQuota {
			taken = "Too many"
		}
		fmt.Fprintf(&out, "%s in %s: %d/%d Elastic IPs, %d/%d VPCs; docs/walk-through.md\n",
			taken, region, u.addresses, defaultQuota, u.vpcs, defaultQuota)
	}
	return out.String()
}

// addressesOf is how many Elastic IPs the NAT gateways of a network take.
func addressesOf(n config.Network) int {
	switch n.NAT {
	case config.NATSingle:
		return 1
	case config.NATNone:
		return 0
	default:
		return len(n.PublicSubnetCIDRs)
	}
}
