package emulator

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// fakeSecrets is a moto with one secret, whose new version waits for a label. It notes
// what it is asked.
func fakeSecrets(asked *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		*asked = append(*asked, action+" "+string(body))
		answer := `{"ARN":"secret","VersionId":"new","VersionStages":["WAITING-AWSCURRENT"],"SecretString":"{\"password\":\"hunter2\"}"}`
		switch action {
		case "DescribeSecret":
			answer = `{"VersionIdsToStages":{"old":["AWSCURRENT","AWSPENDING"],"new":["WAITING-AWSCURRENT"]}}`
		case "DescribeTaskDefinition":
			answer = `{"taskDefinition":{"containerDefinitions":[{"secrets":[{"name":"DB_PASSWORD",` +
				`"valueFrom":"arn:aws:secretsmanager:eu-south-1:123456789012:secret:s-aB3dE6:password::"}]}]}}`
		case "CreateService", "UpdateService":
			answer = `{"service":{"serviceName":"api","taskDefinition":"one","desiredCount":` + string(body[len(body)-2]) + `}}`
		}
		_, _ = io.WriteString(w, answer)
	}
}

func TestRuleLabelsMoveAlone(t *testing.T) {
	var asked []string
	p := newTestProxy(t, fakeSecrets(&asked))
	send(t, p, "secretsmanager", "secretsmanager.PutSecretValue", jsonType, `{"SecretId":"secret"}`)
	assert.Contains(t, asked, `PutSecretValue {"SecretId":"secret","VersionStages":["WAITING-AWSCURRENT"]}`)
	assert.Contains(t, asked, `UpdateSecretVersionStage {"RemoveFromVersionId":"new","SecretId":"secret","VersionStage":"WAITING-AWSCURRENT"}`)
	assert.Contains(t, asked, `UpdateSecretVersionStage {"MoveToVersionId":"new","RemoveFromVersionId":"old","SecretId":"secret","VersionStage":"AWSCURRENT"}`)
}

func TestRuleTheCurrentValueIsFoundByItsLabel(t *testing.T) {
	var asked []string
	p := newTestProxy(t, fakeSecrets(&asked))
	send(t, p, "secretsmanager", "secretsmanager.GetSecretValue", jsonType, `{"SecretId":"secret"}`)
	send(t, p, "secretsmanager", "secretsmanager.GetSecretValue", jsonType, `{"SecretId":"secret","VersionId":"old"}`)
	assert.Equal(t, []string{
		`GetSecretValue {"SecretId":"secret","VersionStage":"AWSCURRENT"}`, `GetSecretValue {"SecretId":"secret","VersionId":"old"}`,
	}, asked)
}

func TestRuleCurrentStays(t *testing.T) {
	p := newTestProxy(t, answering(`{}`))
	for request, status := range map[string]int{
		`{"SecretId":"s","VersionStage":"AWSCURRENT","RemoveFromVersionId":"old"}`:                         http.StatusBadRequest,
		`{"SecretId":"s","VersionStage":"AWSCURRENT","RemoveFromVersionId":"old","MoveToVersionId":"new"}`: http.StatusOK,
		`{"SecretId":"s","VersionStage":"AWSPENDING","RemoveFromVersionId":"old"}`:                         http.StatusOK,
	} {
		r := signed("secretsmanager", http.MethodPost, p.URL+"/", "secretsmanager.UpdateSecretVersionStage", jsonType, request)
		r.RequestURI = ""
		response, err := http.DefaultClient.Do(r)
		if assert.NoError(t, err) {
			assert.Equal(t, status, response.StatusCode, request)
			assert.NoError(t, response.Body.Close())
		}
	}
}

func TestRulePasswordIsPendingForAWhile(t *testing.T) {
	const cluster = "<DBCluster><DBClusterIdentifier>aurora</DBClusterIdentifier></DBCluster>"
	p := newTestProxy(t, answering(cluster))
	e := &Emulator{memory: p.memory}
	call := func(action, password string) string {
		return send(t, p, "rds", "", formType, "Action="+action+"&DBClusterIdentifier=aurora&MasterUserPassword="+password)
	}
	assert.NotContains(t, call("CreateDBCluster", "first"), "<MasterUserPassword>")
	assert.Contains(t, call("ModifyDBCluster", "second"), "<MasterUserPassword>")
	for range passwordLooks {
		assert.Contains(t, call("DescribeDBClusters", ""), "<MasterUserPassword>")
		assert.Equal(t, "first", e.Password("aurora").Current)
	}
	assert.NotContains(t, call("DescribeDBClusters", ""), "<MasterUserPassword>")
	assert.Equal(t, "second", e.Password("aurora").Current)
}

func TestRuleTasksGetSecretsWhenTheyStart(t *testing.T) {
	var asked []string
	p := newTestProxy(t, fakeSecrets(&asked))
	e := &Emulator{memory: p.memory}
	call := func(action, request string) {
		send(t, p, "ecs", "X."+action, jsonType, request)
	}
	call("CreateService", `{"desiredCount":2}`)
	first := e.Tasks("api")
	assert.Len(t, first, 2)
	for _, task := range append(first, e.StartTask("api")) {
		assert.Equal(t, map[string]string{"DB_PASSWORD": "hunter2"}, task.Secrets)
	}
	call("UpdateService", `{"desiredCount":3}`)
	assert.Len(t, e.Tasks("api"), 3, "scaled out")
	assert.Equal(t, first, e.Tasks("api")[:2])
	call("UpdateService", `{"forceNewDeployment":true,"desiredCount":2}`)
	assert.NotEqual(t, first, e.Tasks("api"), "deployed anew")
	assert.Empty(t, e.Tasks("other"))
	assert.Empty(t, e.StartTask("other"))
}
