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
// to stop.
func deployed(command *exec.Cmd) int {
	var told atomic.Int32
	err := operate.Attach(command, func(s os.Signal) {
		told.Store(int32(s.(syscall.Signal))) //nolint:gosec // A small number.
	})
	if command.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return ofSignal - 1 // As shells do, too.
	}
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
