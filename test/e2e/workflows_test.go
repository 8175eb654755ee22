package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/workflows"
)

// inBucket is an environment like dev whose state is where workflows find it.
func inBucket(bucket string) config.Config {
	cfg := config.Defaults("workflows")
	cfg.State = config.State{Backend: config.BackendS3, Bucket: bucket}
	cfg.Deployment.Images, cfg.Deployment.GitHubRepository = config.ImagesExternal, "example/shop"
	cfg.Deployment.GitHubBranch, cfg.Deployment.GitHubEnvironment = "", cfg.Suffix
	cfg.Service.ReleaseCommand = []string{"flask", "db", "upgrade"}
	return cfg
}

// gitHub runs the jobs of the repository's workflows for a life.
type gitHub struct {
	*life
	runner      *workflows.Runner
	calls       string // What `gh` was called with, by the stub of it.
	synthesised bool
}

// workflows deploys an environment with the commands of GitHub's workflows, each job in a
// folder of its own and as the role that it would have; finds and mends what somebody
// changed; and wants a plan to be applied once.
func (l *life) workflows(t *testing.T) {
	t.Helper()
	r := l.begin(t, "17. deployed by the workflows, which find what was changed")
	g := l.newGitHub(t)
	assert.Equal(t, "false", g.plan(t, "")["ready"], "ready, without a role and without a token")
	assert.Equal(t, "true", g.plan(t, "role")["changes"], "the first plan changes something")
	assert.Contains(t, g.runner.Summary, l.cfg.StackName(), "the report")
	require.NoError(t, g.apply(t))
	require.ErrorContains(t, g.apply(t), "plan is stale", "the same plan again")
	assert.Equal(t, "false", g.plan(t, "role")["changes"], "the second plan changes nothing")
	require.NoError(t, g.check(t), "the integration tests")
	assert.Empty(t, g.drift(t, "success", "false", "success"))

	_, err := cloudwatchlogs.NewFromConfig(l.aws.Config()).PutRetentionPolicy(t.Context(), &cloudwatchlogs.PutRetentionPolicyInput{
		LogGroupName: aws.String("/ecs/" + l.cfg.StackName()), RetentionInDays: aws.Int32(1),
	})
	require.NoError(t, err)
	assert.Equal(t, "true", g.plan(t, "role")["changes"], "somebody has logs deleted sooner")
	require.ErrorContains(t, g.check(t), "retention_in_days", "the integration tests")
	assert.Contains(t, g.drift(t, "success", "false", "failure"), "issue create", "what no plan shows is said, too")
	assert.Contains(t, g.drift(t, "success", "true", "failure"), "issue create --title "+l.cfg.StackName()+" differs from the main branch")
	assert.Contains(t, g.drift(t, "failure", "", "skipped"), "issue create", "what cannot be planned is said, too")
	require.NoError(t, g.apply(t))
	g.deploysImages(t)

	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	here := l.cfg
	here.State = config.Defaults("").State
	l.moveState(t, here) // Where the test looks for what is left in it.
	l.endDestroyed(t, r)
}

// newGitHub is a repository with the life's environment among those that are defined.
func (l *life) newGitHub(t *testing.T) *gitHub {
	t.Helper()
	g := &gitHub{life: l, calls: filepath.Join(l.dir, "gh.log")}
	programs := filepath.Join(l.dir, "programs")
	require.NoError(t, os.MkdirAll(programs, 0o700))
	stub := fmt.Sprintf("#!/bin/sh\n[ \"$2\" = list ] || echo \"$@\" >> '%s'\n", g.calls)
	write(t, filepath.Join(programs, "gh"), []byte(stub))
	require.NoError(t, os.Chmod(filepath.Join(programs, "gh"), 0o700)) //nolint:gosec // A program.
	g.runner = &workflows.Runner{
		Checkout:  l.checkout(t),
		Artifacts: filepath.Join(l.dir, "artifacts"),
		Variables: append(l.env(nil), "PATH="+programs+":"+filepath.Dir(l.tools.Terraform)+":"+os.Getenv("PATH")),
		Values: map[string]string{
			"inputs.environment": l.cfg.Suffix, "inputs.applies && '-lock-timeout=10m' || '-lock=false'": "-lock-timeout=10m", "vars.IMAGE_TAG": "", "vars.TF_WORKSPACE": "", "inputs.service": "",
			"secrets.TF_API_TOKEN": "", "github.token": "token", "github.repository": "example/shop", "github.run_id": "1",
			"github.server_url": "https://github.com", "vars.AWS_ROLE_ARN != ''": "true", "!cancelled() && vars.AWS_ROLE_ARN != ''": "true", "!cancelled()": "true",
			"inputs.applies && needs.synthesise.outputs.protected == 'true'": "false", "needs.plan.result == 'success'": "false",
		},
	}
	return g
}

// checkout is what puts this repository into a folder, as it stands here, with the life's
// environment in it.
func (l *life) checkout(t *testing.T) func(dir string) error {
	t.Helper()
	repository, err := filepath.Abs(root)
	require.NoError(t, err)
	return func(dir string) error {
		const copied = `git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - --ignore-failed-read 2>/dev/null | tar -xf - -C "$0"`
		command := exec.Command("bash", "-c", copied, dir) //nolint:gosec // A folder of the test's own.
		command.Dir = repository
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
		file := filepath.Join(dir, "config", "environments.go")
		defined, err := os.ReadFile(file) //nolint:gosec // Of the copy.
		if err != nil {
			return err
		}
		before, after, _ := bytes.Cut(defined, []byte("[]Config{"))
		own := fmt.Sprintf("[]Config{inBucket(), %s\nfunc inBucket() Config {\n\tc := Defaults(%q)\n\tc.State = State{Backend: BackendS3, Bucket: %q}\n\tc.Deployment, c.Service.ReleaseCommand = %#v, %#v\n\treturn c\n}\n",
			after, l.cfg.Suffix, l.cfg.State.Bucket, l.cfg.Deployment, l.cfg.Service.ReleaseCommand)
		own = strings.ReplaceAll(own, "config.", "")
		return os.WriteFile(file, append(before, own...), 0o600) //nolint:gosec // Of the copy.
	}
}

// tryJob runs a job in a folder of its own.
func (g *gitHub) tryJob(t *testing.T, workflow, name string) (map[string]string, error) {
	t.Helper()
	w, err := workflows.Read(filepath.Join(root, ".github", "workflows", workflow))
	require.NoError(t, err)
	if env := w.Jobs[name].Env; env["ENVIRONMENT_SUFFIX"] == config.Environments()[0].Suffix {
		env["ENVIRONMENT_SUFFIX"] = g.cfg.Suffix // It comes first among those that are defined.
	}
	return g.runner.Run(w, name, t.TempDir())
}

// job runs a job, which must not fail, and returns its outputs.
func (g *gitHub) job(t *testing.T, workflow, name string) map[string]string {
	t.Helper()
	outputs, err := g.tryJob(t, workflow, name)
	require.NoError(t, err)
	return outputs
}

// plan runs the workflow that plans, with the role of plans or with none, and returns its
// outputs.
func (g *gitHub) plan(t *testing.T, role string) map[string]string {
	t.Helper()
	g.runner.Values["vars.AWS_ROLE_ARN"] = role
	g.proxy.As(g.planRole)
	defer g.proxy.As(g.deployRole)
	outputs := g.job(t, "plan-environment.yml", "ready")
	if outputs["ready"] == "false" {
		return outputs
	}
	if !g.synthesised { // Each time the same, and it compiles.
		for key, value := range g.job(t, "plan-environment.yml", "synthesise") {
			g.runner.Values["needs.synthesise.outputs."+key] = value
		}
		g.synthesised = true
	}
	return g.job(t, "plan-environment.yml", "plan")
}

// apply runs the job that applies what was planned last.
func (g *gitHub) apply(t *testing.T) error {
	t.Helper()
	g.runner.Values["needs.plan.outputs.terraform"], g.runner.Values["needs.plan.outputs.hostname"] = "", ""
	_, err := g.tryJob(t, "deploy-environment.yml", "apply")
	return err
}

// check runs the job with the integration tests.
func (g *gitHub) check(t *testing.T) error {
	t.Helper()
	g.runner.Values["inputs.terraform"] = ""
	proxy := g.aws.NewProxy()
	defer proxy.Close()
	proxy.As(g.checkRole)
	proxy.Lifelike()
	before := g.runner.Variables
	defer func() { g.runner.Variables = before }()
	g.runner.Variables = slices.Concat(before, g.aws.Env(proxy), g.internet.Env(), []string{integrationWait})
	_, err := g.tryJob(t, "check-environment.yml", "check")
	return err
}

// drift runs the job that keeps the issue, after a plan and a check that ended so, and
// returns what it did.
func (g *gitHub) drift(t *testing.T, planned, changes, checked string) string {
	t.Helper()
	write(t, g.calls, nil)
	values := g.runner.Values
	values["needs.plan.result"], values["needs.plan.outputs.changes"], values["needs.check.result"] = planned, changes, checked
	values["needs.plan.result == 'success'"] = strconv.FormatBool(planned == "success")
	g.job(t, "drift-environment.yml", "issue")
	return strings.TrimSpace(string(readFile(t, g.calls)))
}
