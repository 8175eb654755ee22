package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRuleCapabilitiesHaveBothLists(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	const sent = `{"family":"f","containerDefinitions":[{"linuxParameters":{"capabilities":{"drop":["ALL"]}}}]}`
	assert.Contains(t, send(t, p, "ecs", "X.RegisterTaskDefinition", jsonType, sent), `{"add":[],"drop":["ALL"]}`)
}

// registered is what moto gets of a container.
func registered(t *testing.T, container string) string {
	t.Helper()
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	return send(t, p, "ecs", "X.RegisterTaskDefinition", jsonType, `{"containerDefinitions":[`+container+`]}`)
}

func TestRuleContainersAreStoredWithEmptyLists(t *testing.T) {
	stored := registered(t, `{"name":"c","portMappings":[{"containerPort":1}]}`)
	for _, part := range []string{`"cpu":0`, `"environment":[]`, `"mountPoints":[]`, `"systemControls":[]`, `"volumesFrom":[]`, `"portMappings":[{`} {
		assert.Contains(t, stored, part)
	}
}

func TestRulePortsHaveTheHosts(t *testing.T) {
	assert.Contains(t, registered(t, `{"portMappings":[{"containerPort":1}]}`), `{"containerPort":1,"hostPort":1,"protocol":"tcp"}`)
}

func TestRuleHealthChecksHaveDefaults(t *testing.T) {
	assert.Contains(t, registered(t, `{"healthCheck":{"retries":2}}`), `{"interval":30,"retries":2,"timeout":5}`)
}

func TestRuleVariablesComeInAnotherOrder(t *testing.T) {
	assert.Contains(t, registered(t, `{"secrets":[{"name":"a"},{"name":"b"}]}`), `[{"name":"b"},{"name":"a"}]`)
}

func TestRuleInactiveRevisionsAreRefused(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		status := map[bool]string{true: "INACTIVE", false: "ACTIVE"}[strings.Contains(string(body), "task:1")]
		_, _ = io.WriteString(w, `{"taskDefinition":{"status":"`+status+`"}}`)
	})
	account := p.memory.account
	account.BaseEndpoint = &p.URL
	client, names := ecs.NewFromConfig(account), aws.String("s")
	for revision, refused := range map[*string]bool{nil: false, aws.String("arn:task:1"): true, aws.String("arn:task:2"): false} {
		_, err := client.CreateService(t.Context(), &ecs.CreateServiceInput{ServiceName: names, TaskDefinition: revision})
		assert.Equal(t, refused, err != nil, "%v", err)
		_, err = client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Service: names, TaskDefinition: revision})
		assert.Equal(t, refused, err != nil, "%v", err)
	}
}

// TestRuleFirstRolloutsTakeTime creates a service, whose tasks are healthy or not.
func TestRuleFirstRolloutsTakeTime(t *testing.T) {
	for revision, end := range map[string]string{
		"arn:task:1": `"rolloutState":"COMPLETED","runningCount":1}],"runningCount":1`,
		"arn:task:2": `"rolloutState":"FAILED","runningCount":0}],"runningCount":0`,
	} {
		p := newTestProxy(t, answering(`{"services":[{"serviceName":"s","runningCount":1,"deployments":[{"rolloutState":"COMPLETED","runningCount":1}]}]}`))
		p.memory.broken["arn:task:2"] = true
		call := func(action, body string) string { return send(t, p, "ecs", "X."+action, jsonType, body) }
		call("CreateService", `{"serviceName":"s","taskDefinition":"`+revision+`"}`)
		for range rollbackLooks {
			assert.Contains(t, call("DescribeServices", `{}`), `"rolloutState":"IN_PROGRESS","runningCount":1}],"runningCount":1`)
		}
		for range 2 {
			assert.Contains(t, call("DescribeServices", `{}`), end)
		}
		call("UpdateService", `{"service":"s","taskDefinition":"arn:task:3"}`)
		assert.Contains(t, call("DescribeServices", `{}`), `"rolloutState":"COMPLETED"`)
	}
}

// TestStartNoMore wants a service to run as many tasks as it wants, where moto starts more.
func TestStartNoMore(t *testing.T) {
	counts := func(desired, running, pending float64) map[string]any {
		return map[string]any{"desiredCount": desired, "runningCount": running, "pendingCount": pending}
	}
	service := counts(1, 2, -1)
	service["pendingCount"] = json.Number("-1")
	service["deployments"] = []any{counts(1, 2, -1)}
	startNoMore(service)
	for _, shown := range append(objects(service["deployments"]), service) {
		assert.InDelta(t, 1, shown["runningCount"], 0)
		assert.Zero(t, shown["pendingCount"])
	}
	starting := counts(2, 0, 2)
	startNoMore(starting)
	assert.Equal(t, counts(2, 0, 2), starting)
}

// TestRuleLaunchTypeOrStrategy creates services in a cluster that has spare capacity.
func TestRuleLaunchTypeOrStrategy(t *testing.T) {
	p := newTestProxy(t, answering(`{"clusters":[{"capacityProviders":["FARGATE","FARGATE_SPOT"]}],"service":{}}`))
	account := p.memory.account
	account.BaseEndpoint = &p.URL
	spot := func(provider string, weight int32) []ecstypes.CapacityProviderStrategyItem {
		return []ecstypes.CapacityProviderStrategyItem{{CapacityProvider: &provider, Weight: weight}}
	}
	for problem, input := range map[string]ecs.CreateServiceInput{
		"both a launch type": {LaunchType: ecstypes.LaunchTypeFargate, CapacityProviderStrategy: spot("FARGATE_SPOT", 1)},
		"was not found":      {CapacityProviderStrategy: spot("other", 1)},
		"weight of 0":        {CapacityProviderStrategy: spot("FARGATE_SPOT", 0)},
		"":                   {CapacityProviderStrategy: spot("FARGATE_SPOT", 100)},
	} {
		input.ServiceName, input.Cluster = aws.String("s"), aws.String("c")
		_, err := ecs.NewFromConfig(account).CreateService(t.Context(), &input)
		if problem == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, problem)
		}
	}
	assert.Empty(t, newTestProxy(t, answering(`{}`)).memory.providersOf("c"))
}

// TestRuleDeploymentOfNone updates a service to a broken image, which nobody notices while no
// task is wanted.
func TestRuleDeploymentOfNone(t *testing.T) {
	for desired, updated := range map[string]string{"0": "arn:task:2", "1": "arn:task:1"} {
		p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			definition := "arn:task:1"
			if strings.Contains(string(body), "arn:task:2") {
				definition = "arn:task:2"
			}
			_, _ = io.WriteString(w, `{"service":{"serviceName":"s","taskDefinition":"`+definition+`"},"services":[{"serviceName":"s","desiredCount":`+desired+`}]}`)
		})
		p.memory.broken["arn:task:2"] = true
		answer := send(t, p, "ecs", "X.UpdateService", jsonType, `{"service":"s","taskDefinition":"arn:task:2"}`)
		var shown struct{ Service struct{ Deployments []any } }
		require.NoError(t, json.Unmarshal([]byte(answer), &shown))
		assert.Equal(t, updated == "arn:task:1", len(shown.Service.Deployments) > 0, "an attempt that fails is shown: %s", answer)
	}
	_, known := newTestProxy(t, answering(`{}`)).memory.wanted("c", "s")
	assert.False(t, known)
}
