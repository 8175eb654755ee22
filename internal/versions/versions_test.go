package versions

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path)) //nolint:gosec // The test's own path.
	require.NoError(t, err)
	return string(text)
}

func TestValues(t *testing.T) {
	assert.Panics(t, func() { value("NO_SUCH_VERSION") })
	for line := range strings.Lines(file) {
		assert.Regexp(t, `^(#.*|[A-Z_]+=[v0-9a-f.,]+)\n$`, line, "make, shells and GitHub's workflows read it as it is")
	}
	assert.True(t, semver.MustParse(NodeOldest).LessThan(semver.MustParse(NodeSupportedFrom)))
	assert.Contains(t, strings.Split(value("NODE_TRIED"), ","), NodeRecommended)
	assert.Contains(t, strings.Split(value("NODE_TRIED"), ","), NodeSupportedFrom)
}

// TestFilesOfTheirOwn holds the files that have to repeat a version against this one.
func TestFilesOfTheirOwn(t *testing.T) {
	for path, want := range map[string]string{
		"package.json":        `    "node": ">=` + NodeOldest + `"`,
		"constructs/stack.go": `	requiredTerraform = ">= ` + TerraformOldest + `"`,
	} {
		assert.Contains(t, strings.Split(read(t, path), "\n"), want, path)
	}
}

// TestREADME wants the README to name these versions, and no others.
func TestREADME(t *testing.T) {
	readme := read(t, "README.md")
	tried := strings.Split(value("NODE_TRIED"), ",")
	last := len(tried) - 1
	assert.Regexp(t, "Node "+strings.Join(tried[:last], ", ")+" or "+tried[last], readme)
	for _, found := range regexp.MustCompile(`Terraform (\d+\.\d+)`).FindAllStringSubmatch(readme, -1) {
		assert.Equal(t, TerraformOldest, found[1], found[0])
	}
}

// TestWorkflows wants the workflows to name no version of their own.
func TestWorkflows(t *testing.T) {
	workflows, err := filepath.Glob(root + "/.github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, workflows)
	for _, workflow := range workflows {
		text := read(t, strings.TrimPrefix(workflow, root))
		for _, setting := range regexp.MustCompile(`(?m)^ *(node-version|terraform_version): *(.*)$`).FindAllStringSubmatch(text, -1) {
			assert.Regexp(t, `^~?\$\{\{ (env\.(NODE_RECOMMENDED|TERRAFORM_OLDEST)|needs\.(build|plan|synthesise)\.outputs\.terraform|inputs\.terraform) \}\}$`, setting[2], workflow)
		}
		assert.NotRegexp(t, `moto\[server\]`, text, workflow)
	}
}
