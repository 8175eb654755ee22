package constructs

import (
	"maps"
	"slices"
	"strings"
)

// AddVariables gives the service the environment variables of the configuration, in
// the order of their names.
func AddVariables(service *Service, variables map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		service.AddEnvironment(name, variables[name])
	}
}

// AddSecrets gives the service the secrets of the configuration, in the order of
// their names, and lets its tasks start with them and no others.
func AddSecrets(service *Service, secrets map[string]string) {
	if len(secrets) == 0 {
		return
	}
	var arns []string
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		service.AddSecret(name, secrets[name])
		// What follows the seventh part says which key and version.
		arns = append(arns, strings.Join(strings.SplitN(secrets[name], ":", 8)[:7], ":"))
	}
	slices.Sort(arns)
	service.ExecutionRole.Grant("read_secrets", Statement{
		Sid:      "ReadSecrets",
		Action:   []string{"secretsmanager:GetSecretValue"},
		Resource: slices.Compact(arns),
	})
}
