package live

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// The most that one call describes:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
const (
	servicesPerCall = 10
	tasksPerCall    = 100
)

// containerKinds are those of ECS.
func containerKinds() map[string]Kind {
	return map[string]Kind{
		"aws_ecs_cluster": {
			Key: []string{"name"}, List: listClusters,
			// What the cluster offers to services is of the next kind.
			Computed: []string{"id", "arn", "capacity_providers", "default_capacity_provider_strategy"},
		},
		"aws_ecs_cluster_capacity_providers": {
			Key: []string{"cluster_name"}, List: of("aws_ecs_cluster", capacityProviders), Computed: []string{"id"},
		},
		"aws_ecs_service": {
			Key: []string{"name"}, List: of("aws_ecs_cluster", listServices), Computed: []string{"id", "arn"},
			Defaults: Attributes{
				"platform_version": "LATEST", "scheduling_strategy": "REPLICA", "deployment_controller": []any{Attributes{"type": "ECS"}},
				"availability_zone_rebalancing": "DISABLED",
			},
			Skipped: map[string]string{
				"desired_count":         "autoscaling owns it",
				"wait_for_steady_state": "only Terraform waits",
				"force_new_deployment":  "it is an order, which leaves nothing", "triggers": "they are kept in Terraform's state",
			},
		},
		"aws_ecs_task_definition": {
			Key: []string{"family"}, List: listDefinitions, Computed: []string{"id", "arn", "revision"},
			Ordered: []string{
				"container_definitions.*.command", "container_definitions.*.entryPoint", "container_definitions.*.healthCheck.command",
			},
			// Whoever puts a variable there by hand may have put a password into it.
			Hidden:  []string{"container_definitions.*.environment.*"},
			Skipped: map[string]string{"skip_destroy": "only Terraform knows what it does with old revisions"},
			Decided: imageDecided,
		},
		// No resource of Terraform's is a task that no service started.
		"aws_ecs_task": {Key: []string{"arn"}, List: of("aws_ecs_cluster", strayTasks)},
	}
}

func listClusters(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := ecs.NewFromConfig(env.AWS)
	return own(ctx, env, ecs.NewListClustersPaginator(client, &ecs.ListClustersInput{}),
		func(page *ecs.ListClustersOutput) []string { return page.ClusterArns }, lastPart,
		func(clusterARN string) ([]Attributes, error) {
			found, err := client.DescribeClusters(ctx, &ecs.DescribeClustersInput{
				Clusters: []string{clusterARN},
				Include:  []types.ClusterField{types.ClusterFieldSettings, types.ClusterFieldConfigurations, types.ClusterFieldTags},
			})
			if err != nil {
				return nil, err
			}
			return every(found.Clusters, nil, func(c types.Cluster) ([]Attributes, error) {
				return one(Attributes{
					"id": c.ClusterArn, "arn": c.ClusterArn, "name": c.ClusterName, "setting": block(c.Settings), "tags": tags(c.Tags),
					"configuration": block(c.Configuration), "service_connect_defaults": block(c.ServiceConnectDefaults),
					"capacity_providers": c.CapacityProviders, "default_capacity_provider_strategy": block(c.DefaultCapacityProviderStrategy),
				})
			})
		})
}

// lastPart is the name at the end of an ARN.
func lastPart(arn string) *string {
	return aws.String(arn[strings.LastIndex(arn, "/")+1:])
}

func capacityProviders(_ context.Context, _ *Environment, cluster Attributes) ([]Attributes, error) {
	providers, strategy := cluster["capacity_providers"], cluster["default_capacity_provider_strategy"]
	if list, _ := providers.([]any); len(list) == 0 && strategy == nil {
		return nil, nil
	}
	return one(Attributes{
		"id": cluster["name"], "cluster_name": cluster["name"], "capacity_providers": providers, "default_capacity_provider_strategy": strategy,
	})
}

func listServices(ctx context.Context, env *Environment, cluster Attributes) ([]Attributes, error) {
	client, clusterARN := ecs.NewFromConfig(env.AWS), aws.String(cluster.text("arn"))
	arns, err := Collect(ctx, ecs.NewListServicesPaginator(client, &ecs.ListServicesInput{Cluster: clusterARN}),
		func(page *ecs.ListServicesOutput) []string { return page.ServiceArns })
	if err != nil {
		return nil, err
	}
	return every(slices.Collect(slices.Chunk(arns, servicesPerCall)), nil, func(arns []string) ([]Attributes, error) {
		found, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: clusterARN, Services: arns, Include: []types.ServiceField{types.ServiceFieldTags},
		})
		if err != nil {
			return nil, err
		}
		return every(found.Services, nil, func(s types.Service) ([]Attributes, error) {
			if aws.ToString(s.Status) == "INACTIVE" {
				return nil, nil // It is deleted.
			}
			return one(describeService(s))
		})
	})
}

func describeService(s types.Service) Attributes {
	a := Attributes{
		"id": s.ServiceArn, "arn": s.ServiceArn, "name": s.ServiceName, "cluster": s.ClusterArn, "task_definition": s.TaskDefinition,
		"launch_type": s.LaunchType, "platform_version": cmp.Or(aws.ToString(s.PlatformVersion), "LATEST"), "scheduling_strategy": s.SchedulingStrategy,
		"capacity_provider_strategy": block(s.CapacityProviderStrategy), "deployment_controller": block(cmp.Or(s.DeploymentController, &types.DeploymentController{Type: types.DeploymentControllerTypeEcs})),
		"enable_execute_command": s.EnableExecuteCommand, "enable_ecs_managed_tags": s.EnableECSManagedTags, "propagate_tags": s.PropagateTags,
		"health_check_grace_period_seconds": s.HealthCheckGracePeriodSeconds, "availability_zone_rebalancing": s.AvailabilityZoneRebalancing,
		"service_registries": block(s.ServiceRegistries), "placement_constraints": block(s.PlacementConstraints), "tags": tags(s.Tags),
	}
	a["load_balancer"], _ = every(s.LoadBalancers, nil, func(l types.LoadBalancer) ([]Attributes, error) {
		return one(Attributes{"target_group_arn": l.TargetGroupArn, "container_name": l.ContainerName, "container_port": l.ContainerPort})
	})
	if network := s.NetworkConfiguration; network != nil && network.AwsvpcConfiguration != nil {
		vpc := network.AwsvpcConfiguration
		a["network_configuration"] = Attributes{
			"subnets": vpc.Subnets, "security_groups": vpc.SecurityGroups, "assign_public_ip": vpc.AssignPublicIp == types.AssignPublicIpEnabled,
		}
	}
	if d := s.DeploymentConfiguration; d != nil {
		a["deployment_minimum_healthy_percent"], a["deployment_maximum_percent"] = d.MinimumHealthyPercent, d.MaximumPercent
		if breaker := d.DeploymentCircuitBreaker; breaker != nil {
			a["deployment_circuit_breaker"] = Attributes{"enable": breaker.Enable, "rollback": breaker.Rollback}
		}
		if alarms := d.Alarms; alarms != nil && len(alarms.AlarmNames) > 0 {
			a["alarms"] = Attributes{"alarm_names": alarms.AlarmNames, "enable": alarms.Enable, "rollback": alarms.Rollback}
		}
	}
	return a
}

// runDefinition describes the definition that the service runs, whichever is the newest.
// That of a service which nothing synthesised is no matter any more.
func runDefinition(ctx context.Context, env *Environment, service Attributes) ([]Attributes, error) {
	if ours, err := env.owns(ctx, service.text("name")); err != nil || !ours {
		return nil, err
	}
	return definition(ctx, env, service.text("task_definition"))
}

// listDefinitions are those that services run, and those that releases do.
func listDefinitions(ctx context.Context, env *Environment) ([]Attributes, error) {
	ran, err := of("aws_ecs_service", runDefinition)(ctx, env)
	if err != nil {
		return nil, err
	}
	released, err := of("aws_lambda_function", functionsDefinitions)(ctx, env)
	return append(ran, released...), err
}

// functionsDefinitions are the newest of the families that a release's function runs: that
// of the release, which has the function's name, and those of the database's roles and mask.
func functionsDefinitions(ctx context.Context, env *Environment, function Attributes) ([]Attributes, error) {
	release := function.text("function_name")
	of := func(name string) string {
		return strings.TrimSuffix(release, "release-"+env.Suffix) + name + "-" + env.Suffix
	}
	return every([]string{release, of("db-roles"), of("db-mask")}, nil, func(family string) ([]Attributes, error) {
		found, err := definition(ctx, env, family)
		if missing := (*types.ClientException)(nil); errors.As(err, &missing) {
			return nil, nil
		}
		return found, err
	})
}

// definition describes the revision, or the newest one of the family.
func definition(ctx context.Context, env *Environment, name string) ([]Attributes, error) {
	found, err := ecs.NewFromConfig(env.AWS).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &name, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
	})
	if err != nil {
		return nil, err
	}
	d := found.TaskDefinition
	for i := range d.Volumes {
		if host := d.Volumes[i].Host; host != nil && host.SourcePath == nil {
			d.Volumes[i].Host = nil // What AWS says of a volume that lives as long as the task.
		}
	}
	return one(Attributes{
		"id": d.Family, "arn": d.TaskDefinitionArn, "revision": d.Revision, "family": d.Family, "tags": tags(found.Tags),
		"cpu": d.Cpu, "memory": d.Memory, "network_mode": d.NetworkMode, "requires_compatibilities": d.RequiresCompatibilities,
		"execution_role_arn": d.ExecutionRoleArn, "task_role_arn": d.TaskRoleArn, "ipc_mode": d.IpcMode, "pid_mode": d.PidMode, "enable_fault_injection": d.EnableFaultInjection,
		"container_definitions": renamed(d.ContainerDefinitions, camel), "volume": block(d.Volumes),
		"ephemeral_storage": block(d.EphemeralStorage), "runtime_platform": block(d.RuntimePlatform),
		"proxy_configuration": block(d.ProxyConfiguration), "placement_constraints": block(d.PlacementConstraints),
	})
}

// strayTasks are those that run in the cluster, and that no service has started.
func strayTasks(ctx context.Context, env *Environment, cluster Attributes) ([]Attributes, error) {
	client, clusterARN := ecs.NewFromConfig(env.AWS), aws.String(cluster.text("arn"))
	arns, err := Collect(ctx, ecs.NewListTasksPaginator(client, &ecs.ListTasksInput{Cluster: clusterARN, DesiredStatus: types.DesiredStatusRunning}),
		func(page *ecs.ListTasksOutput) []string { return page.TaskArns })
	if err != nil {
		return nil, err
	}
	return every(slices.Collect(slices.Chunk(arns, tasksPerCall)), nil, func(arns []string) ([]Attributes, error) {
		found, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: clusterARN, Tasks: arns})
		if err != nil {
			return nil, err
		}
		return every(found.Tasks, nil, func(task types.Task) ([]Attributes, error) {
			if strings.HasPrefix(aws.ToString(task.Group), "service:") {
				return nil, nil
			}
			return one(Attributes{"arn": task.TaskArn, "group": task.Group, "task_definition": task.TaskDefinitionArn})
		})
	})
}
