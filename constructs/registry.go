package constructs

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsecrrepositories"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrlifecyclepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrrepository"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

// RegistryProps configures a [Registry].
type RegistryProps struct {
	Env Env
	// Name is the repository's resource name, such as "ecr".
	Name string
	// Settings give the tag to run and the expiry of untagged images.
	Settings config.Registry
	// Field and Variable are where a tag is named, for whoever has to.
	Field, Variable string
	// Key encrypts the images.
	Key *EncryptionKey
}

// Registry is a private ECR repository, of the API's images or of another service's. Images are
// scanned when they are pushed, and untagged ones expire.
type Registry struct {
	// Repository is where images are pushed to and pulled from.
	Repository ecrrepository.EcrRepository

	props RegistryProps
	id    string
	scope constructs.Construct
}

// NewRegistry creates the repository. A protected one has immutable tags and is
// not deleted while it holds images.
func NewRegistry(scope constructs.Construct, id string, props RegistryProps) *Registry {
	scope = constructs.NewConstruct(scope, &id)
	mutability := "MUTABLE"
	if props.Env.Protected {
		mutability = "IMMUTABLE"
	}
	repository := ecrrepository.NewEcrRepository(scope, jsii.String("repository"), &ecrrepository.EcrRepositoryConfig{
		Name:               jsii.String(props.Env.Name(props.Name)),
		ImageTagMutability: jsii.String(mutability),
		ImageScanningConfiguration: &ecrrepository.EcrRepositoryImageScanningConfiguration{
			ScanOnPush: jsii.Bool(true),
		},
		EncryptionConfiguration: imageEncryption(props.Key),

		ForceDelete: jsii.Bool(!props.Env.Protected),
		Lifecycle:   preventDestroyIf(props.Env.Protected),
	})
	ecrlifecyclepolicy.NewEcrLifecyclePolicy(scope, jsii.String("lifecycle_policy"), &ecrlifecyclepolicy.EcrLifecyclePolicyConfig{
		Repository: repository.Name(),
		Policy:     jsii.String(expireUntagged(props.Settings.UntaggedImageExpiryDays)),
	})
	return &Registry{Repository: repository, props: props, id: id, scope: scope}
}

// Image is what the service is deployed with: the image of the configured tag or digest, the
// placeholder that listens on the port or, where no tag is named, the one of the two
// that was deployed last. A pipeline remembers by itself.
func (r *Registry) Image(port int, images config.Images) Image {
	tag := r.props.Settings.ImageTag
	if images == config.ImagesExternal {
		return r.image(tag, port)
	}
	memory := cdktf.NewTerraformResource(r.scope, jsii.String("image_tag"), &cdktf.TerraformResourceConfig{
		TerraformResourceType: jsii.String("terraform_data"),
	})
	var image Image
	if tag == "" {
		r.keep(memory)
		image = r.remembered(memory, port)
	} else {
		memory.AddOverride(jsii.String("input"), tag)
		image = r.image(tag, port)
	}
	if image.Command == nil {
		// By reference, so that nothing runs what is not remembered yet.
		image.URI = *r.Repository.RepositoryUrl() + config.ImageReference(tag)[:1] + fmt.Sprintf("${%s.input}", address(memory))
	}
	r.Repository.SetDependsOn(&[]*string{jsii.String(address(memory))})
	return image
}

// image is the image of the tag or, without one, the placeholder.
func (r *Registry) image(tag string, port int) Image {
	if tag == "" || tag == config.TagPlaceholder {
		return placeholder(port)
	}
	return Image{URI: *r.Repository.RepositoryUrl() + config.ImageReference(tag)}
}

// keep leaves what is remembered as it is. A new environment remembers the
// placeholder. One that exists and remembers nothing, because it was deployed by a
// version that did not, is refused: its image would be replaced by the placeholder.
//
// The repository tells whether the environment exists, from a list, which is null and no
// error where there is none. It is created after the memory, so that an interrupted first
// deployment is not refused.
func (r *Registry) keep(memory cdktf.TerraformResource) {
	repositories := dataawsecrrepositories.NewDataAwsEcrRepositories(r.scope, jsii.String("repositories"), &dataawsecrrepositories.DataAwsEcrRepositoriesConfig{})
	memory.AddOverride(jsii.String("input"), fmt.Sprintf(
		`${contains(coalesce(data.%s.names, []), "%s") ? "" : "%s"}`,
		*repositories.TerraformResourceType()+"."+*repositories.FriendlyUniqueId(), r.name(), config.TagPlaceholder))
	memory.SetLifecycle(&cdktf.TerraformResourceLifecycle{
		IgnoreChanges: jsii.Strings("input"),
		Postcondition: &[]*cdktf.Postcondition{{
			Condition: `${self.input != ""}`,
			ErrorMessage: jsii.String(fmt.Sprintf(
				"The environment %s exists, and its state does not say which image it runs: without a tag, this apply would replace that by the placeholder. "+
					"Name the tag that runs in %s or in %s, once, or write %q to run the placeholder.",
				r.props.Env.StackName(), r.props.Variable, r.props.Field, config.TagPlaceholder)),
		}},
	})
}

func (r *Registry) name() string { return r.props.Env.Name(r.props.Name) }

// stillPlaceholder says, as an expression of Terraform, whether a deployment after the
// first runs the placeholder, which nobody named.
func (r *Registry) stillPlaceholder() string {
	return fmt.Sprintf(`contains(coalesce(data.aws_ecr_repositories.%[1]s_repositories.names, []), "%[2]s") && terraform_data.%[1]s_image_tag.input == "%[3]s"`,
		r.id, r.name(), config.TagPlaceholder)
}

// remembered is the image that the memory holds, known when Terraform plans. CDKTF's own
// class of a local value has no name where stacks name their elements.
func (r *Registry) remembered(memory cdktf.TerraformResource, port int) Image {
	stack := cdktf.TerraformStack_Of(r.scope)
	local := func(name, ofPlaceholder, ofTag string) string {
		name = r.id + "_" + name
		stack.AddOverride(jsii.String("locals."+name),
			fmt.Sprintf(`${%s.input == "%s" ? %s : %s}`, address(memory), config.TagPlaceholder, ofPlaceholder, ofTag))
		return "${local." + name + "}"
	}
	return Image{
		URI: local("image", mustJSON(config.PlaceholderImage),
			fmt.Sprintf(`"${%[1]s.repository_url}${trimprefix(%[2]s.input, "sha256:") == %[2]s.input ? ":" : "@"}${%[2]s.input}"`, address(r.Repository), address(memory))),
		Command: listOfTerraform(local("command", mustJSON(mustJSON(placeholder(port).Command)), `"[]"`)),
	}
}

// imageEncryption is what ECR takes for a key, or nil for the one of AWS. Another
// encryption replaces the repository.
func imageEncryption(key *EncryptionKey) any {
	if !key.CustomerManaged() {
		return nil
	}
	return &[]*ecrrepository.EcrRepositoryEncryptionConfiguration{{
		EncryptionType: jsii.String("KMS"),
		KmsKey:         key.ARN(),
	}}
}

// GrantPull lets the role pull images of this repository and of no other. The role
// needs no permission for a key, because ECR itself decrypts the images:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
func (r *Registry) GrantPull(role *Role) {
	grantImages(role, []*Registry{r}, "pull_images", "PullImages",
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:GetDownloadUrlForLayer",
	)
}

// GrantPush lets the role push images to these repositories and to no other, and look for one
// and take it elsewhere:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
func GrantPush(role *Role, repositories ...*Registry) {
	grantImages(role, repositories, "push_images", "PushImages",
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:CompleteLayerUpload",
		"ecr:DescribeImages",
		"ecr:DescribeRepositories",
		"ecr:GetDownloadUrlForLayer",
		"ecr:InitiateLayerUpload",
		"ecr:PutImage",
		"ecr:UploadLayerPart",
	)
}

// grantImages gives the role the actions on the repositories, and the login before them.
func grantImages(role *Role, repositories []*Registry, id, sid string, actions ...string) {
	var arns []string
	for _, r := range repositories {
		arns = append(arns, *r.Repository.Arn())
	}
	role.Grant(id,
		Statement{Sid: sid, Action: actions, Resource: arns},
		// The one action here that AWS does not limit to a resource:
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
		Statement{
			Sid:      "LogInToRegistry",
			Action:   []string{"ecr:GetAuthorizationToken"},
			Resource: []string{"*"},
		},
	)
}

// expireUntagged is the lifecycle policy that removes untagged images:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
func expireUntagged(days int) string {
	return mustJSON(map[string]any{"rules": []any{map[string]any{
		"rulePriority": 1,
		"description":  "Expire untagged images",
		"selection": map[string]any{
			"tagStatus":   "untagged",
			"countType":   "sinceImagePushed",
			"countUnit":   "days",
			"countNumber": days,
		},
		"action": map[string]any{"type": "expire"},
	}}})
}
