package e2e

import (
	"flag"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/terraform"
	"flask-api/test/emulator"
)

var (
	choicesFlag = flag.Bool("choices", false, "deploy with the program that TERRAFORM names, and with the command line of -cli")
	cliFlag     = flag.String("cli", "", "the command line in the place of CDKTF's")
)

// TestChoices takes an environment from its first deployment, which is interrupted, over a
// change to its end, by OpenTofu in the place of Terraform or by CDK Terrain's command line in
// the place of CDKTF's.
func TestChoices(t *testing.T) {
	if !*choicesFlag {
		t.Skip("deploys with OpenTofu, or with CDK Terrain's command line: `make choices` runs it")
	}
	h := newHarness(t)
	h.aws.BreakImages(brokenTag)
	defer func() { report(t, h.table()) }()
	if *cliFlag != "" {
		h.tools.CDKTF = *cliFlag
	}
	l := h.newLife(t, "dev")
	r := l.interrupted(t)
	l.rolledBack(t)
	if terraform.IsOpenTofu(h.tools.Terraform) {
		l.thereAndBack(t)
	}
	l.resume()
	r.left = len(l.destroy(t))
	l.end(t, r)
}

// thereAndBack hands the state from OpenTofu to Terraform, as docs/leaving.md says, and
// back: neither changes anything.
func (l *life) thereAndBack(t *testing.T) {
	t.Helper()
	program, err := exec.LookPath("terraform")
	require.NoError(t, err)
	tools := emulator.Tools{Terraform: program, ProviderMirror: l.tools.ProviderMirror}
	settings, err := tools.CLIConfig("")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "terraform.rc")
	write(t, file, []byte(settings))
	for _, args := range [][]string{
		{"state", "replace-provider", "-auto-approve", "registry.opentofu.org/hashicorp/aws", "registry.terraform.io/hashicorp/aws"},
		{"init", "-input=false"},
		{"plan", "-input=false", "-detailed-exitcode"},
	} {
		output, code := l.run(t, l.stackDir(), []string{"TF_CLI_CONFIG_FILE=" + file}, program, args...)
		require.Zero(t, code, "terraform %s:\n%s", args[0], tail(output))
	}
	assert.Zero(t, l.unchanged(t), "changes by OpenTofu after Terraform")
}
