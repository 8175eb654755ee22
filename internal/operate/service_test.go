package operate

import (
	"bytes"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	balancer "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// admin is a service of its own image, of which one task is wanted.
func admin() WebService {
	return WebService{
		Process{Name: "admin", Image: "example.com/admin:v7", Service: types.Service{
			DesiredCount: 1, RunningCount: 1, LoadBalancers: make([]types.LoadBalancer, 1), Deployments: []types.Deployment{{
				Status: aws.String("PRIMARY"), RolloutState: types.DeploymentRolloutStateCompleted, TaskDefinition: aws.String("a/flask-api-service-admin-dev:3"),
			}},
		}},
		[]balancer.TargetHealthDescription{{TargetHealth: &balancer.TargetHealth{State: balancer.TargetHealthStateEnumHealthy}}},
	}
}

// withAdmin has a service.
func withAdmin(f *fake) {
	f.Config.Services = []config.WebService{config.DefaultWebService("admin")}
}

// TestServicesVerdict changes one thing at a time in a service that is well, beside an API that
// is, too.
func TestServicesVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*WebService)
		code     int
		problems []string
	}{
		"well": {func(*WebService) {}, Healthy, nil},
		"moving": {func(w *WebService) {
			w.Service.Deployments[0].RolloutState, w.Service.RunningCount = types.DeploymentRolloutStateInProgress, 0
		}, RollingOut, nil},
		"failed": {func(w *WebService) {
			w.Service.Deployments[0].RolloutState, w.Service.Deployments[0].RolloutStateReason = types.DeploymentRolloutStateFailed, aws.String("tasks failed")
		}, Unhealthy, []string{"the service admin: the deployment failed: tasks failed"}},
		"a task lacks":     {func(w *WebService) { w.Service.RunningCount = 0 }, Unhealthy, []string{"the service admin: 0 of 1 tasks run"}},
		"no target":        {func(w *WebService) { w.Targets = nil }, Unhealthy, []string{"the service admin: no target is healthy"}},
		"a target lacks":   {func(w *WebService) { w.Service.DesiredCount, w.Service.RunningCount = 2, 2 }, Unhealthy, []string{"the service admin: 1 of 2 targets are healthy"}},
		"another's image":  {func(w *WebService) { w.Image = "example.com/api:v1" }, Healthy, nil},
		"no load balancer": {func(w *WebService) { w.Service.LoadBalancers, w.Targets = nil, nil }, Healthy, nil},
	} {
		s, w := healthyState(), admin()
		c.change(&w)
		s.Services = []WebService{w}
		assert.Equal(t, c.code, s.Code(), name)
		assert.Equal(t, c.problems, s.Problems(), name)
	}
	s := healthyState()
	s.Services = []WebService{admin()}
	var screen bytes.Buffer
	require.NoError(t, s.write(&screen, config.Defaults("dev"), moment))
	assert.Regexp(t, `(?m)^services +admin: flask-api-service-admin-dev:3 completed, 1 of 1 running, 0 starting, targets: 1 healthy\n +admin: example.com/admin:v7$`, screen.String())
}

// TestServicesDifferences compares the image, if Terraform decides on it, and the tasks.
func TestServicesDifferences(t *testing.T) {
	env, w := config.Defaults("dev"), config.DefaultWebService("admin")
	w.ImageTag, w.MinTasks = "v8", 2
	env.Services = []config.WebService{w}
	s := healthyState()
	assert.Equal(t, []string{"the service admin is in the configuration, and not in AWS"}, s.Differences(env))
	s.Services = []WebService{admin()}
	const tasks = "the service admin has 2 to 4 tasks in the configuration, and 1 in AWS"
	assert.Equal(t, []string{"Services[0].ImageTag is v8 in the configuration, and v7 in AWS", tasks}, s.Differences(env))
	env.Deployment.Images = config.ImagesExternal
	assert.Equal(t, []string{tasks}, s.Differences(env))
	env.Services[0].MinTasks = 1
	assert.Empty(t, s.Differences(env))
}

// administering is a definition of the service's that runs the tag.
func administering(status, tag string) string {
	return `{"taskDefinition":{"status":"` + status + `","containerDefinitions":[{"name":"service-admin","image":"example.com/admin:` + tag + `"}]}}`
}

// TestLookAtServices finds those that are there, and says what AWS refuses.
func TestLookAtServices(t *testing.T) {
	look := func(service, definition string) (State, error) {
		f := newFake(t, map[string][]string{"DescribeServices": {service}, "DescribeTaskDefinition": {definition}})
		withAdmin(f)
		s := healthyState()
		return s, f.lookAtServices(t.Context(), &s)
	}
	const refused, balanced = `{"__type":"AccessDeniedException","message":"not you"}`, `{"services":[{"status":"ACTIVE","loadBalancers":[{"targetGroupArn":"arn"}]}]}`
	f := newFake(t, map[string][]string{"DescribeServices": {deployed("c", "s:4", "COMPLETED", "")}, "DescribeTaskDefinition": {administering("ACTIVE", "v2")}})
	withAdmin(f)
	s := healthyState()
	require.NoError(t, f.lookAtServices(t.Context(), &s))
	require.Len(t, s.Services, 1)
	assert.Equal(t, "example.com/admin:v2", s.Services[0].Image)
	assert.Contains(t, f.called("DescribeServices")[0], `"services":["flask-api-service-admin-dev"]`)
	s, err := look(`{"services":[]}`, "")
	require.NoError(t, err)
	assert.Empty(t, s.Services)
	for _, answers := range [][]string{{refused, ""}, {deployed("c", "s:4", "COMPLETED", ""), refused}, {balanced, administering("ACTIVE", "v2")}} {
		_, err = look(answers[0], answers[1])
		require.Error(t, err)
	}
}

// TestFollowServices tells of a service whose tasks fail.
func TestFollowServices(t *testing.T) {
	f := newFake(t, map[string][]string{"DescribeServices": {deployed("c", "s:1", "FAILED", "tasks failed to start")}})
	withAdmin(f)
	require.ErrorContains(t, f.Follow(t.Context(), func(types.Deployment) {}), "(tasks failed to start). Read why in the events of the ECS service flask-api-service-admin-dev")
}

// TestLogsOfOneService reads the streams of its tasks alone.
func TestLogsOfOneService(t *testing.T) {
	f := newFake(t, map[string][]string{"FilterLogEvents": {events("", "a 10 service-admin/service-admin/1111111100 hello")}})
	withAdmin(f)
	require.NoError(t, f.Logs(t.Context(), LogQuery{Since: time.Unix(5, 0), Service: "admin"}))
	assert.Contains(t, f.called("FilterLogEvents")[0], `"logStreamNamePrefix":"service-admin/"`)
	assert.Contains(t, f.out.String(), "11111111/service-admin hello")
	require.ErrorContains(t, f.Logs(t.Context(), LogQuery{Service: "admn"}), "SERVICE=admn: flask-api-dev has no such service; it has admin, and without SERVICE it is the API")
}

// TestRollbackOfAService takes it back to its last other image, past a revision of the same,
// and leaves the API and its workers alone.
func TestRollbackOfAService(t *testing.T) {
	took := func(definitions ...string) (*fake, string, error) {
		f, asked := history(t, "1", "3", "2"), ""
		withAdmin(f)
		f.Config.Workers = []config.Worker{config.DefaultWorker("mailer", "mail", "work")}
		f.answers["DescribeServices"] = []string{deployed("a", "t:4", "COMPLETED", ""), deployed("b", "t:2", "COMPLETED", "")}
		f.answers["DescribeTaskDefinition"] = definitions
		err := f.Rollback(t.Context(), "admin", func(question string) bool { asked = question; return true })
		return f, asked, err
	}
	f, asked, err := took(administering("ACTIVE", "v4"), administering("ACTIVE", "v4"), administering("ACTIVE", "v2"))
	require.NoError(t, err)
	assert.Equal(t, "Take flask-api-service-admin-dev from t:4 (example.com/admin:v4) back to t:2 (example.com/admin:v2)?", asked)
	require.Len(t, f.called("UpdateService"), 1)
	assert.Contains(t, f.called("UpdateService")[0], `"service":"flask-api-service-admin-dev"`)
	assert.Contains(t, f.notes.String(), `flask-api-service-admin-dev runs example.com/admin:v2. The next deployment would undo this: set Services[0].ImageTag to "v2", or deploy once with IMAGE_TAG_ADMIN=v2.`)

	for says, definitions := range map[string][]string{
		"no deployment of the last 90 days has completed with a revision of another image before t:4": {administering("ACTIVE", "v4")},
		"Deploy its tag: IMAGE_TAG_ADMIN=v2 make deploy ENVIRONMENT=dev":                              {administering("ACTIVE", "v4"), administering("INACTIVE", "v2")},
		"reading t:4": {`{"__type":"ClientException","message":"not there"}`},
	} {
		f, _, err = took(definitions...)
		require.ErrorContains(t, err, says)
		assert.Empty(t, f.called("UpdateService"), says)
	}
	f = history(t, "2")
	require.ErrorContains(t, f.Rollback(t.Context(), "admin", yes), "SERVICE=admin: flask-api-dev has the API alone; Config.Services is empty")
	assert.Empty(t, f.calls)
}
