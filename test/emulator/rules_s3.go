package emulator

import (
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// s3Rules are what S3 does, and what those do that write to it.
var s3Rules = []Rule{
	{
		Name:   "bucket-policy-takes-time",
		Says:   "a load balancer does not see a bucket's policy that was just put, and refuses to write its access logs there; 30 seconds were too short, 60 enough, and here it is 20",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/12010",
		calls:  []string{"s3:PutBucketPolicy", "elasticloadbalancing:ModifyLoadBalancerAttributes"},
		step:   repair{refuse: (*memory).refuseUnseenPolicy},
	},
	{
		Name:   "access-log-test-file",
		Says:   "a load balancer that is to write access logs begins with a test file, so that the bucket is not empty any more and cannot be deleted",
		Source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html",
		calls:  []string{"elasticloadbalancing:ModifyLoadBalancerAttributes"},
		step:   repair{response: (*memory).writeTestFile},
	},
}

// policyVisibleAfter is how long a load balancer does not see a bucket's policy.
const policyVisibleAfter = 20 * time.Second

// policyBucket is the bucket of a policy, by the ARN in it.
var policyBucket = regexp.MustCompile(`arn:aws[a-z-]*:s3:::([a-z0-9.-]+)`)

// refuseUnseenPolicy notes when a policy is put, and refuses access logs too soon
// afterwards, or without one.
func (m *memory) refuseUnseenPolicy(c *Call) *fault {
	if c.Service == "s3" {
		if bucket := policyBucket.FindSubmatch(c.Body); bucket != nil {
			m.bucketPolicies.Store(string(bucket[1]), time.Now())
		}
		return nil
	}
	bucket := accessLogBucket(c)
	if bucket == "" {
		return nil
	}
	put, ok := m.bucketPolicies.Load(bucket)
	if ok && time.Since(put.(time.Time)) >= policyVisibleAfter {
		return nil
	}
	return refusal(c, "InvalidConfigurationRequest", "Access Denied for bucket: "+bucket+". Please check S3bucket permission")
}

// accessLogBucket is where a load balancer is told to write its access logs, if it is.
func accessLogBucket(c *Call) string {
	bucket, enabled := "", false
	for key, values := range c.Form {
		member, isKey := strings.CutSuffix(key, ".Key")
		switch value := c.Form.Get(member + ".Value"); {
		case isKey && values[0] == "access_logs.s3.bucket":
			bucket = value
		case isKey && values[0] == "access_logs.s3.enabled":
			enabled = value == "true"
		}
	}
	if !enabled {
		return ""
	}
	return bucket
}

// writeTestFile writes what a load balancer writes first. moto ignores the conditions of
// a bucket's policy, and would refuse it: the policy is taken away for the moment.
func (m *memory) writeTestFile(c *Call, body []byte) []byte {
	bucket, ctx := accessLogBucket(c), background
	if bucket == "" {
		return body
	}
	client := s3.NewFromConfig(m.account, func(o *s3.Options) { o.UsePathStyle = true })
	policy, err := client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	if err == nil {
		_, _ = client.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &bucket})
		_, _ = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("AWSLogs/ELBAccessLogTestFile")})
		_, _ = client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: policy.Policy})
	}
	return body
}
