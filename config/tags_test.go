package config

import (
	"fmt"
	"strings"
)

var refusedTags = []refusal{
	{"missing tag", func(c *Config) { delete(c.Tags, "Project") }, []string{
		`Tags["Project"]: "" is empty; allowed: a value, since every resource carries this tag; fix: add the tag Project`,
	}},
	{"tag of AWS", func(c *Config) { c.Tags["AWS:x"] = "1" }, []string{
		`Tags["AWS:x"]: "AWS:x" is a key that AWS reserves; allowed: keys that do not begin with aws:; fix: rename the tag`,
	}},
	{"tag Name", func(c *Config) { c.Tags["name"] = "x" }, []string{
		`Tags["name"]: "name" would hide the name of each resource; allowed: keys other than Name; fix: remove the tag`,
	}},
	{"tag template", func(c *Config) { c.Tags["Owner"] = "${x}" }, []string{
		`Tags["Owner"]: "${x}" is not of the form; allowed: a value of letters, digits, spaces and _ . : / = + - @; fix: remove the other characters`,
	}},
	{"tag key characters", func(c *Config) { c.Tags["a,b"] = "x" }, []string{
		`Tags["a,b"]: "a,b" is not of the form; allowed: a key of letters`,
	}},
	{"tag key empty", func(c *Config) { c.Tags[""] = "x" }, []string{
		`Tags[""]: "" has 0 characters; allowed: 1 to 128 characters`,
	}},
	{"tag key long", func(c *Config) { c.Tags[strings.Repeat("k", 129)] = "x" }, []string{
		`kkk" has 129 characters; allowed: 1 to 128 characters`,
	}},
	{"tag value long", func(c *Config) { c.Tags["Owner"] = strings.Repeat("é", 257) }, []string{
		`has 257 characters; allowed: 0 to 256 characters; fix: write a text of 0 to 256 characters`,
	}},
	{"tags that differ in case", func(c *Config) { c.Tags["project"] = "x" }, []string{
		`Tags["project"]: "project" differs from "Project" only in case; allowed: keys that differ in more than case; fix: remove one of the two`,
	}},
	{"too many tags", func(c *Config) {
		for i := range 38 {
			c.Tags[fmt.Sprint("tag", i)] = ""
		}
	}, []string{`Tags: 41 is too many tags; allowed: 40 tags or fewer; fix: remove 1`}},
}

var acceptedTags = map[string]func(*Config){
	"empty tag": func(c *Config) { c.Tags["Owner"] = "" },
}
