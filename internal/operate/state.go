package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	alarms "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	cache "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	balancer "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	database "github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// State is what AWS says of an environment at one moment.
type State struct {
	// API is what the service's own container is called.
	API     string
	Service types.Service
	// Stopped is whether a schedule has stopped the service.
	Stopped bool
	// Definition is that of the newest deployment.
	Definition types.TaskDefinition
	// Workers are those of the configuration that are there.
	Workers []Process
	// Services are those of the configuration that are there.
	Services []WebService
	// Tasks are those that the service wants to run.
	Tasks   []types.Task
	Targets []balancer.TargetHealthDescription
	// Alarms are those that tell the environment's topic; none without Alarms.Enabled.
	Alarms    []alarms.MetricAlarm
	Cluster   database.DBCluster
	Instances []database.DBInstance
	// Cache is nil where the configuration has none, and empty where it is missing.
	Cache *cache.ReplicationGroup
	// Release is the last task of the release command that ECS still shows, for an hour, or
	// nil.
	Release *types.Task
	// Jobs are the last runs of the jobs of the configuration that are there.
	Jobs []JobRun
}

// Look asks AWS for the environment's state.
func (p *Platform) Look(ctx context.Context) (s State, err error) {
	s.API = p.Config.Name
	if s.Service, err = p.service(ctx); err != nil {
		return s, err
	}
	s.Stopped = s.Service.DesiredCount == 0 && p.Config.Scaling.FewestTasks() == 0
	for _, part := range []func(context.Context, *State) error{
		p.lookAtDefinition, p.lookAtWorkers, p.lookAtServices, p.lookAtTasks, p.lookAtTargets, p.lookAtAlarms, p.lookAtDatabase, p.lookAtCache, p.lookAtJobs,
	} {
		if err := part(ctx, &s); err != nil {
			return s, fmt.Errorf("asking AWS for %s: %w", p.Config.StackName(), explained(err))
		}
	}
	return s, nil
}

func (p *Platform) lookAtDefinition(ctx context.Context, s *State) error {
	found, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: primary(s.Service).TaskDefinition})
	if err == nil {
		s.Definition = *found.TaskDefinition
	}
	return err
}

func (p *Platform) lookAtTasks(ctx context.Context, s *State) (err error) {
	s.Tasks, err = p.tasks(ctx, &ecs.ListTasksInput{ServiceName: s.Service.ServiceName, DesiredStatus: types.DesiredStatusRunning})
	if err != nil {
		return err
	}
	slices.SortFunc(s.Tasks, func(a, b types.Task) int {
		return strings.Compare(aws.ToString(a.AvailabilityZone)+*a.TaskArn, aws.ToString(b.AvailabilityZone)+*b.TaskArn)
	})
	released, err := p.tasks(ctx, &ecs.ListTasksInput{Family: aws.String(p.Config.PhysicalName("release")), DesiredStatus: types.DesiredStatusStopped})
	for _, task := range released {
		if s.Release == nil || aws.ToTime(task.StoppedAt).After(aws.ToTime(s.Release.StoppedAt)) {
			s.Release = &task
		}
	}
	return err
}

// tasks lists and describes tasks of the cluster. One that is gone in between is left out.
func (p *Platform) tasks(ctx context.Context, listed *ecs.ListTasksInput) (tasks []types.Task, err error) {
	listed.Cluster = aws.String(p.Config.PhysicalName("cluster"))
	pages := ecs.NewListTasksPaginator(p.ecs(), listed) // A page has as many as DescribeTasks takes.
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil || len(page.TaskArns) == 0 {
			return tasks, err
		}
		described, err := p.ecs().DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: listed.Cluster, Tasks: page.TaskArns})
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, described.Tasks...)
	}
	return tasks, nil
}

func (p *Platform) lookAtTargets(ctx context.Context, s *State) (err error) {
	s.Targets, err = p.targets(ctx, s.Service)
	return err
}

// targets are those that the load balancer sends the service's requests to.
func (p *Platform) targets(ctx context.Context, service types.Service) (targets []balancer.TargetHealthDescription, err error) {
	for _, group := range service.LoadBalancers {
		found, err := elb.NewFromConfig(p.AWS).DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
		if err != nil {
			return nil, err
		}
		targets = append(targets, found.TargetHealthDescriptions...)
	}
	return targets, nil
}

// lookAtAlarms finds the alarms by the topic that they tell. Those of autoscaling, which
// are on whenever there is little to do, tell another.
func (p *Platform) lookAtAlarms(ctx context.Context, s *State) error {
	if !p.Config.Alarms.Enabled {
		return nil
	}
	cluster := strings.Split(*s.Service.ClusterArn, ":")
	topic := strings.Join([]string{cluster[0], cluster[1], "sns", cluster[3], cluster[4], p.Config.PhysicalName("alarms")}, ":")
	pages := cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(p.AWS), &cloudwatch.DescribeAlarmsInput{ActionPrefix: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, alarm := range page.MetricAlarms {
			if slices.Contains(alarm.AlarmActions, topic) {
				s.Alarms = append(s.Alarms, alarm)
			}
		}
	}
	return nil
}

func (p *Platform) lookAtDatabase(ctx context.Context, s *State) error {
	client, name := rds.NewFromConfig(p.AWS), p.Config.PhysicalName("aurora")
	clusters, err := client.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	var missing *database.DBClusterNotFoundFault
	if errors.As(err, &missing) {
		return nil // The screen says so.
	}
	if err != nil {
		return err
	}
	s.Cluster = clusters.DBClusters[0]
	pages := rds.NewDescribeDBInstancesPaginator(client, &rds.DescribeDBInstancesInput{
		Filters: []database.Filter{{Name: aws.String("db-cluster-id"), Values: []string{name}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		s.Instances = append(s.Instances, page.DBInstances...)
	}
	return nil
}
