package live

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedules "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	states "github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// jobKinds are those of what runs by the clock.
func jobKinds() map[string]Kind {
	return map[string]Kind{
		"aws_scheduler_schedule": {
			Key: []string{"name"}, List: listSchedules, Computed: []string{"id", "arn"},
			Defaults: Attributes{"schedule_expression_timezone": "UTC", "state": "ENABLED"},
		},
		"aws_sfn_state_machine": {Key: []string{"name"}, List: listStateMachines, Computed: []string{"id", "arn"}, Defaults: Attributes{"type": "STANDARD"}},
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
