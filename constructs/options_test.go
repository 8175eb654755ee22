package constructs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/golden"
	"flask-api/test/options"
	"flask-api/test/stacktest"
)

// reviewedOptions lists what each way of the catalogue changes in the JSON of the
// environment that it is for: "+" and "-" are what is added and removed, "~" names the
// attributes that differ.
const reviewedOptions = "testdata/options.txt"

// option is a way of the catalogue.
type option struct {
	options.Way
	title  string
	fields []string
	// changes are those of the way and of those that it needs, as last reviewed, and names
	// are the titles of all of these.
	changes, names []string
	// left is the field that is not set although the way is for it, if any.
	left string
}

// choose takes the option.
func (o option) choose(c *config.Config) {
	o.Apply(c)
	if o.left != "" {
		options.Leave(c, o.left, o.Base(c.Suffix))
	}
}

// alone are the ways that also change what others add, such as the key of a log group, or that
// others change, such as the tasks of a worker, and those that need them.
var alone = []string{"half made on purpose", "a customer-managed key", "three zones", "a worker", "workers that are always there", "a service", "services that use everything"}

// apart are pairs of ways of which one changes what the other adds.
var apart = [][2]string{
	{"a release command", "images of a pipeline"},
	{"IAM authentication", "images of a pipeline"},
	{"interface endpoints", "a queue"},
	{"protected", "a bucket"},
	{"scaling by memory and requests", "Scaling.CPUTargetPercent, Scaling.ScaleInCooldownSeconds, Scaling.ScaleOutCooldownSeconds"},
}

// alarming are the ways that turn alarms on, and alarmed those that decide which there are.
var (
	alarming = []string{"alarms", "alarms that tell nobody"}
	alarmed  = []string{"serverless instances", "instances that pause", "Database.InstanceClass", "no reader", "a queue", "a cache", "jobs"}
)

// isOf tells whether the option, or what it needs, is one of the ways.
func (o option) isOf(ways []string) bool {
	return slices.ContainsFunc(o.names, func(name string) bool { return slices.Contains(ways, name) })
}

// reviewed are the ways of the catalogue, with what each changes according to the
// golden file.
func reviewed(t *testing.T) []option {
	t.Helper()
	text, err := os.ReadFile(reviewedOptions)
	require.NoError(t, err, "run: make golden")
	changes := map[string][]string{}
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		title, lines, _ := strings.Cut(block, "\n")
		changes[title] = strings.Split(lines, "\n")
	}
	var all []option
	for _, w := range options.Ways(options.Catalogue(options.Example())) {
		o := option{Way: w, title: w.Title(), fields: w.Fields()}
		require.NotEmpty(t, changes[o.title], "%s is new: run: make golden", o.title)
		for _, part := range append([]options.Way{w}, w.Needs...) {
			o.names = append(o.names, part.Title())
			o.changes = append(o.changes, changes[part.Title()]...)
		}
		all = append(all, o)
	}
	require.Len(t, changes, len(all), "%s has ways that the catalogue lacks: run: make golden", reviewedOptions)
	return all
}

// conflicts says whether both options change the same thing, so that one could hide
// what the other lacks.
func (o option) conflicts(other option) bool {
	for _, pair := range apart {
		for i := range pair {
			if slices.Contains(o.names, pair[i]) && slices.Contains(other.names, pair[1-i]) {
				return true
			}
		}
	}
	if o.isOf(alarming) && other.isOf(alarmed) || o.isOf(alarmed) && other.isOf(alarming) {
		return true
	}
	for _, mine := range o.changes {
		for _, their := range other.changes {
			address, attributes, changed := strings.Cut(mine[2:], ": ")
			otherAddress, otherAttributes, otherChanged := strings.Cut(their[2:], ": ")
			if address != otherAddress {
				continue
			}
			shared := func(name string) bool {
				return slices.ContainsFunc(strings.Split(otherAttributes, ", "), func(other string) bool {
					return within(name, other) || within(other, name)
				})
			}
			if !changed || !otherChanged || slices.ContainsFunc(strings.Split(attributes, ", "), shared) {
				return true
			}
		}
	}
	return false
}

// within says whether the path of an attribute is the other one or leads into it.
func within(path, other string) bool { return strings.HasPrefix(path+".", other+".") }

// chosen is an environment that makes the choices of the options.
func chosen(suffix string, group []option) config.Config {
	env := config.Defaults(suffix)
	for _, o := range group {
		o.choose(&env)
	}
	return env
}

// grouped puts each other option into two groups of options that can be chosen together, so
// that there are fewer environments to synthesise than options. No two options are
// together in both, nor an option with what the other one needs. What an option changes that it is not for can only be hidden by
// another one of its group that is for it, and so shows in its other group; what it
// lacks shows in either.
func grouped(catalogue []option) [][]option {
	const least = 9
	var groups [][]option
	for _, o := range catalogue {
		if o.isOf(alone) {
			groups = append(groups, []option{o})
		}
	}
	met := map[[2]string]bool{}
	for range 2 {
		round := make([][]option, least)
		for _, o := range catalogue {
			if o.isOf(alone) {
				continue
			}
			fits := func(group []option) bool {
				separate := func(other option) bool {
					return o.meets(other, met) || o.conflicts(other)
				}
				return !slices.ContainsFunc(group, separate) && chosen("valid", append(slices.Clone(group), o)).Validate() == nil
			}
			best := -1
			for at, group := range round {
				if fits(group) && (best < 0 || len(group) < len(round[best])) {
					best = at
				}
			}
			if best < 0 {
				best, round = len(round), append(round, nil)
			}
			round[best] = append(round[best], o)
		}
		for _, group := range round {
			for _, one := range group {
				for _, other := range group {
					for _, name := range other.names {
						met[[2]string{one.title, name}] = true
					}
				}
			}
		}
		groups = append(groups, round...)
	}
	return groups
}

// meets tells whether the options, or what one of them needs, were together before.
func (o option) meets(other option, met map[[2]string]bool) bool {
	before := func(one option, names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return met[[2]string{one.title, name}] })
	}
	return before(o, other.names) || before(other, o.names)
}

// TestGrouped wants each option in a group of its own, or in two with others each time.
func TestGrouped(t *testing.T) {
	company := map[string][]string{}
	groups := map[string]int{}
	catalogue := reviewed(t)
	for _, group := range grouped(catalogue) {
		for i, o := range group {
			groups[o.title]++
			for _, other := range slices.Concat(group[:i], group[i+1:]) {
				assert.NotContains(t, company[o.title], other.title, o.title)
				company[o.title] = append(company[o.title], other.title)
			}
		}
	}
	for _, o := range catalogue {
		assert.True(t, groups[o.title] == 2 || groups[o.title] == 1 && company[o.title] == nil, o.title)
	}
}

// TestGoldenOptions writes what each way changes, alone, into the golden file.
// [TestOptions] compares.
func TestGoldenOptions(t *testing.T) {
	if !golden.Updating() {
		t.Skip("TestOptions compares, in fewer environments")
	}
	ways := options.Ways(options.Catalogue(options.Example()))
	var envs []config.Config
	for i, w := range ways {
		after := w.Base(fmt.Sprintf("option-%02d", i))
		w.Set(&after)
		envs = append(envs, after)
		if w.Needs != nil {
			envs = append(envs, w.Base(fmt.Sprintf("base-%02d", i)))
		}
	}
	defaults := config.Defaults("defaults")
	parts := map[string]map[string]attributes{}
	texts := synthesise(append(envs, defaults)...)
	for _, env := range append(envs, defaults) {
		parts[env.Suffix] = partsOf(t, env, texts[env.Suffix])
	}
	var out strings.Builder
	for i, w := range ways {
		before := parts[defaults.Suffix]
		if w.Needs != nil {
			before = parts[fmt.Sprintf("base-%02d", i)]
		}
		lines := changes(before, parts[fmt.Sprintf("option-%02d", i)])
		assert.NotEmpty(t, lines, "%s changes nothing", w.Title())
		fmt.Fprintf(&out, "%s\n%s\n\n", w.Title(), strings.Join(lines, "\n"))
	}
	golden.Compare(t, reviewedOptions, strings.TrimSuffix(out.String(), "\n"))
}

// TestOptions synthesises the defaults with a few options each, and holds what comes of
// it against what was reviewed and against the fields that were set.
func TestOptions(t *testing.T) {
	catalogue := reviewed(t)
	groups := grouped(catalogue)
	observed := observe(t, slices.Concat(groups, incomplete(catalogue)))
	before := observed.parts[len(observed.parts)-1]
	// Each option changes what it is for, and nothing else.
	for i, group := range groups {
		require.NoError(t, observed.envs[i].Validate())
		var names, wanted []string
		for _, o := range group {
			names = append(names, o.title)
			wanted = append(wanted, o.changes...)
		}
		wanted = merged(wanted)
		got := changes(before, observed.parts[i])
		together := strings.Join(names, "; ")
		assert.Empty(t, without(wanted, got), "what is not changed by the options: %s", together)
		assert.Empty(t, without(got, wanted), "what no option is for, of: %s", together)
	}
	observed.accepted(t)
	assert.Empty(t, observed.unjudged(t), "a rule of internal/review should know what an option changes")
	differing := observed.differing()
	for _, path := range options.Fields() {
		if options.NoOption[path] == "" {
			assert.True(t, observed.follows(path, catalogue, groups, differing), "%s is set, and nothing in the JSON differs because of it", path)
		}
	}
}

// without are the lines that the others lack.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}

// merged are the changes of several options as [changes] lists them. What is added or
// removed has no attributes that differ.
func merged(lines []string) []string {
	attributes := map[string][]string{}
	for _, line := range lines {
		address, names, _ := strings.Cut(line, ": ")
		attributes[address] = append(attributes[address], strings.Split(names, ", ")...)
	}
	var out []string
	for address, names := range attributes {
		switch _, added := attributes["+"+address[1:]]; {
		case !strings.HasPrefix(address, "~"):
			out = append(out, address)
		case !added:
			slices.Sort(names)
			names = slices.Compact(names)
			widest := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
				return slices.ContainsFunc(names, func(other string) bool { return name != other && within(name, other) })
			})
			out = append(out, address+": "+strings.Join(widest, ", "))
		}
	}
	slices.Sort(out)
	return out
}

// TestProtection lists all that the one decision changes where every resource that it
// can protect exists.
func TestProtection(t *testing.T) {
	protected := load(t, stacktest.Guarded()).Config
	unprotected := protected
	unprotected.Suffix, unprotected.Protected = "removable", false
	before := partsOf(t, unprotected, synthesise(unprotected)[unprotected.Suffix])
	after := partsOf(t, protected, synthesised()[protected.Suffix])
	assert.Equal(t, []string{
		"+ aws_s3_bucket_versioning.bucket_uploads_versioning",
		"+ terraform_data.cache_final_snapshot",
		"+ terraform_data.database_final_snapshot",
		"~ aws_ecr_repository.registry_repository: force_delete, image_tag_mutability, lifecycle",
		"~ aws_ecr_repository.service_admin_registry_repository: force_delete, image_tag_mutability, lifecycle",
		"~ aws_ecr_repository.service_shop_ads_registry_repository: force_delete, image_tag_mutability, lifecycle",
		"~ aws_ecs_task_definition.release_task_definition: container_definitions.release.versionConsistency",
		"~ aws_ecs_task_definition.service_admin_task_definition: container_definitions.service-admin.versionConsistency, skip_destroy",
		"~ aws_ecs_task_definition.service_shop_ads_task_definition: container_definitions.service-shop-ads.versionConsistency, skip_destroy",
		"~ aws_ecs_task_definition.service_task_definition: container_definitions." + config.Defaults("").Name + ".versionConsistency, skip_destroy",
		"~ aws_ecs_task_definition.worker_mail_task_definition: container_definitions.worker-mail.versionConsistency, skip_destroy",
		"~ aws_eip.networking_nat_eip_1: lifecycle.prevent_destroy",
		"~ aws_eip.networking_nat_eip_2: lifecycle.prevent_destroy",
		"~ aws_eip.networking_nat_eip_3: lifecycle.prevent_destroy",
		"~ aws_elasticache_replication_group.cache_group: final_snapshot_identifier, lifecycle",
		"~ aws_kms_key.encryption_key: deletion_window_in_days, lifecycle, policy.Statement",
		"~ aws_lb.load_balancer_alb: enable_deletion_protection, lifecycle",
		"~ aws_rds_cluster.database_cluster: deletion_protection, final_snapshot_identifier, lifecycle.prevent_destroy, skip_final_snapshot",
		"~ aws_s3_bucket.access_logs_bucket: force_destroy, lifecycle",
		"~ aws_s3_bucket.bucket_uploads_bucket: force_destroy, lifecycle",
		"~ aws_s3_bucket_lifecycle_configuration.bucket_uploads_expiry: depends_on",
		"~ aws_s3_bucket_policy.bucket_uploads_policy: depends_on, policy.Statement",
		"~ aws_secretsmanager_secret.credentials_secret: lifecycle, recovery_window_in_days",
		"~ aws_secretsmanager_secret.roles_migrator_secret: lifecycle, recovery_window_in_days",
		"~ aws_sqs_queue.queue_mail_dead_letters: lifecycle, policy.Statement",
		"~ aws_sqs_queue.queue_mail_queue: lifecycle, policy.Statement",
		"~ aws_sqs_queue.queue_orders_dead_letters: lifecycle, policy.Statement",
		"~ aws_sqs_queue.queue_orders_queue: lifecycle, policy.Statement",
	}, changes(before, after))
}

// partsOf are the blocks of a stack by their addresses, under a suffix that all share.
func partsOf(t *testing.T, env config.Config, text []byte) map[string]attributes {
	t.Helper()
	s := stacktest.Decode(t, env, []byte(strings.ReplaceAll(string(text), env.Suffix, "option")))
	parts := map[string]attributes{"terraform": s.Terraform, "provider": s.Providers["aws"][0]}
	for prefix, blocks := range map[string]map[string]map[string]attributes{"": s.Resources, "data.": s.Data, "ephemeral.": s.Ephemeral} {
		for kind, named := range blocks {
			for name, block := range named {
				parts[prefix+kind+"."+name] = block
			}
		}
	}
	for name, block := range s.Outputs {
		parts["output."+name] = block
	}
	for address, block := range parts {
		parts[address] = keyed(block).(attributes)
	}
	return parts
}

// keyed turns lists whose elements have names into maps, so that a difference has a path
// that does not depend on what else is in the list. Of another list, the elements are
// the keys.
func keyed(value any) any {
	switch v := value.(type) {
	case attributes:
		out := attributes{}
		for key, inner := range v {
			out[key] = keyed(inner)
		}
		return out
	case []any:
		out := attributes{}
		for _, inner := range v {
			block, _ := inner.(attributes)
			if name, ok := block["name"].(string); ok {
				out[name] = keyed(block)
				continue
			}
			text, _ := json.Marshal(inner) //nolint:errchkjson // It was JSON.
			out["["+string(text)+"]"] = true
		}
		return out
	}
	return value
}

// changes lists how the parts differ, in the words of [reviewedOptions].
func changes(before, after map[string]attributes) []string {
	var lines []string
	for address := range after {
		if before[address] == nil {
			lines = append(lines, "+ "+address)
		}
	}
	for address, old := range before {
		if after[address] == nil {
			lines = append(lines, "- "+address)
		} else if differ := different(old, after[address]); differ != nil {
			lines = append(lines, "~ "+address+": "+strings.Join(differ, ", "))
		}
	}
	slices.Sort(lines)
	return lines
}

// different are the paths of the attributes that differ. An element of a list is not
// named, but the list.
func different(before, after attributes) []string {
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	var paths []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		old, inner := before[key].(attributes)
		other, otherInner := after[key].(attributes)
		switch {
		case assert.ObjectsAreEqual(before[key], after[key]):
		case inner && otherInner && !slices.ContainsFunc(slices.Collect(maps.Keys(old)), isElement):
			for _, path := range different(old, other) {
				paths = append(paths, key+"."+path)
			}
		default:
			paths = append(paths, key)
		}
	}
	return paths
}

// isElement says whether the key is an element of a list.
func isElement(key string) bool { return strings.HasPrefix(key, "[") }
