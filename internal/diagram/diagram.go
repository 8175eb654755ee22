// Package diagram draws an environment's architecture from its synthesised JSON: the
// zones and subnets, what runs in them, and the paths of a request and of a secret.
package diagram

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"flask-api/internal/review"
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

// Draw returns the picture, an SVG, of a stack's JSON.
func Draw(stackJSON []byte) ([]byte, error) {
	e, err := read(stackJSON)
	if err != nil {
		return nil, err
	}
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

// part is something beside the VPC, with what is said of it.
type part struct {
	class string
	lines []string
}

// block is a resource, or a part of one.
type block map[string]any

func (b block) text(key string) string {
	switch value := b[key].(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return ""
}

func (b block) list(key string) []any {
	list, _ := b[key].([]any)
	return list
}

func (b block) one(key string) block {
	for _, entry := range b.list(key) {
		if entry, isMap := entry.(map[string]any); isMap {
			return entry
		}
	}
	entry, _ := b[key].(map[string]any)
	return entry
}

// stack is the JSON, as far as it is drawn.
type stack struct {
	Resource  map[string]map[string]block
	Data      map[string]map[string]block
	Ephemeral map[string]map[string]block
	Provider  map[string][]block
}

func (s stack) all(kind string) []block {
	var out []block
	for _, name := range slices.Sorted(maps.Keys(s.Resource[kind])) {
		out = append(out, s.Resource[kind][name])
	}
	return out
}

// only is the first one of the type, or one that has nothing.
func (s stack) only(kind string) block {
	for _, b := range s.all(kind) {
		return b
	}
	return block{}
}

func read(text []byte) (environment, error) {
	var raw any
	if err := json.Unmarshal(text, &raw); err != nil {
		return environment{}, fmt.Errorf("the stack's JSON: %w", err)
	}
	unfolded, err := json.Marshal(review.Unfold(raw))
	if err != nil {
		return environment{}, err
	}
	var s stack
	if err := json.Unmarshal(unfolded, &s); err != nil {
		return environment{}, fmt.Errorf("the stack's JSON: %w", err)
	}
	vpc := s.only("aws_vpc")
	if vpc.text("cidr_block") == "" {
		return environment{}, errors.New("the stack's JSON has no VPC")
	}
	e := environment{cidr: vpc.text("cidr_block")}
	e.name = strings.Replace(vpc.one("tags").text("Name"), "-vpc-", "-", 1)
	if providers := s.Provider["aws"]; len(providers) > 0 {
		e.region = providers[0].text("region")
	}
	e.readZones(s)
	e.readBalancer(s)
	e.readTasks(s)
	e.readDatabase(s)
	e.readAside(s)
	return e, nil
}

func (e *environment) readZones(s stack) {
	subnets := s.Resource["aws_subnet"]
	for i := 1; ; i++ {
		address := fmt.Sprintf("networking_public_subnet_%d", i)
		public, exists := subnets[address]
		if !exists {
			break
		}
		z := zone{
			name:    public.text("availability_zone"),
			public:  public.text("cidr_block"),
			private: subnets[fmt.Sprintf("networking_private_subnet_%d", i)].text("cidr_block"),
		}
		if strings.HasPrefix(z.name, "${") {
			z.name = fmt.Sprintf("availability zone %d", i)
		}
		for _, nat := range s.all("aws_nat_gateway") {
			z.nat = z.nat || nat.text("subnet_id") == "${aws_subnet."+address+".id}"
		}
		e.zones = append(e.zones, z)
	}
	var names []string
	for _, endpoint := range s.all("aws_vpc_endpoint") {
		if endpoint.text("vpc_endpoint_type") == "Interface" {
			_, name, _ := strings.Cut(endpoint.text("service_name"), e.region+".")
			names = append(names, name)
		}
	}
	e.endpoints = names
}

func (e *environment) readBalancer(s stack) {
	var listeners []string
	for _, listener := range s.all("aws_lb_listener") {
		does := "serves"
		if listener.one("default_action").text("type") == "redirect" {
			does = "redirects"
		}
		listeners = append(listeners, fmt.Sprintf("%s %s %s", listener.text("protocol"), listener.text("port"), does))
	}
	slices.Sort(listeners)
	e.balancer = []string{"Application Load Balancer", strings.Join(listeners, ", ")}
	for _, record := range s.all("aws_route53_record") {
		if record.text("type") == "A" {
			e.balancer[0] += ": " + record.text("name")
		}
	}
	for _, acl := range s.all("aws_wafv2_web_acl") {
		e.filter = []string{"AWS WAF", fmt.Sprintf("%d rules", len(acl.list("rule")))}
	}
}

func (e *environment) readTasks(s stack) {
	task := s.only("aws_ecs_task_definition")
	count := ""
	for _, target := range s.all("aws_appautoscaling_target") {
		if target.text("service_namespace") == "ecs" {
			count = target.text("min_capacity") + " to " + target.text("max_capacity") + " tasks"
		}
	}
	cpu, _ := strconv.ParseFloat(task.text("cpu"), 64)
	memory, _ := strconv.ParseFloat(task.text("memory"), 64)
	port := s.only("aws_lb_target_group").text("port")
	e.tasks = []string{
		"ECS service on Fargate: " + count,
		fmt.Sprintf("%g vCPU and %g GiB each, port %s", cpu/1024, memory/1024, port),
	}
}

func (e *environment) readDatabase(s stack) {
	cluster := s.only("aws_rds_cluster")
	version := ""
	for _, data := range s.Data["aws_rds_engine_version"] {
		if preferred := data.list("preferred_versions"); len(preferred) > 0 {
			version = fmt.Sprint(preferred[0])
		}
	}
	e.cluster = "Aurora PostgreSQL " + version + ", port " + cluster.text("port") + ", TLS only"
	instances := s.Resource["aws_rds_cluster_instance"]
	names := slices.Sorted(maps.Keys(instances))
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(strings.Count(a, "reader"), strings.Count(b, "reader"))
	})
	for _, name := range names {
		role := "writer"
		if strings.Contains(name, "reader") {
			role = "reader"
		}
		e.instances = append(e.instances, role+": "+instances[name].text("instance_class"))
	}
	if len(names) > len(e.zones) { // One stands in each zone; there is no place for more.
		readers := strings.Replace(e.instances[1], "reader", "readers", 1)
		e.instances = []string{e.instances[0], fmt.Sprintf("%d %s", len(names)-1, readers)}
	}
	for _, target := range s.all("aws_appautoscaling_target") {
		if target.text("service_namespace") == "rds" {
			e.cluster += ", up to " + target.text("max_capacity") + " readers"
		}
	}
	if scaling := cluster.one("serverlessv2_scaling_configuration"); scaling != nil {
		e.cluster += ", " + scaling.text("min_capacity") + " to " + scaling.text("max_capacity") + " ACU"
	}
}

func (e *environment) readAside(s stack) {
	e.aside = append(e.aside,
		part{"registry", []string{"ECR", "images, scanned when pushed"}},
		part{"secret", []string{secretsManager, "the database's password,", "in no state and no plan"}})
	retention := ""
	for _, group := range s.all("aws_cloudwatch_log_group") {
		if strings.HasPrefix(group.text("name"), "/ecs/") {
			retention = group.text("retention_in_days")
		}
	}
	e.aside = append(e.aside, part{"watch", []string{"CloudWatch Logs", "kept for " + retention + " days"}})
	if alarms := len(s.all("aws_cloudwatch_metric_alarm")); alarms > 0 {
		e.aside = append(e.aside, part{"watch", []string{fmt.Sprintf("%d alarms, a dashboard", alarms), "told to an SNS topic"}})
	}
	if s.Resource["aws_s3_bucket"] != nil {
		e.aside = append(e.aside, part{"store", []string{"S3", "access logs"}})
	}
	if s.Resource["aws_kms_key"]["encryption_key"] != nil {
		e.aside = append(e.aside, part{"secret", []string{"KMS", "a key of your own"}})
	}
}
