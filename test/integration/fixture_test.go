package integration

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/integration/live"
)

// deployment is what the tests share: the configuration that was deployed, what
// the deployment put out, and a client for each service.
type deployment struct {
	cfg     config.Config
	outputs map[string]string
	// excused says why what tasks and the load balancer do is not looked at, or is empty.
	excused string
	// proxy and authorities are what requests to the load balancer go through and trust;
	// nil are the system's.
	proxy       *url.URL
	authorities *x509.CertPool
	// patience is the longest wait for what moves, if not 0.
	patience time.Duration
	// environment is what everything that exists is asked of.
	environment *live.Environment

	ec2         *ec2.Client
	elb         *elb.Client
	ecs         *ecs.Client
	rds         *rds.Client
	secrets     *secretsmanager.Client
	autoscaling *applicationautoscaling.Client
	acm         *acm.Client
	waf         *wafv2.Client
}

// shared is nil when no deployment is named.
var shared *deployment

// TestMain reads the deployment before any test runs, so that a wrong setting is
// one message and not one for each test.
func TestMain(m *testing.M) {
	if file := os.Getenv("INTEGRATION_OUTPUTS"); file != "" {
		var err error
		if shared, err = load(context.Background(), file); err != nil {
			fmt.Fprintln(os.Stderr, "integration:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// deployed returns the deployment to check, or skips the test without one.
func deployed(t *testing.T) *deployment {
	t.Helper()
	if shared == nil {
		t.Skip("checks a deployed environment: `make integration ENVIRONMENT=<name>` runs it")
	}
	t.Parallel()
	return shared
}

func load(ctx context.Context, file string) (*deployment, error) {
	suffix := os.Getenv("ENVIRONMENT_SUFFIX")
	if suffix == "" {
		return nil, errors.New("ENVIRONMENT_SUFFIX is empty; set it to the suffix of the deployed environment: make integration ENVIRONMENT=<name>")
	}
	cfg, err := configuration()
	if err != nil {
		return nil, err
	}
	d := &deployment{cfg: cfg}
	if err := d.loadVariables(); err != nil {
		return nil, err
	}

	advice := fmt.Sprintf("deploy with: make deploy ENVIRONMENT=%s, which writes it", suffix)
	encoded, err := os.ReadFile(file) //nolint:gosec // Whoever runs the tests names the file.
	if err != nil {
		return nil, fmt.Errorf("INTEGRATION_OUTPUTS: %w; %s", err, advice)
	}
	var stacks map[string]map[string]string
	if err := json.Unmarshal(encoded, &stacks); err != nil {
		return nil, fmt.Errorf("%s is no outputs file: %w; %s", file, err, advice)
	}
	d.outputs = stacks[d.cfg.StackName()]
	if d.outputs == nil {
		return nil, fmt.Errorf("%s has no stack %s; %s", file, d.cfg.StackName(), advice)
	}

	sdk, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(d.cfg.Region))
	if err != nil {
		return nil, err
	}
	if d.environment, err = environment(ctx, d.cfg, d.outputs, sdk); err != nil {
		return nil, err
	}
	d.ec2 = ec2.NewFromConfig(sdk)
	d.elb = elb.NewFromConfig(sdk)
	d.ecs = ecs.NewFromConfig(sdk)
	d.rds = rds.NewFromConfig(sdk)
	d.secrets = secretsmanager.NewFromConfig(sdk)
	d.autoscaling = applicationautoscaling.NewFromConfig(sdk)
	d.acm = acm.NewFromConfig(sdk)
	d.waf = wafv2.NewFromConfig(sdk)
	return d, nil
}

// loadVariables reads the variables that an emulated AWS sets.
func (d *deployment) loadVariables() (err error) {
	if file := os.Getenv("INTEGRATION_CERTIFICATES"); file != "" {
		encoded, err := os.ReadFile(file) //nolint:gosec // Whoever runs the tests names the file.
		if err != nil {
			return fmt.Errorf("INTEGRATION_CERTIFICATES: %w", err)
		}
		d.authorities = x509.NewCertPool()
		d.authorities.AppendCertsFromPEM(encoded)
	}
	if wait := os.Getenv("INTEGRATION_WAIT"); wait != "" {
		if d.patience, err = time.ParseDuration(wait); err != nil {
			return fmt.Errorf("INTEGRATION_WAIT: %w", err)
		}
	}
	switch address := os.Getenv("INTEGRATION_PROXY"); {
	case address != "":
		if d.proxy, err = url.Parse(address); err != nil {
			return fmt.Errorf("INTEGRATION_PROXY: %w", err)
		}
	case os.Getenv("AWS_ENDPOINT_URL") != "":
		d.excused = "AWS_ENDPOINT_URL leads to an emulated AWS, and without INTEGRATION_PROXY nothing in it runs tasks or answers requests"
	}
	return nil
}

// configuration is what was deployed: what the program would make of its variables,
// or, where `INTEGRATION_CONFIG` names a file, the configuration in it as JSON.
func configuration() (config.Config, error) {
	file := os.Getenv("INTEGRATION_CONFIG")
	if file == "" {
		environments, err := config.Load(os.Getenv)
		if err != nil {
			return config.Config{}, err
		}
		return environments[0], nil
	}
	var cfg config.Config
	encoded, err := os.ReadFile(file) //nolint:gosec // Whoever runs the tests names the file.
	if err == nil {
		err = json.Unmarshal(encoded, &cfg)
	}
	if err != nil {
		return config.Config{}, fmt.Errorf("INTEGRATION_CONFIG: %w", err)
	}
	return cfg, nil
}

// collect returns the items of all pages.
func collect[Page, Options, Item any](t *testing.T, p live.Pager[Page, Options], items func(*Page) []Item) []Item {
	t.Helper()
	all, err := live.Collect(t.Context(), p, items)
	require.NoError(t, err)
	return all
}

// only returns the one item that a lookup must find.
func only[Item any](t *testing.T, items []Item, what string) Item {
	t.Helper()
	require.Len(t, items, 1, "%s: exactly one must exist", what)
	return items[0]
}

// pollInterval is between two looks at what takes time.
const pollInterval = time.Second

// settle looks until there is nothing to complain about, for as long as what moves may
// take, and fails with the last complaint.
func (d *deployment) settle(t *testing.T, limit time.Duration, look func() (complaint string)) {
	t.Helper()
	if d.patience > 0 {
		limit = min(limit, d.patience)
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(pollInterval) {
		complaint := look()
		if complaint == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("for %s: %s", limit, complaint)
		}
	}
}

// TestOutputs checks the outputs that name what was deployed; those which AWS
// chose are compared with the resources by the other tests.
func TestOutputs(t *testing.T) {
	d := deployed(t)
	names := []string{"vpc_id", "alb_dns_name", "ecr_repository_uri", "rds_cluster_endpoint", "ecs_cluster_name"}
	if d.cfg.LoadBalancer.Domain != "" {
		names = append(names, "api_url")
		if d.cfg.LoadBalancer.DomainRecords == config.RecordsPrinted {
			names[len(names)-1] = "domain_records"
		}
	}
	if d.cfg.Network.KeepNATAddresses {
		names = append(names, "nat_addresses")
	}
	if d.cfg.Deployment.GitHubRepository != "" {
		names = append(names, "deploy_role_arn")
	}
	for _, w := range d.cfg.Services {
		names = append(names, "ecr_repository_uri_"+strings.ReplaceAll(w.Name, "-", "_"))
	}
	for _, name := range names {
		assert.NotEmpty(t, d.outputs[name], name)
	}
	assert.Len(t, d.outputs, len(names), "outputs")
	assert.Equal(t, d.cfg.PhysicalName("cluster"), d.outputs["ecs_cluster_name"], "ecs_cluster_name")
}
