package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// option is one choice that an environment may make, and all that it changes in
// the JSON of the defaults: "+" and "-" are what is added and removed, "~" names
// the attributes that differ.
type option struct {
	name    string
	choose  func(*config.Config)
	changes []string
}

// addedEndpoints are what the interface endpoints add.
var addedEndpoints = []string{
	"+ aws_security_group.endpoints_sg",
	"+ aws_vpc_endpoint.endpoints_ecr_api",
	"+ aws_vpc_endpoint.endpoints_ecr_dkr",
	"+ aws_vpc_endpoint.endpoints_logs",
	"+ aws_vpc_endpoint.endpoints_secretsmanager",
	"+ aws_vpc_security_group_egress_rule.endpoints_sg_egress",
	"+ aws_vpc_security_group_ingress_rule.endpoints_sg_from_ecs_sg_443",
}

var options = []option{
	{"one NAT gateway", func(c *config.Config) { c.Network.NAT = config.NATSingle }, []string{
		"- aws_eip.networking_nat_eip_2",
		"- aws_nat_gateway.networking_nat_2",
		"~ aws_route.networking_private_route_2: nat_gateway_id",
	}},
	{"no NAT gateway", func(c *config.Config) {
		c.Network.NAT = config.NATNone
		c.Network.InterfaceEndpoints = true
		c.Registry.ImageTag = "v1"
	}, slices.Concat(addedEndpoints, []string{
		"- aws_eip.networking_nat_eip_1",
		"- aws_eip.networking_nat_eip_2",
		"- aws_nat_gateway.networking_nat_1",
		"- aws_nat_gateway.networking_nat_2",
		"- aws_route.networking_private_route_1",
		"- aws_route.networking_private_route_2",
		"~ aws_ecs_service.service: depends_on",
		"~ aws_ecs_task_definition.service_task_definition: container_definitions",
	})},
	{"interface endpoints", func(c *config.Config) { c.Network.InterfaceEndpoints = true }, slices.Concat(addedEndpoints, []string{
		"~ aws_ecs_service.service: depends_on",
	})},
	{"flow logs", func(c *config.Config) { c.Network.FlowLogRetentionDays = 30 }, []string{
		"+ aws_cloudwatch_log_group.flow_logs_group",
		"+ aws_flow_log.flow_logs_vpc",
		"+ aws_iam_role.flow_logs_role",
		"+ aws_iam_role_policy.flow_logs_role_write_flow_logs",
		"+ data.aws_iam_policy_document.flow_logs_role_trust",
	}},
	// One decision, and everything that it decides.
	{"protection", func(c *config.Config) { c.Protected = true }, []string{
		"+ terraform_data.database_final_snapshot",
		"~ aws_ecr_repository.registry_repository: force_delete, image_tag_mutability, lifecycle",
		"~ aws_lb.load_balancer_alb: enable_deletion_protection",
		"~ aws_rds_cluster.database_cluster: deletion_protection, final_snapshot_identifier, lifecycle, skip_final_snapshot",
		"~ aws_secretsmanager_secret.credentials_secret: lifecycle, recovery_window_in_days",
	}},
}

// TestOptions holds each option alone against the defaults: it changes what it is
// for, and nothing else.
func TestOptions(t *testing.T) {
	envs := []config.Config{config.Defaults("option-00")}
	for i, o := range options {
		env := config.Defaults(fmt.Sprintf("option-%02d", i+1))
		o.choose(&env)
		require.NoError(t, env.Validate(), o.name)
		envs = append(envs, env)
	}
	dir := t.TempDir()
	require.NoError(t, synthesise(envs, dir, true))
	parts := make([]map[string]attributes, len(envs))
	for i, env := range envs {
		text, err := os.ReadFile(dir + "/stacks/" + env.StackName() + "/cdk.tf.json") //nolint:gosec // What the test wrote.
		require.NoError(t, err)
		parts[i] = partsOf(t, strings.ReplaceAll(string(text), env.Suffix, "option"))
	}
	for i, o := range options {
		assert.Equal(t, o.changes, changes(parts[0], parts[i+1]), o.name)
	}
}

// partsOf are the blocks of a stack by their addresses.
func partsOf(t *testing.T, text string) map[string]attributes {
	t.Helper()
	s := decode(t, []byte(text))
	parts := map[string]attributes{"terraform": s.Terraform}
	for prefix, blocks := range map[string]map[string]map[string]attributes{"": s.Resource, "data.": s.Data, "ephemeral.": s.Ephemeral} {
		for kind, named := range blocks {
			for name, block := range named {
				parts[prefix+kind+"."+name] = block
			}
		}
	}
	for name, block := range s.Output {
		parts["output."+name] = block
	}
	return parts
}

// changes lists how the parts differ, in the words of [option].
func changes(before, after map[string]attributes) []string {
	var lines []string
	for address := range after {
		if before[address] == nil {
			lines = append(lines, "+ "+address)
		}
	}
	for address, old := range before {
		if after[address] == nil {
			lines = append(lines, "- "+address)
			continue
		}
		keys := maps.Clone(old)
		maps.Copy(keys, after[address])
		var differ []string
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !assert.ObjectsAreEqual(old[key], after[address][key]) {
				differ = append(differ, key)
			}
		}
		if len(differ) > 0 {
			lines = append(lines, "~ "+address+": "+strings.Join(differ, ", "))
		}
	}
	slices.Sort(lines)
	return lines
}
