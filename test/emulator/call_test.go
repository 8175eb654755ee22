package emulator

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	formType  = "application/x-www-form-urlencoded; charset=utf-8"
	signature = "AWS4-HMAC-SHA256 Credential=test/20250101/eu-south-1/%s/aws4_request, SignedHeaders=host, Signature=x"
)

// signed is a request as an AWS client sends it.
func signed(service, method, path, target, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", strings.Replace(signature, "%s", service, 1))
	r.Header.Set("Content-Type", contentType)
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	return r
}

func TestParseCallNamesTheAction(t *testing.T) {
	for _, test := range []struct {
		name    string
		request *http.Request
		want    string
	}{
		{"JSON", signed("ecs", "POST", "/", "AmazonEC2ContainerServiceV20141113.CreateService", jsonType, "{}"), "ecs:CreateService"},
		{"query", signed("ec2", "POST", "/", "", formType, "Action=DescribeVpcs&Version=2016-11-15"), "ec2:DescribeVpcs"},
		{"REST", signed("xray", "GET", "/Groups", "", jsonType, ""), "xray:GET /Groups"},
		{"unsigned", httptest.NewRequest(http.MethodGet, "/x", nil), "unsigned:GET /x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := parseCall(test.request)
			require.NoError(t, err)
			assert.Equal(t, test.want, c.Name())
		})
	}
}

func TestParseCallKeepsTheBodyAndReadsTheRegion(t *testing.T) {
	const body = "Action=DescribeVpcs&Filter.1.Name=a"
	r := signed("ec2", "POST", "/", "", formType, body)
	c, err := parseCall(r)
	require.NoError(t, err)
	assert.Equal(t, "eu-south-1", c.Region)
	assert.Equal(t, "a", c.Form.Get("Filter.1.Name"))
	again, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	assert.Equal(t, body, string(again))
}

func TestParseCallRefusesABrokenForm(t *testing.T) {
	_, err := parseCall(signed("ec2", "POST", "/", "", formType, "Action=%zz"))
	assert.Error(t, err)
}

func TestRESTActions(t *testing.T) {
	for request, want := range map[string]string{
		"s3 PUT /logs":                                    "CreateBucket",
		"s3 HEAD /logs":                                   "ListBucket",
		"s3 DELETE /logs":                                 "DeleteBucket",
		"s3 GET /logs?location":                           "GetBucketLocation",
		"s3 PUT /logs?policy":                             "PutBucketPolicy",
		"s3 DELETE /logs?policy":                          "DeleteBucketPolicy",
		"s3 DELETE /logs?publicAccessBlock":               "PutBucketPublicAccessBlock",
		"s3 GET /logs?versions":                           "ListBucketVersions",
		"s3 GET /logs?list-type=2":                        "ListBucket",
		"s3 POST /logs?delete":                            "DeleteObjectVersion",
		"s3 HEAD /state/dev.tfstate":                      "GetObject",
		"s3 PUT /state/dev.tfstate.tflock?x-id=PutObject": "PutObject",
		"s3 PUT /state/folder/dev.tfstate":                "PutObject",
		"s3 PATCH /state/dev.tfstate":                     "PATCH /state/dev.tfstate",
		"s3 PATCH /logs":                                  "PATCH /logs",
		"route53 GET /2013-04-01/hostedzone":              "ListHostedZones",
		"route53 GET /2013-04-01/hostedzone/Z1":           "GetHostedZone",
		"route53 POST /2013-04-01/hostedzone/Z1/rrset/":   "ChangeResourceRecordSets",
		"route53 GET /2013-04-01/hostedzone/Z1/rrset":     "ListResourceRecordSets",
		"route53 GET /2013-04-01/change/C1":               "GetChange",
		"route53 GET /2013-04-01/tags/hostedzone/Z1":      "ListTagsForResource",
		"route53 DELETE /2013-04-01/hostedzone/Z1":        "DeleteHostedZone",
		"route53 GET /2013-04-01/nothing":                 "GET /2013-04-01/nothing",
		"account POST /getRegionOptStatus":                "GetRegionOptStatus",
		"account POST /":                                  "POST /",
		"xray GET /Groups":                                "GET /Groups",
		"lambda GET /2015-03-31/functions":                "ListFunctions",
		"lambda POST /2015-03-31/functions/f/invocations": "InvokeFunction",
	} {
		parts := strings.Fields(request)
		c, err := parseCall(signed(parts[0], parts[1], parts[2], "", "", ""))
		require.NoError(t, err)
		assert.Equal(t, want, c.Action, request)
	}
}
