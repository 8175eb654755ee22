package live

import (
	"context"
	"encoding/base64"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// firewallKinds are the web ACLs that stand in front of the load balancers.
func firewallKinds() map[string]Kind {
	return map[string]Kind{
		"aws_wafv2_web_acl": {Key: []string{"name"}, List: listWebACLs, Computed: []string{"id", "arn"}},
		"aws_wafv2_web_acl_association": {
			Key: []string{"resource_arn"}, List: of("aws_lb", listWebACLAssociations),
		},
		"aws_wafv2_web_acl_logging_configuration": {Key: []string{"resource_arn"}, List: of("aws_wafv2_web_acl", listWebACLLogging)},
	}
}

func (e *Environment) waf() *wafv2.Client { return wafv2.NewFromConfig(e.AWS) }

// webACL is the one in front of the load balancer, or nil.
func (e *Environment) webACL(ctx context.Context, balancer Attributes) (*types.WebACL, error) {
	found, err := e.waf().GetWebACLForResource(ctx, &wafv2.GetWebACLForResourceInput{ResourceArn: aws.String(balancer.text("arn"))})
	if err != nil {
		return nil, err
	}
	return found.WebACL, nil
}

// managedByOrganisation begins the names of web ACLs that an organisation's Firewall Manager
// puts in front of what has none: https://docs.aws.amazon.com/waf/latest/developerguide/waf-policies.html
const managedByOrganisation = "FMManagedWebACL"

func listWebACLAssociations(ctx context.Context, env *Environment, balancer Attributes) ([]Attributes, error) {
	acl, err := env.webACL(ctx, balancer)
	if err != nil || acl == nil || strings.HasPrefix(aws.ToString(acl.Name), managedByOrganisation) {
		return nil, err
	}
	return one(Attributes{"resource_arn": balancer["arn"], "web_acl_arn": acl.ARN})
}

// listWebACLs are those in front of a load balancer, and the one with the environment's
// name, which stands in front of nothing when somebody took it away.
func listWebACLs(ctx context.Context, env *Environment) ([]Attributes, error) {
	associated, err := env.Found(ctx, "aws_wafv2_web_acl_association")
	if err != nil {
		return nil, err
	}
	inFront := Values(associated, func(a Attributes) string { return a.text("web_acl_arn") })
	var all []Attributes
	for input := (wafv2.ListWebACLsInput{Scope: types.ScopeRegional}); ; {
		page, err := env.waf().ListWebACLs(ctx, &input)
		if err != nil {
			return nil, err
		}
		for _, acl := range page.WebACLs {
			if !slices.Contains(inFront, aws.ToString(acl.ARN)) && aws.ToString(acl.Name) != env.prefix()+"web-acl-"+env.Suffix {
				continue
			}
			object, err := webACL(ctx, env, acl)
			if err != nil {
				return nil, err
			}
			all = append(all, object)
		}
		if input.NextMarker = page.NextMarker; aws.ToString(page.NextMarker) == "" {
			return all, nil
		}
	}
}

// shield begins the names of the rule that Shield Advanced adds to a web ACL by itself:
// https://docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response-rg.html
const shield = "ShieldMitigationRuleGroup"

func webACL(ctx context.Context, env *Environment, summary types.WebACLSummary) (Attributes, error) {
	answer, err := env.waf().GetWebACL(ctx, &wafv2.GetWebACLInput{Scope: types.ScopeRegional, Id: summary.Id, Name: summary.Name})
	if err != nil {
		return nil, err
	}
	tagged, err := env.waf().ListTagsForResource(ctx, &wafv2.ListTagsForResourceInput{ResourceARN: summary.ARN})
	if err != nil {
		return nil, err
	}
	acl := answer.WebACL
	rules := slices.DeleteFunc(acl.Rules, func(r types.Rule) bool { return strings.HasPrefix(aws.ToString(r.Name), shield) })
	for i := range rules { // An empty configuration is none.
		rules[i].CaptchaConfig, rules[i].ChallengeConfig = unlessEmpty(rules[i].CaptchaConfig), unlessEmpty(rules[i].ChallengeConfig)
	}
	return Attributes{
		"id": acl.Id, "arn": acl.ARN, "name": acl.Name, "description": acl.Description, "scope": types.ScopeRegional,
		"default_action": firewallBlock(acl.DefaultAction), "visibility_config": firewallBlock(acl.VisibilityConfig),
		"rule": firewallBlock(rules), "tags": tags(tagged.TagInfoForResource.TagList),
	}, nil
}

func unlessEmpty[T any](v *T) *T {
	if v == nil || reflect.ValueOf(*v).IsZero() {
		return nil
	}
	return v
}

// firewallBlock is what the SDK has, with Terraform's names.
func firewallBlock(v any) any {
	return searched(renamed(v, func(name string) string {
		switch name {
		case "CloudWatchMetricsEnabled":
			return "cloudwatch_metrics_enabled"
		case "RuleActionOverrides", "Filters", "Conditions", "Statements", "TextTransformations":
			name = strings.TrimSuffix(name, "s")
		}
		return snake(name)
	}))
}

// searched has what a rule searches for as text: the SDK has it as bytes.
func searched(v any) any {
	switch v := v.(type) {
	case Attributes:
		for key, value := range v {
			v[key] = searched(value)
			if text, err := base64.StdEncoding.DecodeString(v.text("search_string")); key == "search_string" && err == nil {
				v[key] = string(text)
			}
		}
	case []any:
		for i := range v {
			v[i] = searched(v[i])
		}
	}
	return v
}

func listWebACLLogging(ctx context.Context, env *Environment, acl Attributes) ([]Attributes, error) {
	found, err := env.waf().GetLoggingConfiguration(ctx, &wafv2.GetLoggingConfigurationInput{ResourceArn: aws.String(acl.text("arn"))})
	if err != nil {
		return none(err, "WAFNonexistentItemException")
	}
	logging := found.LoggingConfiguration
	return one(Attributes{
		"resource_arn": logging.ResourceArn, "log_destination_configs": logging.LogDestinationConfigs,
		"logging_filter": firewallBlock(logging.LoggingFilter), "redacted_fields": firewallBlock(logging.RedactedFields),
	})
}
