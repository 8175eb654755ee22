// Package workflows reads GitHub's workflows and runs their commands as its runner does.
package workflows

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Workflow is a file of .github/workflows, as far as the tests look at it.
type Workflow struct {
	Env  map[string]string
	Jobs map[string]Job
}

// Job is a job of a workflow, with steps or with another workflow that it uses.
type Job struct {
	Uses     string
	With     map[string]string
	Env      map[string]string
	Outputs  map[string]string
	Steps    []Step
	Strategy struct {
		Matrix struct{ Environment []string }
	}
}

// Step is a step of a job: an action, or commands.
type Step struct {
	ID, Name, If, Uses, Run string
	With, Env               map[string]string
}

// Read reads a workflow.
func Read(file string) (Workflow, error) {
	var w Workflow
	text, err := os.ReadFile(file) //nolint:gosec // The repository's own.
	if err == nil {
		err = yaml.Unmarshal(text, &w)
	}
	return w, err
}

// Runner runs jobs on this machine. GitHub's actions have stand-ins; what they would
// have installed is there.
type Runner struct {
	// Checkout puts the repository into a folder.
	Checkout func(dir string) error
	// Artifacts is the folder of what jobs hand on.
	Artifacts string
	// Variables are in the environment of each step: NAME=value.
	Variables []string
	// Values are those of the expressions that the workflow evaluates. An expression that
	// is not among them, nor one of env and steps, is an error.
	Values map[string]string
	// Summary is what the steps wrote for the reader of the run.
	Summary string
}

// expression is what GitHub evaluates in a text.
var expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

// Run runs the job of the workflow in an empty folder, and returns its outputs. It ends
// with the first step that fails.
func (r *Runner) Run(w Workflow, name, dir string) (map[string]string, error) {
	job, ok := w.Jobs[name]
	if !ok {
		return nil, fmt.Errorf("no job %s", name)
	}
	run := &running{Runner: r, dir: dir, values: maps.Clone(r.Values), env: map[string]string{}}
	for _, env := range []map[string]string{w.Env, job.Env} {
		if err := run.setEnv(env); err != nil {
			return nil, err
		}
	}
	for _, step := range job.Steps {
		if err := run.step(step); err != nil {
			return nil, fmt.Errorf("%s: %s%s: %w", name, step.Name, step.Uses, err)
		}
	}
	outputs := map[string]string{}
	for key, text := range job.Outputs {
		value, err := run.evaluate(text)
		if err != nil {
			return nil, err
		}
		outputs[key] = value
	}
	return outputs, nil
}

// running is a job that runs.
type running struct {
	*Runner
	dir         string
	values, env map[string]string
}

// setEnv adds variables of the environment, and what expressions make of them.
func (j *running) setEnv(env map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value, err := j.evaluate(env[name])
		if err != nil {
			return err
		}
		j.env[name], j.values["env."+name] = value, value
	}
	return nil
}

// evaluate replaces the expressions in a text. An output that no step wrote is empty.
func (j *running) evaluate(text string) (string, error) {
	var err error
	return expression.ReplaceAllStringFunc(text, func(match string) string {
		name := expression.FindStringSubmatch(match)[1]
		value, ok := j.values[name]
		if !ok && !strings.HasPrefix(name, "steps.") {
			err = errors.Join(err, fmt.Errorf("the expression %s has no value here", name))
		}
		return value
	}), err
}

// step runs one step, unless its condition is false.
func (j *running) step(s Step) error {
	if s.If != "" {
		wanted, err := j.evaluate("${{ " + strings.TrimSuffix(strings.TrimPrefix(s.If, "${{ "), " }}") + " }}")
		if err != nil || wanted != "true" {
			return err
		}
	}
	action, _, _ := strings.Cut(s.Uses, "@")
	switch action {
	case "":
		return j.commands(s)
	case "actions/checkout":
		return j.Checkout(j.dir)
	case "actions/upload-artifact":
		return j.upload(s.With)
	case "actions/download-artifact":
		return j.download(s.With)
	case "actions/setup-go", "actions/setup-node", "hashicorp/setup-terraform", "aws-actions/configure-aws-credentials":
		return nil
	}
	return fmt.Errorf("the action %s has no stand-in", action)
}

// commands runs the commands of a step in the shell that the runner takes, and keeps what
// they write to its files.
func (j *running) commands(s Step) error {
	env := maps.Clone(j.env)
	for name, text := range s.Env {
		value, err := j.evaluate(text)
		if err != nil {
			return err
		}
		env[name] = value
	}
	temp, err := os.MkdirTemp("", "step")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	script := filepath.Join(temp, "step.sh")
	if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
		return err
	}
	shell := exec.Command("bash", "-e", script) //nolint:gosec // The step of this repository's own workflow.
	shell.Dir = j.dir
	shell.Env = append(os.Environ(), j.Variables...)
	for name, value := range env {
		shell.Env = append(shell.Env, name+"="+value)
	}
	for _, file := range []string{"ENV", "OUTPUT", "STEP_SUMMARY"} {
		shell.Env = append(shell.Env, "GITHUB_"+file+"="+filepath.Join(temp, file))
	}
	shell.Env = append(shell.Env, "RUNNER_TEMP="+filepath.Dir(j.Artifacts), "GITHUB_REPOSITORY=example/shop")
	if output, err := shell.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return j.keep(temp, s.ID)
}

// keep takes over what a step wrote to the runner's files in a folder.
func (j *running) keep(dir, id string) error {
	for name, take := range map[string]func(key, value string){
		"ENV":    func(key, value string) { j.env[key], j.values["env."+key] = value, value },
		"OUTPUT": func(key, value string) { j.values["steps."+id+".outputs."+key] = value },
	} {
		text, _ := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // Of the step; most write none.
		for line := range strings.Lines(string(text)) {
			key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			if !ok {
				return fmt.Errorf("%q is no NAME=value", line)
			}
			take(key, value)
		}
	}
	summary, _ := os.ReadFile(filepath.Join(dir, "STEP_SUMMARY")) //nolint:gosec // Of the step.
	j.Summary += string(summary)
	return nil
}

// upload keeps files as an artifact. Its root is the folder that they have in common,
// and files lose their permission to be executed.
func (j *running) upload(with map[string]string) error {
	name, err := j.evaluate(with["name"])
	if err != nil {
		return err
	}
	paths, err := j.evaluate(with["path"])
	if err != nil {
		return err
	}
	files := strings.Fields(paths)
	root := filepath.Dir(files[0])
	if entries, err := os.ReadDir(filepath.Join(j.dir, paths)); err == nil { // A folder alone: what is in it.
		root, files = paths, nil
		for _, entry := range entries {
			files = append(files, filepath.Join(root, entry.Name()))
		}
	}
	for _, file := range files {
		if filepath.Dir(file) != root {
			return fmt.Errorf("%s is not in %s, as the others of the artifact are", file, root)
		}
	}
	artifact := filepath.Join(j.Artifacts, name)
	if err := os.RemoveAll(artifact); err != nil {
		return err
	}
	kept := 0
	for _, file := range files {
		switch err := duplicate(filepath.Join(j.dir, file), filepath.Join(artifact, filepath.Base(file))); {
		case errors.Is(err, fs.ErrNotExist): // One that matches no file is no error.
		case err != nil:
			return err
		default:
			kept++
		}
	}
	if kept == 0 {
		return fmt.Errorf("no file of the artifact %s is there", name)
	}
	return nil
}

// download puts an artifact into a folder.
func (j *running) download(with map[string]string) error {
	name, err := j.evaluate(with["name"])
	if err != nil {
		return err
	}
	path, err := j.evaluate(with["path"])
	if err != nil {
		return err
	}
	return duplicate(filepath.Join(j.Artifacts, name), filepath.Join(j.dir, path))
}

// duplicate copies a file, or a folder with all that is in it.
func duplicate(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		content, err := os.ReadFile(path) //nolint:gosec // An artifact of the test.
		if err == nil {
			err = os.MkdirAll(filepath.Dir(target), 0o700)
		}
		if err == nil {
			err = os.WriteFile(target, content, 0o600) //nolint:gosec // An artifact of the test.
		}
		return err
	})
}
