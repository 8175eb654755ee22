package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cache "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// lookAtCache finds the cache, if the configuration has one.
func (p *Platform) lookAtCache(ctx context.Context, s *State) error {
	if !p.Config.Cache.Enabled() {
		return nil
	}
	name := p.Config.PhysicalName("cache")
	found, err := elasticache.NewFromConfig(p.AWS).DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &name})
	var missing *cache.ReplicationGroupNotFoundFault
	if errors.As(err, &missing) {
		s.Cache = &cache.ReplicationGroup{} // The screen says so.
		return nil
	}
	if err != nil {
		return err
	}
	s.Cache = &found.ReplicationGroups[0]
	return nil
}

func (s State) cache() []string {
	switch {
	case s.Cache == nil:
		return nil
	case s.Cache.ReplicationGroupId == nil:
		return []string{"none"}
	}
	line := fmt.Sprintf("%s %s, %d × %s", *s.Cache.ReplicationGroupId, aws.ToString(s.Cache.Status), len(s.Cache.MemberClusters), aws.ToString(s.Cache.CacheNodeType))
	if s.Cache.AutomaticFailover == cache.AutomaticFailoverStatusEnabled {
		line += ", failover"
	}
	return []string{line}
}

// cacheProblem is what is wrong with the cache, or empty:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html
func (s State) cacheProblem() string {
	switch status := aws.ToString(s.Cache.Status); {
	case s.Cache.ReplicationGroupId == nil:
		return "there is no cache"
	case !slices.Contains([]string{"available", "modifying", "snapshotting"}, status):
		return "the cache is " + status
	}
	return ""
}
