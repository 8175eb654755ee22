package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/internal/versions"
)

// upgraded deploys production as the last release made it, and then as it is made now:
// whoever upgrades loses nothing, needs no second apply, and keeps the image.
func (h *harness) upgraded(t *testing.T) {
	t.Helper()
	cfg := defined(t, "production")
	cfg.Suffix = "upgraded"
	cfg.Registry.ImageTag = previousTag
	previous := h.previous(t, cfg)
	l := h.newLifeOf(t, cfg)
	r := l.begin(t, "16. production, upgraded from the last release")
	require.NoError(t, os.MkdirAll(l.stackDir(), 0o700))
	write(t, filepath.Join(l.stackDir(), "cdk.tf.json"), previous)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())

	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.plan(t, l.stackDir()).keepsData(t, "the upgrade")
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	r.changes = l.unchanged(t)
	l.checkDeployed(t)
	l.runs(t, ":"+previousTag)

	l.unprotect(t)
	l.endDestroyed(t, r)
}

// previousTag is the tag of the image that the last release ran.
const previousTag = "v1"

// readConfiguration takes the place of the environments that the last release defines.
const readConfiguration = `package config

import (
	"encoding/json"
	"os"
)

func Environments() []Config {
	text, err := os.ReadFile("environment.json")
	if err != nil {
		panic(err)
	}
	var c Config
	if err := json.Unmarshal(text, &c); err != nil {
		panic(err)
	}
	return []Config{c}
}
`

// previous is the stack of the configuration as the last release synthesises it. The
// source comes from the repository's history, which not every checkout has.
func (h *harness) previous(t *testing.T, cfg config.Config) []byte {
	t.Helper()
	dir := t.TempDir()
	archive := filepath.Join(dir, "source.tar")
	git := exec.CommandContext(t.Context(), "git", "archive", "--output", archive, versions.UpgradesFrom) //nolint:gosec // A constant.
	git.Dir = root
	if output, err := git.CombinedOutput(); err != nil {
		report(t, "upgrade: skipped, this checkout's history has no "+versions.UpgradesFrom)
		t.Skipf("git archive: %v\n%s", err, output)
	}
	run := func(name string, args ...string) {
		command := exec.CommandContext(t.Context(), name, args...) //nolint:gosec // Only this function's own arguments.
		command.Dir = dir
		command.Env = append(os.Environ(), "ENVIRONMENT_SUFFIX="+cfg.Suffix, "CDKTF_OUTDIR=out")
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s %s:\n%s", name, strings.Join(args, " "), output)
	}
	run("tar", "-xf", archive)
	write(t, filepath.Join(dir, "config", "environments.go"), []byte(readConfiguration))
	settings, err := json.Marshal(cfg)
	require.NoError(t, err)
	write(t, filepath.Join(dir, "environment.json"), settings)
	run("go", "run", ".")
	return readFile(t, filepath.Join(dir, "out", "stacks", cfg.StackName(), "cdk.tf.json"))
}
