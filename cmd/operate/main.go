// Command operate does what a team does with an environment that runs. Its arguments are
// the name of one of the commands, which is that of a target of the Makefile, and of the
// environment; docs/commands.md has the variables that it reads and its exit codes.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"

	"flask-api/internal/operate"
)

// cannot is the exit code for what could not be done, as it is of the other commands.
const cannot = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code, err := do(ctx, os.Args[1:], os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// do does what the arguments say, and returns the exit code.
func do(ctx context.Context, arguments []string, getenv func(string) string) (int, error) {
	if len(arguments) != 2 || commands[arguments[0]] == nil {
		return cannot, fmt.Errorf("usage: operate %s ENVIRONMENT", strings.Join(slices.Sorted(maps.Keys(commands)), "|"))
	}
	platform, err := operate.Connect(ctx, arguments[1], getenv)
	if err != nil {
		return cannot, err
	}
	code, err := commands[arguments[0]](ctx, platform, getenv)
	switch {
	case err != nil && code == 0 && ctx.Err() != nil:
		return operate.Interrupted, nil //nolint:nilerr // Who presses Ctrl-C knows.
	case err != nil && code == 0:
		return cannot, err
	}
	return code, err
}

type command func(ctx context.Context, platform *operate.Platform, getenv func(string) string) (int, error)

var commands = map[string]command{
	"logs": logs, "rollback": rollback, "run": run, "tunnel": tunnel, "upgrade": upgrade,
	"status": func(ctx context.Context, platform *operate.Platform, getenv func(string) string) (int, error) {
		return platform.Status(ctx, getenv("WATCH") == "1")
	},
}

func logs(ctx context.Context, platform *operate.Platform, getenv func(string) string) (int, error) {
	since, err := operate.Since(cmp.Or(getenv("SINCE"), "1h"), time.Now())
	if err != nil {
		return cannot, err
	}
	return 0, platform.Logs(ctx, operate.LogQuery{Since: since, Filter: getenv("FILTER"), Service: getenv("SERVICE"), Follow: getenv("FOLLOW") == "1"})
}

func run(ctx context.Context, platform *operate.Platform, getenv func(string) string) (int, error) {
	limit, err := timeLimit(getenv)
	line := getenv("COMMAND")
	switch job := getenv("JOB"); {
	case err != nil:
		return operate.NotRun, err
	case getenv("SERVICE") != "":
		return operate.NotRun, errors.New("commands and jobs run in tasks of the API: leave SERVICE out")
	case job != "" && line != "":
		return operate.NotRun, errors.New("JOB has a command of its own: leave COMMAND out")
	case job != "":
		return platform.RunJob(ctx, job)
	case getenv("INTERACTIVE") == "1":
		return platform.Shell(ctx, line, limit)
	case line == "":
		return operate.NotRun, errors.New("there is no command: make run ENVIRONMENT=… COMMAND='flask routes', JOB=nightly for one of Config.Jobs, or INTERACTIVE=1 for a shell")
	}
	return platform.Run(ctx, line, limit)
}

func tunnel(ctx context.Context, platform *operate.Platform, getenv func(string) string) (int, error) {
	limit, err := timeLimit(getenv)
	if err != nil {
		return operate.NotRun, err
	}
	port := platform.Config.Database.Port
	if text := getenv("LOCAL_PORT"); text != "" {
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return operate.NotRun, fmt.Errorf("LOCAL_PORT=%s is no port, which is a number from 1 to 65535", text)
		}
	}
	return platform.Tunnel(ctx, port, limit)
}

// timeLimit is after how long a task ends by itself.
func timeLimit(getenv func(string) string) (time.Duration, error) {
	text := cmp.Or(getenv("TIMEOUT"), "1h")
	limit, err := time.ParseDuration(text)
	if err != nil || limit < time.Second {
		return 0, fmt.Errorf("TIMEOUT=%s is no span of a second or more, such as 90s, 30m or 8h", text)
	}
	return limit, nil
}

// rollback asks before it changes anything.
func rollback(ctx context.Context, platform *operate.Platform, getenv func(string) string) (int, error) {
	return 0, platform.Rollback(ctx, getenv("SERVICE"), confirmed(getenv))
}

// upgrade asks before each of its steps that is felt.
func upgrade(ctx context.Context, platform *operate.Platform, getenv func(string) string) (int, error) {
	return 0, platform.Upgrade(ctx, getenv("VERSION"), getenv("STEP"), confirmed(getenv))
}

// confirmed asks at the terminal, unless all was approved beforehand.
func confirmed(getenv func(string) string) func(question string) bool {
	return func(question string) bool {
		fmt.Fprint(os.Stderr, question+" ")
		if getenv("AUTO_APPROVE") == "1" {
			fmt.Fprintln(os.Stderr, "yes (AUTO_APPROVE)")
			return true
		}
		if !isatty.IsTerminal(os.Stdin.Fd()) {
			fmt.Fprintln(os.Stderr, "there is no terminal to answer at; AUTO_APPROVE=1 goes ahead without")
			return false
		}
		answer, _ := bufio.NewReader(os.Stdin).ReadString('\n') // No answer is none, too.
		return strings.TrimSpace(answer) == "yes"
	}
}
