// Command rollout waits until ECS has decided on what was just deployed to the
// environment of the argument. It ends with 1 and a sentence when the tasks did not
// become healthy.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"flask-api/config"
	"flask-api/internal/operate"
)

func main() {
	if err := decided(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func decided(ctx context.Context, name string) error {
	env, err := config.LoadNamed(name, os.Getenv)
	// Where Terraform Cloud has the credentials, this machine has none.
	if err != nil || env.State.Backend == config.BackendCloud {
		return err
	}
	platform, err := operate.Connect(ctx, name, os.Getenv)
	if err != nil {
		return err
	}
	return platform.Follow(ctx, func(types.Deployment) {})
}
