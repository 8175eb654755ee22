package constructs_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// formerAddress is where a `moved` or a `removed` block says that something was.
var formerAddress = regexp.MustCompile(`"from": "[^"]*"`)

// stackInvariants are about stack.go.
var stackInvariants = []invariant{
	{
		sentence: "no placeholder of CDKTF is left unresolved",
		violations: func(s stack) []string {
			var v violations
			left := regexp.MustCompile(`TfToken\[|-1\.8\d+e\+?\d+`).FindAllString(s.Text, -1)
			v.unless(left == nil, "left: %v", left)
			return v
		},
		broken: func(s *stack) { s.Text += "${TfToken[TOKEN.1]}" },
	},
	{
		sentence: "every reference resolves to something that exists",
		violations: func(s stack) []string {
			var v violations
			for _, m := range regexp.MustCompile(`\b(?:(data|ephemeral)\.)?((?:aws|terraform)_[a-z0-9_]+)\.([a-z0-9_]+)`).FindAllStringSubmatch(formerAddress.ReplaceAllString(s.Text, ""), -1) {
				blocks := map[string]map[string]map[string]attributes{"": s.Resources, "data": s.Data, "ephemeral": s.Ephemeral}[m[1]]
				_, exists := blocks[m[2]][m[3]]
				v.unless(exists, "%s does not exist", m[0])
			}
			return v
		},
		broken: func(s *stack) { delete(s.Resources["aws_vpc"], "networking_vpc") },
	},
	{
		sentence: "everything is tagged with its environment, its project and who manages it",
		controls: "FSBP ECS.13, ECS.14, ECS.15",
		violations: func(s stack) []string {
			var v violations
			tags := s.Providers["aws"][0]["default_tags"].([]any)[0].(attributes)["tags"].(attributes)
			for _, key := range []string{"Environment", "Project", "ManagedBy"} {
				v.unless(tags[key] != nil, "%s is missing", key)
			}
			for key, want := range s.Config.Tags {
				v.unless(tags[key] == want, "%s is %v", key, tags[key])
			}
			v.want(s, "aws_ecs_service", attributes{"propagate_tags": "SERVICE", "enable_ecs_managed_tags": true})
			return v
		},
		broken: func(s *stack) { s.Providers["aws"][0]["default_tags"].([]any)[0].(attributes)["tags"] = attributes{} },
	},
	{
		sentence: "there are exactly the promised outputs, each with a description",
		violations: func(s stack) []string {
			var v violations
			ids := slices.Sorted(maps.Keys(s.Outputs))
			want := []string{"alb_dns_name", "ecr_repository_uri", "ecs_cluster_name", "rds_cluster_endpoint", "vpc_id"}
			switch l := s.Config.LoadBalancer; {
			case l.DomainRecords == config.RecordsPrinted:
				want = append(want, "domain_records")
			case l.Domain != "":
				want = append(want, "api_url")
			}
			if s.Config.Network.KeepNATAddresses {
				want = append(want, "nat_addresses")
			}
			if s.Config.Deployment.GitHubRepository != "" {
				want = append(want, "deploy_role_arn")
			}
			for _, w := range s.Config.Services {
				want = append(want, "ecr_repository_uri_"+underscored(w.Name))
			}
			slices.Sort(want)
			v.unless(slices.Equal(ids, want), "outputs are %v, want %v", ids, want)
			for id, output := range s.Outputs {
				v.unless(output["description"] != nil && output["value"] != nil, "%s says nothing", id)
			}
			return v
		},
		broken: func(s *stack) { delete(s.Outputs, "vpc_id") },
	},
	{
		sentence: "physical names are <name>-<resource>-<suffix>, and no other name is anywhere",
		violations: func(s stack) []string {
			var v violations
			pattern := regexp.MustCompile(`^` + s.Config.PhysicalName(`[a-z0-9-]+`) + `(-\$\{.*)?$`)
			group := regexp.MustCompile(`^((/(ecs|ecs/exec|aws/(alb|vpc))/|alias/|aws-waf-logs-)` + s.Config.StackName() + `|alias/` + s.Config.PhysicalName("alarms-key") +
				`|/aws/lambda/` + s.Config.PhysicalName("release") + `|/aws/rds/cluster/` + s.Config.PhysicalName("aurora") + `/postgresql|/` + s.Config.StackName() + `/database/(password|rotating|rotated))$`)
			if other := config.Defaults("").Name; other != s.Config.Name {
				found := regexp.MustCompile(`(?i)`+strings.ReplaceAll(other, "-", "[- ]")).FindAllString(s.Text, -1)
				v.unless(len(found) == 0, "there is %v in it", found)
			}
			for kind, resources := range s.Resources {
				for name, a := range resources {
					for _, key := range []string{"name", "identifier", "cluster_identifier", "bucket"} {
						text, given := a[key].(string)
						if !given || strings.HasPrefix(text, "${") || kind == "aws_iam_role_policy" || kind == "aws_route53_record" {
							continue
						}
						v.unless(pattern.MatchString(text) || group.MatchString(text), "%s.%s: %s is %q", kind, name, key, text)
					}
				}
			}
			return v
		},
		broken: set("aws_vpc", "name", "my-vpc"),
	},
	{
		sentence: "the JSON says which Terraform and provider it needs, and where the state is, encrypted and locked, without credentials",
		violations: func(s stack) []string {
			var v violations
			v.unless(s.Terraform["required_version"] == ">= 1.11", "required_version is %v", s.Terraform["required_version"])
			provider := s.Terraform["required_providers"].(attributes)["aws"]
			v.unless(fmt.Sprint(provider) == "map[source:hashicorp/aws version:~> 5.99]", "the provider is %v", provider)
			settings := s.Config.State
			wanted := attributes{"backend": attributes{"local": attributes{"path": "../../../terraform." + s.Config.StackName() + ".tfstate"}}}
			switch settings.Backend {
			case config.BackendS3:
				wanted = attributes{"backend": attributes{"s3": attributes{
					"bucket": settings.Bucket, "key": s.Config.StackName() + ".tfstate", "region": cmp.Or(settings.BucketRegion, s.Config.Region),
					"encrypt": true, "use_lockfile": true,
				}}}
			case config.BackendCloud:
				cloud := attributes{"organization": settings.Organization, "workspaces": attributes{"name": settings.Workspace}}
				if settings.Hostname != "" {
					cloud["hostname"] = settings.Hostname
				}
				if settings.Workspace == "" {
					var tags []any
					for _, tag := range settings.WorkspaceTags {
						tags = append(tags, tag)
					}
					cloud["workspaces"] = attributes{"tags": tags}
				}
				wanted = attributes{"cloud": cloud}
			}
			for _, place := range []string{"backend", "cloud"} {
				v.unless(assert.ObjectsAreEqual(wanted[place], s.Terraform[place]), "%s is %v, want %v", place, s.Terraform[place], wanted[place])
			}
			return v
		},
		broken: func(s *stack) { s.Terraform["required_version"] = nil },
	},
	{
		sentence: "nothing names a folder of the machine that synthesised it",
		violations: func(s stack) []string {
			var v violations
			here, _ := os.Getwd()
			home, _ := os.UserHomeDir()
			for _, folder := range []string{here, home + "/", os.TempDir() + "/"} {
				v.unless(!strings.Contains(string(synthesised()[s.Config.Suffix])+s.Text, folder), "%s is in it", folder)
			}
			return v
		},
		broken: func(s *stack) { s.Text += os.TempDir() + "/" },
	},
	{
		sentence: "a protected environment refuses to lose data, and any other is destroyed in one run",
		violations: func(s stack) []string {
			var v violations
			protected := s.Config.Protected
			days := map[bool]float64{false: 0, true: 30}[protected]
			v.want(s, "aws_secretsmanager_secret", attributes{"recovery_window_in_days": days})
			if s.Config.Encryption.CustomerManagedKey {
				days := map[bool]float64{false: 7, true: 30}[protected]
				v.want(s, "aws_kms_key", attributes{"deletion_window_in_days": days})
				denies := strings.Contains(fmt.Sprint(s.One("aws_kms_key")["policy"]), "Action:[kms:ScheduleKeyDeletion] Effect:Deny Principal:map[AWS:*]")
				v.unless(denies == protected, "the key refuses its deletion: %t", denies)
			}
			_, snapshot := s.One("aws_rds_cluster")["final_snapshot_identifier"]
			v.unless(snapshot == protected, "final_snapshot_identifier is there: %t", snapshot)
			return v
		},
		broken: set("aws_secretsmanager_secret", "recovery_window_in_days", 1.0),
	},
}

// TestDefaults holds the default environment against the values that were
// promised for it.
func TestDefaults(t *testing.T) {
	s := load(t, stacktest.Default())
	for kind, count := range map[string]int{
		"aws_subnet": 4, "aws_nat_gateway": 2, "aws_eip": 2, "aws_rds_cluster_instance": 2,
		"aws_cloudwatch_log_group": 2, "aws_security_group": 3, "aws_lb_listener": 1, "aws_iam_role": 2,
	} {
		assert.Len(t, s.Resources[kind], count, kind)
	}
	var v violations
	v.want(s, "aws_vpc", attributes{"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true, "enable_dns_support": true})
	v.want(s, "aws_rds_cluster_instance", attributes{"instance_class": "db.t3.medium"})
	v.want(s, "aws_cloudwatch_log_group", attributes{"retention_in_days": 7.0})
	v.want(s, "aws_ecs_task_definition", attributes{"cpu": "1024", "memory": "2048", "requires_compatibilities": []any{"FARGATE"}})
	v.want(s, "aws_ecs_service", attributes{"desired_count": 2.0, "launch_type": "FARGATE", "health_check_grace_period_seconds": 60.0})
	v.want(s, "aws_lb", attributes{"internal": false, "load_balancer_type": "application", "idle_timeout": nil})
	v.want(s, "aws_lb_listener", attributes{"port": 80.0, "protocol": "HTTP"})
	v.want(s, "aws_lb_target_group", attributes{"target_type": "ip", "port": 5000.0, "health_check": attributes{
		"path": "/health", "port": "traffic-port", "protocol": "HTTP", "matcher": "200",
		"healthy_threshold": 2.0, "unhealthy_threshold": 3.0, "interval": 30.0, "timeout": 5.0,
	}})
	v.want(s, "aws_appautoscaling_target", attributes{"min_capacity": 2.0, "max_capacity": 10.0})
	v.want(s, "aws_appautoscaling_policy", attributes{"target_tracking_scaling_policy_configuration": attributes{
		"predefined_metric_specification": attributes{"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
		"target_value":                    70.0, "scale_in_cooldown": 300.0, "scale_out_cooldown": 60.0,
	}})
	assert.Empty(t, v)
	versions := s.Data["aws_rds_engine_version"]
	assert.Equal(t, attributes{"version": "15", "engine": "aurora-postgresql", "latest": true}, versions["database_newest_engine_version"])
	assert.Equal(t, []any{"15.4", "${data.aws_rds_engine_version.database_newest_engine_version.version_actual}"},
		versions["database_engine_version"]["preferred_versions"])
}

// TestDigest wants an image that is named by its digest to be pulled by that, whoever decides.
func TestDigest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0f", 32)
	named, deployed := config.Defaults("named"), config.Defaults("deployed")
	named.Registry.ImageTag, deployed.Registry.ImageTag = digest, digest
	deployed.Deployment.Images = config.ImagesExternal
	stacks := synthesise(named, deployed)
	for suffix, want := range map[string]string{"named": "${terraform_data.registry_image_tag.input}", "deployed": digest} {
		image := stacktest.Decode(t, config.Defaults(suffix), stacks[suffix]).Container()["image"]
		assert.Equal(t, "${aws_ecr_repository.registry_repository.repository_url}@"+want, image)
	}
}

// TestChoices holds the environment of other choices against what they change.
func TestChoices(t *testing.T) {
	s := load(t, stacktest.Chosen())
	assert.Equal(t, "${aws_ecr_repository.registry_repository.repository_url}:v1.2.3", s.Container()["image"])
	assert.NotContains(t, s.Container(), "command")
	assert.Equal(t, "eu-south-1c", s.Resources["aws_subnet"]["networking_private_subnet_2"]["availability_zone"])
	assert.NotContains(t, s.Data, "aws_availability_zones")
	assert.Len(t, s.Resources["aws_rds_cluster_instance"], 3)
	var v violations
	v.want(s, "aws_lb", attributes{"idle_timeout": 120.0})
	v.want(s, "aws_rds_cluster_instance", attributes{"instance_class": "db.serverless"})
	v.want(s, "aws_rds_cluster", attributes{"serverlessv2_scaling_configuration": attributes{"min_capacity": 0.0, "max_capacity": 4.0, "seconds_until_auto_pause": 600.0}})
	assert.Empty(t, v)
}
