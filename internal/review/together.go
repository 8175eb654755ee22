package review

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// together are the risks that only several resources, or the whole environment, show.
func (e Environment) together() []Risk {
	return slices.Concat(e.gone(), e.unknownPolicies(), e.openBuckets(), e.plainHTTP(), e.foreignTargets(), e.untagged(), e.foreignAccounts())
}

// all are the resources of the type, as they will be.
func (e Environment) all(kind string) []attributes {
	var out []attributes
	for address, resource := range e.now {
		if (Change{Address: address}).kind() == kind {
			out = append(out, resource)
		}
	}
	return out
}

// openBuckets are new buckets that a policy or an ACL may open.
func (e Environment) openBuckets() []Risk {
	var out []Risk
	for _, c := range e.Changes {
		if c.kind() != "aws_s3_bucket" || c.Action != Create {
			continue
		}
		closed := slices.ContainsFunc(e.all("aws_s3_bucket_public_access_block"), func(block attributes) bool {
			bucket := fmt.Sprint(block["bucket"])
			return bucket == unknown || bucket == c.after["bucket"] || strings.HasPrefix(bucket, "${"+c.Address+".")
		})
		if !closed {
			out = append(out, Risk{Danger, c.Address, "has no `aws_s3_bucket_public_access_block`: a policy or an ACL can open it to everyone"})
		}
	}
	return out
}

// plainHTTP finds a listener that goes on to serve without TLS beside one with it.
func (e Environment) plainHTTP() []Risk {
	const kind = "aws_lb_listener"
	of := func(protocol string) []attributes {
		return slices.DeleteFunc(e.all(kind), func(listener attributes) bool { return listener["protocol"] != protocol })
	}
	open := slices.ContainsFunc(of("HTTP"), func(listener attributes) bool {
		return synthesis.At(listener, "default_action", "type") != "redirect"
	}) || e.forwardsPlainHTTP()
	if !open || len(of("HTTPS")) == 0 || !slices.ContainsFunc(e.Changes, func(c Change) bool { return matches(listening, c.kind()) }) {
		return nil
	}
	return []Risk{{Danger, e.Name, "serves plain HTTP beside HTTPS: nothing redirects it"}}
}

// arns are those of the resources of the type that are wanted, as others refer to them before
// and after AWS has named them.
func (e Environment) arns(kind string, wanted func(attributes) bool) map[any]bool {
	out := map[any]bool{}
	for address, resource := range e.now {
		if (Change{Address: address}).kind() == kind && wanted(resource) {
			out["${"+address+".arn}"], out[resource["arn"]] = true, true
		}
	}
	return out
}

// forwardsPlainHTTP tells whether a rule of a listener for HTTP does anything but redirect.
func (e Environment) forwardsPlainHTTP() bool {
	plain := e.arns("aws_lb_listener", func(listener attributes) bool { return listener["protocol"] == "HTTP" })
	return slices.ContainsFunc(e.all(listenerRule), func(rule attributes) bool {
		return rule["listener_arn"] != unknown && plain[rule["listener_arn"]] && synthesis.At(rule, "action", "type") != "redirect"
	})
}

// identity is the path of a tag by which environments, their costs and their permissions
// are told apart.
var identity = regexp.MustCompile(`(?:^|\.)tags(?:_all)?\.(Environment|ManagedBy|Project)$`)

// untagged names the tags of that kind that are lost, each once.
func (e Environment) untagged() []Risk {
	var out []Risk
	for _, c := range e.Changes {
		for _, d := range c.Differences {
			tag := identity.FindStringSubmatch(d.Path)
			if tag == nil || d.To != nil || c.after == nil {
				continue
			}
			if risk := (Risk{Caution, e.Name, "has the tag `" + tag[1] + "` no longer, by which people and bills tell whose something is"}); !slices.Contains(out, risk) {
				out = append(out, risk)
			}
		}
	}
	return out
}

// accountOf finds the account in an ARN, or in the address of a registry.
var accountOf = regexp.MustCompile(`\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):|\b(\d{12})\.dkr\.ecr\.`)

func accounts(text string) []string {
	var out []string
	for _, found := range accountOf.FindAllStringSubmatch(text, -1) {
		out = append(out, found[1]+found[2])
	}
	return out
}

// foreignAccounts finds what refers to an account that the environment has not named so
// far. Policies are compared by their statements.
func (e Environment) foreignAccounts() []Risk {
	own := texts(synthesis.At(e.now["provider.aws"], "", "allowed_account_ids"))
	level, known, why := Danger, own, "which is not the environment's"
	if len(own) == 0 {
		level, known, why = Caution, namedIn(e.before), "which nothing named before"
	}
	var out []Risk
	for _, c := range e.Changes {
		paths := map[string][]string{}
		for _, d := range c.Differences {
			text, isText := d.To.(string)
			if e.Added || !isText || holdsPolicy(c, topOf(d.Path)) {
				continue
			}
			for _, account := range missing(accounts(text), known) {
				paths[account] = append(paths[account], d.Path)
			}
		}
		for _, account := range slices.Sorted(maps.Keys(paths)) {
			out = append(out, Risk{level, c.Address, "names account " + account + ", " + why + ", in " + quoted(slices.Compact(paths[account]))})
		}
	}
	return out
}

// namedIn are the accounts that the blocks name.
func namedIn(blocks map[string]attributes) []string {
	var out []string
	for _, block := range blocks {
		out = append(out, accounts(strings.Join(texts(block), " "))...)
	}
	return out
}
