package e2e

import (
	"encoding/json"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
)

// rotating is an environment of its own.
func rotating(images config.Images) config.Config {
	c := config.Defaults("rotate-" + string(images[:3]))
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

// rotation is a life in which the password is rotated again and again.
type rotation struct {
	*life
	cfg  config.Config
	seen []string
}

// rotatedOften rotates the password, and breaks each rotation at another step. After
// each of them the next apply converges: the plan after it is empty, and the tasks that
// run, and one that starts, have the password that the cluster takes.
func (l *life) rotatedOften(t *testing.T) {
	t.Helper()
	row := l.begin(t, "11. the password rotated and broken at every step, images of "+string(l.cfg.Deployment.Images))
	r := &rotation{life: l, cfg: l.cfg}
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	if l.cfg.Deployment.Images == config.ImagesExternal {
		l.deployImage(t)
	}
	r.converged(t)
	for _, broken := range breaks[l.cfg.Deployment.Images] {
		broken(t, r)
		l.apply(t, l.stackDir())
		r.converged(t)
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
		assert.Equal(t, takes.Current, task.Secrets["DB_PASSWORD"], "the password of a task")
	}
	r.started(t, "after the apply")
	if len(r.seen) > 1 {
		t.Logf("running tasks could not open connections for %.1f to %.1f s",
			last.Started.Sub(takes.Since).Seconds(), last.Started.Sub(takes.Sent).Seconds())
	}
}

// started wants a task that starts now to get the password that the cluster takes.
func (r *rotation) started(t *testing.T, when string) {
	t.Helper()
	assert.Equal(t, r.takes().Current, r.aws.StartTask(r.cfg.PhysicalName("service")).Secrets["DB_PASSWORD"], "the password of a task that starts %s", when)
}

// raise asks for another password.
func (r *rotation) raise(t *testing.T) {
	t.Helper()
	r.cfg.Database.PasswordVersion++
	r.replaceStack(t, r.cfg)
}

// fails applies, which must fail.
func (r *rotation) fails(t *testing.T) {
	t.Helper()
	output, code := r.run(t, r.stackDir(), nil, r.tools.Terraform, "apply", "-auto-approve", "-input=false", "-no-color")
	require.NotZero(t, code, "%s", tail(output))
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
		r.proxy.Watch(func(c *emulator.Call) {
			if c.Name() == call && int(seen.Add(1)) == which {
				go func() { defer close(done); r.interrupt() }()
			}
		})
		r.fails(t)
		r.proxy.Watch(nil)
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
