package config

// Environments returns the environments this repository defines, in the order
// in which they are synthesised. To change an environment, change its function.
func Environments() []Config {
	return []Config{dev(), production()}
}

// dev is cheap and is destroyed in one command.
func dev() Config {
	return Defaults("dev").withTags(map[string]string{"Environment": "development"})
}

// production refuses to lose data and keeps its backups and logs longer.
//
// HTTPS waits for a name: set LoadBalancer.Domain and LoadBalancer.HostedZone. Alarms
// wait for somebody to tell: set Alarms.Emails.
func production() Config {
	c := Defaults("production")
	c.Protected = true
	c.Network.PublicSubnetCIDRs = append(c.Network.PublicSubnetCIDRs, "10.0.2.0/24")
	c.Network.PrivateSubnetCIDRs = append(c.Network.PrivateSubnetCIDRs, "10.0.12.0/24")
	c.Network.InterfaceEndpoints = true
	c.Network.FlowLogRetentionDays = 365
	c.LoadBalancer.AccessLogRetentionDays = 365
	c.LoadBalancer.WAF.Enabled = true
	c.Service.ReadOnlyRootFilesystem = true
	c.Service.ContainerHealthCheck = true
	c.Service.Tracing = true
	c.Scaling.MemoryTargetPercent = 80
	c.Database.InstanceClass = "db.r6g.large"
	c.Database.MaxReaders = 3
	c.Database.BackupRetentionDays = 14
	c.Database.PerformanceInsights = true
	c.Database.MonitoringIntervalSeconds = 60
	c.Database.LogExports = true
	c.Logs.RetentionDays = 365
	c.Alarms.Enabled = true
	c.Alarms.DatabaseConnections = 1400
	c.Encryption.CustomerManagedKey = true
	return c
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
