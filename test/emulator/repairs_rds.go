package emulator

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// DefaultEngineVersions are the Aurora PostgreSQL versions that are offered until
// [Emulator.OfferEngineVersions] says otherwise. 15.4 is not among them, as AWS
// retires minor versions, so that the newest of the major one is planned.
var DefaultEngineVersions = []string{"14.15", "15.8", "15.10", "16.6"}

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

func removeScalingConfiguration(_ *memory, _ *Call, body []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(body,
		[]byte("<ScalingConfigurationInfo></ScalingConfigurationInfo>"), nil),
		[]byte("<ScalingConfigurationInfo/>"), nil)
}
