package emulator

import "errors"

// everyRule are what every service does.
var everyRule = []Rule{
	{
		Name:   "request-model",
		Says:   "a request is refused that the API's model does not allow: unknown and missing members, patterns, lengths, ranges, enumerations",
		Source: "https://github.com/boto/botocore/tree/develop/botocore/data",
		calls:  []string{everyCall},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			var wrong *invalidError
			switch err := m.models.check(c); {
			case errors.As(err, &wrong):
				return refusal(c, wrong.code(c), wrong.Error())
			case err != nil:
				return refusal(c, "InternalFailure", err.Error())
			}
			return nil
		}},
	},
	{
		Name:   "authorised",
		Says:   "a role may do only what its policies allow, on the resources and under the conditions that they name, dependent actions among it",
		Source: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
		calls:  []string{everyCall},
		step:   repair{refuse: (*memory).authorise},
	},
}
