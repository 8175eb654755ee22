package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
)

// ExecuteCommandProps configures [ExecuteCommand].
type ExecuteCommandProps struct {
	Env Env
	// LogRetentionDays is how many days the record of a session is kept.
	LogRetentionDays int
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
		Env: props.Env, Path: "/ecs/exec/", Key: props.Key, RetentionDays: props.LogRetentionDays,
	})}
	statements := []Statement{
		// None of these can be limited to a resource:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmessagegatewayservice.html
		{
			Sid: "OpenSessions",
			Action: []string{
				"ssmmessages:CreateControlChannel",
				"ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel",
				"ssmmessages:OpenDataChannel",
			},
			Resource: []string{"*"},
		},
		{
			Sid:      "FindSessionLog",
			Action:   []string{"logs:DescribeLogGroups"},
			Resource: []string{"*"},
		},
		{
			Sid:      "WriteSessionLog",
			Action:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resource: []string{*e.LogGroup.ARN() + ":*"},
		},
	}
	props.TaskRole.Grant("execute_command", append(statements, e.key.decryption("DecryptSessions", nil)...)...)
	return e
}

// clusterConfiguration is what a cluster does with sessions.
func (e *ExecuteCommand) clusterConfiguration() *ecscluster.EcsClusterConfiguration {
	return &ecscluster.EcsClusterConfiguration{
		ExecuteCommandConfiguration: &ecscluster.EcsClusterConfigurationExecuteCommandConfiguration{
			KmsKeyId: e.key.ARN(),
			Logging:  jsii.String("OVERRIDE"),
			LogConfiguration: &ecscluster.EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration{
				CloudWatchLogGroupName:      e.LogGroup.Group.Name(),
				CloudWatchEncryptionEnabled: jsii.Bool(e.key.CustomerManaged()),
			},
		},
	}
}

// services are those of AWS that a task with a session calls. With a key of the
// account's own, the task decrypts the key of the session.
func (e *ExecuteCommand) services() []string {
	services := []string{"ssmmessages"}
	if e.key.CustomerManaged() {
		services = append(services, "kms")
	}
	return services
}
