package live

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// keyKinds are those of KMS.
func keyKinds() map[string]Kind {
	return map[string]Kind{
		"aws_kms_alias": {Key: []string{"name"}, List: listAliases, Computed: []string{"id", "arn"}},
		"aws_kms_key": {
			Key: []string{"description"}, List: listKeys, Computed: []string{"id", "key_id", "arn"},
			Defaults: Attributes{"is_enabled": true, "key_usage": "ENCRYPT_DECRYPT", "customer_master_key_spec": "SYMMETRIC_DEFAULT", "rotation_period_in_days": "365"},
			Skipped:  map[string]string{"deletion_window_in_days": "AWS learns it from the order to delete the key"},
		},
		"aws_kms_grant": {Key: []string{"grantee_principal", "grant_id"}, List: of("aws_kms_key", grants)},
	}
}

func listAliases(ctx context.Context, env *Environment) ([]Attributes, error) {
	return own(ctx, env, kms.NewListAliasesPaginator(kms.NewFromConfig(env.AWS), &kms.ListAliasesInput{}),
		func(page *kms.ListAliasesOutput) []types.AliasListEntry { return page.Aliases },
		func(a types.AliasListEntry) *string { return aws.String(strings.TrimPrefix(*a.AliasName, "alias/")) },
		func(a types.AliasListEntry) ([]Attributes, error) {
			return one(Attributes{"id": a.AliasName, "name": a.AliasName, "arn": a.AliasArn, "target_key_id": a.TargetKeyId})
		})
}

// listKeys describes the keys that the aliases stand for: no key has a name.
func listKeys(ctx context.Context, env *Environment) ([]Attributes, error) {
	aliases, err := env.Found(ctx, "aws_kms_alias")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, alias := range aliases {
		ids = append(ids, alias.text("target_key_id"))
	}
	slices.Sort(ids)
	client := kms.NewFromConfig(env.AWS)
	return every(slices.Compact(ids), nil, func(id string) ([]Attributes, error) {
		described, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
		if err != nil {
			return nil, err
		}
		policy, err := client.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &id, PolicyName: aws.String("default")})
		if err != nil {
			return nil, err
		}
		rotation, err := client.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &id})
		if err != nil {
			return nil, err
		}
		tagged, err := Collect(ctx, kms.NewListResourceTagsPaginator(client, &kms.ListResourceTagsInput{KeyId: &id}),
			func(page *kms.ListResourceTagsOutput) []types.Tag { return page.Tags })
		if err != nil {
			return nil, err
		}
		key := described.KeyMetadata
		return one(Attributes{
			"id": id, "key_id": id, "arn": key.Arn, "description": key.Description, "policy": policy.Policy, "tags": tags(tagged),
			// A key that is going to be deleted is not enabled.
			"is_enabled": key.Enabled, "multi_region": key.MultiRegion, "key_usage": key.KeyUsage, "customer_master_key_spec": key.KeySpec,
			"enable_key_rotation": rotation.KeyRotationEnabled, "rotation_period_in_days": cmp.Or(aws.ToInt32(rotation.RotationPeriodInDays), 365),
		})
	})
}

// grants are those that people gave. Services of AWS give themselves what they need in
// the name of who uses them, and each tells so by its name:
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func grants(ctx context.Context, env *Environment, key Attributes) ([]Attributes, error) {
	all, err := Collect(ctx, kms.NewListGrantsPaginator(kms.NewFromConfig(env.AWS), &kms.ListGrantsInput{KeyId: aws.String(key.text("key_id"))}),
		func(page *kms.ListGrantsOutput) []types.GrantListEntry { return page.Grants })
	return every(all, err, func(g types.GrantListEntry) ([]Attributes, error) {
		grantee := aws.ToString(g.GranteePrincipal)
		if strings.Contains(grantee, ".amazonaws.com") || strings.Contains(grantee, ":role/aws-service-role/") {
			return nil, nil
		}
		return one(Attributes{"grant_id": g.GrantId, "key_id": key["key_id"], "grantee_principal": grantee, "operations": g.Operations})
	})
}
