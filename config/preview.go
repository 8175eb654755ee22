package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The variables that make a new environment like one that is defined. ENVIRONMENT_SUFFIX is
// its name.
const (
	likeVariable    = "ENVIRONMENT_LIKE"
	expiresVariable = "ENVIRONMENT_EXPIRES_AT"
	ownerVariable   = "ENVIRONMENT_OWNER"
)

// The tags that a preview has besides those of the environment that it is like. They are
// what `make sweep` knows it by.
const (
	TagLike      = "Like"
	TagExpiresAt = "ExpiresAt"
	TagOwner     = "Owner"
	// PreviewEnvironment is the tag Environment of a preview.
	PreviewEnvironment = "preview"
)

// Preview returns an environment of that suffix that is like this one for a while: it has
// one NAT gateway and no reader, its address is the load balancer's own, and nothing of it
// is protected. Terraform deploys its images. The day or the time at which it expires, and
// its owner, are tags, unless they are empty.
func (c Config) Preview(suffix, expiresAt, owner string) Config {
	tags := map[string]string{"Environment": PreviewEnvironment, TagLike: c.Suffix}
	for tag, value := range map[string]string{TagExpiresAt: expiresAt, TagOwner: owner} {
		if value != "" {
			tags[tag] = value
		}
	}
	c = c.withTags(tags)
	c.Suffix = suffix
	if c.Network.NAT == NATPerZone {
		c.Network.NAT = NATSingle
	}
	own := defaultLoadBalancer()
	l := &c.LoadBalancer
	l.Domain, l.AlternativeNames, l.HostedZone, l.HostedZoneID, l.DomainRecords, l.CertificateARN = "", nil, "", "", own.DomainRecords, ""
	c.Deployment.Images, c.Deployment.GitHubRepository = ImagesTerraform, ""
	c.Services = slices.Clone(c.Services)
	for i := range c.Services { // Its repositories are its own, and empty.
		c.Services[i].ImageTag = ""
	}
	c.Database.ReaderCount, c.Database.MaxReaders = 0, 0
	return c
}

// previewed is the preview that the variables ask for, or what is wrong with them.
func previewed(defined []Config, suffix string, getenv func(string) string) ([]Config, error) {
	like, expiresAt, owner := getenv(likeVariable), getenv(expiresVariable), getenv(ownerVariable)
	p := &problems{environment: suffix}
	called := func(name string) func(Config) bool { return func(c Config) bool { return c.Suffix == name } }
	i := slices.IndexFunc(defined, called(like))
	var names []string
	for _, c := range defined {
		if !c.Protected {
			names = append(names, c.Suffix)
		}
	}
	allowed, choose := strings.Join(names, ", "), do("define an environment that is not protected")
	if len(names) > 0 {
		choose = suggest("write", names[0])
	}
	switch {
	case suffix == "":
		p.add(likeVariable, like, "makes an environment without a name", ours("it together with ENVIRONMENT_SUFFIX", "the new environment has a name of its own"), do("set ENVIRONMENT_SUFFIX"))
	case slices.ContainsFunc(defined, called(suffix)):
		p.add(likeVariable, like, "is for an environment that is defined", ours("it for a new environment", suffix+" is what config/environments.go says"), do("choose another name or unset "+likeVariable))
	case i < 0:
		p.add(likeVariable, like, "is not defined", ours(cmp.Or(allowed, "nothing"), "a new environment is like one of config/environments.go that is not protected"), choose)
	case defined[i].Protected:
		p.add(likeVariable, like, "is protected", ours(cmp.Or(allowed, "nothing"), "its copy would cost as much, and what expires must not keep its data"), choose)
	case defined[i].State.Workspace != "":
		p.add(likeVariable, like, "has a workspace of its own", ours("an environment with State.WorkspaceTags or another backend", "the two would share one state"), do("set State.WorkspaceTags of "+like+" in place of State.Workspace"))
	case expiresAt != "":
		if _, err := ParseExpiry(expiresAt); err != nil {
			p.add(expiresVariable, expiresAt, "is no time", ours("a day or a time in UTC, such as 2030-01-31 or 2030-01-31T18:00:00Z", "whoever removes what has expired compares it"), suggest("write a day such as", "2030-01-31"))
		}
	}
	if len(p.errs) > 0 {
		return nil, p.join()
	}
	return []Config{defined[i].Preview(suffix, expiresAt, owner)}, nil
}

// ParseExpiry reads when a preview expires: a day, at whose beginning, or a time.
func ParseExpiry(text string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("%q is neither a day nor a time: %w", text, err)
	}
	return at, nil
}
