package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lbtargetgroup"
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
	// Settings give the health check and the certificate.
	Settings config.LoadBalancer
	// ContainerPort is where the tasks listen.
	ContainerPort int
	// Networking holds the VPC and the public subnets.
	Networking *Networking
	// SecurityGroup decides who may connect.
	SecurityGroup *SecurityGroup
	// Domain has the certificate, unless the configuration names one; nil without
	// a domain.
	Domain *Domain
	// AccessLogs take a record of each request; nil for no records.
	AccessLogs *AccessLogs
}

// LoadBalancer is an internet-facing Application Load Balancer that forwards
// requests to the healthy tasks: HTTP, or HTTPS where there is a certificate.
type LoadBalancer struct {
	// LoadBalancer has the DNS name that clients use.
	LoadBalancer lb.Lb
	// TargetGroup is where tasks register with their addresses.
	TargetGroup lbtargetgroup.LbTargetGroup
	// Listener forwards to the target group, from port 443 where there is a
	// certificate and from port 80 otherwise. A service depends on it: ECS
	// refuses a target group that no listener uses.
	Listener lblistener.LbListener
	// HealthCheckPath is the path that answers when a task can serve.
	HealthCheckPath string

	scope constructs.Construct
}

// NewLoadBalancer creates the load balancer in the public subnets, its target
// group with the health check, and its listeners. With a certificate, HTTP only
// redirects to HTTPS.
func NewLoadBalancer(scope constructs.Construct, id string, props LoadBalancerProps) *LoadBalancer {
	l := &LoadBalancer{scope: constructs.NewConstruct(scope, &id), HealthCheckPath: props.Settings.HealthCheckPath}
	settings := props.Settings
	balancer := &lb.LbConfig{
		Name:                     jsii.String(props.Env.Name("alb")),
		LoadBalancerType:         jsii.String("application"),
		Internal:                 jsii.Bool(false),
		Subnets:                  subnetIDs(props.Networking.PublicSubnets),
		SecurityGroups:           &[]*string{props.SecurityGroup.Group.Id()},
		DropInvalidHeaderFields:  jsii.Bool(true),
		DesyncMitigationMode:     jsii.String("defensive"),
		EnableDeletionProtection: jsii.Bool(props.Env.Protected),
	}
	// AWS refuses an internet-facing one in a VPC without an internet gateway.
	after := []cdktf.ITerraformDependable{props.Networking.PublicRoute}
	if settings.IdleTimeoutSeconds != idleTimeoutSeconds {
		balancer.IdleTimeout = jsii.Number(settings.IdleTimeoutSeconds)
	}
	if logs := props.AccessLogs; logs != nil {
		balancer.AccessLogs = &lb.LbAccessLogs{Bucket: logs.Bucket.Id(), Enabled: jsii.Bool(true)}
		after = append(after, logs.Policy)
	}
	balancer.DependsOn = &after
	l.LoadBalancer = lb.NewLb(l.scope, jsii.String("alb"), balancer)
	l.TargetGroup = lbtargetgroup.NewLbTargetGroup(l.scope, jsii.String("target_group"), &lbtargetgroup.LbTargetGroupConfig{
		Name:                jsii.String(props.Env.Name("tg")),
		VpcId:               props.Networking.VPC.Id(),
		TargetType:          jsii.String("ip"),
		Protocol:            jsii.String("HTTP"),
		Port:                jsii.Number(props.ContainerPort),
		DeregistrationDelay: jsii.String(strconv.Itoa(settings.DeregistrationDelaySeconds)),
		HealthCheck: &lbtargetgroup.LbTargetGroupHealthCheck{
			Path:               jsii.String(settings.HealthCheckPath),
			Protocol:           jsii.String("HTTP"),
			Port:               jsii.String("traffic-port"),
			Matcher:            jsii.String(settings.HealthCheckMatcher),
			Interval:           jsii.Number(settings.HealthCheckIntervalSeconds),
			Timeout:            jsii.Number(settings.HealthCheckTimeoutSeconds),
			HealthyThreshold:   jsii.Number(settings.HealthyThreshold),
			UnhealthyThreshold: jsii.Number(settings.UnhealthyThreshold),
		},
	})
	if settings.HTTPS() {
		l.serveHTTPS(certificateARN(props))
	} else {
		l.serveHTTP()
	}
	return l
}

// ARN is the load balancer's.
func (l *LoadBalancer) ARN() *string { return l.LoadBalancer.Arn() }

// certificateARN is the certificate that exists already, or the domain's own
// once it is valid.
func certificateARN(props LoadBalancerProps) *string {
	if props.Domain != nil {
		return props.Domain.Validation.CertificateArn()
	}
	return jsii.String(props.Settings.CertificateARN)
}

// serveHTTP forwards HTTP to the target group.
func (l *LoadBalancer) serveHTTP() {
	l.Listener = lblistener.NewLbListener(l.scope, jsii.String("http_listener"), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.ARN(),
		Port:            jsii.Number(httpPort),
		Protocol:        jsii.String("HTTP"),
		DefaultAction:   l.forward(),
		Lifecycle:       l.replacedWithTargets(),
	})
}

// serveHTTPS forwards HTTPS to the target group, adds the headers that tell
// browsers to be careful, and redirects HTTP. Its headers take the place of the
// API's own of the same name.
func (l *LoadBalancer) serveHTTPS(certificate *string) {
	l.Listener = lblistener.NewLbListener(l.scope, jsii.String("https_listener"), &lblistener.LbListenerConfig{
		LoadBalancerArn: l.ARN(),
		Port:            jsii.Number(httpsPort),
		Protocol:        jsii.String("HTTPS"),
		SslPolicy:       jsii.String(securityPolicy),
		CertificateArn:  certificate,
		DefaultAction:   l.forward(),
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
		RoutingHttpResponseServerEnabled:                      jsii.Bool(false),
		RoutingHttpResponseStrictTransportSecurityHeaderValue: jsii.String("max-age=31536000"),
		RoutingHttpResponseXContentTypeOptionsHeaderValue:     jsii.String("nosniff"),
		RoutingHttpResponseXFrameOptionsHeaderValue:           jsii.String("DENY"),
		Lifecycle: l.replacedWithTargets(),
	})
	lblistener.NewLbListener(l.scope, jsii.String("http_listener"), &lblistener.LbListenerConfig{
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
		DependsOn: &[]cdktf.ITerraformDependable{l.Listener},
	})
}

// forward sends requests to the target group.
func (l *LoadBalancer) forward() *[]*lblistener.LbListenerDefaultAction {
	return &[]*lblistener.LbListenerDefaultAction{{
		Type:           jsii.String("forward"),
		TargetGroupArn: l.TargetGroup.Arn(),
	}}
}

// replacedWithTargets replaces a listener with the target group: AWS does not
// delete a target group that a listener uses.
func (l *LoadBalancer) replacedWithTargets() *cdktf.TerraformResourceLifecycle {
	return replacedWith(l.TargetGroup)
}
