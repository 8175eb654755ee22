package constructs_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// copyInvariants are about mask.go and database_origin.go.
var copyInvariants = []invariant{
	{
		sentence: "a cluster is not replaced because of what it was made of, and another origin is refused",
		violations: func(s stack) []string {
			var v violations
			cluster, settings := s.One("aws_rds_cluster"), s.Config.Database
			lifecycle := cluster["lifecycle"].(attributes)
			ignored := fmt.Sprint(lifecycle["ignore_changes"])
			for _, attribute := range []string{"snapshot_identifier", "restore_to_point_in_time"} {
				v.unless(strings.Contains(ignored, attribute), "changes of %s are ignored", ignored)
			}
			for _, attribute := range []string{"master_username", "database_name", "storage_encrypted"} {
				v.unless(strings.Contains(ignored, attribute) == settings.Copied(), "changes of %s are ignored", ignored)
				v.unless(strings.Contains(fmt.Sprint(lifecycle["postcondition"]), "self."+attribute) == settings.Copied(), "of %s, it looks at %v", attribute, lifecycle["postcondition"])
			}
			origin := fmt.Sprint(lifecycle["postcondition"])
			if settings.SnapshotIdentifier != "" {
				v.unless(cluster["snapshot_identifier"] == settings.SnapshotIdentifier, "it is made of %v", cluster["snapshot_identifier"])
				v.unless(strings.Contains(origin, fmt.Sprintf("self.snapshot_identifier == %q", settings.SnapshotIdentifier)), "%s", origin)
			}
			if settings.CloneOf != "" {
				source := s.Config.Name + "-aurora-" + settings.CloneOf
				v.unless(strings.Contains(fmt.Sprint(cluster["restore_to_point_in_time"]), "restore_type:copy-on-write source_cluster_identifier:"+source), "it is made of %v", cluster["restore_to_point_in_time"])
				v.unless(strings.Contains(origin, fmt.Sprintf(`source_cluster_identifier, "") == %q`, source)), "%s", origin)
			}
			return v
		},
		broken: func(s *stack) { s.One("aws_rds_cluster")["lifecycle"].(attributes)["ignore_changes"] = []any{} },
	},
	{
		sentence: "the API does not start before the data that it begins with is masked",
		violations: func(s stack) []string {
			var v violations
			if s.Config.Database.MaskSQL == "" {
				return v
			}
			v.unless(strings.Contains(fmt.Sprint(s.One("aws_ecs_service")["depends_on"]), "aws_lambda_invocation.mask_invocation"), "it waits for %v", s.One("aws_ecs_service")["depends_on"])
			needs := fmt.Sprint(s.Resources["aws_lambda_invocation"]["mask_invocation"]["depends_on"])
			v.unless(strings.Contains(needs, "aws_ssm_parameter.credentials_mark"), "the mask waits for %s", needs)
			v.unless(strings.Contains(needs, "aws_rds_cluster_instance.database_writer"), "the mask waits for %s", needs)
			return v
		},
		broken: func(s *stack) { s.Config.Database.MaskSQL = "SELECT 1" },
	},
}

// TestMaskComesBeforeTheRelease has the roles made, the data masked, and the schema changed,
// in this order, by tasks that know which cluster they are in.
func TestMaskComesBeforeTheRelease(t *testing.T) {
	env := config.Defaults("masked")
	env.Registry.ImageTag, env.Service.ReleaseCommand = "v1", []string{"flask", "--app", "app", "db", "upgrade"}
	env.Database.Roles, env.Database.CloneOf, env.Database.MaskSQL = true, "production", "DELETE FROM sessions"
	s := stacktest.Decode(t, env, synthesise(env)[env.Suffix])
	calls := s.Resources["aws_lambda_invocation"]
	assert.Contains(t, calls["mask_invocation"]["depends_on"], "aws_secretsmanager_secret_version.roles_migrator_current")
	assert.Contains(t, calls["release_invocation"]["depends_on"], "aws_lambda_invocation.mask_invocation")
	for _, task := range []string{"roles_task_definition", "mask_task_definition"} {
		container := s.Resources["aws_ecs_task_definition"][task]["container_definitions"].([]any)[0].(attributes)
		assert.Contains(t, container["environment"], attributes{"name": "CLUSTER", "value": "${aws_rds_cluster.database_cluster.cluster_resource_id}"}, task)
		assert.Contains(t, container["secrets"], attributes{"name": "PGPASSWORD", "valueFrom": "${aws_secretsmanager_secret.credentials_secret.arn}:password::"}, task)
		var timeout int
		for _, variable := range container["environment"].([]any) {
			if v := variable.(attributes); v["name"] == "PGCONNECT_TIMEOUT" {
				timeout, _ = strconv.Atoi(v["value"].(string))
			}
		}
		assert.GreaterOrEqual(t, timeout, 30, "%s waits for an instance that resumes", task)
		assert.Equal(t, task == "mask_task_definition", strings.Contains(fmt.Sprint(container["command"]), "DELETE FROM sessions"), task)
	}
	assert.Equal(t, []string{"credentials_secret"}, mayRead(s, "mask_execution_role"))
}
