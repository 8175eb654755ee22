package config

import "strings"

var refusedRegistry = []refusal{
	{"image tag", func(c *Config) { c.Registry.ImageTag = ".v1" }, []string{
		`Registry.ImageTag: ".v1" has the wrong form; AWS allows an empty value, or up to 128 letters, digits and _ . - that do not begin with . or -; fix: write a tag such as v1.0.0`,
	}},
	{"image tag long", func(c *Config) { c.Registry.ImageTag = strings.Repeat("v", 129) }, []string{
		`Registry.ImageTag: "` + strings.Repeat("v", 129) + `" has the wrong form; AWS allows an empty value, or up to 128 letters, digits and _ . - that do not begin with . or -; fix: write a tag such as v1.0.0`,
	}},
	{"placeholder without a way to it", func(c *Config) {
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = NATNone, true, TagPlaceholder
	}, []string{
		`Network.NAT: "none" cuts tasks off from the public placeholder image; this program allows none together with Registry.ImageTag, because public images cannot be reached without a NAT gateway; fix: push an image and set its tag, or write single`,
	}},
	{"latest", func(c *Config) { c.Protected, c.Registry.ImageTag = true, "latest" }, []string{
		`Registry.ImageTag: "latest" cannot be pushed twice; this program allows a tag of its own for every image, because Protected makes tags immutable; fix: write the image's version or commit`,
	}},
}

var acceptedRegistry = map[string]func(*Config){
	"latest without freeze":   func(c *Config) { c.Registry.ImageTag = "latest" },
	"placeholder":             func(c *Config) { c.Registry.ImageTag = TagPlaceholder },
	"longest tag of an image": func(c *Config) { c.Registry.ImageTag = "_" + strings.Repeat("v", 127) },
}

var edgesRegistry = []edge{{field: "Registry.UntaggedImageExpiryDays", low: 1, high: unlimited}}
