package stacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/synthesis"
)

// Attributes are a block of the synthesised JSON.
type Attributes = synthesis.Attributes

// Stack is one environment's synthesised JSON, unfolded, with all that only tests look
// at.
type Stack struct {
	synthesis.Stack `json:"-"`
	Config          config.Config `json:"-"`
	// Text is the JSON as golden files have it.
	Text string `json:"-"`
	// Ephemeral resources live only while Terraform runs.
	Ephemeral map[string]map[string]Attributes `json:"ephemeral"`
	Outputs   map[string]Attributes            `json:"output"`
	Providers map[string][]Attributes          `json:"provider"`
}

// Decode decodes what was synthesised of the environment. Each call makes a new value,
// which the caller may change.
func Decode(t *testing.T, env config.Config, text []byte) Stack {
	t.Helper()
	s := Stack{Config: env, Text: Reviewable(t, text)}
	require.NoError(t, json.Unmarshal([]byte(s.Text), &s))
	var err error
	s.Stack, err = synthesis.Parse(env.StackName(), []byte(s.Text))
	require.NoError(t, err)
	return s
}

// Reviewable is the JSON as golden files have it: metadata of CDKTF is left out, and
// JSON inside of strings is unfolded, so that a difference reads as what changes in AWS.
func Reviewable(t *testing.T, text []byte) string {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(text, &value))
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(synthesis.Unfold(value)))
	return out.String()
}

// Golden is the JSON that was last reviewed of one of [All] environments, for packages
// two folders below that of the module.
func Golden(t *testing.T, suffix string) []byte {
	t.Helper()
	dir := "../../testdata/"
	if slices.ContainsFunc(Fixtures(), func(c config.Config) bool { return c.Suffix == suffix }) {
		dir += "fixtures/"
	}
	text, err := os.ReadFile(dir + suffix + ".golden.json") //nolint:gosec // The path is the test's own.
	require.NoError(t, err, "run: make golden")
	return text
}

// Addresses are those of everything that Terraform keeps in its state.
func (s Stack) Addresses() []string {
	var out []string
	for prefix, blocks := range map[string]map[string]map[string]Attributes{"": s.Resources, "data.": s.Data} {
		for kind, named := range blocks {
			for name := range named {
				out = append(out, prefix+kind+"."+name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Visit calls visit for every resource of the type, in the order of their names.
func (s Stack) Visit(kind string, visit func(name string, a Attributes)) {
	for _, name := range slices.Sorted(maps.Keys(s.Resources[kind])) {
		visit(name, s.Resources[kind][name])
	}
}

// IsOther tells whether the resource is a worker's, or one of a service beside the API.
func (s Stack) IsOther(name string) bool {
	return strings.HasPrefix(name, "worker_") || slices.ContainsFunc(s.Config.Services, func(w config.WebService) bool {
		return strings.HasPrefix(strings.TrimPrefix(name, "load_balancer_")+"_", "service_"+strings.ReplaceAll(w.Name, "-", "_")+"_")
	})
}

// One is the only resource of the type, those of workers and of other services aside.
func (s Stack) One(kind string) Attributes {
	var found []Attributes
	for name, resource := range s.Resources[kind] {
		if !s.IsOther(name) {
			found = append(found, resource)
		}
	}
	if len(found) != 1 {
		panic(fmt.Sprintf("%d resources of type %s, want exactly one", len(found), kind))
	}
	return found[0]
}

// Container is the first container of the task definition, the API's.
func (s Stack) Container() Attributes {
	return s.Task()["container_definitions"].([]any)[0].(Attributes)
}

// Task is the task definition of the service.
func (s Stack) Task() Attributes {
	return s.Resources["aws_ecs_task_definition"]["service_task_definition"]
}

// VisitContainers calls visit for every container of every task definition.
func (s Stack) VisitContainers(visit func(c Attributes)) {
	s.Visit("aws_ecs_task_definition", func(_ string, task Attributes) {
		for _, container := range task["container_definitions"].([]any) {
			visit(container.(Attributes))
		}
	})
}
