package emulator

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// turnAccessLogs is a request that turns access logs to a bucket on or off.
func turnAccessLogs(enabled string) string {
	return "Action=ModifyLoadBalancerAttributes&LoadBalancerArn=arn:lb&Attributes.member.1.Key=access_logs.s3.enabled&Attributes.member.1.Value=" + enabled +
		"&Attributes.member.2.Key=access_logs.s3.bucket&Attributes.member.2.Value=logs"
}

func TestRuleBucketPolicyTakesTime(t *testing.T) {
	p := newTestProxy(t, answering("<ok/>"))
	code := func(enabled string) int {
		r := signed("elasticloadbalancing", http.MethodPost, p.URL+"/", "", formType, turnAccessLogs(enabled))
		r.RequestURI = ""
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer func() { assert.NoError(t, response.Body.Close()) }()
		return response.StatusCode
	}
	assert.Equal(t, http.StatusBadRequest, code("true"), "without a policy")
	assert.Equal(t, http.StatusOK, code("false"), "off needs none")
	r := signed("s3", http.MethodPut, p.URL+"/logs?policy", "", "application/json", `{"Statement":[{"Resource":"arn:aws:s3:::logs/AWSLogs/1/*"}]}`)
	r.RequestURI = ""
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	assert.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusBadRequest, code("true"), "at once")
	p.memory.bucketPolicies.Store("logs", time.Now().Add(-policyVisibleAfter))
	assert.Equal(t, http.StatusOK, code("true"), "later")
}

func TestRuleAccessLogTestFile(t *testing.T) {
	asked := make(chan string, 10)
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			asked <- r.Method + " " + r.URL.Path
		}
		_, _ = io.WriteString(w, `{"a policy":"as it was"}`)
	})
	p.memory.bucketPolicies.Store("logs", time.Time{})
	send(t, p, "elasticloadbalancing", "", formType, turnAccessLogs("false"))
	assert.Empty(t, asked)
	send(t, p, "elasticloadbalancing", "", formType, turnAccessLogs("true"))
	close(asked)
	var all []string
	for a := range asked {
		all = append(all, a)
	}
	assert.Equal(t, []string{"GET /logs", "DELETE /logs", "PUT /logs/AWSLogs/ELBAccessLogTestFile", "PUT /logs"}, all)
}
