package review

import (
	"fmt"
	"slices"
	"strings"

	"flask-api/config"
	"flask-api/internal/synthesis"
)

// billing is what AWS bills by use, so that no price by the month tells it. Like those of
// a [rule], its patterns name attributes; without them, it is about the whole resource.
type billing struct {
	kinds, paths string
	when         func(from, to any) bool
	text         string
}

// more is one that was not there, or a greater number.
func more(from, to any) bool { return added(from, to) || higher(from, to) }

// beyond says whether it is more than is free.
func beyond(free float64) func(from, to any) bool {
	return func(from, to any) bool { n, _ := numeric(to); return n > free && more(from, to) }
}

const perRule = "is billed for each rule by the month, and for each million of requests"

// billings have AWS's units, as its price pages do: https://aws.amazon.com/vpc/pricing/,
// https://aws.amazon.com/privatelink/pricing/, https://aws.amazon.com/waf/pricing/,
// https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/fargate/pricing/,
// https://aws.amazon.com/rds/aurora/pricing/ and https://aws.amazon.com/elasticache/pricing/.
var billings = []billing{
	{"aws_nat_gateway", "", anyway, "is billed for each GB that passes, besides its hours"},
	{"aws_vpc_endpoint", "vpc_endpoint_type", becomes("Interface"), "is billed by the hour in each zone, and for each GB that passes"},
	{"aws_vpc_endpoint", "subnet_ids", added, "is billed by the hour in one zone more"},
	{"aws_wafv2_web_acl", "", anyway, perRule},
	{"aws_wafv2_web_acl", "rule[*].visibility_config*metric_name", added, perRule},
	{"aws_flow_log|aws_wafv2_web_acl_logging_configuration", "", anyway, "is billed for each GB that it records"},
	{"aws_rds_cluster", "enabled_cloudwatch_logs_exports", added, "is billed for each GB that it logs"},
	{"aws_rds_cluster*", "monitoring_interval", finer, "is billed for each GB of measurements: CloudWatch Logs gets them every {to} seconds"},
	{"aws_rds_cluster*", "performance_insights_retention_period", beyond(7), "is billed for each vCPU by the month: Performance Insights is free for 7 days, and keeps {to}"},
	{"aws_rds_cluster", "serverlessv2_scaling_configuration*.max_capacity", more, "may grow to {to} ACU an instance, before {from}, and is billed for what it takes"},
	{"aws_elasticache_replication_group", "snapshot_retention_limit", beyond(1), "is billed for each GB and month of its snapshots beyond the first: it keeps those of {to} days"},
	{"aws_appautoscaling_target", "max_capacity", more, "may grow to {to}, before {from}, and each is billed while it runs"},
	{"aws_ecs_task_definition", "ephemeral_storage*.size_in_gib", beyond(20), "is billed for each GiB and hour beyond 20: it has {to}"},
	{"aws_ecs_cluster", "setting[*].value", becomes("enhanced"), "is billed for each metric of each task"},
}

// finer is an interval that is shorter, or the first.
func finer(from, to any) bool {
	return !zero(from, to) && to != nil && (from == nil || zero(nil, from) || lower(from, to))
}

// costRisks are what a change has AWS bill by use, with the addresses of what it bills.
// The lines of a new environment say what it has.
func (e Environment) costRisks() []string {
	var texts []string
	addresses := map[string][]string{}
	add := func(address, text string) {
		if addresses[text] == nil {
			texts = append(texts, text)
		}
		if !slices.Contains(addresses[text], address) {
			addresses[text] = append(addresses[text], address)
		}
	}
	for _, c := range e.Changes {
		for _, b := range billings {
			if text, billed := b.of(c); billed && !e.Added {
				add(c.Address, text)
			}
		}
		if text := e.extendedSupport(c); text != "" {
			add(c.Address, text)
		}
	}
	fewer := slices.ContainsFunc(e.Changes, func(c Change) bool { return c.kind() == "aws_nat_gateway" && c.Action == Delete })
	if fewer && len(e.all("aws_nat_gateway")) > 0 {
		add("aws_nat_gateway", "serves several zones: what comes from another one is billed for each GB between zones, too")
	}
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = quoted(addresses[text]) + " " + text
	}
	return out
}

// of says what is billed of the change.
func (b billing) of(c Change) (string, bool) {
	switch {
	case c.after == nil || !matches(b.kinds, c.kind()):
		return "", false
	case b.paths == "":
		return b.text, c.Action == Create
	}
	for _, d := range c.Differences {
		if matches(b.paths, d.Path) && b.when(d.From, d.To) && d.To != unknown && !c.ignored(d.Path) {
			return rule{text: b.text}.risk(d).Text, true
		}
	}
	return "", false
}

// extendedSupport says when the support of the cluster's version becomes one that is
// billed, if the change brings the version or that support.
func (e Environment) extendedSupport(c Change) string {
	const version, support = "engine_version", "engine_lifecycle_support"
	changes := slices.ContainsFunc(c.Differences, func(d Difference) bool {
		return (d.Path == version || d.Path == support) && !c.ignored(d.Path)
	})
	if c.kind() != "aws_rds_cluster" || c.after == nil || !changes || c.after[support] == "open-source-rds-extended-support-disabled" {
		return ""
	}
	is := fmt.Sprint(c.after[version])
	if data, refers := strings.CutPrefix(is, "${data."); refers {
		address, _, _ := strings.Cut(data, ".version")
		is = fmt.Sprint(synthesis.At(e.now["data."+address], "version"))
	}
	end, known := config.StandardSupportEnd(is)
	if !known {
		return ""
	}
	return "runs version " + is + ", whose standard support ends with " + end + ": Extended Support is billed for each vCPU and hour from then on"
}
