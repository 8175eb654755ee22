package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// secretVersions are the ids of a secret's versions by their labels. The versions
// themselves are not compared.
const secretVersions = "versions"

// secretKinds are those of Secrets Manager, and the parameters of Systems Manager. No
// value of either is read.
func secretKinds() map[string]Kind {
	return map[string]Kind{
		"aws_secretsmanager_secret": {
			Key: []string{"name"}, List: listSecrets, Computed: []string{"id", "arn", secretVersions},
			Skipped: map[string]string{"recovery_window_in_days": "AWS learns it from the order to delete the secret"},
		},
		"aws_secretsmanager_secret_policy": {Key: []string{"secret_arn"}, List: of("aws_secretsmanager_secret", secretPolicy)},
		"aws_ssm_parameter": {
			Key: []string{"name"}, List: listParameters, Computed: []string{"id", "arn"}, Defaults: Attributes{"tier": "Standard", "data_type": "text"},
			Skipped: map[string]string{"value": "an apply decides on it, and no value is read"},
		},
	}
}

func listSecrets(ctx context.Context, env *Environment) ([]Attributes, error) {
	return own(ctx, env, secretsmanager.NewListSecretsPaginator(secretsmanager.NewFromConfig(env.AWS), &secretsmanager.ListSecretsInput{
		Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{env.prefix()}}},
	}), func(page *secretsmanager.ListSecretsOutput) []types.SecretListEntry { return page.SecretList },
		func(s types.SecretListEntry) *string { return s.Name },
		func(s types.SecretListEntry) ([]Attributes, error) {
			found, err := secretsmanager.NewFromConfig(env.AWS).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: s.ARN})
			if err != nil {
				return nil, err
			}
			replicas, err := every(found.ReplicationStatus, nil, func(r types.ReplicationStatusType) ([]Attributes, error) {
				return one(Attributes{"region": r.Region, "kms_key_id": r.KmsKeyId})
			})
			if err != nil {
				return nil, err
			}
			versions := map[string]any{}
			for id, labels := range found.VersionIdsToStages {
				for _, label := range labels {
					versions[label] = id
				}
			}
			return one(Attributes{
				secretVersions: versions,
				"id":           found.ARN, "arn": found.ARN, "name": found.Name, "description": found.Description, "kms_key_id": found.KmsKeyId,
				"replica": replicas, "tags": tags(found.Tags),
				"rotation_enabled": found.RotationEnabled, "rotation_lambda_arn": found.RotationLambdaARN, "rotation_rules": block(found.RotationRules),
			})
		})
}

func secretPolicy(ctx context.Context, env *Environment, secret Attributes) ([]Attributes, error) {
	found, err := secretsmanager.NewFromConfig(env.AWS).GetResourcePolicy(ctx, &secretsmanager.GetResourcePolicyInput{SecretId: aws.String(secret.text("arn"))})
	if err != nil || aws.ToString(found.ResourcePolicy) == "" {
		return none(err, "ResourceNotFoundException")
	}
	return one(Attributes{"secret_arn": secret["arn"], "policy": found.ResourcePolicy})
}

func listParameters(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := ssm.NewFromConfig(env.AWS)
	found, err := Collect(ctx, ssm.NewDescribeParametersPaginator(client, &ssm.DescribeParametersInput{ParameterFilters: []ssmtypes.ParameterStringFilter{
		{Key: aws.String("Path"), Option: aws.String("Recursive"), Values: []string{"/" + env.StackName}},
	}}), func(page *ssm.DescribeParametersOutput) []ssmtypes.ParameterMetadata { return page.Parameters })
	return every(found, err, func(p ssmtypes.ParameterMetadata) ([]Attributes, error) {
		tagged, err := client.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{ResourceType: ssmtypes.ResourceTypeForTaggingParameter, ResourceId: p.Name})
		if err != nil {
			return nil, err
		}
		return one(Attributes{
			"id": p.Name, "arn": p.ARN, "name": p.Name, "type": p.Type, "description": p.Description, "tier": p.Tier, "data_type": p.DataType,
			"key_id": p.KeyId, "tags": tags(tagged.TagList),
		})
	})
}
