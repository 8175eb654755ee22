package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// accessKinds are those of IAM.
func accessKinds() map[string]Kind {
	return map[string]Kind{
		"aws_iam_role": {
			Key: []string{"name"}, List: listRoles, Computed: []string{"id", "arn"},
			Defaults: Attributes{"path": "/", "max_session_duration": "3600"},
		},
		"aws_iam_role_policy":            {Key: []string{"role", "name"}, List: of("aws_iam_role", inlinePolicies)},
		"aws_iam_role_policy_attachment": {Key: []string{"role", "policy_arn"}, List: of("aws_iam_role", attachedPolicies)},
	}
}

func listRoles(ctx context.Context, env *Environment) ([]Attributes, error) {
	all, err := env.roles(ctx)
	return every(all, err, func(listed Attributes) ([]Attributes, error) {
		name := listed.text("name")
		if ours, err := env.owns(ctx, name); err != nil || !ours {
			return nil, err
		}
		// The list has neither the boundary nor the tags.
		found, err := iam.NewFromConfig(env.AWS).GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		if err != nil {
			return nil, err
		}
		role := found.Role
		a := Attributes{
			"id": name, "arn": role.Arn, "name": name, "path": role.Path, "description": role.Description,
			"max_session_duration": role.MaxSessionDuration, "tags": tags(role.Tags),
			"assume_role_policy": unescaped(role.AssumeRolePolicyDocument),
		}
		if boundary := role.PermissionsBoundary; boundary != nil {
			a["permissions_boundary"] = boundary.PermissionsBoundaryArn
		}
		return one(a)
	})
}

func inlinePolicies(ctx context.Context, env *Environment, role Attributes) ([]Attributes, error) {
	client, name := iam.NewFromConfig(env.AWS), aws.String(role.text("name"))
	policies, err := Collect(ctx, iam.NewListRolePoliciesPaginator(client, &iam.ListRolePoliciesInput{RoleName: name}),
		func(page *iam.ListRolePoliciesOutput) []string { return page.PolicyNames })
	return every(policies, err, func(policy string) ([]Attributes, error) {
		found, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: &policy})
		if err != nil {
			return nil, err
		}
		return one(Attributes{"role": name, "name": policy, "policy": unescaped(found.PolicyDocument)})
	})
}

func attachedPolicies(ctx context.Context, env *Environment, role Attributes) ([]Attributes, error) {
	name := aws.String(role.text("name"))
	policies, err := Collect(ctx, iam.NewListAttachedRolePoliciesPaginator(iam.NewFromConfig(env.AWS), &iam.ListAttachedRolePoliciesInput{RoleName: name}),
		func(page *iam.ListAttachedRolePoliciesOutput) []types.AttachedPolicy { return page.AttachedPolicies })
	return every(policies, err, func(p types.AttachedPolicy) ([]Attributes, error) {
		return one(Attributes{"role": name, "policy_arn": p.PolicyArn})
	})
}
