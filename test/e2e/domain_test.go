package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

const (
	// handedZone is that of the domain that is handed over; the name keeps its records
	// out of what other lives find left.
	handedZone = "flask-api-handover.example"
	handed     = "api." + handedZone
)

// domainTargets are the domain and what it needs, down to the VPC: the other half of an
// environment has no part in this, and takes minutes.
var domainTargets = []string{
	"-target=aws_route53_record.domain_alias", "-target=aws_route53_record.domain_alias_ipv6",
	"-target=aws_route53_record.domain_validation_record", "-target=aws_lb_listener.load_balancer_https_listener",
	"-target=aws_acm_certificate_validation.domain_validation",
}

// handedOver hands a domain from one environment to another as docs/operations.md says,
// destroys the old one, and wants the record by which the new one's certificate renews to
// be there still.
func (h *harness) handedOver(t *testing.T) {
	t.Helper()
	client, zone := route53.NewFromConfig(h.aws.Config()), h.createZone(t, handedZone)
	// records are those of the domain: the value, or the load balancer, by type and name.
	records := func() map[string]string {
		out, err := client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: zone})
		require.NoError(t, err)
		found := map[string]string{}
		for _, r := range out.ResourceRecordSets {
			if r.AliasTarget != nil {
				found[string(r.Type)] = aws.ToString(r.AliasTarget.DNSName)
			} else if r.Type == "CNAME" {
				found[string(r.Type)] = aws.ToString(r.ResourceRecords[0].Value)
			}
		}
		return found
	}

	before := h.newDomainLife(t, "handover-old")
	after := h.newDomainLife(t, "handover-new")
	r := after.begin(t, "15. a domain handed over, its old environment destroyed")
	before.applyDomain(t, config.RecordsOwn)
	made := records()
	require.Len(t, made, 3)
	before.checkValidationName(t)

	after.applyDomain(t, config.RecordsElsewhere)
	assert.Equal(t, made, records(), "the new environment is deployed, and the domain leads to the old one")
	before.applyDomain(t, config.RecordsElsewhere)
	assert.Equal(t, made, records(), "the old environment has let go of them")
	assert.NotContains(t, before.stateResources(t), "aws_route53_record.domain_validation_record")

	after.chooseRecords(t, config.RecordsTakeOver)
	assert.Equal(t, plan{
		"aws_route53_record.domain_alias": "create", "aws_route53_record.domain_alias_ipv6": "create", "aws_route53_record.domain_validation_record": "create",
	}, after.plan(t, after.stackDir(), domainTargets...))
	after.applyDomain(t, config.RecordsTakeOver)
	taken := records()
	assert.Equal(t, made["CNAME"], taken["CNAME"])
	assert.NotEqual(t, made["A"], taken["A"], "the domain leads to the new environment")
	assert.Equal(t, taken["A"], taken["AAAA"])

	before.terraform(t, before.stackDir(), "destroy", "-auto-approve", "-input=false")
	assert.Equal(t, taken, records(), "the old environment is gone, and its records are not")
	// The alias is the new one's own from here on; nothing changes in DNS.
	after.applyDomain(t, config.RecordsOwn)
	assert.Equal(t, taken, records())
	r.changes = len(after.plan(t, after.stackDir(), domainTargets...))
	after.terraform(t, after.stackDir(), "destroy", "-auto-approve", "-input=false")
	assert.Empty(t, records())
	r.left = len(after.leftovers(t))
	after.end(t, r)
}

// createZone creates a public zone, which ends with the test, and returns its id.
func (h *harness) createZone(t *testing.T, name string) *string {
	t.Helper()
	client := route53.NewFromConfig(h.aws.Config())
	zone, err := client.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: &name, CallerReference: &name})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteHostedZone(context.Background(), &route53.DeleteHostedZoneInput{Id: zone.HostedZone.Id})
		assert.NoError(t, err)
	})
	return zone.HostedZone.Id
}

func (h *harness) newDomainLife(t *testing.T, suffix string) *life {
	t.Helper()
	cfg := config.Defaults(suffix)
	cfg.LoadBalancer.Domain, cfg.LoadBalancer.HostedZone = handed, handedZone
	l := h.newLifeOf(t, cfg)
	l.chooseRecords(t, config.RecordsOwn)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	return l
}

// chooseRecords puts the stack with those records into the place of the deployed one.
func (l *life) chooseRecords(t *testing.T, records config.DomainRecords) {
	t.Helper()
	l.cfg.LoadBalancer.DomainRecords = records
	require.NoError(t, l.cfg.Validate())
	l.replaceStack(t, l.cfg)
}

// applyDomain applies the domain with those records, and wants the next plan to be empty.
func (l *life) applyDomain(t *testing.T, records config.DomainRecords) {
	t.Helper()
	l.chooseRecords(t, records)
	l.terraform(t, l.stackDir(), append([]string{"apply", "-auto-approve", "-input=false"}, domainTargets...)...)
	assert.Empty(t, l.plan(t, l.stackDir(), domainTargets...), "changes after the records are %s", records)
}

// checkValidationName wants the name that the validation has to be the record's own, or
// else an environment of an earlier version would validate anew.
func (l *life) checkValidationName(t *testing.T) {
	t.Helper()
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string
					Values  map[string]any
				}
			} `json:"root_module"`
		}
	}
	require.NoError(t, json.Unmarshal(l.terraform(t, l.stackDir(), "show", "-json"), &state))
	found := map[string]any{}
	for _, r := range state.Values.RootModule.Resources {
		switch filepath.Ext(r.Address) {
		case ".domain_validation_record":
			found["record"] = r.Values["fqdn"]
		case ".domain_validation":
			found["validation"] = r.Values["validation_record_fqdns"].([]any)[0]
		}
	}
	require.Len(t, found, 2)
	assert.Equal(t, found["record"], found["validation"])
}
