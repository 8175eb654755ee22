package controls

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTable wants each fact said once, and a value that contradicts it.
func TestTable(t *testing.T) {
	said := map[string]bool{}
	for _, c := range All {
		for _, fact := range []string{c.Type + "." + c.Attribute, c.Sentence} {
			assert.False(t, said[fact], "%s is there twice", fact)
			said[fact] = true
		}
		assert.NotNil(t, c.Opposite(), c.Sentence)
		assert.NotEqual(t, c.Wanted, c.Opposite(), c.Sentence)
		assert.NotEmpty(t, c.Otherwise, c.Sentence)
	}
}

// TestSet reads what was set, in a block that may not be there yet.
func TestSet(t *testing.T) {
	for _, c := range All {
		resource := map[string]any{}
		c.Set(resource, c.Wanted)
		assert.True(t, c.Holds(resource), c.Sentence)
		assert.False(t, c.Lifted(resource), c.Sentence)
		c.Set(resource, c.Opposite())
		assert.False(t, c.Holds(resource), c.Sentence)
		assert.True(t, c.Lifted(resource), c.Sentence)
	}
}
