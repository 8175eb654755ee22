package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// lineLength is how long a list may be that stands on one line.
const lineLength = 100

// value writes a value, over lines that hclwrite indents, and strings by the function.
func value(v any, text func(string) string) string {
	switch v := v.(type) {
	case object:
		var entries strings.Builder
		for _, key := range slices.Sorted(maps.Keys(v)) {
			entries.WriteString(property(key, text) + " = " + value(v[key], text) + "\n")
		}
		if entries.Len() == 0 {
			return "{}"
		}
		return "{\n" + entries.String() + "}"
	case []any:
		var values []string
		for _, one := range v {
			values = append(values, value(one, text))
		}
		return list(values)
	case string:
		return text(v)
	case nil:
		return "null"
	default:
		return fmt.Sprint(v)
	}
}

// property is the key of a value in an object.
func property(key string, text func(string) string) string {
	if hclsyntax.ValidIdentifier(key) && key != "for" {
		return key
	}
	if written := text(key); strings.HasPrefix(written, `"`) {
		return written
	}
	return "(" + text(key) + ")"
}

// list is one on a line, or on a line for each value.
func list(values []string) string {
	line := strings.Join(values, ", ")
	if len(line) <= lineLength && !strings.Contains(line, "\n") {
		return "[" + line + "]"
	}
	return "[\n" + strings.Join(values, ",\n") + ",\n]"
}

// references writes addresses, which are no values: they stand there as they are.
func references(value any) string {
	if several, ok := value.([]any); ok {
		var addresses []string
		for _, one := range several {
			addresses = append(addresses, references(one))
		}
		return list(addresses)
	}
	return strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(value), "${"), "}")
}

// piece is a piece of a template: text, or a sequence such as ${…}, both as they are written.
type piece struct {
	text     string
	sequence bool
}

// template takes a text of Terraform's JSON apart:
// https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
func template(text string) (pieces []piece) {
	tokens, _ := hclsyntax.LexTemplate([]byte(text), "", hcl.InitialPos) // What is no template, Terraform refuses.
	depth, start := 0, 0
	for _, token := range tokens {
		opens := token.Type == hclsyntax.TokenTemplateInterp || token.Type == hclsyntax.TokenTemplateControl
		switch {
		case token.Type == hclsyntax.TokenEOF:
			return pieces
		case depth == 0 && (opens || len(pieces) == 0 || pieces[len(pieces)-1].sequence):
			pieces, start = append(pieces, piece{sequence: opens}), token.Range.Start.Byte
		}
		pieces[len(pieces)-1].text = text[start:token.Range.End.Byte] // Spaces are no tokens.
		if opens {
			depth++
		} else if token.Type == hclsyntax.TokenTemplateSeqEnd {
			depth--
		}
	}
	return pieces
}

// expression is what stands alone in a ${…}.
func (p piece) expression() (string, bool) {
	inner, ok := strings.CutPrefix(p.text, "${")
	return strings.Trim(strings.TrimSuffix(inner, "}"), "~ "), ok && p.sequence
}

// escapes are of quoted text; ${ is doubled in JSON as it is here.
var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// quoted is a template between quotes.
func quoted(pieces []piece) string {
	var text strings.Builder
	for _, p := range pieces {
		if p.sequence {
			text.WriteString(p.text)
		} else {
			text.WriteString(escapes.Replace(p.text))
		}
	}
	return `"` + text.String() + `"`
}

// text writes a string: an expression, JSON, or a template between quotes.
func (e *exporter) text(name, text string) string {
	pieces := template(text)
	if len(pieces) == 1 {
		if expression, ok := pieces[0].expression(); ok {
			return expression
		}
	}
	if encoded, ok := e.json(name, pieces); ok {
		return encoded
	}
	return quoted(pieces)
}

// comparedAsJSON are the attributes in which the provider sees no change if JSON is only
// written in another way, as jsonencode does: it sorts keys.
var comparedAsJSON = []string{"policy", "assume_role_policy", "container_definitions", "dashboard_body"}

// Sequences in JSON are replaced by marks while it is read: one inside of a string, and one
// that stands for a value.
const (
	markInside, markAlone, markEnd = "\ue000", "\ue001", "\ue002"
)

var marks = regexp.MustCompile("[" + markInside + markAlone + "]([0-9]+)" + markEnd)

// json writes JSON as a call of jsonencode, if that gives the same.
func (e *exporter) json(name string, pieces []piece) (string, bool) {
	if len(pieces) == 0 || !strings.ContainsAny(pieces[0].text[:1], "{[") {
		return "", false
	}
	var text strings.Builder
	inString := false
	for i, p := range pieces {
		switch {
		case !p.sequence:
			inString = inString != (strings.Count(strings.NewReplacer(`\\`, "", `\"`, "").Replace(p.text), `"`)%2 == 1)
			text.WriteString(p.text)
		case inString:
			text.WriteString(markInside + strconv.Itoa(i) + markEnd)
		default:
			text.WriteString(`"` + markAlone + strconv.Itoa(i) + markEnd + `"`)
		}
	}
	decoded, err := decode([]byte(text.String()))
	if err != nil {
		return "", false
	}
	if sorted, err := json.Marshal(decoded); err != nil || string(sorted) != text.String() && !slices.Contains(comparedAsJSON, name) {
		return "", false
	}
	return "jsonencode(" + value(decoded, func(text string) string { return e.unmark(text, pieces) }) + ")", true
}

// unmark writes a string of JSON. An expression that may be no string stays in quotes.
func (e *exporter) unmark(text string, pieces []piece) string {
	at := marks.FindAllStringSubmatchIndex(text, -1)
	var found []piece
	end := 0
	for _, m := range at {
		i, _ := strconv.Atoi(text[m[2]:m[3]])
		found = append(found, piece{text: text[end:m[0]]}, pieces[i])
		end = m[1]
	}
	found = slices.DeleteFunc(append(found, piece{text: text[end:]}), func(p piece) bool { return p.text == "" })
	if len(found) == 1 {
		if expression, ok := found[0].expression(); ok && strings.HasPrefix(text, markAlone) {
			return "jsondecode(" + expression + ")"
		} else if ok && e.isString(expression) {
			return expression
		}
	}
	return quoted(found)
}

// isString is whether the expression is an attribute that is a string by the schema.
func (e *exporter) isString(expression string) bool {
	parsed, _ := hclsyntax.ParseExpression([]byte(expression), "", hcl.InitialPos)
	traversal, ok := parsed.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return false
	}
	path := strings.Split(expression, ".")
	for _, schema := range e.schemas {
		types := schema.ResourceSchemas
		if traversal.Traversal.RootName() == "data" {
			types, path = schema.DataSourceSchemas, path[1:]
		}
		if found := types[path[0]]; found != nil && len(path) == 3 && found.Block.Attributes[path[2]] != nil {
			return found.Block.Attributes[path[2]].AttributeType == cty.String
		}
	}
	return false
}
