package integration

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// TestDomain asks for the API by each of its names, if the environment has the name's records.
func TestDomain(t *testing.T) {
	d := deployed(t)
	settings := d.cfg.LoadBalancer
	if settings.Domain == "" || settings.DomainRecords == config.RecordsPrinted {
		assert.Empty(t, d.outputs["api_url"], "api_url")
		return
	}
	assert.Equal(t, "https://"+settings.Domain, d.outputs["api_url"], "api_url")
	if d.excused != "" {
		t.Skip(d.excused)
	}
	if settings.DomainRecords != config.RecordsElsewhere {
		for _, name := range settings.Names() {
			d.expectServed(t, "https://"+strings.Replace(name, "*", anyLabel, 1)+d.healthyPath(name), "")
		}
	}
}

// healthyPath is the path that is healthy at a name: that of the service whose name it is, or
// the API's.
func (d *deployment) healthyPath(name string) string {
	for _, w := range d.cfg.Services {
		if slices.Contains(w.Hosts, name) && len(w.Paths) == 0 {
			return w.HealthCheckPath
		}
	}
	return d.cfg.LoadBalancer.HealthCheckPath
}

// managedByOrganisation begins the names of web ACLs that an organisation's Firewall Manager
// puts in front of what has none:
// https://docs.aws.amazon.com/waf/latest/developerguide/waf-policies.html
const managedByOrganisation = "FMManagedWebACL"

// TestWebACL wants a request to be refused that the core rule set refuses: one without a
// user agent. Without a web ACL of the configuration there is none of another's either.
// https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
func TestWebACL(t *testing.T) {
	d := deployed(t)
	found, err := d.waf.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: d.loadBalancer(t).LoadBalancerArn})
	require.NoError(t, err)
	if !d.cfg.LoadBalancer.WAF.Enabled {
		if found.WebACL != nil && !strings.HasPrefix(aws.ToString(found.WebACL.Name), managedByOrganisation) {
			t.Errorf("the web ACL %s is in front of %s", aws.ToString(found.WebACL.Name), d.cfg.PhysicalName("alb"))
		}
		return
	}
	require.NotNil(t, found.WebACL, "web ACL of %s", d.cfg.PhysicalName("alb"))
	if d.excused != "" {
		t.Skip(d.excused)
	}
	name := ""
	if d.cfg.LoadBalancer.HTTPS() {
		name = d.servedName(t)
	}
	d.settle(t, time.Minute, func() string {
		got := d.ask(t, d.serving(), name, "")
		if got.status != 0 && got.status != http.StatusForbidden {
			return fmt.Sprintf("a request without a user agent is not refused, but answered with %d", got.status)
		}
		return got.complaint
	})
}
