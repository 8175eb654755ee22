package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

const (
	root = "../.."
	// maxLines is how long the README may be: what is longer is not read.
	maxLines = 170
)

// page is a Markdown file.
type page struct {
	path, text string
	// prose is the text without code.
	prose string
	// code is all blocks and spans of code.
	code []string
}

var (
	comment   = regexp.MustCompile(`(?s)<!--.*?-->`)
	codeBlock = regexp.MustCompile("(?ms)^( *)```.*?^ *```$")
	codeSpan  = regexp.MustCompile("`[^`]+`")
	// link is what stands in the parentheses of a link or of a picture.
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
)

// pages are all pages of this repository, by their paths from its root.
func pages(t *testing.T) map[string]page {
	t.Helper()
	all := map[string]page{}
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/*/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths, pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path) //nolint:gosec // The test's own path.
			require.NoError(t, err)
			name, err := filepath.Rel(root, path)
			require.NoError(t, err)
			all[name] = newPage(name, string(text))
		}
	}
	return all
}

func newPage(path, text string) page {
	p := page{path: path, text: text, prose: comment.ReplaceAllString(text, "")}
	for _, form := range []*regexp.Regexp{codeBlock, codeSpan} {
		p.code = append(p.code, form.FindAllString(p.prose, -1)...)
		p.prose = form.ReplaceAllStringFunc(p.prose, func(code string) string {
			if form == codeBlock {
				return ""
			}
			return strings.Trim(code, "`") // It may be in a heading.
		})
	}
	return p
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchors are the names that GitHub gives the headings.
func (p page) anchors() map[string]bool {
	anchors := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(p.prose, -1) {
		text := regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(found[1], "$1")
		anchor := strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(text), ""), " ", "-")
		name := anchor
		for n := 1; anchors[name]; n++ {
			name = fmt.Sprintf("%s-%d", anchor, n)
		}
		anchors[name] = true
	}
	return anchors
}

// target is what a link leads to: a path from the root, and the name of a heading.
type target struct{ path, anchor string }

// targets are those of the links into this repository.
func (p page) targets() []target {
	var targets []target
	for _, found := range link.FindAllStringSubmatch(p.prose, -1) {
		if strings.Contains(found[1], "://") || strings.HasPrefix(found[1], "mailto:") {
			continue
		}
		path, anchor, _ := strings.Cut(found[1], "#")
		if path == "" {
			path = p.path
		} else {
			path = filepath.Join(filepath.Dir(p.path), path)
		}
		targets = append(targets, target{path, anchor})
	}
	return targets
}

// TestLinks wants every relative link to lead to a file, and to a heading if it names one.
func TestLinks(t *testing.T) {
	all, checked := pages(t), 0
	for _, p := range all {
		for _, to := range p.targets() {
			checked++
			_, err := os.Stat(filepath.Join(root, to.path))
			assert.NoError(t, err, "%s links to %s", p.path, to.path) //nolint:testifylint // Every broken link is told.
			if to.anchor != "" {
				assert.True(t, all[to.path].anchors()[to.anchor], "%s links to %s#%s, and there is no such heading", p.path, to.path, to.anchor)
			}
		}
	}
	assert.Greater(t, checked, 100)
}

// TestREADMEReachesEveryPage wants the README to link to every page, and some page to every
// other file in docs.
func TestREADMEReachesEveryPage(t *testing.T) {
	all := pages(t)
	linked := map[string]bool{}
	for _, p := range all {
		for _, to := range p.targets() {
			linked[to.path] = true
		}
	}
	fromREADME := all["README.md"].targets()
	for path := range all {
		reached := path == "README.md" || slices.ContainsFunc(fromREADME, func(to target) bool { return to.path == path })
		assert.True(t, reached, "README.md does not link to %s", path)
	}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(root, path)
			assert.True(t, linked[name], "no page links to %s", name)
		}
		return err
	})
	require.NoError(t, err)
}

// TestREADMEIsShort wants what is longer to be in a page of its own.
func TestREADMEIsShort(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(pages(t)["README.md"].text, "\n"), maxLines)
}

// TestCommands wants every target of make that a page names to exist.
func TestCommands(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	targets := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^([a-z_-]+):`).FindAllStringSubmatch(string(makefile), -1) {
		targets[found[1]] = true
	}
	// One command may name several targets.
	command, checked := regexp.MustCompile(`\bmake((?: +[a-z_-]+)+)\b`), 0
	for _, p := range pages(t) {
		for _, code := range p.code {
			for _, found := range command.FindAllStringSubmatch(code, -1) {
				for _, name := range strings.Fields(found[1]) {
					checked++
					assert.True(t, targets[name], "%s: `make %s`", p.path, name)
				}
			}
		}
	}
	assert.Greater(t, checked, 50)
}

// TestFields wants every field that a page names to exist.
func TestFields(t *testing.T) {
	sections := map[string]reflect.Type{}
	for field := range reflect.TypeFor[config.Config]().Fields() {
		if field.Type.Kind() == reflect.Struct {
			sections[field.Name] = field.Type
		}
	}
	path, checked := regexp.MustCompile("^`([A-Z][A-Za-z]+)((?:\\.[A-Z][A-Za-z]+)+)`$"), 0
	for _, p := range pages(t) {
		for _, code := range p.code {
			found := path.FindStringSubmatch(code)
			if found == nil || sections[found[1]] == nil {
				continue
			}
			checked++
			at := sections[found[1]]
			for _, name := range strings.Split(found[2], ".")[1:] {
				field, ok := at.FieldByName(name)
				if !assert.True(t, ok, "%s: %s is not a field", p.path, code) {
					break
				}
				at = field.Type
			}
		}
	}
	assert.Greater(t, checked, 100)
}

// TestOutputs wants the table of outputs to have all that an environment may have.
func TestOutputs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "constructs/stack.go"))
	require.NoError(t, err)
	var outputs []string
	for _, output := range regexp.MustCompile(`\.output\("([a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
		outputs = append(outputs, output[1])
	}

	_, section, found := strings.Cut(pages(t)["docs/commands.md"].text, "\n## Outputs\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(section, -1) {
		listed = append(listed, row[1])
	}
	assert.ElementsMatch(t, outputs, listed)
}

// gnu is what GNU's programs take and those of macOS, or of POSIX, do not all take.
var gnu = regexp.MustCompile(`\bxargs (\S+ )*-\w*r|\bgrep (-[a-zA-Z]*P|[^|\n]*\\\|)|\bsed (-\w+ )*(-i|-r)\b|\bdate (-\w+ )*-d|\breadlink -f|\bstat -c|\bbase64 -w|\bhead -n -|\bmapfile\b|\btac\b`)

// TestPortableCommands wants what a person types, and what the Makefile runs, to run on macOS, too.
func TestPortableCommands(t *testing.T) {
	for _, command := range []string{"xargs -r -n1 aws", "xargs -n1 -r aws", `grep -v 'a\|b'`, "sed -i s/a/b/ file", "date -u -d tomorrow"} {
		assert.Regexp(t, gnu, command)
	}
	files, err := filepath.Glob(filepath.Join(root, "scripts", "*"))
	require.NoError(t, err)
	for _, path := range append(files, filepath.Join(root, "Makefile")) {
		text, err := os.ReadFile(path) //nolint:gosec // The test's own path.
		require.NoError(t, err)
		assert.Empty(t, gnu.FindAllString(string(text), -1), path)
	}
	for _, p := range pages(t) {
		assert.Empty(t, gnu.FindAllString(strings.Join(p.code, "\n"), -1), p.path)
	}
}
