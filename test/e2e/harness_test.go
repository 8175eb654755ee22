package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/constructs"
	"flask-api/test/emulator"
)

const (
	// root is the repository, seen from this package.
	root = "../.."
	// region is the default one.
	region = "eu-south-1"
	// commandTimeout is for one command; the longest takes about ten minutes.
	commandTimeout = 20 * time.Minute
	// stopTimeout is for Terraform to stop, which takes seconds.
	stopTimeout = time.Minute
	// waitsForTerraform is after how long a command line that was interrupted waits for
	// Terraform to end: cdktf does not.
	waitsForTerraform = 20 * time.Second
	// outputTail is how much of a failed command's output is worth reading.
	outputTail = 6000
)

// harness is the built program, the tools that deploy it, and an emulated AWS.
type harness struct {
	dir      string
	tools    emulator.Tools
	aws      *emulator.Emulator
	internet *emulator.Internet
	// terraformScript is how make has cdktf start Terraform.
	terraformScript string
	// These are the roles of the documented policies: of deployments without and with a
	// boundary, of plans, of the integration tests, of both in the workflows, of who operates,
	// and of who upgrades the database.
	deployRole, boundedRole, planRole, integrationRole, checkRole, operatorRole, upgradeRole *emulator.Role

	synthesis sync.Mutex // There is one jsii kernel.

	mu    sync.Mutex
	calls map[string]bool // "service:Action" of all that was called to deploy, update and destroy
	rows  []*row
	loads []load
	live  map[string]map[string]int // how often a result of the integration tests was seen, by environment
}

// newHarness builds the program and the integration tests, and starts the
// emulated AWS. Without the tools it skips the test, except in CI, where a
// skipped test would go unnoticed.
func newHarness(t *testing.T) *harness {
	t.Helper()
	if testing.Short() {
		t.Skip("deploys for minutes; not with -short")
	}
	repository, err := filepath.Abs(root)
	require.NoError(t, err)
	tools, missing := emulator.FindTools(t.Context(), repository)
	if len(missing) > 0 {
		message := "deploys: skipped, missing: " + strings.Join(missing, "; ")
		if os.Getenv("CI") == "true" {
			t.Fatal(message)
		}
		report(t, message)
		t.Skip(message)
	}
	h := &harness{dir: t.TempDir(), tools: tools, terraformScript: filepath.Join(repository, "scripts", "terraform"), calls: map[string]bool{}}
	settings, err := tools.CLIConfig(h.dir)
	require.NoError(t, err)
	if settings != "" {
		write(t, h.cliConfig(), []byte(settings))
	}
	h.aws, err = emulator.Start(t.Context(), tools.Moto, region)
	require.NoError(t, err)
	t.Cleanup(h.aws.Stop)
	h.internet, err = h.aws.NewInternet(h.dir)
	require.NoError(t, err)
	t.Cleanup(h.internet.Close)
	h.createRoles(t)
	h.build(t, repository, "build", "-o", h.app(), ".")
	h.build(t, repository, "test", "-c", "-o", h.integrationTests(), "./test/integration")
	return h
}

func (h *harness) app() string              { return filepath.Join(h.dir, "app") }
func (h *harness) integrationTests() string { return filepath.Join(h.dir, "integration.test") }
func (h *harness) cliConfig() string        { return filepath.Join(h.dir, "terraform.rc") }

func (h *harness) build(t *testing.T, repository string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...) //nolint:gosec // Only this package's own arguments.
	command.Dir = repository
	output, err := command.CombinedOutput()
	require.NoError(t, err, "go %s:\n%s", strings.Join(args, " "), output)
}

// synthesise writes the stack of a configuration below outdir, for the cases
// whose configuration the program's environment variables cannot express.
func (h *harness) synthesise(outdir string, cfg config.Config) {
	h.synthesis.Lock()
	defer h.synthesis.Unlock()
	constructs.Synthesise(outdir, cfg)
}

// life is one environment, from its first deployment on, in a directory of its
// own, so that nothing is written to the checkout.
type life struct {
	*harness
	cfg   config.Config
	dir   string
	proxy *emulator.Proxy
	// deploys is the role that deploys, and plans the one that plans.
	deploys, plans *emulator.Role
	logs           atomic.Int32
	active         atomic.Pointer[running]

	// Of the case that is being measured.
	started                   time.Time
	callsBefore, faultsBefore int
}

// running is a command that runs.
type running struct {
	process *os.Process
	ended   chan struct{}
}

// newLife prepares the directory of the environment of that suffix: a defined
// one, or one made of the defaults.
func (h *harness) newLife(t *testing.T, suffix string) *life {
	t.Helper()
	l := h.newLifeOf(t, defined(t, suffix))
	l.narrow(t)
	var settings map[string]any
	require.NoError(t, json.Unmarshal(readFile(t, filepath.Join(root, "cdktf.json")), &settings))
	settings["app"] = h.app()
	encoded, err := json.Marshal(settings)
	require.NoError(t, err)
	write(t, filepath.Join(l.dir, "cdktf.json"), encoded)
	return l
}

// defined is the environment of that suffix: a defined one, or one made of the defaults.
func defined(t *testing.T, suffix string) config.Config {
	t.Helper()
	cfg, err := config.LoadNamed(suffix, func(string) string { return "" })
	require.NoError(t, err)
	return cfg
}

// newLifeOf prepares the directory of an environment that no variable of the
// program can express.
func (h *harness) newLifeOf(t *testing.T, cfg config.Config) *life {
	t.Helper()
	l := &life{harness: h, cfg: cfg, dir: t.TempDir(), proxy: h.aws.NewProxy(), deploys: h.deployRole, plans: h.planRole}
	l.proxy.As(l.deploys)
	t.Cleanup(func() {
		l.proxy.Close()
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, call := range l.proxy.Calls() {
			h.calls[call] = true
		}
	})
	return l
}

// stackDir is where the life's stack is synthesised to.
func (l *life) stackDir() string {
	return filepath.Join(l.dir, "cdktf.out", "stacks", l.cfg.StackName())
}

// cdktf runs the CDKTF command line for the life's environment and fails the
// test if it fails. Variables, "NAME=value", are added to the environment.
func (l *life) cdktf(t *testing.T, args []string, variables ...string) {
	t.Helper()
	output, code := l.run(t, l.dir, append(variables, "ENVIRONMENT_SUFFIX="+l.cfg.Suffix), l.tools.CDKTF, args...)
	require.Zero(t, code, "cdktf %s:\n%s", strings.Join(args, " "), tail(output))
}

// deploy deploys with the command line that the README names for unattended runs.
func (l *life) deploy(t *testing.T) {
	t.Helper()
	l.cdktf(t, deployArgs)
}

var (
	deployArgs  = []string{"deploy", "--auto-approve", "--skip-provider-lock", "--outputs-file", "outputs.json"}
	destroyArgs = []string{"destroy", "--auto-approve", "--skip-provider-lock"}
)

// destroy destroys the environment and returns what is left in the account, in
// the words of [emulator.Emulator.Leftovers], and in the state.
func (l *life) destroy(t *testing.T) []string {
	t.Helper()
	l.cdktf(t, destroyArgs)
	return l.leftovers(t)
}

// another is a name that environments of the tests' own have.
const another = "other-api"

// platforms are the names of all environments that share the account.
func platforms() []string {
	names := []string{another, config.Defaults("").Name}
	for _, env := range config.Environments() {
		names = append(names, env.Name)
	}
	return names
}

func (l *life) leftovers(t *testing.T) []string {
	t.Helper()
	left, err := l.aws.Leftovers(t.Context(), l.cfg.Suffix, platforms()...)
	require.NoError(t, err)
	for _, address := range l.stateResources(t) {
		left = append(left, "state: "+address)
	}
	assert.Empty(t, left, "left after destroy")
	return left
}

// terraform runs Terraform in a directory and returns its standard output.
func (l *life) terraform(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	output, code := l.run(t, dir, nil, l.tools.Terraform, append(args, "-no-color")...)
	require.Zero(t, code, "terraform %s:\n%s", strings.Join(args, " "), tail(output))
	return output
}

// plan is what a Terraform plan would do: an action, such as "update" or
// "replace", by the address of each resource that changes.
type plan map[string]string

// plan plans the stack in the directory.
func (l *life) plan(t *testing.T, dir string, args ...string) plan {
	t.Helper()
	return l.planWith(t, dir, nil, args...)
}

// planWith plans with variables, "NAME=value", added to the environment, as the role that
// may do nothing else.
func (l *life) planWith(t *testing.T, dir string, variables []string, args ...string) plan {
	t.Helper()
	args = append([]string{"plan", "-input=false", "-json", "-detailed-exitcode"}, args...)
	l.proxy.As(l.plans)
	defer l.proxy.As(l.deploys)
	output, code := l.run(t, dir, variables, l.tools.Terraform, args...)
	require.Contains(t, []int{0, 2}, code, "terraform plan:\n%s", complaints(output))
	changes := plan{}
	for line := range bytes.Lines(output) {
		var message struct {
			Type   string
			Change struct {
				Resource struct{ Addr string }
				Action   string
			}
			Outputs map[string]struct{ Action string }
		}
		require.NoError(t, json.Unmarshal(line, &message), "%s", line)
		// OpenTofu's are also of the ephemeral resources that it opens, in every plan.
		if message.Type == "planned_change" && message.Change.Action != "open" {
			changes[message.Change.Resource.Addr] = message.Change.Action
		}
		for name, output := range message.Outputs {
			if message.Type == "outputs" && output.Action != "noop" {
				changes["output."+name] = output.Action
			}
		}
	}
	// Terraform's own verdict must agree, or a kind of message is missed.
	assert.Equal(t, len(changes) > 0, code == 2, "the plan's exit code is %d, its changes are %v", code, changes)
	return changes
}

// unchanged makes sure that a plan of the deployed stack changes nothing, and
// returns how many changes there are: none.
func (l *life) unchanged(t *testing.T) int {
	t.Helper()
	l.terraform(t, l.stackDir(), "init", "-input=false")
	changes := l.plan(t, l.stackDir(), "-out=second.tfplan")
	if !assert.Empty(t, changes, "changes in the second plan") {
		t.Logf("%s", l.terraform(t, l.stackDir(), "show", "second.tfplan"))
	}
	shown := l.show(t, l.stackDir(), nil, "second.tfplan")
	l.accepted(t, shown)
	// `make scan` reads the plan: in it, all values are known.
	if dir := os.Getenv("DEPLOY_PLANS"); dir != "" {
		require.NoError(t, os.MkdirAll(dir, 0o750)) //nolint:gosec // The Makefile says where.
		write(t, filepath.Join(dir, l.cfg.Suffix+".json"), shown)
	}
	return len(changes)
}

// replaceStack puts the configuration's stack into the place of the deployed one, for
// the next plan or apply. What is half made is acknowledged.
func (l *life) replaceStack(t *testing.T, cfg config.Config) {
	t.Helper()
	cfg.Acknowledged = cfg.Gaps()
	l.putStack(t, cfg)
}

// putStack puts the stack of the configuration there as it is.
func (l *life) putStack(t *testing.T, cfg config.Config) {
	t.Helper()
	outdir := t.TempDir()
	l.synthesise(outdir, cfg)
	require.NoError(t, os.MkdirAll(l.stackDir(), 0o700))
	files, err := filepath.Glob(filepath.Join(outdir, "stacks", cfg.StackName(), "*")) // A release's function has its code there.
	require.NoError(t, err)
	for _, file := range files {
		write(t, filepath.Join(l.stackDir(), filepath.Base(file)), readFile(t, file))
	}
}

// apply applies the stack in the directory.
func (l *life) apply(t *testing.T, dir string) {
	t.Helper()
	l.terraform(t, dir, "apply", "-auto-approve", "-input=false")
}

// unprotect takes the environment's protection away, so that it can be destroyed.
func (l *life) unprotect(t *testing.T) {
	t.Helper()
	unprotected := l.cfg
	unprotected.Protected = false
	l.replaceStack(t, unprotected)
	l.apply(t, l.stackDir())
}

// endDestroyed destroys the environment and ends the case with what is left of it.
func (l *life) endDestroyed(t *testing.T, r *row) {
	t.Helper()
	l.terraform(t, l.stackDir(), "destroy", "-auto-approve", "-input=false")
	r.left = len(l.leftovers(t))
	l.end(t, r)
}

// integration runs the integration tests against what is deployed, through a
// proxy of their own: their calls are not the deployment's. Variables,
// "NAME=value", are added to the environment. All of them pass, and none is skipped but what
// asks a load balancer from where it cannot be reached.
func (l *life) integration(t *testing.T, variables ...string) {
	t.Helper()
	output, code := l.tryIntegration(t, variables...)
	require.Zero(t, code, "integration tests:\n%s", tail(withoutPassed(output)))
	skipped := results(output, "SKIP")
	if l.cfg.LoadBalancer.Internal || len(l.cfg.LoadBalancer.IngressCIDRs) == 0 {
		skipped = slices.DeleteFunc(skipped, func(name string) bool {
			return slices.Contains([]string{"TestDomain", "TestHealthEndpoint", "TestWebACL"}, name)
		})
	}
	assert.Empty(t, skipped, "integration tests that are skipped")
	l.mu.Lock()
	defer l.mu.Unlock()
	passed := results(output, "PASS")
	require.Contains(t, passed, "TestVPC", "integration tests that ran")
	if l.live == nil {
		l.live = map[string]map[string]int{}
	}
	if l.live[l.cfg.Suffix] == nil {
		l.live[l.cfg.Suffix] = map[string]int{}
	}
	l.live[l.cfg.Suffix][fmt.Sprintf("%d passed, 0 skipped", len(passed))]++
}

// results are the names of the tests with the result, PASS, FAIL or SKIP, in an output.
func results(output []byte, result string) []string {
	var names []string
	for line := range strings.Lines(string(output)) {
		if found, ok := strings.CutPrefix(line, "--- "+result+": "); ok {
			names = append(names, strings.Fields(found)[0])
		}
	}
	return names
}

// withoutPassed are the lines of an output but for those of tests that begin and pass.
func withoutPassed(output []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(output) {
		if text := string(bytes.TrimSpace(line)); !strings.HasPrefix(text, "=== ") && !strings.HasPrefix(text, "--- PASS: ") {
			kept = append(kept, line...)
		}
	}
	return kept
}

// integrationWait is how long the integration tests wait for what moves. It moves within
// two seconds here, but on a machine that is busy.
const integrationWait = "INTEGRATION_WAIT=30s"

func (l *life) tryIntegration(t *testing.T, variables ...string) ([]byte, int) {
	t.Helper()
	return l.integrationAs(t, l.integrationRole, variables...)
}

func (l *life) integrationAs(t *testing.T, role *emulator.Role, variables ...string) ([]byte, int) {
	t.Helper()
	proxy := l.aws.NewProxy()
	defer proxy.Close()
	proxy.As(role)
	proxy.Lifelike()
	l.aws.ReplaceTask(l.cfg.PhysicalName("service")) // AWS does so at any time.
	return l.run(t, l.dir, slices.Concat(l.aws.Env(proxy), l.internet.Env(), []string{
		"ENVIRONMENT_SUFFIX=" + l.cfg.Suffix, "INTEGRATION_OUTPUTS=" + filepath.Join(l.dir, "outputs.json"), integrationWait,
		"INTEGRATION_STACK=" + filepath.Join(l.stackDir(), "cdk.tf.json"),
	}, variables), l.integrationTests(), "-test.v", "-test.count=1")
}

// env is the environment of every command.
func (l *life) env(variables []string) []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		// What belongs to the developer's own stack is not to reach the test.
		return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "TF_") ||
			strings.HasPrefix(name, "IMAGE_TAG") || name == "ENVIRONMENT_SUFFIX"
	})
	env = append(env, l.aws.Env(l.proxy)...)
	env = append(env, "TERRAFORM_BINARY_NAME="+l.terraformScript, "CHECKPOINT_DISABLE=1", "CI=1", "TERM=dumb", "NO_COLOR=1", "TF_IN_AUTOMATION=1")
	if l.tools.ProviderMirror != "" {
		// cdktf's cache of providers would be left with links to this mirror.
		env = append(env, "TF_CLI_CONFIG_FILE="+l.cliConfig(), "CDKTF_DISABLE_PLUGIN_CACHE_ENV=1")
	}
	return append(env, variables...)
}

// run runs a command, keeps its output as a log in the life's directory, and
// returns its standard output and its exit code; the standard output of a
// failed command is followed by its standard error.
func (l *life) run(t *testing.T, dir string, variables []string, name string, args ...string) ([]byte, int) {
	t.Helper()
	started := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // Only the tools that were looked for.
	command.Dir, command.Env = dir, l.env(variables)
	command.Stdout, command.Stderr = &stdout, &stderr
	// At the timeout the whole process group is ended. cdktf gives terraform a
	// terminal of its own, and with it another group; that hangs up with cdktf.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = 10 * time.Second
	err := command.Start()
	require.NoError(t, err, "%s %s", name, strings.Join(args, " "))
	ended := make(chan struct{})
	l.active.Store(&running{command.Process, ended})
	err = command.Wait()
	close(ended)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err, "%s %s", name, strings.Join(args, " "))
	}
	write(t, filepath.Join(l.dir, fmt.Sprintf("command-%02d.log", l.logs.Add(1))), slices.Concat(stdout.Bytes(), stderr.Bytes()))
	t.Logf("%s %s: %.1f s", filepath.Base(name), strings.Join(args, " "), time.Since(started).Seconds())
	if err != nil {
		return slices.Concat(stdout.Bytes(), stderr.Bytes()), exit.ExitCode()
	}
	return stdout.Bytes(), 0
}

// interrupt does what Ctrl-C at a terminal does, to the command that runs and to all in its
// group, and waits until Terraform, which outlives cdktf, has noted what it did. A command
// line that waits for Terraform ends later: Terraform waits for calls that are held up here.
func (l *life) interrupt() {
	command := l.active.Load()
	_ = syscall.Kill(-command.process.Pid, syscall.SIGINT) // It may have ended by itself, which the test notices.
	select {
	case <-command.ended:
	case <-time.After(waitsForTerraform):
		return
	}
	lock := filepath.Join(l.dir, ".terraform."+l.cfg.StackName()+".tfstate.lock.info")
	for range int(stopTimeout / time.Second) {
		if _, err := os.Stat(lock); errors.Is(err, fs.ErrNotExist) {
			return
		}
		time.Sleep(time.Second)
	}
}

// stateResources lists the managed resources of the only state that exists.
func (l *life) stateResources(t *testing.T) []string {
	t.Helper()
	var states []string
	require.NoError(t, filepath.WalkDir(l.dir, func(path string, _ fs.DirEntry, err error) error {
		// Terraform keeps a note on the backend under the same name.
		if err == nil && filepath.Ext(path) == ".tfstate" && filepath.Base(filepath.Dir(path)) != ".terraform" {
			states = append(states, path)
		}
		return err
	}))
	require.Len(t, states, 1, "states")
	var state struct {
		Resources []struct {
			Mode, Module, Type, Name string
			Instances                []json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal(readFile(t, states[0]), &state))
	var managed []string
	for _, r := range state.Resources {
		if r.Mode != "managed" {
			continue
		}
		for range r.Instances {
			managed = append(managed, r.Type+"."+r.Name)
		}
	}
	return managed
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path) //nolint:gosec // Only what the test wrote and the repository.
	require.NoError(t, err)
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, data, 0o600)) //nolint:gosec // Only what the test and the Makefile name.
}

// complaints are the errors in the messages of a command of Terraform's.
func complaints(output []byte) string {
	var errors strings.Builder
	for line := range bytes.Lines(output) {
		var message struct {
			Diagnostic struct{ Severity, Summary, Detail, Address string }
		}
		if d := &message.Diagnostic; json.Unmarshal(line, &message) == nil && d.Severity == "error" {
			fmt.Fprintf(&errors, "%s: %s: %s\n", d.Address, d.Summary, d.Detail)
		}
	}
	return errors.String()
}

// tail is the end of a command's output, where the error is.
func tail(output []byte) []byte {
	return output[max(0, len(output)-outputTail):]
}
