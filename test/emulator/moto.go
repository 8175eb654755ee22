package emulator

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"flask-api/internal/versions"
)

// MotoTarget is what make installs moto for: a virtual environment that belongs to the
// checkout, as the Python of many systems refuses to have packages installed into it:
// https://peps.python.org/pep-0668
const MotoTarget = ".bin/moto-venv/installed"

// findMoto returns a Python that can run the moto of the pinned version, which the
// repairs are written for; another one lacks other things, and would fail far from the
// cause. It is that of the
// checkout's virtual environment, or else the one of the PATH, where it may be
// installed as well. It is empty if neither has it.
func findMoto(ctx context.Context, root string) (python string) {
	own := filepath.Join(root, filepath.Dir(MotoTarget), "bin", "python3")
	for _, candidate := range []string{own, "python3"} {
		if path, err := exec.LookPath(candidate); err == nil && hasMoto(ctx, path) {
			return path
		}
	}
	return ""
}

// askVersion prints moto's version, and fails without Flask, which moto's server
// needs and moto alone does not bring.
const askVersion = `from importlib.metadata import version; version("flask-cors"); print(version("moto"))`

func hasMoto(ctx context.Context, python string) bool {
	output, err := exec.CommandContext(ctx, python, "-c", askVersion).Output()
	return err == nil && strings.TrimSpace(string(output)) == versions.Moto
}

// FindModels returns the folder of AWS's API models, which moto's Python has.
func FindModels(ctx context.Context, python string) (string, error) {
	const ask = `from importlib.util import find_spec; print(find_spec("botocore").submodule_search_locations[0])`
	output, err := exec.CommandContext(ctx, python, "-c", ask).Output()
	if err != nil {
		return "", fmt.Errorf("looking for AWS's API models with %s: %w", python, err)
	}
	return filepath.Join(strings.TrimSpace(string(output)), "data"), nil
}
