package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// registryKinds are those of ECR.
func registryKinds() map[string]Kind {
	return map[string]Kind{
		"aws_ecr_repository": {
			Key: []string{"name"}, List: listRepositories, Computed: []string{"id", "arn", "repository_url"},
			Defaults: Attributes{"encryption_configuration": []any{Attributes{"encryption_type": "AES256"}}},
			Skipped:  map[string]string{"force_delete": "only Terraform knows what it does with the images"},
		},
		"aws_ecr_lifecycle_policy": {Key: []string{"repository"}, List: of("aws_ecr_repository",
			func(ctx context.Context, env *Environment, repository Attributes) ([]Attributes, error) {
				name := aws.String(repository.text("name"))
				found, err := ecr.NewFromConfig(env.AWS).GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: name})
				if err != nil {
					return none(err, "LifecyclePolicyNotFoundException")
				}
				return one(Attributes{"repository": name, "policy": found.LifecyclePolicyText})
			})},
		"aws_ecr_repository_policy": {Key: []string{"repository"}, List: of("aws_ecr_repository",
			func(ctx context.Context, env *Environment, repository Attributes) ([]Attributes, error) {
				name := aws.String(repository.text("name"))
				found, err := ecr.NewFromConfig(env.AWS).GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: name})
				if err != nil {
					return none(err, "RepositoryPolicyNotFoundException")
				}
				return one(Attributes{"repository": name, "policy": found.PolicyText})
			})},
	}
}

func listRepositories(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := ecr.NewFromConfig(env.AWS)
	return own(ctx, env, ecr.NewDescribeRepositoriesPaginator(client, &ecr.DescribeRepositoriesInput{}),
		func(page *ecr.DescribeRepositoriesOutput) []types.Repository { return page.Repositories },
		func(r types.Repository) *string { return r.RepositoryName },
		func(r types.Repository) ([]Attributes, error) {
			tagged, err := client.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: r.RepositoryArn})
			if err != nil {
				return nil, err
			}
			return one(Attributes{
				"id": r.RepositoryName, "name": r.RepositoryName, "arn": r.RepositoryArn, "repository_url": r.RepositoryUri,
				"image_tag_mutability": r.ImageTagMutability, "image_scanning_configuration": block(r.ImageScanningConfiguration),
				"encryption_configuration": block(r.EncryptionConfiguration), "tags": tags(tagged.Tags),
			})
		})
}
