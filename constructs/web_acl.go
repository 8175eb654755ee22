package constructs

import (
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/wafv2webacl"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/wafv2webaclassociation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/wafv2webaclloggingconfiguration"

	"flask-api/config"
)

// commonRules is the group of rules that every API needs.
const commonRules = "AWSManagedRulesCommonRuleSet"

// rateWindowSeconds is the time that the rate limit counts over.
const rateWindowSeconds = 300

// redactedHeaders carry what lets others in, and are not logged.
var redactedHeaders = []string{"authorization", "cookie"}

// WebACLProps configures a [WebACL].
type WebACLProps struct {
	Env Env
	// Settings give the rate limit and the treatment of large bodies.
	Settings config.WAF
	// LoadBalancer is what the web ACL stands in front of.
	LoadBalancer *LoadBalancer
	// LogGroup takes a record of what was refused. AWS wants its name to begin
	// with "aws-waf-logs-":
	// https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
	LogGroup *LogGroup
}

// WebACL is a web ACL of AWS WAF that refuses requests from addresses of bad
// repute, from addresses that send too many, and those that look like attacks
// that AWS knows. Everything else passes.
type WebACL struct {
	// WebACL holds the rules.
	WebACL wafv2webacl.Wafv2WebAcl
}

// NewWebACL creates the web ACL, puts it in front of the load balancer, and logs
// what it refuses, without the headers that identify a client.
//
// Its rules use 1127 of the 1500 capacity units that its price includes:
// https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
func NewWebACL(scope constructs.Construct, id string, props WebACLProps) *WebACL {
	scope = constructs.NewConstruct(scope, &id)
	settings := props.Settings
	rules := []*wafv2webacl.Wafv2WebAclRule{ // In the order of their priority, the cheapest to evaluate first.
		managedRules(0, "ip-reputation", "AWSManagedRulesAmazonIpReputationList", settings),
		rateLimit(1, settings),
		managedRules(2, "common", commonRules, settings),
		managedRules(3, "known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet", settings),
		managedRules(4, "sql-injection", "AWSManagedRulesSQLiRuleSet", settings),
	}
	for _, group := range settings.ManagedRuleGroups {
		rules = append(rules, managedRules(len(rules), strings.ToLower(strings.TrimPrefix(group, "AWSManagedRules")), group, settings))
	}
	if len(settings.UploadPaths) > 0 {
		rules = append(rules, largeBodies(len(rules), settings))
	}
	name := props.Env.Name("web-acl")
	acl := wafv2webacl.NewWafv2WebAcl(scope, jsii.String(resourceID), &wafv2webacl.Wafv2WebAclConfig{
		Name:          &name,
		Description:   jsii.String("Refuses attacks on the " + props.Env.API()),
		Scope:         jsii.String("REGIONAL"),
		DefaultAction: &wafv2webacl.Wafv2WebAclDefaultAction{Allow: &wafv2webacl.Wafv2WebAclDefaultActionAllow{}},
		Rule:          &rules,
		VisibilityConfig: &wafv2webacl.Wafv2WebAclVisibilityConfig{
			CloudwatchMetricsEnabled: jsii.Bool(true),
			MetricName:               &name,
			SampledRequestsEnabled:   jsii.Bool(true),
		},
	})
	wafv2webaclassociation.NewWafv2WebAclAssociation(scope, jsii.String("association"), &wafv2webaclassociation.Wafv2WebAclAssociationConfigA{
		WebAclArn:   acl.Arn(),
		ResourceArn: props.LoadBalancer.ARN(),
	})
	logRefused(scope, acl, props.LogGroup)
	return &WebACL{WebACL: acl}
}

// managedRules evaluates a group of rules that AWS maintains. The rules that are
// named count what they match and refuse nothing.
func managedRules(priority int, name, group string, settings config.WAF) *wafv2webacl.Wafv2WebAclRule {
	statement := map[string]any{"vendor_name": "AWS", "name": group}
	counted := slices.Clone(settings.CountedRules)
	if settings.AllowLargeBodies {
		counted = append(counted, commonRules+"/SizeRestrictions_BODY")
	}
	slices.Sort(counted)
	var overrides []any
	for _, rule := range slices.Compact(counted) {
		if rule, isOfGroup := strings.CutPrefix(rule, group+"/"); isOfGroup {
			overrides = append(overrides, map[string]any{"name": rule, "action_to_use": map[string]any{"count": map[string]any{}}})
		}
	}
	// The rules of the group decide, each for itself, unless they are only counted.
	action := &wafv2webacl.Wafv2WebAclRuleOverrideAction{None: &wafv2webacl.Wafv2WebAclRuleOverrideActionNone{}}
	if settings.CountOnly {
		action = &wafv2webacl.Wafv2WebAclRuleOverrideAction{Count: &wafv2webacl.Wafv2WebAclRuleOverrideActionCount{}}
	}
	if len(overrides) > 0 {
		statement["rule_action_override"] = overrides
	}
	return &wafv2webacl.Wafv2WebAclRule{
		Name:             &name,
		Priority:         jsii.Number(priority),
		OverrideAction:   action,
		Statement:        map[string]any{"managed_rule_group_statement": statement},
		VisibilityConfig: ruleVisibility(name),
	}
}

// rateLimit refuses an address while it sends more requests than the limit.
func rateLimit(priority int, settings config.WAF) *wafv2webacl.Wafv2WebAclRule {
	const name = "rate-limit"
	return &wafv2webacl.Wafv2WebAclRule{
		Name:     jsii.String(name),
		Priority: jsii.Number(priority),
		Action:   refuse(settings),
		Statement: map[string]any{"rate_based_statement": map[string]any{
			"aggregate_key_type":    "IP",
			"evaluation_window_sec": rateWindowSeconds,
			"limit":                 settings.RateLimit,
		}},
		VisibilityConfig: ruleVisibility(name),
	}
}

// largeBodies refuses what the common rules found to be large, except on the paths of
// uploads: https://docs.aws.amazon.com/waf/latest/developerguide/waf-labels.html
func largeBodies(priority int, settings config.WAF) *wafv2webacl.Wafv2WebAclRule {
	const name = "large-bodies"
	conditions := []any{map[string]any{"label_match_statement": map[string]any{
		"scope": "LABEL", "key": "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
	}}}
	for _, path := range settings.UploadPaths {
		conditions = append(conditions, map[string]any{"not_statement": map[string]any{"statement": []any{map[string]any{"byte_match_statement": map[string]any{
			"search_string": path, "positional_constraint": "STARTS_WITH", "field_to_match": map[string]any{"uri_path": map[string]any{}},
			"text_transformation": []any{map[string]any{"priority": 0, "type": "NONE"}},
		}}}}})
	}
	return &wafv2webacl.Wafv2WebAclRule{
		Name:             jsii.String(name),
		Priority:         jsii.Number(priority),
		Action:           refuse(settings),
		Statement:        map[string]any{"and_statement": map[string]any{"statement": conditions}},
		VisibilityConfig: ruleVisibility(name),
	}
}

// refuse is what a rule does with what it finds, unless that is only counted.
func refuse(settings config.WAF) *wafv2webacl.Wafv2WebAclRuleAction {
	if settings.CountOnly {
		return &wafv2webacl.Wafv2WebAclRuleAction{Count: &wafv2webacl.Wafv2WebAclRuleActionCount{}}
	}
	return &wafv2webacl.Wafv2WebAclRuleAction{Block: &wafv2webacl.Wafv2WebAclRuleActionBlock{}}
}

// ruleVisibility counts what the rule matches, and samples it for the console.
func ruleVisibility(name string) *wafv2webacl.Wafv2WebAclRuleVisibilityConfig {
	return &wafv2webacl.Wafv2WebAclRuleVisibilityConfig{
		CloudwatchMetricsEnabled: jsii.Bool(true),
		MetricName:               &name,
		SampledRequestsEnabled:   jsii.Bool(true),
	}
}

// logRefused logs the requests that a rule refused or counted. The many others
// are in the access logs, which cost less.
func logRefused(scope constructs.Construct, acl wafv2webacl.Wafv2WebAcl, group *LogGroup) {
	redacted := make([]*wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationRedactedFields, len(redactedHeaders))
	for i, header := range redactedHeaders {
		redacted[i] = &wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationRedactedFields{
			SingleHeader: &wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader{Name: jsii.String(header)},
		}
	}
	var conditions []*wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationLoggingFilterFilterCondition
	for _, action := range []string{"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"} {
		conditions = append(conditions, &wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationLoggingFilterFilterCondition{
			ActionCondition: &wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationLoggingFilterFilterConditionActionCondition{Action: jsii.String(action)},
		})
	}
	wafv2webaclloggingconfiguration.NewWafv2WebAclLoggingConfiguration(scope, jsii.String("logging"), &wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationConfig{
		ResourceArn:           acl.Arn(),
		LogDestinationConfigs: &[]*string{group.ARN()},
		RedactedFields:        &redacted,
		LoggingFilter: &wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationLoggingFilter{
			DefaultBehavior: jsii.String("DROP"),
			Filter: &[]*wafv2webaclloggingconfiguration.Wafv2WebAclLoggingConfigurationLoggingFilterFilter{{
				Behavior:    jsii.String("KEEP"),
				Requirement: jsii.String("MEETS_ANY"),
				Condition:   &conditions,
			}},
		},
	})
}
