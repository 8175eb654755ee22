package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// secrets gives the service so many secrets of its own.
func secrets(c *Config, n int) {
	c.Service.Secrets = map[string]string{}
	for i := range n {
		c.Service.Secrets[fmt.Sprint("SECRET_", i)] = fmt.Sprintf("arn:aws:secretsmanager:eu-south-1:123456789012:secret:example-%03d-aB3dE6:key::", i)
	}
}

var refusedSizes = []refusal{
	{"secrets", func(c *Config) { secrets(c, 120) }, []string{
		`Service.Secrets: 9001 is too many characters, which the ARNs of 120 secrets take in a policy; AWS allows 10240 in the policies of a role, of which 8500 are left to them; fix: put several values into one secret and name each by its key, as in <ARN>:<key>::`,
	}},
	{"variables", func(c *Config) { c.Service.Environment = map[string]string{"LONG": strings.Repeat("a", 57_400)} }, []string{
		`Service.Environment: 57437 is too many characters, those of Service.Secrets among them; AWS allows 65536 in a task definition, of which 57344 are left to both; fix: move values into a file of the image, or into one secret`,
	}},
	{"what workflows deploy", trial(func(c *Config) { deploying(c, 10) }), []string{
		`Deployment.GitHubRepository: "example/api" gets a role whose policies have 10287 characters, to deploy 19 workers and services; AWS allows 10240 in the policies of a role; fix: have fewer of them, give them shorter names, or shorten Deployment.RolePath`,
	}},
	{"path of an alarm", func(c *Config) {
		c.Alarms.Enabled, c.LoadBalancer.HealthCheckPath = true, "/"+strings.Repeat("a", 768)
	}, []string{
		`LoadBalancer.HealthCheckPath: "/` + strings.Repeat("a", 768) + `" has 769 characters; this program allows 768 with Alarms.Enabled, because the description of an alarm, of 1024, names it; fix: shorten the path`,
	}},
}

var acceptedSizes = map[string]func(*Config){
	"secrets":                  func(c *Config) { secrets(c, 110) },
	"values of one secret":     manyKeys,
	"what workflows deploy":    trial(func(c *Config) { deploying(c, 9) }),
	"variables":                func(c *Config) { c.Service.Environment = map[string]string{"LONG": strings.Repeat("a", 57_000)} },
	"longest path":             func(c *Config) { c.LoadBalancer.HealthCheckPath = "/" + strings.Repeat("a", 1023) },
	"longest path of an alarm": func(c *Config) { c.Alarms.Enabled, c.LoadBalancer.HealthCheckPath = true, "/"+strings.Repeat("a", 767) },
}

// deploying has workflows deploy nine services and so many workers.
func deploying(c *Config, workers int) {
	tooMany(c)
	c.Services, c.Deployment.Images, c.Deployment.GitHubRepository = c.Services[:9], ImagesExternal, "example/api"
	c.Scaling.MaxTasks = 10
	for i := range workers {
		w := DefaultWorker(fmt.Sprint("w", i), "", "celery")
		unqueued(&w)
		c.Workers = append(c.Workers, w)
	}
}

// manyKeys are more values than a policy could name secrets, all of one secret.
func manyKeys(c *Config) {
	c.Service.Secrets = map[string]string{}
	for i := range 300 {
		c.Service.Secrets[fmt.Sprint("KEY_", i)] = fmt.Sprintf("arn:aws:secretsmanager:eu-south-1:123456789012:secret:example-aB3dE6:key-%d::", i)
	}
}

func TestSecretARN(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-south-1:123456789012:secret:example-aB3dE6"
	assert.Equal(t, arn, SecretARN(arn))
	assert.Equal(t, arn, SecretARN(arn+":key:AWSCURRENT:"))
}

// reserved moves the whole network to another range.
func reserved(c *Config, prefix string) {
	c.Network.CIDR = prefix + ".0.0/16"
	c.Network.PublicSubnetCIDRs = []string{prefix + ".0.0/24", prefix + ".1.0/24"}
	c.Network.PrivateSubnetCIDRs = []string{prefix + ".2.0/24", prefix + ".3.0/24"}
}
