// Package terraform finds the Terraform program.
package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/Masterminds/semver/v3"

	"flask-api/internal/versions"
)

// Find returns the path of a Terraform that is new enough, or an error that says what
// to install.
func Find(ctx context.Context) (string, error) {
	advice := fmt.Sprintf("install Terraform %s or newer: https://developer.hashicorp.com/terraform/install", versions.TerraformOldest)
	path, err := exec.LookPath("terraform")
	if err != nil {
		return "", errors.New("terraform was not found; " + advice)
	}
	version, err := versionOf(ctx, path)
	if err != nil {
		return "", fmt.Errorf("%s does not say its version (%w); %s", path, err, advice)
	}
	if version.LessThan(semver.MustParse(versions.TerraformOldest)) {
		return "", fmt.Errorf("%s is Terraform %s; %s", path, version, advice)
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
