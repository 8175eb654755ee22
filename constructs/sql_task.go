package constructs

import (
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
)

const (
	// sqlImage is public, and has psql, which speaks to every version that AWS offers:
	// https://gallery.ecr.aws/docker/library/postgres
	sqlImage = "public.ecr.aws/docker/library/postgres:17.11-bookworm"
	// The smallest task that Fargate has:
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
	sqlCPUUnits, sqlMemoryMiB = 256, 512
)

// sqlTaskProps configures a task that runs SQL.
type sqlTaskProps struct {
	Env Env
	// Database is where it runs, and Credentials are the administrator's, who runs it.
	Database    *Database
	Credentials *Credentials
	// LogGroup takes what the task prints.
	LogGroup      *LogGroup
	ExecutionRole *Role
	// Container has the task's resource name, the command and what it needs besides.
	Container *Container
}

// newSQLTask creates the definition of a task that psql runs in.
func newSQLTask(scope constructs.Construct, props sqlTaskProps) ecstaskdefinition.EcsTaskDefinition {
	container, settings := props.Container, props.Database.Settings
	container.Image, container.Essential, container.ReadonlyRootFilesystem = sqlImage, true, true
	container.Environment = slices.Concat([]variable{
		{"PGHOST", *props.Database.Cluster.Endpoint()},
		{"PGPORT", strconv.Itoa(settings.Port)},
		{"PGDATABASE", settings.Name},
		{"PGUSER", settings.Username},
		{"PGAPPNAME", container.Name},
		{"PGSSLMODE", "require"},
		// An instance that pauses resumes in 15 seconds, and in 30 or more after a day:
		// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
		{"PGCONNECT_TIMEOUT", "60"},
	}, container.Environment)
	container.Secrets = slices.Concat([]secretVariable{{"PGPASSWORD", *props.Credentials.Secret.Arn() + ":password::"}}, container.Secrets)
	container.harden(props.Env.Region, props.LogGroup)
	return ecstaskdefinition.NewEcsTaskDefinition(scope, jsii.String("task_definition"), &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  jsii.String(props.Env.Name(container.Name)),
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		NetworkMode:             jsii.String("awsvpc"),
		Cpu:                     jsii.String(strconv.Itoa(sqlCPUUnits)),
		Memory:                  jsii.String(strconv.Itoa(sqlMemoryMiB)),
		ExecutionRoleArn:        props.ExecutionRole.ARN(),
		ContainerDefinitions:    jsii.String(definitions([]*Container{container})),
	})
}
