package emulator

// operateRules are what those see who operate what is deployed.
var operateRules = []Rule{
	{
		Name:   "log-events-in-order",
		Says:   "log events of several streams come in the order of their time, whatever is asked for",
		Source: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html",
		calls:  []string{"logs:FilterLogEvents"},
		step:   repair{request: setMember("interleaved", true)},
	},
	{
		Name:   "log-events-in-pages",
		Says:   "a page of log events may be short, or empty, with more on the next one",
		Source: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html",
		calls:  []string{"logs:FilterLogEvents"},
		step:   repair{request: setMember("limit", 2)},
	},
	{
		Name:   "tasks-in-every-status",
		Says:   "a task passes through seven statuses while it starts and ends, has a network interface in some of them, and is listed by the status that it is to have",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html",
		calls:  []string{"ecs:ListTasks"},
		step:   repair{answer: (*memory).listTasks},
	},
	{
		Name:   "tasks-that-are-gone",
		Says:   "a task that was listed may be gone when it is described, which is no error, and one has GuardDuty's container beside its own",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html",
		calls:  []string{"ecs:DescribeTasks"},
		step:   repair{answer: (*memory).describeTasks},
	},
	{
		Name:   "single-tasks",
		Says:   "a task that is run by itself starts, prints, ends and has an exit code, and one call with its client token starts one task, which is refused to another call",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html",
		calls:  []string{"ecs:RunTask"},
		step:   repair{refuse: (*memory).refuseToken, answer: (*memory).runTask},
	},
	{
		Name:   "stopped-tasks",
		Says:   "a task that is told to stop ends after a while, with the reason that was given",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html",
		calls:  []string{"ecs:StopTask"},
		step:   repair{answer: (*memory).stopTask},
	},
	{
		Name:   "sessions",
		Says:   "a session of ECS Exec needs a task that was run with it",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html",
		calls:  []string{"ecs:ExecuteCommand"},
		step:   repair{refuse: (*memory).refuseSession, answer: openSession},
	},
	{
		Name:   "sessions-of-tasks",
		Says:   "Session Manager reaches a container by the ids of its cluster, its task and itself, while its agent runs",
		Source: "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html",
		calls:  []string{"ssm:StartSession"},
		step:   repair{refuse: (*memory).refuseSession, answer: openSession},
	},
	{
		Name:   "history-of-deployments",
		Says:   "the deployments of a service and what each was to run are known for 90 days",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html",
		calls:  []string{"ecs:CreateService", "ecs:UpdateService"},
		step:   repair{request: (*memory).recordDeployment},
	},
	{
		Name:   "deployment-of-an-update",
		Says:   "an update of what a service runs is a deployment with an id, a time and a revision of its own",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html",
		calls:  []string{"ecs:CreateService", "ecs:UpdateService", "ecs:DescribeServices"},
		step:   repair{response: (*memory).showLastDeployment},
	},
}

// setMember sets a member of a request.
func setMember(name string, value any) func(*memory, *Call) []byte {
	return func(_ *memory, c *Call) []byte {
		var request map[string]any
		c.decode(&request)
		request[name] = value
		return mustJSON(request)
	}
}
