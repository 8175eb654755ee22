package integration

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/integration/live"
)

// TestWhatExists compares everything that is there with everything that was synthesised,
// type by type.
func TestWhatExists(t *testing.T) {
	d := deployed(t)
	file := os.Getenv("INTEGRATION_STACK")
	require.NotEmpty(t, file, "INTEGRATION_STACK names the cdk.tf.json that was deployed")
	text, err := os.ReadFile(file) //nolint:gosec // Whoever runs the tests names the file.
	require.NoError(t, err)
	stack, err := live.Parse(text)
	require.NoError(t, err, file)

	differences, err := live.Differences(t.Context(), d.environment, stack)
	require.NoError(t, err)
	for _, kind := range live.Types(stack) {
		t.Run(kind, func(t *testing.T) {
			for _, difference := range differences[kind] {
				t.Error(difference)
			}
		})
	}
}

// environment is what was deployed, if the credentials are of its account.
func environment(ctx context.Context, cfg config.Config, outputs map[string]string, sdk aws.Config) (*live.Environment, error) {
	env := &live.Environment{Suffix: cfg.Suffix, StackName: cfg.StackName(), VPC: outputs["vpc_id"], Shared: cfg.Network.InExistingVPC(), AWS: sdk, Domains: cfg.LoadBalancer.Names()}
	if cfg.LoadBalancer.DomainRecords.Written() {
		env.Zone = cfg.LoadBalancer.HostedZone
	}
	if err := env.Identify(ctx); err != nil {
		return nil, err
	}
	if account, _, _ := strings.Cut(outputs["ecr_repository_uri"], "."); account != env.Account {
		return nil, fmt.Errorf("the credentials are of account %s, and the outputs are of %s; use credentials of that one", env.Account, account)
	}
	return env, nil
}

// TestAnotherAccount wants one sentence for credentials of another account than that of
// the outputs.
func TestAnotherAccount(t *testing.T) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<R><GetCallerIdentityResult><Arn>arn:aws:iam::222222222222:root</Arn><Account>222222222222</Account></GetCallerIdentityResult></R>`)
	}))
	defer sts.Close()
	sdk := aws.Config{Region: "eu-south-1", BaseEndpoint: &sts.URL, Credentials: aws.CredentialsProviderFunc(
		func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "key"}, nil
		},
	)}
	_, err := environment(t.Context(), config.Defaults("dev"), map[string]string{"ecr_repository_uri": "111111111111.dkr.ecr.eu-south-1.amazonaws.com/r"}, sdk)
	require.EqualError(t, err, "the credentials are of account 222222222222, and the outputs are of 111111111111; use credentials of that one")
	env, err := environment(t.Context(), config.Defaults("dev"), map[string]string{"ecr_repository_uri": "222222222222.dkr.ecr.eu-south-1.amazonaws.com/r"}, sdk)
	require.NoError(t, err)
	require.Equal(t, "aws", env.Partition)
}
