// Command prices refreshes the table of prices from the files of its arguments, which
// are price lists of AWS, or from those that AWS publishes. `make prices` runs it.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"flask-api/internal/summary"
)

const table = "internal/summary/prices.csv"

func main() {
	if err := run(os.Args[1:], strings.Fields(os.Getenv("REGIONS"))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(files, regions []string) error {
	text, err := os.ReadFile(table)
	if err != nil {
		return err
	}
	fresh, err := summary.Refresh(context.Background(), string(text), files, regions, os.Stderr)
	if err != nil {
		return err
	}
	return os.WriteFile(table, []byte(fresh), 0o600) //nolint:gosec // The table is no secret.
}
