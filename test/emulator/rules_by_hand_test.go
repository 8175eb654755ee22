package emulator

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRuleFlowLogsNeedTheirRole(t *testing.T) {
	policies := "<member>write</member>"
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		switch {
		case strings.HasSuffix(r.Header.Get("X-Amz-Target"), "DescribeLogGroups"):
			_, _ = io.WriteString(w, `{"logGroups":[{"logGroupName":"there"}]}`)
		case form.Get("Action") == "ListRolePolicies":
			assert.Equal(t, "writer", form.Get("RoleName"))
			_, _ = io.WriteString(w, "<R><ListRolePoliciesResult><PolicyNames>"+policies+"</PolicyNames></ListRolePoliciesResult></R>")
		default:
			_, _ = io.WriteString(w, "<R><flowLogSet><item><deliverLogsErrorMessage>moto's own</deliverLogsErrorMessage>"+
				"<deliverLogsPermissionArn>arn:aws:iam::123456789012:role/writer</deliverLogsPermissionArn><deliverLogsStatus>FAILED</deliverLogsStatus>"+
				"<logDestination>arn:aws:logs:r:1:log-group:there</logDestination></item><item><deliverLogsStatus>SUCCESS</deliverLogsStatus></item></flowLogSet></R>")
		}
	})
	assert.NotContains(t, asked(t, p, "ec2", "Action=DescribeFlowLogs"), "FAILED")
	policies = ""
	answer := asked(t, p, "ec2", "Action=DescribeFlowLogs")
	assert.Contains(t, answer, "<deliverLogsStatus>FAILED<")
	assert.Contains(t, answer, "<item><deliverLogsStatus>SUCCESS<", "one that needs no role")
}

func TestRuleStaticParametersWaitForARestart(t *testing.T) {
	p := newTestProxy(t, answering("<R><DescribeDBClustersResult><DBClusters><DBCluster><DBClusterIdentifier>c</DBClusterIdentifier><DBClusterMembers><DBClusterMember>"+
		"<DBClusterParameterGroupStatus>in-sync</DBClusterParameterGroupStatus></DBClusterMember></DBClusterMembers>"+
		"<DBClusterParameterGroup>g</DBClusterParameterGroup></DBCluster></DBClusters></DescribeDBClustersResult></R>"))
	change := func(group, method string) string {
		asked(t, p, "rds", "Action=ModifyDBClusterParameterGroup&DBClusterParameterGroupName="+group+
			"&Parameters.Parameter.1.ParameterName=max_connections&Parameters.Parameter.1.ApplyMethod="+method)
		return asked(t, p, "rds", "Action=DescribeDBClusters")
	}
	assert.Contains(t, change("g", "immediate"), "Status>in-sync<")
	assert.Contains(t, change("other", "pending-reboot"), "Status>in-sync<")
	for _, applies := range []string{"CreateDBCluster&DBClusterParameterGroupName=g", "RebootDBInstance&DBClusterIdentifier=c"} {
		assert.Contains(t, change("g", "pending-reboot"), "Status>pending-reboot<")
		asked(t, p, "rds", "Action="+applies)
		assert.Contains(t, asked(t, p, "rds", "Action=DescribeDBClusters"), "Status>in-sync<", applies)
	}
}

func TestProxyTurnsScanningOff(t *testing.T) {
	p := newTestProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	const target = "X.PutImageScanningConfiguration"
	assert.JSONEq(t, `{"imageScanningConfiguration":{"scanOnPush":false}}`, send(t, p, "ecr", target, jsonType, `{"imageScanningConfiguration":{}}`))
	assert.JSONEq(t, `{"imageScanningConfiguration":{"scanOnPush":true}}`, send(t, p, "ecr", target, jsonType, `{"imageScanningConfiguration":{"scanOnPush":true}}`))
}

func TestTasksFailTheirHealthChecks(t *testing.T) {
	p := withService(t)
	for range startingTask {
		ageTasks(p, taskPhase)
	}
	look := func() string { return ecsCall(t, p, "DescribeTasks", `{"tasks":[`+taskARNs(t, p, "RUNNING")+`]}`) }
	assert.NotContains(t, look(), "UNHEALTHY")
	(&Emulator{memory: p.memory}).FailHealthChecks("s")
	assert.Contains(t, look(), `"healthStatus":"UNHEALTHY"`)
	assert.Contains(t, look(), `"lastStatus":"RUNNING"`)
}
