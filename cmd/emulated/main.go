// Command emulated runs the command in the variable COMMAND, or a shell, in which AWS is an emulated one that
// begins empty and ends with it. `make emulated` runs it, for those who want to see a
// deployment before they have an account. What is really deployed is out of its reach:
// Terraform has a workspace of its own, and the AWS credentials of the user are taken
// away.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"flask-api/config"
	"flask-api/test/emulator"
)

func main() {
	var command []string
	if text := os.Getenv("COMMAND"); text != "" {
		command = []string{"sh", "-c", text}
	}
	err := run(command)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// workspace keeps Terraform's state apart from that of what is really deployed:
// https://developer.hashicorp.com/terraform/language/state/workspaces
const workspace = "emulated"

func run(command []string) (err error) {
	if err := refuseCloud(config.Environments()); err != nil {
		return err
	}
	if err := forget("."); err != nil {
		return err
	}
	restore, err := keep(".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()

	return emulate(context.Background(), command)
}

// emulate runs the command, or a shell, against an emulated AWS.
func emulate(ctx context.Context, command []string) (err error) {
	fmt.Fprintln(os.Stderr, "Starting an emulated AWS, which takes some seconds.")
	tools, err := findTools(ctx)
	if err != nil {
		return err
	}
	aws, err := emulator.Start(ctx, tools.Moto, config.Defaults("").Region)
	if err != nil {
		return err
	}
	defer aws.Stop()
	proxy := aws.NewProxy()
	defer proxy.Close()
	proxy.Lifelike()

	dir, err := os.MkdirTemp("", "emulated")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	settings, err := terraformSettings(tools, dir)
	if err != nil {
		return err
	}
	internet, err := aws.NewInternet(dir)
	if err != nil {
		return err
	}
	defer internet.Close()
	serving, end, err := serve(aws, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	variables := slices.Concat(aws.Env(proxy), internet.Env(), settings, serving)
	inherited := slices.DeleteFunc(slices.DeleteFunc(os.Environ(), misleads), ofMake)
	if len(command) == 0 {
		return openShell(dir, inherited, variables)
	}
	return execute(command, append(inherited, variables...))
}

// terraformSettings are the variables that have Terraform leave alone what is really
// deployed, and ask nobody but the emulated AWS. What they name is in the directory.
func terraformSettings(tools emulator.Tools, dir string) ([]string, error) {
	variables := []string{
		"TF_WORKSPACE=" + workspace,
		// cdktf's own name for its --skip-provider-lock. The lock asks Terraform's
		// registry, which need not be reached where there is a mirror.
		"CDKTF_SKIP_PROVIDER_LOCK=true",
		"CHECKPOINT_DISABLE=1", // Terraform would ask for news of itself.
	}
	content, err := tools.CLIConfig(dir)
	if content == "" {
		return variables, err
	}
	file := filepath.Join(dir, "terraform.rc")
	// cdktf's cache of providers would be left with links to the mirror, which may end with this.
	return append(variables, "TF_CLI_CONFIG_FILE="+file, "CDKTF_DISABLE_PLUGIN_CACHE_ENV=1"), os.WriteFile(file, []byte(content), 0o600)
}

// findTools returns the tools, and has make install moto if that is all that lacks.
func findTools(ctx context.Context) (emulator.Tools, error) {
	tools, missing := emulator.FindTools(ctx, ".")
	if tools.Moto == "" && len(missing) == 1 {
		// An older version, or one whose Python is gone, is up to date for make.
		if err := execute([]string{"make", "--no-print-directory", "--always-make", emulator.MotoTarget}, os.Environ()); err != nil {
			return tools, err
		}
		tools, missing = emulator.FindTools(ctx, ".")
	}
	if len(missing) > 0 {
		return tools, errors.New("missing: " + strings.Join(missing, "; "))
	}
	return tools, nil
}

// execute runs the command in the terminal.
func execute(command, environment []string) error {
	// Ctrl-C is the command's, and what began is put back after it, even if the
	// terminal is closed. A signal that is caught does its usual work in the
	// command; one that is ignored would be ignored there, too.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGHUP, syscall.SIGTERM)
	defer signal.Stop(signals)
	c := exec.Command(command[0], command[1:]...) //nolint:gosec // It is what the user asked for.
	c.Env = environment
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return err
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM || !atTerminal() {
				_ = c.Process.Signal(s) // It may have ended meanwhile.
			}
		}
	}()
	return c.Wait()
}

// atTerminal reports whether there is a terminal, which gives its Ctrl-C and its end to
// all programs in it. Without one, whoever sends a signal means this program alone.
func atTerminal() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	_ = terminal.Close()
	return true
}

// misleads reports whether a variable, "NAME=value", would lead to the user's own
// account, or have Terraform warn of a configuration that is not there.
func misleads(variable string) bool {
	if file, ok := strings.CutPrefix(variable, "TF_CLI_CONFIG_FILE="); ok {
		_, err := os.Stat(file)
		return err != nil
	}
	return strings.HasPrefix(variable, "AWS_")
}

// refuseCloud says which environments Terraform Cloud would deploy, with credentials
// of its own.
func refuseCloud(environments []config.Config) error {
	var problems []error
	for _, env := range environments {
		if env.State.Backend == config.BackendCloud {
			problems = append(problems, fmt.Errorf("%s: State.Backend is %q, and Terraform Cloud would deploy to AWS itself; set it to %q to try this",
				env.StackName(), env.State.Backend, config.BackendLocal))
		}
	}
	return errors.Join(problems...)
}

// forget removes the states of an emulated AWS that is gone from what was synthesised
// below the directory.
func forget(dir string) error {
	states, err := filepath.Glob(filepath.Join(dir, "cdktf.out*", "stacks", "*", "terraform.tfstate.d", workspace))
	for _, state := range states {
		err = errors.Join(err, os.RemoveAll(state))
	}
	return err
}

// keep returns a function that puts the outputs of what is really deployed back as
// they are now. `make deploy` writes them into the directory, a file for each
// environment.
func keep(dir string) (restore func() error, err error) {
	before, err := outputs(dir)
	if err != nil {
		return nil, err
	}
	return func() error {
		now, err := outputs(dir)
		for file := range now {
			if _, ok := before[file]; !ok {
				err = errors.Join(err, os.Remove(file))
			}
		}
		for file, content := range before {
			if !bytes.Equal(now[file], content) {
				err = errors.Join(err, os.WriteFile(file, content, 0o600))
			}
		}
		return err
	}, nil
}

// outputs are the contents of the files that `make deploy` wrote, by their paths.
func outputs(dir string) (map[string][]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "outputs*.json"))
	contents := map[string][]byte{}
	for _, file := range files {
		content, failure := os.ReadFile(file) //nolint:gosec // The caller's own files.
		contents[file], err = content, errors.Join(err, failure)
	}
	return contents, err
}
