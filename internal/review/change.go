package review

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"flask-api/internal/summary"
	"flask-api/internal/synthesis"
)

// Action is what Terraform does to a resource, in its own words.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
	// Move gives a resource another address and does nothing to it.
	Move Action = "move"
	// Forget leaves a resource as it is, and has Terraform manage it no longer.
	Forget Action = "forget"
	// Import takes over a resource that is there already, and does nothing else to it.
	Import Action = "import"
)

// actionOrder has all of them, in the order in which a report has them.
var actionOrder = []Action{Delete, Replace, Create, Update, Move, Import, Forget}

// Change is what happens to one resource, or to another block of the configuration.
type Change struct {
	// Address is such as `aws_lb.load_balancer`, and From what it was before a move.
	Address, From string
	Action        Action
	Differences   []Difference
	// Forcing are the attributes that cannot be changed in place, and With is the address of
	// the resource that is replaced, and takes this one along.
	Forcing []string
	With    string
	// Taken is the id of what is taken over into the address, if anything is.
	Taken string

	before, after attributes
}

// kind is the resource's type. Data sources have theirs with `data.` before it.
func (c Change) kind() string {
	address, _, _ := strings.Cut(c.Address, "[") // An index may have dots in it.
	return address[:max(strings.LastIndex(address, "."), 0)]
}

// Environment is one stack and what changes in it.
type Environment struct {
	Name    string
	Changes []Change
	// Added and Removed say that the whole stack is new, or is defined no longer.
	Added, Removed bool
	// Cost says how much more or less a month costs, if it is known to change.
	Cost string
	// Gone are the addresses of what the state has and AWS does not.
	Gone []string

	// like is the environment that a new one is compared with.
	like string
	// before and now are the resources and other blocks, by address.
	before, now map[string]attributes
	// had are the types that the stack had before, has those that it has now, and other those
	// of the environment that it is like.
	had, has, other map[string]bool
}

// stack is what a synthesis declares, by address, and what it moves, takes over and forgets.
type stack struct {
	blocks    map[string]attributes
	moved     map[string]string
	taken     map[string]string
	forgotten map[string]bool
}

// Syntheses compares two folders that CDKTF wrote, `cdktf.out` both.
func Syntheses(before, after string) ([]Environment, error) {
	old, err := readStacks(before)
	if err != nil {
		return nil, err
	}
	recent, err := readStacks(after)
	if err != nil {
		return nil, err
	}
	return Compare(old, recent)
}

func readStacks(dir string) (map[string][]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "stacks", "*", "cdk.tf.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no stacks; synthesise into it first", dir)
	}
	out := make(map[string][]byte, len(files))
	for _, file := range files {
		if out[filepath.Base(filepath.Dir(file))], err = os.ReadFile(file); err != nil { //nolint:gosec // The folder is the user's own.
			return nil, err
		}
	}
	return out, nil
}

// Compare compares the JSON of stacks, given by their names.
func Compare(before, after map[string][]byte) ([]Environment, error) {
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, known := before[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []Environment
	for _, name := range names {
		recent, err := readStack(name, after[name])
		if err != nil {
			return nil, err
		}
		text := before[name]
		for to, from := range recent.moved {
			// What refers to a resource that moves refers to the same one afterwards.
			text = regexp.MustCompile(`\b`+regexp.QuoteMeta(from)+`\b`).ReplaceAll(text, []byte(to))
		}
		old, err := readStack(name, text)
		if err != nil {
			return nil, err
		}
		cost, err := summary.Difference(before[name], after[name])
		if err != nil {
			return nil, err
		}
		out = append(out, Environment{
			Name:    name,
			Cost:    cost,
			Changes: compareStacks(old, recent),
			Added:   before[name] == nil,
			Removed: after[name] == nil,
			before:  old.blocks,
			now:     recent.blocks,
			had:     kinds(slices.Collect(maps.Keys(old.blocks))),
			has:     kinds(slices.Collect(maps.Keys(recent.blocks))),
		})
	}
	compareNewcomers(out)
	return out, nil
}

// kinds are the types of the resources at the addresses.
func kinds(addresses []string) map[string]bool {
	out := map[string]bool{}
	for _, address := range addresses {
		out[Change{Address: address}.kind()] = true
	}
	return out
}

func readStack(name string, text []byte) (stack, error) {
	out := stack{blocks: map[string]attributes{}, moved: map[string]string{}, taken: map[string]string{}, forgotten: map[string]bool{}}
	if text == nil {
		return out, nil
	}
	var sections map[string]any
	if err := json.Unmarshal(text, &sections); err != nil {
		return out, fmt.Errorf("%s: the synthesised JSON: %w", name, err)
	}
	for section, content := range byIdentity(synthesis.Unfold(sections)).(map[string]any) {
		switch section {
		case "//":
		case "moved":
			for _, move := range content.([]any) {
				out.moved[fmt.Sprint(synthesis.At(move, "to"))] = fmt.Sprint(synthesis.At(move, "from"))
			}
		case "import":
			for _, block := range entries(content) {
				to := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(block["to"]), "${"), "}")
				out.taken[to] = takenID(block["id"], block["identity"])
			}
		case "removed":
			for _, block := range content.([]any) {
				out.forgotten[fmt.Sprint(synthesis.At(block, "from"))] = synthesis.At(block, "lifecycle", "destroy") == false
			}
		case "resource", "data", "ephemeral":
			for kind, resources := range content.(map[string]any) {
				for name, resource := range resources.(map[string]any) {
					address := strings.TrimPrefix(section+"."+kind+"."+name, "resource.")
					out.blocks[address], _ = resource.(map[string]any)
				}
			}
		case "terraform":
			out.blocks[section], _ = content.(map[string]any)
		default:
			blocks, isMap := content.(map[string]any)
			if !isMap {
				out.blocks[section+".all"] = attributes{"": content}
			}
			for name, block := range blocks {
				out.blocks[section+"."+name] = attributes{"": block}
			}
		}
	}
	return out, nil
}

// takenID names what is taken over, by its id or by the attributes that tell it apart.
func takenID(id, identity any) string {
	if id == nil || id == "" {
		return text(identity)
	}
	return fmt.Sprint(id)
}

// takeOver says of the changes which of them are of what is there already.
func takeOver(changes []Change, before, after stack) []Change {
	for address, id := range after.taken {
		if before.taken[address] == id {
			continue
		}
		at := slices.IndexFunc(changes, func(c Change) bool { return c.Address == address })
		if at < 0 {
			at, changes = len(changes), append(changes, Change{Address: address, Action: Import})
		}
		changes[at].Taken = id
	}
	return changes
}

func compareStacks(before, after stack) []Change {
	var out []Change
	for address, recent := range after.blocks {
		from := address
		if old, moved := after.moved[address]; moved && before.blocks[address] == nil && before.blocks[old] != nil {
			from = old
			out = append(out, Change{Address: address, From: old, Action: Move})
		}
		old := before.blocks[from]
		if found := differences(old, recent); len(found) > 0 || old == nil {
			out = append(out, newChange(address, old, recent, found))
		}
	}
	for address, old := range before.blocks {
		if after.blocks[address] == nil && after.forgotten[address] {
			out = append(out, Change{Address: address, Action: Forget})
		} else if after.blocks[address] == nil && !slices.Contains(slices.Collect(maps.Values(after.moved)), address) {
			out = append(out, newChange(address, old, nil, differences(old, nil)))
		}
	}
	for to, from := range after.moved {
		// Nothing that this program made, unlike what has moved within it.
		if change := (Change{Address: to, From: from, Action: Move}); change.strange() && before.moved[to] != from {
			out = append(out, change)
		}
	}
	out = takeOver(follow(out, before, after), before, after)
	sortChanges(out)
	return out
}

// strange says whether something else than a resource of the same type is moved.
func (c Change) strange() bool {
	return c.Action == Move && !strings.HasPrefix(c.From, c.kind()+".")
}

// newChange says what Terraform will do, as far as the JSON tells it.
func newChange(address string, before, after attributes, found []Difference) Change {
	c := Change{Address: address, Action: Update, Differences: found, before: before, after: after}
	switch {
	case before == nil:
		c.Action = Create
	case after == nil:
		c.Action = Delete
	}
	if c.Forcing = c.forcing(); c.Action == Update && len(c.Forcing) > 0 {
		c.Action = Replace
	}
	return c
}

func sortChanges(changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(actionOrder, a.Action), slices.Index(actionOrder, b.Action)), strings.Compare(a.Address, b.Address))
	})
}
