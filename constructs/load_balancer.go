package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lbtargetgroup"

	"flask-api/config"
)

// httpPort and httpsPort are where the load balancer is reached.
const (
	httpPort  = 80
	httpsPort = 443
)

// LoadBalancerProps configures a [LoadBalancer].
type LoadBalancerProps struct {
	// Config gives the health check, the container's port, the protection and
	// the names.
	Config config.Config
	// Networking holds the VPC and the public subnets.
	Networking *Networking
	// SecurityGroup decides who may connect.
	SecurityGroup *SecurityGroup
}

// LoadBalancer is an internet-facing Application Load Balancer that forwards
// HTTP to the healthy tasks.
type LoadBalancer struct {
	// LoadBalancer has the DNS name that clients use.
	LoadBalancer lb.Lb
	// TargetGroup is where tasks register with their addresses.
	TargetGroup lbtargetgroup.LbTargetGroup
	// Listener forwards port 80 to the target group. A service depends on it:
	// ECS refuses a target group that no listener uses.
	Listener lblistener.LbListener
}

// NewLoadBalancer creates the load balancer in the public subnets, its target
// group with the health check, and its HTTP listener.
func NewLoadBalancer(scope constructs.Construct, id string, props LoadBalancerProps) *LoadBalancer {
	scope = constructs.NewConstruct(scope, &id)
	balancer := lb.NewLb(scope, jsii.String("alb"), &lb.LbConfig{
		Name:                     jsii.String(props.Config.Name("alb")),
		LoadBalancerType:         jsii.String("application"),
		Internal:                 jsii.Bool(false),
		Subnets:                  subnetIDs(props.Networking.PublicSubnets),
		SecurityGroups:           &[]*string{props.SecurityGroup.Group.Id()},
		DropInvalidHeaderFields:  jsii.Bool(true),
		DesyncMitigationMode:     jsii.String("defensive"),
		EnableDeletionProtection: jsii.Bool(props.Config.Protected),
	})
	settings := props.Config.LoadBalancer
	targets := lbtargetgroup.NewLbTargetGroup(scope, jsii.String("target_group"), &lbtargetgroup.LbTargetGroupConfig{
		Name:                jsii.String(props.Config.Name("tg")),
		VpcId:               props.Networking.VPC.Id(),
		TargetType:          jsii.String("ip"),
		Protocol:            jsii.String("HTTP"),
		Port:                jsii.Number(props.Config.Service.ContainerPort),
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
	listener := lblistener.NewLbListener(scope, jsii.String("http_listener"), &lblistener.LbListenerConfig{
		LoadBalancerArn: balancer.Arn(),
		Port:            jsii.Number(httpPort),
		Protocol:        jsii.String("HTTP"),
		DefaultAction: &[]*lblistener.LbListenerDefaultAction{{
			Type:           jsii.String("forward"),
			TargetGroupArn: targets.Arn(),
		}},
		// AWS does not delete a target group that a listener uses, so one that
		// is replaced takes the listener with it.
		Lifecycle: replacedWith(targets),
	})
	return &LoadBalancer{LoadBalancer: balancer, TargetGroup: targets, Listener: listener}
}
