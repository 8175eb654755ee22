package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// newcomer describes a new environment in a few lines, where all of it would be
// thousands: what to look at before there is anything to compare it with.
func (e Environment) newcomer() []string {
	count := func(kind string) int {
		return len(e.created(kind))
	}
	plural := func(kind, name string) string { return fmt.Sprintf("%d %s", count(kind), name) }
	traffic := "**plain HTTP**: nothing redirects to HTTPS"
	for _, listener := range e.created("aws_lb_listener") {
		if listener["protocol"] == "HTTPS" {
			traffic = "HTTPS"
		}
	}
	yes := func(so bool, words, otherwise string) string {
		if so {
			return words
		}
		return otherwise
	}
	cluster, service, target := e.first("aws_rds_cluster"), e.now["aws_ecs_service.service"], e.now["aws_appautoscaling_target.autoscaling_target"]
	interfaces := len(slices.DeleteFunc(e.created("aws_vpc_endpoint"), func(endpoint attributes) bool { return endpoint["vpc_endpoint_type"] != "Interface" }))
	hourly := []string{
		plural("aws_nat_gateway", "NAT gateways"), fmt.Sprint(interfaces, " interface endpoints"), plural("aws_lb", "load balancers"), plural("aws_rds_cluster_instance", "database instances"),
	}
	for _, cache := range e.created("aws_elasticache_replication_group") {
		hourly = append(hourly, told(cache["num_cache_clusters"])+" nodes of a cache")
	}
	out := []string{
		fmt.Sprintf("New: %d resources and other blocks%s.", len(e.Changes), e.place()),
		"",
		"- The load balancer: " + traffic + ", open to " + quoted(e.clients()) + ", " + yes(count("aws_wafv2_web_acl") > 0, "with AWS WAF", "without AWS WAF") + ".",
		"- The service: " + told(service["desired_count"]) + " tasks at first, " + told(target["min_capacity"]) + " to " + told(target["max_capacity"]) + " later" +
			yes(isTrue(service["enable_execute_command"]), ", **with a shell for people**", "") + ".",
		"- The database: " + plural("aws_rds_cluster_instance", "instances") + " of " + quoted(e.values("aws_rds_cluster_instance", "instance_class")) + ", backups for " + told(cluster["backup_retention_period"]) + " days" + e.origin(cluster) + ".",
		"- Protected from destruction: " + yes(isTrue(cluster["deletion_protection"]), "yes", "**no**") + ". Encrypted with a key of your own: " + yes(count("aws_kms_key") > 0, "yes", "no") + ".",
		"- Alarms: " + yes(count("aws_cloudwatch_metric_alarm") > 0, plural("aws_cloudwatch_metric_alarm", "alarms")+", "+plural("aws_sns_topic_subscription", "recipients"), "**none**") + ".",
		"- What costs by the hour, used or not: " + strings.Join(hourly, ", ") + ". `make synth` has prices.",
	}
	if e.like != "" {
		here, there := slices.Sorted(maps.Keys(e.has)), slices.Sorted(maps.Keys(e.other))
		out = append(out, "- Unlike `"+e.like+"`, it also has "+orNothing(missing(here, there))+", and it lacks "+orNothing(missing(there, here))+".")
	}
	return out
}

func orNothing(kinds []string) string {
	if len(kinds) == 0 {
		return "nothing"
	}
	return quoted(kinds)
}

// compareNewcomers has each new environment compared with the one that it is most like,
// among those that were there before.
func compareNewcomers(environments []Environment) {
	for i := range environments {
		newcomer := &environments[i]
		least := -1
		for _, e := range environments {
			here, there := slices.Collect(maps.Keys(newcomer.has)), slices.Collect(maps.Keys(e.has))
			if apart := len(missing(here, there)) + len(missing(there, here)); newcomer.Added && !e.Added && !e.Removed && (least < 0 || apart < least) {
				least, newcomer.like, newcomer.other = apart, e.Name, e.has
			}
		}
	}
}

// place is the region, if the environment says it.
func (e Environment) place() string {
	for _, c := range e.Changes {
		if region, isText := synthesis.At(c.after, "", "region").(string); c.Address == "provider.aws" && isText {
			return ", in " + region
		}
	}
	return ""
}

// clients are those whom the security group of the load balancer lets in.
func (e Environment) clients() []string {
	var out []string
	for _, rule := range e.created(ingressRule) {
		for _, o := range openingsOf("", rule) {
			if strings.Contains(o.source, "/") && !slices.Contains(out, o.source) {
				out = append(out, o.source)
			}
		}
	}
	return out
}

func (e Environment) created(kind string) []attributes {
	var out []attributes
	for _, c := range e.Changes {
		if c.kind() == kind && c.Action == Create {
			out = append(out, c.after)
		}
	}
	return out
}

func (e Environment) first(kind string) attributes {
	return append(e.created(kind), nil)[0]
}

func (e Environment) values(kind, attribute string) []string {
	var out []string
	for _, resource := range e.created(kind) {
		if value := told(resource[attribute]); !slices.Contains(out, value) {
			out = append(out, value)
		}
	}
	return out
}

// origin is what the cluster begins with, if it is not empty, and whether that is masked.
func (e Environment) origin(cluster attributes) string {
	source := synthesis.At(cluster, "restore_to_point_in_time", "source_cluster_identifier")
	if snapshot := cluster["snapshot_identifier"]; snapshot != nil {
		source = snapshot
	}
	masked := slices.ContainsFunc(e.Changes, func(c Change) bool { return c.Address == "aws_lambda_invocation.mask_invocation" })
	switch {
	case source == nil:
		return ""
	case masked:
		return ", beginning with the data of " + code([]string{told(source)}) + ", masked"
	default:
		return ", beginning with the data of " + code([]string{told(source)}) + ", **as it is**"
	}
}
