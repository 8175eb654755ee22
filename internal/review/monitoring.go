package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

func shortensRetention(c Change) []Risk {
	var out []Risk
	if c.kind() == "aws_cloudwatch_log_group" && c.after != nil && number(c.after, "retention_in_days") == 0 && (c.before == nil || number(c.before, "retention_in_days") > 0) {
		out = append(out, Risk{Caution, "", "keeps logs, and bills them, for ever"})
	}
	if c.Action == Create || c.Action == Delete {
		return out
	}
	for _, d := range c.Differences {
		attribute := d.Path[strings.LastIndex(d.Path, ".")+1:]
		isRetention := strings.Contains(attribute, "retention") || strings.HasSuffix(d.Path, "expiration.days")
		from, wasNumber := d.From.(float64)
		to, isNumber := d.To.(float64)
		if !isRetention || !isNumber {
			continue
		}
		// CloudWatch keeps a log group without a retention, or with 0, for ever.
		forever := attribute == "retention_in_days" && (!wasNumber || from == 0)
		if forever || wasNumber && to < from && !(attribute == "retention_in_days" && to == 0) {
			out = append(out, Risk{Caution, "", fmt.Sprintf("keeps what it has for %v days, before %v", to, orForever(d.From, forever))})
		}
	}
	return out
}

func orForever(days any, forever bool) any {
	if forever {
		return "for ever"
	}
	return days
}

// stopsFiltering finds the rules of a web ACL that are removed, or only count requests
// now.
func stopsFiltering(c Change) []Risk {
	if c.kind() != "aws_wafv2_web_acl" || c.Action == Create || c.Action == Delete {
		return nil
	}
	var out []Risk
	filters, _ := synthesis.At(c.after, "rule").(map[string]any)
	old, _ := synthesis.At(c.before, "rule").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if filters[name] == nil {
			out = append(out, Risk{Caution, "", "filters by `" + strings.Trim(name, "[]") + "` no longer"})
		}
	}
	for _, d := range c.Differences {
		if rule, counts := strings.CutSuffix(d.Path, "action.count"); counts && d.To != nil {
			rule, _, _ = strings.Cut(strings.TrimPrefix(rule, "rule["), "]")
			out = append(out, Risk{Caution, "", "counts what `" + rule + "` finds, and lets it through"})
		}
	}
	return out
}
