// Package diagram draws an environment's architecture from its synthesised JSON: the
// zones and subnets, what runs in them, and the ways of a request, of what goes out, and
// of a password. What is not configured is not in the picture.
package diagram

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// Draw returns the picture of a stack, an SVG.
func Draw(s synthesis.Stack) ([]byte, error) {
	if s.First("aws_ecs_service") == nil {
		return nil, fmt.Errorf("%s has no service to draw", s.Name)
	}
	return read(s).layout().svg(), nil
}

// environment is what is drawn. A text that is empty says nothing, and a part without
// lines is not there.
type environment struct {
	name, region, vpc string
	zones             []zone
	gateway, internal bool
	clients           []string
	balancer, filter  []string
	tasks             []string
	cluster           []string
	instances         []instance
	cache, endpoints  []string
	// Beside the VPC.
	store, topic, watch, registry, secrets, key, background []string
}

type zone struct {
	name, public, private string
	nat                   bool
}

type instance struct{ role, class string }

// read takes from the stack what the picture says.
func read(s synthesis.Stack) environment {
	e := environment{name: s.Name, region: s.Region, vpc: "VPC", gateway: s.Count("aws_internet_gateway") > 0}
	if cidr := synthesis.Text(s.First("aws_vpc"), "cidr_block"); cidr != "" {
		e.vpc += " " + cidr
	}
	e.readZones(s)
	e.readEndpoints(s)
	e.readClients(s)
	e.readBalancer(s)
	e.readTasks(s)
	e.readDatabase(s)
	e.readInstances(s)
	e.readCache(s)
	e.readWatch(s)
	e.readStores(s)
	return e
}

// readZones has a zone for each public subnet. Where the subnets are somebody else's,
// there are those that the load balancer stands in, of which nothing else is known.
func (e *environment) readZones(s synthesis.Stack) {
	subnets := s.Resources["aws_subnet"]
	for i := 1; ; i++ {
		address := fmt.Sprintf("networking_public_subnet_%d", i)
		public, exists := subnets[address]
		if !exists {
			break
		}
		z := zone{
			name:    synthesis.Text(public, "availability_zone"),
			public:  synthesis.Text(public, "cidr_block"),
			private: synthesis.Text(subnets[fmt.Sprintf("networking_private_subnet_%d", i)], "cidr_block"),
		}
		if strings.HasPrefix(z.name, "${") {
			z.name = fmt.Sprintf("availability zone %d", i)
		}
		for _, nat := range s.Each("aws_nat_gateway") {
			z.nat = z.nat || synthesis.Text(nat, "subnet_id") == "${aws_subnet."+address+".id}"
		}
		e.zones = append(e.zones, z)
	}
	for i := len(e.zones); len(subnets) == 0 && i < max(2, synthesis.Length(s.First("aws_lb"), "subnets")); i++ {
		e.zones = append(e.zones, zone{name: fmt.Sprintf("availability zone %d", i+1)})
	}
}

func (e *environment) readEndpoints(s synthesis.Stack) {
	names := map[string][]string{}
	for _, endpoint := range s.Each("aws_vpc_endpoint") {
		kind := synthesis.Text(endpoint, "vpc_endpoint_type")
		_, name, _ := strings.Cut(synthesis.Text(endpoint, "service_name"), e.region+".")
		names[kind] = append(names[kind], name)
	}
	for _, kind := range []string{"Interface", "Gateway"} {
		if len(names[kind]) > 0 {
			e.endpoints = append(e.endpoints, strings.ToLower(kind)+": "+strings.Join(names[kind], ", "))
		}
	}
	if e.endpoints != nil {
		e.endpoints = slices.Insert(e.endpoints, 0, "VPC endpoints")
	}
}

// readClients says who may connect to the load balancer.
func (e *environment) readClients(s synthesis.Stack) {
	groups, _ := s.First("aws_lb")["security_groups"].([]any)
	from := map[string]bool{}
	for _, rule := range s.Each("aws_vpc_security_group_ingress_rule") {
		if !slices.Contains(groups, rule["security_group_id"]) {
			continue
		}
		for _, source := range []string{"cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"} {
			from[synthesis.Text(rule, source)] = true
		}
	}
	delete(from, "")
	sources := slices.Sorted(maps.Keys(from))
	switch {
	case (from["0.0.0.0/0"] || from["::/0"]) && s.First("aws_lb")["internal"] == true:
		e.clients = []string{"private networks", "that reach the VPC"}
	case from["0.0.0.0/0"] || from["::/0"]:
		e.clients = []string{"internet"}
	case len(sources) == 0:
		e.clients = []string{"nobody", "no rule lets anyone in"}
	case slices.ContainsFunc(sources, func(source string) bool { return !strings.Contains(source, "/") || strings.HasPrefix(source, "${") }):
		e.clients = []string{"known sources", some(len(sources), "source")}
	default:
		e.clients = []string{"known addresses", some(len(sources), "range")}
		if len(sources) <= 2 && !strings.Contains(sources[0]+sources[len(sources)-1], ":") { // IPv6 is too long.
			e.clients[1] = strings.Join(sources, ", ")
		}
	}
}

func (e *environment) readBalancer(s synthesis.Stack) {
	balancer := s.First("aws_lb")
	e.balancer = []string{"Application Load Balancer"}
	if e.internal = balancer["internal"] == true; e.internal {
		e.balancer[0] = "internal Application Load Balancer"
		e.gateway = e.gateway && s.Count("aws_nat_gateway") > 0 // Nothing else goes through it.
	}
	for _, record := range s.Each("aws_route53_record") {
		if synthesis.Text(record, "type") == "A" {
			e.balancer = append(e.balancer, synthesis.Text(record, "name"))
			break
		}
	}
	var listeners []string
	for _, listener := range s.Each("aws_lb_listener") {
		text := synthesis.Text(listener, "protocol") + " " + synthesis.Text(listener, "port")
		if synthesis.Text(synthesis.Inner(listener, "default_action"), "type") == "redirect" {
			text += " redirects"
		}
		listeners = append(listeners, text)
	}
	slices.Sort(listeners)
	e.balancer = append(e.balancer, strings.Join(listeners, ", "))
	for _, acl := range s.Each("aws_wafv2_web_acl") {
		e.filter = []string{"AWS WAF", some(synthesis.Length(acl, "rule"), "rule")}
	}
	if synthesis.Inner(balancer, "access_logs")["enabled"] == true {
		e.store = []string{"S3", "access logs"}
	}
}

func (e *environment) readTasks(s synthesis.Stack) {
	task := s.Resources["aws_ecs_task_definition"]["service_task_definition"]
	e.tasks = []string{"ECS service on Fargate"}
	if target := s.Resources["aws_appautoscaling_target"]["autoscaling_target"]; target != nil {
		e.tasks = append(e.tasks, synthesis.Text(target, "min_capacity")+" to "+synthesis.Text(target, "max_capacity")+" tasks, port "+
			synthesis.Text(s.Resources["aws_lb_target_group"]["load_balancer_target_group"], "port"))
	}
	size := fmt.Sprintf("%g vCPU and %g GiB each", synthesis.Number(task, "cpu")/1024, synthesis.Number(task, "memory")/1024)
	beside := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Resources["aws_ecs_service"])) {
		if kind, of, found := strings.Cut(name, "_"); found {
			beside[kind] = append(beside[kind], strings.ReplaceAll(of, "_", "-"))
		}
	}
	if workers := len(beside["worker"]); workers > 0 {
		size += ", and " + some(workers, "worker")
	}
	e.tasks = append(e.tasks, size)
	if services := beside["service"]; services != nil {
		e.tasks = append(e.tasks, "beside it: "+strings.Join(services, ", "))
	}
	if jobs := s.Count("aws_scheduler_schedule"); jobs > 0 {
		e.tasks = append(e.tasks, some(jobs, "job")+" by the clock")
	}
}

func (e *environment) readDatabase(s synthesis.Stack) {
	cluster := s.First("aws_rds_cluster")
	e.cluster = []string{"Aurora PostgreSQL"}
	for _, data := range s.Data["aws_rds_engine_version"] {
		if preferred, _ := data["preferred_versions"].([]any); len(preferred) > 0 {
			e.cluster[0] += " " + fmt.Sprint(preferred[0])
		}
	}
	about := []string{"port " + synthesis.Text(cluster, "port"), "TLS only"}
	for _, target := range s.Each("aws_appautoscaling_target") {
		if synthesis.Text(target, "service_namespace") == "rds" {
			about = append(about, "up to "+synthesis.Text(target, "max_capacity")+" readers")
		}
	}
	if scaling := synthesis.Inner(cluster, "serverlessv2_scaling_configuration"); scaling != nil {
		about = append(about, synthesis.Text(scaling, "min_capacity")+" to "+synthesis.Text(scaling, "max_capacity")+" ACU")
	}
	e.cluster = append(e.cluster, strings.Join(about, ", "))
}

func (e *environment) readInstances(s synthesis.Stack) {
	instances := s.Resources["aws_rds_cluster_instance"]
	names := slices.Sorted(maps.Keys(instances))
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(strings.Count(a, "reader"), strings.Count(b, "reader"))
	})
	for _, name := range names {
		role := "writer"
		if strings.Contains(name, "reader") {
			role = "reader"
		}
		e.instances = append(e.instances, instance{role, synthesis.Text(instances[name], "instance_class")})
	}
	if len(names) > len(e.zones) { // One stands in each zone; there is no place for more.
		e.instances = []instance{e.instances[0], {some(len(names)-1, "reader"), e.instances[1].class}}
	}
}

func (e *environment) readCache(s synthesis.Stack) {
	for _, group := range s.Each("aws_elasticache_replication_group") {
		nodes := synthesis.Text(group, "num_cache_clusters") + " × " + synthesis.Text(group, "node_type")
		if group["automatic_failover_enabled"] == true {
			nodes += ", failover"
		}
		e.cache = []string{"ElastiCache, Valkey " + synthesis.Text(group, "engine_version"), nodes + ", TLS and roles only"}
	}
}

func (e *environment) readWatch(s synthesis.Stack) {
	e.watch = []string{"CloudWatch"}
	for _, group := range s.Each("aws_cloudwatch_log_group") {
		if strings.HasPrefix(synthesis.Text(group, "name"), "/ecs/") {
			e.watch = append(e.watch, "logs for "+synthesis.Text(group, "retention_in_days")+" days")
			break
		}
	}
	var also []string
	if alarms := s.Count("aws_cloudwatch_metric_alarm"); alarms > 0 {
		also = append(also, some(alarms, "alarm"))
	}
	if s.Count("aws_cloudwatch_dashboard") > 0 {
		also = append(also, "a dashboard")
	}
	if also != nil {
		e.watch = append(e.watch, strings.Join(also, ", "))
	}
	if s.Count("aws_sns_topic") > 0 {
		e.topic = []string{"SNS", "nobody is told"}
		if told := s.Count("aws_sns_topic_subscription"); told > 0 {
			e.topic[1] = some(told, "subscriber")
		}
	}
}

func (e *environment) readStores(s synthesis.Stack) {
	e.registry = []string{"ECR", "images"}
	if synthesis.Inner(s.First("aws_ecr_repository"), "image_scanning_configuration")["scan_on_push"] == true {
		e.registry[1] = "scans what is pushed"
	}
	if n := s.Count("aws_ecr_repository"); n > 1 {
		e.registry = append(e.registry, fmt.Sprintf("%d repositories", n))
	}
	e.secrets = []string{"Secrets Manager", "database password,", "in no state or plan"}
	if n := s.Count("aws_secretsmanager_secret"); n > 1 {
		e.secrets[1] = some(n, "secret") + ","
	}
	e.background = background(s)
	if s.Resources["aws_kms_key"]["encryption_key"] != nil {
		e.key = []string{"KMS", "a key of your own"}
	}
}

// background is what the API leaves to others, or for them.
func background(s synthesis.Stack) []string {
	queues, buckets := s.Count("aws_sqs_queue_redrive_allow_policy"), 0
	for name := range s.Resources["aws_s3_bucket"] {
		if strings.HasPrefix(name, "bucket_") {
			buckets++
		}
	}
	switch {
	case queues > 0 && buckets > 0:
		return []string{"SQS and S3", some(queues, "queue") + ", " + some(buckets, "bucket")}
	case queues > 0:
		return []string{"SQS", some(queues, "queue")}
	case buckets > 0:
		return []string{"S3", some(buckets, "bucket")}
	}
	return nil
}

// some counts things in words: "1 rule", "2 rules".
func some(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
