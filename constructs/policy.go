package constructs

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsiampolicydocument"
)

const (
	allow = "Allow"
	deny  = "Deny"
)

// Statement is a statement of an IAM policy:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type Statement struct {
	// Sid names the statement.
	Sid string
	// Effect is allow or deny. [Role.Grant] allows.
	Effect string
	// Principal is who the statement is about, such as that of [serviceOf], or "*" for everyone.
	// The policy of a role has none.
	Principal any `json:",omitempty"`
	// Action is one action, such as "sns:Publish", or a list of them.
	Action any
	// Resource is one ARN or a list of them, or "*" for what AWS does not limit. In the
	// policy of a key it is the key.
	Resource any
	// Condition narrows the statement; nil does not.
	Condition Condition `json:",omitempty"`
}

// Condition is values, or lists of them, by operators and keys.
type Condition map[string]map[string]any

// stringEquals requires the value, or one of a list of values, of a key.
func stringEquals(key string, value any) Condition {
	return Condition{"StringEquals": {key: value}}
}

// serviceOf is a service of AWS as a principal.
func serviceOf(env Env, service string) map[string]string {
	return map[string]string{"Service": env.Principal(service)}
}

// refusePlainHTTP denies the action to everyone who does not use TLS.
func refusePlainHTTP(action string, resource any) Statement {
	return Statement{
		Sid: "RefusePlainHTTP", Effect: deny, Principal: "*", Action: action, Resource: resource,
		Condition: Condition{"Bool": {"aws:SecureTransport": "false"}},
	}
}

// Policy is an IAM policy.
type Policy []Statement

// policyVersion is that of IAM's language for policies.
const policyVersion = "2012-10-17"

// text is the policy as AWS takes it.
func (p Policy) text() *string {
	return jsii.String(mustJSON(struct {
		Version   string
		Statement Policy
	}{policyVersion, p}))
}

// trust is a statement of one action about who may assume a role, as Terraform's data
// source for policies takes it. Its resource is the role that has the policy.
func (s Statement) trust() *dataawsiampolicydocument.DataAwsIamPolicyDocumentStatement {
	trusted := &dataawsiampolicydocument.DataAwsIamPolicyDocumentStatement{Actions: jsii.Strings(s.Action.(string))}
	for kind, who := range s.Principal.(map[string]string) {
		trusted.Principals = &[]*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementPrincipals{{
			Type: jsii.String(kind), Identifiers: jsii.Strings(who),
		}}
	}
	var conditions []*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementCondition
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		values := s.Condition[operator]
		for _, key := range slices.Sorted(maps.Keys(values)) {
			conditions = append(conditions, &dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementCondition{
				Test: jsii.String(operator), Variable: jsii.String(key), Values: jsii.Strings(texts(values[key])...),
			})
		}
	}
	trusted.Condition = &conditions
	return trusted
}

// texts are the values of a condition, one or a list.
func texts(value any) []string {
	if list, ok := value.([]string); ok {
		return list
	}
	return []string{value.(string)}
}
