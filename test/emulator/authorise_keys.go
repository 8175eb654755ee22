package emulator

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secretKey is the ARN of the key that the secret of the call is encrypted with, or empty
// for AWS's own, which everyone in the account may use.
func (m *memory) secretKey(c *Call, values map[string][]string) string {
	if key := keyOf(values); key != "" {
		return key
	}
	account := m.account.Copy()
	account.Region = c.Region
	secret, err := secretsmanager.NewFromConfig(account).DescribeSecret(background, &secretsmanager.DescribeSecretInput{
		SecretId: aws.String(first(values["SecretId"])),
	})
	if err != nil || secret.KmsKeyId == nil {
		return "" // A secret that is not there is refused by the emulator.
	}
	return keyOf(map[string][]string{"KmsKeyId": {*secret.KmsKeyId}})
}
