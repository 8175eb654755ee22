package operate

import (
	"bytes"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	alarms "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	cache "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	balancer "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	database "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

var moment = time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)

// healthyState is that of an environment of the defaults with a reader, in which all is well.
func healthyState() State {
	definition := aws.String("arn:aws:ecs:eu-south-1:1:task-definition/flask-api-task-dev:3")
	container := types.Container{Name: aws.String("flask-api"), ImageDigest: aws.String("sha256:abc")}
	task := func(id, zone string) types.Task {
		return types.Task{
			TaskArn: aws.String("arn:aws:ecs:eu-south-1:1:task/flask-api-cluster-dev/" + id), AvailabilityZone: &zone, TaskDefinitionArn: definition,
			LastStatus: aws.String("RUNNING"), HealthStatus: types.HealthStatusHealthy, Containers: []types.Container{{Name: aws.String("collector")}, container},
		}
	}
	target := func(state balancer.TargetHealthStateEnum) balancer.TargetHealthDescription {
		return balancer.TargetHealthDescription{TargetHealth: &balancer.TargetHealth{State: state}}
	}
	instance := func(name string) database.DBInstance {
		return database.DBInstance{
			DBInstanceIdentifier: &name, DBInstanceStatus: aws.String("available"), DBInstanceClass: aws.String(config.Defaults("").Database.InstanceClass),
			EngineVersion: aws.String("15.19"), AvailabilityZone: aws.String("eu-south-1a"),
		}
	}
	return State{
		API: "flask-api",
		Service: types.Service{
			DesiredCount: 2, RunningCount: 2, LoadBalancers: make([]types.LoadBalancer, 1),
			Deployments: []types.Deployment{{
				Status: aws.String("PRIMARY"), RolloutState: types.DeploymentRolloutStateCompleted, TaskDefinition: definition, RunningCount: 2, DesiredCount: 2,
				CreatedAt: aws.Time(moment.Add(-3 * time.Hour)), UpdatedAt: aws.Time(moment.Add(-170 * time.Minute)),
			}},
		},
		Definition: types.TaskDefinition{
			TaskDefinitionArn: definition, Cpu: aws.String("1024"), Memory: aws.String("2048"),
			ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("collector")}, {Name: aws.String("flask-api"), Image: aws.String("example.com/api:v2")}},
		},
		Tasks:   []types.Task{task("11111111aaaa", "eu-south-1a"), task("22222222bbbb", "eu-south-1b")},
		Targets: []balancer.TargetHealthDescription{target(balancer.TargetHealthStateEnumHealthy), target(balancer.TargetHealthStateEnumHealthy), target(balancer.TargetHealthStateEnumDraining)},
		Cluster: database.DBCluster{
			DBClusterIdentifier: aws.String("flask-api-aurora-dev"), Status: aws.String("available"), Engine: aws.String("aurora-postgresql"), EngineVersion: aws.String("15.19"),
			BackupRetentionPeriod: aws.Int32(7), DeletionProtection: aws.Bool(false),
			DBClusterMembers: []database.DBClusterMember{{DBInstanceIdentifier: aws.String("flask-api-aurora-writer-dev"), IsClusterWriter: aws.Bool(true)}},
		},
		Instances: []database.DBInstance{instance("flask-api-aurora-writer-dev"), instance("flask-api-aurora-reader-1-dev")},
	}
}

// TestStopped wants a service without tasks to be a problem, but for one that a schedule
// has stopped.
func TestStopped(t *testing.T) {
	s := healthyState()
	s.Service.DesiredCount, s.Service.RunningCount, s.Tasks, s.Targets = 0, 0, nil, nil
	assert.Equal(t, []string{"no target is healthy"}, s.Problems())
	s.Stopped = true
	assert.Empty(t, s.Problems())
	var screen bytes.Buffer
	require.NoError(t, s.write(&screen, config.Defaults("dev"), moment))
	assert.Contains(t, screen.String(), "flask-api-dev  stopped by a schedule\n")
}

func TestScreen(t *testing.T) {
	s := healthyState()
	var screen bytes.Buffer
	require.NoError(t, s.write(&screen, config.Defaults("dev"), moment))
	class := config.Defaults("").Database.InstanceClass
	columns := regexp.MustCompile(` {2,}`) // The first is as wide as the stack's name.
	assert.Equal(t, columns.ReplaceAllString(`flask-api-dev  healthy
image          example.com/api:v2, since 2026-11-25 22:00 UTC (3 h ago)
               sha256:abc
deployment     flask-api-task-dev:3 completed, 2 of 2 running, 2026-11-25 22:10 UTC (2 h ago)
tasks          2 of 2 running, 0 starting
               eu-south-1a: 11111111 running and healthy
               eu-south-1b: 22222222 running and healthy
targets        1 draining, 2 healthy
alarms         none
database       flask-api-aurora-dev available, aurora-postgresql 15.19
               eu-south-1a: writer flask-api-aurora-writer-dev, available, `+class+`, 15.19
               eu-south-1a: reader flask-api-aurora-reader-1-dev, available, `+class+`, 15.19
`, "  "), columns.ReplaceAllString(screen.String(), "  "))
	assert.Regexp(t, `(?m)^image {`+strconv.Itoa(len(config.Defaults("dev").StackName())+2-len("image"))+`}\S`, screen.String())
}

// TestVerdict changes one thing at a time in an environment that is healthy.
func TestVerdict(t *testing.T) {
	primary := func(s *State) *types.Deployment { return &s.Service.Deployments[0] }
	for name, c := range map[string]struct {
		change func(*State)
		code   int
		shown  string
	}{
		"rolling out": {func(s *State) {
			primary(s).RolloutState, s.Service.RunningCount = types.DeploymentRolloutStateInProgress, 1
			s.Service.Deployments = append(s.Service.Deployments, types.Deployment{Status: aws.String("ACTIVE"), TaskDefinition: aws.String("a/t:2"), RunningCount: 1, FailedTasks: 3})
		}, RollingOut, "t:2 is being replaced, 1 running, 3 failed"},
		"failed":           {func(s *State) { primary(s).RolloutState = types.DeploymentRolloutStateFailed }, Unhealthy, "the deployment failed"},
		"rolled back":      {func(s *State) { primary(s).RolloutStateReason = aws.String("rolling back to b") }, Unhealthy, "was rolled back: rolling back to b"},
		"a task lacks":     {func(s *State) { s.Service.RunningCount = 1 }, Unhealthy, "1 of 2 tasks run"},
		"a sick task":      {func(s *State) { s.Tasks[0].HealthStatus = types.HealthStatusUnhealthy }, Unhealthy, "the task 11111111 fails its health check"},
		"no target":        {func(s *State) { s.Targets = nil }, Unhealthy, "no target is healthy"},
		"one target":       {func(s *State) { s.Targets = s.Targets[1:] }, Unhealthy, "1 of 2 targets are healthy"},
		"no load balancer": {func(s *State) { s.Targets, s.Service.LoadBalancers = nil, nil }, Healthy, "healthy"},
		"a reason":         {func(s *State) { s.Targets[2].TargetHealth.Reason = "Target.DeregistrationInProgress" }, Healthy, "1 draining (Target.DeregistrationInProgress)"},
		"an alarm": {func(s *State) {
			s.Alarms = []alarms.MetricAlarm{{AlarmName: aws.String("a"), StateValue: alarms.StateValueAlarm}}
		}, Unhealthy, "the alarm a is on"},
		"a quiet alarm":     {func(s *State) { s.Alarms = []alarms.MetricAlarm{{StateValue: alarms.StateValueInsufficientData}} }, Healthy, "1 without data yet"},
		"no database":       {func(s *State) { s.Cluster = database.DBCluster{} }, Unhealthy, "there is no database"},
		"a stopped cluster": {func(s *State) { s.Cluster.Status = aws.String("stopped") }, Unhealthy, "the database is stopped"},
		"a failed writer":   {func(s *State) { s.Instances[0].DBInstanceStatus = aws.String("failed") }, Unhealthy, "the writer flask-api-aurora-writer-dev is failed"},
		"a cache": {func(s *State) {
			s.Cache = &cache.ReplicationGroup{
				ReplicationGroupId: aws.String("flask-api-cache-dev"), Status: aws.String("modifying"), CacheNodeType: aws.String("cache.t4g.micro"),
				MemberClusters: []string{"1", "2"}, AutomaticFailover: cache.AutomaticFailoverStatusEnabled,
			}
		}, Healthy, "flask-api-cache-dev modifying, 2 × cache.t4g.micro, failover"},
		"a failed cache": {func(s *State) {
			s.Cache = &cache.ReplicationGroup{ReplicationGroupId: aws.String("c"), Status: aws.String("create-failed")}
		}, Unhealthy, "the cache is create-failed"},
		"no cache":     {func(s *State) { s.Cache = &cache.ReplicationGroup{} }, Unhealthy, "there is no cache"},
		"a new reader": {func(s *State) { s.Instances[1].DBInstanceStatus = aws.String("creating") }, Healthy, "flask-api-aurora-reader-1-dev, creating"},
		"a failed release": {func(s *State) {
			s.Release = &types.Task{TaskArn: aws.String("a/33333333"), StoppedAt: aws.Time(moment), Containers: []types.Container{{Name: aws.String("release"), ExitCode: aws.Int32(3)}}}
		}, Healthy, "task 33333333 ended with 3, 2026-11-26 01:00 UTC (just now)"},
		"a release that did not start": {func(s *State) {
			s.Release = &types.Task{TaskArn: aws.String("a/33333333"), StoppedReason: aws.String("CannotPullContainerError")}
		}, Healthy, "task 33333333 did not run: CannotPullContainerError, an unknown moment"},
	} {
		s := healthyState()
		c.change(&s)
		assert.Equal(t, c.code, s.Code(), name)
		var screen bytes.Buffer
		require.NoError(t, s.write(&screen, config.Defaults("dev"), moment))
		assert.Contains(t, screen.String(), c.shown, name)
	}
}

// TestDifferences changes one thing at a time of a configuration that is deployed.
func TestDifferences(t *testing.T) {
	as := func(change func(*config.Config)) config.Config {
		env := config.Defaults("dev")
		change(&env)
		return env
	}
	assert.Empty(t, healthyState().Differences(as(func(*config.Config) {})))
	class := config.Defaults("").Database.InstanceClass
	for want, change := range map[string]func(*config.Config){
		"Registry.ImageTag is v3 in the configuration, and v2 in AWS":                                                      func(c *config.Config) { c.Registry.ImageTag = "v3" },
		"Service.CPUUnits is 512 in the configuration, and 1024 in AWS":                                                    func(c *config.Config) { c.Service.CPUUnits = 512 },
		"Service.MemoryMiB is 4096 in the configuration, and 2048 in AWS":                                                  func(c *config.Config) { c.Service.MemoryMiB = 4096 },
		"Service.ExecuteCommand is true in the configuration, and false in AWS":                                            func(c *config.Config) { c.Service.ExecuteCommand = true },
		"Scaling is 3 to 9 tasks in the configuration, and 2 in AWS":                                                       func(c *config.Config) { c.Scaling.MinTasks, c.Scaling.MaxTasks = 3, 9 },
		"Database.EngineVersion is 16 in the configuration, and 15 in AWS":                                                 func(c *config.Config) { c.Database.EngineVersion = "16" },
		"Database.BackupRetentionDays is 30 in the configuration, and 7 in AWS":                                            func(c *config.Config) { c.Database.BackupRetentionDays = 30 },
		"Protected is true in the configuration, and false in AWS":                                                         func(c *config.Config) { c.Protected = true },
		"Database.ReaderCount is 2 in the configuration, and 1 in AWS":                                                     func(c *config.Config) { c.Database.ReaderCount = 2 },
		"Database.InstanceClass is db.other in the configuration, and " + class + " of flask-api-aurora-writer-dev in AWS": func(c *config.Config) { c.Database.InstanceClass = "db.other" },
	} {
		differences := healthyState().Differences(as(change))
		require.NotEmpty(t, differences, want)
		assert.Equal(t, want, differences[0])
	}
	cached := healthyState()
	cached.Cache = &cache.ReplicationGroup{ReplicationGroupId: aws.String("c"), CacheNodeType: aws.String("cache.t4g.micro"), MemberClusters: []string{"1", "2"}}
	assert.Equal(t, []string{"Cache.Replicas is 3 in the configuration, and 1 in AWS"}, cached.Differences(as(func(c *config.Config) { c.Cache.NodeType, c.Cache.Replicas = "cache.t4g.micro", 3 })))
	named := as(func(c *config.Config) { c.Registry.ImageTag = "v2" })
	assert.Empty(t, healthyState().Differences(named))
	assert.Empty(t, healthyState().Differences(as(func(c *config.Config) { c.Registry.ImageTag, c.Deployment.Images = "v3", config.ImagesExternal })), "a pipeline decides")
}

func TestTag(t *testing.T) {
	for image, want := range map[string]string{
		config.PlaceholderImage:         "placeholder",
		"example.com:5000/api:v1":       "v1",
		"example.com/api:v1@sha256:abc": "sha256:abc",
	} {
		assert.Equal(t, want, tagOf(image))
	}
}
