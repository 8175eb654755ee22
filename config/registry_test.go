package config

import "strings"

var refusedRegistry = []refusal{
	{"image tag", func(c *Config) { c.Registry.ImageTag = ".v1" }, []string{
		`Registry.ImageTag: ".v1" is not of the form; allowed: empty, or up to 128 letters, digits and _ . - that do not begin with . or -; fix: write a tag such as v1.0.0`,
	}},
	{"image tag long", func(c *Config) { c.Registry.ImageTag = strings.Repeat("v", 129) }, []string{`vvv" is not of the form`}},
	{"latest", func(c *Config) { c.Protected, c.Registry.ImageTag = true, "latest" }, []string{
		`Registry.ImageTag: "latest" cannot move to a newer image, because tags are immutable here; allowed: a tag of its own for every image when Protected is set; fix: write the image's version or commit`,
	}},
	{"image expiry", func(c *Config) { c.Registry.UntaggedImageExpiryDays = 0 }, []string{
		`Registry.UntaggedImageExpiryDays: 0 is out of range; allowed: 1 to 2147483647; fix: write 1`,
	}},
}

var acceptedRegistry = map[string]func(*Config){
	"latest without freeze": func(c *Config) { c.Registry.ImageTag = "latest" },
}
