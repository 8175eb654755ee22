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
}
