package emulator

import (
	"cmp"
	"fmt"
	"html"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// blueGreen is a blue/green deployment of a cluster. moto has them, but not their
// instances, their subnets, nor what moto forgets of a cluster.
type blueGreen struct {
	id, name, source, target, status string
	next                             string // status, after so many looks
	looks                            int
}

// gone is the status of a deployment that is deleted.
const gone = "GONE"

// looksMember is the member by which a rule says how long a step takes.
const looksMember = "emulated.looks"

// moves makes the next status the deployment's when its time has come, which it says.
func (b *blueGreen) moves() bool {
	if b.next == "" {
		return false
	}
	if b.looks--; b.looks >= 0 {
		return false
	}
	b.status, b.next = b.next, ""
	return true
}

// becomes starts a step.
func (b *blueGreen) becomes(c *Call, during, after string) {
	b.status, b.next = during, after
	b.looks, _ = strconv.Atoi(c.Form.Get(looksMember)) // None is 0.
}

func nameOf(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// createBlueGreen copies a cluster, and has the copy another version and another group.
func (m *memory) createBlueGreen(c *Call) (string, []byte) {
	m.rds.switching.Lock()
	defer m.rds.switching.Unlock()
	source, name, group := c.Form.Get("Source"), c.Form.Get("BlueGreenDeploymentName"), c.Form.Get("TargetDBClusterParameterGroupName")
	for _, b := range m.rds.blueGreen {
		if b.name == name { // Of two calls at once, which no rule saw.
			return c.blueGreens(b)
		}
	}
	const ending = "-green-abcdef"
	b := &blueGreen{id: fmt.Sprintf("bgd-%016d", m.rds.blueGreens), name: name, source: source, target: source + ending}
	b.becomes(c, "PROVISIONING", "AVAILABLE")
	if m.copyCluster(c, nameOf(source), ending, c.Form.Get("TargetEngineVersion"), group) != nil {
		b.next = "INVALID_CONFIGURATION"
	}
	m.mu.Lock()
	m.rds.pending[group] = false // The copy started with it.
	m.mu.Unlock()
	m.rds.blueGreen[b.id] = b
	m.rds.blueGreens++
	return c.blueGreens(b)
}

// describeBlueGreens shows those of a name or an id, and lets time pass.
func (m *memory) describeBlueGreens(c *Call) (string, []byte) {
	m.rds.switching.Lock()
	defer m.rds.switching.Unlock()
	var found []*blueGreen
	name, wanted := c.Form.Get("Filters.Filter.1.Values.Value.1"), c.Form.Get("BlueGreenDeploymentIdentifier")
	for _, id := range slices.Sorted(maps.Keys(m.rds.blueGreen)) {
		b := m.rds.blueGreen[id]
		if name != "" && name != b.name || wanted != "" && wanted != id {
			continue
		}
		if b.moves() {
			switch b.status {
			case "SWITCHOVER_COMPLETED":
				m.switchOver(c, b)
			case gone:
				delete(m.rds.blueGreen, id)
				continue
			}
		}
		found = append(found, b)
	}
	return c.blueGreens(found...)
}

func (m *memory) startSwitchover(c *Call) (string, []byte) {
	m.rds.switching.Lock()
	defer m.rds.switching.Unlock()
	b := m.rds.blueGreen[c.Form.Get("BlueGreenDeploymentIdentifier")]
	if b == nil {
		return "", nil // moto refuses it.
	}
	b.becomes(c, "SWITCHOVER_IN_PROGRESS", "SWITCHOVER_COMPLETED")
	return c.blueGreens(b)
}

func (m *memory) deleteBlueGreen(c *Call) (string, []byte) {
	m.rds.switching.Lock()
	defer m.rds.switching.Unlock()
	b := m.rds.blueGreen[c.Form.Get("BlueGreenDeploymentIdentifier")]
	if b == nil {
		return "", nil // moto refuses it.
	}
	if c.Form.Get("DeleteTarget") == "true" {
		m.removeCluster(c, nameOf(b.target))
	}
	b.becomes(c, "DELETING", gone)
	return c.blueGreens(b)
}

// switchOver gives the copy the names of the cluster, which gets those of the past. moto
// loses the instances of a cluster that is renamed, so that each is made anew.
func (m *memory) switchOver(c *Call, b *blueGreen) {
	name, green := nameOf(b.source), nameOf(b.target)
	found, err := rds.NewFromConfig(m.of(c)).DescribeDBClusters(background, &rds.DescribeDBClustersInput{DBClusterIdentifier: &green})
	if err != nil {
		b.status = "SWITCHOVER_FAILED"
		return
	}
	_ = m.copyCluster(c, name, "-old1", "", "") // What fails is missed by whoever looks.
	m.removeCluster(c, name)
	_ = m.copyCluster(c, name+"-old1", "", aws.ToString(found.DBClusters[0].EngineVersion), aws.ToString(found.DBClusters[0].DBClusterParameterGroup))
	m.removeCluster(c, green)
	b.target, b.source = b.source, b.source+"-old1"
}

// removeCluster deletes a cluster with its instances, and what is remembered of it.
func (m *memory) removeCluster(c *Call, name string) {
	client := rds.NewFromConfig(m.of(c))
	_, _ = client.ModifyDBCluster(background, &rds.ModifyDBClusterInput{DBClusterIdentifier: &name, DeletionProtection: aws.Bool(false)})
	for _, instance := range m.instancesOf(c, name) {
		_, _ = client.DeleteDBInstance(background, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: instance.DBInstanceIdentifier})
	}
	_, _ = client.DeleteDBCluster(background, &rds.DeleteDBClusterInput{DBClusterIdentifier: &name, SkipFinalSnapshot: aws.Bool(true)})
}

// instancesOf are those of a cluster, the writer first.
func (m *memory) instancesOf(c *Call, cluster string) []rdstypes.DBInstance {
	found, err := rds.NewFromConfig(m.of(c)).DescribeDBInstances(background, &rds.DescribeDBInstancesInput{
		Filters: []rdstypes.Filter{{Name: aws.String("db-cluster-id"), Values: []string{cluster}}},
	})
	if err != nil {
		return nil
	}
	slices.SortFunc(found.DBInstances, func(a, b rdstypes.DBInstance) int {
		return cmp.Compare(aws.ToInt32(a.PromotionTier), aws.ToInt32(b.PromotionTier))
	})
	return found.DBInstances
}

// renamed is a name with another ending: "" is that of the present.
func renamed(name, ending string) string { return strings.TrimSuffix(name, "-old1") + ending }

// copyCluster makes a cluster and instances like those of that name, whose names have the
// ending, and remembers of them what moto forgets.
func (m *memory) copyCluster(c *Call, name, ending, version, group string) error {
	client := rds.NewFromConfig(m.of(c))
	found, err := client.DescribeDBClusters(background, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	if err != nil {
		return err
	}
	from, to := found.DBClusters[0], renamed(name, ending)
	input := &rds.CreateDBClusterInput{
		DBClusterIdentifier: &to, Engine: from.Engine, EngineVersion: aws.String(cmp.Or(version, *from.EngineVersion)), DBClusterParameterGroupName: aws.String(cmp.Or(group, *from.DBClusterParameterGroup)),
		MasterUsername: from.MasterUsername, MasterUserPassword: aws.String("the same one"), DatabaseName: from.DatabaseName, Port: from.Port,
		DBSubnetGroupName: from.DBSubnetGroup, StorageEncrypted: from.StorageEncrypted, KmsKeyId: from.KmsKeyId, AvailabilityZones: from.AvailabilityZones,
		EnableIAMDatabaseAuthentication: from.IAMDatabaseAuthenticationEnabled, BackupRetentionPeriod: from.BackupRetentionPeriod, CopyTagsToSnapshot: from.CopyTagsToSnapshot,
		PreferredBackupWindow: from.PreferredBackupWindow, PreferredMaintenanceWindow: from.PreferredMaintenanceWindow,
		DeletionProtection: from.DeletionProtection, Tags: from.TagList, EnableCloudwatchLogsExports: from.EnabledCloudwatchLogsExports,
	}
	for _, g := range from.VpcSecurityGroups {
		input.VpcSecurityGroupIds = append(input.VpcSecurityGroupIds, *g.VpcSecurityGroupId)
	}
	if s := from.ServerlessV2ScalingConfiguration; s != nil {
		input.ServerlessV2ScalingConfiguration = &rdstypes.ServerlessV2ScalingConfiguration{MinCapacity: s.MinCapacity, MaxCapacity: s.MaxCapacity, SecondsUntilAutoPause: s.SecondsUntilAutoPause}
	}
	if _, err := client.CreateDBCluster(background, input); err != nil {
		return err
	}
	m.remember(name, to, m.rds.clusters)
	m.mu.Lock()
	m.rds.support[to], m.passwords[to] = m.rds.support[name], m.passwords[name]
	if log, changed := m.rds.exports[name]; changed {
		m.rds.exports[to] = log
	}
	m.mu.Unlock()
	for _, i := range m.instancesOf(c, name) {
		named := renamed(*i.DBInstanceIdentifier, ending)
		if _, err := client.CreateDBInstance(background, &rds.CreateDBInstanceInput{
			DBInstanceIdentifier: &named, DBClusterIdentifier: &to, Engine: i.Engine, DBInstanceClass: i.DBInstanceClass, PubliclyAccessible: i.PubliclyAccessible,
			PromotionTier: i.PromotionTier, AutoMinorVersionUpgrade: i.AutoMinorVersionUpgrade, PreferredMaintenanceWindow: i.PreferredMaintenanceWindow,
			CopyTagsToSnapshot: i.CopyTagsToSnapshot, CACertificateIdentifier: i.CACertificateIdentifier, Tags: i.TagList,
		}); err != nil {
			return err
		}
		m.remember(*i.DBInstanceIdentifier, named, m.instances)
	}
	return nil
}

// remember gives what is remembered of one to another.
func (m *memory) remember(of, by string, in map[string]map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if in[of] != nil {
		in[by] = maps.Clone(in[of])
	}
}

// blueGreens is the answer to a call with the deployments.
func (c *Call) blueGreens(all ...*blueGreen) (string, []byte) {
	one, list, end := "<BlueGreenDeployment>", "", "</BlueGreenDeployment>"
	if strings.HasPrefix(c.Action, "Describe") {
		one, list, end = "<member>", "BlueGreenDeployments", "</member>"
	}
	var text strings.Builder
	for _, b := range all {
		fmt.Fprintf(&text, one+"<BlueGreenDeploymentIdentifier>%s</BlueGreenDeploymentIdentifier><BlueGreenDeploymentName>%s</BlueGreenDeploymentName>"+
			"<Source>%s</Source><Target>%s</Target><Status>%s</Status>"+end, b.id, html.EscapeString(b.name), b.source, b.target, b.status)
	}
	content := text.String()
	if list != "" {
		content = "<" + list + ">" + content + "</" + list + ">"
	}
	return "text/xml", fmt.Appendf(nil, `<%[1]sResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><%[1]sResult>%[2]s</%[1]sResult>`+
		`<ResponseMetadata><RequestId>emulated</RequestId></ResponseMetadata></%[1]sResponse>`, c.Action, content)
}
