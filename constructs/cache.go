package constructs

import (
	"fmt"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/elasticacheparametergroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/elasticachereplicationgroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/elasticachesubnetgroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/elasticacheuser"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/elasticacheusergroup"

	"flask-api/config"
)

const (
	valkey     = "valkey"
	valkeyPort = 6379
	// cacheAccess lets a task read and write all keys, and empty the cache, but nothing that
	// looks into it or reconfigures it. It is written as AWS stores it, with what is refused
	// at first: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
	cacheAccess = "on ~* -@all +@read +@write +@connection +@transaction +@scripting -@dangerous +flushdb +info"
)

// CacheProps configures a [Cache].
type CacheProps struct {
	Env Env
	// Settings give the nodes, the version, the snapshots and the windows.
	Settings config.Cache
	// Networking holds the private subnets of the nodes.
	Networking *Networking
	// Key encrypts what is stored: snapshots, and what goes to a disk while nodes synchronise.
	Key *EncryptionKey
}

// Cache is an encrypted Valkey in the private subnets, which takes connections over TLS
// only, as one user whom a role proves to be by a token of IAM.
type Cache struct {
	Connections
	// Group has the endpoint of the primary node, which follows a failover.
	Group elasticachereplicationgroup.ElasticacheReplicationGroup
	// Settings are those of the environment.
	Settings config.Cache

	scope constructs.Construct
	env   Env
	user  elasticacheuser.ElasticacheUser
	nodes string
}

// addCache makes the cache, if there is one, and lets the service's tasks connect.
func (s *Stack) addCache(cfg config.Config, key *EncryptionKey, networking *Networking, service *Service) {
	if cfg.Cache.Enabled() {
		s.Cache = NewCache(s, "cache", CacheProps{Env: s.Env, Settings: cfg.Cache, Networking: networking, Key: key})
		s.Cache.GrantConnect(service)
	}
}

// NewCache creates the replication group of one shard, its security group, its parameter
// group, and its user and the group of that one. All keys are in one shard, since a client
// has to know how to find more, and replicas make it outlive a zone as well.
func NewCache(scope constructs.Construct, id string, props CacheProps) *Cache {
	c := &Cache{scope: constructs.NewConstruct(scope, &id), env: props.Env, Settings: props.Settings}
	c.SecurityGroup = NewSecurityGroup(scope, "cache_sg", SecurityGroupProps{
		Env: c.env, Networking: props.Networking, Name: "cache-sg", Members: "the cache", Ports: []int{valkeyPort}, AnswersOnly: true,
	})
	subnets := elasticachesubnetgroup.NewElasticacheSubnetGroup(c.scope, jsii.String("subnet_group"), &elasticachesubnetgroup.ElasticacheSubnetGroupConfig{
		Name:        jsii.String(c.env.Name("cache")),
		Description: jsii.String("Private subnets of the " + c.env.API() + "'s cache"),
		SubnetIds:   &props.Networking.PrivateSubnetIDs,
		DependsOn:   &props.Networking.PrivateAssociations,
	})
	settings, failsOver := c.Settings, jsii.Bool(c.Settings.Replicas > 0)
	c.Group = elasticachereplicationgroup.NewElasticacheReplicationGroup(c.scope, jsii.String("group"), &elasticachereplicationgroup.ElasticacheReplicationGroupConfig{
		ReplicationGroupId: jsii.String(c.env.Name("cache")),
		Description:        jsii.String("Cache of the " + c.env.API()),
		Engine:             jsii.String(valkey),
		EngineVersion:      &settings.EngineVersion,
		// AWS would make 8.2 of 8.1, which Terraform would take back by a new cache. Patches
		// come as service updates.
		AutoMinorVersionUpgrade:  jsii.String("false"),
		NodeType:                 &settings.NodeType,
		Port:                     jsii.Number(valkeyPort),
		NumCacheClusters:         jsii.Number(settings.Nodes()),
		AutomaticFailoverEnabled: failsOver,
		MultiAzEnabled:           failsOver,
		ParameterGroupName:       c.parameterGroup().Name(),
		SubnetGroupName:          subnets.Name(),
		SecurityGroupIds:         &[]*string{c.SecurityGroup.Group.Id()},
		UserGroupIds:             &[]*string{c.userGroup().UserGroupId()},

		TransitEncryptionEnabled: jsii.Bool(true),
		TransitEncryptionMode:    jsii.String("required"),
		AtRestEncryptionEnabled:  jsii.String("true"),
		KmsKeyId:                 props.Key.ARN(),

		SnapshotRetentionLimit:  jsii.Number(settings.SnapshotRetentionDays),
		SnapshotWindow:          &settings.SnapshotWindow,
		MaintenanceWindow:       &settings.MaintenanceWindow,
		FinalSnapshotIdentifier: finalSnapshot(c.scope, c.env, "cache-final"),
		// What changes comes with the apply, and not in the window, days later.
		ApplyImmediately: jsii.Bool(true),
		Lifecycle:        preventDestroyIf(c.env.Protected),
	})
	// AWS numbers the nodes, and not anew when some go.
	c.nodes = local(c.scope, "nodes", "sort("+address(c.Group)+".member_clusters)")
	return c
}

// parameterGroup has the name of its family, since a newer major version has another one,
// and the old group can go only when the cache has the new one.
func (c *Cache) parameterGroup() elasticacheparametergroup.ElasticacheParameterGroup {
	family := c.Settings.ParameterFamily()
	return elasticacheparametergroup.NewElasticacheParameterGroup(c.scope, jsii.String("parameter_group"), &elasticacheparametergroup.ElasticacheParameterGroupConfig{
		Name:        jsii.String(c.env.Name("cache-" + family)),
		Description: jsii.String("Parameters of the " + c.env.API() + "'s cache"),
		Family:      &family,
		Parameter: &[]*elasticacheparametergroup.ElasticacheParameterGroupParameter{
			{Name: jsii.String("maxmemory-policy"), Value: &c.Settings.MaxMemoryPolicy},
		},
		Lifecycle: madeFirst(),
	})
}

// userGroup has one user, whose id is also its name, as IAM wants it. A group of Valkey
// needs no user called default, who is one that anybody may log in as:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
// https://github.com/aws/aws-cdk/blob/main/packages/@aws-cdk/aws-elasticache-alpha/lib/user-group.ts
func (c *Cache) userGroup() elasticacheusergroup.ElasticacheUserGroup {
	name := jsii.String(c.env.Name("cache-api"))
	c.user = elasticacheuser.NewElasticacheUser(c.scope, jsii.String("user"), &elasticacheuser.ElasticacheUserConfig{
		UserId:             name,
		UserName:           name,
		Engine:             jsii.String(valkey),
		AccessString:       jsii.String(cacheAccess),
		AuthenticationMode: &elasticacheuser.ElasticacheUserAuthenticationMode{Type: jsii.String("iam")},
	})
	return elasticacheusergroup.NewElasticacheUserGroup(c.scope, jsii.String("user_group"), &elasticacheusergroup.ElasticacheUserGroupConfig{
		UserGroupId: jsii.String(c.env.Name("cache")),
		Engine:      jsii.String(valkey),
		UserIds:     &[]*string{c.user.UserId()},
	})
}

// GrantConnect lets the service's tasks connect as the cache's user, and tells them where,
// and what a token is made of: the user and the cache's name and region. Nothing calls AWS
// for a token, so that it needs no way out.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
func (c *Cache) GrantConnect(service *Service) {
	service.AllowTo(c)
	service.AddEnvironment("CACHE_HOST", *c.Group.PrimaryEndpointAddress())
	service.AddEnvironment("CACHE_PORT", strconv.Itoa(valkeyPort))
	service.AddEnvironment("CACHE_NAME", c.env.Name("cache"))
	service.AddEnvironment("CACHE_USER", *c.user.UserId())
	service.AddEnvironment("CACHE_REGION", c.env.Region)
	service.Grant("connect_cache", Statement{
		Sid: "ConnectToCache", Action: []string{"elasticache:Connect"}, Resource: []string{*c.Group.Arn(), *c.user.Arn()},
	})
}

// metric is one of each node:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.html
func (c *Cache) metric(name string) []metric {
	metrics := make([]metric, c.Settings.Nodes())
	for i := range metrics {
		metrics[i] = metric{"AWS/ElastiCache", name, []dimension{{"CacheClusterId", fmt.Sprintf("${%s[%d]}", c.nodes, i)}}}
	}
	return metrics
}
