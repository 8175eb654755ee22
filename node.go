package main

import (
	"cmp"
	"fmt"
	"os/exec"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// oldestNode is the first release of Node that CDKTF 0.21 supports:
// https://github.com/hashicorp/terraform-cdk/blob/main/CHANGELOG.md
const oldestNode = "20.9.0"

// checkNode says in one sentence what to install when Node, in which CDKTF
// runs, is missing or too old. JSII_NODE names another Node than the first on
// the path, as it does for CDKTF itself.
func checkNode(getenv func(string) string) error {
	node := cmp.Or(getenv("JSII_NODE"), "node")
	out, err := exec.Command(node, "--version").Output() //nolint:gosec // The user's own choice of Node.
	if err != nil {
		return fmt.Errorf("%s does not run (%w); install Node %s or newer", node, err, oldestNode)
	}
	version, err := semver.NewVersion(strings.TrimSpace(string(out)))
	if err != nil || version.LessThan(semver.MustParse(oldestNode)) {
		return fmt.Errorf("%s is Node %s; install Node %s or newer", node, strings.TrimSpace(string(out)), oldestNode)
	}
	return nil
}
