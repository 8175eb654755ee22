package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/options"
)

// staysOn are the options that [allOn] leaves alone, with the reason.
var staysOn = map[string]string{
	"a customer-managed key": "it is never turned off, which case 13 is refused",
	"protected":              "case 13 is",
	"an existing network":    "an environment stays where it is",
	"three zones":            "zones have a life of their own",
	"no NAT gateway":         "neither the roles of the database nor tracing go with it",
	"images of a pipeline":   "the images of an environment are one team's or the other's",
}

// allOn turns on every option that goes together, and a half of them that chance decides.
func allOn(t *testing.T, plain config.Config, account options.Account) (all, half config.Config) {
	t.Helper()
	choices := combined(account)
	all, half = plain, plain
	dice := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // Chance that can be repeated is wanted.
	on := 0
	for _, i := range dice.Perm(len(choices)) {
		way := choices[i][1+dice.IntN(len(choices[i])-1)]
		with := all
		way.Apply(&with)
		if staysOn[way.Name] != "" || with.Validate() != nil {
			continue
		}
		all = with
		if on++; on%2 == 0 {
			way.Apply(&half)
		}
	}
	assert.GreaterOrEqual(t, on, len(choices)-len(staysOn)-1, "options that are on together")
	require.NoError(t, half.Validate())
	return all, half
}

// onAndOff turns every option off together, and on again, so that each comes back to
// where it was.
func (l *life) onAndOff(t *testing.T, account options.Account) {
	t.Helper()
	r := l.begin(t, "12a. every option on, off and on again")
	all, _ := allOn(t, l.cfg, account)
	l.becomes(t, all, l.cfg, all)
	l.checkBounded(t)
	r.changes = l.unchanged(t)
	l.endDestroyed(t, r)
}

// offInHalves turns one half of all options off and then the other. The way back leaves
// nothing behind.
func (l *life) offInHalves(t *testing.T, account options.Account) {
	t.Helper()
	r := l.begin(t, "12b. every option on, and off in two halves")
	all, half := allOn(t, l.cfg, account)
	l.becomes(t, all, half, l.cfg)
	r.changes = l.unchanged(t)
	l.refusesNetwork(t, options.Titled(options.Catalogue(account), "an existing network"))
	l.endDestroyed(t, r)
}

// becomes deploys one configuration after the other, with the boundary from the second on:
// roles that are there get it, and new ones have it.
func (l *life) becomes(t *testing.T, first config.Config, others ...config.Config) {
	t.Helper()
	l.replaceStack(t, first)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.applyAccepted(t)
	for _, cfg := range others {
		cfg.Deployment.PermissionsBoundary, l.deploys = boundary, l.boundedRole
		l.proxy.As(l.deploys)
		l.replaceStack(t, cfg)
		l.applyAccepted(t)
	}
}

// loggedAndProtected is a protected environment that records all that can be recorded.
func loggedAndProtected(suffix string) config.Config {
	c := config.Defaults(suffix)
	c.Protected = true
	c.Network.FlowLogRetentionDays, c.LoadBalancer.AccessLogRetentionDays = 30, 30
	c.LoadBalancer.WAF.Enabled, c.Database.LogExports, c.Service.ExecuteCommand = true, true, true
	c.Encryption.CustomerManagedKey = true
	return c
}

// unlogged records nothing of it.
func unlogged(c config.Config) config.Config {
	c.Network.FlowLogRetentionDays, c.LoadBalancer.AccessLogRetentionDays = 0, 0
	c.LoadBalancer.WAF.Enabled, c.Database.LogExports, c.Service.ExecuteCommand = false, false, false
	return c
}

// keptWhenOff stops the logs of a protected environment, turns them off, and on again as
// docs/operations.md says. What they recorded is there all the time, and the key cannot
// be turned off at all.
func (l *life) keptWhenOff(t *testing.T) {
	t.Helper()
	r := l.begin(t, "13. a protected environment's logs, stopped, off and on again")
	on := l.cfg
	l.replaceStack(t, on)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	stores := l.stores(t)
	assert.Len(t, stores, 6)
	l.sessions(t)

	stopped := unlogged(on)
	stopped.Network.FlowLogRetentionDays, stopped.LoadBalancer.AccessLogRetentionDays = 30, 30
	stopped.Logs.Stopped = []config.Log{config.AccessLog, config.FlowLog, config.WAFLog, config.DatabaseLog, config.SessionLog}
	for _, cfg := range []config.Config{stopped, unlogged(on)} {
		require.NoError(t, cfg.Validate())
		l.replaceStack(t, cfg)
		l.apply(t, l.stackDir())
		assert.Empty(t, l.plan(t, l.stackDir()))
		assert.Equal(t, stores, l.stores(t), "what is recorded")
	}

	l.staysWhereItIs(t, unlogged(on))

	keyless := unlogged(on)
	keyless.Encryption.CustomerManagedKey = false
	l.replaceStack(t, keyless)
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-no-color")
	assert.NotZero(t, code)
	assert.Contains(t, strings.Join(strings.Fields(string(output)), " "), "Encryption.CustomerManagedKey cannot be turned off")

	unprotected := on // So that the life can end.
	unprotected.Protected = false
	l.replaceStack(t, unprotected)
	for _, command := range l.imports(t) {
		l.terraform(t, l.stackDir(), append([]string{"import", "-input=false"}, command...)...)
	}
	l.apply(t, l.stackDir())
	r.changes = l.unchanged(t)
	assert.Equal(t, stores, l.stores(t), "what is recorded")
	l.endDestroyed(t, r)
}

// staysWhereItIs moves the environment to another region, which neither a plan nor a
// destruction or a refresh does.
func (l *life) staysWhereItIs(t *testing.T, cfg config.Config) {
	t.Helper()
	l.refusesAnotherName(t, cfg)
	resources := l.stateResources(t)
	cfg.Region = "eu-west-1"
	require.NoError(t, cfg.Validate())
	l.replaceStack(t, cfg)
	for _, command := range [][]string{
		{l.tools.Terraform, "apply", "-auto-approve"},
		{l.terraformScript, "destroy", "-auto-approve"},
		{l.terraformScript, "apply", "-destroy", "-auto-approve"},
		{l.terraformScript, "apply", "-refresh-only", "-auto-approve"},
	} {
		output, code := l.run(t, l.stackDir(), nil, command[0], append(command[1:], "-input=false", "-no-color")...)
		assert.NotZero(t, code, command)
		words := strings.NewReplacer("│", "").Replace(string(output))
		assert.Contains(t, strings.Join(strings.Fields(words), " "),
			"This state is that of account 123456789012, partition aws, region eu-south-1, suffix kept, and this run is for account 123456789012, "+
				"partition aws, region eu-west-1, suffix kept. They are set once", command)
		assert.Equal(t, resources, l.stateResources(t), command)
	}
}

// refusesAnotherName plans with the state, and by another name.
func (l *life) refusesAnotherName(t *testing.T, cfg config.Config) {
	t.Helper()
	state := func(name string) string { return filepath.Join(l.dir, "terraform."+name+"-"+cfg.Suffix+".tfstate") }
	renamed := l.cfg
	renamed.Name = another
	require.NoError(t, os.Rename(state(cfg.Name), state(another)))
	text := readFile(t, filepath.Join(l.stackDir(), "cdk.tf.json"))
	defer func() {
		write(t, filepath.Join(l.stackDir(), "cdk.tf.json"), text)
		require.NoError(t, os.Rename(state(another), state(cfg.Name)))
		l.terraform(t, l.stackDir(), "init", "-reconfigure", "-input=false")
	}()
	l.replaceStack(t, renamed)
	l.terraform(t, l.stackDir(), "init", "-reconfigure", "-input=false")
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-no-color")
	assert.NotZero(t, code)
	words := strings.Join(strings.Fields(strings.ReplaceAll(string(output), "│", "")), " ")
	assert.Contains(t, words, "suffix kept, and this run is for account 123456789012, partition aws, region eu-south-1, suffix kept of "+another)
}

// importCommand is a line of docs/operations.md that takes over what was forgotten.
var importCommand = regexp.MustCompile(`(?m)^terraform import (\S+) (\S+)$`)

// imports are the arguments of these lines for the life's environment.
func (l *life) imports(t *testing.T) [][]string {
	t.Helper()
	page := string(readFile(t, root+"/docs/operations.md"))
	var commands [][]string
	for _, m := range importCommand.FindAllStringSubmatch(page, -1) {
		id := strings.NewReplacer("production", l.cfg.Suffix, "$ACCOUNT", "123456789012").Replace(m[2])
		commands = append(commands, []string{m[1], id})
	}
	require.Len(t, commands, 5)
	return commands
}

// stores are the log groups of the environment that an option turns on, and what is in the
// bucket of access logs, with its policy.
func (l *life) stores(t *testing.T) []string {
	t.Helper()
	all, err := l.aws.Leftovers(t.Context(), l.cfg.Suffix, platforms()...)
	require.NoError(t, err)
	stores := slices.DeleteFunc(all, func(name string) bool {
		return !strings.HasPrefix(name, "log group: ") || strings.Contains(name, "/aws/alb/") || name == "log group: /ecs/"+l.cfg.StackName()
	})
	client := s3.NewFromConfig(l.aws.Config(), func(o *s3.Options) { o.UsePathStyle = true })
	bucket := l.cfg.PhysicalName("alb-logs") + "-123456789012"
	objects, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	for _, object := range objects.Contents {
		stores = append(stores, "object: "+*object.Key)
	}
	policy, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &bucket})
	require.NoError(t, err)
	return append(stores, "policy: "+*policy.Policy)
}

// TestStaysOn wants the options that are left alone to be some.
func TestStaysOn(t *testing.T) {
	for name := range staysOn {
		assert.NotPanics(t, func() { options.Titled(options.Catalogue(options.Example()), name) })
	}
}
