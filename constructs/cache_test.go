package constructs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// cacheRules are about cache.go, of every environment with a cache.
var cacheRules = []invariant{
	{
		sentence: "the cache fails over to another zone where it has replicas, and does not claim to where it has none",
		controls: "FSBP ElastiCache.3; CKV2_AWS_50",
		violations: func(s stack) []string {
			var v violations
			cache := s.Config.Cache
			v.want(s, "aws_elasticache_replication_group", attributes{
				"num_cache_clusters": float64(1 + cache.Replicas), "automatic_failover_enabled": cache.Replicas > 0, "multi_az_enabled": cache.Replicas > 0,
			})
			v.unless(onlyPrivate(s.One("aws_elasticache_subnet_group")["subnet_ids"]), "its subnets are %v", s.One("aws_elasticache_subnet_group")["subnet_ids"])
			return v
		},
		broken: set("aws_elasticache_replication_group", "multi_az_enabled", false),
	},
	{
		sentence: "the cache lets in one user, who has no password and is whom a task's role proves to be",
		controls: "FSBP ElastiCache.6",
		violations: func(s stack) []string {
			var v violations
			v.want(s, "aws_elasticache_replication_group", attributes{
				"user_group_ids": []any{"${aws_elasticache_user_group.cache_user_group.user_group_id}"}, "auth_token": nil,
			})
			v.want(s, "aws_elasticache_user_group", attributes{"engine": "valkey", "user_ids": []any{"${aws_elasticache_user.cache_user.user_id}"}})
			v.want(s, "aws_elasticache_user", attributes{
				"engine": "valkey", "authentication_mode": attributes{"type": "iam"}, "passwords": nil, "no_password_required": nil,
			})
			user := s.One("aws_elasticache_user")
			v.unless(user["user_id"] == user["user_name"] && user["user_id"] == strings.ToLower(fmt.Sprint(user["user_id"])), "IAM knows no user %v of the id %v", user["user_name"], user["user_id"])
			v.unless(!strings.Contains(fmt.Sprint(user["access_string"]), "+@all") && strings.Contains(fmt.Sprint(user["access_string"]), "-@dangerous"), "the user may %v", user["access_string"])
			return v
		},
		broken: set("aws_elasticache_user", "user_name", "default"),
	},
	{
		sentence: "the tasks of the API, of its workers and of the services that use it, and nothing else, may connect to the cache, to this one and as its user only",
		violations: func(s stack) []string {
			var v violations
			s.Visit("aws_iam_role_policy", func(name string, a attributes) {
				text := fmt.Sprint(a["policy"])
				of := name == "task_role_connect_cache" || slices.ContainsFunc(s.Config.Workers, func(w config.Worker) bool {
					return name == "worker_"+underscored(w.Name)+"_role_connect_cache"
				}) || slices.ContainsFunc(s.Config.Services, func(w config.WebService) bool {
					return w.Cache && name == "service_"+underscored(w.Name)+"_role_connect_cache"
				})
				v.unless(of == strings.Contains(text, "elasticache:"), "%s allows %s", name, text)
			})
			policy := fmt.Sprint(s.Resources["aws_iam_role_policy"]["task_role_connect_cache"]["policy"].(attributes)["Statement"])
			v.unless(policy == "[map[Action:[elasticache:Connect] Effect:Allow Resource:[${aws_elasticache_replication_group.cache_group.arn} ${aws_elasticache_user.cache_user.arn}] Sid:ConnectToCache]]", "it allows %s", policy)
			return v
		},
		broken: func(s *stack) {
			s.Resources["aws_iam_role_policy"]["execution_role_connect"] = attributes{"policy": attributes{"Statement": "elasticache:Connect"}}
		},
	},
	{
		sentence: "the tasks know where the cache is, and what a token is made of",
		violations: func(s stack) []string {
			var v violations
			name := s.Config.PhysicalName("cache")
			for variable, value := range map[string]string{
				"CACHE_HOST": "${aws_elasticache_replication_group.cache_group.primary_endpoint_address}", "CACHE_PORT": "6379",
				"CACHE_NAME": name, "CACHE_USER": "${aws_elasticache_user.cache_user.user_id}", "CACHE_REGION": s.Config.Region,
			} {
				containers := fmt.Sprint(s.Resources["aws_ecs_task_definition"]["service_task_definition"]["container_definitions"])
				v.unless(strings.Contains(containers, "map[name:"+variable+" value:"+value+"]"), "the tasks have no %s=%s", variable, value)
			}
			v.want(s, "aws_elasticache_replication_group", attributes{"replication_group_id": name, "port": 6379.0})
			return v
		},
		broken: set("aws_elasticache_replication_group", "replication_group_id", "other"),
	},
	{
		sentence: "the cache's settings change with the apply, with a parameter group of the version's family beside the old one",
		violations: func(s stack) []string {
			var v violations
			cache := s.Config.Cache
			v.want(s, "aws_elasticache_replication_group", attributes{
				"apply_immediately": true, "engine": "valkey", "engine_version": cache.EngineVersion, "auto_minor_version_upgrade": "false",
				"parameter_group_name": "${aws_elasticache_parameter_group.cache_parameter_group.name}",
			})
			v.want(s, "aws_elasticache_parameter_group", attributes{
				"family": cache.ParameterFamily(), "name": s.Config.PhysicalName("cache-" + cache.ParameterFamily()), "lifecycle": attributes{"create_before_destroy": true},
				"parameter": []any{attributes{"name": "maxmemory-policy", "value": cache.MaxMemoryPolicy}},
			})
			return v
		},
		broken: set("aws_elasticache_parameter_group", "lifecycle", nil),
	},
	{
		sentence: "a protected cache leaves a snapshot of a name of its own",
		violations: func(s stack) []string {
			var v violations
			name := s.One("aws_elasticache_replication_group")["final_snapshot_identifier"]
			want := any(nil)
			if s.Config.Protected {
				want = s.Config.PhysicalName("cache-final") + "-${terraform_data.cache_final_snapshot.id}"
			}
			v.unless(name == want, "the snapshot is %v", name)
			return v
		},
		broken: set("aws_elasticache_replication_group", "final_snapshot_identifier", "the-same"),
	},
}

// TestCache holds every environment with a cache against the rules for it.
func TestCache(t *testing.T) {
	var caching []stack
	for _, env := range stacktest.All() {
		s := load(t, env)
		if assert.Equal(t, env.Cache.Enabled(), s.Count("aws_elasticache_replication_group") == 1, env.Suffix); env.Cache.Enabled() {
			caching = append(caching, s)
		}
	}
	assert.GreaterOrEqual(t, len(caching), 2, "environments with a cache")
	for _, rule := range cacheRules {
		t.Run(rule.sentence, func(t *testing.T) {
			for _, s := range caching {
				assert.Empty(t, rule.violations(s), "environment %q (controls: %s)", s.Config.Suffix, rule.controls)
			}
			broken := load(t, stacktest.Guarded())
			rule.broken(&broken)
			assert.NotEmpty(t, rule.violations(broken), "a stack that breaks the rule passes it")
		})
	}
}
