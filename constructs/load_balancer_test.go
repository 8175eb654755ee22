package constructs_test

import (
	"slices"

	"github.com/stretchr/testify/assert"
)

// loadBalancerInvariants are about load_balancer.go.
var loadBalancerInvariants = []invariant{
	always("the load balancer defends against request smuggling",
		"CKV_AWS_328; FSBP ELB.12", "aws_lb", attributes{"desync_mitigation_mode": "defensive"}),
	{
		sentence: "where there is a certificate, HTTPS takes TLS 1.2 or newer and HTTP does nothing but redirect to it",
		controls: "CKV_AWS_2, CKV_AWS_103, CKV2_AWS_20, CKV2_AWS_74; FSBP ELB.1, ELB.17, ELB.18",
		violations: func(s stack) []string {
			var v violations
			http, https := s.Resources["aws_lb_listener"]["load_balancer_http_listener"], s.Resources["aws_lb_listener"]["load_balancer_https_listener"]
			forward := []any{attributes{"type": "forward", "target_group_arn": "${aws_lb_target_group.load_balancer_target_group.arn}"}}
			v.unless((https != nil) == s.Config.LoadBalancer.HTTPS(), "there is an HTTPS listener: %t", https != nil)
			serving := "aws_lb_listener.load_balancer_http_listener"
			if https == nil {
				v.unless(assert.ObjectsAreEqual(forward, http["default_action"]), "HTTP does %v", http["default_action"])
			} else {
				serving = "aws_lb_listener.load_balancer_https_listener"
				redirect := attributes{"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}
				v.unless(assert.ObjectsAreEqual([]any{attributes{"type": "redirect", "redirect": redirect}}, http["default_action"]), "HTTP does %v", http["default_action"])
				v.unless(assert.ObjectsAreEqual([]any{serving}, http["depends_on"]), "HTTP may redirect before HTTPS serves")
				v.unless(assert.ObjectsAreEqual(forward, https["default_action"]), "HTTPS does %v", https["default_action"])
				v.unless(https["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "the policy is %v", https["ssl_policy"])
				v.unless(https["certificate_arn"] != nil, "there is no certificate")
				v.unless(https["routing_http_response_strict_transport_security_header_value"] == "max-age=31536000", "browsers may go back to HTTP")
			}
			depends, _ := s.One("aws_ecs_service")["depends_on"].([]any)
			v.unless(slices.Contains(depends, any(serving)), "the service does not wait for the listener that forwards")
			return v
		},
		broken: func(s *stack) {
			delete(s.Resources["aws_lb_listener"]["load_balancer_http_listener"], "default_action")
		},
	},
	{
		sentence: "the load balancer stands in public subnets of different zones and checks the health of tasks",
		controls: "CKV_AWS_261; FSBP ELB.13",
		violations: func(s stack) []string {
			var v violations
			subnets, _ := s.One("aws_lb")["subnets"].([]any)
			v.unless(len(subnets) >= 2, "it stands in %v", subnets)
			check, _ := s.One("aws_lb_target_group")["health_check"].(attributes)
			settings := s.Config.LoadBalancer
			v.unless(check["path"] == settings.HealthCheckPath && check["protocol"] == "HTTP" && check["matcher"] == settings.HealthCheckMatcher, "the check is %v", check)
			return v
		},
		broken: set("aws_lb_target_group", "health_check", nil),
	},
}
