package review

import (
	_ "embed"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// attributesText is what the real provider does with each attribute that this program
// sets. A test writes it, from plans in which one attribute after the other changes.
//
//go:embed attributes.txt
var attributesText string

// kindAttributes are those of a type of resource.
type kindAttributes struct {
	// replaced are the paths that cannot be changed in place, and set are the names of all
	// that a plan of this program gives a value.
	replaced, set []string
}

// notSet are attributes that cannot be changed in place either, and that this program gives
// no value, so that no plan of its own asks about them. A deployment compares them.
var notSet = map[string][]string{
	"aws_elasticache_replication_group": {"data_tiering_enabled", "global_replication_group_id", "network_type", "snapshot_arns", "snapshot_name"},
	"aws_kms_key":                       {"multi_region"},
	"aws_rds_cluster":                   {"availability_zones"},
	"aws_rds_cluster_instance":          {"availability_zone", "db_subnet_group_name"},
	"terraform_data":                    {"triggers_replace"},
}

// provided are the attributes of each type that this program makes.
var provided = parseAttributes(attributesText)

func parseAttributes(text string) map[string]kindAttributes {
	out := map[string]kindAttributes{}
	kind := ""
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch of := out[kind]; fields[0] {
		case "replaced:":
			of.replaced = fields[1:]
			for _, path := range of.replaced {
				name, _, _ := strings.Cut(path, ".")
				of.set = append(of.set, name)
			}
			out[kind] = of
		case "set:":
			of.set = append(of.set, fields[1:]...)
			out[kind] = of
		default:
			kind = fields[0]
			out[kind] = kindAttributes{}
		}
	}
	return out
}

// ignored says whether Terraform leaves the attribute alone.
func (c Change) ignored(path string) bool {
	name := topOf(path)
	for _, side := range []attributes{c.before, c.after} {
		lifecycle, _ := side["lifecycle"].(map[string]any)
		if !slices.Contains(texts(lifecycle["ignore_changes"]), name) {
			return false
		}
	}
	return true
}

// topOf is the attribute that the path begins with.
func topOf(path string) string {
	if end := strings.IndexAny(path, ".["); end > 0 {
		return path[:end]
	}
	return path
}

// plain is the path without the names of entries, as `environment.value`.
func plain(path string) string {
	var out strings.Builder
	for path != "" {
		before, rest, found := strings.Cut(path, "[")
		out.WriteString(before)
		if !found {
			break
		}
		_, path, _ = strings.Cut(rest, "]")
	}
	return out.String()
}

// forcing are the attributes among the differences that the provider cannot change in
// place.
func (c Change) forcing() []string {
	var out []string
	for _, d := range c.Differences {
		for _, path := range slices.Concat(provided[c.kind()].replaced, notSet[c.kind()]) {
			at, name := plain(d.Path), topOf(path)
			if (at == path || strings.HasPrefix(at, path+".")) && !c.ignored(path) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// follow has what is replaced take along what refers to it: Terraform knows an attribute
// that AWS assigns only afterwards, and one that was written down before.
func follow(changes []Change, before, after stack) []Change {
	at := map[string]int{}
	var queue []string
	for i, c := range changes {
		at[c.Address] = i
		if c.Action == Replace {
			queue = append(queue, c.Address)
		}
	}
	for len(queue) > 0 {
		replaced := queue[0]
		queue = queue[1:]
		for _, address := range slices.Sorted(maps.Keys(after.blocks)) {
			block := after.blocks[address]
			i, changed := at[address]
			if before.blocks[address] == nil || strings.HasPrefix(address, "data.") || changed && changes[i].Action != Update {
				continue
			}
			because := refers(Change{Address: address, before: before.blocks[address], after: block}, replaced, before.blocks[replaced], after.blocks[replaced])
			if len(because) == 0 {
				continue
			}
			if !changed {
				i = len(changes)
				at[address] = i
				changes = append(changes, Change{Address: address, before: before.blocks[address], after: block})
			}
			changes[i].Action, changes[i].With = Replace, replaced
			changes[i].Forcing = append(changes[i].Forcing, because...)
			queue = append(queue, address)
		}
	}
	return changes
}

// refers are the attributes of the change that cannot be changed in place, and are others
// or not known until the other resource is replaced.
func refers(c Change, address string, old, recent attributes) []string {
	reference := regexp.MustCompile(`\$\{` + regexp.QuoteMeta(address) + `\.(\w+)`)
	unsettled := func(text string) bool {
		return slices.ContainsFunc(reference.FindAllStringSubmatch(text, -1), func(found []string) bool {
			value, configured := recent[found[1]]
			return !configured || !reflect.DeepEqual(value, old[found[1]])
		})
	}
	var out []string
	for _, path := range provided[c.kind()].replaced {
		name := topOf(path)
		if slices.ContainsFunc(texts(c.after[name]), unsettled) && !c.ignored(path) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	lifecycle, _ := c.after["lifecycle"].(map[string]any)
	for _, trigger := range texts(lifecycle["replace_triggered_by"]) {
		if trigger == address || strings.HasPrefix(trigger, address+".") {
			out = append(out, "lifecycle.replace_triggered_by")
		}
	}
	return out
}
