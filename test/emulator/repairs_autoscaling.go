package emulator

import (
	"encoding/json"
	"maps"
)

func (m *memory) storeInitialTags(c *Call, body []byte) []byte {
	var request struct{ Tags map[string]string }
	var response struct{ ScalableTargetARN string }
	c.decode(&request)
	if json.Unmarshal(body, &response) == nil {
		m.addTags(response.ScalableTargetARN, request.Tags)
	}
	return body
}

func (m *memory) listTags(c *Call) (string, []byte) {
	var request struct{ ResourceARN string }
	c.decode(&request)
	m.mu.Lock()
	defer m.mu.Unlock()
	tags := m.tags[request.ResourceARN]
	if tags == nil {
		tags = map[string]string{}
	}
	return jsonType, mustJSON(map[string]any{"Tags": tags})
}

func (m *memory) tagResource(c *Call) (string, []byte) {
	var request struct {
		ResourceARN string
		Tags        map[string]string
	}
	c.decode(&request)
	m.addTags(request.ResourceARN, request.Tags)
	return jsonType, []byte("{}")
}

func (m *memory) untagResource(c *Call) (string, []byte) {
	var request struct {
		ResourceARN string
		TagKeys     []string
	}
	c.decode(&request)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range request.TagKeys {
		delete(m.tags[request.ResourceARN], key)
	}
	return jsonType, []byte("{}")
}

func (m *memory) addTags(arn string, tags map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tags[arn] == nil {
		m.tags[arn] = map[string]string{}
	}
	maps.Copy(m.tags[arn], tags)
}
