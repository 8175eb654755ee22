package e2e

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// caching is a protected environment with a cache that has two replicas, and a key of its own.
func caching(suffix string) config.Config {
	c := config.Defaults(suffix)
	c.Protected, c.Encryption.CustomerManagedKey, c.Alarms.Enabled = true, true, true
	c.Cache.NodeType, c.Cache.Replicas, c.Cache.SnapshotRetentionDays = "cache.t4g.micro", 2, 7
	return c
}

const (
	cacheGroup      = "aws_elasticache_replication_group.cache_group"
	cacheParameters = "aws_elasticache_parameter_group.cache_parameter_group"
)

// cached deploys an environment with a cache, changes it, turns it off and on again, and
// destroys it.
func (l *life) cached(t *testing.T) {
	t.Helper()
	r := l.begin(t, "29. a cache: made, changed, off, on again, and alone")
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.applyAccepted(t)
	l.checkDeployed(t)
	checkCache(t, l)
	older := l.cfg
	older.Cache.EngineVersion = "8.0"
	l.refusesPlan(t, older, cacheGroup+" has lifecycle.prevent_destroy set")

	// In place: fewer replicas, larger nodes, and a newer major version, whose parameter group
	// comes before the old one goes.
	l.cfg.Cache.Replicas, l.cfg.Cache.NodeType, l.cfg.Cache.EngineVersion = 1, "cache.m7g.large", "9.0"
	l.replaceStack(t, l.cfg)
	changes := l.plan(t, l.stackDir())
	assert.Equal(t, "update", changes[cacheGroup])
	assert.Equal(t, "replace", changes[cacheParameters])
	l.applyAccepted(t)
	checkCache(t, l)

	// Off, while it is protected: it leaves a snapshot.
	off := l.cfg
	off.Cache = config.Defaults("off").Cache
	l.replaceStack(t, off)
	l.applyAccepted(t)
	checkCache(t, l)
	client, closeProxy := l.elastiCache()
	defer closeProxy()
	snapshots, err := client.DescribeSnapshots(t.Context(), &elasticache.DescribeSnapshotsInput{})
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(names(snapshots.Snapshots, func(i int) *string { return snapshots.Snapshots[i].SnapshotName }), func(name string) bool {
		return len(name) == len(l.cfg.PhysicalName("cache-final"))+37
	}), "no final snapshot among %v", snapshots.Snapshots)

	// On again, and then without a replica, as an environment without protection may be.
	for _, replicas := range []int{1, 0} {
		l.cfg.Protected, l.cfg.Cache.Replicas = false, replicas
		l.replaceStack(t, l.cfg)
		l.applyAccepted(t)
		checkCache(t, l)
		r.changes = l.unchanged(t)
	}
	l.endDestroyed(t, r)
}

// names are those of so many things.
func names[T any](things []T, name func(int) *string) (all []string) {
	for i := range things {
		all = append(all, aws.ToString(name(i)))
	}
	return all
}

// elastiCache is a client of the emulator's own ElastiCache, which moto does not have.
func (l *life) elastiCache() (client *elasticache.Client, closeProxy func()) {
	proxy := l.aws.NewProxy()
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	return elasticache.NewFromConfig(account), proxy.Close
}

// checkCache holds the cache of the deployed stack, if there is one, against the
// configuration, and asks of each role whether a client that proves to be it is let in.
func checkCache(t *testing.T, l *life) {
	t.Helper()
	client, closeProxy := l.elastiCache()
	defer closeProxy()
	found, err := client.DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{})
	require.NoError(t, err)
	at := slices.Index(names(found.ReplicationGroups, func(i int) *string { return found.ReplicationGroups[i].ReplicationGroupId }), l.cfg.PhysicalName("cache"))
	wanted := l.deployedCache(t)
	if require.Equal(t, wanted.Enabled(), at >= 0, "whether there is a cache"); at < 0 {
		return
	}
	group := found.ReplicationGroups[at]
	assert.Len(t, group.MemberClusters, wanted.Nodes())
	assert.Equal(t, wanted.Replicas > 0, group.AutomaticFailover == "enabled" && group.MultiAZ == "enabled")
	assert.Equal(t, wanted.NodeType, *group.CacheNodeType)
	assert.Equal(t, l.cfg.Encryption.CustomerManagedKey, group.KmsKeyId != nil)
	users, err := client.DescribeUserGroups(t.Context(), &elasticache.DescribeUserGroupsInput{UserGroupId: aws.String(group.UserGroupIds[0])})
	require.NoError(t, err)
	require.Len(t, users.UserGroups[0].UserIds, 1)

	// What AWS asks IAM when a token arrives: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
	user := "arn:aws:elasticache:" + l.aws.Region + ":123456789012:user:" + users.UserGroups[0].UserIds[0]
	for name, letIn := range map[string]bool{"task-role": true, "execution-role": false} {
		role := l.roleOf(t, name)
		assert.Equal(t, letIn, role.Allows("elasticache:Connect", *group.ARN, nil) && role.Allows("elasticache:Connect", user, nil), name)
		assert.False(t, role.Allows("elasticache:Connect", user+"x", nil), "%s as another user", name)
		assert.False(t, role.Allows("elasticache:Connect", *group.ARN+"x", nil), "%s to another cache", name)
	}
}

// deployedCache is the cache that the stack in the directory has.
func (l *life) deployedCache(t *testing.T) config.Cache {
	t.Helper()
	var stack struct {
		Resource map[string]map[string]struct {
			NodeType string `json:"node_type"`
			Nodes    int    `json:"num_cache_clusters"`
		}
	}
	require.NoError(t, json.Unmarshal(readFile(t, l.stackDir()+"/cdk.tf.json"), &stack))
	group := stack.Resource["aws_elasticache_replication_group"]["cache_group"]
	return config.Cache{NodeType: group.NodeType, Replicas: max(0, group.Nodes-1)}
}
