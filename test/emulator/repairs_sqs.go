package emulator

import (
	"encoding/json"
	"slices"
	"strings"
)

const allowAttribute = "RedriveAllowPolicy"

// keepAttributes has a change of a queue leave its policy, which moto drops where it is not
// in the request, and notes who may use a queue of dead letters, which moto does not know.
func (m *memory) keepAttributes(c *Call) []byte {
	var request map[string]any
	c.decode(&request)
	attributes, _ := request["Attributes"].(map[string]any)
	if attributes == nil {
		return c.Body
	}
	if allowed, given := attributes[allowAttribute]; given {
		m.queues.allowed.Store(queueOf(c), allowed)
		delete(attributes, allowAttribute)
	}
	if policy := m.attributesOf(queueOf(c))["Policy"]; attributes["Policy"] == nil && policy != "" {
		attributes["Policy"] = policy
	}
	return mustJSON(request)
}

// withoutAllowed asks moto for what it knows alone.
func withoutAllowed(_ *memory, c *Call) []byte {
	var request map[string]any
	c.decode(&request)
	if names, _ := request["AttributeNames"].([]any); slices.Contains(names, any(allowAttribute)) {
		request["AttributeNames"] = append(slices.DeleteFunc(names, func(name any) bool { return name == allowAttribute }), "QueueArn")
		return mustJSON(request)
	}
	return c.Body
}

// completeQueue adds to the attributes of a queue what moto does not know.
func (m *memory) completeQueue(c *Call, body []byte) []byte {
	var answer struct{ Attributes map[string]any }
	_ = json.Unmarshal(body, &answer) // moto's answer.
	if answer.Attributes == nil {
		answer.Attributes = map[string]any{}
	}
	if allowed, known := m.queues.allowed.Load(queueOf(c)); known && allowed != "" {
		answer.Attributes[allowAttribute] = allowed
	}
	if policy, has := answer.Attributes["RedrivePolicy"].(string); has { // As it was sent.
		answer.Attributes["RedrivePolicy"] = strings.NewReplacer(`": `, `":`, `, "`, `,"`).Replace(policy)
	}
	if answer.Attributes["KmsMasterKeyId"] != nil { // One or the other.
		answer.Attributes["SqsManagedSseEnabled"] = "false"
	}
	return mustJSON(answer)
}
