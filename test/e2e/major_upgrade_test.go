package e2e

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/operate"
	"flask-api/test/emulator"
)

// upgradePolicy is what whoever upgrades the database needs.
const upgradePolicy = root + "/docs/upgrade-policy.json"

// TestUpgradePolicyIsExact wants the policy to grant what the upgrade calls, and what AWS
// wants in addition, and nothing else. A life runs it with the policy.
func TestUpgradePolicyIsExact(t *testing.T) {
	exact(t, upgradePolicy, "internal/operate/upgrade*.go")
}

// majorLife is an environment with what hangs on a cluster and its identity.
func majorLife() config.Config {
	c := config.Defaults("major")
	c.Database.EngineVersion = "16.11"
	c.Database.Roles, c.Database.Authentication = true, config.AuthenticationIAM
	c.Database.PerformanceInsights, c.Database.LogExports = true, true
	c.Database.MonitoringIntervalSeconds = 60
	c.Encryption.CustomerManagedKey = true
	return c
}

// upgrader upgrades with the policy, as fast as the emulated AWS goes.
func (l *life) upgrader(t *testing.T) (*operate.Platform, *emulator.Proxy) {
	t.Helper()
	proxy := l.aws.NewProxy()
	t.Cleanup(proxy.Close)
	proxy.As(l.upgradeRole)
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	return &operate.Platform{Config: l.cfg, AWS: account, Out: io.Discard, Notes: io.Discard, Interval: 50 * time.Millisecond}, proxy
}

// upgrade runs a step again and again, which is interrupted in its first change, then in the
// second one of those that follow, and so on. What is interrupted is done, or is not.
func (l *life) upgrade(t *testing.T, step string) {
	t.Helper()
	platform, proxy := l.upgrader(t)
	for interrupted := 0; ; interrupted++ {
		ctx, cancel := context.WithCancel(t.Context())
		changes := 0
		proxy.Watch(func(c *emulator.Call) {
			if !strings.HasPrefix(c.Action, "Describe") && !strings.HasPrefix(c.Action, "List") {
				if changes++; changes == interrupted+1 {
					cancel()
				}
			}
		})
		err := platform.Upgrade(ctx, "17", step, func(string) bool { return true })
		ended := ctx.Err() == nil
		cancel()
		if ended {
			require.NoError(t, err)
			t.Logf("%q was interrupted %d times", step, interrupted)
			return
		}
		require.Error(t, err)
	}
}

// databases are the versions of the environment's clusters, by name.
func (l *life) databases(t *testing.T) map[string]string {
	t.Helper()
	found, err := rds.NewFromConfig(l.aws.Config()).DescribeDBClusters(t.Context(), &rds.DescribeDBClustersInput{})
	require.NoError(t, err)
	versions := map[string]string{}
	for _, c := range found.DBClusters {
		if strings.HasPrefix(*c.DBClusterIdentifier, l.cfg.PhysicalName("aurora")) {
			major, _, _ := strings.Cut(aws.ToString(c.EngineVersion), ".")
			versions[strings.TrimPrefix(*c.DBClusterIdentifier, l.cfg.PhysicalName("aurora"))] = major
		}
	}
	return versions
}

// upgradesMajor upgrades the database, abandons that once, and is interrupted all the time.
func (l *life) upgradesMajor(t *testing.T) {
	t.Helper()
	r := l.beginDeployed(t, "27. the database upgraded to another major version, interrupted at every change")
	before := l.cfg

	l.cfg.Database.EngineVersion = "17.7"
	l.refusesPlan(t, l.cfg, "make upgrade ENVIRONMENT="+l.cfg.Suffix+" VERSION=17")
	platform, _ := l.upgrader(t)
	require.ErrorContains(t, platform.Upgrade(t.Context(), "17", operate.UpgradeGoOn, func(question string) bool { return !strings.HasPrefix(question, "Switch") }), "it was not switched over")
	assert.Equal(t, map[string]string{"": "16", "-green-abcdef": "17"}, l.databases(t))
	l.upgrade(t, operate.UpgradeAbandon)
	assert.Equal(t, map[string]string{"": "16"}, l.databases(t))
	l.replaceStack(t, before)
	assert.Zero(t, l.unchanged(t), "abandoned, it is as it was")

	l.upgrade(t, operate.UpgradeGoOn)
	assert.Equal(t, map[string]string{"": "17", "-old1": "16"}, l.databases(t))
	l.refusesPlan(t, before, "Database.EngineVersion")
	l.replaceStack(t, l.cfg)
	assert.Equal(t, plan{"aws_iam_role_policy.task_role_connect_database": "update"}, l.plan(t, l.stackDir()), "the resource id is another one")
	l.apply(t, l.stackDir())
	r.changes = l.unchanged(t)
	l.upgrade(t, operate.UpgradeFinish)
	assert.Equal(t, map[string]string{"": "17"}, l.databases(t))
	l.checkDeployed(t)
	assert.Empty(t, l.upgradeRole.Denied(), "what the policy of the upgrade does not allow")
	l.endDestroyed(t, r)
}
