package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	suffix = "synth101000914"
	region = "eu-south-1"
	stack  = "flask-api-" + suffix
)

// TestDeploy takes the stack through its whole life: synthesis, validation,
// deployment, a second plan without changes, and destruction without remains.
func TestDeploy(t *testing.T) {
	h := newHarness(t)
	started := time.Now()

	// Without a suffix, the environments that the repository defines.
	h.cdktf(t, "", "synth")
	for _, name := range []string{"flask-api-dev", "flask-api-production"} {
		h.validate(t, name)
	}

	h.cdktf(t, suffix, "synth")
	h.validate(t, stack)
	h.cdktf(t, suffix, "deploy", "--auto-approve", "--skip-provider-lock", "--outputs-file", "outputs.json")
	created := len(h.stateResources(t))
	assert.Positive(t, created)
	h.checkOutputs(t)
	changes := h.secondPlan(t)
	h.checkPassword(t)
	h.checkExisting(t)

	h.cdktf(t, suffix, "destroy", "--auto-approve")
	left, err := h.aws.Leftovers()
	require.NoError(t, err)
	assert.Empty(t, left, "left in AWS after destroy")
	assert.Empty(t, h.stateResources(t), "left in the state after destroy")

	report(t, fmt.Sprintf("deploy: %d resources created, %d changes in the second plan, %d left after destroy, %d AWS calls, %.0f s",
		created, changes, len(left), len(h.aws.Proxy.Calls()), time.Since(started).Seconds()))
}

// validate initialises and validates a copy of a synthesised stack, which
// keeps the original as `cdktf deploy` expects it.
func (h *harness) validate(t *testing.T, name string) {
	t.Helper()
	dir := filepath.Join(h.dir, "validate", name)
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	require.NoError(t, os.CopyFS(dir, os.DirFS(h.stackDir(name))))
	h.terraform(t, dir, "init", "-backend=false", "-input=false")
	var result struct {
		Valid       bool
		ErrorCount  int `json:"error_count"`
		Diagnostics []struct{ Severity, Summary, Detail string }
	}
	require.NoError(t, json.Unmarshal(h.terraform(t, dir, "validate", "-json"), &result))
	for _, d := range result.Diagnostics {
		t.Logf("%s: %s: %s: %s", name, d.Severity, d.Summary, d.Detail)
	}
	assert.True(t, result.Valid, "%s is valid", name)
	assert.Zero(t, result.ErrorCount)
}

// checkOutputs compares the outputs with what AWS has.
func (h *harness) checkOutputs(t *testing.T) {
	t.Helper()
	var outputs map[string]map[string]string
	require.NoError(t, json.Unmarshal(readFile(t, filepath.Join(h.dir, "outputs.json")), &outputs))
	for _, name := range []string{"vpc_id", "alb_dns_name", "ecr_repository_uri", "rds_cluster_endpoint", "ecs_cluster_name"} {
		assert.NotEmpty(t, outputs[stack][name], name)
	}
	vpcs, err := h.aws.Query("ec2", "2016-11-15", "DescribeVpcs",
		url.Values{"Filter.1.Name": {"is-default"}, "Filter.1.Value.1": {"false"}}, "vpcSet/item/vpcId")
	require.NoError(t, err)
	assert.Equal(t, []string{outputs[stack]["vpc_id"]}, vpcs)
	assert.Equal(t, "flask-api-cluster-"+suffix, outputs[stack]["ecs_cluster_name"])
}

// secondPlan plans the deployed stack again and returns how many resources and
// outputs would change: none. The saved plan stays to be searched.
func (h *harness) secondPlan(t *testing.T) int {
	t.Helper()
	dir := h.stackDir(stack)
	h.terraform(t, dir, "init", "-input=false")
	human, code := h.run(t, dir, suffix, h.tools.Terraform, "plan", "-input=false", "-no-color", "-detailed-exitcode", "-out=second.tfplan")
	// Terraform's verdict, 2 for changes, is also of what is not counted below.
	assert.Zero(t, code, "exit code of the second plan:\n%s", human)
	type change struct{ Actions []string }
	var plan struct {
		ResourceChanges []struct {
			Address string
			Change  change
		} `json:"resource_changes"`
		OutputChanges map[string]change `json:"output_changes"`
	}
	require.NoError(t, json.Unmarshal(h.terraform(t, dir, "show", "-json", "second.tfplan"), &plan))
	require.NotEmpty(t, plan.ResourceChanges)
	var changed []string
	for _, r := range plan.ResourceChanges {
		if !isNoOp(r.Change.Actions) {
			changed = append(changed, r.Address)
		}
	}
	for name, output := range plan.OutputChanges {
		if !isNoOp(output.Actions) {
			changed = append(changed, "output."+name)
		}
	}
	assert.Empty(t, changed, "changed by the second plan")
	return len(changed)
}

// isNoOp reports whether a planned change changes nothing. Ephemeral resources
// are opened anew by each plan, which is no change.
func isNoOp(actions []string) bool {
	return slices.Equal(actions, []string{"no-op"}) || slices.Equal(actions, []string{"open"})
}

// checkPassword reads the password from the secret, and searches for it in all
// that the deployment wrote.
func (h *harness) checkPassword(t *testing.T) {
	t.Helper()
	var list struct{ SecretList []struct{ ARN string } }
	require.NoError(t, h.aws.JSON("secretsmanager", "secretsmanager.ListSecrets", struct{}{}, &list))
	require.Len(t, list.SecretList, 1)
	var secret struct{ SecretString string }
	require.NoError(t, h.aws.JSON("secretsmanager", "secretsmanager.GetSecretValue",
		map[string]string{"SecretId": list.SecretList[0].ARN}, &secret))
	var value map[string]any
	require.NoError(t, json.Unmarshal([]byte(secret.SecretString), &value))
	assert.ElementsMatch(t, []string{"username", "password", "engine", "port", "dbname"}, slices.Collect(maps.Keys(value)))
	password, _ := value["password"].(string)
	require.NotEmpty(t, password)

	// The search is worth something only if it finds what is certainly there.
	visible := strings.Join(search(t, h.dir, "flask-api-cluster-"+suffix), "\n")
	for _, file := range []string{".tfstate", "second.tfplan!tfplan", "second.tfplan!tfstate", "cdk.tf.json", "outputs.json", ".log"} {
		assert.Contains(t, visible, file, "searched files")
	}
	assert.Empty(t, search(t, h.dir, password), "files with the password")
}

// checkExisting makes sure that the look for leftovers sees each kind of
// resource while it exists; otherwise finding none would mean nothing.
func (h *harness) checkExisting(t *testing.T) {
	t.Helper()
	existing, err := h.aws.Leftovers()
	require.NoError(t, err)
	all := strings.Join(existing, "\n")
	for _, action := range []string{
		"DescribeVpcs", "DescribeSubnets", "DescribeInternetGateways", "DescribeNatGateways", "DescribeAddresses",
		"DescribeLoadBalancers", "DescribeTargetGroups", "ListRoles", "DescribeDBClusters", "DescribeDBInstances",
		"DescribeDBSubnetGroups", "DescribeRepositories", "ListSecrets", "DescribeLogGroups", "DescribeScalableTargets",
		"DescribeScalingPolicies", "DescribeClusters", "GetResources",
	} {
		assert.Contains(t, all, action+": ", "existing before destroy")
	}
}
