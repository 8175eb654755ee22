package constructs_test

import (
	"fmt"
	"strings"
	"testing"

	"flask-api/config"
	"flask-api/test/stacktest"

	"github.com/stretchr/testify/assert"
)

// webACLInvariants are about web_acl.go.
var webACLInvariants = []invariant{
	{
		sentence: "a web ACL refuses known attacks and logs what it refuses, without credentials",
		controls: "CKV_AWS_175, CKV_AWS_192, CKV_AWS_342; CKV2_AWS_28, CKV2_AWS_31; FSBP ELB.16, WAF.10, WAF.11, WAF.12",
		violations: func(s stack) []string {
			var v violations
			if !s.Config.LoadBalancer.WAF.Enabled {
				v.unless(s.Resources["aws_wafv2_web_acl"] == nil, "there is one although it is off")
				return v
			}
			v.want(s, "aws_wafv2_web_acl_association", attributes{
				"resource_arn": "${aws_lb.load_balancer_alb.arn}", "web_acl_arn": "${aws_wafv2_web_acl.web_acl.arn}",
			})
			v.want(s, "aws_wafv2_web_acl_logging_configuration", attributes{
				"resource_arn":            "${aws_wafv2_web_acl.web_acl.arn}",
				"log_destination_configs": []any{"${aws_cloudwatch_log_group.waf_logs.arn}"},
				"redacted_fields": []any{
					attributes{"single_header": attributes{"name": "authorization"}},
					attributes{"single_header": attributes{"name": "cookie"}},
				},
			})
			rules := fmt.Sprint(s.Resources["aws_wafv2_web_acl"]["web_acl"]["rule"])
			for _, group := range []string{"AmazonIpReputationList", "CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet"} {
				v.unless(strings.Contains(rules, "name:AWSManagedRules"+group+" "), "it lacks %s", group)
			}
			v.unless(strings.Count(rules, "override_action:map[none:map[]]") == 4, "groups of rules are overridden: %s", rules)
			v.unless(strings.Contains(rules, fmt.Sprintf("action:map[block:map[]] name:rate-limit priority:1 statement:map[rate_based_statement:map[aggregate_key_type:IP evaluation_window_sec:300 limit:%d]]",
				s.Config.LoadBalancer.WAF.RateLimit)), "it lacks the rate limit: %s", rules)
			return v
		},
		broken: func(s *stack) { s.Config.LoadBalancer.WAF.Enabled = true },
	},
}

// TestWAFExceptions has rules that only count, further groups, and paths for uploads.
func TestWAFExceptions(t *testing.T) {
	env := config.Defaults("counted")
	env.LoadBalancer.WAF = config.WAF{
		Enabled: true, RateLimit: 2000, CountOnly: true, AllowLargeBodies: true, UploadPaths: []string{"/upload/", "/import"}, ManagedRuleGroups: []string{"AWSManagedRulesLinuxRuleSet"},
		CountedRules: []string{"AWSManagedRulesLinuxRuleSet/LFI_URIPATH", "AWSManagedRulesCommonRuleSet/CrossSiteScripting_BODY"},
	}
	rules := stacktest.Decode(t, env, synthesise(env)[env.Suffix]).One("aws_wafv2_web_acl")["rule"].([]any)
	names := map[string]string{}
	for i, rule := range rules {
		assert.InEpsilon(t, i+1, rule.(attributes)["priority"].(float64)+1, 0)
		text := fmt.Sprint(rule)
		assert.NotContains(t, text, "block:", "nothing is refused")
		assert.NotContains(t, text, "none:")
		names[rule.(attributes)["name"].(string)] = text
	}
	assert.Len(t, names, 7)
	assert.Contains(t, names["linuxruleset"], "name:LFI_URIPATH")
	assert.NotContains(t, names["linuxruleset"], "CrossSiteScripting")
	assert.Contains(t, names["common"], "name:CrossSiteScripting_BODY")
	assert.Contains(t, names["common"], "name:SizeRestrictions_BODY", "the rule about paths decides in its place")
	assert.Contains(t, names["large-bodies"], "key:awswaf:managed:aws:core-rule-set:SizeRestrictions_Body")
	assert.Equal(t, 2, strings.Count(names["large-bodies"], "not_statement"))
	assert.Contains(t, names["large-bodies"], "search_string:/upload/")
}

// TestLargeBodies compares the rule that refuses large bodies with and without
// the choice to let them through.
func TestLargeBodies(t *testing.T) {
	common := func(env config.Config) any {
		rule := load(t, env).One("aws_wafv2_web_acl")["rule"].([]any)[2].(attributes)
		return rule["statement"].(attributes)["managed_rule_group_statement"].(attributes)["rule_action_override"]
	}
	assert.Nil(t, common(stacktest.Guarded()))
	counted := attributes{"name": "SizeRestrictions_BODY", "action_to_use": attributes{"count": attributes{}}}
	assert.Equal(t, []any{counted}, common(stacktest.Chosen()))
}
