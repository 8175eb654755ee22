package live

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

const replicationGroup = "aws_elasticache_replication_group"

// cacheKinds are the caches in the VPC, and what belongs to them.
func cacheKinds() map[string]Kind {
	return map[string]Kind{
		replicationGroup: {
			Key: []string{"replication_group_id"}, List: listCaches, Computed: []string{"id", "arn", "member_clusters", "primary_endpoint_address"},
			Skipped: map[string]string{"apply_immediately": "says how Terraform applies a change", "final_snapshot_identifier": "says what Terraform does when it destroys the cache"},
		},
		"aws_elasticache_subnet_group":    {Key: []string{"name"}, List: listCacheSubnets, Computed: []string{"id", "arn"}},
		"aws_elasticache_parameter_group": {Key: []string{"name"}, List: of(replicationGroup, listCacheParameters), Computed: []string{"id", "arn"}},
		"aws_elasticache_user_group":      {Key: []string{"user_group_id"}, List: of(replicationGroup, listUserGroups), Computed: []string{"id", "arn"}},
		"aws_elasticache_user":            {Key: []string{"user_id"}, List: of("aws_elasticache_user_group", listUsers), Computed: []string{"id", "arn"}},
	}
}

func (e *Environment) elasticache() *elasticache.Client { return elasticache.NewFromConfig(e.AWS) }

// taggedCache adds the tags of what has the ARN.
func taggedCache(ctx context.Context, env *Environment, arn *string, object Attributes) ([]Attributes, error) {
	found, err := env.elasticache().ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: arn})
	if err != nil {
		return nil, err
	}
	object["arn"], object["tags"] = arn, tags(found.TagList)
	return one(object)
}

func listCacheSubnets(ctx context.Context, env *Environment) ([]Attributes, error) {
	found, err := Collect(ctx, elasticache.NewDescribeCacheSubnetGroupsPaginator(env.elasticache(), &elasticache.DescribeCacheSubnetGroupsInput{}),
		func(page *elasticache.DescribeCacheSubnetGroupsOutput) []types.CacheSubnetGroup {
			return page.CacheSubnetGroups
		})
	return every(found, err, func(g types.CacheSubnetGroup) ([]Attributes, error) {
		if ours, err := env.standsIn(ctx, g.VpcId, g.CacheSubnetGroupName); err != nil || !ours {
			return nil, err
		}
		return taggedCache(ctx, env, g.ARN, Attributes{
			"id": g.CacheSubnetGroupName, "name": g.CacheSubnetGroupName, "description": g.CacheSubnetGroupDescription,
			"subnet_ids": Values(g.Subnets, func(s types.Subnet) *string { return s.SubnetIdentifier }),
		})
	})
}

// listCaches are those in the VPC, which the subnets of their nodes tell.
func listCaches(ctx context.Context, env *Environment) ([]Attributes, error) {
	groups, err := env.Found(ctx, "aws_elasticache_subnet_group")
	if err != nil {
		return nil, err
	}
	inVPC := map[string]bool{}
	for _, group := range groups {
		inVPC[group.text("name")] = true
	}
	client := env.elasticache()
	nodes, err := Collect(ctx, elasticache.NewDescribeCacheClustersPaginator(client, &elasticache.DescribeCacheClustersInput{ShowCacheNodeInfo: aws.Bool(true)}),
		func(page *elasticache.DescribeCacheClustersOutput) []types.CacheCluster { return page.CacheClusters })
	if err != nil {
		return nil, err
	}
	first := map[string]types.CacheCluster{}
	for _, node := range nodes {
		first[aws.ToString(node.ReplicationGroupId)] = node
	}
	found, err := Collect(ctx, elasticache.NewDescribeReplicationGroupsPaginator(client, &elasticache.DescribeReplicationGroupsInput{}),
		func(page *elasticache.DescribeReplicationGroupsOutput) []types.ReplicationGroup {
			return page.ReplicationGroups
		})
	return every(found, err, func(g types.ReplicationGroup) ([]Attributes, error) {
		node := first[aws.ToString(g.ReplicationGroupId)]
		if !inVPC[aws.ToString(node.CacheSubnetGroupName)] {
			return nil, nil
		}
		return replicated(ctx, env, g, node)
	})
}

// replicated is a replication group, whose nodes know a part of it.
func replicated(ctx context.Context, env *Environment, g types.ReplicationGroup, node types.CacheCluster) ([]Attributes, error) {
	key, err := env.customerKey(ctx, g.KmsKeyId)
	if err != nil {
		return nil, err
	}
	object := Attributes{
		"id": g.ReplicationGroupId, "replication_group_id": g.ReplicationGroupId, "description": g.Description, "engine": g.Engine,
		"engine_version": majorAndMinor(aws.ToString(node.EngineVersion)), "node_type": g.CacheNodeType, "num_cache_clusters": len(g.MemberClusters), "member_clusters": g.MemberClusters,
		"auto_minor_version_upgrade": onOrOff(g.AutoMinorVersionUpgrade), "automatic_failover_enabled": g.AutomaticFailover == types.AutomaticFailoverStatusEnabled,
		"multi_az_enabled": g.MultiAZ == types.MultiAZStatusEnabled, "user_group_ids": g.UserGroupIds, "subnet_group_name": node.CacheSubnetGroupName,
		"security_group_ids":         Values(node.SecurityGroups, func(s types.SecurityGroupMembership) *string { return s.SecurityGroupId }),
		"transit_encryption_enabled": g.TransitEncryptionEnabled, "transit_encryption_mode": g.TransitEncryptionMode,
		"at_rest_encryption_enabled": onOrOff(g.AtRestEncryptionEnabled), "kms_key_id": key, "snapshot_retention_limit": g.SnapshotRetentionLimit,
		"snapshot_window": g.SnapshotWindow, "maintenance_window": node.PreferredMaintenanceWindow,
	}
	if node.CacheParameterGroup != nil {
		object["parameter_group_name"] = node.CacheParameterGroup.CacheParameterGroupName
	}
	for _, shard := range g.NodeGroups {
		if shard.PrimaryEndpoint != nil {
			object["port"], object["primary_endpoint_address"] = shard.PrimaryEndpoint.Port, shard.PrimaryEndpoint.Address
		}
	}
	return taggedCache(ctx, env, g.ARN, object)
}

// onOrOff is a switch as the provider has some.
func onOrOff(on *bool) string { return strconv.FormatBool(aws.ToBool(on)) }

// majorAndMinor is a version without its patch, which AWS decides.
func majorAndMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// listCacheParameters are the groups that caches have, with the parameters that somebody set.
func listCacheParameters(ctx context.Context, env *Environment, cache Attributes) ([]Attributes, error) {
	name := aws.String(cache.text("parameter_group_name"))
	found, err := env.elasticache().DescribeCacheParameterGroups(ctx, &elasticache.DescribeCacheParameterGroupsInput{CacheParameterGroupName: name})
	if err != nil {
		return nil, err
	}
	parameters, err := Collect(ctx, elasticache.NewDescribeCacheParametersPaginator(env.elasticache(), &elasticache.DescribeCacheParametersInput{
		CacheParameterGroupName: name, Source: aws.String("user"),
	}), func(page *elasticache.DescribeCacheParametersOutput) []types.Parameter { return page.Parameters })
	return every(found.CacheParameterGroups, err, func(g types.CacheParameterGroup) ([]Attributes, error) {
		return taggedCache(ctx, env, g.ARN, Attributes{
			"id": g.CacheParameterGroupName, "name": g.CacheParameterGroupName, "family": g.CacheParameterGroupFamily, "description": g.Description,
			"parameter": Values(parameters, func(p types.Parameter) Attributes {
				return Attributes{"name": p.ParameterName, "value": p.ParameterValue}
			}),
		})
	})
}

// listUserGroups are those that caches let in.
func listUserGroups(ctx context.Context, env *Environment, cache Attributes) ([]Attributes, error) {
	ids, _ := cache["user_group_ids"].([]any)
	return every(ids, nil, func(id any) ([]Attributes, error) {
		found, err := env.elasticache().DescribeUserGroups(ctx, &elasticache.DescribeUserGroupsInput{UserGroupId: aws.String(fmt.Sprint(id))})
		if err != nil {
			return nil, err
		}
		return every(found.UserGroups, nil, func(g types.UserGroup) ([]Attributes, error) {
			return taggedCache(ctx, env, g.ARN, Attributes{"id": g.UserGroupId, "user_group_id": g.UserGroupId, "engine": g.Engine, "user_ids": g.UserIds})
		})
	})
}

// listUsers are those of the groups, and how each proves who it is.
func listUsers(ctx context.Context, env *Environment, group Attributes) ([]Attributes, error) {
	ids, _ := group["user_ids"].([]any)
	return every(ids, nil, func(id any) ([]Attributes, error) {
		found, err := env.elasticache().DescribeUsers(ctx, &elasticache.DescribeUsersInput{UserId: aws.String(fmt.Sprint(id))})
		if err != nil {
			return nil, err
		}
		return every(found.Users, nil, func(u types.User) ([]Attributes, error) {
			object := Attributes{"id": u.UserId, "user_id": u.UserId, "user_name": u.UserName, "engine": u.Engine, "access_string": u.AccessString}
			if u.Authentication != nil {
				object["authentication_mode"] = []any{Attributes{"type": u.Authentication.Type}}
			}
			return taggedCache(ctx, env, u.ARN, object)
		})
	})
}
