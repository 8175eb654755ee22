package constructs

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"flask-api/config"
)

const (
	// requiredTerraform is the first version with write-only arguments, which
	// the password needs.
	requiredTerraform = ">= 1.11"
	// requiredProvider takes every release of the major version that the
	// bindings, made of 5.99.1, describe.
	requiredProvider = "~> 5.99"
)

// Stack is the whole platform of one environment as one Terraform stack.
type Stack struct {
	cdktf.TerraformStack
	// Env is what a part that is added takes first.
	Env Env
	// Networking, Cluster and Database are what another service stands on.
	Networking *Networking
	Cluster    *Cluster
	Database   *Database
	// Cache is nil where there is none.
	Cache *Cache
	// Service is the API, which a part may add to, Workers are what runs its image next to it,
	// and Services what has images of its own.
	Service  *Service
	Workers  []*Worker
	Services []*WebService
	// Queues and Buckets are those of the configuration, in its order.
	Queues  []*Queue
	Buckets []*Bucket

	forgotten []any // See [Stack.forget].
}

// NewStack composes the platform that the configuration describes into the
// stack `<name>-<suffix>`.
func NewStack(scope constructs.Construct, cfg config.Config) *Stack {
	s := &Stack{}
	cdktf.NewTerraformStack_Override(s, scope, jsii.String(cfg.StackName()))
	s.configureTerraform(cfg)

	caller := dataawscalleridentity.NewDataAwsCallerIdentity(s, jsii.String("caller"), &dataawscalleridentity.DataAwsCallerIdentityConfig{})
	partition := dataawspartition.NewDataAwsPartition(s, jsii.String("partition"), &dataawspartition.DataAwsPartitionConfig{})
	s.Env = Env{
		Platform: cfg.Name, Suffix: cfg.Suffix, Region: cfg.Region, Protected: cfg.Protected,
		Account: *caller.AccountId(), Partition: *partition.Partition(),
		PermissionsBoundary: cfg.Deployment.PermissionsBoundary, RolePath: cfg.Deployment.RolePath,
	}
	env := s.Env
	rememberIdentity(s, "identity", env)
	key := AWSManagedKeys()
	if cfg.Encryption.CustomerManagedKey {
		key = NewEncryptionKey(s, "encryption", EncryptionKeyProps{Env: env})
	}
	rememberKey(s, "encryption_memory", cfg.Encryption.CustomerManagedKey)

	networking := s.networking(cfg)
	registry := NewRegistry(s, "registry", RegistryProps{
		Env: env, Name: "ecr", Settings: cfg.Registry, Key: key, Field: "Registry.ImageTag", Variable: "IMAGE_TAG",
	})
	credentials := NewCredentials(s, "credentials", CredentialsProps{Env: env, Settings: cfg.Database, Key: key})
	database := NewDatabase(s, databaseID, DatabaseProps{
		Env: env, Settings: cfg.Database, CloneSource: cfg.CloneSource(), LogRetentionDays: cfg.Logs.RetentionDays,
		Networking: networking, Credentials: credentials, Key: key,
	})
	if cfg.Database.MaxReaders > 0 {
		NewReaderAutoscaling(s, "reader_autoscaling", ReaderAutoscalingProps{Env: env, Settings: cfg.Database, Database: database})
	}

	ecsLogs := NewLogGroup(s, "ecs_logs", LogGroupProps{Env: env, Path: "/ecs/", Key: key, RetentionDays: cfg.Logs.RetentionDays})
	// Nothing writes to this one, which every environment is promised to have. A load
	// balancer's access logs go to S3 (LoadBalancer.AccessLogRetentionDays). AWS has begun
	// to deliver them to CloudWatch Logs, too, for a price by their size:
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
	NewLogGroup(s, "alb_logs", LogGroupProps{Env: env, Path: "/aws/alb/", Key: key, RetentionDays: cfg.Logs.RetentionDays})
	loadBalancer, targets := s.loadBalancer(env, cfg, networking)
	// The API's service shares the id, and so the scope, of the cluster: addresses are made
	// of ids, and Terraform would replace what gets another address.
	image := registry.Image(cfg.Service.ContainerPort, cfg.Deployment.Images)
	cluster := NewCluster(s, "service", ClusterProps{Env: env, EnhancedInsights: cfg.Service.EnhancedInsights})
	service := NewService(s, "service", ServiceProps{
		Env: env, Settings: cfg.Service, Images: cfg.Deployment.Images, DesiredTasks: cfg.Scaling.DesiredTasks,
		Name: "service", TaskName: "task", ContainerName: env.Platform, Image: image,
		Cluster: cluster, Networking: networking, Targets: targets, LogGroup: ecsLogs,
		SecurityGroup: NewSecurityGroup(s, "ecs_sg", SecurityGroupProps{
			Env: env, Networking: networking, Name: "ecs-sg", Members: "the tasks", Ports: []int{cfg.Service.ContainerPort},
		}),
		ExecutionRole: NewRole(s, "execution_role", RoleProps{
			Env: env, Service: tasksService, Name: "execution-role", Description: "Starts the tasks of the " + env.API(),
		}),
		TaskRole: NewRole(s, "task_role", RoleProps{
			Env: env, Service: tasksService, Name: "task-role", Description: "What the " + env.API() + " itself may do",
		}),
	})
	NewAutoscaling(s, "autoscaling", AutoscalingProps{Env: env, Settings: cfg.Scaling, Service: service})

	// What the service is given, in the order in which its definition lists it.
	service.WaitFor(service.AllowFrom(loadBalancer)...)
	database.GrantConnect(service)
	s.addCache(cfg, key, networking, service)
	registry.GrantPull(service.ExecutionRole)
	ecsLogs.GrantWrite(service.ExecutionRole)
	commands := len(cfg.Service.ReleaseCommand) > 0
	releaseProps := ReleaseProps{
		Env: env, Settings: cfg.Service, Image: image, Service: service,
		Networking: networking, Key: key, LogRetentionDays: cfg.Logs.RetentionDays,
	}
	var release *Release
	released := func() *Release {
		if release == nil {
			release = NewRelease(s, releaseName, releaseProps)
		}
		return release
	}
	login := credentials.GrantRead
	var roles *Roles
	if cfg.Database.Roles {
		roles = NewRoles(s, "roles", RolesProps{
			Env: env, Settings: cfg.Database, Key: key, Database: database, Credentials: credentials, LogGroup: ecsLogs,
		})
		if commands {
			releaseProps.Login, releaseProps.ExecutionRole = roles.migrator, roles.commandRole(registry, cfg.Service)
		}
		roles.MadeBy(released())
		login = roles.GrantConnect
	}
	login(service)
	var masked []cdktf.ITerraformDependable
	if cfg.Database.MaskSQL != "" {
		masked = append(masked, NewMask(s, "mask", MaskProps{
			Env: env, SQL: cfg.Database.MaskSQL, Database: database, Credentials: credentials, Roles: roles, LogGroup: ecsLogs, Service: service,
		}).MadeBy(released()))
	}
	AddSecrets(service, cfg.Service)
	if cfg.Service.Tracing {
		AddTracing(service, env)
	}
	AddVariables(service, cfg.Service.Environment)
	service.Permit(cfg.Service.Permissions)
	s.addQueues(cfg, key, service)
	s.addBuckets(cfg, key, service)
	s.addServices(cfg, service, loadBalancer, networking, key, func(web *Service) {
		database.GrantConnect(web)
		login(web)
		web.WaitFor(masked...)
	})
	services := []*Service{service}
	for _, web := range s.Services {
		services = append(services, web.Service)
	}
	loadBalancer.refuseGaps(cfg, s.registries(registry))
	if cfg.Service.ExecuteCommand {
		NewExecuteCommand(s, "execute_command", ExecuteCommandProps{Env: env, LogRetentionDays: cfg.Logs.RetentionDays, Key: key, Services: services})
	}
	networking.requireEndpoints(service.Calls)
	if cfg.Network.InterfaceEndpoints {
		endpoints := NewEndpoints(s, "endpoints", EndpointsProps{Env: env, Services: service.Calls, Networking: networking})
		for _, one := range services {
			endpoints.GrantConnect(one)
		}
	}
	if cfg.Service.SpotPercent > 0 {
		for _, one := range services {
			one.RunOnSpot(cfg.Service.OnDemandBaseTasks, cfg.Service.SpotPercent)
		}
	}

	if commands {
		released().RunCommand(s.usingDatabase()...)
	}
	s.addWorkers(cfg, service, image, networking)

	var jobs *Jobs
	if len(cfg.Jobs) > 0 {
		jobs = NewJobs(s, jobsName, JobsProps{Env: env, Settings: cfg.Jobs, Service: service, Networking: networking, Key: key})
	}
	if cfg.LogState(config.FlowLog) == config.LogOn {
		NewFlowLogs(s, "flow_logs", FlowLogsProps{Env: env, RetentionDays: cfg.Network.FlowLogRetentionDays, Networking: networking, Key: key})
	}
	if cfg.LoadBalancer.WAF.Enabled {
		logs := NewLogGroup(s, "waf_logs", LogGroupProps{Env: env, Path: "aws-waf-logs-", Key: key, RetentionDays: cfg.Logs.RetentionDays})
		NewWebACL(s, "web_acl", WebACLProps{Env: env, Settings: cfg.LoadBalancer.WAF, LoadBalancer: loadBalancer, LogGroup: logs})
	}
	s.keepLogs(cfg, key, database)
	if cfg.Alarms.Enabled {
		alarms := NewAlarms(s, "alarms", AlarmsProps{Env: env, Settings: cfg.Alarms, Key: key, FewestTasks: cfg.Scaling.FewestTasks()})
		alarms.WatchRequests(loadBalancer, service)
		alarms.WatchService(service)
		alarms.WatchDatabase(database)
		for _, queue := range s.Queues {
			alarms.WatchQueue(queue)
		}
		for _, worker := range s.Workers {
			alarms.WatchWorker(worker)
		}
		for _, web := range s.Services {
			alarms.WatchWebService(web)
		}
		alarms.WatchCache(s.Cache)
		if jobs != nil {
			alarms.WatchJobs(jobs)
		}
		NewDashboard(s, "dashboard", DashboardProps{
			Env: env, Alarms: alarms, LoadBalancer: loadBalancer, Service: service, Scaling: cfg.Scaling, Database: database, Queues: s.Queues, Workers: s.Workers, Services: s.Services, Cache: s.Cache, Jobs: jobs,
		})
	}
	if cfg.Deployment.GitHubRepository != "" {
		role := NewDeployRole(s, "deploy_role", DeployRoleProps{Env: env, Settings: cfg.Deployment, Registry: registry, Service: service, Workers: s.Workers, Services: s.Services})
		if commands {
			release.GrantRun(role)
		}
		s.output("deploy_role_arn", role.ARN(), "ARN of the role that GitHub's workflows assume to deploy.")
	}

	s.Networking, s.Cluster, s.Database, s.Service = networking, cluster, database, service
	s.output("vpc_id", networking.VPCID, "Id of the VPC.")
	if cfg.Network.KeepNATAddresses {
		s.output("nat_addresses", cdktf.Fn_Join(jsii.String(","), &networking.natAddresses), "Addresses that the tasks' calls to the internet come from.")
	}
	s.output("alb_dns_name", loadBalancer.LoadBalancer.DnsName(), "DNS name of the load balancer, where the API is served.")
	s.output("ecr_repository_uri", registry.Repository.RepositoryUrl(), "URI of the ECR repository to push images to.")
	s.output("rds_cluster_endpoint", database.Cluster.Endpoint(), "Writer endpoint of the Aurora cluster.")
	s.output("ecs_cluster_name", cluster.Cluster.Name(), "Name of the ECS cluster.")
	return s
}

// networking makes the network, or looks at the one that is there already.
func (s *Stack) networking(cfg config.Config) *Networking {
	const id = "networking"
	if cfg.Network.InExistingVPC() {
		return NewExistingNetworking(s, id, ExistingNetworkingProps{Env: s.Env, Settings: cfg.Network, PrivateAddresses: cfg.PrivateAddresses()})
	}
	return NewNetworking(s, id, NetworkingProps{Env: s.Env, Settings: cfg.Network})
}

// loadBalancer composes the load balancer and the tasks behind it with what the
// configuration puts around them: a domain and access logs.
func (s *Stack) loadBalancer(env Env, cfg config.Config, networking *Networking) (*LoadBalancer, *TargetGroup) {
	settings := cfg.LoadBalancer
	props := LoadBalancerProps{Env: env, Settings: settings, IngressRules: cfg.IngressRules(), Networking: networking}
	if settings.Domain != "" {
		props.Domain = NewDomain(s, "domain", DomainProps{
			Name: settings.Domain, AlternativeNames: settings.AlternativeNames,
			HostedZone: settings.HostedZone, HostedZoneID: settings.HostedZoneID, Records: settings.DomainRecords,
		})
	}
	if state := cfg.LogState(config.AccessLog); state != config.LogOff {
		logs := NewAccessLogs(s, "access_logs", AccessLogsProps{Env: env, RetentionDays: settings.AccessLogRetentionDays})
		if state == config.LogOn {
			props.AccessLogs = logs
		}
	}
	loadBalancer := NewLoadBalancer(s, "load_balancer", props)
	targets := loadBalancer.AddTargets("target_group", "tg", cfg.Service.ContainerPort)
	if domain := props.Domain; domain != nil {
		switch settings.DomainRecords {
		case config.RecordsElsewhere:
			s.forget(domain.Addresses()...)
		case config.RecordsPrinted:
			s.output("domain_records", domain.Records(loadBalancer.LoadBalancer), "Records that the DNS of the domain must have.")
			return loadBalancer, targets
		}
		domain.AliasTo(loadBalancer.LoadBalancer, targets.Route)
		s.output("api_url", domain.URL(), "Where the API is served.")
	}
	return loadBalancer, targets
}

// AllocateLogicalId names an element in the stack by the ids on its path, as
// people read it in a plan: `networking_vpc`, without the hash that CDKTF adds.
// Path elements that are called [resourceID] are left out.
//
//nolint:revive,staticcheck // CDKTF calls the method by this name.
func (s *Stack) AllocateLogicalId(element any) *string {
	// A construct as a string is its path; by way of its node, it takes twice the calls.
	path := strings.Split(*element.(constructs.Construct).ToString(), "/")[1:]
	path = slices.DeleteFunc(path, func(id string) bool { return id == resourceID })
	return jsii.String(strings.Join(path, "_"))
}

// configureTerraform sets the versions, the provider with the tags of every
// resource, and where the state is.
func (s *Stack) configureTerraform(cfg config.Config) {
	s.AddOverride(jsii.String("terraform.required_version"), requiredTerraform)
	s.AddOverride(jsii.String("terraform.required_providers.aws"), map[string]string{
		"source":  "hashicorp/aws",
		"version": requiredProvider,
	})
	s.keepState(cfg)
	tags := make(map[string]*string, len(cfg.Tags))
	for key, value := range cfg.Tags {
		tags[key] = &value
	}
	aws := &provider.AwsProviderConfig{
		Region:      jsii.String(cfg.Region),
		DefaultTags: &[]*provider.AwsProviderDefaultTags{{Tags: &tags}},
	}
	if cfg.Account != "" {
		aws.AllowedAccountIds = jsii.Strings(cfg.Account)
	}
	provider.NewAwsProvider(s, jsii.String("aws"), aws)
}

func (s *Stack) output(id string, value *string, description string) {
	cdktf.NewTerraformOutput(s, &id, &cdktf.TerraformOutputConfig{
		Value:       value,
		Description: &description,
	})
}

// keepState sets the backend. The path of a local state is relative to the stack's
// folder, so that the same bytes are synthesised on every machine. No backend gets
// credentials: whoever runs Terraform has them in the environment.
func (s *Stack) keepState(cfg config.Config) {
	settings := cfg.State
	switch settings.Backend {
	case config.BackendS3:
		cdktf.NewS3Backend(s, &cdktf.S3BackendConfig{
			Bucket:  &settings.Bucket,
			Key:     jsii.String(cfg.StackName() + ".tfstate"),
			Region:  jsii.String(cmp.Or(settings.BucketRegion, cfg.Region)),
			Encrypt: jsii.Bool(true),
		})
		// Newer than CDKTF's class. The lock is an object next to the state:
		// https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
		s.AddOverride(jsii.String("terraform.backend.s3.use_lockfile"), true)
	case config.BackendCloud:
		backend := &cdktf.CloudBackendConfig{Organization: &settings.Organization}
		if settings.Hostname != "" {
			backend.Hostname = &settings.Hostname
		}
		if settings.Workspace != "" {
			backend.Workspaces = cdktf.NewNamedCloudWorkspace(&settings.Workspace, nil)
		} else {
			backend.Workspaces = cdktf.NewTaggedCloudWorkspaces(jsii.Strings(settings.WorkspaceTags...), nil)
		}
		cdktf.NewCloudBackend(s, backend)
	default:
		cdktf.NewLocalBackend(s, &cdktf.LocalBackendConfig{
			Path: jsii.String("../../../" + config.StateFile(cfg.StackName())),
		})
	}
}
