package constructs

import (
	_ "embed" // For the SQL.
	"fmt"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ssmparameter"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const (
	// rolesName is the resource name of the task that makes the roles, its container's
	// name, and what its log streams begin with.
	rolesName = "db-roles"
)

var (
	//go:embed roles.sh
	rolesScript string
	//go:embed roles.sql
	rolesSQL string
)

// RolesProps configures [Roles].
type RolesProps struct {
	Env Env
	// Settings give the database's name and port, how app logs in, and the passwords' version.
	Settings config.Database
	// Key encrypts the secrets.
	Key *EncryptionKey
	// Database is where the roles are made, and Credentials are the administrator's, who
	// makes them.
	Database    *Database
	Credentials *Credentials
	// LogGroup takes what the task prints.
	LogGroup *LogGroup
}

// Roles are those of the database that are not the administrator: migrator, which changes
// the schema, and app, which reads and writes rows. A task makes them, once for each
// password, before the service gets it.
//
// app has two logins that take turns, by whether the password's version is odd. A new
// version changes the password of the one that no task uses, so that the tasks that run
// can connect until others have replaced them. Or it has one without a password, for IAM.
type Roles struct {
	migrator, app *rotatingSecret // app is nil where it has no password.
	task          ecstaskdefinition.EcsTaskDefinition
	executionRole *Role

	scope constructs.Construct
	props RolesProps
	done  string
	// rotated says which version of the password all services have that log in with it: users,
	// by their addresses.
	rotated ssmparameter.SsmParameter
	users   []*string
}

// NewRoles creates the secrets and the task definition. [Roles.MadeBy] has the task run.
func NewRoles(scope constructs.Construct, id string, props RolesProps) *Roles {
	r := &Roles{scope: constructs.NewConstruct(scope, &id), props: props, done: props.Credentials.path + "/rotated"}
	r.migrator = r.secret("migrator", "migrator", "changes the schema")
	if !r.byIAM() {
		r.app = r.secret("app", r.login(), "reads and writes rows")
		begun := jsii.Strings(address(r.rememberRotation()))
		r.migrator.Version.SetDependsOn(begun)
		r.app.Version.SetDependsOn(begun)
	}
	r.executionRole = NewRole(r.scope, "execution_role", RoleProps{
		Env: props.Env, Service: tasksService, Name: rolesName + "-execution-role", Description: "Starts the task that makes the roles of the " + props.Env.API() + "'s database",
	})
	r.executionRole.Grant("read_administrator", props.Credentials.reading()...)
	r.executionRole.Grant("read_migrator", r.migrator.reading()...)
	if r.app != nil {
		r.executionRole.Grant("read_app", r.app.reading()...)
	}
	props.LogGroup.GrantWrite(r.executionRole)
	r.task = r.newTask()
	return r
}

// secret creates the secret of a role's login.
func (r *Roles) secret(id, username, does string) *rotatingSecret {
	return newRotatingSecret(r.scope, id, rotatingSecretProps{
		Env: r.props.Env, Settings: r.props.Settings, Key: r.props.Key,
		Name: "db-" + id, Description: "Login that " + does + " of the " + r.props.Env.API() + "'s database", Username: username,
	})
}

// byIAM tells whether app logs in without a password.
func (r *Roles) byIAM() bool { return r.props.Settings.Authentication == config.AuthenticationIAM }

// login is app's login whose password has the version, or who has none.
func (r *Roles) login() string {
	if r.byIAM() {
		return "app_iam"
	}
	return "app_" + strconv.Itoa(2-r.props.Settings.PasswordVersion%2)
}

// rememberRotation writes down, before anything changes, which version is rotated to, and
// refuses a version that would change the password of a login that tasks may use: one but
// the next, or another one before all tasks have the last. [Roles.grantRead] writes down
// that they have. Neither is in the state, because a rotation that failed is.
func (r *Roles) rememberRotation() ssmparameter.SsmParameter {
	version, name := r.props.Settings.PasswordVersion, r.props.Credentials.path+"/rotating"
	remembered := func(name, otherwise string) string {
		return fmt.Sprintf("try(tonumber(nonsensitive(%s[%q])), %s)", r.props.Credentials.marks, name, otherwise)
	}
	begun := local(r.scope, "begun", remembered(name, strconv.Itoa(version)))
	// Without the first of the two there was no rotation yet, or somebody wants none remembered.
	done := local(r.scope, "done", remembered(r.done, fmt.Sprintf("can(%s[%q]) ? 0 : %d", r.props.Credentials.marks, name, version)))
	return ssmparameter.NewSsmParameter(r.scope, jsii.String("rotating"), &ssmparameter.SsmParameterConfig{
		Name:        &name,
		Description: jsii.String("The version of the password of app that is made, or was made last"),
		Type:        jsii.String("String"),
		Value:       jsii.String(strconv.Itoa(version)),
		Lifecycle: &cdktf.TerraformResourceLifecycle{Precondition: &[]*cdktf.Precondition{{
			Condition: fmt.Sprintf("${%[1]s == %[2]s ? %[1]s == %[3]d || %[1]s %% 2 != %[3]d %% 2 : %[1]s == %[3]d}", begun, done, version),
			ErrorMessage: jsii.String(fmt.Sprintf(
				"Database.PasswordVersion cannot be %d now: running tasks may log in with the password that would change. All tasks have version ${%s}, and ${%s} was made last: deploy that one until it succeeds, and then the one after it.",
				version, done, begun)),
		}}},
	})
}

// newTask creates the definition of the task. The passwords are read by their versions,
// which are not current yet, so that each has a revision of its own.
func (r *Roles) newTask() ecstaskdefinition.EcsTaskDefinition {
	pending := func(s *rotatingSecret) string { return *s.Secret.Arn() + ":password::" + *s.Version.VersionId() }
	container := &Container{
		Name: rolesName, Command: []string{"bash", "-c", rolesScript, "bash", rolesSQL},
		Environment: []variable{{"APP_LOGIN", r.login()}},
		Secrets:     []secretVariable{{"MIGRATOR_PASSWORD", pending(r.migrator)}},
	}
	if r.app != nil {
		container.Environment = append(container.Environment, variable{"APP_VERSION", *r.app.Version.VersionId()})
		container.Secrets = append(container.Secrets, secretVariable{"APP_PASSWORD", pending(r.app)})
	}
	if r.props.Settings.Copied() {
		container.Environment = append(container.Environment, variable{"CLUSTER", *r.props.Database.Cluster.ClusterResourceId()})
	}
	return newSQLTask(r.scope, sqlTaskProps{
		Env: r.props.Env, Database: r.props.Database, Credentials: r.props.Credentials, LogGroup: r.props.LogGroup,
		ExecutionRole: r.executionRole, Container: container,
	})
}

// MadeBy has the release's function run the task, as soon as the administrator can log in,
// and then makes the passwords the current ones.
func (r *Roles) MadeBy(release *Release) {
	release.allow("run_roles", rolesName, *r.executionRole.ARN())
	needs := append([]cdktf.ITerraformDependable{r.props.Credentials.Mark}, r.props.Database.Instances...)
	made := release.call(r.scope, r.task, append(needs, r.executionRole.Policies...)...)
	number := jsii.Number(r.props.Settings.PasswordVersion)
	r.migrator.makeCurrent(number, made)
	if r.app != nil {
		r.app.makeCurrent(number, made)
	}
}

// GrantConnect has the service's tasks log in as app, once it is made. The service waits
// for migrator's password, too, by which the release command logs in.
func (r *Roles) GrantConnect(service *Service) {
	service.WaitFor(r.migrator.Current)
	if r.byIAM() {
		r.grantTokens(service)
	} else {
		r.grantRead(service)
	}
}

// grantTokens lets the service's tasks log in with tokens, as the one user:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
func (r *Roles) grantTokens(service *Service) {
	service.AddEnvironment("DB_USER", r.login())
	service.AddEnvironment("DB_REGION", r.props.Env.Region)
	user := "dbuser:" + *r.props.Database.Cluster.ClusterResourceId() + "/" + r.login()
	service.Grant("connect_database", Statement{
		Sid: "ConnectToDatabase", Action: []string{"rds-db:connect"}, Resource: []string{r.props.Env.ARN("rds-db", user)},
	})
}

// grantRead gives the service's tasks the login and its current password when they start,
// and lets them read this secret and no other. Both come from the secret, so that the
// definition of a pipeline, which Terraform does not change, follows.
func (r *Roles) grantRead(service *Service) {
	for _, variable := range r.app.variables() {
		service.AddSecret(variable.Name, variable.ValueFrom)
	}
	r.app.grantRead("read_app", service, r.props.Settings.PasswordVersion, r.app.Current)
	if r.rotated == nil {
		r.rotated = ssmparameter.NewSsmParameter(r.scope, jsii.String("rotated"), &ssmparameter.SsmParameterConfig{
			Name:        &r.done,
			Description: jsii.String("The version of the password of app that all tasks have"),
			Type:        jsii.String("String"),
			Value:       jsii.String(strconv.Itoa(r.props.Settings.PasswordVersion)),
		})
	}
	r.users = append(r.users, jsii.String(address(service.Service)))
	r.rotated.SetDependsOn(&r.users)
}

// commandRole is what ECS starts the release command with, which logs in as migrator.
func (r *Roles) commandRole(registry *Registry, service config.Service) *Role {
	role := NewRole(r.scope, "command_role", RoleProps{
		Env: r.props.Env, Service: tasksService, Name: "release-execution-role", Description: "Starts the release command of the " + r.props.Env.API(),
	})
	registry.GrantPull(role)
	r.props.LogGroup.GrantWrite(role)
	role.Grant("read_credentials", r.migrator.reading()...)
	GrantSecrets(role, service)
	return role
}
