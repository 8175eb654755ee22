package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/flowlog"
)

// FlowLogsProps configures [NewFlowLogs].
type FlowLogsProps struct {
	Env Env
	// RetentionDays is how many days records are kept.
	RetentionDays int
	// Networking holds the VPC that is watched.
	Networking *Networking
	// Key encrypts what is recorded.
	Key *EncryptionKey
}

// NewFlowLogs records the VPC's connections, accepted and refused, in the log
// group `/aws/vpc/<name>-<suffix>`, through a role that may write there only:
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
func NewFlowLogs(scope constructs.Construct, id string, props FlowLogsProps) flowlog.FlowLog {
	scope = constructs.NewConstruct(scope, &id)
	group := NewLogGroup(scope, "group", LogGroupProps{
		Env: props.Env, Path: "/aws/vpc/", Key: props.Key, RetentionDays: props.RetentionDays,
	})
	role := NewRole(scope, "role", RoleProps{
		Env: props.Env, Service: flowLogsService,
		Name: "flow-logs-role", Description: "Writes the flow logs of the " + props.Env.API() + "'s VPC",
	})
	role.Grant("write_flow_logs", Statement{
		Sid:      "WriteFlowLogs",
		Action:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
		Resource: []string{*group.ARN() + ":*"},
	}, Statement{
		Sid: "FindFlowLogs",
		// Allowed on one group it grants nothing:
		// https://github.com/hashicorp/terraform-provider-aws/issues/8804
		Action:   []string{"logs:DescribeLogGroups"},
		Resource: []string{"*"},
	})
	return flowlog.NewFlowLog(scope, jsii.String("vpc"), &flowlog.FlowLogConfig{
		VpcId:          props.Networking.VPCID,
		TrafficType:    jsii.String("ALL"),
		LogDestination: group.ARN(),
		IamRoleArn:     role.ARN(),
		DependsOn:      &role.Policies,
		Tags:           props.Env.NameTag("flow-logs"),
	})
}
