package integration

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (d *deployment) loadBalancer(t *testing.T) types.LoadBalancer {
	t.Helper()
	name := d.cfg.Name("alb")
	found, err := d.elb.DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{Names: []string{name}})
	require.NoError(t, err)
	return only(t, found.LoadBalancers, name)
}

func (d *deployment) targetGroup(t *testing.T) types.TargetGroup {
	t.Helper()
	name := d.cfg.Name("tg")
	found, err := d.elb.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{Names: []string{name}})
	require.NoError(t, err)
	return only(t, found.TargetGroups, name)
}

func (d *deployment) listeners(t *testing.T) []types.Listener {
	t.Helper()
	return collect(t, elb.NewDescribeListenersPaginator(d.elb, &elb.DescribeListenersInput{LoadBalancerArn: d.loadBalancer(t).LoadBalancerArn}),
		func(page *elb.DescribeListenersOutput) []types.Listener { return page.Listeners })
}

func TestLoadBalancer(t *testing.T) {
	d := deployed(t)
	balancer := d.loadBalancer(t)
	name := aws.ToString(balancer.LoadBalancerName)
	assert.Equal(t, types.LoadBalancerStateEnumActive, balancer.State.Code, "state of %s", name)
	assert.Equal(t, types.LoadBalancerTypeEnumApplication, balancer.Type, "type of %s", name)
	assert.Equal(t, types.LoadBalancerSchemeEnumInternetFacing, balancer.Scheme, "scheme of %s", name)
	assert.Equal(t, d.outputs["alb_dns_name"], aws.ToString(balancer.DNSName), "DNS name of %s", name)
	assert.Equal(t, d.outputs["vpc_id"], aws.ToString(balancer.VpcId), "VPC of %s", name)
	assert.ElementsMatch(t, d.publicSubnetIDs(t),
		values(balancer.AvailabilityZones, func(z types.AvailabilityZone) string { return aws.ToString(z.SubnetId) }), "subnets of %s", name)
	assert.Equal(t, []string{d.securityGroupID(t, "alb-sg")}, balancer.SecurityGroups, "security groups of %s", name)

	attributes, err := d.elb.DescribeLoadBalancerAttributes(t.Context(), &elb.DescribeLoadBalancerAttributesInput{
		LoadBalancerArn: balancer.LoadBalancerArn,
	})
	require.NoError(t, err)
	for key, want := range map[string]string{
		"routing.http.drop_invalid_header_fields.enabled": "true",
		"deletion_protection.enabled":                     strconv.FormatBool(d.cfg.Protected),
		"idle_timeout.timeout_seconds":                    strconv.Itoa(d.cfg.LoadBalancer.IdleTimeoutSeconds),
		"access_logs.s3.enabled":                          strconv.FormatBool(d.cfg.LoadBalancer.AccessLogRetentionDays > 0),
	} {
		assert.Contains(t, attributes.Attributes, types.LoadBalancerAttribute{Key: &key, Value: &want}, "%s of %s", key, name)
	}
}

// TestListeners wants port 80 to forward, or, where there is a certificate, port
// 443 to forward and port 80 to redirect to it.
func TestListeners(t *testing.T) {
	d := deployed(t)
	targets := aws.ToString(d.targetGroup(t).TargetGroupArn)
	want := []string{"HTTP 80 forward to " + targets}
	if d.cfg.LoadBalancer.HTTPS() {
		want = []string{"HTTP 80 redirect to HTTPS 443", "HTTPS 443 forward to " + targets}
	}
	got := values(d.listeners(t), func(listener types.Listener) string {
		action := only(t, listener.DefaultActions, "action of "+aws.ToString(listener.ListenerArn))
		target := aws.ToString(action.TargetGroupArn)
		if redirect := action.RedirectConfig; redirect != nil {
			target = aws.ToString(redirect.Protocol) + " " + aws.ToString(redirect.Port)
		}
		return fmt.Sprintf("%s %d %s to %s", listener.Protocol, aws.ToInt32(listener.Port), action.Type, target)
	})
	assert.ElementsMatch(t, want, got, "listeners of %s", d.cfg.Name("alb"))
}

func TestTargetGroup(t *testing.T) {
	d := deployed(t)
	group, want := d.targetGroup(t), d.cfg.LoadBalancer
	name := aws.ToString(group.TargetGroupName)
	assert.Equal(t, types.TargetTypeEnumIp, group.TargetType, "type of %s", name)
	assert.Equal(t, types.ProtocolEnumHttp, group.Protocol, "protocol of %s", name)
	assert.Equal(t, d.outputs["vpc_id"], aws.ToString(group.VpcId), "VPC of %s", name)

	assert.True(t, aws.ToBool(group.HealthCheckEnabled), "health check of %s", name)
	assert.Equal(t, types.ProtocolEnumHttp, group.HealthCheckProtocol, "health check's protocol of %s", name)
	assert.Equal(t, "traffic-port", aws.ToString(group.HealthCheckPort), "health check's port of %s", name)
	assert.Equal(t, want.HealthCheckPath, aws.ToString(group.HealthCheckPath), "health check's path of %s", name)
	assert.Equal(t, &types.Matcher{HttpCode: &want.HealthCheckMatcher}, group.Matcher, "health check's matcher of %s", name)
	assert.EqualValues(t, want.HealthCheckIntervalSeconds, aws.ToInt32(group.HealthCheckIntervalSeconds), "health check's interval of %s", name)
	assert.EqualValues(t, want.HealthCheckTimeoutSeconds, aws.ToInt32(group.HealthCheckTimeoutSeconds), "health check's timeout of %s", name)
	assert.EqualValues(t, want.HealthyThreshold, aws.ToInt32(group.HealthyThresholdCount), "healthy threshold of %s", name)
	assert.EqualValues(t, want.UnhealthyThreshold, aws.ToInt32(group.UnhealthyThresholdCount), "unhealthy threshold of %s", name)

	attributes, err := d.elb.DescribeTargetGroupAttributes(t.Context(), &elb.DescribeTargetGroupAttributesInput{
		TargetGroupArn: group.TargetGroupArn,
	})
	require.NoError(t, err)
	assert.Contains(t, attributes.Attributes, types.TargetGroupAttribute{
		Key:   aws.String("deregistration_delay.timeout_seconds"),
		Value: aws.String(strconv.Itoa(want.DeregistrationDelaySeconds)),
	}, "attributes of %s", name)
}

func TestHealthEndpoint(t *testing.T) {
	d := deployed(t)
	if d.emulated {
		t.Skip("an emulated load balancer answers no requests")
	}
	if d.cfg.LoadBalancer.CertificateARN != "" {
		t.Skip("the name that the certificate is of is not known here")
	}
	url := cmp.Or(d.outputs["api_url"], "http://"+d.outputs["alb_dns_name"]) + d.cfg.LoadBalancer.HealthCheckPath
	client := http.Client{Timeout: 10 * time.Second}
	// A new DNS name takes a moment to be known everywhere.
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		require.NoError(c, err)
		response, err := client.Do(request)
		require.NoError(c, err)
		require.NoError(c, response.Body.Close())
		assert.Equal(c, http.StatusOK, response.StatusCode, url)
	}, time.Minute, 2*time.Second)
}
