package workflows

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// standIn is an AWS CLI that knows a deployment's answers, and leaves the call of the function to
// the real one, which gives a connection up sooner and calls where the test listens.
const standIn = `#!/bin/sh
case "$1 $2 $*" in
"lambda invoke "*"--cli-read-timeout 200"*) exec "$REAL_AWS" "$@" --endpoint-url "$LAMBDA" --cli-read-timeout 1 ;;
*repositoryUri*) echo 123456789012.dkr.ecr.eu-south-1.amazonaws.com/api ;;
"ecs describe-task-definition"*) echo '{"taskDefinition": {"containerDefinitions": [{}]}}' ;;
*rolloutState*) echo COMPLETED ;;
*) echo made ;;
esac
`

// answer is what a call of the function gets.
type answer func(http.ResponseWriter, *http.Request)

func cut(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

// silent says nothing until the other side gives up.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // Only then does the server look for its end.
	<-r.Context().Done()
}

func says(status int, text string, header ...string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

// TestReleaseIsCalledAgain has the real AWS CLI lose the connection to the function, in the
// script and in the example for other pipelines: it calls again until there is an answer, and
// takes a failure for one.
func TestReleaseIsCalledAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for connections that are silent; not with -short")
	}
	for _, tool := range []string{"aws", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.NotEqual(t, "true", os.Getenv("CI"), "the release command needs %s", tool)
			t.Skipf("the release command is not called: %s is missing", tool)
		}
	}
	page, err := os.ReadFile("../../docs/pipeline.md")
	require.NoError(t, err)
	example := regexp.MustCompile("(?s)## The release command.*?```sh\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, example)
	script, err := filepath.Abs("../../scripts/deploy-image")
	require.NoError(t, err)
	program, err := exec.LookPath("aws")
	require.NoError(t, err)

	done := says(http.StatusOK, `{"task": "0f3c", "exit_code": 0}`)
	failed := says(http.StatusOK, `{"errorMessage": "no such column"}`, "X-Amz-Function-Error", "Unhandled")
	refused := says(http.StatusForbidden, `{"message": "not allowed"}`, "X-Amzn-ErrorType", "AccessDeniedException")
	for name, test := range map[string]struct {
		answers []answer
		prints  string // Nothing where the release is done.
	}{
		"at once": {[]answer{done}, ""},
		"cut":     {[]answer{cut, silent, cut, silent, done}, ""},
		"failed":  {[]answer{cut, failed, done}, "no such column"},
		"refused": {[]answer{refused, done}, "not allowed"},
	} {
		for caller, command := range map[string][]string{
			"script":  {script, "dev", "sha256:" + strings.Repeat("0", 64)},
			"example": {"bash", "-c", string(example[1])},
		} {
			t.Run(name+"/"+caller, func(t *testing.T) {
				t.Parallel()
				var calls atomic.Int32
				lambda := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					test.answers[min(int(calls.Add(1)), len(test.answers))-1](w, r)
				}))
				defer lambda.Close()
				dir := t.TempDir()
				require.NoError(t, os.WriteFile(filepath.Join(dir, "aws"), []byte(standIn), 0o700)) //nolint:gosec // A program.
				run := exec.CommandContext(t.Context(), command[0], command[1:]...)                 //nolint:gosec // The repository's own.
				run.Dir = dir
				run.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "REAL_AWS="+program, "LAMBDA="+lambda.URL, "INTERVAL=0",
					"REPOSITORY=api", "TAG=v1", "AWS_REGION=eu-south-1", "AWS_DEFAULT_REGION=eu-south-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test")
				output, err := run.CombinedOutput()
				assert.Equal(t, test.prints == "", err == nil, "%s", output)
				assert.Contains(t, string(output), test.prints)
				wanted := len(test.answers)
				if test.prints != "" {
					wanted-- // The last one stands for what would be asked of it again.
				}
				assert.EqualValues(t, wanted, calls.Load(), "%s", output)
			})
		}
	}
}
