package integration

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/integration/live"
)

func (d *deployment) loadBalancer(t *testing.T) types.LoadBalancer {
	t.Helper()
	name := d.cfg.PhysicalName("alb")
	found, err := d.elb.DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{Names: []string{name}})
	require.NoError(t, err)
	return only(t, found.LoadBalancers, name)
}

func (d *deployment) targetGroup(t *testing.T, resource string) types.TargetGroup {
	t.Helper()
	name := d.cfg.PhysicalName(resource)
	found, err := d.elb.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{Names: []string{name}})
	require.NoError(t, err)
	return only(t, found.TargetGroups, name)
}

func TestLoadBalancer(t *testing.T) {
	d := deployed(t)
	name := d.cfg.PhysicalName("alb")
	d.settle(t, 10*time.Minute, func() string {
		state := d.loadBalancer(t).State
		require.NotEqual(t, types.LoadBalancerStateEnumFailed, state.Code, "%s: %s", name, aws.ToString(state.Reason))
		if state.Code != types.LoadBalancerStateEnumActive {
			return fmt.Sprintf("%s is %s: %s", name, state.Code, aws.ToString(state.Reason))
		}
		return ""
	})
	assert.Equal(t, d.outputs["alb_dns_name"], aws.ToString(d.loadBalancer(t).DNSName), "DNS name of %s", name)
}

// TestTargets waits until as many targets are healthy as scaling wants tasks at least.
func TestTargets(t *testing.T) {
	d := deployed(t)
	if d.excused != "" {
		t.Skip(d.excused)
	}
	d.settle(t, d.deploymentTime(), func() string { return d.unhealthyTargets(t, "tg", d.fewestTasks(t)) })
}

// unhealthyTargets tells that a target group has fewer healthy targets than there have to be.
func (d *deployment) unhealthyTargets(t *testing.T, resource string, fewest int) string {
	t.Helper()
	group := d.targetGroup(t, resource)
	found, err := d.elb.DescribeTargetHealth(t.Context(), &elb.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
	require.NoError(t, err)
	states := live.Values(found.TargetHealthDescriptions, func(target types.TargetHealthDescription) string {
		return strings.TrimSpace(string(target.TargetHealth.State) + " " + aws.ToString(target.TargetHealth.Description))
	})
	healthy := len(slices.DeleteFunc(slices.Clone(states), func(state string) bool { return state != string(types.TargetHealthStateEnumHealthy) }))
	if healthy < fewest {
		return fmt.Sprintf("%d targets of %s are healthy, and scaling wants %d at least: %v", healthy, aws.ToString(group.TargetGroupName), fewest, states)
	}
	return ""
}

// anyLabel stands for what a wildcard stands for.
const anyLabel = "integration"

// servedName is the name that the load balancer's certificate is of. What a wildcard
// stands for is chosen here.
func (d *deployment) servedName(t *testing.T) string {
	t.Helper()
	if arn := d.cfg.LoadBalancer.CertificateARN; arn != "" {
		found, err := d.acm.DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn})
		require.NoError(t, err)
		return strings.Replace(aws.ToString(found.Certificate.DomainName), "*", anyLabel, 1)
	}
	return d.cfg.LoadBalancer.Domain
}

// answer is the status of what the load balancer answers, and where it leads. The status is
// 0 if there is no answer, and complaint says why.
type answer struct {
	status              int
	location, complaint string
}

// ask sends a request. The host is asked at its
// own address, for the name if there is one, of which the certificate must be, too. Where
// only some may connect, or those in the VPC, a request that is not answered skips the test.
func (d *deployment) ask(t *testing.T, address, name string, agent string) answer {
	t.Helper()
	client := http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			Proxy:           func(r *http.Request) (*url.URL, error) { return cmp.Or(d.proxy, systemProxy(r)), nil },
			TLSClientConfig: &tls.Config{ServerName: name, RootCAs: d.authorities, MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	request.Host = cmp.Or(name, request.URL.Host)
	request.Header.Set("User-Agent", agent) // An empty one is not sent.
	response, err := client.Do(request)
	if err != nil && d.cfg.LoadBalancer.Internal {
		t.Skipf("this machine got no answer, and the load balancer is internal: run the tests where the VPC is reached. %s", err)
	}
	if settings := d.cfg.LoadBalancer; err != nil && !slices.Contains(settings.IngressCIDRs, anywhere) {
		t.Skipf("this machine got no answer, and only %v may connect: run the tests from there. %s", append(settings.IngressCIDRs, settings.IngressPrefixLists...), err)
	}
	if err != nil {
		return answer{complaint: err.Error()}
	}
	require.NoError(t, response.Body.Close())
	return answer{status: response.StatusCode, location: response.Header.Get("Location")}
}

// userAgent names these tests to the load balancer.
const userAgent = "flask-api-integration"

// systemProxy is the one of the variables HTTPS_PROXY and the like, or nil.
func systemProxy(r *http.Request) *url.URL {
	proxy, _ := http.ProxyFromEnvironment(r) // Without one that can be read there is none.
	return proxy
}

// serving is where the load balancer serves, by its own name.
func (d *deployment) serving() string {
	scheme := "http://"
	if d.cfg.LoadBalancer.HTTPS() {
		scheme = "https://"
	}
	return scheme + d.outputs["alb_dns_name"] + d.cfg.LoadBalancer.HealthCheckPath
}

// healthy tells whether the status is one of those that the configuration calls healthy,
// such as "200,202" or "200-299".
func healthy(matcher string, status int) bool {
	for _, part := range strings.Split(matcher, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		if text := strconv.Itoa(status); first <= text && text <= last {
			return true
		}
	}
	return false
}

// expectServed waits until the address answers as healthy. A new DNS name takes a moment to
// be known everywhere.
func (d *deployment) expectServed(t *testing.T, address, name string) {
	t.Helper()
	d.settle(t, time.Minute, func() string {
		got := d.ask(t, address, name, userAgent)
		if got.status == http.StatusServiceUnavailable && d.fewestTasks(t) == 0 {
			t.Skip("a schedule has stopped the service")
		}
		if got.status != 0 && !healthy(d.cfg.LoadBalancer.HealthCheckMatcher, got.status) {
			return fmt.Sprintf("%s answers %d", address, got.status)
		}
		return got.complaint
	})
}

// TestHealthEndpoint wants the load balancer to serve, with the certificate's name where
// there is one, and HTTP to lead there.
func TestHealthEndpoint(t *testing.T) {
	d := deployed(t)
	if d.excused != "" {
		t.Skip(d.excused)
	}
	if !d.cfg.LoadBalancer.HTTPS() {
		d.expectServed(t, d.serving(), "")
		return
	}
	name := d.servedName(t)
	d.expectServed(t, d.serving(), name)
	plain := strings.Replace(d.serving(), "https:", "http:", 1)
	d.settle(t, time.Minute, func() string {
		got := d.ask(t, plain, "", userAgent)
		if got.status != 0 {
			assert.Equal(t, http.StatusMovedPermanently, got.status, plain)
			assert.Equal(t, "https://"+d.outputs["alb_dns_name"]+":443"+d.cfg.LoadBalancer.HealthCheckPath, got.location, "where %s leads", plain)
		}
		return got.complaint
	})
}

// TestHealthyStatuses reads the notations that AWS has.
func TestHealthyStatuses(t *testing.T) {
	for matcher, statuses := range map[string][]int{"200": {200}, "200,202": {200, 202}, "200-299,404": {200, 299, 404}} {
		for _, status := range []int{199, 200, 201, 202, 299, 300, 404} {
			inRange := matcher == "200-299,404" && status >= 200 && status < 300
			assert.Equal(t, inRange || slices.Contains(statuses, status), healthy(matcher, status), "%s %d", matcher, status)
		}
	}
}
