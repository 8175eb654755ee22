// Command policies writes the documented policies of whoever deploys, plans and tests,
// narrowed to the environment of the argument, into the folder of the second one.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"flask-api/config"
	"flask-api/internal/scope"
)

func main() {
	env, err := config.LoadNamed(os.Args[1], os.Getenv)
	var lines []string
	if err == nil {
		lines, err = write(env, "docs", os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(strings.Join(lines, "\n"))
}

// write writes the documents that the environment needs, and says which.
func write(env config.Config, from, to string) (lines []string, err error) {
	if err := os.MkdirAll(to, 0o750); err != nil { //nolint:gosec // The caller's own folder.
		return nil, err
	}
	if env.Tags[config.TagLike] != "" { // Of all previews whose names begin with this one's.
		env.Suffix += "-*"
	}
	documents, err := scope.Documents(env, from)
	if err != nil {
		return nil, err
	}
	for _, document := range documents {
		name := strings.TrimSuffix(filepath.Base(document), ".json")
		text, err := os.ReadFile(document) //nolint:gosec // The project's own.
		if err != nil {
			return nil, err
		}
		parts, err := scope.Narrow(env, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for i, part := range parts {
			path := filepath.Join(to, name+".json")
			if i > 0 {
				path = filepath.Join(to, fmt.Sprintf("%s-%d.json", name, i+1))
			}
			if err := os.WriteFile(path, part, 0o600); err != nil { //nolint:gosec // In the caller's own folder.
				return nil, err
			}
			lines = append(lines, path)
		}
	}
	if env.Deployment.PermissionsBoundary == "" {
		lines = append(lines, "Whoever may create roles without a boundary reaches every environment of the account; Deployment.PermissionsBoundary prevents that: docs/deploy-policy.md#the-boundary")
	}
	return lines, nil
}
