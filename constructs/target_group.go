package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lb"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lbtargetgroup"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// TargetGroupProps configures a [TargetGroup].
type TargetGroupProps struct {
	Env Env
	// Settings give the health check and the deregistration delay.
	Settings config.LoadBalancer
	// Networking holds the VPC.
	Networking *Networking
	// LoadBalancer is what sends the requests.
	LoadBalancer lb.Lb
	// Name is the group's resource name, such as "tg".
	Name string
	// Port is where the tasks listen.
	Port int
}

// TargetGroup is the tasks of a service as a load balancer sees them. It sends
// requests to those that pass the health check.
type TargetGroup struct {
	// TargetGroup is where tasks register with their addresses.
	TargetGroup lbtargetgroup.LbTargetGroup
	// Route is the listener, or the rule of one, that forwards to the group. A service depends
	// on it: ECS refuses a target group that no load balancer uses.
	Route cdktf.TerraformResource
	// Port is where the tasks listen.
	Port int
	// Settings are the health check and the deregistration delay.
	Settings config.LoadBalancer

	loadBalancer lb.Lb
}

// NewTargetGroup creates the group with its health check.
func NewTargetGroup(scope constructs.Construct, id string, props TargetGroupProps) *TargetGroup {
	settings := props.Settings
	return &TargetGroup{
		Port: props.Port, Settings: settings, loadBalancer: props.LoadBalancer,
		TargetGroup: lbtargetgroup.NewLbTargetGroup(scope, &id, &lbtargetgroup.LbTargetGroupConfig{
			Name:                jsii.String(props.Env.Name(props.Name)),
			VpcId:               props.Networking.VPCID,
			TargetType:          jsii.String("ip"),
			Protocol:            jsii.String("HTTP"),
			Port:                jsii.Number(props.Port),
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
			// Only targets that are registered without a port have the group's own, and ECS
			// registers each task with its container's. So another port is no reason to replace
			// the group, which would stop the API:
			// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
			Lifecycle: &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("port")},
		}),
	}
}

// ARN is the group's.
func (t *TargetGroup) ARN() *string { return t.TargetGroup.Arn() }

// metric is one of the group:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
func (t *TargetGroup) metric(name string) metric {
	return metric{"AWS/ApplicationELB", name, []dimension{
		{"TargetGroup", *t.TargetGroup.ArnSuffix()}, {"LoadBalancer", *t.loadBalancer.ArnSuffix()},
	}}
}

// requestLabel is how autoscaling names the requests to the group:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
func (t *TargetGroup) requestLabel() *string {
	return jsii.String(*t.loadBalancer.ArnSuffix() + "/" + *t.TargetGroup.ArnSuffix())
}
