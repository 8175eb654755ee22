package live

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// logKinds are those of CloudWatch Logs.
func logKinds() map[string]Kind {
	return map[string]Kind{
		"aws_cloudwatch_log_group": {
			Key: []string{"name"}, List: listLogGroups, Computed: []string{"id", "arn"}, Defaults: Attributes{"log_group_class": "STANDARD"},
		},
		"aws_cloudwatch_log_subscription_filter": {Key: []string{"log_group_name", "name"}, List: of("aws_cloudwatch_log_group", subscriptionFilters)},
		"aws_cloudwatch_log_resource_policy":     {Key: []string{"policy_name", "resource_arn"}, List: logPolicies},
	}
}

// groupsOfAWS are of Container Insights, which makes them itself:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
const groupsOfAWS = "/aws/ecs/containerinsights/"

func listLogGroups(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := cloudwatchlogs.NewFromConfig(env.AWS)
	all, err := Collect(ctx, cloudwatchlogs.NewDescribeLogGroupsPaginator(client, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePattern: aws.String(env.prefix())}),
		func(page *cloudwatchlogs.DescribeLogGroupsOutput) []types.LogGroup { return page.LogGroups })
	return every(all, err, func(g types.LogGroup) ([]Attributes, error) {
		name := aws.ToString(g.LogGroupName)
		if ours, err := env.ownsLogs(ctx, name); err != nil || !ours {
			return nil, err
		}
		arn := strings.TrimSuffix(aws.ToString(g.Arn), ":*")
		tagged, err := client.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
		if err != nil {
			return nil, err
		}
		return one(Attributes{
			"id": name, "arn": arn, "name": name, "retention_in_days": g.RetentionInDays, "kms_key_id": g.KmsKeyId,
			"log_group_class": cmp.Or(g.LogGroupClass, types.LogGroupClassStandard), "tags": tagged.Tags,
		})
	})
}

// ownsLogs tells whether one of the parts of the log group's name is the environment's.
func (e *Environment) ownsLogs(ctx context.Context, name string) (bool, error) {
	if strings.HasPrefix(name, groupsOfAWS) {
		return false, nil
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(name, "aws-waf-logs-"), "/") {
		if ours, err := e.owns(ctx, part); err != nil || ours {
			return ours, err
		}
	}
	return false, nil
}

func subscriptionFilters(ctx context.Context, env *Environment, group Attributes) ([]Attributes, error) {
	found, err := Collect(ctx, cloudwatchlogs.NewDescribeSubscriptionFiltersPaginator(cloudwatchlogs.NewFromConfig(env.AWS),
		&cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: aws.String(group.text("name"))}),
		func(page *cloudwatchlogs.DescribeSubscriptionFiltersOutput) []types.SubscriptionFilter {
			return page.SubscriptionFilters
		})
	return every(found, err, func(f types.SubscriptionFilter) ([]Attributes, error) {
		return one(Attributes{"log_group_name": f.LogGroupName, "name": f.FilterName, "destination_arn": f.DestinationArn})
	})
}

// logPolicies are those of the account and of its groups that let others than services of
// AWS at the environment's groups. The account's own are of its services, which write:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html
func logPolicies(ctx context.Context, env *Environment) ([]Attributes, error) {
	groups, err := env.Found(ctx, "aws_cloudwatch_log_group")
	if err != nil {
		return nil, err
	}
	found, err := cloudwatchlogs.NewFromConfig(env.AWS).DescribeResourcePolicies(ctx, &cloudwatchlogs.DescribeResourcePoliciesInput{})
	if err != nil {
		return nil, err
	}
	return every(found.ResourcePolicies, nil, func(p types.ResourcePolicy) ([]Attributes, error) {
		if !slices.ContainsFunc(groups, func(g Attributes) bool { return lets(aws.ToString(p.PolicyDocument), g.text("arn")) }) {
			return nil, nil
		}
		return one(Attributes{"policy_name": p.PolicyName, "resource_arn": p.ResourceArn, "policy_document": p.PolicyDocument})
	})
}

// lets tells whether the policy allows others than services of AWS anything on the log
// group. What it cannot read, it takes for one that does.
func lets(document, arn string) bool {
	var policy struct {
		Statement []struct {
			Effect    string
			Principal any
			Resource  any
		}
	}
	if json.Unmarshal([]byte(document), &policy) != nil {
		return strings.Contains(document, arn)
	}
	for _, s := range policy.Statement {
		principals, named := s.Principal.(map[string]any)
		if _, service := principals["Service"]; s.Effect != "Allow" || named && service && len(principals) == 1 {
			continue
		}
		resources, isList := s.Resource.([]any)
		if !isList {
			resources = []any{s.Resource}
		}
		for _, resource := range resources {
			pattern, _ := resource.(string)
			pattern = strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")
			if matched, err := regexp.MatchString("^"+pattern+"$", arn+":log-stream:"); err != nil || matched {
				return true
			}
		}
	}
	return false
}
