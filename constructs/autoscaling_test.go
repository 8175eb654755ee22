package constructs_test

import (
	"strings"

	"github.com/stretchr/testify/assert"
)

// autoscalingInvariants are about autoscaling.go.
var autoscalingInvariants = []invariant{
	{
		sentence: "what AWS forgets with a scalable target is made anew with it",
		violations: func(s stack) []string {
			var v violations
			for _, kind := range []string{"aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"} {
				s.Visit(kind, func(name string, a attributes) {
					target := strings.TrimSuffix(strings.TrimPrefix(a["resource_id"].(string), "${"), ".resource_id}")
					lifecycle, _ := a["lifecycle"].(attributes)
					v.unless(assert.ObjectsAreEqual([]any{target + ".id"}, lifecycle["replace_triggered_by"]), "%s.%s: lifecycle is %v", kind, name, lifecycle)
				})
			}
			return v
		},
		broken: set("aws_appautoscaling_policy", "lifecycle", nil),
	},
}
