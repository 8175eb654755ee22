package emulator

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTurnPage(t *testing.T) {
	next := aws.String("2")
	for _, test := range []struct {
		name                      string
		request, answer, expected any
	}{
		{"tokens", &ssm.DescribeParametersInput{}, &ssm.DescribeParametersOutput{NextToken: next}, &ssm.DescribeParametersInput{NextToken: next}},
		{"markers", &iam.ListRolesInput{}, &iam.ListRolesOutput{Marker: next}, &iam.ListRolesInput{Marker: next}},
		{"next markers", &wafv2.ListWebACLsInput{}, &wafv2.ListWebACLsOutput{NextMarker: next}, &wafv2.ListWebACLsInput{NextMarker: next}},
		{"continuation tokens", &s3.ListBucketsInput{}, &s3.ListBucketsOutput{ContinuationToken: next}, &s3.ListBucketsInput{ContinuationToken: next}},
		{
			"a name in the answer and another in the request",
			&elb.DescribeTargetGroupsInput{}, &elb.DescribeTargetGroupsOutput{NextMarker: next}, &elb.DescribeTargetGroupsInput{Marker: next},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			assert.True(t, turnPage(test.request, test.answer))
			assert.Equal(t, test.expected, test.request)
		})
	}
	assert.False(t, turnPage(&ssm.DescribeParametersInput{}, &ssm.DescribeParametersOutput{}), "the last page")
	assert.False(t, turnPage(&iam.ListRolesInput{}, &iam.ListRolesOutput{Marker: aws.String("")}), "an empty token")
}

// Lives share the account and list at the same time: neither the second page nor the
// input that all of them are given may be lost to another.
func TestListReadsEveryPage(t *testing.T) {
	given := &iam.ListRolesInput{PathPrefix: aws.String("/ours/")}
	pages := map[string]*iam.ListRolesOutput{"": {Marker: aws.String("2")}, "2": {Marker: aws.String("3")}, "3": {}}
	lister := list(func(aws.Config, ...func(*iam.Options)) *iam.Client { return nil },
		func(_ *iam.Client, _ context.Context, in *iam.ListRolesInput, _ ...func(*iam.Options)) (*iam.ListRolesOutput, error) {
			assert.Equal(t, "/ours/", *in.PathPrefix)
			page := *pages[aws.ToString(in.Marker)]
			page.ResultMetadata.Set("page", "of "+aws.ToString(in.Marker))
			return &page, nil
		}, given,
		func(out *iam.ListRolesOutput) []string { return []string{out.ResultMetadata.Get("page").(string)} }, //nolint:forcetypeassert // Set above.
		func(name string) string { return name })
	for range 2 {
		names, err := lister(t.Context(), aws.Config{})
		require.NoError(t, err)
		assert.Equal(t, []string{"of ", "of 2", "of 3"}, names)
	}
	assert.Nil(t, given.Marker)
}
