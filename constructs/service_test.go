package constructs_test

import (
	"fmt"
	"strings"

	"flask-api/config"
)

// serviceInvariants are about service.go.
var serviceInvariants = []invariant{
	{
		sentence: "tasks run in the private subnets",
		violations: func(s stack) []string {
			var v violations
			network := s.One("aws_ecs_service")["network_configuration"].(attributes)
			v.unless(onlyPrivate(network["subnets"]), "subnets are %v", network["subnets"])
			return v
		},
		broken: func(s *stack) {
			s.One("aws_ecs_service")["network_configuration"].(attributes)["subnets"] = nil
		},
	},
	always("containers have their own network and see no other processes",
		"CKV_AWS_332, CKV_AWS_335; FSBP ECS.3, ECS.17", "aws_ecs_task_definition",
		attributes{"network_mode": "awsvpc", "pid_mode": nil, "ipc_mode": nil}),
	{
		sentence: "Container Insights watches the cluster",
		controls: "CKV_AWS_65; FSBP ECS.12",
		violations: func(s stack) []string {
			var v violations
			setting := fmt.Sprint(s.One("aws_ecs_cluster")["setting"])
			v.unless(setting == "[map[name:containerInsights value:enabled]]", "settings are %s", setting)
			return v
		},
		broken: set("aws_ecs_cluster", "setting", nil),
	},
	{
		sentence: "a deployment keeps all tasks running, and one that was rolled back fails the apply",
		violations: func(s stack) []string {
			var v violations
			v.want(s, "aws_ecs_service", attributes{
				"deployment_minimum_healthy_percent": 100.0,
				"deployment_maximum_percent":         200.0,
				"availability_zone_rebalancing":      "ENABLED",
				"wait_for_steady_state":              true,
			})
			lifecycle := fmt.Sprint(s.One("aws_ecs_service")["lifecycle"])
			if s.Config.Deployment.Images == config.ImagesExternal {
				v.unless(lifecycle == "map[ignore_changes:[desired_count task_definition]]", "an apply takes back what a pipeline deployed: %s", lifecycle)
				return v
			}
			v.unless(strings.Contains(lifecycle, "${self.task_definition == aws_ecs_task_definition.service_task_definition.arn}"), "nothing checks what runs: %s", lifecycle)
			v.unless(strings.Contains(lifecycle, "ignore_changes:[desired_count]"), "an apply resets the number of tasks")
			return v
		},
		broken: set("aws_ecs_service", "wait_for_steady_state", false),
	},
}
