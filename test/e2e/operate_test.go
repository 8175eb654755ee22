package e2e

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/operate"
	"flask-api/test/emulator"
)

// operatorPolicy is what whoever operates an environment needs.
const operatorPolicy = root + "/docs/operator-policy.json"

// TestOperatorPolicyIsExact wants the policy to grant what the commands call, and nothing
// else. A life runs them with it.
func TestOperatorPolicyIsExact(t *testing.T) {
	exact(t, operatorPolicy, "internal/operate/*.go", "docs/background.md")
}

// operator runs commands as the role of the operator, in the lifelike AWS.
type operator struct {
	*life
	proxy   *emulator.Proxy
	program string
}

func (l *life) newOperator(t *testing.T) *operator {
	t.Helper()
	o := &operator{life: l, proxy: l.aws.NewProxy(), program: filepath.Join(l.dir, "operate")}
	t.Cleanup(o.proxy.Close)
	l.build(t, root, "build", "-o", o.program, "./cmd/operate")
	o.proxy.As(l.operatorRole)
	o.proxy.Lifelike()
	return o
}

// operate runs a command, with variables added to the environment.
func (o *operator) operate(t *testing.T, command string, variables ...string) (string, int) {
	t.Helper()
	output, code := o.run(t, o.dir, append(o.aws.Env(o.proxy), variables...), o.program, command, o.cfg.Suffix)
	return string(output), code
}

// operated does with a protected environment what a team does with one that runs.
func (l *life) operated(t *testing.T) {
	t.Helper()
	o := l.newOperator(t)
	o.status(t)
	o.logs(t)
	o.runs(t)
	o.rollsBack(t)
	assert.Empty(t, l.operatorRole.Denied(), "what the operator's policy does not allow")
}

// status wants the screen to show what runs.
func (o *operator) status(t *testing.T) {
	t.Helper()
	var output string
	require.Eventually(t, func() bool { // Tasks are replaced at any time.
		var code int
		output, code = o.operate(t, "status", "WATCH=1")
		return code == 0
	}, time.Minute, time.Second, "the exit code of what is healthy")
	for _, part := range []string{
		o.cfg.StackName() + "  healthy", "image ", ", since 20", " sha256:", "completed, ", " running, 0 starting", o.aws.Region + "a: ",
		" running", " healthy", " fine", o.cfg.PhysicalName("aurora") + " available, aurora-postgresql ", "writer " + o.cfg.PhysicalName("aurora-writer") + ", available, ",
	} {
		assert.Contains(t, output, part)
	}
	assert.NotContains(t, output, "differs")

	alarms, alarm := cloudwatch.NewFromConfig(o.aws.Config()), o.cfg.PhysicalName("alb-5xx")
	for want, state := range []cwtypes.StateValue{cwtypes.StateValueOk, cwtypes.StateValueAlarm, cwtypes.StateValueOk} {
		_, err := alarms.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: &alarm, StateValue: state, StateReason: aws.String("tried")})
		require.NoError(t, err)
		output, code := o.operate(t, "status")
		assert.Equal(t, want%2, code, output)
	}

	elsewhere, code := o.run(t, o.dir, o.aws.Env(o.proxy), o.program, "status", "elsewhere")
	assert.Equal(t, 2, code)
	assert.Contains(t, string(elsewhere), "nothing is deployed as flask-api-elsewhere in "+o.aws.Region+" of this account: make deploy ENVIRONMENT=elsewhere")
}

// logs wants the events of several streams, page by page, and those that arrive while it
// follows.
func (o *operator) logs(t *testing.T) {
	t.Helper()
	client, group := cloudwatchlogs.NewFromConfig(o.aws.Config()), aws.String("/ecs/"+o.cfg.StackName())
	write := func(stream, message string, ago time.Duration) {
		_, _ = client.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: &stream}) // It may be there.
		_, err := client.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: &stream, LogEvents: []logtypes.InputLogEvent{
			{Timestamp: aws.Int64(time.Now().Add(-ago).UnixMilli()), Message: &message},
		}})
		require.NoError(t, err)
	}
	const one, other = "flask-api/flask-api/11111111aaaa", "flask-api/flask-api/22222222bbbb"
	for i, event := range []struct{ stream, message string }{{one, "GET /1"}, {other, "GET /2"}, {one, "POST /3"}, {other, "GET /4"}, {one, "GET /5"}} {
		write(event.stream, event.message, time.Duration(60-i)*time.Minute+30*time.Second)
	}
	output, code := o.operate(t, "logs", "SINCE=60m")
	assert.Zero(t, code)
	assert.Equal(t, "22222222 GET /2\n11111111 POST /3\n22222222 GET /4\n11111111 GET /5\n", withoutTimes(output))
	output, _ = o.operate(t, "logs", "SINCE=2h", "FILTER=POST")
	assert.Equal(t, "11111111 POST /3\n", withoutTimes(output))

	go func() {
		for range 2 {
			time.Sleep(2 * time.Second)
			write(other, "GET /late", time.Minute)
		}
		time.Sleep(4 * time.Second) // It looks every three.
		o.interrupt()
	}()
	output, code = o.operate(t, "logs", "SINCE=5m", "FOLLOW=1")
	assert.Zero(t, code)
	assert.Equal(t, strings.Repeat("22222222 GET /late\n", 2), withoutTimes(output))
}

// runs wants a command's output and its exit code, and no task that is left after Ctrl-C.
func (o *operator) runs(t *testing.T) {
	t.Helper()
	const line = `echo "one  two" '$HOME'; exit 3`
	o.aws.OnRunTask(o.cfg.PhysicalName("task"), func(task emulator.Single) emulator.Outcome {
		if last := task.Command[len(task.Command)-1]; last != line {
			return emulator.Outcome{Runs: time.Hour, Prints: []string{last, "never"}}
		}
		return emulator.Outcome{Prints: []string{"first", "second"}, Code: 3}
	})
	output, code := o.operate(t, "run", "COMMAND="+line)
	assert.Equal(t, 3, code)
	assert.True(t, strings.HasPrefix(output, "first\nsecond\nTask "), output)

	go func() {
		assert.Eventually(t, func() bool { return len(o.ran("task")) == 2 }, time.Minute, 100*time.Millisecond)
		time.Sleep(5 * time.Second) // It looks every three.
		o.interrupt()
	}()
	output, code = o.operate(t, "run", "COMMAND=sleep 100")
	assert.Equal(t, 130, code)
	assert.Contains(t, output, "sleep 100\n")
	assert.Contains(t, output, " is being stopped.")
	assert.Equal(t, "interrupted", o.ran("task")[1].Reason)
	output, code = o.operate(t, "run")
	assert.Equal(t, 125, code)
	assert.Contains(t, output, "there is no command")
}

// rollsBack deploys two images as a pipeline does. One fails, which who follows is told, and
// the other works and is taken back.
func (o *operator) rollsBack(t *testing.T) {
	t.Helper()
	pipeline := o.aws.NewProxy()
	defer pipeline.Close()
	account := o.aws.Config()
	account.BaseEndpoint = &pipeline.URL
	client, service := ecs.NewFromConfig(account), aws.String(o.cfg.PhysicalName("service"))
	first := o.life.runs(t, config.PlaceholderImage)
	deploy := func(tag string) {
		task, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &first})
		require.NoError(t, err)
		d := task.TaskDefinition
		d.ContainerDefinitions[0].Image, d.ContainerDefinitions[0].Command = aws.String("example.com/api:"+tag), nil
		next, err := client.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
			Family: d.Family, ContainerDefinitions: d.ContainerDefinitions, Cpu: d.Cpu, Memory: d.Memory, NetworkMode: d.NetworkMode,
			RequiresCompatibilities: d.RequiresCompatibilities, Volumes: d.Volumes, TaskRoleArn: d.TaskRoleArn, ExecutionRoleArn: d.ExecutionRoleArn,
		})
		require.NoError(t, err)
		arn := next.TaskDefinition.TaskDefinitionArn
		t.Cleanup(func() {
			_, err := ecs.NewFromConfig(o.aws.Config()).DeregisterTaskDefinition(context.Background(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: arn})
			assert.NoError(t, err)
		})
		_, err = client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String(o.cfg.PhysicalName("cluster")), Service: service, TaskDefinition: arn})
		require.NoError(t, err)
	}
	deploy(brokenTag)
	output, code := o.operate(t, "status", "WATCH=1")
	assert.Equal(t, 1, code)
	assert.Contains(t, output, "the new tasks did not become healthy (ECS went back to "+o.cfg.PhysicalName("task")+":")

	deploy("v9")
	output, code = o.operate(t, "status", "WATCH=1")
	assert.Zero(t, code, output)
	assert.Contains(t, output, "example.com/api:v9")
	output, code = o.operate(t, "rollback")
	assert.Equal(t, 2, code)
	assert.Contains(t, output, "there is no terminal to answer at; AUTO_APPROVE=1 goes ahead without\nnothing was changed")
	output, code = o.operate(t, "rollback", "AUTO_APPROVE=1")
	assert.Zero(t, code, output)
	assert.Equal(t, first, o.life.runs(t, config.PlaceholderImage))
	output, code = o.operate(t, "rollback", "AUTO_APPROVE=1")
	assert.Equal(t, 2, code)
	assert.Contains(t, output, "has completed with a revision before "+o.cfg.PhysicalName("task")+":")
}

// sessions opens a shell and a tunnel with a stub in the plugin's place. No toolbox is left.
func (l *life) sessions(t *testing.T) {
	t.Helper()
	plugins := filepath.Join(l.dir, "plugins")
	require.NoError(t, os.MkdirAll(plugins, 0o700))
	asked := filepath.Join(l.dir, "asked")
	write(t, filepath.Join(plugins, "session-manager-plugin"), []byte("#!/bin/sh\necho \"$AWS_SSM_START_SESSION_RESPONSE $5\" >> '"+asked+"'\n"))
	require.NoError(t, os.Chmod(filepath.Join(plugins, "session-manager-plugin"), 0o700)) //nolint:gosec // A program.
	l.aws.OnRunTask(l.cfg.PhysicalName("toolbox"), func(emulator.Single) emulator.Outcome { return emulator.Outcome{Runs: time.Hour} })
	proxy := l.aws.NewProxy()
	defer proxy.Close()
	proxy.As(l.operatorRole)
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	platform := &operate.Platform{Config: l.cfg, AWS: account, Out: io.Discard, Notes: io.Discard, Plugin: filepath.Join(plugins, "session-manager-plugin"), Interval: 200 * time.Millisecond}
	for range 2 {
		code, err := platform.Shell(t.Context(), "", time.Hour)
		require.NoError(t, err)
		assert.Zero(t, code)
	}
	code, err := platform.Tunnel(t.Context(), 15432, time.Hour)
	require.NoError(t, err)
	assert.Zero(t, code)
	text := string(readFile(t, asked))
	assert.Equal(t, 3, strings.Count(text, emulator.SessionToken))
	assert.Contains(t, text, `"host":["`+l.cfg.PhysicalName("aurora")+`.`)
	assert.Contains(t, text, `"localPortNumber":["15432"],"portNumber":["5432"]`)
	tasks := l.ran("toolbox")
	require.Len(t, tasks, 3)
	for _, task := range tasks {
		assert.Equal(t, []string{"sleep", "3600"}, task.Command)
		assert.Equal(t, "the session ended", task.Reason)
		assert.True(t, strings.HasSuffix(task.Definition, ":1"), "a copy of its own for each session: %s", task.Definition)
	}
	assert.Empty(t, l.operatorRole.Denied(), "what the operator's policy does not allow")
}

// ran are the tasks of the family that were run by themselves: releases are others.
func (l *life) ran(family string) []emulator.Single {
	return slices.DeleteFunc(l.aws.SingleTasks(l.cfg.PhysicalName("cluster")), func(s emulator.Single) bool {
		return !strings.Contains(s.Definition, "/"+l.cfg.PhysicalName(family)+":")
	})
}

// withoutTimes are lines of a log without their times.
func withoutTimes(output string) string {
	var lines strings.Builder
	for line := range strings.Lines(output) {
		_, rest, _ := strings.Cut(line, " ")
		lines.WriteString(rest)
	}
	return lines.String()
}
