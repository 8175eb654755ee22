package emulator

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// caching is a client of an ElastiCache that does all at once, and has a cache with a
// replica, and all that it needs.
func caching(t *testing.T) (*elasticache.Client, *Proxy) {
	t.Helper()
	p := newTestProxy(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("moto is asked: %s", r.URL) })
	p.memory.caches.takes, p.memory.caches.vpcOf = 0, func(*Call, string) string { return "vpc-1" }
	address, err := url.Parse(p.URL)
	require.NoError(t, err)
	client := elasticache.NewFromConfig(configOf("eu-south-1", address), func(o *elasticache.Options) { o.RetryMaxAttempts = 1 })
	call(t, client.CreateCacheSubnetGroup, &elasticache.CreateCacheSubnetGroupInput{
		CacheSubnetGroupName: aws.String("s"), CacheSubnetGroupDescription: aws.String("d"), SubnetIds: []string{"subnet-1", "subnet-2"},
	}, "")
	for _, family := range []string{"valkey8", "valkey9"} {
		call(t, client.CreateCacheParameterGroup, &elasticache.CreateCacheParameterGroupInput{
			CacheParameterGroupName: &family, CacheParameterGroupFamily: &family, Description: aws.String("d"),
		}, "")
	}
	call(t, client.CreateUser, user("api", "api"), "")
	call(t, client.CreateUserGroup, &elasticache.CreateUserGroupInput{UserGroupId: aws.String("g"), Engine: aws.String("valkey"), UserIds: []string{"api"}}, "")
	call(t, client.CreateReplicationGroup, group("c"), "")
	return client, p
}

// call makes a call, which must be refused with the code, or not at all.
func call[In, Out any](t *testing.T, operation func(context.Context, *In, ...func(*elasticache.Options)) (*Out, error), in *In, code string) *Out {
	t.Helper()
	out, err := operation(t.Context(), in)
	if code == "" {
		require.NoError(t, err)
		return out
	}
	require.ErrorContains(t, err, code)
	return nil
}

func user(id, name string) *elasticache.CreateUserInput {
	return &elasticache.CreateUserInput{
		UserId: &id, UserName: &name, Engine: aws.String("valkey"), AccessString: aws.String("on ~* +@read"),
		AuthenticationMode: &types.AuthenticationMode{Type: types.InputAuthenticationTypeIam},
	}
}

func group(id string) *elasticache.CreateReplicationGroupInput {
	return &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: &id, ReplicationGroupDescription: aws.String("d"), Engine: aws.String("valkey"), EngineVersion: aws.String("8.1"),
		CacheNodeType: aws.String("cache.t4g.micro"), NumCacheClusters: aws.Int32(2), AutomaticFailoverEnabled: aws.Bool(true), MultiAZEnabled: aws.Bool(true),
		CacheParameterGroupName: aws.String("valkey8"), CacheSubnetGroupName: aws.String("s"), SecurityGroupIds: []string{"sg-1"}, UserGroupIds: []string{"g"},
		TransitEncryptionEnabled: aws.Bool(true), Port: aws.Int32(6379), SnapshotWindow: aws.String("00:30-01:30"), PreferredMaintenanceWindow: aws.String("sun:04:30-sun:05:30"),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	}
}

// with is the input, changed.
func with[In any](in *In, change func(*In)) *In {
	change(in)
	return in
}

func TestCacheLives(t *testing.T) {
	client, p := caching(t)
	found := call(t, client.DescribeReplicationGroups, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String("C")}, "").ReplicationGroups
	require.Len(t, found, 1)
	assert.Equal(t, "master.c.abc123.eu-south-1.cache.amazonaws.com", *found[0].NodeGroups[0].PrimaryEndpoint.Address)
	assert.Equal(t, []string{"c-001", "c-002"}, found[0].MemberClusters)
	assert.Equal(t, "arn:aws:elasticache:eu-south-1:123456789012:replicationgroup:c", *found[0].ARN)
	call(t, client.ModifyReplicationGroup, &elasticache.ModifyReplicationGroupInput{
		ReplicationGroupId: aws.String("c"), CacheNodeType: aws.String("cache.m7g.large"), SnapshotRetentionLimit: aws.Int32(7), SecurityGroupIds: []string{"sg-2"},
		UserGroupIdsToRemove: []string{"g"}, ReplicationGroupDescription: aws.String("e"), AutomaticFailoverEnabled: aws.Bool(false), MultiAZEnabled: aws.Bool(false),
	}, "")
	call(t, client.IncreaseReplicaCount, &elasticache.IncreaseReplicaCountInput{ReplicationGroupId: aws.String("c"), NewReplicaCount: aws.Int32(2), ApplyImmediately: aws.Bool(true)}, "")
	call(t, client.DecreaseReplicaCount, &elasticache.DecreaseReplicaCountInput{ReplicationGroupId: aws.String("c"), NewReplicaCount: aws.Int32(1), ApplyImmediately: aws.Bool(true)}, "")
	nodes := call(t, client.DescribeCacheClusters, &elasticache.DescribeCacheClustersInput{}, "").CacheClusters
	require.Len(t, nodes, 2)
	assert.Equal(t, "c-003", *nodes[1].CacheClusterId, "the name of a node that went is not given again")
	assert.Equal(t, "cache.m7g.large", *nodes[1].CacheNodeType)
	assert.Equal(t, "sg-2", *nodes[1].SecurityGroups[0].SecurityGroupId)
	assert.Equal(t, int32(7), *nodes[1].SnapshotRetentionLimit)
	assert.Equal(t, []occupant{{name: "cache c", subnets: []string{"subnet-1", "subnet-2"}, groups: []string{"sg-2"}}}, p.memory.caches.occupants())
	call(t, client.DescribeCacheClusters, &elasticache.DescribeCacheClustersInput{CacheClusterId: aws.String("c-002")}, "CacheClusterNotFound")
	call(t, client.DeleteReplicationGroup, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("c"), FinalSnapshotIdentifier: aws.String("last")}, "")
	call(t, client.DescribeReplicationGroups, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String("c")}, "ReplicationGroupNotFoundFault")
	assert.Len(t, call(t, client.DescribeSnapshots, &elasticache.DescribeSnapshotsInput{}, "").Snapshots, 1)
	call(t, client.DeleteUserGroup, &elasticache.DeleteUserGroupInput{UserGroupId: aws.String("g")}, "")
	call(t, client.DeleteCacheSubnetGroup, &elasticache.DeleteCacheSubnetGroupInput{CacheSubnetGroupName: aws.String("s")}, "")
	call(t, client.DeleteCacheParameterGroup, &elasticache.DeleteCacheParameterGroupInput{CacheParameterGroupName: aws.String("valkey8")}, "")
	call(t, client.DescribeCacheSubnetGroups, &elasticache.DescribeCacheSubnetGroupsInput{CacheSubnetGroupName: aws.String("s")}, "CacheSubnetGroupNotFoundFault")
	call(t, client.DescribeUserGroups, &elasticache.DescribeUserGroupsInput{UserGroupId: aws.String("g")}, "UserGroupNotFound")
}

func TestCacheNeedsAreThere(t *testing.T) {
	client, _ := caching(t)
	call(t, client.ModifyCacheSubnetGroup, &elasticache.ModifyCacheSubnetGroupInput{CacheSubnetGroupName: aws.String("s"), SubnetIds: []string{"subnet-3"}, CacheSubnetGroupDescription: aws.String("e")}, "")
	assert.Equal(t, "subnet-3", *call(t, client.DescribeCacheSubnetGroups, &elasticache.DescribeCacheSubnetGroupsInput{}, "").CacheSubnetGroups[0].Subnets[0].SubnetIdentifier)
	policy := []types.ParameterNameValue{{ParameterName: aws.String("maxmemory-policy"), ParameterValue: aws.String("allkeys-lru")}}
	call(t, client.ModifyCacheParameterGroup, &elasticache.ModifyCacheParameterGroupInput{CacheParameterGroupName: aws.String("valkey8"), ParameterNameValues: policy}, "")
	parameters := &elasticache.DescribeCacheParametersInput{CacheParameterGroupName: aws.String("valkey8")}
	assert.Equal(t, "allkeys-lru", *call(t, client.DescribeCacheParameters, parameters, "").Parameters[0].ParameterValue)
	call(t, client.ResetCacheParameterGroup, &elasticache.ResetCacheParameterGroupInput{CacheParameterGroupName: aws.String("valkey8"), ParameterNameValues: policy}, "")
	assert.Empty(t, call(t, client.DescribeCacheParameters, parameters, "").Parameters)
	assert.Len(t, call(t, client.DescribeCacheParameterGroups, &elasticache.DescribeCacheParameterGroupsInput{}, "").CacheParameterGroups, 2)

	call(t, client.CreateUser, user("job", "job"), "")
	call(t, client.ModifyUserGroup, &elasticache.ModifyUserGroupInput{UserGroupId: aws.String("g"), UserIdsToAdd: []string{"nobody"}}, "UserNotFound")
	call(t, client.ModifyUserGroup, &elasticache.ModifyUserGroupInput{UserGroupId: aws.String("g"), UserIdsToAdd: []string{"job"}, UserIdsToRemove: []string{"api"}}, "")
	groups := call(t, client.DescribeUserGroups, &elasticache.DescribeUserGroupsInput{}, "").UserGroups
	assert.Equal(t, []string{"job"}, groups[0].UserIds)
	assert.Equal(t, []string{"c"}, groups[0].ReplicationGroups)
	call(t, client.ModifyUser, &elasticache.ModifyUserInput{UserId: aws.String("job"), AccessString: aws.String("on ~* -@all")}, "")
	found := call(t, client.DescribeUsers, &elasticache.DescribeUsersInput{UserId: aws.String("job")}, "").Users[0]
	assert.Equal(t, types.AuthenticationTypeIam, found.Authentication.Type)
	assert.Equal(t, []string{"g"}, found.UserGroupIds)
	call(t, client.DeleteUser, &elasticache.DeleteUserInput{UserId: aws.String("job")}, "")
	assert.Empty(t, call(t, client.DescribeUserGroups, &elasticache.DescribeUserGroupsInput{}, "").UserGroups[0].UserIds, "the user is in no group any more")

	arn := aws.String("arn:aws:elasticache:eu-south-1:123456789012:replicationgroup:c")
	call(t, client.AddTagsToResource, &elasticache.AddTagsToResourceInput{ResourceName: arn, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("w")}, {Key: aws.String("l"), Value: aws.String("x")}}}, "")
	call(t, client.RemoveTagsFromResource, &elasticache.RemoveTagsFromResourceInput{ResourceName: arn, TagKeys: []string{"l"}}, "")
	tags := call(t, client.ListTagsForResource, &elasticache.ListTagsForResourceInput{ResourceName: arn}, "").TagList
	require.Len(t, tags, 1)
	assert.Equal(t, "w", *tags[0].Value)
}

// TestCacheIsAsItsModel holds what the emulator answers itself against AWS's own description
// of the API. The inputs are held against it when a call is made.
func TestCacheIsAsItsModel(t *testing.T) {
	m, err := awsModels(t).of("elasticache")
	require.NoError(t, err)
	for name := range cacheCalls {
		assert.Contains(t, m.Operations, strings.TrimPrefix(name, "elasticache:"))
	}
	for _, name := range []string{
		"ReplicationGroup", "NodeGroup", "CacheCluster", "CacheSubnetGroup", "User", "UserGroup", "TagListMessage", "CacheParameterGroupDetails", "ReplicationGroupMessage",
		"CacheClusterMessage", "CacheSubnetGroupMessage", "CacheParameterGroupsMessage", "DescribeUsersResult", "DescribeUserGroupsResult",
	} {
		require.Contains(t, m.Shapes, name)
		for member, at := range m.Shapes[name].Members {
			list := m.Shapes[at.Shape]
			if list.Type != "list" || slices.Contains([]string{"LogDeliveryConfigurations", "MemberClustersOutpostArns", "SupportedNetworkTypes", "ServerlessCaches", "CacheSecurityGroups", "CacheNodeTypeSpecificParameters"}, member) {
				continue // The emulator answers none of these.
			}
			written, other := memberNames[member]
			switch {
			case other:
			case m.Shapes[list.Member.Shape].Type == "string":
				written = "member"
			default:
				written = list.Member.Shape
			}
			assert.Equal(t, cmp.Or(list.Member.LocationName, "member"), written, "%s.%s", name, member)
		}
	}
}

func TestRuleCacheNames(t *testing.T) {
	client, _ := caching(t)
	for _, name := range []string{"1c", "c-", "c--d", "c_d", strings.Repeat("c", 41)} {
		call(t, client.CreateReplicationGroup, group(name), "InvalidParameterValue")
	}
	call(t, client.CreateReplicationGroup, group(strings.Repeat("c", 40)), "")
}

func TestRuleCacheFailsOverToAReplica(t *testing.T) {
	client, _ := caching(t)
	alone := func(in *elasticache.CreateReplicationGroupInput) { in.NumCacheClusters = aws.Int32(1) }
	call(t, client.CreateReplicationGroup, with(group("d"), alone), "InvalidParameterCombination: When using automatic failover")
	call(t, client.CreateReplicationGroup, with(with(group("d"), alone), func(in *elasticache.CreateReplicationGroupInput) {
		in.AutomaticFailoverEnabled, in.MultiAZEnabled = nil, nil
	}), "")
	call(t, client.ModifyReplicationGroup, &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("d"), AutomaticFailoverEnabled: aws.Bool(true)}, "InvalidParameterCombination")
	call(t, client.ModifyReplicationGroup, &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("c"), AutomaticFailoverEnabled: aws.Bool(true)}, "")
}

func TestRuleCacheKeepsTheLastReplica(t *testing.T) {
	client, _ := caching(t)
	none := &elasticache.DecreaseReplicaCountInput{ReplicationGroupId: aws.String("c"), NewReplicaCount: aws.Int32(0), ApplyImmediately: aws.Bool(true)}
	call(t, client.DecreaseReplicaCount, none, "Must have at least 1 replica")
	call(t, client.ModifyReplicationGroup, &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("c"), AutomaticFailoverEnabled: aws.Bool(false)}, "")
	call(t, client.DecreaseReplicaCount, none, "")
}

func TestRuleCacheSnapshotsAreOfANode(t *testing.T) {
	client, _ := caching(t)
	snapshots := func(node string) *elasticache.ModifyReplicationGroupInput {
		return &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("c"), SnapshottingClusterId: &node, SnapshotRetentionLimit: aws.Int32(7)}
	}
	call(t, client.ModifyReplicationGroup, snapshots("c-003"), "CacheClusterNotFound")
	call(t, client.ModifyReplicationGroup, snapshots("c-002"), "")
}

func TestRuleCacheIsChangedOnceAtATime(t *testing.T) {
	client, p := caching(t)
	p.memory.caches.takes = time.Hour
	change := &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("c"), SnapshotRetentionLimit: aws.Int32(1)}
	call(t, client.ModifyReplicationGroup, change, "")
	call(t, client.ModifyReplicationGroup, change, "InvalidReplicationGroupState")
	call(t, client.DeleteReplicationGroup, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("c")}, "InvalidReplicationGroupState")
	found := call(t, client.DescribeReplicationGroups, &elasticache.DescribeReplicationGroupsInput{}, "").ReplicationGroups[0]
	assert.Equal(t, "modifying", *found.Status)
}

func TestRuleCacheHasParametersOfItsFamily(t *testing.T) {
	client, _ := caching(t)
	call(t, client.CreateReplicationGroup, with(group("d"), func(in *elasticache.CreateReplicationGroupInput) { in.EngineVersion = aws.String("9.0") }),
		"Expected a parameter group of family valkey9 but found one of family valkey8")
	newer := &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("c"), EngineVersion: aws.String("9.0")}
	call(t, client.ModifyReplicationGroup, newer, "Expected a parameter group of family valkey9")
	newer.CacheParameterGroupName = aws.String("valkey9")
	call(t, client.ModifyReplicationGroup, newer, "")
	call(t, client.ModifyReplicationGroup, &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("c"), CacheParameterGroupName: aws.String("valkey8")}, "InvalidParameterCombination")
}

func TestRuleCacheVersionsRise(t *testing.T) {
	client, _ := caching(t)
	for version, code := range map[string]string{"8.0": "Downgrading", "8.2": ""} {
		call(t, client.ModifyReplicationGroup, &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: aws.String("c"), EngineVersion: &version}, code)
	}
}

func TestRuleCacheWindowsAreApart(t *testing.T) {
	client, _ := caching(t)
	for window, code := range map[string]string{"sun:01:00-sun:02:00": "must not overlap", "sun:00:00-sun:00:45": "must not overlap", "sun:01:30-sun:02:30": ""} {
		call(t, client.CreateReplicationGroup, with(group("w"+window[4:6]+window[7:9]), func(in *elasticache.CreateReplicationGroupInput) { in.PreferredMaintenanceWindow = &window }), code)
	}
}

func TestRuleCacheUsersComeOverTLS(t *testing.T) {
	client, _ := caching(t)
	call(t, client.CreateReplicationGroup, with(group("d"), func(in *elasticache.CreateReplicationGroupInput) { in.TransitEncryptionEnabled = aws.Bool(false) }), "requires encryption-in-transit")
}

func TestRuleCacheUserOfIAMHasOneName(t *testing.T) {
	client, _ := caching(t)
	call(t, client.CreateUser, user("job", "worker"), "User Id and User name must be same")
	call(t, client.CreateUser, with(user("job", "worker"), func(in *elasticache.CreateUserInput) { in.AuthenticationMode = nil }), "")
}

func TestRuleCacheAccessIsWhole(t *testing.T) {
	client, _ := caching(t)
	found := call(t, client.DescribeUsers, &elasticache.DescribeUsersInput{UserId: aws.String("api")}, "").Users[0]
	assert.Equal(t, "on ~* -@all +@read", *found.AccessString)
}

func TestRuleCacheUsersOfRedisHaveADefault(t *testing.T) {
	client, _ := caching(t)
	redis := &elasticache.CreateUserGroupInput{UserGroupId: aws.String("r"), Engine: aws.String("redis"), UserIds: []string{"api"}}
	call(t, client.CreateUserGroup, redis, "DefaultUserRequired")
	call(t, client.CreateUser, with(user("other", "default"), func(in *elasticache.CreateUserInput) { in.AuthenticationMode = nil }), "")
	redis.UserIds = append(redis.UserIds, "other")
	call(t, client.CreateUserGroup, redis, "")
}

func TestRuleCacheKeepsWhatItUses(t *testing.T) {
	client, _ := caching(t)
	users := &elasticache.DeleteUserGroupInput{UserGroupId: aws.String("g")}
	subnets := &elasticache.DeleteCacheSubnetGroupInput{CacheSubnetGroupName: aws.String("s")}
	parameters := &elasticache.DeleteCacheParameterGroupInput{CacheParameterGroupName: aws.String("valkey8")}
	call(t, client.DeleteUserGroup, users, "InvalidUserGroupState")
	call(t, client.DeleteCacheSubnetGroup, subnets, "CacheSubnetGroupInUse")
	call(t, client.DeleteCacheParameterGroup, parameters, "InvalidCacheParameterGroupState")
	call(t, client.DeleteReplicationGroup, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("c")}, "")
	call(t, client.DeleteUserGroup, users, "")
	call(t, client.DeleteCacheSubnetGroup, subnets, "")
	call(t, client.DeleteCacheParameterGroup, parameters, "")
}

func TestRuleCacheSnapshotsHaveNames(t *testing.T) {
	client, _ := caching(t)
	last := func(id string) *elasticache.DeleteReplicationGroupInput {
		return &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: &id, FinalSnapshotIdentifier: aws.String("last")}
	}
	call(t, client.CreateReplicationGroup, group("d"), "")
	call(t, client.DeleteReplicationGroup, last("c"), "")
	call(t, client.DeleteReplicationGroup, last("d"), "SnapshotAlreadyExistsFault")
}
