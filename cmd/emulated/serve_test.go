package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServe(t *testing.T) {
	t.Setenv("SERVE", "")
	variables, end, err := serve(nil, t.TempDir())
	require.NoError(t, err)
	assert.Empty(t, variables)
	require.NoError(t, end())

	t.Setenv("SERVE", "1")
	t.Chdir(t.TempDir())
	_, _, err = serve(nil, t.TempDir())
	require.ErrorContains(t, err, "missing: the Python of the sample API (make .bin/example-venv/installed)")
}
