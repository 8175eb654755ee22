package main

import (
	"cmp"
	"fmt"
	"os/exec"
	"strings"

	"github.com/Masterminds/semver/v3"

	"flask-api/internal/versions"
)

// checkNode says in one sentence what to install when Node, in which CDKTF
// runs, is missing or too old. JSII_NODE names another Node than the first on
// the path, as it does for CDKTF itself.
func checkNode(getenv func(string) string) error {
	node := cmp.Or(getenv("JSII_NODE"), "node")
	out, err := exec.Command(node, "--version").Output() //nolint:gosec // The user's own choice of Node.
	if err != nil {
		return fmt.Errorf("%s does not run (%w); install Node %s or newer", node, err, versions.NodeOldest)
	}
	version, err := semver.NewVersion(strings.TrimSpace(string(out)))
	if err != nil || version.LessThan(semver.MustParse(versions.NodeOldest)) {
		return fmt.Errorf("%s is Node %s; install Node %s or newer", node, strings.TrimSpace(string(out)), versions.NodeOldest)
	}
	return nil
}
