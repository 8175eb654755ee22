package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// leaves plans what cdktf deployed without CDKTF, as docs/leaving.md says: with Terraform
// and the synthesised JSON alone, and with what `make export` writes. Nothing changes.
func (l *life) leaves(t *testing.T, others ...config.Config) {
	t.Helper()
	r := l.begin(t, "23. what cdktf deployed, planned without it: from the JSON, and from what make export writes")
	alone, state := t.TempDir(), "terraform."+l.cfg.StackName()+".tfstate"
	synthesised, err := filepath.Glob(filepath.Join(l.stackDir(), "*.*")) // Not Terraform's own folder and plan.
	require.NoError(t, err)
	for _, file := range append(synthesised, filepath.Join(l.dir, state)) {
		if filepath.Base(file) == "cdk.tf.json" || filepath.Ext(file) == ".zip" || filepath.Base(file) == state {
			write(t, filepath.Join(alone, filepath.Base(file)), readFile(t, file))
		}
	}
	l.terraform(t, alone, "init", "-input=false", "-backend-config=path="+state)
	changes := l.plan(t, alone)
	assert.Empty(t, changes, "changes by Terraform and the JSON alone")
	r.changes = len(changes)

	program := filepath.Join(l.dir, "export")
	l.build(t, root, "build", "-o", program, "./cmd/export")
	require.NoError(t, os.Symlink("cdktf.out", filepath.Join(l.dir, "cdktf.out-"+l.cfg.Suffix)))
	exported := l.exports(t, program, l.cfg.Suffix)
	l.terraform(t, exported, "init", "-input=false")
	changes = l.plan(t, exported)
	assert.Empty(t, changes, "changes by what was exported")
	r.changes += len(changes)
	for _, cfg := range others {
		l.synthesise(filepath.Join(l.dir, "cdktf.out-"+cfg.Suffix), cfg)
		l.terraform(t, l.exports(t, program, cfg.Suffix), "init", "-input=false", "-backend=false")
		l.terraform(t, filepath.Join(l.dir, "export-"+cfg.Suffix), "validate")
	}
	l.end(t, r)
}

// exports writes the environment of that suffix, and wants the files to be as `terraform
// fmt` has them.
func (l *life) exports(t *testing.T, program, suffix string) string {
	t.Helper()
	output, code := l.run(t, l.dir, nil, program, suffix)
	require.Zero(t, code, "%s", output)
	out := filepath.Join(l.dir, "export-"+suffix)
	l.terraform(t, out, "fmt", "-check", "-diff")
	return out
}
