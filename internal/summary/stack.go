package summary

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// attributes are a block of Terraform's JSON.
type attributes = map[string]any

// Stack is the synthesised Terraform configuration of one environment.
type Stack struct {
	// Name is the stack's, such as flask-api-dev.
	Name string

	resources map[string]map[string]attributes
	region    string
	terraform attributes
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
		Resource  map[string]map[string]attributes `json:"resource"`
		Provider  map[string][]attributes          `json:"provider"`
		Terraform attributes                       `json:"terraform"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return Stack{}, fmt.Errorf("%s: %w", name, err)
	}
	stack := Stack{Name: name, resources: document.Resource, terraform: document.Terraform}
	for _, aws := range document.Provider["aws"] {
		stack.region = str(aws, "region")
	}
	return stack, nil
}

// each are the resources of a type, in the order of their names.
func (s Stack) each(kind string) []attributes {
	var all []attributes
	for _, name := range slices.Sorted(maps.Keys(s.resources[kind])) {
		all = append(all, s.resources[kind][name])
	}
	return all
}

// first is the first resource of a type, or nil.
func (s Stack) first(kind string) attributes {
	return append(s.each(kind), nil)[0]
}

// count is how many resources of the type there are.
func (s Stack) count(kind string) int {
	return len(s.resources[kind])
}

// zones is over how many availability zones the subnets are spread.
func (s Stack) zones() int {
	zones := map[string]bool{}
	for _, subnet := range s.each("aws_subnet") {
		zones[str(subnet, "availability_zone")] = true
	}
	return len(zones)
}

// protected are the resources that Terraform or AWS refuses to delete.
func (s Stack) protected() []string {
	var names []string
	for kind := range s.resources {
		for _, a := range s.each(kind) {
			kept := block(a, "lifecycle")["prevent_destroy"] == true
			if kept || a["deletion_protection"] == true || a["enable_deletion_protection"] == true {
				names = append(names, strings.ReplaceAll(strings.TrimPrefix(kind, "aws_"), "_", " "))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// state is where Terraform keeps what it created.
func (s Stack) state() string {
	backend, cloud := block(s.terraform, "backend"), block(s.terraform, "cloud")
	if cloud != nil {
		return str(cloud, "organization") + " at " + cmp.Or(str(cloud, "hostname"), "app.terraform.io")
	}
	if s3 := block(backend, "s3"); s3 != nil {
		return "s3://" + str(s3, "bucket") + "/" + str(s3, "key")
	}
	return path.Base(str(block(backend, "local"), "path")) + " in this folder"
}

// str is a string of the block, or an empty one.
func str(a attributes, key string) string {
	text, _ := a[key].(string)
	return text
}

// number is a number of the block, which may be written as a string, or 0.
func number(a attributes, key string) float64 {
	if text, ok := a[key].(string); ok {
		n, _ := strconv.ParseFloat(text, 64)
		return n
	}
	n, _ := a[key].(float64)
	return n
}

// length is the length of a list of the block.
func length(a attributes, key string) int {
	values, _ := a[key].([]any)
	return len(values)
}

// has is whether a list of the block has the value.
func has(a attributes, key string, value any) bool {
	values, _ := a[key].([]any)
	return slices.Contains(values, value)
}

// block is a block inside of the block, or nil.
func block(a attributes, key string) attributes {
	inner, _ := a[key].(attributes)
	return inner
}
