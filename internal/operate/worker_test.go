package operate

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// mailer is a worker that runs the API's image.
func mailer(state types.DeploymentRolloutState) Process {
	return Process{Name: "mailer", Image: "example.com/api:v2", Service: types.Service{
		DesiredCount: 2, RunningCount: 2, Deployments: []types.Deployment{{
			Status: aws.String("PRIMARY"), RolloutState: state, TaskDefinition: aws.String("a/flask-api-worker-mailer-dev:3"),
		}},
	}}
}

// TestWorkersVerdict changes one thing at a time in a worker that is well.
func TestWorkersVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*Process)
		code     int
		problems []string
	}{
		"well":    {func(*Process) {}, Healthy, nil},
		"at rest": {func(w *Process) { w.Service.DesiredCount, w.Service.RunningCount = 0, 0 }, Healthy, nil},
		"moving": {func(w *Process) {
			*w = mailer(types.DeploymentRolloutStateInProgress)
			w.Image, w.Service.RunningCount = "other", 0
		}, RollingOut, nil},
		"failed":       {func(w *Process) { *w = mailer(types.DeploymentRolloutStateFailed) }, Unhealthy, []string{"the worker mailer: the deployment failed: "}},
		"a task lacks": {func(w *Process) { w.Service.RunningCount = 1 }, Unhealthy, []string{"the worker mailer: 1 of 2 tasks run"}},
		"another image": {
			func(w *Process) { w.Image = "example.com/api:v1" }, Unhealthy,
			[]string{"the worker mailer: runs example.com/api:v1, and the API example.com/api:v2"},
		},
		"rolled back": {
			func(w *Process) { w.Service.Deployments[0].RolloutStateReason = aws.String("rolling back to b") }, Unhealthy,
			[]string{"the worker mailer: the deployment failed: rolling back to b"},
		},
	} {
		s, w := healthyState(), mailer(types.DeploymentRolloutStateCompleted)
		c.change(&w)
		s.Workers = []Process{w}
		assert.Equal(t, c.code, s.Code(), name)
		assert.Equal(t, c.problems, s.Problems(), name)
	}
	s := healthyState()
	s.Workers = []Process{mailer(types.DeploymentRolloutStateCompleted)}
	var screen bytes.Buffer
	require.NoError(t, s.write(&screen, config.Defaults("dev"), moment))
	assert.Regexp(t, `(?m)^workers +mailer: flask-api-worker-mailer-dev:3 completed, 2 of 2 running, 0 starting$`, screen.String())
}

// TestLookAtWorkers finds those that are there, and says which are not.
func TestLookAtWorkers(t *testing.T) {
	look := func(service, definition string) (State, error) {
		f := newFake(t, map[string][]string{"DescribeServices": {service}, "DescribeTaskDefinition": {definition}})
		f.Config.Workers = []config.Worker{config.DefaultWorker("mailer", "mail", "work")}
		s := healthyState()
		err := f.lookAtWorkers(t.Context(), &s)
		return s, err
	}
	s, err := look(deployed("c", "w:4", "COMPLETED", ""), serving("ACTIVE", "v2"))
	require.NoError(t, err)
	require.Len(t, s.Workers, 1)
	assert.Equal(t, "example.com/api:v2", s.Workers[0].Image)
	s, err = look(`{"services":[]}`, "")
	require.NoError(t, err)
	env := config.Defaults("dev")
	env.Registry.ImageTag = "v2"
	env.Workers = []config.Worker{config.DefaultWorker("mailer", "mail", "work")}
	assert.Equal(t, []string{"the worker mailer is in the configuration, and not in AWS"}, s.Differences(env))
	const refused = `{"__type":"AccessDeniedException","message":"not you"}`
	_, err = look(refused, "")
	require.ErrorContains(t, err, "not you")
	_, err = look(deployed("c", "w:4", "COMPLETED", ""), refused)
	require.ErrorContains(t, err, "not you")
}

// TestFollowWorkers tells of a worker whose tasks fail, which Terraform's provider does not.
func TestFollowWorkers(t *testing.T) {
	f := newFake(t, map[string][]string{"DescribeServices": {deployed("c", "w:1", "FAILED", "tasks failed to start")}})
	f.Config.Workers = []config.Worker{config.DefaultWorker("mailer", "mail", "work")}
	require.ErrorContains(t, f.Follow(t.Context(), func(types.Deployment) {}), "(tasks failed to start). Read why in the events of the ECS service flask-api-worker-mailer-dev")
}
