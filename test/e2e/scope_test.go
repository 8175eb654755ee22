package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/internal/scope"
	"flask-api/test/emulator"
)

// narrowed is a role of the documented policies whose names begin so, narrowed to the
// life's environment.
func (l *life) narrowed(t *testing.T, name string) *emulator.Role {
	t.Helper()
	paths, err := scope.Documents(l.cfg, root+"/docs")
	require.NoError(t, err)
	var documents [][]byte
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), name) {
			parts, err := scope.Narrow(l.cfg, readFile(t, path))
			require.NoError(t, err, path)
			documents = append(documents, parts...)
		}
	}
	role, err := emulator.NewRole(l.cfg.Suffix, documents...)
	require.NoError(t, err)
	return role
}

// narrow has the life deployed and planned by roles that are for its environment alone.
func (l *life) narrow(t *testing.T) {
	t.Helper()
	l.deploys = l.narrowed(t, "deploy-policy")
	l.plans = l.narrowed(t, "plan-policy")
	l.proxy.As(l.deploys)
	t.Cleanup(func() {
		assert.Empty(t, l.deploys.Denied(), "what the narrowed deploy policy does not allow")
		assert.Empty(t, l.plans.Denied(), "what the narrowed plan policy does not allow")
	})
}

// reachesNoOther calls for what is production's, by the policies of another environment.
func (l *life) reachesNoOther(t *testing.T) {
	t.Helper()
	role := l.narrowed(t, "deploy-policy")
	proxy := l.aws.NewProxy()
	defer proxy.Close()
	proxy.As(role)
	account := l.aws.Config()
	account.BaseEndpoint = &proxy.URL
	other := defined(t, "production")
	document := aws.String(`{"Version": "2012-10-17", "Statement": []}`)
	for name, call := range map[string]func() error{
		"ecs:DeleteCluster on arn:aws:ecs:eu-south-1:123456789012:cluster/flask-api-cluster-production": func() error {
			_, err := ecs.NewFromConfig(account).DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: aws.String(other.PhysicalName("cluster"))})
			return err
		},
		"rds:DeleteDBCluster on arn:aws:rds:eu-south-1:123456789012:cluster:flask-api-aurora-production": func() error {
			_, err := rds.NewFromConfig(account).DeleteDBCluster(t.Context(), &rds.DeleteDBClusterInput{DBClusterIdentifier: aws.String(other.PhysicalName("aurora")), SkipFinalSnapshot: aws.Bool(true)})
			return err
		},
		"iam:PutRolePolicy on arn:aws:iam::123456789012:role/flask-api-task-role-production": func() error {
			_, err := iam.NewFromConfig(account).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String(other.PhysicalName("task-role")), PolicyName: aws.String("p"), PolicyDocument: document})
			return err
		},
		"secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-south-1:123456789012:secret:flask-api-db-credentials-production": func() error {
			_, err := secretsmanager.NewFromConfig(account).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(other.PhysicalName("db-credentials"))})
			return err
		},
	} {
		before := len(role.Denied())
		require.Error(t, call(), name)
		require.Len(t, role.Denied(), before+1, name)
		assert.Contains(t, role.Denied()[before], name)
	}
}
