package constructs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMustJSONKeepsReferencesAsTheyAre(t *testing.T) {
	assert.Contains(t, mustJSON(map[string]string{"a": "&{x} <y>"}), "&{x} <y>")
}

func TestMustJSONPanicsOnWhatJSONCannotHold(t *testing.T) {
	assert.Panics(t, func() { mustJSON(func() {}) })
}
