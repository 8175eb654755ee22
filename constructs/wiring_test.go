package constructs_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/review"
	"flask-api/test/corpus"
	"flask-api/test/options"
	"flask-api/test/stacktest"
)

// observation is environments that set different fields, the last of which sets none, and
// what was synthesised of each.
type observation struct {
	envs   []config.Config
	parts  []map[string]attributes
	stacks []corpus.Stack
	texts  []string
}

// observe synthesises an environment for each group of options, and that of the defaults.
func observe(t *testing.T, groups [][]option) observation {
	t.Helper()
	var o observation
	for i, group := range groups {
		o.envs = append(o.envs, chosen(fmt.Sprintf("option-%02d", i), group))
	}
	texts := synthesise(o.envs...)
	defaults := stacktest.Default()
	texts[defaults.Suffix] = synthesised()[defaults.Suffix]
	o.envs = append(o.envs, defaults)
	for _, env := range o.envs {
		o.parts = append(o.parts, partsOf(t, env, texts[env.Suffix]))
		o.stacks = append(o.stacks, stackOf(t, env, texts[env.Suffix]))
		o.texts = append(o.texts, strings.ReplaceAll(string(texts[env.Suffix]), env.Suffix, "option"))
	}
	return o
}

// unjudged is what the report for reviewers has no class for when the options are turned
// on, and off again.
func (o observation) unjudged(t *testing.T) []review.Risk {
	t.Helper()
	var out []review.Risk
	changed := 0
	defaults := o.texts[len(o.texts)-1]
	for _, text := range o.texts {
		for _, sides := range [][2]string{{defaults, text}, {text, defaults}} {
			environments, err := review.Compare(map[string][]byte{"option": []byte(sides[0])}, map[string][]byte{"option": []byte(sides[1])})
			require.NoError(t, err)
			changed += len(environments[0].Changes)
			out = append(out, slices.DeleteFunc(environments[0].Risks(), func(r review.Risk) bool { return r.Level != review.Unjudged })...)
		}
	}
	t.Logf("%d changes of options turned on and off, of which %d are not judged", changed, len(out))
	return out
}

// differing are the attributes that differ between the environments, each as its values
// by the index of the environment; nil is absent.
func (o observation) differing() [][]any {
	seen := map[string][]any{}
	for i, blocks := range o.parts {
		for address, block := range blocks {
			visitLeaves(address, block, func(path string, value any) {
				if seen[path] == nil {
					seen[path] = make([]any, len(o.envs))
				}
				seen[path][i] = value
			})
		}
	}
	var differing [][]any
	for _, values := range seen {
		if slices.ContainsFunc(values, func(value any) bool { return value != values[0] }) {
			differing = append(differing, values)
		}
	}
	return differing
}

// visitLeaves calls visit for each value in the block.
func visitLeaves(path string, value any, visit func(path string, value any)) {
	visit(path, fmt.Sprintf("%T", value))
	if block, ok := value.(attributes); ok {
		for key, inner := range block {
			visitLeaves(path+"."+key, inner, visit)
		}
		return
	}
	visit(path, value)
}

// follows says whether the JSON differs because of that field alone: whether an
// attribute has one value in the groups with the field's option that it has in no
// environment without the field, among them one with the same option and only that
// field left. An option is in two groups that it shares with no other one, so that
// nothing else can be the reason.
func (o observation) follows(path string, catalogue []option, groups [][]option, differing [][]any) bool {
	with, without := o.sides(path, catalogue, groups)
	return len(with) > 0 && slices.ContainsFunc(differing, func(values []any) bool {
		return !slices.ContainsFunc(with, func(i int) bool {
			return values[i] != values[with[0]] || slices.ContainsFunc(without, func(j int) bool { return values[i] == values[j] })
		})
	})
}

// sides are the environments with the field's option, and those without the field, by their
// index.
func (o observation) sides(path string, catalogue []option, groups [][]option) (with, without []int) {
	way := optionOf(path, catalogue)
	base := way.Base("base") // What the option needs may set the field, too.
	for i, group := range groups {
		if slices.ContainsFunc(group, way.is) {
			with = append(with, i)
		}
	}
	for i, env := range o.envs {
		if options.Same(env, o.envs[len(o.envs)-1], path) || options.Same(env, base, path) {
			without = append(without, i)
		}
	}
	return with, without
}

// is says whether both are the same option.
func (o option) is(other option) bool { return o.title == other.title }

// optionOf is the option that sets the field, with the fewest others.
func optionOf(path string, catalogue []option) option {
	var fewest option
	for _, o := range catalogue {
		if slices.Contains(o.fields, path) && (fewest.fields == nil || len(o.fields) < len(fewest.fields)) {
			fewest = o
		}
	}
	return fewest
}

// incomplete are groups of options of several fields, each with one field left, so that
// what differs between the option and this is the field's.
func incomplete(catalogue []option) [][]option {
	var groups [][]option
	for _, path := range options.Fields() {
		left := optionOf(path, catalogue)
		if len(left.fields) < 2 {
			continue
		}
		left.left = path
		if at := slices.IndexFunc(groups, left.fits); at >= 0 {
			groups[at] = append(groups[at], left)
		} else {
			groups = append(groups, []option{left})
		}
	}
	return groups
}

// fits says whether the option with a field left can stand with others of the kind, none
// of which sets what another one leaves, or changes what another one adds.
func (o option) fits(group []option) bool {
	all := append(slices.Clone(group), o)
	if slices.ContainsFunc(all, func(o option) bool { return o.isOf(alone) }) {
		return false
	}
	valid, env := config.Defaults("valid"), chosen("valid", all)
	for _, member := range all {
		member.Apply(&valid)
	}
	return !slices.ContainsFunc(group, o.conflicts) && valid.Validate() == nil &&
		!slices.ContainsFunc(all, func(o option) bool { return !options.Same(env, config.Defaults("valid"), o.left) })
}

// required are the fields of a worker, a service and a job without which there is none: what is
// made of the others would differ all the same. The rules for them hold these.
var required = []string{"Workers.Name", "Services.Name", "Jobs.Name", "Jobs.Command", "Jobs.Schedule"}

// TestUnwired synthesises the environments of the options once for each field that no
// option sets alone, as if the field had no effect: [TestOptions] would name it.
func TestUnwired(t *testing.T) {
	if testing.Short() {
		t.Skip("synthesises hundreds of environments; not with -short")
	}
	catalogue := reviewed(t)
	groups := grouped(catalogue)
	all := slices.Concat(groups, incomplete(catalogue))
	wired := observe(t, all)
	for _, path := range options.Fields() {
		if len(optionOf(path, catalogue).fields) < 2 || slices.Contains(required, path) {
			continue
		}
		unwired := observation{envs: wired.envs, parts: slices.Clone(wired.parts)}
		with, without := wired.sides(path, catalogue, groups)
		for i, text := range withoutField(path, wired.envs, slices.Concat(with, without)) {
			unwired.parts[i] = partsOf(t, wired.envs[i], text)
		}
		assert.False(t, unwired.follows(path, catalogue, groups, unwired.differing()), "no test would notice that %s has no effect", path)
	}
}

// nameApart names the workers, jobs and services that have lost their names, by which their addresses
// would be the same.
func nameApart(env *config.Config) {
	for i := range env.Workers {
		env.Workers[i].Name = cmp.Or(env.Workers[i].Name, fmt.Sprint("unnamed", i))
	}
	for i := range env.Jobs {
		env.Jobs[i].Name = cmp.Or(env.Jobs[i].Name, fmt.Sprint("unnamed", i))
	}
	for i := range env.Services {
		env.Services[i].Name = cmp.Or(env.Services[i].Name, fmt.Sprint("unnamed", i))
	}
}

// withoutField synthesises those of the environments, by their index, that set the field, as
// if they did not.
func withoutField(path string, envs []config.Config, which []int) map[int][]byte {
	defaults := envs[len(envs)-1]
	at := map[string]int{}
	var left []config.Config
	for _, i := range which {
		env := envs[i]
		if options.Same(env, defaults, path) {
			continue
		}
		options.Leave(&env, path, defaults)
		nameApart(&env)
		// Subnets of one kind need a partner of the other.
		if len(env.Network.PublicSubnetCIDRs) == len(env.Network.PrivateSubnetCIDRs) {
			at[env.Suffix] = i
			left = append(left, env)
		}
	}
	texts := map[int][]byte{}
	for suffix, text := range synthesise(left...) {
		texts[at[suffix]] = text
	}
	return texts
}
