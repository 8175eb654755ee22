package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
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

// handedToo are its further names. The wildcard is proved by the domain's own record.
var handedToo = []string{"www." + handedZone, "*." + handed}

// handedRecords are the addresses of what DNS has for them.
var handedRecords = func() []string {
	addresses := []string{"aws_route53_record.domain_validation_record", "aws_route53_record.domain_validation_record_www_flask-api-handover_example"}
	for _, name := range []string{"", "_www_flask-api-handover_example", "_wildcard__api_flask-api-handover_example"} {
		addresses = append(addresses, "aws_route53_record.domain_alias"+name, "aws_route53_record.domain_alias_ipv6"+name)
	}
	return addresses
}()

// domainTargets are the domain and what it needs, down to the VPC: the other half of an
// environment has no part in this, and takes minutes.
func domainTargets() []string {
	targets := []string{"-target=aws_lb_listener.load_balancer_https_listener", "-target=aws_acm_certificate_validation.domain_validation"}
	for _, address := range handedRecords {
		targets = append(targets, "-target="+address)
	}
	return targets
}

// handedOver hands a domain from one environment to another as docs/operations.md says,
// destroys the old one, and wants the record by which the new one's certificate renews to
// be there still.
func (h *harness) handedOver(t *testing.T) {
	t.Helper()
	client, zone := route53.NewFromConfig(h.aws.Config()), h.createZone(t, handedZone)
	// records are those of the names: the value, or the load balancer, by type and name.
	records := func() map[string]string {
		out, err := client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: zone})
		require.NoError(t, err)
		found := map[string]string{}
		for _, r := range out.ResourceRecordSets {
			if r.AliasTarget != nil {
				found[string(r.Type)+" "+aws.ToString(r.Name)] = aws.ToString(r.AliasTarget.DNSName)
			} else if r.Type == "CNAME" {
				found["CNAME "+aws.ToString(r.Name)] = aws.ToString(r.ResourceRecords[0].Value)
			}
		}
		return found
	}

	before := h.newDomainLife(t, "handover-old")
	after := h.newDomainLife(t, "handover-new")
	r := after.begin(t, "15. a domain handed over, its old environment destroyed")
	before.applyDomain(t, config.RecordsOwn)
	made := records()
	require.Len(t, made, len(handedRecords))
	before.checkValidationName(t)

	after.applyDomain(t, config.RecordsElsewhere)
	assert.Equal(t, made, records(), "the new environment is deployed, and the domain leads to the old one")
	before.applyDomain(t, config.RecordsElsewhere)
	assert.Equal(t, made, records(), "the old environment has let go of them")
	for _, address := range handedRecords {
		assert.NotContains(t, before.stateResources(t), address)
	}

	after.chooseRecords(t, config.RecordsTakeOver)
	takes := plan{}
	for _, address := range handedRecords {
		takes[address] = "create"
	}
	assert.Equal(t, takes, after.plan(t, after.stackDir(), domainTargets()...))
	after.applyDomain(t, config.RecordsTakeOver)
	taken := records()
	require.Len(t, taken, len(handedRecords))
	for name, value := range taken {
		if kind, host, _ := strings.Cut(name, " "); kind == "CNAME" {
			assert.Equal(t, made[name], value, name)
		} else {
			assert.NotEqual(t, made[name], value, "%s leads to the new environment", name)
			assert.Equal(t, taken["A "+host], value, name)
		}
	}

	before.terraform(t, before.stackDir(), "destroy", "-auto-approve", "-input=false")
	assert.Equal(t, taken, records(), "the old environment is gone, and its records are not")
	// The alias is the new one's own from here on; nothing changes in DNS.
	after.applyDomain(t, config.RecordsOwn)
	assert.Equal(t, taken, records())
	r.changes = len(after.plan(t, after.stackDir(), domainTargets()...))
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
	cfg.LoadBalancer.Domain, cfg.LoadBalancer.HostedZone, cfg.LoadBalancer.AlternativeNames = handed, handedZone, handedToo
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
	l.terraform(t, l.stackDir(), append([]string{"apply", "-auto-approve", "-input=false"}, domainTargets()...)...)
	assert.Empty(t, l.plan(t, l.stackDir(), domainTargets()...), "changes after the records are %s", records)
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
			found["validation"] = r.Values["validation_record_fqdns"]
		}
	}
	require.Len(t, found, 2)
	assert.Contains(t, found["validation"], found["record"])
}
