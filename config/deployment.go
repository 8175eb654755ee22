package config

import "regexp"

// Deployment is who decides which image runs.
type Deployment struct {
	// Images is who decides which image runs: "terraform", the default, runs
	// Registry.ImageTag, and "external" what a pipeline deployed. With "external", a
	// changed variable, secret or password reaches the tasks with the pipeline's next
	// deployment.
	Images Images
	// GitHubRepository is a repository on GitHub, such as "example/api", whose
	// workflows get a role that may push and deploy images, and nothing else; empty,
	// the default, creates no role. The account must have the identity provider
	// token.actions.githubusercontent.com. A repository that was created or renamed
	// since 15 July 2026 is named with its ids, as in "example@123/api@456", because
	// GitHub's tokens do. See docs/github.md#the-subject-of-a-repository for the ids.
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
	// branchForm is the characters of a branch:
	// https://git-scm.com/docs/git-check-ref-format
	branchForm = regexp.MustCompile(`^[^\x00-\x20\x7f~^:?*\[\\]+$`)
)

// checkDeployment checks who decides which image runs, and that only an
// environment whose images are external has a role for workflows.
func (p *problems) checkDeployment(d Deployment) {
	if d.Images != ImagesTerraform && d.Images != ImagesExternal {
		p.add("Deployment.Images", d.Images, "is unknown",
			ours(string(ImagesTerraform)+" or "+string(ImagesExternal), "it knows only these two ways to deploy an image"), write(ImagesTerraform))
	}
	const repository, branch = "Deployment.GitHubRepository", "Deployment.GitHubBranch"
	p.matches(repository, d.GitHubRepository, repositoryForm,
		ours("an empty value, owner/name or owner@id/name@id", "GitHub's tokens name a repository in one of these ways"), suggest("write a repository such as", "example/api"))
	if d.GitHubRepository != "" && d.Images == ImagesTerraform {
		p.add(repository, d.GitHubRepository, "gets a role to deploy images that the next apply would replace",
			ours("a repository where Deployment.Images is "+string(ImagesExternal), "either Terraform or a pipeline decides which image runs"),
			do("set Deployment.Images to "+string(ImagesExternal)+" or remove the repository"))
	}
	p.matches(branch, d.GitHubBranch, branchForm,
		ours("the name of a branch, without spaces and ~ ^ : ? * [ \\", "git accepts no other name"), suggest("write a name such as", "main"))
	p.noTemplate(branch, d.GitHubBranch, "rename the branch")
}
