package constructs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// mayRead are the secrets of the stack that a role may read.
func mayRead(s stack, role string) []string {
	var secrets []string
	s.Visit("aws_iam_role_policy", func(_ string, a attributes) {
		if a["role"] != "${aws_iam_role."+role+".name}" {
			return
		}
		for _, statement := range a["policy"].(attributes)["Statement"].([]any) {
			statement := statement.(attributes)
			if fmt.Sprint(statement["Action"]) != "[secretsmanager:GetSecretValue]" {
				continue
			}
			for _, resource := range statement["Resource"].([]any) {
				if name, ok := strings.CutPrefix(fmt.Sprint(resource), "${aws_secretsmanager_secret."); ok {
					secrets = append(secrets, strings.TrimSuffix(name, ".arn}"))
				}
			}
		}
	})
	slices.Sort(secrets)
	return secrets
}

// rolesInvariants are about roles.go.
var rolesInvariants = []invariant{
	{
		sentence: "with roles, the API's tasks read the secret of app, the release command's that of migrator, and none but the task that makes the roles reads the administrator's",
		violations: func(s stack) []string {
			var v violations
			if !s.Config.Database.Roles {
				return v
			}
			app := []string{"roles_app_secret"}
			if s.Config.Database.Authentication == config.AuthenticationIAM {
				app = nil // There is none.
				v.unless(s.Resources["aws_secretsmanager_secret"]["roles_app_secret"] == nil, "app has a password")
			}
			for role, secrets := range map[string][]string{
				"execution_role":       app,
				"task_role":            nil,
				"roles_command_role":   {"roles_migrator_secret"},
				"release_role":         append(app, "roles_migrator_secret"),
				"roles_execution_role": slices.Concat([]string{"credentials_secret"}, app, []string{"roles_migrator_secret"}),
			} {
				v.unless(slices.Equal(mayRead(s, role), secrets), "%s reads %v", role, mayRead(s, role))
			}
			return v
		},
		broken: func(s *stack) {
			s.Config.Database.Roles = true
			s.Resources["aws_iam_role_policy"]["execution_role_read_credentials"]["policy"].(attributes)["Statement"].([]any)[0].(attributes)["Resource"] = []any{"${aws_secretsmanager_secret.credentials_secret.arn}"}
		},
	},
	{
		sentence: "with roles, a password is written down, made, current and in the tasks, in this order, and then written down as done",
		violations: func(s stack) []string {
			var v violations
			if !s.Config.Database.Roles {
				return v
			}
			order := [][3]string{
				{"aws_lambda_invocation", "roles_invocation", "aws_ssm_parameter.credentials_mark"},
				{"aws_lambda_invocation", "roles_invocation", "aws_ecs_task_definition.roles_task_definition"},
				{"aws_secretsmanager_secret_version", "roles_migrator_current", "aws_lambda_invocation.roles_invocation"},
				{"aws_ecs_service", "service", "aws_secretsmanager_secret_version.roles_migrator_current"},
			}
			if s.Config.Database.Authentication == config.AuthenticationPassword {
				order = append(order, [][3]string{
					{"aws_secretsmanager_secret_version", "roles_app_version", "aws_ssm_parameter.roles_rotating"},
					{"aws_secretsmanager_secret_version", "roles_migrator_version", "aws_ssm_parameter.roles_rotating"},
					{"aws_secretsmanager_secret_version", "roles_app_current", "aws_lambda_invocation.roles_invocation"},
					{"aws_ecs_service", "service", "aws_secretsmanager_secret_version.roles_app_current"},
					{"aws_ssm_parameter", "roles_rotated", "aws_ecs_service.service"},
				}...)
			}
			for _, last := range order {
				a := s.Resources[last[0]][last[1]]
				v.unless(strings.Contains(fmt.Sprint(a["depends_on"], a["input"]), last[2]), "%s.%s is without %s", last[0], last[1], last[2])
			}
			return v
		},
		broken: func(s *stack) {
			s.Config.Database.Roles = true
			delete(s.Resources["aws_ecs_service"]["service"], "depends_on")
		},
	},
}

// TestLoginsTakeTurns wants a login for an odd version, and the other for the next.
func TestLoginsTakeTurns(t *testing.T) {
	first := stacktest.Chosen()
	first.Database.PasswordVersion = 1
	for login, s := range map[string]stack{"app_1": stacktest.Decode(t, first, synthesise(first)[first.Suffix]), "app_2": load(t, stacktest.Chosen())} {
		assert.Contains(t, s.Resources["aws_secretsmanager_secret_version"]["roles_app_version"]["secret_string_wo"], fmt.Sprintf("username = %q", login))
		container := s.Resources["aws_ecs_task_definition"]["roles_task_definition"]["container_definitions"].([]any)[0].(attributes)
		assert.Contains(t, container["environment"], attributes{"name": "APP_LOGIN", "value": login})
		assert.Contains(t, s.Container()["secrets"], attributes{"name": "DB_USER", "valueFrom": "${aws_secretsmanager_secret.roles_app_secret.arn}:username::"})
	}
}

// TestAppLogsInWithTokens wants the tasks' role to connect as one user and to do nothing
// else, and their containers to know neither a password nor a secret for it.
func TestAppLogsInWithTokens(t *testing.T) {
	s := load(t, stacktest.Guarded())
	policy := s.Resources["aws_iam_role_policy"]["task_role_connect_database"]
	assert.Equal(t, "${aws_iam_role.task_role.name}", policy["role"])
	statements := policy["policy"].(attributes)["Statement"].([]any)
	assert.Len(t, statements, 1)
	statement := statements[0].(attributes)
	assert.Equal(t, []any{"rds-db:connect"}, statement["Action"])
	assert.Equal(t, []any{"arn:${data.aws_partition.partition.partition}:rds-db:eu-south-1:${data.aws_caller_identity.caller.account_id}:dbuser:${aws_rds_cluster.database_cluster.cluster_resource_id}/app_iam"}, statement["Resource"])
	for _, variable := range []attributes{{"name": "DB_USER", "value": "app_iam"}, {"name": "DB_REGION", "value": "eu-south-1"}} {
		assert.Contains(t, s.Container()["environment"], variable)
	}
	assert.NotContains(t, fmt.Sprint(s.Container()["secrets"]), "aws_secretsmanager_secret")
	roles := s.Resources["aws_ecs_task_definition"]["roles_task_definition"]["container_definitions"].([]any)[0].(attributes)
	assert.Contains(t, roles["environment"], attributes{"name": "APP_LOGIN", "value": "app_iam"})
	assert.NotContains(t, fmt.Sprint(roles["secrets"]), "APP_PASSWORD")
	for _, word := range roles["command"].([]any) {
		assert.NotRegexp(t, `[$%]\{`, word, "what Terraform would evaluate")
	}
	_, release := released(s)
	assert.NotContains(t, fmt.Sprint(release["environment"]), "DB_USER", "the release command logs in as migrator")
	assert.Contains(t, release["secrets"], attributes{"name": "DB_PASSWORD", "valueFrom": "${aws_secretsmanager_secret.roles_migrator_secret.arn}:password::"})
}
