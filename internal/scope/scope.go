// Package scope narrows the documented policies, which are for every environment of an
// account, to one of them.
package scope

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"flask-api/config"
)

// maxPolicy is how many characters a managed policy may have, white space aside:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxPolicy = 6144

// Boundary is how the documents call the boundary of all environments: the policy of
// docs/permissions-boundary.json in any account, since a boundary is of the role's own.
const Boundary = "arn:aws:iam::*:policy/flask-api-boundary"

// documented is the name that the documents are written for.
const documented = "flask-api"

// anyVPC is what the documents call the VPC that an environment stands in.
const anyVPC = "arn:aws:ec2:*:*:vpc/*"

// anyCluster is what the documents call the database that an environment is a clone of.
const anyCluster = "arn:aws:rds:*:*:cluster:flask-api-aurora-*"

// example is the bucket of the state that the documents name.
const example = "arn:aws:s3:::example-terraform-state"

// Document is a policy, with its fields in the order in which they are written.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is one of a policy.
type Statement struct {
	Sid, Effect string
	Action      []string
	Resource    any
	Condition   map[string]map[string]any `json:",omitempty"`
}

// Documents are the files of the folder that are policies of the environment.
func Documents(env config.Config, folder string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	return slices.DeleteFunc(paths, func(path string) bool {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		bounded := env.Deployment.PermissionsBoundary != ""
		switch name {
		case "deploy-policy-roles":
			return bounded
		case "deploy-policy-roles-bounded", "permissions-boundary":
			return !bounded
		case "background-plan-policy":
			return len(env.Queues)+len(env.Buckets)+len(env.Jobs) == 0 && !env.Cache.Enabled()
		case "deploy-policy-background":
			return len(env.Queues)+len(env.Buckets) == 0
		case "deploy-policy-cache":
			return !env.Cache.Enabled()
		case "deploy-policy-jobs":
			return len(env.Jobs) == 0
		case "deploy-policy-existing":
			return !env.Network.InExistingVPC()
		case "state-policy", "state-plan-policy":
			return env.State.Backend != config.BackendS3
		}
		return !strings.HasSuffix(name, "-policy") && !strings.HasPrefix(name, "deploy-policy-") || strings.HasSuffix(name, "-trust-policy")
	}), err
}

// Narrow is the document for the environment alone, in as many parts as IAM wants of it.
func Narrow(env config.Config, text []byte) ([][]byte, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("the policy: %w", err)
	}
	for i := range d.Statement {
		s := &d.Statement[i]
		var err error
		for _, keys := range s.Condition {
			for key, values := range keys {
				if keys[key], err = narrowed(env, values, s.tags()); err != nil {
					return nil, fmt.Errorf("the statement %s: %s: %w", s.Sid, key, err)
				}
			}
		}
		if s.Resource, err = narrowed(env, s.Resource, nil); err != nil {
			return nil, fmt.Errorf("the statement %s: %w", s.Sid, err)
		}
	}
	// What is on nothing that the environment has.
	d.Statement = slices.DeleteFunc(d.Statement, func(s Statement) bool { return reflect.DeepEqual(s.Resource, []string(nil)) })
	return d.parts()
}

// parts are the document in as many as are needed to be short enough.
func (d Document) parts() ([][]byte, error) {
	var parts []Document
	for _, s := range d.Statement {
		last := len(parts) - 1
		if last >= 0 && (Document{d.Version, append(slices.Clone(parts[last].Statement), s)}).fits() {
			parts[last].Statement = append(parts[last].Statement, s)
			continue
		}
		if parts = append(parts, Document{d.Version, []Statement{s}}); !parts[last+1].fits() {
			return nil, fmt.Errorf("the statement %s has more than the %d characters that IAM takes of a policy; a shorter name, suffix or role path makes room", s.Sid, maxPolicy)
		}
	}
	var out [][]byte
	for _, part := range parts {
		out = append(out, append(part.text(), '\n'))
	}
	return out, nil
}

func (d Document) text() []byte {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err) // It is decoded JSON.
	}
	return text
}

// fits says whether IAM takes it, which does not count white space.
func (d Document) fits() bool {
	n := 0
	for _, r := range string(d.text()) {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n <= maxPolicy
}

// narrowed are the values with what the names say in place of each pattern, by the
// environment's own name; flask-api-* are the tags. ARNs are those of its part of AWS.
func narrowed(env config.Config, values any, tags []string) (any, error) {
	var out []string
	partition, _ := config.PartitionOf(env.Region)
	own := strings.NewReplacer(":role/"+documented, ":role/"+strings.TrimPrefix(env.Deployment.RolePath, "/")+env.Name, documented, env.Name, "@", env.Suffix)
	for _, text := range listed(values) {
		replacements, known := names[text]
		switch {
		case text == documented+"-*" && len(tags) > 0:
			replacements, known = tags, true
		case text == anyVPC && env.Network.InExistingVPC():
			replacements = []string{strings.TrimSuffix(anyVPC, "*") + env.Network.Existing.VPCID}
		case text == anyCluster:
			replacements = []string{}
			if env.Database.CloneOf != "" {
				replacements = []string{strings.TrimSuffix(anyCluster, documented+"-aurora-*") + env.CloneSource()}
			}
		case text == Boundary:
			replacements = []string{env.Deployment.PermissionsBoundary}
		case strings.HasPrefix(text, example):
			replacements = []string{strings.NewReplacer(example, "arn:aws:s3:::"+env.State.Bucket, documented+"-*", env.StackName()+".*").Replace(text)}
		case !known && strings.Contains(text, documented+"-"):
			return nil, fmt.Errorf("nobody said what %s is in one environment; add it to internal/scope", text)
		case !known:
			replacements = []string{text}
		}
		if known {
			replacements = each(replacements, "{queue}", env.Queues, func(q config.Queue) string { return q.Name })
			replacements = each(replacements, "{bucket}", env.Buckets, func(b config.Bucket) string { return b.Name })
			replacements = each(replacements, "{service}", env.Services, func(w config.WebService) string { return w.Name })
			replacements = each(replacements, "{worker}", env.Workers, func(w config.Worker) string { return w.Name })
		}
		for _, replacement := range replacements {
			if known {
				replacement = own.Replace(replacement)
			}
			if arn, is := strings.CutPrefix(replacement, "arn:aws:"); is {
				replacement = "arn:" + partition.ID + ":" + arn
			}
			out = append(out, replacement)
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

// each are the texts, with the name of each part in the place of its word.
func each[P any](texts []string, word string, parts []P, name func(P) string) []string {
	var out []string
	for _, text := range texts {
		if !strings.Contains(text, word) {
			out = append(out, text)
			continue
		}
		for _, part := range parts {
			out = append(out, strings.ReplaceAll(text, word, name(part)))
		}
	}
	return out
}

// listed are the values of one, or of several.
func listed(values any) []string {
	list, several := values.([]any)
	if !several {
		return []string{fmt.Sprint(values)}
	}
	var out []string
	for _, value := range list {
		out = append(out, fmt.Sprint(value))
	}
	return out
}
