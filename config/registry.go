package config

import "regexp"

// Registry is the ECR repository of the API's images.
type Registry struct {
	// ImageTag is the tag of the image to run, such as "v1.0.0"; the variable
	// `IMAGE_TAG` overrides it. Empty, the default, runs a public placeholder that
	// answers the health check, so that an empty repository deploys.
	ImageTag string
	// UntaggedImageExpiryDays is how many days an untagged image is kept, from 1 on.
	UntaggedImageExpiryDays int
}

func defaultRegistry() Registry { return Registry{UntaggedImageExpiryDays: 7} }

// imageTagForm is what a registry accepts as an image's tag, or nothing.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
var imageTagForm = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$`)

// checkRegistry checks the tag to run and how long images without one are kept.
func (p *problems) checkRegistry(r Registry) {
	p.matches("Registry.ImageTag", r.ImageTag, imageTagForm,
		aws("an empty value, or up to 128 letters, digits and _ . - that do not begin with . or -"), suggest("write a tag such as", "v1.0.0"))
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
	p.between("Registry.UntaggedImageExpiryDays", r.UntaggedImageExpiryDays, bounds{low: 1, high: unlimited})
}
