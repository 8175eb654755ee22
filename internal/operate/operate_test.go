package operate

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

// fake is an AWS of JSON that answers as it is told.
type fake struct {
	*Platform
	out, notes bytes.Buffer

	mu sync.Mutex
	// answers are those to each action, one after the other, and the last one from then on.
	answers map[string][]string
	// calls are the actions with the bodies of their requests.
	calls []string
}

func newFake(t *testing.T, answers map[string][]string) *fake {
	t.Helper()
	f := &fake{answers: answers}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		answer := f.next(action, string(body))
		if strings.HasPrefix(answer, `{"__type"`) {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, err = io.WriteString(w, answer) //nolint:gosec // No browser reads it.
		assert.NoError(t, err)
	}))
	t.Cleanup(server.Close)
	f.Platform = &Platform{Config: config.Defaults("dev"), Out: &f.out, Notes: &f.notes, Plugin: plugin, AWS: aws.Config{
		Region: "eu-south-1", BaseEndpoint: &server.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}}
	return f
}

func (f *fake) next(action, body string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, action+" "+body)
	answers := f.answers[action]
	if len(answers) == 0 {
		return `{"__type":"UnknownOperationException","message":"` + action + ` has no answer"}`
	}
	f.answers[action] = answers[min(1, len(answers)-1):]
	return answers[0]
}

// after waits for a call of an action, and does something.
func (f *fake) after(action string, do func()) {
	for len(f.called(action)) == 0 {
		time.Sleep(time.Millisecond)
	}
	do()
}

// called are the bodies of the calls of an action.
func (f *fake) called(action string) (bodies []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range f.calls {
		if body, ok := strings.CutPrefix(call, action+" "); ok {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

func TestConnectNamesWhatLacks(t *testing.T) {
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	_, err := Connect(t.Context(), "dev", func(string) string { return "" })
	require.ErrorContains(t, err, "no AWS credentials were found; sign in")
	_, err = Connect(t.Context(), "No Name", func(string) string { return "" })
	require.ErrorContains(t, err, "Suffix")
}

// TestNothingIsDeployed wants one sentence for each way in which AWS says that there is
// nothing, or that it does not say.
func TestNothingIsDeployed(t *testing.T) {
	for answer, want := range map[string]string{
		`{"services":[]}`:                                         "nothing is deployed as flask-api-dev in eu-south-1 of this account: make deploy ENVIRONMENT=dev",
		`{"services":[{"status":"INACTIVE"}]}`:                    "nothing is deployed",
		`{"__type":"ClusterNotFoundException"}`:                   "nothing is deployed",
		`{"__type":"AccessDeniedException","message":"not you"}`:  "asking ECS for flask-api-service-dev: AccessDeniedException: not you; docs/operator-policy.json is what this needs",
		`{"__type":"ExpiredTokenException","message":"too late"}`: "ExpiredTokenException: too late; sign in again",
	} {
		f := newFake(t, map[string][]string{"DescribeServices": {answer}})
		_, err := f.Status(t.Context(), true)
		require.ErrorContains(t, err, want)
	}
	f := newFake(t, map[string][]string{"FilterLogEvents": {`{"__type":"ResourceNotFoundException"}`}})
	require.ErrorContains(t, f.Logs(t.Context(), LogQuery{}), "nothing is deployed")
}
