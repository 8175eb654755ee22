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

// AddSecrets gives the service the secrets and parameters of the configuration, in the
// order of their names, and lets its tasks start with them and no others.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func AddSecrets(service *Service, secrets map[string]string, keys []string) {
	if len(secrets) == 0 {
		return
	}
	var arns, parameters []string
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		service.AddSecret(name, secrets[name])
		if arn := config.SecretARN(secrets[name]); isParameter(arn) {
			parameters = append(parameters, arn)
		} else {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	if len(parameters) > 0 {
		service.Calls = append(service.Calls, "ssm")
	}
	service.ExecutionRole.Grant("read_secrets", reading(slices.Compact(arns), parameters, keys, "ssm:GetParameters")...)
}

// isParameter says whether the ARN is that of a parameter of Systems Manager.
func isParameter(arn string) bool { return strings.Contains(arn, ":ssm:") }

// reading are the statements that let read the secrets and, by the action, parameters, and
// decrypt them with the keys. What nothing is named of has no statement.
func reading(secrets, parameters, keys []string, action string) []Statement {
	return slices.DeleteFunc([]Statement{
		{Sid: "ReadSecrets", Action: []string{"secretsmanager:GetSecretValue"}, Resource: secrets},
		{Sid: "ReadParameters", Action: []string{action}, Resource: parameters},
		{Sid: "DecryptWithKeys", Action: []string{"kms:Decrypt"}, Resource: keys},
	}, func(s Statement) bool { return len(s.Resource.([]string)) == 0 })
}

// AddEnvironmentFiles has ECS read environment variables from objects of S3, which the
// execution role may read, and no others:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
func AddEnvironmentFiles(service *Service, files []string) {
	if len(files) == 0 {
		return
	}
	var buckets []string
	for _, object := range files {
		service.container.EnvironmentFiles = append(service.container.EnvironmentFiles, file{object, "s3"})
		bucket, _, _ := strings.Cut(object, "/")
		buckets = append(buckets, bucket)
	}
	slices.Sort(buckets)
	service.defineContainers()
	service.ExecutionRole.Grant("read_environment_files", Statement{
		Sid: "ReadFiles", Action: []string{"s3:GetObject"}, Resource: files,
	}, Statement{
		Sid: "FindBuckets", Action: []string{"s3:GetBucketLocation"}, Resource: slices.Compact(buckets),
	})
}
