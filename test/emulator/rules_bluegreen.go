package emulator

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

const aboutBlueGreen = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/blue-green-deployments-"

// blueGreenRules are what RDS does with blue/green deployments of a cluster, and with what
// they need.
var blueGreenRules = []Rule{
	{
		Name:   "blue-green-replicates",
		Says:   "a blue/green deployment is made of a cluster whose parameter group has logical replication on",
		Source: aboutBlueGreen + "creating.html",
		calls:  []string{"rds:CreateBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if m.parameter(c, m.clusterOf(c).group, "rds.logical_replication") == "1" {
				return nil
			}
			return refusal(c, "InvalidDBClusterStateFault", "Blue/Green Deployments require a DB cluster with logical replication enabled.")
		}},
	},
	{
		Name:   "blue-green-in-sync",
		Says:   "a blue/green deployment is made of a cluster whose writer has taken the parameters of its group, after a restart where they need one",
		Source: aboutBlueGreen + "creating.html",
		calls:  []string{"rds:CreateBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			cluster := m.clusterOf(c)
			if !m.pendingReboot(cluster.group, cluster.name) {
				return nil
			}
			return refusal(c, "InvalidDBClusterStateFault", "Blue/Green Deployments requires writer instance to be in-sync with cluster parameter group.")
		}},
	},
	{
		Name:   "blue-green-family",
		Says:   "a parameter group belongs to one major version, and a cluster of another cannot have it",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html",
		calls:  []string{"rds:CreateBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			major, _, _ := strings.Cut(c.Form.Get("TargetEngineVersion"), ".")
			if family := m.family(c, c.Form.Get("TargetDBClusterParameterGroupName")); family != "aurora-postgresql"+major {
				return refusal(c, "InvalidParameterCombination", "The parameter group has the DBParameterGroupFamily "+family+", and the version is "+major+".")
			}
			return nil
		}},
	},
	{
		Name:   "blue-green-target",
		Says:   "a version can be upgraded to those that it lists, which are newer",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.PostgreSQL.UpgradeVersion.html",
		calls:  []string{"rds:CreateBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			from, to := m.clusterOf(c).version, c.Form.Get("TargetEngineVersion")
			if slices.Contains(upgradeTargets(from, m.engineVersions), to) {
				return nil
			}
			return refusal(c, "InvalidParameterCombination", "Cannot upgrade aurora-postgresql from "+from+" to "+to)
		}},
	},
	{
		Name:   "blue-green-once",
		Says:   "a blue/green deployment has a name of its own",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateBlueGreenDeployment.html",
		calls:  []string{"rds:CreateBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if m.blueGreenOf(func(b *blueGreen) bool { return b.name == c.Form.Get("BlueGreenDeploymentName") }).id == "" {
				return nil
			}
			return refusal(c, "BlueGreenDeploymentAlreadyExistsFault", "A blue/green deployment with the specified name already exists.")
		}},
	},
	{
		Name:   "blue-green-takes-time",
		Says:   "a blue/green deployment is provisioned, switched over and deleted for a while, and says so",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_BlueGreenDeployment.html",
		calls:  []string{"rds:CreateBlueGreenDeployment", "rds:SwitchoverBlueGreenDeployment", "rds:DeleteBlueGreenDeployment"},
		step: repair{request: func(_ *memory, c *Call) []byte {
			c.Form.Set(looksMember, "2")
			return c.Body
		}},
	},
	{
		Name:   "blue-green-ready",
		Says:   "only a blue/green deployment that is available, or whose switchover failed, is switched over",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_SwitchoverBlueGreenDeployment.html",
		calls:  []string{"rds:SwitchoverBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if b := m.blueGreenNamed(c); b.id == "" || b.status == "AVAILABLE" || b.status == "SWITCHOVER_FAILED" {
				return nil
			}
			return refusal(c, "InvalidBlueGreenDeploymentStateFault", "The blue/green deployment can't be switched over in this state.")
		}},
	},
	{
		Name:   "blue-green-target-stays",
		Says:   "with a blue/green deployment that was switched over, the cluster that runs now is not deleted",
		Source: aboutBlueGreen + "deleting.html",
		calls:  []string{"rds:DeleteBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if m.blueGreenNamed(c).status != "SWITCHOVER_COMPLETED" || c.Form.Get("DeleteTarget") != "true" {
				return nil
			}
			return refusal(c, "InvalidBlueGreenDeploymentStateFault", "DeleteTarget can't be specified after the switchover.")
		}},
	},
	{
		Name:   "blue-green-target-protected",
		Says:   "the copy has the deletion protection of its cluster, and is deleted with the deployment without it only",
		Source: aboutBlueGreen + "deleting.html",
		calls:  []string{"rds:DeleteBlueGreenDeployment"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			target := nameOf(m.blueGreenNamed(c).target)
			found, err := rds.NewFromConfig(m.of(c)).DescribeDBClusters(background, &rds.DescribeDBClustersInput{DBClusterIdentifier: &target})
			if err != nil || target == "" || c.Form.Get("DeleteTarget") != "true" || !aws.ToBool(found.DBClusters[0].DeletionProtection) {
				return nil
			}
			return refusal(c, "InvalidParameterCombination", "Cannot delete protected Cluster, please disable deletion protection and try again.")
		}},
	},
	{
		Name:   "cluster-parameter-group-in-use",
		Says:   "a parameter group that a cluster has is not deleted",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBClusterParameterGroup.html",
		calls:  []string{"rds:DeleteDBClusterParameterGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			found, err := rds.NewFromConfig(m.of(c)).DescribeDBClusters(background, &rds.DescribeDBClustersInput{})
			for i := 0; err == nil && i < len(found.DBClusters); i++ {
				if aws.ToString(found.DBClusters[i].DBClusterParameterGroup) == c.Form.Get("DBClusterParameterGroupName") {
					return refusal(c, "InvalidDBParameterGroupState", "One or more database instances are still members of this parameter group, so the group cannot be deleted")
				}
			}
			return nil
		}},
	},
	{
		Name:   "endpoints-of-names",
		Says:   "the endpoint of a cluster hangs on its name, and on the account and the region: a cluster with the name of another has its endpoint",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Endpoints.Cluster.html",
		calls:  []string{"rds:CreateDBCluster", "rds:ModifyDBCluster", "rds:DescribeDBClusters"},
		step: repair{response: func(_ *memory, _ *Call, body []byte) []byte {
			return endpointSuffix.ReplaceAll(body, []byte("${1}emulated1234."))
		}},
	},
}

// endpointSuffix is moto's, and of one cluster.
var endpointSuffix = regexp.MustCompile(`(\.cluster-(?:ro-)?)[a-z0-9]{12}\.`)

// parameter is the value of a parameter that a group has, or empty.
func (m *memory) parameter(c *Call, group, name string) string {
	m.mu.Lock()
	reset := m.rds.reset[group][name]
	m.mu.Unlock()
	pages := rds.NewDescribeDBClusterParametersPaginator(rds.NewFromConfig(m.of(c)), &rds.DescribeDBClusterParametersInput{DBClusterParameterGroupName: &group})
	for !reset && pages.HasMorePages() {
		page, err := pages.NextPage(background)
		if err != nil {
			return ""
		}
		for _, p := range page.Parameters {
			if aws.ToString(p.ParameterName) == name {
				return aws.ToString(p.ParameterValue)
			}
		}
	}
	return ""
}

// family is that of a parameter group, or empty.
func (m *memory) family(c *Call, group string) string {
	found, err := rds.NewFromConfig(m.of(c)).DescribeDBClusterParameterGroups(background, &rds.DescribeDBClusterParameterGroupsInput{DBClusterParameterGroupName: &group})
	if err != nil || len(found.DBClusterParameterGroups) == 0 {
		return ""
	}
	return aws.ToString(found.DBClusterParameterGroups[0].DBParameterGroupFamily)
}

// blueGreenNamed is the deployment that a call names; an empty one if there is none.
func (m *memory) blueGreenNamed(c *Call) blueGreen {
	return m.blueGreenOf(func(b *blueGreen) bool { return b.id == c.Form.Get("BlueGreenDeploymentIdentifier") })
}

func (m *memory) blueGreenOf(wanted func(*blueGreen) bool) blueGreen {
	m.rds.switching.Lock()
	defer m.rds.switching.Unlock()
	for _, b := range m.rds.blueGreen {
		if wanted(b) {
			return *b
		}
	}
	return blueGreen{}
}
