package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketownershipcontrols"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpublicaccessblock"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketversioning"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

const (
	// incompleteUploadDays is how long the parts of an upload that was not completed
	// are kept.
	incompleteUploadDays = 7
	// overwrittenVersionDays is how long an object version is kept after it expired or
	// was replaced.
	overwrittenVersionDays = 7
)

// logDeliveryAccounts are the accounts that load balancers write their access
// logs from, in the regions that had load balancers before August 2022.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
var logDeliveryAccounts = map[string]string{
	"af-south-1":     "098369216593",
	"ap-east-1":      "754344448648",
	"ap-northeast-1": "582318560864",
	"ap-northeast-2": "600734575887",
	"ap-northeast-3": "383597477331",
	"ap-south-1":     "718504428378",
	"ap-southeast-1": "114774131450",
	"ap-southeast-2": "783225319266",
	"ap-southeast-3": "589379963580",
	"ca-central-1":   "985666609251",
	"cn-north-1":     "638102146993",
	"cn-northwest-1": "037604701340",
	"eu-central-1":   "054676820928",
	"eu-north-1":     "897822967062",
	"eu-south-1":     "635631232127",
	"eu-west-1":      "156460612806",
	"eu-west-2":      "652711504416",
	"eu-west-3":      "009996457667",
	"me-south-1":     "076674570225",
	"sa-east-1":      "507241528517",
	"us-east-1":      "127311923021",
	"us-east-2":      "033677994240",
	"us-gov-east-1":  "190560391635",
	"us-gov-west-1":  "048591011584",
	"us-west-1":      "027434742980",
	"us-west-2":      "797873946194",
}

// accessLogsAddresses are those of all resources of the access logs of a stack.
var accessLogsAddresses = []string{
	"aws_s3_bucket.access_logs_bucket",
	"aws_s3_bucket_lifecycle_configuration.access_logs_expiry",
	"aws_s3_bucket_ownership_controls.access_logs_ownership",
	"aws_s3_bucket_policy.access_logs_policy",
	"aws_s3_bucket_public_access_block.access_logs_public_access_block",
	"aws_s3_bucket_server_side_encryption_configuration.access_logs_encryption",
	"aws_s3_bucket_versioning.access_logs_versioning",
}

// AccessLogsProps configures [AccessLogs].
type AccessLogsProps struct {
	Env Env
	// RetentionDays is how many days records are kept.
	RetentionDays int
}

// AccessLogs is an S3 bucket that takes the load balancer's access logs and
// nothing else. What it holds expires.
type AccessLogs struct {
	// Bucket is where the logs are. A protected one is not deleted.
	Bucket s3bucket.S3Bucket
	// Ready is what a load balancer depends on, which tries to write as soon as it is told
	// to. It does not see a policy that was just put, for up to a minute, and neither AWS
	// nor the provider tries again. The provider looks at a new expiry for about a minute
	// until it trusts it, so the expiry comes last:
	// https://github.com/hashicorp/terraform-provider-aws/issues/12010
	Ready cdktf.ITerraformDependable

	scope constructs.Construct
	env   Env
}

// NewAccessLogs creates the private, encrypted and versioned bucket
// `<name>-alb-logs-<suffix>-<account>` with its expiry and its policy. The
// account is in its name because no two buckets of AWS share one.
func NewAccessLogs(scope constructs.Construct, id string, props AccessLogsProps) *AccessLogs {
	a := &AccessLogs{scope: constructs.NewConstruct(scope, &id), env: props.Env}
	a.Bucket = s3bucket.NewS3Bucket(a.scope, jsii.String("bucket"), &s3bucket.S3BucketConfig{
		Bucket:       jsii.String(a.env.Name("alb-logs") + "-" + a.env.Account),
		ForceDestroy: jsii.Bool(!a.env.Protected),
		Lifecycle:    preventDestroyIf(a.env.Protected),
	})
	closed := closeBucket(a.scope, a.Bucket)
	s3bucketserversideencryptionconfiguration.NewS3BucketServerSideEncryptionConfigurationA(a.scope, jsii.String("encryption"), &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationAConfig{
		Bucket: a.Bucket.Id(),
		Rule: &[]*s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{{
			ApplyServerSideEncryptionByDefault: &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
				// Load balancers cannot write with a key of KMS:
				// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
				SseAlgorithm: jsii.String("AES256"),
			},
		}},
	})
	policy := s3bucketpolicy.NewS3BucketPolicy(a.scope, jsii.String("policy"), &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket: a.Bucket.Id(),
		Policy: a.policy().text(),
		// S3 refuses two changes of a bucket's access at the same time.
		DependsOn: &[]cdktf.ITerraformDependable{closed[1]},
	})
	a.Ready = a.expire(props.RetentionDays, policy)
	return a
}

// expire keeps what is overwritten or deleted for a few days, and removes
// everything after its retention, once the policy is there.
func (a *AccessLogs) expire(retentionDays int, policy cdktf.ITerraformDependable) cdktf.ITerraformDependable {
	versioning := keepVersions(a.scope, a.Bucket)
	return s3bucketlifecycleconfiguration.NewS3BucketLifecycleConfiguration(a.scope, jsii.String("expiry"), &s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationConfig{
		Bucket: a.Bucket.Id(),
		Rule: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule{{
			Id:     jsii.String("expire"),
			Status: jsii.String("Enabled"),
			Filter: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleFilter{{Prefix: jsii.String("")}},
			Expiration: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleExpiration{{
				Days: jsii.Number(retentionDays),
			}},
			NoncurrentVersionExpiration: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration{{
				NoncurrentDays: jsii.Number(overwrittenVersionDays),
			}},
			AbortIncompleteMultipartUpload: &[]*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload{{
				DaysAfterInitiation: jsii.Number(incompleteUploadDays),
			}},
		}},
		// Expiry of versions that are not current needs versioning.
		DependsOn: &[]cdktf.ITerraformDependable{versioning, policy},
	})
}

// closeBucket keeps a bucket private: every object in it is the owner's, and nothing opens it
// to everyone.
func closeBucket(scope constructs.Construct, bucket s3bucket.S3Bucket) []cdktf.ITerraformDependable {
	return []cdktf.ITerraformDependable{
		s3bucketownershipcontrols.NewS3BucketOwnershipControls(scope, jsii.String("ownership"), &s3bucketownershipcontrols.S3BucketOwnershipControlsConfig{
			Bucket: bucket.Id(),
			Rule:   &s3bucketownershipcontrols.S3BucketOwnershipControlsRule{ObjectOwnership: jsii.String("BucketOwnerEnforced")},
		}),
		s3bucketpublicaccessblock.NewS3BucketPublicAccessBlock(scope, jsii.String("public_access_block"), &s3bucketpublicaccessblock.S3BucketPublicAccessBlockConfig{
			Bucket:                bucket.Id(),
			BlockPublicAcls:       jsii.Bool(true),
			BlockPublicPolicy:     jsii.Bool(true),
			IgnorePublicAcls:      jsii.Bool(true),
			RestrictPublicBuckets: jsii.Bool(true),
		}),
	}
}

// keepVersions keeps what is overwritten or deleted in a bucket.
func keepVersions(scope constructs.Construct, bucket s3bucket.S3Bucket) cdktf.ITerraformDependable {
	return s3bucketversioning.NewS3BucketVersioningA(scope, jsii.String("versioning"), &s3bucketversioning.S3BucketVersioningAConfig{
		Bucket:                  bucket.Id(),
		VersioningConfiguration: &s3bucketversioning.S3BucketVersioningVersioningConfiguration{Status: jsii.String("Enabled")},
	})
}

// policy lets load balancers of this account write their logs, and refuses
// everything that does not come over TLS.
func (a *AccessLogs) policy() Policy {
	bucket := *a.Bucket.Arn()
	return Policy{
		{
			Sid: "WriteAccessLogs", Effect: allow, Principal: a.writer(),
			Action: "s3:PutObject", Resource: bucket + "/AWSLogs/" + a.env.Account + "/*",
		},
		refusePlainHTTP("s3:*", []string{bucket, bucket + "/*"}),
	}
}

// writer is who writes access logs: an account of AWS in older regions, and a service
// in the others. The bare number stands for the account in every partition of AWS.
func (a *AccessLogs) writer() map[string]string {
	if account, ok := logDeliveryAccounts[a.env.Region]; ok {
		return map[string]string{"AWS": account}
	}
	return serviceOf(a.env, logDelivery)
}
