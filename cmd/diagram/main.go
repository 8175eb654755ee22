// Command diagram draws each stack in the folder of a synthesis into docs/diagrams.
// `make diagram` runs it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"flask-api/config"
	"flask-api/internal/diagram"
	"flask-api/internal/synthesis"
)

func main() {
	if err := run(os.Args[1], filepath.Join("docs", "diagrams")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(outdir, diagrams string) error {
	stacks, err := synthesis.Load(outdir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(diagrams, 0o750); err != nil {
		return err
	}
	for _, env := range config.Environments() {
		stack := stacks[slices.IndexFunc(stacks, func(s synthesis.Stack) bool { return s.Name == env.StackName() })]
		picture, err := diagram.Draw(stack)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(diagrams, env.Suffix+".svg"), picture, 0o600); err != nil { //nolint:gosec // The name of an environment.
			return err
		}
	}
	return nil
}
