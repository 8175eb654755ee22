package summary

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"flask-api/config"
	"flask-api/internal/synthesis"
)

// part is what the screen shows in one row: resources that belong together, what is
// notable about them, and what of them costs money all the time.
type part struct {
	name    string
	count   int
	details []string
	items   []item
}

// partNames are the parts, in the order of the screen, and how the addresses of their
// resources begin: with the construct that they belong to.
var partNames = []struct{ name, prefixes string }{
	{"network", "networking endpoints flow_logs"},
	{"load balancer", "load_balancer alb domain access_logs web_acl waf_logs"},
	{"service", "service ecs release autoscaling registry execution_role task_role execute_command deploy_role queue bucket"},
	{"services", ""}, // Their addresses begin like the API's own: see [Stack.partOf].
	{"workers", "worker"},
	{"jobs", "job"},
	// The memories of whose key it is, and of where it is, keep the database from being lost.
	{"database", "database rds reader_autoscaling credentials roles mask encryption_memory identity"},
	{"cache", "cache"},
	{"encryption", "encryption"},
	{"monitoring", "alarms dashboard"},
	{"other", ""}, // What belongs to no part above, so that the counts add up.
}

// parts are those that the stack has.
func (s Stack) parts() []part {
	counts := make([]int, len(partNames))
	for _, resources := range s.Resources {
		for address := range resources {
			counts[s.partOf(address)]++
		}
	}
	var parts []part
	for i, p := range []part{s.network(), s.loadBalancer(), s.service(), s.services(), s.workers(), s.jobs(), s.database(), s.cache(), s.encryption(), s.monitoring(), {}} {
		if p.name, p.count = partNames[i].name, counts[i]; p.count > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// partOf is the place of the part to which the resource belongs: to that of the services
// beside the API, if its name begins with one of theirs.
func (s Stack) partOf(address string) int {
	own := strings.TrimPrefix(address, "load_balancer_")
	ofService := slices.ContainsFunc(s.beside("service_"), func(name string) bool { return strings.HasPrefix(own+"_", name+"_") })
	return slices.IndexFunc(partNames, func(known struct{ name, prefixes string }) bool {
		if known.name == "services" || ofService {
			return known.name == "services" && ofService
		}
		begins := func(prefix string) bool { return strings.HasPrefix(address, prefix) }
		return known.prefixes == "" || slices.ContainsFunc(strings.Fields(known.prefixes), begins)
	})
}

// beside are the names of the ECS services beside the API that begin so.
func (s Stack) beside(prefix string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.Resources["aws_ecs_service"])), func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

func (s Stack) network() part {
	var p part
	gateways, spread := s.Count("aws_nat_gateway"), ", one per zone"
	if gateways < s.zones() {
		spread = " for all zones"
	}
	p.tell(gateways > 0, some(gateways, "NAT gateway")+spread)
	p.tell(gateways == 0, "no NAT gateway")
	p.add("nat-gateway", "NAT gateway", gateways)
	p.add("public-ipv4", "IPv4 addresses", s.Count("aws_eip"))
	interfaces, addresses := 0, 0
	for _, endpoint := range s.Each("aws_vpc_endpoint") {
		if synthesis.Text(endpoint, "vpc_endpoint_type") == "Interface" {
			interfaces++
			addresses += synthesis.Length(endpoint, "subnet_ids")
		}
	}
	p.add("interface-endpoint", "interface endpoints", addresses)
	p.tell(interfaces > 0, some(interfaces, "interface endpoint"))
	p.tell(s.Count("aws_flow_log") > 0, "flow logs")
	return p
}

func (s Stack) loadBalancer() part {
	var p part
	protocol := "plain HTTP"
	for _, listener := range s.Each("aws_lb_listener") {
		if synthesis.Text(listener, "protocol") == "HTTPS" {
			protocol = "HTTPS"
		}
	}
	if domain := synthesis.Text(s.First("aws_acm_certificate"), "domain_name"); domain != "" {
		protocol += " as " + domain
		if others := synthesis.Length(s.First("aws_acm_certificate"), "subject_alternative_names"); others > 0 {
			protocol += fmt.Sprintf(" and %d more", others)
		}
	}
	p.tell(true, protocol)
	ranges := map[string]bool{}
	for _, rule := range s.Each("aws_vpc_security_group_ingress_rule") {
		if cidr := synthesis.Text(rule, "cidr_ipv4"); cidr != "" {
			ranges[cidr] = true
		}
	}
	internal := s.First("aws_lb")["internal"] == true
	p.tell(internal, "internal")
	p.tell(ranges["0.0.0.0/0"] && !internal, "open to the internet")
	p.tell(!ranges["0.0.0.0/0"], "open to "+some(len(ranges), "IPv4 range"))
	for _, balancer := range s.Each("aws_lb") {
		p.add("load-balancer", "load balancer", 1)
		if balancer["internal"] != true {
			p.add("public-ipv4", "IPv4 addresses", synthesis.Length(balancer, "subnets"))
		}
		p.tell(synthesis.Inner(balancer, "access_logs")["enabled"] == true, "access logs")
	}
	for _, acl := range s.Each("aws_wafv2_web_acl") {
		rules := synthesis.Length(acl, "rule")
		p.tell(true, "WAF with "+some(rules, "rule"))
		p.add("web-acl", "WAF", 1)
		p.add("web-acl-rule", "rules of the WAF", rules)
	}
	return p
}

func (s Stack) service() part {
	var p part
	task := s.Resources["aws_ecs_task_definition"]["service_task_definition"]
	if target := s.Resources["aws_appautoscaling_target"]["autoscaling_target"]; target != nil {
		least := synthesis.Number(target, "min_capacity")
		onDemand := math.Min(least, onDemandBase(s.Resources["aws_ecs_service"]["service"]))
		p.tasks(task, target, "", onDemand, least-onDemand)
		p.tell(s.stops(), "stopped at times")
		for i := range p.items {
			p.items[i].rests = s.stops()
		}
	}
	p.tell(true, architectureOf(task))
	base := onDemandBase(s.Resources["aws_ecs_service"]["service"])
	p.tell(base < math.Inf(1), "spare capacity above "+decimal(base))
	p.tell(true, s.image(task))
	// These cost by what is sent and stored, and nothing while they rest.
	buckets := 0
	for name := range s.Resources["aws_s3_bucket"] {
		if strings.HasPrefix(name, "bucket_") {
			buckets++
		}
	}
	queues := s.Count("aws_sqs_queue_redrive_allow_policy")
	p.tell(queues > 0, some(queues, "queue"))
	p.tell(buckets > 0, some(buckets, "bucket"))
	return p
}

// tasks tells of tasks of the definition, in a range, and charges the fewest, of which some
// run on demand and some on spare capacity.
func (p *part) tasks(task, target synthesis.Attributes, of string, onDemand, spare float64) {
	vcpu, gib := synthesis.Number(task, "cpu")/1024, synthesis.Number(task, "memory")/1024
	fargate := "fargate-" + strings.ToLower(architectureOf(task))
	p.tell(true, fmt.Sprintf("%s%s to %s tasks of %s vCPU, %s GiB", of, decimal(synthesis.Number(target, "min_capacity")), decimal(synthesis.Number(target, "max_capacity")), decimal(vcpu), decimal(gib)))
	p.charge(fargate+"-vcpu", "tasks", onDemand*vcpu)
	p.charge(fargate+"-gb", "tasks", onDemand*gib)
	p.charge("fargate-spot", "tasks on spare capacity", spare)
}

// architectureOf is the processor of a task: ECS takes X86_64 where nothing is said.
func architectureOf(task synthesis.Attributes) string {
	return cmp.Or(synthesis.Text(synthesis.Inner(task, "runtime_platform"), "cpu_architecture"), "X86_64")
}

// services are those beside the API, and workers what runs its image next to it.
func (s Stack) services() part { return s.each("service_") }
func (s Stack) workers() part  { return s.each("worker_") }

// each tells of the tasks of the ECS services beside the API that begin so.
func (s Stack) each(prefix string) part {
	var p part
	for _, name := range s.beside(prefix) {
		target := s.Resources["aws_appautoscaling_target"][name+"_autoscaling_target"]
		least, service := synthesis.Number(target, "min_capacity"), s.Resources["aws_ecs_service"][name]
		onDemand := least * (1 - spotShare(service))
		if prefix == "service_" { // As the API's.
			onDemand = math.Min(least, onDemandBase(service))
		}
		p.tasks(s.Resources["aws_ecs_task_definition"][name+"_task_definition"], target, strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", "-")+": ", onDemand, least-onDemand)
	}
	return p
}

// spotShare is the share of a worker's tasks that run on spare capacity.
func spotShare(service synthesis.Attributes) float64 {
	for _, provider := range synthesis.List(service, "capacity_provider_strategy") {
		if synthesis.Text(provider, "capacity_provider") == "FARGATE_SPOT" {
			return synthesis.Number(provider, "weight") / 100
		}
	}
	return 0
}

// jobs cost nothing but what a task of their size costs while they run.
func (s Stack) jobs() part {
	var p part
	paused := 0
	for _, schedule := range s.Each("aws_scheduler_schedule") {
		if synthesis.Text(schedule, "state") == "DISABLED" {
			paused++
		}
	}
	p.tell(true, some(s.Count("aws_scheduler_schedule"), "job")+" by the clock")
	p.tell(paused > 0, decimal(float64(paused))+" paused")
	return p
}

// stops tells whether a schedule leaves no task.
func (s Stack) stops() bool {
	for _, action := range s.Each("aws_appautoscaling_scheduled_action") {
		if synthesis.Text(synthesis.Inner(action, "scalable_target_action"), "max_capacity") == "0" {
			return true
		}
	}
	return false
}

// onDemandBase is how many tasks of the service never run on spare capacity, whose price
// changes all the time.
func onDemandBase(service synthesis.Attributes) float64 {
	base, spot := 0.0, false
	for _, provider := range synthesis.List(service, "capacity_provider_strategy") {
		base += synthesis.Number(provider, "base")
		spot = spot || synthesis.Text(provider, "capacity_provider") == "FARGATE_SPOT"
	}
	if !spot {
		return math.Inf(1)
	}
	return base
}

// image is which image the tasks run.
func (s Stack) image(task synthesis.Attributes) string {
	containers := synthesis.List(task, "container_definitions")
	if len(containers) == 0 {
		return "an image that is not known"
	}
	if synthesis.Has(synthesis.Inner(s.Resources["aws_ecs_service"]["service"], "lifecycle"), "ignore_changes", "task_definition") {
		return "images from a pipeline"
	}
	image := synthesis.Text(containers[0], "image")
	tag := image[strings.LastIndex(image, ":")+1:]
	if memory, remembered := strings.CutPrefix(tag, "${terraform_data."); remembered {
		tag = synthesis.Text(s.Resources["terraform_data"][strings.TrimSuffix(memory, ".input}")], "input")
	}
	switch {
	case strings.HasPrefix(image, "${local."):
		return "the tag named last, or the placeholder image"
	case !strings.Contains(image, "${aws_ecr_repository."):
		return "the placeholder image"
	}
	return "image " + tag
}

func (s Stack) database() part {
	var p part
	cluster := s.First("aws_rds_cluster")
	classes := map[string]int{}
	for _, instance := range s.Each("aws_rds_cluster_instance") {
		classes[synthesis.Text(instance, "instance_class")]++
	}
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		n := classes[class]
		p.tell(true, strconv.Itoa(n)+" × "+class)
		if class != "db.serverless" {
			p.add(class, class, n)
			continue
		}
		capacity := synthesis.Inner(cluster, "serverlessv2_scaling_configuration")
		least := synthesis.Number(capacity, "min_capacity")
		p.tell(true, decimal(least)+" to "+decimal(synthesis.Number(capacity, "max_capacity"))+" ACU each")
		p.tell(least == 0, "paused when idle")
		p.charge("aurora-acu", class, float64(n)*max(least, leastACU))
		p.items[len(p.items)-1].rests = least == 0
	}
	for _, target := range s.Each("aws_appautoscaling_target") {
		p.tell(synthesis.Text(target, "service_namespace") == "rds", "up to "+some(int(synthesis.Number(target, "max_capacity")), "reader"))
	}
	p.tell(cluster != nil, some(int(synthesis.Number(cluster, "backup_retention_period")), "day")+" of backups")
	source := synthesis.Text(synthesis.Inner(cluster, "restore_to_point_in_time"), "source_cluster_identifier") + synthesis.Text(cluster, "snapshot_identifier")
	p.tell(source != "", "made of "+source)
	if end, known := s.supported(); known && synthesis.Text(cluster, "engine_lifecycle_support") == "open-source-rds-extended-support-disabled" {
		p.tell(true, "upgrade by "+end)
	} else {
		p.tell(known, "Extended Support after "+end)
	}
	p.add("secret", "secret", s.Count("aws_secretsmanager_secret"))
	return p
}

func (s Stack) cache() part {
	var p part
	for _, group := range s.Each("aws_elasticache_replication_group") {
		nodes, kind := synthesis.Number(group, "num_cache_clusters"), synthesis.Text(group, "node_type")
		p.tell(true, decimal(nodes)+" × "+kind)
		p.tell(group["automatic_failover_enabled"] == true, "failover")
		p.charge(kind, kind, nodes)
	}
	return p
}

// supported is the last day of the standard support of the version that is asked for.
// Extended Support is billed for each vCPU and hour: https://aws.amazon.com/rds/aurora/pricing/
func (s Stack) supported() (string, bool) {
	for _, data := range s.Data["aws_rds_engine_version"] {
		if preferred, _ := data["preferred_versions"].([]any); len(preferred) > 0 {
			return config.StandardSupportEnd(fmt.Sprint(preferred[0]))
		}
	}
	return "", false
}

// leastACU is what a serverless instance takes that runs, but does nothing:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
const leastACU = 0.5

func (s Stack) encryption() part {
	p := part{details: []string{"a key of your own"}}
	p.add("kms-key", "key", s.Count("aws_kms_key"))
	return p
}

// metricsOf counts the metrics of an alarm's expressions; these are free.
func metricsOf(alarm synthesis.Attributes) int {
	n := 0
	for _, query := range synthesis.List(alarm, "metric_query") {
		if query["metric"] != nil {
			n++
		}
	}
	return n
}

func (s Stack) monitoring() part {
	var p part
	metrics := 0 // AWS charges an alarm for each metric that it does sums with.
	for _, alarm := range s.Each("aws_cloudwatch_metric_alarm") {
		metrics += max(1, metricsOf(alarm))
	}
	p.tell(true, some(s.Count("aws_cloudwatch_metric_alarm"), "alarm"))
	emails := s.Count("aws_sns_topic_subscription")
	p.tell(emails == 0, "nobody is told")
	p.tell(emails > 0, "mail to "+some(emails, "address"))
	p.tell(s.Count("aws_cloudwatch_dashboard") > 0, some(s.Count("aws_cloudwatch_dashboard"), "dashboard"))
	p.add("alarm", "alarms", metrics)
	p.add("dashboard", "dashboard", s.Count("aws_cloudwatch_dashboard"))
	return p
}

// tell adds what is notable, if it is so.
func (p *part) tell(so bool, detail string) {
	if so {
		p.details = append(p.details, detail)
	}
}

// add adds so many things of the key in the table of prices.
func (p *part) add(key, name string, count int) {
	p.charge(key, name, float64(count))
}

// charge adds an amount that need not be whole, or nothing.
func (p *part) charge(key, name string, count float64) {
	if count > 0 {
		p.items = append(p.items, item{part: key, name: name, count: count})
	}
}
