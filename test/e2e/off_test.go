package e2e

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/options"
)

// staysOn are the options that no environment turns off: the one of the key is refused,
// and the others are decided before the first deployment or tested elsewhere.
var staysOn = []string{
	"a customer-managed key", // [life.keptWhenOff] is refused it.
	"protected",              // [life.keptWhenOff] is.
	"images of a pipeline",   // Without them, a tag is wanted.
}

// onAndOff begins with every option on that goes together, turns them off in two parts,
// which chance decides, on again together, and off again. The way back must leave
// nothing behind.
func (l *life) onAndOff(t *testing.T, choices []option) {
	t.Helper()
	r := l.begin(t, "9. every option on, off, on and off again")
	dice := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // Chance that can be repeated is wanted.
	var on []options.Way
	all := l.cfg
	for _, i := range dice.Perm(len(choices)) {
		way := choices[i][1+dice.IntN(len(choices[i])-1)]
		with := all
		way.Apply(&with)
		if !slices.Contains(staysOn, way.Name) && with.Validate() == nil {
			all, on = with, append(on, way)
		}
	}
	assert.Greater(t, len(on), len(choices)-len(staysOn)-2, "options that are on together")
	half := l.cfg
	for _, way := range on[:len(on)/2] {
		way.Apply(&half)
	}
	for i, cfg := range []config.Config{all, half, l.cfg, all, l.cfg} {
		l.replaceStack(t, cfg)
		if i == 0 {
			l.terraform(t, l.stackDir(), "init", "-input=false")
		}
		l.apply(t, l.stackDir())
		assert.Empty(t, l.plan(t, l.stackDir()), "changes after step %d", i)
	}
	r.changes = l.unchanged(t)
	l.terraform(t, l.stackDir(), "destroy", "-auto-approve", "-input=false")
	r.left = len(l.leftovers(t))
	l.end(t, r)
}

// keptWhenOff turns the logs of a protected environment off.
func (l *life) keptWhenOff(t *testing.T) {
	t.Helper()
	r := l.begin(t, "10. a protected environment's logs, turned off")
	on := l.cfg
	l.replaceStack(t, on)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	off := on
	off.LoadBalancer.AccessLogRetentionDays = 0
	l.replaceStack(t, off)
	l.apply(t, l.stackDir())
	require.Equal(t, 0, l.unchanged(t))
	l.end(t, r)
}

// loggedAndProtected is a protected environment that records all that can be recorded.
func loggedAndProtected(suffix string) config.Config {
	c := config.Defaults(suffix)
	c.Protected = true
	c.Network.FlowLogRetentionDays, c.LoadBalancer.AccessLogRetentionDays = 30, 30
	c.LoadBalancer.WAF.Enabled, c.Database.LogExports, c.Service.ExecuteCommand = true, true, true
	c.Encryption.CustomerManagedKey = true
	return c
}
