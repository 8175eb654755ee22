// Package config holds what an environment may decide: the typed [Config], its
// defaults, the environments this repository defines, and the rules that a
// configuration must satisfy before anything is synthesised.
//
// The package imports no construct library, so loading and validating a
// configuration costs microseconds and needs no Node process.
package config

import (
	"cmp"
	"slices"
)

// Config is everything one environment decides. [Defaults] fills every field,
// so a zero value always means zero and never "unset".
type Config struct {
	// Name is the name of the platform. It begins every physical name and the stack's name: a
	// lower-case letter, then lower-case letters, digits and single inner hyphens. It and
	// Suffix have up to 27 characters together. Both are set once, see docs/state.md: by
	// another name, everything would be made anew.
	Name string
	// Suffix is the name of the environment; it is required. It ends every physical
	// name and the stack's name: lower-case letters, digits and single inner hyphens.
	Suffix string
	// Region is the code of the AWS region, such as "eu-south-1".
	Region string
	// Account is the id of the only AWS account that the environment is deployed to;
	// empty, the default, is the account of whoever deploys it first.
	Account string
	// Protected keeps data from being lost by mistake: deletion protection on
	// the load balancer and the database, a final snapshot, a recovery window
	// of 30 days for the secret, a registry with immutable tags that is not
	// deleted with its images, access logs that are not deleted either, and an
	// encryption key that refuses its deletion.
	Protected bool
	// Acknowledged are the gaps that a Protected environment has on purpose, none by
	// default: "plain-http", an API without TLS; "silent-alarms", alarms that tell
	// nobody, or no alarms; "placeholder-image", the placeholder in every deployment
	// after the first. The plan fails for each other gap, and names its field. Of one that
	// is not Protected: "unmasked-data", the data of a protected one without
	// Database.MaskSQL.
	Acknowledged []Gap
	// Tags are the tags of every resource that can have some, up to 40. Environment,
	// ManagedBy and Project are required.
	Tags map[string]string

	Network      Network
	Registry     Registry
	LoadBalancer LoadBalancer
	Service      Service
	Deployment   Deployment
	Scaling      Scaling
	Database     Database
	// Queues are queues of SQS, up to 10, none by default: the API sends to each. Under 0.50
	// USD for a million calls; nothing while nothing is called.
	Queues []Queue
	// Buckets are buckets of S3, up to 10, none by default: the API reads and writes each. A
	// GB costs about 0.025 USD a month.
	Buckets []Bucket
	// Workers are the services without a load balancer, none by default.
	Workers []Worker
	// Services are further services behind the load balancer, up to 10, none by default: the
	// API is the first, and gets what no other matches.
	Services []WebService

	Cache Cache
	// Jobs are commands that run by the clock, up to 20, none by default: [NewJob] has what is
	// usual. A run costs as much as a task of its size while it lasts.
	Jobs []Job

	Logs       Logs
	Alarms     Alarms
	Encryption Encryption
	State      State
}

// Defaults returns a complete configuration for a new environment.
func Defaults(suffix string) Config {
	return Config{
		Name:   "flask-api",
		Suffix: suffix,
		Region: "eu-south-1",
		Tags: map[string]string{
			"Environment": "production",
			"Project":     "ecommerce-api",
			"ManagedBy":   "CDKTF",
		},
		Network:      defaultNetwork(),
		Registry:     defaultRegistry(),
		LoadBalancer: defaultLoadBalancer(),
		Service:      defaultService(),
		Deployment:   defaultDeployment(),
		Scaling:      defaultScaling(),
		Database:     defaultDatabase(),
		Cache:        defaultCache(),
		Logs:         defaultLogs(),
		Alarms:       defaultAlarms(),
		State:        defaultState(),
	}
}

// PhysicalName is the physical name of a resource: `<name>-<resource>-<suffix>`.
func (c Config) PhysicalName(resource string) string {
	return c.Name + "-" + resource + "-" + c.Suffix
}

// StackName is the name of the environment's stack: `<name>-<suffix>`.
func (c Config) StackName() string {
	return c.Name + "-" + c.Suffix
}

// StackOf is [Config.StackName] of the environment of that suffix, which may be invalid.
func StackOf(suffix string, getenv func(string) string) string {
	c := withSuffix(Environments(), cmp.Or(getenv(likeVariable), suffix))[0]
	c.Suffix = suffix
	return c.StackName()
}

// Load returns the validated environments to synthesise, as getenv decides:
//
//   - `ENVIRONMENT_SUFFIX` selects one environment: the defined one of that
//     name, or else a new one made of the defaults. Unset, all defined ones.
//   - `ENVIRONMENT_LIKE` makes the new one like a defined one instead, for a while
//     ([Config.Preview]), with the tags `ENVIRONMENT_EXPIRES_AT` and `ENVIRONMENT_OWNER`.
//   - `IMAGE_TAG` overrides the image tag of those environments, and `IMAGE_TAG_<NAME>` that of
//     the service of that name.
//
// The error names every problem of every environment, one to a line.
func Load(getenv func(string) string) ([]Config, error) {
	return load(Environments(), getenv)
}

// load is [Load] where these environments are defined.
func load(defined []Config, getenv func(string) string) ([]Config, error) {
	envs, err := selected(defined, getenv)
	if err != nil {
		return nil, err
	}
	overrideTags(envs, getenv)
	others := slices.DeleteFunc(slices.Clone(defined), func(c Config) bool {
		return slices.ContainsFunc(envs, func(env Config) bool { return env.Suffix == c.Suffix })
	})
	if err := validateAll(envs, others...); err != nil {
		return nil, err
	}
	return envs, nil
}

// overrideTags names the images of the environments that the variables name.
func overrideTags(envs []Config, getenv func(string) string) {
	for i := range envs {
		api := &envs[i].Registry.ImageTag
		*api = cmp.Or(getenv("IMAGE_TAG"), *api)
		for j, service := range envs[i].Services {
			envs[i].Services[j].ImageTag = cmp.Or(getenv(service.ImageTagVariable()), service.ImageTag)
		}
	}
}

// LoadNamed is [Load] for the environment of that name alone, whatever
// `ENVIRONMENT_SUFFIX` says.
func LoadNamed(name string, getenv func(string) string) (Config, error) {
	envs, err := Load(func(variable string) string {
		if variable == "ENVIRONMENT_SUFFIX" {
			return name
		}
		return getenv(variable)
	})
	if err != nil {
		return Config{}, err
	}
	return envs[0], nil
}

// selected narrows the environments down to the one that the variables name, if any.
func selected(envs []Config, getenv func(string) string) ([]Config, error) {
	suffix := getenv("ENVIRONMENT_SUFFIX")
	if getenv(likeVariable) != "" {
		return previewed(envs, suffix, getenv)
	}
	return withSuffix(envs, suffix), nil
}

// withSuffix are the environments of the given suffix, or all without one.
func withSuffix(envs []Config, suffix string) []Config {
	if suffix == "" {
		return envs
	}
	for _, env := range envs {
		if env.Suffix == suffix {
			return []Config{env}
		}
	}
	return []Config{Defaults(suffix)}
}
