package summary

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/test/stacktest"
)

// nothing is a process environment without variables.
func nothing(string) string { return "" }

// reviewed is what was last reviewed of the environment, or a change of it.
func reviewed(t *testing.T, env config.Config, change func(resources map[string]map[string]synthesis.Attributes)) Stack {
	t.Helper()
	text := stacktest.Golden(t, env.Suffix)
	var document map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &document))
	resources := map[string]map[string]synthesis.Attributes{}
	require.NoError(t, json.Unmarshal(document["resource"], &resources))
	if change != nil {
		change(resources)
	}
	var err error
	document["resource"], err = json.Marshal(resources)
	require.NoError(t, err)
	text, err = json.Marshal(document)
	require.NoError(t, err)
	stack, err := Parse(env.StackName(), text)
	require.NoError(t, err)
	return stack
}

// screen is what is shown of the stacks.
func screen(t *testing.T, getenv func(string) string, stacks ...Stack) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, Write(&out, stacks, nil, getenv))
	return out.String()
}

// theTable is the table of prices as it is.
func theTable(t *testing.T) []price {
	t.Helper()
	prices, err := parsePrices(pricesCSV)
	require.NoError(t, err)
	return prices
}

// TestPricesHaveDatesAndSources wants a price that somebody can check in each row of
// the table, once.
func TestPricesHaveDatesAndSources(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range theTable(t) {
		key := p.part + " in " + p.region
		assert.False(t, seen[key], "%s is there twice", key)
		seen[key] = true
		assert.NotEmpty(t, p.part)
		assert.Regexp(t, `^(any|[a-z]+(-[a-z]+)+-\d)$`, p.region, key)
		assert.Positive(t, p.usd, key)
		assert.Contains(t, []string{"hour", "month"}, p.unit, key)
		assert.GreaterOrEqual(t, p.date.Year(), 2025, "%s is too old to be of use", key)
		assert.Regexp(t, `^https://[^/ ]+/\S+$`, p.source, key)
	}
	assert.NotEmpty(t, seen)
}

// TestPricesAreParsedStrictly gives the table rows that lack something.
func TestPricesAreParsedStrictly(t *testing.T) {
	for _, row := range []string{
		"secret,us-east-1,0.4,month,2026-07-22",                // No source.
		"secret,us-east-1,0.4,month,July 2026,https://a.org/b", // No date.
		"secret,us-east-1,,month,2026-07-22,https://a.org/b",   // No price.
	} {
		_, err := parsePrices("part,region,usd,unit,date,source\n" + row)
		assert.Error(t, err, row)
	}
}

// TestResting wants what is stopped or paused at times to be in the sum, and a line with
// what is billed meanwhile.
func TestResting(t *testing.T) {
	stack := reviewed(t, stacktest.Default(), func(resources map[string]map[string]synthesis.Attributes) {
		resources["aws_rds_cluster"]["database_cluster"]["serverlessv2_scaling_configuration"] = synthesis.Attributes{"min_capacity": 0, "max_capacity": 2}
		for _, instance := range resources["aws_rds_cluster_instance"] {
			instance["instance_class"] = "db.serverless"
		}
		resources["aws_appautoscaling_scheduled_action"] = map[string]synthesis.Attributes{
			"night": {"scalable_target_action": synthesis.Attributes{"min_capacity": 0, "max_capacity": 0}},
		}
	})
	prices := []string{"part,region,usd,unit,date,source"}
	for _, part := range []string{"nat-gateway", "public-ipv4", "load-balancer", "fargate-x86_64-vcpu", "fargate-x86_64-gb", "aurora-acu", "secret"} {
		prices = append(prices, part+","+comparedRegion+",1,month,2026-01-02,https://a.org/b")
	}
	table, err := parsePrices(strings.Join(prices, "\n"))
	require.NoError(t, err)
	var screen strings.Builder
	stack.write(&screen, table, nothing)
	// 2 NAT gateways, 4 addresses, a load balancer and a secret; 2 tasks of 1 vCPU and 2 GiB,
	// and 2 times half an ACU.
	assert.Regexp(t, `for comparison: the same in us-east-1 +15\.00\n`, screen.String())
	assert.Regexp(t, `stopped and paused in us-east-1 +8\.00\n`, screen.String())
}

// TestCosts adds up what is known, and says so where something is not.
func TestCosts(t *testing.T) {
	prices, err := parsePrices("part,region,usd,unit,date,source\n" +
		"nat,here,0.1,hour,2026-01-02,s\nkey,here,1,month,2025-03-04,s\nip,any,0.01,hour,2026-05-06,s")
	require.NoError(t, err)
	nat, key, ip, cache := item{part: "nat", name: "NAT", count: 2}, item{part: "key", name: "key", count: 3}, item{part: "ip", name: "IP", count: 1}, item{part: "cache", name: "cache", count: 1}
	balancer, class := item{part: "load-balancer", name: "load balancer", count: 1}, item{part: "db.t3.medium", name: "db.t3.medium", count: 1}

	assert.Equal(t, "149.00", costOf([]item{nat, key}, "here", prices).String(), "an hour counts 730 times a month")
	assert.Equal(t, "7.30", costOf([]item{ip}, "there", prices).String(), "a price of all regions holds in each")
	partial := costOf([]item{nat, cache}, "here", prices)
	assert.Equal(t, "at least 146.00", partial.String())
	assert.Equal(t, []string{"cache"}, partial.unknown)
	assert.Equal(t, "unknown", costOf([]item{nat, key}, "there", prices).String(), "no region lends another its prices")
	assert.Equal(t, "unknown", costOf([]item{nat, balancer}, "here", prices).String(), "what lacks most of it is no sum")
	assert.Equal(t, "unknown", costOf([]item{nat, class}, "here", prices).String())
	assert.Empty(t, costOf(nil, "here", prices).String())
	own, err := parsePrices("part,region,usd,unit,date,source\nip,any,0.01,hour,2026-05-06,s\nip,here,0.02,hour,2026-05-06,s")
	require.NoError(t, err)
	assert.Equal(t, "14.60", costOf([]item{ip}, "here", own).String(), "a region's own price comes first")
	assert.Equal(t, "2025-03-04", costOf([]item{nat, key, ip}, "here", prices).oldest.Format("2006-01-02"))
}

// TestUnknownRegion has nothing but the prices of all regions, and says so.
func TestUnknownRegion(t *testing.T) {
	stack := reviewed(t, stacktest.Default(), nil)
	stack.Region = "eu-south-2"
	text := screen(t, nothing, stack)
	assert.Regexp(t, `service .* unknown\n`, text)
	assert.Regexp(t, `database .* unknown\n`, text)
	assert.Regexp(t, `sum +without NAT gateway, db.t3.medium,\s+unknown\n\s+load balancer, secret, tasks\n`, text)
	assert.Regexp(t, `for comparison: the same in us-east-1 +288.93\n`, text)
	assert.Contains(t, text, "make prices REGIONS='eu-south-2' adds others to internal/summary/prices.csv.\n")
}

// TestKnownRegion needs no comparison, and leaves nothing out.
func TestKnownRegion(t *testing.T) {
	stack := reviewed(t, stacktest.Default(), nil)
	stack.Region = comparedRegion
	text := screen(t, nothing, stack)
	assert.Regexp(t, `\n  sum +288.93\n  protected`, text)
	assert.NotContains(t, text, "unknown")
	assert.NotContains(t, text, "at least")
	assert.NotContains(t, text, "make prices", "there is nothing to fill in")

	stack.Data = nil
	assert.NotContains(t, screen(t, nothing, stack), "after 2", "nobody knows which version it is")
	stack.Region = "eu-south-1"
	stack.Resources = map[string]map[string]synthesis.Attributes{"aws_kms_key": {"encryption_key": {}}}
	assert.NotContains(t, screen(t, nothing, stack), "for comparison", "there is nothing to make up for")
}

// TestProtected counts and charges what only a protected environment has.
func TestProtected(t *testing.T) {
	stack := reviewed(t, stacktest.Guarded(), nil)
	text := screen(t, nothing, stack)
	for _, pattern := range []string{
		`guarded: \d+ resources in eu-south-1, 3 zones `,
		`network +\d+  3 NAT gateways, one per zone, +246.92\n +5 interface endpoints, flow logs\n`, // 3 × 36.50, 3 × 3.65, 15 × 8.4315.
		`load balancer +\d+  plain HTTP, open to the internet, +unknown\n +access logs, WAF with 5 rules\n`,
		`encryption +\d+  a key of your own +1.00\n`,
		`services +36  admin: 1 to 4 tasks of 0.5 vCPU, 1 GiB, +43.22\n +shop-ads: 1 to 4 tasks of 0.5 vCPU, 1 GiB\n`, // Two tasks of half the size of one of the API's.
		`service +47  2 to 10 tasks of 1 vCPU, 2 GiB, X86_64, +86.43\n`,
		`monitoring +\d+  44 alarms, nobody is told, 1 dashboard +at least 4.70\n`, // Three for each of three nodes of the cache.
		`database +\d+  2 × db.r6g.large, up to 3 readers, +unknown\n +14 days of backups, upgrade by 2028-02-29\n`,
		`cache +\d+  3 × cache.m7g.large, failover +unknown\n`,
		`protected +cache, ecr repository, eip, kms key, lb,\s+rds cluster, s3 bucket, secret, sqs queue\n`,
		`state +terraform.flask-api-guarded.tfstate in this folder\n`,
	} {
		assert.Regexp(t, pattern, text)
	}
}

// TestUnknownClass gives the database a class without a price on record.
func TestUnknownClass(t *testing.T) {
	stack := reviewed(t, stacktest.Default(), func(resources map[string]map[string]synthesis.Attributes) {
		for _, instance := range resources["aws_rds_cluster_instance"] {
			instance["instance_class"] = "db.x2g.16xlarge"
		}
	})
	stack.Region = comparedRegion
	text := screen(t, nothing, stack)
	assert.Regexp(t, `2 × db.x2g.16xlarge, 7 days of backups, +unknown\n`, text)
	assert.Regexp(t, `sum +without db.x2g.16xlarge +unknown\n`, text)
	assert.Contains(t, text, "make prices REGIONS='us-east-1' adds others")
	assert.NotContains(t, text, "for comparison", "with itself")
}

// TestEveryResourceIsInAPart counts each resource once, and knows where it belongs.
func TestEveryResourceIsInAPart(t *testing.T) {
	for _, env := range stacktest.All() {
		stack := reviewed(t, env, nil)
		want, got := 0, 0
		for _, resources := range stack.Resources {
			want += len(resources)
		}
		for _, p := range stack.parts() {
			assert.NotEqual(t, "other", p.name, "%s has resources of no part", env.Suffix)
			got += p.count
		}
		assert.Equal(t, want, got)
	}
	stack := reviewed(t, stacktest.Default(), func(resources map[string]map[string]synthesis.Attributes) {
		resources["aws_mq_broker"] = map[string]synthesis.Attributes{"broker": {}}
	})
	assert.Equal(t, part{name: "other", count: 1}, stack.parts()[4])
}

// TestNextCommands repeats what the run was told, and names the environment as make
// wants it named.
func TestNextCommands(t *testing.T) {
	tagged := func(name string) string { return map[string]string{"IMAGE_TAG": "v1"}[name] }
	text := screen(t, tagged, reviewed(t, config.Environments()[0], nil))
	next := " IMAGE_TAG=v1 ENVIRONMENT=" + config.Environments()[0].Suffix + "\n"
	assert.Contains(t, text, " make plan deploy"+next)
	assert.Contains(t, screen(t, nothing, reviewed(t, stacktest.Guarded(), nil)), " make plan deploy ENVIRONMENT=guarded NEW=1\n")
	service := func(name string) string {
		return map[string]string{"IMAGE_TAG": "v1", "IMAGE_TAG_ADMIN": "v7"}[name]
	}
	assert.Contains(t, screen(t, service, reviewed(t, stacktest.Guarded(), nil)), " make plan deploy IMAGE_TAG=v1 IMAGE_TAG_ADMIN=v7 ENVIRONMENT=guarded NEW=1\n")
	like := func(name string) string {
		return map[string]string{"ENVIRONMENT_SUFFIX": "guarded", "ENVIRONMENT_LIKE": "dev"}[name]
	}
	assert.Contains(t, screen(t, like, reviewed(t, stacktest.Guarded(), nil)), " make plan deploy ENVIRONMENT=guarded LIKE=dev\n")
}

// TestOneScreen wants two environments, one of them with everything, on a terminal of 80 columns
// and 45 lines.
func TestOneScreen(t *testing.T) {
	lines := strings.Split(screen(t, nothing, reviewed(t, stacktest.Default(), nil), reviewed(t, stacktest.Guarded(), nil)), "\n")
	assert.LessOrEqual(t, len(lines), 45)
	for _, line := range lines {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 79, line)
		assert.Equal(t, strings.TrimRight(line, " "), line)
	}
}

// TestLoadFollowsTheManifest leaves the folders of former runs alone.
func TestLoadFollowsTheManifest(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	stack := `{"provider":{"aws":[{"region":"eu-south-1"}]}}`
	write("stacks/flask-api-dev/cdk.tf.json", stack)
	write("stacks/flask-api-stale/cdk.tf.json", stack)
	write("manifest.json", `{"stacks":{"flask-api-dev":{"synthesizedStackPath":"stacks/flask-api-dev/cdk.tf.json"}}}`)
	stacks, err := synthesis.Load(dir)
	require.NoError(t, err)
	require.Len(t, stacks, 1)
	assert.Equal(t, "flask-api-dev", stacks[0].Name)
	assert.Equal(t, "eu-south-1", stacks[0].Region)

	var out strings.Builder
	require.NoError(t, Print(&out, true, dir, nothing))
	assert.Contains(t, out.String(), "flask-api-dev: 0 resources in eu-south-1")
	out.Reset()
	require.NoError(t, Print(&out, false, dir, nothing))
	assert.Equal(t, filepath.Join(dir, "stacks/flask-api-dev/cdk.tf.json")+"\n", out.String(), "a pipe gets the names of the files")
	out.Reset()
	require.NoError(t, Print(&out, true, dir, func(name string) string { return map[string]string{switchVariable: "off"}[name] }))
	assert.Empty(t, out.String(), "off is off")

	write("stacks/flask-api-dev/cdk.tf.json", "{")
	require.ErrorContains(t, Print(&out, true, dir, nothing), "no summary: flask-api-dev: ")
	require.ErrorContains(t, Print(&out, true, t.TempDir(), nothing), "run make synth")
	write("manifest.json", "[]")
	require.ErrorContains(t, Print(&out, true, dir, nothing), "manifest.json")
	assert.Empty(t, out.String())
}

// TestStates names where each backend keeps the state.
func TestStates(t *testing.T) {
	for text, want := range map[string]string{
		`{"backend":{"local":{"path":"../../../terraform.flask-api-dev.tfstate"}}}`: "terraform.flask-api-dev.tfstate in this folder",
		`{"backend":{"s3":{"bucket":"states","key":"flask-api-dev.tfstate"}}}`:      "s3://states/flask-api-dev.tfstate",
		`{"cloud":{"organization":"example"}}`:                                      "example at app.terraform.io",
		`{"cloud":{"organization":"example","hostname":"terraform.example.com"}}`:   "example at terraform.example.com",
	} {
		stack, err := Parse("flask-api-dev", []byte(`{"terraform":`+text+`}`))
		require.NoError(t, err)
		assert.Equal(t, want, stack.state())
	}
}

// TestChoices shows what an environment chose, and charges for it.
func TestChoices(t *testing.T) {
	stack := reviewed(t, stacktest.Default(), func(resources map[string]map[string]synthesis.Attributes) {
		maps.DeleteFunc(resources["aws_nat_gateway"], func(name string, _ synthesis.Attributes) bool { return name != "networking_nat_1" })
		resources["aws_lb_listener"]["load_balancer_http_listener"]["protocol"] = "HTTPS"
		resources["aws_acm_certificate"] = map[string]synthesis.Attributes{"domain_certificate": {"domain_name": "api.example.com"}}
		maps.DeleteFunc(resources["aws_vpc_security_group_ingress_rule"], func(name string, _ synthesis.Attributes) bool {
			return strings.HasPrefix(name, "alb_sg")
		})
		resources["aws_vpc_security_group_ingress_rule"]["alb_sg_from_office_80"] = synthesis.Attributes{"cidr_ipv4": "203.0.113.0/24"}
		resources["aws_vpc_security_group_ingress_rule"]["alb_sg_from_office_443"] = synthesis.Attributes{"cidr_ipv4": "203.0.113.0/24"}
		task := resources["aws_ecs_task_definition"]["service_task_definition"]
		task["runtime_platform"] = synthesis.Attributes{"cpu_architecture": "ARM64"}
		resources["terraform_data"]["registry_image_tag"]["input"] = "v1"
		task["container_definitions"] = `[{"image":"${aws_ecr_repository.registry_repository.repository_url}:${terraform_data.registry_image_tag.input}"}]`
		resources["aws_ecs_service"]["service"]["capacity_provider_strategy"] = []any{
			synthesis.Attributes{"capacity_provider": "FARGATE", "base": 1, "weight": 30},
			synthesis.Attributes{"capacity_provider": "FARGATE_SPOT", "weight": 70},
		}
		for _, instance := range resources["aws_rds_cluster_instance"] {
			instance["instance_class"] = "db.serverless"
		}
		resources["aws_rds_cluster"]["database_cluster"]["engine_lifecycle_support"] = "open-source-rds-extended-support"
		resources["aws_rds_cluster"]["database_cluster"]["serverlessv2_scaling_configuration"] = synthesis.Attributes{"min_capacity": 0.5, "max_capacity": 4}
	})
	details := map[string][]string{}
	costs := map[string]cost{}
	for _, p := range stack.parts() {
		details[p.name] = p.details
		costs[p.name] = costOf(p.items, comparedRegion, theTable(t))
	}
	assert.Equal(t, []string{"1 NAT gateway for all zones"}, details["network"])
	assert.Equal(t, []string{"HTTPS as api.example.com", "open to 1 IPv4 range"}, details["load balancer"])
	assert.Equal(t, []string{"2 to 10 tasks of 1 vCPU, 2 GiB", "ARM64", "spare capacity above 1", "image v1"}, details["service"])
	assert.Equal(t, []string{"tasks", "tasks", "tasks on spare capacity"}, costs["service"].unknown, "the price of ARM64 is not that of X86_64")
	assert.Equal(t, []string{"2 × db.serverless", "0.5 to 4 ACU each", "7 days of backups", "Extended Support after 2028-02-29"}, details["database"])
	assert.Equal(t, "88.00", costs["database"].String(), "2 × 0.5 ACU and a secret")

	stack = reviewed(t, stacktest.Default(), func(resources map[string]map[string]synthesis.Attributes) {
		delete(resources, "aws_nat_gateway")
		resources["aws_ecs_service"]["service"]["lifecycle"] = synthesis.Attributes{"ignore_changes": []string{"desired_count", "task_definition"}}
		resources["aws_cloudwatch_metric_alarm"] = map[string]synthesis.Attributes{"alarms_sum": {"metric_query": []any{
			synthesis.Attributes{"expression": "a+b+c"}, synthesis.Attributes{"metric": 1}, synthesis.Attributes{"metric": 2}, synthesis.Attributes{"metric": 3},
		}}}
		resources["aws_sns_topic_subscription"] = map[string]synthesis.Attributes{"alarms_email_1": {}, "alarms_email_2": {}}
	})
	for _, p := range stack.parts() {
		details[p.name] = p.details
		costs[p.name] = costOf(p.items, "eu-south-1", theTable(t))
	}
	assert.Equal(t, []string{"no NAT gateway"}, details["network"])
	assert.Contains(t, details["service"], "images from a pipeline")
	assert.Equal(t, []string{"1 alarm", "mail to 2 addresses"}, details["monitoring"])
	assert.Equal(t, "0.30", costs["monitoring"].String(), "an alarm is charged for each of its metrics")
}

// TestWorkers tells of each, and of each service, its range and its size, and charges what always runs.
func TestWorkers(t *testing.T) {
	stack := reviewed(t, stacktest.Default(), func(resources map[string]map[string]synthesis.Attributes) {
		for name, least := range map[string]int{"worker_mailer": 0, "worker_beat": 2} {
			resources["aws_ecs_service"][name] = synthesis.Attributes{}
			resources["aws_ecs_task_definition"][name+"_task_definition"] = synthesis.Attributes{"cpu": "512", "memory": "1024"}
			resources["aws_appautoscaling_target"][name+"_autoscaling_target"] = synthesis.Attributes{"service_namespace": "ecs", "min_capacity": least, "max_capacity": 4}
		}
		resources["aws_ecs_service"]["service_ops"] = synthesis.Attributes{"capacity_provider_strategy": []any{
			synthesis.Attributes{"capacity_provider": "FARGATE", "base": 1, "weight": 30}, synthesis.Attributes{"capacity_provider": "FARGATE_SPOT", "weight": 70},
		}}
		resources["aws_ecs_task_definition"]["service_ops_task_definition"] = synthesis.Attributes{"cpu": "1024", "memory": "2048"}
		resources["aws_appautoscaling_target"]["service_ops_autoscaling_target"] = synthesis.Attributes{"min_capacity": 2, "max_capacity": 3}
		resources["aws_ecs_service"]["worker_beat"]["capacity_provider_strategy"] = []any{
			synthesis.Attributes{"capacity_provider": "FARGATE", "weight": 50}, synthesis.Attributes{"capacity_provider": "FARGATE_SPOT", "weight": 50},
		}
	})
	assert.InDelta(t, 10+4*0.5*0.5+4*0.5+3*1, stack.vcpus("max_capacity"), 0.001, "spare capacity has a quota of its own")
	env := stacktest.Default()
	env.Services = []config.WebService{{MaxTasks: 3, CPUUnits: 1024}}
	env.Workers = []config.Worker{{MaxTasks: 4, CPUUnits: 512, SpotPercent: 50}, {MaxTasks: 4, CPUUnits: 512}}
	assert.InDelta(t, stack.vcpus("max_capacity"), vcpusOf(env), 0.001)
	for _, p := range stack.parts() {
		switch p.name {
		case "service":
			assert.Equal(t, "2 to 10 tasks of 1 vCPU, 2 GiB", p.details[0])
			assert.Len(t, p.details, 3, "the workers are a part of their own")
		case "services":
			assert.Equal(t, []string{"ops: 2 to 3 tasks of 1 vCPU, 2 GiB"}, p.details)
			assert.Equal(t, []item{{part: "fargate-x86_64-vcpu", name: "tasks", count: 1}, {part: "fargate-x86_64-gb", name: "tasks", count: 2}, {part: "fargate-spot", name: "tasks on spare capacity", count: 1}}, p.items)
		case "workers":
			assert.Equal(t, []string{"beat: 2 to 4 tasks of 0.5 vCPU, 1 GiB", "mailer: 0 to 4 tasks of 0.5 vCPU, 1 GiB"}, p.details)
			assert.Equal(t, []item{{part: "fargate-x86_64-vcpu", name: "tasks", count: 0.5}, {part: "fargate-x86_64-gb", name: "tasks", count: 1}, {part: "fargate-spot", name: "tasks on spare capacity", count: 1}}, p.items)
			assert.Equal(t, 6, p.count)
		}
	}
}
