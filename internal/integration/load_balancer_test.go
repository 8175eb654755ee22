package integration

import (
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
	} {
		assert.Contains(t, attributes.Attributes, types.LoadBalancerAttribute{Key: &key, Value: &want}, "%s of %s", key, name)
	}

	listener := only(t, d.listeners(t), "listener of "+name)
	assert.EqualValues(t, 80, aws.ToInt32(listener.Port), "port of %s's listener", name)
	assert.Equal(t, types.ProtocolEnumHttp, listener.Protocol, "protocol of %s's listener", name)
	action := only(t, listener.DefaultActions, "action of "+name+"'s listener")
	assert.Equal(t, types.ActionTypeEnumForward, action.Type, "action of %s's listener", name)
	assert.Equal(t, d.targetGroup(t).TargetGroupArn, action.TargetGroupArn, "target of %s's listener", name)
}

func TestTargetGroup(t *testing.T) {
	d := deployed(t)
	group, want := d.targetGroup(t), d.cfg.LoadBalancer
	name := aws.ToString(group.TargetGroupName)
	assert.Equal(t, types.TargetTypeEnumIp, group.TargetType, "type of %s", name)
	assert.Equal(t, types.ProtocolEnumHttp, group.Protocol, "protocol of %s", name)
	assert.EqualValues(t, d.cfg.Service.ContainerPort, aws.ToInt32(group.Port), "port of %s", name)
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
	url := "http://" + d.outputs["alb_dns_name"] + d.cfg.LoadBalancer.HealthCheckPath
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
