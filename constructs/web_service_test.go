package constructs_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/options"
	"flask-api/test/stacktest"
)

// served has two services beside the API: one that uses what there is, and one that uses a
// bucket alone.
func served() config.Config {
	c := config.Defaults("served")
	c.Protected, c.Alarms.Enabled = true, true
	c.LoadBalancer.CertificateARN = options.Example().CertificateARN
	c.Database.ReaderCount = 1
	c.Network.InterfaceEndpoints = true
	c.Cache.NodeType, c.Cache.Replicas = "cache.t4g.micro", 1
	c.Queues, c.Buckets = []config.Queue{testQueue("orders"), testQueue("mail")}, []config.Bucket{{Name: "uploads"}, {Name: "pictures"}}
	c.Service.ExecuteCommand, c.Service.SpotPercent, c.Service.OnDemandBaseTasks = true, 50, 1
	c.Service.ReleaseCommand = []string{"flask", "db", "upgrade"}
	c.Service.Environment, c.Service.Secrets = map[string]string{"LOG_LEVEL": "info"}, map[string]string{"TOKEN": options.Example().SecretARN}
	c.Service.Permissions = []config.Permission{{Actions: []string{"ses:SendEmail"}, Resources: []string{options.Example().IdentityARN}}}
	admin, reports := config.DefaultWebService("admin"), config.DefaultWebService("big-ads")
	admin.Hosts, admin.Paths, admin.Priority = []string{"admin.example.com", "admin.example.org"}, []string{"/staff/*"}, 10
	admin.Command, admin.Cache, admin.Queues, admin.Buckets = []string{"flask", "run"}, true, []string{"mail"}, []string{"uploads"}
	admin.Secrets = map[string]string{"SESSION": options.Example().ParameterARN}
	admin.Permissions = []config.Permission{{Actions: []string{"textract:DetectDocumentText"}, Resources: []string{"*"}}}
	reports.Paths, reports.Priority, reports.ContainerPort, reports.HealthCheckPath = []string{"/reports/*", "/reports"}, 200, 8080, "/ready"
	reports.Database, reports.Buckets, reports.ImageTag, reports.Environment = false, []string{"pictures"}, "v7", map[string]string{"THEME": "dark"}
	reports.MinTasks, reports.MaxTasks = 2, 3
	c.Services = []config.WebService{admin, reports}
	return c
}

// unserved is without the first service of the same.
func unserved() config.Config {
	c := served()
	c.Suffix, c.Services = "unserved", c.Services[1:]
	return c
}

// rotating serves plain HTTP with images of a pipeline, and tasks that log in as a role with a
// password.
func rotating() config.Config {
	c := config.Defaults("rotating")
	c.Deployment.Images, c.Deployment.GitHubRepository = config.ImagesExternal, "example/api"
	c.Database.Roles, c.Service.ReleaseCommand = true, []string{"flask", "db", "upgrade"}
	c.Service.SecretKeyARNs = []string{options.Example().KeyARN} // Of a secret of a service.
	c.Services = served().Services
	c.Services[0].Cache, c.Services[0].Queues, c.Services[0].Buckets, c.Services[1].Buckets = false, nil, nil, nil
	return c
}

// tokens has tasks that log in by IAM, on the masked data of another environment.
func tokens() config.Config {
	c := config.Defaults("tokens")
	c.Database.Roles, c.Database.Authentication = true, config.AuthenticationIAM
	c.Database.CloneOf, c.Database.MaskSQL = "production", "DELETE FROM sessions"
	c.Services = rotating().Services
	return c
}

var serviceStacks = sync.OnceValue(func() map[string][]byte { return synthesise(served(), unserved(), rotating(), tokens()) })

func serviceStack(t *testing.T, env config.Config) stack {
	t.Helper()
	require.NoError(t, env.Validate())
	return stacktest.Decode(t, env, serviceStacks()[env.Suffix])
}

// TestServicesAreReached by what their hosts and paths match, on the listener that serves.
func TestServicesAreReached(t *testing.T) {
	s := serviceStack(t, served())
	rules, groups := s.Resources["aws_lb_listener_rule"], s.Resources["aws_lb_target_group"]
	forward := func(group string) []any {
		return []any{attributes{"type": "forward", "target_group_arn": "${aws_lb_target_group." + group + ".arn}"}}
	}
	redirect := []any{attributes{"type": "redirect", "redirect": attributes{"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}}
	admin := []any{
		attributes{"host_header": attributes{"values": []any{"admin.example.com", "admin.example.org"}}},
		attributes{"path_pattern": attributes{"values": []any{"/staff/*"}}},
	}
	reports := []any{attributes{"path_pattern": attributes{"values": []any{"/reports/*", "/reports"}}}}
	const https, http = "${aws_lb_listener.load_balancer_https_listener.arn}", "${aws_lb_listener.load_balancer_http_listener.arn}"
	assert.Equal(t, map[string]attributes{
		"load_balancer_service_admin_https_rule": {"listener_arn": https, "priority": 10.0, "condition": admin, "action": forward("load_balancer_service_admin_target_group")},
		"load_balancer_service_admin_http_rule": {
			"listener_arn": http, "priority": 10.0, "condition": admin, "action": redirect,
			"depends_on": []any{"aws_lb_listener_rule.load_balancer_service_admin_https_rule"},
		},
		"load_balancer_service_big_ads_https_rule": {"listener_arn": https, "priority": 200.0, "condition": reports, "action": forward("load_balancer_service_big_ads_target_group")},
		"load_balancer_service_big_ads_http_rule": {
			"listener_arn": http, "priority": 200.0, "condition": reports, "action": redirect,
			"depends_on": []any{"aws_lb_listener_rule.load_balancer_service_big_ads_https_rule"},
		},
	}, rules)

	plain := serviceStack(t, rotating()).Resources["aws_lb_listener_rule"]
	assert.Equal(t, map[string]attributes{
		"load_balancer_service_admin_http_rule":   {"listener_arn": http, "priority": 10.0, "condition": admin, "action": forward("load_balancer_service_admin_target_group")},
		"load_balancer_service_big_ads_http_rule": {"listener_arn": http, "priority": 200.0, "condition": reports, "action": forward("load_balancer_service_big_ads_target_group")},
	}, plain, "without a certificate")

	group, api := groups["load_balancer_service_big_ads_target_group"], groups["load_balancer_target_group"]
	assert.Equal(t, []any{"flask-api-svc-big-ads-served", 8080.0}, []any{group["name"], group["port"]})
	check, own := group["health_check"].(attributes), api["health_check"].(attributes)
	assert.Equal(t, "/ready", check["path"])
	check["path"], group["name"], group["port"] = own["path"], api["name"], api["port"]
	assert.Equal(t, api, group, "the rest is as the API's")
}

// TestServicesRun as the API does, but for the image, the size, the command and the roles.
func TestServicesRun(t *testing.T) {
	s := serviceStack(t, served())
	services, tasks := s.Resources["aws_ecs_service"], s.Resources["aws_ecs_task_definition"]
	api, admin, reports := services["service"], services["service_admin"], services["service_big_ads"]
	for _, same := range []string{
		"cluster", "deployment_circuit_breaker", "wait_for_steady_state", "timeouts", "health_check_grace_period_seconds",
		"capacity_provider_strategy", "launch_type", "enable_execute_command", "propagate_tags",
	} {
		assert.Equal(t, api[same], admin[same], same)
	}
	assert.Equal(t, []any{1.0, 2.0}, []any{admin["desired_count"], reports["desired_count"]})
	assert.Equal(t, []any{attributes{
		"target_group_arn": "${aws_lb_target_group.load_balancer_service_big_ads_target_group.arn}",
		"container_name":   "service-big-ads", "container_port": 8080.0,
	}}, reports["load_balancer"])
	assert.Equal(t, []any{"${aws_security_group.service_admin_sg.id}"}, admin["network_configuration"].(attributes)["security_groups"])
	assert.Contains(t, fmt.Sprint(admin["lifecycle"]), "${self.task_definition == aws_ecs_task_definition.service_admin_task_definition.arn}")

	// What its tasks need is there before they start: ECS refuses a target group without a rule.
	for _, needed := range []string{
		"aws_lb_listener_rule.load_balancer_service_admin_https_rule", "aws_rds_cluster_instance.database_writer",
		"aws_vpc_security_group_ingress_rule.service_admin_sg_from_alb_sg_5000", "aws_iam_role_policy.service_admin_execution_role_pull_images",
		"aws_iam_role_policy.service_admin_role_send_to_queue_mail", "aws_lambda_invocation.release_invocation",
	} {
		assert.Contains(t, admin["depends_on"], needed)
	}
	assert.NotContains(t, reports["depends_on"], "aws_lambda_invocation.release_invocation", "it does not use the database")
	assert.NotContains(t, fmt.Sprint(api["depends_on"]), "service_admin", "the API does not wait for others")

	task := tasks["service_admin_task_definition"]
	assert.Equal(t, []any{"flask-api-service-admin-served", "512", "1024"}, []any{task["family"], task["cpu"], task["memory"]})
	assert.Equal(t, []any{"${aws_iam_role.service_admin_execution_role.arn}", "${aws_iam_role.service_admin_role.arn}"}, []any{task["execution_role_arn"], task["task_role_arn"]})
	container, own := task["container_definitions"].([]any)[0].(attributes), s.Container()
	assert.Equal(t, "service-admin", container["name"])
	assert.Equal(t, "service-admin", container["logConfiguration"].(attributes)["options"].(attributes)["awslogs-stream-prefix"])
	assert.Equal(t, own["logConfiguration"].(attributes)["options"].(attributes)["awslogs-group"], container["logConfiguration"].(attributes)["options"].(attributes)["awslogs-group"])
	for _, same := range []string{"readonlyRootFilesystem", "linuxParameters", "essential", "versionConsistency", "stopTimeout"} {
		assert.Equal(t, own[same], container[same], same)
	}
	assert.Len(t, task["container_definitions"], 1)
	assert.Equal(t, "${local.service_admin_registry_image}", container["image"], "the one that was named last")
	assert.Equal(t, "${local.service_admin_command}", container["command"], "unless that is the placeholder")
	other := tasks["service_big_ads_task_definition"]["container_definitions"].([]any)[0].(attributes)
	assert.Contains(t, other["image"], "${aws_ecr_repository.service_big_ads_registry_repository.repository_url}:${terraform_data.service_big_ads_registry_image_tag.input}")
	assert.Nil(t, other["command"])
	assert.Equal(t, []any{attributes{"containerPort": 8080.0, "hostPort": 8080.0, "protocol": "tcp"}}, other["portMappings"])

	target := s.Resources["aws_appautoscaling_target"]["service_big_ads_autoscaling_target"]
	assert.Equal(t, []any{2.0, 3.0, "service/${aws_ecs_cluster.service_cluster.name}/${aws_ecs_service.service_big_ads.name}"},
		[]any{target["min_capacity"], target["max_capacity"], target["resource_id"]})
	assert.Equal(t, "${aws_ecr_repository.service_admin_registry_repository.repository_url}", s.Outputs["ecr_repository_uri_admin"]["value"])
}

// values are the names of a container's variables, or of its secrets.
func values(container attributes, of string) []string {
	var names []string
	for _, v := range container[of].([]any) {
		names = append(names, fmt.Sprint(v.(attributes)["name"]))
	}
	return names
}

// granted are the ids of the policies of a role.
func granted(s stack, role string) []string {
	var ids []string
	s.Visit("aws_iam_role_policy", func(name string, a attributes) {
		if a["role"] == "${aws_iam_role."+role+".name}" {
			ids = append(ids, strings.TrimPrefix(name, role+"_"))
		}
	})
	return ids
}

// TestServicesMay do what their fields say, and nothing of what the API may.
func TestServicesMay(t *testing.T) {
	s := serviceStack(t, served())
	assert.Equal(t, []string{"connect_cache", "execute_command", "permissions", "send_to_queue_mail", "use_bucket_uploads"}, granted(s, "service_admin_role"))
	assert.Equal(t, []string{"execute_command", "use_bucket_pictures"}, granted(s, "service_big_ads_role"))
	assert.Equal(t, []string{"pull_images", "read_credentials", "read_secrets", "write_logs"}, granted(s, "service_admin_execution_role"))
	assert.Equal(t, []string{"pull_images", "write_logs"}, granted(s, "service_big_ads_execution_role"))
	policies := s.Resources["aws_iam_role_policy"]
	assert.Contains(t, fmt.Sprint(policies["service_admin_role_permissions"]["policy"]), "textract:DetectDocumentText")
	assert.NotContains(t, fmt.Sprint(policies["service_admin_role_permissions"]["policy"]), "ses:SendEmail", "the API's")
	secrets := fmt.Sprint(policies["service_admin_execution_role_read_secrets"]["policy"])
	assert.Contains(t, secrets, options.Example().ParameterARN)
	assert.NotContains(t, secrets, options.Example().SecretARN, "the API's")
	assert.Contains(t, fmt.Sprint(policies["service_admin_execution_role_pull_images"]["policy"]), "[${aws_ecr_repository.service_admin_registry_repository.arn}]")

	containers := func(name string) attributes {
		return s.Resources["aws_ecs_task_definition"][name+"_task_definition"]["container_definitions"].([]any)[0].(attributes)
	}
	admin, reports := containers("service_admin"), containers("service_big_ads")
	assert.Equal(t, []string{
		"DB_HOST", "DB_READER_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_ROTATION", "CACHE_HOST", "CACHE_PORT", "CACHE_NAME", "CACHE_USER", "CACHE_REGION",
		"QUEUE_MAIL_URL", "BUCKET_UPLOADS",
	}, values(admin, "environment"))
	assert.Equal(t, []string{"SESSION", "DB_PASSWORD"}, values(admin, "secrets"))
	assert.Equal(t, []string{"THEME", "BUCKET_PICTURES"}, values(reports, "environment"))
	assert.Empty(t, reports["secrets"])
}

// TestServicesDecrypt with the keys of their secrets, which nothing else may use.
func TestServicesDecrypt(t *testing.T) {
	s, decrypts := serviceStack(t, rotating()), []string(nil)
	s.Visit("aws_iam_role_policy", func(name string, a attributes) {
		if strings.Contains(fmt.Sprint(a["policy"]), options.Example().KeyARN) {
			decrypts = append(decrypts, name)
		}
	})
	assert.Equal(t, []string{"service_admin_execution_role_read_secrets"}, decrypts)
}

// TestServicesConnect to the database and the cache where they use them; the load balancer alone
// connects to them.
func TestServicesConnect(t *testing.T) {
	s := serviceStack(t, served())
	var rules []string
	s.Visit("aws_vpc_security_group_ingress_rule", func(name string, _ attributes) {
		if strings.Contains(name, "service_") {
			rules = append(rules, name)
		}
	})
	assert.Equal(t, []string{
		"cache_sg_from_service_admin_sg_6379",
		"endpoints_sg_from_service_admin_sg_443", "endpoints_sg_from_service_big_ads_sg_443", "rds_sg_from_service_admin_sg_5432",
		"service_admin_sg_from_alb_sg_5000", "service_big_ads_sg_from_alb_sg_8080",
	}, rules)
	endpoints := s.Resources["aws_vpc_endpoint"]
	for _, called := range []string{"sqs", "ssm", "ssmmessages"} {
		assert.Contains(t, endpoints, "endpoints_"+called, "one of the services calls it")
	}
}

// TestServicesLogIn to the database in each of the three ways, and not without it.
func TestServicesLogIn(t *testing.T) {
	for _, test := range []struct {
		env              config.Config
		variables, login []string
		secrets, granted []string
	}{
		{served(), []string{"DB_USER"}, []string{"DB_PASSWORD"}, []string{"credentials_secret"}, nil},
		{rotating(), nil, []string{"DB_USER", "DB_PASSWORD"}, []string{"roles_app_secret"}, nil},
		{tokens(), []string{"DB_USER", "DB_REGION"}, nil, nil, []string{"connect_database"}},
	} {
		s := serviceStack(t, test.env)
		container := s.Resources["aws_ecs_task_definition"]["service_admin_task_definition"]["container_definitions"].([]any)[0].(attributes)
		for of, want := range map[string][]string{"environment": test.variables, "secrets": test.login} {
			got := slices.DeleteFunc(values(container, of), func(name string) bool { return !slices.Contains([]string{"DB_USER", "DB_PASSWORD", "DB_REGION"}, name) })
			assert.ElementsMatch(t, want, got, "%s: %s", test.env.Suffix, of)
		}
		assert.Equal(t, test.secrets, mayRead(s, "service_admin_execution_role"), test.env.Suffix)
		assert.Subset(t, granted(s, "service_admin_role"), test.granted, test.env.Suffix)
		assert.Empty(t, mayRead(s, "service_big_ads_execution_role"), test.env.Suffix)
		assert.NotContains(t, granted(s, "service_big_ads_role"), "connect_database")
	}
	assert.NotContains(t, granted(serviceStack(t, rotating()), "service_admin_role"), "connect_database")
}

// TestServicesRotate has a password counted as rotated when all have it that log in with it, and
// a pipeline's tasks start anew for it.
func TestServicesRotate(t *testing.T) {
	s := serviceStack(t, rotating())
	assert.Equal(t, []any{"aws_ecs_service.service", "aws_ecs_service.service_admin"}, s.Resources["aws_ssm_parameter"]["roles_rotated"]["depends_on"])
	services := s.Resources["aws_ecs_service"]
	assert.Equal(t, services["service"]["triggers"], services["service_admin"]["triggers"])
	assert.NotEmpty(t, services["service_admin"]["triggers"])
	assert.Nil(t, services["service_big_ads"]["triggers"])
}

// TestServicesWaitForTheMask where they would see the data otherwise.
func TestServicesWaitForTheMask(t *testing.T) {
	services := serviceStack(t, tokens()).Resources["aws_ecs_service"]
	assert.Contains(t, services["service_admin"]["depends_on"], "aws_lambda_invocation.mask_invocation")
	assert.NotContains(t, services["service_big_ads"]["depends_on"], "aws_lambda_invocation.mask_invocation")
}

// TestServicesOfPipeline tells the pipeline the command, which the placeholder does not have, and
// lets it push to each repository and move each service.
func TestServicesOfPipeline(t *testing.T) {
	s := serviceStack(t, rotating())
	container := s.Resources["aws_ecs_task_definition"]["service_admin_task_definition"]["container_definitions"].([]any)[0].(attributes)
	assert.Equal(t, attributes{"command": []any{"flask", "run"}}, container["dockerLabels"])
	assert.Equal(t, s.Container()["command"], container["command"], "the placeholder's")
	assert.Nil(t, s.Resources["aws_ecs_task_definition"]["service_big_ads_task_definition"]["container_definitions"].([]any)[0].(attributes)["dockerLabels"])
	assert.Contains(t, fmt.Sprint(s.Resources["aws_ecs_service"]["service_admin"]["lifecycle"]), "task_definition")
	policies := s.Resources["aws_iam_role_policy"]
	pushes, deploys := fmt.Sprint(policies["deploy_role_push_images"]["policy"]), fmt.Sprint(policies["deploy_role_deploy_service"]["policy"])
	for _, x := range []string{"admin", "big_ads"} {
		assert.Contains(t, pushes, "${aws_ecr_repository.service_"+x+"_registry_repository.arn}")
		for _, named := range []string{
			"${aws_ecs_service.service_" + x + ".id}", "${aws_iam_role.service_" + x + "_role.arn}", "${aws_iam_role.service_" + x + "_execution_role.arn}",
			"task-definition/flask-api-service-" + strings.ReplaceAll(x, "_", "-") + "-rotating:*",
		} {
			assert.Contains(t, deploys, named)
		}
	}
}

// TestServiceAlarms are about the target group of each service; the API's count its own alone
// where there are others.
func TestServiceAlarms(t *testing.T) {
	s := serviceStack(t, served())
	alarms := s.Resources["aws_cloudwatch_metric_alarm"]
	group := func(of string) attributes {
		return attributes{"LoadBalancer": "${aws_lb.load_balancer_alb.arn_suffix}", "TargetGroup": "${aws_lb_target_group." + of + ".arn_suffix}"}
	}
	for prefix, of := range map[string]string{"": "load_balancer_target_group", "service_big_ads_": "load_balancer_service_big_ads_target_group"} {
		for _, id := range []string{"target_5xx", "unhealthy_hosts", "latency_p95"} {
			assert.Equal(t, group(of), alarms["alarms_"+prefix+id]["dimensions"], prefix+id)
		}
	}
	assert.Equal(t, "HTTPCode_Target_5XX_Count", alarms["alarms_service_admin_target_5xx"]["metric_name"])
	assert.Contains(t, alarms["alarms_service_admin_target_5xx"]["alarm_description"], "The service admin answered more than 10 requests")
	assert.Contains(t, alarms["alarms_service_big_ads_unhealthy_hosts"]["alarm_description"], "health check /ready")
	assert.Contains(t, alarms["alarms_service_big_ads_cpu"]["alarm_description"], "the MaxTasks of the service big-ads")
	assert.InDelta(t, 2, alarms["alarms_service_big_ads_running_tasks"]["threshold"], 0)
	assert.Equal(t, "${aws_ecs_service.service_admin.name}", alarms["alarms_service_admin_memory"]["dimensions"].(attributes)["ServiceName"])
	assert.NotContains(t, alarms["alarms_alb_5xx"]["dimensions"], "TargetGroup", "it does not say whose")
	assert.Equal(t, []string{"cpu", "latency_p95", "memory", "running_tasks", "target_5xx", "unhealthy_hosts"}, func() (ids []string) {
		s.Visit("aws_cloudwatch_metric_alarm", func(name string, _ attributes) {
			if id, ok := strings.CutPrefix(name, "alarms_service_admin_"); ok {
				ids = append(ids, id)
			}
		})
		return ids
	}())
}

// TestServiceGaps tells of each service that still runs the placeholder where its tag is named.
func TestServiceGaps(t *testing.T) {
	s := serviceStack(t, served())
	refused := s.One("aws_lb")["lifecycle"].(attributes)["precondition"].([]any)[0].(attributes)
	for _, part := range []string{
		`name its tag there or in IMAGE_TAG; or`, `Services[0].ImageTag: the environment exists`, `name its tag there or in IMAGE_TAG_ADMIN; or`,
		`terraform_data.service_admin_registry_image_tag.input == \"placeholder\"`,
	} {
		assert.Contains(t, strings.ReplaceAll(fmt.Sprint(refused["error_message"]), `"placeholder"`, `\"placeholder\"`), part)
	}
	assert.NotContains(t, fmt.Sprint(refused), "IMAGE_TAG_BIG_ADS", "its tag is named")
	assert.Contains(t, refused["condition"], "data.aws_ecr_repositories.service_admin_registry_repositories.names")
}

// TestServiceRemoved takes the one service away and leaves all addresses of the other one.
func TestServiceRemoved(t *testing.T) {
	both, one := serviceStack(t, served()).Addresses(), serviceStack(t, unserved()).Addresses()
	for _, address := range both {
		if !slices.Contains(one, address) && !strings.Contains(address, "aws_vpc_endpoint.endpoints_ssm") {
			assert.Contains(t, address, "service_admin")
		}
	}
	assert.Subset(t, both, one)
	assert.Less(t, len(one), len(both)-20)
}

// deployed are the ARNs of what a policy names, as AWS has them in the region.
func deployed(s stack, policy string) string {
	of := func(service, resource string) string {
		return "arn:aws:" + service + ":" + s.Config.Region + ":123456789012:" + resource
	}
	return arnToken.ReplaceAllStringFunc(policy, func(token string) string {
		found := arnToken.FindStringSubmatch(token)
		name := fmt.Sprint(s.Resources[found[1]][found[2]]["name"])
		switch found[1] {
		case "aws_ecr_repository":
			return of("ecr", "repository/"+name)
		case "aws_ecs_service":
			return of("ecs", "service/"+s.Config.PhysicalName("cluster")+"/"+name)
		case "aws_iam_role":
			return "arn:aws:iam::123456789012:role" + s.Config.Deployment.RolePath + name
		case "aws_ecs_cluster":
			return of("ecs", "cluster/"+name)
		case "aws_lambda_function":
			return of("lambda", "function:"+s.Config.PhysicalName("release"))
		case "data.aws_partition":
			return "aws"
		case "data.aws_caller_identity":
			return "123456789012"
		}
		return token
	})
}

var arnToken = regexp.MustCompile(`\$\{((?:data\.)?[a-z_]+)\.([a-z0-9_]+)\.[a-z_]+\}`)

// TestDeployRoleOfMany has room for as many services and workers as the configuration accepts,
// and not for many more.
func TestDeployRoleOfMany(t *testing.T) {
	c := config.Defaults("many")
	c.Name, c.Suffix, c.Region, c.Scaling.MaxTasks = "a-platform", "longest-suffix", "ap-southeast-5", 4
	c.Service.ReleaseCommand, c.Deployment.RolePath = []string{"flask", "db", "upgrade"}, "/service/"
	c.Deployment.Images, c.Deployment.GitHubRepository = config.ImagesExternal, "example/api"
	for i := range 9 {
		w := config.DefaultWebService(strconv.Itoa(i))
		w.Paths, w.Priority = []string{fmt.Sprintf("/%d/*", i)}, i+1
		c.Services = append(c.Services, w)
	}
	for i := range 30 {
		w := config.DefaultWorker(strconv.Itoa(i), "", "celery")
		w.MinTasks, w.BacklogPerTask = 1, 0
		c.Workers = append(c.Workers, w)
		if err := c.Validate(); err != nil {
			require.ErrorContains(t, err, "gets a role whose policies have")
			c.Workers = c.Workers[:i]
			break
		}
	}
	s, n := stacktest.Decode(t, c, synthesise(c)[c.Suffix]), 0
	for _, id := range granted(s, "deploy_role") {
		text, err := json.Marshal(s.Resources["aws_iam_role_policy"]["deploy_role_"+id]["policy"])
		require.NoError(t, err)
		n += len(deployed(s, string(text)))
		require.NotContains(t, deployed(s, string(text)), "${")
	}
	assert.LessOrEqual(t, n, maxRolePolicies, "%d workers", len(c.Workers))
	assert.Greater(t, n, maxRolePolicies-900, "%d workers", len(c.Workers))
}
