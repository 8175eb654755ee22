package constructs_test

import (
	"fmt"
	"slices"
	"strings"
)

// databaseInvariants are about database.go.
var databaseInvariants = []invariant{
	{
		sentence: "the database has its instances in private subnets of different zones",
		controls: "FSBP RDS.15, RDS.46",
		violations: func(s stack) []string {
			var v violations
			v.unless(s.Count("aws_rds_cluster_instance") == 1+s.Config.Database.ReaderCount, "it has %d instances", s.Count("aws_rds_cluster_instance"))
			subnets := s.One("aws_db_subnet_group")["subnet_ids"]
			v.unless(onlyPrivate(subnets), "subnets are %v", subnets)
			zones := map[any]bool{}
			s.Visit("aws_subnet", func(name string, a attributes) {
				if strings.Contains(name, "private") {
					zones[a["availability_zone"]] = true
				}
			})
			v.unless(len(zones) >= 2, "private subnets are in the zones %v", zones)
			return v
		},
		broken: set("aws_db_subnet_group", "subnet_ids", nil),
	},
	always("the database lets IAM authenticate, and copies tags to snapshots",
		"CKV_AWS_162, CKV_AWS_313; FSBP RDS.12, RDS.16", "aws_rds_cluster",
		attributes{"iam_database_authentication_enabled": true, "copy_tags_to_snapshot": true}),
	{
		sentence: "backups go back seven days at least",
		controls: "CKV_AWS_133; FSBP RDS.14, RDS.50",
		violations: func(s stack) []string {
			var v violations
			days, _ := s.One("aws_rds_cluster")["backup_retention_period"].(float64)
			v.unless(days >= 7, "they go back %v days", days)
			return v
		},
		broken: set("aws_rds_cluster", "backup_retention_period", 1.0),
	},
	{
		sentence: "the database refuses connections without TLS",
		controls: "CKV2_AWS_69; FSBP RDS.38",
		violations: func(s stack) []string {
			var v violations
			parameters := fmt.Sprint(s.One("aws_rds_cluster_parameter_group")["parameter"])
			v.unless(strings.Contains(parameters, "name:rds.force_ssl value:1"), "parameters are %s", parameters)
			v.unless(s.One("aws_rds_cluster")["db_cluster_parameter_group_name"] == "${aws_rds_cluster_parameter_group.database_parameter_group.name}", "the cluster does not use them")
			return v
		},
		broken: set("aws_rds_cluster_parameter_group", "parameter", nil),
	},
	{
		sentence: "the administrator of the database has an unusual name, and the cluster leaves its zones to its subnets",
		controls: "FSBP RDS.24",
		violations: func(s stack) []string {
			var v violations
			v.want(s, "aws_rds_cluster", attributes{"master_username": s.Config.Database.Username, "availability_zones": nil})
			name := s.One("aws_rds_cluster")["master_username"]
			v.unless(!slices.Contains([]any{"admin", "administrator", "postgres", "root"}, name), "%v is a usual name", name)
			return v
		},
		broken: func(s *stack) {
			s.Config.Database.Username = "postgres"
			s.One("aws_rds_cluster")["master_username"] = "postgres"
		},
	},
	{
		sentence: "the database is watched as its configuration says, by its instances alone while it is a copy, and its log goes to a group that is there first",
		controls: "CKV_AWS_118, CKV_AWS_324, CKV_AWS_353, CKV2_AWS_27; FSBP RDS.6, RDS.37",
		violations: func(s stack) []string {
			var v violations
			settings := s.Config.Database
			instance := attributes{
				"performance_insights_enabled": nil, "performance_insights_retention_period": nil,
				"monitoring_interval": nil, "monitoring_role_arn": nil,
			}
			if settings.PerformanceInsights {
				instance["performance_insights_enabled"], instance["performance_insights_retention_period"] = true, 7.0
			}
			if settings.MonitoringIntervalSeconds > 0 {
				instance["monitoring_interval"] = float64(settings.MonitoringIntervalSeconds)
				instance["monitoring_role_arn"] = "${aws_iam_role.database_monitoring_role.arn}"
				policy := s.Resources["aws_iam_role_policy_attachment"]["database_monitoring_role_enhanced_monitoring"]["policy_arn"]
				v.unless(policy == "arn:${data.aws_partition.partition.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole", "the role is allowed %v", policy)
			}
			v.want(s, "aws_rds_cluster_instance", instance)
			// Readers that autoscaling adds are watched as the cluster is.
			cluster := attributes{
				"performance_insights_enabled":          instance["performance_insights_enabled"],
				"performance_insights_retention_period": instance["performance_insights_retention_period"],
				"monitoring_interval":                   float64(settings.MonitoringIntervalSeconds),
				"monitoring_role_arn":                   instance["monitoring_role_arn"],
				"enabled_cloudwatch_logs_exports":       nil,
			}
			if settings.Copied() { // AWS refuses to restore a cluster with them.
				cluster["monitoring_interval"], cluster["monitoring_role_arn"] = nil, nil
			}
			needs := fmt.Sprint(s.One("aws_rds_cluster")["depends_on"])
			v.unless(strings.Contains(needs, "aws_iam_role_policy_attachment.database_monitoring_role_enhanced_monitoring") == (cluster["monitoring_role_arn"] != nil), "the cluster waits for %s", needs)
			if settings.LogExports {
				cluster["enabled_cloudwatch_logs_exports"] = []any{"postgresql"}
				v.unless(strings.Contains(needs, "aws_cloudwatch_log_group.database_logs"), "the cluster waits for %s", needs)
				name := s.Resources["aws_cloudwatch_log_group"]["database_logs"]["name"]
				v.unless(name == "/aws/rds/cluster/"+s.Config.PhysicalName("aurora")+"/postgresql", "the log group is %v", name)
			}
			v.want(s, "aws_rds_cluster", cluster)
			parameters := fmt.Sprint(s.One("aws_rds_cluster_parameter_group")["parameter"])
			for _, parameter := range []string{"name:log_statement value:ddl", "name:log_min_duration_statement value:1000"} {
				v.unless(strings.Contains(parameters, parameter) == settings.LogExports, "parameters are %s", parameters)
			}
			return v
		},
		broken: set("aws_rds_cluster", "enabled_cloudwatch_logs_exports", []any{"postgresql"}),
	},
	always("minor versions of the database are upgraded by AWS",
		"CKV_AWS_226; FSBP RDS.13, RDS.35", "aws_rds_cluster_instance", attributes{"auto_minor_version_upgrade": true}),
	{
		sentence: "AWS bills no extended support that nobody asked for, and a cluster that has another is left alone",
		violations: func(s stack) []string {
			var v violations
			want := "open-source-rds-extended-support-disabled"
			if s.Config.Database.ExtendedSupport {
				want = "open-source-rds-extended-support"
			}
			v.want(s, "aws_rds_cluster", attributes{"engine_lifecycle_support": want})
			ignored := fmt.Sprint(s.One("aws_rds_cluster")["lifecycle"].(attributes)["ignore_changes"])
			v.unless(strings.Contains(ignored, "engine_lifecycle_support"), "changes of %s are ignored", ignored)
			return v
		},
		broken: set("aws_rds_cluster", "engine_lifecycle_support", nil),
	},
	{
		sentence: "a plan fails when AWS does not offer the class of the instances, and names the field",
		violations: func(s stack) []string {
			var v violations
			looked := s.Data["aws_rds_orderable_db_instance"]["database_instance_class"]
			class := s.Config.Database.InstanceClass
			v.unless(fmt.Sprint(looked["preferred_instance_classes"]) == "["+class+" db.t3.medium db.r5.large db.serverless]", "it looks for %v", looked["preferred_instance_classes"])
			v.unless(looked["engine_version"] == s.One("aws_rds_cluster")["engine_version"], "of version %v", looked["engine_version"])
			for condition, of := range map[string]any{
				`self.instance_class == "` + class + `"`:                                                        looked["lifecycle"],
				"setintersection(data.aws_rds_orderable_db_instance.database_instance_class.availability_zones": s.One("aws_rds_cluster")["lifecycle"],
			} {
				text := fmt.Sprint(of)
				v.unless(strings.Contains(text, condition) && strings.Contains(text, "error_message:Database.InstanceClass: "), "it wants %s", text)
			}
			return v
		},
		broken: func(s *stack) { delete(s.Data, "aws_rds_orderable_db_instance") },
	},
	{
		sentence: "an engine that AWS upgraded is not taken back, and another major version is refused",
		controls: "CKV_AWS_226; FSBP RDS.35",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_rds_cluster", func(name string, a attributes) {
				lifecycle := a["lifecycle"].(attributes)
				v.unless(strings.Contains(fmt.Sprint(lifecycle["ignore_changes"]), "[engine_version "), "%s ignores changes of %v", name, lifecycle["ignore_changes"])
				refused := fmt.Sprintf(`startswith(self.engine_version, "%s.")`, s.Config.Database.EngineMajorVersion())
				v.unless(strings.Contains(fmt.Sprint(lifecycle["postcondition"]), refused), "%s: %v", name, lifecycle["postcondition"])
			})
			return v
		},
		broken: func(s *stack) { s.One("aws_rds_cluster")["lifecycle"] = attributes{} },
	},
	{
		sentence: "readers are added only between the readers of the environment and their greatest number",
		violations: func(s stack) []string {
			var v violations
			settings := s.Config.Database
			targets := 0
			s.Visit("aws_appautoscaling_target", func(name string, a attributes) {
				if a["service_namespace"] != "rds" {
					return
				}
				targets++
				v.unless(a["min_capacity"] == float64(settings.ReaderCount) && a["max_capacity"] == float64(settings.MaxReaders), "%s scales from %v to %v", name, a["min_capacity"], a["max_capacity"])
				policy := fmt.Sprint(s.Resources["aws_appautoscaling_policy"]["reader_autoscaling_cpu_policy"]["target_tracking_scaling_policy_configuration"])
				v.unless(strings.Contains(policy, "scale_in_cooldown:300 scale_out_cooldown:300"), "%s: %s", name, policy)
				v.unless(a["scalable_dimension"] == "rds:cluster:ReadReplicaCount" && a["resource_id"] == "cluster:${aws_rds_cluster.database_cluster.cluster_identifier}", "%s scales %v of %v", name, a["scalable_dimension"], a["resource_id"])
			})
			v.unless((targets == 1) == (settings.MaxReaders > 0), "%d targets scale readers", targets)
			return v
		},
		broken: set("aws_appautoscaling_target", "service_namespace", "rds"),
	},
}
