package review

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCostRisks has a change for each kind of cost that no price by the month tells, and
// for what is near it and costs no more.
func TestCostRisks(t *testing.T) {
	cluster := func(version, support string) string {
		return resource("aws_rds_cluster", fmt.Sprintf(`"engine_version": %q, "engine_lifecycle_support": %q`, version, support))
	}
	const enrolled, disabled = "open-source-rds-extended-support", "open-source-rds-extended-support-disabled"
	const two = `"aws_nat_gateway": {"it": {}, "other": {}}`
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"a NAT gateway": {none, resource("aws_nat_gateway", ""), []string{"`aws_nat_gateway.it` is billed for each GB that passes, besides its hours"}},
		"two of them":   {none, two, []string{"`aws_nat_gateway.it`, `aws_nat_gateway.other` is billed for each GB that passes, besides its hours"}},
		"one of two":    {two, resource("aws_nat_gateway", ""), []string{"`aws_nat_gateway` serves several zones: what comes from another one is billed for each GB between zones, too"}},
		"none of one":   {resource("aws_nat_gateway", ""), none, nil},
		"an endpoint":   {none, resource("aws_vpc_endpoint", `"vpc_endpoint_type": "Interface"`), []string{"`aws_vpc_endpoint.it` is billed by the hour in each zone, and for each GB that passes"}},
		"a free one":    {none, resource("aws_vpc_endpoint", `"vpc_endpoint_type": "Gateway"`), nil},
		"an endpoint's zone": {
			resource("aws_vpc_endpoint", `"subnet_ids": ["a"]`), resource("aws_vpc_endpoint", `"subnet_ids": ["a", "b"]`),
			[]string{"`aws_vpc_endpoint.it` is billed by the hour in one zone more"},
		},
		"a rule of a web ACL": {
			resource("aws_wafv2_web_acl", `"rule": [{"name": "a"}]`), resource("aws_wafv2_web_acl", `"rule": [{"name": "a"}, {"name": "b", "visibility_config": {"metric_name": "b"}}]`),
			[]string{"`aws_wafv2_web_acl.it` is billed for each rule by the month, and for each million of requests"},
		},
		"a web ACL": {none, resource("aws_wafv2_web_acl", `"name": "a"`), []string{"`aws_wafv2_web_acl.it` " + perRule}},
		"a web ACL that counts": {
			resource("aws_wafv2_web_acl", `"rule": [{"name": "a"}]`), resource("aws_wafv2_web_acl", `"rule": [{"name": "a", "statement": {"rule_action_override": [{"name": "x"}]}}]`), nil,
		},
		"flow logs":           {none, resource("aws_flow_log", `"traffic_type": "ALL"`), []string{"`aws_flow_log.it` is billed for each GB that it records"}},
		"a log of a database": {resource("aws_rds_cluster", ""), resource("aws_rds_cluster", `"enabled_cloudwatch_logs_exports": ["postgresql"]`), []string{"`aws_rds_cluster.it` is billed for each GB that it logs"}},
		"finer measurements": {
			resource("aws_rds_cluster", `"monitoring_interval": 60`), resource("aws_rds_cluster", `"monitoring_interval": 1`),
			[]string{"`aws_rds_cluster.it` is billed for each GB of measurements: CloudWatch Logs gets them every 1 seconds"},
		},
		"coarser ones": {resource("aws_rds_cluster", `"monitoring_interval": 1`), resource("aws_rds_cluster", `"monitoring_interval": 60`), nil},
		"none":         {resource("aws_rds_cluster", `"monitoring_interval": 1`), resource("aws_rds_cluster", `"monitoring_interval": 0`), nil},
		"the first":    {resource("aws_rds_cluster", `"monitoring_interval": 0`), resource("aws_rds_cluster", `"monitoring_interval": 60`), []string{"`aws_rds_cluster.it` is billed for each GB of measurements: CloudWatch Logs gets them every 60 seconds"}},
		"insights for a month": {
			resource("aws_rds_cluster", `"performance_insights_retention_period": 7`), resource("aws_rds_cluster", `"performance_insights_retention_period": 31`),
			[]string{"`aws_rds_cluster.it` is billed for each vCPU by the month: Performance Insights is free for 7 days, and keeps 31"},
		},
		"insights for a week": {resource("aws_rds_cluster", ""), resource("aws_rds_cluster", `"performance_insights_retention_period": 7`), nil},
		"a higher maximum": {
			resource("aws_appautoscaling_target", `"max_capacity": 2`), resource("aws_appautoscaling_target", `"max_capacity": 4`),
			[]string{"`aws_appautoscaling_target.it` may grow to 4, before 2, and each is billed while it runs"},
		},
		"a lower one": {resource("aws_appautoscaling_target", `"max_capacity": 4`), resource("aws_appautoscaling_target", `"max_capacity": 2`), nil},
		"capacity": {
			resource("aws_rds_cluster", ""), resource("aws_rds_cluster", `"serverlessv2_scaling_configuration": {"max_capacity": 16}`),
			[]string{"`aws_rds_cluster.it` may grow to 16 ACU an instance, before none, and is billed for what it takes"},
		},
		"a disk":          {resource("aws_ecs_task_definition", ""), resource("aws_ecs_task_definition", `"ephemeral_storage": {"size_in_gib": 50}`), []string{"`aws_ecs_task_definition.it` is billed for each GiB and hour beyond 20: it has 50"}},
		"a smaller disk":  {resource("aws_ecs_task_definition", `"ephemeral_storage": {"size_in_gib": 60}`), resource("aws_ecs_task_definition", `"ephemeral_storage": {"size_in_gib": 50}`), nil},
		"finer insights":  {resource("aws_ecs_cluster", `"setting": [{"name": "containerInsights", "value": "enabled"}]`), resource("aws_ecs_cluster", `"setting": [{"name": "containerInsights", "value": "enhanced"}]`), []string{"`aws_ecs_cluster.it` is billed for each metric of each task"}},
		"an older engine": {cluster("16.4", enrolled), cluster("15.4", enrolled), []string{"`aws_rds_cluster.it` runs version 15.4, whose standard support ends with 2028-02-29: Extended Support is billed for each vCPU and hour from then on"}},
		"a support":       {cluster("15.4", disabled), cluster("15.4", enrolled), []string{"`aws_rds_cluster.it` runs version 15.4, whose standard support ends with 2028-02-29: Extended Support is billed for each vCPU and hour from then on"}},
		"no support":      {cluster("15.4", enrolled), cluster("15.4", disabled), nil},
		"a new engine":    {cluster("16.4", enrolled), cluster("99.1", enrolled), nil},
	} {
		assert.Equal(t, c.want, append([]string(nil), compared(t, c.before, c.after).costRisks()...), name)
	}
}

// TestCostRisksOfANewEnvironment names the support alone, whose version a data source has.
func TestCostRisksOfANewEnvironment(t *testing.T) {
	environments, err := Compare(nil, map[string][]byte{"s": []byte(`{
		"data": {"aws_rds_engine_version": {"it": {"version": "14"}}},
		"resource": {"aws_nat_gateway": {"it": {}}, "aws_rds_cluster": {"it": {"engine_version": "${data.aws_rds_engine_version.it.version_actual}"}}}}`)})
	require.NoError(t, err)
	assert.Equal(t, []string{"`aws_rds_cluster.it` runs version 14, whose standard support ends with 2027-02-28: Extended Support is billed for each vCPU and hour from then on"}, environments[0].costRisks())
	assert.Contains(t, Report{Environments: environments}.Markdown(), "\n- 💰 **s**: `aws_rds_cluster.it` runs version 14")
}
