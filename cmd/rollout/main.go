// Command rollout waits until ECS has decided on what was just deployed to the
// environment of the argument. It ends with 1 and a sentence when the tasks did not
// become healthy. Further arguments are the command that deploys, which it runs first, and
// whose exit code is its own when that failed.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"flask-api/config"
	"flask-api/internal/operate"
)

// ofSignal is added to the number of a signal to make an exit code, as shells do.
const ofSignal = 128

func main() {
	code := 0
	if command := os.Args[2:]; len(command) > 0 {
		code = deployed(exec.Command(command[0], command[1:]...)) //nolint:gosec // The command line says what.
	}
	// What failed may have begun a deployment, and ECS knows more about it.
	if code <= 1 {
		if err := decided(context.Background(), os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// deployed runs the command at the terminal, and returns its exit code, or more than 1 if it was
// to stop. The terminal sends Ctrl-C to the command by itself, so that alone is not passed on.
func deployed(command *exec.Cmd) int {
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // By nohup, and then by the command, too.
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	if err := command.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return ofSignal - 1 // As shells do, too.
	}
	var told atomic.Int32
	go func() {
		for s := range signals {
			told.Store(int32(s.(syscall.Signal))) //nolint:gosec // A small number.
			if s != syscall.SIGINT {
				_ = command.Process.Signal(s) // It may have ended meanwhile.
			}
		}
	}()
	_ = command.Wait() // Its state says the same.
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	code := status.ExitStatus()
	if status.Signaled() {
		code = ofSignal + int(status.Signal())
	}
	if s := told.Load(); s != 0 && code <= 1 {
		code = ofSignal + int(s)
	}
	return code
}

func decided(ctx context.Context, name string) error {
	env, err := config.LoadNamed(name, os.Getenv)
	// Where Terraform Cloud has the credentials, this machine has none.
	if err != nil || env.State.Backend == config.BackendCloud {
		return err
	}
	platform, err := operate.Connect(ctx, name, os.Getenv)
	if err != nil {
		return err
	}
	return platform.Follow(ctx, func(types.Deployment) {})
}
