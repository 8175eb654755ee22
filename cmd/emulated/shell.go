package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// prompt begins the prompt of a shell in which AWS is emulated.
const prompt = "(emulated AWS) "

// shell is how the user's shell is opened: with arguments and variables that have it
// read a file of ours, which reads the user's own first.
type shell struct {
	command   []string
	variables []string
	// file is that file's name, in the directory that is made for it.
	file, content string
}

// openShell opens the user's shell, which reads its file in the directory.
func openShell(dir string, inherited, variables []string) error {
	s := newShell(cmp.Or(os.Getenv("SHELL"), "sh"), dir, os.Getenv, variables)
	if err := s.write(); err != nil {
		return err
	}
	fmt.Println("AWS is emulated in this shell, and Terraform's state is another one. Both are gone when the shell ends.")
	err := execute(s.command, slices.Concat(inherited, variables, s.variables))
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil // A shell ends with the code of its last command, which the user has seen.
	}
	return err
}

// ofMake reports whether a variable, "NAME=value", tells a make that another one runs
// it. One that is typed in the shell, or is the command, is the first.
func ofMake(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{"MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"}, name)
}

// newShell returns how to open the shell at that path, with the given variables.
// Of a shell that is not known the prompt stays as it is.
func newShell(path, dir string, getenv func(string) string, variables []string) shell {
	switch filepath.Base(path) {
	case "bash":
		file := filepath.Join(dir, "bashrc")
		return shell{
			command: []string{path, "--rcfile", file, "-i"},
			file:    file,
			// The user's own PROMPT_COMMAND may set the prompt each time.
			content: source("$HOME/.bashrc") + settings(variables) +
				"PROMPT_COMMAND=\"${PROMPT_COMMAND:+$PROMPT_COMMAND\n}emulated_prompt\"\n",
		}
	case "zsh":
		home := getenv("ZDOTDIR")
		if home == "" {
			home = getenv("HOME")
		}
		return shell{
			command: []string{path, "-i"},
			// https://zsh.sourceforge.io/Doc/Release/Files.html
			variables: []string{"ZDOTDIR=" + dir},
			file:      filepath.Join(dir, ".zshrc"),
			// The user's .zshenv may move the .zshrc.
			content: "ZDOTDIR=" + quote(home) + "\n" + source("$ZDOTDIR/.zshenv") + source("$ZDOTDIR/.zshrc") +
				settings(variables) + "precmd_functions+=(emulated_prompt)\n",
		}
	case "sh", "dash", "ash", "ksh", "mksh":
		file := filepath.Join(dir, "shrc")
		own := ""
		if env := getenv("ENV"); env != "" {
			own = source(os.Expand(env, getenv)) // The shell would expand it, too.
		}
		return shell{
			command:   []string{path, "-i"},
			variables: []string{"ENV=" + file},
			file:      file,
			content:   own + settings(variables) + "emulated_prompt\n",
		}
	}
	return shell{command: []string{path}}
}

// source reads the user's file, if there is one; variables in its name are expanded.
func source(file string) string {
	return `[ ! -f "` + file + `" ] || . "` + file + "\"\n"
}

// settings are the lines that all these shells understand. They set the variables
// again, as the user's own file may have led the AWS CLI back to an account.
func settings(variables []string) string {
	var lines strings.Builder
	lines.WriteString(`unset $(env | sed -n 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p')` + "\n")
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		lines.WriteString("export " + name + "=" + quote(value) + "\n")
	}
	lines.WriteString("emulated_prompt() { case $PS1 in " + quote(prompt) + "*) ;; *) PS1=" + quote(prompt) + "$PS1 ;; esac; }\n")
	return lines.String()
}

// quote makes one word of the text.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// write writes the file that the shell reads.
func (s shell) write() error {
	if s.file == "" {
		return nil
	}
	return os.WriteFile(s.file, []byte(s.content), 0o600)
}
