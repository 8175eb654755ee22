package emulator

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRuleCapabilitiesHaveBothLists(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	const sent = `{"family":"f","containerDefinitions":[{"linuxParameters":{"capabilities":{"drop":["ALL"]}}}]}`
	assert.Contains(t, send(t, p, "ecs", "X.RegisterTaskDefinition", jsonType, sent), `{"add":[],"drop":["ALL"]}`)
}
