package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/controls"
	"flask-api/internal/synthesis"
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
	l.accepted(t, shown, "unknown")

	golden.Compare(t, filepath.Join(root, "policy", "testdata", l.cfg.Suffix+".plan.json"), string(reduce(t, shown)))
}

// show is what Terraform says of a plan, as JSON.
func (l *life) show(t *testing.T, dir string, variables []string, file string) []byte {
	t.Helper()
	shown, code := l.run(t, dir, variables, l.tools.Terraform, "show", "-json", file)
	require.Zero(t, code)
	return shown
}

// accepted wants the policy set to find nothing in the plan, but for some rules.
func (l *life) accepted(t *testing.T, plan []byte, but ...string) {
	t.Helper()
	found, err := policy.Check(t.Context(), plan)
	require.NoError(t, err)
	assert.Empty(t, slices.DeleteFunc(found, func(f policy.Finding) bool { return slices.Contains(but, f.Rule) }), "what the policy set finds")
}

// applyAccepted applies what the policy set refuses nothing of, though it may warn of it.
func (l *life) applyAccepted(t *testing.T) {
	t.Helper()
	l.plan(t, l.stackDir(), "-out=change.tfplan")
	found, err := policy.Check(t.Context(), l.show(t, l.stackDir(), nil, "change.tfplan"))
	require.NoError(t, err)
	assert.Empty(t, slices.DeleteFunc(found, func(f policy.Finding) bool { return f.Caution }), "what the policy set refuses")
	l.terraform(t, l.stackDir(), "apply", "-input=false", "change.tfplan")
}

// reduce keeps of a plan what the policy set looks at.
func reduce(t *testing.T, shown []byte) []byte {
	t.Helper()
	var plan synthesis.Attributes
	require.NoError(t, json.Unmarshal(shown, &plan))
	expressions := map[any]synthesis.Attributes{}
	var configured, changes, prior []any
	for _, resource := range synthesis.At(plan, "configuration", "root_module", "resources").([]any) {
		kept := only(resource, "address", "mode", "type", "expressions")
		if kept["mode"] != "managed" {
			delete(kept, "expressions")
		}
		expressions[kept["address"]], _ = kept["expressions"].(synthesis.Attributes)
		configured = append(configured, kept)
	}
	for _, change := range plan["resource_changes"].([]any) {
		change := only(change, "address", "mode", "type", "provider_name", "change")
		if change["mode"] != "managed" {
			continue
		}
		values := only(change["change"], "actions", "before", "after", "after_unknown")
		said := expressions[change["address"]]
		unknown, _ := values["after_unknown"].(synthesis.Attributes)
		maps.DeleteFunc(unknown, func(name string, value any) bool { return value != true || said[name] == nil })
		maps.DeleteFunc(said, func(name string, _ any) bool { return unknown[name] == nil })
		change["change"] = values
		changes = append(changes, change)
	}
	for _, resource := range synthesis.At(plan, "prior_state", "values", "root_module", "resources").([]any) {
		if synthesis.At(resource, "type") == "aws_caller_identity" {
			resource := only(resource, "address", "mode", "type", "values")
			resource["values"] = only(resource["values"], "account_id")
			prior = append(prior, resource)
		}
	}
	kept := only(plan, "format_version")
	kept["resource_changes"] = changes
	kept["configuration"] = synthesis.Attributes{
		"provider_config": synthesis.At(plan, "configuration", "provider_config"),
		"root_module":     synthesis.Attributes{"resources": configured},
	}
	kept["prior_state"] = synthesis.Attributes{"values": synthesis.Attributes{"root_module": synthesis.Attributes{"resources": prior}}}
	out, err := json.MarshalIndent(kept, "", "  ")
	require.NoError(t, err)
	return append(timeOfPlan.ReplaceAll(out, []byte("20260101000000")), '\n')
}

// only has the attributes of those names.
func only(value any, names ...string) synthesis.Attributes {
	out := synthesis.Attributes{}
	for _, name := range names {
		if has := synthesis.At(value, name); has != nil {
			out[name] = has
		}
	}
	return out
}

// timeOfPlan is the number by which a plan sends a password.
var timeOfPlan = regexp.MustCompile(`\b20\d{12}\b`)

// refused wants the policy set to refuse all that a reckless change of the attributes does.
func refused(t *testing.T, plan []byte, attributes map[string]map[string]any) {
	t.Helper()
	found, err := policy.Check(t.Context(), plan)
	require.NoError(t, err)
	reasons := map[string]int{}
	for _, f := range found {
		if kind, _, _ := strings.Cut(f.Address, "."); !f.Caution {
			reasons[kind+": "+f.What]++
		}
	}
	expected := map[string]int{
		"aws_vpc_security_group_ingress_rule: lets 0.0.0.0/0 connect to ports 443 to 65535; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs": 1,
		"aws_vpc_security_group_ingress_rule: lets 0.0.0.0/0 connect to ports 80 to 65535; only 80 and 443 may be open to addresses, LoadBalancer.IngressCIDRs":  1,
	}
	resources := map[string]int{"aws_rds_cluster_instance": 2, "aws_subnet": 6}
	for _, c := range controls.Everywhere() {
		if attributes[c.Type] != nil {
			expected[fmt.Sprintf("%s: %s; %s must be %v", c.Type, c.Otherwise, c.Name(), c.Wanted)] = max(1, resources[c.Type])
		}
	}
	assert.Equal(t, expected, reasons)
}
