package emulator

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

const (
	createsCache = "elasticache:CreateReplicationGroup"
	changesCache = "elasticache:ModifyReplicationGroup"
)

// cacheRules are what ElastiCache does.
var cacheRules = []Rule{
	{
		Name:   "cache-names",
		Says:   "a cache has a name of up to 40 letters, digits and single inner hyphens that begins with a letter",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html",
		calls:  []string{createsCache},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			if id := c.Form.Get("ReplicationGroupId"); len(id) > 40 || !cacheName.MatchString(id) {
				return refusal(c, "InvalidParameterValue", "The parameter ReplicationGroupIdentifier is not a valid identifier.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-failover-needs-replicas",
		Says:   "a cache fails over only if it has a replica",
		Source: "https://github.com/hashicorp/terraform/issues/25077",
		calls:  []string{createsCache, changesCache},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			nodes := c.Form.Get("NumCacheClusters")
			if g := m.caches.group(c); g != nil {
				nodes = strings.Repeat("I", len(g.nodes))
			}
			if c.Form.Get("AutomaticFailoverEnabled") == "true" && slices.Contains([]string{"", "1", "I"}, nodes) {
				return refusal(c, "InvalidParameterCombination", "When using automatic failover, there must be at least 2 cache clusters in the replication group.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-keeps-a-replica",
		Says:   "the last replica of a cache that fails over is not removed",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/24244",
		calls:  []string{"elasticache:DecreaseReplicaCount"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if g := m.caches.group(c); g != nil && g.AutomaticFailover == types.AutomaticFailoverStatusEnabled && c.Form.Get("NewReplicaCount") == "0" {
				return refusal(c, "InvalidParameterValue", "Must have at least 1 replica when cluster mode is disabled with auto failover enabled.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-one-change-at-a-time",
		Says:   "a cache that is being made, changed or deleted is not changed",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html",
		calls:  []string{changesCache, "elasticache:IncreaseReplicaCount", "elasticache:DecreaseReplicaCount", "elasticache:DeleteReplicationGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if g := m.caches.group(c); g != nil && g.doing != "" {
				return refusal(c, "InvalidReplicationGroupState", "Replication group must be in available state to be modified.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-family",
		Says:   "a cache has a parameter group of its version's family",
		Source: "https://github.com/aws-samples/dify-self-hosted-on-aws/issues/24",
		calls:  []string{createsCache, changesCache},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			version, parameters := m.caches.versionAndParameters(c)
			major, _, _ := strings.Cut(version, ".")
			if family := m.caches.family(parameters); family != "" && family != "valkey"+major {
				return refusal(c, "InvalidParameterCombination", "Expected a parameter group of family valkey"+major+" but found one of family "+family)
			}
			return nil
		}},
	},
	{
		Name:   "cache-version-goes-up",
		Says:   "a cache's version is not lowered",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html",
		calls:  []string{changesCache},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if g, version := m.caches.group(c), c.Form.Get("EngineVersion"); g != nil && version != "" && byVersion(version, g.version) < 0 {
				return refusal(c, "InvalidParameterValue", "Downgrading engine version from "+g.version+" to "+version+" is not supported.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-windows",
		Says:   "the windows of a cache do not overlap, also where no snapshot is taken",
		Source: "https://github.com/hashicorp/terraform/issues/17247",
		calls:  []string{createsCache},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			snapshot, maintenance := c.Form.Get("SnapshotWindow"), c.Form.Get("PreferredMaintenanceWindow")
			if days := weekly.FindStringSubmatch(maintenance); days != nil && snapshot != "" && snapshot[:5] < days[2] && days[1] < snapshot[6:] {
				return refusal(c, "InvalidParameterValue", "The snapshot window and maintenance window must not overlap.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-users-need-tls",
		Says:   "a cache with users takes connections over TLS",
		Source: "https://github.com/hashicorp/terraform-provider-aws/issues/42966",
		calls:  []string{createsCache},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			if c.Form.Has("UserGroupIds.member.1") && c.Form.Get("TransitEncryptionEnabled") != "true" {
				return refusal(c, "InvalidParameterCombination", "User group based access control requires encryption-in-transit to be enabled on the replication group.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-user-of-iam",
		Says:   "a user whom IAM vouches for has one word as id and as name",
		Source: "https://github.com/terraform-aws-modules/terraform-aws-elasticache/issues/65",
		calls:  []string{"elasticache:CreateUser"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			if c.Form.Get("AuthenticationMode.Type") == "iam" && c.Form.Get("UserId") != c.Form.Get("UserName") {
				return refusal(c, "InvalidParameterCombination", "User Id and User name must be same for authentication type: iam")
			}
			return nil
		}},
	},
	{
		Name:   "cache-access-as-stored",
		Says:   "what a user may do is stored with all that is refused at first",
		Source: "https://github.com/go-to-k/cdk-real-drift/pull/488",
		calls:  []string{"elasticache:CreateUser", "elasticache:ModifyUser"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			words := strings.Fields(c.Form.Get("AccessString"))
			if at := slices.IndexFunc(words, func(word string) bool { return word[0] == '+' || word[0] == '-' }); at >= 0 && words[at] != "-@all" {
				c.Form.Set("AccessString", strings.Join(slices.Insert(words, at, "-@all"), " "))
			}
			return nil
		}},
	},
	{
		Name:   "cache-default-user",
		Says:   "a group of users of Redis, other than of Valkey, has one that is called default",
		Source: "https://github.com/aws/aws-cdk/blob/main/packages/@aws-cdk/aws-elasticache-alpha/lib/user-group.ts",
		calls:  []string{"elasticache:CreateUserGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if strings.EqualFold(c.Form.Get("Engine"), "redis") && !m.caches.hasDefault(c) {
				return refusal(c, "DefaultUserRequired", "User group needs to contain a user with the user name default.")
			}
			return nil
		}},
	},
	{
		Name:   "cache-users-in-use",
		Says:   "a group of users that a cache has is not deleted",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteUserGroup.html",
		calls:  []string{"elasticache:DeleteUserGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			return m.caches.used(c, "InvalidUserGroupState", func(g *cache) bool { return slices.Contains(g.UserGroupIds, c.Form.Get("UserGroupId")) })
		}},
	},
	{
		Name:   "cache-subnets-in-use",
		Says:   "a group of subnets that a cache stands in is not deleted",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheSubnetGroup.html",
		calls:  []string{"elasticache:DeleteCacheSubnetGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			return m.caches.used(c, "CacheSubnetGroupInUse", func(g *cache) bool {
				return aws.ToString(g.node.CacheSubnetGroupName) == c.Form.Get("CacheSubnetGroupName")
			})
		}},
	},
	{
		Name:   "cache-parameters-in-use",
		Says:   "a parameter group that a cache has is not deleted",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheParameterGroup.html",
		calls:  []string{"elasticache:DeleteCacheParameterGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			return m.caches.used(c, "InvalidCacheParameterGroupState", func(g *cache) bool {
				return aws.ToString(g.node.CacheParameterGroup.CacheParameterGroupName) == c.Form.Get("CacheParameterGroupName")
			})
		}},
	},
	{
		Name:   "cache-snapshots-of-a-node",
		Says:   "the daily snapshots of a cache are taken of one of its nodes",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html",
		calls:  []string{"elasticache:ModifyReplicationGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			node, g := c.Form.Get("SnapshottingClusterId"), m.caches.group(c)
			if node == "" || g == nil || slices.ContainsFunc(g.nodes, func(number int) bool { return g.nodeID(number) == node }) {
				return nil
			}
			return refusal(c, "CacheClusterNotFound", node+" is not a node of the replication group.")
		}},
	},
	{
		Name:   "cache-snapshot-names",
		Says:   "a cache does not end with a snapshot of a name that is taken",
		Source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteReplicationGroup.html",
		calls:  []string{"elasticache:DeleteReplicationGroup"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			m.caches.mu.Lock()
			defer m.caches.mu.Unlock()
			if name := c.Form.Get("FinalSnapshotIdentifier"); slices.Contains(m.caches.snapshots, name) {
				return refusal(c, "SnapshotAlreadyExistsFault", "The snapshot "+name+" already exists.")
			}
			return nil
		}},
	},
}

var (
	cacheName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)
	// weekly is a window within one day.
	weekly = regexp.MustCompile(`^[a-z]{3}:(\d\d:\d\d)-[a-z]{3}:(\d\d:\d\d)$`)
)

// group is the cache that a call is about, or nil.
func (s *caches) group(c *Call) *cache {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.groups[strings.ToLower(c.Form.Get("ReplicationGroupId"))]
}

// versionAndParameters are what a cache has after a call.
func (s *caches) versionAndParameters(c *Call) (version, parameters string) {
	version, parameters = c.Form.Get("EngineVersion"), c.Form.Get("CacheParameterGroupName")
	if g := s.group(c); g != nil {
		if version == "" {
			version = g.version
		}
		if parameters == "" {
			parameters = aws.ToString(g.node.CacheParameterGroup.CacheParameterGroupName)
		}
	}
	return version, parameters
}

// family is that of a parameter group, or empty.
func (s *caches) family(parameters string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.families[parameters]; g != nil {
		return aws.ToString(g.CacheParameterGroupFamily)
	}
	return ""
}

// hasDefault tells whether one of the users of a call is called default.
func (s *caches) hasDefault(c *Call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, ids := range c.Form {
		if user := s.users[ids[0]]; strings.HasPrefix(key, "UserIds.") && user != nil && aws.ToString(user.UserName) == "default" {
			return true
		}
	}
	return false
}

// used refuses to delete what a cache has.
func (s *caches) used(c *Call, code string, by func(*cache) bool) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	for _, id := range sortedKeys(s.groups) {
		if by(s.groups[id]) {
			return refusal(c, code, "It is in use by the replication group "+id+".")
		}
	}
	return nil
}
