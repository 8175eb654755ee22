package constructs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMustJSONKeepsReferencesAsTheyAre(t *testing.T) {
	assert.Equal(t, `{"a":"&{x} <y>"}`, mustJSON(map[string]string{"a": "&{x} <y>"}))
}

func TestMustJSONPanicsOnWhatJSONCannotHold(t *testing.T) {
	assert.Panics(t, func() { mustJSON(func() {}) })
}
