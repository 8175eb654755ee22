package review

import (
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"flask-api/internal/synthesis"
)

// What stands in a report for what Terraform does not know yet, or does not show.
const (
	unknown   = "(known after apply)"
	sensitive = "(sensitive)"
)

// Plan reads what `terraform show -json` says of a plan.
func Plan(name string, text []byte) (Environment, error) {
	var plan tfjson.Plan
	if err := plan.UnmarshalJSON(text); err != nil {
		return Environment{}, fmt.Errorf("%s: the plan's JSON: %w", name, err)
	}
	out := Environment{Name: name, before: map[string]attributes{}, now: map[string]attributes{}}
	for _, resource := range plan.ResourceChanges {
		if change, changes := planned(resource); changes {
			out.Changes = append(out.Changes, change)
		}
	}
	for name, output := range plan.OutputChanges {
		if !output.Actions.NoOp() {
			out.Changes = append(out.Changes, newPlanned("output."+name, *output))
		}
	}
	sortChanges(out.Changes)
	for _, resource := range plan.ResourceDrift {
		if resource.Mode == tfjson.ManagedResourceMode && resource.Change.Actions.Delete() {
			out.Gone = append(out.Gone, resource.Address)
		}
	}
	before := slices.Clone(out.Gone)
	for _, resource := range plan.ResourceChanges {
		if resource.Mode != tfjson.ManagedResourceMode {
			continue
		}
		if resource.Change.Before != nil {
			before = append(before, resource.Address)
			out.before[resource.Address] = shown(resource.Change.Before, nil, resource.Change.BeforeSensitive)
		}
		if resource.Change.After != nil {
			out.now[resource.Address] = shown(resource.Change.After, resource.Change.AfterUnknown, resource.Change.AfterSensitive)
		}
	}
	out.had, out.Added = kinds(before), len(before) == 0
	return out, nil
}

func planned(resource *tfjson.ResourceChange) (Change, bool) {
	actions, taken := resource.Change.Actions, ""
	if importing := resource.Change.Importing; importing != nil {
		taken = takenID(importing.ID, importing.Identity)
	}
	switch {
	case resource.Mode != tfjson.ManagedResourceMode:
		return Change{}, false
	case actions.NoOp() && resource.PreviousAddress != "":
		return Change{Address: resource.Address, From: resource.PreviousAddress, Action: Move}, true
	case actions.NoOp() && taken != "":
		return Change{Address: resource.Address, Action: Import, Taken: taken}, true
	case actions.NoOp():
		return Change{}, false
	case actions.Forget():
		return Change{Address: resource.Address, Action: Forget}, true
	}
	change := newPlanned(resource.Address, *resource.Change)
	change.Taken = taken
	return change, true
}

func newPlanned(address string, change tfjson.Change) Change {
	before := shown(change.Before, nil, change.BeforeSensitive)
	after := shown(change.After, change.AfterUnknown, change.AfterSensitive)
	c := Change{Address: address, Action: Update, before: before, after: after}
	switch actions := change.Actions; {
	case actions.Replace():
		c.Action = Replace
	case actions.Create():
		c.Action = Create
	case actions.Delete():
		c.Action = Delete
	}
	for _, path := range change.ReplacePaths {
		attribute := fmt.Sprint(path.([]any)[0])
		if !slices.Contains(c.Forcing, attribute) {
			c.Forcing = append(c.Forcing, attribute)
		}
	}
	slices.Sort(c.Forcing)
	for _, d := range differences(before, after) {
		attribute, _, _ := strings.Cut(d.Path, ".")
		// What AWS assigns anew follows from the rest, and says nothing by itself.
		if (d.To == unknown || c.Action == Replace && d.To == nil) && !slices.Contains(c.Forcing, attribute) {
			continue
		}
		c.Differences = append(c.Differences, d)
	}
	return c
}

// shown are the attributes as a person may see them.
func shown(value, unknowns, secrets any) attributes {
	out, _ := byIdentity(synthesis.Unfold(mask(mask(value, unknowns, unknown), secrets, sensitive))).(map[string]any)
	if out == nil && value != nil {
		return attributes{"": mask(mask(value, unknowns, unknown), secrets, sensitive)} // The value of an output.
	}
	return out
}

// mask puts the text where the marks, which are formed like the value, say true.
func mask(value, marks any, text string) any {
	switch marks := marks.(type) {
	case bool:
		if marks {
			return text
		}
	case map[string]any:
		object, isMap := value.(map[string]any)
		if !isMap && value != nil || len(marks) == 0 {
			return value
		}
		out := make(map[string]any, len(object))
		for key := range object {
			out[key] = object[key]
		}
		for key, mark := range marks {
			if masked := mask(object[key], mark, text); masked != nil {
				out[key] = masked
			}
		}
		if value == nil && len(out) == 0 {
			return nil
		}
		return out
	case []any:
		list, isList := value.([]any)
		if !isList {
			return value
		}
		out := slices.Clone(list)
		for i := range min(len(out), len(marks)) {
			out[i] = mask(out[i], marks[i], text)
		}
		return out
	}
	return value
}
