package constructs_test

import (
	"fmt"
	"regexp"
	"strings"
)

// containerInvariants are about container.go.
var containerInvariants = []invariant{
	{
		sentence: "no container has privileges, each logs what it prints, and secrets come by reference only",
		controls: "CKV_AWS_334; FSBP ECS.4, ECS.8, ECS.9",
		violations: func(s stack) []string {
			var v violations
			s.VisitContainers(func(c attributes) {
				v.unless(c["privileged"] == nil, "%v is privileged", c["name"])
				capabilities := c["linuxParameters"].(attributes)["capabilities"]
				v.unless(fmt.Sprint(capabilities) == "map[add:[] drop:[ALL]]", "%v keeps capabilities: %v", c["name"], capabilities)
				logs := fmt.Sprint(c["logConfiguration"])
				v.unless(strings.Contains(logs, "logDriver:awslogs") && strings.Contains(logs, "max-buffer-size:25m mode:non-blocking"), "%v logs to %s", c["name"], logs)
				for _, variable := range c["environment"].([]any) {
					name := fmt.Sprint(variable.(attributes)["name"])
					v.unless(!regexp.MustCompile(`(?i)password|secret|token|key`).MatchString(name), "%s is in the environment", name)
				}
				for _, secret := range c["secrets"].([]any) {
					from := fmt.Sprint(secret.(attributes)["valueFrom"])
					v.unless(regexp.MustCompile(`^(\$\{aws_secretsmanager_secret\.(credentials|roles_app|roles_migrator)_secret\.arn\}:(username|password)::|arn:aws[a-z-]*:secretsmanager:)`).MatchString(from), "a secret is %s", from)
				}
			})
			return v
		},
		broken: func(s *stack) { s.Container()["privileged"] = true },
	},
	{
		sentence: "where root file systems are read-only, the API and its release can write to a temporary volume alone, and the collector and the task that makes the roles to nothing",
		controls: "CKV_AWS_336; FSBP ECS.5",
		violations: func(s stack) []string {
			var v violations
			s.VisitContainers(func(c attributes) {
				api := c["name"] != "aws-otel-collector" && c["name"] != "db-roles"
				if !s.Config.Service.ReadOnlyRootFilesystem && api {
					return
				}
				v.unless(c["readonlyRootFilesystem"] == true, "%v can write to its root file system", c["name"])
				writable := map[bool]string{true: "[map[containerPath:/tmp readOnly:false sourceVolume:tmp]]", false: "<nil>"}[api]
				v.unless(fmt.Sprint(c["mountPoints"]) == writable, "%v can write to %v", c["name"], c["mountPoints"])
			})
			return v
		},
		broken: func(s *stack) {
			s.Config.Service.ReadOnlyRootFilesystem = true
			delete(s.Container(), "readonlyRootFilesystem")
		},
	},
}
