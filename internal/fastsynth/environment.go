package fastsynth

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
)

// variables are what jsii's Node process gets besides, unless the user has set it.
func variables() map[string]string {
	all := map[string]string{
		// jsii 1.112 prints banners about releases of Node that are newer or older than
		// itself. Those that this project supports are tried in every run of its tests, and
		// the Makefile has a sentence for an old one.
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,22,24,26",
		"JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION":  "1",
		"JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION":    "1",
	}
	// jsii fails, with its whole program as the message, where it cannot keep the
	// packages that it unpacked.
	if os.Getenv("JSII_RUNTIME_PACKAGE_CACHE_ROOT") == "" && !canBeWritten(jsiiCache()) {
		all["JSII_RUNTIME_PACKAGE_CACHE"] = "disabled"
	}
	maps.DeleteFunc(all, func(name, _ string) bool {
		_, set := os.LookupEnv(name)
		return set
	})
	return all
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
