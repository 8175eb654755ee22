package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/golden"
)

// module is the program's own package, whose path begins all others.
var module = func() string {
	path, _ := exec.Command("go", "list", "-m").Output()
	return strings.TrimSpace(string(path))
}()

// gopackage is what `go list` says of a package.
type gopackage struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
}

// packages are those of this module, by their paths.
func packages(t *testing.T) map[string]gopackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Name,Imports,TestImports,XTestImports", "./...")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	all := map[string]gopackage{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var p gopackage
		require.NoError(t, decoder.Decode(&p))
		all[p.ImportPath] = p
	}
	return all
}

// imported are the packages of this module among the paths.
func imported(all map[string]gopackage, paths ...[]string) []string {
	own := slices.DeleteFunc(slices.Concat(paths...), func(path string) bool { return all[path].ImportPath == "" })
	slices.Sort(own)
	return slices.Compact(own)
}

// needed are the packages and all that they import.
func needed(all map[string]gopackage, paths ...string) map[string]bool {
	found := map[string]bool{}
	for ; len(paths) > 0; paths = paths[1:] {
		if path := paths[0]; !found[path] {
			found[path] = true
			paths = append(paths, imported(all, all[path].Imports)...)
		}
	}
	return found
}

// groups are the program with what it imports, the commands of the Makefile with what
// only they import, and what only tests import.
func groups(all map[string]gopackage) (program, commands, tests map[string]bool) {
	program = needed(all, module)
	var mains []string
	for path, p := range all {
		if p.Name == "main" && path != module {
			mains = append(mains, path)
		}
	}
	commands = needed(all, mains...)
	maps.DeleteFunc(commands, func(path string, _ bool) bool { return program[path] })
	tests = map[string]bool{}
	for path := range all {
		tests[path] = !program[path] && !commands[path]
	}
	maps.DeleteFunc(tests, func(_ string, only bool) bool { return !only })
	return program, commands, tests
}

// graph draws the imports. What a package of nothing but tests imports is drawn for its
// tests.
func graph(all map[string]gopackage) string {
	var text strings.Builder
	text.WriteString("```mermaid\nflowchart LR\n")
	program, commands, tests := groups(all)
	for _, group := range []struct {
		title string
		paths map[string]bool
	}{{"the program", program}, {"commands", commands}, {"tests only", tests}} {
		fmt.Fprintf(&text, "  subgraph %s\n", strings.ReplaceAll(group.title, " ", "_")+"[\""+group.title+"\"]")
		for _, path := range slices.Sorted(maps.Keys(group.paths)) {
			fmt.Fprintf(&text, "    %s[\"%s\"]\n", node(path), short(path))
		}
		text.WriteString("  end\n")
	}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		p, arrow := all[path], "-->"
		imports := imported(all, p.Imports)
		if tests[path] && len(imports) == 0 {
			imports, arrow = imported(all, p.TestImports, p.XTestImports), "-.->"
		}
		for _, to := range imports {
			if to != path {
				fmt.Fprintf(&text, "  %s %s %s\n", node(path), arrow, node(to))
			}
		}
	}
	return text.String() + "```"
}

// short is the path in the module, and node an id of it.
func short(path string) string {
	if path == module {
		return "main"
	}
	return strings.TrimPrefix(path, module+"/")
}

func node(path string) string { return strings.NewReplacer("/", "_", "-", "_").Replace(short(path)) }

// TestGoldenImports draws the graph of the packages.
func TestGoldenImports(t *testing.T) {
	golden.Section(t, filepath.Join(root, "CONTRIBUTING.md"), "imports", graph(packages(t)))
}

// TestNoTestsInTheProgram wants neither the program nor a command to import what is for
// tests.
func TestNoTestsInTheProgram(t *testing.T) {
	all := packages(t)
	program, commands, _ := groups(all)
	for _, group := range []map[string]bool{program, commands} {
		for path := range group {
			assert.NotContains(t, all[path].Imports, "testing", path)
		}
	}
	for path := range program {
		assert.False(t, strings.HasPrefix(path, module+"/cmd/"), "the program imports the command %s", path)
	}
	assert.Empty(t, imported(all, all[module+"/config"].Imports), "config imports no other package")
}
