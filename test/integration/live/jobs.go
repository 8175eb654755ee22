package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedules "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	states "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queues "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// jobKinds are those of what runs by the clock.
func jobKinds() map[string]Kind {
	return map[string]Kind{
		"aws_scheduler_schedule": {
			Key: []string{"name"}, List: listSchedules, Computed: []string{"id", "arn"},
			Defaults: Attributes{"schedule_expression_timezone": "UTC", "state": "ENABLED"},
		},
		"aws_sfn_state_machine": {Key: []string{"name"}, List: listStateMachines, Computed: []string{"id", "arn"}, Defaults: Attributes{"type": "STANDARD"}},
		"aws_sqs_queue":         {Key: []string{"name"}, List: listQueues, Computed: []string{"id", "arn", "url"}},
	}
}

func listSchedules(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := scheduler.NewFromConfig(env.AWS)
	return own(ctx, env, scheduler.NewListSchedulesPaginator(client, &scheduler.ListSchedulesInput{NamePrefix: aws.String(env.prefix())}),
		func(page *scheduler.ListSchedulesOutput) []schedules.ScheduleSummary { return page.Schedules },
		func(s schedules.ScheduleSummary) *string { return s.Name },
		func(s schedules.ScheduleSummary) ([]Attributes, error) {
			found, err := client.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: s.Name, GroupName: s.GroupName})
			if err != nil {
				return nil, err
			}
			target := Attributes{"arn": found.Target.Arn, "role_arn": found.Target.RoleArn, "input": found.Target.Input}
			if policy := found.Target.RetryPolicy; policy != nil {
				target["retry_policy"] = Attributes{"maximum_event_age_in_seconds": policy.MaximumEventAgeInSeconds, "maximum_retry_attempts": policy.MaximumRetryAttempts}
			}
			if dead := found.Target.DeadLetterConfig; dead != nil {
				target["dead_letter_config"] = Attributes{"arn": dead.Arn}
			}
			return one(Attributes{
				"id": s.Name, "arn": s.Arn, "name": s.Name, "description": found.Description, "state": found.State, "kms_key_arn": found.KmsKeyArn,
				"schedule_expression": found.ScheduleExpression, "schedule_expression_timezone": found.ScheduleExpressionTimezone,
				"flexible_time_window": Attributes{"mode": found.FlexibleTimeWindow.Mode, "maximum_window_in_minutes": found.FlexibleTimeWindow.MaximumWindowInMinutes},
				"target":               target,
			})
		})
}

func listStateMachines(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := sfn.NewFromConfig(env.AWS)
	return own(ctx, env, sfn.NewListStateMachinesPaginator(client, &sfn.ListStateMachinesInput{}),
		func(page *sfn.ListStateMachinesOutput) []states.StateMachineListItem { return page.StateMachines },
		func(m states.StateMachineListItem) *string { return m.Name },
		func(m states.StateMachineListItem) ([]Attributes, error) {
			found, err := client.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: m.StateMachineArn})
			if err != nil {
				return nil, err
			}
			tagged, err := client.ListTagsForResource(ctx, &sfn.ListTagsForResourceInput{ResourceArn: m.StateMachineArn})
			if err != nil {
				return nil, err
			}
			return one(Attributes{
				"id": m.StateMachineArn, "arn": m.StateMachineArn, "name": m.Name, "type": found.Type, "role_arn": found.RoleArn,
				"definition": found.Definition, "tags": tags(tagged.Tags),
			})
		})
}

func listQueues(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := sqs.NewFromConfig(env.AWS)
	return own(ctx, env, sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{QueueNamePrefix: aws.String(env.prefix())}),
		func(page *sqs.ListQueuesOutput) []string { return page.QueueUrls },
		func(url string) *string { return aws.String(afterLast(url, "/")) },
		func(url string) ([]Attributes, error) {
			found, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []queues.QueueAttributeName{queues.QueueAttributeNameAll}})
			if err != nil {
				return nil, err
			}
			tagged, err := client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
			if err != nil {
				return nil, err
			}
			a := found.Attributes
			queue := Attributes{
				"id": url, "url": url, "arn": a["QueueArn"], "name": afterLast(url, "/"), "policy": a["Policy"],
				"message_retention_seconds": a["MessageRetentionPeriod"], "tags": tagged.Tags,
			}
			if key := a["KmsMasterKeyId"]; key != "" {
				queue["kms_master_key_id"] = key
			} else {
				queue["sqs_managed_sse_enabled"] = a["SqsManagedSseEnabled"]
			}
			return one(queue)
		})
}
