package e2e

import (
	"cmp"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/test/emulator"
	"flask-api/test/options"
)

const (
	// seed decides which calls fail and when a deployment is interrupted.
	seed = 20250101
	// faultShare is the share of all calls that fail on the bad day.
	faultShare = 0.1
	// brokenTag is the tag of an image whose tasks never become healthy.
	brokenTag = "broken"
)

// TestMain closes the one Node process that all tests of this package share.
func TestMain(m *testing.M) {
	flag.Parse()
	// Lives wait for AWS most of the time: there may be more of them than cores.
	_ = flag.Set("test.parallel", "14")
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// TestPlatform takes environments through their lives, side by side in one
// account, and through what goes wrong in them. Each life is told in order; the
// cases are numbered as docs/reliability.md lists them.
func TestPlatform(t *testing.T) {
	h := newHarness(t)
	h.aws.BreakImages(brokenTag)
	defer func() { report(t, h.table()) }()
	account := h.createPrerequisites(t)
	passed := t.Run("lives", func(t *testing.T) {
		t.Run("a bad day", func(t *testing.T) {
			t.Parallel()
			l := h.newLife(t, "synth101000914")
			l.throttled(t)
			l.drifted(t)
			l.rolledBack(t)
			l.rotated(t)
			l.changedTogether(t)
		})
		t.Run("interruptions and changes", func(t *testing.T) {
			t.Parallel()
			l := h.newLife(t, "pr-42")
			interruptions := l.interrupted(t)
			l.changed(t)
			l.resume()
			interruptions.left = len(l.destroy(t))
			l.end(t, interruptions)
		})
		for _, images := range []config.Images{config.ImagesTerraform, config.ImagesExternal} {
			t.Run("rotation, images of "+string(images), func(t *testing.T) {
				t.Parallel()
				l := h.newLifeOf(t, rotating("rotate", images))
				l.rotatedOften(t, l.begin(t, "11. the password rotated and broken at every step, images of "+string(images)), breaks[images]...)
			})
			t.Run("roles, images of "+string(images), func(t *testing.T) {
				t.Parallel()
				cfg := rotating("roles", images)
				cfg.Database.Roles = images == config.ImagesExternal
				l := h.newLifeOf(t, cfg)
				l.rotatedOften(t, l.begin(t, "22. the passwords of the roles rotated and broken, images of "+string(images)), rolesBreaks[images]...)
			})
		}
		t.Run("production", func(t *testing.T) {
			t.Parallel()
			h.newLife(t, "production").protected(t)
		})
		t.Run("partitions", func(t *testing.T) {
			t.Parallel()
			h.partitions(t)
		})
		t.Run("readers", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, databaseLife()).readers(t)
		})
		t.Run("dev, twice", func(t *testing.T) {
			t.Parallel()
			l := h.newLife(t, "dev")
			l.reachesNoOther(t)
			l.deployedAgain(t)
			l.leaves(t, defined(t, "production"), everything(account))
			l.imagesChangedByHand(t)
		})
		t.Run("a preview", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, preview(t, "pr-7")).previewed(t)
		})
		t.Run("upgrade", func(t *testing.T) {
			t.Parallel()
			h.upgraded(t)
		})
		t.Run("images", func(t *testing.T) {
			t.Parallel()
			l := h.newLifeOf(t, inNetwork("images", account))
			l.refusesUnfitNetworks(t)
			l.keepsImage(t)
			l.leavesNetwork(t)
		})
		t.Run("zones", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, zonesLife()).zonesChanged(t)
		})
		t.Run("on and off", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, config.Defaults("on-off")).onAndOff(t, account)
		})
		t.Run("by hand", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, byHandLife(account)).allChangedByHand(t)
		})
		t.Run("a pipeline", func(t *testing.T) {
			t.Parallel()
			h.pipeline(t)
		})
		t.Run("workflows", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, inBucket(account.StateBucket)).workflows(t)
		})
		t.Run("release", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, releasing()).releases(t)
		})
		t.Run("served", func(t *testing.T) {
			t.Parallel()
			h.newLifeOf(t, serving(account)).served(t)
		})
		h.takeTurns(t, account)
		t.Run("handover", func(t *testing.T) {
			t.Parallel()
			h.handedOver(t)
		})
	})
	t.Run("policy", func(t *testing.T) { h.checkPolicy(t, passed, basicPolicies, nil) })
}

// turnVariable names the share of the lives that take turns, such as "2/3"; without it, all
// of them run.
const turnVariable = "DEPLOY_TURN"

// takeTurns runs the lives of parts that few changes touch: continuous integration has some of
// them at each commit, and all before a release.
func (h *harness) takeTurns(t *testing.T, account options.Account) {
	t.Helper()
	turn, err := parseShare(cmp.Or(os.Getenv(turnVariable), "1/1"))
	require.NoError(t, err, turnVariable)
	h.createCopySource(t)
	for i, one := range []struct {
		name string
		life func(t *testing.T)
	}{
		{"major version", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, majorLife()).upgradesMajor(t)
		}},
		{"workers", func(t *testing.T) {
			t.Helper()
			cfg := withWorkers(config.Defaults("workers"))
			cfg.Registry.ImageTag = "v1"
			h.newLifeOf(t, cfg).working(t)
		}},
		{"a clone", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, cloning()).clones(t)
		}},
		{"jobs", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, jobsLife()).jobs(t)
		}},
		{"cache", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, caching("cached")).cached(t)
		}},
		{"a snapshot", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, restoring()).restores(t)
		}},
		{"queues", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, withQueues("queues")).queued(t)
		}},
		{"services", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, withServices()).offers(t)
		}},
		{"off in halves", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, config.Defaults("halves")).offInHalves(t, account)
		}},
		{"kept when off", func(t *testing.T) {
			t.Helper()
			h.newLifeOf(t, loggedAndProtected("kept")).keptWhenOff(t)
		}},
	} {
		if turn.has(i) {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				one.life(t)
			})
		}
	}
}

// throttled deploys while AWS refuses every tenth call.
func (l *life) throttled(t *testing.T) {
	t.Helper()
	r := l.begin(t, "1. every tenth call is throttled or fails")
	l.proxy.InjectFaults(faultShare, seed)
	l.deploy(t)
	r.created = len(l.stateResources(t))
	r.changes = l.unchanged(t)
	l.proxy.InjectFaults(0, seed)
	l.end(t, r)
	assert.Positive(t, r.faults)

	l.integration(t)
	l.checkPasswords(t, l.password(t))
}

// interrupted presses Ctrl-C during three deployments in a row, each of which
// goes on where the last one ended, and then lets one finish.
func (l *life) interrupted(t *testing.T) *row {
	t.Helper()
	r := l.begin(t, "2. interrupted at three points, then run again")
	dice := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // Chance that can be repeated is wanted.
	for _, from := range []int{5, 30, 50} {
		changes := from + dice.IntN(15)
		var interrupted atomic.Bool
		done := make(chan struct{})
		l.proxy.AfterChanges(changes, func() {
			defer close(done)
			interrupted.Store(true)
			l.interrupt()
		})
		output, code := l.run(t, l.dir, []string{"ENVIRONMENT_SUFFIX=" + l.cfg.Suffix}, l.tools.CDKTF, deployArgs...)
		require.True(t, interrupted.Load(), "ended before %d changes:\n%s", changes, tail(output))
		// CDK Terrain's command line ends with 0 after Terraform, whatever that says.
		require.Equal(t, *cliFlag == "", code != 0, "whether the interrupted deployment fails")
		<-done
		t.Logf("interrupted after %d changes with %d resources in the state", changes, len(l.stateResources(t)))
	}
	l.deploy(t)
	r.created = len(l.stateResources(t))
	r.changes = l.unchanged(t)
	l.integration(t)
	l.pause(r)
	return r
}

// drifted changes three things behind Terraform's back. Two are mended; the
// number of tasks belongs to autoscaling and is left alone.
func (l *life) drifted(t *testing.T) {
	t.Helper()
	r := l.begin(t, "4. changed behind Terraform")
	ctx, account := t.Context(), l.aws.Config()
	scaling, containers := applicationautoscaling.NewFromConfig(account), ecs.NewFromConfig(account)
	cluster, service := l.cfg.PhysicalName("cluster"), l.cfg.PhysicalName("service")
	resource, dimension := aws.String("service/"+cluster+"/"+service), scalingtypes.ScalableDimensionECSServiceDesiredCount

	l.openDatabase(t)
	l.tryIntegrationFails(t, "TestWhatExists")
	_, err := scaling.DeregisterScalableTarget(ctx, &applicationautoscaling.DeregisterScalableTargetInput{
		ResourceId: resource, ScalableDimension: dimension, ServiceNamespace: scalingtypes.ServiceNamespaceEcs,
	})
	require.NoError(t, err)
	// AWS deletes the policies with their target, the emulated one does not.
	_, err = scaling.DeleteScalingPolicy(ctx, &applicationautoscaling.DeleteScalingPolicyInput{
		PolicyName: aws.String(l.cfg.PhysicalName("cpu-scaling")),
		ResourceId: resource, ScalableDimension: dimension, ServiceNamespace: scalingtypes.ServiceNamespaceEcs,
	})
	require.NoError(t, err)
	_, err = containers.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &cluster, Service: &service, DesiredCount: aws.Int32(7)})
	require.NoError(t, err)

	changes := l.plan(t, l.stackDir())
	assert.Equal(t, plan{
		// The provider replaces a rule whose kind of source changes.
		"aws_vpc_security_group_ingress_rule.rds_sg_from_ecs_sg_5432": "replace",
		"aws_appautoscaling_target.autoscaling_target":                "create",
		"aws_appautoscaling_policy.autoscaling_cpu_policy":            "create",
	}, changes)
	l.deploy(t)
	r.created = len(changes)
	r.changes = l.unchanged(t)
	l.integration(t)
	described, err := containers.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	require.NoError(t, err)
	require.Len(t, described.Services, 1)
	assert.EqualValues(t, 7, described.Services[0].DesiredCount, "tasks after the apply")
	l.end(t, r)
}

// openDatabase lets the whole internet in where only the tasks may enter.
func (l *life) openDatabase(t *testing.T) {
	t.Helper()
	network := ec2.NewFromConfig(l.aws.Config())
	groups, err := network.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-name"), Values: []string{l.cfg.PhysicalName("rds-sg")}}},
	})
	require.NoError(t, err)
	require.Len(t, groups.SecurityGroups, 1)
	group := groups.SecurityGroups[0].GroupId
	rules, err := network.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{*group}}},
	})
	require.NoError(t, err)
	ingress := slices.IndexFunc(rules.SecurityGroupRules, func(r ec2types.SecurityGroupRule) bool { return !*r.IsEgress })
	require.NotEqual(t, -1, ingress)
	rule := rules.SecurityGroupRules[ingress]
	_, err = network.ModifySecurityGroupRules(t.Context(), &ec2.ModifySecurityGroupRulesInput{
		GroupId: group,
		SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{{
			SecurityGroupRuleId: rule.SecurityGroupRuleId,
			SecurityGroupRule: &ec2types.SecurityGroupRuleRequest{
				CidrIpv4: aws.String("0.0.0.0/0"), IpProtocol: rule.IpProtocol, FromPort: rule.FromPort, ToPort: rule.ToPort,
				Description: rule.Description,
			},
		}},
	})
	require.NoError(t, err)
}

// tryIntegrationFails makes sure that exactly the named integration test fails.
func (l *life) tryIntegrationFails(t *testing.T, name string) {
	t.Helper()
	output, code := l.tryIntegration(t)
	require.NotZero(t, code)
	assert.Equal(t, []string{name}, results(output, "FAIL"), "failed integration tests")
}

// rolledBack deploys an image that never becomes healthy, and then goes back.
func (l *life) rolledBack(t *testing.T) {
	t.Helper()
	r := l.begin(t, "3. an image that does not start")
	output, code := l.run(t, l.dir, []string{"ENVIRONMENT_SUFFIX=" + l.cfg.Suffix, "IMAGE_TAG=" + brokenTag}, l.tools.CDKTF, deployArgs...)
	assert.NotZero(t, code, "the apply of a deployment that was rolled back fails")
	words := strings.Join(strings.Fields(string(output)), " ") // Terraform wraps lines.
	for _, part := range []string{
		"ECS rolled the deployment back", l.cfg.PhysicalName("service"), "/ecs/" + l.cfg.StackName(),
	} {
		assert.Contains(t, words, part, "what the failed apply says")
	}
	// The tag that was named last is remembered, also after it was rolled back.
	l.cdktf(t, deployArgs, "IMAGE_TAG="+config.TagPlaceholder)
	r.changes = l.unchanged(t)
	l.end(t, r)
}

// rotated raises the password's version.
func (l *life) rotated(t *testing.T) {
	t.Helper()
	r := l.begin(t, "5. the password is rotated")
	// The request to AWS is where the cluster's password can be seen.
	var mu sync.Mutex
	var clusterPassword string
	l.proxy.Watch(func(c *emulator.Call) {
		if password := c.Form.Get("MasterUserPassword"); password != "" {
			mu.Lock()
			defer mu.Unlock()
			clusterPassword = password
		}
	})
	before := l.password(t)
	l.cfg.Database.PasswordVersion++
	l.replaceStack(t, l.cfg)
	assert.Equal(t, plan{
		"aws_secretsmanager_secret_version.credentials_version": "replace",
		"aws_secretsmanager_secret_version.credentials_current": "replace",
		"aws_ssm_parameter.credentials_mark":                    "update",
		"aws_rds_cluster.database_cluster":                      "update",
		"aws_ecs_task_definition.service_task_definition":       "replace",
		"aws_ecs_service.service":                               "update",
	}, l.plan(t, l.stackDir()))
	l.apply(t, l.stackDir())
	r.created = 2
	r.changes = l.unchanged(t)
	after := l.password(t)
	if before == after {
		t.Error("the password in the secret does not change")
	}
	mu.Lock()
	if clusterPassword != after {
		t.Error("the cluster does not get the password of the secret")
	}
	mu.Unlock()
	l.checkPasswords(t, before, after)
	l.end(t, r)
	l.checkDeployed(t)
}

// deployedAgain destroys an environment and deploys it again at once.
func (l *life) deployedAgain(t *testing.T) {
	t.Helper()
	l.checkFirstPlan(t)
	r := l.begin(t, "6. dev, destroyed and deployed again, beside the others")
	l.deploy(t)
	l.checkLeftovers(t)
	l.madeDearAndCheap(t)
	r.left = len(l.destroy(t))
	l.deploy(t)
	r.created = 2 * len(l.stateResources(t))
	r.changes = l.unchanged(t)
	l.integration(t)
	l.end(t, r)
}

// spare is what the defaults have and a cheap environment may do without. None of it holds
// the only copy of anything.
var spare = regexp.MustCompile(`^aws_(rds_cluster_instance\.database_reader|(nat_gateway|eip)\.networking_nat)_`)

// madeDearAndCheap gives the environment the resources of the defaults, and takes them away
// again: nothing else that holds data is replaced or deleted on either way.
func (l *life) madeDearAndCheap(t *testing.T) {
	t.Helper()
	dear := config.Defaults(l.cfg.Suffix)
	dear.Tags, dear.Service.ReleaseCommand = l.cfg.Tags, l.cfg.Service.ReleaseCommand
	dear.Database.Roles, dear.Database.Authentication = l.cfg.Database.Roles, l.cfg.Database.Authentication
	for _, cfg := range []config.Config{dear, l.cfg} {
		l.replaceStack(t, cfg)
		planned := l.plan(t, l.stackDir())
		maps.DeleteFunc(planned, func(address, action string) bool { return action == "delete" && spare.MatchString(address) })
		planned.keepsData(t, "another size")
		assert.Equal(t, "update", planned["aws_rds_cluster_instance.database_writer"], "the writer stays, with another class")
		l.apply(t, l.stackDir())
		assert.Zero(t, l.unchanged(t))
	}
}

// protected deploys a protected environment, which refuses to be destroyed until
// it is no longer protected.
func (l *life) protected(t *testing.T) {
	t.Helper()
	l.checkFirstPlan(t)
	const gaps, image = "- LoadBalancer.Domain: - Alarms.Emails:", "- Registry.ImageTag:"
	l.refusesGaps(t, gaps) // A new environment has no image yet.
	r := l.begin(t, "8. production, protected and then not")
	l.replaceStack(t, l.cfg)
	l.apply(t, l.stackDir())
	r.created = len(l.stateResources(t))
	l.refusesGaps(t, gaps+" "+image)
	l.replaceStack(t, l.cfg)
	r.changes = l.unchanged(t)
	l.checkDeployed(t)
	l.checkRefusals(t)
	l.operated(t)

	// cdktf may hang up before Terraform has said why it refuses.
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "destroy", "-auto-approve", "-input=false", "-no-color")
	assert.NotZero(t, code, "the destruction of a protected environment is refused")
	assert.Contains(t, string(output), "Instance cannot be destroyed")
	assert.Len(t, l.stateResources(t), r.created, "resources after the refusal")

	l.unprotect(t)
	l.reviewed(t)
	l.endDestroyed(t, r)
}

// refusesGaps plans the environment as it is defined, which does not say that what is half
// made is known: the plan fails, and names each gap once.
func (l *life) refusesGaps(t *testing.T, gaps string) {
	t.Helper()
	l.putStack(t, l.cfg)
	output, code := l.run(t, l.stackDir(), nil, l.tools.Terraform, "plan", "-input=false", "-no-color")
	assert.NotZero(t, code, "what is half made is refused")
	text := strings.Join(strings.Fields(string(output)), " ") // Terraform breaks lines.
	assert.Contains(t, text, l.cfg.StackName()+" is protected, and half made.")
	named := strings.Join(regexp.MustCompile(`- [A-Za-z]+\.[A-Za-z]+:`).FindAllString(text, -1), " ")
	assert.Equal(t, gaps, named)
}

// checkLeftovers makes sure that the look for leftovers sees each kind of
// resource while it exists; otherwise finding none would mean nothing.
func (l *life) checkLeftovers(t *testing.T) {
	t.Helper()
	existing, err := l.aws.Leftovers(t.Context(), l.cfg.Suffix, platforms()...)
	require.NoError(t, err)
	all := strings.Join(existing, "\n")
	for _, kind := range []string{
		"VPC", "subnet", "internet gateway", "NAT gateway", "Elastic IP", "load balancer", "target group", "role",
		"Aurora cluster", "Aurora instance", "database subnet group", "database parameter group", "repository",
		"secret", "parameter", "log group", "scalable target", "scaling policy", "ECS cluster",
	} {
		assert.Contains(t, all, kind+": ", "existing before destroy")
	}
}

// password is the administrator's, from its secret.
func (l *life) password(t *testing.T) string {
	t.Helper()
	return l.passwordOf(t, "credentials")
}

// passwords are those that the environment's secrets have.
func (l *life) passwords(t *testing.T) []string {
	t.Helper()
	all := []string{l.password(t)}
	if l.cfg.Database.Roles {
		all = append(all, l.passwordOf(t, "migrator"), l.passwordOf(t, "app"))
	}
	return all
}

func (l *life) passwordOf(t *testing.T, who string) string {
	t.Helper()
	secret, err := secretsmanager.NewFromConfig(l.aws.Config()).GetSecretValue(t.Context(),
		&secretsmanager.GetSecretValueInput{SecretId: aws.String(l.cfg.PhysicalName("db-" + who)), VersionStage: aws.String("AWSCURRENT")})
	require.NoError(t, err)
	var value struct{ Password string }
	require.NoError(t, json.Unmarshal([]byte(*secret.SecretString), &value))
	require.NotEmpty(t, value.Password)
	return value.Password
}

// checkPasswords searches for the passwords in all that was written so far.
func (l *life) checkPasswords(t *testing.T, passwords ...string) {
	t.Helper()
	// The search is worth something only if it finds what is certainly there.
	visible := strings.Join(search(t, l.dir, l.cfg.PhysicalName("cluster")), "\n")
	for _, file := range []string{".tfstate", "second.tfplan!tfplan", "second.tfplan!tfstate", "cdk.tf.json", "outputs.json", ".log"} {
		assert.Contains(t, visible, file, "searched files")
	}
	for _, password := range passwords {
		assert.Empty(t, search(t, l.dir, password), "files with a password")
	}
}
