package constructs_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/constructs"
	"flask-api/test/stacktest"
)

var upgrade = []any{"flask", "--app", "app", "db", "upgrade"}

// released is the release's task definition and its container, as synthesised.
func released(s stack) (task, container attributes) {
	task = s.Resources["aws_ecs_task_definition"]["release_task_definition"]
	return task, task["container_definitions"].([]any)[0].(attributes)
}

// TestReleaseIsTheService runs what the service runs, with the same rights, but another
// command, which nothing else sees of.
func TestReleaseIsTheService(t *testing.T) {
	for _, env := range []config.Config{stacktest.Chosen(), stacktest.Closed(), stacktest.Guarded()} {
		s := load(t, env)
		task, container := released(s)
		service, api := s.Task(), s.Container()
		if env.Database.Roles { // It logs in as another role.
			service["execution_role_arn"] = "${aws_iam_role.roles_command_role.arn}"
			login := func(v any) bool {
				return slices.Contains([]any{"DB_USER", "DB_PASSWORD", "DB_REGION"}, v.(attributes)["name"])
			}
			api["environment"] = slices.DeleteFunc(api["environment"].([]any), login)
			api["secrets"] = append([]any{
				attributes{"name": "DB_USER", "valueFrom": "${aws_secretsmanager_secret.roles_migrator_secret.arn}:username::"},
				attributes{"name": "DB_PASSWORD", "valueFrom": "${aws_secretsmanager_secret.roles_migrator_secret.arn}:password::"},
			}, slices.DeleteFunc(api["secrets"].([]any), login)...)
		}
		for _, key := range []string{"cpu", "memory", "network_mode", "execution_role_arn", "task_role_arn", "runtime_platform", "ephemeral_storage", "volume"} {
			assert.Equal(t, service[key], task[key], "%s: %s", env.Suffix, key)
		}
		for _, key := range []string{"image", "secrets", "readonlyRootFilesystem", "mountPoints", "stopTimeout", "versionConsistency"} {
			assert.Equal(t, api[key], container[key], "%s: %s", env.Suffix, key)
		}
		assert.Subset(t, container["environment"], api["environment"], env.Suffix)
		assert.Empty(t, container["portMappings"])
		assert.NotContains(t, container, "healthCheck")
	}
	_, container := released(load(t, stacktest.Guarded()))
	assert.Equal(t, "${local.release_command}", container["command"])
	assert.Contains(t, container["environment"], attributes{"name": "OTEL_SDK_DISABLED", "value": "true"})
}

// TestReleaseComesFirst has the service wait for the release where Terraform decides what
// runs, and never else.
func TestReleaseComesFirst(t *testing.T) {
	const address = "aws_lambda_invocation.release_invocation"
	guarded := load(t, stacktest.Guarded())
	assert.Contains(t, guarded.One("aws_ecs_service")["depends_on"], address)
	call := guarded.Resources["aws_lambda_invocation"]["release_invocation"]
	assert.Equal(t, attributes{"task_definition": "${aws_ecs_task_definition.release_task_definition.arn}"}, call["input"])
	for _, needed := range guarded.One("aws_ecs_service")["depends_on"].([]any) {
		if needed != address && needed != "aws_ecs_service.worker_mail" {
			assert.Contains(t, call["depends_on"], needed, "the task needs what the service's tasks need")
		}
	}
	for _, env := range []config.Config{stacktest.Chosen(), stacktest.Default()} {
		assert.Empty(t, load(t, env).Resources["aws_lambda_invocation"]["release_invocation"], env.Suffix)
	}
	_, container := released(load(t, stacktest.Chosen()))
	assert.Equal(t, upgrade, container["command"], "a pipeline's image is not the placeholder")
	assert.Empty(t, load(t, stacktest.Default()).Resources["aws_lambda_function"])
}

// TestReleaseOfThePlaceholder is nothing, since its image does not have the command.
func TestReleaseOfThePlaceholder(t *testing.T) {
	for tag, want := range map[string][]any{config.TagPlaceholder: {"true"}, "v1": upgrade} {
		env := config.Defaults("release-" + tag)
		env.Registry.ImageTag, env.Service.ReleaseCommand = tag, []string{"flask", "--app", "app", "db", "upgrade"}
		_, container := released(stacktest.Decode(t, env, synthesise(env)[env.Suffix]))
		assert.Equal(t, want, container["command"], tag)
	}
}

// TestReleaseArchive reads the function's code where Terraform does.
func TestReleaseArchive(t *testing.T) {
	dir := t.TempDir()
	env := stacktest.Guarded()
	constructs.Synthesise(dir, env, stacktest.Default())
	archive, err := os.ReadFile(filepath.Join(dir, "stacks", env.StackName(), "release.zip")) //nolint:gosec // What was just written.
	require.NoError(t, err)
	hash := sha256.Sum256(archive)
	function := load(t, env).One("aws_lambda_function")
	assert.Equal(t, base64.StdEncoding.EncodeToString(hash[:]), function["source_code_hash"])
	assert.Equal(t, "${path.module}/release.zip", function["filename"])
	assert.Equal(t, "660", fmt.Sprint(function["timeout"]))
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	require.Len(t, files.File, 1)
	assert.Equal(t, "release.py", files.File[0].Name)
	assert.NotZero(t, files.File[0].Mode()&0o444, "Lambda reads it as another user")
	file, err := files.File[0].Open()
	require.NoError(t, err)
	code, err := io.ReadAll(file)
	require.NoError(t, err)
	source, err := os.ReadFile("release.py")
	require.NoError(t, err)
	assert.Equal(t, string(source), string(code))
	assert.NoFileExists(t, filepath.Join(dir, "stacks", stacktest.Default().StackName(), "release.zip"))
	unwritable := filepath.Join(dir, "stacks", config.Defaults("unwritable").StackName(), "release.zip", "x")
	require.NoError(t, os.MkdirAll(unwritable, 0o700))
	env.Suffix = "unwritable"
	assert.Panics(t, func() { constructs.Synthesise(dir, env) }, "a stack without its function's code")
}

// TestReleaseProgram runs the tests of the function, in Python's own way.
func TestReleaseProgram(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("needs Python")
	}
	command := exec.CommandContext(t.Context(), python, "-m", "unittest", "-q", "release_test") //nolint:gosec // Python.
	command.Dir, command.Env = "testdata", append(os.Environ(), "PYTHONPATH=..", "PYTHONDONTWRITEBYTECODE=1")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Regexp(t, `Ran [1-9]\d* tests`, string(output))
}
