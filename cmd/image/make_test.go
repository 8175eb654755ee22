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

// saves is a stand-in that saves the file and, as Podman does, writes over none.
func saves(file string) string {
	return `[ "$1" != save ] || { [ ! -e "$3" ] && cp "` + file + `" "$3"; }`
}

// TestMakeImage wants what Docker built to be pushed, and its digest alone to be printed.
func TestMakeImage(t *testing.T) {
	startRegistry(t)
	file, digest := saved(t)
	output, err := makeImage(t, "echo built; "+saves(file), "BUILDER=docker", "ENVIRONMENT=dev", "TAG=v1")
	require.NoError(t, err)
	assert.Equal(t, digest, output)
	assert.Equal(t, digest, do(t, "push", "dev", "v1", "none"), "the tag is there")

	// The API's own source is a variable of the Makefile's.
	_, err = makeImage(t, `[ "$1" != build ] || [ "$6" = services/api ] || exit 1; [ "$1" != save ] || cp "`+file+`" "$3"`,
		"BUILDER=docker", "ENVIRONMENT=dev", "TAG=v1", "API_SOURCE=services/api")
	require.NoError(t, err)

	// A service has a source of its own, and what is in the environment of make is not meant.
	t.Setenv("SERVICE", "reports")
	output, err = makeImage(t, `echo "$@" >&2; [ "$1" != build ] || [ "$6" = "my services/admin" ] || exit 1; `+saves(file),
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

// TestMakeImageOfAnotherRepository wants the commit of the folder's own repository as the tag, and a folder
// refused that has none, or something else than its commit has.
func TestMakeImageOfAnotherRepository(t *testing.T) {
	startRegistry(t)
	t.Setenv("TAG", "of-a-pipeline") // It is not on the command line.
	repository := t.TempDir()
	source := filepath.Join(repository, "its admin")
	git := func(arguments ...string) string {
		command := exec.CommandContext(t.Context(), "git", append([]string{"-C", repository, "-c", "user.name=Test", "-c", "user.email=test@example.com"}, arguments...)...) //nolint:gosec // The test's own.
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
		return strings.TrimSpace(string(output))
	}
	change := func(path, text string) {
		path = filepath.Join(repository, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	image := func(source string) (pushed, built string, err error) {
		file, digest := saved(t)
		pushed, err = makeImage(t, saves(file), "BUILDER=docker", "ENVIRONMENT=dev", "SOURCE="+source)
		return pushed, digest, err
	}
	refused := func(folder, because string) {
		pushed, _, err := image(folder)
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, because)
		assert.Equal(t, 2, exit.ExitCode(), because)
		assert.Empty(t, pushed, because)
	}

	change("its admin/Dockerfile", "FROM scratch")
	refused(source, "no repository")
	git("init", "--quiet")
	refused(source, "no commit")
	var digests []string
	for _, text := range []string{"FROM one", "FROM two"} {
		change("its admin/Dockerfile", text)
		git("add", ".")
		git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message", text)
		change("elsewhere", text) // It is not in the folder.
		pushed, digest, err := image(source)
		require.NoError(t, err)
		assert.Equal(t, digest, pushed)
		assert.Equal(t, digest, do(t, "push", "dev", git("rev-parse", "HEAD"), "none"), "the tag is there")
		digests = append(digests, pushed)
	}
	assert.NotEqual(t, digests[0], digests[1])
	pushed, _, err := image(source)
	require.NoError(t, err)
	assert.Equal(t, digests[1], pushed, "a second build of the commit")

	git("config", "status.showUntrackedFiles", "no")
	change("its admin/more", "")
	refused(source, "a file that is in no commit")
	change(".gitignore", "/built/")
	change("built/Dockerfile", "FROM scratch")
	refused(filepath.Join(repository, "built"), "a folder of which the commit has nothing")
	_, err = run(t.Context(), []string{"push", "dev", "of-a-pipeline", "none"})
	require.ErrorContains(t, err, "none is no image", "the shell's TAG was taken")
}
