package e2e

import (
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
	basicPolicies  = []string{root + "/docs/deploy-policy.json", root + "/docs/deploy-policy-network.json", root + "/docs/deploy-policy-roles.json"}
	optionPolicies = []string{root + "/docs/deploy-policy-options.json", root + "/docs/deploy-policy-release.json", root + "/docs/deploy-policy-jobs.json", root + "/docs/deploy-policy-database.json", root + "/docs/deploy-policy-existing.json", root + "/docs/deploy-policy-cache.json", root + "/docs/deploy-policy-background.json", statePolicy}
	// boundedPolicies are the same for whoever may create roles with the boundary only.
	boundedPolicies = append([]string{root + "/docs/deploy-policy-roles-bounded.json", basicPolicies[0], basicPolicies[1]}, optionPolicies...)
)

// boundary is the policy of docs/permissions-boundary.json in the emulated account.
const boundary = "arn:aws:iam::123456789012:policy/flask-api-boundary"

// planPolicy is what whoever only plans needs, and statePlanPolicy where the state is in S3.
const (
	statePolicy          = root + "/docs/state-policy.json"
	planPolicy           = root + "/docs/plan-policy.json"
	backgroundPlanPolicy = root + "/docs/background-plan-policy.json"
	statePlanPolicy      = root + "/docs/state-plan-policy.json"
)

// createRoles makes the roles of the documented policies. The state's policy names a
// bucket, which is that of the tests here.
func (h *harness) createRoles(t *testing.T) {
	t.Helper()
	read := func(paths ...string) (documents [][]byte) {
		for _, path := range paths {
			for _, name := range []string{"flask-api", another} { // The documents are for the former.
				text := strings.NewReplacer("flask-api-", name+"-", "example-terraform-state", "flask-api-prerequisites-state").Replace(string(readFile(t, path)))
				documents = append(documents, []byte(text))
			}
		}
		return documents
	}
	var err error
	h.deployRole, err = emulator.NewRole("deploy", read(slices.Concat(basicPolicies, optionPolicies)...)...)
	require.NoError(t, err)
	h.boundedRole, err = emulator.NewRole("bounded", read(boundedPolicies...)...)
	require.NoError(t, err)
	h.planRole, err = emulator.NewRole("plan", read(planPolicy, backgroundPlanPolicy, statePlanPolicy)...)
	require.NoError(t, err)
	h.integrationRole, err = emulator.NewRole("integration", read(integrationPolicy)...)
	require.NoError(t, err)
	h.checkRole, err = emulator.NewRole("check", read(integrationPolicy, statePlanPolicy)...)
	require.NoError(t, err)
	h.operatorRole, err = emulator.NewRole("operator", read(operatorPolicy)...)
	require.NoError(t, err)
	h.upgradeRole, err = emulator.NewRole("upgrade", read(upgradePolicy)...)
	require.NoError(t, err)
	h.checkReaders(t)
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
	granted := grants(t, slices.Concat(basicPolicies, optionPolicies, boundedPolicies))
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
	assert.Empty(t, h.boundedRole.Denied(), "what the deploy policy with the boundary does not allow")
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
	for i, document := range slices.Concat(basicPolicies, optionPolicies, []string{boundedPolicies[0], planPolicy, backgroundPlanPolicy, integrationPolicy, operatorPolicy, upgradePolicy, root + "/docs/push-policy.json", root + "/docs/permissions-boundary.json"}) {
		_, err := client.CreatePolicy(t.Context(), &iam.CreatePolicyInput{
			PolicyName: aws.String(fmt.Sprint("deploy-", i)), PolicyDocument: aws.String(string(readFile(t, document))),
		})
		require.NoError(t, err, document)
	}
	trust := string(readFile(t, root+"/docs/terraform-cloud-trust-policy.json"))
	for _, condition := range []string{`"app.terraform.io:aud": "aws.workload.identity"`, `"organization:<organization>:project:<project>:workspace:production:run_phase:<phase>"`} {
		assert.Contains(t, trust, condition, "docs/terraform-cloud-trust-policy.json")
	}
	trust = strings.NewReplacer("<account>", "123456789012", "<organization>", "o", "<project>", "p", "<phase>", "apply").Replace(trust)
	_, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("terraform-cloud"), AssumeRolePolicyDocument: &trust})
	require.NoError(t, err, "docs/terraform-cloud-trust-policy.json")
}

// checkBounded wants every role of the environment to have the boundary, and the boundary to
// allow whatever their inline policies do.
func (l *life) checkBounded(t *testing.T) {
	t.Helper()
	allowed, err := emulator.NewRole("boundary", readFile(t, root+"/docs/permissions-boundary.json"))
	require.NoError(t, err)
	client := iam.NewFromConfig(l.aws.Config())
	// What a policy asks for besides: the service of a role that is passed, and a key's tag.
	context := map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com", "aws:ResourceTag/Name": l.cfg.PhysicalName("key")} //nolint:gosec // Names of condition keys.
	for _, resource := range []string{"execution-role", "task-role", "flow-logs-role", "rds-monitoring-role"} {
		name := l.cfg.PhysicalName(resource)
		role, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
		require.NoError(t, err)
		require.NotNil(t, role.Role.PermissionsBoundary, name)
		assert.Equal(t, boundary, *role.Role.PermissionsBoundary.PermissionsBoundaryArn, name)
		policies, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &name})
		require.NoError(t, err)
		for _, inline := range policies.PolicyNames {
			if inline == "permissions" { // Those of Service.Permissions, which a boundary of one's own has to allow.
				continue
			}
			policy, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &inline})
			require.NoError(t, err)
			text, err := url.QueryUnescape(*policy.PolicyDocument)
			require.NoError(t, err)
			var document struct {
				Statement []struct{ Action, Resource []string }
			}
			require.NoError(t, json.Unmarshal([]byte(text), &document))
			for _, s := range document.Statement {
				for _, action := range s.Action {
					for _, resource := range s.Resource {
						assert.True(t, allowed.Allows(action, resource, context), "the boundary forbids %s: %s on %s", name, action, resource)
					}
				}
			}
		}
	}
}
