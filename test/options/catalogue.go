package options

import (
	"maps"
	"slices"

	"flask-api/config"
)

// Account is what only the owner of an account has, and an environment refers to.
type Account struct {
	BoundaryARN, CertificateARN, IdentityARN, KeyARN, ParameterARN, SecretARN, StateBucket, VariablesARN string
	// Network is a VPC.
	Network config.ExistingNetwork
}

// Example is an account for tests that deploy nothing.
func Example() Account {
	return Account{ //nolint:gosec // The ARN of a secret, no secret.
		BoundaryARN:    "arn:aws:iam::123456789012:policy/flask-api-boundary",
		CertificateARN: "arn:aws:acm:eu-south-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
		IdentityARN:    "arn:aws:ses:eu-south-1:123456789012:identity/example.com",
		KeyARN:         "arn:aws:kms:eu-south-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
		ParameterARN:   "arn:aws:ssm:eu-south-1:123456789012:parameter/mail/token",
		SecretARN:      "arn:aws:secretsmanager:eu-south-1:123456789012:secret:payment-aB3dE6",
		StateBucket:    "example-terraform-state",
		VariablesARN:   "arn:aws:s3:::flask-api-variables-example/api.env",
		Network: config.ExistingNetwork{
			VPCID:            "vpc-0123456789abcdef0",
			PublicSubnetIDs:  []string{"subnet-0123456789abcde01", "subnet-0123456789abcde02"},
			PrivateSubnetIDs: []string{"subnet-0123456789abcde03", "subnet-0123456789abcde04"},
		},
	}
}

// NoOption are the fields that no option covers, with the reason.
var NoOption = map[string]string{
	"Name":         "it names the platform, in every name that the tests know it by; the environment chosen has another one",
	"Suffix":       "it names the environment, in every name that the tests know it by",
	"Logs.Stopped": "it leaves the store that the log's own option made, which is how that one left it",
}

// one is an option that is on or off.
func one(way Way) []Way { return []Way{way} }

// changed is the way to have the service of another way otherwise.
func changed(service Way, name string, change func(*config.Config, *config.WebService)) Way {
	return Way{Name: name, Needs: []Way{service}, Set: func(c *config.Config) {
		c.Services = slices.Clone(c.Services)
		change(c, &c.Services[0])
	}}
}

// Catalogue is every option of an environment in that account, in the order of
// docs/changes.md.
func Catalogue(a Account) []Option {
	image := Way{Set: func(c *config.Config) { c.Registry.ImageTag = "v2" }}
	endpoints := Way{Name: "interface endpoints", Set: func(c *config.Config) { c.Network.InterfaceEndpoints = true }}
	webACL := Way{Name: "AWS WAF", Set: func(c *config.Config) { c.LoadBalancer.WAF.Enabled = true }}
	pipeline := Way{Name: "images of a pipeline", Set: func(c *config.Config) {
		c.Deployment.Images, c.Deployment.GitHubRepository = config.ImagesExternal, "example/api"
	}}
	moreReaders := Way{Name: "reader autoscaling", Set: func(c *config.Config) { c.Database.MaxReaders = 3 }}
	cache := Way{Name: "a cache", Set: func(c *config.Config) { c.Cache.NodeType, c.Cache.Replicas = "cache.t4g.micro", 1 }}
	silent := Way{Name: "alarms that tell nobody", Set: func(c *config.Config) { c.Alarms.Enabled = true }}
	alarms := Way{Name: "alarms", Needs: []Way{silent}, Set: func(c *config.Config) { c.Alarms.Emails = []string{"team@example.com"} }}
	release := Way{Name: "a release command", Set: func(c *config.Config) {
		c.Service.ReleaseCommand = []string{"flask", "--app", "app", "db", "upgrade"}
	}}
	queue := Way{Name: "a queue", Set: func(c *config.Config) {
		c.Queues = []config.Queue{{Name: "orders", VisibilityTimeoutSeconds: 60, RetentionDays: 4, MaxReceives: 5, OldestMessageAlarmMinutes: 10}}
	}}
	uploads := Way{Name: "a bucket", Set: func(c *config.Config) {
		c.Buckets = []config.Bucket{{Name: "uploads", CORSOrigins: []string{"https://shop.example.com"}, ExpireDays: 365}}
	}}
	service := Way{Name: "a service", Set: func(c *config.Config) {
		ops := config.DefaultWebService("ops") // Names of target groups are short.
		ops.Priority, ops.Paths, ops.ImageTag = 10, []string{"/ops/*"}, "v1"
		c.Services = []config.WebService{ops}
	}}
	watched := Way{Name: "a queue that is watched", Set: func(c *config.Config) {
		queue.Set(c)
		c.Alarms.Enabled = true
	}}
	protected := Way{Name: "protected", Set: func(c *config.Config) { c.Protected = true }}
	// Another environment may have it, too, one after the other.
	shared := Way{Name: "a domain", Set: func(c *config.Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.example.com", "example.com"
	}}
	bucket := Way{Name: "state in S3", Set: func(c *config.Config) {
		c.State.Backend, c.State.Bucket = config.BackendS3, a.StateBucket
	}}
	workspace := Way{Name: "state in Terraform Cloud", Set: func(c *config.Config) {
		c.State.Backend, c.State.Organization, c.State.Workspace = config.BackendCloud, "example", "api"
	}}
	addresses := Way{Name: "addresses that are kept", Set: func(c *config.Config) { c.Network.KeepNATAddresses = true }}
	existing := Way{Name: "an existing network", First: true, Set: func(c *config.Config) { c.Network = config.Network{Existing: a.Network} }}
	return []Option{
		// The first, since it takes back what others decide of a network.
		{Combined: true, Default: "a network of its own", Ways: one(existing)},
		{Combined: true, Default: "a NAT gateway for each zone", Ways: []Way{
			{Name: "one NAT gateway", Set: func(c *config.Config) { c.Network.NAT = config.NATSingle }},
			{Name: "no NAT gateway", Needs: []Way{endpoints, image}, Set: func(c *config.Config) { c.Network.NAT = config.NATNone }},
		}},
		{Combined: true, Default: "two zones", Ways: one(Way{Name: "three zones", Set: func(c *config.Config) {
			c.Network.PublicSubnetCIDRs = []string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"}
			c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24"}
		}})},
		{Combined: true, Ways: one(addresses)},
		{Combined: true, Ways: one(endpoints)},
		{Combined: true, Ways: one(Way{Name: "flow logs", Set: func(c *config.Config) { c.Network.FlowLogRetentionDays = 30 }})},
		{Combined: true, Default: "HTTP", Ways: []Way{
			{Name: "a domain", Set: func(c *config.Config) {
				c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = c.StackName()+".example.com", "example.com"
			}},
			{Name: "several names", Set: func(c *config.Config) {
				domain := c.StackName() + ".example.com"
				c.LoadBalancer.Domain, c.LoadBalancer.HostedZone, c.LoadBalancer.AlternativeNames = domain, "example.com", []string{"*." + domain, "www-" + domain}
			}},
			{Name: "a certificate", Set: func(c *config.Config) { c.LoadBalancer.CertificateARN = a.CertificateARN }},
		}},
		{Combined: true, Default: "in the internet", Ways: one(Way{Name: "an internal load balancer", Set: func(c *config.Config) { c.LoadBalancer.Internal = true }})},
		{Combined: true, Ways: one(Way{Name: "access logs", Set: func(c *config.Config) { c.LoadBalancer.AccessLogRetentionDays = 30 }})},
		{Combined: true, Ways: []Way{webACL, {Name: "AWS WAF with exceptions", Set: func(c *config.Config) {
			w := &c.LoadBalancer.WAF
			w.Enabled, w.AllowLargeBodies, w.UploadPaths, w.ManagedRuleGroups = true, true, []string{"/upload/", "/import"}, []string{"AWSManagedRulesLinuxRuleSet"}
			w.CountedRules = []string{"AWSManagedRulesCommonRuleSet/CrossSiteScripting_BODY", "AWSManagedRulesLinuxRuleSet/LFI_URIPATH"}
		}}}},
		{Combined: true, Default: "open to all", Ways: []Way{{Name: "open to some", Set: func(c *config.Config) {
			c.LoadBalancer.IngressCIDRs, c.LoadBalancer.IdleTimeoutSeconds = []string{"203.0.113.0/24", "198.51.100.7/32"}, 120
		}}, {Name: "open to CloudFront", Set: func(c *config.Config) {
			c.LoadBalancer.IngressCIDRs, c.LoadBalancer.IngressPrefixLists = nil, []string{"com.amazonaws.global.cloudfront.origin-facing"}
		}}}},
		{Combined: true, Daily: true, Default: "unprotected", Ways: one(protected)},
		{Ways: one(Way{Name: "half made on purpose", Needs: []Way{protected}, Set: func(c *config.Config) { c.Acknowledged = []config.Gap{config.StillPlaceholder} }})},
		{Combined: true, Default: "a root file system to write to", Ways: one(Way{Name: "a read-only root file system", Set: func(c *config.Config) { c.Service.ReadOnlyRootFilesystem = true }})},
		{Combined: true, Ways: one(Way{Name: "ECS Exec", Set: func(c *config.Config) { c.Service.ExecuteCommand = true }})},
		{Combined: true, Ways: one(Way{Name: "a container health check", Set: func(c *config.Config) { c.Service.ContainerHealthCheck = true }})},
		{Combined: true, Default: "X86_64", Ways: one(Way{Name: "ARM64", Set: func(c *config.Config) { c.Service.CPUArchitecture = config.ARM64 }})},
		{Combined: true, Ways: one(Way{Name: "variables and secrets", Set: func(c *config.Config) {
			c.Service.Environment = map[string]string{"LOG_LEVEL": "info"}
			c.Service.Secrets = map[string]string{"PAYMENT_TOKEN": a.SecretARN + ":token::"}
		}})},
		{Combined: true, Ways: one(Way{Name: "parameters, keys and files", Set: func(c *config.Config) {
			c.Service.Secrets = map[string]string{"MAIL_TOKEN": a.ParameterARN}
			c.Service.SecretKeyARNs, c.Service.EnvironmentFiles = []string{a.KeyARN}, []string{a.VariablesARN}
		}})},
		{Combined: true, Ways: one(Way{Name: "a process of its own", Set: func(c *config.Config) {
			c.Service.EntryPoint, c.Service.Command = []string{"sh", "-c"}, []string{"exec gunicorn app:app"}
			c.Service.User, c.Service.OpenFileLimit = "1000:1000", 100000
		}})},
		{Combined: true, Ways: one(Way{Name: "logs of several lines, and enhanced insights", Set: func(c *config.Config) {
			c.Service.LogBufferMiB, c.Service.LogMultilinePattern, c.Service.EnhancedInsights = 50, `^\d{4}-`, true
		}})},
		{Combined: true, Ways: one(Way{Name: "disk and stop timeout", Set: func(c *config.Config) {
			c.Service.EphemeralStorageGiB, c.Service.StopTimeoutSeconds = 50, 60
		}})},
		{Combined: true, Ways: one(release)},
		{Combined: true, Default: "on demand", Ways: one(Way{Name: "spare capacity", Set: func(c *config.Config) {
			c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 50, 2
		}})},
		{Combined: true, Ways: one(Way{Name: "tracing", Set: func(c *config.Config) { c.Service.Tracing = true }})},
		{Combined: true, Default: "images of Terraform", Ways: one(pipeline)},
		{Combined: true, Default: "scaling by CPU", Ways: one(Way{Name: "scaling by memory and requests", Set: func(c *config.Config) {
			c.Scaling.MemoryTargetPercent, c.Scaling.RequestsPerTaskTarget = 80, 1000
		}})},
		{Combined: true, Ways: one(Way{Name: "schedules", Set: func(c *config.Config) {
			c.Scaling.Schedules = []config.Schedule{{Name: "morning", Cron: "0 7 ? * MON-FRI *", TimeZone: "Europe/Rome", MinTasks: 2, MaxTasks: 20}}
		}})},
		{Combined: true, Default: "provisioned instances", Ways: []Way{
			{Name: "serverless instances", Set: func(c *config.Config) {
				c.Database.InstanceClass, c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = "db.serverless", 2, 8
			}},
			{Name: "instances that pause", Set: func(c *config.Config) {
				c.Database.InstanceClass, c.Database.ServerlessMaxACU, c.Database.ServerlessAutoPauseSeconds = "db.serverless", 2, 600
				c.Database.EngineVersion = "15.8"
			}},
		}},
		{Combined: true, Default: "a reader", Ways: []Way{
			{Name: "no reader", Set: func(c *config.Config) { c.Database.ReaderCount = 0 }},
			moreReaders,
		}},
		{Combined: true, Default: "the administrator's login", Ways: []Way{
			{Name: "roles of the database", Set: func(c *config.Config) { c.Database.Roles = true }},
			{Name: "IAM authentication", Set: func(c *config.Config) {
				c.Database.Roles, c.Database.Authentication = true, config.AuthenticationIAM
			}},
		}},
		{Combined: true, Ways: one(Way{Name: "jobs", Set: func(c *config.Config) {
			nightly := config.NewJob("nightly", "cron(30 2 * * ? *)", "flask", "report")
			nightly.TimeZone, nightly.FlexibleMinutes, nightly.Retries, nightly.AllowOverlap, nightly.Paused = "Europe/Rome", 15, 2, true, true
			c.Jobs = []config.Job{nightly}
		}})},
		{Combined: true, Ways: one(Way{Name: "Performance Insights", Set: func(c *config.Config) { c.Database.PerformanceInsights = true }})},
		{Combined: true, Ways: one(Way{Name: "enhanced monitoring", Set: func(c *config.Config) { c.Database.MonitoringIntervalSeconds = 60 }})},
		{Combined: true, Ways: one(cache)},
		{Combined: true, Ways: one(Way{Name: "log exports", Set: func(c *config.Config) { c.Database.LogExports = true }})},
		{Combined: true, Default: "AWS's parameters", Ways: one(Way{Name: "parameters of the database", Set: func(c *config.Config) {
			c.Database.ClusterParameters = map[string]string{"idle_in_transaction_session_timeout": "60000", "track_activity_query_size": "4096"}
			c.Database.InstanceParameters = map[string]string{"max_connections": "500", "work_mem": "65536"}
		}})},
		{Combined: true, Ways: one(alarms)},
		{Combined: true, Default: "keys of AWS", Ways: one(Way{Name: "a customer-managed key", Set: func(c *config.Config) { c.Encryption.CustomerManagedKey = true }})},

		{Daily: true, Ways: []Way{
			image,
			{Set: func(c *config.Config) { c.Registry.UntaggedImageExpiryDays = 14 }},
			{Set: func(c *config.Config) { c.Service.CPUUnits, c.Service.MemoryMiB = 2048, 4096 }},
			{Set: func(c *config.Config) { c.Service.HealthCheckGracePeriodSeconds = 120 }},
			{Set: func(c *config.Config) { c.Service.DeploymentTimeoutMinutes = 30 }},
			{Set: func(c *config.Config) { c.Scaling.MinTasks, c.Scaling.MaxTasks = 1, 20 }},
			{Set: func(c *config.Config) { c.Scaling.DesiredTasks = 3 }},
			{Set: func(c *config.Config) {
				c.Scaling.CPUTargetPercent, c.Scaling.ScaleInCooldownSeconds, c.Scaling.ScaleOutCooldownSeconds = 60, 600, 30
			}},
			{Set: func(c *config.Config) {
				l := &c.LoadBalancer
				l.HealthCheckPath, l.HealthCheckMatcher = "/ready", "200-299"
				l.HealthCheckIntervalSeconds, l.HealthCheckTimeoutSeconds = 15, 10
				l.HealthyThreshold, l.UnhealthyThreshold, l.DeregistrationDelaySeconds = 3, 5, 60
			}},
			{Set: func(c *config.Config) { c.LoadBalancer.IdleTimeoutSeconds = 120 }},
			{Set: func(c *config.Config) { c.Database.InstanceClass = "db.r6g.large" }},
			{Set: func(c *config.Config) { c.Database.ReaderCount = 2 }},
			{Set: func(c *config.Config) {
				c.Database.BackupRetentionDays, c.Database.BackupWindow, c.Database.MaintenanceWindow = 14, "01:00-02:00", "mon:03:30-mon:04:30"
			}},
			{Set: func(c *config.Config) { c.Database.PasswordVersion = 2 }},
			{Set: func(c *config.Config) { c.Logs.RetentionDays = 30 }},
			{Set: func(c *config.Config) {
				c.Tags = maps.Clone(c.Tags)
				c.Tags["Team"] = "shop"
			}},
		}},

		// Decided before the first deployment.
		{Ways: []Way{
			{Set: func(c *config.Config) { c.Region = "ap-northeast-1" }},
			{Set: func(c *config.Config) { c.Network.CIDR = "10.0.0.0/17" }},
			{Set: func(c *config.Config) { c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1c"} }},
			{Set: func(c *config.Config) { c.Network.PublicSubnetCIDRs = []string{"10.0.2.0/24", "10.0.3.0/24"} }},
			{Set: func(c *config.Config) { c.Network.PrivateSubnetCIDRs = []string{"10.0.12.0/24", "10.0.13.0/24"} }},
			{Set: func(c *config.Config) { c.Service.ContainerPort = 8080 }},
			{Set: func(c *config.Config) { c.Database.EngineVersion = "16.6" }},
			{Name: "Extended Support", Set: func(c *config.Config) { c.Database.ExtendedSupport = true }},
			{Name: "a clone", Set: func(c *config.Config) {
				c.Database.CloneOf, c.Database.MaskSQL = "production", "UPDATE users SET email = id || '@example.com'"
			}},
			{Name: "a snapshot as it is", Set: func(c *config.Config) {
				c.Database.SnapshotIdentifier, c.Acknowledged = "last-night", []config.Gap{config.UnmaskedData}
			}},
			{Set: func(c *config.Config) { c.Database.Name = "shop" }},
			{Set: func(c *config.Config) { c.Database.Username = "keeper" }},
			{Set: func(c *config.Config) { c.Database.Port = 5433 }},
			{Set: func(c *config.Config) { c.Database.CAIdentifier = "rds-ca-rsa2048-g1" }},
		}},
		{Ways: []Way{
			bucket,
			{Needs: []Way{bucket}, Set: func(c *config.Config) { c.State.BucketRegion = "eu-west-1" }},
			workspace,
			{Name: "state in workspaces with tags", Set: func(c *config.Config) {
				c.State.Backend, c.State.Organization, c.State.WorkspaceTags = config.BackendCloud, "example", []string{"flask-api"}
			}},
			{Needs: []Way{workspace}, Set: func(c *config.Config) { c.State.Hostname = "terraform.example.com" }},
		}},

		// What matters only with another option, or is a part of one.
		{Ways: []Way{
			{Name: "an existing network with endpoints", Needs: []Way{existing, image}, Set: func(c *config.Config) { c.Network.NAT = config.NATNone }},
			{Needs: []Way{webACL}, Set: func(c *config.Config) { c.LoadBalancer.WAF.RateLimit = 500 }},
			{Needs: []Way{webACL}, Set: func(c *config.Config) { c.LoadBalancer.WAF.AllowLargeBodies = true }},
			{Needs: []Way{webACL}, Set: func(c *config.Config) { c.LoadBalancer.WAF.CountOnly = true }},
			{Needs: []Way{release}, Set: func(c *config.Config) { c.Service.ReleaseTimeoutMinutes = 5 }},
			{Needs: []Way{pipeline}, Set: func(c *config.Config) { c.Deployment.GitHubBranch = "release" }},
			{Needs: []Way{pipeline}, Set: func(c *config.Config) { c.Deployment.GitHubEnvironment = "production" }},
			{Name: "a permissions boundary", Set: func(c *config.Config) { c.Deployment.PermissionsBoundary = a.BoundaryARN }},
			{Name: "logs that wait", Set: func(c *config.Config) { c.Service.LogBufferMiB = 0 }},
			{Set: func(c *config.Config) { c.Deployment.RolePath = "/service/" }},
			{Set: func(c *config.Config) { c.Account = "123456789012" }},
			{Needs: []Way{cache}, Set: func(c *config.Config) { c.Cache.Replicas = 2 }},
			{Needs: []Way{cache}, Set: func(c *config.Config) { c.Cache.EngineVersion = "9.0" }},
			{Needs: []Way{cache}, Set: func(c *config.Config) { c.Cache.MaxMemoryPolicy = "volatile-lru" }},
			{Needs: []Way{cache}, Set: func(c *config.Config) { c.Cache.SnapshotRetentionDays = 7 }},
			{Needs: []Way{cache}, Set: func(c *config.Config) {
				c.Cache.SnapshotWindow, c.Cache.MaintenanceWindow = "01:00-02:00", "mon:04:30-mon:05:30"
			}},
			{Needs: []Way{moreReaders}, Set: func(c *config.Config) { c.Database.ReaderCPUTargetPercent = 50 }},
			silent,
			{Needs: []Way{silent}, Set: func(c *config.Config) {
				c.Alarms.LatencySeconds, c.Alarms.ServerErrors, c.Alarms.DatabaseConnections = 0.5, 5, 100
			}},
			{Needs: []Way{shared}, Set: func(c *config.Config) { c.LoadBalancer.DomainRecords = config.RecordsTakeOver }},
			{Name: "a domain whose records are elsewhere", Set: func(c *config.Config) {
				shared.Set(c)
				c.LoadBalancer.DomainRecords = config.RecordsElsewhere
			}},
			{Needs: []Way{shared}, Set: func(c *config.Config) { c.LoadBalancer.HostedZoneID = "Z0123456789ABCDEFGHIJ" }},
			{Name: "a domain in another DNS", Set: func(c *config.Config) {
				c.LoadBalancer.Domain, c.LoadBalancer.DomainRecords = "api.example.com", config.RecordsPrinted
			}},
		}},

		// The background.
		{Combined: true, Ways: one(Way{Name: "permissions", Set: func(c *config.Config) {
			c.Service.Permissions = []config.Permission{{Actions: []string{"ses:SendEmail"}, Resources: []string{a.IdentityARN}}}
		}})},
		{Combined: true, Ways: one(queue)},
		{Combined: true, Ways: one(uploads)},
		{Combined: true, Ways: []Way{
			{Name: "a worker", Needs: []Way{queue}, Set: func(c *config.Config) {
				c.Workers = []config.Worker{config.DefaultWorker("orders", "orders", "celery", "worker")}
			}},
			{Name: "workers that are always there", Needs: []Way{queue}, Set: func(c *config.Config) {
				always := config.DefaultWorker("orders", "orders", "celery", "worker")
				always.MinTasks, always.SpotPercent, always.HealthCheckCommand = 2, 50, []string{"celery", "inspect", "ping"}
				c.Workers = []config.Worker{always, {
					Name: "beat", Command: []string{"celery", "beat"}, CPUUnits: 256, MemoryMiB: 512, MinTasks: 1, MaxTasks: 1, StopTimeoutSeconds: 30,
				}}
			}},
		}},
		{Combined: true, Ways: []Way{service, {Name: "services that use everything", Needs: []Way{queue, uploads, cache}, Set: func(c *config.Config) {
			ops, cms := config.DefaultWebService("ops"), config.DefaultWebService("cms")
			// The name of the load balancer, where it has one.
			ops.Priority, ops.Hosts, ops.Paths, ops.ImageTag = 10, []string{c.StackName() + ".example.com"}, []string{"/ops/*"}, "v1"
			ops.Cache, ops.Queues, ops.Buckets = true, []string{"orders"}, []string{"uploads"}
			cms.Priority, cms.Paths, cms.ImageTag, cms.Database = 20, []string{"/cms/*"}, "v1", false
			cms.Secrets = map[string]string{"CMS_TOKEN": a.SecretARN}
			c.Services = []config.WebService{ops, cms}
		}}}},
		{Ways: []Way{
			changed(service, "a service on a shared domain", func(c *config.Config, w *config.WebService) {
				shared.Set(c)
				c.LoadBalancer.AlternativeNames, w.Hosts, w.Paths = []string{"ops.example.com"}, []string{"ops.example.com"}, nil
			}),
			changed(service, "a service in another place", func(_ *config.Config, w *config.WebService) { w.Priority, w.Paths = 11, []string{"/manage/*"} }),
			changed(service, "a larger service", func(_ *config.Config, w *config.WebService) {
				w.CPUUnits, w.MemoryMiB, w.MinTasks, w.MaxTasks = 1024, 2048, 2, 6
			}),
			changed(service, "a service with another process", func(_ *config.Config, w *config.WebService) {
				w.HealthCheckPath, w.Command = "/ready", []string{"gunicorn", "ops:app"}
				w.Environment = map[string]string{"THEME": "dark"}
			}),
			changed(service, "a service with permissions", func(_ *config.Config, w *config.WebService) {
				w.Permissions = []config.Permission{{Actions: []string{"ses:SendEmail"}, Resources: []string{a.IdentityARN}}}
			}),
		}},
		{Ways: []Way{
			watched,
			{Needs: []Way{watched}, Set: func(c *config.Config) {
				c.Queues = slices.Clone(c.Queues)
				c.Queues[0].OldestMessageAlarmMinutes = 30
			}},
		}},
	}
}
