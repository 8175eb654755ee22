package review

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/stretchr/testify/require"

	"flask-api/test/emulator"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

// attributesFile has every attribute of every type that the program makes, and whether
// the provider can change it in place.
const attributesFile = "attributes.txt"

// TestGoldenAttributes asks the real provider what it cannot change in place, of each
// attribute of each type that any of the tests' environments has. There is nothing to
// call: the state is made up, and the plan refreshes nothing. The state is what differs,
// in everything at once, since nothing checks whether its values are allowed.
func TestGoldenAttributes(t *testing.T) {
	if testing.Short() {
		t.Skip("plans for half a minute; not with -short")
	}
	tools, _ := emulator.FindTools(t.Context(), "../..")
	if tools.Terraform == "" || tools.ProviderMirror == "" && os.Getenv("CI") != "true" {
		t.Skip("asks the AWS provider, which `terraform init` would have to download")
	}
	valid := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		_, _ = io.WriteString(w, `{"result":"OK","diagnostics":[]}`)
	}))
	defer valid.Close()
	p := provider{dir: t.TempDir(), tools: tools, machines: valid.URL}
	configured := samples(t)
	base := p.plan(t, configured, nil)
	var state []any
	for _, change := range base.ResourceChanges {
		before := otherwise(withUnknown(change.Change.After, change.Change.AfterUnknown)).(attributes)
		before["id"] = "known"
		state = append(state, attributes{
			"mode": "managed", "type": change.Type, "name": change.Name, "provider": fmt.Sprintf("provider[%q]", change.ProviderName),
			"instances": []any{attributes{"schema_version": schemaVersion(base, change.Address), "attributes": before}},
		})
	}
	planned := p.plan(t, configured, attributes{"version": 4, "serial": 1, "lineage": "made-up", "resources": state})
	golden.Compare(t, attributesFile, attributeTable(base, planned))
}

// attributeTable has a line for each type and for what happens to its attributes.
func attributeTable(base, planned tfjson.Plan) string {
	replaced, other := map[string][]string{}, map[string][]string{}
	add := func(to map[string][]string, kind, path string) {
		if !slices.Contains(to[kind], path) {
			to[kind] = append(to[kind], path)
		}
	}
	for _, change := range planned.ResourceChanges {
		for _, path := range change.Change.ReplacePaths {
			add(replaced, change.Type, dotted(path.([]any)))
		}
	}
	for _, change := range base.ResourceChanges {
		for name, value := range change.Change.After.(attributes) {
			if !slices.Contains(replaced[change.Type], name) && !empty(value) {
				add(other, change.Type, name)
			}
		}
	}
	var out strings.Builder
	kinds := maps.Clone(other)
	maps.Copy(kinds, replaced)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		slices.Sort(replaced[kind])
		slices.Sort(other[kind])
		fmt.Fprintf(&out, "%s\n  replaced: %s\n  set: %s\n", kind, strings.Join(replaced[kind], " "), strings.Join(other[kind], " "))
	}
	return out.String()
}

func empty(value any) bool {
	list, isList := value.([]any)
	object, isObject := value.(attributes)
	return value == nil || value == "" || isList && len(list) == 0 || isObject && len(object) == 0
}

// dotted is a path as a person writes it, without places in lists.
func dotted(path []any) string {
	var out []string
	for _, step := range path {
		if name, isName := step.(string); isName {
			out = append(out, name)
		}
	}
	return strings.Join(out, ".")
}

type provider struct {
	dir      string
	tools    emulator.Tools
	machines string // where it asks whether the definition of a state machine is valid, in a plan, too
}

// plan plans the resources without a call to AWS.
func (p provider) plan(t *testing.T, resources map[string]attributes, state any) tfjson.Plan {
	t.Helper()
	put := func(name string, value any) {
		text, err := json.MarshalIndent(value, "", " ") // Terraform quotes the line of an error.
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, name), text, 0o600))
	}
	put("main.tf.json", attributes{
		"terraform": attributes{"required_providers": attributes{"aws": attributes{"source": "hashicorp/aws", "version": "~> 5.99"}}},
		"provider": attributes{"aws": attributes{
			"region": "eu-south-1", "access_key": "none", "secret_key": "none",
			"skip_credentials_validation": true, "skip_requesting_account_id": true, "skip_metadata_api_check": true,
			"endpoints": []any{attributes{"sfn": p.machines}},
		}},
		"resource": resources,
	})
	settings, err := p.tools.CLIConfig(p.dir)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "terraform.rc"), []byte(settings), 0o600))
	if state != nil {
		put("terraform.tfstate", state)
	} else {
		p.run(t, "init", "-no-color")
	}
	p.run(t, "plan", "-no-color", "-refresh=false", "-lock=false", "-out=plan")
	var out tfjson.Plan
	require.NoError(t, out.UnmarshalJSON(p.run(t, "show", "-json", "plan")))
	return out
}

func (p provider) run(t *testing.T, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), p.tools.Terraform, args...) //nolint:gosec // Only this file's own arguments.
	command.Dir = p.dir
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(p.dir, "terraform.rc"))
	output, err := command.Output()
	if failed, hasOutput := err.(*exec.ExitError); hasOutput { //nolint:errorlint // Output returns this very type.
		require.NoError(t, err, "terraform %s: %s", args[0], failed.Stderr)
	}
	require.NoError(t, err)
	return output
}

// samples has a resource for each set of attributes that one of the type has somewhere.
func samples(t *testing.T) map[string]attributes {
	t.Helper()
	out := map[string]attributes{}
	seen := map[string]bool{}
	for _, env := range stacktest.All() {
		var stack struct {
			Resource map[string]map[string]attributes `json:"resource"`
		}
		require.NoError(t, json.Unmarshal(stacktest.Golden(t, env.Suffix), &stack))
		delete(stack.Resource, "terraform_data") // It is Terraform's own.
		for kind, resources := range stack.Resource {
			for _, name := range slices.Sorted(maps.Keys(resources)) {
				sample := resolved(resources[name]).(attributes)
				maps.DeleteFunc(sample, func(name string, _ any) bool {
					return slices.Contains([]string{"depends_on", "lifecycle", "timeouts", "provider"}, name)
				})
				text := kind + strings.Join(slices.Sorted(maps.Keys(sample)), " ")
				if seen[text] {
					continue
				}
				seen[text] = true
				if out[kind] == nil {
					out[kind] = attributes{}
				}
				out[kind][fmt.Sprintf("it_%d", len(out[kind]))] = sample
			}
		}
	}
	return out
}

var reference = regexp.MustCompile(`\$\{[^}]*\}`)

// documents are the attributes that are text with JSON in it.
var documents = []string{"assume_role_policy", "container_definitions", "dashboard_body", "definition", "input", "policy", "redrive_allow_policy", "redrive_policy"}

// accepted are values that the provider takes, of attributes that refer to others or have
// a document in them.
var accepted = map[string]any{
	"container_definitions": `[{"name": "api", "image": "api"}]`, "engine": "aurora-postgresql", "type": "A",
	"master_password_wo_version": 1, "secret_string_wo_version": 1,
	"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
}

// resolved puts values in the place of references, which a plan without a state cannot
// resolve.
func resolved(value any) any {
	switch value := value.(type) {
	case attributes:
		out := attributes{}
		for name, inner := range value {
			text, err := json.Marshal(inner)
			if value, isAccepted := accepted[name]; err == nil && isAccepted && reference.Match(text) {
				out[name] = value
			} else if out[name] = resolved(inner); slices.Contains(documents, name) && !strings.HasPrefix(string(text), `"`) {
				out[name] = string(reference.ReplaceAll(text, []byte("known")))
			}
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i := range value {
			out[i] = resolved(value[i])
		}
		return out
	case string:
		switch {
		case strings.HasPrefix(value, "${") && strings.HasSuffix(value, ".json}"):
			return `{"Version": "2012-10-17", "Statement": []}`
		case strings.HasPrefix(value, "${") && strings.HasSuffix(value, "arn}"):
			return "arn:aws:iam::123456789012:role/known"
		}
		return reference.ReplaceAllString(value, "known")
	}
	return value
}

// withUnknown adds what a plan leaves out because it is not known, as null.
func withUnknown(value, marks any) any {
	switch marks := marks.(type) {
	case attributes:
		object, _ := value.(attributes)
		out := maps.Clone(object)
		if out == nil {
			out = attributes{}
		}
		for name, mark := range marks {
			if _, isKnown := object[name]; !isKnown {
				out[name] = nil
			} else {
				out[name] = withUnknown(object[name], mark)
			}
		}
		return out
	case []any:
		list, _ := value.([]any)
		out := slices.Clone(list)
		for i := range min(len(out), len(marks)) {
			out[i] = withUnknown(out[i], marks[i])
		}
		return out
	}
	return value
}

// checked are attributes whose values the provider checks in the state, too. It can change
// them in place.
var checked = []string{"transition_default_minimum_object_size"}

// otherwise is a copy of the value in which each value is another one.
func otherwise(value any) any {
	switch value := value.(type) {
	case attributes:
		out := attributes{}
		for name, inner := range value {
			if out[name] = otherwise(inner); slices.Contains(checked, name) {
				out[name] = inner
			}
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i := range value {
			out[i] = otherwise(value[i])
		}
		return out
	case bool:
		return !value
	case json.Number:
		number, _ := value.Float64()
		return number + 1
	case float64:
		return value + 1
	case string:
		return value + "-before"
	}
	return value
}

func schemaVersion(plan tfjson.Plan, address string) uint64 {
	for _, resource := range plan.PlannedValues.RootModule.Resources {
		if resource.Address == address {
			return resource.SchemaVersion
		}
	}
	return 0
}
