package constructs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/stacktest"
)

// option is one choice that an environment may make, and all that it changes in
// the JSON of the defaults: "+" and "-" are what is added and removed, "~" names
// the attributes that differ.
type option struct {
	name    string
	choose  func(*config.Config)
	changes []string
}

// addedEndpoints are what the interface endpoints add.
var addedEndpoints = []string{
	"+ aws_security_group.endpoints_sg",
	"+ aws_vpc_endpoint.endpoints_ecr_api",
	"+ aws_vpc_endpoint.endpoints_ecr_dkr",
	"+ aws_vpc_endpoint.endpoints_logs",
	"+ aws_vpc_endpoint.endpoints_secretsmanager",
	"+ aws_vpc_security_group_egress_rule.endpoints_sg_egress",
	"+ aws_vpc_security_group_ingress_rule.endpoints_sg_from_ecs_sg_443",
}

// onlyContainers is a change of nothing but what a container gets.
var onlyContainers = []string{"~ aws_ecs_task_definition.service_task_definition: container_definitions"}

// addedAlarms are what the alarms add, but for who is told.
var addedAlarms = []string{
	"+ aws_cloudwatch_dashboard.dashboard",
	"+ aws_cloudwatch_metric_alarm.alarms_alb_5xx",
	"+ aws_cloudwatch_metric_alarm.alarms_database_connections_reader",
	"+ aws_cloudwatch_metric_alarm.alarms_database_connections_writer",
	"+ aws_cloudwatch_metric_alarm.alarms_database_cpu_reader",
	"+ aws_cloudwatch_metric_alarm.alarms_database_cpu_writer",
	"+ aws_cloudwatch_metric_alarm.alarms_database_credits_reader",
	"+ aws_cloudwatch_metric_alarm.alarms_database_credits_writer",
	"+ aws_cloudwatch_metric_alarm.alarms_database_memory_reader",
	"+ aws_cloudwatch_metric_alarm.alarms_database_memory_writer",
	"+ aws_cloudwatch_metric_alarm.alarms_ecs_cpu",
	"+ aws_cloudwatch_metric_alarm.alarms_ecs_memory",
	"+ aws_cloudwatch_metric_alarm.alarms_latency_p95",
	"+ aws_cloudwatch_metric_alarm.alarms_replica_lag",
	"+ aws_cloudwatch_metric_alarm.alarms_running_tasks",
	"+ aws_cloudwatch_metric_alarm.alarms_target_5xx",
	"+ aws_cloudwatch_metric_alarm.alarms_unhealthy_hosts",
	"+ aws_kms_alias.alarms_encryption_alias",
	"+ aws_kms_key.alarms_encryption_key",
	"+ aws_sns_topic.alarms_topic",
	"+ aws_sns_topic_policy.alarms_topic_policy",
	"+ data.aws_partition.alarms_encryption_partition",
	"~ aws_ecs_service.service: alarms, lifecycle",
}

var options = []option{
	{"one NAT gateway", func(c *config.Config) { c.Network.NAT = config.NATSingle }, []string{
		"- aws_eip.networking_nat_eip_2",
		"- aws_nat_gateway.networking_nat_2",
		"~ aws_route.networking_private_route_2: nat_gateway_id",
	}},
	{"no NAT gateway", func(c *config.Config) {
		c.Network.NAT = config.NATNone
		c.Network.InterfaceEndpoints = true
		c.Registry.ImageTag = "v1"
	}, slices.Concat(addedEndpoints, []string{
		"- aws_eip.networking_nat_eip_1",
		"- aws_eip.networking_nat_eip_2",
		"- aws_nat_gateway.networking_nat_1",
		"- aws_nat_gateway.networking_nat_2",
		"- aws_route.networking_private_route_1",
		"- aws_route.networking_private_route_2",
		"~ aws_ecs_service.service: depends_on",
		"~ aws_ecs_task_definition.service_task_definition: container_definitions",
	})},
	{"interface endpoints", func(c *config.Config) { c.Network.InterfaceEndpoints = true }, slices.Concat(addedEndpoints, []string{
		"~ aws_ecs_service.service: depends_on",
	})},
	{"flow logs", func(c *config.Config) { c.Network.FlowLogRetentionDays = 30 }, []string{
		"+ aws_cloudwatch_log_group.flow_logs_group",
		"+ aws_flow_log.flow_logs_vpc",
		"+ aws_iam_role.flow_logs_role",
		"+ aws_iam_role_policy.flow_logs_role_write_flow_logs",
		"+ data.aws_iam_policy_document.flow_logs_role_trust",
	}},
	{"ARM64", func(c *config.Config) { c.Service.CPUArchitecture = config.ARM64 }, []string{
		"~ aws_ecs_task_definition.service_task_definition: runtime_platform",
	}},
	{"disk", func(c *config.Config) { c.Service.EphemeralStorageGiB = 21 }, []string{
		"~ aws_ecs_task_definition.service_task_definition: ephemeral_storage",
	}},
	{"variables", func(c *config.Config) { c.Service.Environment = map[string]string{"LOG_LEVEL": "info"} }, onlyContainers},
	{"secrets", func(c *config.Config) {
		c.Service.Secrets = map[string]string{"TOKEN": "arn:aws:secretsmanager:eu-south-1:123456789012:secret:token-aB3dE6"} //nolint:gosec // Names of secrets, not secrets.
	}, slices.Concat([]string{"+ aws_iam_role_policy.execution_role_read_secrets", "~ aws_ecs_service.service: depends_on"}, onlyContainers)},
	{"read-only root file system", func(c *config.Config) { c.Service.ReadOnlyRootFilesystem = true }, []string{
		"~ aws_ecs_task_definition.service_task_definition: container_definitions, volume",
	}},
	{"container health check", func(c *config.Config) { c.Service.ContainerHealthCheck = true }, onlyContainers},
	{"stop timeout", func(c *config.Config) { c.Service.StopTimeoutSeconds = 31 }, onlyContainers},
	{"ECS Exec", func(c *config.Config) { c.Service.ExecuteCommand = true }, []string{
		"+ aws_cloudwatch_log_group.execute_command_logs",
		"+ aws_iam_role_policy.task_role_execute_command",
		"~ aws_ecs_cluster.service_cluster: configuration",
		"~ aws_ecs_service.service: depends_on, enable_execute_command",
		"~ aws_ecs_task_definition.service_task_definition: container_definitions",
	}},
	{"spare capacity", func(c *config.Config) { c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 50, 2 }, []string{
		"+ aws_ecs_cluster_capacity_providers.service_capacity_providers",
		"~ aws_ecs_service.service: capacity_provider_strategy, depends_on, launch_type",
	}},
	{"tracing", func(c *config.Config) { c.Service.Tracing = true }, slices.Concat([]string{
		"+ aws_iam_role_policy.task_role_send_traces", "~ aws_ecs_service.service: depends_on",
	}, onlyContainers)},
	{"images of a pipeline", func(c *config.Config) { c.Deployment.Images = config.ImagesExternal }, []string{
		"~ aws_ecs_service.service: lifecycle",
		"~ aws_ecs_task_definition.service_task_definition: skip_destroy",
	}},
	{"images of a pipeline of GitHub", func(c *config.Config) {
		c.Deployment.Images = config.ImagesExternal
		c.Deployment.GitHubRepository = "example/api"
	}, []string{
		"+ aws_iam_role.deploy_role",
		"+ aws_iam_role_policy.deploy_role_deploy_service",
		"+ aws_iam_role_policy.deploy_role_push_images",
		"+ data.aws_iam_openid_connect_provider.deploy_role_github",
		"+ data.aws_iam_policy_document.deploy_role_trust",
		"+ data.aws_partition.deploy_role_partition",
		"+ output.deploy_role_arn",
		"~ aws_ecs_service.service: lifecycle",
		"~ aws_ecs_task_definition.service_task_definition: skip_destroy",
	}},
	{"memory scaling", func(c *config.Config) { c.Scaling.MemoryTargetPercent = 75 }, []string{
		"+ aws_appautoscaling_policy.autoscaling_memory_policy",
	}},
	{"request scaling", func(c *config.Config) { c.Scaling.RequestsPerTaskTarget = 1000 }, []string{
		"+ aws_appautoscaling_policy.autoscaling_request_policy",
	}},
	{"schedules", func(c *config.Config) {
		c.Scaling.Schedules = []config.Schedule{{Name: "morning", Cron: "0 7 ? * MON-FRI *", TimeZone: "Europe/Rome", MinTasks: 4, MaxTasks: 20}}
	}, []string{
		"+ aws_appautoscaling_scheduled_action.autoscaling_schedule_morning",
		"~ aws_appautoscaling_target.autoscaling_target: lifecycle",
	}},
	{"a domain", func(c *config.Config) {
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = "api.example.com", "example.com"
	}, []string{
		"+ aws_acm_certificate.domain_certificate",
		"+ aws_acm_certificate_validation.domain_validation",
		"+ aws_lb_listener.load_balancer_https_listener",
		"+ aws_route53_record.domain_alias",
		"+ aws_route53_record.domain_alias_ipv6",
		"+ aws_route53_record.domain_validation_record",
		"+ data.aws_route53_zone.domain_zone",
		"+ output.api_url",
		"~ aws_ecs_service.service: depends_on",
		"~ aws_lb_listener.load_balancer_http_listener: default_action, depends_on, lifecycle",
	}},
	{"a certificate", func(c *config.Config) {
		c.LoadBalancer.CertificateARN = "arn:aws:acm:eu-south-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	}, []string{
		"+ aws_lb_listener.load_balancer_https_listener",
		"~ aws_ecs_service.service: depends_on",
		"~ aws_lb_listener.load_balancer_http_listener: default_action, depends_on, lifecycle",
	}},
	{"narrow ingress", func(c *config.Config) { c.LoadBalancer.IngressCIDRs = []string{"203.0.113.0/24"} }, []string{
		"+ aws_vpc_security_group_ingress_rule.alb_sg_from_203_0_113_0_24_443",
		"+ aws_vpc_security_group_ingress_rule.alb_sg_from_203_0_113_0_24_80",
		"- aws_vpc_security_group_ingress_rule.alb_sg_from_anywhere_443",
		"- aws_vpc_security_group_ingress_rule.alb_sg_from_anywhere_80",
	}},
	{"idle timeout", func(c *config.Config) { c.LoadBalancer.IdleTimeoutSeconds = 61 }, []string{
		"~ aws_lb.load_balancer_alb: idle_timeout",
	}},
	{"access logs", func(c *config.Config) { c.LoadBalancer.AccessLogRetentionDays = 30 }, []string{
		"+ aws_s3_bucket.access_logs_bucket",
		"+ aws_s3_bucket_lifecycle_configuration.access_logs_expiry",
		"+ aws_s3_bucket_ownership_controls.access_logs_ownership",
		"+ aws_s3_bucket_policy.access_logs_policy",
		"+ aws_s3_bucket_public_access_block.access_logs_public_access_block",
		"+ aws_s3_bucket_server_side_encryption_configuration.access_logs_encryption",
		"+ aws_s3_bucket_versioning.access_logs_versioning",
		"~ aws_lb.load_balancer_alb: access_logs, depends_on",
	}},
	{"AWS WAF", func(c *config.Config) { c.LoadBalancer.WAF.Enabled = true }, []string{
		"+ aws_cloudwatch_log_group.waf_logs",
		"+ aws_wafv2_web_acl.web_acl",
		"+ aws_wafv2_web_acl_association.web_acl_association",
		"+ aws_wafv2_web_acl_logging_configuration.web_acl_logging",
	}},
	{"serverless instances", func(c *config.Config) {
		c.Database.InstanceClass = "db.serverless"
		c.Database.ServerlessMinACU = 0.5
		c.Database.ServerlessMaxACU = 4
	}, []string{
		"~ aws_rds_cluster.database_cluster: serverlessv2_scaling_configuration",
		"~ aws_rds_cluster_instance.database_reader_1: instance_class",
		"~ aws_rds_cluster_instance.database_writer: instance_class",
	}},
	{"reader autoscaling", func(c *config.Config) { c.Database.MaxReaders = 3 }, []string{
		"+ aws_appautoscaling_policy.reader_autoscaling_cpu_policy",
		"+ aws_appautoscaling_target.reader_autoscaling_target",
	}},
	{"certificate authority", func(c *config.Config) { c.Database.CAIdentifier = "rds-ca-ecc384-g1" }, []string{
		"~ aws_rds_cluster_instance.database_reader_1: ca_cert_identifier",
		"~ aws_rds_cluster_instance.database_writer: ca_cert_identifier",
	}},
	{"Performance Insights", func(c *config.Config) { c.Database.PerformanceInsights = true }, []string{
		"~ aws_rds_cluster_instance.database_reader_1: performance_insights_enabled, performance_insights_retention_period",
		"~ aws_rds_cluster_instance.database_writer: performance_insights_enabled, performance_insights_retention_period",
	}},
	{"enhanced monitoring", func(c *config.Config) { c.Database.MonitoringIntervalSeconds = 15 }, []string{
		"+ aws_iam_role.database_monitoring_role",
		"+ aws_iam_role_policy_attachment.database_monitoring_role_enhanced_monitoring",
		"+ data.aws_iam_policy_document.database_monitoring_role_trust",
		"+ data.aws_partition.database_partition",
		"~ aws_rds_cluster_instance.database_reader_1: depends_on, monitoring_interval, monitoring_role_arn",
		"~ aws_rds_cluster_instance.database_writer: depends_on, monitoring_interval, monitoring_role_arn",
	}},
	{"log exports", func(c *config.Config) { c.Database.LogExports = true }, []string{
		"+ aws_cloudwatch_log_group.database_logs",
		"~ aws_rds_cluster.database_cluster: depends_on, enabled_cloudwatch_logs_exports",
		"~ aws_rds_cluster_parameter_group.database_parameter_group: parameter",
	}},
	{"alarms", func(c *config.Config) { c.Alarms.Enabled = true }, addedAlarms},
	{"alarms by e-mail", func(c *config.Config) {
		c.Alarms.Enabled, c.Alarms.Emails = true, []string{"team@example.com"}
	}, slices.Insert(slices.Clone(addedAlarms), len(addedAlarms)-2, "+ aws_sns_topic_subscription.alarms_email_team_example_com")},
	{"state in S3", func(c *config.Config) {
		c.State = config.State{Backend: config.BackendS3, Bucket: "example-terraform-state"}
	}, []string{"~ terraform: backend"}},
	{"state in Terraform Cloud", func(c *config.Config) {
		c.State = config.State{Backend: config.BackendCloud, Organization: "example", Workspace: "api"}
	}, []string{"~ terraform: backend, cloud"}},
	{"customer-managed key", func(c *config.Config) { c.Encryption.CustomerManagedKey = true }, []string{
		"+ aws_kms_alias.encryption_alias",
		"+ aws_kms_key.encryption_key",
		"+ data.aws_partition.encryption_partition",
		"~ aws_cloudwatch_log_group.alb_logs: kms_key_id",
		"~ aws_cloudwatch_log_group.ecs_logs: kms_key_id",
		"~ aws_ecr_repository.registry_repository: encryption_configuration",
		"~ aws_iam_role_policy.execution_role_read_credentials: policy",
		"~ aws_rds_cluster.database_cluster: kms_key_id",
		"~ aws_secretsmanager_secret.credentials_secret: kms_key_id",
	}},
	// One decision, and everything that it decides.
	{"protection", func(c *config.Config) { c.Protected = true }, []string{
		"+ terraform_data.database_final_snapshot",
		"~ aws_ecr_repository.registry_repository: force_delete, image_tag_mutability, lifecycle",
		"~ aws_lb.load_balancer_alb: enable_deletion_protection",
		"~ aws_rds_cluster.database_cluster: deletion_protection, final_snapshot_identifier, lifecycle, skip_final_snapshot",
		"~ aws_secretsmanager_secret.credentials_secret: lifecycle, recovery_window_in_days",
	}},
}

// conflicts says whether both options change the same thing, so that one could hide
// what the other lacks.
func (o option) conflicts(other option) bool {
	for _, mine := range o.changes {
		for _, theirs := range other.changes {
			address, attributes, changed := strings.Cut(mine[2:], ": ")
			otherAddress, otherAttributes, otherChanged := strings.Cut(theirs[2:], ": ")
			if address != otherAddress {
				continue
			}
			theirAttributes := strings.Split(otherAttributes, ", ")
			shared := func(name string) bool { return slices.Contains(theirAttributes, name) }
			if !changed || !otherChanged || slices.ContainsFunc(strings.Split(attributes, ", "), shared) {
				return true
			}
		}
	}
	return false
}

// chosen is an environment that makes the choices of the options.
func chosen(suffix string, group []option) config.Config {
	env := config.Defaults(suffix)
	for _, o := range group {
		o.choose(&env)
	}
	return env
}

// alone are options that also change what others add, such as the key of a log group.
var alone = []string{"customer-managed key", "serverless instances"}

// grouped puts each other option into two groups of options that can be chosen together, so
// that there are fewer environments to synthesise than options. No two options are
// together in both. What an option changes that it is not for can only be hidden by
// another one of its group that is for it, and so shows in its other group; what it
// lacks shows in either.
func grouped() [][]option {
	const least = 8 // As many options change the containers, each in a group of its own.
	var groups [][]option
	for _, o := range options {
		if slices.Contains(alone, o.name) {
			groups = append(groups, []option{o})
		}
	}
	met := map[[2]string]bool{}
	for range 2 {
		round := make([][]option, least)
		for _, o := range options {
			if slices.Contains(alone, o.name) {
				continue
			}
			fits := func(group []option) bool {
				apart := func(other option) bool { return met[[2]string{other.name, o.name}] || o.conflicts(other) }
				return !slices.ContainsFunc(group, apart) && chosen("valid", append(slices.Clone(group), o)).Validate() == nil
			}
			best := -1
			for at, group := range round {
				if fits(group) && (best < 0 || len(group) < len(round[best])) {
					best = at
				}
			}
			if best < 0 {
				best, round = len(round), append(round, nil)
			}
			round[best] = append(round[best], o)
		}
		for _, group := range round {
			for _, one := range group {
				for _, other := range group {
					met[[2]string{one.name, other.name}] = true
				}
			}
		}
		groups = append(groups, round...)
	}
	return groups
}

// TestGrouped wants each option in a group of its own, or in two with others each time.
func TestGrouped(t *testing.T) {
	company := map[string][]string{}
	groups := map[string]int{}
	for _, group := range grouped() {
		for i, o := range group {
			groups[o.name]++
			for _, other := range slices.Concat(group[:i], group[i+1:]) {
				assert.NotContains(t, company[o.name], other.name, o.name)
				company[o.name] = append(company[o.name], other.name)
			}
		}
	}
	for _, o := range options {
		assert.True(t, groups[o.name] == 2 || groups[o.name] == 1 && company[o.name] == nil, o.name)
	}
}

// TestOptions holds the defaults with a few options each against the defaults: each
// option changes what it is for, and nothing else.
func TestOptions(t *testing.T) {
	groups := grouped()
	envs := make([]config.Config, 0, len(groups))
	for i, group := range groups {
		envs = append(envs, chosen(fmt.Sprintf("option-%02d", i), group))
		require.NoError(t, envs[i].Validate())
	}
	texts := synthesise(envs...)
	defaults := stacktest.Default()
	before := partsOf(t, defaults, synthesised()[defaults.Suffix])
	for i, group := range groups {
		var names, wanted []string
		for _, o := range group {
			names = append(names, o.name)
			wanted = append(wanted, o.changes...)
		}
		wanted = merged(wanted)
		got := changes(before, partsOf(t, envs[i], texts[envs[i].Suffix]))
		together := strings.Join(names, ", ")
		assert.Empty(t, without(wanted, got), "what is not changed by the options: %s", together)
		assert.Empty(t, without(got, wanted), "what no option is for, of: %s", together)
	}
}

// without are the lines that the others lack.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}

// merged are the changes of several options as [changes] lists them.
func merged(lines []string) []string {
	attributes := map[string][]string{}
	for _, line := range lines {
		address, names, _ := strings.Cut(line, ": ")
		attributes[address] = append(attributes[address], names)
	}
	var out []string
	for address, lists := range attributes {
		if !strings.HasPrefix(address, "~") {
			out = append(out, address)
			continue
		}
		names := strings.Split(strings.Join(lists, ", "), ", ")
		slices.Sort(names)
		out = append(out, address+": "+strings.Join(names, ", "))
	}
	slices.Sort(out)
	return out
}

// TestProtection lists all that the one decision changes where every resource that it
// can protect exists.
func TestProtection(t *testing.T) {
	protected := load(t, stacktest.Guarded()).Config
	unprotected := protected
	unprotected.Suffix, unprotected.Protected = "removable", false
	before := partsOf(t, unprotected, synthesise(unprotected)[unprotected.Suffix])
	after := partsOf(t, protected, synthesised()[protected.Suffix])
	assert.Equal(t, []string{
		"+ terraform_data.database_final_snapshot",
		"~ aws_ecr_repository.registry_repository: force_delete, image_tag_mutability, lifecycle",
		"~ aws_kms_key.encryption_key: deletion_window_in_days, lifecycle, policy",
		"~ aws_lb.load_balancer_alb: enable_deletion_protection",
		"~ aws_rds_cluster.database_cluster: deletion_protection, final_snapshot_identifier, lifecycle, skip_final_snapshot",
		"~ aws_s3_bucket.access_logs_bucket: force_destroy, lifecycle",
		"~ aws_secretsmanager_secret.credentials_secret: lifecycle, recovery_window_in_days",
	}, changes(before, after))
}

// partsOf are the blocks of a stack by their addresses, under a suffix that all share.
func partsOf(t *testing.T, env config.Config, text []byte) map[string]attributes {
	t.Helper()
	s := stacktest.Decode(t, env, []byte(strings.ReplaceAll(string(text), env.Suffix, "option")))
	parts := map[string]attributes{"terraform": s.Terraform}
	for prefix, blocks := range map[string]map[string]map[string]attributes{"": s.Resources, "data.": s.Data, "ephemeral.": s.Ephemeral} {
		for kind, named := range blocks {
			for name, block := range named {
				parts[prefix+kind+"."+name] = block
			}
		}
	}
	for name, block := range s.Outputs {
		parts["output."+name] = block
	}
	return parts
}

// changes lists how the parts differ, in the words of [option].
func changes(before, after map[string]attributes) []string {
	var lines []string
	for address := range after {
		if before[address] == nil {
			lines = append(lines, "+ "+address)
		}
	}
	for address, old := range before {
		if after[address] == nil {
			lines = append(lines, "- "+address)
			continue
		}
		keys := maps.Clone(old)
		maps.Copy(keys, after[address])
		var differ []string
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !assert.ObjectsAreEqual(old[key], after[address][key]) {
				differ = append(differ, key)
			}
		}
		if len(differ) > 0 {
			lines = append(lines, "~ "+address+": "+strings.Join(differ, ", "))
		}
	}
	slices.Sort(lines)
	return lines
}
