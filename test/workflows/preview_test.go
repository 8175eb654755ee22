package workflows

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// evaluate is what an expression of GitHub is for these values, as far as its operators are Go's:
// https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
func evaluate(t *testing.T, text string, values map[string]any) any {
	t.Helper()
	parsed, err := parser.ParseExpr(strings.NewReplacer("'", `"`, ".*.", ".each.", "\n", " ").Replace(text))
	require.NoError(t, err, text)
	var value func(ast.Expr) any
	path := func(e ast.Expr) string {
		var names []string
		for {
			selector, ok := e.(*ast.SelectorExpr)
			if !ok {
				names = append(names, e.(*ast.Ident).Name)
				slices.Reverse(names)
				return strings.Join(names, ".")
			}
			names, e = append(names, selector.Sel.Name), selector.X
		}
	}
	value = func(e ast.Expr) any {
		switch e := e.(type) {
		case *ast.ParenExpr:
			return value(e.X)
		case *ast.BasicLit:
			literal, err := strconv.Unquote(e.Value)
			require.NoError(t, err)
			return literal
		case *ast.SelectorExpr:
			known, ok := values[path(e)]
			require.True(t, ok, "%s has no value here", path(e))
			return known
		case *ast.CallExpr:
			require.Equal(t, "contains", path(e.Fun))
			return slices.Contains(value(e.Args[0]).([]string), value(e.Args[1]).(string))
		case *ast.BinaryExpr:
			left := value(e.X)
			truthy := left != false && left != ""
			switch {
			case e.Op == token.EQL:
				return left == value(e.Y)
			case e.Op == token.NEQ:
				return left != value(e.Y)
			case e.Op == token.LAND && truthy, e.Op == token.LOR && !truthy:
				return value(e.Y)
			}
			return left
		}
		require.Fail(t, "this is not evaluated here", "%T", e)
		return nil
	}
	return value(parsed)
}

// TestPreviewEvents wants an open pull request with the label to be deployed, a closed one to be
// destroyed, and no other run in their group, where it would take the place of one that waits.
func TestPreviewEvents(t *testing.T) {
	text, err := os.ReadFile("../../.github/workflows/preview.yml")
	require.NoError(t, err)
	var w struct {
		Concurrency struct{ Group string }
		Jobs        jobs
	}
	require.NoError(t, yaml.Unmarshal(text, &w))
	group := expression.FindStringSubmatch(w.Concurrency.Group)
	require.NotNil(t, group)
	for _, event := range []struct {
		action, state, label string
		labels               []string
		runs                 string
	}{
		{"opened", "open", "", []string{"preview"}, "build"},
		{"opened", "open", "", nil, ""},
		{"synchronize", "open", "", []string{"bug", "preview"}, "build"},
		{"synchronize", "open", "", []string{"bug"}, ""},
		{"reopened", "open", "", []string{"preview"}, "build"},
		{"reopened", "open", "", nil, ""},
		{"labeled", "open", "preview", []string{"preview"}, "build"},
		{"labeled", "open", "bug", []string{"bug", "preview"}, ""},
		{"labeled", "closed", "preview", []string{"preview"}, ""},
		{"labeled", "closed", "bug", []string{"bug", "preview"}, ""},
		{"closed", "closed", "", []string{"preview"}, "destroy"},
		{"closed", "closed", "", nil, "destroy"},
	} {
		for _, from := range []string{"example/shop", "fork/shop"} {
			values := map[string]any{
				"github.repository": "example/shop", "github.run_id": "1000", "github.event.action": event.action, "github.event.label.name": event.label,
				"github.event.pull_request.number": "42", "github.event.pull_request.state": event.state,
				"github.event.pull_request.labels.each.name": event.labels, "github.event.pull_request.head.repo.full_name": from,
			}
			name := fmt.Sprint(event, from)
			for _, job := range []string{"build", "destroy"} {
				assert.Equal(t, event.runs == job && from == "example/shop", evaluate(t, w.Jobs[job].If, values), "%s: %s", job, name)
			}
			want := "42"
			if event.runs == "" {
				want = "1000"
			}
			assert.Equal(t, want, evaluate(t, group[1], values), name)
		}
	}
}
