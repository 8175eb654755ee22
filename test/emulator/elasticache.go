package emulator

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// caches are the whole of ElastiCache, as far as node-based caches of Valkey need it: moto
// lacks most of their calls. What is kept is made of the SDK's types, and so is as the API's
// model has it.
type caches struct {
	mu         sync.Mutex
	groups     map[string]*cache
	subnets    map[string]*types.CacheSubnetGroup
	families   map[string]*types.CacheParameterGroup
	parameters map[string]map[string]string // by the parameter group's name
	users      map[string]*types.User
	userGroups map[string]*types.UserGroup
	snapshots  []string
	tags       map[string][]types.Tag // by ARN
	// vpcOf is the VPC of a subnet.
	vpcOf func(c *Call, subnet string) string
	// takes is how long a group is busy with what it is asked for.
	takes time.Duration
}

// cache is a replication group. Its nodes are alike.
type cache struct {
	types.ReplicationGroup
	nodes   []int // their numbers
	version string
	node    types.CacheCluster
	doing   string // until then; empty is nothing
	until   time.Time
}

func newCaches(vpcOf func(*Call, string) string) *caches {
	return &caches{
		groups: map[string]*cache{}, subnets: map[string]*types.CacheSubnetGroup{}, families: map[string]*types.CacheParameterGroup{},
		parameters: map[string]map[string]string{}, users: map[string]*types.User{}, userGroups: map[string]*types.UserGroup{},
		tags: map[string][]types.Tag{}, vpcOf: vpcOf, takes: 2 * time.Second,
	}
}

// cacheCall is a call of ElastiCache: what it does with its input, and what it answers.
func cacheCall[In any](do func(s *caches, c *Call, in *In) (any, *fault)) repair {
	return repair{refuse: func(m *memory, c *Call) *fault {
		var in In
		decodeQuery(formNode(c.Form), reflect.ValueOf(&in).Elem())
		m.caches.mu.Lock()
		defer m.caches.mu.Unlock()
		m.caches.settle()
		out, refused := do(m.caches, c, &in)
		if refused != nil {
			return refused
		}
		var body strings.Builder
		body.WriteString("<" + c.Action + `Response xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/">`)
		if out != nil {
			encodeXML(&body, c.Action+"Result", reflect.ValueOf(out))
		}
		body.WriteString("<ResponseMetadata><RequestId>emulated</RequestId></ResponseMetadata></" + c.Action + "Response>")
		c.answer = []byte(body.String())
		return nil
	}, answer: func(_ *memory, c *Call) (string, []byte) { return "text/xml", c.answer }}
}

// cacheCalls are those that the provider makes, and those of who looks at a cache.
var cacheCalls = map[string]repair{
	"elasticache:CreateReplicationGroup":       cacheCall((*caches).createGroup),
	"elasticache:ModifyReplicationGroup":       cacheCall((*caches).modifyGroup),
	"elasticache:DeleteReplicationGroup":       cacheCall((*caches).deleteGroup),
	"elasticache:IncreaseReplicaCount":         cacheCall((*caches).moreReplicas),
	"elasticache:DecreaseReplicaCount":         cacheCall((*caches).fewerReplicas),
	"elasticache:DescribeReplicationGroups":    cacheCall((*caches).describeGroups),
	"elasticache:DescribeCacheClusters":        cacheCall((*caches).describeNodes),
	"elasticache:CreateCacheSubnetGroup":       cacheCall((*caches).createSubnets),
	"elasticache:ModifyCacheSubnetGroup":       cacheCall((*caches).modifySubnets),
	"elasticache:DeleteCacheSubnetGroup":       cacheCall((*caches).deleteSubnets),
	"elasticache:DescribeCacheSubnetGroups":    cacheCall((*caches).describeSubnets),
	"elasticache:CreateCacheParameterGroup":    cacheCall((*caches).createParameters),
	"elasticache:ModifyCacheParameterGroup":    cacheCall((*caches).modifyParameters),
	"elasticache:ResetCacheParameterGroup":     cacheCall((*caches).resetParameters),
	"elasticache:DeleteCacheParameterGroup":    cacheCall((*caches).deleteParameters),
	"elasticache:DescribeCacheParameterGroups": cacheCall((*caches).describeParameterGroups),
	"elasticache:DescribeCacheParameters":      cacheCall((*caches).describeParameters),
	"elasticache:CreateUser":                   cacheCall((*caches).createUser),
	"elasticache:ModifyUser":                   cacheCall((*caches).modifyUser),
	"elasticache:DeleteUser":                   cacheCall((*caches).deleteUser),
	"elasticache:DescribeUsers":                cacheCall((*caches).describeUsers),
	"elasticache:CreateUserGroup":              cacheCall((*caches).createUserGroup),
	"elasticache:ModifyUserGroup":              cacheCall((*caches).modifyUserGroup),
	"elasticache:DeleteUserGroup":              cacheCall((*caches).deleteUserGroup),
	"elasticache:DescribeUserGroups":           cacheCall((*caches).describeUserGroups),
	"elasticache:ListTagsForResource":          cacheCall((*caches).listTags),
	"elasticache:AddTagsToResource":            cacheCall((*caches).addTags),
	"elasticache:RemoveTagsFromResource":       cacheCall((*caches).removeTags),
	"elasticache:DescribeSnapshots":            cacheCall((*caches).describeSnapshots),
}

// settle ends what is over.
func (s *caches) settle() {
	for id, g := range s.groups {
		switch {
		case time.Now().Before(g.until):
		case g.doing == "deleting":
			delete(s.groups, id)
		default:
			g.doing = ""
		}
	}
}

// begin has the group be busy for a while.
func (s *caches) begin(g *cache, doing string) {
	g.doing, g.until = doing, time.Now().Add(s.takes)
}

func cacheARN(c *Call, kind, id string) *string {
	return aws.String(fmt.Sprintf("arn:aws:elasticache:%s:%s:%s:%s", c.Region, account, kind, id))
}

// lower is an id as ElastiCache stores it.
func lower(id *string) string { return strings.ToLower(aws.ToString(id)) }

// known are all of the things, or the one of the id; code says that it is not there.
func known[T any](c *Call, all map[string]T, id *string, code string) ([]T, *fault) {
	if one, ok := all[lower(id)]; ok {
		return []T{one}, nil
	}
	if id != nil {
		return nil, newFault(c, http.StatusNotFound, code, lower(id)+" not found.")
	}
	var list []T
	for _, id := range sortedKeys(all) {
		list = append(list, all[id])
	}
	return list, nil
}

func sortedKeys[T any](all map[string]T) []string {
	keys := make([]string, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// one is the thing of the id.
func one[T any](c *Call, all map[string]T, id *string, code string) (thing T, _ *fault) {
	found, refused := known(c, all, aws.String(aws.ToString(id)), code)
	if refused != nil {
		return thing, refused
	}
	return found[0], nil
}

// values are copies.
func values[T any](list []*T) []T {
	var out []T
	for _, element := range list {
		out = append(out, *element)
	}
	return out
}

const (
	noGroup      = "ReplicationGroupNotFoundFault"
	noSubnets    = "CacheSubnetGroupNotFoundFault"
	noParameters = "CacheParameterGroupNotFound"
	noUser       = "UserNotFound"
	noUserGroup  = "UserGroupNotFound"
)

func enabled[T ~string](on *bool) T {
	if aws.ToBool(on) {
		return "enabled"
	}
	return "disabled"
}

func (s *caches) createGroup(c *Call, in *elasticache.CreateReplicationGroupInput) (any, *fault) {
	id := lower(in.ReplicationGroupId)
	if s.groups[id] != nil {
		return nil, refusal(c, "ReplicationGroupAlreadyExists", "Replication group "+id+" already exists.")
	}
	g := &cache{version: aws.ToString(in.EngineVersion) + ".0", ReplicationGroup: types.ReplicationGroup{
		ReplicationGroupId: &id, ARN: cacheARN(c, "replicationgroup", id), Description: in.ReplicationGroupDescription, Engine: in.Engine,
		AutomaticFailover: enabled[types.AutomaticFailoverStatus](in.AutomaticFailoverEnabled), MultiAZ: enabled[types.MultiAZStatus](in.MultiAZEnabled),
		SnapshotRetentionLimit: aws.Int32(aws.ToInt32(in.SnapshotRetentionLimit)), SnapshotWindow: in.SnapshotWindow, CacheNodeType: in.CacheNodeType,
		ClusterEnabled: aws.Bool(false), ClusterMode: types.ClusterModeDisabled, DataTiering: types.DataTieringStatusDisabled,
		NetworkType: types.NetworkTypeIpv4, IpDiscovery: types.IpDiscoveryIpv4, AuthTokenEnabled: aws.Bool(false),
		TransitEncryptionEnabled: in.TransitEncryptionEnabled, TransitEncryptionMode: in.TransitEncryptionMode,
		AtRestEncryptionEnabled: in.AtRestEncryptionEnabled, KmsKeyId: in.KmsKeyId, UserGroupIds: in.UserGroupIds,
		AutoMinorVersionUpgrade: in.AutoMinorVersionUpgrade,
	}}
	g.node = types.CacheCluster{
		CacheParameterGroup:  &types.CacheParameterGroupStatus{CacheParameterGroupName: in.CacheParameterGroupName, ParameterApplyStatus: aws.String("in-sync")},
		CacheSubnetGroupName: in.CacheSubnetGroupName, PreferredMaintenanceWindow: in.PreferredMaintenanceWindow,
		CacheNodes: []types.CacheNode{{CacheNodeId: aws.String("0001"), Endpoint: &types.Endpoint{Port: in.Port}}},
	}
	g.carry(in.SecurityGroupIds)
	for i := range max(1, int(aws.ToInt32(in.NumCacheClusters))) {
		g.nodes = append(g.nodes, i+1)
	}
	s.groups[id], s.tags[*g.ARN] = g, in.Tags
	s.begin(g, "creating")
	return &elasticache.CreateReplicationGroupOutput{ReplicationGroup: g.described(c)}, nil
}

func (g *cache) carry(groups []string) {
	g.node.SecurityGroups = nil
	for _, group := range groups {
		g.node.SecurityGroups = append(g.node.SecurityGroups, types.SecurityGroupMembership{SecurityGroupId: aws.String(group), Status: aws.String("active")})
	}
}

// described is the group as it is now.
func (g *cache) described(c *Call) *types.ReplicationGroup {
	d := g.ReplicationGroup
	d.Status = aws.String(cmp.Or(g.doing, "available"))
	host := func(kind string) *types.Endpoint {
		return &types.Endpoint{Address: aws.String(fmt.Sprintf("%s.%s.abc123.%s.cache.amazonaws.com", kind, *d.ReplicationGroupId, c.Region)), Port: g.node.CacheNodes[0].Endpoint.Port}
	}
	shard := types.NodeGroup{NodeGroupId: aws.String("0001"), Status: d.Status, PrimaryEndpoint: host("master"), ReaderEndpoint: host("replica")}
	for i, number := range g.nodes {
		id := aws.String(g.nodeID(number))
		role := "replica"
		if i == 0 {
			role = "primary"
		}
		d.MemberClusters = append(d.MemberClusters, *id)
		shard.NodeGroupMembers = append(shard.NodeGroupMembers, types.NodeGroupMember{
			CacheClusterId: id, CacheNodeId: aws.String("0001"), CurrentRole: &role, PreferredAvailabilityZone: aws.String(c.Region + string(rune('a'+i%2))),
		})
	}
	d.NodeGroups = []types.NodeGroup{shard}
	return &d
}

func (g *cache) nodeID(number int) string {
	return fmt.Sprintf("%s-%03d", *g.ReplicationGroupId, number)
}

func (s *caches) describeGroups(c *Call, in *elasticache.DescribeReplicationGroupsInput) (any, *fault) {
	found, refused := known(c, s.groups, in.ReplicationGroupId, noGroup)
	var out elasticache.DescribeReplicationGroupsOutput
	for _, g := range found {
		out.ReplicationGroups = append(out.ReplicationGroups, *g.described(c))
	}
	return &out, refused
}

func (s *caches) describeNodes(c *Call, in *elasticache.DescribeCacheClustersInput) (any, *fault) {
	var out elasticache.DescribeCacheClustersOutput
	for _, id := range sortedKeys(s.groups) {
		g := s.groups[id]
		for _, number := range g.nodes {
			if node := g.nodeID(number); in.CacheClusterId == nil || node == *in.CacheClusterId {
				d := g.node
				d.CacheClusterId, d.ReplicationGroupId, d.CacheClusterStatus = &node, g.ReplicationGroupId, aws.String(cmp.Or(g.doing, "available"))
				d.ARN, d.Engine, d.EngineVersion, d.CacheNodeType = cacheARN(c, "cluster", node), g.Engine, &g.version, g.CacheNodeType
				d.NumCacheNodes, d.AutoMinorVersionUpgrade, d.AuthTokenEnabled = aws.Int32(1), g.AutoMinorVersionUpgrade, aws.Bool(false)
				d.AtRestEncryptionEnabled, d.TransitEncryptionEnabled, d.TransitEncryptionMode = g.AtRestEncryptionEnabled, g.TransitEncryptionEnabled, g.TransitEncryptionMode
				d.SnapshotRetentionLimit, d.SnapshotWindow, d.NetworkType, d.IpDiscovery = g.SnapshotRetentionLimit, g.SnapshotWindow, g.NetworkType, g.IpDiscovery
				out.CacheClusters = append(out.CacheClusters, d)
			}
		}
	}
	if out.CacheClusters == nil && in.CacheClusterId != nil {
		return nil, newFault(c, http.StatusNotFound, "CacheClusterNotFound", "CacheCluster not found: "+*in.CacheClusterId)
	}
	return &out, nil
}

func (s *caches) modifyGroup(c *Call, in *elasticache.ModifyReplicationGroupInput) (any, *fault) {
	g, refused := one(c, s.groups, in.ReplicationGroupId, noGroup)
	if refused != nil {
		return nil, refused
	}
	for at, value := range map[**string]*string{
		&g.Description: in.ReplicationGroupDescription, &g.CacheNodeType: in.CacheNodeType, &g.Engine: in.Engine, &g.SnapshotWindow: in.SnapshotWindow,
		&g.node.PreferredMaintenanceWindow: in.PreferredMaintenanceWindow, &g.node.CacheParameterGroup.CacheParameterGroupName: in.CacheParameterGroupName,
	} {
		if value != nil {
			*at = value
		}
	}
	if in.AutomaticFailoverEnabled != nil {
		g.AutomaticFailover = enabled[types.AutomaticFailoverStatus](in.AutomaticFailoverEnabled)
	}
	if in.MultiAZEnabled != nil {
		g.MultiAZ = enabled[types.MultiAZStatus](in.MultiAZEnabled)
	}
	if in.EngineVersion != nil {
		g.version = *in.EngineVersion + ".0"
	}
	if in.SnapshotRetentionLimit != nil {
		g.SnapshotRetentionLimit = in.SnapshotRetentionLimit
	}
	if in.SecurityGroupIds != nil {
		g.carry(in.SecurityGroupIds)
	}
	g.UserGroupIds = append(slices.DeleteFunc(g.UserGroupIds, func(id string) bool { return slices.Contains(in.UserGroupIdsToRemove, id) }), in.UserGroupIdsToAdd...)
	s.begin(g, "modifying")
	return &elasticache.ModifyReplicationGroupOutput{ReplicationGroup: g.described(c)}, nil
}

func (s *caches) moreReplicas(c *Call, in *elasticache.IncreaseReplicaCountInput) (any, *fault) {
	g, refused := one(c, s.groups, in.ReplicationGroupId, noGroup)
	if refused != nil {
		return nil, refused
	}
	for len(g.nodes) < 1+int(aws.ToInt32(in.NewReplicaCount)) {
		g.nodes = append(g.nodes, slices.Max(g.nodes)+1)
	}
	s.begin(g, "modifying")
	return &elasticache.IncreaseReplicaCountOutput{ReplicationGroup: g.described(c)}, nil
}

// fewerReplicas takes the first replicas away, of whatever number.
func (s *caches) fewerReplicas(c *Call, in *elasticache.DecreaseReplicaCountInput) (any, *fault) {
	g, refused := one(c, s.groups, in.ReplicationGroupId, noGroup)
	if refused != nil {
		return nil, refused
	}
	for len(g.nodes) > 1+int(aws.ToInt32(in.NewReplicaCount)) {
		g.nodes = slices.Delete(g.nodes, 1, 2)
	}
	s.begin(g, "modifying")
	return &elasticache.DecreaseReplicaCountOutput{ReplicationGroup: g.described(c)}, nil
}

func (s *caches) deleteGroup(c *Call, in *elasticache.DeleteReplicationGroupInput) (any, *fault) {
	g, refused := one(c, s.groups, in.ReplicationGroupId, noGroup)
	if refused != nil {
		return nil, refused
	}
	if in.FinalSnapshotIdentifier != nil {
		s.snapshots = append(s.snapshots, *in.FinalSnapshotIdentifier)
	}
	delete(s.tags, *g.ARN)
	s.begin(g, "deleting")
	return &elasticache.DeleteReplicationGroupOutput{ReplicationGroup: g.described(c)}, nil
}

func (s *caches) describeSnapshots(_ *Call, _ *elasticache.DescribeSnapshotsInput) (any, *fault) {
	var out elasticache.DescribeSnapshotsOutput
	for _, name := range s.snapshots {
		out.Snapshots = append(out.Snapshots, types.Snapshot{SnapshotName: &name, SnapshotStatus: aws.String("available")})
	}
	return &out, nil
}

func (s *caches) createSubnets(c *Call, in *elasticache.CreateCacheSubnetGroupInput) (any, *fault) {
	name := lower(in.CacheSubnetGroupName)
	if s.subnets[name] != nil {
		return nil, refusal(c, "CacheSubnetGroupAlreadyExists", "Cache subnet group "+name+" already exists.")
	}
	g := &types.CacheSubnetGroup{CacheSubnetGroupName: &name, ARN: cacheARN(c, "subnetgroup", name), CacheSubnetGroupDescription: in.CacheSubnetGroupDescription, Subnets: cacheSubnets(in.SubnetIds)}
	if len(in.SubnetIds) > 0 {
		g.VpcId = aws.String(s.vpcOf(c, in.SubnetIds[0]))
	}
	s.subnets[name], s.tags[*g.ARN] = g, in.Tags
	return &elasticache.CreateCacheSubnetGroupOutput{CacheSubnetGroup: g}, nil
}

func cacheSubnets(ids []string) []types.Subnet {
	var subnets []types.Subnet
	for _, id := range ids {
		subnets = append(subnets, types.Subnet{SubnetIdentifier: aws.String(id)})
	}
	return subnets
}

func (s *caches) modifySubnets(c *Call, in *elasticache.ModifyCacheSubnetGroupInput) (any, *fault) {
	g, refused := one(c, s.subnets, in.CacheSubnetGroupName, noSubnets)
	if refused != nil {
		return nil, refused
	}
	if in.CacheSubnetGroupDescription != nil {
		g.CacheSubnetGroupDescription = in.CacheSubnetGroupDescription
	}
	if in.SubnetIds != nil {
		g.Subnets = cacheSubnets(in.SubnetIds)
	}
	return &elasticache.ModifyCacheSubnetGroupOutput{CacheSubnetGroup: g}, nil
}

func (s *caches) deleteSubnets(c *Call, in *elasticache.DeleteCacheSubnetGroupInput) (any, *fault) {
	g, refused := one(c, s.subnets, in.CacheSubnetGroupName, noSubnets)
	if refused == nil {
		delete(s.tags, *g.ARN)
		delete(s.subnets, *g.CacheSubnetGroupName)
	}
	return nil, refused
}

func (s *caches) describeSubnets(c *Call, in *elasticache.DescribeCacheSubnetGroupsInput) (any, *fault) {
	found, refused := known(c, s.subnets, in.CacheSubnetGroupName, noSubnets)
	return &elasticache.DescribeCacheSubnetGroupsOutput{CacheSubnetGroups: values(found)}, refused
}

func (s *caches) createParameters(c *Call, in *elasticache.CreateCacheParameterGroupInput) (any, *fault) {
	name := lower(in.CacheParameterGroupName)
	if s.families[name] != nil {
		return nil, refusal(c, "CacheParameterGroupAlreadyExists", "Parameter group "+name+" already exists.")
	}
	g := &types.CacheParameterGroup{CacheParameterGroupName: &name, ARN: cacheARN(c, "parametergroup", name), CacheParameterGroupFamily: in.CacheParameterGroupFamily, Description: in.Description, IsGlobal: aws.Bool(false)}
	s.families[name], s.parameters[name], s.tags[*g.ARN] = g, map[string]string{}, in.Tags
	return &elasticache.CreateCacheParameterGroupOutput{CacheParameterGroup: g}, nil
}

func (s *caches) modifyParameters(c *Call, in *elasticache.ModifyCacheParameterGroupInput) (any, *fault) {
	g, refused := one(c, s.families, in.CacheParameterGroupName, noParameters)
	if refused != nil {
		return nil, refused
	}
	for _, p := range in.ParameterNameValues {
		s.parameters[*g.CacheParameterGroupName][*p.ParameterName] = *p.ParameterValue
	}
	return &elasticache.ModifyCacheParameterGroupOutput{CacheParameterGroupName: g.CacheParameterGroupName}, nil
}

func (s *caches) resetParameters(c *Call, in *elasticache.ResetCacheParameterGroupInput) (any, *fault) {
	g, refused := one(c, s.families, in.CacheParameterGroupName, noParameters)
	if refused != nil {
		return nil, refused
	}
	for _, p := range in.ParameterNameValues {
		delete(s.parameters[*g.CacheParameterGroupName], *p.ParameterName)
	}
	return &elasticache.ResetCacheParameterGroupOutput{CacheParameterGroupName: g.CacheParameterGroupName}, nil
}

func (s *caches) deleteParameters(c *Call, in *elasticache.DeleteCacheParameterGroupInput) (any, *fault) {
	g, refused := one(c, s.families, in.CacheParameterGroupName, noParameters)
	if refused == nil {
		delete(s.tags, *g.ARN)
		delete(s.families, *g.CacheParameterGroupName)
	}
	return nil, refused
}

func (s *caches) describeParameterGroups(c *Call, in *elasticache.DescribeCacheParameterGroupsInput) (any, *fault) {
	found, refused := known(c, s.families, in.CacheParameterGroupName, noParameters)
	return &elasticache.DescribeCacheParameterGroupsOutput{CacheParameterGroups: values(found)}, refused
}

// describeParameters has those that a user has set, and no others.
func (s *caches) describeParameters(c *Call, in *elasticache.DescribeCacheParametersInput) (any, *fault) {
	g, refused := one(c, s.families, in.CacheParameterGroupName, noParameters)
	if refused != nil {
		return nil, refused
	}
	var out elasticache.DescribeCacheParametersOutput
	set := s.parameters[*g.CacheParameterGroupName]
	for _, name := range sortedKeys(set) {
		out.Parameters = append(out.Parameters, types.Parameter{ParameterName: &name, ParameterValue: aws.String(set[name]), Source: aws.String("user")})
	}
	return &out, nil
}

func (s *caches) createUser(c *Call, in *elasticache.CreateUserInput) (any, *fault) {
	id := lower(in.UserId)
	if s.users[id] != nil {
		return nil, refusal(c, "UserAlreadyExists", "User "+id+" already exists.")
	}
	u := &types.User{
		UserId: &id, UserName: in.UserName, ARN: cacheARN(c, "user", id), Engine: in.Engine, AccessString: in.AccessString,
		Status: aws.String("active"), MinimumEngineVersion: aws.String("7.2"),
	}
	authenticate(u, in.AuthenticationMode)
	s.users[id], s.tags[*u.ARN] = u, in.Tags
	return u, nil
}

// authenticate sets how the user proves who it is.
func authenticate(u *types.User, mode *types.AuthenticationMode) {
	if mode != nil {
		kind := types.AuthenticationType(mode.Type)
		if kind == "no-password-required" {
			kind = types.AuthenticationTypeNoPassword
		}
		u.Authentication = &types.Authentication{Type: kind, PasswordCount: aws.Int32(int32(len(mode.Passwords)))} //nolint:gosec // Two at most.
	}
}

func (s *caches) modifyUser(c *Call, in *elasticache.ModifyUserInput) (any, *fault) {
	u, refused := one(c, s.users, in.UserId, noUser)
	if refused != nil {
		return nil, refused
	}
	if in.AccessString != nil {
		u.AccessString = in.AccessString
	}
	authenticate(u, in.AuthenticationMode)
	return u, nil
}

// deleteUser removes the user from all groups.
func (s *caches) deleteUser(c *Call, in *elasticache.DeleteUserInput) (any, *fault) {
	u, refused := one(c, s.users, in.UserId, noUser)
	if refused != nil {
		return nil, refused
	}
	for _, g := range s.userGroups {
		g.UserIds = slices.DeleteFunc(g.UserIds, func(id string) bool { return id == *u.UserId })
	}
	delete(s.tags, *u.ARN)
	delete(s.users, *u.UserId)
	return u, nil
}

func (s *caches) describeUsers(c *Call, in *elasticache.DescribeUsersInput) (any, *fault) {
	found, refused := known(c, s.users, in.UserId, noUser)
	out := elasticache.DescribeUsersOutput{Users: values(found)}
	for i, u := range out.Users {
		for _, id := range sortedKeys(s.userGroups) {
			if slices.Contains(s.userGroups[id].UserIds, *u.UserId) {
				out.Users[i].UserGroupIds = append(out.Users[i].UserGroupIds, id)
			}
		}
	}
	return &out, refused
}

func (s *caches) createUserGroup(c *Call, in *elasticache.CreateUserGroupInput) (any, *fault) {
	id := lower(in.UserGroupId)
	if s.userGroups[id] != nil {
		return nil, refusal(c, "UserGroupAlreadyExists", "User group "+id+" already exists.")
	}
	if refused := s.allUsers(c, in.UserIds); refused != nil {
		return nil, refused
	}
	g := &types.UserGroup{UserGroupId: &id, ARN: cacheARN(c, "usergroup", id), Engine: in.Engine, UserIds: in.UserIds, Status: aws.String("active")}
	s.userGroups[id], s.tags[*g.ARN] = g, in.Tags
	return g, nil
}

// allUsers wants each user to be there.
func (s *caches) allUsers(c *Call, ids []string) *fault {
	for _, id := range ids {
		if _, refused := one(c, s.users, &id, noUser); refused != nil {
			return refused
		}
	}
	return nil
}

func (s *caches) modifyUserGroup(c *Call, in *elasticache.ModifyUserGroupInput) (any, *fault) {
	g, refused := one(c, s.userGroups, in.UserGroupId, noUserGroup)
	if refused == nil {
		refused = s.allUsers(c, in.UserIdsToAdd)
	}
	if refused != nil {
		return nil, refused
	}
	g.UserIds = append(slices.DeleteFunc(g.UserIds, func(id string) bool { return slices.Contains(in.UserIdsToRemove, id) }), in.UserIdsToAdd...)
	return g, nil
}

func (s *caches) deleteUserGroup(c *Call, in *elasticache.DeleteUserGroupInput) (any, *fault) {
	g, refused := one(c, s.userGroups, in.UserGroupId, noUserGroup)
	if refused != nil {
		return nil, refused
	}
	delete(s.tags, *g.ARN)
	delete(s.userGroups, *g.UserGroupId)
	return g, nil
}

func (s *caches) describeUserGroups(c *Call, in *elasticache.DescribeUserGroupsInput) (any, *fault) {
	found, refused := known(c, s.userGroups, in.UserGroupId, noUserGroup)
	out := elasticache.DescribeUserGroupsOutput{UserGroups: values(found)}
	for i, g := range out.UserGroups {
		for _, id := range sortedKeys(s.groups) {
			if slices.Contains(s.groups[id].UserGroupIds, *g.UserGroupId) {
				out.UserGroups[i].ReplicationGroups = append(out.UserGroups[i].ReplicationGroups, id)
			}
		}
	}
	return &out, refused
}

func (s *caches) listTags(_ *Call, in *elasticache.ListTagsForResourceInput) (any, *fault) {
	return &elasticache.ListTagsForResourceOutput{TagList: s.tags[*in.ResourceName]}, nil
}

func (s *caches) addTags(_ *Call, in *elasticache.AddTagsToResourceInput) (any, *fault) {
	for _, tag := range in.Tags {
		s.untag(*in.ResourceName, *tag.Key)
	}
	s.tags[*in.ResourceName] = append(s.tags[*in.ResourceName], in.Tags...)
	return &elasticache.AddTagsToResourceOutput{TagList: s.tags[*in.ResourceName]}, nil
}

func (s *caches) removeTags(_ *Call, in *elasticache.RemoveTagsFromResourceInput) (any, *fault) {
	s.untag(*in.ResourceName, in.TagKeys...)
	return &elasticache.RemoveTagsFromResourceOutput{TagList: s.tags[*in.ResourceName]}, nil
}

func (s *caches) untag(arn string, keys ...string) {
	s.tags[arn] = slices.DeleteFunc(slices.Clone(s.tags[arn]), func(tag types.Tag) bool { return slices.Contains(keys, *tag.Key) })
}

// names are those of all that there is, but for the parameter groups that AWS has, and for
// snapshots, which are to stay.
func (s *caches) names() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return map[string][]string{
		"replication groups": slices.Collect(maps.Keys(s.groups)), "cache subnet groups": slices.Collect(maps.Keys(s.subnets)),
		"cache parameter groups": slices.Collect(maps.Keys(s.families)), "cache users": slices.Collect(maps.Keys(s.users)),
		"cache user groups": slices.Collect(maps.Keys(s.userGroups)),
	}
}

// occupants are the caches in a VPC: they stand in all subnets of their group.
func (s *caches) occupants() []occupant {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	var all []occupant
	for _, id := range sortedKeys(s.groups) {
		o := occupant{name: "cache " + id}
		for _, group := range s.groups[id].node.SecurityGroups {
			o.groups = append(o.groups, *group.SecurityGroupId)
		}
		if group := s.subnets[aws.ToString(s.groups[id].node.CacheSubnetGroupName)]; group != nil {
			for _, subnet := range group.Subnets {
				o.subnets = append(o.subnets, *subnet.SubnetIdentifier)
			}
		}
		all = append(all, o)
	}
	return all
}
