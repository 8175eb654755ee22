package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"flask-api/test/emulator"
)

// brokenTag is the tag of images whose tasks cannot start, to see what happens then.
const brokenTag = "broken"

// serve has the emulated AWS run its tasks on this machine, if SERVE=1 asks for it, and
// returns the variables that lead to them. The caller ends them.
func serve(aws *emulator.Emulator, dir string) (variables []string, end func() error, err error) {
	if os.Getenv("SERVE") != "1" {
		return nil, func() error { return nil }, nil
	}
	tools, missing := emulator.FindServing(".")
	if len(missing) > 0 {
		return nil, nil, errors.New("SERVE=1 runs the sample API; missing: " + strings.Join(missing, "; "))
	}
	aws.BreakImages(brokenTag)
	server, err := aws.Serve(tools, dir, "")
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintln(os.Stderr, "Tasks run on this machine. What a load balancer would answer is answered at "+server.URL+", which the variable API has.")
	return []string{"API=" + server.URL}, server.Close, nil
}
