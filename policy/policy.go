// Package policy has the rules that plans are checked with, by Terraform Cloud and by
// the tests: see policies.hcl and flask_api.rego.
package policy

import (
	"context"
	_ "embed" // The rules.
	"encoding/json"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/rego"
)

//go:embed flask_api.rego
var rules string

// Query is what Terraform Cloud asks, too.
const Query = "data.flask_api.deny"

// Check returns what the rules deny in a plan, which is what `terraform show -json`
// says of it, or that below `plan`.
func Check(ctx context.Context, plan []byte) ([]string, error) {
	var input any
	if err := json.Unmarshal(plan, &input); err != nil {
		return nil, fmt.Errorf("the plan's JSON: %w", err)
	}
	results, err := rego.New(rego.Query(Query), rego.Module("flask_api.rego", rules), rego.Input(input), rego.StrictBuiltinErrors(false)).Eval(ctx)
	if err != nil {
		return nil, err
	}
	var denied []string
	for _, reason := range results[0].Expressions[0].Value.([]any) {
		denied = append(denied, fmt.Sprint(reason))
	}
	slices.Sort(denied)
	return denied, nil
}
