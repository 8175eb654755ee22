// Command policy asks the policy set about a plan, the file of what `terraform show
// -json` says of it. It ends with 1 and a line for each reason when the set denies it.
package main

import (
	"context"
	"fmt"
	"os"

	"flask-api/policy"
)

func main() {
	plan, err := os.ReadFile(os.Args[1])
	var denied []string
	if err == nil {
		denied, err = policy.Check(context.Background(), plan)
	}
	if err != nil {
		denied = append(denied, err.Error())
	}
	for _, reason := range denied {
		fmt.Fprintln(os.Stderr, "denied:", reason)
	}
	if len(denied) > 0 {
		os.Exit(1)
	}
}
