// Command environment prints the stack and the name of the environment that a target of
// the Makefile is for, or says in one sentence why there is none and ends with 2.
//
// The name is the word ENVIRONMENT on make's command line. A target that changes
// something takes it from nowhere else: what a shell happens to have exported must not
// decide what is deployed or destroyed. At a terminal it asks.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mattn/go-isatty"

	"flask-api/config"
)

// word is one that names the environment.
const word = "ENVIRONMENT"

// like is what the Makefile makes of the word LIKE on its command line: a new environment is
// like another one.
const like = "ENVIRONMENT_LIKE"

// olderWords mean the same, and still work. The program itself reads the first.
var olderWords = []string{"ENVIRONMENT_SUFFIX", "SUFFIX"}

func main() {
	r := request{
		getenv: os.Getenv, defined: names(config.Environments()), deployed: deployed,
		terminal: isatty.IsTerminal(os.Stdin.Fd()), answers: bufio.NewReader(os.Stdin), notes: os.Stderr,
	}
	name, err := r.of(os.Args[1:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println(config.StackOf(name, os.Getenv), name)
}

// request is what is asked for, and by whom.
type request struct {
	target string
	// kind is "changes" of a target that changes what is deployed.
	kind string
	// new is whether make's command line has NEW=1.
	new bool
	// origins are where make has the words from, in make's own terms.
	origins map[string]string

	getenv   func(string) string
	defined  []string
	deployed func(name string) bool
	terminal bool
	answers  *bufio.Reader
	notes    io.Writer
}

// of reads the arguments, the target, "changes" or "reads", and for each word what
// make's function `origin` says of it, and returns the name.
func (r request) of(arguments ...string) (string, error) {
	origins := slices.Clone(arguments)
	var newFrom string
	for _, argument := range []*string{&r.target, &r.kind, &newFrom} {
		if len(origins) > 0 {
			*argument, origins = origins[0], origins[1:]
		}
	}
	if len(origins) != len(allWords()) {
		return "", fmt.Errorf("usage: environment TARGET changes|reads ORIGIN…, one of each of NEW, %s", strings.Join(allWords(), ", "))
	}
	r.new = newFrom == "command line" && r.getenv("NEW") == "1"
	r.origins = map[string]string{}
	for i, origin := range origins {
		r.origins[allWords()[i]] = origin
	}
	return r.name()
}

// name is the one that is asked for, if there is such an environment.
func (r request) name() (string, error) {
	name, err := r.said()
	if err != nil || slices.Contains(r.defined, name) || r.new || r.getenv(like) != "" || r.deployed(name) {
		return name, err
	}
	advice := fmt.Sprintf("; to make a new one of the defaults: %s NEW=1, or one like %s: LIKE=%[2]s", r.command(name), r.defined[0])
	if !slices.Contains([]string{"synth", "plan", "deploy"}, r.target) {
		advice = ", and no other was deployed from this folder under that name"
	}
	return "", fmt.Errorf("there is no environment %q; config/environments.go defines %s%s", name, list(r.defined), advice)
}

// said is the name that the words give, or the answer to a question.
func (r request) said() (string, error) {
	onCommandLine, inShell := r.named("command line"), r.named("environment")
	for _, other := range slices.Concat(onCommandLine, inShell) {
		if first := append(onCommandLine, inShell...)[0]; r.getenv(other) != r.getenv(first) {
			advice := "name one: " + r.command("<name>")
			if slices.Contains(inShell, other) {
				advice = "the second one is in the shell's environment: unset " + other
			}
			return "", fmt.Errorf("%s=%s and %s=%s name two environments; %s", first, r.getenv(first), other, r.getenv(other), advice)
		}
	}
	switch {
	case len(onCommandLine) > 0:
		if name := onCommandLine[0]; name != word {
			r.note("%s=%s means %s=%s\n", name, r.getenv(name), word, r.getenv(name))
		}
		return r.getenv(onCommandLine[0]), nil
	case len(inShell) > 0 && r.kind != "changes":
		return r.getenv(inShell[0]), nil
	case len(inShell) > 0:
		return r.confirmed(inShell[0])
	default:
		return r.asked()
	}
}

// confirmed asks whether the name that the shell has exported is meant.
func (r request) confirmed(name string) (string, error) {
	value := r.getenv(name)
	if r.terminal && r.ask(fmt.Sprintf("%s %s, which %s names in this shell? (yes or no) ", r.target, value, name)) == "yes" {
		return value, nil
	}
	return "", fmt.Errorf("make %s takes the environment from its command line, and not from %s=%s of the shell: %s",
		r.target, name, value, r.command(value))
}

// asked asks for the name.
func (r request) asked() (string, error) {
	if r.terminal {
		if answer := r.ask(fmt.Sprintf("%s which environment? (%s) ", r.target, strings.Join(r.defined, ", "))); answer != "" {
			return answer, nil
		}
	}
	return "", fmt.Errorf("make %s needs the name of an environment: %s", r.target, r.command(r.defined[0]))
}

func (r request) ask(question string) string {
	r.note("%s", question)
	answer, _ := r.answers.ReadString('\n') // No answer is none, too.
	return strings.TrimSpace(answer)
}

// note writes to whoever runs make; that it cannot be read there is no failure.
func (r request) note(format string, arguments ...any) {
	_, _ = fmt.Fprintf(r.notes, format, arguments...)
}

// named are the words that have a value from there. SUFFIX is too common a name to
// mean this in the environment of a shell.
func (r request) named(origin string) []string {
	return slices.DeleteFunc(allWords(), func(name string) bool {
		return r.origins[name] != origin || r.getenv(name) == "" || origin == "environment" && name == "SUFFIX"
	})
}

// command is the command line that is right.
func (r request) command(name string) string {
	return fmt.Sprintf("make %s %s=%s", r.target, word, name)
}

func allWords() []string { return append([]string{word}, olderWords...) }

func names(environments []config.Config) []string {
	all := make([]string, 0, len(environments))
	for _, env := range environments {
		all = append(all, env.Suffix)
	}
	return all
}

// list is "a", "a and b" or "a, b and c".
func list(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// deployed says whether this folder has a state of the environment, which then is one
// made of the defaults: its state is local, and in Terraform's workspace, if one is named.
func deployed(name string) bool {
	stack := config.Defaults(name).StackName()
	states := []string{config.StateFile(stack)}
	if workspace := os.Getenv("TF_WORKSPACE"); workspace != "" {
		states = []string{filepath.Join("cdktf.out-"+name, "stacks", stack, "terraform.tfstate.d", workspace, "terraform.tfstate")}
	}
	for _, state := range states {
		if _, err := os.Stat(state); err == nil { //nolint:gosec // In the folder that make runs in.
			return true
		}
	}
	return false
}
