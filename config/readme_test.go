package config

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadmeListsEveryField requires exactly one row, with the default, for every
// field in the README's table.
func TestReadmeListsEveryField(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	lines := strings.Split(string(readme), "\n")

	rows := rowsOf("", reflect.ValueOf(Defaults("")))
	for _, row := range rows {
		starts := func(line string) bool { return strings.HasPrefix(line, row) }
		assert.True(t, slices.ContainsFunc(lines, starts), "README.md lacks a row that begins with: %s", row)
		path, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		n := 0
		for _, line := range lines {
			if strings.HasPrefix(line, "| "+path+" |") {
				n++
			}
		}
		assert.LessOrEqual(t, n, 1, "README.md has more than one row for %s", path)
	}
}

// TestReadmeComparesEnvironments requires a table of every field in which dev and
// production differ.
func TestReadmeComparesEnvironments(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	lines := []string{"| field | `dev` | `production` |", "| --- | --- | --- |"}
	one, other := rowsOf("", reflect.ValueOf(dev())), rowsOf("", reflect.ValueOf(production()))
	for i, row := range one {
		if row == other[i] {
			continue
		}
		cells := strings.Split(other[i], " | ")
		// The field's own row, in the other table, is the one with backticks.
		row = strings.Replace(strings.Replace(row, "`", "", 1), "` |", " |", 1)
		lines = append(lines, row+" "+cells[len(cells)-1])
	}
	table := strings.Join(lines, "\n")
	assert.Contains(t, string(readme), "\n\n"+table+"\n\n", "the table of README.md")
}

// rowsOf is the beginning of the row of each field of a struct: its path and
// its default.
func rowsOf(path string, v reflect.Value) []string {
	var rows []string
	for field, value := range v.Fields() {
		name := path + field.Name
		if value.Kind() == reflect.Struct {
			rows = append(rows, rowsOf(name+".", value)...)
			continue
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", name, defaultColumn(name, value.Interface())))
	}
	return rows
}

// defaultColumn writes a default as the README does.
func defaultColumn(name string, value any) string {
	if name == "Suffix" {
		return "required"
	}
	var texts []string
	switch v := value.(type) {
	case []string:
		texts = v
	case map[string]string:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			texts = append(texts, key+"="+v[key])
		}
	case []Schedule:
		for _, schedule := range v {
			texts = append(texts, schedule.Name)
		}
	default:
		if text := fmt.Sprint(v); text != "" {
			texts = []string{text}
		}
	}
	if len(texts) == 0 {
		return "empty"
	}
	return "`" + strings.Join(texts, "`, `") + "`"
}
