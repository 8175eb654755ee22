package summary

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/stacktest"
)

// TestDifference adds and removes what has a price in the region, and what has none.
func TestDifference(t *testing.T) {
	text := stacktest.Golden(t, stacktest.Default().Suffix)
	require.Contains(t, string(text), `"aws_nat_gateway": {`)
	without := bytes.Replace(text, []byte(`"aws_nat_gateway": {`), []byte(`"aws_free": {`), 1)
	same, err := Difference(text, text)
	require.NoError(t, err)
	assert.Empty(t, same)

	less, err := Difference(text, without)
	require.NoError(t, err)
	assert.Regexp(t, `^73\.00 USD a month less, at prices of \d{4}-\d\d-\d\d or later$`, less, "two NAT gateways at 0.05 an hour")
	more, err := Difference(without, text)
	require.NoError(t, err)
	assert.Regexp(t, `^73\.00 USD a month more, at`, more)

	all, err := Difference(nil, text)
	require.NoError(t, err)
	assert.Contains(t, all, "; more for what has no price on record: ")
	none, err := Difference(text, nil)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(all, "more", "less"), none)

	_, err = Difference([]byte(`{`), text)
	require.Error(t, err)
	_, err = Difference(text, []byte(`{`))
	require.Error(t, err)
}
