package emulator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"flask-api/internal/terraform"
	"flask-api/internal/versions"
)

// registryHost is where Terraform downloads providers from.
const registryHost = "registry.terraform.io"

// providerPath ends the path of every directory that holds the AWS provider:
// https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
var providerPath = filepath.Join(registryHost, "hashicorp", "aws")

// Tools are the programs with which a stack is deployed to an [Emulator].
type Tools struct {
	// Terraform is the Terraform program.
	Terraform string
	// CDKTF is the CDKTF command line of this repository.
	CDKTF string
	// Moto is the Python that runs moto.
	Moto string
	// ProviderMirror is the directory that providers are installed from; empty
	// where they come from the registry.
	ProviderMirror string
}

// FindTools looks for the tools; root is the repository's directory. What it
// does not find it names, each with the way to install it.
func FindTools(ctx context.Context, root string) (tools Tools, missing []string) {
	var err error
	if tools.Terraform, err = terraform.Find(ctx); err != nil {
		missing = append(missing, err.Error())
	}
	if _, err = exec.LookPath("node"); err != nil {
		missing = append(missing, "node "+versions.NodeOldest+" or newer (https://nodejs.org)")
	}
	tools.CDKTF = filepath.Join(root, "node_modules", ".bin", "cdktf")
	if _, err = os.Stat(tools.CDKTF); err != nil {
		missing = append(missing, "cdktf (npm ci)")
	}
	if tools.Moto = findMoto(ctx, root); tools.Moto == "" {
		missing = append(missing, "moto "+versions.Moto+" (make moto)")
	}
	tools.ProviderMirror = FindProviderMirror(os.Getenv, searchedDirs(os.Getenv))
	if registry := terraform.Registry(terraform.Program()); tools.ProviderMirror == "" && !reachable(ctx, registry) {
		missing = append(missing, "the AWS provider: neither "+registry+" nor a provider mirror (TF_PLUGIN_MIRROR=<directory>)")
	}
	return tools, missing
}

// CLIConfig is the Terraform CLI configuration that takes the providers from where they
// were found. OpenTofu looks for the same under the name of its own registry, for which
// there are links in the directory.
func (t Tools) CLIConfig(dir string) (string, error) {
	if t.ProviderMirror == "" {
		return "", nil
	}
	mirror, registry := t.ProviderMirror, terraform.Registry(t.Terraform)
	if registry != registryHost {
		mirror = filepath.Join(dir, "providers")
		if err := linkProviders(t.ProviderMirror, mirror, registry); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf(`provider_installation {
  filesystem_mirror {
    path    = %q
    include = ["%s/*/*"]
  }
}
`, mirror, registry), nil
}

// linkProviders makes a mirror of another registry, with the providers of the first one.
// Only a platform or an archive may be a link there.
func linkProviders(from, to, registry string) error {
	for _, pattern := range []string{"*.zip", "*/*"} {
		found, err := filepath.Glob(filepath.Join(from, providerPath, pattern))
		if err != nil {
			return err
		}
		for _, path := range found {
			below, err := filepath.Rel(filepath.Join(from, registryHost), path)
			link := filepath.Join(to, registry, below)
			if err = errors.Join(err, os.MkdirAll(filepath.Dir(link), 0o700)); err == nil {
				err = os.Symlink(path, link)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func reachable(ctx context.Context, registry string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+registry+"/.well-known/terraform.json", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // Only the status is of interest.
	return response.StatusCode == http.StatusOK
}

// FindProviderMirror returns the directory with a copy of the AWS provider:
// the one that `TF_PLUGIN_MIRROR` or `TF_PLUGIN_CACHE_DIR` names, one that
// Terraform itself would search, or one below the given directories. It is
// empty if there is none.
func FindProviderMirror(getenv func(string) string, below []string) string {
	for _, dir := range mirrorDirs(getenv) {
		if holdsProvider(filepath.Join(dir, providerPath)) {
			return dir
		}
	}
	for _, dir := range below {
		if mirror := searchMirror(dir); mirror != "" {
			return mirror
		}
	}
	return ""
}

// mirrorDirs are the named directories, and Terraform's implied ones:
// https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
func mirrorDirs(getenv func(string) string) []string {
	dirs := []string{getenv("TF_PLUGIN_MIRROR"), getenv("TF_PLUGIN_CACHE_DIR")}
	home := getenv("HOME")
	data := []string{getenv("XDG_DATA_HOME")}
	if home != "" {
		dirs = append(dirs, filepath.Join(home, ".terraform.d", "plugins"))
		data = append(data, filepath.Join(home, ".local", "share"))
	}
	data = append(data, filepath.SplitList(getenv("XDG_DATA_DIRS"))...)
	data = append(data, "/usr/local/share", "/usr/share")
	for _, dir := range data {
		if dir != "" {
			dirs = append(dirs, filepath.Join(dir, "terraform", "plugins"))
		}
	}
	var named []string
	for _, dir := range dirs {
		if dir != "" {
			named = append(named, dir)
		}
	}
	return named
}

// searchedDirs are where images and administrators put what is not packaged.
func searchedDirs(getenv func(string) string) []string {
	dirs := []string{"/opt", "/usr/local", "/usr/share", "/var/lib"}
	if home := getenv("HOME"); home != "" {
		dirs = append(dirs, home)
	}
	return dirs
}

const (
	// searchDepth bounds how deep a mirror is looked for.
	searchDepth = 5
	// searchEntries bounds how much of one directory tree is looked at.
	searchEntries = 50_000
)

// searchMirror looks for a mirror below a directory, within the bounds.
func searchMirror(dir string) string {
	found, seen := "", 0
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if seen++; seen > searchEntries {
			return fs.SkipAll
		}
		if err != nil || !entry.IsDir() {
			return nil //nolint:nilerr // What cannot be read holds nothing for us.
		}
		if entry.Name() == registryHost && holdsProvider(filepath.Join(filepath.Dir(path), providerPath)) {
			found = filepath.Dir(path)
			return fs.SkipAll
		}
		below, _ := filepath.Rel(dir, path)
		hidden := path != dir && strings.HasPrefix(entry.Name(), ".")
		if hidden || entry.Name() == "node_modules" || strings.Count(below, string(filepath.Separator)) >= searchDepth {
			return fs.SkipDir
		}
		return nil
	})
	return found
}

// holdsProvider reports whether the directory has a provider, packed or not.
func holdsProvider(dir string) bool {
	for _, pattern := range []string{"terraform-provider-aws_*.zip", "*/*/terraform-provider-aws*"} {
		if files, _ := filepath.Glob(filepath.Join(dir, pattern)); len(files) > 0 {
			return true
		}
	}
	return false
}
