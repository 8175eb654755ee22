// Command preflight checks, before anything is downloaded or changed, that this
// machine can deploy the environment of the argument: Terraform is there, and
// credentials for AWS. It ends with 2 and a sentence for what is missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"flask-api/config"
	"flask-api/internal/terraform"
)

// credentialsTimeout is for sources that ask another machine, such as the metadata
// service of EC2.
const credentialsTimeout = 10 * time.Second

func main() {
	ctx := context.Background()
	_, err := terraform.Find(ctx)
	if err = errors.Join(err, configured(ctx, os.Args[1])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// configured is whether the environment is valid and, unless Terraform Cloud has the
// credentials, whether this machine has any.
func configured(ctx context.Context, name string) error {
	env, err := config.LoadNamed(name, os.Getenv)
	if err != nil || env.State.Backend == config.BackendCloud {
		return err
	}
	return credentials(ctx)
}

// credentials looks where the AWS provider looks, as each AWS SDK does.
func credentials(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	sdk, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithLogger(logging.Nop{}))
	if err == nil {
		_, err = sdk.Credentials.Retrieve(ctx)
	}
	if err != nil {
		return errors.New("no AWS credentials were found; sign in (aws configure sso, aws sso login), or set AWS_PROFILE, " +
			"or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; FLASK_API_DEBUG=1 says where they were looked for" + detail(err))
	}
	return nil
}

// detail is the SDK's own words, of many lines, for those who ask.
func detail(err error) string {
	if os.Getenv("FLASK_API_DEBUG") == "" {
		return ""
	}
	return ": " + err.Error()
}
