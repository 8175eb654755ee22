package emulator

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// filterLogs is what moto gets of a request for log events.
func filterLogs(t *testing.T) string {
	t.Helper()
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	return send(t, p, "logs", "Logs_20140328.FilterLogEvents", jsonType, `{"logGroupName":"g"}`)
}

func TestRuleLogEventsComeInOrder(t *testing.T) {
	assert.Contains(t, filterLogs(t), `"interleaved":true`)
}

func TestRuleLogEventsComeInPages(t *testing.T) {
	assert.Contains(t, filterLogs(t), `"limit":2`)
}

// runner is a proxy of an account in which a task of this definition is run.
func runner(t *testing.T, container string) (p *Proxy, call func(service, action, body string) string, arn string) {
	t.Helper()
	p = newTestProxy(t, answering(`{"taskDefinition":{"containerDefinitions":[{"name":"flask-api"`+container+`}]}}`))
	p.memory.account.BaseEndpoint = aws.String(p.URL)
	call = func(service, action, body string) string { return send(t, p, service, "X."+action, jsonType, body) }
	p.memory.operate.do = map[string]func(Single) Outcome{"t": func(s Single) Outcome {
		assert.Equal(t, []string{"true"}, s.Command)
		return Outcome{Code: 3, Runs: time.Hour}
	}}
	call("ecs", "RunTask", runTask)
	require.Len(t, p.memory.operate.single, 1)
	return p, call, p.memory.operate.single[0].arn
}

const runTask = `{"cluster":"c","taskDefinition":"arn/t:1","clientToken":"once","enableExecuteCommand":true,"overrides":{"containerOverrides":[{"command":["true"]}]}}`

// TestSingleTasksEachContainer has a code for the container that a task is run for and one for
// those beside it, and no task where ECS takes none.
func TestSingleTasksEachContainer(t *testing.T) {
	p := newTestProxy(t, answering(`{"taskDefinition":{"containerDefinitions":[{"name":"api"},{"name":"collector"}]}}`))
	p.memory.account.BaseEndpoint = aws.String(p.URL)
	does := Outcome{Code: 3, Sidecars: 137}
	p.memory.operate.do = map[string]func(Single) Outcome{"t": func(Single) Outcome { return does }}
	const run = `{"cluster":"c","taskDefinition":"arn/t:1","overrides":{"containerOverrides":[{"name":"api","command":["true"]}]}}`
	send(t, p, "ecs", "X.RunTask", jsonType, run)
	task := p.memory.operate.single[0]
	task.Started, task.end = time.Now().Add(-time.Hour), time.Now().Add(-time.Hour)
	codes := map[string]any{}
	for _, container := range p.memory.describedSingle(task)["containers"].([]map[string]any) {
		codes[container["name"].(string)] = container["exitCode"]
	}
	assert.Equal(t, map[string]any{"api": 3, "collector": 137, "aws-guardduty-agent-" + task.id[:6]: 137}, codes)

	does = Outcome{Refused: "no room"}
	assert.JSONEq(t, `{"tasks":[],"failures":[{"reason":"no room"}]}`, send(t, p, "ecs", "X.RunTask", jsonType, run))
	assert.Len(t, p.memory.operate.single, 1)
}

func TestRuleSingleTasksRunOnce(t *testing.T) {
	p, call, arn := runner(t, "")
	assert.Contains(t, call("ecs", "RunTask", runTask), arn, "the same call again")
	assert.Contains(t, sendRefused(t, p, "ecs", "X.RunTask", jsonType, strings.Replace(runTask, "t:1", "t:2", 1)), "ConflictException")
	assert.Len(t, p.memory.operate.single, 1)
	assert.Contains(t, call("ecs", "ListTasks", `{"cluster":"c","family":"t"}`), arn)
	assert.NotContains(t, call("ecs", "ListTasks", `{"cluster":"other","family":"t"}`), arn)
	p.memory.operate.single[0].end = time.Now().Add(-time.Hour)
	described := call("ecs", "DescribeTasks", `{"cluster":"c","tasks":["`+arn+`"]}`)
	assert.Contains(t, described, `"exitCode":3`)
	assert.Contains(t, described, `"lastStatus":"STOPPED"`)
}

func TestRuleStoppedTasksEnd(t *testing.T) {
	p, call, arn := runner(t, "")
	call("ecs", "StopTask", `{"cluster":"c","task":"`+arn+`","reason":"enough"}`)
	assert.True(t, p.memory.operate.single[0].ends())
	p.memory.operate.single[0].end = time.Now().Add(-time.Hour)
	assert.Contains(t, call("ecs", "DescribeTasks", `{"cluster":"c","tasks":["`+arn+`"]}`), `"stoppedReason":"enough"`)
}

// TestRuleSessionsNeedAnAgent opens sessions in a task that starts, in one that runs, and in
// one that cannot write.
func TestRuleSessionsNeedAnAgent(t *testing.T) {
	for container, runs := range map[string]bool{"": true, `,"readonlyRootFilesystem":true`: false} {
		p, _, arn := runner(t, container)
		task := p.memory.operate.single[0]
		target := "ecs:c_" + task.id + "_" + task.runtime()
		opens := func(target string) (exec, forward bool) {
			_, refused := ecs.NewFromConfig(p.memory.account).ExecuteCommand(t.Context(), &ecs.ExecuteCommandInput{Task: &arn, Command: aws.String("sh"), Interactive: true})
			_, notConnected := ssm.NewFromConfig(p.memory.account).StartSession(t.Context(), &ssm.StartSessionInput{Target: &target})
			return refused == nil, notConnected == nil
		}
		exec, forward := opens(target)
		assert.False(t, exec || forward, "while it starts")
		task.Started = time.Now().Add(-time.Minute)
		exec, forward = opens(target)
		assert.Equal(t, runs, exec, container)
		assert.Equal(t, runs, forward, container)
		_, forward = opens("ecs:c_other_1")
		assert.False(t, forward)
	}
}

func TestRuleDeploymentsAreRemembered(t *testing.T) {
	p := newTestProxy(t, answering(`{}`))
	p.memory.broken["arn/t:2"] = true
	call := func(action, body string) string { return send(t, p, "ecs", "X."+action, jsonType, body) }
	call("CreateService", `{"cluster":"c","serviceName":"s","taskDefinition":"arn/t:1"}`)
	call("UpdateService", `{"cluster":"c","service":"s","desiredCount":3}`)
	call("UpdateService", `{"cluster":"arn/c","service":"arn/s","taskDefinition":"arn/t:2"}`)
	call("UpdateService", `{"cluster":"c","service":"s","taskDefinition":"arn/t:3"}`)
	successful := call("ListServiceDeployments", `{"service":"s","status":["SUCCESSFUL"]}`)
	assert.Regexp(t, `service-revision/c/s/2.*service-revision/c/s/0`, successful)
	assert.NotContains(t, successful, "service-revision/c/s/1", "one that was rolled back")
	p.memory.operate.fails("s", "arn/t:1")
	assert.NotContains(t, call("ListServiceDeployments", `{"service":"s","status":["SUCCESSFUL"]}`), "service-revision/c/s/0", "one whose tasks failed")
	assert.Contains(t, call("ListServiceDeployments", `{"service":"s"}`), "ROLLBACK_SUCCESSFUL")
	newest := regexp.MustCompile(`"arn[^"]*service-revision/c/s/2"`).FindString(successful)
	call("UpdateService", `{"cluster":"c","service":"s","forceNewDeployment":true}`)
	assert.Contains(t, call("ListServiceDeployments", `{"service":"s"}`), "service-revision/c/s/3")
	assert.Contains(t, call("DescribeServiceRevisions", `{"serviceRevisionArns":[`+newest+`]}`), `"taskDefinition":"arn/t:3"`)
}

func TestRuleUpdatesAreDeployments(t *testing.T) {
	p := newTestProxy(t, answering(`{"services":[{"serviceName":"s","deployments":[{"id":"first","taskDefinition":"arn/t:1"}]}]}`))
	call := func(action, body string) string { return send(t, p, "ecs", "X."+action, jsonType, body) }
	assert.Contains(t, call("DescribeServices", `{}`), `"id":"first"`)
	call("UpdateService", `{"cluster":"c","service":"s","taskDefinition":"arn/t:2"}`)
	second := call("DescribeServices", `{}`)
	assert.Regexp(t, `"id":"ecs-svc/\d{19}".*"taskDefinition":"arn/t:2"`, second)
	assert.Equal(t, second, call("DescribeServices", `{}`))
	call("UpdateService", `{"cluster":"c","service":"s","forceNewDeployment":true}`)
	third := call("DescribeServices", `{}`)
	assert.NotEqual(t, second, third)
	assert.Contains(t, third, "arn/t:2")
}
