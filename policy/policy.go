// Package policy has the rules that plans are checked with, by Terraform Cloud and by
// the tests: see policies.hcl and the files in Rego, of which flask_api.rego is the first.
package policy

import (
	"cmp"
	"context"
	"embed" // The rules.
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/rego"
)

//go:embed *.rego
var files embed.FS

// Finding is what one rule says of one resource.
type Finding struct {
	Rule    string `json:"rule"`
	Address string `json:"address"`
	What    string `json:"what"`
	// Caution says that it is for whoever approves the plan, and stops nothing.
	Caution bool `json:"caution"`
}

// String is the text that Terraform Cloud shows.
func (f Finding) String() string { return fmt.Sprintf("%s: %s [%s]", f.Address, f.What, f.Rule) }

// query has what `deny` and `warn` are made of.
const query = `[object.union(f, {"caution": f.rule in data.flask_api.cautions}) | some f in data.flask_api.found]`

// prepared are the compiled rules.
var prepared = sync.OnceValues(func() (rego.PreparedEvalQuery, error) { return prepare(query) })

func prepare(query string) (rego.PreparedEvalQuery, error) {
	options := []func(*rego.Rego){rego.Query(query), rego.Imports([]string{"rego.v1"})}
	for name, text := range modules() {
		options = append(options, rego.Module(name, text))
	}
	return rego.New(options...).PrepareForEval(context.Background())
}

// modules are the files' texts by name.
func modules() map[string]string {
	out := map[string]string{}
	entries, _ := files.ReadDir(".") // Embedded: it is there.
	for _, entry := range entries {
		text, _ := files.ReadFile(entry.Name())
		out[entry.Name()] = string(text)
	}
	return out
}

// Check returns what the rules find in a plan, which is what `terraform show -json` says
// of it, or that below `plan`.
func Check(ctx context.Context, plan []byte) ([]Finding, error) {
	var input any
	if err := json.Unmarshal(plan, &input); err != nil {
		return nil, fmt.Errorf("the plan's JSON: %w", err)
	}
	rules, err := prepared()
	if err != nil {
		return nil, err
	}
	return evaluate(ctx, rules, input)
}

func evaluate(ctx context.Context, rules rego.PreparedEvalQuery, plan any) ([]Finding, error) {
	results, err := rules.Eval(ctx, rego.EvalInput(plan))
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return nil, err
	}
	var found []Finding
	if err := json.Unmarshal(encoded, &found); err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b Finding) int { return cmp.Compare(a.String(), b.String()) })
	return found, nil
}
