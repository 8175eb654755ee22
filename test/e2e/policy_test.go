package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/emulator"
)

// The documents that together are the deploy policy: what every environment needs,
// and what the options need in addition, a state in S3 among them.
var (
	basicPolicies  = []string{root + "/docs/deploy-policy.json", root + "/docs/deploy-policy-network.json"}
	optionPolicies = []string{root + "/docs/deploy-policy-options.json", statePolicy}
)

// planPolicy is what whoever only plans needs in addition to AWS's [readOnlyAccess], and to
// the policy of a state in S3.
const (
	statePolicy    = root + "/docs/state-policy.json"
	planPolicy     = root + "/docs/plan-policy.json"
	readOnlyAccess = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

// createRoles makes the roles of the documented policies. The state's policy names a
// bucket, which is that of the tests here.
func (h *harness) createRoles(t *testing.T) {
	t.Helper()
	read := func(paths ...string) (documents [][]byte) {
		for _, path := range paths {
			documents = append(documents, bytes.ReplaceAll(readFile(t, path), []byte("example-terraform-state"), []byte("flask-api-prerequisites-state")))
		}
		return documents
	}
	var err error
	h.deployRole, err = emulator.NewRole("deploy", read(slices.Concat(basicPolicies, optionPolicies)...)...)
	require.NoError(t, err)
	client := iam.NewFromConfig(h.aws.Config())
	managed, err := client.GetPolicy(t.Context(), &iam.GetPolicyInput{PolicyArn: aws.String(readOnlyAccess)})
	require.NoError(t, err)
	version, err := client.GetPolicyVersion(t.Context(), &iam.GetPolicyVersionInput{
		PolicyArn: aws.String(readOnlyAccess), VersionId: managed.Policy.DefaultVersionId,
	})
	require.NoError(t, err)
	readOnly, err := url.QueryUnescape(*version.PolicyVersion.Document)
	require.NoError(t, err)
	h.planRole, err = emulator.NewRole("plan", append(read(planPolicy, statePolicy), []byte(readOnly))...)
	require.NoError(t, err)
	h.integrationRole, err = emulator.NewRole("integration", read(integrationPolicy)...)
	require.NoError(t, err)
	checkReaders(t, []byte(readOnly))
}

// freeActions are those that AWS lets everyone call.
var freeActions = []string{"sts:GetCallerIdentity"}

// reasonRow is a row of the table of reasons: an action in backticks, and why.
var reasonRow = regexp.MustCompile("(?m)^\\| `([a-z0-9-]+:[A-Za-z]+)` \\| (\\S.*) \\|$")

// checkPolicy compares the deploy policy with what was called: it grants all of
// that, and the documents in exact grant nothing else without a reason, but for what
// those in except grant too. What a life that failed did not call would look
// superfluous, so that is not looked at if one did. A release asks for it.
func (h *harness) checkPolicy(t *testing.T, passed bool, exact, except []string) {
	t.Helper()
	h.createPolicies(t)
	granted := grants(t, slices.Concat(basicPolicies, optionPolicies))
	reasons := map[string]bool{}
	for _, row := range reasonRow.FindAllStringSubmatch(string(readFile(t, root+"/docs/deploy-policy.md")), -1) {
		reasons[row[1]] = true
	}
	for _, call := range slices.Sorted(maps.Keys(h.calls)) {
		if !slices.Contains(freeActions, call) {
			assert.True(t, granted[call], "%s is called, and the deploy policy does not grant it", call)
		}
	}
	assert.Empty(t, h.deployRole.Denied(), "what the deploy policy does not allow")
	assert.Empty(t, h.planRole.Denied(), "what the policies of the plan role do not allow")
	assert.Empty(t, h.integrationRole.Denied(), "what the integration policy does not allow")
	if !passed || os.Getenv("EXACT_POLICY") != "1" {
		return
	}
	elsewhere := grants(t, except)
	for _, action := range slices.Sorted(maps.Keys(grants(t, exact))) {
		if elsewhere[action] {
			continue
		}
		assert.True(t, h.calls[action] || reasons[action],
			"%s is granted; nothing calls it, and docs/deploy-policy.md gives no reason", action)
	}
	for _, action := range slices.Sorted(maps.Keys(reasons)) {
		assert.True(t, granted[action], "docs/deploy-policy.md has a reason for %s, which is not granted", action)
	}
}

// grants are the actions that the documents allow.
func grants(t *testing.T, documents []string) map[string]bool {
	t.Helper()
	granted := map[string]bool{}
	for _, document := range documents {
		text := readFile(t, document)
		var policy struct {
			Statement []struct {
				Effect string
				Action []string
			}
		}
		require.NoError(t, json.Unmarshal(text, &policy))
		for _, statement := range policy.Statement {
			require.Equal(t, "Allow", statement.Effect)
			for _, action := range statement.Action {
				granted[action] = true
			}
		}
	}
	return granted
}

// createPolicies gives the documents to IAM, which checks their grammar and their length.
func (h *harness) createPolicies(t *testing.T) {
	t.Helper()
	proxy := h.aws.NewProxy()
	defer proxy.Close()
	account := h.aws.Config()
	account.BaseEndpoint = &proxy.URL
	client := iam.NewFromConfig(account)
	for i, document := range slices.Concat(basicPolicies, optionPolicies, []string{planPolicy, integrationPolicy}) {
		_, err := client.CreatePolicy(t.Context(), &iam.CreatePolicyInput{
			PolicyName: aws.String(fmt.Sprint("deploy-", i)), PolicyDocument: aws.String(string(readFile(t, document))),
		})
		require.NoError(t, err, document)
	}
	trust := string(readFile(t, root+"/docs/terraform-cloud-trust-policy.json"))
	for _, condition := range []string{`"app.terraform.io:aud": "aws.workload.identity"`, `"organization:<organization>:project:<project>:workspace:production:run_phase:`} {
		assert.Contains(t, trust, condition, "docs/terraform-cloud-trust-policy.json")
	}
	trust = strings.NewReplacer("<account>", "123456789012", "<organization>", "o", "<project>", "p").Replace(trust)
	_, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("terraform-cloud"), AssumeRolePolicyDocument: &trust})
	require.NoError(t, err, "docs/terraform-cloud-trust-policy.json")
}
