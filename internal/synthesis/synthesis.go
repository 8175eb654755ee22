// Package synthesis reads the Terraform JSON that a synthesis wrote.
package synthesis

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Attributes are those of a block of Terraform's JSON.
type Attributes = map[string]any

// Stack is the Terraform configuration of one environment. JSON inside of strings is
// decoded.
type Stack struct {
	// Name is the stack's, such as flask-api-dev.
	Name   string
	Region string
	// Resources and Data have the blocks by type and name.
	Resources, Data map[string]map[string]Attributes
	Terraform       Attributes
}

// Load reads the stacks of the last synthesis below outdir, in the order of their
// names. The manifest lists them: folders of former runs may still be there.
func Load(outdir string) ([]Stack, error) {
	dir := os.DirFS(outdir)
	text, err := fs.ReadFile(dir, "manifest.json")
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Stacks map[string]struct {
			Path string `json:"synthesizedStackPath"`
		} `json:"stacks"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	var stacks []Stack
	for _, name := range slices.Sorted(maps.Keys(manifest.Stacks)) {
		text, err := fs.ReadFile(dir, manifest.Stacks[name].Path)
		if err != nil {
			return nil, err
		}
		stack, err := Parse(name, text)
		if err != nil {
			return nil, err
		}
		stacks = append(stacks, stack)
	}
	return stacks, nil
}

// Parse reads the JSON of a stack.
func Parse(name string, text []byte) (Stack, error) {
	var document struct {
		Resource  map[string]map[string]Attributes `json:"resource"`
		Data      map[string]map[string]Attributes `json:"data"`
		Provider  map[string][]Attributes          `json:"provider"`
		Terraform Attributes                       `json:"terraform"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return Stack{}, fmt.Errorf("%s: %w", name, err)
	}
	for _, section := range []map[string]map[string]Attributes{document.Resource, document.Data} {
		for _, blocks := range section {
			for _, block := range blocks {
				Unfold(block)
			}
		}
	}
	stack := Stack{Name: name, Resources: document.Resource, Data: document.Data, Terraform: document.Terraform}
	for _, aws := range document.Provider["aws"] {
		stack.Region = Text(aws, "region")
	}
	return stack, nil
}

// Each are the resources of a type, in the order of their names.
func (s Stack) Each(kind string) []Attributes {
	var all []Attributes
	for _, name := range slices.Sorted(maps.Keys(s.Resources[kind])) {
		all = append(all, s.Resources[kind][name])
	}
	return all
}

// First is the first resource of a type, or nil.
func (s Stack) First(kind string) Attributes {
	return append(s.Each(kind), nil)[0]
}

// Count is how many resources of the type there are.
func (s Stack) Count(kind string) int {
	return len(s.Resources[kind])
}

// expressions are the values in JSON that Terraform makes: no strings yet.
var expressions = regexp.MustCompile(`":(\$\{[^"}]*\})`)

// Unfold decodes JSON inside of strings, in which container definitions and policies
// are kept, and drops CDKTF's metadata.
func Unfold(value any) any {
	switch value := value.(type) {
	case map[string]any:
		delete(value, "//")
		for key := range value {
			value[key] = Unfold(value[key])
		}
	case []any:
		for i := range value {
			value[i] = Unfold(value[i])
		}
	case string:
		var inner any
		if strings.ContainsAny(value[:min(1, len(value))], "[{") &&
			json.Unmarshal(expressions.ReplaceAll([]byte(value), []byte(`":"$1"`)), &inner) == nil {
			return Unfold(inner)
		}
	}
	return value
}

// Text is a string or a number of the block as text, or an empty one.
func Text(a Attributes, key string) string {
	switch value := a[key].(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return ""
}

// Number is a number of the block, which may be written as a string, or 0.
func Number(a Attributes, key string) float64 {
	if text, ok := a[key].(string); ok {
		n, _ := strconv.ParseFloat(text, 64)
		return n
	}
	n, _ := a[key].(float64)
	return n
}

// List are the blocks of a list of the block.
func List(a Attributes, key string) []Attributes {
	values, _ := a[key].([]any)
	var blocks []Attributes
	for _, value := range values {
		if block, isBlock := value.(Attributes); isBlock {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// Length is the length of a list of the block.
func Length(a Attributes, key string) int {
	values, _ := a[key].([]any)
	return len(values)
}

// Has is whether a list of the block has the value.
func Has(a Attributes, key string, value any) bool {
	values, _ := a[key].([]any)
	return slices.Contains(values, value)
}

// Inner is a block inside of the block, alone or in a list, or nil.
func Inner(a Attributes, key string) Attributes {
	if inner, isBlock := a[key].(Attributes); isBlock {
		return inner
	}
	return append(List(a, key), nil)[0]
}

// At is the value at the path. A list of one is passed through: a block that can
// stand there once is a list in a plan, and often none in a synthesis.
func At(value any, path ...string) any {
	for len(path) > 0 {
		switch v := value.(type) {
		case map[string]any:
			value, path = v[path[0]], path[1:]
		case []any:
			if len(v) != 1 {
				return nil
			}
			value = v[0]
		default:
			return nil
		}
	}
	return value
}
