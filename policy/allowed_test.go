package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flask-api/internal/controls"
	"flask-api/internal/synthesis"
	"flask-api/test/golden"
)

// set is written as one of Rego.
type set map[string]bool

func (s set) add(values ...any) {
	for _, value := range values {
		switch value := value.(type) {
		case string:
			s[value] = true
		case []any:
			s.add(value...)
		}
	}
}

func (s set) String() string {
	var out strings.Builder
	out.WriteString("{\n")
	for _, value := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(&out, "\t%q,\n", value)
	}
	return out.String() + "}"
}

// synthesised are the stacks that the repository holds, by file.
func synthesised(t *testing.T) map[string]synthesis.Attributes {
	t.Helper()
	files, err := filepath.Glob("../testdata/*.golden.json")
	require.NoError(t, err)
	fixtures, err := filepath.Glob("../testdata/fixtures/*.golden.json")
	require.NoError(t, err)
	out := map[string]synthesis.Attributes{}
	for _, file := range slices.Concat(files, fixtures) {
		text, err := os.ReadFile(file) //nolint:gosec // The path is the test's own.
		require.NoError(t, err)
		var stack synthesis.Attributes
		require.NoError(t, json.Unmarshal(text, &stack))
		out[filepath.Base(file)] = stack
	}
	require.NotEmpty(t, out)
	return out
}

// allowed are the tables of allowed.rego.
type allowed struct {
	types, data, arguments, services, attachments, images set
	granted                                               map[string]set
}

func (a allowed) read(stack synthesis.Attributes) {
	a.data.add(slices.Collect(stringKeys(stack["data"]))...)
	a.data.add(slices.Collect(stringKeys(stack["ephemeral"]))...)
	for _, provider := range synthesis.At(stack, "provider", "aws").([]any) {
		a.arguments.add(slices.Collect(stringKeys(provider))...)
	}
	for kind, resources := range stack["resource"].(map[string]any) {
		a.types.add(kind)
		for name, resource := range resources.(map[string]any) {
			if strings.HasSuffix(name, "_role_permissions") {
				continue // Those of one configuration are for whoever approves it.
			}
			a.readPolicy(kind, synthesis.At(resource, "policy", "Statement"))
			if arn, isText := synthesis.At(resource, "policy_arn").(string); isText {
				_, name, _ := strings.Cut(arn, ":iam::aws:policy/")
				a.attachments.add(name)
			}
		}
	}
	documents, _ := synthesis.At(stack, "data", "aws_iam_policy_document").(map[string]any)
	for _, document := range documents {
		for _, statement := range synthesis.At(document, "statement").([]any) {
			a.grant("aws_iam_role", synthesis.At(statement, "actions"))
			for _, principal := range synthesis.At(statement, "principals").([]any) {
				if synthesis.At(principal, "type") == "Service" {
					a.services.add(synthesis.At(principal, "identifiers"))
				}
			}
		}
	}
	text, _ := json.Marshal(stack) // It was JSON.
	for _, image := range publicImage.FindAllString(string(text), -1) {
		a.images.add(image)
	}
}

var (
	publicImage = regexp.MustCompile(`public\.ecr\.aws/[\w./:-]+`)
	region      = regexp.MustCompile(`\.[a-z]{2}(-[a-z]+)+-\d\.`)
)

func (a allowed) readPolicy(kind string, statements any) {
	list, _ := statements.([]any)
	for _, statement := range list {
		if synthesis.At(statement, "Effect") != "Allow" {
			continue
		}
		a.grant(kind, synthesis.At(statement, "Action"))
		if service, isText := synthesis.At(statement, "Principal", "Service").(string); isText {
			a.services.add(region.ReplaceAllString(service, "."))
		}
	}
}

func (a allowed) grant(kind string, actions any) {
	if a.granted[kind] == nil {
		a.granted[kind] = set{}
	}
	a.granted[kind].add(actions)
}

func stringKeys(value any) func(func(any) bool) {
	return func(yield func(any) bool) {
		section, _ := value.(map[string]any)
		for key := range section {
			if !yield(key) {
				return
			}
		}
	}
}

// logDeliveryAccounts are the ids in the table of the bucket for access logs.
func logDeliveryAccounts(t *testing.T) set {
	t.Helper()
	text, err := os.ReadFile("../constructs/access_logs.go")
	require.NoError(t, err)
	out := set{}
	for _, match := range regexp.MustCompile(`"[a-z-]+-\d":\s+"(\d{12})"`).FindAllStringSubmatch(string(text), -1) {
		out.add(match[1])
	}
	require.NotEmpty(t, out)
	return out
}

// TestGoldenAllowed keeps the list of what is allowed current.
func TestGoldenAllowed(t *testing.T) {
	a := allowed{set{}, set{}, set{}, set{}, set{}, set{}, map[string]set{}}
	for _, stack := range synthesised(t) {
		a.read(stack)
	}
	// An option that no synthesis here has makes these, too.
	text, err := os.ReadFile("../constructs/testdata/options.txt")
	require.NoError(t, err)
	for _, match := range regexp.MustCompile(`(?m)^~ provider: (.*)$`).FindAllStringSubmatch(string(text), -1) {
		for argument := range strings.SplitSeq(match[1], ", ") {
			argument, _, _ = strings.Cut(argument, ".")
			a.arguments.add(argument)
		}
	}
	for _, match := range regexp.MustCompile(`(?m)^[+~-] ((?:data\.)?)(\w+)\.`).FindAllStringSubmatch(string(text), -1) {
		if match[1] == "" && (strings.HasPrefix(match[2], "aws_") || match[2] == "terraform_data") {
			a.types.add(match[2])
		} else if match[1] != "" {
			a.data.add(match[2])
		}
	}
	var out strings.Builder
	for _, table := range []struct {
		name   string
		values fmt.Stringer
	}{
		{"types", a.types},
		{"data_types", a.data},
		{"provider_arguments", a.arguments},
		{"services", a.services},
		{"attachments", a.attachments},
		{"images", a.images},
		{"log_delivery_accounts", logDeliveryAccounts(t)},
	} {
		fmt.Fprintf(&out, "%s := %s\n\n", table.name, table.values)
	}
	out.WriteString("# granted are the actions that the policies of each type allow.\ngranted := {\n")
	for _, kind := range slices.Sorted(maps.Keys(a.granted)) {
		fmt.Fprintf(&out, "\t%q: %s,\n", kind, strings.ReplaceAll(a.granted[kind].String(), "\n", "\n\t"))
	}
	out.WriteString("}\n")
	golden.Section(t, "allowed.rego", "allowed", "\n"+out.String())
}

// TestGoldenControls keeps the rules' copy of the controls current. It stands in the file
// itself, because rules that do not find their data would refuse nothing.
func TestGoldenControls(t *testing.T) {
	type row struct {
		Type      string `json:"type"`
		Block     string `json:"block"`
		Attribute string `json:"attribute"`
		Wanted    any    `json:"wanted"`
		Protected bool   `json:"protected"`
		Otherwise string `json:"otherwise"`
	}
	var text strings.Builder
	text.WriteString("controls := [\n")
	for _, c := range controls.All {
		if c.Path()[0] == "lifecycle" {
			continue // Terraform shows it in no plan.
		}
		block, _, _ := strings.Cut(c.Attribute, c.Name())
		encoded, err := json.Marshal(row{c.Type, strings.TrimSuffix(block, "."), c.Name(), c.Wanted, c.Protected, c.Otherwise})
		require.NoError(t, err)
		fmt.Fprintf(&text, "\t%s,\n", strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(string(encoded)))
	}
	text.WriteString("]\n")
	golden.Section(t, "settings.rego", "controls", "\n"+text.String())
}
