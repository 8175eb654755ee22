// Package export writes a synthesised stack in Terraform's own language, for those who go
// on without CDKTF. Addresses stay, so that the state fits.
package export

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	tfjson "github.com/hashicorp/terraform-json"
)

// object is one of JSON's.
type object = map[string]any

// shape is what the language says of a block: how many labels it has, which of its members
// are blocks themselves, and which hold addresses; the others are values.
type shape struct {
	labels     int
	blocks     map[string]shape
	references []string
}

// Of the language itself:
// https://developer.hashicorp.com/terraform/language/syntax/json#block-type-specific-exceptions
var (
	lifecycle = shape{
		blocks:     map[string]shape{"precondition": {}, "postcondition": {}},
		references: []string{"ignore_changes", "replace_triggered_by"},
	}
	provisioner = shape{labels: 1, blocks: map[string]shape{"connection": {}}}
	language    = map[string]shape{
		"terraform": {blocks: map[string]shape{
			"backend": {labels: 1}, "cloud": {blocks: map[string]shape{"workspaces": {}}}, "required_providers": {},
		}},
		"locals":   {},
		"variable": {labels: 1, blocks: map[string]shape{"validation": {}}, references: []string{"type"}},
		"output":   {labels: 1, blocks: map[string]shape{"precondition": {}}, references: []string{"depends_on"}},
		"moved":    {references: []string{"from", "to"}},
		"removed":  {blocks: map[string]shape{"lifecycle": lifecycle, "provisioner": provisioner}, references: []string{"from"}},
		"import":   {references: []string{"to", "provider"}},
		"check":    {labels: 1, blocks: map[string]shape{"assert": {}}},
	}
	// files are where what belongs to no part of the platform is.
	files = map[string]string{
		"terraform": "terraform", "provider": "terraform", "variable": "variables", "output": "outputs",
		"moved": "moved", "removed": "moved", "import": "moved",
	}
)

// block is one of the first level.
type block struct {
	part string // Of the platform, by CDKTF's path; empty if there is none.
	name string // The last label.
	text string
}

// exporter is one export.
type exporter struct {
	schemas map[string]*tfjson.ProviderSchema // By address.
	blocks  map[string][]block                // By kind.
}

// Files are the stack's JSON in Terraform's language, by the names of files, as
// `terraform fmt` would have them.
func Files(stack object, schemas *tfjson.ProviderSchemas) (map[string][]byte, error) {
	e := &exporter{schemas: schemas.Schemas, blocks: map[string][]block{}}
	for kind, content := range stack {
		switch kind {
		case "//":
		case "locals": // One block each, so that they go where they belong.
			for name, value := range content.(object) {
				e.add(kind, shape{}, []string{name}, object{name: value})
			}
		case "provider", "resource", "data", "ephemeral":
			for name, inner := range content.(object) {
				s, err := e.shape(kind, name)
				if err != nil {
					return nil, err
				}
				e.add(kind, s, []string{name}, inner)
			}
		default:
			s, known := language[kind]
			if !known {
				return nil, fmt.Errorf("a block %q is nothing that can be exported", kind)
			}
			e.add(kind, s, nil, content)
		}
	}
	return e.files()
}

// shape is that of a provider, or of a resource, in its provider's words.
func (e *exporter) shape(kind, name string) (shape, error) {
	for address, schema := range e.schemas {
		if kind == "provider" && path.Base(address) == name {
			return of(schema.ConfigSchema.Block, 1), nil
		}
		types := map[string]map[string]*tfjson.Schema{
			"resource": schema.ResourceSchemas, "data": schema.DataSourceSchemas, "ephemeral": schema.EphemeralResourceSchemas,
		}[kind]
		if found, ok := types[name]; ok {
			s := of(found.Block, 2)
			s.blocks["lifecycle"], s.blocks["provisioner"], s.blocks["connection"] = lifecycle, provisioner, shape{}
			s.references = []string{"depends_on", "provider"}
			return s, nil
		}
	}
	return shape{}, fmt.Errorf("no provider of the stack knows the %s %s", kind, name)
}

// of is the shape of a provider's block.
func of(schema *tfjson.SchemaBlock, labels int) shape {
	s := shape{labels: labels, blocks: map[string]shape{}}
	for name, inner := range schema.NestedBlocks {
		below := 0
		if inner.NestingMode == tfjson.SchemaNestingModeMap {
			below = 1
		}
		s.blocks[name] = of(inner.Block, below)
	}
	return s
}

// add adds the blocks of a kind, with the labels that are known so far.
func (e *exporter) add(kind string, s shape, labels []string, content any) {
	e.each(s.labels-len(labels), labels, content, func(labels []string, body object) {
		b := block{part: part(body), text: e.block(kind, s, labels, body)}
		if len(labels) > 0 {
			b.name = labels[len(labels)-1]
		}
		if kind == "locals" {
			b.text = e.block(kind, s, nil, body)
		}
		e.blocks[kind] = append(e.blocks[kind], b)
	})
}

// each calls for every block in the content, which has one below each missing label, and
// one or a list of them below the last.
func (e *exporter) each(missing int, labels []string, content any, call func([]string, object)) {
	switch content := content.(type) {
	case []any:
		for _, one := range content {
			e.each(missing, labels, one, call)
		}
	case object:
		if missing <= 0 {
			call(labels, content)
			return
		}
		for _, label := range slices.Sorted(maps.Keys(content)) {
			if label != "//" {
				e.each(missing-1, append(slices.Clone(labels), label), content[label], call)
			}
		}
	}
}

// part is the part of the platform that CDKTF's path of an element names.
func part(body object) string {
	notes, _ := body["//"].(object)
	metadata, _ := notes["metadata"].(object)
	path, _ := metadata["path"].(string)
	return append(strings.Split(path, "/"), "")[1]
}

// block writes one: its values, its blocks, and at the end what Terraform itself reads.
func (e *exporter) block(kind string, s shape, labels []string, body object) string {
	var text strings.Builder
	text.WriteString(kind)
	for _, label := range labels {
		text.WriteString(" " + strconv.Quote(label))
	}
	text.WriteString(" {\n")
	rank := func(name string) int {
		_, isBlock := s.blocks[name]
		return slices.Index([]bool{!isBlock && name != "depends_on", isBlock && name != "lifecycle", name == "lifecycle", true}, true)
	}
	names := slices.SortedFunc(maps.Keys(body), func(a, b string) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b)) })
	first := text.Len()
	apart := func() {
		if text.Len() > first {
			text.WriteString("\n")
		}
	}
	for _, name := range names {
		inner, isBlock := s.blocks[name]
		switch {
		case name == "//":
		case isBlock:
			e.each(inner.labels, nil, body[name], func(labels []string, body object) {
				apart()
				text.WriteString(e.block(name, inner, labels, body))
			})
		case slices.Contains(s.references, name):
			if name == "depends_on" {
				apart()
			}
			fmt.Fprintf(&text, "%s = %s\n", name, references(body[name]))
		default:
			fmt.Fprintf(&text, "%s = %s\n", name, value(body[name], func(text string) string { return e.text(name, text) }))
		}
	}
	text.WriteString("}\n")
	return text.String()
}

// fewLines are those of a part that has no file of its own.
const fewLines = 20

// files are the blocks in files, one for each part.
func (e *exporter) files() (map[string][]byte, error) {
	lines := map[string]int{}
	for _, blocks := range e.blocks {
		for _, b := range blocks {
			lines[b.part] += strings.Count(b.text, "\n")
		}
	}
	texts := map[string][]byte{}
	for _, kind := range []string{"terraform", "provider", "variable", "locals", "data", "ephemeral", "resource", "check", "output", "import", "moved", "removed"} {
		slices.SortStableFunc(e.blocks[kind], func(a, b block) int { return cmp.Compare(a.text, b.text) })
		for _, b := range e.blocks[kind] {
			name, fixed := files[kind]
			if !fixed {
				name = b.file(lines)
			}
			texts[name+".tf"] = append(append(texts[name+".tf"], '\n'), b.text...)
		}
	}
	for name, text := range texts {
		texts[name] = hclwrite.Format(bytes.TrimLeft(text, "\n"))
		if _, wrong := hclsyntax.ParseConfig(texts[name], name, hcl.InitialPos); wrong.HasErrors() {
			return nil, fmt.Errorf("%s would not be readable: %w", name, wrong)
		}
	}
	return texts, nil
}

// file is the name of the file for a block; lines are those of each part. What CDKTF's path
// does not name begins with its part's name.
func (b block) file(lines map[string]int) string {
	name := ""
	for part, n := range lines {
		belongs := b.part == part || b.part == "" && strings.HasPrefix(b.name, part+"_")
		if n > fewLines && belongs && len(part) > len(name) {
			name = part
		}
	}
	return cmp.Or(name, "main")
}

// decode reads JSON, with numbers as they are written.
func decode(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}
