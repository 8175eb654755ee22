package workflows

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/golden"
)

// deployment is the job that deploys an environment.
const deployment = `
  %[1]s:%[2]s
    uses: ./.github/workflows/deploy-environment.yml
    permissions:
      actions: read
      contents: read
      id-token: write
    with:
      environment: %[1]s
    secrets:
      TF_API_TOKEN: ${{ secrets.TF_API_TOKEN }}
`

// afterwards lets a job wait for the one before.
const afterwards = `
    # Without a change before, that apply is skipped. GitHub would skip this, too. What was
    # cancelled before does not go ahead here.
    needs: %[1]s
    if: ${{ !cancelled() && needs.%[1]s.result == 'success' }}`

// image is the job that deploys an image to an environment.
const image = `
  %[1]s:
    needs: %[2]s
    uses: ./.github/workflows/deploy-image.yml
    permissions:
      contents: read
      id-token: write
    with:
      environment: %[1]s
      digest: ${{ needs.push.outputs.digest }}
      service: ${{ inputs.service }}
      artifact: image
`

// TestGoldenEnvironments wants the workflows to deploy the environments that are defined,
// one after the other, and to look for drift in all of them: GitHub has to have them
// written out.
func TestGoldenEnvironments(t *testing.T) {
	folder := filepath.Join("..", "..", ".github", "workflows")
	jobs, before := []string{"jobs:"}, ""
	var names, images []string
	name := config.Environments()[0].Name
	for _, cfg := range config.Environments() {
		require.Equal(t, name, cfg.Name, "the workflows are for environments of one name")
		needs := ""
		if before != "" {
			needs = fmt.Sprintf(afterwards, before)
		}
		jobs = append(jobs, fmt.Sprintf(deployment, cfg.Suffix, needs))
		images = append(images, fmt.Sprintf(image, cfg.Suffix, strings.TrimSuffix("[push, "+before, ", ")+"]"))
		before = cfg.Suffix
		names = append(names, cfg.Suffix)
	}
	golden.Section(t, filepath.Join(folder, "deploy.yml"), "environments", strings.Join(jobs, ""))
	after := "# Each waits for its reviewers, and gets the image that the one before got.\n" + strings.Join(images, "")
	golden.Section(t, filepath.Join(folder, "image.yml"), "environments", after)

	all := "[" + strings.Join(names, ", ") + "]"
	const stack = `(stacks/)\S+(-\$\{\{ inputs\.environment)`
	for _, written := range []struct{ file, pattern, text string }{
		{"drift.yml", `environment: \[.*\]`, "environment: " + all},
		{"deploy-image.yml", `options: \[.*\]`, "options: " + all},
		{"deploy-image.yml", `API_NAME: \S+`, "API_NAME: " + name},
		{"image.yml", `(?m)^(    environment|      ENVIRONMENT_SUFFIX): \S+$`, "$1: " + names[0]},
		{"preview.yml", `ENVIRONMENT_LIKE: \S+`, "ENVIRONMENT_LIKE: " + names[0]},
		{"preview.yml", `(stacks/)\S+(-pr-)`, "${1}" + name + "$2"},
		{"preview-destroy.yml", `ENVIRONMENT_LIKE: \S+`, "ENVIRONMENT_LIKE: " + names[0]},
		{"preview-destroy.yml", `(stacks/)\S+(-sweep)`, "${1}" + name + "$2"},
		{"plan-environment.yml", `(?m)(^      IMAGE_TAG\S*: \$\{\{ vars\.IMAGE_TAG\S* \}\}\n)+`, imageTags(config.Environments())},
		{"plan-environment.yml", stack, "${1}" + name + "$2"},
		{"deploy-environment.yml", stack, "${1}" + name + "$2"},
		{"check-environment.yml", stack, "${1}" + name + "$2"},
		{"drift-environment.yml", `(title=")\S+(-\$ENVIRONMENT )`, "${1}" + name + "$2"},
	} {
		path := filepath.Join(folder, written.file)
		text, err := os.ReadFile(path) //nolint:gosec // The repository's own.
		require.NoError(t, err)
		golden.Compare(t, path, regexp.MustCompile(written.pattern).ReplaceAllString(string(text), written.text))
	}
}

// imageTags are the variables of GitHub that name the images of the environments, those of their
// services among them.
func imageTags(environments []config.Config) string {
	names := []string{"IMAGE_TAG"}
	for _, cfg := range environments {
		for _, service := range cfg.Services {
			names = append(names, service.ImageTagVariable())
		}
	}
	slices.Sort(names)
	var lines strings.Builder
	for _, name := range slices.Compact(names) {
		fmt.Fprintf(&lines, "      %s: ${{ vars.%[1]s }}\n", name)
	}
	return lines.String()
}

// TestImageTags writes each service's variable once.
func TestImageTags(t *testing.T) {
	env := config.Defaults("dev")
	env.Services = []config.WebService{config.DefaultWebService("shop-window"), config.DefaultWebService("admin")}
	assert.Equal(t, "      IMAGE_TAG: ${{ vars.IMAGE_TAG }}\n      IMAGE_TAG_ADMIN: ${{ vars.IMAGE_TAG_ADMIN }}\n      IMAGE_TAG_SHOP_WINDOW: ${{ vars.IMAGE_TAG_SHOP_WINDOW }}\n",
		imageTags([]config.Config{env, env}))
}
