package constructs_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/stacktest"
)

// TestProcess leaves the placeholder its own command, and gives that of the configuration
// to every other image, also where only Terraform knows which one runs.
func TestProcess(t *testing.T) {
	envs := map[string]config.Config{}
	for suffix, tag := range map[string]string{"own": "v1", "none": config.TagPlaceholder, "remembered": ""} {
		env := config.Defaults(suffix)
		env.Registry.ImageTag = tag
		env.Service.EntryPoint, env.Service.Command = []string{"sh"}, []string{"-c", "serve"}
		envs[suffix] = env
	}
	texts := synthesise(envs["own"], envs["none"], envs["remembered"])
	own := stacktest.Decode(t, envs["own"], texts["own"]).Container()
	assert.Equal(t, []any{"sh"}, own["entryPoint"])
	assert.Equal(t, []any{"-c", "serve"}, own["command"])
	none := stacktest.Decode(t, envs["none"], texts["none"]).Container()
	assert.NotContains(t, none, "entryPoint")
	assert.Contains(t, none["command"], "python")

	var remembered struct{ Locals map[string]string }
	require.NoError(t, json.Unmarshal(texts["remembered"], &remembered))
	assert.Equal(t, `${local.registry_command == "[]" ? "[\"-c\",\"serve\"]" : local.registry_command}`, remembered.Locals["service_command"])
	assert.Equal(t, `${local.registry_command == "[]" ? "[\"sh\"]" : "[]"}`, remembered.Locals["service_entry_point"])
	for _, list := range []string{`\"entryPoint\":${local.service_entry_point}`, `\"command\":${local.service_command}`} {
		assert.Contains(t, string(texts["remembered"]), list)
	}
}

// TestReadsExactly wants the execution role to read the secrets, parameters and files of
// the configuration, and to decrypt with its keys, and the release's function, too.
func TestReadsExactly(t *testing.T) {
	s := load(t, stacktest.Chosen())
	policy := func(name string) map[string]attributes {
		bySid := map[string]attributes{}
		document, _ := s.Resources["aws_iam_role_policy"][name]["policy"].(attributes)
		for _, statement := range document["Statement"].([]any) {
			bySid[statement.(attributes)["Sid"].(string)] = statement.(attributes)
		}
		return bySid
	}
	parameter, key := []any{"arn:aws:ssm:eu-south-1:123456789012:parameter/mail/user"}, []any{"arn:aws:kms:eu-south-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"}
	for name, action := range map[string]string{"execution_role_read_secrets": "ssm:GetParameters", "release_role_register_release": "ssm:GetParameter"} { //nolint:gosec // Names of policies.
		statements := policy(name)
		assert.Equal(t, []any{action}, statements["ReadParameters"]["Action"], name)
		assert.Equal(t, parameter, statements["ReadParameters"]["Resource"], name)
		assert.Equal(t, []any{"kms:Decrypt"}, statements["DecryptWithKeys"]["Action"], name)
		assert.Equal(t, key, statements["DecryptWithKeys"]["Resource"], name)
		assert.NotContains(t, statements["ReadSecrets"]["Resource"], parameter[0], name)
	}
	files := policy("execution_role_read_environment_files")
	assert.Equal(t, []any{"arn:aws:s3:::example-variables/api.env"}, files["ReadFiles"]["Resource"])
	assert.Equal(t, []any{"arn:aws:s3:::example-variables"}, files["FindBuckets"]["Resource"])
}
