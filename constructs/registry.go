package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrlifecyclepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrrepository"

	"flask-api/config"
)

// RegistryProps configures a [Registry].
type RegistryProps struct {
	Env Env
	// Settings give the tag to run and the expiry of untagged images.
	Settings config.Registry
	// Key encrypts the images.
	Key *EncryptionKey
}

// Registry is the private ECR repository of the API's images. Images are
// scanned when they are pushed, and untagged ones expire.
type Registry struct {
	// Repository is where images are pushed to and pulled from.
	Repository ecrrepository.EcrRepository

	settings config.Registry
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
		Name:               jsii.String(props.Env.Name("ecr")),
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
	return &Registry{Repository: repository, settings: props.Settings}
}

// Image is the image of the configured tag or, without a tag, the placeholder that
// listens on the port.
func (r *Registry) Image(port int) Image {
	if r.settings.ImageTag == "" {
		return placeholder(port)
	}
	return Image{URI: *r.Repository.RepositoryUrl() + ":" + r.settings.ImageTag}
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
	r.grant(role, "pull_images", "PullImages",
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:GetDownloadUrlForLayer",
	)
}

// GrantPush lets the role push images to this repository and to no other:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
func (r *Registry) GrantPush(role *Role) {
	r.grant(role, "push_images", "PushImages",
		"ecr:BatchCheckLayerAvailability",
		"ecr:BatchGetImage",
		"ecr:CompleteLayerUpload",
		"ecr:InitiateLayerUpload",
		"ecr:PutImage",
		"ecr:UploadLayerPart",
	)
}

// grant gives the role the actions on this repository, and the login before them.
func (r *Registry) grant(role *Role, id, sid string, actions ...string) {
	role.Grant(id,
		Statement{Sid: sid, Action: actions, Resource: []string{*r.Repository.Arn()}},
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
