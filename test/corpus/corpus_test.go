package corpus

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/review"
	"flask-api/test/golden"
)

// TestGoldenReview gives the review each mutation of the synthesised JSON of production, and
// wants a risk of each. What it says is written down.
func TestGoldenReview(t *testing.T) {
	before, err := os.ReadFile("../../testdata/production.golden.json")
	require.NoError(t, err)
	found := 0
	var said strings.Builder
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
		fmt.Fprintf(&said, "%s\n", m.Name)
		for _, risk := range environments[0].Risks() {
			fmt.Fprintf(&said, "  %s %s %s\n", []string{"danger:", "unjudged:", "impossible:", "caution:"}[risk.Level], risk.Address, risk.Text)
		}
	}
	t.Logf("the review marks %d of %d bad syntheses", found, len(Mutations()))
	golden.Compare(t, "review.txt", said.String())
}
