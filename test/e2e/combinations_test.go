package e2e

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/options"
)

var combinationsFlag = flag.String("combinations", "", "deploy combinations of every pair of options: all of them, as 1/1, or a share of them, such as 2/3")

// share is every so many of what there is, and which of these.
type share struct{ turn, of int }

func parseShare(text string) (share, error) {
	var s share
	if n, err := fmt.Sscanf(text, "%d/%d", &s.turn, &s.of); n != 2 || s.turn < 1 || s.turn > s.of {
		return s, errors.Join(fmt.Errorf("%q is no share: the second of three is 2/3", text), err)
	}
	return s, nil
}

// has tells whether the share has what stands at the index.
func (s share) has(i int) bool { return i%s.of == s.turn-1 }

// prerequisiteStack creates what an [options.Account] has.
const prerequisiteStack = `{
  "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.99"}}},
  "provider": {"aws": {"region": "eu-south-1", "default_tags": {"tags": {"Project": "prerequisites", "Name": "shared-flask-api-prerequisites"}}}},
  "resource": {
    "aws_route53_zone": {"zone": {"name": "example.com"}},
    "aws_acm_certificate": {"certificate": {"domain_name": "flask-api-prerequisites.example.org", "validation_method": "DNS"}},
    "aws_iam_openid_connect_provider": {"github": {
      "url": "https://token.actions.githubusercontent.com", "client_id_list": ["sts.amazonaws.com"]
    }},
    "aws_secretsmanager_secret": {"payment": {"name": "flask-api-prerequisites"}},
    "aws_secretsmanager_secret_version": {"payment": {"secret_id": "${aws_secretsmanager_secret.payment.id}", "secret_string": "{\"token\": \"` + staffToken + `\"}"}},
    "aws_ssm_parameter": {"mail": {"name": "/flask-api-prerequisites/token", "type": "SecureString", "value": "of a test", "key_id": "${aws_kms_key.own.arn}"}},
    "aws_kms_key": {"own": {"description": "flask-api-prerequisites"}},
    "aws_s3_object": {"variables": {"bucket": "${aws_s3_bucket.variables.bucket}", "key": "api.env", "content": "GREETING=hello"}},
    "aws_s3_bucket": {"state": {"bucket": "flask-api-prerequisites-state"}, "variables": {"bucket": "flask-api-variables-prerequisites"}},
    "aws_vpc": {"shared": {"cidr_block": "10.7.0.0/16", "enable_dns_hostnames": true}},
    "aws_internet_gateway": {"shared": {"vpc_id": "${aws_vpc.shared.id}"}},
    "aws_subnet": {
      "public_1": {"vpc_id": "${aws_vpc.shared.id}", "cidr_block": "10.7.0.0/24", "availability_zone": "eu-south-1a"},
      "public_2": {"vpc_id": "${aws_vpc.shared.id}", "cidr_block": "10.7.1.0/24", "availability_zone": "eu-south-1b"},
      "private_1": {"vpc_id": "${aws_vpc.shared.id}", "cidr_block": "10.7.10.0/24", "availability_zone": "eu-south-1b"},
      "private_2": {"vpc_id": "${aws_vpc.shared.id}", "cidr_block": "10.7.11.0/24", "availability_zone": "eu-south-1a"}
    },
    "aws_eip": {"shared": {"domain": "vpc"}},
    "aws_nat_gateway": {"shared": {"allocation_id": "${aws_eip.shared.id}", "subnet_id": "${aws_subnet.public_1.id}", "depends_on": ["aws_route_table_association.public_1"]}},
    "aws_route_table": {"public": {"vpc_id": "${aws_vpc.shared.id}"}, "private": {"vpc_id": "${aws_vpc.shared.id}"}},
    "aws_route": {
      "public": {"route_table_id": "${aws_route_table.public.id}", "destination_cidr_block": "0.0.0.0/0", "gateway_id": "${aws_internet_gateway.shared.id}"},
      "private": {"route_table_id": "${aws_route_table.private.id}", "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "${aws_nat_gateway.shared.id}"}
    },
    "aws_main_route_table_association": {"private": {"vpc_id": "${aws_vpc.shared.id}", "route_table_id": "${aws_route_table.private.id}"}},
    "aws_route_table_association": {
      "public_1": {"subnet_id": "${aws_subnet.public_1.id}", "route_table_id": "${aws_route_table.public.id}"},
      "public_2": {"subnet_id": "${aws_subnet.public_2.id}", "route_table_id": "${aws_route_table.public.id}"}
    }
  },
  "output": {
    "bucket": {"value": "${aws_s3_bucket.state.bucket}"},
    "variables": {"value": "${aws_s3_object.variables.arn}"},
    "certificate": {"value": "${aws_acm_certificate.certificate.arn}"},
    "key": {"value": "${aws_kms_key.own.arn}"},
    "parameter": {"value": "${aws_ssm_parameter.mail.arn}"},
    "secret": {"value": "${aws_secretsmanager_secret.payment.arn}"},
    "vpc": {"value": "${aws_vpc.shared.id}"},
    "public": {"value": "${aws_subnet.public_1.id},${aws_subnet.public_2.id}"},
    "private": {"value": "${aws_subnet.private_1.id},${aws_subnet.private_2.id}"}
  }
}`

// TestCombinations deploys, plans again, checks and destroys production with
// every option on, and combinations in which every two choices meet.
func TestCombinations(t *testing.T) {
	if *combinationsFlag == "" {
		t.Skip("deploys for half an hour: `make combinations` runs it")
	}
	share, err := parseShare(*combinationsFlag)
	require.NoError(t, err)
	h := newHarness(t)
	account := h.createPrerequisites(t)
	defer func() { report(t, h.table()) }()
	passed := t.Run("lives", func(t *testing.T) {
		t.Run("everything", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, everything(account)).deployAndDestroy(t, "0. production with everything on")
		})
		choices := combined(account)
		t.Run("turned on", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, config.Defaults("plain")).turnedOn(t, choices, account.StateBucket)
		})
		combinations, _ := combine(choices)
		for i, c := range combinations {
			if !share.has(i) {
				continue
			}
			cfg := build(choices, c, fmt.Sprintf("combination-%02d", i+1))
			t.Run(cfg.Suffix, func(t *testing.T) {
				t.Parallel()
				h.newLifeOf(t, cfg).deployAndDestroy(t, fmt.Sprintf("%02d. %s", i+1, describe(choices, c)))
			})
		}
	})
	t.Run("policy", func(t *testing.T) { h.checkPolicy(t, passed && share.of == 1, optionPolicies, basicPolicies) })
}

// everything is production with every option on that goes together, among them
// what only an owner has.
func everything(account options.Account) config.Config {
	environments := config.Environments()
	c := environments[len(environments)-1]
	c.Suffix, c.Region = "everything", region
	c.Network.AvailabilityZones = []string{"eu-south-1a", "eu-south-1b", "eu-south-1c"}
	for _, title := range []string{
		"Registry.ImageTag", "open to some", "several names", "LoadBalancer.WAF.AllowLargeBodies", "ARM64", "disk and stop timeout",
		"variables and secrets", "spare capacity", "images of a pipeline", "alarms", "Database.CAIdentifier",
		"scaling by memory and requests", "schedules", "serverless instances",
	} {
		options.Titled(options.Catalogue(account), title).Apply(&c)
	}
	return c
}

// createPrerequisites creates what the options refer to.
func (h *harness) createPrerequisites(t *testing.T) options.Account {
	t.Helper()
	l := &life{harness: h, dir: t.TempDir(), proxy: h.aws.NewProxy()}
	defer l.proxy.Close()
	write(t, filepath.Join(l.dir, "main.tf.json"), []byte(prerequisiteStack))
	l.terraform(t, l.dir, "init", "-input=false")
	l.apply(t, l.dir)
	_, err := iam.NewFromConfig(h.aws.Config()).CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("flask-api-boundary"), PolicyDocument: aws.String(string(readFile(t, root+"/docs/permissions-boundary.json"))),
	})
	require.NoError(t, err)
	outputs := l.outputs(t, l.dir)
	return options.Account{
		CertificateARN: outputs["certificate"], IdentityARN: "arn:aws:ses:eu-south-1:123456789012:identity/example.com", KeyARN: outputs["key"], ParameterARN: outputs["parameter"], SecretARN: outputs["secret"], StateBucket: outputs["bucket"], VariablesARN: outputs["variables"],
		Network: config.ExistingNetwork{
			VPCID: outputs["vpc"], PublicSubnetIDs: strings.Split(outputs["public"], ","), PrivateSubnetIDs: strings.Split(outputs["private"], ","),
		},
	}
}

// deployAndDestroy takes an environment from its first deployment to its end.
func (l *life) deployAndDestroy(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, l.cfg.Validate())
	r := l.begin(t, name)
	l.replaceStack(t, l.cfg)
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
		l.unprotect(t)
	}
	l.endDestroyed(t, r)
}

// deployImage does what a pipeline does, with the API and each worker: it registers the
// newest task definition with another image and without the placeholder's command, which for
// a worker is that of its label, and has the service run that.
func (l *life) deployImage(t *testing.T) {
	t.Helper()
	l.runsImage(t, "task", "service")
	for _, w := range l.cfg.Workers {
		l.runsImage(t, w.Resource(), w.Resource())
	}
}

func (l *life) runsImage(t *testing.T, task, resource string) {
	t.Helper()
	client := ecs.NewFromConfig(l.aws.Config())
	family, cluster, service := l.cfg.PhysicalName(task), l.cfg.PhysicalName("cluster"), l.cfg.PhysicalName(resource)
	newest, err := client.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &family, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
	})
	require.NoError(t, err)
	definition := newest.TaskDefinition
	container := &definition.ContainerDefinitions[0]
	container.Image, container.Command = aws.String(l.outputs(t, l.stackDir())["ecr_repository_uri"]+":v2"), nil
	if label := container.DockerLabels["command"]; label != "" {
		require.NoError(t, json.Unmarshal([]byte(label), &container.Command))
	}
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
func (l *life) turnedOn(t *testing.T, choices []option, bucket string) {
	t.Helper()
	r := l.begin(t, "every option turned on alone, planned")
	l.replaceStack(t, l.cfg)
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.apply(t, l.stackDir())
	var ways []options.Way
	for _, o := range choices {
		ways = append(ways, slices.DeleteFunc(slices.Clone(o[1:]), func(w options.Way) bool { return w.First })...)
	}
	name := func(w options.Way) string { return w.Name }
	compareWithDocument(t, "options", ways, l.planChanges(t, ways), []column{{"turned on", name}})
	inBucket := l.cfg
	inBucket.State = config.State{Backend: config.BackendS3, Bucket: bucket}
	l.moveState(t, inBucket)
	l.moveState(t, l.cfg)
	l.endDestroyed(t, r)
}

// moveState moves the state to where the configuration wants it, as docs/state.md
// says, and makes sure that nothing else changes.
func (l *life) moveState(t *testing.T, cfg config.Config) {
	t.Helper()
	write(t, filepath.Join(l.stackDir(), "moved.tfstate"), l.terraform(t, l.stackDir(), "state", "pull"))
	l.replaceStack(t, cfg)
	require.NoError(t, os.Remove(filepath.Join(l.stackDir(), ".terraform", "terraform.tfstate")))
	l.terraform(t, l.stackDir(), "init", "-input=false")
	l.terraform(t, l.stackDir(), "state", "push", "moved.tfstate")
	require.NoError(t, os.Remove(filepath.Join(l.stackDir(), "moved.tfstate")))
	assert.Empty(t, l.plan(t, l.stackDir()), "changes after the state moved to %s", cfg.State.Backend)
	if cfg.State.Backend == config.BackendS3 {
		require.NoError(t, os.Remove(filepath.Join(l.dir, "terraform."+cfg.StackName()+".tfstate"))) // The old one.
	}
}

// checkDeployed runs the integration tests with the life's own configuration.
func (l *life) checkDeployed(t *testing.T) {
	t.Helper()
	l.integration(t, l.describeDeployed(t))
}

// describeDeployed writes the outputs and the configuration of what is deployed, and
// returns the variable that leads the integration tests to them.
func (l *life) describeDeployed(t *testing.T) string {
	t.Helper()
	outputs, err := json.Marshal(map[string]any{l.cfg.StackName(): l.outputs(t, l.stackDir())})
	require.NoError(t, err)
	write(t, filepath.Join(l.dir, "outputs.json"), outputs)
	cfg, err := json.Marshal(l.cfg)
	require.NoError(t, err)
	write(t, filepath.Join(l.dir, "config.json"), cfg)
	return "INTEGRATION_CONFIG=" + filepath.Join(l.dir, "config.json")
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
