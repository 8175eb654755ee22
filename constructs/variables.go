package constructs

import (
	"maps"
	"slices"

	"flask-api/config"
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
		arns = append(arns, config.SecretARN(secrets[name]))
	}
	slices.Sort(arns)
	service.ExecutionRole.Grant("read_secrets", Statement{
		Sid:      "ReadSecrets",
		Action:   []string{"secretsmanager:GetSecretValue"},
		Resource: slices.Compact(arns),
	})
}
