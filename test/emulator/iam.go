package emulator

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// policyLength is the length of documents as IAM measures it, without white space.
func policyLength(documents ...string) int {
	return utf8.RuneCountInString(strings.Join(strings.Fields(strings.Join(documents, " ")), ""))
}

// otherPolicies are the inline policies of the role, but for the one of that name. A role
// that is not there has none; the emulator is the one to complain about it.
func (m *memory) otherPolicies(role, except string) []string {
	client := iam.NewFromConfig(m.account)
	names, err := client.ListRolePolicies(background, &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil {
		return nil
	}
	var documents []string
	for _, name := range names.PolicyNames {
		policy, err := client.GetRolePolicy(background, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
		if err != nil || name == except {
			continue
		}
		if document, err := url.PathUnescape(aws.ToString(policy.PolicyDocument)); err == nil {
			documents = append(documents, document)
		}
	}
	return documents
}
