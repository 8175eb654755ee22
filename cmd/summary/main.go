// Command summary shows what was synthesised into the folder of its argument. `make
// synth` runs it, because `cdktf` keeps the output of the program that it runs to
// itself.
package main

import (
	"fmt"
	"os"

	"github.com/mattn/go-isatty"

	"flask-api/internal/summary"
)

func main() {
	// What was synthesised is good without a summary, too: a failure is told, no more.
	if err := summary.Print(os.Stdout, isatty.IsTerminal(os.Stdout.Fd()), os.Args[1], os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
