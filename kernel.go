package main

import (
	"bufio"
	"io"
	"os"
	"regexp"

	"github.com/aws/jsii-runtime-go"
)

// falseAlarm is what jsii says at the end of every other run: it waits twice for the
// Node process that it ends, and takes the wait that comes too late for a failure. A
// process that did fail has an exit status or a signal in this place.
var falseAlarm = regexp.MustCompile(`Runtime process exited abnormally: wait(id)?: no child processes`)

// closeKernel ends jsii's Node process, without which its files would stay. It comes
// last: from then on, what jsii writes to standard error passes a filter.
func closeKernel() {
	stderr := os.Stderr
	reader, writer, err := os.Pipe()
	if err != nil {
		jsii.Close()
		return
	}
	os.Stderr = writer
	passed := make(chan struct{})
	go func() {
		defer close(passed)
		passOn(stderr, reader)
	}()
	jsii.Close()
	_ = writer.Close() // Nothing that matters is written any more.
	<-passed
}

// passOn copies all but the false alarm.
func passOn(to io.Writer, from io.Reader) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		_, _ = io.WriteString(to, falseAlarm.ReplaceAllString(line, "")) // There is nowhere to tell that this fails.
		if err != nil {
			return
		}
	}
}
