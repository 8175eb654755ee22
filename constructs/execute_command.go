package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"

	"flask-api/config"
)

// ExecuteCommandProps configures [ExecuteCommand].
type ExecuteCommandProps struct {
	// Config gives the retention and the names.
	Config config.Config
	// Key encrypts the sessions and their log.
	Key *EncryptionKey
	// TaskRole is what a session is opened with.
	TaskRole *Role
}

// ExecuteCommand lets people with the permission for it open a shell in a task,
// and keeps what they type and see.
type ExecuteCommand struct {
	// LogGroup takes the record of the sessions.
	LogGroup *LogGroup

	key *EncryptionKey
}

// NewExecuteCommand creates the log group of the sessions,
// `/ecs/exec/flask-api-<suffix>`, and gives the task role what the agent in a task
// needs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
func NewExecuteCommand(scope constructs.Construct, id string, props ExecuteCommandProps) *ExecuteCommand {
	scope = constructs.NewConstruct(scope, &id)
	e := &ExecuteCommand{key: props.Key, LogGroup: NewLogGroup(scope, "logs", LogGroupProps{
		Config: props.Config, Path: "/ecs/exec/", Key: props.Key, RetentionDays: props.Config.Logs.RetentionDays,
	})}
	statements := []Statement{
		// None of these can be limited to a resource:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmessagegatewayservice.html
		{
			Sid: "OpenSessions",
			Actions: []string{
				"ssmmessages:CreateControlChannel",
				"ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel",
				"ssmmessages:OpenDataChannel",
			},
			Resources: []string{"*"},
		},
		{
			Sid:       "FindSessionLog",
			Actions:   []string{"logs:DescribeLogGroups"},
			Resources: []string{"*"},
		},
		{
			Sid:       "WriteSessionLog",
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []string{*e.LogGroup.Group.Arn() + ":*"},
		},
	}
	if e.key != nil {
		statements = append(statements, Statement{
			Sid:       "DecryptSessions",
			Actions:   []string{"kms:Decrypt"},
			Resources: []string{*e.key.ARN()},
		})
	}
	props.TaskRole.Grant("execute_command", statements...)
	return e
}

// clusterConfiguration is what a cluster does with sessions, or nil without them.
func (e *ExecuteCommand) clusterConfiguration() *ecscluster.EcsClusterConfiguration {
	if e == nil {
		return nil
	}
	return &ecscluster.EcsClusterConfiguration{
		ExecuteCommandConfiguration: &ecscluster.EcsClusterConfigurationExecuteCommandConfiguration{
			KmsKeyId: e.key.ARN(),
			Logging:  jsii.String("OVERRIDE"),
			LogConfiguration: &ecscluster.EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration{
				CloudWatchLogGroupName:      e.LogGroup.Group.Name(),
				CloudWatchEncryptionEnabled: jsii.Bool(e.key != nil),
			},
		},
	}
}
