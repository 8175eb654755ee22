package live

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// loadBalancerKinds are the load balancers in the VPC, and what they do with requests.
func loadBalancerKinds() map[string]Kind {
	return map[string]Kind{
		"aws_lb": {
			Key: []string{"name"}, List: listLoadBalancers, Computed: []string{"id", "arn", "arn_suffix", "dns_name", "zone_id"},
			Defaults: Attributes{
				"client_keep_alive": 3600, "desync_mitigation_mode": "defensive", "enable_http2": true, "idle_timeout": 60,
				"ip_address_type": "ipv4", "xff_header_processing_mode": "append",
			},
		},
		"aws_lb_target_group": {
			Key: []string{"name"}, List: listTargetGroups, Computed: []string{"id", "arn", "arn_suffix"},
			Defaults: Attributes{
				"deregistration_delay": 300, "load_balancing_algorithm_type": "round_robin", "protocol_version": "HTTP1", "ip_address_type": "ipv4",
				"health_check.enabled": true,
			},
		},
		"aws_lb_listener": {
			Key: []string{"port"}, List: listListeners, Computed: []string{"id", "arn"},
			Defaults: Attributes{
				"default_action.redirect.host": "#{host}", "default_action.redirect.path": "/#{path}", "default_action.redirect.query": "#{query}",
				"routing_http_response_server_enabled": true,
			},
		},
		"aws_lb_listener_rule": {
			Key: []string{"listener_arn", "priority"}, List: of("aws_lb_listener", listListenerRules), Computed: []string{"id", "arn"},
			Defaults: Attributes{"action.redirect.host": "#{host}", "action.redirect.path": "/#{path}", "action.redirect.query": "#{query}"},
		},
		"aws_lb_listener_certificate": {Key: []string{"listener_arn", "certificate_arn"}, List: of("aws_lb_listener", listListenerCertificates)},
	}
}

func (e *Environment) elb() *elb.Client { return elb.NewFromConfig(e.AWS) }

// loadBalancerAttributes are Terraform's names of what AWS keeps apart from a load balancer,
// a listener or a target group. Of a block, whether it is on stands for all of it.
var loadBalancerAttributes = map[string]string{
	"client_keep_alive.seconds":                                      "client_keep_alive",
	"connection_logs.s3.enabled":                                     "connection_logs",
	"deletion_protection.enabled":                                    "enable_deletion_protection",
	"idle_timeout.timeout_seconds":                                   "idle_timeout",
	"routing.http.desync_mitigation_mode":                            "desync_mitigation_mode",
	"routing.http.drop_invalid_header_fields.enabled":                "drop_invalid_header_fields",
	"routing.http.preserve_host_header.enabled":                      "preserve_host_header",
	"routing.http.x_amzn_tls_version_and_cipher_suite.enabled":       "enable_tls_version_and_cipher_suite_headers",
	"routing.http.xff_client_port.enabled":                           "enable_xff_client_port",
	"routing.http.xff_header_processing.mode":                        "xff_header_processing_mode",
	"routing.http2.enabled":                                          "enable_http2",
	"waf.fail_open.enabled":                                          "enable_waf_fail_open",
	"zonal_shift.config.enabled":                                     "enable_zonal_shift",
	"routing.http.response.server.enabled":                           "routing_http_response_server_enabled",
	"routing.http.response.strict_transport_security.header_value":   "routing_http_response_strict_transport_security_header_value",
	"routing.http.response.x_content_type_options.header_value":      "routing_http_response_x_content_type_options_header_value",
	"routing.http.response.x_frame_options.header_value":             "routing_http_response_x_frame_options_header_value",
	"routing.http.response.content_security_policy.header_value":     "routing_http_response_content_security_policy_header_value",
	"routing.http.response.access_control_allow_origin.header_value": "routing_http_response_access_control_allow_origin_header_value",
	"deregistration_delay.timeout_seconds":                           "deregistration_delay",
	"load_balancing.algorithm.type":                                  "load_balancing_algorithm_type",
	"slow_start.duration_seconds":                                    "slow_start",
	"stickiness.enabled":                                             "stickiness",
}

// setEach sets what AWS keeps apart by the names that Terraform has for it.
func setEach[Pair any](object Attributes, pairs []Pair, pair func(Pair) (key, value *string)) {
	for _, p := range pairs {
		key, value := pair(p)
		if name := loadBalancerAttributes[aws.ToString(key)]; name != "" {
			object[name] = value
		}
	}
}

// elbTags are those of what has the ARN.
func (e *Environment) elbTags(ctx context.Context, arn *string) (map[string]string, error) {
	answer, err := e.elb().DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: []string{aws.ToString(arn)}})
	if err != nil || len(answer.TagDescriptions) == 0 {
		return nil, err
	}
	return tags(answer.TagDescriptions[0].Tags), nil
}

func listLoadBalancers(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, elb.NewDescribeLoadBalancersPaginator(env.elb(), &elb.DescribeLoadBalancersInput{}),
		func(page *elb.DescribeLoadBalancersOutput) []types.LoadBalancer { return page.LoadBalancers })
	return every(found, err, func(l types.LoadBalancer) ([]Attributes, error) {
		if ours, err := env.standsIn(ctx, l.VpcId, l.LoadBalancerName); err != nil || !ours {
			return nil, err
		}
		tagged, err := env.elbTags(ctx, l.LoadBalancerArn)
		if err != nil {
			return nil, err
		}
		answer, err := env.elb().DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: l.LoadBalancerArn})
		if err != nil {
			return nil, err
		}
		object := Attributes{
			"id": l.LoadBalancerArn, "arn": l.LoadBalancerArn, "arn_suffix": afterLast(aws.ToString(l.LoadBalancerArn), ":loadbalancer/"),
			"dns_name": l.DNSName, "zone_id": l.CanonicalHostedZoneId, "name": l.LoadBalancerName, "tags": tagged,
			"internal": l.Scheme == types.LoadBalancerSchemeEnumInternal, "load_balancer_type": l.Type, "ip_address_type": l.IpAddressType,
			"security_groups": l.SecurityGroups, "subnets": Values(l.AvailabilityZones, func(z types.AvailabilityZone) *string { return z.SubnetId }),
		}
		logs := map[string]*string{}
		setEach(object, answer.Attributes, func(a types.LoadBalancerAttribute) (key, value *string) {
			logs[aws.ToString(a.Key)] = a.Value
			return a.Key, a.Value
		})
		if aws.ToString(logs["access_logs.s3.enabled"]) == "true" {
			object["access_logs"] = Attributes{"enabled": true, "bucket": logs["access_logs.s3.bucket"], "prefix": logs["access_logs.s3.prefix"]}
		}
		return one(object)
	})
}

func listTargetGroups(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, elb.NewDescribeTargetGroupsPaginator(env.elb(), &elb.DescribeTargetGroupsInput{}),
		func(page *elb.DescribeTargetGroupsOutput) []types.TargetGroup { return page.TargetGroups })
	return every(found, err, func(g types.TargetGroup) ([]Attributes, error) {
		if ours, err := env.standsIn(ctx, g.VpcId, g.TargetGroupName); err != nil || !ours {
			return nil, err
		}
		tagged, err := env.elbTags(ctx, g.TargetGroupArn)
		if err != nil {
			return nil, err
		}
		answer, err := env.elb().DescribeTargetGroupAttributes(ctx, &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: g.TargetGroupArn})
		if err != nil {
			return nil, err
		}
		check := Attributes{
			"enabled": g.HealthCheckEnabled, "protocol": g.HealthCheckProtocol, "port": g.HealthCheckPort, "path": g.HealthCheckPath,
			"interval": g.HealthCheckIntervalSeconds, "timeout": g.HealthCheckTimeoutSeconds,
			"healthy_threshold": g.HealthyThresholdCount, "unhealthy_threshold": g.UnhealthyThresholdCount,
		}
		if g.Matcher != nil {
			check["matcher"] = g.Matcher.HttpCode
		}
		object := Attributes{
			"id": g.TargetGroupArn, "arn": g.TargetGroupArn, "arn_suffix": afterLast(aws.ToString(g.TargetGroupArn), ":"), "name": g.TargetGroupName, "tags": tagged,
			"vpc_id": g.VpcId, "port": g.Port, "protocol": g.Protocol, "protocol_version": g.ProtocolVersion, "target_type": g.TargetType,
			"ip_address_type": g.IpAddressType, "health_check": check,
		}
		setEach(object, answer.Attributes, func(a types.TargetGroupAttribute) (key, value *string) { return a.Key, a.Value })
		return one(object)
	})
}

func listListeners(ctx context.Context, env *Environment) ([]Attributes, error) {
	balancers, err := env.Found(ctx, "aws_lb")
	return every(balancers, err, func(balancer Attributes) ([]Attributes, error) {
		found, err := Collect(ctx, elb.NewDescribeListenersPaginator(env.elb(), &elb.DescribeListenersInput{LoadBalancerArn: aws.String(balancer.text("arn"))}),
			func(page *elb.DescribeListenersOutput) []types.Listener { return page.Listeners })
		return every(found, err, func(l types.Listener) ([]Attributes, error) { return listener(ctx, env, l) })
	})
}

func listener(ctx context.Context, env *Environment, l types.Listener) ([]Attributes, error) {
	tagged, err := env.elbTags(ctx, l.ListenerArn)
	if err != nil {
		return nil, err
	}
	answer, err := env.elb().DescribeListenerAttributes(ctx, &elb.DescribeListenerAttributesInput{ListenerArn: l.ListenerArn})
	if err != nil {
		return nil, err
	}
	object := Attributes{
		"id": l.ListenerArn, "arn": l.ListenerArn, "load_balancer_arn": l.LoadBalancerArn, "port": l.Port, "protocol": l.Protocol, "tags": tagged,
		"default_action": Values(l.DefaultActions, action), "routing_http_response_server_enabled": true,
	}
	if l.Protocol == types.ProtocolEnumHttps {
		object["ssl_policy"] = l.SslPolicy
		object["certificate_arn"] = Values(l.Certificates, func(c types.Certificate) *string { return c.CertificateArn })
		if mutual := l.MutualAuthentication; mutual != nil && aws.ToString(mutual.Mode) != "off" {
			object["mutual_authentication"] = block(mutual)
		}
	}
	setEach(object, answer.Attributes, func(a types.ListenerAttribute) (key, value *string) { return a.Key, a.Value })
	return one(object)
}

// action is what a listener or a rule does with a request. Where it forwards to one group,
// AWS names that twice.
func action(a types.Action) Attributes {
	object, _ := renamed(a, snake).(Attributes)
	if forward := a.ForwardConfig; forward != nil && len(forward.TargetGroups) == 1 && a.TargetGroupArn != nil {
		delete(object, "forward_config")
	}
	for from, to := range map[string]string{"redirect_config": "redirect", "forward_config": "forward", "fixed_response_config": "fixed_response"} {
		if value, has := object[from]; has {
			object[to] = value
			delete(object, from)
		}
	}
	delete(object, "order") // There is one action, and authentication would be another.
	return object
}

// listListenerRules are those that stand in front of what the listener does by default.
func listListenerRules(ctx context.Context, env *Environment, listener Attributes) ([]Attributes, error) {
	found, err := Collect(ctx, elb.NewDescribeRulesPaginator(env.elb(), &elb.DescribeRulesInput{ListenerArn: aws.String(listener.text("arn"))}),
		func(page *elb.DescribeRulesOutput) []types.Rule { return page.Rules })
	return every(found, err, func(r types.Rule) ([]Attributes, error) {
		if aws.ToBool(r.IsDefault) {
			return nil, nil
		}
		tagged, err := env.elbTags(ctx, r.RuleArn)
		if err != nil {
			return nil, err
		}
		return one(Attributes{
			"id": r.RuleArn, "arn": r.RuleArn, "listener_arn": listener["arn"], "priority": r.Priority, "tags": tagged,
			"action": Values(r.Actions, action), "condition": Values(r.Conditions, condition),
		})
	})
}

// condition is what a rule wants of a request, which AWS says in two ways.
func condition(c types.RuleCondition) Attributes {
	object := Attributes{}
	described, _ := renamed(c, snake).(Attributes)
	for name, value := range described {
		if of, is := strings.CutSuffix(name, "_config"); is {
			object[of] = value
		}
	}
	return object
}

// listListenerCertificates are those beside the listener's own.
func listListenerCertificates(ctx context.Context, env *Environment, listener Attributes) ([]Attributes, error) {
	if listener.text("protocol") != string(types.ProtocolEnumHttps) {
		return nil, nil
	}
	found, err := Collect(ctx, elb.NewDescribeListenerCertificatesPaginator(env.elb(), &elb.DescribeListenerCertificatesInput{ListenerArn: aws.String(listener.text("arn"))}),
		func(page *elb.DescribeListenerCertificatesOutput) []types.Certificate { return page.Certificates })
	return every(found, err, func(c types.Certificate) ([]Attributes, error) {
		if aws.ToBool(c.IsDefault) {
			return nil, nil
		}
		return one(Attributes{"listener_arn": listener["arn"], "certificate_arn": c.CertificateArn})
	})
}
