package constructs_test

import (
	"fmt"
	"strings"

	"flask-api/config"
)

// registryInvariants are about registry.go.
var registryInvariants = []invariant{
	{
		sentence: "the registry expires what is untagged",
		controls: "FSBP ECR.3",
		violations: func(s stack) []string {
			var v violations
			policy := fmt.Sprint(s.One("aws_ecr_lifecycle_policy")["policy"])
			v.unless(strings.Contains(policy, "type:expire") && strings.Contains(policy, "tagStatus:untagged"), "the policy is %s", policy)
			return v
		},
		broken: set("aws_ecr_lifecycle_policy", "policy", nil),
	},
	{
		sentence: "a deployment that names no tag keeps the one that was named last, and tags that may move are pinned to no digest",
		violations: func(s stack) []string {
			var v violations
			consistency := map[bool]any{true: nil, false: "disabled"}[s.Config.Protected]
			v.unless(s.Container()["versionConsistency"] == consistency, "tags are resolved: %v", s.Container()["versionConsistency"])
			if s.Config.Deployment.Images == config.ImagesExternal {
				return v
			}
			memory := s.Resources["terraform_data"]["registry_image_tag"]
			lifecycle, tag := fmt.Sprint(memory["lifecycle"]), s.Config.Registry.ImageTag
			if tag != "" {
				v.unless(memory["input"] == tag && memory["lifecycle"] == nil, "%s is not what is remembered: %v", tag, memory)
				return v
			}
			v.unless(strings.Contains(lifecycle, "ignore_changes:[input]"), "the placeholder takes the place of the last tag: %s", lifecycle)
			v.unless(strings.Contains(lifecycle, `${self.input != ""}`), "an environment that remembers nothing is reset: %s", lifecycle)
			return v
		},
		broken: func(s *stack) {
			s.Resources["terraform_data"]["registry_image_tag"]["lifecycle"] = nil
			s.Container()["versionConsistency"] = "x"
		},
	},
}
