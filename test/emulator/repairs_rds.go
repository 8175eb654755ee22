package emulator

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
)

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
				`<Status>available</Status><ValidUpgradeTarget>%[4]s</ValidUpgradeTarget></DBEngineVersion>`, engine, version, major, upgradeTargetsXML(version, offered))
		}
	}
	return fmt.Appendf(nil, `<DescribeDBEngineVersionsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">`+
		`<DescribeDBEngineVersionsResult><DBEngineVersions>%s</DBEngineVersions></DescribeDBEngineVersionsResult>`+
		`<ResponseMetadata><RequestId>emulated</RequestId></ResponseMetadata></DescribeDBEngineVersionsResponse>`, &list)
}

// upgradeTargets are the versions that a cluster of one can be upgraded to: all newer ones.
func upgradeTargets(from string, offered []string) []string {
	return slices.DeleteFunc(slices.SortedFunc(slices.Values(offered), byVersion), func(to string) bool { return byVersion(to, from) <= 0 })
}

func upgradeTargetsXML(from string, offered []string) string {
	var list strings.Builder
	major, _, _ := strings.Cut(from, ".")
	for _, to := range upgradeTargets(from, offered) {
		fmt.Fprintf(&list, "<UpgradeTarget><Engine>aurora-postgresql</Engine><EngineVersion>%s</EngineVersion><IsMajorVersionUpgrade>%t</IsMajorVersionUpgrade></UpgradeTarget>",
			to, !strings.HasPrefix(to, major+"."))
	}
	return list.String()
}

// byVersion orders versions by their value: 15.8 is before 15.10.
func byVersion(a, b string) int {
	return semver.MustParse(a).Compare(semver.MustParse(b))
}

// forgottenElements are the elements of instances and clusters that moto accepts and
// drops, by the parameters that set them.
var forgottenElements = map[string]string{
	"EnableIAMDatabaseAuthentication":    "IAMDatabaseAuthenticationEnabled",
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
	if renamed := c.Form.Get("NewDBInstanceIdentifier"); renamed != "" {
		m.instances[renamed] = m.instances[id]
		delete(m.instances, id)
	}
	m.mu.Unlock()
	return m.completeInstances(c, body)
}

// completeInstances adds what moto forgot to the instances of an answer.
func (m *memory) completeInstances(_ *Call, body []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return complete(body, "DBInstanceIdentifier", m.instances)
}

// complete adds the elements to each thing that the element of that name identifies.
func complete(body []byte, identifier string, forgotten map[string]map[string]string) []byte {
	for id, elements := range forgotten {
		element := []byte("<" + identifier + ">" + id + "</" + identifier + ">")
		body = bytes.ReplaceAll(body, element, append(bytes.Clone(element), elementsXML(elements)...))
	}
	return body
}

// elementsXML writes the elements, in the order of their names.
func elementsXML(elements map[string]string) string {
	var written strings.Builder
	for _, element := range slices.Sorted(maps.Keys(elements)) {
		fmt.Fprintf(&written, "<%[1]s>%[2]s</%[1]s>", element, html.EscapeString(elements[element]))
	}
	return written.String()
}

// rdsMemory is what moto forgets of clusters and their parameter groups.
type rdsMemory struct {
	clusters map[string]map[string]string // elements, by the cluster's identifier
	support  map[string]string            // EngineLifecycleSupport, by the cluster's identifier
	reset    map[string]map[string]bool   // names of parameters that were taken back, by their group
	statuses map[string]string            // by the instance's identifier
	exports  map[string]string            // the log that is exported since a change, or none, by the cluster's identifier
	pending  map[string]bool              // names of parameter groups with a change that waits for a restart, and of clusters with another group

	switching  sync.Mutex // One blue/green deployment moves at a time.
	blueGreen  map[string]*blueGreen
	blueGreens int // all that there were
}

func newRDSMemory() rdsMemory {
	return rdsMemory{
		clusters: map[string]map[string]string{}, support: map[string]string{}, reset: map[string]map[string]bool{}, statuses: map[string]string{},
		exports: map[string]string{}, pending: map[string]bool{}, blueGreen: map[string]*blueGreen{},
	}
}

// rememberCluster notes what watches a cluster, and for how long it is supported, of
// which moto knows nothing, also under another name.
func (m *memory) rememberCluster(c *Call, body []byte) []byte {
	m.mu.Lock()
	id := c.Form.Get("DBClusterIdentifier")
	if m.rds.clusters[id] == nil || c.Action != "ModifyDBCluster" {
		m.rds.clusters[id] = map[string]string{}
		m.rds.support[id] = c.Form.Get("EngineLifecycleSupport")
	}
	if said := c.Form.Get("EngineLifecycleSupport"); said != "" {
		m.rds.support[id] = said
	}
	for parameter, element := range forgottenElements {
		if value := c.Form.Get(parameter); value != "" {
			m.rds.clusters[id][element] = value
		}
	}
	const exports = "CloudwatchLogsExportConfiguration."
	if c.Form.Has(exports+"EnableLogTypes.member.1") || c.Form.Has(exports+"DisableLogTypes.member.1") {
		m.rds.exports[id] = c.Form.Get(exports + "EnableLogTypes.member.1")
	}
	if renamed := c.Form.Get("NewDBClusterIdentifier"); renamed != "" {
		m.rds.clusters[renamed], m.rds.support[renamed] = m.rds.clusters[id], m.rds.support[id]
		delete(m.rds.clusters, id)
	}
	m.mu.Unlock()
	return m.completeClusters(c, body)
}

// completeClusters adds what moto forgot to the clusters of an answer, and removes an
// element that AWS has of another kind of cluster only.
func (m *memory) completeClusters(_ *Call, body []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	body = clusterBlock.ReplaceAllFunc(removeScalingConfiguration(body), func(block []byte) []byte {
		cluster := clusterBlock.FindSubmatch(block)[1]
		if m.rds.clusters[string(cluster)]["IAMDatabaseAuthenticationEnabled"] != "" {
			block = iamAuthentication.ReplaceAll(block, nil) // The last of two elements counts.
		}
		log, changed := m.rds.exports[string(cluster)]
		if !changed {
			return block
		}
		list := ""
		if log != "" {
			list = "<EnabledCloudwatchLogsExports><member>" + log + "</member></EnabledCloudwatchLogsExports>"
		}
		return []byte(strings.TrimSuffix(string(exportedLogs.ReplaceAll(block, nil)), "</DBCluster>") + list + "</DBCluster>")
	})
	return complete(body, "DBClusterIdentifier", m.rds.clusters)
}

var (
	// clusterBlock is a cluster in an answer, and the others parts of it.
	clusterBlock      = regexp.MustCompile(`(?s)<DBCluster>.*?<DBClusterIdentifier>([^<]*)</DBClusterIdentifier>.*?</DBCluster>`)
	iamAuthentication = regexp.MustCompile(`<IAMDatabaseAuthenticationEnabled>\w*</IAMDatabaseAuthenticationEnabled>`)
	exportedLogs      = regexp.MustCompile(`(?s)<EnabledCloudwatchLogsExports ?/>|<EnabledCloudwatchLogsExports>.*?</EnabledCloudwatchLogsExports>`)
)

func removeScalingConfiguration(body []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(body,
		[]byte("<ScalingConfigurationInfo></ScalingConfigurationInfo>"), nil),
		[]byte("<ScalingConfigurationInfo/>"), nil)
}

// parameterName is how a parameter of a group is named in a request.
var parameterName = regexp.MustCompile(`^Parameters\.(?:Parameter\.|member\.)?\d+\.ParameterName$`)

// resetParameters takes parameters of a group back.
func (m *memory) resetParameters(c *Call) (string, []byte) {
	m.noteParameters(c, true)
	element := strings.TrimPrefix(c.Action, "Reset") + "Name"
	return "text/xml", fmt.Appendf(nil, `<%[1]sResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><%[1]sResult><%[2]s>%[3]s</%[2]s></%[1]sResult>`+
		`<ResponseMetadata><RequestId>emulated</RequestId></ResponseMetadata></%[1]sResponse>`, c.Action, element, html.EscapeString(parameterGroup(c)))
}

// parameterGroup is the name of the group of a cluster or of instances that a call names.
func parameterGroup(c *Call) string {
	return c.Form.Get("DBClusterParameterGroupName") + c.Form.Get("DBParameterGroupName")
}

// forgetParameters forgets a group that had the name of a new one.
func (m *memory) forgetParameters(c *Call) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rds.pending, c.Form.Get("DBClusterParameterGroupName"))
	delete(m.rds.reset, c.Form.Get("DBClusterParameterGroupName"))
	return c.Body
}

func (m *memory) setParameters(c *Call) []byte {
	m.noteParameters(c, false)
	return c.Body
}

// noteParameters notes the parameters of a request, which are reset now or no longer.
func (m *memory) noteParameters(c *Call, reset bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	group := parameterGroup(c)
	if m.rds.reset[group] == nil {
		m.rds.reset[group] = map[string]bool{}
	}
	for key, values := range c.Form {
		if parameterName.MatchString(key) {
			m.rds.reset[group][values[0]] = reset
		}
	}
}

// withoutResetParameters removes from an answer the parameters that were taken back.
func (m *memory) withoutResetParameters(c *Call, body []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	parameters := strings.Split(string(body), "<Parameter>")
	for name, reset := range m.rds.reset[parameterGroup(c)] {
		for i, parameter := range parameters {
			if reset && strings.Contains(parameter, "<ParameterName>"+name+"</ParameterName>") {
				_, parameters[i], _ = strings.Cut(parameter, "</Parameter>")
				parameters[i-1] += parameters[i]
				parameters = slices.Delete(parameters, i, i+1)
				break
			}
		}
	}
	return []byte(strings.Join(parameters, "<Parameter>"))
}

// setByUser are the parameters of an answer that were not taken back, with their source.
func (m *memory) setByUser(c *Call, body []byte) []byte {
	return bytes.ReplaceAll(m.withoutResetParameters(c, body), []byte("</ParameterName>"), []byte("</ParameterName><Source>user</Source>"))
}
