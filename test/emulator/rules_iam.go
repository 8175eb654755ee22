package emulator

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

const iamQuotas = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"

// iamRules are what IAM does.
var iamRules = []Rule{
	{
		Name:   "trust-policy-size",
		Says:   "a trust policy has no more than 2,048 characters, white space aside",
		Source: iamQuotas,
		calls:  []string{"iam:CreateRole", "iam:UpdateAssumeRolePolicy"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			return tooLong(c, "ACLSizePerRole", 2048, c.Form.Get("AssumeRolePolicyDocument"), c.Form.Get("PolicyDocument"))
		}},
	},
	{
		Name:   "role-policies-size",
		Says:   "the inline policies of a role have no more than 10,240 characters together, white space aside",
		Source: iamQuotas,
		calls:  []string{"iam:PutRolePolicy"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			policies := append(m.otherPolicies(c.Form.Get("RoleName"), c.Form.Get("PolicyName")), c.Form.Get("PolicyDocument"))
			return tooLong(c, "role "+c.Form.Get("RoleName"), 10240, policies...)
		}},
	},
	{
		Name:   "boundary-exists",
		Says:   "the permissions boundary of a role is a managed policy that exists",
		Source: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html",
		calls:  []string{"iam:CreateRole", "iam:PutRolePermissionsBoundary"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			boundary := c.Form.Get("PermissionsBoundary")
			if boundary == "" {
				return nil
			}
			if _, err := iam.NewFromConfig(m.account).GetPolicy(background, &iam.GetPolicyInput{PolicyArn: &boundary}); err == nil {
				return nil
			}
			return newFault(c, http.StatusNotFound, "NoSuchEntity", "Scope ARN: "+boundary+" does not exist or is not attachable.")
		}},
	},
	{
		Name:   "managed-policy-size",
		Says:   "a managed policy has no more than 6,144 characters, white space aside",
		Source: iamQuotas,
		calls:  []string{"iam:CreatePolicy", "iam:CreatePolicyVersion"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			return tooLong(c, "PolicySize", 6144, c.Form.Get("PolicyDocument"))
		}},
	},
}

// tooLong refuses documents that together have more characters than the limit.
func tooLong(c *Call, what string, limit int, documents ...string) *fault {
	if length := policyLength(documents...); length > limit {
		return refusal(c, "LimitExceeded", fmt.Sprintf("Cannot exceed quota for %s: %d; has %d", what, limit, length))
	}
	return nil
}
