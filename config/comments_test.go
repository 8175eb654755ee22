package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryFieldHasAComment requires sentences about each exported field, of which the
// reference is made: the first begins with the field's name.
func TestEveryFieldHasAComment(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	// The comment of a section is that of its type.
	sections := map[string]bool{}
	for field := range reflect.TypeFor[Config]().Fields() {
		sections[field.Name] = field.Type.Kind() == reflect.Struct
	}
	checked := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			structure, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range structure.Fields.List {
				if len(field.Names) != 1 || !field.Names[0].IsExported() || sections[field.Names[0].Name] {
					continue
				}
				checked++
				comment := strings.TrimSpace(field.Doc.Text())
				assert.True(t, strings.HasPrefix(comment, field.Names[0].Name+" "), "%s: %s: %q", name, field.Names[0], comment)
				assert.True(t, strings.HasSuffix(comment, "."), "%s: %s does not end", name, field.Names[0])
			}
			return true
		})
	}
	assert.Greater(t, checked, 90)
}
