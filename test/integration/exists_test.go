package integration

import (
	"os"
	"strings"
	"testing"

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

	env := &live.Environment{Suffix: d.cfg.Suffix, StackName: d.cfg.StackName(), VPC: d.outputs["vpc_id"], AWS: d.sdk, Domain: d.cfg.LoadBalancer.Domain}
	if d.cfg.LoadBalancer.DomainRecords != config.RecordsElsewhere {
		env.Zone = d.cfg.LoadBalancer.HostedZone
	}
	require.NoError(t, env.Identify(t.Context()))
	account, _, _ := strings.Cut(d.outputs["ecr_repository_uri"], ".")
	require.Equal(t, account, env.Account, "the account of the credentials is not the one of the outputs")

	differences, err := live.Differences(t.Context(), env, stack)
	require.NoError(t, err)
	for _, kind := range live.Types(stack) {
		t.Run(kind, func(t *testing.T) {
			for _, difference := range differences[kind] {
				t.Error(difference)
			}
		})
	}
}
