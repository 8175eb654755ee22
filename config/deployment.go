package config

import "regexp"

// Deployment is who decides which image runs.
type Deployment struct {
	// Images is who decides. Where it is ImagesExternal, a changed variable, secret
	// or password reaches the tasks with the pipeline's next deployment.
	Images Images
	// GitHubRepository, such as "example/api", gets a role that its GitHub workflows
	// may assume to push and deploy images, and nothing else. The account must have
	// the identity provider token.actions.githubusercontent.com. A repository that was
	// created or renamed since 15 July 2026 is named with its ids, as in
	// "example@123/api@456", because GitHub's tokens do:
	// https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
	GitHubRepository string
	// GitHubBranch is the only branch whose workflows may assume the role.
	GitHubBranch string
}

// Images is who decides which image runs.
type Images string

const (
	// ImagesTerraform runs the tag in the configuration.
	ImagesTerraform Images = "terraform"
	// ImagesExternal runs what a pipeline deployed. The configuration's tag is what
	// the first deployment runs, and Terraform leaves the service's task definition
	// alone.
	ImagesExternal Images = "external"
)

func defaultDeployment() Deployment {
	return Deployment{Images: ImagesTerraform, GitHubBranch: "main"}
}

var (
	// repositoryForm is owner/name, or owner@id/name@id:
	// https://docs.github.com/en/repositories/creating-and-managing-repositories/about-repositories
	repositoryForm = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?(/[A-Za-z0-9._-]{1,100}|@\d+/[A-Za-z0-9._-]{1,100}@\d+))?$`)
	branchForm     = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)
)

// checkDeployment checks who decides which image runs, and that a role for
// workflows goes with leaving the decision to them.
func (p *problems) checkDeployment(d Deployment) {
	if d.Images != ImagesTerraform && d.Images != ImagesExternal {
		p.add("Deployment.Images", string(d.Images), "is nobody who could deploy images",
			string(ImagesTerraform)+" or "+string(ImagesExternal), "write one of these")
	}
	p.matches("Deployment.GitHubRepository", d.GitHubRepository, repositoryForm, "empty, owner/name or owner@id/name@id", "write a repository such as example/api")
	if d.GitHubRepository != "" && d.Images == ImagesTerraform {
		p.add("Deployment.GitHubRepository", d.GitHubRepository, "would deploy images that the next apply takes back",
			"a repository where Deployment.Images is "+string(ImagesExternal), "write "+string(ImagesExternal)+" or remove the repository")
	}
	p.matches("Deployment.GitHubBranch", d.GitHubBranch, branchForm, "the name of a branch", "write a name such as main")
}
