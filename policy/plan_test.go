package policy

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flask-api/internal/synthesis"
	"flask-api/test/corpus"
)

// attributes are those of an object of a plan.
type attributes = synthesis.Attributes

// read reads a plan of the real provider, which the deploy tests keep up to date: the
// first of an environment.
func read(t *testing.T, environment string) attributes {
	t.Helper()
	text, err := os.ReadFile("testdata/" + environment + ".plan.json") //nolint:gosec // The path is the test's own.
	require.NoError(t, err)
	return decode(t, string(text))
}

func decode(t *testing.T, text string) attributes {
	t.Helper()
	var out attributes
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// settled is what the plan says of an environment once it is applied, formed like a
// synthesis: what the configuration says stands for what is not known.
func settled(t *testing.T, environment string) corpus.Stack {
	t.Helper()
	plan := read(t, environment)
	expressions := map[any]any{}
	for _, resource := range synthesis.At(plan, "configuration", "root_module", "resources").([]any) {
		expressions[synthesis.At(resource, "address")] = synthesis.At(resource, "expressions")
	}
	stack := corpus.Stack{}
	for _, change := range plan["resource_changes"].([]any) {
		address := synthesis.At(change, "address").(string)
		resource := stack.Resource(address)
		maps.Copy(resource, synthesis.At(change, "change", "after").(attributes))
		said, _ := expressions[address].(attributes)
		for name, expression := range said {
			resource[name] = synthesis.At(expression, "constant_value")
		}
	}
	provider := attributes{}
	for name := range synthesis.At(plan, "configuration", "provider_config", "aws", "expressions").(attributes) {
		provider[name] = ""
	}
	stack.Section("provider")["aws"] = []any{provider}
	known := strings.NewReplacer(
		"${data.aws_caller_identity.caller.account_id}", "123456789012",
		"${local.registry_image}", "123456789012.dkr.ecr.eu-south-1.amazonaws.com/flask-api:v1",
	)
	return corpus.Stack(decode(t, known.Replace(encode(t, stack))))
}

// clone is a copy that can be changed.
func clone(t *testing.T, stack corpus.Stack) corpus.Stack {
	t.Helper()
	return corpus.Stack(decode(t, encode(t, stack)))
}

// forces are attributes of which Terraform replaces the resource.
var forces = map[string]string{"aws_lb": "name"}

// planOf is the plan that makes the one of the other. Without one that was before, it is
// the first of the environment.
func planOf(before, after corpus.Stack) attributes {
	gone, old := resources(before), resources(before)
	var changes, configured []any
	for address, resource := range resources(after) {
		kind, _, _ := strings.Cut(address, ".")
		was := old[address]
		delete(gone, address)
		configuration := attributes{"address": address, "mode": "managed", "type": kind}
		if list, provisions := resource["provisioner"].([]any); provisions {
			configuration["provisioners"] = provisioners(list)
			resource = maps.Clone(resource)
			delete(resource, "provisioner")
		}
		configured = append(configured, configuration)
		changes = append(changes, changeOf(address, was, resource))
	}
	for address, resource := range gone {
		changes = append(changes, changeOf(address, resource, nil))
	}
	for _, section := range []string{"moved", "import", "removed"} {
		blocks, _ := after[section].([]any)
		for _, block := range blocks {
			annotate(changes, section, block.(attributes))
		}
	}
	for _, mode := range []string{"data", "ephemeral"} {
		for kind, blocks := range after.Section(mode) {
			for name, block := range blocks.(attributes) {
				configured = append(configured, attributes{"address": mode + "." + kind + "." + name, "mode": mode, "type": kind, "expressions": constants(block)})
			}
		}
	}
	return attributes{
		"resource_changes": changes,
		"configuration": attributes{
			"provider_config": providersOf(after),
			"root_module":     attributes{"resources": configured, "module_calls": after.Section("module"), "outputs": after.Section("output")},
		},
		"prior_state": attributes{"values": attributes{"root_module": attributes{"resources": []any{
			attributes{"address": "data.aws_caller_identity.caller", "mode": "data", "type": "aws_caller_identity", "values": attributes{"account_id": "123456789012"}},
		}}}},
	}
}

// resources are those of the stack by address.
func resources(stack corpus.Stack) map[string]attributes {
	out := map[string]attributes{}
	for kind, named := range stack.Section("resource") {
		for name, resource := range named.(attributes) {
			out[kind+"."+name] = resource.(attributes)
		}
	}
	return out
}

func changeOf(address string, before, after attributes) attributes {
	kind, _, _ := strings.Cut(address, ".")
	provider := "registry.terraform.io/hashicorp/aws"
	if kind == "terraform_data" {
		provider = "terraform.io/builtin/terraform"
	}
	change := attributes{"actions": []any{"update"}}
	if before != nil {
		change["before"] = before
	}
	if after != nil {
		change["after"] = after
	}
	switch {
	case before == nil:
		change["actions"] = []any{"create"}
	case after == nil:
		change["actions"] = []any{"delete"}
	case reflect.DeepEqual(before, after):
		change["actions"] = []any{"no-op"}
	case before[forces[kind]] != after[forces[kind]]:
		change["actions"] = []any{"delete", "create"}
	}
	return attributes{"address": address, "mode": "managed", "type": kind, "provider_name": provider, "change": change}
}

// annotate says of a change what a block of the section means.
func annotate(changes []any, section string, block attributes) {
	to := block["to"]
	if section == "removed" {
		to = block["from"]
	}
	at := slices.IndexFunc(changes, func(change any) bool { return synthesis.At(change, "address") == to })
	change := changes[at].(attributes)
	switch section {
	case "moved":
		change["previous_address"] = block["from"]
	case "import":
		change["change"].(attributes)["importing"] = attributes{"id": block["id"]}
	case "removed":
		change["change"].(attributes)["actions"] = []any{"forget"}
	}
}

func provisioners(blocks []any) []any {
	var out []any
	for _, block := range blocks {
		for kind, arguments := range block.(attributes) {
			out = append(out, attributes{"type": kind, "expressions": constants(arguments)})
		}
	}
	return out
}

func constants(block any) attributes {
	out := attributes{}
	for name, value := range block.(attributes) {
		out[name] = attributes{"constant_value": value}
	}
	return out
}

func providersOf(stack corpus.Stack) attributes {
	out := attributes{}
	for name, blocks := range stack.Section("provider") {
		source, _ := synthesis.At(attributes(stack), "terraform", "required_providers", name, "source").(string)
		if source == "" {
			source = "hashicorp/" + name
		}
		out[name] = attributes{"name": name, "full_name": "registry.terraform.io/" + source, "expressions": constants(blocks.([]any)[0])}
	}
	return out
}
