package config

import "maps"

// Environments returns the environments this repository defines, in the order
// in which they are synthesised. To change an environment, change its function.
func Environments() []Config {
	return []Config{dev(), production()}
}

// dev is cheap and is destroyed in one command.
func dev() Config {
	c := Defaults("dev").withTags(map[string]string{"Environment": "development"})
	c.Service.ReleaseCommand = migrations()
	c.Database.Roles = true
	return c
}

// migrations is the release command of the sample API, and of every API that uses
// Flask-Migrate: https://flask-migrate.readthedocs.io
func migrations() []string { return []string{"flask", "--app", "app", "db", "upgrade"} }

// production protects its data, and keeps its backups and logs longer.
//
// HTTPS needs a name: set LoadBalancer.Domain and LoadBalancer.HostedZone. Alarms need
// recipients: set Alarms.Emails.
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
	c.Service.ReleaseCommand = migrations()
	c.Scaling.MemoryTargetPercent = 80
	c.Database.Roles = true
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

// withTags returns the configuration with the given tags added to its own.
func (c Config) withTags(tags map[string]string) Config {
	c.Tags = maps.Clone(c.Tags)
	maps.Copy(c.Tags, tags)
	return c
}
