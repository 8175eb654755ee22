package config

var refusedDeployment = []refusal{
	{"images", func(c *Config) { c.Deployment.Images = "jenkins" }, []string{
		`Deployment.Images: "jenkins" is nobody who could deploy images; allowed: terraform or external; fix: write one of these`,
	}},
	{"GitHub repository", func(c *Config) { c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example" }, []string{
		`Deployment.GitHubRepository: "example" is not of the form; allowed: empty, owner/name or owner@id/name@id; fix: write a repository such as example/api`,
	}},
	{"GitHub repository with one id", func(c *Config) { c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example@1/api" }, []string{
		`Deployment.GitHubRepository: "example@1/api" is not of the form; allowed: empty, owner/name or owner@id/name@id; fix: write a repository such as example/api`,
	}},
	{"GitHub without external", func(c *Config) { c.Deployment.GitHubRepository = "example/api" }, []string{
		`Deployment.GitHubRepository: "example/api" would deploy images that the next apply takes back; allowed: a repository where Deployment.Images is external; fix: write external or remove the repository`,
	}},
	{"GitHub branch", func(c *Config) { c.Deployment.GitHubBranch = "ma*n" }, []string{
		`Deployment.GitHubBranch: "ma*n" is not of the form; allowed: the name of a branch; fix: write a name such as main`,
	}},
}

var acceptedDeployment = map[string]func(*Config){
	"GitHub repository": func(c *Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example/api"
	},
	"GitHub repository with ids": func(c *Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository = ImagesExternal, "example@123/api@456"
	},
}
