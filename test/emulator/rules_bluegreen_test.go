package emulator

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// blueGreenAccount is a moto with a protected cluster of version 16.11, whose parameter group
// has the value of logical replication, and groups that end with their major version.
type blueGreenAccount struct {
	*Proxy
	replication string
}

func newBlueGreenAccount(t *testing.T) *blueGreenAccount {
	t.Helper()
	a := &blueGreenAccount{replication: "1"}
	a.Proxy = newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		action, name, group := form.Get("Action"), form.Get("DBClusterIdentifier"), form.Get("DBClusterParameterGroupName")
		if name == "" {
			name = "c"
		}
		_, major, _ := strings.Cut(group, "-")
		content := map[string]string{
			"DescribeDBClusters": "<DBClusters><DBCluster><DBClusterIdentifier>" + name + "</DBClusterIdentifier><Engine>aurora-postgresql</Engine><EngineVersion>16.11</EngineVersion>" +
				"<Endpoint>" + name + ".cluster-abcdefghijkl.eu-south-1.rds.amazonaws.com</Endpoint><ReaderEndpoint>" + name + ".cluster-ro-abcdefghijkl.eu-south-1.rds.amazonaws.com</ReaderEndpoint>" +
				"<DBClusterMembers><DBClusterMember><DBClusterParameterGroupStatus>in-sync</DBClusterParameterGroupStatus></DBClusterMember></DBClusterMembers>" +
				"<DBClusterParameterGroup>g-16</DBClusterParameterGroup><DeletionProtection>true</DeletionProtection></DBCluster></DBClusters>",
			"DescribeDBInstances":              "<DBInstances><DBInstance><DBInstanceIdentifier>i</DBInstanceIdentifier><Engine>aurora-postgresql</Engine><DBInstanceClass>db.r6g.large</DBInstanceClass><DBClusterIdentifier>c</DBClusterIdentifier></DBInstance></DBInstances>",
			"DescribeDBClusterParameters":      "<Parameters><Parameter><ParameterName>rds.logical_replication</ParameterName><ParameterValue>" + a.replication + "</ParameterValue></Parameter></Parameters>",
			"DescribeDBClusterParameterGroups": "<DBClusterParameterGroups><DBClusterParameterGroup><DBParameterGroupFamily>aurora-postgresql" + major + "</DBParameterGroupFamily></DBClusterParameterGroup></DBClusterParameterGroups>",
			"CreateBlueGreenDeployment":        "moto made one",
			"SwitchoverBlueGreenDeployment":    "moto knows none",
			"DeleteBlueGreenDeployment":        "moto knows none",
			"DeleteDBClusterParameterGroup":    "deleted",
			"RebootDBInstance":                 "restarted",
		}[action]
		_, _ = io.WriteString(w, "<"+action+"Response><"+action+"Result>"+content+"</"+action+"Result></"+action+"Response>")
	})
	return a
}

// deployed has a deployment of that status.
func (a *blueGreenAccount) deployed(status string) {
	a.memory.rds.blueGreen["bgd-1"] = &blueGreen{id: "bgd-1", name: "upgrade", source: "arn:aws:rds:eu-south-1:1:cluster:c", target: "arn:aws:rds:eu-south-1:1:cluster:c-green-abcdef", status: status}
}

const createBlueGreen = "CreateBlueGreenDeployment&BlueGreenDeploymentName=upgrade&Source=arn:aws:rds:eu-south-1:1:cluster:c&TargetEngineVersion=17.7&TargetDBClusterParameterGroupName=new-17"

func TestRuleBlueGreenNeeds(t *testing.T) {
	for says, do := range map[string]func(a *blueGreenAccount) string{
		"":                                 func(*blueGreenAccount) string { return createBlueGreen },
		"with logical replication enabled": func(a *blueGreenAccount) string { a.replication = "0"; return createBlueGreen },
		"DBParameterGroupFamily aurora-postgresql16": func(*blueGreenAccount) string { return strings.Replace(createBlueGreen, "new-17", "new-16", 1) },
		"Cannot upgrade aurora-postgresql from 16.11 to 17.77": func(*blueGreenAccount) string {
			return strings.Replace(createBlueGreen, "17.7", "17.77", 1)
		},
		"already exists": func(a *blueGreenAccount) string { a.deployed("AVAILABLE"); return createBlueGreen },
		"in-sync with cluster parameter group": func(a *blueGreenAccount) string {
			_, refused := askRDS(t, a.Proxy, "ModifyDBCluster&DBClusterIdentifier=c&DBClusterParameterGroupName=other-16")
			require.False(t, refused)
			return createBlueGreen
		},
	} {
		a := newBlueGreenAccount(t)
		form := do(a)
		answer, refused := askRDS(t, a.Proxy, form)
		assert.Equal(t, says != "", refused, answer)
		assert.Contains(t, answer, says)
	}
	a := newBlueGreenAccount(t)
	_, _ = askRDS(t, a.Proxy, "ModifyDBCluster&DBClusterIdentifier=c&DBClusterParameterGroupName=other-16")
	_, _ = askRDS(t, a.Proxy, "RebootDBInstance&DBInstanceIdentifier=i")
	answer, refused := askRDS(t, a.Proxy, createBlueGreen)
	assert.False(t, refused, answer)
}

func TestRuleAnotherGroupWaitsForARestart(t *testing.T) {
	a := newBlueGreenAccount(t)
	status := func() string {
		answer, _ := askRDS(t, a.Proxy, "DescribeDBClusters")
		return regexp.MustCompile(`Status>[a-z-]+<`).FindString(answer)
	}
	_, _ = askRDS(t, a.Proxy, "ModifyDBCluster&DBClusterIdentifier=c&DBClusterParameterGroupName=g-16")
	assert.Equal(t, "Status>in-sync<", status(), "it has that group already")
	_, _ = askRDS(t, a.Proxy, "ModifyDBCluster&DBClusterIdentifier=c&DBClusterParameterGroupName=other-16")
	assert.Equal(t, "Status>pending-reboot<", status())
	_, _ = askRDS(t, a.Proxy, "RebootDBInstance&DBInstanceIdentifier=i")
	assert.Equal(t, "Status>in-sync<", status())
}

func TestRuleBlueGreenTakesTime(t *testing.T) {
	a := newBlueGreenAccount(t)
	a.deployed("AVAILABLE")
	status := func(form string) string {
		answer, _ := askRDS(t, a.Proxy, form)
		return regexp.MustCompile(`<Status>[A-Z_]+<`).FindString(answer)
	}
	const describe = "DescribeBlueGreenDeployments&Filters.Filter.1.Name=blue-green-deployment-name&Filters.Filter.1.Values.Value.1=upgrade"
	assert.Equal(t, "<Status>SWITCHOVER_IN_PROGRESS<", status("SwitchoverBlueGreenDeployment&BlueGreenDeploymentIdentifier=bgd-1"))
	for range 2 {
		assert.Equal(t, "<Status>SWITCHOVER_IN_PROGRESS<", status(describe))
	}
	assert.Equal(t, "<Status>SWITCHOVER_COMPLETED<", status(describe))
	assert.Equal(t, "<Status>DELETING<", status("DeleteBlueGreenDeployment&BlueGreenDeploymentIdentifier=bgd-1"))
	for range 2 {
		assert.Equal(t, "<Status>DELETING<", status(describe))
	}
	assert.Empty(t, status(describe))
	answer, _ := askRDS(t, a.Proxy, "DeleteBlueGreenDeployment&BlueGreenDeploymentIdentifier=bgd-1")
	assert.Contains(t, answer, "moto knows none")
}

func TestRuleBlueGreenIsSwitchedOverOnce(t *testing.T) {
	for status, taken := range map[string]bool{"PROVISIONING": false, "AVAILABLE": true, "SWITCHOVER_FAILED": true, "SWITCHOVER_COMPLETED": false, "INVALID_CONFIGURATION": false} {
		a := newBlueGreenAccount(t)
		a.deployed(status)
		_, refused := askRDS(t, a.Proxy, "SwitchoverBlueGreenDeployment&BlueGreenDeploymentIdentifier=bgd-1")
		assert.Equal(t, taken, !refused, status)
	}
}

func TestRuleBlueGreenTargetIsDeletedOrNot(t *testing.T) {
	for _, c := range []struct{ status, target, says string }{
		{"AVAILABLE", "true", "Cannot delete protected Cluster"},
		{"SWITCHOVER_COMPLETED", "true", "can&#39;t be specified after the switchover"},
		{"AVAILABLE", "false", ""},
		{"SWITCHOVER_COMPLETED", "false", ""},
	} {
		a := newBlueGreenAccount(t)
		a.deployed(c.status)
		answer, refused := askRDS(t, a.Proxy, "DeleteBlueGreenDeployment&BlueGreenDeploymentIdentifier=bgd-1&DeleteTarget="+c.target)
		assert.Equal(t, c.says != "", refused, c)
		assert.Contains(t, answer, c.says)
	}
}

func TestRuleGroupsOfClustersStay(t *testing.T) {
	a := newBlueGreenAccount(t)
	_, refused := askRDS(t, a.Proxy, "DeleteDBClusterParameterGroup&DBClusterParameterGroupName=g-16")
	assert.True(t, refused)
	_, refused = askRDS(t, a.Proxy, "DeleteDBClusterParameterGroup&DBClusterParameterGroupName=other-16")
	assert.False(t, refused)
}

func TestRuleEndpointsHangOnNames(t *testing.T) {
	a := newBlueGreenAccount(t)
	answer, _ := askRDS(t, a.Proxy, "DescribeDBClusters")
	assert.Contains(t, answer, "<Endpoint>c.cluster-emulated1234.eu-south-1.rds.amazonaws.com<")
	assert.Contains(t, answer, "<ReaderEndpoint>c.cluster-ro-emulated1234.eu-south-1.rds.amazonaws.com<")
}

// TestProxyUpgradesACopy covers what a blue/green deployment makes of a cluster: it copies it,
// and two calls at once are one.
func TestProxyUpgradesACopy(t *testing.T) {
	a := newBlueGreenAccount(t)
	a.memory.rds.clusters["c"] = map[string]string{"MonitoringInterval": "60"}
	answer, refused := askRDS(t, a.Proxy, createBlueGreen)
	require.False(t, refused, answer)
	assert.Contains(t, answer, "<Target>arn:aws:rds:eu-south-1:1:cluster:c-green-abcdef</Target>")
	assert.Equal(t, "60", a.memory.rds.clusters["c-green-abcdef"]["MonitoringInterval"])
	_, again := a.memory.createBlueGreen(&Call{Service: "rds", Action: "CreateBlueGreenDeployment", Region: "eu-south-1", Form: url.Values{"BlueGreenDeploymentName": {"upgrade"}}})
	assert.Contains(t, string(again), "<BlueGreenDeploymentIdentifier>bgd-0000000000000000<")
	assert.Len(t, a.memory.rds.blueGreen, 1)
}

// TestProxyForgetsParametersOfAGroup covers a group that is made anew.
func TestProxyForgetsParametersOfAGroup(t *testing.T) {
	a := newBlueGreenAccount(t)
	_, _ = askRDS(t, a.Proxy, "ResetDBClusterParameterGroup&DBClusterParameterGroupName=g-16&Parameters.Parameter.1.ParameterName=rds.logical_replication&Parameters.Parameter.1.ApplyMethod=pending-reboot")
	_, refused := askRDS(t, a.Proxy, createBlueGreen)
	assert.True(t, refused)
	_, _ = askRDS(t, a.Proxy, "CreateDBClusterParameterGroup&DBClusterParameterGroupName=g-16")
	answer, refused := askRDS(t, a.Proxy, createBlueGreen)
	assert.False(t, refused, answer)
}
