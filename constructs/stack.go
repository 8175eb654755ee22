package constructs

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
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
}

// NewStack composes the platform that the configuration describes into the
// stack `flask-api-<suffix>`.
func NewStack(scope constructs.Construct, cfg config.Config) *Stack {
	s := &Stack{}
	cdktf.NewTerraformStack_Override(s, scope, jsii.String(cfg.StackName()))
	s.configureTerraform(cfg)

	caller := dataawscalleridentity.NewDataAwsCallerIdentity(s, jsii.String("caller"), &dataawscalleridentity.DataAwsCallerIdentityConfig{})
	env := Env{Suffix: cfg.Suffix, Region: cfg.Region, Protected: cfg.Protected, Account: *caller.AccountId()}
	key := AWSManagedKeys()
	if cfg.Encryption.CustomerManagedKey {
		key = NewEncryptionKey(s, "encryption", EncryptionKeyProps{Env: env})
	}

	networking := NewNetworking(s, "networking", NetworkingProps{Env: env, Settings: cfg.Network})
	registry := NewRegistry(s, "registry", RegistryProps{Env: env, Settings: cfg.Registry, Key: key})

	albGroup := NewSecurityGroup(s, "alb_sg", SecurityGroupProps{Env: env, Networking: networking, Name: "alb-sg", Members: "the load balancer"})
	ecsGroup := NewSecurityGroup(s, "ecs_sg", SecurityGroupProps{Env: env, Networking: networking, Name: "ecs-sg", Members: "the tasks"})
	rdsGroup := NewSecurityGroup(s, "rds_sg", SecurityGroupProps{Env: env, Networking: networking, Name: "rds-sg", Members: "the database"})
	for _, cidr := range cfg.LoadBalancer.IngressCIDRs {
		albGroup.AllowFromRange(cidr, httpPort)
		albGroup.AllowFromRange(cidr, httpsPort)
	}
	ecsGroup.AllowFrom(albGroup, cfg.Service.ContainerPort)
	rdsGroup.AllowFrom(ecsGroup, cfg.Database.Port)

	credentials := NewCredentials(s, "credentials", CredentialsProps{Env: env, Settings: cfg.Database, Key: key})
	database := NewDatabase(s, "database", DatabaseProps{
		Env: env, Settings: cfg.Database, LogRetentionDays: cfg.Logs.RetentionDays,
		Networking: networking, SecurityGroup: rdsGroup, Credentials: credentials, Key: key,
	})
	if cfg.Database.MaxReaders > 0 {
		NewReaderAutoscaling(s, "reader_autoscaling", ReaderAutoscalingProps{Env: env, Settings: cfg.Database, Database: database})
	}

	ecsLogs := NewLogGroup(s, "ecs_logs", LogGroupProps{Env: env, Path: "/ecs/", Key: key, RetentionDays: cfg.Logs.RetentionDays})
	NewLogGroup(s, "alb_logs", LogGroupProps{Env: env, Path: "/aws/alb/", Key: key, RetentionDays: cfg.Logs.RetentionDays})

	executionRole := NewRole(s, "execution_role", RoleProps{
		Env: env, Service: tasksService, Name: "execution-role", Description: "Starts the tasks of the Flask API",
	})
	registry.GrantPull(executionRole)
	ecsLogs.GrantWrite(executionRole)
	credentials.GrantRead(executionRole)
	grantSecrets(executionRole, cfg.Service)
	taskRole := NewRole(s, "task_role", RoleProps{
		Env: env, Service: tasksService, Name: "task-role", Description: "What the Flask API itself may do",
	})
	if cfg.Service.Tracing {
		GrantTracing(taskRole)
	}
	var executeCommand *ExecuteCommand
	if cfg.Service.ExecuteCommand {
		executeCommand = NewExecuteCommand(s, "execute_command", ExecuteCommandProps{Env: env, LogRetentionDays: cfg.Logs.RetentionDays, Key: key, TaskRole: taskRole})
	}

	var endpoints *Endpoints
	if cfg.Network.InterfaceEndpoints {
		services := slices.Clone(startServices)
		if executeCommand != nil {
			services = append(services, executeCommand.services()...)
		}
		endpoints = NewEndpoints(s, "endpoints", EndpointsProps{Env: env, Services: services, Networking: networking, Clients: ecsGroup})
	}
	if cfg.Network.FlowLogRetentionDays > 0 {
		NewFlowLogs(s, "flow_logs", FlowLogsProps{Env: env, RetentionDays: cfg.Network.FlowLogRetentionDays, Networking: networking, Key: key})
	}

	loadBalancer := s.loadBalancer(LoadBalancerProps{
		Env: env, Settings: cfg.LoadBalancer, ContainerPort: cfg.Service.ContainerPort, Networking: networking, SecurityGroup: albGroup,
	}, cfg.Logs, key)
	var alarms *Alarms
	var deploymentAlarms []*string
	if cfg.Alarms.Enabled {
		alarms = NewAlarms(s, "alarms", AlarmsProps{Env: env, Settings: cfg.Alarms, Key: key})
		deploymentAlarms = alarms.WatchLoadBalancer(loadBalancer)
	}
	service := NewService(s, "service", ServiceProps{
		Config: cfg, Networking: networking, SecurityGroup: ecsGroup,
		Endpoints: endpoints, Registry: registry, LogGroup: ecsLogs, LoadBalancer: loadBalancer,
		Database: database, Credentials: credentials,
		ExecutionRole: executionRole, TaskRole: taskRole, ExecuteCommand: executeCommand,
		DeploymentAlarms: deploymentAlarms,
	})
	autoscaling := NewAutoscaling(s, "autoscaling", AutoscalingProps{Env: env, Settings: cfg.Scaling, Service: service, LoadBalancer: loadBalancer})
	if alarms != nil {
		alarms.WatchService(service, autoscaling)
		alarms.WatchDatabase(database)
		NewDashboard(s, "dashboard", DashboardProps{
			Env: env, Alarms: alarms, LoadBalancer: loadBalancer, Service: service, Autoscaling: autoscaling, Database: database,
		})
	}
	if cfg.Deployment.GitHubRepository != "" {
		role := NewDeployRole(s, "deploy_role", DeployRoleProps{
			Env: env, Settings: cfg.Deployment, Registry: registry, Service: service, ExecutionRole: executionRole, TaskRole: taskRole,
		})
		s.output("deploy_role_arn", role.ARN(), "ARN of the role that GitHub's workflows assume to deploy.")
	}

	s.output("vpc_id", networking.VPC.Id(), "Id of the VPC.")
	s.output("alb_dns_name", loadBalancer.LoadBalancer.DnsName(), "DNS name of the load balancer, where the API is served.")
	s.output("ecr_repository_uri", registry.Repository.RepositoryUrl(), "URI of the ECR repository to push images to.")
	s.output("rds_cluster_endpoint", database.Cluster.Endpoint(), "Writer endpoint of the Aurora cluster.")
	s.output("ecs_cluster_name", service.Cluster.Name(), "Name of the ECS cluster.")
	return s
}

// loadBalancer composes the load balancer with what the configuration puts
// around it: a domain, access logs and a web ACL.
func (s *Stack) loadBalancer(props LoadBalancerProps, logs config.Logs, key *EncryptionKey) *LoadBalancer {
	env, settings := props.Env, props.Settings
	if settings.Domain != "" {
		props.Domain = NewDomain(s, "domain", DomainProps{Name: settings.Domain, HostedZone: settings.HostedZone})
	}
	if days := settings.AccessLogRetentionDays; days > 0 {
		props.AccessLogs = NewAccessLogs(s, "access_logs", AccessLogsProps{Env: env, RetentionDays: days})
	}
	loadBalancer := NewLoadBalancer(s, "load_balancer", props)
	if props.Domain != nil {
		props.Domain.AliasTo(loadBalancer)
		s.output("api_url", props.Domain.URL(), "Where the API is served.")
	}
	if settings.WAF.Enabled {
		group := NewLogGroup(s, "waf_logs", LogGroupProps{Env: env, Path: "aws-waf-logs-", Key: key, RetentionDays: logs.RetentionDays})
		NewWebACL(s, "web_acl", WebACLProps{Env: env, Settings: settings.WAF, LoadBalancer: loadBalancer, LogGroup: group})
	}
	return loadBalancer
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
	provider.NewAwsProvider(s, jsii.String("aws"), &provider.AwsProviderConfig{
		Region:      jsii.String(cfg.Region),
		DefaultTags: &[]*provider.AwsProviderDefaultTags{{Tags: &tags}},
	})
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
		// Newer than CDKTF's class. The lock is an object beside the state:
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
			Path: jsii.String("../../../terraform." + cfg.StackName() + ".tfstate"),
		})
	}
}
