package constructs_test

import (
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
	assert.Equal(t, attributes{"name": "example.com", "private_zone": false}, s.Data["aws_route53_zone"]["domain_zone"])
	assert.Equal(t, "https://api.example.com", s.Outputs["api_url"]["value"])
	option := "${tolist(aws_acm_certificate.domain_certificate.domain_validation_options).0.resource_record_"
	zone := "${data.aws_route53_zone.domain_zone.zone_id}"
	alias := func(kind string) attributes {
		return attributes{
			"zone_id": zone, "name": "api.example.com", "type": kind,
			"alias": attributes{
				"name": "${aws_lb.load_balancer_alb.dns_name}", "zone_id": "${aws_lb.load_balancer_alb.zone_id}", "evaluate_target_health": true,
			},
			"depends_on": []any{"aws_lb_listener.load_balancer_https_listener"},
		}
	}
	assert.Equal(t, map[string]attributes{
		"domain_validation_record": {
			"zone_id": zone, "name": option + "name}", "type": option + "type}", "records": []any{option + "value}"}, "ttl": 300.0,
			"allow_overwrite": true,
		},
		"domain_alias":      alias("A"),
		"domain_alias_ipv6": alias("AAAA"),
	}, s.Resources["aws_route53_record"])
	https := s.Resources["aws_lb_listener"]["load_balancer_https_listener"]
	assert.Equal(t, "${aws_acm_certificate_validation.domain_validation.certificate_arn}", https["certificate_arn"])
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
