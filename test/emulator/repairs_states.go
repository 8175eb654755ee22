package emulator

import "crypto/rand"

// nameExecution gives an execution a name of its own, unless it has one:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (m *memory) nameExecution(c *Call) []byte {
	var request struct{ Name string }
	if c.decode(&request); request.Name != "" {
		return c.Body
	}
	return setMember("name", rand.Text())(m, c)
}

// always answers every call with the same.
func always(answer string) func(*memory, *Call) (string, []byte) {
	return func(*memory, *Call) (string, []byte) { return jsonType, []byte(answer) }
}
