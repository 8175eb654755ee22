package constructs

import (
	"strings"

	"github.com/aws/jsii-runtime-go"

	"flask-api/config"
)

// Env is what every part knows: the environment, and where it is deployed.
type Env struct {
	// Platform is the name of the platform, which begins every physical name.
	Platform string
	// Suffix is the name of the environment, which ends every physical name.
	Suffix string
	// Region is the code of the AWS region.
	Region string
	// Protected keeps data from being lost by mistake.
	Protected bool
	// Account is the id of the account, and Partition that of the part of AWS that it
	// belongs to, such as "aws" or "aws-us-gov". Terraform looks both up.
	Account, Partition string
	// PermissionsBoundary and RolePath are what every role has; the former may be empty.
	PermissionsBoundary, RolePath string
}

// Name is the physical name of a resource: `<platform>-<resource>-<suffix>`.
func (e Env) Name(resource string) string {
	return config.Config{Name: e.Platform, Suffix: e.Suffix}.PhysicalName(resource)
}

// StackName is the name of the environment's stack: `<platform>-<suffix>`.
func (e Env) StackName() string {
	return config.Config{Name: e.Platform, Suffix: e.Suffix}.StackName()
}

// API is how people call the API, in descriptions: "Flask API" of the name "flask-api".
func (e Env) API() string {
	words := strings.Split(e.Platform, "-")
	for i, word := range words {
		if words[i] = strings.ToUpper(word); word != "api" {
			words[i] = words[i][:1] + word[1:]
		}
	}
	return strings.Join(words, " ")
}

// NameTag is the Name tag that the AWS console shows for resources without a
// name of their own. All other tags are the provider's default tags.
func (e Env) NameTag(resource string) *map[string]*string {
	return &map[string]*string{"Name": jsii.String(e.Name(resource))}
}

// Principal is who a service of AWS is in the policies of the region, such as
// "ecs-tasks.amazonaws.com" for "ecs-tasks".
func (e Env) Principal(service string) string {
	return e.partition().Principal(service)
}

// EndpointService is what the VPC endpoints of a service of AWS are made of in the
// region, such as "com.amazonaws.eu-south-1.s3" for "s3".
func (e Env) EndpointService(service string) *string {
	return jsii.String(e.partition().EndpointService(e.Region, service))
}

// partition is the part of AWS that the region belongs to.
func (e Env) partition() config.Partition {
	partition, _ := config.PartitionOf(e.Region)
	return partition
}

// ARN names a resource of the account in the region.
func (e Env) ARN(service, resource string) string {
	return strings.Join([]string{"arn", e.Partition, service, e.Region, e.Account, resource}, ":")
}
