package constructs

import (
	"bytes"
	"encoding/json"
)

// mustJSON encodes a value for an attribute that takes JSON as text. It leaves
// `&`, `<` and `>` alone, which the default escaping would turn into `\u0026`
// and so break references to other resources. It panics on values that JSON
// cannot hold, which only a mistake in this package can produce.
func mustJSON(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
