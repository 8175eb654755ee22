package pages

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	goBlock = regexp.MustCompile("(?ms)^ *```go\n(.*?)^ *```$")
	// assignment is one to a field in a sentence, such as `Database.CloneOf = "production"`.
	assignment = regexp.MustCompile("`(c\\.)?([A-Z]\\w*(?:\\.[A-Z]\\w*)* = [^`…]+)`")
	// outside is what stands in no function.
	outside = regexp.MustCompile(`(?m)^(import|//go:embed|func|var) `)
)

// snippets are Go files of the package config that have what the page shows: each piece in
// the place of an environment's settings, or beside the functions. A compiler names the page
// and the line of what it refuses.
func (p page) snippets() (files map[string]string, n int) {
	files = map[string]string{}
	word := regexp.MustCompile(`\W`).ReplaceAllString(p.path, "_")
	add := func(at int, code string, inside bool) {
		n++
		name := fmt.Sprintf("%s_%d", word, n)
		text := fmt.Sprintf("//line %s:%d\n%s", p.path, strings.Count(p.text[:at], "\n")+1, code)
		if inside {
			text = "func " + name + "(c *Config) {\n" + text + "\n}\n"
		}
		files[name+".go"] = "package config\n" + text
	}
	for _, at := range goBlock.FindAllStringSubmatchIndex(p.text, -1) {
		code := p.text[at[2]:at[3]]
		add(at[2], code, !outside.MatchString(code))
	}
	for _, at := range assignment.FindAllStringSubmatchIndex(p.text, -1) {
		add(at[0], "c."+p.text[at[4]:at[5]], true)
	}
	return files, n
}

// compile compiles the package config with further files, and returns what the compiler says.
func compile(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	overlay := map[string]map[string]string{"Replace": {}}
	folder, err := filepath.Abs(filepath.Join(root, "config"))
	require.NoError(t, err)
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		overlay["Replace"][filepath.Join(folder, name)] = path
	}
	text, err := json.Marshal(overlay)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), text, 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-e", "-overlay", filepath.Join(dir, "overlay.json"), "./config") //nolint:gosec // The test's own.
	build.Dir = root
	output, err := build.CombinedOutput()
	if err == nil {
		return ""
	}
	return string(output)
}

// TestSnippets wants what pages show of config/environments.go to compile there.
func TestSnippets(t *testing.T) {
	files, checked := map[string]string{"mask.sql": "SELECT 1;\n"}, 0
	for _, p := range pages(t) {
		own, n := p.snippets()
		maps.Copy(files, own)
		checked += n
	}
	environments, err := os.ReadFile(filepath.Join(root, "config", "environments.go"))
	require.NoError(t, err)
	maps.DeleteFunc(files, func(_, text string) bool { // Somebody has done what the page says.
		variable := regexp.MustCompile(`(?m)^var \w+`).FindString(text)
		return variable != "" && strings.Contains(string(environments), "\n"+variable+" ")
	})
	assert.Empty(t, compile(t, files))
	assert.Greater(t, checked, 12)
}

// TestSnippetsAreRefused wants an error to name the page and the line.
func TestSnippetsAreRefused(t *testing.T) {
	p := newPage("docs/page.md", "# A page\n\n```go\nc.Queues = []config.Queue{}\n```\n\n`Database.Clone = \"production\"`\n\n```go\np.Protected = true\n```\n\n```go\nc.Protected = true\n```\n")
	files, n := p.snippets()
	assert.Equal(t, 4, n)
	said := compile(t, files)
	for _, problem := range []string{"docs/page.md:4: undefined: config", "docs/page.md:7:", "docs/page.md:10: undefined: p"} {
		assert.Contains(t, said, problem)
	}
	assert.NotContains(t, said, "page.md:13", "what compiles")
	assert.Len(t, files, 4)
}
