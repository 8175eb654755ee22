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

// tagForm is the characters that every AWS service accepts: those of IAM, ECS and
// Elastic Load Balancing, which accept the fewest. It has no `$`, so that Terraform
// cannot take a tag for a template.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
var tagForm = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// requiredTags say of every resource what it belongs to and what made it.
var requiredTags = []string{"Environment", "ManagedBy", "Project"}

// checkTags checks the tags in the order of their keys, so that the same
// configuration always reports the same lines.
func (p *problems) checkTags(tags map[string]string) {
	keys := slices.Sorted(maps.Keys(tags))
	for _, key := range requiredTags {
		if tags[key] == "" {
			p.add(entry("Tags", key), "", "is empty", ours("any value but the empty one", "every resource says what it belongs to and what made it"),
				requiredTagFix(key, keys))
		}
	}
	if len(tags) > maxTags {
		p.add("Tags", len(tags), "is too many tags",
			ours(fmt.Sprintf("%d tags", maxTags), "the rest of AWS's 50 is left to the resource's own and to those that the account adds"),
			do(fmt.Sprintf("remove %d", len(tags)-maxTags)))
	}
	for _, key := range keys {
		p.checkTag(key, tags[key])
	}
	p.checkTagCase(keys)
}

// requiredTagFix is what to do about a required tag that is missing. Added to one
// that differs only in case, it would raise the next error.
func requiredTagFix(key string, keys []string) fix {
	for _, other := range keys {
		if other != key && strings.EqualFold(other, key) {
			return do(fmt.Sprintf("rename the tag %s to %s", other, key))
		}
	}
	return suggest("write a value such as", Defaults("").Tags[key])
}

// checkTagCase requires keys that differ in more than case: IAM takes others for the
// same key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
func (p *problems) checkTagCase(keys []string) {
	kept := map[string]string{}
	// The required keys come first, so that never one of them is to be removed.
	for _, key := range slices.Concat(requiredTags, keys) {
		lower := strings.ToLower(key)
		other, taken := kept[lower]
		switch {
		case !taken && slices.Contains(keys, key):
			kept[lower] = key
		case taken && other != key:
			p.add(entry("Tags", key), key, fmt.Sprintf("differs from %q only in case", other),
				aws("keys that differ in more than case"), do("remove the tag "+key))
		}
	}
}

// checkTag checks one tag.
func (p *problems) checkTag(key, value string) {
	const characters = "letters, digits, spaces and _ . : / = + - @"
	field := entry("Tags", key)
	p.length(field, key, 1, maxTagKey)
	p.length(field, value, 0, maxTagValue)
	p.matches(field, key, tagForm, aws("a key of "+characters), do("rename the tag"))
	p.matches(field, value, tagForm, aws("a value of "+characters), do("remove the other characters from the value"))
	switch lower := strings.ToLower(key); {
	// RDS reserves a prefix of its own, and both in values, too:
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Tag.html
	case isReserved(lower):
		p.add(field, key, "is a key that AWS reserves", aws("keys that do not begin with aws: or rds:"), do("rename the tag"))
	case isReserved(strings.ToLower(value)):
		p.add(field, value, "is a value that AWS reserves", aws("values that do not begin with aws: or rds:"), do("change the value"))
	case lower == "name":
		p.add(field, key, "is a key that this program sets", ours("keys other than Name", "a tag Name would hide the name of each resource"),
			do("remove the tag "+key))
	}
}

// isReserved says whether a tag's key or value, in lower case, is one of AWS's own.
func isReserved(text string) bool {
	return strings.HasPrefix(text, "aws:") || strings.HasPrefix(text, "rds:")
}
