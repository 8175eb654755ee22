package emulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
)

// repair makes good one thing that moto lacks. Each of its steps is optional.
type repair struct {
	// request changes the call before it is forwarded, and returns its body.
	request func(m *memory, c *Call) []byte
	// answer replaces moto altogether.
	answer func(m *memory, c *Call) (contentType string, body []byte)
	// response changes moto's successful answer.
	response func(m *memory, c *Call, body []byte) []byte
}

// memory is what moto forgets or never knew. All proxies of an emulator share
// it, as they share moto.
type memory struct {
	mu             sync.Mutex
	engineVersions []string
	tags           map[string]map[string]string // by ARN of the scalable target
	services       map[string]map[string]any    // by ARN of the ECS service
	descriptions   map[string]string            // by id of the security group rule
	instances      map[string]map[string]string // what watches a database instance, by its identifier
	brokenTag      string
	broken         map[string]bool       // ARNs of task definitions whose tasks never become healthy
	deployments    map[string]deployment // those under way that will fail, by name of the service
}

func newMemory() *memory {
	return &memory{
		engineVersions: DefaultEngineVersions,
		tags:           map[string]map[string]string{},
		services:       map[string]map[string]any{},
		descriptions:   map[string]string{},
		instances:      map[string]map[string]string{},
		broken:         map[string]bool{},
		deployments:    map[string]deployment{},
	}
}

// DefaultEngineVersions are the Aurora PostgreSQL versions that are offered until
// [Emulator.OfferEngineVersions] says otherwise. 15.4 is not among them, as AWS
// retires minor versions, so that the newest of the major one is planned.
var DefaultEngineVersions = []string{"14.15", "15.8", "15.10", "16.6"}

// repairs are what the proxy changes, by the name of the call.
var repairs = map[string]repair{
	// moto has no tags on scalable targets and answers 404; the provider takes
	// that for a target which is not visible yet, and retries for minutes.
	"application-autoscaling:RegisterScalableTarget": {response: (*memory).storeInitialTags},
	"application-autoscaling:ListTagsForResource":    {answer: (*memory).listTags},
	"application-autoscaling:TagResource":            {answer: (*memory).tagResource},
	"application-autoscaling:UntagResource":          {answer: (*memory).untagResource},

	// moto knows no Aurora engine versions: the action is not implemented.
	"rds:DescribeDBEngineVersions": {answer: (*memory).describeEngineVersions},

	// moto refuses this filter; all the zones that it has need no opt-in.
	"ec2:DescribeAvailabilityZones": {request: withoutOptInStatus},

	// moto forgets the description of a rule that names another security group,
	// which the next plan would set again.
	"ec2:AuthorizeSecurityGroupIngress": {response: (*memory).rememberDescription},
	"ec2:AuthorizeSecurityGroupEgress":  {response: (*memory).rememberDescription},
	"ec2:DescribeSecurityGroupRules":    {response: (*memory).addDescriptions},

	// moto does not know this call; in the emulated account every region is enabled.
	"account:GetRegionOptStatus": {answer: regionEnabled},

	// moto leaves out the scheme that a load balancer has unless another is asked for.
	"elasticloadbalancing:DescribeLoadBalancers": {response: addDefaultScheme},

	// moto forgets some fields of a service, which the next plan would set again.
	// It also runs no tasks, so that no deployment of it would ever fail.
	"ecs:RegisterTaskDefinition": {response: (*memory).rememberBroken},
	"ecs:CreateService":          {response: (*memory).rememberService},
	"ecs:UpdateService":          {request: (*memory).startDeployment, response: (*memory).rememberService},
	"ecs:DescribeServices":       {response: (*memory).completeServices},

	// moto forgets what watches an instance, which the next plan would set again.
	"rds:CreateDBInstance":    {response: (*memory).rememberInstance},
	"rds:ModifyDBInstance":    {response: (*memory).rememberInstance},
	"rds:DescribeDBInstances": {response: (*memory).completeInstances},

	// moto writes this element, empty, for clusters that are not serverless;
	// the provider reads a block that the next plan would remove.
	"rds:CreateDBCluster":    {response: removeScalingConfiguration},
	"rds:ModifyDBCluster":    {response: removeScalingConfiguration},
	"rds:DescribeDBClusters": {response: removeScalingConfiguration},
}

const jsonType = "application/x-amz-json-1.1"

func (m *memory) storeInitialTags(c *Call, body []byte) []byte {
	var request struct{ Tags map[string]string }
	var response struct{ ScalableTargetARN string }
	c.decode(&request)
	if json.Unmarshal(body, &response) == nil {
		m.addTags(response.ScalableTargetARN, request.Tags)
	}
	return body
}

func (m *memory) listTags(c *Call) (string, []byte) {
	var request struct{ ResourceARN string }
	c.decode(&request)
	m.mu.Lock()
	defer m.mu.Unlock()
	tags := m.tags[request.ResourceARN]
	if tags == nil {
		tags = map[string]string{}
	}
	return jsonType, mustJSON(map[string]any{"Tags": tags})
}

func (m *memory) tagResource(c *Call) (string, []byte) {
	var request struct {
		ResourceARN string
		Tags        map[string]string
	}
	c.decode(&request)
	m.addTags(request.ResourceARN, request.Tags)
	return jsonType, []byte("{}")
}

func (m *memory) untagResource(c *Call) (string, []byte) {
	var request struct {
		ResourceARN string
		TagKeys     []string
	}
	c.decode(&request)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range request.TagKeys {
		delete(m.tags[request.ResourceARN], key)
	}
	return jsonType, []byte("{}")
}

func (m *memory) addTags(arn string, tags map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tags[arn] == nil {
		m.tags[arn] = map[string]string{}
	}
	maps.Copy(m.tags[arn], tags)
}

func (m *memory) describeEngineVersions(c *Call) (string, []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return "text/xml", engineVersionsXML(c.Form, m.engineVersions)
}

// engineVersionsXML answers DescribeDBEngineVersions for Aurora PostgreSQL. As
// with AWS, a wanted version of "15" means all of that major version, the
// oldest is first, and nothing matching is an empty list.
func engineVersionsXML(form url.Values, offered []string) []byte {
	const engine = "aurora-postgresql"
	wanted := form.Get("EngineVersion")
	var list strings.Builder
	if form.Get("Engine") == engine {
		for _, version := range slices.SortedFunc(slices.Values(offered), byVersion) {
			major, _, _ := strings.Cut(version, ".")
			if wanted != "" && wanted != version && wanted != major {
				continue
			}
			fmt.Fprintf(&list, `<DBEngineVersion><Engine>%[1]s</Engine><EngineVersion>%[2]s</EngineVersion>`+
				`<MajorEngineVersion>%[3]s</MajorEngineVersion><DBParameterGroupFamily>%[1]s%[3]s</DBParameterGroupFamily>`+
				`<Status>available</Status></DBEngineVersion>`, engine, version, major)
		}
	}
	return fmt.Appendf(nil, `<DescribeDBEngineVersionsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">`+
		`<DescribeDBEngineVersionsResult><DBEngineVersions>%s</DBEngineVersions></DescribeDBEngineVersionsResult>`+
		`<ResponseMetadata><RequestId>emulated</RequestId></ResponseMetadata></DescribeDBEngineVersionsResponse>`, &list)
}

// byVersion orders versions by their value: 15.8 is before 15.10.
func byVersion(a, b string) int {
	return semver.MustParse(a).Compare(semver.MustParse(b))
}

// withoutOptInStatus takes the filter of that name out of an EC2 request.
func withoutOptInStatus(_ *memory, c *Call) []byte {
	removeFilter(c.Form, "opt-in-status")
	return []byte(c.Form.Encode())
}

// removeFilter takes the filter of the given name out of an EC2 request, and
// numbers those after it anew, as EC2 wants them without a gap.
func removeFilter(form url.Values, name string) {
	kept := 0
	for i := 1; form.Has(fmt.Sprintf("Filter.%d.Name", i)); i++ {
		from := fmt.Sprintf("Filter.%d.", i)
		keep := form.Get(from+"Name") != name
		if keep {
			kept++
		}
		for _, key := range slices.Collect(maps.Keys(form)) {
			field, ok := strings.CutPrefix(key, from)
			if !ok {
				continue
			}
			values := form[key]
			delete(form, key)
			if keep {
				form[fmt.Sprintf("Filter.%d.%s", kept, field)] = values
			}
		}
	}
}

// regionEnabled says that the region that is asked for is enabled.
func regionEnabled(_ *memory, c *Call) (string, []byte) {
	var request struct{ RegionName string }
	c.decode(&request)
	return "application/json", mustJSON(map[string]string{"RegionName": request.RegionName, "RegionOptStatus": "ENABLED"})
}

// rememberDescription keeps the description of a rule between two security
// groups. The provider authorises one rule at a time.
func (m *memory) rememberDescription(c *Call, body []byte) []byte {
	description := c.Form.Get("IpPermissions.1.Groups.1.Description")
	rules, err := texts(body, "securityGroupRuleSet/item/securityGroupRuleId")
	if err != nil || len(rules) != 1 || description == "" {
		return body
	}
	m.mu.Lock()
	m.descriptions[rules[0]] = description
	m.mu.Unlock()
	return m.addDescriptions(c, body)
}

// addDescriptions adds the kept descriptions to the rules of an answer.
func (m *memory) addDescriptions(_ *Call, body []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for rule, description := range m.descriptions {
		id := "<securityGroupRuleId>" + rule + "</securityGroupRuleId>"
		body = bytes.ReplaceAll(body, []byte(id), []byte(id+"<description>"+html.EscapeString(description)+"</description>"))
	}
	return body
}

// forgottenFields are the service's fields that moto accepts and drops.
var forgottenFields = []string{
	"deploymentConfiguration", "healthCheckGracePeriodSeconds", "availabilityZoneRebalancing", "enableECSManagedTags",
	"capacityProviderStrategy", "enableExecuteCommand",
}

func (m *memory) rememberService(c *Call, body []byte) []byte {
	var request map[string]any
	c.decode(&request)
	var response struct {
		Service struct{ ServiceArn string }
	}
	if json.Unmarshal(body, &response) != nil {
		return body
	}
	m.mu.Lock()
	fields := m.services[response.Service.ServiceArn]
	if fields == nil || c.Action == "CreateService" {
		fields = map[string]any{}
		m.services[response.Service.ServiceArn] = fields
	}
	for _, field := range forgottenFields {
		if value, ok := request[field]; ok {
			fields[field] = value
		}
	}
	m.mu.Unlock()
	return m.completeServices(c, body)
}

// completeServices adds what moto forgot to the services of an answer, and to the
// described ones a deployment that moto knows nothing of.
func (m *memory) completeServices(c *Call, body []byte) []byte {
	var response map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // Times are numbers, and are to keep their digits.
	if decoder.Decode(&response) != nil {
		return body
	}
	services, _ := response["services"].([]any)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range append(services, response["service"]) {
		if service, ok := s.(map[string]any); ok {
			arn, _ := service["serviceArn"].(string)
			maps.Copy(service, m.services[arn])
			if strategy, _ := service["capacityProviderStrategy"].([]any); len(strategy) > 0 {
				delete(service, "launchType") // It would be the other way to choose the capacity.
			}
			if c.Action == "DescribeServices" {
				m.showDeployment(service)
			}
		}
	}
	return mustJSON(response)
}

// forgottenElements are the instance's elements that moto accepts and drops, by the
// parameters that set them.
var forgottenElements = map[string]string{
	"EnablePerformanceInsights":          "PerformanceInsightsEnabled",
	"PerformanceInsightsKMSKeyId":        "PerformanceInsightsKMSKeyId",
	"PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
	"MonitoringInterval":                 "MonitoringInterval",
	"MonitoringRoleArn":                  "MonitoringRoleArn",
}

func (m *memory) rememberInstance(c *Call, body []byte) []byte {
	m.mu.Lock()
	id := c.Form.Get("DBInstanceIdentifier")
	if m.instances[id] == nil || c.Action == "CreateDBInstance" {
		m.instances[id] = map[string]string{}
	}
	for parameter, element := range forgottenElements {
		if value := c.Form.Get(parameter); value != "" {
			m.instances[id][element] = value
		}
	}
	m.mu.Unlock()
	return m.completeInstances(c, body)
}

// completeInstances adds what moto forgot to the instances of an answer.
func (m *memory) completeInstances(_ *Call, body []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, elements := range m.instances {
		identifier := "<DBInstanceIdentifier>" + id + "</DBInstanceIdentifier>"
		var added strings.Builder
		for _, element := range slices.Sorted(maps.Keys(elements)) {
			fmt.Fprintf(&added, "<%[1]s>%[2]s</%[1]s>", element, html.EscapeString(elements[element]))
		}
		body = bytes.ReplaceAll(body, []byte(identifier), []byte(identifier+added.String()))
	}
	return body
}

func addDefaultScheme(_ *memory, _ *Call, body []byte) []byte {
	if bytes.Contains(body, []byte("<Scheme>")) {
		return body
	}
	return bytes.ReplaceAll(body, []byte("<LoadBalancerName>"), []byte("<Scheme>internet-facing</Scheme><LoadBalancerName>"))
}

func removeScalingConfiguration(_ *memory, _ *Call, body []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(body,
		[]byte("<ScalingConfigurationInfo></ScalingConfigurationInfo>"), nil),
		[]byte("<ScalingConfigurationInfo/>"), nil)
}

// mustJSON encodes what is made of maps, strings and numbers, which cannot fail.
func mustJSON(value any) []byte {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return encoded
}

// texts returns the texts of the elements whose path ends with the given one.
func texts(document []byte, path string) ([]string, error) {
	var found, at []string
	decoder := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			at = append(at, token.Name.Local)
		case xml.EndElement:
			at = at[:len(at)-1]
		case xml.CharData:
			if strings.HasSuffix("/"+strings.Join(at, "/"), "/"+path) {
				found = append(found, string(token))
			}
		}
	}
}
