package emulator

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/golden"
)

// TestGoldenRules keeps the table of docs/reliability.md.
func TestGoldenRules(t *testing.T) {
	lines := []string{"| service | what AWS does | name |", "| --- | --- | --- |"}
	names := map[string]bool{}
	for _, r := range Rules() {
		assert.Regexp(t, "^[a-z0-9-]+$", r.Name)
		assert.False(t, names[r.Name], "%s stands twice", r.Name)
		names[r.Name] = true
		assert.NotEmpty(t, r.calls, r.Name)
		assert.NotRegexp(t, `[.!]$`, r.Says, r.Name)
		assert.True(t, strings.HasPrefix(r.Source, "https://"), r.Name)
		service, _, _ := strings.Cut(strings.Replace(r.calls[0], everyCall, "every one", 1), ":")
		if r.lifelike {
			service += ", to the integration tests"
		}
		lines = append(lines, fmt.Sprintf("| %s | [%s](%s) | `%s` |", service, r.Says, r.Source, r.Name))
	}
	golden.Section(t, "../../docs/reliability.md", "rules", strings.Join(lines, "\n"))
}

// TestEveryRuleIsTested runs the tests of the rules with each rule switched off: one of
// them must fail.
func TestEveryRuleIsTested(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath("python3"); err != nil && strings.HasPrefix(r.Name, "functions-") {
				t.Skip("functions need Python")
			}
			tests := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestRule[A-Z]") //nolint:gosec // This very program.
			tests.Env = append(os.Environ(), withoutVariable+"="+r.Name)
			output, err := tests.CombinedOutput()
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed, "no test named TestRule… notices that the rule is off")
			assert.Contains(t, string(output), "--- FAIL: TestRule")
		})
	}
}
