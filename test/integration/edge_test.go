package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// TestDomain wants the domain to lead to the load balancer, which answers for it
// with a certificate that was issued.
func TestDomain(t *testing.T) {
	d := deployed(t)
	domain := d.cfg.LoadBalancer.Domain
	if domain == "" {
		t.Skip("has no domain")
	}
	zones, err := d.route53.ListHostedZonesByName(t.Context(), &route53.ListHostedZonesByNameInput{DNSName: &d.cfg.LoadBalancer.HostedZone})
	require.NoError(t, err)
	require.NotEmpty(t, zones.HostedZones, d.cfg.LoadBalancer.HostedZone)
	var kinds []route53types.RRType
	for _, record := range collect(t, route53.NewListResourceRecordSetsPaginator(d.route53, &route53.ListResourceRecordSetsInput{HostedZoneId: zones.HostedZones[0].Id}),
		func(page *route53.ListResourceRecordSetsOutput) []route53types.ResourceRecordSet {
			return page.ResourceRecordSets
		}) {
		if aws.ToString(record.Name) != domain+"." {
			continue
		}
		kinds = append(kinds, record.Type)
		require.NotNil(t, record.AliasTarget, "alias of %s %s", record.Type, domain)
		leads := strings.TrimSuffix(strings.TrimPrefix(aws.ToString(record.AliasTarget.DNSName), "dualstack."), ".")
		assert.Equal(t, d.cfg.LoadBalancer.DomainRecords != config.RecordsElsewhere, leads == d.outputs["alb_dns_name"],
			"%s %s leads to %s", record.Type, domain, leads)
	}
	assert.ElementsMatch(t, []route53types.RRType{route53types.RRTypeA, route53types.RRTypeAaaa}, kinds, "records of %s", domain)
	assert.Equal(t, "https://"+domain, d.outputs["api_url"], "api_url")

	for _, listener := range d.listeners(t) {
		for _, certificate := range listener.Certificates {
			described, err := d.acm.DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: certificate.CertificateArn})
			require.NoError(t, err)
			assert.Equal(t, domain, aws.ToString(described.Certificate.DomainName), "domain of %s", aws.ToString(certificate.CertificateArn))
			assert.Equal(t, acmtypes.CertificateStatusIssued, described.Certificate.Status, "status of %s", aws.ToString(certificate.CertificateArn))
		}
	}
}

// TestAccessLogs wants the bucket of the access logs private, encrypted, versioned
// and expiring.
func TestAccessLogs(t *testing.T) {
	d := deployed(t)
	days := d.cfg.LoadBalancer.AccessLogRetentionDays
	if days == 0 {
		t.Skip("keeps no access logs")
	}
	attributes, err := d.elb.DescribeLoadBalancerAttributes(t.Context(), &elb.DescribeLoadBalancerAttributesInput{
		LoadBalancerArn: d.loadBalancer(t).LoadBalancerArn,
	})
	require.NoError(t, err)
	var bucket *string
	for _, attribute := range attributes.Attributes {
		if aws.ToString(attribute.Key) == "access_logs.s3.bucket" {
			bucket = attribute.Value
		}
	}
	require.True(t, strings.HasPrefix(aws.ToString(bucket), d.cfg.Name("alb-logs")), "bucket %s", aws.ToString(bucket))

	public, err := d.s3.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: bucket})
	require.NoError(t, err)
	blocked := aws.Bool(true)
	assert.Equal(t, &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: blocked, BlockPublicPolicy: blocked, IgnorePublicAcls: blocked, RestrictPublicBuckets: blocked,
	}, public.PublicAccessBlockConfiguration, "public access of %s", *bucket)
	encryption, err := d.s3.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: bucket})
	require.NoError(t, err)
	rule := only(t, encryption.ServerSideEncryptionConfiguration.Rules, "encryption of "+*bucket)
	assert.Equal(t, s3types.ServerSideEncryptionAes256, rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, "encryption of %s", *bucket)
	versioning, err := d.s3.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
	require.NoError(t, err)
	assert.Equal(t, s3types.BucketVersioningStatusEnabled, versioning.Status, "versioning of %s", *bucket)
	lifecycle, err := d.s3.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})
	require.NoError(t, err)
	assert.EqualValues(t, days, aws.ToInt32(only(t, lifecycle.Rules, "expiry of "+*bucket).Expiration.Days), "expiry of %s", *bucket)
	policy, err := d.s3.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket})
	require.NoError(t, err)
	assert.Contains(t, aws.ToString(policy.Policy), "aws:SecureTransport", "policy of %s", *bucket)
}

// TestWebACL wants the web ACL in front of the load balancer, with its rules and
// its log.
func TestWebACL(t *testing.T) {
	d := deployed(t)
	found, err := d.waf.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: d.loadBalancer(t).LoadBalancerArn})
	if !d.cfg.LoadBalancer.WAF.Enabled {
		if err == nil {
			assert.Nil(t, found.WebACL, "web ACL of %s", d.cfg.Name("alb"))
		}
		return
	}
	require.NoError(t, err)
	require.NotNil(t, found.WebACL, "web ACL of %s", d.cfg.Name("alb"))
	rules := values(found.WebACL.Rules, func(r waftypes.Rule) string {
		switch statement := r.Statement; {
		case statement.ManagedRuleGroupStatement != nil:
			return aws.ToString(statement.ManagedRuleGroupStatement.Name)
		case statement.RateBasedStatement != nil:
			return fmt.Sprintf("%d requests of one address", aws.ToInt64(statement.RateBasedStatement.Limit))
		default:
			return "another rule"
		}
	})
	assert.ElementsMatch(t, []string{
		"AWSManagedRulesAmazonIpReputationList", fmt.Sprintf("%d requests of one address", d.cfg.LoadBalancer.WAF.RateLimit),
		"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet",
	}, rules, "rules of %s", aws.ToString(found.WebACL.Name))
	logging, err := d.waf.GetLoggingConfiguration(t.Context(), &wafv2.GetLoggingConfigurationInput{ResourceArn: found.WebACL.ARN})
	require.NoError(t, err)
	assert.Contains(t, only(t, logging.LoggingConfiguration.LogDestinationConfigs, "log of the web ACL"), "aws-waf-logs-"+d.cfg.StackName(), "log of the web ACL")
}
