package integration

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secret is the current version of the database's credentials. Its values must
// not get into any message.
type secret struct {
	arn    string
	values map[string]any
}

func (d *deployment) secret(t *testing.T) secret {
	t.Helper()
	return d.labelledSecret(t, "AWSCURRENT")
}

func (d *deployment) labelledSecret(t *testing.T, label string) secret {
	t.Helper()
	name := d.cfg.PhysicalName("db-credentials")
	found, err := d.secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{
		SecretId: &name, VersionStage: &label,
	})
	var answer smithy.APIError
	if errors.As(err, &answer) && strings.HasPrefix(answer.ErrorCode(), "AccessDenied") {
		t.Skipf("NOT CHECKED, since these credentials may not read the value of %s: %v", name, err)
	}
	require.NoError(t, err)
	s := secret{arn: aws.ToString(found.ARN)}
	decoder := json.NewDecoder(strings.NewReader(aws.ToString(found.SecretString)))
	decoder.UseNumber()
	if decoder.Decode(&s.values) != nil {
		t.Fatalf("%s does not hold a JSON object", name)
	}
	return s
}

func TestSecret(t *testing.T) {
	d := deployed(t)
	secret := d.secret(t)
	assert.Equal(t, []string{"dbname", "engine", "password", "port", "username"},
		slices.Sorted(maps.Keys(secret.values)), "keys of %s", secret.arn)
	for key, want := range map[string]any{
		"username": d.cfg.Database.Username,
		"engine":   "postgres",
		"port":     json.Number(strconv.Itoa(d.cfg.Database.Port)),
		"dbname":   d.cfg.Database.Name,
	} {
		if secret.values[key] != want {
			t.Errorf("%s: %s is not %v", secret.arn, key, want)
		}
	}
	described, err := d.secrets.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: &secret.arn})
	require.NoError(t, err)
	// A secret whose password was never rotated since it had one version only has no other label.
	pending := slices.Contains(slices.Concat(slices.Collect(maps.Values(described.VersionIdsToStages))...), "AWSPENDING")
	if pending && !reflect.DeepEqual(d.labelledSecret(t, "AWSPENDING").values, secret.values) {
		t.Errorf("%s: the newest version is not the current one: a rotation has not ended", secret.arn)
	}
	if password, _ := secret.values["password"].(string); len(password) < 8 {
		t.Errorf("%s: the password has %d characters, and RDS takes 8 or more", secret.arn, len(password))
	}
}
