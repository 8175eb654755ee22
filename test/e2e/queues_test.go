package e2e

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
)

// withQueues has three queues, two buckets and a permission.
func withQueues(suffix string) config.Config {
	c := config.Defaults(suffix)
	for _, name := range []string{"orders", "mail", "thumbnails"} {
		c.Queues = append(c.Queues, config.Queue{Name: name, VisibilityTimeoutSeconds: 30, RetentionDays: 4, MaxReceives: 2, OldestMessageAlarmMinutes: 10})
	}
	c.Buckets = []config.Bucket{{Name: "uploads", CORSOrigins: []string{"https://shop.example.com"}, ExpireDays: 365}, {Name: "reports"}}
	c.Service.Permissions = []config.Permission{{Actions: []string{"textract:DetectDocumentText"}, Resources: []string{"*"}}}
	c.Alarms.Enabled, c.Encryption.CustomerManagedKey = true, true
	return c
}

// queued deploys queues and buckets, has fewer of them, protects them, and tries to remove
// them nevertheless.
func (l *life) queued(t *testing.T) {
	t.Helper()
	r := l.beginDeployed(t, "25. queues and buckets, fewer of them, protected, and removed nevertheless")
	r.changes = l.unchanged(t)
	l.checkQueues(t)
	l.checkBuckets(t, "")

	fewer := l.cfg
	fewer.Queues, fewer.Buckets = []config.Queue{l.cfg.Queues[0], l.cfg.Queues[2]}, []config.Bucket{{Name: "uploads", ExpireDays: 30}}
	l.replaceStack(t, fewer)
	assert.Equal(t, []string{
		"aws_cloudwatch_metric_alarm.alarms_queue_mail_age", "aws_cloudwatch_metric_alarm.alarms_queue_mail_dead_letters",
		"aws_iam_role_policy.task_role_send_to_queue_mail", "aws_iam_role_policy.task_role_use_bucket_reports", "aws_s3_bucket.bucket_reports_bucket",
		"aws_s3_bucket_cors_configuration.bucket_uploads_cors",
		"aws_s3_bucket_lifecycle_configuration.bucket_reports_expiry", "aws_s3_bucket_ownership_controls.bucket_reports_ownership",
		"aws_s3_bucket_policy.bucket_reports_policy", "aws_s3_bucket_public_access_block.bucket_reports_public_access_block",
		"aws_s3_bucket_server_side_encryption_configuration.bucket_reports_encryption",
		"aws_sqs_queue.queue_mail_dead_letters", "aws_sqs_queue.queue_mail_queue", "aws_sqs_queue_redrive_allow_policy.queue_mail_redrive_allow_policy",
	}, l.deletedBy(t))
	l.apply(t, l.stackDir())
	l.cfg = fewer
	assert.Zero(t, l.unchanged(t))
	l.checkQueues(t)

	l.keepsQueues(t)
	l.checkBuckets(t, "Enabled")
	l.unprotect(t)
	l.checkBuckets(t, "Suspended")
	l.endDestroyed(t, r)
}

// deletedBy are the addresses of what the next apply deletes.
func (l *life) deletedBy(t *testing.T) []string {
	t.Helper()
	var deleted []string
	for address, action := range l.plan(t, l.stackDir()) {
		if action == "delete" {
			deleted = append(deleted, address)
		}
	}
	slices.Sort(deleted)
	return deleted
}

// keepsQueues protects the environment, and removes a queue and a bucket from the
// configuration, with what is in them: AWS refuses both, and nothing of them is changed.
func (l *life) keepsQueues(t *testing.T) {
	t.Helper()
	protected := l.cfg
	protected.Protected = true
	protected.Acknowledged = []config.Gap{config.PlainHTTP, config.SilentAlarms, config.StillPlaceholder}
	l.replaceStack(t, protected)
	l.apply(t, l.stackDir())
	kept := l.stateResources(t)

	for _, without := range []func(*config.Config){
		func(c *config.Config) { c.Queues = c.Queues[:1] },
		func(c *config.Config) { c.Buckets = nil },
	} {
		removed := protected
		without(&removed)
		l.replaceStack(t, removed)
		output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "apply", "-auto-approve", "-input=false", "-no-color")
		assert.NotZero(t, code)
		assert.Contains(t, strings.Join(strings.Fields(strings.ReplaceAll(string(output), "│", "")), " "), "with an explicit deny in a resource-based policy")
		assert.Subset(t, l.stateResources(t), slices.DeleteFunc(slices.Clone(kept), func(address string) bool {
			return !strings.HasPrefix(address, "aws_sqs_queue.") && !strings.Contains(address, ".bucket_")
		}), "what is left")
	}
	l.replaceStack(t, protected)
	l.apply(t, l.stackDir())
	assert.Equal(t, kept, l.stateResources(t))
	_, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "destroy", "-auto-approve", "-input=false", "-no-color")
	assert.NotZero(t, code, "prevent_destroy")
}

// checkQueues sends a message that nobody can do anything with to each queue, and finds it
// among the dead letters; the task role may send, and nothing else.
func (l *life) checkQueues(t *testing.T) {
	t.Helper()
	client, role := sqs.NewFromConfig(l.aws.Config()), l.taskRole(t)
	for _, q := range l.cfg.Queues {
		address := func(name string) *string {
			found, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
			require.NoError(t, err, name)
			return found.QueueUrl
		}
		queue, dead := address(l.cfg.PhysicalName("queue-"+q.Name)), address(l.cfg.PhysicalName("dead-letters-"+q.Name))
		_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: queue, MessageBody: aws.String("of " + q.Name)})
		require.NoError(t, err)
		receive := func(from *string) []types.Message {
			received, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: from})
			require.NoError(t, err)
			for _, m := range received.Messages { // Given up at once.
				_, err = client.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: from, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0})
				require.NoError(t, err)
			}
			return received.Messages
		}
		for range q.MaxReceives {
			assert.Len(t, receive(queue), 1, q.Name)
		}
		assert.Empty(t, receive(queue), q.Name)
		found := receive(dead)
		require.Len(t, found, 1, q.Name)
		assert.Equal(t, "of "+q.Name, *found[0].Body)
		_, err = client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: dead, ReceiptHandle: found[0].ReceiptHandle})
		require.NoError(t, err)

		const account = "arn:aws:sqs:eu-south-1:123456789012:"
		arn := account + l.cfg.PhysicalName("queue-"+q.Name)
		assert.True(t, role.Allows("sqs:SendMessage", arn, nil), q.Name)
		assert.False(t, role.Allows("sqs:ReceiveMessage", arn, nil), q.Name)
		assert.True(t, l.operatorRole.Allows("sqs:SendMessage", arn, nil), q.Name)
		assert.True(t, l.operatorRole.Allows("sqs:StartMessageMoveTask", account+l.cfg.PhysicalName("dead-letters-"+q.Name), nil), q.Name)
	}
	assert.True(t, role.Allows("textract:DetectDocumentText", "*", nil))
}

// checkBuckets looks at the versioning and the origins of the buckets, and at what the task
// role may do with objects: all that presigned URLs of it need.
func (l *life) checkBuckets(t *testing.T, versioning string) {
	t.Helper()
	client, role := s3.NewFromConfig(l.aws.Config(), func(o *s3.Options) { o.UsePathStyle = true }), l.taskRole(t)
	for _, b := range l.cfg.Buckets {
		name := l.cfg.PhysicalName("bucket-"+b.Name) + "-123456789012"
		versions, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: &name})
		require.NoError(t, err)
		assert.Equal(t, versioning, string(versions.Status), b.Name)
		origins, err := client.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: &name})
		if len(b.CORSOrigins) > 0 {
			require.NoError(t, err)
			assert.Equal(t, b.CORSOrigins, origins.CORSRules[0].AllowedOrigins)
		} else {
			require.ErrorContains(t, err, "NoSuchCORSConfiguration", b.Name)
		}
		for _, action := range []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"} {
			assert.True(t, role.Allows(action, "arn:aws:s3:::"+name+"/a/b.png", nil), action)
		}
		assert.False(t, role.Allows("s3:PutObject", "arn:aws:s3:::"+l.cfg.PhysicalName("alb-logs")+"-123456789012/a", nil))
	}
}

// taskRole is what the API's own role may do.
func (l *life) taskRole(t *testing.T) *emulator.Role {
	t.Helper()
	client, name := iam.NewFromConfig(l.aws.Config()), l.cfg.PhysicalName("task-role")
	policies, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &name})
	require.NoError(t, err)
	var documents [][]byte
	for _, inline := range policies.PolicyNames {
		policy, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &inline})
		require.NoError(t, err)
		text, err := url.QueryUnescape(*policy.PolicyDocument)
		require.NoError(t, err)
		require.True(t, json.Valid([]byte(text)))
		documents = append(documents, []byte(text))
	}
	role, err := emulator.NewRole("task", documents...)
	require.NoError(t, err)
	return role
}
