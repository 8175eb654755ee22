package export

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// providerSchemas are a provider's, as `terraform providers schema -json` has them.
const providerSchemas = `{"format_version": "1.0", "provider_schemas": {"registry.terraform.io/hashicorp/aws": {
  "provider": {"version": 0, "block": {"block_types": {"default_tags": {"nesting_mode": "list", "block": {"attributes": {"tags": {"type": ["map", "string"]}}}}}}},
  "resource_schemas": {
    "aws_thing": {"version": 0, "block": {
      "attributes": {"arn": {"type": "string"}, "port": {"type": "number"}, "rules": {"type": ["list", ["object", {"from": "string"}]]}},
      "block_types": {
        "rule": {"nesting_mode": "list", "block": {"block_types": {"filter": {"nesting_mode": "single", "block": {}}}}},
        "named": {"nesting_mode": "map", "block": {}}
      }
    }}
  },
  "data_source_schemas": {"aws_thing": {"version": 0, "block": {"attributes": {"arn": {"type": "string"}}}}},
  "ephemeral_resource_schemas": {"aws_password": {"version": 0, "block": {}}}
}}}`

func exporting(t *testing.T) *exporter {
	t.Helper()
	schemas := &tfjson.ProviderSchemas{}
	require.NoError(t, json.Unmarshal([]byte(providerSchemas), schemas))
	return &exporter{schemas: schemas.Schemas}
}

func TestValues(t *testing.T) {
	e := exporting(t)
	for name, texts := range map[string]map[string]string{
		"name": {
			`plain`:                              `"plain"`,
			`"quotes" and \ and`:                 `"\"quotes\" and \\ and"`,
			"lines\n\tof text":                   `"lines\n\tof text"`,
			`${aws_thing.one.arn}`:               `aws_thing.one.arn`,
			`${[for z in local.zones : z][0]}`:   `[for z in local.zones : z][0]`,
			`arn:${local.a}:"${f("x ${b} y")}"`:  `"arn:${local.a}:\"${f("x ${b} y")}\""`,
			`$${kept} and %%{kept}`:              `"$${kept} and %%{kept}"`,
			`%{ if a }"x"%{ endif }`:             `"%{ if a }\"x\"%{ endif }"`,
			`${a}${b}`:                           `"${a}${b}"`,
			``:                                   `""`,
			`{"a":1,"b":["${aws_thing.t.arn}"]}`: "jsonencode({\na = 1\nb = [aws_thing.t.arn]\n})",
			`{"b":1,"a":2}`:                      `"{\"b\":1,\"a\":2}"`, // jsonencode would sort the keys.
			`{"a":"<"}`:                          `"{\"a\":\"<\"}"`,     // And write \u003c.
			`{no JSON}`:                          `"{no JSON}"`,
		},
		"policy": {
			`{"b":"${data.aws_thing.t.arn}/*","a":[]}`:                                "jsonencode({\na = []\nb = \"${data.aws_thing.t.arn}/*\"\n})",
			`{"port":"${aws_thing.t.port}","to":${local.list},"of":"${local.maybe}"}`: "jsonencode({\nof = \"${local.maybe}\"\nport = \"${aws_thing.t.port}\"\nto = jsondecode(local.list)\n})",
			`{"${aws_thing.t.arn}":"\"${local.a}\"","aws:x":null}`:                    "jsonencode({\n\"aws:x\" = null\n(aws_thing.t.arn) = \"\\\"${local.a}\\\"\"\n})",
		},
	} {
		for text, want := range texts {
			assert.Equal(t, want, e.text(name, text), text)
		}
	}
}

// stack has a block of each kind.
const stack = `{
  "//": {"metadata": {"stackName": "s"}},
  "terraform": {"required_version": ">= 1.11", "backend": {"local": {"path": "../../../s.tfstate"}}, "required_providers": {"aws": {"source": "hashicorp/aws"}}},
  "provider": {"aws": [{"region": "eu-south-1", "default_tags": [{"tags": {"Project": "p", "a:b": "c"}}]}]},
  "variable": {"size": {"type": "number", "default": 1}},
  "locals": {"part_now": "${timestamp()}"},
  "data": {"aws_thing": {"found": {"//": {"metadata": {"path": "s/found"}}}}},
  "ephemeral": {"aws_password": {"part_password": {"length": 32}}},
  "resource": {"aws_thing": {"part_one": {
    "//": {"metadata": {"path": "s/part/one"}},
    "depends_on": ["data.aws_thing.found"],
    "for_each": "${toset([\"a\"])}",
    "lifecycle": {"prevent_destroy": true, "ignore_changes": ["port"], "replace_triggered_by": ["aws_thing.two.arn"],
      "postcondition": [{"condition": "${self.port == 1}", "error_message": "It is ${self.port}."}]},
    "named": {"x": {"port": 1}},
    "port": 1.50,
    "provisioner": [{"local-exec": {"command": "true"}}],
    "rule": [{"filter": {"prefix": ""}}, {"filter": {"prefix": "a"}}],
    "rules": [{"from": "here"}]
  }}},
  "check": {"up": {"assert": [{"condition": "${local.up}", "error_message": "down"}]}},
  "output": {"arn": {"value": "${aws_thing.part_one.arn}", "description": "ARN"}},
  "moved": [{"from": "aws_thing.old", "to": "aws_thing.part_one"}],
  "removed": [{"from": "aws_thing.gone", "lifecycle": {"destroy": false}}]
}`

// wanted are the files of the stack.
var wanted = map[string]string{
	"main.tf": `data "aws_thing" "found" {
}

check "up" {
  assert {
    condition     = local.up
    error_message = "down"
  }
}
`,
	"part.tf": `locals {
  part_now = timestamp()
}

ephemeral "aws_password" "part_password" {
  length = 32
}

resource "aws_thing" "part_one" {
  for_each = toset(["a"])
  port     = 1.50
  rules = [
    {
      from = "here"
    },
  ]

  named "x" {
    port = 1
  }

  provisioner "local-exec" {
    command = "true"
  }

  rule {
    filter {
      prefix = ""
    }
  }

  rule {
    filter {
      prefix = "a"
    }
  }

  lifecycle {
    ignore_changes       = [port]
    prevent_destroy      = true
    replace_triggered_by = [aws_thing.two.arn]

    postcondition {
      condition     = self.port == 1
      error_message = "It is ${self.port}."
    }
  }

  depends_on = [data.aws_thing.found]
}
`,
	"moved.tf": `moved {
  from = aws_thing.old
  to   = aws_thing.part_one
}

removed {
  from = aws_thing.gone

  lifecycle {
    destroy = false
  }
}
`,
	"outputs.tf": `output "arn" {
  description = "ARN"
  value       = aws_thing.part_one.arn
}
`,
	"terraform.tf": `terraform {
  required_version = ">= 1.11"

  backend "local" {
    path = "../s.tfstate"
  }

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-south-1"

  default_tags {
    tags = {
      Project = "p"
      "a:b"   = "c"
    }
  }
}
`,
	"variables.tf": `variable "size" {
  default = 1
  type    = number
}
`,
}

// fake is a Terraform that knows the schemas, in the folder.
func fake(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "terraform")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700)) //nolint:gosec // It must be executable.
	return path
}

// synthesised is a folder with the stack, with more in it.
func synthesised(t *testing.T, stack string) (folder, out string) {
	t.Helper()
	dir := t.TempDir()
	folder = filepath.Join(dir, "cdktf.out", "stacks", "s")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "cdk.tf.json"), []byte(stack), 0o600))
	return folder, filepath.Join(dir, "out")
}

func TestWrite(t *testing.T) {
	folder, out := synthesised(t, stack)
	terraform := fake(t, "case $1 in providers) cat <<'.'\n"+providerSchemas+"\n.\n;; init) grep -q hashicorp/aws providers.tf.json ;; esac")
	names, err := Write(t.Context(), terraform, folder, out)
	require.NoError(t, err)
	assert.Len(t, names, len(wanted))
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(out, name)) //nolint:gosec // The test's own.
		require.NoError(t, err)
		assert.Equal(t, wanted[name], string(text), name)
	}
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	assert.Len(t, entries, len(wanted), "nothing else stays")

	_, err = Write(t.Context(), terraform, folder, out)
	require.ErrorContains(t, err, "file exists: what was exported may have been changed since; move it away first")
}

func TestWriteRefuses(t *testing.T) {
	knows := "case $1 in providers) cat <<'.'\n" + providerSchemas + "\n.\n;; esac"
	for says, c := range map[string]struct{ terraform, stack string }{
		"no provider of the stack knows the resource other_thing": {knows, `{"resource": {"other_thing": {"x": {}}}}`},
		`a block "module" is nothing that can be exported`:        {knows, `{"module": {"x": {}}}`},
		"main.tf would not be readable":                           {knows, `{"data": {"aws_thing": {"x": {"a": "${b c}"}}}}`},
		"open":                                                    {knows, `{"data": {"aws_thing": {"x": {"a": "${path.module}/release.zip"}}}}`},
		"init: exit status 1\nsaid\ncomplained":                   {"echo said; echo complained >&2; exit 1", stack},
		"unexpected end of JSON input":                            {"exit 0", stack},
		"unexpected EOF":                                          {knows, `{`},
	} {
		folder, out := synthesised(t, c.stack)
		_, err := Write(t.Context(), fake(t, c.terraform), folder, out)
		require.ErrorContains(t, err, says)
		assert.NoDirExists(t, out, "nothing is left")
	}
}

// TestWriteTakesFiles copies what the stack reads, and nothing else.
func TestWriteTakesFiles(t *testing.T) {
	folder, out := synthesised(t, `{"data": {"aws_thing": {"x": {"a": "${path.module}/release.zip"}}}, "terraform": {"backend": {"s3": {"bucket": "b"}}}}`)
	for _, name := range []string{"release.zip", "plan"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(name), 0o600))
	}
	names, err := Write(t.Context(), fake(t, "case $1 in providers) cat <<'.'\n"+providerSchemas+"\n.\n;; esac"), folder, out)
	require.NoError(t, err)
	assert.Equal(t, []string{"main.tf", "release.zip", "terraform.tf"}, names)
}
