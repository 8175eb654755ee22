package e2e

import (
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/emulator"
)

// integrationPolicy is what whoever runs the integration tests needs.
const integrationPolicy = root + "/docs/integration-policy.json"

// services are those that IAM knows by another name than the package of the SDK.
var services = map[string]string{
	"applicationautoscaling": "application-autoscaling", "cloudwatchlogs": "logs", "elb": "elasticloadbalancing", "scaling": "application-autoscaling",
	"sfn": "states",
}

// actionsOf are what IAM calls operations in other words, or wants in addition:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var actionsOf = map[string][]string{
	// The plugin encrypts with the key of the sessions, as whoever opens one:
	// https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html
	"ecs:ExecuteCommand": {"ecs:ExecuteCommand", "kms:GenerateDataKey"},
	"ecs:RunTask":        {"ecs:RunTask", "iam:PassRole"},
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/blue-green-deployments-authorizing-access.html
	"rds:CreateBlueGreenDeployment": {
		"rds:CreateBlueGreenDeployment", "rds:AddTagsToResource", "rds:CreateDBCluster", "rds:CreateDBInstance", "rds:CreateDBClusterEndpoint", "iam:PassRole",
		"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey",
	},
	"rds:CreateDBClusterParameterGroup":  {"rds:CreateDBClusterParameterGroup", "rds:AddTagsToResource"},
	"rds:DeleteBlueGreenDeployment":      {"rds:DeleteBlueGreenDeployment", "rds:DeleteDBCluster", "rds:DeleteDBInstance", "rds:DeleteDBClusterEndpoint"},
	"rds:DeleteDBCluster":                {"rds:DeleteDBCluster", "rds:CreateDBClusterSnapshot"},
	"rds:SwitchoverBlueGreenDeployment":  {"rds:SwitchoverBlueGreenDeployment", "rds:ModifyDBCluster", "rds:PromoteReadReplicaDBCluster"},
	"s3:GetBucketCors":                   {"s3:GetBucketCORS"},
	"s3:GetBucketEncryption":             {"s3:GetEncryptionConfiguration"},
	"s3:GetBucketLifecycleConfiguration": {"s3:GetLifecycleConfiguration"},
	"s3:GetBucketReplication":            {"s3:GetReplicationConfiguration"},
	"s3:GetPublicAccessBlock":            {"s3:GetBucketPublicAccessBlock"},
	"s3:ListBuckets":                     {"s3:ListAllMyBuckets"},
	"secretsmanager:GetSecretValue":      {"secretsmanager:GetSecretValue", "kms:Decrypt"},
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
	"sqs:StartMessageMoveTask": {
		"sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey",
	},
	"wafv2:GetWebACLForResource": {"wafv2:GetWebACLForResource", "elasticloadbalancing:GetLoadBalancerWebACL"},
}

// TestIntegrationPolicyIsExact wants the policy to grant what the integration tests call,
// and nothing else. The lives run them with it.
func TestIntegrationPolicyIsExact(t *testing.T) {
	exact(t, integrationPolicy, "test/integration/*.go", "test/integration/live/*.go")
}

// exact wants a policy to grant what the files call, and the commands of pages, and nothing else.
func exact(t *testing.T, policy string, patterns ...string) {
	t.Helper()
	input, command := regexp.MustCompile(`\b([a-z0-9]+)\.([A-Z]\w+)Input\{`), regexp.MustCompile(`(?m)^aws ([a-z0-9-]+) ([a-z0-9-]+)`)
	called := map[string]bool{}
	calls := func(service, operation string) {
		if name, differs := services[service]; differs {
			service = name
		}
		needed, differ := actionsOf[service+":"+operation]
		if !differ {
			needed = []string{service + ":" + operation}
		}
		for _, action := range needed {
			called[action] = true
		}
	}
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, file := range files {
			// The upgrade has a policy of its own.
			if policy == operatorPolicy && strings.HasPrefix(filepath.Base(file), "upgrade") {
				continue
			}
			text := string(readFile(t, file))
			for _, call := range input.FindAllStringSubmatch(text, -1) {
				calls(call[1], call[2])
			}
			for _, c := range command.FindAllStringSubmatch(text, -1) {
				words := strings.Split(c[2], "-")
				for i, word := range words {
					words[i] = strings.ToUpper(word[:1]) + word[1:]
				}
				calls(c[1], strings.Join(words, ""))
			}
		}
	}
	assert.Equal(t, slices.Sorted(maps.Keys(called)), slices.Sorted(maps.Keys(grants(t, []string{policy}))))
}

// readOnlyAccess is AWS's own policy for whoever reads.
const readOnlyAccess = "arn:aws:iam::aws:policy/ReadOnlyAccess"

// checkReaders wants docs/integration.md to name what AWS's policy of readers lacks.
func (h *harness) checkReaders(t *testing.T) {
	t.Helper()
	client := iam.NewFromConfig(h.aws.Config())
	managed, err := client.GetPolicy(t.Context(), &iam.GetPolicyInput{PolicyArn: aws.String(readOnlyAccess)})
	require.NoError(t, err)
	version, err := client.GetPolicyVersion(t.Context(), &iam.GetPolicyVersionInput{
		PolicyArn: aws.String(readOnlyAccess), VersionId: managed.Policy.DefaultVersionId,
	})
	require.NoError(t, err)
	readOnly, err := url.QueryUnescape(*version.PolicyVersion.Document)
	require.NoError(t, err)
	patterns := regexp.MustCompile(`"([a-z0-9-]+:[A-Za-z*]+)"`).FindAllStringSubmatch(readOnly, -1)
	var lacking []string
	for action := range grants(t, []string{integrationPolicy}) {
		if !slices.ContainsFunc(patterns, func(pattern []string) bool {
			matched, err := path.Match(strings.ToLower(pattern[1]), strings.ToLower(action))
			return err == nil && matched
		}) {
			lacking = append(lacking, action)
		}
	}
	slices.Sort(lacking)
	sentence := regexp.MustCompile("(?s)`ReadOnlyAccess` lacks (.*?)\\.\\s").FindSubmatch(readFile(t, root+"/docs/integration.md"))
	require.NotNil(t, sentence, "what ReadOnlyAccess lacks, in docs/integration.md")
	var named []string
	for _, action := range regexp.MustCompile("`([a-z0-9-]+:[A-Za-z]+)`").FindAllSubmatch(sentence[1], -1) {
		named = append(named, string(action[1]))
	}
	assert.Equal(t, lacking, named, "what ReadOnlyAccess lacks, in docs/integration.md")
	assert.Subset(t, slices.Collect(maps.Keys(grants(t, []string{planPolicy}))), lacking, "what the role of plans has in addition")
}

// without is the role of the integration policy without an action.
func without(t *testing.T, action string) *emulator.Role {
	t.Helper()
	text := string(readFile(t, integrationPolicy))
	require.Contains(t, text, `"`+action+`"`)
	role, err := emulator.NewRole("integration", []byte(strings.Replace(text, `"`+action+`"`, `"none:None"`, 1)))
	require.NoError(t, err)
	return role
}

// checkRefusals wants the integration tests to say which action a role lacks: to fail, or,
// where it may not read the password, to skip what needs it.
func (l *life) checkRefusals(t *testing.T) {
	t.Helper()
	output, code := l.integrationAs(t, without(t, "iam:GetRolePolicy"))
	assert.NotZero(t, code)
	assert.Equal(t, []string{"TestWhatExists"}, results(output, "FAIL"))
	assert.Contains(t, string(output), "aws_iam_role_policy was not compared")
	assert.Contains(t, string(output), "not authorized to perform: iam:GetRolePolicy")

	output, code = l.integrationAs(t, without(t, "secretsmanager:GetSecretValue"))
	assert.Zero(t, code, "%s", tail(output))
	assert.Equal(t, []string{"TestSecret", "TestTaskDefinition"}, slices.Sorted(slices.Values(results(output, "SKIP"))))
	assert.Contains(t, string(output), "not authorized to perform: secretsmanager:GetSecretValue")
}
