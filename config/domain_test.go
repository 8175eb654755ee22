package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// named has a domain with those names beside it.
func named(names ...string) func(*Config) {
	return func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone, c.LoadBalancer.AlternativeNames = "api.example.com", "example.com", slices.Clone(names)
	}
}

var refusedDomain = []refusal{
	{"zone without domain", func(c *Config) { c.LoadBalancer.HostedZone = "example.com" }, []string{
		`LoadBalancer.Domain: "" is empty although LoadBalancer.HostedZone is set; this program allows a name within the zone, because the zone is needed for it only; fix: remove the zone, or write a name within it`,
	}},
	{"domain without zone", func(c *Config) { c.LoadBalancer.Domain = "api.example.com" }, []string{
		`LoadBalancer.HostedZone: "" is empty although LoadBalancer.Domain is set; this program allows the public Route 53 zone that the domain is in, because the certificate is validated there; fix: name the zone, or set LoadBalancer.DomainRecords to "printed" for a domain outside of Route 53`,
	}},
	{"zone in upper case", func(c *Config) { c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.Example.com", "Example.com" }, []string{
		`LoadBalancer.HostedZone: "Example.com" has the wrong form; this program allows a name in lower case, without a wildcard and without a dot at the end, because clients and Route 53 write it so; fix: write the zone's name, such as example.com`,
	}},
	{"domain form", func(c *Config) { c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "*.example.com", "example.com" }, []string{
		`LoadBalancer.Domain: "*.example.com" has the wrong form; this program allows a name in lower case, without a wildcard and without a dot at the end, because clients and Route 53 write it so; fix: write a name such as api.example.com`,
	}},
	{"domain template", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "${x}.example.com", "example.com"
	}, []string{
		`LoadBalancer.Domain: "${x}.example.com" is not a domain name; AWS allows labels of letters, digits and inner hyphens, with dots between them; fix: write a name such as api.example.com`,
	}},
	{"zone form", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.example.com", "example.com."
	}, []string{
		`LoadBalancer.HostedZone: "example.com." has the wrong form; this program allows a name in lower case, without a wildcard and without a dot at the end, because clients and Route 53 write it so; fix: write the zone's name, such as example.com`,
	}},
	{"domain records", func(c *Config) { c.LoadBalancer.DomainRecords = "mine" }, []string{
		`LoadBalancer.DomainRecords: "mine" is unknown; this program allows own, take-over, elsewhere or printed, because it knows only these owners; fix: write own`,
	}},
	{"domain records without domain", func(c *Config) { c.LoadBalancer.DomainRecords = RecordsElsewhere }, []string{
		`LoadBalancer.DomainRecords: "elsewhere" is set although LoadBalancer.Domain is empty; this program allows own, because there are no records without a domain; fix: set LoadBalancer.Domain, or write own`,
	}},
	{"domain outside zone", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.notexample.com", "example.com"
	}, []string{
		`LoadBalancer.Domain: "api.notexample.com" is not inside LoadBalancer.HostedZone; AWS allows example.com or a name that ends in .example.com; fix: correct the zone or write a name such as api.example.com`,
	}},
	{"domain long", func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = strings.Repeat("a", 53)+".example.com", "example.com"
	}, []string{
		`LoadBalancer.Domain: "` + strings.Repeat("a", 53) + `.example.com" has 65 characters; AWS allows 0 to 64 characters; fix: write a text of 0 to 64 characters`,
	}},
	{"domain not a name", func(c *Config) { c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "-api.example.com", "example.com" }, []string{
		`LoadBalancer.Domain: "-api.example.com" is not a domain name; AWS allows labels of letters, digits and inner hyphens, with dots between them; fix: write a name such as api.example.com`,
	}},
	{"domain in upper case", func(c *Config) { c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "API.example.com", "example.com" }, []string{
		`LoadBalancer.Domain: "API.example.com" has the wrong form; this program allows a name in lower case, without a wildcard and without a dot at the end, because clients and Route 53 write it so; fix: write a name such as api.example.com`,
	}},
	{"alternative name without a domain", func(c *Config) { c.LoadBalancer.AlternativeNames = []string{"www.example.com"} }, []string{
		`LoadBalancer.AlternativeNames[0]: "www.example.com" is set although LoadBalancer.Domain is empty; this program allows no further name without a first one, because the domain is the certificate's first name; fix: write it as LoadBalancer.Domain`,
	}},
	{"alternative name twice", named("www.example.com", "api.example.com", "www.example.com"), []string{
		`LoadBalancer.AlternativeNames[1]: "api.example.com" stands there twice; this program allows each name once, LoadBalancer.Domain among them, because each has records of its own; fix: remove one of the two`,
		`LoadBalancer.AlternativeNames[2]: "www.example.com" stands there twice; this program allows each name once, LoadBalancer.Domain among them, because each has records of its own; fix: remove one of the two`,
	}},
	{"alternative name outside the zone", named("example.org"), []string{
		`LoadBalancer.AlternativeNames[0]: "example.org" is not inside LoadBalancer.HostedZone; AWS allows example.com or a name that ends in .example.com; fix: correct the zone or write a name such as www.example.com`,
	}},
	{"wildcard within a name", named("api.*.example.com"), []string{
		`LoadBalancer.AlternativeNames[0]: "api.*.example.com" is not a domain name; AWS allows labels of letters, digits and inner hyphens, with dots between them; fix: write a name such as www.example.com`,
	}},
	{"alternative name in upper case", named("*.Example.com"), []string{
		`LoadBalancer.AlternativeNames[0]: "*.Example.com" has the wrong form; this program allows a name in lower case, without a wildcard and without a dot at the end, because clients and Route 53 write it so; fix: write a name such as www.example.com`,
	}},
	{"alternative name long", named(strings.Repeat("a.", 122) + "example.com"), []string{
		`LoadBalancer.AlternativeNames[0]: "` + strings.Repeat("a.", 122) + `example.com" has 255 characters; AWS allows 1 to 253 characters; fix: write a text of 1 to 253 characters`,
	}},
	{"too many names", func(c *Config) {
		named()(c)
		for i := range 10 {
			c.LoadBalancer.AlternativeNames = append(c.LoadBalancer.AlternativeNames, fmt.Sprintf("shop-%d.example.com", i))
		}
	}, []string{
		`LoadBalancer.AlternativeNames: 10 is too many names; AWS allows 9 beside the domain, unless it raises the account's quota; fix: remove 1, or write a wildcard in place of several`,
	}},
	{"id of a zone without its name", func(c *Config) { c.LoadBalancer.HostedZoneID = "Z0123456789ABCDEFGHIJ" }, []string{
		`LoadBalancer.HostedZoneID: "Z0123456789ABCDEFGHIJ" is set although LoadBalancer.HostedZone is empty; this program allows an id beside the zone's name, because the names of the API are checked against that; fix: set LoadBalancer.HostedZone, too`,
	}},
	{"id of a zone with its path", func(c *Config) {
		named()(c)
		c.LoadBalancer.HostedZoneID = "/hostedzone/Z0123456789ABCDEFGHIJ"
	}, []string{
		`LoadBalancer.HostedZoneID: "/hostedzone/Z0123456789ABCDEFGHIJ" has the wrong form; AWS allows Z, then up to 31 capital letters and digits; fix: copy the id from Route 53, without /hostedzone/`,
	}},
}

var acceptedDomain = map[string]func(*Config){
	"domain in zone": func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "v2.api.example.com", "example.com"
	},
	"domain of the zone": func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "xn--bcher-kva.example", "xn--bcher-kva.example"
	},
	"domain taken over": func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone, c.LoadBalancer.DomainRecords = "api.example.com", "example.com", RecordsTakeOver
	},
	"longest domain": func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = strings.Repeat("a", 52)+".example.com", "example.com"
	},
	"label of digits":         func(c *Config) { c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "1.example.123", "example.123" },
	"names beside the domain": named("example.com", "www.example.com", "*.shop.example.com"),
	"id of the zone": func(c *Config) {
		named()(c)
		c.LoadBalancer.HostedZoneID = "Z0123456789ABCDEFGHIJ"
	},
	"domain of another DNS": func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.DomainRecords = "api.example.com", RecordsPrinted
	},
	"domain of another DNS that is proved": func(c *Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.DomainRecords = "api.example.com", RecordsElsewhere
	},
	"nine names": named("a.example.com", "b.example.com", "c.example.com", "d.example.com", "e.example.com",
		"f.example.com", "g.example.com", "h.example.com", strings.Repeat("a.", 121)+"example.com"),
}

func TestHTTPS(t *testing.T) {
	assert.False(t, LoadBalancer{}.HTTPS())
	assert.True(t, LoadBalancer{Domain: "api.example.com"}.HTTPS())
	assert.True(t, LoadBalancer{CertificateARN: certificate("eu-south-1")}.HTTPS())
	assert.False(t, LoadBalancer{Domain: "api.example.com", DomainRecords: RecordsPrinted}.HTTPS())
}
