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
