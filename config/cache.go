package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Cache is a Valkey of ElastiCache, which only tasks reach, over TLS, and which lets in
// roles by IAM. There is neither a password nor a token for it: the provider has no
// write-only arguments for them, so that they would stand in the state.
type Cache struct {
	// NodeType is the type of each node, such as "cache.t4g.micro"; empty, the default,
	// makes no cache. Each node is billed by the hour.
	NodeType string
	// EngineVersion is the version of Valkey, "<major>.<minor>" from 7.2 on. A newer one
	// is an upgrade in place; an older one replaces the cache, without what is in it.
	EngineVersion string
	// Replicas is the number of nodes besides the primary one, 0, the default, to 5, each
	// in another zone while there are some. With one or more, one takes over when the
	// primary one fails; a Protected environment needs one. Each costs as much as the first.
	Replicas int
	// MaxMemoryPolicy is what a cache that is full does for a new key: "allkeys-lru", the
	// default, throws out the key that was unused for longest, "volatile-lru" only one that
	// would expire, and "noeviction" refuses the new one. There are "allkeys-lfu",
	// "allkeys-random", "volatile-lfu", "volatile-random" and "volatile-ttl", too.
	MaxMemoryPolicy string
	// SnapshotRetentionDays is how many days each daily snapshot is kept, up to 35; 0, the
	// default, takes none. All but one is billed by its size.
	SnapshotRetentionDays int
	// SnapshotWindow is the daily time of snapshots in UTC, "hh:mm-hh:mm", of an hour or
	// more.
	SnapshotWindow string
	// MaintenanceWindow is the weekly time of maintenance in UTC, "ddd:hh:mm-ddd:hh:mm", of
	// 1 to 24 hours and outside of the SnapshotWindow.
	MaintenanceWindow string
}

// Enabled tells whether there is a cache.
func (c Cache) Enabled() bool { return c.NodeType != "" }

// Nodes is how many nodes it has.
func (c Cache) Nodes() int {
	if !c.Enabled() {
		return 0
	}
	return 1 + c.Replicas
}

// ParameterFamily is the kind of the parameter group that the version takes:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html
func (c Cache) ParameterFamily() string {
	major, _, _ := strings.Cut(c.EngineVersion, ".")
	return "valkey" + major
}

func defaultCache() Cache {
	return Cache{
		EngineVersion:     "8.1",
		MaxMemoryPolicy:   "allkeys-lru",
		SnapshotWindow:    "00:30-01:30",
		MaintenanceWindow: "sun:04:30-sun:05:30",
	}
}

const (
	// maxCacheReplicas is how many replicas a primary node has at most.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
	maxCacheReplicas = 5
	// shortestCacheWindow is the minimum of either window, in minutes.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
	shortestCacheWindow = 60
)

// maxMemoryPolicies are those of the parameter maxmemory-policy.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
var maxMemoryPolicies = []string{
	"allkeys-lfu", "allkeys-lru", "allkeys-random", "noeviction", "volatile-lfu", "volatile-lru", "volatile-random", "volatile-ttl",
}

var (
	// nodeTypeForm is open: AWS adds families and sizes every year.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
	nodeTypeForm = regexp.MustCompile(`^(cache\.[a-z][a-z0-9]+\.([0-9]*x?large|micro|small|medium))?$`)
	// oldNodeTypes are those of which AWS creates no new node.
	// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
	oldNodeTypes = regexp.MustCompile(`^cache\.(c1|m1|m2|m3|r3|t1)\.`)
	// valkeyForm is what the provider takes.
	// https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/elasticache/engine_version.go
	valkeyForm = regexp.MustCompile(`^[7-9]\.(0|[1-9][0-9]*)$`)
)

// checkCache checks the section. [problems.checkCacheLife] checks what it is to the rest.
func (p *problems) checkCache(c Cache) {
	p.checkNodeType(c.NodeType)
	const version = "Cache.EngineVersion"
	switch example := suggest("write a version such as", defaultCache().EngineVersion); {
	case !valkeyForm.MatchString(c.EngineVersion):
		p.add(version, c.EngineVersion, "has the wrong form", ours("<major>.<minor> of Valkey 7, 8 or 9", "the provider takes no other"), example)
	case c.EngineVersion == "7.0" || c.EngineVersion == "7.1":
		// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
		p.add(version, c.EngineVersion, "is no version of Valkey", aws("7.2 or newer"), example)
	}
	p.between("Cache.Replicas", c.Replicas, bounds{low: 0, high: maxCacheReplicas})
	if !slices.Contains(maxMemoryPolicies, c.MaxMemoryPolicy) {
		p.add("Cache.MaxMemoryPolicy", c.MaxMemoryPolicy, "is unknown", aws(strings.Join(maxMemoryPolicies, ", ")), write(defaultCache().MaxMemoryPolicy))
	}
	p.between("Cache.SnapshotRetentionDays", c.SnapshotRetentionDays, bounds{low: 0, high: 35})
	p.checkCacheWindows(c)
}

// checkNodeType checks whether there can be such a node. Whether the region has one, nothing
// tells before AWS is asked to make it.
func (p *problems) checkNodeType(nodeType string) {
	const field = "Cache.NodeType"
	example := suggest("write a type such as", "cache.t4g.micro")
	p.matches(field, nodeType, nodeTypeForm, aws("an empty value, or types such as cache.t4g.micro and cache.m7g.large"), example)
	switch {
	case oldNodeTypes.MatchString(nodeType):
		p.add(field, nodeType, "is of a previous generation", aws("types of which it makes new nodes"), example)
	case strings.HasPrefix(nodeType, "cache.r6gd."):
		// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/data-tiering.html
		p.add(field, nodeType, "keeps data on disks", ours("types that keep all in memory", "it does not set data tiering up"), example)
	}
}

// checkCacheWindows checks both windows, and that they do not overlap.
func (p *problems) checkCacheWindows(c Cache) {
	check := func(field, text string, kind windowKind, longest string) (window, bool) {
		kind.rule = aws(strings.Replace(kind.rule.allowed, "30 minutes", "60 minutes", 1))
		w, ok := p.window(field, text, kind)
		if ok && w.length < shortestCacheWindow {
			p.add(field, text, fmt.Sprintf("lasts %d minutes", w.length), kind.rule, suggest("write a window such as", longest))
			ok = false
		}
		return w, ok
	}
	snapshot, ok := check("Cache.SnapshotWindow", c.SnapshotWindow, backupWindow, defaultCache().SnapshotWindow)
	maintenance, both := check("Cache.MaintenanceWindow", c.MaintenanceWindow, maintenanceWindow, defaultCache().MaintenanceWindow)
	if ok && both && snapshot.overlaps(maintenance) {
		// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html
		p.add("Cache.MaintenanceWindow", c.MaintenanceWindow, fmt.Sprintf("overlaps Cache.SnapshotWindow, %q", c.SnapshotWindow),
			aws("a time outside of the daily snapshot"), do("move one of the two"))
	}
}

// checkCacheLife checks that nothing is wanted of a cache that is not there, and that a
// protected environment's outlives a zone.
func (p *problems) checkCacheLife(c Config) {
	cache := c.Cache
	without := func(field string, value int) {
		if value != 0 {
			p.add(field, value, "is without effect", ours("0 without Cache.NodeType", "there is no cache"), suggest("set Cache.NodeType or write", 0))
		}
	}
	switch {
	case !cache.Enabled():
		without("Cache.Replicas", cache.Replicas)
		without("Cache.SnapshotRetentionDays", cache.SnapshotRetentionDays)
	case c.Protected && cache.Replicas == 0:
		p.add("Cache.Replicas", cache.Replicas, "lets the cache end with its zone",
			ours(fmt.Sprintf("1 to %d where Protected is set", maxCacheReplicas), "no node is there to take over"), write(1))
	}
}
