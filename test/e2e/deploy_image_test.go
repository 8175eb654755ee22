package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/emulator"
)

// deploysImages has the workflows push an image and deploy it, then one whose release
// command fails and one that does not start, and go back by a digest, with the role that
// the environment has for them.
func (g *gitHub) deploysImages(t *testing.T) {
	t.Helper()
	g.needsPipelineTools(t)
	role := g.roleOf(t, "deploy-role")
	proxy := g.aws.NewProxy() // These calls are not the deployment's.
	defer proxy.Close()
	proxy.As(role)
	former := g.runner.Variables
	defer func() { g.runner.Variables = former }()
	before := slices.Concat(former, g.aws.Env(proxy))
	found, err := elb.NewFromConfig(g.aws.Config()).DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{Names: []string{g.cfg.PhysicalName("alb")}})
	require.NoError(t, err)
	health := "http://" + aws.ToString(found.LoadBalancers[0].DNSName) + g.cfg.LoadBalancer.HealthCheckPath
	g.runner.Values["vars.HEALTH_URL"] = health
	g.runner.Values["vars.IMAGE_ROLE_ARN == ''"] = "false"
	g.runner.Values["vars.ECR_REPOSITORY"] = ""
	g.runner.Values["inputs.skip-release && '1' || ''"] = ""

	good, err := g.deployImage(t, before, "v1")
	require.NoError(t, err)
	g.runs(t, "@"+good)
	again, err := g.deployImage(t, before, "v1")
	require.NoError(t, err)
	assert.Equal(t, good, again, "an image is pushed once for each commit")
	g.aws.OnRunTask(g.cfg.PhysicalName("release"), func(emulator.Single) emulator.Outcome {
		return emulator.Outcome{Code: 3, Prints: []string{"no such column"}}
	})
	_, err = g.deployImage(t, before, "v2")
	require.ErrorContains(t, err, "The release command failed, and "+g.cfg.PhysicalName("service")+" runs what it ran before")
	require.ErrorContains(t, err, "no such column")
	g.runs(t, "@"+good)

	g.runner.Values["inputs.skip-release && '1' || ''"] = "1"
	broken, err := g.deployImage(t, before, brokenTag)
	require.ErrorContains(t, err, "does not run "+broken+": ECS rolled")
	g.runs(t, "@"+good)

	// By hand: a digest that is not there changes nothing, an older one is a rollback.
	g.runner.Values["inputs.artifact != ''"] = "false"
	for wanted, problem := range map[string]string{digest: "Nothing was changed", good: ""} {
		g.runner.Values["inputs.digest"] = wanted
		_, err := g.tryJob(t, "deploy-image.yml", "deploy")
		assert.Equal(t, problem == "", err == nil, "%v", err)
		if problem != "" {
			require.ErrorContains(t, err, problem)
		}
	}
	assert.Contains(t, g.runner.Summary, "| "+health+" | 200 |")
	assert.Contains(t, g.runner.Summary, `"exit_code":0}`)
	assert.Contains(t, g.runner.Summary, "| release command | left out |")
	assert.Empty(t, role.Denied(), "what the role of images does not allow")
	// This environment has no service of that name, and so the role may do nothing with its repository.
	g.runner.Values["inputs.service"] = "shop"
	for workflow, job := range map[string]string{"image.yml": "push", "deploy-image.yml": "deploy"} {
		_, err := g.tryJob(t, workflow, job)
		require.ErrorContains(t, err, g.cfg.PhysicalName("service-shop-ecr"), workflow)
	}
	g.runner.Values["inputs.service"] = ""
}

// deployImage runs the jobs that push and deploy what was built of a commit, and returns
// the digest. The job that builds is not run: it needs Docker and a public registry.
func (g *gitHub) deployImage(t *testing.T, variables []string, commit string) (string, error) {
	t.Helper()
	built := filepath.Join(g.runner.Artifacts, "built-image")
	require.NoError(t, os.MkdirAll(built, 0o700))
	g.build(t, root, "build", "-o", filepath.Join(built, "image"), "./cmd/image")
	write(t, filepath.Join(built, "image.tar"), readFile(t, savedImage(t)))
	g.runner.Variables = slices.Concat(variables, g.internet.ProxyEnv(), []string{"INTERVAL=0", "GITHUB_SHA=" + commit})
	pushed := g.job(t, "image.yml", "push")["digest"]
	g.runner.Values["inputs.digest"], g.runner.Values["inputs.artifact"], g.runner.Values["inputs.artifact != ''"] = pushed, "image", "true"
	_, err := g.tryJob(t, "deploy-image.yml", "deploy")
	return pushed, err
}

// roleOf is a role of the environment, as its policies are.
func (l *life) roleOf(t *testing.T, resource string) *emulator.Role {
	t.Helper()
	client, name := iam.NewFromConfig(l.aws.Config()), aws.String(l.cfg.PhysicalName(resource))
	listed, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: name})
	require.NoError(t, err)
	var documents [][]byte
	for _, policy := range listed.PolicyNames {
		found, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: name, PolicyName: &policy})
		require.NoError(t, err)
		document, err := url.PathUnescape(aws.ToString(found.PolicyDocument))
		require.NoError(t, err)
		documents = append(documents, []byte(document))
	}
	role, err := emulator.NewRole(resource, documents...)
	require.NoError(t, err)
	return role
}
