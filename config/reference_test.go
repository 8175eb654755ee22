package config

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/golden"
)

// referencePage is the page that is made of the types in this package.
const referencePage = "../docs/configuration.md"

// TestGoldenReference makes the reference of every field: its meaning is the field's
// comment, its default that of [Defaults], and its unit is in its name.
func TestGoldenReference(t *testing.T) {
	golden.Section(t, referencePage, "fields", reference(Defaults(""), commentsOfFields(t)))
}

// TestGoldenDifferences makes the table of the fields in which an environment differs
// from the defaults or from another environment, and links to their pictures.
func TestGoldenDifferences(t *testing.T) {
	var pictures []string
	for _, env := range Environments() {
		pictures = append(pictures, fmt.Sprintf("[`%s`](diagrams/%[1]s.svg)", env.Suffix))
	}
	golden.Section(t, referencePage, "differences", differences(Environments())+"\n\nTheir pictures: "+strings.Join(pictures, ", ")+".")
}

// TestGoldenErrors makes the examples of errors, of a rule of AWS and of one of this
// program.
func TestGoldenErrors(t *testing.T) {
	c := Defaults("dev")
	c.Network.CIDR = "10.0.0.0/8"
	c.Service.ContainerPort = 80
	golden.Section(t, referencePage, "errors", "```\n"+c.Validate().Error()+"\n```")
}

// comments are the comment of each type, by its name, and of each field, by the names of
// its type and its own, as in "Network.CIDR".
type comments map[string]string

// commentsOfFields reads the comments of this package.
func commentsOfFields(t *testing.T) comments {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	all := comments{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			types, ok := declaration.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range types.Specs {
				if named, ok := spec.(*ast.TypeSpec); ok {
					all.add(named, types.Doc)
				}
			}
		}
	}
	return all
}

// add adds the comments of a type and of its fields.
func (c comments) add(named *ast.TypeSpec, doc *ast.CommentGroup) {
	structure, ok := named.Type.(*ast.StructType)
	if !ok {
		return
	}
	c[named.Name.Name] = doc.Text()
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			c[named.Name.Name+"."+name.Name] = field.Doc.Text()
		}
	}
}

// reference is a table for each section of the configuration.
func reference(defaults Config, c comments) string {
	var text strings.Builder
	c.section(&text, "", reflect.ValueOf(defaults))
	return text.String()
}

// section writes the table of a struct, or of one element of a list, and then those of
// its own sections.
func (c comments) section(text *strings.Builder, path string, v reflect.Value) {
	comment := c[v.Type().Name()]
	if path == "" {
		text.WriteString("### The environment\n")
	} else {
		fmt.Fprintf(text, "\n### %s\n\n%s\n", path, meaning(v.Type().Name(), comment))
		path += "."
	}
	text.WriteString("\n| field | default | unit | meaning |\n| --- | --- | --- | --- |\n")
	inner, names := map[string]reflect.Value{}, []string{}
	for field, value := range v.Fields() {
		name := path + field.Name
		switch {
		case value.Kind() == reflect.Struct:
			inner[name], names = value, append(names, name)
			continue
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
			list := name + "[]"
			inner[list], names = reflect.Zero(value.Type().Elem()), append(names, list)
		}
		shown := shownValue(value)
		if name == "Suffix" || strings.Contains(path, "[]") {
			shown = "required"
		}
		fmt.Fprintf(text, "| `%s` | %s | %s | %s |\n", name, shown, unit(field.Name), meaning(field.Name, c[v.Type().Name()+"."+field.Name]))
	}
	for _, name := range names {
		c.section(text, name, inner[name])
	}
}

// units are the ends of names that say in what a field counts.
var units = []struct{ suffix, unit string }{
	{"Seconds", "seconds"},
	{"Minutes", "minutes"},
	{"Hours", "hours"},
	{"Days", "days"},
	{"Percent", "percent"},
	{"MiB", "MiB"},
	{"GiB", "GiB"},
	{"ACU", "ACU"},
	{"CPUUnits", "1/1024 vCPU"},
	{"Tasks", "tasks"},
	{"Readers", "readers"},
	{"ReaderCount", "readers"},
	{"Threshold", "checks"},
}

// unit is what the field counts in, or nothing.
func unit(field string) string {
	for _, u := range units {
		if strings.HasSuffix(field, u.suffix) {
			return u.unit
		}
	}
	return ""
}

var (
	codeSpan = regexp.MustCompile("`[^`]*`")
	pageName = regexp.MustCompile(`\bdocs/(([a-z-]+\.md)(#[a-z-]+)?)`)
)

// meaning is the comment without the name that it begins with, as Markdown on one line.
func meaning(name, comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	text = strings.TrimPrefix(text, name+" ")
	for _, verb := range []string{"is ", "are "} {
		text = strings.TrimPrefix(text, verb)
	}
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	// What is between backticks is shown as it is.
	var markdown strings.Builder
	at := 0
	plain := strings.NewReplacer("<", "&lt;", "*", `\*`, "|", `\|`, "_", `\_`)
	for _, span := range codeSpan.FindAllStringIndex(text, -1) {
		markdown.WriteString(plain.Replace(text[at:span[0]]) + strings.ReplaceAll(text[span[0]:span[1]], "|", `\|`))
		at = span[1]
	}
	markdown.WriteString(plain.Replace(text[at:]))
	return pageName.ReplaceAllString(markdown.String(), "[$2]($1)")
}

// differences is a table of the environments next to the defaults.
func differences(envs []Config) string {
	const suffix = "Suffix"
	header, columns := []string{"field", "defaults"}, []map[string]string{shownValues(Defaults(""))}
	for _, env := range envs {
		header, columns = append(header, "`"+env.Suffix+"`"), append(columns, shownValues(env))
	}
	rows := []string{row(header), row(slices.Repeat([]string{"---"}, len(header)))}
	for _, field := range slices.SortedFunc(maps.Keys(columns[0]), func(a, b string) int { return fieldOrder[a] - fieldOrder[b] }) {
		cells, differs := []string{"`" + field + "`"}, false
		for _, column := range columns {
			cells = append(cells, column[field])
			differs = differs || column[field] != columns[0][field]
		}
		if differs && field != suffix {
			rows = append(rows, row(cells))
		}
	}
	return strings.Join(rows, "\n")
}

func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// shownValues are the values of all fields of the configuration, by their paths.
func shownValues(c Config) map[string]string {
	shown := map[string]string{}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		for field, value := range v.Fields() {
			if value.Kind() == reflect.Struct {
				walk(path+field.Name+".", value)
			} else {
				shown[path+field.Name] = shownValue(value)
			}
		}
	}
	walk("", reflect.ValueOf(c))
	return shown
}

// shownValue is the value as the cell of a table.
func shownValue(v reflect.Value) string {
	var texts []string
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			texts = append(texts, plainText(v.Index(i)))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			texts = append(texts, fmt.Sprintf("%v=%v", key, v.MapIndex(key)))
		}
		slices.Sort(texts)
	default:
		if text := plainText(v); text != "" {
			texts = []string{text}
		}
	}
	if len(texts) == 0 {
		return "empty"
	}
	return "`" + strings.ReplaceAll(strings.Join(texts, "`, `"), "|", `\|`) + "`"
}

// plainText is a value, or those of a struct's fields one after the other.
func plainText(v reflect.Value) string {
	if v.Kind() != reflect.Struct {
		return fmt.Sprint(v)
	}
	var texts []string
	for _, value := range v.Fields() {
		texts = append(texts, plainText(value))
	}
	return strings.Join(texts, " ")
}

// TestDifferencesOfAnyEnvironments shows one environment, and a third one.
func TestDifferencesOfAnyEnvironments(t *testing.T) {
	assert.Equal(t, "| field | defaults | `only` |\n| --- | --- | --- |", differences([]Config{Defaults("only")}))

	third, tags := Defaults("third"), shownValues(Defaults(""))["Tags"]
	third.Tags = map[string]string{"Team": "b", "Project": "a|b"}
	third.Scaling.Schedules = []Schedule{{"morning", "0 7 ? * MON-FRI *", "Europe/Rome", 4, 20}}
	assert.Equal(t, "| field | defaults | `only` | `third` |\n| --- | --- | --- | --- |\n"+
		"| `Tags` | "+tags+" | "+tags+" | `Project=a\\|b`, `Team=b` |\n"+
		"| `Scaling.Schedules` | empty | empty | `morning 0 7 ? * MON-FRI * Europe/Rome 4 20` |",
		differences([]Config{Defaults("only"), third}))
}

// TestMeaning makes Markdown of what is written for Go.
func TestMeaning(t *testing.T) {
	for comment, want := range map[string]string{
		"Cron is the time, such as \"0 7 ? * MON-FRI *\".\n": `The time, such as "0 7 ? \* MON-FRI \*".`,
		"Cron are `a|<b>` and\n<c>. See docs/state.md.":      "`a\\|<b>` and &lt;c>. See [state.md](state.md).",
		"Cron keeps X86_64:\ndocs/github.md#a-b":             `Keeps X86\_64: [github.md](github.md#a-b)`,
	} {
		assert.Equal(t, want, meaning("Cron", comment))
	}
}
