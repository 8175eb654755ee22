package corpus

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/review"
)

// TestReview gives the review each mutation of the synthesised JSON of production, and
// wants a risk of each.
func TestReview(t *testing.T) {
	before, err := os.ReadFile("../../testdata/production.golden.json")
	require.NoError(t, err)
	found := 0
	for _, m := range Mutations() {
		var stack Stack
		require.NoError(t, json.Unmarshal(before, &stack))
		m.Apply(stack)
		after, err := json.Marshal(stack)
		require.NoError(t, err)
		environments, err := review.Compare(map[string][]byte{"production": before}, map[string][]byte{"production": after})
		require.NoError(t, err)
		if assert.NotEmpty(t, environments[0].Risks(), "%s (%s) is not marked", m.Name, m.Rule) {
			found++
		}
	}
	t.Logf("the review marks %d of %d bad syntheses", found, len(Mutations()))
}
