package constructs_test

import (
	"fmt"
	"strings"
)

// registryInvariants are about registry.go.
var registryInvariants = []invariant{
	{
		sentence: "the registry scans what is pushed and expires what is untagged",
		controls: "CKV_AWS_163; FSBP ECR.1, ECR.3",
		violations: func(s stack) []string {
			var v violations
			scan, _ := s.One("aws_ecr_repository")["image_scanning_configuration"].(attributes)
			v.unless(scan["scan_on_push"] == true, "scan_on_push is %v", scan["scan_on_push"])
			policy := fmt.Sprint(s.One("aws_ecr_lifecycle_policy")["policy"])
			v.unless(strings.Contains(policy, "type:expire") && strings.Contains(policy, "tagStatus:untagged"), "the policy is %s", policy)
			return v
		},
		broken: set("aws_ecr_lifecycle_policy", "policy", nil),
	},
}
