// Command sweep destroys the previews that have expired, with the synthesised stack in the
// folder of the argument, or the one that a second argument names. It ends with 1 when
// anything of them is left, which the next run goes on with.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"flask-api/internal/sweep"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // Nothing is left to be stopped.
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 || len(arguments) > 2 {
		return errors.New("usage: sweep FOLDER [NAME]")
	}
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	s := sweep.Sweeper{Folder: arguments[0], AWS: aws, Now: time.Now(), Out: os.Stdout}
	left, err := s.Sweep(ctx, strings.Join(arguments[1:], ""))
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("left: %s", strings.Join(left, ", "))
	}
	return err
}
