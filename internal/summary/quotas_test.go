package summary

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// TestQuotas counts what all environments take, also of those that are not shown. One more
// than those that are defined is one too many.
func TestQuotas(t *testing.T) {
	two := []config.Config{stacktest.Default(), stacktest.Guarded()}
	shown := func(envs ...config.Config) (stacks []Stack) {
		for _, env := range envs {
			stacks = append(stacks, reviewed(t, env, nil))
		}
		return stacks
	}
	all := quotas(shown(two...), two)
	assert.Equal(t, "Taken in eu-south-1: 5/5 Elastic IPs, 3/5 VPCs, up to 24/6 Fargate vCPUs\nWhat a new account has, and how to ask for more: docs/walk-through.md\n", all)
	assert.Equal(t, all, quotas(nil, two), "what is not shown counts, too")
	another := reviewed(t, stacktest.Default(), nil)
	another.Name = "flask-api-another"
	for want, stacks := range map[string][]Stack{
		"Too many in eu-south-1: 7/5 Elastic IPs, 4/5 VPCs":  {another},
		"Too many in eu-south-1: 5/5 Elastic IPs, 6/5 VPCs":  shown(stacktest.Closed(), stacktest.Closed(), stacktest.Closed()),
		"Taken in eu-south-2: 2/5 Elastic IPs, 2/5 VPCs, up": shown(stacktest.Elsewhere()),
		"VPCs, up to 34/6 Fargate":                           {another},
	} {
		assert.Contains(t, quotas(stacks, two), want)
	}
}

// TestAddressesOfNetworks counts the addresses of NAT gateways.
func TestAddressesOfNetworks(t *testing.T) {
	network := config.Defaults("a").Network
	for nat, want := range map[config.NAT]int{config.NATPerZone: 2, config.NATSingle: 1, config.NATNone: 0} {
		network.NAT = nat
		assert.Equal(t, want, addressesOf(network), nat)
	}
}
