package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"flask-api/config"
)

// renamed refuses an environment of which the folder has a state by another name, and none
// by its own: Terraform would make everything anew. Other backends' states are found by the
// stack's name alone.
func renamed(env config.Config, folder string) error {
	state := func(stack string) string { return filepath.Join(folder, config.StateFile(stack)) }
	if _, err := os.Stat(state(env.StackName())); err == nil || env.State.Backend != config.BackendLocal || os.Getenv("TF_WORKSPACE") != "" {
		return nil
	}
	others, err := filepath.Glob(state("*-" + env.Suffix))
	for _, other := range others {
		if config.RememberedSuffix(remembered(other)) == env.Suffix {
			return fmt.Errorf("%s is the state of %s by another name than %q, by which everything would be made anew beside it; take Name in the configuration back, or destroy that first (docs/state.md)",
				filepath.Base(other), env.Suffix, env.Name)
		}
	}
	return err
}

// remembered is what terraform_data.identity of a state says: constructs/identity.go.
func remembered(path string) string {
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct {
				Attributes struct {
					Input struct{ Value struct{ Suffix string } }
				}
			}
		}
	}
	text, err := os.ReadFile(path) //nolint:gosec // A state in the folder that make runs in.
	if err != nil {
		return ""
	}
	_ = json.Unmarshal(text, &state) // It decodes all that it can: other inputs have other types.
	for _, r := range state.Resources {
		if r.Type == "terraform_data" && r.Name == "identity" && len(r.Instances) > 0 {
			return r.Instances[0].Attributes.Input.Value.Suffix
		}
	}
	return ""
}
