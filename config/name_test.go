package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var refusedName = []refusal{
	{"name", func(c *Config) { c.Name = "Shop" }, []string{
		`Name: "Shop" has the wrong form; AWS allows a lower-case letter, then lower-case letters, digits and single inner hyphens; fix: write a name such as shop-api`,
	}},
	{"name that a parameter cannot begin with", func(c *Config) { c.Name = "awsome" }, []string{
		`Name: "awsome" begins with "aws"; AWS allows no parameter of such a name; fix: write a name such as shop-api`,
	}},
	{"name that a security group cannot begin with", func(c *Config) { c.Name = "sg" }, []string{
		`Name: "sg" begins with "sg-"; AWS allows no security group of such a name; fix: write a name such as shop-api`,
	}},
	{"name that is too long", func(c *Config) { c.Name = strings.Repeat("n", 25) }, []string{
		`Suffix: "dev" and the name "nnnnnnnnnnnnnnnnnnnnnnnnn" make the name of the load balancer, "nnnnnnnnnnnnnnnnnnnnnnnnn-alb-dev", too long by 1 (33 of 32 characters); ` +
			`AWS allows 27 characters for Name and Suffix together; fix: shorten Suffix or Name by 1 or more`,
	}},
}

var acceptedName = map[string]func(*Config){
	"longest name":          func(c *Config) { c.Name = strings.Repeat("n", 24) },
	"one letter":            func(c *Config) { c.Name = "n" },
	"reserved further on":   func(c *Config) { c.Name = "the-aws-sg" },
	"begins like a reserve": func(c *Config) { c.Name = "internals" },
}

func TestName(t *testing.T) {
	for _, name := range []string{"", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a/b", "A", "é", "a b", "a\nb"} {
		c := Defaults("dev")
		c.Name = name
		require.NotNil(t, firstOf(t, c, "Name"), "%q is accepted", name)
	}
	for _, reserved := range reservedNames {
		c := Defaults("dev")
		c.Name = strings.TrimSuffix(reserved.prefix, "-")
		require.NotNil(t, firstOf(t, c, "Name"), "%q is accepted", c.Name)
	}
}

// TestNameIsBoundByTheShortestLimit lengthens the suffix, and the name in its place.
func TestNameIsBoundByTheShortestLimit(t *testing.T) {
	for _, length := range []int{1, 9, 18, 26} {
		c := Defaults(strings.Repeat("s", 27-length))
		c.Name = strings.Repeat("n", length)
		require.NoError(t, c.Validate())
		c.Suffix += "s"
		errs := fieldErrors(t, c.Validate())
		require.Len(t, errs, 1, "one error, of the shortest limit")
		assert.Contains(t, errs[0].Error(), "27 characters for Name and Suffix together")
	}
	c := Defaults("Bad_Suffix_That_Is_Far_Too_Long")
	c.Name = "trial"
	require.ErrorContains(t, c.Validate(), "lower-case letters, digits and single inner hyphens")
	require.ErrorContains(t, c.Validate(), `"trial-alb-Bad_Suffix_That_Is_Far_Too_Long", too long by 9`)
}

// TestNoTwoStacksAreOne has names and suffixes that only together are the same.
func TestNoTwoStacksAreOne(t *testing.T) {
	one, other := Defaults("dev"), Defaults("api-dev")
	one.Name, other.Name = "trial-api", "trial"
	require.EqualError(t, validateAll([]Config{one, other}), `environment "api-dev": Name: "trial" makes "trial-api-dev", the name of another environment's stack; `+
		"this program allows a stack of its own for every environment, because both would have one state; fix: choose another name, or another suffix")
	assert.Equal(t, []string{"trial-api-alb-dev", "trial-api-dev"}, []string{one.PhysicalName("alb"), one.StackName()})
}
