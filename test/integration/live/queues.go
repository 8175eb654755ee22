package live

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// queueKinds are those of SQS.
func queueKinds() map[string]Kind {
	return map[string]Kind{
		"aws_sqs_queue": {
			Key: []string{"name"}, List: listQueues, Computed: []string{"id", "arn", "url"},
			Defaults: Attributes{"delay_seconds": 0, "max_message_size": 262144, "kms_data_key_reuse_period_seconds": 300, "receive_wait_time_seconds": 0, "visibility_timeout_seconds": 30},
		},
		"aws_sqs_queue_redrive_allow_policy": {
			Key: []string{"queue_url"}, Computed: []string{"id"},
			List: of("aws_sqs_queue", func(ctx context.Context, env *Environment, queue Attributes) ([]Attributes, error) {
				found, err := queueAttributes(ctx, env, queue.text("url"))
				if err != nil || found["RedriveAllowPolicy"] == "" {
					return nil, err
				}
				return one(Attributes{"id": queue["url"], "queue_url": queue["url"], "redrive_allow_policy": found["RedriveAllowPolicy"]})
			}),
		},
	}
}

func listQueues(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := sqs.NewFromConfig(env.AWS)
	return own(ctx, env, sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{QueueNamePrefix: aws.String(env.prefix())}),
		func(page *sqs.ListQueuesOutput) []string { return page.QueueUrls },
		func(url string) *string { return aws.String(afterLast(url, "/")) },
		func(url string) ([]Attributes, error) {
			found, err := queueAttributes(ctx, env, url)
			if err != nil {
				return nil, err
			}
			tagged, err := client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
			if err != nil {
				return nil, err
			}
			a := Attributes{
				"id": url, "url": url, "arn": found["QueueArn"], "name": afterLast(url, "/"), "policy": found["Policy"], "tags": tagged.Tags,
				"redrive_policy": found["RedrivePolicy"], "kms_master_key_id": found["KmsMasterKeyId"],
				"kms_data_key_reuse_period_seconds": 300, // SQS tells it of a queue with a key alone.
			}
			if found["SqsManagedSseEnabled"] == "true" {
				a["sqs_managed_sse_enabled"] = true
			}
			for attribute, name := range map[string]types.QueueAttributeName{
				"delay_seconds": "DelaySeconds", "kms_data_key_reuse_period_seconds": "KmsDataKeyReusePeriodSeconds", "max_message_size": "MaximumMessageSize",
				"message_retention_seconds": "MessageRetentionPeriod", "receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds", "visibility_timeout_seconds": "VisibilityTimeout",
			} {
				if n, err := strconv.Atoi(found[string(name)]); err == nil {
					a[attribute] = n
				}
			}
			return one(a)
		})
}

func queueAttributes(ctx context.Context, env *Environment, url string) (map[string]string, error) {
	found, err := sqs.NewFromConfig(env.AWS).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return found.Attributes, nil
}
