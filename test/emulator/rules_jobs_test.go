package emulator

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withRole is a proxy, and how to reach it, of a moto that has one role, of that trust.
func withRole(t *testing.T, trust string) aws.Config {
	t.Helper()
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case !strings.Contains(string(body), "Action=GetRole"):
			_, _ = io.WriteString(w, `{}`)
		case strings.Contains(string(body), "RoleName=known"):
			_, _ = io.WriteString(w, "<GetRoleResponse><GetRoleResult><Role><AssumeRolePolicyDocument>"+url.QueryEscape(trust)+"</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	account := p.memory.account
	account.BaseEndpoint, account.RetryMaxAttempts = &p.URL, 1
	return account
}

const knownRole, unknownRole = "arn:aws:iam::123456789012:role/known", "arn:aws:iam::123456789012:role/unknown"

// TestRuleSchedules creates schedules that AWS takes, and those with one thing wrong.
func TestRuleSchedules(t *testing.T) {
	client := scheduler.NewFromConfig(withRole(t, `{"Principal":{"Service":"scheduler.amazonaws.com"}}`))
	window := func(mode types.FlexibleTimeWindowMode, minutes *int32) *types.FlexibleTimeWindow {
		return &types.FlexibleTimeWindow{Mode: mode, MaximumWindowInMinutes: minutes}
	}
	off := window(types.FlexibleTimeWindowModeOff, nil)
	for _, s := range []struct {
		expression, zone string
		window           *types.FlexibleTimeWindow
		role, says       string
	}{
		{"cron(30 2 * * ? *)", "Europe/Rome", off, knownRole, ""},
		{"rate(6 hours)", "UTC", window(types.FlexibleTimeWindowModeFlexible, aws.Int32(15)), knownRole, ""},
		{"at(2030-01-01T00:00:00)", "UTC", off, knownRole, ""},
		{"cron(30 2 * * * *)", "UTC", off, knownRole, "Invalid Schedule Expression cron(30 2 * * * *)."},
		{"cron(30 2 * * *)", "UTC", off, knownRole, "Invalid Schedule Expression"},
		{"rate(1 week)", "UTC", off, knownRole, "Invalid Schedule Expression rate(1 week)."},
		{"rate(1 day)", "Europe/Roma", off, knownRole, "The ScheduleExpressionTimezone 'Europe/Roma' is not valid."},
		{"rate(1 day)", "Local", off, knownRole, "is not valid"},
		{"rate(1 day)", "UTC", window(types.FlexibleTimeWindowModeOff, aws.Int32(15)), knownRole, "maximum flexible time window"},
		{"rate(1 day)", "UTC", window(types.FlexibleTimeWindowModeFlexible, nil), knownRole, "maximum flexible time window"},
		{"rate(1 day)", "UTC", off, unknownRole, "must allow AWS EventBridge Scheduler to assume the role"},
	} {
		target := &types.Target{Arn: aws.String("arn:aws:states:eu-south-1:123456789012:stateMachine:m"), RoleArn: &s.role}
		_, created := client.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
			Name: aws.String("s"), ScheduleExpression: &s.expression, ScheduleExpressionTimezone: &s.zone, FlexibleTimeWindow: s.window, Target: target,
		})
		_, updated := client.UpdateSchedule(t.Context(), &scheduler.UpdateScheduleInput{
			Name: aws.String("s"), ScheduleExpression: &s.expression, ScheduleExpressionTimezone: &s.zone, FlexibleTimeWindow: s.window, Target: target,
		})
		for _, err := range []error{created, updated} {
			if s.says == "" {
				require.NoError(t, err, s.expression)
			} else {
				require.ErrorContains(t, err, s.says, s.expression)
			}
		}
	}
	_, err := scheduler.NewFromConfig(withRole(t, `{"Principal":{"Service":"ecs-tasks.amazonaws.com"}}`)).CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		Name: aws.String("s"), ScheduleExpression: aws.String("rate(1 day)"), FlexibleTimeWindow: off,
		Target: &types.Target{Arn: aws.String("arn"), RoleArn: aws.String(knownRole)},
	})
	require.ErrorContains(t, err, "must allow AWS EventBridge Scheduler to assume the role", "a role of another service")
}

// TestRuleMachines creates state machines, and starts executions of good and bad names.
func TestRuleMachines(t *testing.T) {
	client := sfn.NewFromConfig(withRole(t, `{"Principal":{"Service":"states.amazonaws.com"}}`))
	for role, good := range map[string]bool{knownRole: true, unknownRole: false} {
		_, err := client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: aws.String("m"), Definition: aws.String("{}"), RoleArn: &role})
		assert.Equal(t, good, err == nil, "%v", err)
		_, err = client.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: aws.String("arn"), RoleArn: &role})
		assert.Equal(t, good, err == nil, "%v", err)
	}
	_, err := client.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: aws.String("arn"), Definition: aws.String("{}")})
	require.NoError(t, err, "the role stays")
	for name, good := range map[string]bool{"2026-11-26T02-30-00Z": true, "2026-11-26T02:30:00Z": false, "a b": false} {
		_, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String("arn"), Name: &name})
		assert.Equal(t, good, err == nil, "%v", err)
	}
}

// TestExecutionsHaveNames gives a name to those that come without one, and leaves others.
func TestExecutionsHaveNames(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	assert.Regexp(t, `"name":"[A-Z0-9]{26}"`, send(t, p, "states", "AWSStepFunctions.StartExecution", jsonType, `{"stateMachineArn":"arn"}`))
	assert.JSONEq(t, `{"name":"mine"}`, send(t, p, "states", "AWSStepFunctions.StartExecution", jsonType, `{"name":"mine"}`))
}
