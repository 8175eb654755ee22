package constructs

import (
	_ "embed" // For the SQL.

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// maskName is the resource name of the task that masks the data, its container's name, and
// what its log streams begin with.
const maskName = "db-mask"

var (
	//go:embed mask.sh
	maskScript string
	//go:embed mask.sql
	beforeMask string
	//go:embed masked.sql
	afterMask string
)

// MaskProps configures a [Mask].
type MaskProps struct {
	Env Env
	// SQL is what masks the data.
	SQL string
	// Database is what was made of a snapshot or of another cluster, and Credentials are the
	// administrator's, who masks its data.
	Database    *Database
	Credentials *Credentials
	// Roles are made first, if there are any: the administrator may change their tables then.
	Roles *Roles
	// LogGroup takes what the task prints.
	LogGroup *LogGroup
	// Service waits until the data is masked, and so does the release command.
	Service *Service
}

// Mask is a task that masks the data with which a cluster begins, once.
type Mask struct {
	task          ecstaskdefinition.EcsTaskDefinition
	executionRole *Role

	scope constructs.Construct
	props MaskProps
}

// NewMask creates the task definition. [Mask.MadeBy] has the task run.
func NewMask(scope constructs.Construct, id string, props MaskProps) *Mask {
	m := &Mask{scope: constructs.NewConstruct(scope, &id), props: props}
	m.executionRole = NewRole(m.scope, "execution_role", RoleProps{
		Env: props.Env, Service: tasksService, Name: maskName + "-execution-role", Description: "Starts the task that masks the data of the " + props.Env.API() + "'s database",
	})
	m.executionRole.Grant("read_administrator", props.Credentials.reading()...)
	props.LogGroup.GrantWrite(m.executionRole)
	m.task = newSQLTask(m.scope, sqlTaskProps{
		Env: props.Env, Database: props.Database, Credentials: props.Credentials, LogGroup: props.LogGroup, ExecutionRole: m.executionRole,
		Container: &Container{
			Name: maskName, Command: []string{"bash", "-c", maskScript, "bash", beforeMask, props.SQL, afterMask},
			Environment: []variable{{"CLUSTER", *props.Database.Cluster.ClusterResourceId()}},
		},
	})
	return m
}

// MadeBy has the release's function run the task, as soon as the administrator can log in, and
// the service wait for it, as others have to that use the database. Another definition runs
// again, and finds the data masked.
func (m *Mask) MadeBy(release *Release) cdktf.ITerraformDependable {
	release.allow("run_mask", maskName, *m.executionRole.ARN())
	needs := append([]cdktf.ITerraformDependable{m.props.Credentials.Mark}, m.props.Database.Instances...)
	if m.props.Roles != nil {
		needs = append(needs, m.props.Roles.migrator.Current)
	}
	call := release.call(m.scope, m.task, append(needs, m.executionRole.Policies...)...)
	m.props.Service.WaitFor(call)
	return call
}
