// Command preflight checks, before anything is downloaded or changed, that this
// machine can deploy the environment of the argument: Terraform is there, and
// credentials for AWS. It ends with 2 and a sentence for what is missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"flask-api/config"
	"flask-api/internal/operate"
	"flask-api/internal/terraform"
)

func main() {
	ctx := context.Background()
	_, err := terraform.Find(ctx)
	if err = errors.Join(err, configured(ctx, os.Args[1])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// configured is whether the environment is valid, is called as it was, and, unless Terraform Cloud has the
// credentials, whether this machine has any.
func configured(ctx context.Context, name string) error {
	env, err := config.LoadNamed(name, os.Getenv)
	if err == nil {
		err = renamed(env, ".")
	}
	if err != nil || env.State.Backend == config.BackendCloud {
		return err
	}
	_, err = operate.Credentials(ctx, env.Region)
	return err
}
