package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// caching has a cache of so many replicas.
func caching(replicas int) func(*Config) {
	return func(c *Config) { c.Cache.NodeType, c.Cache.Replicas = "cache.t4g.micro", replicas }
}

const (
	nodeTypes   = "; AWS allows an empty value, or types such as cache.t4g.micro and cache.m7g.large; fix: write a type such as cache.t4g.micro"
	versions    = "; this program allows <major>.<minor> of Valkey 7, 8 or 9, because the provider takes no other; fix: write a version such as 8.1"
	daily       = "; AWS allows hh:mm-hh:mm in UTC, of 60 minutes or more; fix: write a window such as "
	weekly      = "; AWS allows ddd:hh:mm-ddd:hh:mm in UTC, of 60 minutes to 24 hours; fix: write a window such as "
	withoutNode = " is without effect; this program allows 0 without Cache.NodeType, because there is no cache; fix: set Cache.NodeType or write 0"
)

var refusedCache = []refusal{
	{"node type without cache.", func(c *Config) { c.Cache.NodeType = "t4g.micro" }, []string{`Cache.NodeType: "t4g.micro" has the wrong form` + nodeTypes}},
	{"node type without a size", func(c *Config) { c.Cache.NodeType = "cache.t4g" }, []string{`Cache.NodeType: "cache.t4g" has the wrong form` + nodeTypes}},
	{"node of a database", func(c *Config) { c.Cache.NodeType = "db.t4g.medium" }, []string{`Cache.NodeType: "db.t4g.medium" has the wrong form` + nodeTypes}},
	{"node of a previous generation", func(c *Config) { c.Cache.NodeType = "cache.m3.large" }, []string{
		`Cache.NodeType: "cache.m3.large" is of a previous generation; AWS allows types of which it makes new nodes; fix: write a type such as cache.t4g.micro`,
	}},
	{"node with disks", func(c *Config) { c.Cache.NodeType = "cache.r6gd.xlarge" }, []string{
		`Cache.NodeType: "cache.r6gd.xlarge" keeps data on disks; this program allows types that keep all in memory, because it does not set data tiering up; fix: write a type such as cache.t4g.micro`,
	}},
	{"version of Valkey with a patch", func(c *Config) { c.Cache.EngineVersion = "8.0.1" }, []string{`Cache.EngineVersion: "8.0.1" has the wrong form` + versions}},
	{"major version of Valkey alone", func(c *Config) { c.Cache.EngineVersion = "8" }, []string{`Cache.EngineVersion: "8" has the wrong form` + versions}},
	{"version of Redis", func(c *Config) { c.Cache.EngineVersion = "6.2" }, []string{`Cache.EngineVersion: "6.2" has the wrong form` + versions}},
	{"version before Valkey", func(c *Config) { c.Cache.EngineVersion = "7.1" }, []string{
		`Cache.EngineVersion: "7.1" is no version of Valkey; AWS allows 7.2 or newer; fix: write a version such as 8.1`,
	}},
	{"policy of memory", func(c *Config) { c.Cache.MaxMemoryPolicy = "lru" }, []string{
		`Cache.MaxMemoryPolicy: "lru" is unknown; AWS allows allkeys-lfu, allkeys-lru, allkeys-random, noeviction, volatile-lfu, volatile-lru, volatile-random, volatile-ttl; fix: write allkeys-lru`,
	}},
	{"replicas of no cache", func(c *Config) { c.Cache.Replicas = 1 }, []string{`Cache.Replicas: 1` + withoutNode}},
	{"snapshots of no cache", func(c *Config) { c.Cache.SnapshotRetentionDays = 7 }, []string{`Cache.SnapshotRetentionDays: 7` + withoutNode}},
	{"protected cache in one zone", func(c *Config) { caching(0)(c); c.Protected = true }, []string{
		`Cache.Replicas: 0 lets the cache end with its zone; this program allows 1 to 5 where Protected is set, because no node is there to take over; fix: write 1`,
	}},
	{"snapshot window", func(c *Config) { c.Cache.SnapshotWindow = "0:30-1:30" }, []string{
		`Cache.SnapshotWindow: "0:30-1:30" has the wrong form` + daily + `02:00-03:00`,
	}},
	{"short snapshot window", func(c *Config) { c.Cache.SnapshotWindow = "00:30-01:29" }, []string{
		`Cache.SnapshotWindow: "00:30-01:29" lasts 59 minutes` + daily + `00:30-01:30`,
	}},
	{"cache's maintenance on no day", func(c *Config) { c.Cache.MaintenanceWindow = "04:30-05:30" }, []string{
		`Cache.MaintenanceWindow: "04:30-05:30" has the wrong form` + weekly + `sun:03:30-sun:04:30`,
	}},
	{"cache's maintenance too short", func(c *Config) { c.Cache.MaintenanceWindow = "sun:04:30-sun:05:15" }, []string{
		`Cache.MaintenanceWindow: "sun:04:30-sun:05:15" lasts 45 minutes` + weekly + `sun:04:30-sun:05:30`,
	}},
	{"cache's maintenance too long", func(c *Config) { c.Cache.MaintenanceWindow = "sun:04:30-mon:05:30" }, []string{
		`Cache.MaintenanceWindow: "sun:04:30-mon:05:30" lasts 1500 minutes` + weekly + `sun:03:30-sun:04:30`,
	}},
	{"cache's windows that overlap", func(c *Config) { c.Cache.MaintenanceWindow = "sun:01:00-sun:02:00" }, []string{
		`Cache.MaintenanceWindow: "sun:01:00-sun:02:00" overlaps Cache.SnapshotWindow, "00:30-01:30"; AWS allows a time outside of the daily snapshot; fix: move one of the two`,
	}},
	{"variable of the cache", func(c *Config) { c.Service.Environment = map[string]string{"CACHE_HOST": "elsewhere"} }, []string{
		`Service.Environment["CACHE_HOST"]: "CACHE_HOST" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
	}},
}

var acceptedCache = map[string]func(*Config){
	"a cache":                    caching(0),
	"a protected cache":          func(c *Config) { caching(1)(c); c.Protected = true },
	"first Valkey":               func(c *Config) { caching(0)(c); c.Cache.EngineVersion = "7.2" },
	"newer Valkey than is known": func(c *Config) { caching(0)(c); c.Cache.EngineVersion = "9.12" },
	"larger node than is known":  func(c *Config) { c.Cache.NodeType = "cache.r9gn.48xlarge" },
	"refusing new keys":          func(c *Config) { caching(0)(c); c.Cache.MaxMemoryPolicy = "noeviction" },
}

var edgesCache = []edge{
	{field: "Cache.Replicas", low: 0, high: 5, with: caching(0)},
	{field: "Cache.SnapshotRetentionDays", low: 0, high: 35, with: caching(0)},
}

func TestParameterFamily(t *testing.T) {
	assert.Equal(t, "valkey7", Cache{EngineVersion: "7.2"}.ParameterFamily())
	assert.Equal(t, "valkey8", defaultCache().ParameterFamily())
}
