package constructs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
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
				return s.Resources["aws_subnet"][name]["availability_zone"]
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
		{env: stacktest.Closed(), gateways: 0, endpoints: 7},
		{env: stacktest.Guarded(), gateways: 3, endpoints: 5, flowLogs: 1},
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
