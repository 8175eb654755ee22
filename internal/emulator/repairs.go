package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// repair makes good one thing that moto lacks. Each of its steps is optional.
type repair struct {
	// request changes the form before it is forwarded.
	request func(form url.Values)
	// answer replaces moto altogether.
	answer func(p *Proxy, c *Call) (contentType string, body []byte)
	// response changes moto's successful answer.
	response func(p *Proxy, c *Call, body []byte) []byte
}

// repairs are what the proxy changes, by the name of the call.
var repairs = map[string]repair{
	// moto has no tags on scalable targets and answers 404; the provider takes
	// that for a target which is not visible yet, and retries for minutes.
	"application-autoscaling:RegisterScalableTarget": {response: (*Proxy).storeInitialTags},
	"application-autoscaling:ListTagsForResource":    {answer: (*Proxy).listTags},
	"application-autoscaling:TagResource":            {answer: (*Proxy).tagResource},
	"application-autoscaling:UntagResource":          {answer: (*Proxy).untagResource},

	// moto knows no Aurora engine versions: the action is not implemented.
	"rds:DescribeDBEngineVersions": {answer: (*Proxy).describeEngineVersions},

	// moto refuses this filter; all the zones that it has need no opt-in.
	"ec2:DescribeAvailabilityZones": {request: func(form url.Values) { removeFilter(form, "opt-in-status") }},

	// moto forgets the description of a rule that names another security group,
	// which the next plan would set again.
	"ec2:AuthorizeSecurityGroupIngress": {response: (*Proxy).rememberDescription},
	"ec2:AuthorizeSecurityGroupEgress":  {response: (*Proxy).rememberDescription},
	"ec2:DescribeSecurityGroupRules":    {response: (*Proxy).addDescriptions},

	// moto forgets some fields of a service, which the next plan would set again.
	"ecs:CreateService":    {response: (*Proxy).rememberService},
	"ecs:UpdateService":    {response: (*Proxy).rememberService},
	"ecs:DescribeServices": {response: (*Proxy).completeServices},

	// moto writes this element, empty, for clusters that are not serverless;
	// the provider reads a block that the next plan would remove.
	"rds:CreateDBCluster":    {response: removeScalingConfiguration},
	"rds:ModifyDBCluster":    {response: removeScalingConfiguration},
	"rds:DescribeDBClusters": {response: removeScalingConfiguration},
}

const jsonType = "application/x-amz-json-1.1"

func (p *Proxy) storeInitialTags(c *Call, body []byte) []byte {
	var request struct{ Tags map[string]string }
	var response struct{ ScalableTargetARN string }
	c.decode(&request)
	if json.Unmarshal(body, &response) == nil {
		p.addTags(response.ScalableTargetARN, request.Tags)
	}
	return body
}

func (p *Proxy) listTags(c *Call) (string, []byte) {
	var request struct{ ResourceARN string }
	c.decode(&request)
	p.mu.Lock()
	defer p.mu.Unlock()
	tags := p.tags[request.ResourceARN]
	if tags == nil {
		tags = map[string]string{}
	}
	return jsonType, mustJSON(map[string]any{"Tags": tags})
}

func (p *Proxy) tagResource(c *Call) (string, []byte) {
	var request struct {
		ResourceARN string
		Tags        map[string]string
	}
	c.decode(&request)
	p.addTags(request.ResourceARN, request.Tags)
	return jsonType, []byte("{}")
}

func (p *Proxy) untagResource(c *Call) (string, []byte) {
	var request struct {
		ResourceARN string
		TagKeys     []string
	}
	c.decode(&request)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range request.TagKeys {
		delete(p.tags[request.ResourceARN], key)
	}
	return jsonType, []byte("{}")
}

func (p *Proxy) addTags(arn string, tags map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tags[arn] == nil {
		p.tags[arn] = map[string]string{}
	}
	maps.Copy(p.tags[arn], tags)
}

func (p *Proxy) describeEngineVersions(c *Call) (string, []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return "text/xml", engineVersionsXML(c.Form, p.engineVersions)
}

// engineVersionsXML answers DescribeDBEngineVersions for Aurora PostgreSQL. As
// with AWS, a wanted version of "15" means all of that major version, the
// oldest is first, and nothing matching is an empty list.
func engineVersionsXML(form url.Values, offered []string) []byte {
	const engine = "aurora-postgresql"
	wanted := form.Get("EngineVersion")
	var list strings.Builder
	if form.Get("Engine") == engine {
		for _, version := range slices.SortedFunc(slices.Values(offered), compareVersions) {
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

// compareVersions orders dotted numbers by their value: 15.8 is before 15.10.
func compareVersions(a, b string) int {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		return cmp.Compare(number(x), number(y))
	})
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

// rememberDescription keeps the description of a rule between two security
// groups. The provider authorises one rule at a time.
func (p *Proxy) rememberDescription(c *Call, body []byte) []byte {
	description := c.Form.Get("IpPermissions.1.Groups.1.Description")
	rules, err := texts(body, "securityGroupRuleSet/item/securityGroupRuleId")
	if err != nil || len(rules) != 1 || description == "" {
		return body
	}
	p.mu.Lock()
	p.descriptions[rules[0]] = description
	p.mu.Unlock()
	return p.addDescriptions(c, body)
}

// addDescriptions adds the kept descriptions to the rules of an answer.
func (p *Proxy) addDescriptions(_ *Call, body []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	for rule, description := range p.descriptions {
		id := "<securityGroupRuleId>" + rule + "</securityGroupRuleId>"
		body = bytes.ReplaceAll(body, []byte(id), []byte(id+"<description>"+html.EscapeString(description)+"</description>"))
	}
	return body
}

// forgottenFields are the service's fields that moto accepts and drops.
var forgottenFields = []string{"healthCheckGracePeriodSeconds", "availabilityZoneRebalancing", "enableECSManagedTags"}

func (p *Proxy) rememberService(c *Call, body []byte) []byte {
	var request map[string]any
	c.decode(&request)
	var response struct {
		Service struct{ ServiceArn string }
	}
	if json.Unmarshal(body, &response) != nil {
		return body
	}
	p.mu.Lock()
	fields := p.services[response.Service.ServiceArn]
	if fields == nil || c.Action == "CreateService" {
		fields = map[string]any{}
		p.services[response.Service.ServiceArn] = fields
	}
	for _, field := range forgottenFields {
		if value, ok := request[field]; ok {
			fields[field] = value
		}
	}
	p.mu.Unlock()
	return p.completeServices(c, body)
}

// completeServices adds what moto forgot to the services of an answer.
func (p *Proxy) completeServices(_ *Call, body []byte) []byte {
	var response map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // Times are numbers, and are to keep their digits.
	if decoder.Decode(&response) != nil {
		return body
	}
	services, _ := response["services"].([]any)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range append(services, response["service"]) {
		if service, ok := s.(map[string]any); ok {
			arn, _ := service["serviceArn"].(string)
			maps.Copy(service, p.services[arn])
		}
	}
	return mustJSON(response)
}

func removeScalingConfiguration(_ *Proxy, _ *Call, body []byte) []byte {
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
