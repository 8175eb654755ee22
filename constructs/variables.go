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
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		service.AddSecret(name, secrets[name])
	}
	GrantSecrets(service.ExecutionRole, secrets)
}

// GrantSecrets lets the role read the secrets of the configuration.
func GrantSecrets(role *Role, secrets map[string]string) {
	var arns []string
	for _, value := range secrets {
		arns = append(arns, config.SecretARN(value))
	}
	slices.Sort(arns)
	role.Grant("read_secrets", Statement{
		Sid:      "ReadSecrets",
		Action:   []string{"secretsmanager:GetSecretValue"},
		Resource: slices.Compact(arns),
	})
}
