package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fieldErrors splits a joined error.
func fieldErrors(t *testing.T, err error) []*FieldError {
	t.Helper()
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
	var all []*FieldError
	for _, e := range joined.Unwrap() {
		var field *FieldError
		require.ErrorAs(t, e, &field)
		assert.Equal(t, strings.TrimRight(e.Error(), ".\n"), e.Error(), "no trailing period")
		assert.NotContains(t, e.Error(), "\n", "one line for each problem")
		all = append(all, field)
	}
	return all
}

// refusal is a configuration with something wrong in it and the lines that it must
// give, without the environment.
type refusal struct {
	name  string
	spoil func(*Config)
	lines []string
}

// trial names the platform, whose own name may be another one, for refusals that count its letters.
func trial(spoil func(*Config)) func(*Config) {
	return func(c *Config) {
		c.Name = "trial-api"
		spoil(c)
	}
}

// refused are the refusals of all sections.
var refused = slices.Concat(
	refusedName, refusedSuffix, refusedRegion, refusedTags, refusedNetwork, refusedExistingNetwork, refusedRegistry, refusedLoadBalancer, refusedDomain, refusedWAF, refusedService, refusedProcess,
	refusedDeployment, refusedScaling, refusedDatabase, refusedQueues, refusedBuckets, refusedPermissions, refusedWorkers, refusedServices, refusedCache, refusedJobs, refusedOrigin, refusedLogs, refusedGaps, refusedAlarms, refusedState, refusedSizes,
)

// accepted are changes up to the ends of what is allowed, by section.
var accepted = []map[string]func(*Config){
	acceptedName, acceptedSuffix, acceptedRegion, acceptedTags, acceptedNetwork, acceptedExistingNetwork, acceptedRegistry, acceptedLoadBalancer, acceptedDomain, acceptedWAF, acceptedService, acceptedProcess,
	acceptedDeployment, acceptedScaling, acceptedDatabase, acceptedQueues, acceptedBuckets, acceptedPermissions, acceptedWorkers, acceptedServices, acceptedCache, acceptedJobs, acceptedOrigin, acceptedLogs, acceptedGaps, acceptedAlarms, acceptedState, acceptedSizes,
}

// edge is the ends of a number, and whether each is a rule of this program.
type edge struct {
	field             string
	low, high         int
	lowOurs, highOurs bool
	// with makes room for the ends, lowNeeds and highNeeds for one of them only.
	with, lowNeeds, highNeeds func(*Config)
}

// edges are those of all sections.
var edges = slices.Concat(edgesRegistry, edgesLoadBalancer, edgesService, edgesProcess, edgesScaling, edgesDatabase, edgesQueues, edgesServices, edgesCache, edgesAlarms)

// at is a configuration with the number at the edge or beyond.
func (e edge) at(t *testing.T, value int) Config {
	t.Helper()
	c := Defaults("dev")
	needs := []func(*Config){e.with}
	if value <= e.low {
		needs = append(needs, e.lowNeeds)
	}
	if value >= e.high {
		needs = append(needs, e.highNeeds)
	}
	for _, change := range needs {
		if change != nil {
			change(&c)
		}
	}
	setField(t, &c, e.field, value)
	return c
}

func TestEdges(t *testing.T) {
	for _, e := range edges {
		require.NoError(t, e.at(t, e.low).Validate(), "%s: %d", e.field, e.low)
		require.NoError(t, e.at(t, e.high).Validate(), "%s: %d", e.field, e.high)
		for _, beyond := range []struct {
			value, fix int
			ours       bool
		}{{e.low - 1, e.low, e.lowOurs}, {e.high + 1, e.high, e.highOurs}} {
			err := firstOf(t, e.at(t, beyond.value), e.field)
			require.NotNil(t, err, "%s: %d is accepted", e.field, beyond.value)
			assert.Equal(t, beyond.value, err.Value, e.field)
			assert.Equal(t, beyond.ours, err.Because != "", "whose rule it is: %v", err)
			assert.Equal(t, beyond.fix, err.Suggestion, err.Error())
		}
	}
}

// firstOf is the first error of a field, or nil.
func firstOf(t *testing.T, c Config, field string) *FieldError {
	t.Helper()
	for _, err := range fieldErrors(t, c.Validate()) {
		if err.Field == field {
			return err
		}
	}
	return nil
}

func TestValidateReportsEachProblem(t *testing.T) {
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			c := Defaults("dev")
			test.spoil(&c)
			errs := fieldErrors(t, c.Validate())
			require.NotEmpty(t, errs, "it is accepted")
			require.Len(t, errs, len(test.lines), "%v", c.Validate())
			for i, err := range errs {
				assert.Equal(t, c.Suffix, err.Environment)
				assert.Equal(t, fmt.Sprintf("environment %q: %s", c.Suffix, test.lines[i]), err.Error())
			}
		})
	}
}

func TestRefusalsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, test := range refused {
		assert.False(t, seen[test.name], test.name)
		seen[test.name] = true
	}
}

// TestValidateReportsEverythingAtOnce finds what is wrong with a configuration that says
// nothing, in the order of the fields.
func TestValidateReportsEverythingAtOnce(t *testing.T) {
	var places []int
	for _, err := range fieldErrors(t, Config{}.Validate()) {
		places = append(places, fieldOrder[baseField(err.Field)])
	}
	assert.Greater(t, len(places), 40)
	assert.IsNonDecreasing(t, places)
}

func TestValidateIsDeterministic(t *testing.T) {
	c := Defaults("dev")
	for i := range 10 {
		c.Tags[fmt.Sprintf("aws:%d", i)] = "${x}"
	}
	first := c.Validate().Error()
	for range 20 {
		require.Equal(t, first, c.Validate().Error())
	}
}

// TestValidValues tries values at the edges of what is allowed.
func TestValidValues(t *testing.T) {
	for _, section := range accepted {
		for name, change := range section {
			c := Defaults("dev")
			change(&c)
			assert.NoError(t, c.Validate(), name)
		}
	}
}

func TestValidateAllRefusesSharedSuffix(t *testing.T) {
	err := validateAll([]Config{Defaults("dev"), Defaults("production"), Defaults("dev")})
	assert.EqualError(t, err, `environment "dev": Suffix: "dev" is taken by another environment; `+
		`this program allows a suffix of its own for every environment, because both would be one stack; fix: rename one of the two`)
}

func TestFieldErrorIsFoundInLoadsError(t *testing.T) {
	_, err := Load(env(map[string]string{"ENVIRONMENT_SUFFIX": "Dev"}))
	var field *FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Suffix", field.Field)
}

func TestWorkspaceOfItsOwn(t *testing.T) {
	one, two := Defaults("one"), Defaults("two")
	one.State = State{Backend: BackendCloud, Organization: "example", Workspace: "api"}
	two.State = one.State
	require.EqualError(t, validateAll([]Config{one, two}), `environment "two": State.Workspace: "api" is the workspace of environment "one", too; `+
		"this program allows a workspace of its own for every environment, because each would destroy what the other deployed; fix: name another one")
	two.State.Hostname = "terraform.example.com"
	assert.NoError(t, validateAll([]Config{one, two}))
}

func TestDomainOfItsOwn(t *testing.T) {
	one, two := Defaults("one"), Defaults("two")
	one.LoadBalancer.Domain, one.LoadBalancer.HostedZone = "api.example.com", "example.com"
	two.LoadBalancer = one.LoadBalancer
	require.EqualError(t, validateAll([]Config{one, two}), `environment "two": LoadBalancer.Domain: "api.example.com" is a name of environment "one", too; `+
		"this program allows names of its own for every environment, because both would write the same DNS record, and the last one would take all requests; "+
		"fix: name another one, or see “Hand a domain over” in docs/operations.md")
	two.LoadBalancer.DomainRecords = RecordsElsewhere
	require.NoError(t, validateAll([]Config{one, two}))
	two.LoadBalancer.Domain, two.LoadBalancer.DomainRecords = "next.example.com", one.LoadBalancer.DomainRecords
	two.LoadBalancer.AlternativeNames = []string{"api.example.com"}
	require.ErrorContains(t, validateAll([]Config{one, two}), `LoadBalancer.AlternativeNames[0]: "api.example.com" is a name of environment "one", too`)
	two.LoadBalancer.AlternativeNames[0] = "www.example.com"
	assert.NoError(t, validateAll([]Config{one, two}))
}
