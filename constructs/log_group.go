package constructs

import (
	"cmp"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
)

// LogGroupProps configures a [LogGroup].
type LogGroupProps struct {
	Env Env
	// Path begins the group's name, such as "/ecs/".
	Path string
	// Name follows the path; empty is `<name>-<suffix>`.
	Name string
	// Key encrypts the events.
	Key *EncryptionKey
	// RetentionDays is how many days events are kept.
	RetentionDays int
}

// name is the group's.
func (p LogGroupProps) name() string { return p.Path + cmp.Or(p.Name, p.Env.StackName()) }

// LogGroup is a CloudWatch log group whose events expire.
type LogGroup struct {
	// Group is where events are written.
	Group cloudwatchloggroup.CloudwatchLogGroup
	// Name is the group's, as people look for it.
	Name string
}

// NewLogGroup creates the group of the path and the name.
func NewLogGroup(scope constructs.Construct, id string, props LogGroupProps) *LogGroup {
	scope = constructs.NewConstruct(scope, &id)
	name := props.name()
	props.Key.AllowLogGroup(name)
	return &LogGroup{Name: name, Group: cloudwatchloggroup.NewCloudwatchLogGroup(scope, jsii.String(resourceID), &cloudwatchloggroup.CloudwatchLogGroupConfig{
		Name:            &name,
		RetentionInDays: jsii.Number(props.RetentionDays),
		KmsKeyId:        props.Key.ARN(),
	})}
}

// ARN is the group's.
func (g *LogGroup) ARN() *string { return g.Group.Arn() }

// GrantWrite lets the role write to streams of this group and of no other.
func (g *LogGroup) GrantWrite(role *Role) {
	role.Grant("write_logs", Statement{
		Sid:      "WriteLogs",
		Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resource: []string{*g.ARN() + ":log-stream:*"},
	})
}
