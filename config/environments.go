package config

import "maps"

// Environments returns the environments this repository defines, in the order
// in which they are synthesised. To change an environment, change its function.
func Environments() []Config {
	return []Config{dev(), production()}
}

// dev is cheap and is destroyed in one command: docs/costs.md says what of it runs when.
func dev() Config {
	c := Defaults("dev").withTags(map[string]string{"Environment": "development"})
	c.Network.NAT = NATSingle
	c.Service.CPUUnits, c.Service.MemoryMiB = 256, 512
	c.Service.ReleaseCommand = migrations()
	// The API closes connections that it does not need, and waits for a database that
	// paused meanwhile.
	c.Service.Environment = map[string]string{"DB_POOL_IDLE_SECONDS": "60", "DB_POOL_MIN_SIZE": "0", "DB_TIMEOUT_SECONDS": "25"}
	c.Scaling.MinTasks, c.Scaling.DesiredTasks, c.Scaling.MaxTasks = 1, 1, 2
	c.Scaling.Schedules = []Schedule{
		{Name: "morning", Cron: "0 7 ? * MON-FRI *", TimeZone: "Europe/Rome", MinTasks: 1, MaxTasks: 2},
		{Name: "evening", Cron: "0 20 ? * MON-FRI *", TimeZone: "Europe/Rome"},
	}
	c.Database.EngineVersion = "15.10" // 15.4, the default, cannot pause.
	c.Database.InstanceClass, c.Database.ServerlessMaxACU = serverlessClass, 2
	c.Database.ServerlessAutoPauseSeconds = 300
	c.Database.ReaderCount = 0
	c.Database.Roles = true
	return c
}

// migrations is the release command of the sample API, and of every API that uses
// Flask-Migrate: https://flask-migrate.readthedocs.io
func migrations() []string { return []string{"flask", "--app", "app", "db", "upgrade"} }

// production protects its data, and keeps its backups and logs longer.
//
// HTTPS needs a name: set LoadBalancer.Domain and LoadBalancer.HostedZone. Alarms need
// recipients: set Alarms.Emails. Until then its plan fails, unless Acknowledged has
// PlainHTTP and SilentAlarms.
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
