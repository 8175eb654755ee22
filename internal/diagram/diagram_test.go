package diagram

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/test/stacktest"
)

// resources are those of a stack, to be changed.
type resources map[string]map[string]synthesis.Attributes

// stackOf is the environment's, changed.
func stackOf(t *testing.T, env config.Config, change func(resources)) synthesis.Stack {
	t.Helper()
	stack, err := synthesis.Parse(env.StackName(), stacktest.Golden(t, env.Suffix))
	require.NoError(t, err)
	if change != nil {
		change(stack.Resources)
	}
	return stack
}

// without takes what is of these types.
func without(kinds ...string) func(resources) {
	return func(r resources) {
		for _, kind := range kinds {
			delete(r, kind)
		}
	}
}

// from has the load balancer let in such sources alone.
func from(source string, values ...string) func(resources) {
	return func(r resources) {
		rules := r["aws_vpc_security_group_ingress_rule"]
		maps.DeleteFunc(rules, func(name string, _ synthesis.Attributes) bool { return strings.HasPrefix(name, "alb_sg") })
		for i, value := range values {
			rules[fmt.Sprint("alb_sg_", i)] = synthesis.Attributes{"security_group_id": "${aws_security_group.alb_sg.id}", source: value}
		}
	}
}

func set(kind, attribute string, value any) func(resources) {
	return func(r resources) {
		for _, a := range r[kind] {
			a[attribute] = value
		}
	}
}

func add(kind string, count int) func(resources) {
	return func(r resources) {
		r[kind] = map[string]synthesis.Attributes{}
		for i := range count {
			r[kind][fmt.Sprint("one_", i)] = synthesis.Attributes{}
		}
	}
}

// alsoServices has more of them.
func alsoServices(names ...string) func(resources) {
	return func(r resources) {
		for _, name := range names {
			r["aws_ecs_service"][name] = synthesis.Attributes{}
		}
	}
}

// readers gives the database more of them.
func readers(count int) func(resources) {
	return func(r resources) {
		for i := range count {
			r["aws_rds_cluster_instance"][fmt.Sprint("database_reader_", i+2)] = synthesis.Attributes{"instance_class": "db.r6g.16xlarge"}
		}
	}
}

// statements are what a picture says, each with a configuration of which it is true, and
// one of which it is not.
var statements = []struct {
	says     string
	env      config.Config
	yes      func(resources)
	otherEnv config.Config
	no       func(resources)
}{
	{"internet<", stacktest.Default(), nil, stacktest.Chosen(), nil},
	{"internet<", stacktest.Chosen(), from("cidr_ipv6", "::/0"), stacktest.Chosen(), from("cidr_ipv6", "2001:db8::/32")},
	{"known addresses<", stacktest.Chosen(), nil, stacktest.Default(), nil},
	{"198.51.100.7/32,<", stacktest.Chosen(), nil, stacktest.Chosen(), from("cidr_ipv4", "1.2.3.4/32", "1.2.3.5/32", "1.2.3.6/32")},
	{"3 ranges<", stacktest.Chosen(), from("cidr_ipv4", "1.2.3.4/32", "1.2.3.5/32", "1.2.3.6/32"), stacktest.Chosen(), nil},
	{"known sources<", stacktest.Chosen(), from("prefix_list_id", "pl-3b927c52"), stacktest.Chosen(), nil},
	{"nobody<", stacktest.Chosen(), from("cidr_ipv4"), stacktest.Chosen(), nil},
	{"internet gateway<", stacktest.Default(), nil, stacktest.Default(), without("aws_internet_gateway", "aws_nat_gateway")},
	{"VPC 10.0.0.0/16<", stacktest.Default(), nil, stacktest.Default(), without("aws_vpc")},
	{"public 10.0.0.0/24<", stacktest.Default(), nil, stacktest.Default(), without("aws_subnet", "aws_nat_gateway")},
	{"availability zone 3<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"eu-south-1c<", stacktest.Chosen(), nil, stacktest.Default(), nil},
	{"NAT gateway<", stacktest.Default(), nil, stacktest.Closed(), nil},
	{"what goes out<", stacktest.Default(), nil, stacktest.Default(), without("aws_nat_gateway", "aws_vpc_endpoint")},
	{"VPC endpoints<", stacktest.Default(), nil, stacktest.Default(), without("aws_vpc_endpoint")},
	{"interface: ecr.api, ecr.dkr, kms", stacktest.Closed(), nil, stacktest.Default(), nil},
	{"gateway: s3<", stacktest.Default(), nil, stacktest.Default(), set("aws_vpc_endpoint", "vpc_endpoint_type", "Interface")},
	{"api.example.com<", stacktest.Chosen(), nil, stacktest.Default(), nil},
	{"HTTP 80 redirects", stacktest.Chosen(), nil, stacktest.Default(), nil},
	{"HTTPS 443<", stacktest.Elsewhere(), nil, stacktest.Default(), nil},
	{"internal Application", stacktest.Default(), set("aws_lb", "internal", true), stacktest.Default(), nil},
	{"that reach the VPC<", stacktest.Default(), set("aws_lb", "internal", true), stacktest.Default(), nil},
	{"internet gateway<", stacktest.Default(), set("aws_lb", "internal", true), stacktest.Closed(), set("aws_lb", "internal", true)},
	{"AWS WAF<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"5 rules<", stacktest.Guarded(), nil, stacktest.Guarded(), set("aws_wafv2_web_acl", "rule", []any{1})},
	{"access logs<", stacktest.Guarded(), nil, stacktest.Guarded(), set("aws_lb", "access_logs", nil)},
	{"2 to 10 tasks, port 5000<", stacktest.Default(), nil, stacktest.Default(), set("aws_appautoscaling_target", "max_capacity", 4.0)},
	{"1 vCPU and 2 GiB each<", stacktest.Default(), nil, stacktest.Default(), set("aws_ecs_task_definition", "cpu", "512")},
	{"each, and 2 workers<", stacktest.Default(), alsoServices("worker_a", "worker_b"), stacktest.Default(), nil},
	{"each, and 1 worker<", stacktest.Guarded(), nil, stacktest.Chosen(), nil},
	{"beside it: admin, shop-ads<", stacktest.Guarded(), nil, stacktest.Chosen(), nil},
	{"beside it: admin<", stacktest.Chosen(), nil, stacktest.Default(), nil},
	{"3 repositories<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"2 jobs by the clock<", stacktest.Chosen(), nil, stacktest.Default(), nil},
	{"TLS only<", stacktest.Default(), nil, stacktest.Chosen(), nil},
	{"0 to 4 ACU<", stacktest.Chosen(), nil, stacktest.Default(), nil},
	{"up to 3 readers<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"ElastiCache, Valkey 8.1<", stacktest.Closed(), nil, stacktest.Default(), nil},
	{"3 × cache.m7g.large, failover, TLS and roles only<", stacktest.Guarded(), nil, stacktest.Guarded(), set("aws_elasticache_replication_group", "automatic_failover_enabled", false)},
	{"reads<", stacktest.Default(), nil, stacktest.Default(), without("aws_rds_cluster_instance")},
	{"3 readers<", stacktest.Default(), readers(2), stacktest.Default(), nil},
	{"logs for 365 days<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"44 alarms, a dashboard<", stacktest.Guarded(), nil, stacktest.Guarded(), without("aws_cloudwatch_dashboard")},
	{"a dashboard<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"nobody is told<", stacktest.Guarded(), nil, stacktest.Chosen(), nil},
	{"2 subscribers<", stacktest.Chosen(), nil, stacktest.Guarded(), nil},
	{"SNS<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"scans what is pushed<", stacktest.Default(), nil, stacktest.Default(), set("aws_ecr_repository", "image_scanning_configuration", nil)},
	{"database password,<", stacktest.Default(), nil, stacktest.Default(), add("aws_secretsmanager_secret", 3)},
	{"3 secrets,<", stacktest.Default(), add("aws_secretsmanager_secret", 3), stacktest.Default(), nil},
	{"KMS<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"SQS and S3<", stacktest.Guarded(), nil, stacktest.Default(), nil},
	{"2 queues, 1 bucket<", stacktest.Guarded(), nil, stacktest.Closed(), nil},
	{">SQS<", stacktest.Guarded(), without("aws_s3_bucket"), stacktest.Guarded(), nil},
	{"S3<", stacktest.Elsewhere(), without("aws_sqs_queue_redrive_allow_policy"), stacktest.Default(), nil},
	{"eu-south-2<", stacktest.Elsewhere(), nil, stacktest.Default(), nil},
}

// TestStatements looks for each statement where it is true, and misses it where it is
// not. None of the pictures has anything illegible or unconnected.
func TestStatements(t *testing.T) {
	drawn := func(env config.Config, change func(resources)) string {
		stack := stackOf(t, env, change)
		looksRight(t, env.Suffix, read(stack).layout())
		picture, err := Draw(stack)
		require.NoError(t, err)
		return string(picture)
	}
	for _, s := range statements {
		assert.Contains(t, drawn(s.env, s.yes), s.says)
		assert.NotContains(t, drawn(s.otherEnv, s.no), s.says, "it is not so")
	}
}

// around are the boxes that others, and lines, may stand in or cross.
var around = []string{"vpc", "zone", "public", "private", "database", "gateway"}

func (b box) overlaps(o box) bool {
	return b.x < o.right() && o.x < b.right() && b.y < o.bottom() && o.y < b.bottom()
}

func (b box) contains(o box) bool {
	return b.x <= o.x && b.y <= o.y && o.right() <= b.right() && o.bottom() <= b.bottom()
}

// box is the place of a text.
func (l label) box() box {
	wide := small(l.text)
	if strings.Contains(l.class, "bold") {
		wide = bold(l.text)
	}
	switch {
	case strings.Contains(l.class, "left"):
		return box{l.x, l.y - 11, wide, 14}
	case strings.Contains(l.class, "end"):
		return box{l.x - wide, l.y - 11, wide, 14}
	}
	return box{l.x - wide/2, l.y - 11, wide, 14}
}

// looksRight is whether nothing lies on something else or leaves its place, and
// everything is connected.
func looksRight(t *testing.T, name string, d drawing) {
	t.Helper()
	page := box{0, 0, d.w, d.h}
	connected := map[string]bool{}
	for _, p := range d.paths {
		connected[p.from], connected[p.to] = true, true
	}
	for i, a := range d.nodes {
		assert.True(t, page.contains(a.box), "%s: %s is in the picture", name, a.id)
		inConnected := slices.ContainsFunc(d.nodes, func(b node) bool { return connected[b.id] && b.contains(a.box) })
		assert.True(t, a.icon == "" || inConnected, "%s: %s is connected", name, a.id)
		for _, b := range d.nodes[:i] {
			good := !a.overlaps(b.box) || b.contains(a.box) || slices.Contains(around, a.class) || slices.Contains(around, b.class)
			assert.True(t, good, "%s: %s lies on %s", name, a.id, b.id)
		}
	}
	textsLookRight(t, name, d, page)
	for _, p := range d.paths {
		linesLookRight(t, name, d, p)
	}
}

func textsLookRight(t *testing.T, name string, d drawing, page box) {
	t.Helper()
	texts := d.texts()
	for i, l := range texts {
		place := l.box()
		assert.True(t, page.contains(place), "%s: %q is in the picture", name, l.text)
		for _, other := range texts[:i] {
			assert.False(t, place.overlaps(other.box()), "%s: %q lies on %q", name, l.text, other.text)
		}
		on := 0 // What lies below the box that the text is in does not matter.
		for j, n := range d.nodes {
			if n.contains(place) {
				on = j
			}
		}
		for _, n := range d.nodes[on:] {
			good := !place.overlaps(n.box) || n.contains(place)
			assert.True(t, good, "%s: %q touches the border of %s %s", name, l.text, n.class, n.id)
			assert.False(t, n.icon != "" && place.overlaps(n.iconBox()), "%s: %q lies on an icon", name, l.text)
		}
	}
}

// linesLookRight is whether a path crosses no text, and no box but those that it leads
// from and to.
func linesLookRight(t *testing.T, name string, d drawing, p path) {
	t.Helper()
	for i := 2; i < len(p.points); i += 2 {
		x, y, toX, toY := p.points[i-2], p.points[i-1], p.points[i], p.points[i+1]
		assert.True(t, x == toX || y == toY, "%s: %s to %s is slanted", name, p.from, p.to)
		segment := box{min(x, toX), min(y, toY), max(1, max(x, toX)-min(x, toX)), max(1, max(y, toY)-min(y, toY))}
		for _, l := range d.texts() {
			assert.False(t, segment.overlaps(l.box()), "%s: %s to %s crosses %q", name, p.from, p.to, l.text)
		}
		for _, n := range d.nodes {
			inner := box{n.x + 1, n.y + 1, n.w - 2, n.h - 2}
			assert.False(t, !slices.Contains(around, n.class) && n.class != "plain" && segment.overlaps(inner), "%s: %s to %s crosses %s", name, p.from, p.to, n.id)
		}
	}
}

// TestLongTexts draws what is longer than its box, and what nobody has thought of.
func TestLongTexts(t *testing.T) {
	env := config.Defaults(strings.Repeat("a", 12))
	for _, change := range []func(resources){
		readers(9),
		set("aws_rds_cluster_instance", "instance_class", "db.x2iedn.unheard-of-24xlarge-with-more"),
		set("aws_subnet", "cidr_block", "100.100.100.100/20"),
		set("aws_route53_record", "name", strings.Repeat("api.", 40)+"example.com"),
		set("aws_vpc_endpoint", "service_name", "com.amazonaws.eu-south-1."+strings.Repeat("long, ", 30)),
		set("aws_lb_listener", "protocol", "SOMETHING-ELSE"),
		without("aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_nat_gateway", "aws_rds_cluster", "aws_rds_cluster_instance",
			"aws_lb", "aws_lb_listener", "aws_appautoscaling_target", "aws_ecr_repository", "aws_cloudwatch_log_group"),
		from("referenced_security_group_id", "${aws_security_group.office.id}"),
	} {
		stack := stackOf(t, stacktest.Chosen(), change)
		stack.Name = env.StackName() + "-longer"
		looksRight(t, "long", read(stack).layout())
	}
}

// TestPicturesAreXML reads each, and wants AWS's notice in those that have its icons.
func TestPicturesAreXML(t *testing.T) {
	for _, env := range stacktest.All() {
		picture := draw(t, env)
		decoder := xml.NewDecoder(strings.NewReader(string(picture)))
		var err error
		for err == nil {
			_, err = decoder.Token()
		}
		require.ErrorIs(t, err, io.EOF, env.Suffix)
		assert.Contains(t, string(picture), "Copyright Amazon.com")
		assert.Contains(t, string(picture), "<title>Icon-")
	}
	assert.Empty(t, icon("none", 0, 0, 32))
}

func TestDrawRefusesWhatHasNoService(t *testing.T) {
	_, err := Draw(synthesis.Stack{Name: "flask-api-dev"})
	require.EqualError(t, err, "flask-api-dev has no service to draw")
}
