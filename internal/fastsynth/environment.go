package fastsynth

import (
	"os"
	"path/filepath"
	"runtime"
)

// prepare sets what jsii's Node process gets from this one: jsii copies the
// environment when the first package of bindings is initialised, which is after this
// package. What the user has set stays.
func prepare() {
	for name, value := range map[string]string{
		// jsii 1.112 prints banners about releases of Node that are newer or older than
		// itself. Those that this project supports are tried in every run of its tests, and
		// the Makefile has a sentence for an old one.
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,22,24,26",
		"JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION":  "1",
		"JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION":    "1",
	} {
		setDefault(name, value)
	}
	// jsii fails, with its whole program as the message, where it cannot keep the
	// packages that it unpacked.
	if os.Getenv("JSII_RUNTIME_PACKAGE_CACHE_ROOT") == "" && !canBeWritten(jsiiCache()) {
		setDefault("JSII_RUNTIME_PACKAGE_CACHE", "disabled")
	}
}

func setDefault(name, value string) {
	if _, set := os.LookupEnv(name); !set {
		_ = os.Setenv(name, value) // Fails on names and values that are no text only.
	}
}

// jsiiCache is where jsii keeps packages by default.
func jsiiCache() string {
	home, err := os.UserHomeDir()
	switch {
	case err != nil:
		return os.TempDir()
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Caches", "com.amazonaws.jsii")
	default:
		return filepath.Join(home, ".cache", "aws", "jsii")
	}
}

// canBeWritten says whether a file can be made in the folder, which is made.
func canBeWritten(dir string) bool {
	if os.MkdirAll(dir, 0o700) != nil {
		return false
	}
	file, err := os.CreateTemp(dir, "writable-*.tmp")
	if err != nil {
		return false
	}
	_ = file.Close() // It is empty.
	return os.Remove(file.Name()) == nil
}
