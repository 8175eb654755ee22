package live

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// knowing is the environment dev of an account that has these roles.
func knowing(roles ...string) *Environment {
	env := &Environment{Suffix: "dev", StackName: "flask-api-dev", Account: "123456789012", Region: "eu-south-1"}
	_, _ = env.once("roles", func() ([]Attributes, error) {
		return Values(roles, func(name string) Attributes { return Attributes{"name": name} }), nil
	})()
	return env
}

func TestNamesOfTheEnvironment(t *testing.T) {
	t.Parallel()
	env := knowing("flask-api-execution-role-dev", "flask-api-execution-role-x-dev", "other")
	for name, want := range map[string]bool{
		"flask-api-dev": true, "flask-api-anything-dev": true, "flask-api-cluster-dev": true,
		"flask-api-cluster-x-dev": false, "flask-api-x-dev": false, "flask-api-cluster-prod": false, "cluster-dev": false, "flask-api-devdev": false,
	} {
		got, err := env.owns(t.Context(), name)
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
	for name, want := range map[string]bool{
		"/ecs/flask-api-dev": true, "aws-waf-logs-flask-api-dev": true, "/aws/rds/cluster/flask-api-aurora-dev/postgresql": true,
		"/ecs/flask-api-x-dev": false, "/aws/ecs/containerinsights/flask-api-cluster-dev/performance": false, "/ecs/other": false,
	} {
		got, err := env.ownsLogs(t.Context(), name)
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
}

func TestNamesOfTerraform(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ID": "id", "OKActions": "ok_actions", "SSEAlgorithm": "sse_algorithm", "KMSMasterKeyID": "kms_master_key_id",
		"S3BucketName": "s3_bucket_name", "CloudWatchLogGroupName": "cloud_watch_log_group_name", "SizeInGiB": "size_in_gib",
	} {
		assert.Equal(t, want, snake(name), name)
	}
	assert.Equal(t, "readonlyRootFilesystem", camel("ReadonlyRootFilesystem"))
}

func TestWhomAPolicyOfLogsLetsIn(t *testing.T) {
	t.Parallel()
	const group = "arn:aws:logs:eu-south-1:123456789012:log-group:/ecs/flask-api-dev"
	for document, want := range map[string]bool{
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"logs:*","Resource":"*"}]}`:                                          true,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:*","Resource":["x","` + group + `:*"]}]}`:                                         true,
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"a","AWS":"1"},"Action":"logs:*","Resource":"*"}]}`:                                       true,
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"*"}]}`:            false,
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"logs:*","Resource":"*"}]}`:                                                              false,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:*","Resource":"arn:aws:logs:eu-south-1:123456789012:log-group:/aws/route53/*"}]}`: false,
	} {
		assert.Equal(t, want, lets(document, group), document)
	}
}
