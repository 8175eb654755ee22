package emulator

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rdsAccount is a moto with a cluster and an instance.
func rdsAccount(t *testing.T) *Proxy {
	t.Helper()
	return newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, action, _ := strings.Cut(string(body), "Action=")
		action, _, _ = strings.Cut(action, "&")
		const cluster = "<DBClusterIdentifier>c</DBClusterIdentifier>"
		content := "<DBCluster>" + cluster + "<EngineVersion>15.10</EngineVersion></DBCluster>"
		if strings.HasSuffix(action, "DBInstances") || strings.HasSuffix(action, "DBInstance") {
			content = "<DBInstance><DBInstanceIdentifier>i</DBInstanceIdentifier>" + cluster + "</DBInstance>"
		}
		if strings.HasSuffix(action, "s") {
			content = strings.Replace("<DBClusters>"+content+"</DBClusters>", "<DBClusters><DBInstance>", "<DBInstances><DBInstance>", 1)
			content = strings.Replace(content, "</DBInstance></DBClusters>", "</DBInstance></DBInstances>", 1)
		}
		_, _ = io.WriteString(w, "<"+action+"Response><"+action+"Result>"+content+"</"+action+"Result></"+action+"Response>")
	})
}

// askRDS sends a call as a client in eu-south-1 and returns the answer and whether it was refused.
func askRDS(t *testing.T, p *Proxy, form string) (answer string, refused bool) {
	t.Helper()
	r := signed("rds", http.MethodPost, p.URL+"/", "", formType, "Action="+form)
	r.RequestURI = "" // A client's request has none.
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body), response.StatusCode == http.StatusBadRequest
}

const (
	createCluster  = "CreateDBCluster&DBClusterIdentifier=c&EngineVersion="
	createInstance = "CreateDBInstance&DBInstanceIdentifier=i&DBClusterIdentifier=c&DBInstanceClass="
)

func TestRuleSupportIsChosen(t *testing.T) {
	p := rdsAccount(t)
	answer, _ := askRDS(t, p, createCluster+"15.10")
	assert.Contains(t, answer, "<EngineLifecycleSupport>open-source-rds-extended-support<")
	answer, _ = askRDS(t, p, "ModifyDBCluster&DBClusterIdentifier=c&EngineLifecycleSupport=open-source-rds-extended-support-disabled")
	assert.Contains(t, answer, "<EngineLifecycleSupport>open-source-rds-extended-support-disabled<")
	_, _ = askRDS(t, p, "ModifyDBCluster&DBClusterIdentifier=c&BackupRetentionPeriod=7")
	answer, _ = askRDS(t, p, "DescribeDBClusters")
	assert.Contains(t, answer, "<EngineLifecycleSupport>open-source-rds-extended-support-disabled<")
	_, _ = askRDS(t, p, createCluster+"15.10")
	answer, _ = askRDS(t, p, "DescribeDBClusters")
	assert.Contains(t, answer, "<EngineLifecycleSupport>open-source-rds-extended-support<")
	_, _ = askRDS(t, p, createCluster+"15.10&EngineLifecycleSupport=open-source-rds-extended-support-disabled")
	answer, _ = askRDS(t, p, "DescribeDBClusters")
	assert.Contains(t, answer, "<EngineLifecycleSupport>open-source-rds-extended-support-disabled<")
}

func TestRuleStandardSupportEnds(t *testing.T) {
	p := rdsAccount(t)
	answer, refused := askRDS(t, p, createCluster+"13.23&EngineLifecycleSupport=open-source-rds-extended-support-disabled")
	assert.True(t, refused, answer)
	answer, refused = askRDS(t, p, createCluster+"13.23&EngineLifecycleSupport=open-source-rds-extended-support")
	assert.False(t, refused, answer)
}

func TestRuleVersionsAreWithdrawn(t *testing.T) {
	p := rdsAccount(t)
	answer, refused := askRDS(t, p, createCluster+"15.4")
	assert.True(t, refused)
	assert.Contains(t, answer, "Cannot find version 15.4")
}

func TestRuleClassesAreOffered(t *testing.T) {
	p := rdsAccount(t)
	for class, offered := range map[string]bool{"db.t3.medium": true, "db.r6g.large": true, "db.serverless": true, "db.r8g.large": false, "db.m5.large": false} {
		answer, refused := askRDS(t, p, createInstance+class)
		assert.Equal(t, offered, !refused, answer)
	}
	_, refused := askRDS(t, p, "ModifyDBInstance&DBInstanceIdentifier=i&DBInstanceClass=db.m5.large")
	assert.True(t, refused)
	assert.NotContains(t, orderable("il-central-1", "15.10"), "db.r6g.large")
}

func TestRuleInstancesAreWatchedAsTheirCluster(t *testing.T) {
	p := rdsAccount(t)
	_, _ = askRDS(t, p, "ModifyDBCluster&DBClusterIdentifier=c&EnablePerformanceInsights=true&MonitoringInterval=60")
	answer, _ := askRDS(t, p, "DescribeDBInstances")
	assert.Contains(t, answer, "<MonitoringInterval>60</MonitoringInterval><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled></DBInstance>")
}

func TestRuleIntervalIsTheClusters(t *testing.T) {
	p := rdsAccount(t)
	_, _ = askRDS(t, p, "ModifyDBCluster&DBClusterIdentifier=c&MonitoringInterval=60")
	for interval, taken := range map[string]bool{"0": false, "30": false, "60": true} {
		answer, refused := askRDS(t, p, "ModifyDBInstance&DBInstanceIdentifier=i&MonitoringInterval="+interval)
		assert.Equal(t, taken, !refused, answer)
	}
}

func TestRuleRestorationsAreUnwatched(t *testing.T) {
	p := rdsAccount(t)
	for _, restore := range []string{
		"RestoreDBClusterFromSnapshot&DBClusterIdentifier=c&SnapshotIdentifier=s&Engine=aurora-postgresql",
		"RestoreDBClusterToPointInTime&DBClusterIdentifier=c&SourceDBClusterIdentifier=source&UseLatestRestorableTime=true",
	} {
		answer, refused := askRDS(t, p, restore)
		assert.False(t, refused, answer)
		for _, parameter := range []string{"MonitoringInterval=60", "MonitoringInterval=0", "MonitoringRoleArn=arn:aws:iam::123456789012:role/r", "EnablePerformanceInsights=true", "PerformanceInsightsRetentionPeriod=7"} {
			answer, refused = askRDS(t, p, restore+"&"+parameter)
			assert.True(t, refused, parameter)
			assert.Contains(t, answer, "InvalidParameterCombination")
		}
	}
}

func TestRuleIdentifiersEnd(t *testing.T) {
	p := rdsAccount(t)
	reader := scaledReader + "00000000-0000-4000-8000-000000000002"
	assert.Len(t, reader, 60)
	_, refused := askRDS(t, p, "ModifyDBInstance&DBInstanceIdentifier="+reader+"&NewDBInstanceIdentifier="+reader+"-old")
	assert.True(t, refused)
	_, refused = askRDS(t, p, "ModifyDBInstance&DBInstanceIdentifier="+reader)
	assert.False(t, refused)
}

// TestProxyTakesParametersBack covers what the provider does with a parameter that is no
// longer written.
func TestProxyTakesParametersBack(t *testing.T) {
	const parameter = "<Parameter><ParameterName>a</ParameterName></Parameter>"
	p := newTestProxy(t, answering("<Parameters>"+parameter+strings.ReplaceAll(parameter, "a</", "b</")+"</Parameters>"))
	for _, kind := range []string{"DBCluster", "DB"} {
		names := func() []string {
			answer, _ := askRDS(t, p, "Describe"+kind+"Parameters&"+kind+"ParameterGroupName=g"+kind)
			assert.Equal(t, kind == "DB", strings.Contains(answer, "</ParameterName><Source>user</Source></Parameter>"))
			found, err := texts([]byte(answer), "Parameters/Parameter/ParameterName")
			require.NoError(t, err)
			return found
		}
		assert.Equal(t, []string{"a", "b"}, names())
		one := kind + "ParameterGroup&" + kind + "ParameterGroupName=g" + kind + "&Parameters.Parameter.1.ParameterName="
		answer, _ := askRDS(t, p, "Reset"+one+"a")
		assert.Contains(t, answer, "<"+kind+"ParameterGroupName>g"+kind+"</"+kind+"ParameterGroupName>")
		assert.Equal(t, []string{"b"}, names())
		_, _ = askRDS(t, p, "Modify"+one+"a")
		assert.Equal(t, []string{"a", "b"}, names())
	}
}

// TestProxyTurnsIAMAuthenticationOn covers what a restoration leaves off.
func TestProxyTurnsIAMAuthenticationOn(t *testing.T) {
	p := newTestProxy(t, answering("<DBCluster><DBClusterIdentifier>c</DBClusterIdentifier><IAMDatabaseAuthenticationEnabled>false</IAMDatabaseAuthenticationEnabled></DBCluster>"))
	answer, _ := askRDS(t, p, "RestoreDBClusterFromSnapshot&DBClusterIdentifier=c")
	assert.Contains(t, answer, "<IAMDatabaseAuthenticationEnabled>false<")
	answer, _ = askRDS(t, p, "ModifyDBCluster&DBClusterIdentifier=c&EnableIAMDatabaseAuthentication=true")
	assert.Contains(t, answer, "<IAMDatabaseAuthenticationEnabled>true<")
	assert.NotContains(t, answer, "<IAMDatabaseAuthenticationEnabled>false<")
}

// TestProxyChangesExportedLogs covers another parameter of a change that moto overlooks.
func TestProxyChangesExportedLogs(t *testing.T) {
	p := newTestProxy(t, answering("<DBCluster><DBClusterIdentifier>c</DBClusterIdentifier><EnabledCloudwatchLogsExports><member>postgresql</member></EnabledCloudwatchLogsExports></DBCluster>"))
	const change = "ModifyDBCluster&DBClusterIdentifier=c&CloudwatchLogsExportConfiguration."
	answer, _ := askRDS(t, p, change+"DisableLogTypes.member.1=postgresql")
	assert.NotContains(t, answer, "postgresql")
	answer, _ = askRDS(t, p, change+"EnableLogTypes.member.1=postgresql")
	assert.Contains(t, answer, "<member>postgresql</member></EnabledCloudwatchLogsExports></DBCluster>")
}
