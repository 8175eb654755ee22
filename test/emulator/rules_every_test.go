package emulator

import (
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sendRefused sends a request that is refused, and returns the answer.
func sendRefused(t *testing.T, p *Proxy, service, target, contentType, body string) string {
	t.Helper()
	return refusedRequest(t, signed(service, http.MethodPost, p.URL+"/", target, contentType, body))
}

func refusedRequest(t *testing.T, r *http.Request) string {
	t.Helper()
	r.RequestURI = ""                         // A client's request has none.
	response, err := http.DefaultClient.Do(r) //nolint:gosec // To the test's own proxy.
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.GreaterOrEqual(t, response.StatusCode, http.StatusBadRequest, "%s", answer)
	return string(answer)
}

// withModel gives the proxy the model of a service.
func (p *Proxy) withModel(t *testing.T, service, model string) {
	t.Helper()
	if p.memory.models.dir == "" {
		p.memory.models.dir = t.TempDir()
	}
	dir := filepath.Join(p.memory.models.dir, service, "2025-01-01")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	file, err := os.Create(filepath.Join(dir, "service-2.json.gz")) //nolint:gosec // Of the test.
	require.NoError(t, err)
	packed := gzip.NewWriter(file)
	_, err = packed.Write([]byte(model))
	require.NoError(t, err)
	require.NoError(t, packed.Close())
	require.NoError(t, file.Close())
}

// ecsModel has each thing that is checked.
const ecsModel = `{
  "operations": {"CreateService": {"input": {"shape": "Request"}}, "ListServices": {}},
  "shapes": {
    "Request": {"type": "structure", "required": ["name"], "members": {
      "name": {"shape": "Name"}, "count": {"shape": "Count"}, "kind": {"shape": "Kind"}, "on": {"shape": "Boolean"},
      "roles": {"shape": "Names"}, "labels": {"shape": "Labels"}, "free": {"shape": "Free"}, "taskDefinition": {"shape": "Text"}}},
    "Name": {"type": "string", "min": 2, "max": 5, "pattern": "[\\u0061-z]+"},
    "Count": {"type": "integer", "min": 1, "max": 10},
    "Kind": {"type": "string", "enum": ["REPLICA", "DAEMON"]},
    "Boolean": {"type": "boolean"},
    "Text": {"type": "string"},
    "Names": {"type": "list", "member": {"shape": "Name"}, "max": 2},
    "Labels": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Text"}},
    "Free": {"type": "structure", "document": true}}}`

func TestRuleRequestsAreCheckedAgainstTheModel(t *testing.T) {
	p := newTestProxy(t, answering("moto"))
	p.withModel(t, "ecs", ecsModel)
	const target = "X.CreateService"
	assert.Equal(t, "moto", send(t, p, "ecs", target, jsonType, `{"name":"abc","count":10,"kind":"DAEMON","on":true,`+
		`"roles":["ab","cd"],"labels":{"ab":"x"},"free":{"a":[1]},"taskDefinition":null}`))
	assert.Equal(t, "moto", send(t, p, "ecs", "X.ListServices", jsonType, ``), "without an input")
	assert.Equal(t, "moto", send(t, p, "lambda", "X.Invoke", jsonType, `{}`), "without a model")
	for body, want := range map[string]string{
		`{}`:                                  "Value at 'name' failed to satisfy constraint: Member must not be null",
		`{"name":"abc","other":1}`:            "Value at 'other' failed to satisfy constraint: Member is not known",
		`{"name":1}`:                          "Value at 'name' failed to satisfy constraint: Member must be a string",
		`{"name":"a"}`:                        "Value at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2, is 1",
		`{"name":"abcdef"}`:                   "Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 5, is 6",
		`{"name":"aBc"}`:                      `Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0061-z]+, is aBc`,
		`{"name":"abc","count":0}`:            "Value at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1, is 0",
		`{"name":"abc","count":1.5}`:          "Value at 'count' failed to satisfy constraint: Member must be of type integer",
		`{"name":"abc","kind":"x"}`:           "Value at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [REPLICA, DAEMON], is x",
		`{"name":"abc","on":"yes"}`:           "Value at 'on' failed to satisfy constraint: Member must be a boolean",
		`{"name":"abc","roles":"ab"}`:         "Value at 'roles' failed to satisfy constraint: Member must be a list",
		`{"name":"abc","roles":["a"]}`:        "Value at 'roles.1' failed to satisfy constraint: Member must have length greater than or equal to 2, is 1",
		`{"name":"abc","labels":{"A":""}}`:    "Value at 'labels key' failed to satisfy constraint: Member must have length",
		`{"name":"abc","labels":{"ab":1}}`:    "Value at 'labels.ab' failed to satisfy constraint: Member must be a string",
		`{"name":"abc","labels":[]}`:          "Value at 'labels' failed to satisfy constraint: Member must be a map",
		`{"name":"abc","roles":["ab","a",1]}`: "Value at 'roles' failed to satisfy constraint: Member must have length less than or equal to 2, is 3",
		`[`:                                   "Value at 'body' failed to satisfy constraint",
	} {
		refused := sendRefused(t, p, "ecs", target, jsonType, body)
		assert.Contains(t, refused, `"__type":"InvalidParameterException"`, body)
		assert.Contains(t, refused, want, body)
	}
	assert.Contains(t, sendRefused(t, p, "ecs", "X.Create", jsonType, `{}`), "Value at 'Action' failed to satisfy constraint: Create is not known")
}

func TestRuleRolesMayDoWhatTheirPoliciesAllow(t *testing.T) {
	p := newTestProxy(t, answering("moto"))
	p.withModel(t, "ecs", ecsModel)
	const body = `{"name":"abc","taskDefinition":"arn:aws:iam::123456789012:role/task"}`
	assert.Equal(t, "moto", send(t, p, "ecs", "X.CreateService", jsonType, body), "without a role")
	role, err := NewRole("reader", []byte(`{"Statement":[{"Effect":"Allow","Action":"ecs:List*","Resource":"*"}]}`))
	require.NoError(t, err)
	p.As(role)
	assert.Equal(t, "moto", send(t, p, "ecs", "X.ListServices", jsonType, ""))
	assert.Contains(t, sendRefused(t, p, "ecs", "X.CreateService", jsonType, body), `"__type":"AccessDeniedException"`)
	assert.Equal(t, []string{"ecs:CreateService needs ecs:CreateService"}, role.Denied())
}
