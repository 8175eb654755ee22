package config

import (
	"regexp"
	"strings"
)

// Registry is the ECR repository of the API's images.
type Registry struct {
	// ImageTag is the tag of the image to run, such as "v1.0.0", or its digest,
	// "sha256:…", by which no other image can ever be meant; the variable `IMAGE_TAG`
	// overrides it. Empty, the default, keeps the one that was named last, and a new
	// environment runs a public placeholder that answers the health check, so
	// that an empty repository deploys. "placeholder" goes back to that on purpose.
	ImageTag string
	// UntaggedImageExpiryDays is how many days an untagged image is kept, from 1 on.
	UntaggedImageExpiryDays int
}

const (
	// TagPlaceholder runs the placeholder in place of an image of the repository.
	TagPlaceholder = "placeholder"
	// PlaceholderImage stands in for the API until an image has been pushed. It is
	// public, so that the first deployment of an empty repository succeeds.
	PlaceholderImage = "public.ecr.aws/docker/library/python:3.12-slim"
)

func defaultRegistry() Registry { return Registry{UntaggedImageExpiryDays: 7} }

// imageTagForm is what a registry accepts as an image's tag or digest, or nothing.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
var imageTagForm = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64})?$`)

// ImageReference is the tag or the digest as it follows a repository's URI. No tag has a
// colon.
func ImageReference(tag string) string {
	if strings.Contains(tag, ":") {
		return "@" + tag
	}
	return ":" + tag
}

var imageTagAllowed = aws("an empty value, up to 128 letters, digits and _ . - that do not begin with . or -, or sha256: and 64 digits from 0 to f")

// checkRegistry checks the tag to run and how long images without one are kept.
func (p *problems) checkRegistry(r Registry) {
	p.matches("Registry.ImageTag", r.ImageTag, imageTagForm, imageTagAllowed, suggest("write a tag such as", "v1.0.0"))
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
	p.between("Registry.UntaggedImageExpiryDays", r.UntaggedImageExpiryDays, bounds{low: 1, high: unlimited})
}
