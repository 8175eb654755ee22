package operate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// revised is a task definition that runs the tag.
func revised(status, tag string) string {
	return `{"taskDefinition":{"status":"` + status + `","containerDefinitions":[{"name":"flask-api","image":"example.com/api:` + tag + `"}]}}`
}

// history is an AWS whose service runs revision 4, after deployments of these revisions.
func history(t *testing.T, revisions ...string) *fake {
	t.Helper()
	var shown []string
	for _, revision := range revisions {
		shown = append(shown, `{"taskDefinition":"arn:task-definition/t:`+revision+`"}`)
	}
	last := len(shown) - 1 // on a second page
	return newFake(t, map[string][]string{
		"DescribeServices":         {deployed("a", "t:4", "COMPLETED", ""), deployed("a", "t:4", "COMPLETED", ""), deployed("b", "t:2", "COMPLETED", "")},
		"ListServiceDeployments":   {`{"serviceDeployments":[{"targetServiceRevisionArn":"arn:1"}],"nextToken":"more"}`, `{"serviceDeployments":[{"targetServiceRevisionArn":"arn:2"}]}`},
		"DescribeServiceRevisions": {`{"serviceRevisions":[` + strings.Join(shown[:last], ",") + `]}`, `{"serviceRevisions":[` + shown[last] + `]}`},
		"DescribeTaskDefinition":   {revised("ACTIVE", "v4"), revised("ACTIVE", "v2")},
		"UpdateService":            {`{"service":{"deployments":[{"status":"PRIMARY","id":"b"}]}}`},
	})
}

func yes(string) bool { return true }

// TestRollback wants the newest revision before the one that runs: what is newer was taken
// back before.
func TestRollback(t *testing.T) {
	f := history(t, "1", "5", "4", "2")
	asked := ""
	require.NoError(t, f.Rollback(t.Context(), "", func(question string) bool { asked = question; return true }))
	assert.Equal(t, "Take flask-api-service-dev from t:4 (example.com/api:v4) back to t:2 (example.com/api:v2)?", asked)
	assert.Contains(t, f.called("UpdateService")[0], `"taskDefinition":"arn:task-definition/t:2"`)
	assert.Empty(t, f.answers["DescribeServices"][1:], "the old deployment is not taken for the end of the new one")
	assert.Contains(t, f.called("ListServiceDeployments")[0], `"status":["SUCCESSFUL"]`)
	assert.Contains(t, f.notes.String(), `flask-api-service-dev runs example.com/api:v2. The next deployment would undo this: set Registry.ImageTag to "v2", or deploy once with IMAGE_TAG=v2.`)
}

func TestRollbackOfAPipelinesImage(t *testing.T) {
	f := history(t, "2")
	f.Config.Deployment.Images = config.ImagesExternal
	require.NoError(t, f.Rollback(t.Context(), "", yes))
	assert.Contains(t, f.notes.String(), "The pipeline's next deployment decides what runs after it.")
}

func TestRollbackThatIsNotDone(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*fake)
		says    string
		updates int
	}{
		"nothing before": {func(f *fake) {
			f.answers["DescribeServiceRevisions"] = []string{`{"serviceRevisions":[{"taskDefinition":"t:4"}]}`}
		}, "no deployment of the last 90 days has completed with a revision before t:4", 0},
		"deregistered": {func(f *fake) {
			f.answers["DescribeTaskDefinition"] = []string{revised("ACTIVE", "v4"), revised("INACTIVE", "v2")}
		}, "Deploy its tag: IMAGE_TAG=v2 make deploy ENVIRONMENT=dev", 0},
		"no list":       {func(f *fake) { delete(f.answers, "ListServiceDeployments") }, "asking ECS for the deployments of flask-api-service-dev: UnknownOperationException", 0},
		"no revisions":  {func(f *fake) { delete(f.answers, "DescribeServiceRevisions") }, "asking ECS for the revisions of flask-api-service-dev", 0},
		"no definition": {func(f *fake) { delete(f.answers, "DescribeTaskDefinition") }, "reading t:4", 0},
		"no old definition": {func(f *fake) {
			f.answers["DescribeTaskDefinition"] = []string{revised("ACTIVE", "v4"), `{"__type":"ClientException","message":"not there"}`}
		}, "reading t:2", 0},
		"refused": {func(f *fake) { delete(f.answers, "UpdateService") }, "pointing flask-api-service-dev to t:2", 1},
		"taken back": {func(f *fake) {
			f.answers["DescribeServices"] = []string{deployed("a", "t:4", "COMPLETED", ""), deployed("b", "t:2", "FAILED", "tasks failed")}
		}, "the new tasks did not become healthy (tasks failed)", 1},
	} {
		f := history(t, "2")
		c.change(f)
		require.ErrorContains(t, f.Rollback(t.Context(), "", yes), c.says, name)
		assert.Len(t, f.called("UpdateService"), c.updates, name)
	}
	f := history(t, "2")
	require.ErrorContains(t, f.Rollback(t.Context(), "", func(string) bool { return false }), "nothing was changed")
	assert.Empty(t, f.called("UpdateService"))
}

// serving is a worker's definition that runs the tag.
func serving(status, tag string) string {
	return `{"taskDefinition":{"status":"` + status + `","containerDefinitions":[{"name":"worker-mailer","image":"example.com/api:` + tag + `"}]}}`
}

// withWorker is an AWS whose service and worker run revision 4, after others.
func withWorker(t *testing.T, definitions ...string) *fake {
	t.Helper()
	f := history(t, "2")
	f.Config.Workers = []config.Worker{config.DefaultWorker("mailer", "mail", "work")}
	f.answers["DescribeServices"] = []string{
		deployed("a", "t:4", "COMPLETED", ""), deployed("c", "w:4", "COMPLETED", ""), deployed("c", "w:4", "COMPLETED", ""),
		deployed("b", "t:2", "COMPLETED", ""), deployed("d", "w:2", "COMPLETED", ""),
	}
	f.answers["ListServiceDeployments"] = []string{`{"serviceDeployments":[{"targetServiceRevisionArn":"arn:1"}]}`}
	f.answers["DescribeServiceRevisions"] = []string{`{"serviceRevisions":[{"taskDefinition":"arn/t:2"}]}`, `{"serviceRevisions":[{"taskDefinition":"arn/w:1"},{"taskDefinition":"arn/w:3"},{"taskDefinition":"arn/w:2"}]}`}
	f.answers["DescribeTaskDefinition"] = append([]string{revised("ACTIVE", "v4"), revised("ACTIVE", "v2")}, definitions...)
	f.answers["UpdateService"] = []string{`{"service":{"deployments":[{"status":"PRIMARY","id":"b"}]}}`, `{"service":{"deployments":[{"status":"PRIMARY","id":"d"}]}}`}
	return f
}

// TestRollbackOfWorkers takes a worker back to the newest active revision of the API's image.
func TestRollbackOfWorkers(t *testing.T) {
	now := serving("ACTIVE", "v4")
	f, asked := withWorker(t, now, now, serving("ACTIVE", "v3"), serving("ACTIVE", "v2")), ""
	require.NoError(t, f.Rollback(t.Context(), "", func(question string) bool { asked = question; return true }))
	assert.Equal(t, "Take flask-api-service-dev from t:4 (example.com/api:v4) back to t:2 (example.com/api:v2), and flask-api-worker-mailer-dev from w:4 (example.com/api:v4) back to w:2 (example.com/api:v2)?", asked)
	require.Len(t, f.called("UpdateService"), 2)
	assert.Contains(t, f.called("UpdateService")[1], `"service":"flask-api-worker-mailer-dev"`)
	assert.Contains(t, f.called("UpdateService")[1], `"taskDefinition":"arn/w:2"`)
	assert.Contains(t, f.notes.String(), "flask-api-worker-mailer-dev runs example.com/api:v2.\n"+"flask-api-service-dev runs example.com/api:v2. The next")

	for name, definitions := range map[string][]string{
		"no deployment of the last 90 days has completed with an active revision of example.com/api:v2. Deploy its tag: IMAGE_TAG=v2": {now, now, serving("INACTIVE", "v2")},
		"reading w:4": {`{"__type":"ClientException","message":"not there"}`},
		"reading w:3": {now, now, `{"__type":"ClientException","message":"not there"}`},
	} {
		f = withWorker(t, definitions...)
		require.ErrorContains(t, f.Rollback(t.Context(), "", yes), name)
		assert.Empty(t, f.called("UpdateService"), "all or none")
	}
}

// TestRollbackOfStrays takes a worker alone back where ECS has taken the API back: it has not
// got to go further.
func TestRollbackOfStrays(t *testing.T) {
	f := withWorker(t, serving("ACTIVE", "v5"), serving("ACTIVE", "v4"))
	f.answers["DescribeServices"] = []string{deployed("a", "t:4", "COMPLETED", ""), deployed("c", "w:4", "COMPLETED", ""), deployed("d", "w:3", "COMPLETED", "")}
	f.answers["UpdateService"] = []string{`{"service":{"deployments":[{"status":"PRIMARY","id":"d"}]}}`}
	asked := ""
	require.NoError(t, f.Rollback(t.Context(), "", func(question string) bool { asked = question; return true }))
	assert.Equal(t, "Take flask-api-worker-mailer-dev from w:4 (example.com/api:v5) back to w:3 (example.com/api:v4)?", asked)
	require.Len(t, f.called("UpdateService"), 1)
}

// TestRollbackWithoutTheWorker wants the API to go back, whatever is not deployed yet.
func TestRollbackWithoutTheWorker(t *testing.T) {
	f := withWorker(t)
	const none = `{"services":[]}`
	f.answers["DescribeServices"] = []string{deployed("a", "t:4", "COMPLETED", ""), none, none, deployed("b", "t:2", "COMPLETED", "")}
	require.NoError(t, f.Rollback(t.Context(), "", yes))
	require.Len(t, f.called("UpdateService"), 1)
	assert.Contains(t, f.called("UpdateService")[0], `"taskDefinition":"arn/t:2"`)

	withAdmin(f)
	f.answers["DescribeServices"] = []string{none}
	require.ErrorContains(t, f.Rollback(t.Context(), "admin", yes), "the service admin is in the configuration, and not in AWS: make deploy ENVIRONMENT=dev")
}
