package constructs

import (
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsiampolicydocument"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// RoleProps configures a [Role].
type RoleProps struct {
	Env Env
	// Service is who assumes the role, such as "ecs-tasks".
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
	// Policies are the role's permissions. What acts as the role depends on them.
	Policies []cdktf.ITerraformDependable

	scope   constructs.Construct
	granted []func(...cdktf.ITerraformDependable)
	grants  []grant
}

// grant is what [Role.Grant] was called with.
type grant struct {
	id         string
	statements []Statement
}

// NewRole creates a role without permissions. Only the service may assume it, and
// only for this account, which keeps others from using the service as a confused
// deputy: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func NewRole(scope constructs.Construct, id string, props RoleProps) *Role {
	scope = constructs.NewConstruct(scope, &id)
	return newRole(scope, props.Env, props.Name, props.Description, Statement{
		Action:    "sts:AssumeRole",
		Principal: serviceOf(props.Env, props.Service),
		Condition: stringEquals("aws:SourceAccount", props.Env.Account),
	})
}

// newRole creates a role that may be assumed as the statement says.
func newRole(scope constructs.Construct, env Env, name, description string, trusted Statement) *Role {
	trust := dataawsiampolicydocument.NewDataAwsIamPolicyDocument(scope, jsii.String("trust"), &dataawsiampolicydocument.DataAwsIamPolicyDocumentConfig{
		Statement: &[]*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatement{trusted.trust()},
	})
	role := &iamrole.IamRoleConfig{
		Name:             jsii.String(env.Name(name)),
		Description:      &description,
		AssumeRolePolicy: trust.Json(),
	}
	if env.PermissionsBoundary != "" {
		role.PermissionsBoundary = &env.PermissionsBoundary
	}
	if env.RolePath != "/" {
		role.Path = &env.RolePath
	}
	return &Role{scope: scope, Role: iamrole.NewIamRole(scope, jsii.String(resourceID), role)}
}

// ARN is the role's.
func (r *Role) ARN() *string { return r.Role.Arn() }

// Grant allows the role what the statements say, in one inline policy. The id names
// the permission in the plan and, with hyphens, in IAM.
//
// The policy is JSON in the resource itself. Through Terraform's data source for
// policies, a plan that changes as little as a tag of a resource that the policy
// names would show the whole policy as "known after apply".
func (r *Role) Grant(id string, statements ...Statement) {
	r.grants = append(r.grants, grant{id, statements})
	policy := Policy(slices.Clone(statements))
	for i := range policy {
		policy[i].Effect = allow
	}
	r.add(iamrolepolicy.NewIamRolePolicy(r.scope, &id, &iamrolepolicy.IamRolePolicyConfig{
		Name:   jsii.String(strings.ReplaceAll(id, "_", "-")),
		Role:   r.Role.Name(),
		Policy: policy.text(),
	}))
}

// GrantAllOf allows the role what the other one was allowed so far.
func (r *Role) GrantAllOf(other *Role) {
	for _, g := range other.grants {
		r.Grant(g.id, g.statements...)
	}
}

// Attach gives the role a policy that AWS manages. The id names it in the plan.
func (r *Role) Attach(id, policyARN string) {
	r.add(iamrolepolicyattachment.NewIamRolePolicyAttachment(r.scope, &id, &iamrolepolicyattachment.IamRolePolicyAttachmentConfig{
		Role:      r.Role.Name(),
		PolicyArn: &policyARN,
	}))
}

// OnGrant calls the function with each of the role's permissions: with those that it
// has, and with those that it gets.
func (r *Role) OnGrant(granted func(...cdktf.ITerraformDependable)) {
	granted(r.Policies...)
	r.granted = append(r.granted, granted)
}

func (r *Role) add(policy cdktf.ITerraformDependable) {
	r.Policies = append(r.Policies, policy)
	for _, granted := range r.granted {
		granted(policy)
	}
}
