// Command export writes the synthesised stack of the environment of the argument in
// Terraform's own language, into a folder that goes on without CDKTF.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"flask-api/config"
	"flask-api/internal/export"
	"flask-api/internal/terraform"
)

func main() {
	if err := write(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func write(ctx context.Context, name string) error {
	env, err := config.LoadNamed(name, os.Getenv)
	if err != nil {
		return err
	}
	program, err := terraform.Find(ctx)
	if err != nil {
		return err
	}
	stack, out := env.StackName(), "export-"+name
	files, err := export.Write(ctx, program, filepath.Join("cdktf.out-"+name, "stacks", stack), out)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s\n", out, strings.Join(files, " "))
	return nil
}
