package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var refusedSuffix = []refusal{
	{"suffix", func(c *Config) { c.Suffix = "Dev" }, []string{
		`Suffix: "Dev" has the wrong form; AWS allows lower-case letters, digits and single inner hyphens; fix: write a suffix such as staging`,
	}},
}

var acceptedSuffix = map[string]func(*Config){"longest suffix": func(c *Config) { c.Suffix = strings.Repeat("a", 18) }}

func TestSuffix(t *testing.T) {
	for _, suffix := range []string{"dev", "production", "synth101000914", "abcdef", "pr-123456", "a", "1", strings.Repeat("a", 18)} {
		require.NoError(t, Defaults(suffix).Validate(), suffix)
	}
	for _, suffix := range []string{"", "Dev", "a_b", "-a", "a-", "a--b", "a.b", "a b", "a\nb", "é"} {
		errs := fieldErrors(t, Defaults(suffix).Validate())
		require.Len(t, errs, 1, "%q", suffix)
		assert.Equal(t, "Suffix", errs[0].Field)
		assert.Equal(t, suffix, errs[0].Value)
		assert.Equal(t, "has the wrong form", errs[0].Problem)
	}
}
