package constructs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/internal/controls"
	"flask-api/test/stacktest"
)

// kept says whether a resource is as the control wants it, or, in an environment without
// the protection that the control belongs to, the opposite: it is destroyed in one run.
func kept(s stack, c controls.Control, resource attributes) bool {
	if c.Protected && !s.Config.Protected {
		return c.Lifted(resource)
	}
	return c.Holds(resource)
}

// TestControls holds every environment against every control, and shows of each control
// that it can fail.
func TestControls(t *testing.T) {
	var stacks []stack
	for _, env := range stacktest.All() {
		stacks = append(stacks, load(t, env))
	}
	for _, c := range controls.All {
		t.Run(c.Sentence, func(t *testing.T) {
			found := 0
			for _, s := range stacks {
				s.Visit(c.Type, func(name string, a attributes) {
					found++
					assert.True(t, kept(s, c, a), "environment %q: %s.%s: %s, which wants %v (controls: %s)", s.Config.Suffix, c.Type, name, c.Attribute, c.Wanted, c.IDs)
					broken := c.Opposite()
					if c.Lifted(a) {
						broken = c.Wanted
					}
					c.Set(a, broken)
					assert.False(t, kept(s, c, a), "a stack that breaks the control passes it")
				})
			}
			assert.Positive(t, found, "no environment has an %s", c.Type)
		})
	}
}
