package review

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wI2L/jsondiff"

	"flask-api/internal/synthesis"
)

// attributes are those of a resource, or of another block.
type attributes = synthesis.Attributes

// identities are the keys that tell the entries of a list apart, in AWS's and
// Terraform's own JSON.
var identities = []string{"name", "Sid", "sid", "id", "key"}

// byIdentity makes a list whose entries have names a map, so that a difference names
// the entry instead of its place. The names stand in brackets.
func byIdentity(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for key := range value {
			out[key] = byIdentity(value[key])
		}
		return out
	case []any:
		for _, identity := range identities {
			if out := keyed(value, identity); out != nil {
				return out
			}
		}
		out := make([]any, len(value))
		for i := range value {
			out[i] = byIdentity(value[i])
		}
		return out
	}
	return value
}

// keyed is nil unless each entry of the list has another name.
func keyed(list []any, identity string) map[string]any {
	out := make(map[string]any, len(list))
	for _, entry := range list {
		entry, isMap := entry.(map[string]any)
		name, isString := entry[identity].(string)
		if !isMap || !isString || name == "" {
			return nil
		}
		out["["+name+"]"] = byIdentity(entry)
	}
	if len(out) == 0 || len(out) < len(list) {
		return nil
	}
	return out
}

// Difference is one attribute that changes. A value that is nil is not there.
type Difference struct {
	// Path is such as `container_definitions[flask-api].environment[LOG_LEVEL].value`.
	Path     string
	From, To any
}

// differences are those between two values, attribute by attribute.
func differences(before, after attributes) []Difference {
	patch, err := jsondiff.CompareWithoutMarshal(before, after, jsondiff.LCS())
	if err != nil {
		panic(err) // Both values are decoded JSON.
	}
	var out []Difference
	for _, operation := range patch {
		path := pathOf(operation.Path)
		removed := leaves(path, operation.OldValue)
		added := leaves(path, operation.Value)
		if len(removed) == 1 && len(added) == 1 && removed[0].path == added[0].path {
			out = append(out, Difference{Path: path, From: removed[0].value, To: added[0].value})
			continue
		}
		for _, leaf := range removed {
			out = append(out, Difference{Path: leaf.path, From: leaf.value})
		}
		for _, leaf := range added {
			out = append(out, Difference{Path: leaf.path, To: leaf.value})
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// pathOf is a JSON pointer as people write a path. The place in a list of values that
// have no names says nothing and is left out.
func pathOf(pointer string) string {
	path := ""
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if _, err := strconv.Atoi(part); err == nil || part == "-" {
			continue
		}
		path = join(path, part)
	}
	return path
}

func join(path, key string) string {
	if path == "" || strings.HasPrefix(key, "[") {
		return path + key
	}
	return path + "." + key
}

type leaf struct {
	path  string
	value any
}

// block is one without attributes. It is there or not, which may be all it says, as in
// `override_action { count {} }`.
type block struct{}

// leaves are the values that have no others in them. Terraform does not tell null
// from what is not there.
func leaves(path string, value any) []leaf {
	var out []leaf
	switch value := value.(type) {
	case nil:
	case map[string]any:
		if len(value) == 0 {
			return []leaf{{path, block{}}}
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			out = append(out, leaves(join(path, key), value[key])...)
		}
	case []any:
		for _, entry := range value {
			out = append(out, leaves(path, entry)...)
		}
	default:
		out = append(out, leaf{path, value})
	}
	return out
}

// texts are a string, or the strings of a list.
func texts(value any) []string {
	var out []string
	for _, leaf := range leaves("", value) {
		out = append(out, fmt.Sprint(leaf.value))
	}
	return out
}
