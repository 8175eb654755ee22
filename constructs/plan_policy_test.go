package constructs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/policy"
	"flask-api/test/corpus"
)

// stackOf is what was synthesised, under a suffix that all share, as a plan tells it.
func stackOf(t *testing.T, env config.Config, text []byte) corpus.Stack {
	t.Helper()
	var stack corpus.Stack
	require.NoError(t, json.Unmarshal([]byte(corpus.Settle(strings.ReplaceAll(string(text), env.Suffix, "option"))), &stack))
	synthesis.Unfold(corpus.Attributes(stack))
	stack.ReadDocuments()
	return stack
}

// accepted gives the policy set the first plan of each group of options, and the plans
// that turn them on and off again. It refuses none of them, and warns of those only that
// change something. What is protected is not destroyed in the plan that unprotects it.
func (o observation) accepted(t *testing.T) {
	t.Helper()
	plans, unjudged, nothing, defaults := 0, 0, corpus.Stack{}, o.stacks[len(o.stacks)-1]
	for i, stack := range o.stacks {
		for _, plan := range []struct{ before, after corpus.Stack }{{nothing, stack}, {defaults, stack}, {stack, defaults}} {
			text, err := json.Marshal(corpus.Plan(plan.before, plan.after))
			require.NoError(t, err)
			found, err := policy.Check(t.Context(), text)
			require.NoError(t, err)
			plans++
			for _, f := range found {
				switch {
				case f.Rule == "unknown":
					unjudged++
				case f.Rule == "destroyed" && o.envs[i].Protected, f.Caution && len(plan.before) > 0:
				default:
					assert.Fail(t, f.String(), o.envs[i].Suffix)
				}
			}
		}
	}
	t.Logf("the policy set accepts %d plans of options, and cannot judge %d values in them", plans, unjudged)
	assert.Zero(t, unjudged, "what the rules cannot judge by the configuration")
}
