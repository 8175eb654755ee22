package emulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// node is a part of a request whose protocol is made of text: a value, or parts.
type node struct {
	text  string
	parts []part
}

type part struct {
	name string
	*node
}

// decode returns a request's input as the model names it. Members that the model does
// not know keep their names, and [model.check] refuses them.
func (m *model) decode(c *Call) (map[string]any, error) {
	name := m.Operations[c.operation].Input.Shape
	input := m.Shapes[name]
	switch {
	case input == nil:
		return map[string]any{}, nil
	case c.Form != nil:
		form := maps.Clone(c.Form)
		form.Del("Action")
		form.Del("Version")
		dialect := queryDialect
		if c.Service == "ec2" {
			dialect = ec2Dialect
		}
		return m.structure(input, formNode(form), dialect), nil
	case c.rest:
		return m.decodeREST(input, c)
	}
	var members map[string]any
	return members, decodeJSON(c.Body, &members)
}

func decodeJSON(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return &invalidError{member: "body", reason: err.Error()}
	}
	return nil
}

// dialect is how a protocol made of text writes members and lists.
type dialect struct {
	wire func(name string, m *member) string
	// flat says that lists repeat their own name.
	flat bool
}

var (
	queryDialect = dialect{wire: func(name string, m *member) string {
		if m.LocationName != "" {
			return m.LocationName
		}
		return name
	}}
	ec2Dialect = dialect{wire: func(name string, m *member) string {
		switch {
		case m.QueryName != "":
			return m.QueryName
		case m.LocationName != "":
			return strings.ToUpper(m.LocationName[:1]) + m.LocationName[1:]
		}
		return name
	}, flat: true}
)

// formNode makes a tree of parameters such as "Filter.1.Name".
func formNode(form url.Values) *node {
	root := &node{}
	for _, key := range slices.Sorted(maps.Keys(form)) {
		at := root
		for name := range strings.SplitSeq(key, ".") {
			i := slices.IndexFunc(at.parts, func(p part) bool { return p.name == name })
			if i < 0 {
				i = len(at.parts)
				at.parts = append(at.parts, part{name, &node{}})
			}
			at = at.parts[i].node
		}
		at.text = form.Get(key)
	}
	return root
}

// value makes of a form's node what its shape says.
func (m *model) value(name string, n *node, d dialect) any {
	s := m.Shapes[name]
	if s == nil {
		return n.text
	}
	switch s.Type {
	case "structure":
		return m.structure(s, n, d)
	case "list":
		list := []any{}
		for _, p := range elements(n, d.flat || s.Flattened) {
			list = append(list, m.value(s.Member.Shape, p.node, d))
		}
		return list
	case "map":
		entries := map[string]any{}
		for _, p := range elements(n, d.flat || s.Flattened) {
			key, value := p.find(wireOr(s.Key, "key")), p.find(wireOr(s.Value, "value"))
			if key != nil && value != nil {
				entries[key.text] = m.value(s.Value.Shape, value, d)
			}
		}
		return entries
	}
	return n.text
}

func (m *model) structure(s *shape, n *node, d dialect) map[string]any {
	names := map[string]string{}
	for name, member := range s.Members {
		names[d.wire(name, member)] = name
		if list := m.Shapes[member.Shape]; list.Type == "list" && list.Flattened && !d.flat && list.Member.LocationName != "" {
			names[list.Member.LocationName] = name
		}
	}
	members := map[string]any{}
	for _, p := range n.parts {
		if name, ok := names[p.name]; ok {
			members[name] = m.value(s.Members[name].Shape, p.node, d)
		} else {
			members[p.name] = p.text
		}
	}
	return members
}

// elements are a list's, in their order. Those of a list that is not flat stand below
// one more name, such as "member".
func elements(n *node, flat bool) []part {
	if !flat && len(n.parts) == 1 {
		n = n.parts[0].node
	}
	return slices.SortedFunc(slices.Values(n.parts), func(a, b part) int {
		first, _ := strconv.Atoi(a.name)
		second, _ := strconv.Atoi(b.name)
		return first - second
	})
}

func wireOr(m *member, name string) string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return name
}

func (n *node) find(name string) *node {
	for _, p := range n.parts {
		if p.name == name {
			return p.node
		}
	}
	return nil
}

// decodeREST gathers the input from the path, the query, the headers and the body.
func (m *model) decodeREST(input *shape, c *Call) (map[string]any, error) {
	members := map[string]any{}
	query := map[string]string{}
	for name, member := range input.Members {
		switch wire := wireOr(member, name); member.Location {
		case "uri":
			if text, ok := c.labels[wire]; ok {
				members[name] = text
			}
		case "querystring":
			query[wire] = name
		case "header":
			if text := c.header.Get(wire); text != "" {
				members[name] = text
			}
		}
	}
	for key, texts := range c.query {
		if name, ok := query[key]; ok {
			members[name] = m.texts(input.Members[name].Shape, texts)
		} else {
			members[key] = texts[0]
		}
	}
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return members, nil
	}
	shape, into := input, members
	if input.Payload != "" {
		payload := input.Members[input.Payload]
		if shape = m.Shapes[payload.Shape]; shape.Type != "structure" {
			members[input.Payload] = string(c.Body) // An object, or a document.
			return members, nil
		}
		into = map[string]any{}
		members[input.Payload] = into
	}
	if bytes.HasPrefix(bytes.TrimSpace(c.Body), []byte("{")) {
		return members, decodeJSON(c.Body, &into)
	}
	root, err := parseXML(c.Body)
	if err != nil {
		return nil, &invalidError{member: "body", reason: err.Error()}
	}
	maps.Copy(into, m.xmlStructure(shape, root))
	return members, nil
}

// texts are the values of a parameter that may be repeated.
func (m *model) texts(name string, texts []string) any {
	if m.Shapes[name].Type != "list" {
		return texts[0]
	}
	list := []any{}
	for _, text := range texts {
		list = append(list, text)
	}
	return list
}

// parseXML makes a tree of an XML document's elements and attributes.
func parseXML(body []byte) (*node, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	open := []*node{{}}
	for {
		token, err := decoder.Token()
		last := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			child := &node{}
			for _, a := range t.Attr {
				if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
					child.parts = append(child.parts, part{"xsi:" + a.Name.Local, &node{text: a.Value}})
				}
			}
			last.parts = append(last.parts, part{t.Name.Local, child})
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(t)
		case nil:
			if len(open[0].parts) != 1 {
				return nil, fmt.Errorf("no document: %w", err)
			}
			return open[0].parts[0].node, nil
		}
	}
}

func (m *model) xmlStructure(s *shape, n *node) map[string]any {
	names := map[string]string{}
	for name, member := range s.Members {
		names[wireOr(member, name)] = name
	}
	members := map[string]any{}
	for _, p := range n.parts {
		name, ok := names[p.name]
		if !ok {
			members[p.name] = p.text
			continue
		}
		member := s.Members[name]
		list := m.Shapes[member.Shape]
		if list.Type == "list" && (list.Flattened || member.Flattened) {
			sofar, _ := members[name].([]any)
			members[name] = append(sofar, m.xmlValue(list.Member.Shape, p.node))
		} else {
			members[name] = m.xmlValue(member.Shape, p.node)
		}
	}
	return members
}

func (m *model) xmlValue(name string, n *node) any {
	switch s := m.Shapes[name]; s.Type {
	case "structure":
		return m.xmlStructure(s, n)
	case "list":
		list := []any{}
		for _, p := range n.parts {
			list = append(list, m.xmlValue(s.Member.Shape, p.node))
		}
		return list
	}
	return n.text
}
