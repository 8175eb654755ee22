// Package config holds what an environment may decide: the typed [Config], its
// defaults, the environments this repository defines, and the rules that a
// configuration must satisfy before anything is synthesised.
//
// The package imports no construct library, so loading and validating a
// configuration costs microseconds and needs no Node process.
package config

// Prefix begins every physical name.
const Prefix = "flask-api"

// Config is everything one environment decides. [Defaults] fills every field,
// so a zero value always means zero and never "unset".
type Config struct {
	// Suffix is the name of the environment; it is required. It ends every physical
	// name and the stack's name: 1 to 18 lower-case letters, digits and single inner
	// hyphens.
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
	Logs         Logs
	Alarms       Alarms
	Encryption   Encryption
	State        State
}

// Defaults returns a complete configuration for a new environment.
func Defaults(suffix string) Config {
	return Config{
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
		Logs:         defaultLogs(),
		Alarms:       defaultAlarms(),
		State:        defaultState(),
	}
}

// Name is the physical name of a resource: `flask-api-<resource>-<suffix>`.
func (c Config) Name(resource string) string {
	return Prefix + "-" + resource + "-" + c.Suffix
}

// StackName is the name of the environment's stack: `flask-api-<suffix>`.
func (c Config) StackName() string {
	return Prefix + "-" + c.Suffix
}

// Load returns the validated environments to synthesise, as getenv decides:
//
//   - `ENVIRONMENT_SUFFIX` selects one environment: the defined one of that
//     name, or else a new one made of the defaults. Unset, all defined ones.
//   - `IMAGE_TAG` overrides the image tag of those environments.
//
// The error names every problem of every environment, one to a line.
func Load(getenv func(string) string) ([]Config, error) {
	envs := selected(Environments(), getenv("ENVIRONMENT_SUFFIX"))
	if tag := getenv("IMAGE_TAG"); tag != "" {
		for i := range envs {
			envs[i].Registry.ImageTag = tag
		}
	}
	if err := validateAll(envs); err != nil {
		return nil, err
	}
	return envs, nil
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

// selected narrows the environments down to the one of the given suffix.
func selected(envs []Config, suffix string) []Config {
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
