package config

import "slices"

// Gap is something that an environment lacks. The plan of a Protected one that has any, and
// does not say in Acknowledged that it is known, fails; [UnmaskedData], of others, is refused
// before.
type Gap string

const (
	// PlainHTTP is an API without TLS: neither LoadBalancer.Domain nor
	// LoadBalancer.CertificateARN is set.
	PlainHTTP Gap = "plain-http"
	// SilentAlarms are alarms that tell nobody, because Alarms.Emails is empty, or no
	// alarms.
	SilentAlarms Gap = "silent-alarms"
	// StillPlaceholder is an environment that still runs the placeholder after its first
	// deployment, also one that was cut off, because no tag was ever named.
	StillPlaceholder Gap = "placeholder-image"
	// UnmaskedData is the data of another environment, as it is, in one that is not protected.
	UnmaskedData Gap = "unmasked-data"
)

// Gaps are those that the configuration has, whether it is protected or not. The
// placeholder is one only while it runs, which the plan finds out: an image may be named by
// another run.
func (c Config) Gaps() []Gap {
	var gaps []Gap
	if !c.LoadBalancer.HTTPS() {
		gaps = append(gaps, PlainHTTP)
	}
	if len(c.Alarms.Emails) == 0 {
		gaps = append(gaps, SilentAlarms)
	}
	untagged := slices.ContainsFunc(c.Services, func(w WebService) bool { return w.ImageTag == "" })
	if (c.Registry.ImageTag == "" || untagged) && c.Deployment.Images != ImagesExternal {
		gaps = append(gaps, StillPlaceholder)
	}
	if c.leavesUnmasked() {
		gaps = append(gaps, UnmaskedData)
	}
	return gaps
}

// Unacknowledged are the gaps that a protected environment does not say it knows of.
func (c Config) Unacknowledged() []Gap {
	if !c.Protected {
		return nil
	}
	return slices.DeleteFunc(c.Gaps(), func(gap Gap) bool { return slices.Contains(c.Acknowledged, gap) })
}

// checkAcknowledged checks that what is acknowledged is there: what is forgotten here hides
// the same gap later.
func (p *problems) checkAcknowledged(c Config) {
	because := "each is acknowledged once, while it is there"
	for i, gap := range c.Acknowledged {
		field := element("Acknowledged", i)
		switch {
		case !slices.Contains([]Gap{PlainHTTP, SilentAlarms, StillPlaceholder, UnmaskedData}, gap):
			p.add(field, gap, "is no gap", ours("plain-http, silent-alarms, placeholder-image or unmasked-data", "nothing else is refused"), do("write one of them"))
		case slices.Contains(c.Acknowledged[:i], gap):
			p.add(field, gap, "is there twice", ours("each gap once", because), do("remove one of the two"))
		case gap != StillPlaceholder && !slices.Contains(c.Gaps(), gap):
			p.add(field, gap, "is not there", ours("the gaps that there are", because), do("remove it"))
		}
	}
}
