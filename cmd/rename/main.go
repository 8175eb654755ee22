// Command rename gives the platform another name, NAME, and the Go module another path,
// MODULE, in every file that git knows of. `make rename` runs it.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"flask-api/config"
)

func main() {
	changed, err := run(config.Environments(), os.Getenv("NAME"), os.Getenv("MODULE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if changed == 0 {
		fmt.Println("Nothing changes: both have these names already.")
		return
	}
	fmt.Printf(`%d files say so now. Next:
  make golden   writes what is derived from the names
  make check    and then commit
What is deployed by the former name is another platform, which this one does not know: docs/state.md#by-another-name
`, changed)
}

// kept are what has these names for a reason of its own: the sample API, and the history.
var kept = regexp.MustCompile(`^(CHANGELOG\.md|examples/)`)

// run renames what is in the folder that it runs in, and says in how many files.
func run(envs []config.Config, name, path string) (int, error) {
	own, err := os.ReadFile("go.mod")
	if err != nil {
		return 0, err
	}
	from := renaming{name: config.Defaults("").Name, module: modfile.ModulePath(own)}
	to := renaming{cmp.Or(name, from.name), cmp.Or(path, from.module)}
	if err := to.check(envs, from.name, name+path); err != nil || from == to {
		return 0, err
	}
	changes, err := git("status", "--porcelain", ".")
	if err == nil && changes != "" {
		err = errors.New("there are changes that are in no commit, which could not be told from the renaming; commit them first:\n" + changes)
	}
	if err != nil {
		return 0, err
	}
	files, err := git("ls-files", "-z")
	changed := 0
	for _, file := range strings.Split(strings.TrimSuffix(files, "\x00"), "\x00") {
		done, failure := from.rewrite(file, to)
		err = errors.Join(err, failure)
		changed += done
	}
	return changed, err
}

// renaming is what is renamed.
type renaming struct{ name, module string }

// check refuses what AWS would of the environments, and Go of a module.
func (r renaming) check(envs []config.Config, before, given string) error {
	if given == "" {
		return errors.New("make rename needs a name: make rename NAME=shop-api MODULE=example.com/shop/platform, or one of the two")
	}
	if err := module.CheckImportPath(r.module); err != nil {
		return fmt.Errorf("MODULE: %w", err)
	}
	var problems []error
	for _, env := range append(slices.Clone(envs), config.Defaults("dev")) {
		if env.Name == before {
			env.Name = r.name
		}
		problems = append(problems, env.Validate())
	}
	return errors.Join(problems...)
}

// rewrite writes the file anew, and returns 1, if it has one of the names in it.
func (r renaming) rewrite(file string, to renaming) (int, error) {
	info, err := os.Lstat(file)
	if err != nil || kept.MatchString(file) || !info.Mode().IsRegular() {
		return 0, err
	}
	text, err := os.ReadFile(file) //nolint:gosec // A file of the repository's own.
	if err != nil || bytes.IndexByte(text, 0) >= 0 {
		return 0, err
	}
	renamed := []byte(r.in(file, string(text), to))
	if filepath.Ext(file) == ".go" {
		if renamed, err = format.Source(renamed); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
	}
	if bytes.Equal(text, renamed) {
		return 0, nil
	}
	return 1, os.WriteFile(file, renamed, info.Mode().Perm()) //nolint:gosec // A file of the repository's own.
}

// in is the text of a file by the new names. Where the module is meant and where the path
// of the sample, the name stays out.
func (r renaming) in(file, text string, to renaming) string {
	const imported, sample = "\x01", "\x02"
	switch filepath.Base(file) {
	case "go.mod":
		text = strings.Replace(text, "module "+r.module+"\n", "module "+imported+"\n", 1)
	case ".golangci.yml":
		text = strings.ReplaceAll(text, r.module, imported)
	}
	if filepath.Ext(file) == ".go" {
		imports := regexp.MustCompile(`(?m)^((?:import |\t)(?:\w+ )?")` + regexp.QuoteMeta(r.module) + `/`)
		text = imports.ReplaceAllString(text, "${1}"+imported+"/")
	}
	text = strings.ReplaceAll(text, "examples/"+sampleFolder, sample)
	for _, write := range []func(string) string{strings.ToLower, variable} {
		text = regexp.MustCompile(`(\b|_)`+write(r.name)+`(\b|_)`).ReplaceAllString(text, "${1}"+write(to.name)+"${2}")
	}
	return strings.NewReplacer(imported, to.module, sample, "examples/"+sampleFolder).Replace(text)
}

// sampleFolder is where the sample API is. It is in two halves, as that of
// constructs/identity.go.
const sampleFolder = "flask" + "-api"

// variable is how variables of the environment begin.
func variable(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }

// git is what git says.
func git(arguments ...string) (string, error) {
	output, err := exec.Command("git", arguments...).Output() //nolint:gosec // This file's own arguments.
	if err != nil {
		return "", fmt.Errorf("git %s: %w", strings.Join(arguments, " "), err)
	}
	return string(output), nil
}
