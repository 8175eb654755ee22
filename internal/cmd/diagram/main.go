// Command diagram draws each stack in the folder of a synthesis into docs/diagrams.
// `make diagram` runs it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"flask-api/internal/diagram"
)

func main() {
	if err := run(filepath.Join(os.Args[1], "stacks"), filepath.Join("docs", "diagrams")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(stacks, diagrams string) error {
	files, err := filepath.Glob(filepath.Join(stacks, "*", "cdk.tf.json"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(diagrams, 0o750); err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // One of the files that were just synthesised.
		if err != nil {
			return err
		}
		picture, err := diagram.Draw(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		name := strings.TrimPrefix(filepath.Base(filepath.Dir(file)), "flask-api-") + ".svg"
		if err := os.WriteFile(filepath.Join(diagrams, name), picture, 0o600); err != nil { //nolint:gosec // The name of a stack.
			return err
		}
	}
	return nil
}
