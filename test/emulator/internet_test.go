package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeNetwork is a moto with a load balancer that serves one domain. Each answer stands
// under the word by which its request is told.
func fakeNetwork() map[string]string {
	return map[string]string{
		"DescribeLoadBalancers": `<R><DescribeLoadBalancersResult><LoadBalancers><member><DNSName>alb</DNSName><LoadBalancerArn>arn:alb</LoadBalancerArn>` +
			`<SecurityGroups><member>sg-1</member></SecurityGroups></member></LoadBalancers></DescribeLoadBalancersResult></R>`,
		"DescribeListeners": `<R><DescribeListenersResult><Listeners>` +
			`<member><Port>80</Port><DefaultActions><member><Type>redirect</Type><RedirectConfig><Protocol>HTTPS</Protocol><Port>443</Port><StatusCode>HTTP_301</StatusCode></RedirectConfig></member></DefaultActions></member>` +
			`<member><Port>443</Port><DefaultActions><member><Type>forward</Type><TargetGroupArn>arn:group</TargetGroupArn></member></DefaultActions><Certificates><member><CertificateArn>arn:c</CertificateArn></member></Certificates></member>` +
			`</Listeners></DescribeListenersResult></R>`,
		"DescribeSecurityGroups": `<R><securityGroupInfo><item><ipPermissions><item><fromPort>80</fromPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>` +
			`<item><fromPort>443</fromPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissions></item></securityGroupInfo></R>`,
		"DescribeTargetGroups":   `<R><DescribeTargetGroupsResult><TargetGroups><member><HealthCheckPath>/health</HealthCheckPath><Matcher><HttpCode>204-299</HttpCode></Matcher></member></TargetGroups></DescribeTargetGroupsResult></R>`,
		"GetWebACLForResource":   `{"WebACL":{"Rules":[{"OverrideAction":{"None":{}},"Statement":{"ManagedRuleGroupStatement":{"Name":"AWSManagedRulesCommonRuleSet"}}}]}}`,
		"DescribeCertificate":    `{"Certificate":{"DomainName":"api.example"}}`,
		"/hostedzone":            `<R><HostedZones><HostedZone><Id>Z</Id><Name>example.</Name></HostedZone></HostedZones></R>`,
		"/hostedzone/Z/rrset":    `<R><ResourceRecordSets><ResourceRecordSet><Name>api.example.</Name><Type>A</Type><AliasTarget><DNSName>dualstack.alb.</DNSName></AliasTarget></ResourceRecordSet></ResourceRecordSets></R>`,
		"DescribeTaskDefinition": `{"taskDefinition":{}}`,
		"DescribeSubnets":        `<R><subnetSet><item><cidrBlock>10.0.10.0/24</cidrBlock></item></subnetSet></R>`,
		"CreateService":          `{"service":` + described + `}`,
		"DescribeServices":       `{"services":[` + described + `]}`,
	}
}

// reach asks the load balancer of the answers, and returns the status and where it leads.
func reach(t *testing.T, answers map[string]string, age int, address, agent string) (status int, location string) {
	t.Helper()
	freeze(t)
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // An empty one has no answer.
		form, _ := url.ParseQuery(string(body))
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		_, _ = io.WriteString(w, answers[action+form.Get("Action")+strings.TrimPrefix(strings.TrimSuffix(r.URL.Path, "/"), "/2013-04-01")])
	})
	ecsCall(t, p, "CreateService", `{"serviceName":"s"}`)
	for range age {
		ageTasks(p, taskPhase)
	}
	internet, err := (&Emulator{memory: p.memory}).NewInternet(t.TempDir())
	require.NoError(t, err)
	defer internet.Close()
	pem, err := os.ReadFile(internet.certificate)
	require.NoError(t, err)
	authorities := x509.NewCertPool()
	require.True(t, authorities.AppendCertsFromPEM(pem))
	proxy, err := url.Parse(internet.server.URL)
	require.NoError(t, err)
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	request.Header.Set("User-Agent", agent)
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, ""
	}
	require.NoError(t, response.Body.Close())
	return response.StatusCode, response.Header.Get("Location")
}

// TestInternet asks for the domain: of what is deployed as it should be, and of what is not.
func TestInternet(t *testing.T) {
	const secure, plain = "https://api.example/health", "http://api.example/health"
	for name, c := range map[string]struct {
		change       func(map[string]string)
		age          int
		address      string
		agent        string
		status       int
		whereItLeads string
	}{
		"serves":                     {nil, 3, secure, "test", 204, ""},
		"another path":               {nil, 3, "https://api.example/other", "test", 404, ""},
		"another name":               {nil, 3, "https://www.example/health", "test", 0, ""},
		"redirects":                  {nil, 3, plain, "test", 301, "https://api.example:443/health"},
		"no user agent":              {nil, 3, secure, "", 403, ""},
		"no task is healthy yet":     {nil, 2, secure, "test", 503, ""},
		"the certificate of another": {func(a map[string]string) { a["DescribeCertificate"] = `{"Certificate":{"DomainName":"www.example"}}` }, 3, secure, "test", 0, ""},
		"a group that is closed": {func(a map[string]string) {
			a["DescribeSecurityGroups"] = strings.ReplaceAll(a["DescribeSecurityGroups"], "0.0.0.0/0", "198.51.100.0/24")
		}, 3, secure, "test", 0, ""},
		"no listener": {func(a map[string]string) {
			a["DescribeListeners"] = strings.ReplaceAll(a["DescribeListeners"], "443", "444")
		}, 3, secure, "test", 0, ""},
		"rules that count": {func(a map[string]string) {
			a["GetWebACLForResource"] = strings.ReplaceAll(a["GetWebACLForResource"], "None", "Count")
		}, 3, secure, "", 204, ""},
		"an internal load balancer": {func(a map[string]string) {
			a["DescribeLoadBalancers"] = strings.ReplaceAll(a["DescribeLoadBalancers"], "<DNSName>", "<Scheme>internal</Scheme><DNSName>")
		}, 3, secure, "test", 0, ""},
		"a name that a wildcard stands for": {func(a map[string]string) {
			a["/hostedzone/Z/rrset"] = strings.ReplaceAll(a["/hostedzone/Z/rrset"], "api.example.", `\052.example.`)
			a["DescribeCertificate"] = `{"Certificate":{"DomainName":"example","SubjectAlternativeNames":["*.example"]}}`
		}, 3, "https://www.example/health", "test", 204, ""},
		"a rule that leads elsewhere": {func(a map[string]string) {
			a["DescribeRules"] = elbAnswer("DescribeRules", "<Rules><member><Priority>1</Priority><Conditions><member><Field>path-pattern</Field><Values><member>/oth*</member></Values></member></Conditions>"+
				"<Actions><member><RedirectConfig><Protocol>HTTPS</Protocol><Port>444</Port><StatusCode>HTTP_302</StatusCode></RedirectConfig></member></Actions></member></Rules>")
		}, 3, "https://api.example/other", "test", 302, "https://api.example:444/other"},
		"no web ACL": {func(a map[string]string) { a["GetWebACLForResource"] = `{}` }, 3, secure, "", 204, ""},
	} {
		answers := fakeNetwork()
		if c.change != nil {
			c.change(answers)
		}
		status, location := reach(t, answers, c.age, c.address, c.agent)
		assert.Equal(t, c.status, status, name)
		assert.Equal(t, c.whereItLeads, location, name)
	}
}
