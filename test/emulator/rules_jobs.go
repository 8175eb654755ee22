package emulator

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // For machines without a database of time zones.

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

const scheduleTypes = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"

var schedules = []string{"scheduler:CreateSchedule", "scheduler:UpdateSchedule"}

// jobRules are what EventBridge Scheduler and Step Functions refuse.
var jobRules = []Rule{
	{
		Name:   "schedule-expressions",
		Says:   "a schedule is a cron of six fields, with ? for one of the two days, a rate in minutes, hours or days, or one time",
		Source: scheduleTypes,
		calls:  schedules,
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			if request := scheduleOf(c); !isSchedule(request.ScheduleExpression) {
				return refusal(c, "ValidationException", "Invalid Schedule Expression "+request.ScheduleExpression+".")
			}
			return nil
		}},
	},
	{
		Name:   "schedule-time-zones",
		Says:   "the time zone of a schedule is one of the IANA database",
		Source: scheduleTypes,
		calls:  schedules,
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			zone := scheduleOf(c).ScheduleExpressionTimezone
			if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
				return refusal(c, "ValidationException", "The ScheduleExpressionTimezone '"+zone+"' is not valid.")
			}
			return nil
		}},
	},
	{
		Name:   "schedule-windows",
		Says:   "a schedule that is flexible has a window, and no other has one",
		Source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html",
		calls:  schedules,
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			if window := scheduleOf(c).FlexibleTimeWindow; (window.Mode == "FLEXIBLE") != (window.MaximumWindowInMinutes > 0) {
				return refusal(c, "ValidationException", "A maximum flexible time window is for the mode FLEXIBLE.")
			}
			return nil
		}},
	},
	{
		Name:   "schedule-roles",
		Says:   "a schedule needs a role that Scheduler may assume",
		Source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role",
		calls:  schedules,
		step: repair{refuse: func(m *memory, c *Call) *fault {
			if m.trusts(scheduleOf(c).Target.RoleArn, "scheduler.amazonaws.com") {
				return nil
			}
			return refusal(c, "ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
		}},
	},
	{
		Name:   "machine-roles",
		Says:   "a state machine needs a role that Step Functions may assume",
		Source: "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html",
		calls:  []string{"states:CreateStateMachine", "states:UpdateStateMachine"},
		step: repair{refuse: func(m *memory, c *Call) *fault {
			var request struct{ RoleArn string }
			if c.decode(&request); request.RoleArn == "" || m.trusts(request.RoleArn, "states.amazonaws.com") {
				return nil
			}
			return refusal(c, "AccessDeniedException", "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.")
		}},
	},
	{
		Name:   "execution-names",
		Says:   "the name of an execution has no spaces, brackets, wildcards or special characters, a colon among them",
		Source: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html",
		calls:  []string{"states:StartExecution"},
		step: repair{refuse: func(_ *memory, c *Call) *fault {
			var request struct{ Name string }
			if c.decode(&request); strings.ContainsAny(request.Name, " <>{}[]?*\"#%\\^|~`$&,;:/") {
				return refusal(c, "InvalidName", "Invalid Name: '"+request.Name+"'")
			}
			return nil
		}},
	},
}

// schedule is what the calls say of one.
type schedule struct {
	ScheduleExpression, ScheduleExpressionTimezone string
	FlexibleTimeWindow                             struct {
		Mode                   string
		MaximumWindowInMinutes int
	}
	Target struct{ RoleArn string }
}

func scheduleOf(c *Call) (s schedule) {
	c.decode(&s)
	return s
}

var otherSchedule = regexp.MustCompile(`^(rate\([1-9]\d* (minute|hour|day)s?\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\))$`)

func isSchedule(expression string) bool {
	fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(expression, "cron("), ")"))
	isCron := strings.HasPrefix(expression, "cron(") && len(fields) == 6 && (fields[2] == "?") != (fields[4] == "?")
	return isCron || otherSchedule.MatchString(expression)
}

// trusts tells whether the service may assume the role of the ARN.
func (m *memory) trusts(role, service string) bool {
	found, err := iam.NewFromConfig(m.account).GetRole(background, &iam.GetRoleInput{RoleName: aws.String(path.Base(role))})
	if err != nil {
		return false
	}
	trust, _ := url.QueryUnescape(aws.ToString(found.Role.AssumeRolePolicyDocument))
	return slices.Contains(strings.Split(trust, `"`), service)
}
