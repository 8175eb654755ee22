package constructs

import (
	"maps"
	"slices"
	"strings"

	"flask-api/config"
)

// AddVariables gives the service the environment variables of the configuration, in
// the order of their names.
func AddVariables(service *Service, variables map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		service.AddEnvironment(name, variables[name])
	}
}

// AddSecrets gives the service the secrets, the parameters and the files of variables of the
// configuration, in the order of their names, and lets ECS read them, and no others, when it
// starts a task.
func AddSecrets(service *Service, settings config.Service) {
	for _, name := range slices.Sorted(maps.Keys(settings.Secrets)) {
		service.AddSecret(name, settings.Secrets[name])
		if isParameter(config.SecretARN(settings.Secrets[name])) {
			service.Call("ssm")
		}
	}
	if len(settings.EnvironmentFiles) > 0 {
		for _, object := range settings.EnvironmentFiles {
			service.container.EnvironmentFiles = append(service.container.EnvironmentFiles, file{object, "s3"})
		}
		service.defineContainers()
	}
	GrantSecrets(service.ExecutionRole, settings)
}

// GrantSecrets lets the role read what ECS puts into containers before they start.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
func GrantSecrets(role *Role, settings config.Service) {
	var arns, buckets []string
	for _, value := range settings.Secrets {
		arns = append(arns, config.SecretARN(value))
	}
	if secrets, parameters := divided(arns); len(arns) > 0 {
		role.Grant("read_secrets", reading(secrets, parameters, settings.SecretKeyARNs, "ssm:GetParameters")...)
	}
	for _, object := range settings.EnvironmentFiles {
		bucket, _, _ := strings.Cut(object, "/")
		buckets = append(buckets, bucket)
	}
	slices.Sort(buckets)
	if len(buckets) > 0 {
		role.Grant("read_environment_files",
			Statement{Sid: "ReadFiles", Action: []string{"s3:GetObject"}, Resource: settings.EnvironmentFiles},
			Statement{Sid: "FindBuckets", Action: []string{"s3:GetBucketLocation"}, Resource: slices.Compact(buckets)})
	}
}

// isParameter says whether the ARN is that of a parameter of Systems Manager.
func isParameter(arn string) bool { return strings.Contains(arn, ":ssm:") }

// divided are the ARNs of secrets and those of parameters, each once and in their order.
func divided(arns []string) (secrets, parameters []string) {
	for _, arn := range slices.Sorted(slices.Values(arns)) {
		if isParameter(arn) {
			parameters = append(parameters, arn)
		} else {
			secrets = append(secrets, arn)
		}
	}
	return slices.Compact(secrets), slices.Compact(parameters)
}

// reading are the statements that let read the secrets and, by the action, parameters, and
// decrypt them with the keys. What nothing is named of has no statement.
func reading(secrets, parameters, keys []string, action string) []Statement {
	return slices.DeleteFunc([]Statement{
		{Sid: "ReadSecrets", Action: []string{"secretsmanager:GetSecretValue"}, Resource: secrets},
		{Sid: "ReadParameters", Action: []string{action}, Resource: parameters},
		{Sid: "DecryptWithKeys", Action: []string{"kms:Decrypt"}, Resource: keys},
	}, func(s Statement) bool { return len(s.Resource.([]string)) == 0 })
}
