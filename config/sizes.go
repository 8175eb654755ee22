package config

import (
	"encoding/json"
	"fmt"
	"strings"
)

const (
	// maxRolePolicies is what IAM takes as the inline policies of one role together,
	// white space aside.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	maxRolePolicies = 10240
	// otherRolePolicies is more than the rest of the execution role's policies takes, in
	// the longest environment. A test measures it.
	otherRolePolicies = 1740
	// maxTaskDefinition is what ECS takes as a task definition.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
	maxTaskDefinition = 64 << 10
	// otherTaskDefinition is more than the rest of the task definition takes.
	otherTaskDefinition = 8 << 10
	// otherDeployPolicy is more than the policies of the role of workflows take besides the ARNs
	// of what they deploy, in the longest environment. A test measures it.
	otherDeployPolicy = 2200
)

// SecretARN is the ARN of the secret that a value of Service.Secrets names, without the
// key and the version that may follow it.
func SecretARN(value string) string {
	parts := strings.SplitN(value, ":", 8)
	return strings.Join(parts[:min(len(parts), 7)], ":")
}

// checkSizes measures what several fields of a service add up to.
func (p *problems) checkSizes(section string, s Service) {
	arns := map[string]string{}
	for _, value := range s.Secrets {
		arns[SecretARN(value)] = ""
	}
	// In a policy each is in quotes, with a comma; as an empty entry it has three more.
	if n, limit := jsonLength(arns)-3*len(arns), maxRolePolicies-otherRolePolicies; n > limit {
		p.add(section+"Secrets", n, fmt.Sprintf("is too many characters, which the ARNs of %d secrets take in a policy", len(arns)),
			aws(fmt.Sprintf("%d in the policies of a role, of which %d are left to them", maxRolePolicies, limit)),
			do("put several values into one secret and name each by its key, as in <ARN>:<key>::"))
	}
	variables := len(s.Environment) + len(s.Secrets)
	n := jsonLength(s.Environment) + jsonLength(s.Secrets) + variables*len(`{"name":,"valueFrom":}`)
	if limit := maxTaskDefinition - otherTaskDefinition; n > limit {
		p.add(section+"Environment", n, "is too many characters, those of "+section+"Secrets among them",
			aws(fmt.Sprintf("%d in a task definition, of which %d are left to both", maxTaskDefinition, limit)),
			do("move values into a file of the image, or into one secret"))
	}
}

// jsonLength is how long a map is as JSON, with its braces.
func jsonLength(m map[string]string) int {
	encoded, _ := json.Marshal(m) // Strings can be encoded.
	return len(encoded)
}

// checkDeployRole checks that the policies of the role of workflows have room for the ARNs of all
// that these deploy.
func (p *problems) checkDeployRole(c Config) {
	parts := len(c.Workers) + len(c.Services)
	if c.Deployment.GitHubRepository == "" || parts == 0 {
		return
	}
	partition, _ := PartitionOf(c.Region)
	n := otherDeployPolicy
	count := func(times int, service, resource string) {
		n += times * len(`"arn::`+partition.ID+service+c.Region+`::123456789012:`+resource+`",`)
	}
	deployed := func(task, service string, roles ...string) {
		count(2, "ecs", "task-definition/"+c.PhysicalName(task)+":*")
		count(1, "ecs", "service/"+c.PhysicalName("cluster")+"/"+c.PhysicalName(service))
		for _, role := range roles {
			count(1, "iam", "role"+c.Deployment.RolePath+c.PhysicalName(role))
		}
	}
	deployed("task", "service", "task-role", "execution-role")
	count(1, "ecr", "repository/"+c.PhysicalName("ecr"))
	for _, w := range c.Workers {
		deployed(w.Resource(), w.Resource(), w.RoleName())
	}
	for _, w := range c.Services {
		deployed(w.Resource(), w.Resource(), w.RoleName(), w.ExecutionRoleName())
		count(1, "ecr", "repository/"+c.PhysicalName(w.RepositoryName()))
	}
	if n > maxRolePolicies {
		p.add("Deployment.GitHubRepository", c.Deployment.GitHubRepository, fmt.Sprintf("gets a role whose policies have %d characters, to deploy %d workers and services", n, parts),
			aws(fmt.Sprintf("%d in the policies of a role", maxRolePolicies)), do("have fewer of them, give them shorter names, or shorten Deployment.RolePath"))
	}
}
