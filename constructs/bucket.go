package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketcorsconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const (
	// replacedUploadDays is how long an upload can be brought back that was replaced or
	// deleted.
	replacedUploadDays = 30
	// corsMaxAgeSeconds is how long a browser may remember what an origin may do.
	corsMaxAgeSeconds = 3600
)

// BucketProps configures a [Bucket].
type BucketProps struct {
	Env Env
	// Settings give the name, the origins and the expiry.
	Settings config.Bucket
	// Key encrypts the objects.
	Key *EncryptionKey
}

// Bucket is a private bucket of S3.
type Bucket struct {
	// Bucket has the objects. A protected one keeps what is replaced or deleted for a while.
	Bucket s3bucket.S3Bucket
	// Settings are the configuration's.
	Settings config.Bucket

	scope constructs.Construct
	env   Env
	key   *EncryptionKey
}

// NewBucket creates the private and encrypted bucket `<name>-bucket-<Name>-<suffix>-<account>`.
// The account is in its name because no two buckets of AWS share one.
func NewBucket(scope constructs.Construct, id string, props BucketProps) *Bucket {
	b := &Bucket{scope: constructs.NewConstruct(scope, &id), env: props.Env, Settings: props.Settings, key: props.Key}
	b.Bucket = s3bucket.NewS3Bucket(b.scope, jsii.String("bucket"), &s3bucket.S3BucketConfig{
		Bucket:       jsii.String(b.env.Name(props.Settings.Resource()) + "-" + b.env.Account),
		ForceDestroy: jsii.Bool(!b.env.Protected),
		Lifecycle:    preventDestroyIf(b.env.Protected),
	})
	made := closeBucket(b.scope, b.Bucket)
	made = append(made, b.encrypt())
	if b.env.Protected {
		made = append(made, keepVersions(b.scope, b.Bucket))
	}
	made = append(made, b.expire(made))
	if len(props.Settings.CORSOrigins) > 0 {
		made = append(made, b.share())
	}
	// The last one made is the first one that Terraform would destroy: where data is
	// protected, it refuses that itself, before anything else of the bucket is gone.
	s3bucketpolicy.NewS3BucketPolicy(b.scope, jsii.String("policy"), &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket: b.Bucket.Id(), Policy: b.policy().text(), DependsOn: &made,
	})
	return b
}

// encrypt has S3 encrypt what is stored. With a key of the bucket for a while, it does not
// call KMS for each object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
func (b *Bucket) encrypt() cdktf.ITerraformDependable {
	rule := &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{
		ApplyServerSideEncryptionByDefault: &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
			SseAlgorithm: jsii.String("AES256"),
		},
	}
	if b.key.CustomerManaged() {
		rule.BucketKeyEnabled = jsii.Bool(true)
		rule.ApplyServerSideEncryptionByDefault.SseAlgorithm, rule.ApplyServerSideEncryptionByDefault.KmsMasterKeyId = jsii.String("aws:kms"), b.key.ARN()
	}
	return s3bucketserversideencryptionconfiguration.NewS3BucketServerSideEncryptionConfigurationA(b.scope, jsii.String("encryption"), &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationAConfig{
		Bucket: b.Bucket.Id(), Rule: &[]*s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{rule},
	})
}

// expire deletes the parts of uploads that were not completed, what was replaced, also where
// versions were kept once, and, after its days, everything.
func (b *Bucket) expire(after []cdktf.ITerraformDependable) cdktf.ITerraformDependable {
	rule := &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule{
		Id:     jsii.String("expire"),
		Status: jsii.String("Enabled"),
		Filter: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleFilter{{Prefix: jsii.String("")}},
		NoncurrentVersionExpiration: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration{{
			NoncurrentDays: jsii.Number(replacedUploadDays),
		}},
		AbortIncompleteMultipartUpload: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload{{
			DaysAfterInitiation: jsii.Number(incompleteUploadDays),
		}},
	}
	expiry := &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleExpiration{ExpiredObjectDeleteMarker: jsii.Bool(true)}
	if days := b.Settings.ExpireDays; days > 0 {
		expiry = &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleExpiration{Days: jsii.Number(days)}
	}
	rule.Expiration = &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleExpiration{expiry}
	return s3bucketlifecycleconfiguration.NewS3BucketLifecycleConfiguration(b.scope, jsii.String("expiry"), &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationConfig{
		Bucket: b.Bucket.Id(), Rule: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule{rule}, DependsOn: &after,
	})
}

// share lets pages of the origins use presigned URLs.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
func (b *Bucket) share() cdktf.ITerraformDependable {
	return s3bucketcorsconfiguration.NewS3BucketCorsConfiguration(b.scope, jsii.String("cors"), &s3bucketcorsconfiguration.S3BucketCorsConfigurationConfig{
		Bucket: b.Bucket.Id(),
		CorsRule: &[]*s3bucketcorsconfiguration.S3BucketCorsConfigurationCorsRule{{
			AllowedOrigins: jsii.Strings(b.Settings.CORSOrigins...),
			AllowedMethods: jsii.Strings("GET", "HEAD", "POST", "PUT"),
			AllowedHeaders: jsii.Strings("*"),
			ExposeHeaders:  jsii.Strings("ETag"),
			MaxAgeSeconds:  jsii.Number(corsMaxAgeSeconds),
		}},
	})
}

// policy refuses everything that does not come over TLS, and, where data is protected, that
// the bucket goes, with which Terraform would begin here.
func (b *Bucket) policy() Policy {
	bucket := *b.Bucket.Arn()
	policy := Policy{refusePlainHTTP("s3:*", []string{bucket, bucket + "/*"})}
	if b.env.Protected {
		policy = append(policy, Statement{
			Sid: "RefuseTheDeletion", Effect: deny, Principal: "*", Action: []string{"s3:DeleteBucket", "s3:DeleteBucketPolicy"}, Resource: bucket,
		})
	}
	return policy
}

// GrantReadWrite lets the service's tasks read, write and delete objects, also in parts and
// by URLs that they sign for others, and tells them the bucket's name. Who may list is told
// what is not there, and is not refused.
func (b *Bucket) GrantReadWrite(service *Service) {
	service.AddEnvironment(b.Settings.Variable(), *b.Bucket.Id())
	service.Grant(ownID("use_bucket", b.Settings.Name), append([]Statement{
		{
			Sid:      "UseObjects",
			Action:   []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"},
			Resource: []string{*b.Bucket.Arn() + "/*"},
		},
		{Sid: "ListObjects", Action: []string{"s3:ListBucket"}, Resource: []string{*b.Bucket.Arn()}},
	}, b.key.through("s3", "kms:GenerateDataKey", "kms:Decrypt")...)...)
}

// addBuckets creates the buckets of the configuration, which the API uses.
func (s *Stack) addBuckets(cfg config.Config, key *EncryptionKey, service *Service) {
	for _, settings := range cfg.Buckets {
		bucket := NewBucket(s, ownID("bucket", settings.Name), BucketProps{Env: s.Env, Settings: settings, Key: key})
		bucket.GrantReadWrite(service)
		s.Buckets = append(s.Buckets, bucket)
	}
}
