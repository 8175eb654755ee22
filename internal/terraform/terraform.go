// Package terraform finds the Terraform program, or OpenTofu in its place.
package terraform

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/Masterminds/semver/v3"

	"flask-api/internal/versions"
)

// Program is the one to run: what the variable TERRAFORM names, on the path or by its own,
// or `terraform`.
func Program() string {
	return cmp.Or(os.Getenv("TERRAFORM"), "terraform")
}

// IsOpenTofu is whether the program is OpenTofu, which says no more of itself than its name.
func IsOpenTofu(program string) bool {
	return strings.HasPrefix(filepath.Base(program), "tofu")
}

// Registry is the host from which the program downloads providers.
func Registry(program string) string {
	if IsOpenTofu(program) {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// Find returns the path of a [Program] that is new enough, or an error that says what to
// install.
func Find(ctx context.Context) (string, error) {
	program, product, page := Program(), "Terraform", "https://developer.hashicorp.com/terraform/install"
	if IsOpenTofu(program) {
		product, page = "OpenTofu", "https://opentofu.org/docs/intro/install/"
	}
	advice := fmt.Sprintf("install %s %s or newer: %s", product, versions.TerraformOldest, page)
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("%s was not found; %s", program, advice)
	}
	version, err := versionOf(ctx, path)
	if err != nil {
		return "", fmt.Errorf("%s does not say its version (%w); %s", path, err, advice)
	}
	if version.LessThan(semver.MustParse(versions.TerraformOldest)) {
		return "", fmt.Errorf("%s is %s %s; %s", path, product, version, advice)
	}
	return path, nil
}

// versionOf asks Terraform, without its call to HashiCorp and without the user's
// settings, which may be faulty.
func versionOf(ctx context.Context, path string) (*semver.Version, error) {
	command := exec.CommandContext(ctx, path, "version", "-json")
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1")
	output, err := command.Output()
	if err != nil {
		return nil, err
	}
	var said struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(output, &said); err != nil {
		return nil, err
	}
	return semver.NewVersion(said.Version)
}
