package constructs_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/constructs"
	"flask-api/test/golden"
	"flask-api/test/stacktest"
)

type (
	attributes = stacktest.Attributes
	stack      = stacktest.Stack
)

// TestMain closes the one Node process that all tests of this package share.
func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// synthesise returns the JSON of each environment by its suffix.
func synthesise(envs ...config.Config) map[string][]byte {
	dir, err := os.MkdirTemp("", "synth")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	constructs.Synthesise(dir, envs...)
	out := map[string][]byte{}
	for _, env := range envs {
		text, err := os.ReadFile(filepath.Join(dir, "stacks", env.StackName(), "cdk.tf.json")) //nolint:gosec // What was just written.
		if err != nil {
			panic(err)
		}
		out[env.Suffix] = text
	}
	return out
}

// synthesised is the JSON of all environments, which most tests share.
var synthesised = sync.OnceValue(func() map[string][]byte { return synthesise(stacktest.All()...) })

// load decodes one of all environments. Each call makes a new value, which the caller
// may change.
func load(t *testing.T, env config.Config) stack {
	t.Helper()
	text := synthesised()[env.Suffix]
	require.NotNil(t, text, "no environment %q", env.Suffix)
	return stacktest.Decode(t, env, text)
}

// TestGoldenFixtures compares the environments of the tests' own with the JSON that the
// packages are tested with which read what is synthesised.
func TestGoldenFixtures(t *testing.T) {
	const dir = "../testdata/fixtures"
	names := make([]string, 0, len(stacktest.Fixtures()))
	for _, env := range stacktest.Fixtures() {
		names = append(names, env.Suffix+".golden.json")
		golden.Compare(t, filepath.Join(dir, env.Suffix+".golden.json"), stacktest.Reviewable(t, synthesised()[env.Suffix]))
	}
	golden.Only(t, dir, names...)
}
