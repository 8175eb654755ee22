package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// beside are the files next to a stack that it refers to.
var beside = regexp.MustCompile(`\$\{path\.module\}/([\w.-]+)`)

// Write writes the stack in the folder as Terraform's language to the folder out, which
// must not exist, and returns the names of its files. Terraform, the program, downloads
// the providers there, which are asked for their schemas.
func Write(ctx context.Context, terraform, folder, out string) (names []string, err error) {
	text, err := os.ReadFile(filepath.Join(folder, "cdk.tf.json")) //nolint:gosec // What was synthesised.
	if err != nil {
		return nil, err
	}
	decoded, err := decode(text)
	if err != nil {
		return nil, err
	}
	stack, _ := decoded.(object)
	if err := os.Mkdir(out, 0o750); err != nil {
		return nil, fmt.Errorf("%w: what was exported may have been changed since; move it away first", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(out))
		}
	}()
	schemas, err := schemas(ctx, terraform, stack, out)
	if err != nil {
		return nil, err
	}
	if err := moveState(stack, folder, out); err != nil {
		return nil, err
	}
	files, err := Files(stack, schemas)
	if err != nil {
		return nil, err
	}
	for _, match := range beside.FindAllSubmatch(text, -1) {
		name := string(match[1])
		if files[name], err = os.ReadFile(filepath.Join(folder, name)); err != nil { //nolint:gosec // What was synthesised.
			return nil, err
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o600); err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(files)), nil
}

// schemas are those of the stack's providers, which it has Terraform install: without a
// backend, and as no more than the stack requires.
func schemas(ctx context.Context, terraform string, stack object, out string) (*tfjson.ProviderSchemas, error) {
	settings, _ := stack["terraform"].(object)
	required := object{"terraform": object{"source": "terraform.io/builtin/terraform"}} // Of terraform_data.
	providers, _ := settings["required_providers"].(object)
	maps.Copy(required, providers)
	requirements, err := json.Marshal(object{"terraform": object{"required_providers": required}})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(out, "providers.tf.json")
	if err := os.WriteFile(path, requirements, 0o600); err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(path) }() // It would only repeat terraform.tf.
	if _, err := run(ctx, terraform, out, "init", "-input=false", "-no-color"); err != nil {
		return nil, err
	}
	text, err := run(ctx, terraform, out, "providers", "schema", "-json")
	if err != nil {
		return nil, err
	}
	found := &tfjson.ProviderSchemas{}
	return found, json.Unmarshal(text, found)
}

// run runs Terraform in the folder and returns what it prints.
func run(ctx context.Context, terraform, folder string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, terraform, args...) //nolint:gosec // The caller's Terraform.
	command.Dir = folder
	var said, complained bytes.Buffer
	command.Stdout, command.Stderr = &said, &complained
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s%s", terraform, args[0], err, said.Bytes(), complained.Bytes())
	}
	return said.Bytes(), nil
}

// moveState has a local state stay where it is: its path is relative to the folder.
func moveState(stack object, folder, out string) error {
	settings, _ := stack["terraform"].(object)
	backend, _ := settings["backend"].(object)
	local, isLocal := backend["local"].(object)
	if !isLocal {
		return nil
	}
	at, _ := local["path"].(string)
	from, errFrom := filepath.Abs(filepath.Join(folder, at))
	to, errTo := filepath.Abs(out)
	path, err := filepath.Rel(to, from)
	local["path"] = path
	return errors.Join(errFrom, errTo, err)
}
