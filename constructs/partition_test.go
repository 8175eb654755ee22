package constructs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/constructs"
	"flask-api/test/stacktest"
)

// TestPartitions synthesises what a protected environment has in parts of AWS with other
// names: nothing in it is called as in "aws", and services as they are called there. Whether
// the provider takes it, the life "partitions" shows.
func TestPartitions(t *testing.T) {
	for region, has := range map[string][]string{
		"cn-north-1":     {"cn.com.amazonaws.cn-north-1.ecr.api", "com.amazonaws.cn-north-1.logs", "logs.cn-north-1.amazonaws.com.cn", "arn:aws-cn:acm:", "638102146993"},
		"us-gov-west-1":  {"com.amazonaws.us-gov-west-1.ecr.api", "logs.us-gov-west-1.amazonaws.com", "arn:aws-us-gov:acm:", "048591011584"},
		"eusc-de-east-1": {"eu.amazonaws.eusc-de-east-1.ecr.api", "logs.eusc-de-east-1.amazonaws.com", "arn:aws-eusc:acm:", "logdelivery.elasticloadbalancing.amazonaws.com"},
	} {
		env := stacktest.Elsewhere()
		partition, known := config.PartitionOf(region)
		require.True(t, known)
		env.Region, env.LoadBalancer.CertificateARN = region, "arn:"+partition.ID+":acm:"+region+":123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
		all := stacktest.Guarded()
		env.Encryption, env.Alarms, env.Network, env.Service, env.LoadBalancer.WAF = all.Encryption, all.Alarms, all.Network, all.Service, all.LoadBalancer.WAF
		env.Deployment.GitHubRepository, env.Deployment.Images = "example/api", config.ImagesExternal
		env.Logs.Stopped = nil
		require.NoError(t, env.Validate())
		dir := t.TempDir()
		constructs.Synthesise(dir, env)
		text, err := os.ReadFile(filepath.Join(dir, "stacks", env.StackName(), "cdk.tf.json")) //nolint:gosec // The test's own.
		require.NoError(t, err)
		for _, part := range has {
			assert.Contains(t, string(text), part, region)
		}
		for _, part := range []string{"arn:aws:", "eu-south"} {
			assert.NotContains(t, string(text), part, region)
		}
	}
}
