// Package stacktest is what the tests of synthesised stacks share: the environments
// that are synthesised, and the stacks as values that rules are held against. Only
// tests import it. It needs no Node.
package stacktest

import (
	"slices"

	"flask-api/config"
)

// Default is the environment that is made of the defaults alone.
func Default() config.Config { return config.Defaults("synth101000914") }

// Reviewed are the environments whose JSON and addresses are kept in testdata: the
// defined environments, whatever they are, and the one made of the defaults.
func Reviewed() []config.Config {
	return append(config.Environments(), Default())
}

// All are the reviewed environments and the [Fixtures].
func All() []config.Config {
	return append(Reviewed(), Fixtures()...)
}

// Fixtures are environments of the tests' own, so that these hold whatever the defined
// environments choose.
func Fixtures() []config.Config {
	return []config.Config{Chosen(), Closed(), Elsewhere(), Guarded()}
}

// Chosen has every choice made differently that the others leave alone.
func Chosen() config.Config {
	c := config.Defaults("chosen")
	c.Name = "other-api"
	c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1c"}
	c.Network.NAT = config.NATSingle
	c.Registry.ImageTag = "v1.2.3"
	c.LoadBalancer.IngressCIDRs = []string{"203.0.113.0/24", "198.51.100.7/32"}
	c.LoadBalancer.IdleTimeoutSeconds = 120
	c.LoadBalancer.Domain = "api.example.com"
	c.LoadBalancer.HostedZone, c.LoadBalancer.HostedZoneID = "example.com", "Z0123456789ABCDEFGHIJ"
	c.LoadBalancer.AlternativeNames = []string{"www.example.com", "*.api.example.com"}
	c.Network.FlowLogRetentionDays, c.LoadBalancer.AccessLogRetentionDays = 30, 30
	c.Logs.Stopped = []config.Log{config.AccessLog, config.FlowLog, config.DatabaseLog}
	c.LoadBalancer.WAF = config.WAF{Enabled: true, RateLimit: 500, AllowLargeBodies: true}
	c.Service.CPUArchitecture = config.ARM64
	c.Service.EphemeralStorageGiB = 50
	c.Service.Environment = map[string]string{"WORKERS": "4", "LOG_LEVEL": "info"}
	c.Service.Secrets = map[string]string{ //nolint:gosec // Names of secrets, not secrets.
		"PAYMENT_TOKEN": "arn:aws:secretsmanager:eu-south-1:123456789012:secret:payment-aB3dE6:token::",
		"PAYMENT_USER":  "arn:aws:secretsmanager:eu-south-1:123456789012:secret:payment-aB3dE6:user::",
		"MAIL_TOKEN":    "arn:aws:secretsmanager:eu-south-1:123456789012:secret:mail-aB3dE6",
		"MAIL_USER":     "arn:aws:ssm:eu-south-1:123456789012:parameter/mail/user",
	}
	c.Service.SecretKeyARNs = []string{"arn:aws:kms:eu-south-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"}
	c.Service.EnvironmentFiles = []string{"arn:aws:s3:::example-variables/api.env"}
	c.Service.StopTimeoutSeconds = 60
	c.Database.ClusterParameters = map[string]string{"log_lock_waits": "1", "track_activity_query_size": "4096"}
	c.Database.InstanceParameters = map[string]string{"max_connections": "500", "work_mem": "65536"}
	c.Service.ExecuteCommand = true
	c.Service.ReleaseCommand = []string{"flask", "--app", "app", "db", "upgrade"}
	c.Service.ReleaseTimeoutMinutes = 5
	c.Service.SpotPercent = 70
	c.Service.OnDemandBaseTasks = 2
	c.Deployment = config.Deployment{Images: config.ImagesExternal, GitHubRepository: "example/api", GitHubBranch: "release"}
	c.Scaling.RequestsPerTaskTarget = 1000
	c.Scaling.Schedules = []config.Schedule{
		{Name: "morning", Cron: "0 7 ? * MON-FRI *", TimeZone: "Europe/Rome", MinTasks: 4, MaxTasks: 20},
		{Name: "late-evening", Cron: "0 22 * * ? *", TimeZone: "Europe/Rome"},
	}
	c.Jobs = []config.Job{config.NewJob("nightly", "cron(30 2 * * ? *)", "flask", "report"), config.NewJob("hourly-sync", "rate(1 hour)", "flask", "sync")}
	c.Jobs[0].TimeZone, c.Jobs[0].FlexibleMinutes, c.Jobs[0].Retries = "Europe/Rome", 15, 2
	c.Jobs[1].AllowOverlap, c.Jobs[1].Paused = true, true
	c.Database.ReaderCount = 2
	c.Database.Roles, c.Database.PasswordVersion = true, 2
	c.Database.InstanceClass = "db.serverless"
	c.Database.ServerlessMaxACU = 4
	c.Database.EngineVersion, c.Database.ServerlessAutoPauseSeconds = "15.10", 600
	c.Service.Permissions = []config.Permission{
		{Actions: []string{"ses:SendEmail"}, Resources: []string{"arn:aws:ses:eu-south-1:123456789012:identity/example.com"}},
		{Actions: []string{"textract:DetectDocumentText"}, Resources: []string{"*"}},
	}
	c.Queues = []config.Queue{queue("orders"), queue("mail-out")}
	c.Buckets = []config.Bucket{{Name: "uploads", CORSOrigins: []string{"https://shop.example.com", "http://localhost:3000"}, ExpireDays: 365}}
	admin := config.DefaultWebService("admin")
	admin.Priority, admin.Hosts, admin.Command = 1, []string{"admin.api.example.com"}, []string{"flask", "--app", "admin", "run"}
	admin.Secrets = map[string]string{"SESSION_KEY": "arn:aws:secretsmanager:eu-south-1:123456789012:secret:session-AbCdEf"}
	admin.Permissions = []config.Permission{{Actions: []string{"ses:SendEmail"}, Resources: []string{"arn:aws:ses:eu-south-1:123456789012:identity/example.com"}}}
	c.Services = []config.WebService{admin}
	c.Alarms = config.Alarms{Enabled: true, Emails: []string{"team@example.com", "on-call@example.com"}, LatencySeconds: 0.5, ServerErrors: 5, DatabaseConnections: 100}
	c.Encryption.CustomerManagedKey = true
	c.State = config.State{Backend: config.BackendS3, Bucket: "example-terraform-state", BucketRegion: "eu-west-1"}
	return c
}

// Closed has no way out of its private subnets nor one in from the internet, a domain of
// another DNS that is not proved yet, and nights with fewer tasks.
func Closed() config.Config {
	c := config.Defaults("closed")
	c.Registry.ImageTag = "v1"
	c.Network.NAT = config.NATNone
	c.Network.InterfaceEndpoints = true
	c.LoadBalancer.Internal = true
	c.LoadBalancer.Domain, c.LoadBalancer.DomainRecords = "closed.example.com", config.RecordsPrinted
	c.Service.Command, c.Service.User = []string{"gunicorn", "app:app"}, "1000"
	c.Service.ExecuteCommand, c.Service.ReadOnlyRootFilesystem = true, true
	c.Service.Secrets = map[string]string{"MAIL_FROM": "arn:aws:ssm:eu-south-1:123456789012:parameter/mail/from"}
	c.Service.ReleaseCommand = []string{"flask", "--app", "app", "db", "upgrade"}
	c.Database.SnapshotIdentifier, c.Acknowledged = "last-night", []config.Gap{config.UnmaskedData}
	c.Scaling.Schedules = []config.Schedule{
		{Name: "evening", Cron: "0 22 * * ? *", TimeZone: "Europe/Rome", MinTasks: 1, MaxTasks: 2},
		{Name: "morning", Cron: "0 7 * * ? *", TimeZone: "Europe/Rome", MinTasks: 4, MaxTasks: 20},
	}
	c.Queues, c.Buckets = []config.Queue{queue("orders")}, []config.Bucket{{Name: "uploads"}}
	c.Cache.NodeType = "cache.t4g.micro"
	c.Jobs = []config.Job{config.NewJob("nightly", "rate(1 day)", "flask", "report")}
	c.Alarms.Enabled = true
	c.Encryption.CustomerManagedKey = true
	c.State = config.State{Backend: config.BackendCloud, Organization: "example", Workspace: "flask-api-closed"}
	return c
}

// Elsewhere is in another region, with an existing certificate and images of a pipeline.
func Elsewhere() config.Config {
	c := config.Defaults("elsewhere")
	c.Region = "eu-south-2"
	c.LoadBalancer.CertificateARN = "arn:aws:acm:eu-south-2:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	c.LoadBalancer.AccessLogRetentionDays = 30
	c.Deployment.Images, c.Deployment.GitHubRepository = config.ImagesExternal, "example/api"
	c.Queues, c.Buckets = []config.Queue{queue("orders")}, []config.Bucket{{Name: "uploads"}}
	c.Database.MonitoringIntervalSeconds = 60
	c.Database.CloneOf, c.Database.MaskSQL = "production", "UPDATE users SET email = id || '@example.com'"
	c.LoadBalancer.IngressPrefixLists = []string{"pl-0123456789abcdef0"}
	c.Logs.Stopped = []config.Log{config.WAFLog, config.SessionLog}
	c.State = config.State{Backend: config.BackendCloud, Organization: "example", WorkspaceTags: []string{"flask-api"}, Hostname: "terraform.example.com"}
	return c
}

// Guarded has all that an environment that must not lose data may have.
func Guarded() config.Config {
	c := config.Defaults("guarded")
	c.Protected = true
	c.Network.PublicSubnetCIDRs = append(slices.Clone(c.Network.PublicSubnetCIDRs), "10.0.2.0/24")
	c.Network.PrivateSubnetCIDRs = append(slices.Clone(c.Network.PrivateSubnetCIDRs), "10.0.12.0/24")
	c.Network.InterfaceEndpoints = true
	c.Network.KeepNATAddresses = true
	c.Network.FlowLogRetentionDays = 365
	c.LoadBalancer.AccessLogRetentionDays = 365
	c.LoadBalancer.WAF.Enabled = true
	c.Service.ReadOnlyRootFilesystem = true
	c.Service.ContainerHealthCheck = true
	c.Service.Tracing = true
	c.Service.ReleaseCommand = []string{"flask", "--app", "app", "db", "upgrade"}
	c.Scaling.MemoryTargetPercent = 80
	c.Database.InstanceClass = "db.r6g.large"
	c.Database.MaxReaders = 3
	c.Database.Roles, c.Database.Authentication = true, config.AuthenticationIAM
	c.Database.BackupRetentionDays = 14
	c.Database.PerformanceInsights = true
	c.Database.MonitoringIntervalSeconds = 60
	c.Database.LogExports = true
	c.Queues, c.Buckets = []config.Queue{queue("orders"), queue("mail")}, []config.Bucket{{Name: "uploads"}}
	c.Cache.NodeType, c.Cache.Replicas, c.Cache.SnapshotRetentionDays = "cache.m7g.large", 2, 7
	c.Workers = []config.Worker{config.DefaultWorker("mail", "mail", "celery", "--app", "app", "worker")}
	admin, reports := config.DefaultWebService("admin"), config.DefaultWebService("shop-ads")
	admin.Priority, admin.Hosts, admin.Cache, admin.Queues = 10, []string{"admin.example.com"}, true, []string{"mail"}
	reports.Priority, reports.Paths, reports.Database, reports.Buckets = 20, []string{"/reports/*", "/report-?"}, false, []string{"uploads"}
	reports.ImageTag, reports.Environment = "v7", map[string]string{"THEME": "dark"}
	c.Services = []config.WebService{admin, reports}
	c.Logs.RetentionDays = 365
	c.Alarms.Enabled = true
	c.Encryption.CustomerManagedKey = true
	return c
}

func queue(name string) config.Queue {
	return config.Queue{Name: name, VisibilityTimeoutSeconds: 120, RetentionDays: 7, MaxReceives: 3, OldestMessageAlarmMinutes: 15}
}
