package live

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
)

// source reads a data source that what is compared refers to, given its arguments. Of any
// other it returns nothing: what refers to it is not known.
func source(ctx context.Context, env *Environment, kind string, arguments map[string]any) (Attributes, error) {
	switch kind {
	case "aws_caller_identity":
		return Attributes{"account_id": env.Account}, nil
	case "aws_partition":
		return Attributes{"partition": env.Partition}, nil
	case "aws_ec2_managed_prefix_list":
		return findPrefixList(ctx, env, arguments)
	case "aws_iam_openid_connect_provider":
		host := strings.TrimPrefix(fmt.Sprint(arguments["url"]), "https://")
		return Attributes{"arn": fmt.Sprintf("arn:%s:iam::%s:oidc-provider/%s", env.Partition, env.Account, host)}, nil
	case "aws_iam_policy_document":
		encoded, err := json.Marshal(policyDocument(arguments))
		return Attributes{"json": string(encoded)}, err
	case "aws_route53_zone":
		return readZone(ctx, env, arguments)
	}
	return nil, nil
}

// findPrefixList finds a prefix list by its id, or its name.
func findPrefixList(ctx context.Context, env *Environment, arguments map[string]any) (Attributes, error) {
	in := &ec2.DescribeManagedPrefixListsInput{}
	if id, ok := arguments["id"].(string); ok {
		in.PrefixListIds = []string{id}
	} else {
		in.Filters = filter("prefix-list-name", fmt.Sprint(arguments["name"]))
	}
	out, err := env.ec2().DescribeManagedPrefixLists(ctx, in)
	if err != nil || len(out.PrefixLists) != 1 {
		return nil, err
	}
	return Attributes{"id": out.PrefixLists[0].PrefixListId}, nil
}

// policyDocument is the document that Terraform makes of the block.
func policyDocument(block map[string]any) map[string]any {
	var statements []any
	for _, inner := range blocks(block["statement"]) {
		statement := map[string]any{"Effect": "Allow", "Action": inner["actions"]}
		for argument, element := range map[string]string{
			"effect": "Effect", "sid": "Sid", "resources": "Resource", "not_actions": "NotAction", "not_resources": "NotResource",
		} {
			if value, spoken := inner[argument]; spoken {
				statement[element] = value
			}
		}
		conditions := map[string]map[string]any{}
		for _, condition := range blocks(inner["condition"]) {
			test := fmt.Sprint(condition["test"])
			if conditions[test] == nil {
				conditions[test] = map[string]any{}
			}
			conditions[test][fmt.Sprint(condition["variable"])] = condition["values"]
		}
		if len(conditions) > 0 {
			statement["Condition"] = conditions
		}
		principals := map[string]any{}
		for _, principal := range blocks(inner["principals"]) {
			principals[fmt.Sprint(principal["type"])] = principal["identifiers"]
		}
		if len(principals) > 0 {
			statement["Principal"] = principals
		}
		statements = append(statements, statement)
	}
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// blocks are those of a list, or the only one that stands there alone.
func blocks(value any) []map[string]any {
	if block, alone := value.(map[string]any); alone {
		return []map[string]any{block}
	}
	list, _ := value.([]any)
	var all []map[string]any
	for _, member := range list {
		if block, isBlock := member.(map[string]any); isBlock {
			all = append(all, block)
		}
	}
	return all
}

// readZone finds the public zone of the name: a private one may have the same.
func readZone(ctx context.Context, env *Environment, arguments map[string]any) (Attributes, error) {
	client, name := route53.NewFromConfig(env.AWS), fmt.Sprint(arguments["name"])
	zones, err := client.ListHostedZonesByName(ctx, &route53.ListHostedZonesByNameInput{DNSName: &name})
	if err != nil {
		return nil, err
	}
	for _, zone := range zones.HostedZones {
		if strings.TrimSuffix(aws.ToString(zone.Name), ".") == name && !zone.Config.PrivateZone {
			return Attributes{"zone_id": strings.TrimPrefix(aws.ToString(zone.Id), "/hostedzone/"), "name": name}, nil
		}
	}
	return nil, fmt.Errorf("there is no public hosted zone %s", name)
}
