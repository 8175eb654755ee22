package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/stretchr/testify/require"
)

const (
	administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
	stranger      = "210987654321" // another account
)

// accessByHand are changes of who may do what.
func accessByHand() []byHand {
	var all []byHand
	for _, role := range []string{"deploy-role", "flow-logs-role", "rds-monitoring-role"} {
		all = append(all, byHand{
			what: "`AdministratorAccess` is attached to the " + strings.ReplaceAll(role, "-", " "),
			do: func(c *console) {
				call(c, c.iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: c.name(role), PolicyArn: aws.String(administrator)})
			},
			says: []string{"aws_iam_role_policy_attachment", "flask-api-" + role + "-by-hand", "AdministratorAccess"},
		})
	}
	return append(all,
		byHand{
			what: "the task role gets another inline policy",
			do:   func(c *console) { c.allow("task-role", "by-hand", "s3:*", "*") },
			says: []string{"aws_iam_role_policy", "flask-api-task-role-by-hand", "by-hand by-hand)"},
		},
		byHand{
			what: "the execution role may read every secret",
			do:   func(c *console) { c.allow("execution-role", "read-app", "secretsmanager:GetSecretValue", "*") },
			at:   "aws_iam_role_policy.execution_role_read_app.policy",
		},
		byHand{
			what: "anybody may assume the task role",
			do: func(c *console) {
				c.trust("task-role", func(s map[string]any) { s["Principal"] = map[string]any{"AWS": "*"} })
			},
			at: "aws_iam_role.task_role.assume_role_policy",
		},
		byHand{
			what: "the flow log's role is trusted without its `Condition`",
			do:   func(c *console) { c.trust("flow-logs-role", func(s map[string]any) { delete(s, "Condition") }) },
			at:   "aws_iam_role.flow_logs_role.assume_role_policy",
		},
		byHand{
			what: "workflows of every branch may assume the deploy role",
			do: func(c *console) {
				c.trust("deploy-role", func(s map[string]any) {
					delete(s["Condition"].(map[string]any)["StringEquals"].(map[string]any), "token.actions.githubusercontent.com:sub")
				})
			},
			at: "aws_iam_role.deploy_role.assume_role_policy",
		},
		byHand{
			what: "sessions of the deploy role last twelve hours",
			do: func(c *console) {
				call(c, c.iam.UpdateRole, &iam.UpdateRoleInput{RoleName: c.name("deploy-role"), Description: c.of("aws_iam_role.deploy_role", "description"), MaxSessionDuration: aws.Int32(43200)})
			},
			at: "aws_iam_role.deploy_role.max_session_duration",
		},
		byHand{
			what: "the bucket of the access logs is opened to another account",
			do: func(c *console) {
				bucket := c.of("aws_s3_bucket.access_logs_bucket", "id")
				policy := call(c, c.s3.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: bucket}).Policy
				call(c, c.s3.PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: c.opened(policy, "s3:GetObject", "arn:aws:s3:::"+*bucket+"/*")})
			},
			at: "aws_s3_bucket_policy.access_logs_policy.policy",
		},
		byHand{
			what: "the key is opened to another account",
			do: func(c *console) {
				key := c.of("aws_kms_key.encryption_key", "key_id")
				policy := call(c, c.kms.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: key, PolicyName: aws.String("default")}).Policy
				call(c, c.kms.PutKeyPolicy, &kms.PutKeyPolicyInput{KeyId: key, PolicyName: aws.String("default"), Policy: c.opened(policy, "kms:Decrypt", "*")})
			},
			at: "aws_kms_key.encryption_key.policy",
		},
		byHand{
			what: "the secret is opened to another account",
			do: func(c *console) {
				secret := c.of("aws_secretsmanager_secret.credentials_secret", "arn")
				call(c, c.secrets.PutResourcePolicy, &secretsmanager.PutResourcePolicyInput{
					SecretId: secret, ResourcePolicy: c.opened(nil, "secretsmanager:GetSecretValue", "*"),
				})
			},
			says: []string{"aws_secretsmanager_secret_policy", "flask-api-db-credentials-by-hand"},
		},
		byHand{
			what: "the topic of the alarms is opened to another account",
			do: func(c *console) {
				topic := c.of("aws_sns_topic.alarms_topic", "arn")
				policy := call(c, c.sns.GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: topic}).Attributes["Policy"]
				call(c, c.sns.SetTopicAttributes, &sns.SetTopicAttributesInput{
					TopicArn: topic, AttributeName: aws.String("Policy"), AttributeValue: c.opened(&policy, "sns:Subscribe", *topic),
				})
			},
			at: "aws_sns_topic_policy.alarms_topic_policy.policy",
		},
		byHand{
			what: "the repository is opened to another account",
			do: func(c *console) {
				call(c, c.ecr.SetRepositoryPolicy, &ecr.SetRepositoryPolicyInput{
					RepositoryName: c.name("ecr"), PolicyText: c.opened(nil, "ecr:PutImage", ""),
				})
			},
			says: []string{"aws_ecr_repository_policy", "flask-api-ecr-by-hand"},
		},
		byHand{
			what: "a snapshot of the cluster is shared with another account",
			do: func(c *console) {
				snapshot := c.name("shared")
				call(c, c.rds.CreateDBClusterSnapshot, &rds.CreateDBClusterSnapshotInput{
					DBClusterIdentifier: c.name("aurora"), DBClusterSnapshotIdentifier: snapshot,
				})
				call(c, c.rds.ModifyDBClusterSnapshotAttribute, &rds.ModifyDBClusterSnapshotAttributeInput{
					DBClusterSnapshotIdentifier: snapshot, AttributeName: aws.String("restore"), ValuesToAdd: []string{stranger},
				})
			},
			says: []string{"flask-api-shared-by-hand", stranger},
		},
	)
}

// allow puts an inline policy of one statement to a role.
func (c *console) allow(role, policy, action, resource string) {
	c.Helper()
	call(c, c.iam.PutRolePolicy, &iam.PutRolePolicyInput{
		RoleName: c.name(role), PolicyName: &policy,
		PolicyDocument: aws.String(fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": %q, "Resource": %q}]}`, action, resource)),
	})
}

// trust changes the statements of a role's trust policy.
func (c *console) trust(role string, change func(statement map[string]any)) {
	c.Helper()
	found := call(c, c.iam.GetRole, &iam.GetRoleInput{RoleName: c.name(role)})
	document, err := url.QueryUnescape(*found.Role.AssumeRolePolicyDocument)
	require.NoError(c, err)
	policy := c.parsed(&document)
	for _, s := range statements(policy) {
		change(s)
	}
	call(c, c.iam.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: c.name(role), PolicyDocument: c.text(policy)})
}

// opened is the policy, or a new one, with a statement for another account.
func (c *console) opened(policy *string, action, resource string) *string {
	c.Helper()
	document := map[string]any{"Version": "2012-10-17"}
	if policy != nil {
		document = c.parsed(policy)
	}
	statement := map[string]any{"Sid": "ByHand", "Effect": "Allow", "Principal": map[string]any{"AWS": "arn:aws:iam::" + stranger + ":root"}, "Action": action}
	if resource != "" {
		statement["Resource"] = resource
	}
	list, _ := document["Statement"].([]any)
	document["Statement"] = append(list, statement)
	return c.text(document)
}

func statements(policy map[string]any) (all []map[string]any) {
	list, _ := policy["Statement"].([]any)
	for _, s := range list {
		all = append(all, s.(map[string]any))
	}
	return all
}

func (c *console) parsed(policy *string) (document map[string]any) {
	c.Helper()
	require.NoError(c, json.Unmarshal([]byte(*policy), &document))
	return document
}

func (c *console) text(policy map[string]any) *string {
	c.Helper()
	encoded, err := json.Marshal(policy)
	require.NoError(c, err)
	return aws.String(string(encoded))
}
