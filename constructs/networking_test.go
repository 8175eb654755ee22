package constructs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/internal/synthesis"
	"flask-api/test/stacktest"
)

// networkingInvariants are about networking.go.
var networkingInvariants = []invariant{
	{
		sentence: "each private subnet leaves through the NAT gateway of its own zone, or all share one, or none leaves",
		controls: "Well-Architected REL10-BP01; CKV2_AWS_35",
		violations: func(s stack) []string {
			var v violations
			zoneOf := func(reference any) any {
				name := strings.Split(strings.Trim(fmt.Sprint(reference), "${}"), ".")[1]
				zone := s.Resources["aws_subnet"][name]["availability_zone"]
				if public, ok := strings.CutPrefix(fmt.Sprint(zone), "${aws_subnet."); ok {
					zone = s.Resources["aws_subnet"][strings.TrimSuffix(public, ".availability_zone}")]["availability_zone"]
				}
				return zone
			}
			nats := map[string]any{}
			s.Visit("aws_nat_gateway", func(name string, a attributes) {
				nats["${aws_nat_gateway."+name+".id}"] = zoneOf(a["subnet_id"])
			})
			if len(nats) <= 1 {
				v.unless(len(s.Resources["aws_route"]) == 1+len(nats)*len(s.Resources["aws_subnet"])/2, "%d NAT gateways have the routes %v", len(nats), s.Resources["aws_route"])
				return v
			}
			zones := map[any]any{}
			s.Visit("aws_route", func(_ string, a attributes) {
				if nat, ok := a["nat_gateway_id"].(string); ok {
					zones[a["route_table_id"]] = nats[nat]
				}
			})
			s.Visit("aws_route_table_association", func(name string, a attributes) {
				if strings.Contains(name, "private") {
					v.unless(zones[a["route_table_id"]] == zoneOf(a["subnet_id"]), "%s leads to a NAT gateway in %v", name, zones[a["route_table_id"]])
				}
			})
			return v
		},
		broken: func(s *stack) {
			s.Resources["aws_route"]["networking_private_route_2"]["nat_gateway_id"] = "${aws_nat_gateway.networking_nat_1.id}"
		},
	},
	{
		sentence: "a zone or a NAT gateway that is removed goes after everything has left it",
		violations: func(s stack) []string {
			var v violations
			for _, kind := range []string{"aws_subnet", "aws_route_table_association", "aws_route_table", "aws_route", "aws_nat_gateway", "aws_eip"} {
				s.Visit(kind, func(name string, a attributes) {
					v.unless(synthesis.Inner(a, "lifecycle")["create_before_destroy"] == true, "%s.%s is destroyed before it is left", kind, name)
				})
			}
			waits := func(kind, tier string) {
				s.Visit(kind, func(name string, a attributes) {
					for association := range s.Resources["aws_route_table_association"] {
						v.unless(a["vpc_endpoint_type"] == "Gateway" || !strings.Contains(association, tier) || synthesis.Has(a, "depends_on", "aws_route_table_association."+association),
							"%s.%s does not depend on %s", kind, name, association)
					}
				})
			}
			waits("aws_lb", map[bool]string{false: "public", true: "private"}[s.Config.LoadBalancer.Internal])
			waits("aws_vpc_endpoint", "private")
			waits("aws_ecs_service", "private")
			waits("aws_db_subnet_group", "private")
			v.unless(synthesis.Has(s.One("aws_ecs_service"), "depends_on", fmt.Sprintf("aws_vpc_security_group_ingress_rule.ecs_sg_from_alb_sg_%d", s.Config.Service.ContainerPort)),
				"the port of the old tasks is closed before the new ones run")
			return v
		},
		broken: set("aws_lb", "depends_on", nil),
	},
	{
		sentence: "a subnet keeps its zone and its range, and a plan that asks for others fails",
		violations: func(s stack) []string {
			var v violations
			zones := s.Config.Network.AvailabilityZones
			s.Visit("aws_subnet", func(name string, a attributes) {
				lifecycle := synthesis.Inner(a, "lifecycle")
				v.unless(assert.ObjectsAreEqual([]any{"availability_zone", "cidr_block"}, lifecycle["ignore_changes"]), "%s ignores %v", name, lifecycle["ignore_changes"])
				conditions := fmt.Sprint(lifecycle["postcondition"])
				v.unless(strings.Contains(conditions, fmt.Sprintf(`self.cidr_block == "%v"`, a["cidr_block"])), "%s may be asked for another range", name)
				v.unless(len(zones) == 0 || strings.Contains(conditions, fmt.Sprintf(`self.availability_zone == "%v"`, a["availability_zone"])), "%s may be asked for another zone", name)
				v.unless(len(zones) > 0 || !strings.Contains(name, "public") || strings.HasSuffix(name, "_1") || strings.Contains(conditions, "self.availability_zone)"), "%s may share its zone", name)
			})
			return v
		},
		broken: func(s *stack) { delete(s.Resources["aws_subnet"]["networking_public_subnet_2"], "lifecycle") },
	},
}

// mentioned is the address of a resource within an expression.
var mentioned = regexp.MustCompile(`\b(aws_\w+)\.(\w+)`)

// TestFixedNamesAreNotMadeFirst lists what Terraform would create a second time before it
// destroys the first, because something that is made first depends on it, and whose name AWS
// takes once only.
func TestFixedNamesAreNotMadeFirst(t *testing.T) {
	for _, env := range stacktest.All() {
		s := load(t, env)
		first := map[string]bool{}
		var follow func(kind, name string)
		follow = func(kind, name string) {
			a, exists := s.Resources[kind][name]
			if !exists || first[kind+"."+name] {
				return
			}
			first[kind+"."+name] = true
			for _, address := range mentioned.FindAllStringSubmatch(fmt.Sprint(a), -1) {
				follow(address[1], address[2])
			}
		}
		for kind, named := range s.Resources {
			for name, a := range named {
				if synthesis.Inner(a, "lifecycle")["create_before_destroy"] == true {
					follow(kind, name)
				}
			}
		}
		assert.Contains(t, first, "aws_vpc.networking_vpc", "what is made first, too")
		for address := range first {
			kind, name, _ := strings.Cut(address, ".")
			if kind == "aws_elasticache_parameter_group" {
				continue // It is replaced with its family alone, which is in the name, and AWS takes no other.
			}
			if kind == "aws_db_parameter_group" {
				continue // Its name has the engine's major version, by which alone it is replaced.
			}
			for _, attribute := range []string{"name", "identifier", "cluster_identifier", "bucket", "family", "dashboard_name", "alarm_name"} {
				assert.Nil(t, s.Resources[kind][name][attribute], "%s: %s has a fixed name", env.Suffix, address)
			}
		}
	}
}

// TestNothingWaitsForItself follows what each resource mentions, from one to the next, and
// wants no way back.
func TestNothingWaitsForItself(t *testing.T) {
	for _, env := range stacktest.All() {
		s := load(t, env)
		done := map[string]bool{}
		var follow func(kind, name string, way []string)
		follow = func(kind, name string, way []string) {
			address := kind + "." + name
			a, exists := s.Resources[kind][name]
			if !exists || done[address] {
				return
			}
			if i := slices.Index(way, address); i >= 0 {
				assert.Equal(t, i, len(way)-1, "%s: a cycle of %v", env.Suffix, way[i:])
				return
			}
			way = append(slices.Clone(way), address)
			for _, next := range mentioned.FindAllStringSubmatch(fmt.Sprint(a), -1) {
				follow(next[1], next[2], way)
			}
			done[address] = true
		}
		for kind, named := range s.Resources {
			for name := range named {
				follow(kind, name, nil)
			}
		}
		assert.True(t, done["aws_ecs_service.service"])
	}
}

// TestNetworkChoices holds the ways out of the private subnets against what each
// of them adds.
func TestNetworkChoices(t *testing.T) {
	for _, want := range []struct {
		env                           config.Config
		gateways, endpoints, flowLogs int
	}{
		{env: stacktest.Default(), gateways: 2, endpoints: 1},
		{env: stacktest.Chosen(), gateways: 1, endpoints: 1},
		{env: stacktest.Closed(), gateways: 0, endpoints: 9},
		{env: stacktest.Guarded(), gateways: 3, endpoints: 6, flowLogs: 1},
	} {
		s, suffix := load(t, want.env), want.env.Suffix
		assert.Len(t, s.Resources["aws_nat_gateway"], want.gateways, suffix)
		assert.Len(t, s.Resources["aws_eip"], want.gateways, suffix)
		assert.Len(t, s.Resources["aws_vpc_endpoint"], want.endpoints, suffix)
		assert.Len(t, s.Resources["aws_flow_log"], want.flowLogs, suffix)
		s3 := s.Resources["aws_vpc_endpoint"]["networking_s3_endpoint"]
		assert.Len(t, s3["route_table_ids"], len(s.Resources["aws_route_table"])-1, "%s: S3 is reached from every private subnet", suffix)
	}
	closed := load(t, stacktest.Closed())
	var waits []string
	for _, needed := range closed.One("aws_ecs_service")["depends_on"].([]any) {
		waits = append(waits, fmt.Sprint(needed))
	}
	for name := range closed.Resources["aws_vpc_endpoint"] {
		assert.Contains(t, waits, "aws_vpc_endpoint."+name, "what the service waits for")
	}
}

// onlyPrivate says whether the references name at least two subnets, all private.
func onlyPrivate(references any) bool {
	list, _ := references.([]any)
	return len(list) >= 2 && !slices.ContainsFunc(list, func(r any) bool {
		return !strings.HasPrefix(fmt.Sprint(r), "${aws_subnet.networking_private_subnet_")
	})
}
