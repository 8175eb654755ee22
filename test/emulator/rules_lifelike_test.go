package emulator

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newLifelikeProxy starts a lifelike proxy in front of a moto that gives the same answer
// to everything.
func newLifelikeProxy(t *testing.T, answer string) *Proxy {
	t.Helper()
	p := newTestProxy(t, answering(answer))
	p.Lifelike()
	return p
}

// ecsCall sends a call to ECS.
func ecsCall(t *testing.T, p *Proxy, action, body string) string {
	t.Helper()
	return send(t, p, "ecs", "X."+action, jsonType, body)
}

// described is a service of two tasks, in the answers of a moto to what creates and
// describes it, and to what is asked about its definition and its subnet.
const described = `{"serviceName":"s","clusterArn":"arn:aws:ecs:r:1:cluster/c","status":"ACTIVE","desiredCount":2,"taskDefinition":"arn:task:1",` +
	`"loadBalancers":[{"targetGroupArn":"arn:group"}],"networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"]}},` +
	`"deployments":[{"status":"PRIMARY","rolloutState":"COMPLETED"}],"deploymentConfiguration":{"deploymentCircuitBreaker":{"enable":true}}}`

// withService is a lifelike proxy that has seen the service created.
func withService(t *testing.T) *Proxy {
	t.Helper()
	freeze(t)
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // An empty one has no answer.
		switch target := r.Header.Get("X-Amz-Target"); {
		case strings.HasSuffix(target, "CreateService"):
			_, _ = io.WriteString(w, `{"service":`+described+`}`)
		case strings.HasSuffix(target, "DescribeServices"):
			_, _ = io.WriteString(w, `{"services":[`+described+`]}`)
		case strings.HasSuffix(target, "DescribeTaskDefinition"):
			_, _ = io.WriteString(w, `{"taskDefinition":{"containerDefinitions":[{"name":"api","healthCheck":{"command":["true"]}}]}}`)
		case strings.Contains(string(body), "DescribeSubnets"):
			_, _ = io.WriteString(w, `<DescribeSubnetsResponse><subnetSet><item><cidrBlock>10.0.10.0/24</cidrBlock></item></subnetSet></DescribeSubnetsResponse>`)
		default:
			_, _ = io.WriteString(w, `<R><networkInterfaceSet/></R>`)
		}
	})
	ecsCall(t, p, "CreateService", `{"serviceName":"s"}`)
	p.Lifelike()
	return p
}

// freeze has time pass by [ageTasks] only, in the test.
func freeze(t *testing.T) {
	t.Helper()
	frozen := time.Now()
	now = func() time.Time { return frozen }
	t.Cleanup(func() { now = time.Now })
}

// ageTasks lets time pass for the tasks.
func ageTasks(p *Proxy, by time.Duration) {
	p.memory.mu.Lock()
	defer p.memory.mu.Unlock()
	for _, tasks := range []map[string][]Task{p.memory.tasks, p.memory.ended} {
		for _, of := range tasks {
			for i := range of {
				of[i].Started = of[i].Started.Add(-by)
				if !of[i].end.IsZero() {
					of[i].end = of[i].end.Add(-by)
				}
			}
		}
	}
}

// taskARNs are the ARNs in an answer of ListTasks, with commas, as a request has them.
func taskARNs(t *testing.T, p *Proxy, desired string) string {
	t.Helper()
	listed := ecsCall(t, p, "ListTasks", `{"serviceName":"s","desiredStatus":"`+desired+`"}`)
	return strings.TrimSuffix(strings.TrimPrefix(listed, `{"taskArns":[`), `]}`)
}

func TestRuleTasksHaveEveryStatus(t *testing.T) {
	p := withService(t)
	tasks := strings.Split(taskARNs(t, p, "RUNNING"), ",")
	require.Len(t, tasks, 2)
	assert.Contains(t, tasks[0], `"arn:aws:ecs:r:1:task/c/`)
	assert.Empty(t, taskARNs(t, p, "STOPPED"))
	(&Emulator{memory: p.memory}).ReplaceTask("s")
	after := taskARNs(t, p, "")
	assert.NotContains(t, after, tasks[0])
	assert.Contains(t, after, tasks[1])
	assert.Len(t, strings.Split(after, ","), 2, "another one starts")
	assert.Equal(t, tasks[0], taskARNs(t, p, "STOPPED"))
}

func TestRuleTasksAreGone(t *testing.T) {
	p := withService(t)
	task, _, _ := strings.Cut(taskARNs(t, p, "RUNNING"), ",")
	look := func() string { return ecsCall(t, p, "DescribeTasks", `{"tasks":[`+task+`]}`) }
	assert.NotContains(t, look(), "networkInterfaceId")
	for _, status := range startingTask {
		assert.Contains(t, look(), `"desiredStatus":"RUNNING"`)
		assert.Contains(t, look(), `"lastStatus":"`+status+`"`)
		ageTasks(p, taskPhase)
	}
	assert.Contains(t, look(), `"name":"networkInterfaceId"`)
	assert.Contains(t, look(), `"healthStatus":"HEALTHY"`)
	assert.Contains(t, look(), `"name":"aws-guardduty-agent-`)
	(&Emulator{memory: p.memory}).ReplaceTask("s")
	for _, status := range endingTask {
		assert.Contains(t, look(), `"desiredStatus":"STOPPED"`)
		assert.Contains(t, look(), `"lastStatus":"`+status+`"`)
		ageTasks(p, taskPhase)
	}
	ageTasks(p, shown)
	(&Emulator{memory: p.memory}).ReplaceTask("s")
	assert.Contains(t, look(), `"failures":[{"arn":`+task+`,"reason":"MISSING"}]`)
}

func TestRuleTasksHaveInterfaces(t *testing.T) {
	p := withService(t)
	task := p.memory.tasks["s"][0].networkInterface()
	look := func() string {
		return send(t, p, "ec2", "", formType, "Action=DescribeNetworkInterfaces&Filter.1.Name=network-interface-id&Filter.1.Value.1="+task)
	}
	assert.NotContains(t, look(), task, "while it is provisioned")
	ageTasks(p, taskPhase)
	assert.Contains(t, look(), "<networkInterfaceId>"+task+"</networkInterfaceId><subnetId>subnet-1</subnetId><privateIpAddress>10.0.10.11</privateIpAddress>")
}

func TestRuleTasksAreTargets(t *testing.T) {
	p := withService(t)
	look := func() string {
		return send(t, p, "elasticloadbalancing", "", formType, "Action=DescribeTargetHealth&TargetGroupArn=arn:group")
	}
	assert.NotContains(t, look(), "<Target>")
	ageTasks(p, 2*taskPhase)
	assert.Contains(t, look(), "<State>initial</State>")
	ageTasks(p, taskPhase)
	assert.Equal(t, 2, strings.Count(look(), "<State>healthy</State>"))
	(&Emulator{memory: p.memory}).ReplaceTask("s")
	assert.Contains(t, look(), "<State>draining</State>")
}

func TestRuleTasksAreCounted(t *testing.T) {
	p := withService(t)
	assert.Contains(t, ecsCall(t, p, "DescribeServices", `{}`), `"pendingCount":2,"runningCount":0`)
	ageTasks(p, 3*taskPhase)
	assert.Contains(t, ecsCall(t, p, "DescribeServices", `{}`), `"pendingCount":0,"runningCount":2`)
}

func TestRuleDeploymentsTakeTheirTime(t *testing.T) {
	p := withService(t)
	delete(p.memory.deployments, "s") // What the rule of the first one does is tested there.
	for range rolloutLooks - 1 {
		assert.Contains(t, ecsCall(t, p, "DescribeServices", `{}`), `"deployments":[{"rolloutState":"IN_PROGRESS","status":"PRIMARY"},{`)
	}
	assert.Contains(t, ecsCall(t, p, "DescribeServices", `{}`), `"deployments":[{"rolloutState":"IN_PROGRESS","status":"PRIMARY"}]`)
	assert.Contains(t, ecsCall(t, p, "DescribeServices", `{}`), `"deployments":[{"rolloutState":"COMPLETED","status":"PRIMARY"}]`)
}

func TestRuleDeploymentsHaveDefaults(t *testing.T) {
	assert.Contains(t, ecsCall(t, withService(t), "DescribeServices", `{}`), `"deploymentConfiguration":{"bakeTimeInMinutes":0,"deploymentCircuitBreaker":`+
		`{"enable":true,"resetOnHealthyTask":true,"thresholdConfiguration":{"type":"BOUNDED_PERCENT","value":50}},"strategy":"ROLLING"}`)
}

func TestRuleContainersComeInAnotherOrder(t *testing.T) {
	p := newLifelikeProxy(t, `{"taskDefinition":{"containerDefinitions":[{"name":"a"},{"name":"b"}]}}`)
	assert.Contains(t, ecsCall(t, p, "DescribeTaskDefinition", `{}`), `[{"name":"b"},{"name":"a"}]`)
}

func TestRuleReadersComeAndGo(t *testing.T) {
	p := newLifelikeProxy(t, `<DBInstance><DBInstanceIdentifier>r</DBInstanceIdentifier><DBClusterIdentifier>c</DBClusterIdentifier><DBInstanceStatus>available</DBInstanceStatus></DBInstance>`)
	look := func() string { return send(t, p, "rds", "", formType, "Action=DescribeDBInstances") }
	(&Emulator{memory: p.memory}).ShowInstance("r", "deleting")
	assert.Contains(t, look(), "<DBInstanceStatus>deleting</DBInstanceStatus>")
	(&Emulator{memory: p.memory}).ShowInstance("r", "")
	assert.Contains(t, look(), "<DBInstanceStatus>available</DBInstanceStatus>")
}

// TestRuleOthersAddToIt asks for what others have added, as those do who look at what is
// deployed; who asks for what is its own, or through a proxy that is not lifelike, gets
// nothing else.
func TestRuleOthersAddToIt(t *testing.T) {
	for call, c := range map[string]struct{ service, path, target, sent, own, contentType, element, added string }{
		"endpoints": {
			"ec2", "/", "", "Action=DescribeVpcEndpoints&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1", "Action=DescribeVpcEndpoints&VpcEndpointId.1=vpce-1",
			formType, "<vpcEndpointSet />", "GuardDutyManaged",
		},
		"flow logs": {
			"ec2", "/", "", "Action=DescribeFlowLogs&Filter.1.Name=resource-id&Filter.1.Value.1=vpc-1", "Action=DescribeFlowLogs&FlowLogId.1=fl-1",
			formType, "<flowLogSet></flowLogSet>", "the-organisation",
		},
		"web ACLs": {"wafv2", "/", "X.GetWebACLForResource", `{}`, "", jsonType, `{"WebACL":{"Rules":[]}}`, "ShieldMitigationRuleGroup_"},
		"tags":     {"ec2", "/", "", "Action=DescribeVpcs", "", formType, "<tagSet></tagSet>", "<key>aws:"},
	} {
		p := newTestProxy(t, answering(c.element))
		assert.NotContains(t, sendTo(t, p, c.path, c.service, c.target, c.contentType, c.sent), c.added, call)
		p.Lifelike()
		assert.Contains(t, sendTo(t, p, c.path, c.service, c.target, c.contentType, c.sent), c.added, call)
		if c.own != "" {
			assert.NotContains(t, sendTo(t, p, c.path, c.service, c.target, c.contentType, c.own), c.added, call)
		}
	}
}

func TestRuleRoutesLeadToNothing(t *testing.T) {
	const routes = `<R><routeSet><item><natGatewayId>nat-1</natGatewayId><state>active</state></item><item><natGatewayId>nat-2</natGatewayId><state>active</state></item></routeSet></R>`
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // An empty one has no answer.
		answer := routes
		if strings.Contains(string(body), "DescribeNatGateways") {
			answer = `<R><natGatewaySet><item><natGatewayId>nat-1</natGatewayId><state>available</state></item><item><natGatewayId>nat-2</natGatewayId><state>deleted</state></item></natGatewaySet></R>`
		}
		_, _ = io.WriteString(w, answer)
	})
	p.Lifelike()
	assert.Equal(t, strings.Replace(routes, "nat-2</natGatewayId><state>active", "nat-2</natGatewayId><state>blackhole", 1),
		send(t, p, "ec2", "", formType, "Action=DescribeRouteTables"))
}

func TestRuleZonesHaveTheirNameTwice(t *testing.T) {
	p := newLifelikeProxy(t, `<R><HostedZones><HostedZone><Id>/hostedzone/Z1</Id></HostedZone></HostedZones></R>`)
	r := signed("route53", http.MethodGet, p.URL+"/2013-04-01/hostedzonesbyname?dnsname=example.com", "", "", "")
	r.RequestURI = ""
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Contains(t, string(answer), "<HostedZones><HostedZone><Id>/hostedzone/Z0PRIVATE</Id><Name>example.com.</Name>")
}
