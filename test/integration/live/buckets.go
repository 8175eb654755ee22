package live

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// bucketKinds are those of S3.
func bucketKinds() map[string]Kind {
	all := map[string]Kind{
		"aws_s3_bucket": {
			Key: []string{"bucket"}, List: listBuckets, Computed: []string{"id", "arn"},
			Skipped: map[string]string{"force_destroy": "only Terraform knows what it does with the objects"},
		},
	}
	for kind, read := range bucketSettings {
		all[kind] = Kind{Key: []string{"bucket"}, List: of("aws_s3_bucket", func(ctx context.Context, env *Environment, bucket Attributes) ([]Attributes, error) {
			name := bucket.text("bucket")
			a, err := read(ctx, s3.NewFromConfig(env.AWS), &name)
			if err != nil || a == nil {
				return none(err, "NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError",
					"ServerSideEncryptionConfigurationNotFoundError", "NoSuchLifecycleConfiguration", "ReplicationConfigurationNotFoundError",
					"NoSuchWebsiteConfiguration", "NoSuchCORSConfiguration")
			}
			a["bucket"] = name
			return one(a)
		})}
	}
	return all
}

func listBuckets(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := s3.NewFromConfig(env.AWS)
	return own(ctx, env, s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{Prefix: aws.String(env.prefix())}),
		func(page *s3.ListBucketsOutput) []types.Bucket { return page.Buckets },
		func(b types.Bucket) *string { return aws.String(strings.TrimSuffix(*b.Name, "-"+env.Account)) },
		func(b types.Bucket) ([]Attributes, error) {
			tagged := map[string]string{}
			found, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: b.Name})
			if err == nil {
				tagged = tags(found.TagSet)
			} else if _, err := none(err, "NoSuchTagSet"); err != nil {
				return nil, err
			}
			return one(Attributes{"id": b.Name, "bucket": b.Name, "arn": "arn:" + env.Partition + ":s3:::" + *b.Name, "tags": tagged})
		})
}

// bucketSettings read what Terraform has as resources of their own; nil is for what says nothing.
var bucketSettings = map[string]func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error){
	"aws_s3_bucket_policy": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		return Attributes{"policy": found.Policy}, nil
	},
	"aws_s3_bucket_public_access_block": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		return renamed(found.PublicAccessBlockConfiguration, snake).(Attributes), nil
	},
	"aws_s3_bucket_ownership_controls": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		return Attributes{"rule": block(found.OwnershipControls.Rules)}, nil
	},
	"aws_s3_bucket_versioning": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: bucket})
		if err != nil || found.Status == "" {
			return nil, err
		}
		return Attributes{"versioning_configuration": Attributes{"status": found.Status}}, nil
	},
	"aws_s3_bucket_server_side_encryption_configuration": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		rules, err := every(found.ServerSideEncryptionConfiguration.Rules, nil, func(r types.ServerSideEncryptionRule) ([]Attributes, error) {
			rule := Attributes{"apply_server_side_encryption_by_default": block(r.ApplyServerSideEncryptionByDefault)}
			if aws.ToBool(r.BucketKeyEnabled) {
				rule["bucket_key_enabled"] = true
			}
			return one(rule)
		})
		return Attributes{"rule": rules}, err
	},
	"aws_s3_bucket_lifecycle_configuration": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		return Attributes{"rule": block(found.Rules)}, nil
	},
	"aws_s3_bucket_cors_configuration": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		return Attributes{"cors_rule": block(found.CORSRules)}, nil
	},
	"aws_s3_bucket_replication_configuration": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: bucket})
		if err != nil {
			return nil, err
		}
		return Attributes{"rule": block(found.ReplicationConfiguration.Rules)}, nil
	},
	// Every bucket lets its owner at it.
	"aws_s3_bucket_acl": func(ctx context.Context, client *s3.Client, bucket *string) (Attributes, error) {
		found, err := client.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: bucket})
		if err != nil || found.Owner == nil {
			return nil, err
		}
		var others []any
		for _, grant := range found.Grants {
			if grant.Grantee == nil || aws.ToString(grant.Grantee.ID) != aws.ToString(found.Owner.ID) {
				others = append(others, block(grant))
			}
		}
		if others == nil {
			return nil, nil
		}
		return Attributes{"access_control_policy": others}, nil
	},
}
