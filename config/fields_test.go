package config

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// step is one field of a path, and the index or the key after it.
type step struct {
	name  string
	index int
	key   *string
}

var identifier = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*`)

// parsePath splits the path of an error, such as Tags["a.b"] or
// Scaling.Schedules[0].Name.
func parsePath(t *testing.T, path string) []step {
	t.Helper()
	var steps []step
	for rest := path; ; rest = rest[1:] {
		s := step{name: identifier.FindString(rest), index: -1}
		require.NotEmpty(t, s.name, path)
		rest = rest[len(s.name):]
		if inside, ok := strings.CutPrefix(rest, "["); ok {
			end := strings.Index(inside, "]")
			if quoted, err := strconv.QuotedPrefix(inside); err == nil {
				key, err := strconv.Unquote(quoted)
				require.NoError(t, err, path)
				s.key, end = &key, len(quoted)
			} else {
				s.index, err = strconv.Atoi(inside[:end])
				require.NoError(t, err, path)
			}
			require.Equal(t, "]", inside[end:end+1], path)
			rest = inside[end+1:]
		}
		steps = append(steps, s)
		if rest == "" {
			return steps
		}
		require.Equal(t, ".", rest[:1], path)
	}
}

// leafOf is the path without indexes and keys.
func leafOf(t *testing.T, path string) string {
	t.Helper()
	var names []string
	for _, s := range parsePath(t, path) {
		names = append(names, s.name)
	}
	return strings.Join(names, ".")
}

// setField sets the field of a path. A list becomes one of the value.
func setField(t *testing.T, c *Config, path string, value any) {
	t.Helper()
	at := reflect.ValueOf(c).Elem()
	steps := parsePath(t, path)
	for _, s := range steps {
		at = at.FieldByName(s.name)
		require.True(t, at.IsValid(), "%s is not the path of a field", path)
		if s.index >= 0 {
			at = at.Index(s.index)
		}
	}
	v := reflect.ValueOf(value)
	switch last := steps[len(steps)-1]; {
	case last.key != nil:
		at.SetMapIndex(reflect.ValueOf(*last.key), v)
	case at.Kind() == reflect.Slice:
		at.Set(reflect.Append(reflect.Zero(at.Type()), v.Convert(at.Type().Elem())))
	default:
		at.Set(v.Convert(at.Type()))
	}
}

// leaves are the fields that are not sections, and those of the elements of a list of
// sections.
func leaves(path string, t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		name, section := path+field.Name, field.Type
		if section.Kind() == reflect.Slice {
			section = section.Elem()
		}
		if field.Type.Kind() != reflect.Struct {
			names = append(names, name)
		}
		if section.Kind() == reflect.Struct {
			names = append(names, leaves(name+".", section)...)
		}
	}
	return names
}

// nonsense sets the field to a value that hardly any field accepts.
func nonsense(t *testing.T, c *Config, name string) {
	t.Helper()
	const text = "\x00 ${x}"
	field := reflect.ValueOf(c).Elem()
	for part := range strings.SplitSeq(name, ".") {
		field = field.FieldByName(part)
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Int:
		field.SetInt(-1)
	case reflect.Float64:
		field.SetFloat(math.NaN())
	case reflect.Slice:
		setField(t, c, name, text)
	case reflect.Map:
		field.Set(reflect.ValueOf(map[string]string{text: text}))
	}
}

// isChoice says whether every value of the field is right: either one of a switch, and
// any number of sections, whose own fields can be wrong.
func isChoice(name string) bool {
	at := reflect.TypeFor[Config]()
	for part := range strings.SplitSeq(name, ".") {
		if at.Kind() == reflect.Slice {
			at = at.Elem()
		}
		field, _ := at.FieldByName(part)
		at = field.Type
	}
	return at.Kind() == reflect.Bool || at.Kind() == reflect.Slice && at.Elem().Kind() == reflect.Struct
}

// inList says whether the field is of a section of a list, or such a list.
func inList(name string) bool {
	at := reflect.TypeFor[Config]()
	for part := range strings.SplitSeq(name, ".") {
		field, _ := at.FieldByName(part)
		if at = field.Type; at.Kind() == reflect.Slice && at.Elem().Kind() == reflect.Struct {
			return true
		}
	}
	return false
}

// TestEveryFieldIsRefused requires an error about each field that can be wrong: of
// nonsense, or in one of the tables. The catalogue of options has an accepted value of
// each.
func TestEveryFieldIsRefused(t *testing.T) {
	refusals := map[string]bool{}
	refuses := func(spoil func(*Config)) {
		c := Defaults("dev")
		spoil(&c)
		for _, err := range fieldErrors(t, c.Validate()) {
			refusals[leafOf(t, err.Field)] = true
		}
	}
	for _, test := range refused {
		refuses(test.spoil)
	}
	for _, e := range edges {
		refusals[leafOf(t, e.field)] = true
	}
	names := leaves("", reflect.TypeFor[Config]())
	for _, name := range names {
		if !inList(name) {
			refuses(func(c *Config) { nonsense(t, c, name) })
		}
	}
	for _, name := range names {
		assert.True(t, refusals[name] || isChoice(name), "no test has a value of %s that is refused", name)
	}
	for name := range refusals {
		assert.Contains(t, names, name, "is not a field")
	}
}

var (
	renameTag = regexp.MustCompile(`^rename the tag (.+) to (.+)$`)
	removeTag = regexp.MustCompile(`^remove the tag (.+)$`)
)

// applyFix does what the fix says, if it says exactly what.
func applyFix(t *testing.T, c *Config, err *FieldError) bool {
	t.Helper()
	rename, remove := renameTag.FindStringSubmatch(err.Fix), removeTag.FindStringSubmatch(err.Fix)
	switch {
	case err.Suggestion != nil:
		setField(t, c, err.Field, err.Suggestion)
	case rename != nil:
		c.Tags[rename[2]] = c.Tags[rename[1]]
		delete(c.Tags, rename[1])
	case remove != nil:
		delete(c.Tags, remove[1])
	default:
		return false
	}
	return true
}

// TestFixesRaiseNoOtherError does what each fix says: the field must be right then,
// and no other one may become wrong.
func TestFixesRaiseNoOtherError(t *testing.T) {
	applied := 0
	for _, test := range refused {
		broken := Defaults("dev")
		test.spoil(&broken)
		before := fieldErrors(t, broken.Validate())
		for _, err := range before {
			fixed := Defaults("dev")
			test.spoil(&fixed)
			if !applyFix(t, &fixed, err) {
				continue
			}
			applied++
			for _, after := range fieldErrors(t, fixed.Validate()) {
				assert.NotEqual(t, err.Field, after.Field, "%v\n\tas its fix says: %v", err, after)
				known := slices.ContainsFunc(before, func(e *FieldError) bool { return e.Field == after.Field })
				assert.True(t, known, "%v\n\tits fix raises: %v", err, after)
			}
		}
	}
	assert.Greater(t, applied, 100, "most fixes say exactly what to do")
}
