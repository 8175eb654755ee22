package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// makeImage runs `make image` with the words, and with a program in Docker's place, and
// returns its standard output.
func makeImage(t *testing.T, docker string, words ...string) (string, error) {
	t.Helper()
	programs := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(programs, "docker"), []byte("#!/bin/sh\n"+docker), 0o700))            //nolint:gosec // A program.
	command := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "image"}, words...)...) //nolint:gosec // The test's own words.
	command.Dir = filepath.Join("..", "..")
	command.Env = append(os.Environ(), "PATH="+programs+":"+os.Getenv("PATH"))
	command.Stderr = os.Stderr
	output, err := command.Output()
	return strings.TrimSpace(string(output)), err
}

// TestMakeImage wants what Docker built to be pushed, and its digest alone to be printed.
func TestMakeImage(t *testing.T) {
	startRegistry(t)
	file, digest := saved(t)
	output, err := makeImage(t, `echo built; [ "$1" != save ] || cp "`+file+`" "$3"`, "BUILDER=docker", "ENVIRONMENT=dev", "TAG=v1")
	require.NoError(t, err)
	assert.Equal(t, digest, output)
	assert.Equal(t, digest, do(t, "push", "dev", "v1", "none"), "the tag is there")

	// The API's own source is a variable of the Makefile's.
	_, err = makeImage(t, `[ "$1" != build ] || [ "$6" = services/api ] || exit 1; [ "$1" != save ] || cp "`+file+`" "$3"`,
		"BUILDER=docker", "ENVIRONMENT=dev", "TAG=v1", "API_SOURCE=services/api")
	require.NoError(t, err)

	// A service has a source of its own, and what is in the environment of make is not meant.
	t.Setenv("SERVICE", "reports")
	output, err = makeImage(t, `echo "$@" >&2; [ "$1" != build ] || [ "$6" = "my services/admin" ] || exit 1; [ "$1" != save ] || cp "`+file+`" "$3"`,
		"BUILDER=docker", "ENVIRONMENT=dev", "TAG=v1", "SERVICE=admin", "SOURCE=my services/admin")
	require.NoError(t, err)
	assert.Equal(t, digest, output)
	t.Setenv("SERVICE", "admin")
	assert.Equal(t, digest, do(t, "push", "dev", "v1", "none"), "the tag is there")
	t.Setenv("SERVICE", "")

	for _, builder := range []string{"docker", "none"} {
		_, err = makeImage(t, "exit 1", "BUILDER="+builder, "ENVIRONMENT=dev", "TAG=v2")
		require.Error(t, err, builder)
	}
	_, err = run(t.Context(), []string{"push", "dev", "v2", "none"})
	require.ErrorContains(t, err, "none is no image")
}
