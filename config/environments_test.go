package config

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// env is an environment of variables in memory.
func env(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestEnvironmentsAreValid(t *testing.T) {
	for _, c := range Environments() {
		require.NoError(t, c.Validate(), c.Suffix)
	}
	assert.NoError(t, validateAll(Environments()))
}

func TestLoad(t *testing.T) {
	tagged := func(envs ...Config) []Config {
		for i := range envs {
			envs[i].Registry.ImageTag = "v1"
		}
		return envs
	}
	defined := Environments()
	last := defined[len(defined)-1]
	tests := map[string]struct {
		variables map[string]string
		want      []Config
	}{
		"nothing set":      {nil, defined},
		"defined suffix":   {map[string]string{"ENVIRONMENT_SUFFIX": last.Suffix}, []Config{last}},
		"new suffix":       {map[string]string{"ENVIRONMENT_SUFFIX": "synth101000914"}, []Config{Defaults("synth101000914")}},
		"tag":              {map[string]string{"IMAGE_TAG": "v1"}, tagged(Environments()...)},
		"tag and a suffix": {map[string]string{"IMAGE_TAG": "v1", "ENVIRONMENT_SUFFIX": last.Suffix}, tagged(last)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Load(env(test.variables))
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestLoadReportsEveryEnvironment(t *testing.T) {
	got, err := Load(env(map[string]string{"IMAGE_TAG": "a b"}))
	assert.Nil(t, got)
	for _, c := range Environments() {
		assert.ErrorContains(t, err, fmt.Sprintf("environment %q: Registry.ImageTag: %q", c.Suffix, "a b"))
	}
}

// TestOverrideTags names the images of the API and of each service by variables of their own.
func TestOverrideTags(t *testing.T) {
	envs := []Config{Defaults("a"), Defaults("b")}
	for i := range envs {
		envs[i].Registry.ImageTag = "v0"
		envs[i].Services = []WebService{{Name: "back-office", ImageTag: "v1"}, {Name: "office", ImageTag: "v2"}, {Name: "new"}}
	}
	overrideTags(envs, env(map[string]string{"IMAGE_TAG": "api", "IMAGE_TAG_BACK_OFFICE": "admin", "IMAGE_TAG_OTHER": "nothing"}))
	for _, c := range envs {
		assert.Equal(t, "api", c.Registry.ImageTag)
		assert.Equal(t, []WebService{{Name: "back-office", ImageTag: "admin"}, {Name: "office", ImageTag: "v2"}, {Name: "new"}}, c.Services)
	}
	overrideTags(envs, env(nil))
	assert.Equal(t, "api", envs[0].Registry.ImageTag)
}

// TestLoadNamed loads one environment, with the other variables, whatever the variable of
// its name says.
func TestLoadNamed(t *testing.T) {
	got, err := LoadNamed("pr-42", env(map[string]string{"ENVIRONMENT_SUFFIX": "dev", "IMAGE_TAG": "v1"}))
	require.NoError(t, err)
	want := Defaults("pr-42")
	want.Registry.ImageTag = "v1"
	assert.Equal(t, want, got)
	_, err = LoadNamed("pr-42", env(map[string]string{"IMAGE_TAG": "a b"}))
	assert.ErrorContains(t, err, "Registry.ImageTag")
}

func TestStackOf(t *testing.T) {
	defined := Environments()[0]
	assert.Equal(t, defined.StackName(), StackOf(defined.Suffix, variables()))
	assert.Equal(t, Defaults("pr-42").StackName(), StackOf("pr-42", variables()))
}

// TestLoadSharesNothing changes everything that a first Load returned and loads again.
func TestLoadSharesNothing(t *testing.T) {
	first, err := Load(env(nil))
	require.NoError(t, err)
	for i := range first {
		clear(first[i].Tags)
		clear(first[i].Network.PublicSubnetCIDRs)
		clear(first[i].Network.PrivateSubnetCIDRs)
		first[i] = Config{}
	}
	second, err := Load(env(nil))
	require.NoError(t, err)
	assert.Equal(t, Environments(), second)
	assert.NotEmpty(t, second[0].Tags)
}

func TestWithTagsCopies(t *testing.T) {
	c := Defaults("dev")
	changed := c.withTags(map[string]string{"Project": "another one"})
	assert.NotEqual(t, "another one", c.Tags["Project"])
	assert.Equal(t, "another one", changed.Tags["Project"])
}

func TestEngineMajorVersion(t *testing.T) {
	assert.Equal(t, "15", Defaults("dev").Database.EngineMajorVersion())
}

func ExampleConfig_PhysicalName() {
	c := Defaults("dev")
	fmt.Println(c.PhysicalName("alb"))
	fmt.Println(c.StackName())
	// Output:
	// flask-api-alb-dev
	// flask-api-dev
}

func ExampleLoad() {
	_, err := Load(env(map[string]string{"ENVIRONMENT_SUFFIX": "staging_1"}))
	fmt.Println(err)
	// Output:
	// environment "staging_1": Suffix: "staging_1" has the wrong form; AWS allows lower-case letters, digits and single inner hyphens; fix: write a suffix such as staging
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	getenv := env(nil)
	for b.Loop() {
		if _, err := Load(getenv); err != nil {
			b.Fatal(err)
		}
	}
}
