// Package config holds what an environment may decide: the typed [Config], its
// defaults, the environments this repository defines, and the rules that a
// configuration must satisfy before anything is synthesised.
//
// The package imports no construct library, so loading and validating a
// configuration costs microseconds and needs no Node process.
package config

import (
	"maps"
	"strings"
)

// Prefix begins every physical name.
const Prefix = "flask-api"

// Config is everything one environment decides. [Defaults] fills every field,
// so a zero value always means zero and never "unset".
type Config struct {
	// Suffix names the environment: it ends every physical name and the stack's
	// name. 1 to 18 lower-case letters, digits and single inner hyphens.
	Suffix string
	// Region is the AWS region, such as "eu-south-1".
	Region string
	// Protected keeps data from being lost by mistake: deletion protection on
	// the load balancer and the database, a final snapshot, a recovery window
	// of 30 days for the secret, a registry with immutable tags that is not
	// deleted with its images, access logs that are not deleted either, and an
	// encryption key that refuses its deletion.
	Protected bool
	// Tags are put on every resource that carries tags.
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

// Network is the address plan of the VPC.
type Network struct {
	// CIDR is the VPC's IPv4 range, /16 to /28.
	CIDR string
	// AvailabilityZones are the zones to use, one for each pair of subnets.
	// Empty takes the region's first zones that need no opt-in.
	AvailabilityZones []string
	// PublicSubnetCIDRs hold the load balancer and the NAT gateways, one per zone.
	PublicSubnetCIDRs []string
	// PrivateSubnetCIDRs hold the tasks and the database, one per zone.
	PrivateSubnetCIDRs []string
	// NAT is how the private subnets reach the internet. Each NAT gateway costs
	// about 33 USD a month and its traffic.
	NAT NAT
	// InterfaceEndpoints keep the calls of ECR, CloudWatch Logs and Secrets
	// Manager inside the VPC. Each of the four costs about 8 USD a month in each
	// zone.
	InterfaceEndpoints bool
	// FlowLogRetentionDays is how many days the VPC's flow logs are kept; 0
	// records none. CloudWatch bills what is recorded by its size.
	FlowLogRetentionDays int
}

// NAT is how private subnets reach the internet.
type NAT string

const (
	// NATPerZone gives each zone a NAT gateway of its own, so that the loss of
	// one zone leaves the others their way out.
	NATPerZone NAT = "per-zone"
	// NATSingle shares the NAT gateway of the first zone. It saves the others'
	// cost, and when that zone is lost, every task is cut off.
	NATSingle NAT = "single"
	// NATNone has no way to the internet, only to what has an endpoint.
	NATNone NAT = "none"
)

// Registry is the ECR repository of the API's images.
type Registry struct {
	// ImageTag is the tag to run; `IMAGE_TAG` overrides it. Empty runs a public
	// placeholder that answers the health check, so that an empty repository
	// deploys.
	ImageTag string
	// UntaggedImageExpiryDays is how many days an untagged image is kept.
	UntaggedImageExpiryDays int
}

// LoadBalancer is the Application Load Balancer: who reaches it and how, what it
// records and refuses, and when it takes a task for healthy.
type LoadBalancer struct {
	// IngressCIDRs are the IPv4 ranges that may connect on 80 and 443, up to 30.
	IngressCIDRs []string
	// IdleTimeoutSeconds is how long a connection may be silent. The API must keep
	// silent connections longer, or some requests are answered with 502.
	IdleTimeoutSeconds int
	// Domain is the API's own name, such as "api.example.com". It turns HTTPS on:
	// the name gets a certificate of ACM and leads to the load balancer, and
	// HTTP only redirects. The certificate is free.
	Domain string
	// HostedZone is the public Route 53 zone of the Domain, such as "example.com".
	HostedZone string
	// CertificateARN turns HTTPS on with a certificate that ACM already has in
	// this region, in place of Domain and HostedZone. DNS is then not touched.
	CertificateARN string
	// AccessLogRetentionDays is how many days a record of each request is kept in
	// an S3 bucket, at the price of its storage. 0 records nothing.
	AccessLogRetentionDays int
	// WAF refuses requests before they reach the API.
	WAF WAF
	// HealthCheckPath is the path that answers when a task can serve.
	HealthCheckPath string
	// HealthCheckMatcher is the HTTP status, or statuses, of a healthy answer.
	HealthCheckMatcher string
	// HealthCheckIntervalSeconds is the time between two checks of one task.
	HealthCheckIntervalSeconds int
	// HealthCheckTimeoutSeconds is how long an answer may take; below the interval.
	HealthCheckTimeoutSeconds int
	// HealthyThreshold is how many answers in a row make a task healthy.
	HealthyThreshold int
	// UnhealthyThreshold is how many failures in a row make a task unhealthy.
	UnhealthyThreshold int
	// DeregistrationDelaySeconds is how long a leaving task may finish its requests.
	DeregistrationDelaySeconds int
}

// WAF is the web ACL of AWS WAF in front of the load balancer.
type WAF struct {
	// Enabled puts the web ACL in front, for about 10 USD a month and 0.60 USD
	// for a million requests. Unless AllowLargeBodies is set, it also refuses
	// request bodies over 8 KB.
	Enabled bool
	// RateLimit is how many requests one address may send in five minutes.
	RateLimit int
	// AllowLargeBodies lets request bodies over 8 KB through, of which AWS WAF
	// inspects the first 8 KB only.
	AllowLargeBodies bool
}

// HTTPS tells whether clients reach the load balancer by HTTPS.
func (l LoadBalancer) HTTPS() bool {
	return l.Domain != "" || l.CertificateARN != ""
}

// Service is the ECS service and its Fargate task.
type Service struct {
	// CPUUnits is the task's CPU; 1024 units are one vCPU.
	CPUUnits int
	// MemoryMiB is the task's memory, one that Fargate pairs with the CPU.
	MemoryMiB int
	// CPUArchitecture is what the image is built for. ARM64 costs about a fifth
	// less.
	CPUArchitecture CPUArchitecture
	// EphemeralStorageGiB is the task's disk, 20 to 200; what goes beyond 20 costs
	// about 0.08 USD a month for each GiB and task.
	EphemeralStorageGiB int
	// ContainerPort is where the API listens, from 1024 on: it runs without Linux
	// capabilities.
	ContainerPort int
	// Environment is what the container gets beside the variables of the database.
	// It is readable in the JSON, the plan and the console.
	Environment map[string]string
	// Secrets are variables that ECS reads from Secrets Manager when a task starts:
	// their names, and the ARNs of secrets of this region, each with `:<key>::`
	// behind it for one key of a JSON secret. A secret with a key of your own needs
	// a key policy that lets the execution role decrypt.
	Secrets map[string]string
	// ReadOnlyRootFilesystem leaves the container nothing to write to but /tmp. An
	// image that does not run as root has to own it, by `VOLUME /tmp` in its
	// Dockerfile.
	ReadOnlyRootFilesystem bool
	// ContainerHealthCheck asks for LoadBalancer.HealthCheckPath from inside of the
	// container, too, with the image's own python3, so that a task that is stuck is
	// replaced even where no request reaches it.
	ContainerHealthCheck bool
	// StopTimeoutSeconds is how long a container may take to end by itself after
	// SIGTERM, up to 120.
	StopTimeoutSeconds int
	// ExecuteCommand lets `aws ecs execute-command` open a shell in a task, logged
	// to a log group of its own. It needs a root file system that can be written.
	ExecuteCommand bool
	// SpotPercent is the share of tasks, above OnDemandBaseTasks, that run on spare
	// capacity: about 70 % cheaper, and stopped with a warning of two minutes when
	// AWS wants it back. Changed from or to 0, the service is replaced.
	SpotPercent int
	// OnDemandBaseTasks is how many tasks never run on spare capacity; 0 without
	// any.
	OnDemandBaseTasks int
	// Tracing runs the AWS Distro for OpenTelemetry collector beside the API, which
	// sends on to X-Ray what the API sends to port 4317 or 4318 of localhost. It
	// takes up to 256 MiB of the task's memory; X-Ray costs about 5 USD for a
	// million traces.
	Tracing bool
	// HealthCheckGracePeriodSeconds is how long a new task may fail its health checks.
	HealthCheckGracePeriodSeconds int
	// DeploymentTimeoutMinutes is how long an apply waits for a steady service.
	DeploymentTimeoutMinutes int
}

// CPUArchitecture is what a task's processor understands.
type CPUArchitecture string

const (
	// X86 runs images that were built for linux/amd64.
	X86 CPUArchitecture = "X86_64"
	// ARM64 runs images that were built for linux/arm64.
	ARM64 CPUArchitecture = "ARM64"
)

// Deployment is who decides which image runs.
type Deployment struct {
	// Images is who decides. Where it is ImagesExternal, a changed variable, secret
	// or password reaches the tasks with the pipeline's next deployment.
	Images Images
	// GitHubRepository, such as "example/api", gets a role that its GitHub workflows
	// may assume to push and deploy images, and nothing else. The account must have
	// the identity provider token.actions.githubusercontent.com. A repository that was
	// created or renamed since 15 July 2026 is named with its ids, as in
	// "example@123/api@456", because GitHub's tokens do:
	// https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
	GitHubRepository string
	// GitHubBranch is the only branch whose workflows may assume the role.
	GitHubBranch string
}

// Images is who decides which image runs.
type Images string

const (
	// ImagesTerraform runs the tag in the configuration.
	ImagesTerraform Images = "terraform"
	// ImagesExternal runs what a pipeline deployed. The configuration's tag is what
	// the first deployment runs, and Terraform leaves the service's task definition
	// alone.
	ImagesExternal Images = "external"
)

// Scaling is the range of tasks and what moves the service within it.
type Scaling struct {
	// MinTasks is the fewest tasks that run.
	MinTasks int
	// DesiredTasks is how many tasks the first deployment starts; autoscaling
	// owns the number afterwards.
	DesiredTasks int
	// MaxTasks is the most tasks that run.
	MaxTasks int
	// CPUTargetPercent is the average CPU use that scaling aims at.
	CPUTargetPercent int
	// MemoryTargetPercent is the average memory use that scaling aims at; 0 does
	// not look at it.
	MemoryTargetPercent int
	// RequestsPerTaskTarget is how many requests a minute each task should get; 0
	// does not look at them. Measure first how many a task can take.
	RequestsPerTaskTarget int
	// ScaleInCooldownSeconds is the pause after removing tasks.
	ScaleInCooldownSeconds int
	// ScaleOutCooldownSeconds is the pause after adding tasks.
	ScaleOutCooldownSeconds int
	// Schedules change MinTasks and MaxTasks at set times. With any, these two are
	// what the environment begins with, and Terraform leaves them alone afterwards.
	Schedules []Schedule
}

// Schedule is a range of tasks from a set time on, until another one sets another.
type Schedule struct {
	// Name names the schedule: lower-case letters, digits and single inner hyphens.
	Name string
	// Cron is when, as AWS writes it: minutes, hours, day, month, weekday and year,
	// such as "0 7 ? * MON-FRI *".
	Cron string
	// TimeZone is what the hours mean, such as "Europe/Rome".
	TimeZone string
	// MinTasks is the fewest tasks that run from then on.
	MinTasks int
	// MaxTasks is the most tasks that run from then on.
	MaxTasks int
}

// Database is the Aurora PostgreSQL cluster.
type Database struct {
	// EngineVersion is the version of a new cluster, such as "15.4". Where AWS no
	// longer offers it, the newest of the same major version is planned. AWS upgrades
	// the minor version of a cluster that runs, and Terraform leaves it at that.
	EngineVersion string
	// InstanceClass is the class of writer and readers, such as "db.t3.medium",
	// or "db.serverless" for instances whose capacity follows the load.
	InstanceClass string
	// ServerlessMinACU is the least capacity of an instance of db.serverless, in
	// Aurora capacity units of about 2 GiB, from 0.5 in steps of 0.5; 0 with any
	// other class. Each unit costs about 0.12 USD an hour, used or not. AWS wants
	// 2 or more beside Performance Insights.
	ServerlessMinACU float64
	// ServerlessMaxACU is the most capacity of an instance of db.serverless, in
	// the same units and at the same price; 0 with any other class.
	ServerlessMaxACU float64
	// ReaderCount is the number of readers beside the writer.
	ReaderCount int
	// MaxReaders is how many readers autoscaling may have running, from
	// ReaderCount upwards; 0 scales nothing. Each costs as much as an instance of
	// the class. Those that autoscaling added are unknown to Terraform: delete
	// them before the environment is destroyed.
	MaxReaders int
	// ReaderCPUTargetPercent is the readers' average CPU use that scaling aims at.
	ReaderCPUTargetPercent int
	// Name is the database that is created in the cluster.
	Name string
	// Username is the administrator's name.
	Username string
	// Port is where the cluster listens.
	Port int
	// PasswordVersion rotates the password when it is raised.
	PasswordVersion int
	// BackupRetentionDays is how many days of point-in-time recovery are kept.
	BackupRetentionDays int
	// BackupWindow is the daily backup time in UTC, "hh:mm-hh:mm".
	BackupWindow string
	// MaintenanceWindow is the weekly maintenance time in UTC, "ddd:hh:mm-ddd:hh:mm".
	MaintenanceWindow string
	// CAIdentifier is the certificate authority that signs the instances' TLS
	// certificates, such as "rds-ca-rsa2048-g1"; empty is AWS's choice. Where one is
	// named, the provider changes and reboots each instance once after its creation,
	// which takes minutes.
	CAIdentifier string
	// PerformanceInsights records which statements the load is made of, for 7
	// days, which is free. Set back to false it goes on, until it is turned off
	// in the console: Terraform leaves alone what is no longer written.
	PerformanceInsights bool
	// MonitoringIntervalSeconds is how often the operating system of each instance
	// is measured, 1, 5, 10, 15, 30 or 60; 0 measures nothing. CloudWatch Logs
	// bills the measurements, the more often the dearer.
	MonitoringIntervalSeconds int
	// LogExports sends PostgreSQL's log to CloudWatch, kept for Logs.RetentionDays,
	// and logs statements that take a second or more or that change the schema.
	// CloudWatch bills what is logged by its size. A password that is set in plain
	// SQL would be logged, too.
	LogExports bool
}

// Logs are the CloudWatch log groups.
type Logs struct {
	// RetentionDays is how many days log events are kept.
	RetentionDays int
}

// Alarms tell people when the API is down, slow or near a limit, and take back
// deployments that fail.
type Alarms struct {
	// Enabled creates the alarms, about 0.10 USD a month each, the topic that they
	// go to, with a key at 1 USD a month unless the environment has one of its own,
	// and a dashboard, 3 USD a month beyond an account's third. A deployment during
	// which those of 5xx statuses or unhealthy tasks go off is rolled back.
	Enabled bool
	// Emails are who is told. AWS sends each address a message to confirm first.
	Emails []string
	// LatencySeconds is how long one request in twenty may take.
	LatencySeconds float64
	// ServerErrors is how many answers with a 5xx status are too many within five
	// minutes, counted apart for the API and the load balancer.
	ServerErrors int
	// DatabaseConnections is how many connections to an instance are too many. Aurora
	// takes about 110 for each GiB of the class's memory.
	DatabaseConnections int
}

// Encryption is how data is encrypted where it is stored.
type Encryption struct {
	// CustomerManagedKey encrypts database, secret, images and logs with a KMS key
	// of the account's own, about 1 USD a month and its use, in place of the keys
	// that AWS manages.
	//
	// Decide before the first deployment. Set to true later, it replaces the
	// database and the registry with empty ones. Set back to false, it deletes the
	// key that both still need; a protected environment refuses either. When the
	// environment is destroyed, the key is deleted 7 days later, and with it every
	// snapshot that was kept becomes unreadable.
	CustomerManagedKey bool
}

// State is where Terraform keeps what it knows of the environment. Whoever deploys
// brings the credentials for it; none is ever written down.
type State struct {
	// Backend is the place. See docs/state.md before it is changed.
	Backend Backend
	// Bucket is an S3 bucket that exists already, with versioning, for BackendS3. The
	// state is the object flask-api-<suffix>.tfstate, encrypted, with its lock beside
	// it.
	Bucket string
	// BucketRegion is where the bucket is; empty is Region.
	BucketRegion string
	// Organization is that of Terraform Cloud, for BackendCloud.
	Organization string
	// Workspace is the workspace's name, unless WorkspaceTags choose it.
	Workspace string
	// WorkspaceTags choose the workspaces that have all of them, of which `terraform
	// workspace select` takes one.
	WorkspaceTags []string
	// Hostname is that of a Terraform Enterprise; empty is app.terraform.io.
	Hostname string
}

// Backend is where the state is.
type Backend string

const (
	// BackendLocal is a file beside the project.
	BackendLocal Backend = "local"
	// BackendS3 is an object in an S3 bucket.
	BackendS3 Backend = "s3"
	// BackendCloud is a workspace of Terraform Cloud (HCP Terraform) or Enterprise.
	BackendCloud Backend = "cloud"
)

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
		Network: Network{
			CIDR:               "10.0.0.0/16",
			PublicSubnetCIDRs:  []string{"10.0.0.0/24", "10.0.1.0/24"},
			PrivateSubnetCIDRs: []string{"10.0.10.0/24", "10.0.11.0/24"},
			NAT:                NATPerZone,
		},
		Registry: Registry{UntaggedImageExpiryDays: 7},
		LoadBalancer: LoadBalancer{
			IngressCIDRs:               []string{"0.0.0.0/0"},
			IdleTimeoutSeconds:         60,
			WAF:                        WAF{RateLimit: 2000},
			HealthCheckPath:            "/health",
			HealthCheckMatcher:         "200",
			HealthCheckIntervalSeconds: 30,
			HealthCheckTimeoutSeconds:  5,
			HealthyThreshold:           2,
			UnhealthyThreshold:         3,
			DeregistrationDelaySeconds: 30,
		},
		Service: Service{
			CPUUnits:                      1024,
			MemoryMiB:                     2048,
			CPUArchitecture:               X86,
			EphemeralStorageGiB:           20,
			ContainerPort:                 5000,
			StopTimeoutSeconds:            30,
			HealthCheckGracePeriodSeconds: 60,
			DeploymentTimeoutMinutes:      20,
		},
		Deployment: Deployment{Images: ImagesTerraform, GitHubBranch: "main"},
		Scaling: Scaling{
			MinTasks:                2,
			DesiredTasks:            2,
			MaxTasks:                10,
			CPUTargetPercent:        70,
			ScaleInCooldownSeconds:  300,
			ScaleOutCooldownSeconds: 60,
		},
		Database: Database{ //nolint:gosec // PasswordVersion counts; it is no password.
			EngineVersion:          "15.4",
			InstanceClass:          "db.t3.medium",
			ReaderCount:            1,
			ReaderCPUTargetPercent: 70,
			Name:                   "flaskapi",
			Username:               "flaskapi",
			Port:                   5432,
			PasswordVersion:        1,
			BackupRetentionDays:    7,
			BackupWindow:           "02:00-03:00",
			MaintenanceWindow:      "sun:03:30-sun:04:30",
		},
		Logs:   Logs{RetentionDays: 7},
		State:  State{Backend: BackendLocal},
		Alarms: Alarms{LatencySeconds: 1, ServerErrors: 10, DatabaseConnections: 350},
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

// withTags returns the configuration with the given tags added to its own.
func (c Config) withTags(tags map[string]string) Config {
	c.Tags = maps.Clone(c.Tags)
	maps.Copy(c.Tags, tags)
	return c
}

// EngineMajorVersion is the part of the engine version before the first dot.
func (d Database) EngineMajorVersion() string {
	major, _, _ := strings.Cut(d.EngineVersion, ".")
	return major
}
