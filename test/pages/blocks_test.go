package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/golden"
)

// blocks are the page's blocks of code in that language, below the heading, if one is given.
func (p page) blocks(t *testing.T, language, heading string) (blocks []string) {
	t.Helper()
	text := p.text
	if heading != "" {
		_, below, found := strings.Cut(text, "\n## "+heading+"\n")
		require.True(t, found, "%s has the heading %s", p.path, heading)
		text, _, _ = strings.Cut(below, "\n## ")
	}
	for _, found := range regexp.MustCompile("(?ms)^ *```"+language+"\n(.*?)^ *```$").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, found[1])
	}
	return blocks
}

// TestCommittedStacks runs the commands by which the stacks get into the repository that
// Terraform Cloud watches, after a synthesis, and those by which CI compares them.
func TestCommittedStacks(t *testing.T) {
	blocks := pages(t)["docs/terraform-cloud.md"].blocks(t, "sh", "Runs from version control")
	require.Len(t, blocks, 2)
	dir, stacks := t.TempDir(), t.TempDir()
	for _, env := range config.Environments() {
		text, err := os.ReadFile(filepath.Join(root, "testdata", env.Suffix+".golden.json"))
		require.NoError(t, err)
		stack := filepath.Join(stacks, env.StackName())
		require.NoError(t, os.Mkdir(stack, 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(stack, "cdk.tf.json"), text, 0o600)) //nolint:gosec // In the test's own folder.
		// Beside the JSON, as where an environment has a release command.
		require.NoError(t, os.WriteFile(filepath.Join(stack, "release.zip"), []byte("the code"), 0o600))
	}
	// A synthesis is what needs Node, and git a repository.
	const around = `set -eu
git() { :; }
make() { mkdir cdktf.out && cp -R "$STACKS" cdktf.out/stacks; }
`
	for range 2 { // The second time over what the first one left.
		shell := exec.CommandContext(t.Context(), "bash", "-c", around+blocks[0]+blocks[1]) //nolint:gosec // The page's own.
		shell.Dir, shell.Env = dir, append(os.Environ(), "STACKS="+stacks)
		output, err := shell.CombinedOutput()
		require.NoError(t, err, "%s", output)
		assert.Empty(t, string(output), "the differences")
	}
}

// TestFoldersOfSynthesis wants commands to look for stacks where the synthesis before them
// in the same block wrote: that of one environment has a folder of its own.
func TestFoldersOfSynthesis(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	require.Contains(t, string(makefile), "@out=cdktf.out;", "where make synth writes")
	require.Contains(t, string(makefile), `out="cdktf.out-$$name";`, "where make synth ENVIRONMENT=<name> writes")
	words, checked := regexp.MustCompile(`make synth(?: ENVIRONMENT=([\w-]+))?|cdktf\.out(?:-([\w-]+))?/stacks`), 0
	for _, p := range pages(t) {
		for _, code := range p.code {
			synthesised, environment := false, ""
			for _, found := range words.FindAllStringSubmatch(code, -1) {
				switch {
				case strings.HasPrefix(found[0], "make"):
					synthesised, environment = true, found[1]
				case synthesised:
					checked++
					assert.Equal(t, environment, found[2], "%s: %s", p.path, code)
				}
			}
		}
	}
	assert.Greater(t, checked, 4)
}

// TestGoldenWalkThrough writes what a deployment of dev prints that follows from the code: how
// many resources there are, and where in the Makefile the deployment fails.
func TestGoldenWalkThrough(t *testing.T) {
	stack, err := os.ReadFile(filepath.Join(root, "testdata", "dev.golden.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no environment is called dev")
	}
	require.NoError(t, err)
	var resources struct{ Resource map[string]map[string]any }
	require.NoError(t, json.Unmarshal(stack, &resources))
	n := 0
	for _, named := range resources.Resource {
		n += len(named)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	before, _, found := strings.Cut(string(makefile), "\n\t$(call cdktf,changes,deploy)")
	require.True(t, found)
	printed := map[string]string{
		`Resources: \d+ added`:     fmt.Sprintf("Resources: %d added", n),
		`Resources: \d+ destroyed`: fmt.Sprintf("Resources: %d destroyed", n),
		`\[Makefile:\d+: deploy\]`: fmt.Sprintf("[Makefile:%d: deploy]", strings.Count(before, "\n")+2),
	}
	golden.Edit(t, filepath.Join(root, "docs", "walk-through.md"), func(page string) string {
		for pattern, want := range printed {
			form := regexp.MustCompile(pattern)
			require.Regexp(t, form, page)
			page = form.ReplaceAllString(page, want)
		}
		return page
	})
}
