package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/pmezard/go-difflib/difflib"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/fastsynth"
	"flask-api/internal/synthesis"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata from the current code")

// TestMain closes the one Node process that all tests of this package share. With
// one of two variables this executable is another: one that synthesises all
// environments into a folder, or the program itself.
func TestMain(m *testing.M) {
	flag.Parse()
	if dir := os.Getenv("SYNTHESISE_INTO"); dir != "" {
		synthesiseInto(dir)
		jsii.Close()
		os.Exit(0)
	}
	if dir := os.Getenv("SYNTHESISE_CLOUD_INTO"); dir != "" {
		cloud := config.Defaults("cloud")
		cloud.State = config.State{Backend: config.BackendCloud, Organization: "example", Workspace: "cloud"}
		err := synthesise([]config.Config{cloud}, dir, true)
		closeKernel()
		if err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	if os.Getenv("RUN_PROGRAM") != "" {
		main()
		os.Exit(0)
	}
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// defaultSuffix names the environment that is made of the defaults alone.
const defaultSuffix = "synth101000914"

// environments are what is synthesised, once, for all tests: the defined
// environments, one made of the defaults, one with every choice made differently
// that the others leave alone, and one in another region, with the choices that
// those exclude.
func environments() []config.Config {
	chosen := config.Defaults("chosen")
	chosen.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1c"}
	chosen.Registry.ImageTag = "v1.2.3"
	chosen.Database.ReaderCount = 2
	chosen.Database.InstanceClass = "db.serverless"
	chosen.Database.ServerlessMinACU = 0.5
	chosen.Database.ServerlessMaxACU = 4
	chosen.Encryption.CustomerManagedKey = true
	chosen.Network.NAT = config.NATSingle
	closed := config.Defaults("closed")
	closed.Registry.ImageTag = "v1"
	closed.Network.NAT = config.NATNone
	closed.Network.InterfaceEndpoints = true
	chosen.LoadBalancer.IngressCIDRs = []string{"203.0.113.0/24", "198.51.100.7/32"}
	chosen.LoadBalancer.IdleTimeoutSeconds = 120
	chosen.LoadBalancer.Domain = "api.example.com"
	chosen.LoadBalancer.HostedZone = "example.com"
	chosen.LoadBalancer.WAF = config.WAF{Enabled: true, RateLimit: 500, AllowLargeBodies: true}
	chosen.Service.CPUArchitecture = config.ARM64
	chosen.Service.EphemeralStorageGiB = 50
	chosen.Service.Environment = map[string]string{"WORKERS": "4", "LOG_LEVEL": "info"}
	chosen.Service.Secrets = map[string]string{ //nolint:gosec // Names of secrets, not secrets.
		"PAYMENT_TOKEN": "arn:aws:secretsmanager:eu-south-1:123456789012:secret:payment-aB3dE6:token::",
		"PAYMENT_USER":  "arn:aws:secretsmanager:eu-south-1:123456789012:secret:payment-aB3dE6:user::",
		"MAIL_TOKEN":    "arn:aws:secretsmanager:eu-south-1:123456789012:secret:mail-aB3dE6",
	}
	chosen.Service.StopTimeoutSeconds = 60
	chosen.Service.ExecuteCommand = true
	chosen.Service.SpotPercent = 70
	chosen.Service.OnDemandBaseTasks = 2
	chosen.Deployment = config.Deployment{Images: config.ImagesExternal, GitHubRepository: "example/api", GitHubBranch: "release"}
	chosen.Scaling.RequestsPerTaskTarget = 1000
	chosen.Scaling.Schedules = []config.Schedule{
		{Name: "morning", Cron: "0 7 ? * MON-FRI *", TimeZone: "Europe/Rome", MinTasks: 4, MaxTasks: 20},
		{Name: "late-evening", Cron: "0 22 * * ? *", TimeZone: "Europe/Rome", MinTasks: 2, MaxTasks: 10},
	}
	chosen.Alarms = config.Alarms{Enabled: true, Emails: []string{"team@example.com", "on-call@example.com"}, LatencySeconds: 0.5, ServerErrors: 5, DatabaseConnections: 100}
	chosen.State = config.State{Backend: config.BackendS3, Bucket: "example-terraform-state", BucketRegion: "eu-west-1"}
	closed.State = config.State{Backend: config.BackendCloud, Organization: "example", Workspace: "flask-api-closed"}
	closed.Service.ExecuteCommand = true
	closed.Encryption.CustomerManagedKey = true
	closed.Alarms.Enabled = true
	elsewhere := config.Defaults("elsewhere")
	elsewhere.State = config.State{Backend: config.BackendCloud, Organization: "example", WorkspaceTags: []string{"flask-api"}, Hostname: "terraform.example.com"}
	elsewhere.Region = "eu-south-2"
	elsewhere.LoadBalancer.CertificateARN = "arn:aws:acm:eu-south-2:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	elsewhere.LoadBalancer.AccessLogRetentionDays = 30
	return append(config.Environments(), config.Defaults(defaultSuffix), chosen, closed, elsewhere)
}

// golden are the environments whose JSON and addresses are kept in testdata.
var golden = []string{defaultSuffix, "dev", "production"}

// synthesised is the JSON of each environment by its suffix.
var synthesised = sync.OnceValue(func() map[string][]byte {
	dir, err := os.MkdirTemp("", "synth")
	if err != nil {
		panic(err)
	}
	out := synthesiseInto(dir)
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	return out
})

func synthesiseInto(dir string) map[string][]byte {
	if err := synthesise(environments(), dir, true); err != nil {
		panic(err)
	}
	out := map[string][]byte{}
	for _, env := range environments() {
		text, err := fs.ReadFile(os.DirFS(dir), "stacks/"+env.StackName()+"/cdk.tf.json")
		if err != nil {
			panic(err)
		}
		out[env.Suffix] = text
	}
	return out
}

// TestGolden compares each environment with the JSON that was last reviewed.
// Metadata of CDKTF is left out, and JSON inside of strings is unfolded, so that
// a difference reads as what changes in AWS.
func TestGolden(t *testing.T) {
	for _, suffix := range golden {
		t.Run(suffix, func(t *testing.T) {
			compareGolden(t, suffix+".golden.json", reviewable(t, synthesised()[suffix]))
		})
	}
}

// TestAddresses freezes the Terraform addresses. One that changes makes Terraform
// destroy the resource and create another.
func TestAddresses(t *testing.T) {
	for _, suffix := range golden {
		t.Run(suffix, func(t *testing.T) {
			s := load(t, suffix)
			text := strings.Join(s.addresses(), "\n") + "\n"
			assert.NotRegexp(t, `_[0-9A-F]{8}\n`, text, "addresses are read by people: no hash in them")
			compareGolden(t, suffix+".addresses.txt", text)
		})
	}
}

// TestGoldenFilesAreAllUsed fails on a file that no test compares any more.
func TestGoldenFilesAreAllUsed(t *testing.T) {
	want := make([]string, 0, 2*len(golden)+len(prepared)+1)
	want = append(want, "summary.txt")
	for _, suffix := range golden {
		want = append(want, suffix+".addresses.txt", suffix+".golden.json")
	}
	for _, change := range prepared {
		want = append(want, "review/"+change.name+".md")
	}
	var got []string
	require.NoError(t, fs.WalkDir(os.DirFS("testdata"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			got = append(got, path)
		}
		return err
	}))
	assert.ElementsMatch(t, want, got)
}

// TestSameBytes synthesises every environment a second time, in a process of its own,
// into another folder, and without fast synthesis.
func TestSameBytes(t *testing.T) {
	require.True(t, fastsynth.Active(), "synthesis of this process is fast")
	dir := t.TempDir()
	command := exec.Command(os.Args[0]) //nolint:gosec // It is this program.
	command.Env = append(os.Environ(), "FLASK_API_FAST_SYNTHESIS=off", "SYNTHESISE_INTO="+dir)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	want := synthesised() // Before t.Parallel, since there is one kernel.
	t.Parallel()
	require.NoError(t, command.Wait(), &output)
	for _, env := range environments() {
		second, err := fs.ReadFile(os.DirFS(dir), "stacks/"+env.StackName()+"/cdk.tf.json")
		require.NoError(t, err)
		assert.True(t, bytes.Equal(second, want[env.Suffix]), "fast synthesis, or chance, changes %q", env.Suffix)
	}
}

// TestRunReportsInvalidConfiguration runs the program as a user does, with a
// suffix that cannot be.
func TestRunReportsInvalidConfiguration(t *testing.T) {
	err := run(func(name string) string {
		return map[string]string{"ENVIRONMENT_SUFFIX": "Bad_Suffix_That_Is_Far_Too_Long"}[name]
	})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "Suffix")
	assert.Contains(t, err.Error(), "flask-api-alb-Bad_Suffix_That_Is_Far_Too_Long")
	assert.NotContains(t, err.Error(), "goroutine")
}

// TestProgramFailsOnBadInput runs the program: an invalid configuration ends it with
// exit code 1 before Node starts and before anything is written.
func TestProgramFailsOnBadInput(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0]) //nolint:gosec // It is this executable.
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RUN_PROGRAM=1", "ENVIRONMENT_SUFFIX=Bad_Suffix_That_Is_Far_Too_Long", "JSII_NODE=node-must-not-start")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()

	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 1, exit.ExitCode())
	assert.Contains(t, stderr.String(), "Suffix")
	assert.NotContains(t, stderr.String(), "goroutine")
	assert.NotContains(t, stderr.String(), "node-must-not-start")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing may be written")
}

// TestSynthesisErrors asks for an error with and without the trace.
func TestSynthesisErrors(t *testing.T) {
	require.EqualError(t, synthesisError("first line\nat somewhere", false),
		"synthesis failed: first line (set FLASK_API_DEBUG=1 for the trace)")
	require.EqualError(t, synthesisError("JsiiError: @jsii/kernel.Fault Type '@cdktf/provider-aws.eip.Eip' not found", false),
		"synthesis failed: JsiiError: @jsii/kernel.Fault Type '@cdktf/provider-aws.eip.Eip' not found"+
			" (the list of the submodules in use lacks this one: run make golden)")
	traced := synthesisError("first line\nat somewhere", true).Error()
	assert.Contains(t, traced, "at somewhere")
	assert.Contains(t, traced, "goroutine")
}

// TestPanicBecomesError provokes a panic inside of CDKTF: two stacks of one name.
func TestPanicBecomesError(t *testing.T) {
	twice := []config.Config{config.Defaults("twice"), config.Defaults("twice")}
	err := synthesise(twice, t.TempDir(), false)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "synthesis failed: ")
	assert.NotContains(t, err.Error(), "\n")
}

// TestCheckNode gives the program other executables for Node.
func TestCheckNode(t *testing.T) {
	stand := func(body string) func(string) string {
		path := filepath.Join(t.TempDir(), "node")
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700)) //nolint:gosec // It must be executable.
		return func(string) string { return path }
	}
	require.NoError(t, checkNode(stand("echo v20.9.0")))
	require.ErrorContains(t, checkNode(stand("echo v18.20.1")), "is Node v18.20.1; install Node 20.9.0 or newer")
	require.ErrorContains(t, checkNode(stand("echo nonsense")), "install Node 20.9.0 or newer")
	missing := func(string) string { return "no-such-node" }
	require.ErrorContains(t, checkNode(missing), "no-such-node does not run")
	assert.NotContains(t, checkNode(missing).Error(), "\n")
}

// compareGolden compares the text with a file in testdata, or writes the file.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := fs.ReadFile(os.DirFS("testdata"), name)
	require.NoError(t, err, "run: go test . -update")
	if string(want) == got {
		return
	}
	diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: difflib.SplitLines(string(want)), FromFile: path,
		B: difflib.SplitLines(got), ToFile: "this code",
		Context: 3,
	})
	require.NoError(t, err)
	t.Errorf("%s\nThis is what reviewers and Terraform get to see. If the change is meant, run: go test . -update", diff)
}

// reviewable is the JSON as it is kept in testdata.
func reviewable(t *testing.T, text []byte) string {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(text, &value))
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(synthesis.Unfold(value)))
	return out.String()
}

// attributes are a block of the synthesised JSON.
type attributes = map[string]any

// stack is one environment's synthesised JSON, unfolded.
type stack struct {
	config   config.Config
	text     string
	Data     map[string]map[string]attributes `json:"data"`
	Resource map[string]map[string]attributes `json:"resource"`
	// Ephemeral resources live only while Terraform runs.
	Ephemeral map[string]map[string]attributes `json:"ephemeral"`
	Output    map[string]attributes            `json:"output"`
	Provider  map[string][]attributes          `json:"provider"`
	Terraform attributes                       `json:"terraform"`
}

// load decodes the environment of the suffix. Each call makes a new value, which
// the caller may change.
func load(t *testing.T, suffix string) stack {
	t.Helper()
	envs := environments()
	at := slices.IndexFunc(envs, func(c config.Config) bool { return c.Suffix == suffix })
	require.GreaterOrEqual(t, at, 0, "no environment %q", suffix)
	s := decode(t, synthesised()[suffix])
	s.config = envs[at]
	return s
}

// decode decodes a synthesised stack.
func decode(t *testing.T, text []byte) stack {
	t.Helper()
	s := stack{text: reviewable(t, text)}
	require.NoError(t, json.Unmarshal([]byte(s.text), &s))
	return s
}

// addresses are those of everything that Terraform keeps in its state.
func (s stack) addresses() []string {
	var out []string
	for kind, resources := range s.Resource {
		for name := range resources {
			out = append(out, kind+"."+name)
		}
	}
	for kind, sources := range s.Data {
		for name := range sources {
			out = append(out, "data."+kind+"."+name)
		}
	}
	slices.Sort(out)
	return out
}

// each calls visit for every resource of the type, in the order of their names.
func (s stack) each(kind string, visit func(name string, a attributes)) {
	for _, name := range slices.Sorted(maps.Keys(s.Resource[kind])) {
		visit(name, s.Resource[kind][name])
	}
}

// one is the only resource of the type.
func (s stack) one(kind string) attributes {
	for _, a := range s.Resource[kind] {
		if len(s.Resource[kind]) == 1 {
			return a
		}
	}
	panic(fmt.Sprintf("%d resources of type %s, want exactly one", len(s.Resource[kind]), kind))
}

// container is the only container of the task definition.
func (s stack) container() attributes {
	return s.one("aws_ecs_task_definition")["container_definitions"].([]any)[0].(attributes)
}
