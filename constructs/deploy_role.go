package constructs

import (
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsiamopenidconnectprovider"

	"flask-api/config"
)

// gitHubIssuer signs the tokens of GitHub's workflows:
// https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
const gitHubIssuer = "token.actions.githubusercontent.com"

// DeployRoleProps configures a [NewDeployRole].
type DeployRoleProps struct {
	Env Env
	// Settings give the repository, the branch and the environment.
	Settings config.Deployment
	// Registry is where images are pushed to.
	Registry *Registry
	// Service, Workers and Services are what is deployed.
	Service  *Service
	Workers  []*Worker
	Services []*WebService
}

// NewDeployRole creates the role that workflows of one branch or one environment of
// one GitHub repository assume to push an image, to register task definitions with it, to
// deploy these, and to see how it went. The identity provider of GitHub, of which an account has one at
// most, is looked up.
func NewDeployRole(scope constructs.Construct, id string, props DeployRoleProps) *Role {
	scope = constructs.NewConstruct(scope, &id)
	provider := dataawsiamopenidconnectprovider.NewDataAwsIamOpenidConnectProvider(scope, jsii.String("github"), &dataawsiamopenidconnectprovider.DataAwsIamOpenidConnectProviderConfig{
		Url: jsii.String("https://" + gitHubIssuer),
	})
	role := newRole(scope, props.Env, "deploy-role", "Deploys images of the "+props.Env.API()+" from GitHub", Statement{
		Action:    "sts:AssumeRoleWithWebIdentity",
		Principal: map[string]string{"Federated": *provider.Arn()},
		Condition: Condition{"StringEquals": {gitHubIssuer + ":aud": "sts.amazonaws.com", gitHubIssuer + ":sub": subjects(props.Settings)}},
	})
	deployed, repositories := []*Service{props.Service}, []*Registry{props.Registry}
	for _, worker := range props.Workers {
		deployed = append(deployed, worker.Service)
	}
	for _, web := range props.Services {
		deployed, repositories = append(deployed, web.Service), append(repositories, web.Registry)
	}
	GrantPush(role, repositories...)
	var taskDefinitions, services, roles []string
	for _, service := range deployed {
		taskDefinitions = append(taskDefinitions, props.Env.ARN("ecs", "task-definition/"+service.TaskName)+":*")
		services = append(services, *service.Service.Id())
		for _, role := range service.Roles() {
			if !slices.Contains(roles, role) { // All share the one that tasks start with.
				roles = append(roles, role)
			}
		}
	}
	role.Grant("deploy_service",
		Statement{
			Sid:      "RegisterTaskDefinitions",
			Action:   []string{"ecs:RegisterTaskDefinition"},
			Resource: taskDefinitions,
		},
		// AWS checks it where the new revision has the tags of the old one:
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
		Statement{
			Sid:       "TagTaskDefinitions",
			Action:    []string{"ecs:TagResource"},
			Resource:  taskDefinitions,
			Condition: stringEquals("ecs:CreateAction", "RegisterTaskDefinition"),
		},
		// AWS does not limit it to a resource:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
		Statement{
			Sid:      "ReadTaskDefinitions",
			Action:   []string{"ecs:DescribeTaskDefinition"},
			Resource: []string{"*"},
		},
		Statement{
			Sid:      "DeployService",
			Action:   []string{"ecs:DescribeServices", "ecs:UpdateService"},
			Resource: services,
		},
		// AWS limits them to a cluster at most, and tasks to its instances, of which there are none:
		// https://github.com/cdklabs/construct-hub/pull/1207
		Statement{
			Sid:       "ListServicesAndTasks",
			Action:    []string{"ecs:ListServices", "ecs:ListTasks"},
			Resource:  []string{"*"},
			Condition: props.Service.Cluster.inside(),
		},
		Statement{
			Sid:      "ReadWhyTasksStopped",
			Action:   []string{"ecs:DescribeTasks"},
			Resource: []string{props.Service.Cluster.tasks(props.Env)},
		},
		Statement{
			Sid:       "PassRolesToTasks",
			Action:    []string{"iam:PassRole"},
			Resource:  roles,
			Condition: stringEquals("iam:PassedToService", props.Env.Principal(tasksService)),
		},
	)
	return role
}

// subjects are who GitHub's tokens say that a workflow is. Where its job names an
// environment, the token does not say the branch:
// https://docs.github.com/en/actions/reference/security/oidc
func subjects(settings config.Deployment) []string {
	var all []string
	if settings.GitHubBranch != "" {
		all = append(all, "repo:"+settings.GitHubRepository+":ref:refs/heads/"+settings.GitHubBranch)
	}
	if settings.GitHubEnvironment != "" {
		all = append(all, "repo:"+settings.GitHubRepository+":environment:"+settings.GitHubEnvironment)
	}
	return all
}
