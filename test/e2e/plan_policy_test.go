package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/controls"
	"flask-api/policy"
	"flask-api/test/golden"
)

// checkFirstPlan plans an environment that does not exist yet. The policy set accepts the
// plan, which its own tests keep a copy of.
func (l *life) checkFirstPlan(t *testing.T) {
	t.Helper()
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.plan(t, l.stackDir(), "-out=first.tfplan")
	shown := l.show(t, l.stackDir(), nil, "first.tfplan")
	l.accepted(t, shown)

	golden.Compare(t, filepath.Join(root, "policy", "testdata", l.cfg.Suffix+".plan.json"), string(reduce(t, shown)))
}

// show is what Terraform says of a plan, as JSON.
func (l *life) show(t *testing.T, dir string, variables []string, file string) []byte {
	t.Helper()
	shown, code := l.run(t, dir, variables, l.tools.Terraform, "show", "-json", file)
	require.Zero(t, code)
	return shown
}

func (l *life) accepted(t *testing.T, plan []byte) {
	t.Helper()
	denied, err := policy.Check(t.Context(), plan)
	require.NoError(t, err)
	assert.Empty(t, denied, "what the policy set denies")
}

// reduce keeps of a plan what the policy set looks at.
func reduce(t *testing.T, shown []byte) []byte {
	t.Helper()
	var plan tfjson.Plan
	require.NoError(t, plan.UnmarshalJSON(shown))
	type change struct {
		Actions tfjson.Actions `json:"actions"`
		Before  any            `json:"before"`
		After   any            `json:"after"`
	}
	type resource struct {
		Address string              `json:"address"`
		Mode    tfjson.ResourceMode `json:"mode"`
		Type    string              `json:"type"`
		Change  change              `json:"change"`
	}
	var kept struct {
		FormatVersion   string     `json:"format_version"`
		ResourceChanges []resource `json:"resource_changes"`
	}
	kept.FormatVersion = plan.FormatVersion
	for _, r := range plan.ResourceChanges {
		if r.Mode == tfjson.ManagedResourceMode {
			kept.ResourceChanges = append(kept.ResourceChanges, resource{r.Address, r.Mode, r.Type, change{r.Change.Actions, r.Change.Before, r.Change.After}})
		}
	}
	out, err := json.MarshalIndent(kept, "", "  ")
	require.NoError(t, err)
	return append(timeOfPlan.ReplaceAll(out, []byte("20260101000000")), '\n')
}

// timeOfPlan is the number by which a plan sends a password.
var timeOfPlan = regexp.MustCompile(`\b20\d{12}\b`)

// refused wants the policy set to refuse all that a reckless change does.
func refused(t *testing.T, plan []byte) {
	t.Helper()
	denied, err := policy.Check(t.Context(), plan)
	require.NoError(t, err)
	reasons := map[string]int{}
	for _, text := range denied {
		address, reason, _ := strings.Cut(text, ": ")
		kind, _, _ := strings.Cut(address, ".")
		reasons[kind+": "+reason]++
	}
	expected := map[string]int{
		"aws_vpc_security_group_ingress_rule: lets 0.0.0.0/0 connect to ports 443 to 65535; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs": 1,
		"aws_vpc_security_group_ingress_rule: lets 0.0.0.0/0 connect to ports 80 to 65535; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs":  1,
	}
	resources := map[string]int{"aws_rds_cluster_instance": 2, "aws_subnet": 6}
	for _, c := range controls.Everywhere() {
		expected[fmt.Sprintf("%s: %s; %s must be %v", c.Type, c.Otherwise, c.Name(), c.Wanted)] = max(1, resources[c.Type])
	}
	assert.Equal(t, expected, reasons)
}
