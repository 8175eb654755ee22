package config

import "strings"

var refusedRegistry = []refusal{
	{"image tag", func(c *Config) { c.Registry.ImageTag = ".v1" }, []string{
		`Registry.ImageTag: ".v1" has the wrong form; AWS allows an empty value, up to 128 letters, digits and _ . - that do not begin with . or -, or sha256: and 64 digits from 0 to f; fix: write a tag such as v1.0.0`,
	}},
	{"image tag long", func(c *Config) { c.Registry.ImageTag = strings.Repeat("v", 129) }, []string{
		`Registry.ImageTag: "` + strings.Repeat("v", 129) + `" has the wrong form; AWS allows an empty value, up to 128 letters, digits and _ . - that do not begin with . or -, or sha256: and 64 digits from 0 to f; fix: write a tag such as v1.0.0`,
	}},
	{"digest that is cut off", func(c *Config) { c.Registry.ImageTag = "sha256:" + strings.Repeat("f", 63) }, []string{
		`Registry.ImageTag: "sha256:` + strings.Repeat("f", 63) + `" has the wrong form; AWS allows an empty value, up to 128 letters, digits and _ . - that do not begin with . or -, or sha256: and 64 digits from 0 to f; fix: write a tag such as v1.0.0`,
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
	"digest":                  func(c *Config) { c.Registry.ImageTag = "sha256:" + strings.Repeat("0f", 32) },
	"longest tag of an image": func(c *Config) { c.Registry.ImageTag = "_" + strings.Repeat("v", 127) },
}

var edgesRegistry = []edge{{field: "Registry.UntaggedImageExpiryDays", low: 1, high: unlimited}}
