package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// TestDecided looks at a service whose deployment is shown in these states, one after
// the other.
func TestDecided(t *testing.T) {
	const old = `{"status":"ACTIVE","rolloutState":"FAILED"}`
	primary := func(state string) string {
		return `{"services":[{"deployments":[` + old + `,{"status":"PRIMARY","rolloutState":"` + state + `","rolloutStateReason":"tasks failed to start"}]}]}`
	}
	for name, c := range map[string]struct {
		answers []string
		want    string
		minutes int
	}{
		"healthy":     {[]string{primary("IN_PROGRESS"), primary("COMPLETED")}, "", 1},
		"unhealthy":   {[]string{primary("IN_PROGRESS"), primary("FAILED")}, "(tasks failed to start). Read why in the events of the ECS service flask-api-service-dev and in the log group /ecs/flask-api-dev, ", 1},
		"no service":  {[]string{`{"services":[]}`}, "", 1},
		"no cluster":  {[]string{`{"__type":"ClusterNotFoundException"}`}, "", 1},
		"refused":     {[]string{`{"__type":"AccessDeniedException"}`}, "asking ECS for flask-api-service-dev: ", 1},
		"out of time": {[]string{primary("IN_PROGRESS")}, "(they are still being started)", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				answer := c.answers[0]
				c.answers = c.answers[min(1, len(c.answers)-1):]
				if answer[2] == '_' {
					w.WriteHeader(http.StatusBadRequest)
				}
				_, err := io.WriteString(w, answer)
				assert.NoError(t, err)
			}))
			defer server.Close()
			client := ecs.New(ecs.Options{
				Region: "eu-south-1", BaseEndpoint: &server.URL,
				Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
				}),
			})
			env := config.Defaults("dev")
			env.Service.DeploymentTimeoutMinutes = c.minutes
			err := decided(t.Context(), client, env, 0)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestMakeDeployEndsHere wants the shell of `make deploy` to be there still when cdktf ends.
func TestMakeDeployEndsHere(t *testing.T) {
	command := exec.CommandContext(t.Context(), "make", "--dry-run", "deploy", "ENVIRONMENT=dev", "AUTO_APPROVE=1")
	command.Dir = "../.."
	recipe, err := command.Output()
	require.NoError(t, err)
	_, after, found := strings.Cut(string(recipe), " npx cdktf deploy ")
	require.True(t, found, "%s", recipe)
	assert.NotContains(t, string(recipe), "exec npx cdktf deploy")
	assert.Contains(t, after, `.bin/rollout "$name"`)
}
