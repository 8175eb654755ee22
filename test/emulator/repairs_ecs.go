package emulator

import (
	"bytes"
	"encoding/json"
	"maps"
)

// forgottenFields are the service's fields that moto accepts and drops.
var forgottenFields = []string{
	"deploymentConfiguration", "healthCheckGracePeriodSeconds", "availabilityZoneRebalancing", "enableECSManagedTags",
	"capacityProviderStrategy", "enableExecuteCommand",
}

func (m *memory) rememberService(c *Call, body []byte) []byte {
	var request map[string]any
	c.decode(&request)
	var response struct {
		Service struct{ ServiceArn string }
	}
	if json.Unmarshal(body, &response) != nil {
		return body
	}
	m.mu.Lock()
	fields := m.services[response.Service.ServiceArn]
	if fields == nil || c.Action == "CreateService" {
		fields = map[string]any{}
		m.services[response.Service.ServiceArn] = fields
	}
	for _, field := range forgottenFields {
		if value, ok := request[field]; ok {
			fields[field] = updated(fields[field], value)
		}
	}
	m.mu.Unlock()
	return m.completeServices(c, body)
}

// updated is the value of a field after an update: what the update does not name of how a
// service deploys stays.
func updated(before, value any) any {
	members, isMap := before.(map[string]any)
	named, areNamed := value.(map[string]any)
	if !isMap || !areNamed {
		return value
	}
	members = maps.Clone(members)
	maps.Copy(members, named)
	return members
}

// completeServices adds what moto forgot to the services of an answer, and to the
// described ones a deployment that moto knows nothing of.
func (m *memory) completeServices(c *Call, body []byte) []byte {
	var response map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // Times are numbers, and are to keep their digits.
	if decoder.Decode(&response) != nil {
		return body
	}
	services, _ := response["services"].([]any)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range append(services, response["service"]) {
		if service, ok := s.(map[string]any); ok {
			arn, _ := service["serviceArn"].(string)
			maps.Copy(service, m.services[arn])
			if strategy, _ := service["capacityProviderStrategy"].([]any); len(strategy) > 0 {
				delete(service, "launchType") // A service has either of the two.
			}
			if c.Action == "DescribeServices" || c.Action == "UpdateService" {
				startNoMore(service)
				m.showDeployment(service)
			}
		}
	}
	return mustJSON(response)
}
