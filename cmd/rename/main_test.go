package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// repository is a folder with spaces, below that of a repository, with the files in it.
func repository(t *testing.T, files map[string]string) {
	t.Helper()
	above := t.TempDir()
	folder := filepath.Join(above, "a folder")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "examples"), 0o700))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	t.Chdir(folder)
	for _, command := range [][]string{
		{"init", "-q", above},
		{"add", "-A"},
		{"-c", "user.name=n", "-c", "user.email=n@example.com", "commit", "-qm", "all"},
	} {
		output, err := exec.Command("git", command...).CombinedOutput() //nolint:gosec // The test's own.
		require.NoError(t, err, string(output))
	}
}

// TestRun renames both, only one, the same again, and what it refuses.
func TestRun(t *testing.T) {
	old := config.Defaults("").Name
	sample := "examples/" + sampleFolder
	repository(t, map[string]string{
		"go.mod":          "module old.example/it\n",
		"main.go":         "package main\n\nimport (\n\tc \"old.example/it/config\"\n)\n\nvar of = c.Of(\"old.example/it/config\")\n\nvar all = map[string]string{\n\t\"" + old + "\":  variable,\n\t\"another\": \"" + sample + "\",\n}\n",
		"Makefile":        "run: # " + old + "-dev, " + variable(old) + "_DEBUG, _" + old + "_b, " + sample + ", x" + old + "\n",
		"CHANGELOG.md":    "- " + old + "\n",
		"examples/api.py": old + "\n",
		"picture.png":     "\x00" + old,
		".golangci.yml":   "- old.example/it\n",
	})
	require.NoError(t, os.Symlink("Makefile", "link"))
	is := func(file, want string) {
		t.Helper()
		text, err := os.ReadFile(file) //nolint:gosec // The test's own.
		require.NoError(t, err)
		assert.Equal(t, want, string(text), file)
	}
	_, err := run(nil, "other", "")
	require.ErrorContains(t, err, "there are changes that are in no commit", "the link is new")
	require.NoError(t, os.Remove("link"))

	changed, err := run(nil, "other", "new.example/"+old)
	require.NoError(t, err)
	assert.Equal(t, 4, changed)
	is("go.mod", "module new.example/"+old+"\n")
	is("main.go", "package main\n\nimport (\n\tc \"new.example/"+old+"/config\"\n)\n\nvar of = c.Of(\"old.example/it/config\")\n\nvar all = map[string]string{\n\t\"other\":   variable,\n\t\"another\": \""+sample+"\",\n}\n")
	is("Makefile", "run: # other-dev, OTHER_DEBUG, _other_b, "+sample+", x"+old+"\n")
	is("CHANGELOG.md", "- "+old+"\n")
	is("examples/api.py", old+"\n")
	is("picture.png", "\x00"+old)
	is(".golangci.yml", "- new.example/"+old+"\n")

	changed, err = run(nil, "", "new.example/"+old)
	require.NoError(t, err, "what it is called already, though nothing is committed")
	assert.Zero(t, changed)
	own := config.Defaults("production-in-milan")
	for _, test := range []struct{ name, module, says string }{
		{"", "", "make rename needs a name"},
		{"Shop", "", `Name: "Shop" has the wrong form`},
		{"shop-api-of-all", "", `"production-in-milan" and the name "shop-api-of-all" make the name of the load balancer`},
		{"", "a b", "MODULE: malformed import path"},
	} {
		_, err := run([]config.Config{own}, test.name, test.module)
		assert.ErrorContains(t, err, test.says)
	}
}
