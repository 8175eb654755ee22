package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEncryptionKey wants the environment's key to rotate, and to encrypt what
// holds data.
func TestEncryptionKey(t *testing.T) {
	d := deployed(t)
	if !d.cfg.Encryption.CustomerManagedKey {
		return // It is encrypted with keys of AWS.
	}
	alias := "alias/" + d.cfg.StackName()
	key, err := d.kms.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &alias})
	require.NoError(t, err)
	arn := aws.ToString(key.KeyMetadata.Arn)
	assert.True(t, key.KeyMetadata.Enabled, "%s is enabled", arn)
	rotation, err := d.kms.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: &arn})
	require.NoError(t, err)
	assert.True(t, rotation.KeyRotationEnabled, "%s rotates", arn)

	assert.Equal(t, arn, aws.ToString(d.database(t).KmsKeyId), "key of %s", d.cfg.Name("aurora"))
	secret, err := d.secrets.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String(d.cfg.Name("db-credentials"))})
	require.NoError(t, err)
	assert.Equal(t, arn, aws.ToString(secret.KmsKeyId), "key of %s", d.cfg.Name("db-credentials"))
	assert.Equal(t, arn, aws.ToString(d.logGroup(t, "/ecs/").KmsKeyId), "key of the log group")
	require.NotNil(t, d.repository(t).EncryptionConfiguration)
	assert.Equal(t, arn, aws.ToString(d.repository(t).EncryptionConfiguration.KmsKey), "key of %s", d.cfg.Name("ecr"))
}
