package config

import (
	"fmt"
	"strings"
)

var refusedTags = []refusal{
	{"missing tag", func(c *Config) { delete(c.Tags, "Project") }, []string{
		`Tags["Project"]: "" is empty; this program allows any value but the empty one, because every resource says what it belongs to and what made it; fix: write a value such as ecommerce-api`,
	}},
	{"tag of AWS", func(c *Config) { c.Tags["AWS:x"] = "1" }, []string{
		`Tags["AWS:x"]: "AWS:x" is a key that AWS reserves; AWS allows keys that do not begin with aws: or rds:; fix: rename the tag`,
	}},
	{"tag Name", func(c *Config) { c.Tags["name"] = "x" }, []string{
		`Tags["name"]: "name" is a key that this program sets; this program allows keys other than Name, because a tag Name would hide the name of each resource; fix: remove the tag name`,
	}},
	{"tag template", func(c *Config) { c.Tags["Owner"] = "${x}" }, []string{
		`Tags["Owner"]: "${x}" has the wrong form; AWS allows a value of letters, digits, spaces and _ . : / = + - @; fix: remove the other characters from the value`,
	}},
	{"tag key of RDS", func(c *Config) { c.Tags["rds:x"] = "x" }, []string{
		`Tags["rds:x"]: "rds:x" is a key that AWS reserves; AWS allows keys that do not begin with aws: or rds:; fix: rename the tag`,
	}},
	{"tag value of AWS", func(c *Config) { c.Tags["Owner"] = "AWS:me" }, []string{
		`Tags["Owner"]: "AWS:me" is a value that AWS reserves; AWS allows values that do not begin with aws: or rds:; fix: change the value`,
	}},
	{"tag key characters", func(c *Config) { c.Tags["a,b"] = "x" }, []string{
		`Tags["a,b"]: "a,b" has the wrong form; AWS allows a key of letters, digits, spaces and _ . : / = + - @; fix: rename the tag`,
	}},
	{"tag key empty", func(c *Config) { c.Tags[""] = "x" }, []string{
		`Tags[""]: "" has 0 characters; AWS allows 1 to 128 characters; fix: write a text of 1 to 128 characters`,
	}},
	{"tag key long", func(c *Config) { c.Tags[strings.Repeat("k", 129)] = "x" }, []string{
		`Tags["` + strings.Repeat("k", 129) + `"]: "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" has 129 characters; AWS allows 1 to 128 characters; fix: write a text of 1 to 128 characters`,
	}},
	{"tag value long", func(c *Config) { c.Tags["Owner"] = strings.Repeat("é", 257) }, []string{
		`Tags["Owner"]: "` + strings.Repeat("é", 257) + `" has 257 characters; AWS allows 0 to 256 characters; fix: write a text of 0 to 256 characters`,
	}},
	{"tags that differ in case", func(c *Config) { c.Tags["project"] = "x" }, []string{
		`Tags["project"]: "project" differs from "Project" only in case; AWS allows keys that differ in more than case; fix: remove the tag project`,
	}},
	{"too many tags", func(c *Config) {
		for i := range 38 {
			c.Tags[fmt.Sprint("tag", i)] = ""
		}
	}, []string{
		`Tags: 41 is too many tags; this program allows 40 tags, because the rest of AWS's 50 is left to the resource's own and to those that the account adds; fix: remove 1`,
	}},
	{"required tag in other case", func(c *Config) { delete(c.Tags, "Project"); c.Tags["project"] = "x" }, []string{
		`Tags["Project"]: "" is empty; this program allows any value but the empty one, because every resource says what it belongs to and what made it; fix: rename the tag project to Project`,
	}},
	{"required tag in upper case", func(c *Config) { c.Tags["PROJECT"] = "x" }, []string{
		`Tags["PROJECT"]: "PROJECT" differs from "Project" only in case; AWS allows keys that differ in more than case; fix: remove the tag PROJECT`,
	}},
	{"other tags that differ in case", func(c *Config) { c.Tags["Owner"], c.Tags["owner"] = "x", "y" }, []string{
		`Tags["owner"]: "owner" differs from "Owner" only in case; AWS allows keys that differ in more than case; fix: remove the tag owner`,
	}},
}

var acceptedTags = map[string]func(*Config){
	"empty tag":       func(c *Config) { c.Tags["Owner"] = "" },
	"every character": func(c *Config) { c.Tags["Cost Center é1_.:/=+-@"] = "Cost Center é1_.:/=+-@" },
	"longest tag":     func(c *Config) { c.Tags[strings.Repeat("k", 128)] = strings.Repeat("é", 256) },
	"most tags": func(c *Config) {
		for i := range 37 {
			c.Tags[fmt.Sprint("tag", i)] = ""
		}
	},
}
