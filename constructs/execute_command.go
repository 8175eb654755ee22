package constructs

import "github.com/aws/constructs-go/constructs/v10"

// ExecuteCommandProps configures [NewExecuteCommand].
type ExecuteCommandProps struct {
	Env Env
	// LogRetentionDays is how many days the record of a session is kept.
	LogRetentionDays int
	// Key encrypts the sessions and their log.
	Key *EncryptionKey
	// Services are whose tasks sessions are opened in.
	Services []*Service
}

// NewExecuteCommand lets people with the permission for it open a shell in a task of
// a service or like it, and keeps what they type and see, in the log group
// `/ecs/exec/<name>-<suffix>` that it creates. The task roles get what the agent in
// a task needs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
func NewExecuteCommand(scope constructs.Construct, id string, props ExecuteCommandProps) *LogGroup {
	scope = constructs.NewConstruct(scope, &id)
	logs := NewLogGroup(scope, "logs", LogGroupProps{
		Env: props.Env, Path: "/ecs/exec/", Key: props.Key, RetentionDays: props.LogRetentionDays,
	})
	props.Services[0].Cluster.RecordSessions(props.Key, logs)
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
			Resource: []string{*logs.ARN() + ":*"},
		},
	}
	statements = append(statements, props.Key.decryption("DecryptSessions", nil)...)
	for _, service := range props.Services {
		// Its agent writes to the root file system. A service that cannot leaves sessions to
		// tasks of their own.
		if !service.container.ReadonlyRootFilesystem {
			service.EnableExecuteCommand()
		}
		service.Grant("execute_command", statements...)
		service.Calls = append(service.Calls, "ssmmessages")
		if props.Key.CustomerManaged() {
			// The task decrypts the key of each session.
			service.Calls = append(service.Calls, "kms")
		}
	}
	return logs
}
