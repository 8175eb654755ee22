package constructs_test

import (
	"fmt"
	"strings"
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
}
