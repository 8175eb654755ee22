package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
	"flask-api/test/golden"
	"flask-api/test/options"
)

// byHand is a change that somebody makes in the console, behind Terraform.
type byHand struct {
	// what was done, as the table says it.
	what string
	do   func(*console)
	// at is what the next plan would put back: an attribute, as address.attribute, or the
	// address of what it would create. It is empty if no plan shows the change.
	at string
	// says is what one message of the integration tests has, by which it is that of this
	// change: by default, both parts of at.
	says []string
}

// words are those that one message has.
func (b byHand) words() []string {
	if len(b.says) > 0 {
		return b.says
	}
	parts := strings.SplitN(b.at, ".", 3)
	if len(parts) < 3 {
		return []string{b.at}
	}
	return []string{parts[0] + "." + parts[1] + " ", parts[2]}
}

// byHandLife is production with everything on, shells in the tasks among it.
func byHandLife(account options.Account) config.Config {
	c := everything(account)
	c.Suffix = "by-hand"
	c.LoadBalancer.Domain = c.StackName() + ".example.com"
	c.Service.ExecuteCommand, c.Service.ReadOnlyRootFilesystem = true, false
	return c
}

// console is somebody in the console.
type console struct {
	*testing.T

	cfg   config.Config
	aws   *emulator.Emulator
	state map[string]map[string]any // attributes by address

	iam         *iam.Client
	ec2         *ec2.Client
	elb         *elb.Client
	ecs         *ecs.Client
	rds         *rds.Client
	ecr         *ecr.Client
	logs        *cloudwatchlogs.Client
	secrets     *secretsmanager.Client
	autoscaling *applicationautoscaling.Client
	cloudwatch  *cloudwatch.Client
	sns         *sns.Client
	kms         *kms.Client
	route53     *route53.Client
	s3          *s3.Client
	waf         *wafv2.Client
}

// newConsole signs in, through a proxy of its own, which is closed with the test.
func (l *life) newConsole(t *testing.T) *console {
	t.Helper()
	proxy := l.aws.NewProxy()
	t.Cleanup(proxy.Close)
	sdk := l.aws.Config()
	sdk.BaseEndpoint = &proxy.URL
	return &console{
		T: t, cfg: l.cfg, aws: l.aws, state: l.attributes(t),
		iam: iam.NewFromConfig(sdk), ec2: ec2.NewFromConfig(sdk), elb: elb.NewFromConfig(sdk), ecs: ecs.NewFromConfig(sdk),
		rds: rds.NewFromConfig(sdk), ecr: ecr.NewFromConfig(sdk), logs: cloudwatchlogs.NewFromConfig(sdk),
		secrets: secretsmanager.NewFromConfig(sdk), autoscaling: applicationautoscaling.NewFromConfig(sdk),
		cloudwatch: cloudwatch.NewFromConfig(sdk), sns: sns.NewFromConfig(sdk), kms: kms.NewFromConfig(sdk),
		route53: route53.NewFromConfig(sdk), waf: wafv2.NewFromConfig(sdk),
		s3: s3.NewFromConfig(sdk, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// attributes are those of what Terraform's state holds, by address.
func (l *life) attributes(t *testing.T) map[string]map[string]any {
	t.Helper()
	var state struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []struct{ Attributes map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal(l.terraform(t, l.stackDir(), "state", "pull"), &state))
	found := map[string]map[string]any{}
	for _, r := range state.Resources {
		if r.Mode == "managed" {
			found[r.Type+"."+r.Name] = r.Instances[0].Attributes
		}
	}
	return found
}

// of is an attribute of what stands at the address.
func (c *console) of(address, attribute string) *string {
	c.Helper()
	value, ok := c.state[address][attribute].(string)
	require.True(c, ok, "%s.%s", address, attribute)
	return &value
}

func (c *console) name(short string) *string { return aws.String(c.cfg.PhysicalName(short)) }

// call calls AWS, which takes it.
func call[In, Out, Options any](c *console, operation func(context.Context, *In, ...func(*Options)) (*Out, error), in *In) *Out {
	c.Helper()
	out, err := operation(c.Context(), in)
	require.NoError(c, err)
	return out
}

// changedByHand makes the changes of one batch after the other, and wants the integration
// tests to say of every one of them what they did not say before, and a plan of all of them
// to show what it is to show, and nothing else. Nothing is put back in between: a change
// comes after those that it would hide. It returns the rows of the table.
func (l *life) changedByHand(t *testing.T, batches ...[]byHand) []string {
	t.Helper()
	c := l.newConsole(t)
	known := map[string]bool{}
	for _, m := range l.complaints(t) {
		known[m.text] = true
		t.Errorf("before any change, %s says: %s", m.test, m.text)
	}
	var rows, shown []string
	for _, batch := range batches {
		for _, change := range batch {
			change.do(c)
			if change.at != "" {
				shown = append(shown, change.at)
			}
		}
		messages := slices.DeleteFunc(l.complaints(t), func(m message) bool { return known[m.text] })
		for _, change := range batch {
			tests := change.caughtBy(messages)
			assert.NotEmpty(t, tests, "%s: no test says %q", change.what, change.words())
			plan := "**no plan shows it**"
			if change.at != "" {
				plan = "`" + change.at + "`"
			}
			rows = append(rows, fmt.Sprintf("| %s | %s | %s |", change.what, strings.Join(tests, ", "), plan))
		}
		for _, m := range messages {
			known[m.text] = true
		}
	}
	slices.Sort(shown)
	assert.Equal(t, slices.Compact(shown), l.plannedAttributes(t), "what the plan shows")
	return rows
}

// caughtBy are the tests one of whose messages says it.
func (b byHand) caughtBy(messages []message) []string {
	tests := map[string]bool{}
	for _, m := range messages {
		if !slices.ContainsFunc(b.words(), func(word string) bool { return !strings.Contains(m.text, word) }) {
			tests["`"+m.test+"`"] = true
		}
	}
	return slices.Sorted(maps.Keys(tests))
}

// message is one failure of a test.
type message struct{ test, text string }

var (
	testLine    = regexp.MustCompile(`^=== (?:RUN|NAME|CONT) +(\S+)`)
	resultLine  = regexp.MustCompile(`^ *--- (\w+): (\S+)`)
	messageLine = regexp.MustCompile(`^\s+\w+\.go:\d+: `)
)

// complaints are what the integration tests find wrong.
func (l *life) complaints(t *testing.T) []message {
	t.Helper()
	output, _ := l.tryIntegration(t, l.describeDeployed(t))
	require.Contains(t, string(output), "TestVPC", "integration tests that ran")
	return failures(output)
}

// failures are the messages of the tests that failed, of the output of `go test -v`.
func failures(output []byte) []message {
	var all []message
	failed := map[string]bool{}
	test := ""
	for line := range bytes.Lines(output) {
		text := string(line)
		if found := testLine.FindStringSubmatch(text); found != nil {
			test = found[1]
		} else if found := resultLine.FindStringSubmatch(text); found != nil {
			failed[found[2]] = found[1] == "FAIL"
			test = found[2]
		} else if messageLine.MatchString(text) {
			all = append(all, message{test, text})
		} else if n := len(all); n > 0 && all[n-1].test == test && strings.HasPrefix(text, "    ") {
			all[n-1].text += text
		}
	}
	return slices.DeleteFunc(all, func(m message) bool { return !failed[m.test] })
}

// plannedAttributes are what a plan changes, as address.attribute, or as the address alone
// of what is not updated in place.
func (l *life) plannedAttributes(t *testing.T) []string {
	t.Helper()
	l.plan(t, l.stackDir(), "-out=by-hand.tfplan")
	var shown struct {
		Changes []struct {
			Address string
			Change  struct {
				Actions       []string
				Before, After map[string]any
				Unknown       any `json:"after_unknown"`
			}
		} `json:"resource_changes"`
	}
	require.NoError(t, json.Unmarshal(l.show(t, l.stackDir(), nil, "by-hand.tfplan"), &shown))
	var changed []string
	for _, r := range shown.Changes {
		switch actions := strings.Join(r.Change.Actions, ","); actions {
		case "no-op", "read":
		case "update":
			unknown, _ := r.Change.Unknown.(map[string]any)
			for attribute, after := range r.Change.After {
				// The tags with those of the provider change as the tags do.
				if attribute != "tags_all" && unknown[attribute] != true && !assert.ObjectsAreEqual(r.Change.Before[attribute], after) {
					changed = append(changed, r.Address+"."+attribute)
				}
			}
		default:
			changed = append(changed, r.Address)
		}
	}
	slices.Sort(changed)
	return changed
}

// allChangedByHand changes an environment of everything by chance, and then by hand.
func (l *life) allChangedByHand(t *testing.T) {
	t.Helper()
	r := l.begin(t, "18. changed by hand, with everything on")
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	l.deployImage(t)
	r.created = len(l.stateResources(t))
	l.changedByChance(t)
	compareByHand(t, "everything", l.changedByHand(t, slices.Concat(accessByHand(), dataByHand(), networkByHand(), serviceByHand()), hidingByHand()))
	l.end(t, r)
}

// imagesChangedByHand changes an environment by hand whose images are Terraform's, and
// whose alarms have a key of their own.
func (l *life) imagesChangedByHand(t *testing.T) {
	t.Helper()
	r := l.begin(t, "19. changed by hand, with images of Terraform")
	l.cfg.Alarms.Enabled = true
	l.replaceStack(t, l.cfg)
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	compareByHand(t, "images", l.changedByHand(t, deployedByHand()))
	l.end(t, r)
}

// compareByHand compares the rows with a table of docs/changes-by-hand.md.
func compareByHand(t *testing.T, name string, rows []string) {
	t.Helper()
	table := "| changed by hand | found by | what a plan shows |\n| --- | --- | --- |\n" + strings.Join(rows, "\n")
	t.Logf("%d changes by hand:\n%s", len(rows), table)
	golden.Section(t, filepath.Join(root, "docs", "changes-by-hand.md"), name, table)
}

// TestFailures reads the output of tests that ran side by side.
func TestFailures(t *testing.T) {
	messages := failures([]byte(`=== RUN   TestA
=== CONT  TestA
    a_test.go:1: a port is 1,
        wanted 2
=== RUN   TestB
    b_test.go:1: only said
=== NAME  TestA
    a_test.go:2: another
--- FAIL: TestA (0.00s)
--- PASS: TestB (0.00s)
=== RUN   TestC/kind
    c_test.go:1: a port is 1
--- FAIL: TestC (0.00s)
    --- FAIL: TestC/kind (0.00s)
FAIL
`))
	assert.Equal(t, []message{
		{"TestA", "    a_test.go:1: a port is 1,\n        wanted 2\n"}, {"TestA", "    a_test.go:2: another\n"}, {"TestC/kind", "    c_test.go:1: a port is 1\n"},
	}, messages)
	assert.Equal(t, []string{"`TestA`", "`TestC/kind`"}, byHand{says: []string{"port", "1"}}.caughtBy(messages))
	assert.Equal(t, []string{"`TestA`"}, byHand{says: []string{"port", "wanted 2"}}.caughtBy(messages))
	assert.Equal(t, []string{"aws_lb.alb ", "name"}, byHand{at: "aws_lb.alb.name"}.words())
	assert.Equal(t, []string{"aws_lb.alb"}, byHand{at: "aws_lb.alb"}.words())
}
