package constructs

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed" // For the function.
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdafunction"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdainvocation"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const (
	// releaseName is the resource name of all that a release has, its container's name, and
	// what its log streams begin with.
	releaseName = "release"
	// releaseRuntime gets security updates until October 2029:
	// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
	releaseRuntime = "python3.13"
	// releaseMemoryMiB is what boto3 starts with in about a second.
	releaseMemoryMiB = 256
	// releaseArchive is the function's code, next to the stack's JSON.
	releaseArchive = "release.zip"
)

//go:embed release.py
var releaseProgram string

// archiveOfRelease has the program as Lambda takes it, the same bytes always: without
// times, and without compression, which differs between versions of Go.
func archiveOfRelease() []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: releaseName + ".py", Method: zip.Store}
	header.SetMode(0o644)
	file, _ := w.CreateHeader(header) // Memory takes everything.
	_, _ = file.Write([]byte(releaseProgram))
	_ = w.Close()
	return b.Bytes()
}

// runsTasks tells whether deployments of the environment wait for tasks.
func runsTasks(cfg config.Config) bool {
	return cfg.Database.Roles || cfg.Database.MaskSQL != "" || len(cfg.Service.ReleaseCommand) > 0
}

// ReleaseProps configures a [Release].
type ReleaseProps struct {
	Env Env
	// Settings give the command and its timeout.
	Settings config.Service
	// Image is what the service runs.
	Image Image
	// Service is what waits for the release. It has all variables and secrets.
	Service *Service
	// Networking holds the private subnets that the task runs in.
	Networking *Networking
	// Key encrypts the function's log and the secrets.
	Key *EncryptionKey
	// LogRetentionDays is how many days the function's log is kept.
	LogRetentionDays int
	// Login is the secret of who the command logs in to the database as, and ExecutionRole
	// may read it; nil for the service's own.
	Login         *rotatingSecret
	ExecutionRole *Role
}

// Release runs tasks that a deployment waits for: the release command, once for each
// deployment, and those that make the database's [Roles] and mask its data ([Mask]).
type Release struct {
	// Task is what the command runs in: a container as the service's.
	Task ecstaskdefinition.EcsTaskDefinition
	// Function runs the task and waits for it.
	Function lambdafunction.LambdaFunction

	scope constructs.Construct
	props ReleaseProps
	role  *Role
}

// NewRelease creates the function, which runs nothing yet.
func NewRelease(scope constructs.Construct, id string, props ReleaseProps) *Release {
	scope = constructs.NewConstruct(scope, &id)
	r := &Release{scope: scope, props: props}
	r.role = NewRole(scope, "role", RoleProps{
		Env: props.Env, Service: functionsService, Name: releaseName + "-role", Description: "Runs the release command of the " + props.Env.API(),
	})
	r.role.Grant("follow_tasks", r.following()...)
	r.Function = r.newFunction()
	return r
}

// RunCommand creates the definition of the command's task. Where Terraform decides which
// image runs, it calls the function whenever the definition has changed, and the service
// waits for that call, as others do that use the database. A pipeline calls it by itself:
// Terraform does not know its image.
func (r *Release) RunCommand(others ...*Service) {
	r.Task = r.newTask()
	r.allow("run_release", releaseName, r.roles()...)
	r.role.Grant("register_release", r.commanding()...)
	if r.props.Service.images == config.ImagesTerraform {
		var needs []cdktf.ITerraformDependable
		if role := r.props.ExecutionRole; role != nil {
			needs = role.Policies
		}
		call := r.call(r.scope, r.Task, needs...)
		for _, service := range append([]*Service{r.props.Service}, others...) {
			service.WaitFor(call)
		}
	}
}

// newTask creates the definition of the command's task: the service's container, which
// listens on no port and has no container next to it.
func (r *Release) newTask() ecstaskdefinition.EcsTaskDefinition {
	service := r.props.Service
	container := *service.container
	container.Name, container.Command = releaseName, r.command()
	container.PortMappings, container.HealthCheck, container.DependsOn = nil, nil, nil
	container.LinuxParameters = linuxParameters{}
	if r.props.Settings.Tracing {
		// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
		container.Environment = append(slices.Clone(container.Environment), variable{"OTEL_SDK_DISABLED", "true"})
	}
	task := service.definition(r.props.Env.Name(releaseName))
	if login := r.props.Login; login != nil {
		container.logInWith(login)
		task.ExecutionRoleArn = r.props.ExecutionRole.ARN()
	}
	container.harden(r.props.Env.Region, service.LogGroup)
	task.ContainerDefinitions = jsii.String(definitions([]*Container{&container}))
	return ecstaskdefinition.NewEcsTaskDefinition(r.scope, jsii.String("task_definition"), task)
}

// command is what the task runs: nothing where the image is the placeholder, which a
// pipeline replaces before it calls.
func (r *Release) command() any {
	words, nothing := r.props.Settings.ReleaseCommand, []string{"true"}
	of, decidedLater := r.props.Image.Command.(listOfTerraform)
	switch {
	case decidedLater:
		name := releaseName + "_command"
		cdktf.TerraformStack_Of(r.scope).AddOverride(jsii.String("locals."+name), fmt.Sprintf(`${%s == "[]" ? %s : %s}`,
			of.expression(), mustJSON(mustJSON(words)), mustJSON(mustJSON(nothing))))
		return listOfTerraform("${local." + name + "}")
	case r.props.Image.Command != nil && r.props.Service.images == config.ImagesTerraform:
		return nothing
	default:
		return words
	}
}

// roles are those that the command's task has.
func (r *Release) roles() []string {
	roles := r.props.Service.Roles()
	if role := r.props.ExecutionRole; role != nil {
		roles[0] = *role.ARN()
	}
	return roles
}

// following are the statements by which the function follows and stops tasks.
func (r *Release) following() []Statement {
	cluster := r.props.Service.Cluster
	inCluster := cluster.inside()
	return []Statement{
		{
			Sid: "FollowTasks", Action: []string{"ecs:DescribeTasks", "ecs:StopTask"},
			Resource: []string{cluster.tasks(r.props.Env)}, Condition: inCluster,
		},
		// AWS limits these to a cluster at most, or to nothing:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
		{Sid: "ListTasks", Action: []string{"ecs:ListTasks"}, Resource: []string{"*"}, Condition: inCluster},
		{Sid: "ReadTaskDefinitions", Action: []string{"ecs:DescribeTaskDefinition"}, Resource: []string{"*"}},
	}
}

// allow lets the function run the tasks of the name, which is that of their family, and
// begins their log streams, with the roles.
func (r *Release) allow(id, name string, roles ...string) {
	env, service := r.props.Env, r.props.Service
	r.role.Grant(id,
		Statement{Sid: "RunTasks", Action: []string{"ecs:RunTask"}, Resource: r.revisions(name), Condition: service.Cluster.inside()},
		Statement{
			Sid: "PassRolesToTasks", Action: []string{"iam:PassRole"}, Resource: roles,
			Condition: stringEquals("iam:PassedToService", env.Principal(tasksService)),
		},
		Statement{Sid: "ReadLog", Action: []string{"logs:GetLogEvents"}, Resource: []string{*service.LogGroup.ARN() + ":log-stream:" + name + "/*"}},
	)
}

// revisions are the ARNs of those of the task definition of the name.
func (r *Release) revisions(name string) []string {
	env := r.props.Env
	return []string{env.ARN("ecs", "task-definition/"+env.Name(name)) + ":*"}
}

// commanding are the statements that the release command alone needs.
func (r *Release) commanding() []Statement {
	secrets, parameters := r.props.Service.secrets()
	if login := r.props.Login; login != nil {
		secrets = append(secrets, *login.Secret.Arn())
	}
	statements := []Statement{
		// For the image of a pipeline.
		{Sid: "RegisterRelease", Action: []string{"ecs:RegisterTaskDefinition"}, Resource: r.revisions(releaseName)},
		{
			Sid: "TagRelease", Action: []string{"ecs:TagResource"}, Resource: r.revisions(releaseName),
			Condition: stringEquals("ecs:CreateAction", "RegisterTaskDefinition"),
		},
	}
	keys := r.props.Settings.SecretKeyARNs
	if len(r.props.Settings.Secrets) == 0 { // They are of other services' secrets.
		keys = nil
	}
	// To leave their values out of what it repeats of the log.
	statements = append(statements, reading(secrets, parameters, keys, "ssm:GetParameter")...)
	return append(statements, r.props.Key.decryption("DecryptSecrets", stringEquals("kms:EncryptionContext:SecretARN", secrets))...)
}

// newFunction creates the function, with its log.
func (r *Release) newFunction() lambdafunction.LambdaFunction {
	env, service := r.props.Env, r.props.Service
	logs := NewLogGroup(r.scope, "logs", LogGroupProps{
		Env: env, Path: "/aws/lambda/", Name: env.Name(releaseName), Key: r.props.Key, RetentionDays: r.props.LogRetentionDays,
	})
	logs.GrantWrite(r.role)
	var subnets []string
	for _, id := range r.props.Networking.PrivateSubnetIDs {
		subnets = append(subnets, *id)
	}
	hash := sha256.Sum256(archiveOfRelease())
	minutes := r.props.Settings.ReleaseTimeoutMinutes
	return lambdafunction.NewLambdaFunction(r.scope, jsii.String("function"), &lambdafunction.LambdaFunctionConfig{
		FunctionName:   jsii.String(env.Name(releaseName)),
		Description:    jsii.String("Runs the release command of the " + env.API() + ", once for each deployment"),
		Role:           r.role.ARN(),
		Runtime:        jsii.String(releaseRuntime),
		Handler:        jsii.String(releaseName + ".handler"),
		Filename:       jsii.String("${path.module}/" + releaseArchive),
		SourceCodeHash: jsii.String(base64.StdEncoding.EncodeToString(hash[:])),
		MemorySize:     jsii.Number(releaseMemoryMiB),
		// The last minute is for stopping the task and for reading its log.
		Timeout: jsii.Number(60 * (minutes + 1)),
		Environment: &lambdafunction.LambdaFunctionEnvironment{Variables: &map[string]*string{
			"CLUSTER":         service.Cluster.Cluster.Name(),
			"FAMILY":          jsii.String(env.Name(releaseName)),
			"LOG_GROUP":       service.LogGroup.Group.Name(),
			"SECURITY_GROUP":  service.SecurityGroup.Group.Id(),
			"SUBNETS":         jsii.String(strings.Join(subnets, ",")),
			"TIMEOUT_MINUTES": jsii.String(strconv.Itoa(minutes)),
		}},
		DependsOn: &[]cdktf.ITerraformDependable{logs.Group},
	})
}

// call has Terraform call the function for each revision of the task, with all there that
// the service's tasks need. A call that failed is not in the state, so that the next apply
// makes it again.
func (r *Release) call(scope constructs.Construct, task ecstaskdefinition.EcsTaskDefinition, needs ...cdktf.ITerraformDependable) lambdainvocation.LambdaInvocation {
	call := lambdainvocation.NewLambdaInvocation(scope, jsii.String("invocation"), &lambdainvocation.LambdaInvocationConfig{
		FunctionName: r.Function.FunctionName(),
		Input:        jsii.String(mustJSON(map[string]string{"task_definition": *task.Arn()})),
	})
	addresses := slices.Clone(r.props.Service.needs)
	for _, need := range append(needs, r.role.Policies...) {
		addresses = append(addresses, jsii.String(address(need.(cdktf.TerraformResource))))
	}
	call.SetDependsOn(&addresses)
	return call
}

// GrantRun lets the role run the release.
func (r *Release) GrantRun(role *Role) {
	role.Grant("run_release", Statement{Sid: "RunRelease", Action: []string{"lambda:InvokeFunction"}, Resource: []string{*r.Function.Arn()}})
}
