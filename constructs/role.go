package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsiampolicydocument"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// RoleProps configures a [Role].
type RoleProps struct {
	// Config gives the names.
	Config config.Config
	// Caller is the account that the role may be assumed from.
	Caller dataawscalleridentity.DataAwsCallerIdentity
	// Service is who assumes the role, such as "ecs-tasks.amazonaws.com".
	Service string
	// Name is the role's resource name, such as "task-role".
	Name string
	// Description says what the role is for.
	Description string
}

// Role is an IAM role. It may do nothing until a Grant method of another part says
// so.
type Role struct {
	// Role is what is assumed.
	Role iamrole.IamRole
	// Policies are the role's permissions. A service depends on them, so that
	// its tasks are never started without, and are stopped before they go.
	Policies []cdktf.ITerraformDependable

	scope constructs.Construct
}

// NewRole creates a role without permissions. Only the service may assume it, and
// only for this account, which keeps others from using the service as a confused
// deputy: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func NewRole(scope constructs.Construct, id string, props RoleProps) *Role {
	scope = constructs.NewConstruct(scope, &id)
	return newRole(scope, props.Config.Name(props.Name), props.Description, &dataawsiampolicydocument.DataAwsIamPolicyDocumentStatement{
		Actions: jsii.Strings("sts:AssumeRole"),
		Principals: &[]*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementPrincipals{{
			Type:        jsii.String("Service"),
			Identifiers: jsii.Strings(props.Service),
		}},
		Condition: &[]*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementCondition{{
			Test:     jsii.String("StringEquals"),
			Variable: jsii.String("aws:SourceAccount"),
			Values:   &[]*string{props.Caller.AccountId()},
		}},
	})
}

// newRole creates a role that may be assumed as the statement says.
func newRole(scope constructs.Construct, name, description string, trusted *dataawsiampolicydocument.DataAwsIamPolicyDocumentStatement) *Role {
	trust := dataawsiampolicydocument.NewDataAwsIamPolicyDocument(scope, jsii.String("trust"), &dataawsiampolicydocument.DataAwsIamPolicyDocumentConfig{
		Statement: &[]*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatement{trusted},
	})
	return &Role{
		scope: scope,
		Role: iamrole.NewIamRole(scope, jsii.String(resourceID), &iamrole.IamRoleConfig{
			Name:             &name,
			Description:      &description,
			AssumeRolePolicy: trust.Json(),
		}),
	}
}

// Statement allows actions on resources.
type Statement struct {
	// Sid names the statement.
	Sid string
	// Actions are exact, such as "logs:PutLogEvents".
	Actions []string
	// Resources are ARNs.
	Resources []string
	// Condition narrows the statement by operators, keys and values; nil does not.
	Condition map[string]map[string]string
}

// Grant gives the role the statements as one inline policy. The id names the
// permission in the plan and, with hyphens, in IAM.
//
// The policy is JSON in the resource itself. Through Terraform's data source for
// policies, a plan that changes as little as a tag of a resource that the policy
// names would show the whole policy as "known after apply".
func (r *Role) Grant(id string, statements ...Statement) {
	r.Policies = append(r.Policies, iamrolepolicy.NewIamRolePolicy(r.scope, &id, &iamrolepolicy.IamRolePolicyConfig{
		Name:   jsii.String(strings.ReplaceAll(id, "_", "-")),
		Role:   r.Role.Name(),
		Policy: jsii.String(policyDocument(statements)),
	}))
}

// Attach gives the role a policy that AWS manages. The id names it in the plan.
func (r *Role) Attach(id, policyARN string) {
	r.Policies = append(r.Policies, iamrolepolicyattachment.NewIamRolePolicyAttachment(r.scope, &id, &iamrolepolicyattachment.IamRolePolicyAttachmentConfig{
		Role:      r.Role.Name(),
		PolicyArn: &policyARN,
	}))
}

// policyDocument is an IAM policy of the statements:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func policyDocument(statements []Statement) string {
	type statement struct {
		Sid, Effect      string
		Action, Resource []string
		Condition        map[string]map[string]string `json:",omitempty"`
	}
	document := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, s := range statements {
		document.Statement = append(document.Statement, statement{s.Sid, "Allow", s.Actions, s.Resources, s.Condition})
	}
	return mustJSON(document)
}
