package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// suffixForm is what every physical name can hold: load balancers refuse
// underscores and a hyphen at the end, RDS identifiers are lower-case and refuse
// two hyphens in a row.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
var suffixForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// physicalName is a kind of physical name that has a narrow limit.
type physicalName struct {
	resource, kind string
	limit          int
}

// physicalNames are the names that the suffix could make too long. The other
// kinds take 128 characters or more, but for the bucket of access logs, whose 63
// leave 31 to the suffix, more than the load balancer's.
func physicalNames(readers int) []physicalName {
	return []physicalName{
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
		{"alb", "load balancer", 32},
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
		{"tg", "target group", 32},
		// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
		{"execution-role", "role", 64},
		{"task-role", "role", 64},
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
		{"aurora", "database cluster", 63},
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
		{"aurora-writer", "database instance", 63},
		{"aurora-reader-" + strconv.Itoa(readers), "database instance", 63},
	}
}

// checkSuffix checks the characters, then every physical name's length; the
// shortest limit is the load balancer's, which leaves 18 characters.
//
// AWS advises against a secret whose name ends in a hyphen and six characters,
// because Secrets Manager can then mistake a partial ARN for another secret's.
// A suffix of six characters is allowed nevertheless: this program refers to
// the secret by its full ARN only.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
func (p *problems) checkSuffix(c Config) {
	const allowed = "1 to 18 lower-case letters, digits and single inner hyphens"
	p.matches("Suffix", c.Suffix, suffixForm, allowed, "write a suffix such as dev or production")
	for _, n := range physicalNames(c.Database.ReaderCount) {
		name := c.Name(n.resource)
		if excess := utf8.RuneCountInString(name) - n.limit; excess > 0 {
			p.add("Suffix", c.Suffix,
				fmt.Sprintf("makes the %s name %q too long by %d (%d of %d characters)", n.kind, name, excess, n.limit+excess, n.limit),
				allowed, fmt.Sprintf("shorten the suffix by %d or more", excess))
		}
	}
}

// Limits of a tag.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	maxTagKey   = 128
	maxTagValue = 256
	// maxTags leaves ten of the 50 tags of a resource to the resource's own
	// `Name` and to what AWS and the account's policies add.
	maxTags = 40
)

// tagForm is the characters that every AWS service takes. It has no `$`, so
// that Terraform cannot read a tag as a template.
var tagForm = regexp.MustCompile(`^[\p{L}\p{N}\p{Z}_.:/=+@-]*$`)

// requiredTags say of every resource what it belongs to and what made it.
var requiredTags = []string{"Environment", "ManagedBy", "Project"}

// checkTags checks the tags in the order of their keys, so that the same
// configuration always reports the same lines.
func (p *problems) checkTags(tags map[string]string) {
	for _, key := range requiredTags {
		if tags[key] == "" {
			p.add(tagField(key), "", "is empty", "a value, since every resource carries this tag", "add the tag "+key)
		}
	}
	if len(tags) > maxTags {
		p.add("Tags", len(tags), "is too many tags", fmt.Sprintf("%d tags or fewer", maxTags),
			fmt.Sprintf("remove %d", len(tags)-maxTags))
	}
	folded := make(map[string]string, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		p.checkTag(key, tags[key])
		// IAM takes keys that differ only in case for the same key.
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
		lower := strings.ToLower(key)
		if other, taken := folded[lower]; taken {
			p.add(tagField(key), key, fmt.Sprintf("differs from %q only in case", other),
				"keys that differ in more than case", "remove one of the two")
		}
		folded[lower] = key
	}
}

// checkTag checks one tag.
func (p *problems) checkTag(key, value string) {
	const characters = "letters, digits, spaces and _ . : / = + - @"
	field := tagField(key)
	p.length(field, key, 1, maxTagKey)
	p.length(field, value, 0, maxTagValue)
	p.matches(field, key, tagForm, "a key of "+characters, "remove the other characters")
	p.matches(field, value, tagForm, "a value of "+characters, "remove the other characters")
	switch lower := strings.ToLower(key); {
	case strings.HasPrefix(lower, "aws:"):
		p.add(field, key, "is a key that AWS reserves", "keys that do not begin with aws:", "rename the tag")
	case lower == "name":
		p.add(field, key, "would hide the name of each resource", "keys other than Name", "remove the tag")
	}
}

// length wants low to high characters.
func (p *problems) length(field, value string, low, high int) {
	if n := utf8.RuneCountInString(value); n < low || n > high {
		p.add(field, value, fmt.Sprintf("has %d characters", n), fmt.Sprintf("%d to %d characters", low, high),
			fmt.Sprintf("write a text of %d to %d characters", low, high))
	}
}

// tagField is the path of a tag.
func tagField(key string) string { return fmt.Sprintf("Tags[%q]", key) }
