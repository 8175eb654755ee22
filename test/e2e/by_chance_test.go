package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// chanceVariable draws otherwise than by chanceSeed.
	chanceVariable = "BY_HAND_SEED"
	chanceSeed     = "20261125"
	// drawn is how many resources are changed at once, so that AWS takes at least wanted
	// of the changes.
	drawn, wantedByChance = 24, 10
)

// drawnBy is the seed.
func drawnBy(t *testing.T) uint64 {
	t.Helper()
	number, err := strconv.ParseUint(cmp.Or(os.Getenv(chanceVariable), chanceSeed), 10, 64)
	require.NoError(t, err, chanceVariable)
	t.Logf("drawn by %s=%d", chanceVariable, number)
	return number
}

// changedByChance has chance change attributes of resources, as somebody with another
// stack and a copy of the state would, and wants the integration tests to name each that a
// plan of the stack sees. Then it puts everything back.
func (l *life) changedByChance(t *testing.T) {
	t.Helper()
	dice := rand.New(rand.NewPCG(drawnBy(t), 17)) //nolint:gosec // Chance that can be repeated is wanted.
	other := l.copied(t)
	original := readFile(t, filepath.Join(other.stackDir(), "cdk.tf.json"))
	other.draw(t, dice, original)
	other.run(t, other.stackDir(), nil, l.tools.Terraform, "apply", "-auto-approve", "-input=false", "-no-color", "-refresh=false") // What AWS refuses is no change.

	seen := l.plannedAttributes(t)
	messages := l.complaints(t)
	var caught []string
	for _, attribute := range seen {
		last := strings.LastIndex(attribute, ".")
		address, name := attribute[:last]+" ", attribute[last+1:]
		tests := slices.Concat(
			byHand{says: []string{address, name}}.caughtBy(messages),
			// An object that is known by what was changed, such as a tag or a port, is another one now.
			byHand{says: []string{address + "is not there"}}.caughtBy(messages),
		)
		assert.NotEmpty(t, tests, "no test names %s", attribute)
		caught = append(caught, attribute+": "+strings.Join(tests, ", "))
	}
	t.Logf("changed by chance:\n%s", strings.Join(caught, "\n"))
	assert.GreaterOrEqual(t, len(seen), wantedByChance, "changes by chance")

	write(t, filepath.Join(other.stackDir(), "cdk.tf.json"), original)
	other.terraform(t, other.stackDir(), "apply", "-auto-approve", "-input=false", "-refresh=false")
}

// copied is the environment in the hands of somebody else, whose calls are no deployment's,
// and who has a copy of the stack and of its state.
func (l *life) copied(t *testing.T) *life {
	t.Helper()
	other := &life{harness: l.harness, cfg: l.cfg, dir: t.TempDir(), proxy: l.aws.NewProxy()}
	t.Cleanup(other.proxy.Close)
	dir := other.stackDir()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for _, file := range []string{"cdk.tf.json", ".terraform.lock.hcl", filepath.Join("..", "..", "..", "terraform."+l.cfg.StackName()+".tfstate")} {
		write(t, filepath.Join(dir, file), readFile(t, filepath.Join(l.stackDir(), file)))
	}
	other.terraform(t, dir, "init", "-input=false")
	return other
}

// draw writes a stack in which chance changed resources, each in one place, so that all of
// them are updated in place. What the provider refuses, or would replace, is left as it was.
func (l *life) draw(t *testing.T, dice *rand.Rand, original []byte) {
	t.Helper()
	dir := l.stackDir()
	mutated := mutations(t, dice, original)
	addresses := slices.Sorted(maps.Keys(mutated))
	dice.Shuffle(len(addresses), func(i, j int) { addresses[i], addresses[j] = addresses[j], addresses[i] })
	addresses = addresses[:min(2*drawn, len(addresses))]
	for {
		writeStack(t, dir, original, mutated, addresses)
		updated, refused := l.tryPlan(t)
		kept := slices.DeleteFunc(slices.Clone(addresses), func(address string) bool {
			return refused[address] || len(refused) == 0 && !updated[address]
		})
		if len(refused) == 0 {
			addresses = kept[:min(drawn, len(kept))]
			break
		}
		require.Less(t, len(kept), len(addresses), "a plan failed without an address: %v", refused)
		addresses = kept
	}
	writeStack(t, dir, original, mutated, addresses)
}

// tryPlan plans the stack, and returns what is updated in place, or, if the plan fails,
// whose fault that is.
func (l *life) tryPlan(t *testing.T) (updated, refused map[string]bool) {
	t.Helper()
	output, _ := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-json", "-refresh=false", "-lock=false")
	updated, refused = map[string]bool{}, map[string]bool{}
	for line := range bytes.Lines(output) {
		var message struct {
			Diagnostic struct{ Severity, Address string }
			Type       string
			Change     struct {
				Resource struct{ Addr string }
				Action   string
			}
		}
		require.NoError(t, json.Unmarshal(line, &message), "%s", line)
		if message.Diagnostic.Severity == "error" {
			refused[message.Diagnostic.Address] = true
		}
		if message.Type == "planned_change" && message.Change.Action == "update" {
			updated[message.Change.Resource.Addr] = true
		}
	}
	return updated, refused
}

// stack is a cdk.tf.json whose resources change.
type stack map[string]any

func parseStack(t *testing.T, text []byte) (s stack) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &s))
	return s
}

// blocks are the resources of one type by name.
func (s stack) blocks(kind string) map[string]any {
	resources, _ := s["resource"].(map[string]any)
	blocks, _ := resources[kind].(map[string]any)
	return blocks
}

// writeStack writes the stack with the blocks of the addresses in the place of their own.
func writeStack(t *testing.T, dir string, original []byte, mutated map[string]any, addresses []string) {
	t.Helper()
	s := parseStack(t, original)
	for _, address := range addresses {
		kind, name, _ := strings.Cut(address, ".")
		s.blocks(kind)[name] = mutated[address]
	}
	encoded, err := json.Marshal(s)
	require.NoError(t, err)
	write(t, filepath.Join(dir, "cdk.tf.json"), encoded)
}

// terraformsOwn are arguments of every resource that say what Terraform does.
var terraformsOwn = []string{"//", "depends_on", "lifecycle", "provisioner", "timeouts"}

// mutations are the blocks of all resources that have something to change, each changed in
// one place that chance decides.
func mutations(t *testing.T, dice *rand.Rand, original []byte) map[string]any {
	t.Helper()
	s, all := parseStack(t, original), map[string]any{}
	kinds, _ := s["resource"].(map[string]any)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, name := range slices.Sorted(maps.Keys(s.blocks(kind))) {
			block, _ := s.blocks(kind)[name].(map[string]any)
			var changes []func()
			for _, attribute := range slices.Sorted(maps.Keys(block)) {
				if !slices.Contains(terraformsOwn, attribute) {
					changes = append(changes, changesOf(attribute, block[attribute], func(value any) { block[attribute] = value })...)
				}
			}
			if len(changes) > 0 {
				changes[dice.IntN(len(changes))]()
				all[kind+"."+name] = block
			}
		}
	}
	return all
}

// changesOf are the ways to change a value that stands under a name: the other truth, the
// next number, a longer text where any will do, a list without its last member, or any of
// these inside of it.
func changesOf(name string, value any, set func(any)) (changes []func()) {
	switch value := value.(type) {
	case bool:
		changes = append(changes, func() { set(!value) })
	case float64:
		changes = append(changes, func() { set(value + 1) })
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			inner := key
			if name == "tags" {
				inner = "description" // Any text will do, too.
			}
			changes = append(changes, changesOf(inner, value[key], func(changed any) { value[key] = changed })...)
		}
	case []any:
		if len(value) > 1 {
			changes = append(changes, func() { set(value[:len(value)-1]) })
		}
		for i := range value {
			changes = append(changes, changesOf(name, value[i], func(changed any) { value[i] = changed })...)
		}
	case string:
		var document map[string]any
		if json.Unmarshal([]byte(value), &document) == nil {
			for _, change := range changesOf("", document, nil) {
				changes = append(changes, func() {
					change()
					encoded, _ := json.Marshal(document) // It was decoded a moment ago.
					set(string(encoded))
				})
			}
		}
		if strings.HasSuffix(name, "description") && !strings.Contains(value, "${") {
			changes = append(changes, func() { set(value + " by chance") })
		}
	}
	return changes
}

// TestMutations draws often enough to see every way to change a block, one at a time.
func TestMutations(t *testing.T) {
	const original = `{"resource": {"aws_lb": {"alb": {"internal": true, "name": "alb", "tags": {"Name": "alb"}, "depends_on": ["a", "b"],
		"policy": "{\"Action\":[\"a\",\"b\"]}", "rule": [{"priority": 1}]}}, "aws_eip": {"ip": {"domain": "vpc"}}}}`
	seen := map[string]bool{}
	for n := range uint64(100) {
		mutated := mutations(t, rand.New(rand.NewPCG(n, 0)), []byte(original)) //nolint:gosec // Chance that can be repeated is wanted.
		encoded, err := json.Marshal(mutated)
		require.NoError(t, err)
		seen[string(encoded)] = true
	}
	block := func(internal, tag, policy, priority string) string {
		return fmt.Sprintf(`{"aws_lb.alb":{"depends_on":["a","b"],"internal":%s,"name":"alb","policy":%q,"rule":[{"priority":%s}],"tags":{"Name":%q}}}`, internal, policy, priority, tag)
	}
	const both = `{"Action":["a","b"]}`
	assert.ElementsMatch(t, []string{
		block("false", "alb", both, "1"), block("true", "alb by chance", both, "1"), block("true", "alb", `{"Action":["a"]}`, "1"), block("true", "alb", both, "2"),
	}, slices.Collect(maps.Keys(seen)))
}
