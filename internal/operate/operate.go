// Package operate is what a team does with a deployed environment: look at it, read its
// logs, run a command or open a shell in its network, and go back to what worked. It asks
// AWS alone, and reads no state.
package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"flask-api/config"
)

// credentialsTimeout is for sources that ask another machine, such as the metadata
// service of EC2.
const credentialsTimeout = 10 * time.Second

// Platform is a deployed environment.
type Platform struct {
	// Config is what it is configured to be.
	Config config.Config
	// AWS is how it is asked about.
	AWS aws.Config
	// Out takes what was asked for, and Notes what is said about it.
	Out, Notes io.Writer
	// Interval is the time between two looks at something that moves.
	Interval time.Duration
	// Plugin is AWS's program for sessions, which its command line starts, too.
	Plugin string
}

// Connect finds the environment of that name, and credentials.
func Connect(ctx context.Context, name string, getenv func(string) string) (*Platform, error) {
	env, err := config.LoadNamed(name, getenv)
	if err != nil {
		return nil, err
	}
	sdk, err := Credentials(ctx, env.Region)
	return &Platform{
		Config: env, AWS: sdk, Out: os.Stdout, Notes: os.Stderr, Interval: 3 * time.Second, Plugin: plugin,
	}, err
}

// Credentials looks where the AWS provider looks, as each AWS SDK does.
func Credentials(ctx context.Context, region string) (aws.Config, error) {
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	sdk, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithLogger(logging.Nop{}), awsconfig.WithRegion(region))
	if err == nil {
		_, err = sdk.Credentials.Retrieve(ctx)
	}
	if err != nil {
		return sdk, errors.New("no AWS credentials were found; sign in (aws configure sso, aws sso login), or set AWS_PROFILE, " +
			"or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; FLASK_API_DEBUG=1 says where they were looked for" + detail(err))
	}
	return sdk, nil
}

// detail is the SDK's own words, of many lines, for those who ask.
func detail(err error) string {
	if os.Getenv("FLASK_API_DEBUG") == "" {
		return ""
	}
	return ": " + err.Error()
}

// errNothing says that there is no such environment in the account.
var errNothing = errors.New("nothing is deployed")

func (p *Platform) nothing() error {
	return fmt.Errorf("%w as %s in %s of this account: make deploy ENVIRONMENT=%s", errNothing, p.Config.StackName(), p.Config.Region, p.Config.Suffix)
}

// service is the environment's ECS service.
func (p *Platform) service(ctx context.Context) (types.Service, error) {
	return p.serviceCalled(ctx, p.Config.PhysicalName("service"))
}

// serviceCalled is the ECS service of the name.
func (p *Platform) serviceCalled(ctx context.Context, name string) (types.Service, error) {
	found, err := p.ecs().DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(p.Config.PhysicalName("cluster")), Services: []string{name}})
	var missing *types.ClusterNotFoundException
	switch {
	case errors.As(err, &missing), err == nil && (len(found.Services) == 0 || aws.ToString(found.Services[0].Status) == "INACTIVE"):
		return types.Service{}, p.nothing()
	case err != nil:
		return types.Service{}, fmt.Errorf("asking ECS for %s: %w", name, explained(err))
	}
	return found.Services[0], nil
}

func (p *Platform) ecs() *ecs.Client { return ecs.NewFromConfig(p.AWS) }

// explained is AWS's own sentence, without the SDK's words around it, and where the
// permission stands that is missing.
func explained(err error) error {
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		return err
	}
	advice := ""
	switch refused.ErrorCode() {
	case "AccessDenied", "AccessDeniedException":
		advice = "; docs/operator-policy.json is what this needs"
	case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId":
		advice = "; sign in again"
	}
	return fmt.Errorf("%s: %s%s", refused.ErrorCode(), refused.ErrorMessage(), advice)
}

// pause waits for the next look, and says whether there is one.
func (p *Platform) pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(p.Interval):
		return true
	}
}

// note writes to whoever runs the command; that it cannot be read there is no failure.
func (p *Platform) note(format string, arguments ...any) {
	_, _ = fmt.Fprintf(p.Notes, format+"\n", arguments...)
}

// short is a task's id as far as it is shown, of its id or of its ARN.
func short(task string) string {
	id := task[strings.LastIndex(task, "/")+1:]
	return id[:min(len(id), 8)]
}
