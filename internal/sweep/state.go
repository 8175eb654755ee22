package sweep

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// remaining is what a state still has.
type remaining struct {
	resources int
	// tags are those of a resource that has an Environment among them.
	tags map[string]string
	// strange says why the state may be of something else than a preview, whose name only
	// begins in the same way; empty where it is a preview's.
	strange string
}

// stateVersion is that of the states that Terraform and OpenTofu write, unless they encrypt
// them, which they then do wholly.
const stateVersion = 4

func (s *Sweeper) remains(ctx context.Context, stack string) (r remaining, err error) {
	text, err := s.store.read(ctx, stack)
	if err != nil {
		return r, fmt.Errorf("reading its state: %w", err)
	}
	var state struct {
		Version   int
		Outputs   map[string]any
		Resources []struct {
			Module, Mode, Type, Name string
			Instances                []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return r, fmt.Errorf("reading its state: %w", err)
	}
	if state.Version != stateVersion {
		r.strange = fmt.Sprintf("its state is not of version %d, or is encrypted", stateVersion)
	}
	declared := s.declared()
	addresses := slices.Sorted(maps.Keys(state.Outputs))
	for i := range addresses {
		addresses[i] = "output." + addresses[i]
	}
	tagged := false
	for _, resource := range state.Resources {
		address := strings.TrimPrefix(resource.Module+"."+resource.Type+"."+resource.Name, ".")
		if resource.Mode != "managed" {
			addresses = append(addresses, "data."+address)
			continue
		}
		addresses = append(addresses, address)
		for _, instance := range resource.Instances {
			r.resources++
			if tags := texts(instance.Attributes["tags_all"]); tags["Environment"] != "" {
				r.tags = tags
			} else if len(tags) > 0 {
				tagged = true
			}
		}
	}
	if r.tags != nil || r.strange != "" {
		return r, nil
	}
	// What has no tags can only be known by what it is.
	if tagged {
		r.strange = "its resources have other tags than those of a preview"
	}
	for _, address := range addresses {
		if !declared[address] {
			r.strange = cmp.Or(r.strange, fmt.Sprintf("it has %s, which nothing like %s has", address, s.like()))
		}
	}
	return r, nil
}

// texts are the values of a map of texts.
func texts(value any) map[string]string {
	all, _ := value.(map[string]any)
	out := map[string]string{}
	for key, value := range all {
		out[key], _ = value.(string)
	}
	return out
}

// declared are the addresses of what the template has.
func (s *Sweeper) declared() map[string]bool {
	var stack struct {
		Resource, Data map[string]map[string]any
		Output         map[string]any
	}
	_ = json.Unmarshal(s.text, &stack) // It was parsed before.
	out := map[string]bool{}
	for prefix, section := range map[string]map[string]map[string]any{"": stack.Resource, "data.": stack.Data, "output.": {"": stack.Output}} {
		for kind, blocks := range section {
			for name := range blocks {
				out[prefix+strings.TrimPrefix(kind+"."+name, ".")] = true
			}
		}
	}
	return out
}
