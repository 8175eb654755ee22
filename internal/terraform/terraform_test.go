package terraform

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFind(t *testing.T) {
	for body, says := range map[string]string{
		`echo '{"terraform_version": "1.11.0"}'`:        "",
		`echo '{"terraform_version": "1.12.0-alpha1"}'`: "",
		`echo '{"terraform_version": "1.9.8"}'`:         "is Terraform 1.9.8; install Terraform 1.11 or newer",
		`echo Terraform`:                                "does not say its version",
		`exit 1`:                                        "does not say its version (exit status 1); install Terraform 1.11 or newer",
	} {
		dir := t.TempDir()
		t.Setenv("PATH", dir)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "terraform"), []byte("#!/bin/sh\n"+body+"\n"), 0o700)) //nolint:gosec // It must be executable.
		path, err := Find(t.Context())
		if says == "" {
			require.NoError(t, err)
			assert.Equal(t, filepath.Join(dir, "terraform"), path)
		} else {
			require.ErrorContains(t, err, says)
		}
	}
	t.Setenv("PATH", t.TempDir())
	_, err := Find(t.Context())
	require.EqualError(t, err, "terraform was not found; install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install")
}
