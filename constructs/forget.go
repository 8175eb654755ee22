package constructs

import "github.com/aws/jsii-runtime-go"

// forget has Terraform leave what is at the addresses as it is, and manage it no longer.
// What was never there is no error:
// https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources
func (s *Stack) forget(addresses ...string) {
	for _, from := range addresses {
		s.forgotten = append(s.forgotten, map[string]any{"from": from, "lifecycle": map[string]bool{"destroy": false}})
	}
	s.AddOverride(jsii.String("removed"), s.forgotten)
}
