package config

import "strings"

var refusedDeployment = []refusal{
	{"images", func(c *Config) { c.Deployment.Images = "jenkins" }, []string{
		`Deployment.Images: "jenkins" is unknown; this program allows terraform or external, because it knows only these two ways to deploy an image; fix: write terraform`,
	}},
	{"GitHub repository", func(c *Config) { c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example" }, []string{
		`Deployment.GitHubRepository: "example" has the wrong form; this program allows an empty value, owner/name or owner@id/name@id, because GitHub's tokens name a repository in one of these ways; fix: write a repository such as example/api`,
	}},
	{"GitHub repository with one id", func(c *Config) { c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example@1/api" }, []string{
		`Deployment.GitHubRepository: "example@1/api" has the wrong form; this program allows an empty value, owner/name or owner@id/name@id, because GitHub's tokens name a repository in one of these ways; fix: write a repository such as example/api`,
	}},
	{"GitHub without external", func(c *Config) { c.Deployment.GitHubRepository = "example/api" }, []string{
		`Deployment.GitHubRepository: "example/api" gets a role to deploy images that the next apply would replace; this program allows a repository where Deployment.Images is external, because either Terraform or a pipeline decides which image runs; fix: set Deployment.Images to external or remove the repository`,
	}},
	{"GitHub branch", func(c *Config) { c.Deployment.GitHubBranch = "ma*n" }, []string{
		`Deployment.GitHubBranch: "ma*n" has the wrong form; this program allows the name of a branch, without spaces and ~ ^ : ? * [ \, because git accepts no other name; fix: write a name such as main`,
	}},
	{"branch that is a template", func(c *Config) { c.Deployment.GitHubBranch = "${x}" }, []string{
		`Deployment.GitHubBranch: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: rename the branch`,
	}},
	{"branch with a space", func(c *Config) { c.Deployment.GitHubBranch = "my branch" }, []string{
		`Deployment.GitHubBranch: "my branch" has the wrong form; this program allows the name of a branch, without spaces and ~ ^ : ? * [ \, because git accepts no other name; fix: write a name such as main`,
	}},
	{"nobody of GitHub", func(c *Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository, c.Deployment.GitHubBranch = ImagesExternal, "example/api", ""
	}, []string{
		`Deployment.GitHubBranch: "" leaves nobody who may assume the role; this program allows a branch, or Deployment.GitHubEnvironment, because the role would be for every branch, or for none; fix: write main`,
	}},
	{"environment with a colon", func(c *Config) { c.Deployment.GitHubEnvironment = "a:b" }, []string{
		`Deployment.GitHubEnvironment: "a:b" has the wrong form; this program allows up to 255 characters without a colon, because GitHub's tokens write a colon in another way; fix: write a name such as production`,
	}},
	{"environment that is a template", func(c *Config) { c.Deployment.GitHubEnvironment = "%{if}" }, []string{
		`Deployment.GitHubEnvironment: "%{if}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: rename the environment`,
	}},
	{"boundary that is a name", func(c *Config) { c.Deployment.PermissionsBoundary = "flask-api-boundary" }, []string{
		`Deployment.PermissionsBoundary: "flask-api-boundary" has the wrong form; AWS allows an empty value or arn:<partition>:iam::<account>:policy/<name>; fix: copy the ARN of the policy from IAM`,
	}},
	{"boundary of another partition", func(c *Config) { c.Deployment.PermissionsBoundary = "arn:aws-cn:iam::123456789012:policy/b" }, []string{
		`Deployment.PermissionsBoundary: "arn:aws-cn:iam::123456789012:policy/b" is a policy of another partition; AWS allows ARNs that begin with arn:aws: in eu-south-1; fix: copy the ARN of the policy from IAM`,
	}},
	{"boundary of another account", func(c *Config) {
		c.Account, c.Deployment.PermissionsBoundary = "210987654321", "arn:aws:iam::123456789012:policy/b"
	}, []string{
		`Deployment.PermissionsBoundary: "arn:aws:iam::123456789012:policy/b" is a policy of another account; AWS allows policies of the roles' own account, 210987654321; fix: create the policy in that account`,
	}},
	{"path without slashes", func(c *Config) { c.Deployment.RolePath = "service" }, []string{
		`Deployment.RolePath: "service" has the wrong form; this program allows / or names between slashes, of letters, digits and _ + = , . @ -, because a policy would take other characters for patterns; fix: write a path such as /service/`,
	}},
	{"path that is too long", func(c *Config) { c.Deployment.RolePath = "/" + strings.Repeat("p", 511) + "/" }, []string{
		`Deployment.RolePath: "/` + strings.Repeat("p", 511) + `/" has 513 characters; AWS allows 1 to 512 characters; fix: write a text of 1 to 512 characters`,
	}},
}

var acceptedDeployment = map[string]func(*Config){
	"GitHub repository": func(c *Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example/api"
	},
	"GitHub repository with ids": func(c *Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example@123/api@456"
	},
	"branch of every character": func(c *Config) { c.Deployment.GitHubBranch = "release/2026-11_v1.2+@=#(é)!" },
	"longest owner": func(c *Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, strings.Repeat("o", 39)+"/"+strings.Repeat("r", 100)
	},
	"boundary of the account": func(c *Config) {
		c.Account, c.Deployment.PermissionsBoundary = "123456789012", "arn:aws:iam::123456789012:policy/path/flask-api-boundary"
	},
	"boundary of AWS": func(c *Config) {
		c.Account, c.Deployment.PermissionsBoundary = "123456789012", "arn:aws:iam::aws:policy/PowerUserAccess"
	},
	"longest path": func(c *Config) { c.Deployment.RolePath = "/" + strings.Repeat("p", 510) + "/" },
	"longest environment without a branch": func(c *Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository, c.Deployment.GitHubBranch = ImagesExternal, "example/api", ""
		c.Deployment.GitHubEnvironment = strings.Repeat("é", 255)
	},
}
