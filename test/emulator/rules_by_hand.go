package emulator

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// byHandRules are what AWS says of an environment after somebody changed it in the console.
var byHandRules = []Rule{
	{
		Name:   "flow-log-delivery",
		Says:   "a flow log whose role may do nothing is active, and its delivery has failed",
		Source: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html",
		calls:  []string{"ec2:DescribeFlowLogs"},
		step: repair{response: func(m *memory, _ *Call, body []byte) []byte {
			return flowLogItem.ReplaceAllFunc(body, func(item []byte) []byte {
				if role := flowLogRole.FindSubmatch(item); role == nil || m.permitted(string(role[1])) {
					return item
				}
				// Without its message, which [memory.deliverFlowLogs] would take for moto's own.
				return flowLogStatus.ReplaceAllLiteral(flowLogError.ReplaceAllLiteral(item, nil), []byte("<deliverLogsStatus>FAILED<"))
			})
		}},
	},
	{
		Name:   "parameters-pending-reboot",
		Says:   "instances wait for a restart after a static parameter of their cluster was changed, or after their cluster got another group",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.Modifying.html",
		calls: []string{
			"rds:ModifyDBClusterParameterGroup", "rds:ResetDBClusterParameterGroup", "rds:DescribeDBClusters", "rds:ModifyDBCluster",
			"rds:CreateDBCluster", "rds:RestoreDBClusterFromSnapshot", "rds:RestoreDBClusterToPointInTime", "rds:RebootDBInstance",
		},
		step: repair{
			request: (*memory).notePendingReboot,
			response: func(m *memory, _ *Call, body []byte) []byte {
				return clusterBlock.ReplaceAllFunc(body, func(block []byte) []byte {
					group := clusterGroup.FindSubmatch(block)
					if group == nil || !m.pendingReboot(string(group[1]), string(clusterBlock.FindSubmatch(block)[1])) {
						return block
					}
					return bytes.ReplaceAll(block, []byte("Status>in-sync<"), []byte("Status>pending-reboot<"))
				})
			},
		},
	},
}

var (
	// flowLogItem is a flow log in an answer, and the others are parts of it.
	flowLogItem   = regexp.MustCompile(`(?s)<item>.*?</item>`)
	flowLogRole   = regexp.MustCompile(`<deliverLogsPermissionArn>[^<]*/([^<]*)</deliverLogsPermissionArn>`)
	flowLogStatus = regexp.MustCompile(`<deliverLogsStatus>\w+<`)
	flowLogError  = regexp.MustCompile(`<deliverLogsErrorMessage>[^<]*</deliverLogsErrorMessage>`)
	// clusterGroup is the parameter group of a cluster in an answer.
	clusterGroup = regexp.MustCompile(`<DBClusterParameterGroup>([^<]*)</DBClusterParameterGroup>`)
)

// permitted tells whether a role has an inline policy. One that cannot be asked for has.
func (m *memory) permitted(role string) bool {
	found, err := iam.NewFromConfig(m.account).ListRolePolicies(background, &iam.ListRolePoliciesInput{RoleName: aws.String(role)})
	return err != nil || len(found.PolicyNames) > 0
}

// notePendingReboot notes the group of a parameter that is applied with the next restart, and
// the cluster that gets another group, until it is restarted. A cluster begins with what its
// group says.
func (m *memory) notePendingReboot(c *Call) []byte {
	cluster, group := m.clusterOf(c), c.Form.Get("DBClusterParameterGroupName")
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case c.Action == "CreateDBCluster", strings.HasPrefix(c.Action, "RestoreDBCluster"):
		delete(m.rds.pending, group)
	case c.Action == "RebootDBInstance":
		delete(m.rds.pending, cluster.group)
		delete(m.rds.pending, cluster.name)
	case c.Action == "ModifyDBCluster" && group != "" && group != cluster.group:
		m.rds.pending[cluster.name] = true
	}
	for key, values := range c.Form {
		if strings.HasSuffix(key, ".ApplyMethod") && values[0] == "pending-reboot" {
			m.rds.pending[group] = true
		}
	}
	return c.Body
}

// pendingReboot tells whether one of the names, of a group or of a cluster, waits for a restart.
func (m *memory) pendingReboot(names ...string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(names, func(name string) bool { return m.rds.pending[name] })
}
