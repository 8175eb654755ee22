package emulator

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// parameterRules are what RDS says of parameters and their groups.
var parameterRules = []Rule{
	{
		Name:   "static-parameters",
		Says:   "a static parameter is set with the next reboot and not at once",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/216",
		calls:  []string{"rds:ModifyDBClusterParameterGroup", "rds:ResetDBClusterParameterGroup", "rds:ModifyDBParameterGroup", "rds:ResetDBParameterGroup"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			for key, values := range c.Form {
				if parameterName.MatchString(key) && slices.Contains(staticParameters, values[0]) &&
					c.Form.Get(strings.TrimSuffix(key, "ParameterName")+"ApplyMethod") != "pending-reboot" {
					return refusal(c, "InvalidParameterCombination", "cannot use immediate apply method for static parameter")
				}
			}
			return nil
		}},
	},
	{
		Name:   "parameter-group-in-use",
		Says:   "a parameter group that instances have is not deleted",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBParameterGroup.html",
		calls:  []string{"rds:DeleteDBParameterGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if group := parameterGroup(c); slices.Contains(m.instanceGroups(), group) {
				return refusal(c, "InvalidDBParameterGroupState", "One or more database instances are still members of this parameter group "+group+", so the group cannot be deleted")
			}
			return nil
		}},
	},
}

// staticParameters are some of those that AWS lists as static.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
var staticParameters = []string{"max_connections", "rds.logical_replication", "shared_buffers", "shared_preload_libraries", "track_activity_query_size", "wal_buffers"}

// instanceGroups are the names of the parameter groups that instances have.
func (m *memory) instanceGroups() (names []string) {
	found, err := rds.NewFromConfig(m.account).DescribeDBInstances(background, &rds.DescribeDBInstancesInput{})
	if err != nil {
		return nil
	}
	for _, instance := range found.DBInstances {
		for _, group := range instance.DBParameterGroups {
			names = append(names, aws.ToString(group.DBParameterGroupName))
		}
	}
	return names
}
