package config

import "regexp"

// Registry is the ECR repository of the API's images.
type Registry struct {
	// ImageTag is the tag to run; `IMAGE_TAG` overrides it. Empty runs a public
	// placeholder that answers the health check, so that an empty repository
	// deploys.
	ImageTag string
	// UntaggedImageExpiryDays is how many days an untagged image is kept.
	UntaggedImageExpiryDays int
}

func defaultRegistry() Registry {
	return Registry{UntaggedImageExpiryDays: 7}
}

// tagNameForm is what Docker takes for an image's tag.
// https://docs.docker.com/reference/cli/docker/image/tag/
var tagNameForm = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$`)

// checkRegistry checks the tag to run and how long images without one are kept.
func (p *problems) checkRegistry(c Config) {
	r := c.Registry
	p.matches("Registry.ImageTag", r.ImageTag, tagNameForm,
		"empty, or up to 128 letters, digits and _ . - that do not begin with . or -", "write a tag such as v1.0.0")
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
	if c.Protected && r.ImageTag == "latest" {
		p.add("Registry.ImageTag", r.ImageTag, "cannot move to a newer image, because tags are immutable here",
			"a tag of its own for every image when Protected is set", "write the image's version or commit")
	}
	p.between("Registry.UntaggedImageExpiryDays", r.UntaggedImageExpiryDays, 1, unlimited)
}
