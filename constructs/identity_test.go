package constructs_test

import (
	"fmt"
	"strings"
)

// identityInvariants are about identity.go.
var identityInvariants = []invariant{
	{
		sentence: "the state remembers where the environment is, and refuses a plan for any other place",
		violations: func(s stack) []string {
			var v violations
			memory := s.Resources["terraform_data"]["identity"]
			text := fmt.Sprint(memory["lifecycle"])
			input, _ := memory["input"].(attributes)
			suffix := s.Config.Suffix
			if s.Config.Name != "flask"+"-api" { // The name of those whose states remember none.
				suffix += " of " + s.Config.Name
			}
			v.unless(input["suffix"] == suffix && input["region"] == s.Config.Region, "it remembers %v", input)
			for _, part := range []string{
				"ignore_changes:[input]", "self.input.account == data.aws_caller_identity.caller.account_id",
				fmt.Sprintf("self.input.region == %q", s.Config.Region), fmt.Sprintf("self.input.suffix == %q", suffix),
				fmt.Sprintf("self.input.partition == %q", input["partition"]),
			} {
				v.unless(strings.Contains(text, part), "%q is not in %s", part, text)
			}
			return v
		},
		broken: func(s *stack) { delete(s.Resources["terraform_data"]["identity"], "lifecycle") },
	},
	{
		sentence: "an account that is named is the only one that the provider takes",
		violations: func(s stack) []string {
			var v violations
			allowed := strings.Contains(s.Text, `"allowed_account_ids"`)
			v.unless(allowed == (s.Config.Account != ""), "accounts are limited: %v, and the account is %q", allowed, s.Config.Account)
			return v
		},
		broken: func(s *stack) { s.Config.Account = "210987654321" },
	},
}
