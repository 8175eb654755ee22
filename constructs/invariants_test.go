package constructs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/test/stacktest"
)

// An invariant is a sentence that is true of every environment.
type invariant struct {
	// sentence is what a reviewer may rely on.
	sentence string
	// controls are the ids of the public security controls it satisfies.
	controls string
	// violations names what contradicts the sentence.
	violations func(stack) []string
	// broken changes a sound stack so that the sentence is no longer true.
	broken func(*stack)
}

// violations collects what contradicts an invariant.
type violations []string

// unless records the message if the condition does not hold.
func (v *violations) unless(holds bool, format string, args ...any) {
	if !holds {
		*v = append(*v, fmt.Sprintf(format, args...))
	}
}

// want records every attribute of the resources of the type that differs.
func (v *violations) want(s stack, kind string, want attributes) {
	v.unless(len(s.Resources[kind]) > 0, "there is no %s", kind)
	s.Visit(kind, func(name string, a attributes) {
		for _, key := range slices.Sorted(maps.Keys(want)) {
			v.unless(assert.ObjectsAreEqual(want[key], a[key]), "%s.%s: %s is %v, want %v", kind, name, key, a[key], want[key])
		}
	})
}

// wantAt records every attribute of the resource at the address that differs.
func (v *violations) wantAt(s stack, address string, want attributes) {
	kind, name, _ := strings.Cut(address, ".")
	a := s.Resources[kind][name]
	v.unless(a != nil, "there is no %s", address)
	for _, key := range slices.Sorted(maps.Keys(want)) {
		v.unless(assert.ObjectsAreEqual(want[key], a[key]), "%s: %s is %v, want %v", address, key, a[key], want[key])
	}
}

// set is a broken that changes one attribute of the only or first resource.
func set(kind, key string, value any) func(*stack) {
	return func(s *stack) {
		s.Resources[kind][slices.Min(slices.Collect(maps.Keys(s.Resources[kind])))][key] = value
	}
}

// always is an invariant about attributes of all resources of one type.
func always(sentence, controls, kind string, want attributes) invariant {
	key := slices.Min(slices.Collect(maps.Keys(want)))
	return invariant{
		sentence: sentence,
		controls: controls,
		violations: func(s stack) []string {
			var v violations
			v.want(s, kind, want)
			return v
		},
		broken: set(kind, key, "something else"),
	}
}

// invariants are those of all parts.
var invariants = slices.Concat(
	securityGroupInvariants,
	networkingInvariants,
	identityInvariants,
	roleInvariants,
	logGroupInvariants,
	logStoresInvariants,
	loadBalancerInvariants,
	domainInvariants,
	accessLogsInvariants,
	webACLInvariants,
	databaseInvariants,
	copyInvariants,
	credentialsInvariants,
	queueInvariants,
	bucketInvariants,
	rolesInvariants,
	encryptionKeyInvariants,
	registryInvariants,
	serviceInvariants,
	containerInvariants,
	executeCommandInvariants,
	autoscalingInvariants,
	stackInvariants,
	limitsInvariants,
)

// TestInvariants holds every environment against every invariant, and shows of
// each invariant that it can fail.
func TestInvariants(t *testing.T) {
	stacks := make([]stack, 0, len(stacktest.All()))
	for _, env := range stacktest.All() {
		stacks = append(stacks, load(t, env))
	}
	for _, rule := range invariants {
		t.Run(rule.sentence, func(t *testing.T) {
			for _, s := range stacks {
				assert.Empty(t, rule.violations(s), "environment %q (controls: %s)", s.Config.Suffix, rule.controls)
			}
			broken := load(t, stacktest.Default())
			rule.broken(&broken)
			assert.NotEmpty(t, rule.violations(broken), "a stack that breaks the rule passes it")
		})
	}
}
