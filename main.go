// Command flask-api synthesises the Terraform configuration of a production
// platform for a containerised Flask API on AWS: one stack per environment,
// written to the folder cdktf.out.
//
// `cdktf synth`, `cdktf deploy` and their siblings run it; its own output is
// the same as theirs.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	"flask-api/config"
	"flask-api/constructs"
)

// debugVariable asks for the trace of an unexpected failure.
const debugVariable = "FLASK_API_DEBUG"

func main() {
	err := run(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	closeKernel()
	if err != nil {
		os.Exit(1)
	}
}

// run loads and validates the configuration and, only if it is valid,
// synthesises every environment of it into the folder that the CDKTF command
// line asks for.
func run(getenv func(string) string) error {
	envs, err := config.Load(getenv)
	if err != nil {
		return err
	}
	if err := synthesise(envs, cmp.Or(getenv("CDKTF_OUTDIR"), "cdktf.out"), getenv(debugVariable) != ""); err != nil {
		// Without a Node that fits, whatever CDKTF says is not the cause.
		return cmp.Or(checkNode(getenv), err)
	}
	return nil
}

// synthesise writes the stacks of the environments below outdir. Every failure
// of CDKTF reaches Go as a panic; it is returned as an error of one line, with
// the trace if asked for.
func synthesise(envs []config.Config, outdir string, trace bool) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = synthesisError(cause, trace)
		}
	}()
	return inPlace(outdir, func(dir string) { constructs.Synthesise(dir, envs...) })
}

// synthesisError is the first line of what went wrong, and how to see the rest.
func synthesisError(cause any, trace bool) error {
	message := fmt.Sprint(cause)
	if trace {
		return fmt.Errorf("synthesis failed: %s\n%s", message, debug.Stack())
	}
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	advice := "set " + debugVariable + "=1 for the trace"
	if unknownType.MatchString(line) {
		advice = "the list of the submodules in use lacks this one: run make golden"
	}
	return errors.New("synthesis failed: " + line + " (" + advice + ")")
}

// unknownType is what jsii's kernel says of a type of the provider that it was not
// given. See the package fastsynth.
var unknownType = regexp.MustCompile(`Type '@cdktf/provider-aws\.[^']*' not found`)
