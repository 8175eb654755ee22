package emulator

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// document is a policy of so many characters, and some white space.
func document(length int) string {
	return strings.Repeat("p", length) + strings.Repeat(" \n", 100)
}

func TestRuleTrustPoliciesAreShort(t *testing.T) {
	p := newTestProxy(t, answering("moto"))
	assert.Equal(t, "moto", send(t, p, "iam", "", formType, url.Values{"Action": {"CreateRole"}, "AssumeRolePolicyDocument": {document(2048)}}.Encode()))
	for action, name := range map[string]string{"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"} {
		refused := sendRefused(t, p, "iam", "", formType, url.Values{"Action": {action}, name: {document(2049)}}.Encode())
		assert.Contains(t, refused, "<Code>LimitExceeded</Code><Message>Cannot exceed quota for ACLSizePerRole: 2048; has 2049</Message>")
	}
}

func TestRuleManagedPoliciesAreShort(t *testing.T) {
	p := newTestProxy(t, answering("moto"))
	for _, action := range []string{"CreatePolicy", "CreatePolicyVersion"} {
		assert.Equal(t, "moto", send(t, p, "iam", "", formType, url.Values{"Action": {action}, "PolicyDocument": {document(6144)}}.Encode()))
		refused := sendRefused(t, p, "iam", "", formType, url.Values{"Action": {action}, "PolicyDocument": {document(6145)}}.Encode())
		assert.Contains(t, refused, "Cannot exceed quota for PolicySize: 6144; has 6145")
	}
}

func TestRuleRolePoliciesAreMeasuredTogether(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		form, err := url.ParseQuery(string(body))
		assert.NoError(t, err)
		switch form.Get("Action") {
		case "ListRolePolicies":
			_, _ = io.WriteString(w, "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>one</member><member>two</member>"+
				"</PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>")
		case "GetRolePolicy":
			_, _ = io.WriteString(w, "<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>"+strings.Repeat("%7B", 5000)+
				"</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>")
		default:
			_, _ = io.WriteString(w, "moto")
		}
	})
	put := url.Values{"Action": {"PutRolePolicy"}, "RoleName": {"r"}, "PolicyName": {"two"}, "PolicyDocument": {document(5240)}}
	assert.Equal(t, "moto", send(t, p, "iam", "", formType, put.Encode()), "replaces the second one")
	put.Set("PolicyDocument", document(5241))
	assert.Contains(t, sendRefused(t, p, "iam", "", formType, put.Encode()), "Cannot exceed quota for role r: 10240; has 10241")
}

func TestRuleBoundariesExist(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		form, err := url.ParseQuery(string(body))
		assert.NoError(t, err)
		switch {
		case form.Get("Action") != "GetPolicy":
			_, _ = io.WriteString(w, "moto")
		case form.Get("PolicyArn") == "arn:there":
			_, _ = io.WriteString(w, "<GetPolicyResponse><GetPolicyResult><Policy/></GetPolicyResult></GetPolicyResponse>")
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>")
		}
	})
	for _, action := range []string{"CreateRole", "PutRolePermissionsBoundary"} {
		assert.Equal(t, "moto", send(t, p, "iam", "", formType, url.Values{"Action": {action}, "PermissionsBoundary": {"arn:there"}}.Encode()))
		assert.Contains(t, sendRefused(t, p, "iam", "", formType, url.Values{"Action": {action}, "PermissionsBoundary": {"arn:gone"}}.Encode()),
			"<Code>NoSuchEntity</Code><Message>Scope ARN: arn:gone does not exist or is not attachable.</Message>")
	}
	assert.Equal(t, "moto", send(t, p, "iam", "", formType, url.Values{"Action": {"CreateRole"}}.Encode()), "none")
}
