package constructs_test

import (
	"fmt"
	"strings"
	"testing"

	"flask-api/test/stacktest"

	"github.com/stretchr/testify/assert"
)

// domainInvariants are about domain.go.
var domainInvariants = []invariant{
	{
		sentence: "a certificate is proved by DNS, and replaced before it is removed",
		controls: "CKV_AWS_233; CKV2_AWS_71; FSBP ACM.1",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_acm_certificate", func(name string, a attributes) {
				v.unless(a["domain_name"] == s.Config.LoadBalancer.Domain, "%s is of %v", name, a["domain_name"])
				v.unless(a["validation_method"] == "DNS", "%s is proved by %v", name, a["validation_method"])
				v.unless(assert.ObjectsAreEqual(attributes{"create_before_destroy": true}, a["lifecycle"]), "%s is removed first", name)
			})
			return v
		},
		broken: func(s *stack) {
			s.Resources["aws_acm_certificate"] = map[string]attributes{"domain_certificate": {"domain_name": "*", "validation_method": "EMAIL"}}
		},
	},
}

// TestDomain holds the environment with a domain against what that adds.
func TestDomain(t *testing.T) {
	s := load(t, stacktest.Chosen())
	assert.Equal(t, "Z0123456789ABCDEFGHIJ", s.Data["aws_route53_zone"]["domain_zone"]["zone_id"])
	assert.Contains(t, fmt.Sprint(s.Data["aws_route53_zone"]["domain_zone"]["lifecycle"]), `self.name == "example.com" && !self.private_zone`)
	assert.Equal(t, []any{"www.example.com", "*.api.example.com"}, s.Resources["aws_acm_certificate"]["domain_certificate"]["subject_alternative_names"])
	assert.Equal(t, "https://api.example.com", s.Outputs["api_url"]["value"])
	zone := "${data.aws_route53_zone.domain_zone.zone_id}"
	wanted := map[string]attributes{}
	for _, name := range []struct{ id, name string }{{"", "api.example.com"}, {"_www_example_com", "www.example.com"}, {"_wildcard__api_example_com", "*.api.example.com"}} {
		for id, kind := range map[string]string{"alias": "A", "alias_ipv6": "AAAA"} {
			wanted["domain_"+id+name.id] = attributes{
				"zone_id": zone, "name": name.name, "type": kind,
				"alias": attributes{
					"name": "${aws_lb.load_balancer_alb.dns_name}", "zone_id": "${aws_lb.load_balancer_alb.zone_id}", "evaluate_target_health": true,
				},
				"depends_on": []any{"aws_lb_listener.load_balancer_https_listener"},
			}
		}
		if strings.HasPrefix(name.name, "*.") {
			continue // The name after it proves it.
		}
		of := func(attribute string) string {
			return "${[for option in aws_acm_certificate.domain_certificate.domain_validation_options : option.resource_record_" + attribute + ` if option.domain_name == "` + name.name + `"][0]}`
		}
		wanted["domain_validation_record"+name.id] = attributes{
			"zone_id": zone, "name": of("name"), "type": of("type"), "records": []any{of("value")}, "ttl": 300.0, "allow_overwrite": true,
		}
	}
	assert.Equal(t, wanted, s.Resources["aws_route53_record"])
	https := s.Resources["aws_lb_listener"]["load_balancer_https_listener"]
	assert.Equal(t, "${aws_acm_certificate_validation.domain_validation.certificate_arn}", https["certificate_arn"])
}

// TestDomainOfAnotherDNS holds the environment whose records another DNS has yet to have
// against what that adds: a certificate that no listener has.
func TestDomainOfAnotherDNS(t *testing.T) {
	s := load(t, stacktest.Closed())
	assert.NotContains(t, s.Resources, "aws_acm_certificate_validation")
	assert.NotContains(t, s.Resources, "aws_route53_record")
	assert.NotContains(t, s.Data, "aws_route53_zone")
	assert.Len(t, s.Resources["aws_lb_listener"], 1)
	assert.NotContains(t, s.Outputs, "api_url")
	option := "${tolist(aws_acm_certificate.domain_certificate.domain_validation_options).0.resource_record_"
	assert.Equal(t, option+"name} "+option+"type} "+option+"value}\nclosed.example.com. CNAME ${aws_lb.load_balancer_alb.dns_name}.", s.Outputs["domain_records"]["value"])
}

// TestCertificateARN holds the environment with a certificate of its own against
// what that adds, which leaves DNS alone.
func TestCertificateARN(t *testing.T) {
	s := load(t, stacktest.Elsewhere())
	https := s.Resources["aws_lb_listener"]["load_balancer_https_listener"]
	assert.Equal(t, s.Config.LoadBalancer.CertificateARN, https["certificate_arn"])
	assert.NotContains(t, s.Resources, "aws_acm_certificate")
	assert.NotContains(t, s.Resources, "aws_route53_record")
	assert.NotContains(t, s.Data, "aws_route53_zone")
}
