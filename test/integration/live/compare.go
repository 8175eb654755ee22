package live

import (
	"encoding/json"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// keyOf are the values of the attributes that tell an object from others.
func (k Kind) keyOf(object Attributes) []string {
	values := make([]string, len(k.Key))
	for i, path := range k.Key {
		attribute, rest := parent(path)
		value := object[attribute]
		if inner, isMap := value.(map[string]any); isMap && rest != "" {
			value = inner[rest]
		}
		normal := k.normal(path, value, false)
		if scalar, is := normal.(string); is && !empty(normal) {
			values[i] = scalar
		} else if !empty(normal) {
			values[i] = text(normal)
		}
	}
	return values
}

// parent splits a path into its first name and what follows.
func parent(path string) (first, rest string) {
	first, rest, _ = strings.Cut(path, ".")
	return first, rest
}

// normal writes equal values in one way: scalars as strings, documents inside of strings
// as what they say, a list of one as its only member, and lists in an order of their own,
// unless theirs matters. What is empty is left out. Where wanted is set, defaults are
// filled in for what is silent.
func (k Kind) normal(path string, value any, wanted bool) any {
	switch value := value.(type) {
	case Attributes:
		return k.normal(path, map[string]any(value), wanted)
	case map[string]any:
		return k.normalBlock(path, value, wanted)
	case []any:
		return k.normalList(path, value, wanted)
	case string:
		var document any
		if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
			if json.Unmarshal([]byte(value), &document) == nil {
				return k.normal(path, document, wanted)
			}
		}
		return value
	case int: // Of Defaults; what AWS and the stack say is made of JSON.
		return strconv.Itoa(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(value)
	}
	return nil
}

func (k Kind) normalBlock(path string, block map[string]any, wanted bool) any {
	if wanted {
		block = maps.Clone(block)
		for name, value := range k.defaultsAt(path) {
			if _, spoken := block[name]; !spoken {
				block[name] = value
			}
		}
	}
	result := map[string]any{}
	for name, value := range block {
		inner := strings.TrimPrefix(path+"."+name, ".")
		if normal := principal(name, k.normal(inner, value, wanted)); !empty(normal) && !slices.Contains(k.Computed, inner) {
			result[name] = normal
		}
	}
	return result
}

// defaultsAt are the defaults of the attributes of the block at the path.
func (k Kind) defaultsAt(path string) map[string]any {
	values := map[string]any{}
	for full, value := range k.Defaults {
		name := strings.TrimPrefix(strings.TrimPrefix(full, path), ".")
		if strings.TrimPrefix(path+"."+name, ".") == full && !strings.Contains(name, ".") {
			values[name] = value
		}
	}
	return values
}

func (k Kind) normalList(path string, list []any, wanted bool) any {
	var result []any
	for _, value := range list {
		if normal := k.normal(path, value, wanted); normal != nil {
			result = append(result, normal)
		}
	}
	if len(result) == 1 {
		return result[0]
	}
	if !named(k.Ordered, path) {
		slices.SortFunc(result, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	}
	return result
}

// empty tells whether a normal value says no more than one that is not there. A block
// without attributes does: its name counts.
func empty(normal any) bool {
	switch normal := normal.(type) {
	case []any:
		return len(normal) == 0
	case string:
		return normal == "" || normal == "0" || normal == "false"
	}
	return normal == nil
}

// notSet is nothing in a message.
const notSet = "not set"

// text is a value in a message.
func text(value any) string {
	if value == nil {
		return notSet
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}

// named tells whether one of the names is that of the path.
func named(names []string, of string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		matched, err := path.Match(name, of)
		return err == nil && matched
	})
}

// unlike are the differences between two normal values, each with its path. A block that
// only one side has differs in all that it says.
func unlike(path string, found, wanted any) []Difference {
	foundBlock, isBlock := found.(map[string]any)
	wantedBlock, wantsBlock := wanted.(map[string]any)
	if isList(found) || isList(wanted) {
		foundBlock, isBlock = byName(found)
		wantedBlock, wantsBlock = byName(wanted)
	}
	if len(foundBlock)+len(wantedBlock) == 0 || !isBlock && found != nil || !wantsBlock && wanted != nil {
		if reflect.DeepEqual(found, wanted) {
			return nil
		}
		found, wanted = withoutCommon(found, wanted)
		return []Difference{{Attribute: path, Found: said(found, wanted), Wanted: said(wanted, found)}}
	}
	names := map[string]any{}
	maps.Copy(names, foundBlock)
	maps.Copy(names, wantedBlock)
	var all []Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, unlike(strings.TrimPrefix(path+"."+name, "."), foundBlock[name], wantedBlock[name])...)
	}
	return all
}

func isList(value any) bool {
	_, is := value.([]any)
	return is
}

// byName are the blocks of a list by their names, if each has one of its own: of rules, the
// one that differs is told.
func byName(value any) (blocks map[string]any, ok bool) {
	list, is := value.([]any)
	if !is && value != nil {
		list = []any{value}
	}
	blocks = map[string]any{}
	for _, member := range list {
		block, _ := member.(map[string]any)
		name, _ := block["name"].(string)
		if name == "" || blocks[name] != nil {
			return nil, false
		}
		blocks[name] = block
	}
	return blocks, true
}

// said is the value in a message that also has the other one, which tells what kind of
// value is not set.
func said(value, other any) string {
	if value == nil && other == strconv.FormatBool(true) {
		return text(strconv.FormatBool(false))
	}
	return text(value)
}

// withoutCommon leaves out of two lists what both have: of long policies, what differs shows.
func withoutCommon(found, wanted any) (foundOnly, wantedOnly any) {
	a, _ := found.([]any)
	b, _ := wanted.([]any)
	if a == nil || b == nil || len(text(a)) < shown {
		return found, wanted
	}
	in := func(list []any) func(any) bool {
		return func(value any) bool {
			return slices.ContainsFunc(list, func(other any) bool { return reflect.DeepEqual(value, other) })
		}
	}
	return slices.DeleteFunc(slices.Clone(a), in(b)), slices.DeleteFunc(slices.Clone(b), in(a))
}

// shown is how long a value may be that a message shows as a whole.
const shown = 200
