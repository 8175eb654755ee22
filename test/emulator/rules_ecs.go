package emulator

import (
	"bytes"
	"errors"
	"maps"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ecsRules are what ECS does.
var ecsRules = []Rule{
	{
		Name:   "capabilities-both-lists",
		Says:   "`linuxParameters.capabilities` is stored with an empty list of what is added when only `drop` was sent",
		Source: "https://github.com/braintrustdata/terraform-aws-braintrust-data-plane/pull/335",
		calls:  []string{"ecs:RegisterTaskDefinition"},
		step: repair{request: func(_ *memory, c *Call) []byte {
			return bytes.ReplaceAll(c.Body, []byte(`"capabilities":{"drop"`), []byte(`"capabilities":{"add":[],"drop"`))
		}},
	},
	{
		Name:   "containers-with-empty-lists",
		Says:   "containers are stored with `cpu: 0` and empty lists for what was not sent",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/11526",
		calls:  []string{"ecs:RegisterTaskDefinition"},
		step: repair{request: eachContainer(func(container map[string]any) {
			defaultTo(container, "cpu", 0)
			for _, list := range []string{"environment", "mountPoints", "portMappings", "systemControls", "volumesFrom"} {
				defaultTo(container, list, []any{})
			}
		})},
	},
	{
		Name:   "ports-of-awsvpc",
		Says:   "a port is stored with the host's, which is the container's, and with the protocol",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html",
		calls:  []string{"ecs:RegisterTaskDefinition"},
		step: repair{request: eachContainer(func(container map[string]any) {
			for _, mapping := range objects(container["portMappings"]) {
				defaultTo(mapping, "hostPort", mapping["containerPort"])
				defaultTo(mapping, "protocol", "tcp")
			}
		})},
	},
	{
		Name:   "health-check-defaults",
		Says:   "a container's health check is stored with the defaults of what was not sent",
		Source: "https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/148",
		calls:  []string{"ecs:RegisterTaskDefinition"},
		step: repair{request: eachContainer(func(container map[string]any) {
			if check, ok := container["healthCheck"].(map[string]any); ok {
				defaultTo(check, "interval", 30)
				defaultTo(check, "timeout", 5)
				defaultTo(check, "retries", 3)
			}
		})},
	},
	{
		Name:   "variables-in-another-order",
		Says:   "variables and secrets come back in another order than they were sent in",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/11526",
		calls:  []string{"ecs:RegisterTaskDefinition"},
		step: repair{request: eachContainer(func(container map[string]any) {
			for _, list := range []string{"environment", "secrets"} {
				slices.Reverse(anyList(container[list]))
			}
		})},
	},
	{
		Name:   "inactive-revision",
		Says:   "neither a service nor a task by itself runs a revision of a task definition that is not active, but a service goes on with one that it has",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html",
		calls:  []string{"ecs:CreateService", "ecs:RunTask", "ecs:UpdateService"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			var request struct{ TaskDefinition string }
			c.decode(&request)
			if request.TaskDefinition == "" || m.revisionStatus(request.TaskDefinition) != ecstypes.TaskDefinitionStatusInactive {
				return nil
			}
			return refusal(c, "ClientException", "TaskDefinition is inactive")
		}},
	},
	{
		Name:   "launch-type-or-strategy",
		Says:   "a service has either a launch type or a capacity provider strategy, whose providers its cluster has and of which one has a weight",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
		calls:  []string{"ecs:CreateService", "ecs:UpdateService"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			var request capacityOfService
			c.decode(&request)
			if problem := request.problem(m); problem != "" {
				return refusal(c, "InvalidParameterException", problem)
			}
			return nil
		}},
	},
	{
		Name:   "service-behind-a-load-balancer",
		Says:   "a service gets a target group that a listener or a rule of one forwards to already",
		Source: "https://github.com/aws/aws-cdk/issues/34290",
		calls:  []string{"ecs:CreateService", "ecs:UpdateService"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			var request struct {
				LoadBalancers []struct{ TargetGroupArn string }
			}
			c.decode(&request)
			for _, behind := range request.LoadBalancers {
				all, err := m.balancers(c)
				if err == nil && !leadTo(slices.Concat(slices.Collect(maps.Values(all))...), behind.TargetGroupArn) {
					return refusal(c, "InvalidParameterException", "The target group with targetGroupArn "+behind.TargetGroupArn+" does not have an associated load balancer.")
				}
			}
			return nil
		}},
	},
	{
		Name:   "deployment-of-none",
		Says:   "a deployment of a service that wants no task starts none, and completes, whatever it runs",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html",
		calls:  []string{"ecs:UpdateService"},
		step: repair{request: func(m *memory, c *Call) []byte {
			var request struct{ Cluster, Service string }
			c.decode(&request)
			wanted, known := m.wanted(request.Cluster, request.Service)
			m.mu.Lock()
			defer m.mu.Unlock()
			m.wantsNone[path.Base(request.Service)] = known && wanted == 0
			return c.Body
		}},
	},
	{
		Name:   "first-rollout",
		Says:   "the first deployment of a service takes time, too, and fails when its tasks do, with nothing to roll back to",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
		calls:  []string{"ecs:CreateService"},
		step:   repair{request: (*memory).startFirstDeployment},
	},
}

// capacityOfService is where a call wants a service's tasks to run.
type capacityOfService struct {
	Cluster, LaunchType      string
	CapacityProviderStrategy []struct {
		CapacityProvider string
		Weight           int
	}
}

// problem is what is wrong with it.
func (s capacityOfService) problem(m *memory) string {
	strategy, weights := s.CapacityProviderStrategy, 0
	if len(strategy) > 0 && s.LaunchType != "" {
		return "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
	}
	for _, provider := range strategy {
		weights += provider.Weight
		if !slices.Contains(m.providersOf(s.Cluster), provider.CapacityProvider) {
			return "The specified capacity provider was not found. Specify a valid name or ARN and try again."
		}
	}
	if len(strategy) > 0 && weights == 0 {
		return "All of the capacity providers in the strategy have a weight of 0."
	}
	return ""
}

// providersOf are the capacity providers of a cluster.
func (m *memory) providersOf(cluster string) []string {
	found, err := ecs.NewFromConfig(m.account).DescribeClusters(background, &ecs.DescribeClustersInput{Clusters: []string{cluster}})
	if err != nil || len(found.Clusters) == 0 {
		return nil
	}
	return found.Clusters[0].CapacityProviders
}

// wanted is how many tasks a service wants, if there is one.
func (m *memory) wanted(cluster, service string) (int, bool) {
	found, err := ecs.NewFromConfig(m.account).DescribeServices(background, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil || len(found.Services) == 0 {
		return 0, false
	}
	return int(found.Services[0].DesiredCount), true
}

// revisionStatus asks moto for the status of a task definition.
func (m *memory) revisionStatus(arn string) ecstypes.TaskDefinitionStatus {
	definition, err := m.definition(arn)
	if err != nil {
		return "" // moto itself complains about it.
	}
	return definition.Status
}

// definition asks moto for a task definition, by its ARN or by its family and number.
func (m *memory) definition(name string) (*ecstypes.TaskDefinition, error) {
	found, err := ecs.NewFromConfig(m.account).DescribeTaskDefinition(background, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &name})
	if err == nil && found.TaskDefinition == nil {
		err = errors.New("there is no task definition " + name)
	}
	if err != nil {
		return nil, err
	}
	return found.TaskDefinition, nil
}
