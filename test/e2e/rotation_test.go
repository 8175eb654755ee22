package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
)

// rotating is an environment of its own, of the kind.
func rotating(kind string, images config.Images) config.Config {
	c := config.Defaults(kind + "-" + string(images[:3]))
	c.Deployment.Images = images
	if images == config.ImagesTerraform {
		c.Registry.ImageTag = "v1"
	}
	return c
}

// breaks are what goes wrong, one after the other. Only the last steps have to do with
// who decides about images: the others are shared out between the lives.
var breaks = map[config.Images][]func(*testing.T, *rotation){
	config.ImagesTerraform: {
		changedByHand,
		forgotten,
		deletedByHand,
		rolledBackAfter,
		refusedAt("rds:ModifyDBCluster"),
		interruptedAt("rds:ModifyDBCluster", 1, false),
	},
	config.ImagesExternal: {
		refusedAt("ssm:PutParameter"),
		unbroken,
		interruptedAt("secretsmanager:PutSecretValue", 1, true),
		interruptedAt("secretsmanager:PutSecretValue", 2, false),
	},
}

// rolesBreaks are what goes wrong with those of a database with roles.
var rolesBreaks = map[config.Images][]func(*testing.T, *rotation){
	config.ImagesTerraform: {
		movedOver,
		rolledBackAfter,
		refusedAt("ecs:UpdateService"),
	},
	config.ImagesExternal: {
		unbroken,
		refusedAt("lambda:InvokeFunction"),
		interruptedAt("secretsmanager:PutSecretValue", 3, true),
	},
}

// rotation is a life in which the password is rotated again and again.
type rotation struct {
	*life
	cfg  config.Config
	seen []string
	// looks counts how often the tasks were looked at.
	looks atomic.Int32
	// logins are the passwords that the database takes from others than its administrator,
	// and made is which of app's was made last, as constructs/roles.sql remembers it.
	mu     sync.Mutex
	logins map[string]string
	made   string
}

// rotatedOften rotates the password, and breaks each rotation at another step. After
// each of them the next apply converges: the plan after it is empty, and the tasks that
// run, and one that starts, have the password that the cluster takes.
func (l *life) rotatedOften(t *testing.T, row *row, breaks ...func(*testing.T, *rotation)) {
	t.Helper()
	r := &rotation{life: l, cfg: l.cfg, logins: map[string]string{}}
	l.aws.OnRunTask(l.cfg.PhysicalName("db-roles"), r.makeRoles)
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	if l.cfg.Deployment.Images == config.ImagesExternal {
		l.deployImage(t)
	}
	r.converged(t)
	l.proxy.Watch(r.lookAtTasks(t))
	for _, broken := range breaks {
		broken(t, r)
		l.apply(t, l.stackDir())
		r.converged(t)
	}
	if r.cfg.Database.Roles {
		t.Logf("every task had a password that the database takes, in %d looks", r.looks.Load())
	}
	row.changes = l.unchanged(t)
	write(t, filepath.Join(l.dir, "outputs.json"), l.terraform(t, l.stackDir(), "output", "-json"))
	l.checkPasswords(t, r.seen...)
	l.endDestroyed(t, row)
}

// takes is the password that opens connections.
func (r *rotation) takes() emulator.Password {
	return r.aws.Password(r.cfg.PhysicalName("aurora"))
}

// opens is the password that opens connections for whom the task logs in as.
func (r *rotation) opens(task emulator.Task) string {
	if login, ok := task.Secrets["DB_USER"]; ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.logins[login]
	}
	return r.takes().Current
}

// makeRoles does what the task does that makes the roles: there is no database here that
// could. It sets the passwords, unless constructs/roles.sql would refuse to.
func (r *rotation) makeRoles(task emulator.Single) emulator.Outcome {
	found, err := ecs.NewFromConfig(r.aws.Config()).DescribeTaskDefinition(context.Background(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &task.Definition})
	if err != nil {
		return emulator.Outcome{Fails: err.Error()}
	}
	variables := map[string]string{}
	for _, variable := range found.TaskDefinition.ContainerDefinitions[0].Environment {
		variables[*variable.Name] = *variable.Value
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	login := variables["APP_LOGIN"]
	made := login + " " + variables["APP_VERSION"]
	inUse := slices.ContainsFunc(r.aws.Tasks(r.cfg.PhysicalName("service")), func(t emulator.Task) bool { return t.Secrets["DB_USER"] == login })
	switch {
	case task.Secrets["PGPASSWORD"] != r.takes().Current:
		return emulator.Outcome{Code: 2, Prints: []string{"FATAL:  password authentication failed"}}
	case r.made != made && (inUse || strings.HasPrefix(r.made, login)):
		return emulator.Outcome{Code: 3, Prints: []string{"ERROR:  the password of " + login + " is in use"}}
	}
	r.made, r.logins["migrator"], r.logins[login] = made, task.Secrets["MIGRATOR_PASSWORD"], task.Secrets["APP_PASSWORD"]
	return emulator.Outcome{}
}

// lookAtTasks wants, at each call that Terraform makes of an environment with roles, the
// tasks that run, and one that would start now, to have a password that opens connections.
func (r *rotation) lookAtTasks(t *testing.T) func(*emulator.Call) {
	t.Helper()
	return func(c *emulator.Call) {
		service := r.cfg.PhysicalName("service")
		next := r.aws.StartTask(service)
		if _, ok := next.Secrets["DB_USER"]; ok && r.opens(next) != next.Secrets["DB_PASSWORD"] {
			next = r.aws.StartTask(service) // Its two values were read one after the other, and the secret changed between.
		}
		for _, task := range append(r.aws.Tasks(service), next) {
			if _, ok := task.Secrets["DB_USER"]; ok {
				r.looks.Add(1)
				assert.Equal(t, r.opens(task), task.Secrets["DB_PASSWORD"], "the password of a task before %s", c.Name())
			}
		}
	}
}

// converged wants an empty plan, and one password everywhere.
func (r *rotation) converged(t *testing.T) {
	t.Helper()
	assert.Empty(t, r.plan(t, r.stackDir()), "changes after the apply")
	takes := r.takes()
	assert.NotContains(t, r.seen, takes.Current, "the password does not change")
	r.seen = append(r.seen, takes.Current)
	assert.Equal(t, takes.Current, r.password(t), "the current password of the secret")
	var last emulator.Task
	for _, task := range r.aws.Tasks(r.cfg.PhysicalName("service")) {
		last = task
		assert.Equal(t, r.opens(task), task.Secrets["DB_PASSWORD"], "the password of a task")
	}
	r.started(t, "after the apply")
	for _, password := range r.logins {
		r.seen = append(r.seen, password)
	}
	if len(r.seen) > 1 && !r.cfg.Database.Roles {
		t.Logf("running tasks could not open connections for %.1f to %.1f s",
			last.Started.Sub(takes.Since).Seconds(), last.Started.Sub(takes.Sent).Seconds())
	}
}

// started wants a task that starts now to get the password that the cluster takes.
func (r *rotation) started(t *testing.T, when string) {
	t.Helper()
	task := r.aws.StartTask(r.cfg.PhysicalName("service"))
	assert.Equal(t, r.opens(task), task.Secrets["DB_PASSWORD"], "the password of a task that starts %s", when)
}

// raise asks for another password. With roles, the one after that is refused.
func (r *rotation) raise(t *testing.T) {
	t.Helper()
	if r.cfg.Database.Roles {
		r.refuses(t, r.cfg.Database.PasswordVersion+2)
	}
	r.cfg.Database.PasswordVersion++
	r.replaceStack(t, r.cfg)
}

// fails applies, which must fail. With roles, the rotation has then to be ended before
// there is another, also before one that goes back.
func (r *rotation) fails(t *testing.T) {
	t.Helper()
	output, code := r.run(t, r.stackDir(), nil, r.tools.Terraform, "apply", "-auto-approve", "-input=false", "-no-color")
	require.NotZero(t, code, "%s", tail(output))
	if r.cfg.Database.Roles {
		r.refuses(t, r.cfg.Database.PasswordVersion-1, r.cfg.Database.PasswordVersion+1)
	}
}

// unbroken is a rotation in which nothing goes wrong.
func unbroken(t *testing.T, r *rotation) {
	t.Helper()
	r.raise(t)
}

// refusedAt breaks a rotation at a call that AWS refuses.
func refusedAt(call string) func(*testing.T, *rotation) {
	return func(t *testing.T, r *rotation) {
		t.Helper()
		r.raise(t)
		r.proxy.Refuse(call, 1, "InvalidParameterCombination")
		r.fails(t)
		r.started(t, "after "+call+" was refused")
	}
}

// interruptedAt presses Ctrl-C during a call, the so manieth of its name, which is
// cancelled. It is not safe between the cluster's change and that of the label: the
// cluster has one password, and the secret another, until the next apply.
func interruptedAt(call string, which int, safe bool) func(*testing.T, *rotation) {
	return func(t *testing.T, r *rotation) {
		t.Helper()
		r.raise(t)
		var seen atomic.Int32
		done := make(chan struct{})
		look := r.lookAtTasks(t)
		r.proxy.Watch(func(c *emulator.Call) {
			look(c)
			if c.Name() == call && int(seen.Add(1)) == which {
				go func() { defer close(done); r.interrupt() }()
			}
		})
		r.fails(t)
		r.proxy.Watch(look)
		<-done
		if safe {
			r.started(t, "after an interruption at "+call)
		}
	}
}

// rolledBackAfter rotates and deploys an image that does not start. ECS goes back to the
// tasks that ran before, which must get the new password.
func rolledBackAfter(t *testing.T, r *rotation) {
	t.Helper()
	good := r.cfg.Registry.ImageTag
	r.cfg.Registry.ImageTag = brokenTag
	r.raise(t)
	r.fails(t)
	r.started(t, "after the rollback")
	r.cfg.Registry.ImageTag = good
	r.replaceStack(t, r.cfg)
}

// movedOver turns the roles on in an environment that runs, and keeps the password.
func movedOver(t *testing.T, r *rotation) {
	t.Helper()
	r.cfg.Database.Roles, r.seen = true, nil
	r.replaceStack(t, r.cfg)
}

// refuses wants plans refused that ask for the versions.
func (r *rotation) refuses(t *testing.T, versions ...int) {
	t.Helper()
	for _, version := range versions {
		asked := r.cfg
		asked.Database.PasswordVersion = version
		r.replaceStack(t, asked)
		output, code := r.run(t, r.stackDir(), nil, r.tools.Terraform, "plan", "-input=false", "-no-color")
		require.NotZero(t, code, "version %d: %s", version, tail(output))
		words := strings.Join(strings.Fields(strings.ReplaceAll(string(output), "│", "")), " ") // Terraform wraps lines.
		assert.Contains(t, words, "running tasks may log in with the password that would change")
	}
	r.replaceStack(t, r.cfg)
}

// changedByHand puts another value into the secret.
func changedByHand(t *testing.T, r *rotation) {
	t.Helper()
	value, err := json.Marshal(map[string]string{"password": "by-hand"})
	require.NoError(t, err)
	_, err = secretsmanager.NewFromConfig(r.beside(t)).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(r.cfg.PhysicalName("db-credentials")), SecretString: aws.String(string(value)),
	})
	require.NoError(t, err)
	assert.Equal(t, plan{"aws_secretsmanager_secret_version.credentials_current": "update"}, r.plan(t, r.stackDir()))
	r.seen = nil // The password stays the one that it was.
}

// forgotten gives the cluster another password beside Terraform, which no state can
// notice, and deletes the mark, as somebody would to mend that.
func forgotten(t *testing.T, r *rotation) {
	t.Helper()
	_, err := rds.NewFromConfig(r.beside(t)).ModifyDBCluster(t.Context(), &rds.ModifyDBClusterInput{
		DBClusterIdentifier: aws.String(r.cfg.PhysicalName("aurora")), MasterUserPassword: aws.String("changed-by-hand"),
	})
	require.NoError(t, err)
	_, err = ssm.NewFromConfig(r.aws.Config()).DeleteParameter(t.Context(),
		&ssm.DeleteParameterInput{Name: aws.String("/" + r.cfg.StackName() + "/database/password")})
	require.NoError(t, err)
	r.seen = nil // The cluster gets back what the secret has.
}

// deletedByHand deletes the secret.
func deletedByHand(t *testing.T, r *rotation) {
	t.Helper()
	_, err := secretsmanager.NewFromConfig(r.beside(t)).DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{
		SecretId: aws.String(r.cfg.PhysicalName("db-credentials")), ForceDeleteWithoutRecovery: aws.Bool(true),
	})
	require.NoError(t, err)
}

// beside is the account as somebody calls it beside Terraform.
func (r *rotation) beside(t *testing.T) aws.Config {
	t.Helper()
	proxy := r.aws.NewProxy()
	t.Cleanup(proxy.Close)
	c := r.aws.Config()
	c.BaseEndpoint = &proxy.URL
	return c
}
