package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsiamopenidconnectprovider"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsiampolicydocument"

	"flask-api/config"
)

// gitHubIssuer signs the tokens of GitHub's workflows:
// https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
const gitHubIssuer = "token.actions.githubusercontent.com"

// DeployRoleProps configures a [NewDeployRole].
type DeployRoleProps struct {
	// Config gives the repository, the branch and the names.
	Config config.Config
	// Caller is the account that the role is in.
	Caller dataawscalleridentity.DataAwsCallerIdentity
	// Registry is where images are pushed to.
	Registry *Registry
	// Service is what is deployed.
	Service *Service
	// ExecutionRole and TaskRole are those that a task may be given.
	ExecutionRole, TaskRole *Role
}

// NewDeployRole creates the role that workflows of one branch of one GitHub
// repository assume to push an image, to register a task definition with it, and
// to deploy that. The identity provider of GitHub, of which an account has one at
// most, is looked up.
func NewDeployRole(scope constructs.Construct, id string, props DeployRoleProps) *Role {
	scope = constructs.NewConstruct(scope, &id)
	settings := props.Config.Deployment
	provider := dataawsiamopenidconnectprovider.NewDataAwsIamOpenidConnectProvider(scope, jsii.String("github"), &dataawsiamopenidconnectprovider.DataAwsIamOpenidConnectProviderConfig{
		Url: jsii.String("https://" + gitHubIssuer),
	})
	claim := func(name, value string) *dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementCondition {
		return &dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementCondition{
			Test: jsii.String("StringEquals"), Variable: jsii.String(gitHubIssuer + ":" + name), Values: jsii.Strings(value),
		}
	}
	role := newRole(scope, props.Config.Name("deploy-role"), "Deploys images of the Flask API from GitHub", &dataawsiampolicydocument.DataAwsIamPolicyDocumentStatement{
		Actions: jsii.Strings("sts:AssumeRoleWithWebIdentity"),
		Principals: &[]*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementPrincipals{{
			Type: jsii.String("Federated"), Identifiers: &[]*string{provider.Arn()},
		}},
		Condition: &[]*dataawsiampolicydocument.DataAwsIamPolicyDocumentStatementCondition{
			claim("aud", "sts.amazonaws.com"),
			claim("sub", "repo:"+settings.GitHubRepository+":ref:refs/heads/"+settings.GitHubBranch),
		},
	})
	props.Registry.GrantPush(role)
	taskDefinitions := strings.Join([]string{
		"arn", partition(scope), "ecs", props.Config.Region, *props.Caller.AccountId(), "task-definition/" + props.Config.Name("task"),
	}, ":")
	role.Grant("deploy_service",
		Statement{
			Sid:       "RegisterTaskDefinitions",
			Actions:   []string{"ecs:RegisterTaskDefinition"},
			Resources: []string{taskDefinitions + ":*"},
		},
		// AWS checks it where the new revision has the tags of the old one:
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
		Statement{
			Sid:       "TagTaskDefinitions",
			Actions:   []string{"ecs:TagResource"},
			Resources: []string{taskDefinitions + ":*"},
			Condition: map[string]map[string]string{"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
		},
		// AWS does not limit it to a resource:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
		Statement{
			Sid:       "ReadTaskDefinitions",
			Actions:   []string{"ecs:DescribeTaskDefinition"},
			Resources: []string{"*"},
		},
		Statement{
			Sid:       "DeployService",
			Actions:   []string{"ecs:DescribeServices", "ecs:UpdateService"},
			Resources: []string{*props.Service.Service.Id()},
		},
		Statement{
			Sid:       "PassRolesToTasks",
			Actions:   []string{"iam:PassRole"},
			Resources: []string{*props.ExecutionRole.Role.Arn(), *props.TaskRole.Role.Arn()},
			Condition: map[string]map[string]string{"StringEquals": {"iam:PassedToService": tasksService}},
		},
	)
	return role
}
