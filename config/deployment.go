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
	// GitHubBranch is the branch whose workflows may assume the role; empty, no branch's
	// may. A job that names an environment of GitHub's is none of a branch, in its token.
	GitHubBranch string
	// GitHubEnvironment is the environment of GitHub's whose jobs may assume the role;
	// empty, the default, no environment's may. Which branches may use it, and who
	// approves, are settings of that environment.
	GitHubEnvironment string
	// PermissionsBoundary is the ARN of the policy that bounds what every role of the
	// environment may do; empty, the default, bounds none. See docs/deploy-policy.md#the-boundary
	// for the policy. Whoever deploys with a policy that requires it cannot remove it
	// again.
	PermissionsBoundary string
	// RolePath is the path of the roles' names. Later, it replaces the roles. The
	// documents of the deploy policy name the roles without one.
	RolePath string
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
	return Deployment{Images: ImagesTerraform, GitHubBranch: "main", RolePath: "/"}
}

var (
	// repositoryForm is owner/name, or owner@id/name@id:
	// https://docs.github.com/en/repositories/creating-and-managing-repositories/about-repositories
	repositoryForm = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?(/[A-Za-z0-9._-]{1,100}|@\d+/[A-Za-z0-9._-]{1,100}@\d+))?$`)
	// branchForm is the characters of a branch:
	// https://git-scm.com/docs/git-check-ref-format
	branchForm = regexp.MustCompile(`^[^\x00-\x20\x7f~^:?*\[\\]*$`)
	// environmentForm leaves out the colon, which GitHub's tokens write in another way:
	// https://docs.github.com/en/actions/reference/security/oidc
	environmentForm = regexp.MustCompile(`^[^\x00-\x1f\x7f:]{0,255}$`)
	// boundaryForm is the ARN of a policy of the account, or of AWS's own:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
	boundaryForm = regexp.MustCompile(`^(arn:(aws[a-z-]*):iam::(\d{12}|aws):policy/([\w+=,.@-]+/)*[\w+=,.@-]{1,128})?$`)
	// rolePathForm is narrower than IAM's, which takes every printable character:
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
	rolePathForm = regexp.MustCompile(`^/([\w+=,.@-]+/)*$`)
)

// maxRolePath is how long a path may be, with the slashes:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
const maxRolePath = 512

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
	const environment = "Deployment.GitHubEnvironment"
	p.matches(environment, d.GitHubEnvironment, environmentForm,
		ours("up to 255 characters without a colon", "GitHub's tokens write a colon in another way"), suggest("write a name such as", "production"))
	p.noTemplate(environment, d.GitHubEnvironment, "rename the environment")
	if d.GitHubRepository != "" && d.GitHubBranch == "" && d.GitHubEnvironment == "" {
		p.add(branch, "", "leaves nobody who may assume the role", ours("a branch, or Deployment.GitHubEnvironment", "the role would be for every branch, or for none"), write("main"))
	}
	p.checkRoles(d)
}

// checkRoles checks what every role of the environment has.
func (p *problems) checkRoles(d Deployment) {
	const boundary, path = "Deployment.PermissionsBoundary", "Deployment.RolePath"
	p.matches(boundary, d.PermissionsBoundary, boundaryForm, aws("an empty value or arn:<partition>:iam::<account>:policy/<name>"),
		do("copy the ARN of the policy from IAM"))
	p.matches(path, d.RolePath, rolePathForm, ours("/ or names between slashes, of letters, digits and _ + = , . @ -", "a policy would take other characters for patterns"),
		suggest("write a path such as", "/service/"))
	p.length(path, d.RolePath, 1, maxRolePath)
}
