package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

var refusedGaps = []refusal{
	{"what is acknowledged", func(c *Config) {
		c.Acknowledged = []Gap{"no-backup", SilentAlarms, PlainHTTP, SilentAlarms, StillPlaceholder}
		c.Alarms.Enabled, c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = true, "api.example.com", "example.com"
	}, []string{
		`Acknowledged[0]: "no-backup" is no gap; this program allows plain-http, silent-alarms, placeholder-image or unmasked-data, because nothing else is refused; fix: write one of them`,
		`Acknowledged[2]: "plain-http" is not there; this program allows the gaps that there are, because each is acknowledged once, while it is there; fix: remove it`,
		`Acknowledged[3]: "silent-alarms" is there twice; this program allows each gap once, because each is acknowledged once, while it is there; fix: remove one of the two`,
	}},
}

var acceptedGaps = map[string]func(*Config){
	"every gap": func(c *Config) { c.Acknowledged = []Gap{StillPlaceholder, PlainHTTP, SilentAlarms} },
	"an image that only the program's variable names": func(c *Config) {
		c.Registry.ImageTag, c.Acknowledged = "v1", []Gap{StillPlaceholder}
	},
}

// TestGaps has what a protected environment lacks, and does not acknowledge.
func TestGaps(t *testing.T) {
	c := Defaults("a")
	assert.Equal(t, []Gap{PlainHTTP, SilentAlarms, StillPlaceholder}, c.Gaps())
	assert.Empty(t, c.Unacknowledged(), "it is not protected")
	c.Protected = true
	assert.Equal(t, c.Gaps(), c.Unacknowledged())
	c.Acknowledged = []Gap{SilentAlarms}
	assert.Equal(t, []Gap{PlainHTTP, StillPlaceholder}, c.Unacknowledged())

	c.LoadBalancer.CertificateARN, c.Alarms.Emails, c.Registry.ImageTag = "arn", []string{"a@example.com"}, "placeholder"
	assert.Empty(t, c.Gaps(), "the placeholder that is named is meant")
	c.Services = []WebService{{ImageTag: "v1"}, {}}
	assert.Equal(t, []Gap{StillPlaceholder}, c.Gaps(), "of a service, too")
	c.Services[1].ImageTag = "placeholder"
	assert.Empty(t, c.Gaps())
	c.Services[1].ImageTag = ""
	c.Registry.ImageTag, c.Deployment.Images = "", ImagesExternal
	assert.Empty(t, c.Gaps(), "the pipeline decides")
}
