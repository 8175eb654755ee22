package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

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

// tagField is the path of a tag.
func tagField(key string) string { return fmt.Sprintf("Tags[%q]", key) }
