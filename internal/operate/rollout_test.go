package operate

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deployed is a service with a deployment of that id, revision and state, and one before.
func deployed(id, revision, state, reason string) string {
	return `{"services":[{"status":"ACTIVE","serviceName":"flask-api-service-dev","deployments":[{"status":"ACTIVE","id":"old","rolloutState":"FAILED","rolloutStateReason":"tasks failed to start"},` +
		`{"status":"PRIMARY","id":"` + id + `","taskDefinition":"arn:aws:ecs:eu-south-1:1:task-definition/` + revision + `","rolloutState":"` + state + `","rolloutStateReason":"` + reason + `"}]}]}`
}

// TestFollow looks at a service whose deployment is shown in these states, one after
// the other.
func TestFollow(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		want    string
		minutes int
	}{
		"healthy":          {[]string{deployed("a", "t:2", "IN_PROGRESS", ""), deployed("a", "t:2", "COMPLETED", "")}, "", 1},
		"unhealthy":        {[]string{deployed("a", "t:2", "IN_PROGRESS", ""), deployed("a", "t:2", "FAILED", "tasks failed")}, "(tasks failed). Read why in the events of the ECS service flask-api-service-dev and in the log group /ecs/flask-api-dev, ", 1},
		"taken back":       {[]string{deployed("old", "t:2", "IN_PROGRESS", ""), deployed("a", "t:1", "COMPLETED", "")}, "(ECS went back to t:1: tasks failed to start)", 1},
		"replaced":         {[]string{deployed("gone", "t:2", "IN_PROGRESS", ""), deployed("a", "t:1", "COMPLETED", "")}, "the deployment gone failed, or another one took its place", 1},
		"being taken back": {[]string{deployed("a", "t:1", "IN_PROGRESS", "ECS deployment circuit breaker: rolling back to deploymentId b")}, "(ECS deployment circuit breaker: rolling back to deploymentId b)", 1},
		"no service":       {[]string{`{"services":[]}`}, "", 1},
		"refused":          {[]string{`{"__type":"AccessDeniedException"}`}, "asking ECS for flask-api-service-dev: AccessDenied", 1},
		"out of time":      {[]string{deployed("a", "t:2", "IN_PROGRESS", "")}, "(they are still being started)", 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, map[string][]string{"DescribeServices": c.answers})
			f.Config.Service.DeploymentTimeoutMinutes = c.minutes
			err := f.Follow(t.Context(), func(types.Deployment) {})
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestProgressTellsWhatMoved(t *testing.T) {
	f := newFake(t, map[string][]string{"DescribeServices": {
		deployed("a", "t:2", "IN_PROGRESS", ""), deployed("a", "t:2", "IN_PROGRESS", ""), deployed("a", "t:2", "COMPLETED", ""),
	}})
	require.NoError(t, f.Follow(t.Context(), f.Progress()))
	assert.Equal(t, "t:2, in progress: 0 of 0 running, 0 starting, 0 failed\nt:2, completed: 0 of 0 running, 0 starting, 0 failed\n", f.notes.String())
}
