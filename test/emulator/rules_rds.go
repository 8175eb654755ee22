package emulator

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// rdsRules are what RDS does.
var rdsRules = []Rule{
	{
		Name:   "extended-support",
		Says:   "a cluster is enrolled in Extended Support unless its creation or a later change says otherwise",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html",
		calls:  []string{"rds:CreateDBCluster", "rds:ModifyDBCluster", "rds:DescribeDBClusters"},
		step: repair{response: func(m *memory, c *Call, body []byte) []byte {
			return clusterIdentifier.ReplaceAllFunc(body, func(element []byte) []byte {
				support := m.supportOf(clusterIdentifier.FindSubmatch(element)[1], c)
				return []byte(string(element) + "<EngineLifecycleSupport>" + support + "</EngineLifecycleSupport>")
			})
		}},
	},
	{
		Name:   "standard-support-ended",
		Says:   "a cluster of a major version past its standard support is created with Extended Support only",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
		calls:  []string{"rds:CreateDBCluster"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			major, _, _ := strings.Cut(c.Form.Get("EngineVersion"), ".")
			if offers.Ended[major] == "" || !strings.HasSuffix(c.Form.Get("EngineLifecycleSupport"), "-disabled") {
				return nil
			}
			return refusal(c, "InvalidParameterCombination", "The standard support of version "+major+" ended on "+offers.Ended[major])
		}},
	},
	{
		Name:   "engine-version-offered",
		Says:   "a cluster is created of a version that is still offered",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html",
		calls:  []string{"rds:CreateDBCluster"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			m.mu.Lock()
			defer m.mu.Unlock()
			if version := c.Form.Get("EngineVersion"); version != "" && !slices.Contains(m.engineVersions, version) {
				return refusal(c, "InvalidParameterCombination", "Cannot find version "+version+" for aurora-postgresql")
			}
			return nil
		}},
	},
	{
		Name:   "class-offered",
		Says:   "an instance has a class that the region offers for the cluster's version",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html",
		calls:  []string{"rds:CreateDBInstance", "rds:ModifyDBInstance"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			class := c.Form.Get("DBInstanceClass")
			if version := m.clusterOf(c).version; class != "" && !slices.Contains(orderable(c.Region, version), class) {
				return refusal(c, "InvalidParameterCombination", fmt.Sprintf(
					"RDS does not support creating a DB instance with the following combination: DBInstanceClass=%s, Engine=aurora-postgresql, EngineVersion=%s", class, version))
			}
			return nil
		}},
	},
	{
		Name:   "watched-as-the-cluster",
		Says:   "instances, those that autoscaling adds among them, have the cluster's Performance Insights and Enhanced Monitoring",
		Source: "https://aws.amazon.com/about-aws/whats-new/2024/09/amazon-rds-performance-insights-supports-aurora-cluster-level-configuration/",
		calls:  []string{"rds:CreateDBInstance", "rds:ModifyDBInstance", "rds:DescribeDBInstances"},
		step: repair{response: func(m *memory, _ *Call, body []byte) []byte {
			m.mu.Lock()
			defer m.mu.Unlock()
			return instanceBlock.ReplaceAllFunc(body, func(block []byte) []byte {
				// The last of two elements counts.
				elements := elementsXML(m.rds.clusters[string(instanceBlock.FindSubmatch(block)[1])])
				return []byte(strings.TrimSuffix(string(block), "</DBInstance>") + elements + "</DBInstance>")
			})
		}},
	},
	{
		Name:   "monitoring-of-the-cluster",
		Says:   "an instance cannot be measured at another interval than its cluster",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/40966",
		calls:  []string{"rds:CreateDBInstance", "rds:ModifyDBInstance"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			wanted, cluster := c.Form.Get("MonitoringInterval"), m.clusterOf(c).interval
			if wanted == "" || cluster == "" || cluster == "0" || wanted == cluster {
				return nil
			}
			return refusal(c, "InvalidParameterCombination", "MonitoringInterval conflicts with cluster level parameter")
		}},
	},
	{
		Name:   "restored-unwatched",
		Says:   "no restoration takes the cluster's Performance Insights or Enhanced Monitoring, at any value",
		Source: "https://github.com/boto/boto3/issues/4634",
		calls:  []string{"rds:RestoreDBClusterFromSnapshot", "rds:RestoreDBClusterToPointInTime"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			for _, parameter := range []string{"MonitoringInterval", "MonitoringRoleArn", "EnablePerformanceInsights", "PerformanceInsightsRetentionPeriod"} {
				if c.Form.Has(parameter) {
					return refusal(c, "InvalidParameterCombination", parameter+" is only for the restoration of an Aurora Limitless DB cluster")
				}
			}
			return nil
		}},
	},
	{
		Name:   "identifiers-of-63",
		Says:   "an identifier of an instance or a cluster has 63 characters at most",
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html",
		calls:  []string{"rds:CreateDBInstance", "rds:ModifyDBInstance", "rds:CreateDBCluster", "rds:ModifyDBCluster"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			for _, name := range []string{"DBInstanceIdentifier", "NewDBInstanceIdentifier", "DBClusterIdentifier", "NewDBClusterIdentifier"} {
				if len(c.Form.Get(name)) > 63 {
					return refusal(c, "InvalidParameterValue", "The parameter "+name+" is not a valid identifier, because it is longer than 63 characters.")
				}
			}
			return nil
		}},
	},
}

var (
	clusterIdentifier = regexp.MustCompile(`<DBClusterIdentifier>([^<]*)</DBClusterIdentifier>`)
	statusElement     = regexp.MustCompile(`<DBInstanceStatus>[^<]*</DBInstanceStatus>`)
	// instanceBlock is an instance of a cluster in an answer.
	instanceBlock = regexp.MustCompile(`(?s)<DBInstance>.*?<DBClusterIdentifier>([^<]*)</DBClusterIdentifier>.*?</DBInstance>`)
)

// supportOf is the support of a cluster in the answer to a call. A rule comes before
// the memory hears of a new cluster, or of a change.
func (m *memory) supportOf(id []byte, c *Call) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	support := m.rds.support[string(id)]
	if said := c.Form.Get("EngineLifecycleSupport"); said != "" || c.Action == "CreateDBCluster" {
		support = said
	}
	if support == "" {
		return "open-source-rds-extended-support"
	}
	return support
}

// clusterState is what counts of a cluster when it or an instance changes.
type clusterState struct{ name, version, group, interval string }

// clusterOf asks moto about the cluster of the instance that a call creates or changes, or
// about the one that the call names.
func (m *memory) clusterOf(c *Call) clusterState {
	client := rds.NewFromConfig(m.of(c))
	id := aws.String(cmp.Or(c.Form.Get("DBClusterIdentifier"), nameOf(c.Form.Get("Source"))))
	if *id == "" {
		found, err := client.DescribeDBInstances(background, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String(c.Form.Get("DBInstanceIdentifier"))})
		if err != nil || len(found.DBInstances) == 0 || found.DBInstances[0].DBClusterIdentifier == nil {
			return clusterState{}
		}
		id = found.DBInstances[0].DBClusterIdentifier
	}
	found, err := client.DescribeDBClusters(background, &rds.DescribeDBClustersInput{DBClusterIdentifier: id})
	if err != nil || len(found.DBClusters) == 0 {
		return clusterState{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	cluster := found.DBClusters[0]
	return clusterState{*id, aws.ToString(cluster.EngineVersion), aws.ToString(cluster.DBClusterParameterGroup), m.rds.clusters[*id]["MonitoringInterval"]}
}

// scaledReader begins the names of the readers that autoscaling adds; a UUID ends them.
const scaledReader = "application-autoscaling-"

// AddReader does what autoscaling does under load: it adds a reader to the cluster, of
// the class of its first instance, in the lowest promotion tier, and returns its name.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
func (e *Emulator) AddReader(ctx context.Context, cluster string) (string, error) {
	client := rds.NewFromConfig(e.Config())
	found, err := client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
		Filters: []rdstypes.Filter{{Name: aws.String("db-cluster-id"), Values: []string{cluster}}},
	})
	if err != nil {
		return "", err
	}
	if len(found.DBInstances) == 0 {
		return "", fmt.Errorf("the cluster %s has no instance", cluster)
	}
	name := scaledReader + fmt.Sprintf("00000000-0000-4000-8000-%012d", len(found.DBInstances))
	_, err = client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name, DBClusterIdentifier: &cluster, Engine: aws.String("aurora-postgresql"),
		DBInstanceClass: found.DBInstances[0].DBInstanceClass, PromotionTier: aws.Int32(15),
	})
	return name, err
}
