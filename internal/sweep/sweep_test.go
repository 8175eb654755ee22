package sweep

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// stub takes the place of Terraform: it notes what it is asked, and a destruction empties
// the state that the stack names, unless it is interrupted, by itself or from outside.
const stub = `#!/bin/sh
echo "$@" >> "$CALLS"
case "$*" in *" destroy "*) ;; *) exit 0 ;; esac
[ -z "$INTERRUPTED" ] || exit 1
if [ -n "$WAITS" ]; then
	trap 'echo interrupted >> "$CALLS"; exit 1' INT
	echo "group $(ps -o pgid= -p $$)" >> "$CALLS"
	while :; do sleep 0.1; done
fi
dir=${1#-chdir=}
state=$dir/$(sed -n 's/.*"path":"\([^"]*\)".*/\1/p' "$dir/cdk.tf.json")
grep -q "flask-api-vpc-$(basename "$dir" | sed s/flask-api-//)" "$dir/cdk.tf.json" || exit 3
echo '{"version": 4, "resources": []}' > "$state"
`

const template = `{"terraform":{"backend":{"local":{"path":"../../../terraform.flask-api-sweep-pr.tfstate"}}},` +
	`"provider":{"aws":[{"region":"eu-south-1","default_tags":[{"tags":{"Environment":"preview","Like":"dev"}}]}]},` +
	`"resource":{"aws_vpc":{"networking_vpc":{"tags":{"Name":"flask-api-vpc-sweep-pr"}}},"aws_route":{"networking_route":{}}},` +
	`"data":{"aws_partition":{"partition":{}}},"output":{"vpc_id":{}}}`

// empty is a state of which everything was destroyed.
const empty = `{"version": 4, "resources": []}`

// state is that of an environment with the tags, and with a data source, which is nothing.
func state(tags string) string {
	return `{"version": 4, "outputs": {"vpc_id": {}}, "resources": [
		{"mode": "data", "type": "aws_partition", "name": "partition", "instances": [{"attributes": {}}]},
		{"mode": "managed", "type": "aws_route", "name": "networking_route", "instances": [{"attributes": {"id": "it"}}]},
		{"mode": "managed", "type": "aws_vpc", "name": "networking_vpc", "instances": [{"attributes": {"tags_all": {` + tags + `}}}]}]}`
}

const expired = `"Environment": "preview", "Like": "dev", "ExpiresAt": "2026-01-31"`

// fixture is a sweeper in a folder with states, whose Terraform is the stub.
func fixture(t *testing.T, states map[string]string) (s *Sweeper, root string, said *bytes.Buffer) {
	t.Helper()
	root = t.TempDir()
	stack := filepath.Join(root, "cdktf.out-sweep", "stacks", "flask-api-"+Template)
	require.NoError(t, os.MkdirAll(stack, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(stack, "cdk.tf.json"), []byte(template), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "terraform"), []byte(stub), 0o700)) //nolint:gosec // A program.
	for name, text := range states {
		require.NoError(t, os.WriteFile(filepath.Join(root, "terraform."+name+".tfstate"), []byte(text), 0o600))
	}
	t.Setenv("TERRAFORM", filepath.Join(root, "terraform"))
	t.Setenv("CALLS", filepath.Join(root, "calls"))
	said = &bytes.Buffer{}
	return &Sweeper{Folder: stack, Now: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Out: said}, root, said
}

// names are the stacks that have a state.
func names(t *testing.T, root string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "*.tfstate"))
	require.NoError(t, err)
	for _, file := range files {
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "terraform."), ".tfstate"))
	}
	return all
}

// TestSweep wants what has expired to be destroyed, and nothing else to be touched.
func TestSweep(t *testing.T) {
	live := strings.ReplaceAll(expired, "2026-01-31", "2026-02-02")
	s, root, said := fixture(t, map[string]string{
		"flask-api-pr-1":       state(expired),
		"flask-api-pr-2":       state(live),
		"flask-api-pr-3":       empty, // Destroyed, and interrupted then.
		"flask-api-pr-4":       state(strings.ReplaceAll(expired, `"dev"`, `"staging"`)),
		"flask-api-pr-5":       state(strings.ReplaceAll(expired, "preview", "production")),
		"flask-api-pr-6":       state(`"Environment": "preview", "Like": "dev"`),
		"flask-api-pr-7":       state(""),
		"flask-api-dev":        state(expired),
		"flask-api-production": empty,
		"other-pr-1":           state(expired),
	})
	left, err := s.Sweep(t.Context(), "")
	require.NoError(t, err)
	assert.Empty(t, left)
	kept := []string{"flask-api-dev", "flask-api-pr-2", "flask-api-pr-4", "flask-api-pr-5", "flask-api-pr-6", "flask-api-pr-7", "flask-api-production"}
	assert.ElementsMatch(t, append(kept, "other-pr-1"), names(t, root)) // Their order hangs on the platform's name.
	assert.Contains(t, said.String(), "flask-api-pr-1: destroyed, 2 resources\n")
	assert.NotContains(t, said.String(), "pr-2")
	calls, err := os.ReadFile(filepath.Join(root, "calls")) //nolint:gosec // The test's own.
	require.NoError(t, err)
	assert.Regexp(t, `(?s)^-chdir=\S+/flask-api-pr-1 init .*-reconfigure.*-target=terraform_data.identity.* destroy .*-lock-timeout=10m`, string(calls))
	assert.NoDirExists(t, filepath.Join(root, "cdktf.out-sweep", "stacks", "flask-api-pr-1"))

	// What nothing is known of any more is what an interrupted destruction has left.
	s.Now = time.Now().Add(25 * time.Hour)
	_, err = s.Sweep(t.Context(), "")
	require.NoError(t, err)
	assert.NotContains(t, names(t, root), "flask-api-pr-7")
	assert.NotContains(t, names(t, root), "flask-api-pr-2", "time has gone on")
}

// TestSweepOne destroys the one that is named, whether or not it has expired.
func TestSweepOne(t *testing.T) {
	s, root, _ := fixture(t, map[string]string{"flask-api-pr-1": state(strings.ReplaceAll(expired, "2026", "2126")), "flask-api-pr-2": state(expired)})
	left, err := s.Sweep(t.Context(), "pr-1")
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Equal(t, []string{"flask-api-pr-2"}, names(t, root))
}

// TestSweepLeavesOthers wants what only begins with the same name to be left, and named, however old it is.
func TestSweepLeavesOthers(t *testing.T) {
	resource := func(module, kind, name, attributes string) string {
		return `{"version": 4, "resources": [{"module": "` + module + `", "mode": "managed", "type": "` + kind + `", "name": "` + name + `", "instances": [{"attributes": {` + attributes + `}}]}]}`
	}
	for name, c := range map[string]struct{ state, because string }{
		"other tags":     {state(`"Team": "web"`), "its resources have other tags than those of a preview"},
		"none":           {resource("", "aws_s3_bucket", "states", `"tags_all": {}`), "it has aws_s3_bucket.states, which nothing like dev has"},
		"another kind":   {resource("", "github_repository", "it", `"tags_all": ["a"]`), "it has github_repository.it, which"},
		"a module":       {resource("module.network", "aws_vpc", "networking_vpc", ""), "it has module.network.aws_vpc.networking_vpc, which"},
		"data alone":     {`{"version": 4, "resources": [{"mode": "data", "type": "aws_vpc", "name": "networking_vpc"}]}`, "it has data.aws_vpc.networking_vpc, which"},
		"outputs alone":  {`{"version": 4, "outputs": {"zone": {}}, "resources": []}`, "it has output.zone, which"},
		"encrypted":      {`{"serial": 1, "lineage": "x", "encrypted_data": "x", "encryption_version": "v0"}`, "its state is not of version 4, or is encrypted"},
		"of older times": {`{"version": 3, "modules": []}`, "its state is not of version 4"},
	} {
		for _, named := range []string{"", "web"} {
			s, root, said := fixture(t, map[string]string{"flask-api-web": c.state})
			s.Now = time.Now().Add(25 * time.Hour)
			left, err := s.Sweep(t.Context(), named)
			require.NoError(t, err, name)
			assert.Empty(t, left, name)
			assert.Equal(t, []string{"flask-api-web"}, names(t, root), name)
			assert.NoFileExists(t, filepath.Join(root, "calls"), name)
			assert.Contains(t, said.String(), "flask-api-web: nothing was destroyed: "+c.because, name)
		}
	}
}

// TestSweepSaysThatNothingHappened wants a reason where the one that is named is not destroyed.
func TestSweepSaysThatNothingHappened(t *testing.T) {
	for name, because := range map[string]string{
		"pr-1":                          "there is no state of it",
		"pr-4":                          "it is like staging, and not like dev: LIKE=staging",
		"pr-5":                          "it is no preview: its tag Environment is production",
		config.Environments()[0].Suffix: "config/environments.go defines it",
	} {
		s, root, said := fixture(t, map[string]string{
			"flask-api-pr-4": state(strings.ReplaceAll(expired, `"dev"`, `"staging"`)),
			"flask-api-pr-5": state(strings.ReplaceAll(expired, "preview", "production")),
			"flask-api-dev":  state(expired),
		})
		left, err := s.Sweep(t.Context(), name)
		require.NoError(t, err)
		assert.Empty(t, left)
		assert.Len(t, names(t, root), 3)
		assert.Equal(t, "flask-api-"+name+": nothing was destroyed: "+because+"\n", said.String())
	}
}

// TestInterruptedSweep wants an interrupted one to keep the state and to say what is left,
// and the next one to finish.
func TestInterruptedSweep(t *testing.T) {
	s, root, said := fixture(t, map[string]string{"flask-api-pr-1": state(expired)})
	t.Setenv("INTERRUPTED", "1")
	left, err := s.Sweep(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, []string{"flask-api-pr-1"}, left)
	assert.Contains(t, said.String(), "flask-api-pr-1: 2 of 2 resources are left; run this again. terraform destroy: exit status 1")
	assert.Equal(t, []string{"flask-api-pr-1"}, names(t, root))
	t.Setenv("INTERRUPTED", "")
	left, err = s.Sweep(t.Context(), "")
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Empty(t, names(t, root))

	ended, end := context.WithCancel(t.Context())
	end()
	s, _, _ = fixture(t, map[string]string{"flask-api-pr-1": state(expired), "flask-api-pr-2": state(expired)})
	left, err = s.Sweep(ended, "")
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"flask-api-pr-1"}, left)
}

// TestInterruptedByTerminal wants Ctrl-C, which a terminal sends to all of its foreground
// group, to reach Terraform once.
func TestInterruptedByTerminal(t *testing.T) {
	s, root, _ := fixture(t, map[string]string{"flask-api-pr-1": state(expired)})
	t.Setenv("WAITS", "1")
	calls := func() string {
		text, err := os.ReadFile(filepath.Join(root, "calls")) //nolint:gosec // The test's own.
		if err != nil {
			return ""
		}
		return string(text)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		for !strings.Contains(calls(), "group ") {
			time.Sleep(10 * time.Millisecond)
		}
		interrupt()
	}()
	_, err := s.Sweep(ctx, "")
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, strings.Count(calls(), "interrupted"))
	assert.NotRegexp(t, fmt.Sprintf(`(?m)^group +%d$`, syscall.Getpgrp()), calls())
	assert.Equal(t, []string{"flask-api-pr-1"}, names(t, root))
}

// TestSweepRefuses wants another stack, and one whose states it cannot list, to be refused.
func TestSweepRefuses(t *testing.T) {
	s, root, _ := fixture(t, nil)
	file := filepath.Join(s.Folder, "cdk.tf.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"terraform": {"cloud": {}}}`), 0o600))
	_, err := s.Sweep(t.Context(), "")
	require.ErrorContains(t, err, "Terraform Cloud")
	require.NoError(t, os.Rename(s.Folder, filepath.Join(root, "flask-api-dev")))
	s.Folder = filepath.Join(root, "flask-api-dev")
	_, err = s.Sweep(t.Context(), "")
	require.ErrorContains(t, err, "is not the stack of sweep-pr")
}

// TestBucket lists, reads and removes states in a bucket, and leaves locks alone.
func TestBucket(t *testing.T) {
	objects := map[string]string{"flask-api-pr-1.tfstate": empty, "flask-api-web/terraform.tfstate": empty, "flask-api-pr-2.tfstate.tflock": "{}"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.URL.Path, "/states/")
		switch {
		case r.Method == http.MethodDelete:
			delete(objects, key)
			w.WriteHeader(http.StatusNoContent)
		case r.URL.Query().Has("list-type"):
			_, _ = io.WriteString(w, "<ListBucketResult>")
			for key := range objects {
				_, _ = fmt.Fprintf(w, "<Contents><Key>%s</Key><LastModified>2026-01-31T00:00:00Z</LastModified></Contents>", key)
			}
			_, _ = io.WriteString(w, "</ListBucketResult>")
		default:
			_, _ = io.WriteString(w, objects[key])
		}
	}))
	defer server.Close()
	s, _, said := fixture(t, nil)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	text := strings.Replace(template, `"local":{"path":"../../../terraform.flask-api-sweep-pr.tfstate"}`, `"s3":{"bucket":"states","key":"flask-api-sweep-pr.tfstate","region":"eu-south-1"}`, 1)
	require.NoError(t, os.WriteFile(filepath.Join(s.Folder, "cdk.tf.json"), []byte(text), 0o600))
	s.AWS = aws.Config{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "key", SecretAccessKey: "secret"}, nil
	})}
	left, err := s.Sweep(t.Context(), "")
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Equal(t, map[string]string{"flask-api-pr-2.tfstate.tflock": "{}", "flask-api-web/terraform.tfstate": empty}, objects)
	assert.Equal(t, "flask-api-pr-1: destroyed, 0 resources\n", said.String())
}
