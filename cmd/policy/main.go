// Command policy asks the policy set about a plan, the file of what `terraform show
// -json` says of it, and prints what it finds. It ends with 1 when the set denies the plan;
// what it only warns of is for whoever approves.
package main

import (
	"context"
	"fmt"
	"os"

	"flask-api/policy"
)

func main() {
	plan, err := os.ReadFile(os.Args[1]) //nolint:gosec // The file is the user's choice.
	var found []policy.Finding
	if err == nil {
		found, err = policy.Check(context.Background(), plan)
	}
	code := 0
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	for _, finding := range found {
		verdict := "caution"
		if !finding.Caution {
			verdict, code = "denied", 1
		}
		fmt.Printf("%s: %s\n", verdict, finding)
	}
	os.Exit(code)
}
