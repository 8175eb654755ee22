package review

import (
	"slices"
	"strings"
)

const listenerRule = "aws_lb_listener_rule"

// comparisons are what a rule of a listener compares, and what it takes without.
var comparisons = []struct{ attribute, every string }{{"host_header", "every host"}, {"path_pattern", "every path"}}

// reroutes tells whose requests a rule takes that it did not take before, or takes no more.
func reroutes(c Change) []Risk {
	if c.kind() != listenerRule || c.after == nil {
		return nil
	}
	if c.Action == Create {
		return []Risk{{Caution, "", "takes requests of " + quoted(compares(c.after)) + ", which went to the API, or to a rule that comes later"}}
	}
	var out []Risk
	for _, comparison := range comparisons {
		before, after := valuesOf(c.before, comparison.attribute), valuesOf(c.after, comparison.attribute)
		more, fewer := missing(after, before), missing(before, after)
		switch {
		case len(before) > 0 && len(after) == 0:
			out = append(out, Risk{Caution, "", "takes requests of " + comparison.every + ", before of " + quoted(before)})
			continue
		case len(before) == 0 && len(after) > 0:
			out = append(out, Risk{Caution, "", "takes requests of " + quoted(after) + " only, before of " + comparison.every})
			continue
		}
		if len(more) > 0 {
			out = append(out, Risk{Caution, "", "takes requests of " + quoted(more) + ", too"})
		}
		if len(fewer) > 0 {
			out = append(out, Risk{Caution, "", "takes requests of " + quoted(fewer) + " no longer: they go to the API, or to a rule that comes later"})
		}
	}
	return out
}

// takesAll finds a rule that leaves the API nothing.
func takesAll(c Change) []Risk {
	if c.kind() != listenerRule || c.after == nil {
		return nil
	}
	values := compares(c.after)
	if slices.ContainsFunc(values, func(value string) bool { return value != "*" && value != "/*" }) || slices.Equal(values, compares(c.before)) {
		return nil
	}
	return []Risk{{Danger, "", "takes all requests from the API"}}
}

// compares are the values of all conditions.
func compares(rule attributes) []string { return valuesOf(rule, "") }

// valuesOf are those of one kind of condition.
func valuesOf(rule attributes, attribute string) []string {
	var out []string
	for _, l := range leaves("", rule["condition"]) {
		if text, isText := l.value.(string); isText && strings.HasPrefix(l.path, attribute) {
			out = append(out, text)
		}
	}
	return out
}

// foreignTargets are listeners and rules that send requests to what is no target group of
// the environment.
func (e Environment) foreignTargets() []Risk {
	own := e.arns("aws_lb_target_group", func(attributes) bool { return true })
	own[unknown] = true
	var out []Risk
	for _, c := range e.Changes {
		if c.kind() != listenerRule && c.kind() != "aws_lb_listener" {
			continue
		}
		for _, action := range []string{"action", "default_action"} {
			for _, l := range leaves("", c.after[action]) {
				group, isText := l.value.(string)
				if isText && (strings.HasSuffix(l.path, "target_group_arn") || strings.HasSuffix(l.path, "target_group.arn")) && !own[group] {
					out = append(out, Risk{Danger, c.Address, "sends requests to `" + group + "`, which is no target group of this environment"})
				}
			}
		}
	}
	return out
}
