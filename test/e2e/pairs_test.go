package e2e

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/options"
)

// option is what an environment decides, and the ways to decide it. The first is
// what the defaults say.
type option []options.Way

// combined are the options of the catalogue that combinations are made of.
func combined(account options.Account) []option {
	var all []option
	for _, o := range options.Catalogue(account) {
		if o.Combined {
			byDefault := options.Way{Name: o.Default, Set: func(*config.Config) {}}
			all = append(all, append(option{byDefault}, o.Ways...))
		}
	}
	return all
}

// combination is a choice of every option, by its index.
type combination []int

// pair is two choices of two different options.
type pair struct{ option, choice, otherOption, otherChoice int }

// combine returns combinations in which every two choices that go together occur
// together at least once, and the pairs that contradict each other. Each
// combination is put together option by option, in an order by chance, of the
// choices that cover the most pairs; of many such attempts the best is taken.
func combine(choices []option) ([]combination, []pair) {
	pairs, contradictions := pairsOf(choices)
	dice := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // Chance that can be repeated is wanted.
	const attempts = 60
	var combinations []combination
	for len(pairs) > 0 {
		open := map[pair]bool{}
		for _, p := range pairs {
			open[p] = true
		}
		var best combination
		most := 0
		for range attempts {
			attempt := assemble(choices, open, pairs[dice.IntN(len(pairs))], dice)
			if n := covered(attempt, open); n > most {
				best, most = attempt, n
			}
		}
		pairs = slices.DeleteFunc(pairs, best.has)
		combinations = append(combinations, best)
	}
	return combinations, contradictions
}

// has says whether the combination makes both choices.
func (c combination) has(p pair) bool {
	return c[p.option] == p.choice && c[p.otherOption] == p.otherChoice
}

// pairsOf sorts the pairs of all choices by whether a configuration that makes
// both, and leaves the rest at the defaults, is valid.
func pairsOf(choices []option) (valid, contradictions []pair) {
	for i := range choices {
		for j := i + 1; j < len(choices); j++ {
			for a := range choices[i] {
				for b := range choices[j] {
					cfg := config.Defaults("pair")
					choices[i][a].Apply(&cfg)
					choices[j][b].Apply(&cfg)
					if p := (pair{i, a, j, b}); cfg.Validate() == nil {
						valid = append(valid, p)
					} else {
						contradictions = append(contradictions, p)
					}
				}
			}
		}
	}
	return valid, contradictions
}

// assemble puts together a valid combination that begins with a pair.
func assemble(choices []option, open map[pair]bool, first pair, dice *rand.Rand) combination {
	made := make(combination, len(choices))
	for i := range made {
		made[i] = missing
	}
	made[first.option], made[first.otherOption] = first.choice, first.otherChoice
	for _, i := range dice.Perm(len(choices)) {
		if made[i] != missing {
			continue
		}
		best, most := 0, -1
		for _, c := range dice.Perm(len(choices[i])) {
			made[i] = c
			if n := gained(made, i, open); n > most && build(choices, made, "combination").Validate() == nil {
				best, most = c, n
			}
		}
		made[i] = best
	}
	return made
}

// missing stands for an option that is not chosen yet.
const missing = -1

// gained counts the open pairs that the choice of one option is part of.
func gained(c combination, i int, open map[pair]bool) int {
	n := 0
	for j := range c {
		p := pair{i, c[i], j, c[j]}
		if j < i {
			p = pair{j, c[j], i, c[i]}
		}
		if open[p] {
			n++
		}
	}
	return n
}

// covered counts the open pairs of a combination, of which parts may be missing.
func covered(c combination, open map[pair]bool) int {
	n := 0
	for i := range c {
		for j := i + 1; j < len(c); j++ {
			if open[pair{i, c[i], j, c[j]}] {
				n++
			}
		}
	}
	return n
}

// build is the configuration of a combination.
func build(choices []option, c combination, suffix string) config.Config {
	cfg := config.Defaults(suffix)
	for i, chosen := range c {
		if chosen != missing {
			choices[i][chosen].Apply(&cfg)
		}
	}
	return cfg
}

// describe names what a combination chooses other than the defaults.
func describe(choices []option, c combination) string {
	var names []string
	for i, chosen := range c {
		if chosen > 0 {
			names = append(names, choices[i][chosen].Name)
		}
	}
	return strings.Join(names, ", ")
}

// TestCombinationsCoverEveryPair counts, without deploying anything, that every
// pair of choices that go together is in a valid combination, and that those that
// do not are the ones that are meant.
func TestCombinationsCoverEveryPair(t *testing.T) {
	choices := combined(options.Example())
	require.NoError(t, everything(options.Example()).Validate())
	combinations, contradictions := combine(choices)
	assert.GreaterOrEqual(t, len(combinations), 12)
	t.Logf("%d combinations", len(combinations))
	open, _ := pairsOf(choices)
	for _, c := range combinations {
		require.NoError(t, build(choices, c, "combination").Validate(), describe(choices, c))
		open = slices.DeleteFunc(open, c.has)
	}
	assert.Empty(t, open, "pairs in no combination")
	var texts []string
	for _, p := range contradictions {
		texts = append(texts, choices[p.option][p.choice].Name+" with "+choices[p.otherOption][p.otherChoice].Name)
	}
	assert.Equal(t, []string{
		"an existing network with one NAT gateway",
		"an existing network with no NAT gateway",
		"an existing network with three zones",
		"an existing network with addresses that are kept",
		"an existing network with interface endpoints",
		"an existing network with flow logs",
		"no NAT gateway with addresses that are kept",
		"no NAT gateway with tracing",
		"no NAT gateway with roles of the database",
		"no NAT gateway with IAM authentication",
		"a process of its own with images of a pipeline",
	}, texts, "contradictions")
}

func TestShare(t *testing.T) {
	var seen []int
	for _, text := range []string{"1/3", "2/3", "3/3"} {
		share, err := parseShare(text)
		require.NoError(t, err)
		for i := range 7 {
			if share.has(i) {
				seen = append(seen, i)
			}
		}
	}
	assert.Equal(t, []int{0, 3, 6, 1, 4, 2, 5}, seen)
	for _, text := range []string{"0/3", "4/3", "all", "1"} {
		_, err := parseShare(text)
		assert.Error(t, err, text)
	}
}
