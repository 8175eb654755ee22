// Package diagram draws an environment's architecture from its synthesised JSON: the
// zones and subnets, what runs in them, and the paths of a request and of a secret.
package diagram

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"flask-api/internal/synthesis"
)

// The picture is a column for each zone, and one for what is in the region and not in
// the VPC. All lengths are in pixels.
const (
	margin     = 20
	gap        = 20
	inset      = 10 // of a box in another
	zoneWidth  = 206
	asideWidth = 204
	boxHeight  = 50
	line       = 17

	internetTop = 14
	filterTop   = 76
	vpcTop      = 140
	zoneTop     = vpcTop + 30
	publicTop   = zoneTop + 26
	balancerTop = publicTop + 28
	natTop      = balancerTop + boxHeight + 18
	natHeight   = 34
	publicEnd   = natTop + natHeight + inset
	privateTop  = publicEnd + 16
	tasksTop    = privateTop + 30
	clusterTop  = tasksTop + boxHeight + 34
	instanceTop = clusterTop + 14
	clusterEnd  = instanceTop + boxHeight + 26
)

// Draw returns the picture of a stack, an SVG.
func Draw(s synthesis.Stack) ([]byte, error) {
	vpc := s.First("aws_vpc")
	if vpc == nil {
		return nil, fmt.Errorf("%s has no VPC to draw", s.Name)
	}
	e := environment{name: s.Name, region: s.Region, cidr: synthesis.Text(vpc, "cidr_block")}
	e.readZones(s)
	e.readBalancer(s)
	e.readTasks(s)
	e.readDatabase(s)
	e.readAside(s)
	return e.draw(), nil
}

// secretsManager heads the part that the way of the password begins at.
const secretsManager = "Secrets Manager"

// environment is what is drawn.
type environment struct {
	name, region, cidr string
	zones              []zone
	balancer, tasks    []string
	filter             []string
	cluster            string
	instances          []string
	endpoints          []string
	aside              []part
}

type zone struct {
	name, public, private string
	nat                   bool
}

// part is something outside the VPC, with what is said of it.
type part struct {
	class string
	lines []string
}

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
	var names []string
	for _, endpoint := range s.Each("aws_vpc_endpoint") {
		if synthesis.Text(endpoint, "vpc_endpoint_type") == "Interface" {
			_, name, _ := strings.Cut(synthesis.Text(endpoint, "service_name"), e.region+".")
			names = append(names, name)
		}
	}
	e.endpoints = names
}

func (e *environment) readBalancer(s synthesis.Stack) {
	var listeners []string
	for _, listener := range s.Each("aws_lb_listener") {
		does := "serves"
		if synthesis.Text(synthesis.Inner(listener, "default_action"), "type") == "redirect" {
			does = "redirects"
		}
		listeners = append(listeners, fmt.Sprintf("%s %s %s", synthesis.Text(listener, "protocol"), synthesis.Text(listener, "port"), does))
	}
	slices.Sort(listeners)
	e.balancer = []string{"Application Load Balancer", strings.Join(listeners, ", ")}
	for _, record := range s.Each("aws_route53_record") {
		if synthesis.Text(record, "type") == "A" {
			e.balancer[0] += ": " + synthesis.Text(record, "name")
		}
	}
	for _, acl := range s.Each("aws_wafv2_web_acl") {
		e.filter = []string{"AWS WAF", fmt.Sprintf("%d rules", synthesis.Length(acl, "rule"))}
	}
}

func (e *environment) readTasks(s synthesis.Stack) {
	task := s.First("aws_ecs_task_definition")
	count := ""
	for _, target := range s.Each("aws_appautoscaling_target") {
		if synthesis.Text(target, "service_namespace") == "ecs" {
			count = synthesis.Text(target, "min_capacity") + " to " + synthesis.Text(target, "max_capacity") + " tasks"
		}
	}
	port := synthesis.Text(s.First("aws_lb_target_group"), "port")
	e.tasks = []string{
		"ECS service on Fargate: " + count,
		fmt.Sprintf("%g vCPU and %g GiB each, port %s", synthesis.Number(task, "cpu")/1024, synthesis.Number(task, "memory")/1024, port),
	}
}

func (e *environment) readDatabase(s synthesis.Stack) {
	cluster := s.First("aws_rds_cluster")
	version := ""
	for _, data := range s.Data["aws_rds_engine_version"] {
		if preferred, _ := data["preferred_versions"].([]any); len(preferred) > 0 {
			version = fmt.Sprint(preferred[0])
		}
	}
	e.cluster = "Aurora PostgreSQL " + version + ", port " + synthesis.Text(cluster, "port") + ", TLS only"
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
		e.instances = append(e.instances, role+": "+synthesis.Text(instances[name], "instance_class"))
	}
	if len(names) > len(e.zones) { // One stands in each zone; there is no place for more.
		readers := strings.Replace(e.instances[1], "reader", "readers", 1)
		e.instances = []string{e.instances[0], fmt.Sprintf("%d %s", len(names)-1, readers)}
	}
	for _, target := range s.Each("aws_appautoscaling_target") {
		if synthesis.Text(target, "service_namespace") == "rds" {
			e.cluster += ", up to " + synthesis.Text(target, "max_capacity") + " readers"
		}
	}
	if scaling := synthesis.Inner(cluster, "serverlessv2_scaling_configuration"); scaling != nil {
		e.cluster += ", " + synthesis.Text(scaling, "min_capacity") + " to " + synthesis.Text(scaling, "max_capacity") + " ACU"
	}
}

func (e *environment) readAside(s synthesis.Stack) {
	e.aside = append(e.aside,
		part{"registry", []string{"ECR", "images, scanned when pushed"}},
		part{"secret", []string{secretsManager, "the database's password,", "in no state and no plan"}})
	retention := ""
	for _, group := range s.Each("aws_cloudwatch_log_group") {
		if strings.HasPrefix(synthesis.Text(group, "name"), "/ecs/") {
			retention = synthesis.Text(group, "retention_in_days")
		}
	}
	e.aside = append(e.aside, part{"watch", []string{"CloudWatch Logs", "kept for " + retention + " days"}})
	if alarms := len(s.Each("aws_cloudwatch_metric_alarm")); alarms > 0 {
		e.aside = append(e.aside, part{"watch", []string{fmt.Sprintf("%d alarms, a dashboard", alarms), "told to an SNS topic"}})
	}
	if s.Resources["aws_s3_bucket"] != nil {
		e.aside = append(e.aside, part{"store", []string{"S3", "access logs"}})
	}
	if s.Resources["aws_kms_key"]["encryption_key"] != nil {
		e.aside = append(e.aside, part{"secret", []string{"KMS", "a key of your own"}})
	}
}
