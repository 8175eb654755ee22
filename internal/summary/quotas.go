package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/config"
	"flask-api/internal/synthesis"
)

// defaultQuota is how many Elastic IPs, and how many VPCs, an account has in a region
// unless it asked for more:
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const defaultQuota = 5

// fargateQuota is how many vCPUs all tasks of a new account have in a region:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate
const fargateQuota = 6

// usage is what environments take of a region's quotas; of the vCPUs, with as many tasks
// as may be.
type usage struct {
	addresses, vpcs int
	vcpus           float64
}

// quotas says what the stacks, and the environments that are defined besides, take of the
// quotas of each region.
func quotas(stacks []Stack, defined []config.Config) string {
	regions := map[string]usage{}
	take := func(region string, more usage) {
		u := regions[region]
		regions[region] = usage{u.addresses + more.addresses, u.vpcs + more.vpcs, u.vcpus + more.vcpus}
	}
	shown := map[string]bool{}
	for _, stack := range stacks {
		shown[stack.Name] = true
		take(stack.Region, usage{stack.Count("aws_eip"), stack.Count("aws_vpc"), stack.vcpus("max_capacity")})
	}
	for _, env := range defined {
		if !shown[env.StackName()] {
			take(env.Region, usage{addressesOf(env.Network), 1, vcpusOf(env)})
		}
	}
	var out strings.Builder
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		u, taken := regions[region], "Taken"
		u.vpcs++ // AWS's default one.
		if u.addresses > defaultQuota || u.vpcs > defaultQuota {
			taken = "Too many"
		}
		fmt.Fprintf(&out, "%s in %s: %d/%d Elastic IPs, %d/%d VPCs", taken, region, u.addresses, defaultQuota, u.vpcs, defaultQuota)
		if u.vcpus > 0 {
			fmt.Fprintf(&out, ", up to %s/%d Fargate vCPUs", decimal(u.vcpus), fargateQuota)
		}
		out.WriteString("\n")
	}
	return out.String() + "What a new account has, and how to ask for more: docs/walk-through.md\n"
}

// vcpus are those of as many tasks as an end of their ranges says. Spare capacity has a quota of its own, which the
// workers on it take from.
func (s Stack) vcpus(end string) (sum float64) {
	services, tasks, targets := s.Resources["aws_ecs_service"], s.Resources["aws_ecs_task_definition"], s.Resources["aws_appautoscaling_target"]
	for name, service := range services {
		target, share := targets[name+"_autoscaling_target"], 1.0
		switch {
		case name == "service":
			target = targets["autoscaling_target"]
		case strings.HasPrefix(name, "worker_"):
			share = 1 - spotShare(service)
		}
		sum += share * synthesis.Number(target, end) * synthesis.Number(tasks[name+"_task_definition"], "cpu") / 1024
	}
	return sum
}

// vcpusOf are those of an environment that is not synthesised.
func vcpusOf(env config.Config) float64 {
	units := float64(env.Scaling.MaxTasks * env.Service.CPUUnits)
	for _, w := range env.Workers {
		units += float64(w.MaxTasks*w.CPUUnits*(100-w.SpotPercent)) / 100
	}
	for _, w := range env.Services {
		units += float64(w.MaxTasks * w.CPUUnits)
	}
	return units / 1024
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
