// Command emulated runs a command, or a shell, in which AWS is an emulated one that
// begins empty and ends with it. `make emulated` runs it, for those who want to see a
// deployment before they have an account. What is really deployed is out of its reach:
// Terraform has a workspace of its own, and the AWS credentials of the user are taken
// away.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"flask-api/config"
	"flask-api/internal/emulator"
)

func main() {
	err := run(os.Args[1:])
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	// workspace keeps Terraform's state apart from that of what is really deployed:
	// https://developer.hashicorp.com/terraform/language/state/workspaces
	workspace = "emulated"
	// outputs is what `make deploy` writes.
	outputs = "outputs.json"
)

func run(command []string) (err error) {
	if err := refuseCloud(config.Environments()); err != nil {
		return err
	}
	if err := forget(filepath.Join("cdktf.out", "stacks")); err != nil {
		return err
	}
	restore, err := keep(outputs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()

	ctx := context.Background()
	tools, missing := emulator.FindTools(ctx, ".")
	if len(missing) > 0 {
		return errors.New("missing: " + strings.Join(missing, "; "))
	}
	aws, err := emulator.Start(ctx, tools.Moto, config.Defaults("").Region)
	if err != nil {
		return err
	}
	defer aws.Stop()
	proxy := aws.NewProxy()
	defer proxy.Close()

	environment := slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "AWS_") })
	// The lock of the provider's versions asks Terraform's registry, which need not be
	// reached where there is a mirror.
	environment = append(environment, append(aws.Env(proxy), "SKIP_PROVIDER_LOCK=1", "TF_WORKSPACE="+workspace)...)
	if content := tools.CLIConfig(); content != "" {
		dir, err := os.MkdirTemp("", "emulated")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		file := filepath.Join(dir, "terraform.rc")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			return err
		}
		environment = append(environment, "TF_CLI_CONFIG_FILE="+file)
	}
	if len(command) == 0 {
		fmt.Println("AWS is emulated in this shell, and Terraform's state is another one. Both are gone when the shell ends.")
		command = []string{cmp.Or(os.Getenv("SHELL"), "sh")}
	}
	// Ctrl-C is the command's.
	signal.Ignore(os.Interrupt)
	c := exec.Command(command[0], command[1:]...) //nolint:gosec // It is what the user asked for.
	c.Env = environment
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	return c.Run()
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

// forget removes the states of an emulated AWS that is gone.
func forget(stacks string) error {
	states, err := filepath.Glob(filepath.Join(stacks, "*", "terraform.tfstate.d", workspace))
	for _, state := range states {
		err = errors.Join(err, os.RemoveAll(state))
	}
	return err
}

// keep returns a function that puts the file back as it is now.
func keep(file string) (restore func() error, err error) {
	content, err := os.ReadFile(file) //nolint:gosec // The caller's own file.
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return func() error { return os.RemoveAll(file) }, nil
	case err != nil:
		return nil, err
	}
	return func() error { return os.WriteFile(file, content, 0o600) }, nil //nolint:gosec // As above.
}
