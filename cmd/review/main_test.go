package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is one with a program that synthesises what stands in a file, in a folder.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) repository {
	t.Helper()
	r := repository{t, filepath.Join(t.TempDir(), "repository")}
	r.write("api/go.mod", "module api\n\ngo 1.24\n")
	r.write("api/main.go", `package main

import "os"

func main() {
	text, err := os.ReadFile("stack.json")
	if err != nil {
		panic(err)
	}
	dir := os.Getenv("CDKTF_OUTDIR") + "/stacks/api"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		panic(err)
	}
	if err := os.WriteFile(dir+"/cdk.tf.json", text, 0o600); err != nil {
		panic(err)
	}
}
`)
	r.write("api/stack.json", stack("idle_timeout", "60"))
	r.git("init", "-q", "-b", "main")
	r.commit()
	return r
}

// stack has a load balancer with that attribute.
func stack(attribute, value string) string {
	return `{"resource": {"aws_lb": {"it": {"name": "it", "` + attribute + `": ` + value + `}}}}`
}

func (r repository) write(name, text string) {
	path := filepath.Join(r.dir, name)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
}

func (r repository) git(arguments ...string) {
	command := exec.CommandContext(r.t.Context(), "git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.com"}, arguments...)...) //nolint:gosec // The tests' own.
	command.Dir = r.dir
	output, err := command.CombinedOutput()
	require.NoError(r.t, err, "%s", output)
}

func (r repository) commit() {
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "A change")
}

// reviewed is the report that the command writes in a folder, and its exit code.
func reviewed(t *testing.T, dir string) (int, string) {
	t.Helper()
	t.Chdir(dir)
	report := filepath.Join(t.TempDir(), "report.md")
	code, err := run([]string{"-base", "main", "-output", report})
	require.NoError(t, err)
	text, err := os.ReadFile(report) //nolint:gosec // The test's own.
	require.NoError(t, err)
	return code, string(text)
}

// TestBranchBehindItsBase is not told that it undoes what others did to the base.
func TestBranchBehindItsBase(t *testing.T) {
	r := newRepository(t)
	r.git("checkout", "-q", "-b", "work")
	r.write("api/stack.json", stack("idle_timeout", "90"))
	r.commit()
	r.git("checkout", "-q", "main")
	r.write("api/other.txt", "x")
	r.commit()
	r.write("api/stack.json", stack("internal", "true"))
	r.commit()
	r.git("checkout", "-q", "work")

	code, report := reviewed(t, filepath.Join(r.dir, "api"))
	assert.Equal(t, 2, code)
	first, _, _ := strings.Cut(report, "\n")
	assert.Regexp(t, `^# What changes since main \([0-9a-f]{7}\), which is 2 commits further: they are not compared$`, first)
	assert.Contains(t, report, "- idle_timeout: 60\n+ idle_timeout: 90\n")
	assert.NotContains(t, report, "internal")
}

// TestLinkedWorktree reviews what is not committed yet in one.
func TestLinkedWorktree(t *testing.T) {
	r := newRepository(t)
	linked := filepath.Join(t.TempDir(), "linked")
	r.git("worktree", "add", "-q", "-b", "work", linked)
	code, report := reviewed(t, filepath.Join(linked, "api"))
	assert.Equal(t, 0, code)
	assert.Contains(t, report, "No change.")

	require.NoError(t, os.WriteFile(filepath.Join(linked, "api", "stack.json"), []byte(stack("idle_timeout", "90")), 0o600))
	code, _ = reviewed(t, filepath.Join(linked, "api"))
	assert.Equal(t, 2, code)
	assert.DirExists(t, filepath.Join(r.dir, ".git", "worktrees", "linked"))
	entries, err := os.ReadDir(filepath.Join(r.dir, ".git", "worktrees"))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "the working tree of the review is left")
}

// TestExitCodes has a change of each class.
func TestExitCodes(t *testing.T) {
	dirs := map[string]string{}
	for name, text := range map[string]string{
		"before":     `{"resource": {"aws_lb": {"it": {"name": "it", "subnets": ["a", "b"]}}, "aws_subnet": {"it": {"lifecycle": {"postcondition": [{"condition": "a"}]}}}}}`,
		"harmless":   `{"resource": {"aws_lb": {"it": {"name": "it", "subnets": ["a", "b"], "idle_timeout": 60}}, "aws_subnet": {"it": {"lifecycle": {"postcondition": [{"condition": "a"}]}}}}}`,
		"caution":    `{"resource": {"aws_lb": {"it": {"name": "it", "subnets": ["a"]}}, "aws_subnet": {"it": {"lifecycle": {"postcondition": [{"condition": "a"}]}}}}}`,
		"impossible": `{"resource": {"aws_lb": {"it": {"name": "it", "subnets": ["a", "b"]}}, "aws_subnet": {"it": {"lifecycle": {"postcondition": [{"condition": "b"}]}}}}}`,
		"unjudged":   `{"resource": {"aws_lb": {"it": {"name": "it", "subnets": ["a", "b"], "new": 1}}, "aws_subnet": {"it": {"lifecycle": {"postcondition": [{"condition": "a"}]}}}}}`,
		"danger":     `{"resource": {"aws_subnet": {"it": {"lifecycle": {"postcondition": [{"condition": "a"}]}}}}}`,
	} {
		dirs[name] = t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(dirs[name], "stacks", "it"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dirs[name], "stacks", "it", "cdk.tf.json"), []byte(text), 0o600))
	}
	for name, want := range map[string]int{"before": 0, "harmless": 2, "caution": 3, "impossible": 4, "unjudged": 5, "danger": 6} {
		code, err := run([]string{"-before", dirs["before"], "-after", dirs[name], "-output", filepath.Join(t.TempDir(), "report.md")})
		require.NoError(t, err)
		assert.Equal(t, want, code, name)
	}
	code, err := run(nil)
	require.ErrorContains(t, err, "nothing to compare")
	assert.Equal(t, 1, code)
}
