package e2e

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/operate"
)

// adminZone is the zone of the domain whose names the services answer to.
const adminZone = "flask-api-services.example"

// withServices has two services beside the API, one at a name of its own and one at paths,
// each healthy at a path of its own.
func withServices() config.Config {
	c := config.Defaults("services")
	c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api."+adminZone, adminZone
	c.LoadBalancer.AlternativeNames = []string{"admin." + adminZone}
	c.Registry.ImageTag = "v1"
	admin, tools := config.DefaultWebService("admin"), config.DefaultWebService("tools")
	admin.Hosts, admin.Priority, admin.ImageTag, admin.HealthCheckPath = c.LoadBalancer.AlternativeNames, 20, "v1", "/admin-health"
	tools.Paths, tools.Priority, tools.ImageTag, tools.HealthCheckPath = []string{"/tools", "/tools/*"}, 10, "v1", "/tools/health"
	tools.Database = false
	c.Services = []config.WebService{admin, tools}
	return c
}

// offers takes services beside the API through a life.
func (l *life) offers(t *testing.T) {
	t.Helper()
	l.createZone(t, adminZone)
	l.narrow(t)
	r := l.beginDeployed(t, "32. services: at a name and at paths, one removed and added again, and an image that does not start")
	r.changes = l.unchanged(t)
	l.checkDeployed(t)
	both, first := l.cfg, l.servicesOf(t)
	assert.Len(t, first, 3)
	const api, admin = "https://api." + adminZone, "https://admin." + adminZone
	l.answers(t, map[string]int{
		api + "/health": 200, api + "/admin-health": 404, api + "/tools/health": 200, api + "/tool/health": 404,
		admin + "/admin-health": 200, admin + "/health": 404, admin + "/tools/health": 200,
	})

	// One goes, and nothing but what is its own; the other one moves, in place.
	l.cfg.Services = []config.WebService{both.Services[1]}
	l.cfg.Services[0].Paths, l.cfg.Services[0].Hosts, l.cfg.Services[0].Priority = []string{"/*"}, l.cfg.LoadBalancer.AlternativeNames, 5
	l.replaceStack(t, l.cfg)
	changes := l.plan(t, l.stackDir())
	maps.DeleteFunc(changes, func(address, action string) bool { return strings.Contains(address, "admin") && action == "delete" })
	assert.Equal(t, plan{
		"aws_lb_listener_rule.load_balancer_service_tools_http_rule":  "update",
		"aws_lb_listener_rule.load_balancer_service_tools_https_rule": "update",
	}, changes)
	l.applied(t)
	assert.Len(t, l.servicesOf(t), 2)
	l.answers(t, map[string]int{admin + "/admin-health": 404, admin + "/tools/health": 200, api + "/tools/health": 404, api + "/health": 200})

	// It comes back, and the other one gets another image: the API goes on with its own.
	l.cfg.Services = []config.WebService{both.Services[0], both.Services[1]}
	l.cfg.Services[1].ImageTag = "v2"
	l.replaceStack(t, l.cfg)
	l.applied(t)
	second := l.servicesOf(t)
	service, tools := l.cfg.PhysicalName("service"), l.cfg.PhysicalName("service-tools")
	assert.Len(t, second, 3)
	assert.Equal(t, first[service], second[service])
	assert.NotEqual(t, first[tools], second[tools])
	l.answers(t, map[string]int{admin + "/admin-health": 200, api + "/tools/health": 200})

	l.operatesServices(t)
	broken := l.cfg
	broken.Services = []config.WebService{both.Services[0], both.Services[1]}
	broken.Services[1].ImageTag = brokenTag
	l.replaceStack(t, broken)
	said := l.refused(t)
	assert.Contains(t, said, "ECS rolled the deployment back")
	assert.Contains(t, said, tools)
	assert.Equal(t, second, l.servicesOf(t), "what runs after the image that does not start")
	l.replaceStack(t, l.cfg)
	l.applied(t)
	l.checkDeployed(t)
	l.endDestroyed(t, r)
}

// operatesServices looks at the services, as the operator's policy allows.
func (l *life) operatesServices(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	platform := l.asOperator(t, &out)
	code, err := platform.Status(t.Context(), true)
	require.NoError(t, err)
	assert.Equal(t, operate.Healthy, code, out.String())
	assert.Regexp(t, `services +admin: `+l.cfg.PhysicalName("service-admin")+`:\d+ completed, 1 of 1 running, 0 starting, targets: 1 healthy\n`, out.String())
	assert.NotContains(t, out.String(), "differs")
	require.NoError(t, platform.Logs(t.Context(), operate.LogQuery{Service: "tools", Since: time.Now()}))
	// Its image before was deregistered with its replacement, because the environment is not protected.
	err = platform.Rollback(t.Context(), "tools", func(string) bool { return true })
	require.ErrorContains(t, err, "Deploy its tag: IMAGE_TAG_TOOLS=v1 make deploy ENVIRONMENT="+l.cfg.Suffix)
	assert.Empty(t, l.operatorRole.Denied(), "what the operator's policy does not allow")
}

// applied applies, and wants the next plan to be empty.
func (l *life) applied(t *testing.T) {
	t.Helper()
	l.apply(t, l.stackDir())
	assert.Zero(t, l.unchanged(t))
}

// answers asks the load balancer for addresses, and wants these statuses.
func (l *life) answers(t *testing.T, want map[string]int) {
	t.Helper()
	variables := map[string]string{}
	for _, variable := range l.internet.Env() {
		name, value, _ := strings.Cut(variable, "=")
		variables[name] = value
	}
	proxy, err := url.Parse(variables["INTEGRATION_PROXY"])
	require.NoError(t, err)
	authorities := x509.NewCertPool()
	require.True(t, authorities.AppendCertsFromPEM(readFile(t, variables["INTEGRATION_CERTIFICATES"])))
	client := http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
	}}
	for address, status := range want {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		require.NoError(t, err)
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, status, response.StatusCode, address)
	}
}
