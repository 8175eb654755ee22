package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/flowlog"

	"flask-api/config"
)

// flowLogService is who assumes the role of the flow logs:
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
const flowLogService = "vpc-flow-logs.amazonaws.com"

// FlowLogsProps configures [NewFlowLogs].
type FlowLogsProps struct {
	// Config gives the retention and the names.
	Config config.Config
	// Caller is the account.
	Caller dataawscalleridentity.DataAwsCallerIdentity
	// Networking holds the VPC that is watched.
	Networking *Networking
	// Key encrypts what is recorded.
	Key *EncryptionKey
}

// NewFlowLogs records the VPC's connections, accepted and refused, in the log
// group `/aws/vpc/flask-api-<suffix>`, through a role that may write there only.
func NewFlowLogs(scope constructs.Construct, id string, props FlowLogsProps) flowlog.FlowLog {
	scope = constructs.NewConstruct(scope, &id)
	group := NewLogGroup(scope, "group", LogGroupProps{
		Config: props.Config, Path: "/aws/vpc/", Key: props.Key, RetentionDays: props.Config.Network.FlowLogRetentionDays,
	})
	role := NewRole(scope, "role", RoleProps{
		Config: props.Config, Caller: props.Caller, Service: flowLogService,
		Name: "flow-logs-role", Description: "Writes the flow logs of the Flask API's VPC",
	})
	role.Grant("write_flow_logs", Statement{
		Sid:       "WriteFlowLogs",
		Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"},
		Resources: []string{*group.Group.Arn() + ":*"},
	})
	return flowlog.NewFlowLog(scope, jsii.String("vpc"), &flowlog.FlowLogConfig{
		VpcId:          props.Networking.VPC.Id(),
		TrafficType:    jsii.String("ALL"),
		LogDestination: group.Group.Arn(),
		IamRoleArn:     role.Role.Arn(),
		DependsOn:      &role.Policies,
		Tags:           nameTag(props.Config, "flow-logs"),
	})
}
