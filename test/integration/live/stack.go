package live

import (
	"encoding/json"
	"slices"
)

// Stack is what was synthesised for an environment. Its values are as they stand in the
// JSON, with Terraform's expressions in them.
type Stack struct {
	// Resources has the blocks by type and name.
	Resources map[string]map[string]Attributes `json:"resource"`
	Data      map[string]map[string]Attributes `json:"data"`
	Locals    Attributes                       `json:"locals"`
	// Removed are the addresses that Terraform forgets: what was there stays.
	Removed []struct {
		From string `json:"from"`
	} `json:"removed"`
	Provider struct {
		AWS []struct {
			DefaultTags []struct {
				Tags map[string]any `json:"tags"`
			} `json:"default_tags"`
		} `json:"aws"`
	} `json:"provider"`
}

// Parse reads a cdk.tf.json.
func Parse(text []byte) (Stack, error) {
	var s Stack
	return s, json.Unmarshal(text, &s)
}

// tags are those that the provider gives to everything, and the block's own.
func (s Stack) tags(block Attributes) map[string]any {
	all := map[string]any{}
	for _, provider := range s.Provider.AWS {
		for _, defaults := range provider.DefaultTags {
			for key, value := range defaults.Tags {
				all[key] = value
			}
		}
	}
	own, _ := block["tags"].(map[string]any)
	for key, value := range own {
		all[key] = value
	}
	return all
}

// forgot tells whether the object may be one that Terraform made once and forgot: it is of
// such a type, and has the tags still.
func (s Stack) forgot(kind string, object Attributes) bool {
	for _, removed := range s.Removed {
		if of, _ := parent(removed.From); of == kind {
			return slices.Contains(untagged, kind) || len(unlikeTags(object["tags"], s.tags(nil))) == 0
		}
	}
	return false
}

// terraformsOwn are the arguments of a block that tell Terraform how to work.
var terraformsOwn = []string{"//", "connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "timeouts"}

// configured tells whether the attribute is the resource's, and one that Terraform holds
// to what is configured.
func configured(block Attributes, attribute string) bool {
	lifecycle, _ := block["lifecycle"].(map[string]any)
	ignored, _ := lifecycle["ignore_changes"].([]any)
	return !slices.Contains(terraformsOwn, attribute) && !slices.Contains(ignored, any(attribute))
}
