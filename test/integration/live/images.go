package live

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/config"
)

// containers are those of a definition by name, with their variables by name.
func containers(definitions any) map[string]any {
	if text, encoded := definitions.(string); encoded {
		_ = json.Unmarshal([]byte(text), &definitions)
	}
	all := map[string]any{}
	for _, container := range blocks(definitions) {
		container = maps.Clone(container)
		if container["user"] == "0" {
			container["user"] = "root" // A zero says elsewhere that nothing is set.
		}
		for list, value := range map[string]string{"environment": "value", "secrets": "valueFrom"} {
			variables := map[string]any{}
			for _, variable := range blocks(container[list]) {
				variables[fmt.Sprint(variable["name"])] = variable[value]
			}
			container[list] = variables
		}
		all[fmt.Sprint(container["name"])] = container
	}
	return all
}

// pushed is the tag or the digest of the image, if it is one of the environment's own
// repository.
func (e *Environment) pushed(image any) (tag string, ours bool) {
	text, _ := image.(string)
	registry, reference, ours := strings.Cut(text, "/"+e.prefix()+"ecr-"+e.Suffix)
	tag = strings.TrimLeft(reference, ":@")
	return tag, ours && reference == config.ImageReference(tag) && strings.HasPrefix(registry, e.Account+".dkr.ecr."+e.Region+".")
}

// remember gives the values that Terraform keeps in its state to what refers to them. The
// tag of the image is that which runs, where no configuration names one: with a tag of the
// environment's repository, the program of the image, and else the placeholder.
func (r *resolver) remember() {
	for name, block := range r.stack.Resources["terraform_data"] {
		input := block["input"]
		if strings.HasSuffix(name, "_image_tag") && !configured(block, "input") {
			input = config.TagPlaceholder
			for _, definition := range r.free["aws_ecs_task_definition"] {
				for _, container := range blocks(definition["container_definitions"]) {
					if tag, ours := r.env.pushed(container["image"]); ours {
						input = tag
					}
				}
			}
		}
		put(r.matched, "terraform_data", name, Attributes{"input": input})
	}
}

// imageDecided compares containers by name. Where a pipeline decides on the image, it
// wants that which runs, if it is one of the environment's repository: without the command
// of the placeholder then, in whose place the pipeline puts that of a label, if there is one.
func imageDecided(r *resolver, found, wanted Attributes) {
	const definitions = "container_definitions"
	if wanted[definitions] == nil {
		return
	}
	runs, wants := containers(found[definitions]), containers(wanted[definitions])
	found[definitions], wanted[definitions] = runs, wants
	external := func(service Attributes) bool { return !configured(service, "task_definition") }
	if !slices.ContainsFunc(slices.Collect(maps.Values(r.stack.Resources["aws_ecs_service"])), external) {
		return
	}
	for name, container := range wants {
		want := container.(map[string]any)
		run, _ := runs[name].(map[string]any)
		if _, ours := r.env.pushed(run["image"]); ours {
			if want["image"] == config.PlaceholderImage && name != "release" { // That has a command of its own.
				delete(want, "command")
				labels, _ := want["dockerLabels"].(map[string]any)
				var command []any
				if label, _ := labels["command"].(string); json.Unmarshal([]byte(label), &command) == nil {
					want["command"] = command
				}
			}
			want["image"] = run["image"]
			// A rotation starts tasks of the definition that the pipeline made before it.
			want["environment"].(map[string]any)["DB_ROTATION"] = run["environment"].(map[string]any)["DB_ROTATION"]
		}
	}
}
