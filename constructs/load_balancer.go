package constructs

import (
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistenerrule"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// securityPolicy takes TLS 1.3 and 1.2, with ciphers of forward secrecy only.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
const securityPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

// idleTimeoutSeconds is what AWS and Terraform take when nothing is said.
const idleTimeoutSeconds = 60

// LoadBalancerProps configures a [LoadBalancer].
type LoadBalancerProps struct {
	Env Env
	// Settings give who may connect, the certificate and the health check.
	Settings config.LoadBalancer
	// IngressRules is how many rules the ranges and AWS's prefix lists count as.
	IngressRules int
	// Networking holds the VPC and the public subnets.
	Networking *Networking
	// Domain has the certificate, unless the configuration names one; nil without
	// a domain.
	Domain *Domain
	// AccessLogs take a record of each request; nil for no records.
	AccessLogs *AccessLogs
}

// LoadBalancer is an Application Load Balancer, internet-facing or internal, that forwards
// requests to the healthy tasks: HTTP, or HTTPS where there is a certificate.
type LoadBalancer struct {
	Connections
	// LoadBalancer has the DNS name that clients use.
	LoadBalancer lb.Lb

	scope constructs.Construct
	props LoadBalancerProps
	// https is nil without a certificate; http serves then, and else redirects.
	http, https lblistener.LbListener
	// shared is whether it has requests of other services than the API.
	shared bool
}

// NewLoadBalancer creates the load balancer in the public subnets, or, internal, in the
// private ones, with a security group of its own that lets in the configured ranges. It listens once it has a target
// group.
func NewLoadBalancer(scope constructs.Construct, id string, props LoadBalancerProps) *LoadBalancer {
	l := &LoadBalancer{
		scope: constructs.NewConstruct(scope, &id), props: props,
		Connections: Connections{NewSecurityGroup(scope, "alb_sg", SecurityGroupProps{
			Env: props.Env, Networking: props.Networking, Name: "alb-sg", Members: "the load balancer", Ports: []int{httpPort, httpsPort},
		})},
	}
	settings := props.Settings
	for _, cidr := range settings.IngressCIDRs {
		l.AllowFromRange(cidr)
	}
	port := httpPort
	if settings.HTTPS() {
		port = httpsPort
	}
	l.AllowFromLists(settings.IngressPrefixLists, port, props.IngressRules)
	balancer := &lb.LbConfig{
		Name:                     jsii.String(props.Env.Name("alb")),
		LoadBalancerType:         jsii.String("application"),
		Internal:                 jsii.Bool(settings.Internal),
		SecurityGroups:           &[]*string{l.SecurityGroup.Group.Id()},
		DropInvalidHeaderFields:  jsii.Bool(true),
		DesyncMitigationMode:     jsii.String("defensive"),
		EnableDeletionProtection: jsii.Bool(props.Env.Protected),
	}
	// AWS refuses an internet-facing one in a VPC without an internet gateway, and clients
	// would not reach it in a subnet without a route there.
	subnets, routes := &props.Networking.PublicSubnetIDs, props.Networking.PublicEgress
	if settings.Internal {
		subnets, routes = &props.Networking.PrivateSubnetIDs, props.Networking.PrivateEgress
	}
	balancer.Subnets = subnets
	after := slices.Clone(routes)
	if settings.IdleTimeoutSeconds != idleTimeoutSeconds {
		balancer.IdleTimeout = jsii.Number(settings.IdleTimeoutSeconds)
	}
	if logs := props.AccessLogs; logs != nil {
		balancer.AccessLogs = &lb.LbAccessLogs{Bucket: logs.Bucket.Id(), Enabled: jsii.Bool(true)}
		after = append(after, logs.Ready)
	}
	if len(after) > 0 {
		balancer.DependsOn = &after
	}
	l.LoadBalancer = lb.NewLb(l.scope, jsii.String("alb"), balancer)
	return l
}

// AddTargets creates a target group whose tasks listen on the port, and the listeners,
// which forward to it. With a certificate, HTTP only redirects to HTTPS.
func (l *LoadBalancer) AddTargets(id, name string, port int) *TargetGroup {
	targets := NewTargetGroup(l.scope, id, TargetGroupProps{
		Env: l.props.Env, Settings: l.props.Settings, Networking: l.props.Networking, LoadBalancer: l.LoadBalancer, Name: name, Port: port,
	})
	l.http, l.https = l.listen(targets)
	targets.Route = l.http
	if l.https != nil {
		targets.Route = l.https
	}
	return targets
}

// Route creates a target group of a service, and the rules by which the listeners forward to it
// what the hosts and paths match. As of the listeners themselves, with a certificate that of
// HTTP only redirects, and does so once that of HTTPS forwards.
func (l *LoadBalancer) Route(id string, web config.WebService, settings config.LoadBalancer) *TargetGroup {
	targets := NewTargetGroup(l.scope, id+"_target_group", TargetGroupProps{
		Env: l.props.Env, Settings: settings, Networking: l.props.Networking, LoadBalancer: l.LoadBalancer, Name: web.TargetGroupName(), Port: web.ContainerPort,
	})
	l.shared = true
	forward := &lblistenerrule.LbListenerRuleAction{Type: jsii.String("forward"), TargetGroupArn: targets.ARN()}
	if l.https == nil {
		targets.Route = l.addRule(id+"_http_rule", l.http, web, forward)
		return targets
	}
	targets.Route = l.addRule(id+"_https_rule", l.https, web, forward)
	l.addRule(id+"_http_rule", l.http, web, &lblistenerrule.LbListenerRuleAction{
		Type: jsii.String("redirect"), Redirect: &lblistenerrule.LbListenerRuleActionRedirect{
			Protocol: jsii.String("HTTPS"), Port: jsii.String(strconv.Itoa(httpsPort)), StatusCode: jsii.String("HTTP_301"),
		},
	}, targets.Route)
	return targets
}

// addRule has the listener do something with what the hosts and paths match.
func (l *LoadBalancer) addRule(id string, listener lblistener.LbListener, web config.WebService, action *lblistenerrule.LbListenerRuleAction, after ...cdktf.ITerraformDependable) lblistenerrule.LbListenerRule {
	var conditions []*lblistenerrule.LbListenerRuleCondition
	if len(web.Hosts) > 0 {
		conditions = append(conditions, &lblistenerrule.LbListenerRuleCondition{HostHeader: &lblistenerrule.LbListenerRuleConditionHostHeader{Values: jsii.Strings(web.Hosts...)}})
	}
	if len(web.Paths) > 0 {
		conditions = append(conditions, &lblistenerrule.LbListenerRuleCondition{PathPattern: &lblistenerrule.LbListenerRuleConditionPathPattern{Values: jsii.Strings(web.Paths...)}})
	}
	rule := &lblistenerrule.LbListenerRuleConfig{
		ListenerArn: listener.Arn(),
		Priority:    jsii.Number(web.Priority),
		Action:      &[]*lblistenerrule.LbListenerRuleAction{action},
		Condition:   &conditions,
	}
	if len(after) > 0 {
		rule.DependsOn = &after
	}
	return lblistenerrule.NewLbListenerRule(l.scope, &id, rule)
}

// listen creates the listeners: that of HTTP and, with a certificate, that of HTTPS.
func (l *LoadBalancer) listen(targets *TargetGroup) (http, https lblistener.LbListener) {
	if l.props.Settings.HTTPS() {
		return l.serveHTTPS(targets)
	}
	return l.serveHTTP(targets), nil
}

// ARN is the load balancer's.
func (l *LoadBalancer) ARN() *string { return l.LoadBalancer.Arn() }

// certificateARN is the certificate that exists already, or the domain's own
// once it is valid.
func (l *LoadBalancer) certificateARN() *string {
	if domain := l.props.Domain; domain != nil {
		return domain.CertificateARN()
	}
	return jsii.String(l.props.Settings.CertificateARN)
}

// serveHTTP forwards HTTP to the target group.
func (l *LoadBalancer) serveHTTP(targets *TargetGroup) lblistener.LbListener {
	return lblistener.NewLbListener(l.scope, jsii.String("http_listener"), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.ARN(),
		Port:            jsii.Number(httpPort),
		Protocol:        jsii.String("HTTP"),
		DefaultAction:   forward(targets),
		Lifecycle:       replacedWithTargets(targets),
	})
}

// serveHTTPS forwards HTTPS to the target group, adds the headers that tell
// browsers to be careful, and redirects HTTP. Its headers take the place of the
// API's own of the same name.
func (l *LoadBalancer) serveHTTPS(targets *TargetGroup) (http, https lblistener.LbListener) {
	https = lblistener.NewLbListener(l.scope, jsii.String("https_listener"), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.ARN(),
		Port:            jsii.Number(httpsPort),
		Protocol:        jsii.String("HTTPS"),
		SslPolicy:       jsii.String(securityPolicy),
		CertificateArn:  l.certificateARN(),
		DefaultAction:   forward(targets),
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
		RoutingHttpResponseServerEnabled:                      jsii.Bool(false),
		RoutingHttpResponseStrictTransportSecurityHeaderValue: jsii.String("max-age=31536000"),
		RoutingHttpResponseXContentTypeOptionsHeaderValue:     jsii.String("nosniff"),
		RoutingHttpResponseXFrameOptionsHeaderValue:           jsii.String("DENY"),
		Lifecycle: replacedWithTargets(targets),
	})
	http = lblistener.NewLbListener(l.scope, jsii.String("http_listener"), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.ARN(),
		Port:            jsii.Number(httpPort),
		Protocol:        jsii.String("HTTP"),
		DefaultAction: &[]*lblistener.LbListenerDefaultAction{{
			Type: jsii.String("redirect"),
			Redirect: &lblistener.LbListenerDefaultActionRedirect{
				Protocol:   jsii.String("HTTPS"),
				Port:       jsii.String(strconv.Itoa(httpsPort)),
				StatusCode: jsii.String("HTTP_301"),
			},
		}},
		// Where HTTP served until now, it goes on until HTTPS can.
		DependsOn: &[]cdktf.ITerraformDependable{https},
	})
	return http, https
}

// forward sends requests to the target group.
func forward(targets *TargetGroup) *[]*lblistener.LbListenerDefaultAction {
	return &[]*lblistener.LbListenerDefaultAction{{
		Type:           jsii.String("forward"),
		TargetGroupArn: targets.ARN(),
	}}
}

// replacedWithTargets replaces a listener with the target group: AWS does not
// delete a target group that a listener uses.
func replacedWithTargets(targets *TargetGroup) *cdktf.TerraformResourceLifecycle {
	return replacedWith(targets.TargetGroup)
}

// requestsOf are the metrics of the service's requests: the load balancer's own, unless others
// get some of these.
func (l *LoadBalancer) requestsOf(s *Service) func(name string) metric {
	if l.shared {
		return s.Targets.metric
	}
	return l.metric
}

// metric is one of the load balancer:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
func (l *LoadBalancer) metric(name string) metric {
	return metric{"AWS/ApplicationELB", name, []dimension{{"LoadBalancer", *l.LoadBalancer.ArnSuffix()}}}
}
