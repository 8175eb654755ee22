package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// wafGroups are the groups of rules of AWS that a web ACL always has.
var wafGroups = []string{
	"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet",
}

// extraGroups are those that may be added, with the capacity units that each takes of the
// 5000 of a web ACL, which all of them together do not. The others have 1127.
// https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
var extraGroups = map[string]int{
	"AWSManagedRulesAdminProtectionRuleSet": 100,
	"AWSManagedRulesAnonymousIpList":        50,
	"AWSManagedRulesLinuxRuleSet":           200,
	"AWSManagedRulesPHPRuleSet":             100,
	"AWSManagedRulesUnixRuleSet":            100,
	"AWSManagedRulesWindowsRuleSet":         200,
	"AWSManagedRulesWordPressRuleSet":       100,
}

const (
	// maxUploadPaths keeps the rule about them below the capacity of a group.
	maxUploadPaths = 10
	// maxSearched is how many bytes AWS WAF searches for.
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_ByteMatchStatement.html
	maxSearched = 200
)

// checkWAF checks what the web ACL refuses, and what it only counts.
func (p *problems) checkWAF(w WAF) {
	const groups, counted, uploads = "LoadBalancer.WAF.ManagedRuleGroups", "LoadBalancer.WAF.CountedRules", "LoadBalancer.WAF.UploadPaths"
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
	p.between("LoadBalancer.WAF.RateLimit", w.RateLimit, bounds{low: 10, high: 2_000_000_000})
	for i, group := range w.ManagedRuleGroups {
		if _, known := extraGroups[group]; !known || slices.Contains(w.ManagedRuleGroups[:i], group) {
			p.add(element(groups, i), group, "is unknown or there already", ours("each of "+strings.Join(slices.Sorted(maps.Keys(extraGroups)), ", ")+" once", "AWS bills others by the request"),
				do("write one of them"))
		}
	}
	for i, rule := range w.CountedRules {
		// AWS takes a name that it does not know, and goes on refusing:
		// https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-group-override-options.html
		if group, name, _ := strings.Cut(rule, "/"); name == "" || !slices.Contains(slices.Concat(wafGroups, w.ManagedRuleGroups), group) {
			p.add(element(counted, i), rule, "is no rule of the web ACL", ours("<group>/<rule> of "+strings.Join(wafGroups, ", ")+" or LoadBalancer.WAF.ManagedRuleGroups", "AWS would ignore another one"),
				suggest("write a rule such as", "AWSManagedRulesCommonRuleSet/CrossSiteScripting_BODY"))
		}
		p.noTemplate(element(counted, i), rule, "write the rule's name")
	}
	switch n := len(w.UploadPaths); {
	case n > maxUploadPaths:
		p.add(uploads, n, "is too many paths", ours(fmt.Sprintf("%d or less", maxUploadPaths), "each takes capacity of the web ACL"), do("name their common beginning"))
	case n > 0 && !w.AllowLargeBodies:
		p.add(uploads, n, "is without effect", ours("none without LoadBalancer.WAF.AllowLargeBodies", "large bodies are refused everywhere"), do("set LoadBalancer.WAF.AllowLargeBodies, or remove them"))
	}
	for i, path := range w.UploadPaths {
		p.length(element(uploads, i), path, 1, maxSearched)
		p.matches(element(uploads, i), path, pathForm, aws("a slash, then printable ASCII characters other than spaces"), suggest("write a path such as", "/upload/"))
		p.noTemplate(element(uploads, i), path, "write %24 in place of $, and %25 in place of %")
	}
}
