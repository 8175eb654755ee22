package fastsynth

import (
	"bytes"
	_ "embed" // For the hook.
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/aws/jsii-runtime-go/runtime"
)

const (
	// switchVariable turns the package off.
	switchVariable = "FLASK_API_FAST_SYNTHESIS"
	// optionsVariable is where Node looks for the hook.
	optionsVariable = "NODE_OPTIONS"
	// defaultOptions are what jsii sets where the user sets nothing.
	defaultOptions = "--max-old-space-size=4069"
	// providerVersion is that of the package whose layout is known.
	providerVersion = "19.65.1"
)

//go:embed hook.js
var hook string

//go:embed submodules.txt
var submodules string

var active bool

// Active says whether jsii's Node process gets the hook.
func Active() bool { return active }

// Start has jsii begin anew with an environment that makes synthesis fast. It is called
// once, before Node runs, by a package that imports bindings: jsii copies the environment
// when the first of these is initialised, and whether that is before or after this package
// depends on the names of both (https://go.dev/ref/spec#Program_initialization).
//
// The process keeps its own environment, so that no other program inherits the hook.
func Start() {
	if os.Getenv("JSII_RUNTIME") != "" {
		return
	}
	changed := variables()
	if os.Getenv(switchVariable) != "off" {
		if path, err := install(); err != nil {
			fmt.Fprintln(os.Stderr, "synthesis is not made fast:", err)
		} else {
			active = true
			changed[optionsVariable] = withHook(os.Getenv(optionsVariable), path)
		}
	}
	restore := set(changed)
	defer restore()
	jsii.Close()                  // It drops what it copied.
	runtime.IsAnonymousProxy(nil) // It copies the environment for whatever it is asked.
}

// set sets the variables, and returns what sets them back.
func set(variables map[string]string) (restore func()) {
	before := map[string]*string{}
	for name, value := range variables {
		if was, had := os.LookupEnv(name); had {
			before[name] = &was
		} else {
			before[name] = nil
		}
		_ = os.Setenv(name, value) // Fails on names and values that are no text only.
	}
	return func() {
		for name, was := range before {
			if was == nil {
				_ = os.Unsetenv(name)
			} else {
				_ = os.Setenv(name, *was)
			}
		}
	}
}

// withHook adds the hook to the options of Node, which takes a path with spaces in
// quotes: https://nodejs.org/api/cli.html#node_optionsoptions
func withHook(options, path string) string {
	if options == "" {
		options = defaultOptions
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path)
	return options + ` --require "` + quoted + `"`
}

// install writes the hook with its settings to the user's cache folder, unless it is
// there, and returns its path.
func install() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "flask-api", "fastsynth")
	settings, err := json.Marshal(map[string]any{
		"cache": dir, "version": providerVersion, "submodules": strings.Fields(submodules),
	})
	if err != nil {
		return "", err
	}
	content := []byte(strings.Replace(hook, "/* settings */", string(settings), 1))
	path := filepath.Join(dir, fmt.Sprintf("hook-%016x.js", fnv(content)))
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) { //nolint:gosec // The cache's own name.
		return path, nil
	}
	return path, write(path, content)
}

// write puts the file into place as a whole, whoever else writes it.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "hook-*.tmp")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // The first error is the one to tell.
	}
	return err
}

// fnv is a hash that keeps apart the hooks of different versions of the program:
// http://www.isthe.com/chongo/tech/comp/fnv/
func fnv(content []byte) uint64 {
	hash := uint64(14695981039346656037)
	for _, b := range content {
		hash = (hash ^ uint64(b)) * 1099511628211
	}
	return hash
}
