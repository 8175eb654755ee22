package fastsynth

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"flask-api/test/golden"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// list runs `go list -deps` and returns the packages.
func list(t *testing.T, packages ...string) []string {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-deps"}, packages...)...) //nolint:gosec // The test's own arguments.
	command.Dir = root
	output, err := command.Output()
	require.NoError(t, err)
	return strings.Fields(string(output))
}

// TestGoldenSubmodules compares the list with the imports of the program.
func TestGoldenSubmodules(t *testing.T) {
	binding := regexp.MustCompile(`^github\.com/cdktf/cdktf-provider-aws-go/aws/v\d+/([a-z0-9]+)$`)
	var imported []string
	for _, path := range list(t, ".") {
		if found := binding.FindStringSubmatch(path); found != nil && found[1] != "jsii" {
			imported = append(imported, found[1])
		}
	}
	slices.Sort(imported)
	require.NotEmpty(t, imported)
	golden.Compare(t, "submodules.txt", strings.Join(imported, "\n")+"\n")
}

// TestKnownVersionIsTheOneUsed compares the version with the one in go.mod.
func TestKnownVersionIsTheOneUsed(t *testing.T) {
	mod, err := os.ReadFile(root + "/go.mod")
	require.NoError(t, err)
	assert.Regexp(t, `cdktf-provider-aws-go/aws/v\d+ v`+regexp.QuoteMeta(providerVersion)+`\s`, string(mod))
}

// TestImportsNothingThatJsiiDoesNot is what makes this package the first one to be
// initialised.
func TestImportsNothingThatJsiiDoesNot(t *testing.T) {
	theirs := list(t, "github.com/aws/jsii-runtime-go")
	for _, path := range list(t, "./internal/fastsynth") {
		if path != "flask-api/internal/fastsynth" {
			assert.Contains(t, theirs, path)
		}
	}
}

// TestTakesEffectBeforeJsii runs the program with another executable for Node, which
// notes the options that it gets.
func TestTakesEffectBeforeJsii(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	// Unlike `go build`, `go run` has the program linked in the cache. It runs cp with it.
	build := exec.Command("go", "run", "-exec", "cp", ".", program) //nolint:gosec // The path is the test's own.
	build.Dir = root
	require.NoError(t, build.Run())
	node := filepath.Join(dir, "node")
	require.NoError(t, os.WriteFile(node, []byte("#!/bin/sh\n[ \"$1\" = --version ] || echo \"$NODE_OPTIONS\" > '"+dir+"/options'\nexit 1\n"), 0o700)) //nolint:gosec // It must be executable.
	options := func(variables ...string) string {
		command := exec.Command(program)
		command.Dir = dir
		command.Env = append(append(os.Environ(), "JSII_NODE="+node, "HOME="+dir+"/a home", "XDG_CACHE_HOME=", "NODE_OPTIONS="), variables...)
		require.Error(t, command.Run(), "the executable for Node does nothing")
		noted, err := os.ReadFile(dir + "/options") //nolint:gosec // What the script wrote.
		require.NoError(t, err)
		return strings.TrimSpace(string(noted))
	}
	hooked := regexp.MustCompile(` --require "` + regexp.QuoteMeta(dir) + `/a home/.*/flask-api/fastsynth/hook-[0-9a-f]{16}\.js"$`)
	assert.Regexp(t, `^--max-old-space-size=4069`+hooked.String(), options())
	assert.Regexp(t, `^--trace-warnings`+hooked.String(), options("NODE_OPTIONS=--trace-warnings"))
	assert.NotContains(t, options("FLASK_API_FAST_SYNTHESIS=off"), "--require")
	assert.NotContains(t, options("HOME=/dev/null/nowhere"), "--require")
}

func TestRestoreEnvironment(t *testing.T) {
	t.Setenv(optionsVariable, "with the hook")
	before.changed, before.set, before.value = true, true, "--trace-warnings"
	RestoreEnvironment()
	assert.Equal(t, "--trace-warnings", os.Getenv(optionsVariable))
	before.changed, before.set = true, false
	RestoreEnvironment()
	_, set := os.LookupEnv(optionsVariable)
	assert.False(t, set)
	t.Setenv(optionsVariable, "the user's")
	RestoreEnvironment()
	assert.Equal(t, "the user's", os.Getenv(optionsVariable), "only what was changed is put back")
}

// pkg is a package of the provider as far as the hook looks at it, and a cache.
type pkg struct{ dir, cache string }

// description is a description of types, with one submodule that is wanted and one
// that is not.
const description = `{
  "submodules": {"@cdktf/provider-aws.wantedOne": {}, "@cdktf/provider-aws.other": {}},
  "types": {"@cdktf/provider-aws.wantedOne.A": {"name": "A"}, "@cdktf/provider-aws.other.B": {"name": "B"}},
  "version": "%s",
  "fingerprint": "%s"
}
`

func newPackage(t *testing.T, version string) pkg {
	t.Helper()
	p := pkg{dir: filepath.Join(t.TempDir(), "node_modules", "@cdktf", "provider-aws"), cache: filepath.Join(t.TempDir(), "cache")}
	require.NoError(t, os.MkdirAll(p.dir+"/lib", 0o700))
	p.write(t, ".jsii", fmt.Sprintf(description, version, "one"))
	p.write(t, "package.json", `{"name": "@cdktf/provider-aws", "main": "lib/index.js"}`)
	p.write(t, "lib/index.js", `exports.which = 'index'`)
	p.write(t, "lib/lazy-index.js", `exports.which = 'lazy'`)
	require.NoError(t, os.Mkdir(p.cache, 0o700))
	return p
}

func (p pkg) write(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o600))
}

// load does what the kernel does: it reads the description and requires the package.
// The result is the types and which index was loaded.
func (p pkg) load(t *testing.T) (result, stderr string) {
	t.Helper()
	settings, err := json.Marshal(map[string]any{"cache": p.cache, "version": "1.2.3", "submodules": []string{"wantedone"}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "hook.js")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(hook, "/* settings */", string(settings), 1)), 0o600))
	const program = `const fs = require('fs');
		const types = Object.keys(JSON.parse(fs.readFileSync(process.argv[1] + '/.jsii').toString('utf8')).types);
		console.log(types.map((name) => name.split('.').pop()).join(), require(process.argv[1]).which)`
	command := exec.Command("node", "--require", path, "-e", program, p.dir) //nolint:gosec // The test's own arguments.
	command.Env = append(os.Environ(), "NODE_OPTIONS=")                      // This process has the hook in its own.
	var errors strings.Builder
	command.Stderr = &errors
	output, err := command.Output()
	require.NoError(t, err, errors.String())
	return strings.TrimSpace(string(output)), errors.String()
}

// cached are the files in the cache.
func (p pkg) cached(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(p.cache + "/*")
	require.NoError(t, err)
	return files
}

func TestHookLoadsWhatIsNeeded(t *testing.T) {
	p := newPackage(t, "1.2.3")
	for range 2 { // The second time from the cache.
		result, stderr := p.load(t)
		assert.Equal(t, "A lazy", result)
		assert.Empty(t, stderr)
		assert.Len(t, p.cached(t), 1)
	}
	p.write(t, ".jsii", strings.ReplaceAll(fmt.Sprintf(description, "1.2.3", "two"), "wantedOne.A", "wantedOne.C"))
	result, _ := p.load(t)
	assert.Equal(t, "C lazy", result, "another description has a file of its own")
}

func TestHookRebuildsWhatIsDamaged(t *testing.T) {
	p := newPackage(t, "1.2.3")
	p.load(t)
	file := p.cached(t)[0]
	sound, err := os.ReadFile(file) //nolint:gosec // The test's own file.
	require.NoError(t, err)
	for _, damage := range [][]byte{nil, sound[:len(sound)/2], []byte(strings.Replace(string(sound), "wantedOne.A", "wantedOne.X", 1))} {
		require.NoError(t, os.WriteFile(file, damage, 0o600)) //nolint:gosec // The test's own file.
		result, _ := p.load(t)
		assert.Equal(t, "A lazy", result)
		rebuilt, err := os.ReadFile(file) //nolint:gosec // The test's own file.
		require.NoError(t, err)
		assert.Equal(t, sound, rebuilt)
	}
}

func TestHookAtTheSameTime(t *testing.T) {
	p := newPackage(t, "1.2.3")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			result, stderr := p.load(t)
			assert.Equal(t, "A lazy", result)
			assert.Empty(t, stderr)
		})
	}
	group.Wait()
	assert.Len(t, p.cached(t), 1)
}

// TestHookWithoutACache has a file in the place of the folder: nothing can be kept.
func TestHookWithoutACache(t *testing.T) {
	p := newPackage(t, "1.2.3")
	require.NoError(t, os.Remove(p.cache))
	require.NoError(t, os.WriteFile(p.cache, nil, 0o600))
	result, stderr := p.load(t)
	assert.Equal(t, "A lazy", result)
	assert.Empty(t, stderr)
}

// TestHookGivesWayToSurprises wants the stock behaviour, and one line that says why,
// from a package that is not as expected.
func TestHookGivesWayToSurprises(t *testing.T) {
	for _, test := range []struct {
		version string
		spoil   func(pkg)
		result  string
		says    string
	}{
		{"1.2.4", func(pkg) {}, "A,B index", "@cdktf/provider-aws is 1.2.4, and 1.2.3 is what is known"},
		{"1.2.3", func(p pkg) { assert.NoError(t, os.Remove(p.dir+"/lib/lazy-index.js")) }, "A,B index", "@cdktf/provider-aws has no lazy-index.js"},
		{"1.2.3", func(p pkg) { p.write(t, ".jsii", `{"types": {"x.y.Z": {}}}`) }, "Z index", "@cdktf/provider-aws is described in another form"},
		{
			"1.2.3", func(p pkg) {
				p.write(t, ".jsii", strings.ReplaceAll(fmt.Sprintf(description, "1.2.3", "one"), "wantedOne", "renamed"))
			}, "A,B index", "@cdktf/provider-aws has no submodule wantedone",
		},
	} {
		p := newPackage(t, test.version)
		test.spoil(p)
		result, stderr := p.load(t)
		assert.Equal(t, test.result, result)
		assert.Equal(t, "synthesis is not made fast: "+test.says+"\n", stderr)
		assert.Empty(t, p.cached(t))
	}
}
