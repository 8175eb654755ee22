package review

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// statement is one of an IAM policy, in either of the forms in which Terraform takes
// them.
type statement struct {
	sid        string
	denies     bool
	actions    []string
	resources  []string
	principals []string
	conditions []string
}

// broad are the policies of AWS that allow everything, or everything of a service.
var broad = regexp.MustCompile(`(AdministratorAccess|PowerUserAccess|FullAccess)$`)

// widensPermissions tells what IAM statements allow that they did not before.
func widensPermissions(c Change) []Risk {
	if c.kind() == "aws_iam_role_policy_attachment" && c.after != nil {
		level := Caution
		if broad.MatchString(fmt.Sprint(c.after["policy_arn"])) {
			level = Danger
		}
		return []Risk{{level, "", fmt.Sprintf("gives `%v` the policy `%v`", c.after["role"], c.after["policy_arn"])}}
	}
	var out []Risk
	for _, attribute := range slices.Sorted(maps.Keys(c.after)) {
		if c.after[attribute] == unknown {
			continue
		}
		before := statements(attributes{attribute: c.before[attribute]})
		after := statements(attributes{attribute: c.after[attribute]})
		for _, s := range after {
			if added, changed := s.beyond(before); changed && !s.denies {
				out = append(out, added.risk())
			}
		}
		for _, s := range before {
			if s.denies && !slices.ContainsFunc(after, s.equal) {
				out = append(out, Risk{Caution, "", "denies " + quoted(s.actions) + " no longer, or not as before"})
			}
		}
	}
	return out
}

// statements are all that are found in the value.
func statements(value any) []statement {
	var out []statement
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if key == "Statement" || key == "statement" {
				for _, entry := range entries(value[key]) {
					out = append(out, newStatement(entry))
				}
				continue
			}
			out = append(out, statements(value[key])...)
		}
	case []any:
		for _, entry := range value {
			out = append(out, statements(entry)...)
		}
	}
	return out
}

// entries are those of a list, of a list by identity, or the one that stands for it.
func entries(value any) []attributes {
	var out []attributes
	switch value := value.(type) {
	case []any:
		for _, entry := range value {
			if entry, isMap := entry.(map[string]any); isMap {
				out = append(out, entry)
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			entry, isMap := value[key].(map[string]any)
			if !isMap || !strings.HasPrefix(key, "[") {
				return []attributes{value}
			}
			out = append(out, entry)
		}
	}
	return out
}

func newStatement(s attributes) statement {
	get := func(keys ...string) []string {
		var out []string
		for _, key := range keys {
			for _, text := range texts(s[key]) {
				if strings.HasPrefix(strings.ToLower(key), "not") {
					text = "all but " + text
				}
				out = append(out, text)
			}
		}
		slices.Sort(out)
		return out
	}
	out := statement{
		denies:     s["Effect"] == "Deny" || s["effect"] == "Deny",
		actions:    get("Action", "actions", "NotAction", "not_actions"),
		resources:  get("Resource", "resources", "NotResource", "not_resources"),
		principals: get("Principal", "NotPrincipal"),
	}
	for _, principals := range entries(s["principals"]) {
		out.principals = append(out.principals, texts(principals["identifiers"])...)
	}
	for _, key := range []string{"Condition", "condition"} {
		if s[key] != nil {
			text, err := json.Marshal(s[key])
			if err != nil {
				panic(err) // It is decoded JSON.
			}
			out.conditions = append(out.conditions, string(text))
		}
	}
	out.sid = strings.Join(append(texts(s["Sid"]), texts(s["sid"])...), "")
	return out
}

func (s statement) equal(other statement) bool {
	return s.denies == other.denies && slices.Equal(s.actions, other.actions) && slices.Equal(s.resources, other.resources) &&
		slices.Equal(s.principals, other.principals) && slices.Equal(s.conditions, other.conditions)
}

// beyond is what the statement allows that the closest one of before did not.
func (s statement) beyond(before []statement) (statement, bool) {
	if slices.ContainsFunc(before, s.equal) {
		return statement{}, false
	}
	for _, old := range before {
		if old.denies || (s.sid == "" || s.sid != old.sid) && len(shared(s.actions, old.actions)) == 0 {
			continue
		}
		actions, resources := missing(s.actions, old.actions), missing(s.resources, old.resources)
		principals := missing(s.principals, old.principals)
		loosened := len(missing(old.conditions, s.conditions)) > 0
		if len(actions)+len(resources)+len(principals) == 0 && !loosened {
			return statement{}, false // It allows less.
		}
		if len(actions) > 0 && len(resources)+len(principals) == 0 && !loosened {
			s.actions = actions
		}
		if len(resources) > 0 && len(actions)+len(principals) == 0 && !loosened {
			s.resources = resources
		}
		return s, true
	}
	return s, true
}

func (s statement) risk() Risk {
	text := "allows " + quoted(s.actions)
	if len(s.principals) > 0 {
		text = "allows " + quoted(s.principals) + " to call " + quoted(s.actions)
	}
	if len(s.resources) > 0 {
		text += " on " + quoted(s.resources)
	}
	if len(s.conditions) > 0 {
		text += ", under conditions"
	}
	level := Caution
	everything := func(name string) bool {
		return name == "*" || strings.HasSuffix(name, ":*") && strings.Count(name, ":") == 1
	}
	if slices.ContainsFunc(slices.Concat(s.actions, s.principals), everything) && len(s.conditions) == 0 || slices.Contains(s.resources, "*") {
		level = Danger
	}
	return Risk{level, "", text}
}

// quoted names at most five.
func quoted(names []string) string {
	const most = 5
	if len(names) > most {
		return code(names[:most]) + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return code(names)
}

func shared(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

func missing(of, in []string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(name string) bool { return slices.Contains(in, name) })
}
