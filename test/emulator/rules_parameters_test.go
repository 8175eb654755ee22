package emulator

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRuleStaticParametersAreNotSetAtOnce(t *testing.T) {
	p := newTestProxy(t, answering("<R/>"))
	for _, group := range []string{"ModifyDBClusterParameterGroup&DBClusterParameterGroupName=g", "ResetDBParameterGroup&DBParameterGroupName=g"} {
		set := func(parameter, method string) (string, bool) {
			return askRDS(t, p, group+"&Parameters.Parameter.1.ParameterName="+parameter+"&Parameters.Parameter.1.ApplyMethod="+method)
		}
		answer, refused := set("max_connections", "immediate")
		assert.True(t, refused)
		assert.Contains(t, answer, "cannot use immediate apply method for static parameter")
		_, refused = set("max_connections", "pending-reboot")
		assert.False(t, refused)
		_, refused = set("work_mem", "immediate")
		assert.False(t, refused)
	}
}

func TestRuleParameterGroupsOfInstancesStay(t *testing.T) {
	p := newTestProxy(t, answering("<R><DescribeDBInstancesResult><DBInstances><DBInstance><DBParameterGroups><DBParameterGroup>"+
		"<DBParameterGroupName>g</DBParameterGroupName></DBParameterGroup></DBParameterGroups></DBInstance></DBInstances></DescribeDBInstancesResult></R>"))
	answer, refused := askRDS(t, p, "DeleteDBParameterGroup&DBParameterGroupName=g")
	assert.True(t, refused)
	assert.Contains(t, answer, "InvalidDBParameterGroupState")
	_, refused = askRDS(t, p, "DeleteDBParameterGroup&DBParameterGroupName=other")
	assert.False(t, refused)
}
