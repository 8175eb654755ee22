package live

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"flask-api/config"
)

// containers are those of a definition.
func containers(definitions any) []map[string]any {
	if text, encoded := definitions.(string); encoded {
		_ = json.Unmarshal([]byte(text), &definitions)
	}
	return blocks(definitions)
}

// pushed is the tag of the image, if it is one of the environment's own repository.
func (e *Environment) pushed(image any) (tag string, ours bool) {
	text, _ := image.(string)
	registry, tag, ours := strings.Cut(text, "/"+prefix+"ecr-"+e.Suffix+":")
	return tag, ours && strings.HasPrefix(registry, e.Account+".dkr.ecr."+e.Region+".")
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
				for _, container := range containers(definition["container_definitions"]) {
					if tag, ours := r.env.pushed(container["image"]); ours {
						input = tag
					}
				}
			}
		}
		put(r.matched, "terraform_data", name, Attributes{"input": input})
	}
}

// pipelinesImage wants the image that runs where a pipeline decides on it, if it is one
// of the environment's repository: without the command of the placeholder then, which the
// pipeline leaves out.
func pipelinesImage(r *resolver, found, wanted Attributes) {
	all := containers(wanted["container_definitions"])
	if !slices.ContainsFunc(slices.Collect(maps.Values(r.stack.Resources["aws_ecs_service"])),
		func(service Attributes) bool { return !configured(service, "task_definition") }) {
		return
	}
	for _, runs := range containers(found["container_definitions"]) {
		i := slices.IndexFunc(all, func(c map[string]any) bool { return c["name"] == runs["name"] })
		if _, ours := r.env.pushed(runs["image"]); i < 0 || !ours {
			continue
		}
		if all[i]["image"] == config.PlaceholderImage {
			delete(all[i], "command")
		}
		all[i]["image"] = runs["image"]
	}
	wanted["container_definitions"] = values(all, func(c map[string]any) any { return c })
}
