package deploy

import (
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

var combinationsFlag = flag.Bool("combinations", false, "deploy combinations of every pair of options")

// prerequisites are what only the owner of an account has, and an environment
// refers to.
type prerequisites struct {
	certificateARN, secretARN, stateBucket string
}

// prerequisiteStack creates them.
const prerequisiteStack = `{
  "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.99"}}},
  "provider": {"aws": {"region": "eu-south-1", "default_tags": {"tags": {"Project": "prerequisites"}}}},
  "resource": {
    "aws_route53_zone": {"zone": {"name": "example.com"}},
    "aws_acm_certificate": {"certificate": {"domain_name": "flask-api-prerequisites.example.org", "validation_method": "DNS"}},
    "aws_iam_openid_connect_provider": {"github": {
      "url": "https://token.actions.githubusercontent.com", "client_id_list": ["sts.amazonaws.com"]
    }},
    "aws_secretsmanager_secret": {"payment": {"name": "flask-api-prerequisites"}},
    "aws_s3_bucket": {"state": {"bucket": "flask-api-prerequisites-state"}}
  },
  "output": {
    "bucket": {"value": "${aws_s3_bucket.state.bucket}"},
    "certificate": {"value": "${aws_acm_certificate.certificate.arn}"},
    "secret": {"value": "${aws_secretsmanager_secret.payment.arn}"}
  }
}`

// options are what an environment decides. Options that one resource has alone and
// nothing else looks at, such as a retention, are set with another one.
func options(p prerequisites) []option {
	return []option{
		{
			leave("a NAT gateway for each zone"),
			{"one NAT gateway", func(c *config.Config) { c.Network.NAT = config.NATSingle }},
			{"no NAT gateway", func(c *config.Config) {
				c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = config.NATNone, true, "v1"
			}},
		},
		{
			leave("two zones"),
			{"three zones", func(c *config.Config) {
				c.Network.PublicSubnetCIDRs = []string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"}
				c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/24", "10.0.11.0/24", "10.0.12.0/24"}
			}},
		},
		{leave(""), {"interface endpoints", func(c *config.Config) { c.Network.InterfaceEndpoints = true }}},
		{leave(""), {"flow logs", func(c *config.Config) { c.Network.FlowLogRetentionDays = 30 }}},
		{
			leave("HTTP"),
			{"a domain", func(c *config.Config) {
				c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = c.StackName()+".example.com", "example.com"
			}},
			{"a certificate", func(c *config.Config) { c.LoadBalancer.CertificateARN = p.certificateARN }},
		},
		{leave(""), {"access logs", func(c *config.Config) { c.LoadBalancer.AccessLogRetentionDays = 30 }}},
		{leave(""), {"AWS WAF", func(c *config.Config) { c.LoadBalancer.WAF.Enabled = true }}},
		{
			leave("open to all"),
			{"open to some", func(c *config.Config) {
				c.LoadBalancer.IngressCIDRs, c.LoadBalancer.IdleTimeoutSeconds = []string{"203.0.113.0/24", "198.51.100.7/32"}, 120
			}},
		},
		{leave("unprotected"), {"protected", func(c *config.Config) { c.Protected = true }}},
		{
			leave("a root file system to write to"),
			{"a read-only root file system", func(c *config.Config) { c.Service.ReadOnlyRootFilesystem = true }},
			{"ECS Exec", func(c *config.Config) { c.Service.ExecuteCommand = true }},
		},
		{leave(""), {"a container health check", func(c *config.Config) { c.Service.ContainerHealthCheck = true }}},
		{leave("X86_64"), {"ARM64", func(c *config.Config) { c.Service.CPUArchitecture = config.ARM64 }}},
		{
			leave(""),
			{"variables and secrets", func(c *config.Config) {
				c.Service.Environment = map[string]string{"LOG_LEVEL": "info"}
				c.Service.Secrets = map[string]string{"PAYMENT_TOKEN": p.secretARN + ":token::"}
			}},
		},
		{
			leave(""),
			{"disk and stop timeout", func(c *config.Config) { c.Service.EphemeralStorageGiB, c.Service.StopTimeoutSeconds = 50, 60 }},
		},
		{leave("on demand"), {"spare capacity", func(c *config.Config) { c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 50, 2 }}},
		{leave(""), {"tracing", func(c *config.Config) { c.Service.Tracing = true }}},
		{
			leave("images of Terraform"),
			{"images of a pipeline", func(c *config.Config) {
				c.Deployment.Images, c.Deployment.GitHubRepository = config.ImagesExternal, "example/api"
			}},
		},
		{
			leave("scaling by CPU"),
			{"scaling by memory and requests", func(c *config.Config) {
				c.Scaling.MemoryTargetPercent, c.Scaling.RequestsPerTaskTarget = 80, 1000
			}},
		},
		{
			leave(""),
			{"schedules", func(c *config.Config) {
				c.Scaling.Schedules = []config.Schedule{{Name: "morning", Cron: "0 7 ? * MON-FRI *", TimeZone: "Europe/Rome", MinTasks: 2, MaxTasks: 20}}
			}},
		},
		{
			leave("provisioned instances"),
			{"serverless instances", func(c *config.Config) {
				c.Database.InstanceClass, c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = "db.serverless", 2, 8
			}},
		},
		{
			leave("a reader"),
			{"no reader", func(c *config.Config) { c.Database.ReaderCount = 0 }},
			{"reader autoscaling", func(c *config.Config) { c.Database.MaxReaders = 3 }},
		},
		{leave(""), {"Performance Insights", func(c *config.Config) { c.Database.PerformanceInsights = true }}},
		{leave(""), {"enhanced monitoring", func(c *config.Config) {
			c.Database.MonitoringIntervalSeconds = 60
		}}},
		{leave(""), {"log exports", func(c *config.Config) { c.Database.LogExports = true }}},
		{leave(""), {"alarms", func(c *config.Config) {
			c.Alarms.Enabled, c.Alarms.Emails = true, []string{"team@example.com"}
		}}},
		{leave("keys of AWS"), {"a customer-managed key", func(c *config.Config) { c.Encryption.CustomerManagedKey = true }}},
	}
}

// TestCombinations deploys, plans again, checks and destroys production with
// every option on, and combinations in which every two choices meet.
func TestCombinations(t *testing.T) {
	if !*combinationsFlag {
		t.Skip("deploys for half an hour: `make combinations` runs it")
	}
	h := newHarness(t)
	p := h.createPrerequisites(t)
	defer func() { report(t, h.table()) }()
	lived := t.Run("lives", func(t *testing.T) {
		t.Run("everything", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, everything(p)).lived(t, "0. production with everything on")
		})
		chosen := options(p)
		t.Run("turned on", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, config.Defaults("plain")).turnedOn(t, chosen, p.stateBucket)
		})
		combinations, _ := combine(chosen)
		for i, c := range combinations {
			cfg := build(chosen, c, fmt.Sprintf("combination-%02d", i+1))
			t.Run(cfg.Suffix, func(t *testing.T) {
				t.Parallel()
				h.newLifeOf(t, cfg).lived(t, fmt.Sprintf("%02d. %s", i+1, describe(chosen, c)))
			})
		}
	})
	t.Run("policy", func(t *testing.T) { h.checkPolicy(t, lived, optionPolicies, basicPolicies) })
}

// everything is production with every option on that goes together, among them
// what only an owner has.
func everything(p prerequisites) config.Config {
	environments := config.Environments()
	c := environments[len(environments)-1]
	c.Suffix = "everything"
	c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1b", "eu-south-1c"}
	c.Registry.ImageTag = "v1"
	c.LoadBalancer.IngressCIDRs = []string{"203.0.113.0/24", "198.51.100.7/32"}
	c.LoadBalancer.IdleTimeoutSeconds = 120
	c.LoadBalancer.Domain, c.LoadBalancer.HostedZone = c.StackName()+".example.com", "example.com"
	c.LoadBalancer.WAF.AllowLargeBodies = true
	c.Service.CPUArchitecture = config.ARM64
	c.Service.EphemeralStorageGiB, c.Service.StopTimeoutSeconds = 50, 60
	c.Service.Environment = map[string]string{"LOG_LEVEL": "info"}
	c.Service.Secrets = map[string]string{"PAYMENT_TOKEN": p.secretARN + ":token::"}
	c.Service.SpotPercent, c.Service.OnDemandBaseTasks = 50, 2
	c.Deployment = config.Deployment{Images: config.ImagesExternal, GitHubRepository: "example/api", GitHubBranch: "main"}
	c.Alarms.Emails = []string{"team@example.com", "on-call@example.com"}
	c.Database.CAIdentifier = "rds-ca-rsa2048-g1"
	c.Scaling.RequestsPerTaskTarget = 1000
	c.Scaling.Schedules = []config.Schedule{{Name: "morning", Cron: "0 7 ? * MON-FRI *", TimeZone: "Europe/Rome", MinTasks: 2, MaxTasks: 20}}
	c.Database.InstanceClass, c.Database.ServerlessMinACU, c.Database.ServerlessMaxACU = "db.serverless", 2, 8
	return c
}

// createPrerequisites creates what the options refer to.
func (h *harness) createPrerequisites(t *testing.T) prerequisites {
	t.Helper()
	l := &life{harness: h, dir: t.TempDir(), proxy: h.aws.NewProxy()}
	defer l.proxy.Close()
	write(t, filepath.Join(l.dir, "main.tf.json"), []byte(prerequisiteStack))
	l.terraform(t, l.dir, "init", "-input=false")
	l.apply(t, l.dir)
	outputs := l.outputs(t, l.dir)
	return prerequisites{certificateARN: outputs["certificate"], secretARN: outputs["secret"], stateBucket: outputs["bucket"]}
}

// lived takes an environment from its first deployment to its end.
func (l *life) lived(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, l.cfg.Validate())
	r := l.begin(t, name)
	l.settle(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.terraform(t, l.stackDir(), "validate")
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	if l.cfg.Deployment.Images == config.ImagesExternal {
		l.deployImage(t)
	}
	r.changes = l.unchanged(t)
	l.checkDeployed(t)
	if l.cfg.Protected {
		unprotected := l.cfg
		unprotected.Protected = false
		l.settle(t, unprotected)
		l.apply(t, l.stackDir())
	}
	l.terraform(t, l.stackDir(), "destroy", "-auto-approve", "-input=false")
	r.left = len(l.leftovers(t))
	l.end(t, r)
}

// deployImage does what a pipeline does: it registers the newest task definition
// with another image and without the placeholder's command, and has the service run
// that.
func (l *life) deployImage(t *testing.T) {
	t.Helper()
	client := ecs.NewFromConfig(l.aws.Config())
	family, cluster, service := l.cfg.Name("task"), l.cfg.Name("cluster"), l.cfg.Name("service")
	newest, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &family, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
	})
	require.NoError(t, err)
	definition := newest.TaskDefinition
	definition.ContainerDefinitions[0].Image = aws.String("example/api:v2")
	definition.ContainerDefinitions[0].Command = nil // The placeholder's.
	registered, err := client.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: &family, ContainerDefinitions: definition.ContainerDefinitions, Cpu: definition.Cpu, Memory: definition.Memory,
		ExecutionRoleArn: definition.ExecutionRoleArn, TaskRoleArn: definition.TaskRoleArn, NetworkMode: definition.NetworkMode,
		RequiresCompatibilities: definition.RequiresCompatibilities, Volumes: definition.Volumes,
		RuntimePlatform: definition.RuntimePlatform, EphemeralStorage: definition.EphemeralStorage,
		Tags: newest.Tags,
	})
	require.NoError(t, err)
	_, err = client.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: &cluster, Service: &service, TaskDefinition: registered.TaskDefinition.TaskDefinitionArn,
	})
	require.NoError(t, err)
}

// turnedOn plans every choice alone for an environment that runs with the defaults,
// and compares what the plans do with docs/changes.md. Then it moves the state into
// the bucket and back.
func (l *life) turnedOn(t *testing.T, options []option, bucket string) {
	t.Helper()
	r := l.begin(t, "every option turned on alone, planned")
	l.settle(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	var changes []change
	for _, o := range options {
		for _, c := range o[1:] {
			changes = append(changes, change{fields: c.name, apply: c.set})
		}
	}
	compareWithDocument(t, "turned on", changes, l.planChanges(t, changes))
	inBucket := l.cfg
	inBucket.State = config.State{Backend: config.BackendS3, Bucket: bucket}
	l.moveState(t, inBucket)
	l.moveState(t, l.cfg)
	l.terraform(t, l.stackDir(), "destroy", "-auto-approve", "-input=false")
	r.left = len(l.leftovers(t))
	l.end(t, r)
}

// moveState moves the state to where the configuration wants it, as docs/state.md
// says, and makes sure that nothing else changes.
func (l *life) moveState(t *testing.T, cfg config.Config) {
	t.Helper()
	l.settle(t, cfg)
	l.terraform(t, l.stackDir(), "init", "-migrate-state", "-force-copy", "-input=false")
	assert.Empty(t, l.plan(t, l.stackDir()), "changes after the state moved to %s", cfg.State.Backend)
}

// checkDeployed runs the integration tests with the life's own configuration.
func (l *life) checkDeployed(t *testing.T) {
	t.Helper()
	outputs, err := json.Marshal(map[string]any{l.cfg.StackName(): l.outputs(t, l.stackDir())})
	require.NoError(t, err)
	write(t, filepath.Join(l.dir, "outputs.json"), outputs)
	cfg, err := json.Marshal(l.cfg)
	require.NoError(t, err)
	write(t, filepath.Join(l.dir, "config.json"), cfg)
	l.integration(t, "INTEGRATION_CONFIG="+filepath.Join(l.dir, "config.json"))
}

// outputs are the outputs of a stack.
func (l *life) outputs(t *testing.T, dir string) map[string]string {
	t.Helper()
	var outputs map[string]struct{ Value string }
	require.NoError(t, json.Unmarshal(l.terraform(t, dir, "output", "-json"), &outputs))
	values := map[string]string{}
	for name, output := range outputs {
		values[name] = output.Value
	}
	return values
}
