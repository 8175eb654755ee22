package live

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/golden"
)

// synthesised are the blocks of all reviewed stacks, by type.
func synthesised(t *testing.T) map[string][]Attributes {
	t.Helper()
	files, err := filepath.Glob("../../../testdata/*.golden.json")
	require.NoError(t, err)
	fixtures, err := filepath.Glob("../../../testdata/fixtures/*.golden.json")
	require.NoError(t, err)
	require.NotEmpty(t, fixtures)
	all := map[string][]Attributes{}
	for _, file := range append(files, fixtures...) {
		text, err := os.ReadFile(file) //nolint:gosec // It is one of the repository's.
		require.NoError(t, err)
		stack, err := Parse(text)
		require.NoError(t, err)
		for kind, blocks := range stack.Resources {
			all[kind] = slices.AppendSeq(all[kind], maps.Values(blocks))
		}
	}
	return all
}

// attributesOf are those that any of the blocks has.
func attributesOf(blocks []Attributes) []string {
	all := map[string]bool{}
	for _, block := range blocks {
		for attribute := range block {
			if !slices.Contains(terraformsOwn, attribute) {
				all[attribute] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// TestEverythingIsLookedAt wants a kind for each type that is synthesised, and each reason
// not to look at something to be needed still: all that has none is compared.
func TestEverythingIsLookedAt(t *testing.T) {
	stacks, known := synthesised(t), kinds()
	for kind := range stacks {
		if unseen[kind] == "" {
			assert.Contains(t, known, kind, "kinds, or with its reason unseen")
			assert.NotEmpty(t, known[kind].Key, "key of %s", kind)
		}
	}
	for kind := range unseen {
		assert.Contains(t, stacks, kind, "unseen")
		assert.NotContains(t, known, kind, "unseen")
	}
	for _, kind := range untagged {
		assert.NotContains(t, attributesOf(stacks[kind]), "tags", "untagged: %s", kind)
		assert.True(t, stacks[kind] != nil && unseen[kind] == "", "untagged: no stack has %s, or nothing of it is looked at", kind)
	}
	for kind, k := range known {
		for attribute, reason := range k.Skipped {
			assert.Contains(t, attributesOf(stacks[kind]), attribute, "skipped attributes of %s", kind)
			assert.NotEmpty(t, reason, "%s.%s", kind, attribute)
		}
		for _, attribute := range k.Ordered {
			first, _ := parent(attribute)
			assert.Contains(t, attributesOf(stacks[kind]), first, "ordered lists of %s", kind)
		}
	}
}

// TestExpressionsCanBeEvaluated wants each function that is called to be there, and the kinds
// to return each attribute that another refers to.
func TestExpressionsCanBeEvaluated(t *testing.T) {
	stacks, known := synthesised(t), kinds()
	for kind, blocks := range stacks {
		for _, block := range blocks {
			for attribute, value := range block {
				if _, skipped := known[kind].Skipped[attribute]; skipped || unseen[kind] != "" || !configured(block, attribute) {
					continue
				}
				for _, problem := range expressionProblems(t, stacks, known, value) {
					t.Errorf("%s.%s: %s", kind, attribute, problem)
				}
			}
		}
	}
}

func expressionProblems(t *testing.T, stacks map[string][]Attributes, known map[string]Kind, value any) (problems []string) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		for _, inner := range value {
			problems = append(problems, expressionProblems(t, stacks, known, inner)...)
		}
	case []any:
		for _, inner := range value {
			problems = append(problems, expressionProblems(t, stacks, known, inner)...)
		}
	case string:
		expression, failed := hclsyntax.ParseTemplate([]byte(value), "", hcl.InitialPos)
		require.Empty(t, failed, value)
		_ = hclsyntax.VisitAll(expression, func(node hclsyntax.Node) hcl.Diagnostics {
			if call, isCall := node.(*hclsyntax.FunctionCallExpr); isCall && functions[call.Name].Params() == nil && functions[call.Name].VarParam() == nil {
				problems = append(problems, "there is no function "+call.Name)
			}
			return nil
		})
		for _, reference := range expression.Variables() {
			kind := reference.RootName()
			attribute, isAttribute := reference[min(2, len(reference)-1)].(hcl.TraverseAttr)
			if k, isResource := known[kind]; isResource && isAttribute &&
				!slices.Contains(slices.Concat(k.Computed, k.Key, attributesOf(stacks[kind])), attribute.Name) {
				problems = append(problems, fmt.Sprintf("%s is not known of %s", attribute.Name, kind))
			}
		}
	}
	return problems
}

// TestGoldenPage writes the page that says what these tests see.
func TestGoldenPage(t *testing.T) {
	stacks, known := synthesised(t), kinds()
	var page strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(known)) {
		k, compared := known[kind], []string{}
		for _, attribute := range attributesOf(append(stacks[kind], k.Defaults)) {
			if _, skipped := k.Skipped[attribute]; !skipped && attribute != "tags" {
				compared = append(compared, "`"+attribute+"`")
			}
		}
		switch {
		case stacks[kind] == nil:
			compared = []string{"none may be there"}
		case !slices.Contains(untagged, kind):
			compared = append(compared, "`tags`")
		}
		fmt.Fprintf(&page, "- `%s`: %s\n", kind, strings.Join(compared, ", "))
		for _, attribute := range slices.Sorted(maps.Keys(k.Skipped)) {
			fmt.Fprintf(&page, "  - not `%s`: %s\n", attribute, k.Skipped[attribute])
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(unseen)) {
		fmt.Fprintf(&page, "- not `%s`: %s\n", kind, unseen[kind])
	}
	golden.Section(t, "../../../docs/integration.md", "kinds", page.String())
}
