package integration

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCache waits until the cache, if there is one, is available, and wants its nodes to be
// in as many zones as they can.
func TestCache(t *testing.T) {
	d := deployed(t)
	if !d.cfg.Cache.Enabled() {
		return // That there is none, TestWhatExists says.
	}
	name := d.cfg.PhysicalName("cache")
	zones := map[string]bool{}
	d.settle(t, databaseTime, func() string {
		found, err := elasticache.NewFromConfig(d.environment.AWS).DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &name})
		require.NoError(t, err)
		group := only(t, found.ReplicationGroups, name)
		if complaint := notAvailable(t, name, aws.ToString(group.Status)); complaint != "" {
			return complaint
		}
		shard := only(t, group.NodeGroups, "shard of "+name)
		if len(shard.NodeGroupMembers) != d.cfg.Cache.Nodes() {
			return fmt.Sprintf("%s has %d nodes", name, len(shard.NodeGroupMembers))
		}
		for _, node := range shard.NodeGroupMembers {
			zones[aws.ToString(node.PreferredAvailabilityZone)] = true
		}
		return ""
	})
	assert.GreaterOrEqual(t, len(zones), min(2, d.cfg.Cache.Nodes()), "zones of %s: %v", name, zones)
}
