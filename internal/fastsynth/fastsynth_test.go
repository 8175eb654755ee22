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

// under copies the program's source to the folder, as a module of that name.
func under(t *testing.T, name, folder string) {
	t.Helper()
	own := list(t, "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{end}}{{end}}", ".")
	module := own[len(own)-1]
	renamed := strings.NewReplacer(`"`+module+`/`, `"`+name+`/`, "module "+module+"\n", "module "+name+"\n")
	for _, path := range own {
		relative := strings.TrimPrefix(path, module)
		require.NoError(t, os.MkdirAll(folder+relative, 0o700))
		files, err := os.ReadDir(root + relative)
		require.NoError(t, err)
		for _, file := range files {
			if !file.Type().IsRegular() || strings.HasSuffix(file.Name(), "_test.go") {
				continue
			}
			text, err := os.ReadFile(filepath.Join(root+relative, file.Name())) //nolint:gosec // The repository's own.
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder+relative, file.Name()), []byte(renamed.Replace(string(text))), 0o600)) //nolint:gosec // Below the test's own folder.
		}
	}
}

// TestTakesEffect runs the program, and what it is as a module whose name is on the other
// side of those of the bindings: Go initialises packages by their names. Another executable
// takes the place of Node, and notes the options that it gets.
func TestTakesEffect(t *testing.T) {
	t.Parallel()
	packages := list(t, ".")
	other := "zzz.example/platform"
	if packages[len(packages)-1] > "github.com" {
		other = "aaa.example/platform"
	}
	folder := filepath.Join(root, ".bin", "renamed") // Always the same, for the cache of builds.
	under(t, other, folder)
	for _, source := range []string{root, folder} {
		takesEffect(t, source)
	}
}

func takesEffect(t *testing.T, source string) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	// Unlike `go build`, `go run` has the program linked in the cache. It runs cp with it.
	build := exec.Command("go", "run", "-exec", "cp", ".", program) //nolint:gosec // The path is the test's own.
	build.Dir = source
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	node := filepath.Join(dir, "node")
	require.NoError(t, os.WriteFile(node, []byte("#!/bin/sh\n[ \"$1\" = --version ] || echo \"$JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION $NODE_OPTIONS\" > '"+dir+"/options'\nexit 1\n"), 0o700)) //nolint:gosec // It must be executable.
	options := func(variables ...string) string {
		command := exec.Command(program)
		command.Dir = dir
		command.Env = append(append(os.Environ(), "JSII_NODE="+node, "HOME="+dir+"/a home", "XDG_CACHE_HOME=", "NODE_OPTIONS="), variables...)
		require.Error(t, command.Run(), "the executable for Node does nothing")
		noted, err := os.ReadFile(dir + "/options") //nolint:gosec // What the script wrote.
		require.NoError(t, err)
		silenced, options, _ := strings.Cut(strings.TrimSpace(string(noted)), " ")
		assert.Equal(t, "1", silenced, "jsii's banners are silenced")
		return options
	}
	hooked := regexp.MustCompile(` --require "` + regexp.QuoteMeta(dir) + `/a home/.*/fastsynth/hook-[0-9a-f]{16}\.js"$`)
	assert.Regexp(t, `^--max-old-space-size=4069`+hooked.String(), options())
	assert.Regexp(t, `^--trace-warnings`+hooked.String(), options("NODE_OPTIONS=--trace-warnings"))
	assert.NotContains(t, options("FLASK_API_FAST_SYNTHESIS=off"), "--require")
	assert.NotContains(t, options("HOME=/dev/null/nowhere"), "--require")
}

// TestSet sets variables back to what they were.
func TestSet(t *testing.T) {
	t.Setenv("THERE", "before")
	t.Setenv("MISSING", "")
	require.NoError(t, os.Unsetenv("MISSING"))
	restore := set(map[string]string{"THERE": "now", "MISSING": "now"})
	assert.Equal(t, []string{"now", "now"}, []string{os.Getenv("THERE"), os.Getenv("MISSING")})
	restore()
	assert.Equal(t, "before", os.Getenv("THERE"))
	_, there := os.LookupEnv("MISSING")
	assert.False(t, there)
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
