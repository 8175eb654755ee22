package emulator

import "bytes"

// ecsRules are what ECS does.
var ecsRules = []Rule{
	{
		Name:   "capabilities-both-lists",
		Says:   "`linuxParameters.capabilities` is stored with an empty list of what is added when only `drop` was sent",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/11526",
		calls:  []string{"ecs:RegisterTaskDefinition"},
		step: repair{request: func(_ *memory, c *Call) []byte {
			return bytes.ReplaceAll(c.Body, []byte(`"capabilities":{"drop"`), []byte(`"capabilities":{"add":[],"drop"`))
		}},
	},
}
