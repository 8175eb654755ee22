package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsclustercapacityproviders"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// The capacity providers of Fargate:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
const (
	onDemandCapacity = "FARGATE"
	spotCapacity     = "FARGATE_SPOT"
)

// ClusterProps configures a [Cluster].
type ClusterProps struct {
	Env Env
	// EnhancedInsights has Container Insights measure tasks and containers, too.
	EnhancedInsights bool
}

// Cluster is an ECS cluster for services on Fargate.
type Cluster struct {
	// Cluster holds the services. Container Insights watches them.
	Cluster ecscluster.EcsCluster

	id    string
	scope constructs.Construct
	spot  cdktf.ITerraformDependable
}

// NewCluster creates the cluster `<name>-cluster-<suffix>`.
func NewCluster(scope constructs.Construct, id string, props ClusterProps) *Cluster {
	c := &Cluster{id: id, scope: constructs.NewConstruct(scope, &id)}
	insights := "enabled"
	if props.EnhancedInsights {
		insights = "enhanced"
	}
	c.Cluster = ecscluster.NewEcsCluster(c.scope, jsii.String("cluster"), &ecscluster.EcsClusterConfig{
		Name: jsii.String(props.Env.Name("cluster")),
		Setting: &[]*ecscluster.EcsClusterSetting{{
			Name:  jsii.String("containerInsights"),
			Value: &insights,
		}},
		// What AWS does by itself, in words: without them, the provider leaves a cluster whose
		// sessions were recorded as it is, and each plan would show that again.
		Configuration: &ecscluster.EcsClusterConfiguration{
			ExecuteCommandConfiguration: &ecscluster.EcsClusterConfigurationExecuteCommandConfiguration{Logging: jsii.String("DEFAULT")},
		},
	})
	return c
}

// inside is the condition that a call is about the cluster.
func (c *Cluster) inside() Condition {
	return Condition{"ArnEquals": {"ecs:cluster": *c.Cluster.Arn()}}
}

// tasks are the ARNs of its tasks, which do not say their families.
func (c *Cluster) tasks(env Env) string {
	return env.ARN("ecs", "task/"+*c.Cluster.Name()) + "/*"
}

// scopeOf is the scope of a service of the id. The service that has the cluster's id
// shares its scope, because a scope has no two children of one id.
func (c *Cluster) scopeOf(scope constructs.Construct, id string) constructs.Construct {
	if id == c.id {
		return c.scope
	}
	return constructs.NewConstruct(scope, &id)
}

// RecordSessions encrypts the sessions of ECS Exec with the key and records them in
// the log group.
func (c *Cluster) RecordSessions(key *EncryptionKey, logs *LogGroup) {
	c.Cluster.PutConfiguration(&ecscluster.EcsClusterConfiguration{
		ExecuteCommandConfiguration: &ecscluster.EcsClusterConfigurationExecuteCommandConfiguration{
			KmsKeyId: key.ARN(),
			Logging:  jsii.String("OVERRIDE"),
			LogConfiguration: &ecscluster.EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration{
				CloudWatchLogGroupName:      logs.Group.Name(),
				CloudWatchEncryptionEnabled: jsii.Bool(key.CustomerManaged()),
			},
		},
	})
}

// spotProviders offers the cluster's services spare capacity, once for all of them.
func (c *Cluster) spotProviders() cdktf.ITerraformDependable {
	if c.spot == nil {
		c.spot = ecsclustercapacityproviders.NewEcsClusterCapacityProviders(c.scope, jsii.String("capacity_providers"), &ecsclustercapacityproviders.EcsClusterCapacityProvidersConfig{
			ClusterName:       c.Cluster.Name(),
			CapacityProviders: jsii.Strings(onDemandCapacity, spotCapacity),
		})
	}
	return c.spot
}
