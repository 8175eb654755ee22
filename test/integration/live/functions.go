package live

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// functionKinds are those of Lambda.
func functionKinds() map[string]Kind {
	return map[string]Kind{
		"aws_lambda_function": {
			Key: []string{"function_name"}, List: listFunctions, Computed: []string{"id", "arn"},
			Defaults: Attributes{"architectures": []any{"x86_64"}, "package_type": "Zip"},
			Skipped:  map[string]string{"filename": "it is where Terraform read the code, whose hash is compared"},
		},
		// No resource of Terraform's lets anyone else call a function.
		"aws_lambda_permission": {Key: []string{"function_name"}, List: of("aws_lambda_function", functionPolicy)},
	}
}

func listFunctions(ctx context.Context, env *Environment) ([]Attributes, error) {
	client := lambda.NewFromConfig(env.AWS)
	return own(ctx, env, lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{}),
		func(page *lambda.ListFunctionsOutput) []types.FunctionConfiguration { return page.Functions },
		func(f types.FunctionConfiguration) *string { return f.FunctionName },
		func(f types.FunctionConfiguration) ([]Attributes, error) {
			tagged, err := client.ListTags(ctx, &lambda.ListTagsInput{Resource: f.FunctionArn})
			if err != nil {
				return nil, err
			}
			variables := map[string]string{}
			if f.Environment != nil {
				variables = f.Environment.Variables
			}
			return one(Attributes{
				"id": f.FunctionName, "arn": f.FunctionArn, "function_name": f.FunctionName, "description": f.Description, "role": f.Role,
				"handler": f.Handler, "runtime": f.Runtime, "source_code_hash": f.CodeSha256, "memory_size": f.MemorySize, "timeout": f.Timeout,
				"environment": Attributes{"variables": variables}, "architectures": f.Architectures, "package_type": f.PackageType,
				"layers": f.Layers, "tags": tagged.Tags,
			})
		})
}

// functionPolicy is the policy of a function, which says who else may call it.
func functionPolicy(ctx context.Context, env *Environment, function Attributes) ([]Attributes, error) {
	policy, err := lambda.NewFromConfig(env.AWS).GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String(function.text("function_name"))})
	if missing := (*types.ResourceNotFoundException)(nil); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return one(Attributes{"function_name": function["function_name"], "policy": policy.Policy})
}
