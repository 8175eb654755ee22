// Package corpus has what an attacker would change in a synthesis, or a tired engineer:
// small mutations, each with the rule of the policy set that must find it. The policy
// set's tests apply them to real plans, and the review's to the synthesised JSON. Only
// tests import it.
package corpus

import (
	"encoding/json"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// Attributes are those of a block.
type Attributes = synthesis.Attributes

// Stack is Terraform's JSON of one environment: what CDKTF wrote, or that which a plan
// tells, with blocks in lists.
type Stack Attributes

// Mutation is one bad change.
type Mutation struct {
	// Name says what it does, in a few words.
	Name string
	// Rule is the id of the rule that must find it, in policy/flask_api.rego.
	Rule string
	// Apply does it to a stack of production.
	Apply func(Stack)
}

// Section is a section such as "resource" or "data", which it adds if there is none.
func (s Stack) Section(name string) Attributes {
	section, _ := s[name].(Attributes)
	if section == nil {
		section = Attributes{}
		s[name] = section
	}
	return section
}

// say adds a block to a section that is a list.
func (s Stack) say(section string, block Attributes) {
	blocks, _ := s[section].([]any)
	s[section] = append(slices.Clone(blocks), block)
}

// Resource is the one at the address, which it adds if there is none.
func (s Stack) Resource(address string) Attributes {
	kind, name, _ := strings.Cut(address, ".")
	kinds := Stack(s.Section("resource")).Section(kind)
	return Stack(kinds).Section(name)
}

// Set sets the attribute at a path of blocks, such as rule.0.priority.
func (s Stack) Set(address, path string, value any) { put(s.Resource(address), path, value) }

func put(in Attributes, path string, value any) {
	names := strings.Split(path, ".")
	last := len(names) - 1
	block(in, names[:last])[names[last]] = value
}

// block is the block at the path, which it adds where there is none. In a list, a number
// chooses the block; otherwise it is the first.
func block(in Attributes, path []string) Attributes {
	for i := 0; i < len(path); i++ {
		switch inner := in[path[i]].(type) {
		case Attributes:
			in = inner
		case []any:
			at := 0
			if i+1 < len(path) && path[i+1][0] >= '0' && path[i+1][0] <= '9' {
				i++
				at = int(path[i][0] - '0')
			}
			if len(inner) == 0 {
				inner = []any{Attributes{}}
				in[path[i]] = inner
			}
			in = inner[at].(Attributes)
		default:
			added := Attributes{}
			in[path[i]] = []any{added}
			in = added
		}
	}
	return in
}

// Remove removes the resource.
func (s Stack) Remove(address string) {
	kind, name, _ := strings.Cut(address, ".")
	delete(Stack(s.Section("resource")).Section(kind), name)
}

// edit changes JSON that is kept in an attribute, as text or decoded.
func (s Stack) edit(address, attribute string, change func(any) any) {
	resource := s.Resource(address)
	text, isText := resource[attribute].(string)
	if !isText {
		resource[attribute] = change(resource[attribute])
		return
	}
	encoded, err := json.Marshal(change(synthesis.Unfold(text)))
	if err != nil {
		panic(err)
	}
	resource[attribute] = string(encoded)
}

// Statement changes one statement of a policy, by its Sid.
func (s Stack) Statement(address, sid string, change func(Attributes)) {
	s.edit(address, "policy", func(policy any) any {
		for _, statement := range synthesis.At(policy, "Statement").([]any) {
			if statement := statement.(Attributes); statement["Sid"] == sid {
				change(statement)
				return policy
			}
		}
		panic(address + " has no statement " + sid)
	})
}

// Allow adds a statement to a policy.
func (s Stack) Allow(address string, statement Attributes) {
	statement["Effect"] = "Allow"
	s.edit(address, "policy", func(policy any) any {
		document := policy.(Attributes)
		document["Statement"] = append(slices.Clone(document["Statement"].([]any)), statement)
		return document
	})
}

// dropDenials drops the statements of a policy that deny.
func (s Stack) dropDenials(address string) {
	s.edit(address, "policy", func(policy any) any {
		document := policy.(Attributes)
		document["Statement"] = slices.DeleteFunc(document["Statement"].([]any), func(statement any) bool { return synthesis.At(statement, "Effect") == "Deny" })
		return document
	})
}

// Container changes the API's container.
func (s Stack) Container(change func(Attributes)) {
	s.edit("aws_ecs_task_definition.service_task_definition", "container_definitions", func(containers any) any {
		change(containers.([]any)[0].(Attributes))
		return containers
	})
}

// Trust replaces who may assume the role.
func (s Stack) Trust(role string, statement Attributes) {
	statement["Effect"] = "Allow"
	document, err := json.Marshal(Attributes{"Version": "2012-10-17", "Statement": []any{statement}})
	if err != nil {
		panic(err)
	}
	s.Resource(role)["assume_role_policy"] = string(document)
}
