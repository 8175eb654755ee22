// Command rollout waits until ECS has decided on what was just deployed to the
// environment of the argument. It ends with 1 and a sentence when the tasks did not
// become healthy.
//
// Terraform's provider looks at the number of tasks only when it creates a service:
// tasks that run and fail their health checks are enough for it, and for tasks that
// cannot start it waits until its time is over, without a word on why.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"flask-api/config"
)

// interval is the time between two looks.
const interval = 5 * time.Second

func main() {
	ctx := context.Background()
	env, err := config.LoadNamed(os.Args[1], os.Getenv)
	// Where Terraform Cloud has the credentials, this machine has none.
	if err == nil && env.State.Backend != config.BackendCloud {
		var sdk aws.Config
		if sdk, err = awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(env.Region)); err == nil {
			err = decided(ctx, ecs.NewFromConfig(sdk), env, interval)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// decided waits for the newest deployment of the service. What was not created has
// nothing to decide: Terraform has said why.
func decided(ctx context.Context, client *ecs.Client, env config.Config, interval time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(env.Service.DeploymentTimeoutMinutes)*time.Minute)
	defer cancel()
	for {
		found, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(env.Name("cluster")), Services: []string{env.Name("service")}})
		var missing *types.ClusterNotFoundException
		switch {
		case errors.As(err, &missing), err == nil && len(found.Services) == 0:
			return nil
		case ctx.Err() != nil:
			return unhealthy(env, "they are still being started")
		case err != nil:
			return fmt.Errorf("asking ECS for %s: %w", env.Name("service"), err)
		}
		for _, deployment := range found.Services[0].Deployments {
			switch {
			case aws.ToString(deployment.Status) != "PRIMARY":
			case deployment.RolloutState == types.DeploymentRolloutStateFailed:
				return unhealthy(env, aws.ToString(deployment.RolloutStateReason))
			case deployment.RolloutState == types.DeploymentRolloutStateCompleted:
				return nil
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
	}
}

// unhealthy says where to look.
func unhealthy(env config.Config, reason string) error {
	return fmt.Errorf("the new tasks did not become healthy (%s). Read why in the events of the ECS service %s and in the log group /ecs/%s, "+
		"mend the image or its settings, and deploy again", reason, env.Name("service"), env.StackName())
}
