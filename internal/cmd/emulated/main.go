// Command emulated runs a command, or a shell, in which AWS is an emulated one that
// begins empty and ends with it. `make emulated` runs it, for those who want to see a
// deployment before they have an account.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

func run(command []string) error {
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
	environment = append(environment, append(aws.Env(proxy), "SKIP_PROVIDER_LOCK=1")...)
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
		fmt.Println("AWS is emulated in this shell. What is deployed to it is gone when the shell ends; destroy it first.")
		command = []string{cmp.Or(os.Getenv("SHELL"), "sh")}
	}
	// Ctrl-C is the command's.
	signal.Ignore(os.Interrupt)
	c := exec.Command(command[0], command[1:]...) //nolint:gosec // It is what the user asked for.
	c.Env = environment
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	return c.Run()
}
