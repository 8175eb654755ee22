package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// asking is a request of a target with words, each "NAME=value", from make's command
// line and from the shell, and with the answers of somebody at a terminal, if any.
func asking(target, onCommandLine, inShell, answers string) (name, notes string, err error) {
	values, origins := map[string]string{}, map[string]string{}
	for _, words := range []struct{ origin, words string }{{"environment", inShell}, {"command line", onCommandLine}} {
		for word := range strings.FieldsSeq(words.words) {
			name, value, _ := strings.Cut(word, "=")
			values[name], origins[name] = value, words.origin
		}
	}
	var said bytes.Buffer
	r := request{
		getenv: func(name string) string { return values[name] }, defined: []string{"dev", "production"},
		deployed: func(name string) bool { return name == "pr-7" },
		terminal: answers != "", answers: bufio.NewReader(strings.NewReader(answers)), notes: &said,
	}
	kind := map[bool]string{true: "changes", false: "reads"}[target == "deploy" || target == "destroy"]
	name, err = r.of(target, kind, origins["NEW"], origins["ENVIRONMENT"], origins["ENVIRONMENT_SUFFIX"], origins["SUFFIX"])
	return name, said.String(), err
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ target, onCommandLine, inShell, answers, name, notes string }{
		{"deploy", "ENVIRONMENT=dev", "", "", "dev", ""},
		{"deploy", "ENVIRONMENT=dev", "ENVIRONMENT=dev", "", "dev", ""},
		{"deploy", "SUFFIX=production", "", "", "production", "SUFFIX=production means ENVIRONMENT=production\n"},
		{"destroy", "ENVIRONMENT_SUFFIX=dev ENVIRONMENT=dev", "", "", "dev", ""},
		{"deploy", "ENVIRONMENT_SUFFIX=dev", "SUFFIX=production", "", "dev", "ENVIRONMENT_SUFFIX=dev means ENVIRONMENT=dev\n"},
		{"deploy", "ENVIRONMENT=pr-42 NEW=1", "", "", "pr-42", ""},
		{"destroy", "ENVIRONMENT=pr-42", "ENVIRONMENT_LIKE=dev", "", "pr-42", ""},
		{"destroy", "ENVIRONMENT=pr-7", "", "", "pr-7", ""},
		{"plan", "", "ENVIRONMENT_SUFFIX=production", "", "production", ""},
		{"deploy", "", "ENVIRONMENT_SUFFIX=production", "yes\n", "production", "deploy production, which ENVIRONMENT_SUFFIX names in this shell? (yes or no) "},
		{"destroy", "", "", "dev\n", "dev", "destroy which environment? (dev, production) "},
		{"plan", "", "", "dev\n", "dev", "plan which environment? (dev, production) "},
	} {
		name, notes, err := asking(test.target, test.onCommandLine, test.inShell, test.answers)
		require.NoError(t, err, "%+v", test)
		assert.Equal(t, test.name, name, "%+v", test)
		assert.Equal(t, test.notes, notes, "%+v", test)
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct{ target, onCommandLine, inShell, answers, says string }{
		{"deploy", "", "", "", "make deploy needs the name of an environment: make deploy ENVIRONMENT=dev"},
		{"deploy", "", "", "\n", "make deploy needs the name of an environment: make deploy ENVIRONMENT=dev"},
		{"deploy", "", "SUFFIX=dev", "", "make deploy needs the name of an environment: make deploy ENVIRONMENT=dev"},
		{
			"deploy", "ENVIRONMENT=prod", "", "",
			`there is no environment "prod"; config/environments.go defines dev and production; to make a new one of the defaults: make deploy ENVIRONMENT=prod NEW=1, or one like dev: LIKE=dev`,
		},
		{
			"deploy", "ENVIRONMENT=prod", "NEW=1", "",
			`there is no environment "prod"; config/environments.go defines dev and production; to make a new one of the defaults: make deploy ENVIRONMENT=prod NEW=1, or one like dev: LIKE=dev`,
		},
		{
			"deploy", "ENVIRONMENT=prod NEW=0", "", "",
			`there is no environment "prod"; config/environments.go defines dev and production; to make a new one of the defaults: make deploy ENVIRONMENT=prod NEW=1, or one like dev: LIKE=dev`,
		},
		{
			"destroy", "", "", "prod\n",
			`there is no environment "prod"; config/environments.go defines dev and production, and no other was deployed from this folder under that name`,
		},
		{
			"destroy", "", "ENVIRONMENT=production", "",
			"make destroy takes the environment from its command line, and not from ENVIRONMENT=production of the shell: make destroy ENVIRONMENT=production",
		},
		{
			"destroy", "", "ENVIRONMENT=production", "no\n",
			"make destroy takes the environment from its command line, and not from ENVIRONMENT=production of the shell: make destroy ENVIRONMENT=production",
		},
		{
			"deploy", "ENVIRONMENT=dev SUFFIX=production", "", "",
			"ENVIRONMENT=dev and SUFFIX=production name two environments; name one: make deploy ENVIRONMENT=<name>",
		},
		{
			"deploy", "ENVIRONMENT=dev", "ENVIRONMENT_SUFFIX=pr-42", "yes\n",
			"ENVIRONMENT=dev and ENVIRONMENT_SUFFIX=pr-42 name two environments; the second one is in the shell's environment: unset ENVIRONMENT_SUFFIX",
		},
	} {
		_, _, err := asking(test.target, test.onCommandLine, test.inShell, test.answers)
		require.EqualError(t, err, test.says, "%+v", test)
	}
	_, err := request{}.of("deploy")
	require.ErrorContains(t, err, "usage: ")
}

func TestList(t *testing.T) {
	assert.Equal(t, "a", list([]string{"a"}))
	assert.Equal(t, "a and b", list([]string{"a", "b"}))
	assert.Equal(t, "a, b and c", list([]string{"a", "b", "c"}))
	assert.Equal(t, []string{"a", "b"}, names([]config.Config{config.Defaults("a"), config.Defaults("b")}))
}

func TestDeployed(t *testing.T) {
	t.Chdir(t.TempDir())
	assert.False(t, deployed("pr-42"))
	state := filepath.Join("cdktf.out-pr-42", "stacks", "flask-api-pr-42", "terraform.tfstate.d", "emulated")
	require.NoError(t, os.MkdirAll(state, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(state, "terraform.tfstate"), nil, 0o600))
	assert.False(t, deployed("pr-42"), "only in another workspace")
	require.NoError(t, os.WriteFile("terraform.flask-api-pr-43.tfstate", nil, 0o600))
	assert.True(t, deployed("pr-43"))
	t.Setenv("TF_WORKSPACE", "emulated")
	assert.True(t, deployed("pr-42"))
	assert.False(t, deployed("pr-43"))
}
