package constructs_test

import (
	"fmt"
	"strings"
)

// credentialsInvariants are about credentials.go.
var credentialsInvariants = []invariant{
	{
		sentence: "the password stands nowhere: it is ephemeral and passed to write-only arguments",
		controls: "CKV_SECRET; FSBP ECS.8",
		violations: func(s stack) []string {
			var v violations
			stored := `${jsondecode(ephemeral.aws_secretsmanager_secret_version.credentials_stored.secret_string)["password"]}`
			v.want(s, "aws_rds_cluster", attributes{"master_password": nil, "master_password_wo": stored})
			v.want(s, "aws_secretsmanager_secret_version", attributes{"secret_string": nil, "secret_binary": nil})
			v.unless(len(s.Data["aws_secretsmanager_random_password"])+len(s.Data["aws_secretsmanager_secret_version"]) == 0, "a data source puts it into the state")
			v.unless(s.Resources["random_password"] == nil, "a resource puts it into the state")
			return v
		},
		broken: set("aws_rds_cluster", "master_password", "hunter2"),
	},
	{
		sentence: "tasks get the password that the cluster takes: it becomes the current one after the cluster changed, and is sent again until a mark says that it has",
		violations: func(s stack) []string {
			var v violations
			v.want(s, "aws_rds_cluster", attributes{"master_password_wo_version": "${local.credentials_attempt}", "apply_immediately": true}) //nolint:gosec // It counts.
			for _, last := range [][3]string{
				{"aws_secretsmanager_secret_version", "credentials_version", "AWSPENDING"},
				{"aws_secretsmanager_secret_version", "credentials_current", "aws_rds_cluster.database_cluster"},
				{"aws_ssm_parameter", "credentials_mark", "aws_secretsmanager_secret_version.credentials_current"},
				{"aws_ecs_service", "service", "aws_ssm_parameter.credentials_mark"},
			} {
				if s.Config.Database.Roles && last[0] == "aws_ecs_service" {
					continue // Its tasks do not have that password.
				}
				a := s.Resources[last[0]][last[1]]
				v.unless(strings.Contains(fmt.Sprint(a["depends_on"], a["version_stages"]), last[2]), "%s.%s is without %s", last[0], last[1], last[2])
			}
			return v
		},
		broken: set("aws_rds_cluster", "apply_immediately", false),
	},
}
