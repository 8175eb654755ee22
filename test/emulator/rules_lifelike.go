package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// lifelikeRules are what only those see who look at what is deployed: [Proxy.Lifelike].
var lifelikeRules = lifelike(
	Rule{
		Name:   "interfaces-of-tasks",
		Says:   "a task has a network interface of its own, in a subnet of its service, as long as it is connected",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
		calls:  []string{"ec2:DescribeNetworkInterfaces"},
		step:   repair{response: (*memory).describeInterfaces},
	},
	Rule{
		Name:   "targets-of-tasks",
		Says:   "tasks are targets that are initial, then healthy, and draining when they end",
		Source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
		calls:  []string{"elasticloadbalancing:DescribeTargetHealth"},
		step:   repair{answer: (*memory).describeTargets},
	},
	Rule{
		Name:   "counted-tasks",
		Says:   "a service counts the tasks that run and those that start",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html",
		calls:  []string{"ecs:DescribeServices"},
		step:   repair{response: eachService((*memory).countTasks)},
	},
	Rule{
		Name:   "bake-time",
		Says:   "a deployment is in progress while the one before ends, and with alarms for some minutes after its tasks are healthy",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html",
		calls:  []string{"ecs:DescribeServices"},
		step:   repair{response: eachService((*memory).showRollouts)},
	},
	Rule{
		Name:   "deployment-defaults",
		Says:   "a service's deployment configuration comes back with the strategy, the bake time and the circuit breaker's threshold that nobody sent",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
		calls:  []string{"ecs:DescribeServices"},
		step:   repair{response: eachService((*memory).addDeploymentDefaults)},
	},
	Rule{
		Name:   "containers-in-another-order",
		Says:   "containers come back in another order than they were sent in",
		Source: "https://github.com/hashicorp/terraform-provider-aws/pull/36029",
		calls:  []string{"ecs:DescribeTaskDefinition"},
		step: repair{response: func(_ *memory, _ *Call, body []byte) []byte {
			return changeJSON(body, func(answer map[string]any) {
				definition, _ := answer["taskDefinition"].(map[string]any)
				slices.Reverse(anyList(definition["containerDefinitions"]))
			})
		}},
	},
	Rule{
		Name:   "readers-that-come-and-go",
		Says:   "an instance is being created or deleted or in maintenance at times, a reader that autoscaling adds above all, while its cluster is available",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html",
		calls:  []string{"rds:DescribeDBInstances"},
		step: repair{response: func(m *memory, _ *Call, body []byte) []byte {
			m.mu.Lock()
			defer m.mu.Unlock()
			return showStatuses(body, m.rds.statuses)
		}},
	},
	Rule{
		Name:   "endpoint-of-guardduty",
		Says:   "GuardDuty puts an endpoint of its own into the VPCs whose tasks it watches",
		Source: "https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html",
		calls:  []string{"ec2:DescribeVpcEndpoints"},
		step: repair{response: func(_ *memory, c *Call, body []byte) []byte {
			for _, vpc := range filtered(c.Form, "vpc-id") {
				body = insert(body, "vpcEndpointSet", fmt.Sprintf("<item><vpcEndpointId>vpce-0123456789abcdef0</vpcEndpointId><vpcId>%s</vpcId>"+
					"<vpcEndpointType>Interface</vpcEndpointType><serviceName>com.amazonaws.%s.guardduty-data</serviceName><state>pending</state>"+
					"<tagSet><item><key>GuardDutyManaged</key><value>true</value></item></tagSet></item>", vpc, c.Region))
			}
			return body
		}},
	},
	Rule{
		Name:   "flow-log-of-the-organisation",
		Says:   "a VPC may have a flow log more, which an organisation's automation made, whose delivery is its own affair",
		Source: "https://docs.aws.amazon.com/config/latest/developerguide/vpc-flow-logs-enabled.html",
		calls:  []string{"ec2:DescribeFlowLogs"},
		step: repair{response: func(_ *memory, c *Call, body []byte) []byte {
			for _, vpc := range filtered(c.Form, "resource-id") {
				body = insert(body, "flowLogSet", fmt.Sprintf("<item><flowLogId>fl-0123456789abcdef0</flowLogId><resourceId>%s</resourceId>"+
					"<flowLogStatus>ACTIVE</flowLogStatus><deliverLogsStatus>FAILED</deliverLogsStatus><trafficType>REJECT</trafficType>"+
					"<logDestinationType>s3</logDestinationType><logDestination>arn:aws:s3:::the-organisation</logDestination></item>", vpc))
			}
			return body
		}},
	},
	Rule{
		Name:   "rule-group-of-shield",
		Says:   "Shield Advanced adds a rule of its own to a web ACL, as the last one",
		Source: "https://docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response-rg.html",
		calls:  []string{"wafv2:GetWebACLForResource", "wafv2:GetWebACL"},
		step: repair{response: func(_ *memory, _ *Call, body []byte) []byte {
			return changeJSON(body, func(answer map[string]any) {
				if acl, ok := answer["WebACL"].(map[string]any); ok {
					acl["Rules"] = append(anyList(acl["Rules"]), shieldRule)
				}
			})
		}},
	},
	Rule{
		Name:   "private-zone-of-the-name",
		Says:   "a private hosted zone may have the name of a public one, and either may be listed first",
		Source: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html",
		calls:  []string{"route53:ListHostedZonesByName"},
		step: repair{response: func(_ *memory, c *Call, body []byte) []byte {
			return insert(body, "HostedZones", fmt.Sprintf("<HostedZone><Id>/hostedzone/Z0PRIVATE</Id><Name>%s.</Name><CallerReference>another</CallerReference>"+
				"<Config><PrivateZone>true</PrivateZone></Config><ResourceRecordSetCount>2</ResourceRecordSetCount></HostedZone>", c.query.Get("dnsname")))
		}},
	},
	Rule{
		Name:   "route-to-nothing",
		Says:   "a route to a NAT gateway that is deleted stays, and is a black hole",
		Source: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html",
		calls:  []string{"ec2:DescribeRouteTables"},
		step: repair{response: func(m *memory, c *Call, body []byte) []byte {
			exists := m.natGateways(c)
			return routeToNAT.ReplaceAllFunc(body, func(route []byte) []byte {
				if exists[string(routeToNAT.FindSubmatch(route)[1])] {
					return route
				}
				return bytes.Replace(route, []byte("<state>active"), []byte("<state>blackhole"), 1)
			})
		}},
	},
	Rule{
		Name:   "tags-of-aws",
		Says:   "AWS has tags of its own, which begin with `aws:`",
		Source: "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html",
		calls:  []string{"ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"},
		step: repair{response: func(_ *memory, _ *Call, body []byte) []byte {
			return bytes.ReplaceAll(body, []byte("<tagSet>"), []byte("<tagSet><item><key>aws:servicecatalog:applicationId</key><value>another</value></item>"))
		}},
	},
)

// routeToNAT is the part of a route in an answer that names a NAT gateway and the state.
var routeToNAT = regexp.MustCompile(`(?s)<natGatewayId>([^<]+)</natGatewayId>.*?<state>[a-z]+`)

// natGateways are the ids of those that exist.
func (m *memory) natGateways(c *Call) map[string]bool {
	exist := map[string]bool{}
	found, err := ec2.NewFromConfig(m.of(c)).DescribeNatGateways(background, &ec2.DescribeNatGatewaysInput{})
	if err != nil {
		return exist
	}
	for _, nat := range found.NatGateways {
		exist[aws.ToString(nat.NatGatewayId)] = nat.State != ec2types.NatGatewayStateDeleted
	}
	return exist
}

// lifelike marks the rules.
func lifelike(rules ...Rule) []Rule {
	for i := range rules {
		rules[i].lifelike = true
	}
	return rules
}

// addDeploymentDefaults adds to services what ECS adds.
func (m *memory) addDeploymentDefaults(services []map[string]any) {
	for _, service := range services {
		configuration, _ := service["deploymentConfiguration"].(map[string]any)
		if breaker, ok := configuration["deploymentCircuitBreaker"].(map[string]any); ok {
			defaultTo(configuration, "strategy", "ROLLING")
			defaultTo(configuration, "bakeTimeInMinutes", 0)
			defaultTo(breaker, "resetOnHealthyTask", true)
			defaultTo(breaker, "thresholdConfiguration", map[string]any{"type": "BOUNDED_PERCENT", "value": 50})
		}
	}
}

// shieldRule is what Shield Advanced adds.
var shieldRule = map[string]any{
	"Name": "ShieldMitigationRuleGroup_123456789012_e17ca7e9_1", "Priority": 10000000,
	"OverrideAction": map[string]any{"None": map[string]any{}},
	"Statement": map[string]any{"RuleGroupReferenceStatement": map[string]any{
		"ARN": "arn:aws:wafv2:eu-south-1:153427709519:regional/rulegroup/ShieldMitigationRuleGroup_123456789012_e17ca7e9_1/1",
	}},
	"VisibilityConfig": map[string]any{"SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": "ShieldMitigationRuleGroup"},
}

// changeJSON changes an answer; what is no JSON stays as it is.
func changeJSON(body []byte, change func(map[string]any)) []byte {
	var answer map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // Times are numbers, and are to keep their digits.
	if decoder.Decode(&answer) != nil {
		return body
	}
	change(answer)
	return mustJSON(answer)
}

// eachService changes the services of an answer.
func eachService(change func(*memory, []map[string]any)) func(*memory, *Call, []byte) []byte {
	return func(m *memory, _ *Call, body []byte) []byte {
		return changeJSON(body, func(answer map[string]any) { change(m, objects(answer["services"])) })
	}
}

// showStatuses shows database instances with the statuses, but for empty ones.
func showStatuses(body []byte, statuses map[string]string) []byte {
	return instanceBlock.ReplaceAllFunc(body, func(block []byte) []byte {
		for id, status := range statuses {
			if status != "" && bytes.Contains(block, []byte("<DBInstanceIdentifier>"+id+"</DBInstanceIdentifier>")) {
				return statusElement.ReplaceAll(block, []byte("<DBInstanceStatus>"+status+"</DBInstanceStatus>"))
			}
		}
		return block
	})
}
