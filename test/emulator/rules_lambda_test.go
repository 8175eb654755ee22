package emulator

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// function is the archive of a program, in JSON.
func function(t *testing.T, program string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, err := w.Create("f.py")
	require.NoError(t, err)
	_, err = io.WriteString(file, program)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	encoded, err := json.Marshal(b.Bytes())
	require.NoError(t, err)
	return string(encoded)
}

// functions is a moto that has a function of a role without policies.
func functions(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/configuration") {
		_, _ = io.WriteString(w, `{"Role":"arn:aws:iam::123456789012:role/r","Handler":"f.handler","Timeout":30,"Environment":{"Variables":{"GREETING":"hello"}}}`)
		return
	}
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(string(body), "Action=ListRolePolicies") {
		_, _ = io.WriteString(w, `<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/></ListRolePoliciesResult></ListRolePoliciesResponse>`)
		return
	}
	_, _ = io.WriteString(w, `{}`)
}

// TestRuleFunctionsRun creates and updates a function, and has it call as its role.
func TestRuleFunctionsRun(t *testing.T) {
	p := newTestProxy(t, functions)
	account := p.memory.account
	require.NotNil(t, account.BaseEndpoint)
	var err error
	p.memory.python, err = exec.LookPath("python3")
	if err != nil {
		t.Skip("needs Python")
	}
	const path = "/2015-03-31/functions"
	sendTo(t, p, path, "lambda", "", "application/json", `{"FunctionName":"f","Code":{"ZipFile":`+function(t, `
import os
def handler(event, context):
    return {"first": event["a"], "said": os.environ["GREETING"]}
`)+`}}`)
	assert.JSONEq(t, `{"first":1,"said":"hello"}`, sendTo(t, p, path+"/f/invocations", "lambda", "", "application/json", `{"a":1}`))
	r := signed("lambda", http.MethodPut, p.URL+path+"/f/code", "", "application/json", `{"ZipFile":`+function(t, `
import os, urllib.error, urllib.request
def handler(event, context):
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/eu-south-1/ecs/aws4_request, ", "X-Amz-Target": "X.ListClusters", "Content-Type": "application/x-amz-json-1.1"}
    try:
        urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], b"{}", signed))
    except urllib.error.HTTPError as error:
        raise ValueError(error.read().decode())
`)+`}`)
	r.RequestURI = ""
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	said := sendTo(t, p, path+"/f/invocations", "lambda", "", "application/json", `{}`)
	assert.Contains(t, said, `"errorType": "ValueError"`)
	assert.Contains(t, said, "assumed-role/r/session is not authorized to perform: ecs:ListClusters")
}

// TestLoseBreaksConnections breaks the connection of a call that goes on.
func TestLoseBreaksConnections(t *testing.T) {
	called := make(chan bool, 2)
	p := newTestProxy(t, func(http.ResponseWriter, *http.Request) { called <- true })
	p.Lose("ecs:ListServices", 1)
	r := signed("ecs", http.MethodPost, p.URL+"/", "X.ListServices", jsonType, `{}`)
	r.RequestURI = ""
	response, err := http.DefaultClient.Do(r)
	if err == nil {
		_ = response.Body.Close()
	}
	require.Error(t, err)
	assert.True(t, <-called)
	send(t, p, "ecs", "X.ListServices", jsonType, `{}`)
}
