package emulator

// lambdaRules are what Lambda does with functions. moto runs them in Docker alone, or not.
var lambdaRules = []Rule{
	{
		Name:   "functions-keep-their-code",
		Says:   "a function keeps the code of its last update",
		Source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html",
		calls:  []string{"lambda:CreateFunction", "lambda:UpdateFunctionCode"},
		step:   repair{request: (*memory).storeCode},
	},
	{
		Name:   "functions-run",
		Says:   "a function runs as its role, and what it raises is an error in a successful answer",
		Source: "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
		calls:  []string{"lambda:InvokeFunction"},
		step:   repair{answer: (*memory).invoke},
	},
}

// runRules are what ECS does with tasks of no service. moto's run for ever.
var runRules = []Rule{
	{
		Name:   "runs-once-for-a-token",
		Says:   "a task is started by itself once for a `clientToken`, and the answer comes before it runs",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html",
		calls:  []string{"ecs:RunTask"},
		step:   repair{answer: (*memory).runTask},
	},
	{
		Name:   "runs-of-a-family",
		Says:   "tasks of a family are listed by the status that they are to have",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html",
		calls:  []string{"ecs:ListTasks"},
		step:   repair{answer: (*memory).listRuns},
	},
	{
		Name:   "runs-end",
		Says:   "a task that was started by itself ends with its container's exit code, or with why it did not start",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html",
		calls:  []string{"ecs:DescribeTasks"},
		step:   repair{answer: (*memory).describeRuns},
	},
	{
		Name:   "runs-are-stopped",
		Says:   "a task that is stopped says that a user did it",
		Source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html",
		calls:  []string{"ecs:StopTask"},
		step:   repair{answer: (*memory).stopRun},
	},
}
