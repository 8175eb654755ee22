package emulator

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newTestProxy starts a proxy in front of the handler.
func newTestProxy(t *testing.T, upstream http.HandlerFunc) *Proxy {
	t.Helper()
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	p := NewProxy(target)
	t.Cleanup(p.Close)
	return p
}

// send sends a request through the proxy and returns the answer.
func send(t *testing.T, p *Proxy, service, target, contentType, body string) string {
	t.Helper()
	return sendTo(t, p, "/", service, target, contentType, body)
}

// sendTo sends a request to a path, as the clients of REST services do.
func sendTo(t *testing.T, p *Proxy, path, service, target, contentType, body string) string {
	t.Helper()
	r := signed(service, http.MethodPost, p.URL+path, target, contentType, body)
	r.RequestURI = "" // A client's request has none.
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	require.Equal(t, http.StatusOK, response.StatusCode)
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(answer)
}

// answering is a moto that gives the same answer to everything.
func answering(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }
}

func TestProxyForwardsAndRecords(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	assert.JSONEq(t, `{"a":1}`, send(t, p, "ecr", "X_V1.DescribeRepositories", jsonType, `{"a":1}`))
	send(t, p, "ec2", "", formType, "Action=DescribeVpcs")
	send(t, p, "ec2", "", formType, "Action=DescribeVpcs")
	assert.Equal(t, []string{"ecr:DescribeRepositories", "ec2:DescribeVpcs", "ec2:DescribeVpcs"}, p.Calls())
}

func TestProxyRemovesTheOptInFilter(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.EqualValues(t, len(body), r.ContentLength)
		_, _ = w.Write(body)
	})
	got := send(t, p, "ec2", "", formType, "Action=DescribeAvailabilityZones"+
		"&Filter.1.Name=opt-in-status&Filter.1.Value.1=opt-in-not-required&Filter.2.Name=state&Filter.2.Value.1=available")
	assert.Equal(t, "Action=DescribeAvailabilityZones&Filter.1.Name=state&Filter.1.Value.1=available", got)
}

func TestRemoveFilterLeavesOthersAlone(t *testing.T) {
	form := url.Values{"Filter.1.Name": {"state"}, "Filter.1.Value.1": {"available"}, "Filter.1.Value.2": {"impaired"}}
	want := maps.Clone(form)
	removeFilter(form, "opt-in-status")
	assert.Equal(t, want, form)
}

func TestProxyStoresTagsOfScalableTargets(t *testing.T) {
	p := newTestProxy(t, answering(`{"ScalableTargetARN":"arn:1"}`))
	call := func(action, body string) string {
		return send(t, p, "application-autoscaling", "AnyScaleFrontendService."+action, jsonType, body)
	}
	assert.JSONEq(t, `{"ScalableTargetARN":"arn:1"}`, call("RegisterScalableTarget", `{"Tags":{"a":"1","b":"2"}}`))
	assert.JSONEq(t, `{"Tags":{"a":"1","b":"2"}}`, call("ListTagsForResource", `{"ResourceARN":"arn:1"}`))
	call("TagResource", `{"ResourceARN":"arn:1","Tags":{"c":"3"}}`)
	call("UntagResource", `{"ResourceARN":"arn:1","TagKeys":["a"]}`)
	assert.JSONEq(t, `{"Tags":{"b":"2","c":"3"}}`, call("ListTagsForResource", `{"ResourceARN":"arn:1"}`))
	assert.JSONEq(t, `{"Tags":{}}`, call("ListTagsForResource", `{"ResourceARN":"arn:2"}`))
}

func TestProxyOffersEngineVersions(t *testing.T) {
	p := newTestProxy(t, answering("moto is not asked"))
	offered := func(parameters string) []string {
		answer := send(t, p, "rds", "", formType, "Action=DescribeDBEngineVersions&"+parameters)
		versions, err := texts([]byte(answer), "DBEngineVersions/DBEngineVersion/EngineVersion")
		require.NoError(t, err)
		return versions
	}
	assert.Equal(t, []string{"15.10", "15.12"}, offered("Engine=aurora-postgresql&EngineVersion=15")[:2])
	assert.Equal(t, []string{"15.10"}, offered("Engine=aurora-postgresql&EngineVersion=15.10"))
	assert.Empty(t, offered("Engine=aurora-postgresql&EngineVersion=15.4"))
	assert.Empty(t, offered("Engine=aurora-mysql"))
	assert.Equal(t, DefaultEngineVersions, offered("Engine=aurora-postgresql"))

	p.memory.engineVersions = []string{"15.10", "15.4"}
	assert.Equal(t, []string{"15.4", "15.10"}, offered("Engine=aurora-postgresql&EngineVersion=15"))
}

func TestProxyEnablesEveryRegion(t *testing.T) {
	p := newTestProxy(t, answering("moto is not asked"))
	assert.JSONEq(t, `{"RegionName":"eu-south-1","RegionOptStatus":"ENABLED"}`,
		sendTo(t, p, "/getRegionOptStatus", "account", "", "application/json", `{"RegionName":"eu-south-1"}`))
}

func TestProxyRemembersWhatServicesForget(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		service := `{"serviceArn":"arn:s","createdAt":1700000000.123456}`
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "DescribeServices") {
			_, _ = io.WriteString(w, `{"services":[`+service+`],"failures":[]}`)
			return
		}
		_, _ = io.WriteString(w, `{"service":`+service+`}`)
	})
	call := func(action, body string) string {
		return send(t, p, "ecs", "AmazonEC2ContainerServiceV20141113."+action, jsonType, body)
	}
	grace := func(answer string) any {
		var decoded struct{ Services []map[string]any }
		require.NoError(t, json.Unmarshal([]byte(answer), &decoded))
		require.Len(t, decoded.Services, 1)
		return decoded.Services[0]["healthCheckGracePeriodSeconds"]
	}
	created := call("CreateService", `{"healthCheckGracePeriodSeconds":60,"availabilityZoneRebalancing":"ENABLED","desiredCount":2}`)
	assert.JSONEq(t, `{"service":{"serviceArn":"arn:s","createdAt":1700000000.123456,`+
		`"healthCheckGracePeriodSeconds":60,"availabilityZoneRebalancing":"ENABLED"}}`, created)
	assert.Contains(t, created, "1700000000.123456", "times keep their digits")

	call("UpdateService", `{"desiredCount":3}`)
	assert.EqualValues(t, 60, grace(call("DescribeServices", `{}`)))
	call("UpdateService", `{"healthCheckGracePeriodSeconds":90}`)
	assert.EqualValues(t, 90, grace(call("DescribeServices", `{}`)))
	call("UpdateService", `{"deploymentConfiguration":{"maximumPercent":200,"minimumHealthyPercent":100}}`)
	call("UpdateService", `{"deploymentConfiguration":{"minimumHealthyPercent":50}}`)
	assert.Contains(t, call("DescribeServices", `{}`), `"deploymentConfiguration":{"maximumPercent":200,"minimumHealthyPercent":50}`, "what is not named stays")
	call("CreateService", `{}`)
	assert.Nil(t, grace(call("DescribeServices", `{}`)), "a new service begins anew")
}

// TestProxyRemembersDescriptions wants the description of a rule with another security group,
// or with a prefix list.
func TestProxyRemembersDescriptions(t *testing.T) {
	for _, source := range []string{"Groups", "PrefixListIds"} {
		p := newTestProxy(t, answering("<R><securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId></item></securityGroupRuleSet></R>"))
		described := func(parameters string) []string {
			found, err := texts([]byte(send(t, p, "ec2", "", formType, parameters)), "securityGroupRuleSet/item/description")
			require.NoError(t, err)
			return found
		}
		assert.Empty(t, described("Action=DescribeSecurityGroupRules"))
		authorise := "Action=AuthorizeSecurityGroupIngress&IpPermissions.1." + source + ".1.Description=tasks+%26+more"
		assert.Equal(t, "tasks & more", strings.Join(described(authorise), ""), source)
		assert.Equal(t, "tasks & more", strings.Join(described("Action=DescribeSecurityGroupRules"), ""), source)
	}
}

func TestProxyLeavesFailuresAsTheyAre(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<ScalingConfigurationInfo/>", http.StatusBadRequest)
	})
	r := signed("rds", http.MethodPost, p.URL+"/", "", formType, "Action=DescribeDBClusters")
	r.RequestURI = ""
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	assert.Equal(t, "<ScalingConfigurationInfo/>\n", string(body))
}

func TestProxyRemovesEmptyScalingConfiguration(t *testing.T) {
	for _, empty := range []string{"<ScalingConfigurationInfo/>", "<ScalingConfigurationInfo></ScalingConfigurationInfo>"} {
		p := newTestProxy(t, answering("<DBCluster>"+empty+"<Port>5432</Port></DBCluster>"))
		assert.Equal(t, "<DBCluster><Port>5432</Port></DBCluster>",
			send(t, p, "rds", "", formType, "Action=DescribeDBClusters"))
	}
}

func TestProxyInjectsTheSameFaultsForTheSameSeed(t *testing.T) {
	const calls = 1000
	fates := func(seed uint64) (refused []int) {
		p := newTestProxy(t, answering(`{}`))
		p.InjectFaults(0.1, seed)
		for i := range calls {
			if p.faults.next(&Call{Service: "ecs", Action: "DescribeServices"}) != nil {
				refused = append(refused, i)
			}
		}
		assert.Equal(t, len(refused), p.Faults())
		return refused
	}
	first := fates(1)
	assert.InDelta(t, calls/10, len(first), calls/50)
	assert.Equal(t, first, fates(1))
	assert.NotEqual(t, first, fates(2))
}

func TestProxyRefusesInTheCallersProtocol(t *testing.T) {
	p := newTestProxy(t, answering("moto is not asked"))
	p.InjectFaults(1, 1)
	for _, test := range []struct{ service, target, contentType, body, want string }{
		{"ec2", "", formType, "Action=DescribeVpcs", "<Response><Errors><Error><Code>"},
		{"rds", "", formType, "Action=DescribeDBClusters", "<ErrorResponse><Error><Code>"},
		{"ecs", "X_V1.DescribeServices", jsonType, "{}", `{"__type":`},
	} {
		r := signed(test.service, http.MethodPost, p.URL+"/", test.target, test.contentType, test.body)
		r.RequestURI = ""
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.GreaterOrEqual(t, response.StatusCode, 400)
		assert.Contains(t, string(answer), test.want)
	}
	assert.Equal(t, 3, p.Faults())
}

func TestProxyHoldsCallsWhileItInterrupts(t *testing.T) {
	var reached atomic.Int32
	p := newTestProxy(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	interrupted, release := make(chan struct{}), make(chan struct{})
	p.AfterChanges(2, func() { close(interrupted); <-release })
	send(t, p, "ec2", "", formType, "Action=CreateVpc")
	send(t, p, "ec2", "", formType, "Action=DescribeVpcs")
	send(t, p, "ec2", "", formType, "Action=CreateSubnet")
	<-interrupted

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r := signed("ec2", http.MethodPost, p.URL+"/", "", formType, "Action=CreateVpc").WithContext(ctx)
	r.RequestURI = ""
	_, err := http.DefaultClient.Do(r) //nolint:bodyclose // There is no answer.
	require.ErrorIs(t, err, context.DeadlineExceeded)
	time.Sleep(100 * time.Millisecond) // For the proxy to notice.
	close(release)
	send(t, p, "ec2", "", formType, "Action=DescribeVpcs")
	assert.EqualValues(t, 4, reached.Load(), "a call whose client has gone does not reach moto")
}

// TestProxyRollsBrokenImagesBack wants that where something looks at the tasks.
func TestProxyRollsBrokenImagesBack(t *testing.T) {
	var updated, looks string
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		switch action {
		case "RegisterTaskDefinition":
			_, _ = io.WriteString(w, `{"taskDefinition":{"taskDefinitionArn":"arn:task:2","containerDefinitions":[{"image":"i:broken"`+looks+`}]}}`)
		case "UpdateService":
			updated = string(body)
			_, _ = io.WriteString(w, `{"service":{"serviceName":"s"}}`)
		default:
			_, _ = io.WriteString(w, `{"services":[{"serviceName":"s","desiredCount":1,"taskDefinition":"arn:task:1","deployments":[{"status":"PRIMARY"}]}]}`)
		}
	})
	p.memory.brokenTag = "broken"
	call := func(action, body string) string {
		return send(t, p, "ecs", "AmazonEC2ContainerServiceV20141113."+action, jsonType, body)
	}
	const update = `{"service":"s","taskDefinition":"arn:task:2"}`
	call("RegisterTaskDefinition", `{}`)
	assert.NotContains(t, call("UpdateService", update), "failing")
	assert.JSONEq(t, update, updated, "nothing looks at tasks that start, and end")
	for _, looks = range []string{`,"portMappings":[{"containerPort":5000}]`, `,"healthCheck":{"command":["CMD","true"]}`} {
		call("RegisterTaskDefinition", `{}`)
		assert.Contains(t, call("UpdateService", update), `"id":"ecs-svc/failing"`)
		assert.JSONEq(t, `{"service":"s"}`, updated, "moto keeps the old task definition")
	}
	for range rollbackLooks - 1 {
		assert.Contains(t, call("DescribeServices", `{}`), `"taskDefinition":"arn:task:2"`)
	}
	after := call("DescribeServices", `{}`)
	assert.Contains(t, after, `"taskDefinition":"arn:task:1"`)
	assert.NotContains(t, after, "arn:task:2")
}

// TestProxyDeliversFlowLogs describes one whose log group is there, and one whose is not.
func TestProxyDeliversFlowLogs(t *testing.T) {
	const log = `<item><deliverLogsErrorMessage>Access error</deliverLogsErrorMessage><deliverLogsStatus>FAILED</deliverLogsStatus><logDestination>arn:aws:logs:r:1:log-group:%s</logDestination></item>`
	gone := strings.Replace(log, "%s", "gone", 1)
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "DescribeLogGroups") {
			_, _ = io.WriteString(w, `{"logGroups":[{"logGroupName":"there"}]}`)
			return
		}
		_, _ = io.WriteString(w, strings.Replace(log, "%s", "there", 1)+gone)
	})
	assert.Equal(t, `<item><deliverLogsStatus>SUCCESS</deliverLogsStatus><logDestination>arn:aws:logs:r:1:log-group:there</logDestination></item>`+gone,
		send(t, p, "ec2", "", formType, "Action=DescribeFlowLogs"))
}

// TestProxyRemembersWhatWatchesAnInstance creates one with all of it, and changes a
// part.
func TestProxyRemembersWhatWatchesAnInstance(t *testing.T) {
	p := newTestProxy(t, answering("<DBInstance><DBInstanceIdentifier>writer</DBInstanceIdentifier></DBInstance>"))
	send(t, p, "rds", "", formType, "Action=CreateDBInstance&DBInstanceIdentifier=writer&EnablePerformanceInsights=true&MonitoringInterval=60")
	send(t, p, "rds", "", formType, "Action=ModifyDBInstance&DBInstanceIdentifier=writer&MonitoringInterval=15")
	assert.Equal(t, "<DBInstance><DBInstanceIdentifier>writer</DBInstanceIdentifier>"+
		"<MonitoringInterval>15</MonitoringInterval><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled></DBInstance>",
		send(t, p, "rds", "", formType, "Action=DescribeDBInstances"))
}

// TestProxyRemembersTheCapacityOfAService creates one on spare capacity.
func TestProxyRemembersTheCapacityOfAService(t *testing.T) {
	p := newTestProxy(t, answering(`{"clusters":[{"capacityProviders":["FARGATE_SPOT"]}],"service":{"serviceArn":"a","launchType":"EC2"}}`))
	assert.JSONEq(t, `{"clusters":[{"capacityProviders":["FARGATE_SPOT"]}],"service":{"serviceArn":"a","capacityProviderStrategy":[{"capacityProvider":"FARGATE_SPOT","weight":1}]}}`,
		send(t, p, "ecs", "X_V1.CreateService", jsonType, `{"capacityProviderStrategy":[{"capacityProvider":"FARGATE_SPOT","weight":1}]}`))
}

// TestProxyCreatesRecordsAgain creates a record that is not there, and leaves the refusal
// of one that is there to moto.
func TestProxyCreatesRecordsAgain(t *testing.T) {
	const zones = `<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z</Id><Name>example.com.</Name></HostedZone></HostedZones></ListHostedZonesResponse>`
	const records = `<ListResourceRecordSetsResponse><ResourceRecordSets><ResourceRecordSet><Name>there.example.com.</Name><Type>A</Type></ResourceRecordSet></ResourceRecordSets></ListResourceRecordSetsResponse>`
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			_, _ = io.Copy(w, r.Body)
		case strings.HasSuffix(r.URL.Path, "/rrset"):
			_, _ = io.WriteString(w, records)
		default:
			_, _ = io.WriteString(w, zones)
		}
	})
	for name, want := range map[string]string{"there": "CREATE", "gone": "UPSERT"} {
		body := `<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>CREATE</Action><ResourceRecordSet><Name>` + name +
			`.example.com</Name><Type>A</Type></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`
		assert.Contains(t, sendTo(t, p, "/2013-04-01/hostedzone/Z/rrset", "route53", "", "application/xml", body), "<Action>"+want+"<", name)
	}
}
