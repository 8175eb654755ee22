package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var refusedSuffix = []refusal{
	{"suffix", func(c *Config) { c.Suffix = "Dev" }, []string{
		`Suffix: "Dev" has the wrong form; AWS allows 1 to 18 lower-case letters, digits and single inner hyphens; fix: write a suffix such as staging`,
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

// TestSuffixNamesWhatItMakesTooLong counts names by their lengths.
func TestSuffixNamesWhatItMakesTooLong(t *testing.T) {
	tooLong := func(length int) []string {
		var texts []string
		for _, err := range fieldErrors(t, Defaults(strings.Repeat("s", length)).Validate()) {
			assert.Equal(t, "Suffix", err.Field)
			texts = append(texts, strings.ReplaceAll(err.Problem, strings.Repeat("s", length), "S")+", "+err.Fix)
		}
		return texts
	}
	alb, tg := "makes the load balancer name ", "makes the target group name "
	assert.Equal(t, []string{
		alb + `"flask-api-alb-S" too long by 1 (33 of 32 characters), shorten the suffix by 1 or more`,
	}, tooLong(19))
	assert.Equal(t, []string{
		alb + `"flask-api-alb-S" too long by 2 (34 of 32 characters), shorten the suffix by 2 or more`,
		tg + `"flask-api-tg-S" too long by 1 (33 of 32 characters), shorten the suffix by 1 or more`,
	}, tooLong(20))
	assert.Len(t, tooLong(47), 7)

	readers := Defaults(strings.Repeat("s", 37))
	assert.NotContains(t, readers.Validate().Error(), "flask-api-aurora-reader-")
	readers.Database.ReaderCount = 10
	assert.Contains(t, readers.Validate().Error(), "flask-api-aurora-reader-10-")
}

func TestSuffixReportsCharactersAndLength(t *testing.T) {
	err := Defaults("Bad_Suffix_That_Is_Far_Too_Long").Validate()
	require.ErrorContains(t, err, "lower-case letters, digits and single inner hyphens")
	require.ErrorContains(t, err, `"flask-api-alb-Bad_Suffix_That_Is_Far_Too_Long" too long by 13`)
	require.ErrorContains(t, err, `"flask-api-tg-Bad_Suffix_That_Is_Far_Too_Long" too long by 12`)
}
