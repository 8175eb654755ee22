package operate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	alarms "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	balancer "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"flask-api/config"
)

// The exit codes of what looks at an environment. That it could not be looked at is
// another one.
const (
	Healthy   = 0
	Unhealthy = 1
	// RollingOut is without a problem so far.
	RollingOut = 3
)

// Code is the exit code for a state.
func (s State) Code() int {
	switch {
	case len(s.Problems()) > 0:
		return Unhealthy
	case primary(s.Service).RolloutState == types.DeploymentRolloutStateInProgress, slices.ContainsFunc(s.Workers, Process.going),
		slices.ContainsFunc(s.Services, func(w WebService) bool { return w.going() }):
		return RollingOut
	}
	return Healthy
}

// Problems are what people have to look at. While a deployment goes on, tasks and
// targets are missing as they should.
func (s State) Problems() (problems []string) {
	add := func(wrong bool, format string, arguments ...any) {
		if wrong {
			problems = append(problems, fmt.Sprintf(format, arguments...))
		}
	}
	newest := primary(s.Service)
	going := newest.RolloutState == types.DeploymentRolloutStateInProgress
	add(newest.RolloutState == types.DeploymentRolloutStateFailed, "the deployment failed: %s", aws.ToString(newest.RolloutStateReason))
	add(strings.Contains(aws.ToString(newest.RolloutStateReason), "rolling back"), "the last deployment was rolled back: %s", aws.ToString(newest.RolloutStateReason))
	add(!going && s.Service.RunningCount < s.Service.DesiredCount, "%d of %d tasks run", s.Service.RunningCount, s.Service.DesiredCount)
	for _, task := range s.Tasks {
		add(task.HealthStatus == types.HealthStatusUnhealthy, "the task %s fails its health check", short(*task.TaskArn))
	}
	if !s.Stopped {
		problems = append(problems, targetProblems(s.Service, s.Targets, going)...)
	}
	for _, worker := range s.Workers {
		for _, problem := range s.workerProblems(worker) {
			add(problem != "", "the worker %s: %s", worker.Name, problem)
		}
	}
	for _, service := range s.Services {
		for _, problem := range service.problems() {
			add(problem != "", "the service %s: %s", service.Name, problem)
		}
	}
	for _, alarm := range s.Alarms {
		add(alarm.StateValue == alarms.StateValueAlarm, "the alarm %s is on", aws.ToString(alarm.AlarmName))
	}
	add(s.Cluster.DBClusterIdentifier == nil, "there is no database")
	add(s.Cluster.DBClusterIdentifier != nil && !serves(s.Cluster.Status), "the database is %s", aws.ToString(s.Cluster.Status))
	for _, instance := range s.Instances {
		writer := s.writer(*instance.DBInstanceIdentifier)
		add(writer && !serves(instance.DBInstanceStatus), "the writer %s is %s", *instance.DBInstanceIdentifier, aws.ToString(instance.DBInstanceStatus))
	}
	if s.Cache != nil {
		problem := s.cacheProblem()
		add(problem != "", "%s", problem)
	}
	return problems
}

// targetProblems are what is wrong with the targets of a service. While a deployment goes on,
// some are missing as they should.
func targetProblems(service types.Service, targets []balancer.TargetHealthDescription, going bool) []string {
	healthy := 0
	for _, target := range targets {
		if target.TargetHealth != nil && target.TargetHealth.State == balancer.TargetHealthStateEnumHealthy {
			healthy++
		}
	}
	switch {
	case healthy == 0 && len(service.LoadBalancers) > 0:
		return []string{"no target is healthy"}
	case healthy > 0 && healthy < int(service.DesiredCount) && !going:
		return []string{fmt.Sprintf("%d of %d targets are healthy", healthy, service.DesiredCount)}
	}
	return nil
}

// serves tells whether a database in that status takes connections:
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html
func serves(status *string) bool {
	text := aws.ToString(status)
	return strings.HasPrefix(text, "configuring-") || slices.Contains([]string{"available", "backing-up", "modifying", "promoting", "storage-optimization", "update-iam-db-auth"}, text)
}

// writer tells whether the instance is the one that writes.
func (s State) writer(instance string) bool {
	for _, member := range s.Cluster.DBClusterMembers {
		if aws.ToString(member.DBInstanceIdentifier) == instance {
			return aws.ToBool(member.IsClusterWriter)
		}
	}
	return false
}

// Differences are what the configuration says otherwise, of what is looked at anyway:
// `make plan` knows all of it.
func (s State) Differences(env config.Config) (differences []string) {
	compare := func(field string, configured, found any) {
		if fmt.Sprint(configured) != fmt.Sprint(found) {
			differences = append(differences, fmt.Sprintf("%s is %v in the configuration, and %v in AWS", field, configured, found))
		}
	}
	if env.Deployment.Images == config.ImagesTerraform && env.Registry.ImageTag != "" {
		compare("Registry.ImageTag", env.Registry.ImageTag, s.tag())
	}
	compare("Service.CPUUnits", env.Service.CPUUnits, aws.ToString(s.Definition.Cpu))
	compare("Service.MemoryMiB", env.Service.MemoryMiB, aws.ToString(s.Definition.Memory))
	if platform := s.Definition.RuntimePlatform; platform != nil && platform.CpuArchitecture != "" {
		compare("Service.CPUArchitecture", env.Service.CPUArchitecture, platform.CpuArchitecture)
	}
	compare("Service.ExecuteCommand", env.Service.ExecuteCommand && !env.Service.ReadOnlyRootFilesystem, s.Service.EnableExecuteCommand)
	if desired := int(s.Service.DesiredCount); desired < env.Scaling.FewestTasks() || desired > env.Scaling.MostTasks() {
		compare("Scaling", fmt.Sprintf("%d to %d tasks", env.Scaling.FewestTasks(), env.Scaling.MostTasks()), desired)
	}
	for _, worker := range env.Workers {
		if !slices.ContainsFunc(s.Workers, func(w Process) bool { return w.Name == worker.Name }) {
			differences = append(differences, absent("worker", worker.Name))
		}
	}
	for _, job := range env.Jobs {
		if !slices.ContainsFunc(s.Jobs, func(run JobRun) bool { return run.Job.Name == job.Name }) {
			differences = append(differences, absent("job", job.Name))
		}
	}
	differences = append(differences, s.serviceDifferences(env)...)
	if s.Cache != nil && s.Cache.ReplicationGroupId != nil {
		compare("Cache.NodeType", env.Cache.NodeType, aws.ToString(s.Cache.CacheNodeType))
		compare("Cache.Replicas", env.Cache.Replicas, len(s.Cache.MemberClusters)-1)
	}
	if s.Cluster.DBClusterIdentifier == nil {
		return differences
	}
	compare("Database.EngineVersion", major(env.Database.EngineVersion), major(aws.ToString(s.Cluster.EngineVersion)))
	compare("Database.BackupRetentionDays", env.Database.BackupRetentionDays, aws.ToInt32(s.Cluster.BackupRetentionPeriod))
	compare("Protected", env.Protected, aws.ToBool(s.Cluster.DeletionProtection))
	if readers := max(len(s.Instances)-1, 0); readers < env.Database.ReaderCount || readers > max(env.Database.ReaderCount, env.Database.MaxReaders) {
		compare("Database.ReaderCount", env.Database.ReaderCount, readers)
	}
	for _, instance := range s.Instances {
		if class := aws.ToString(instance.DBInstanceClass); class != env.Database.InstanceClass {
			compare("Database.InstanceClass", env.Database.InstanceClass, class+" of "+*instance.DBInstanceIdentifier)
		}
	}
	return differences
}

// absent says that a part was configured, and not deployed yet.
func absent(kind, name string) string {
	return fmt.Sprintf("the %s %s is in the configuration, and not in AWS", kind, name)
}

// absent says how it is deployed, too.
func (p *Platform) absent(kind, name string) error {
	return fmt.Errorf("%s: make deploy ENVIRONMENT=%s", absent(kind, name), p.Config.Suffix)
}

// major is the part of an engine's version that the configuration decides on: AWS upgrades
// the rest.
func major(version string) string {
	before, _, _ := strings.Cut(version, ".")
	return before
}

// Image is what the service's own container runs.
func (s State) Image() string { return imageOf(s.Definition, s.API) }

// imageOf is what the container of that name runs.
func imageOf(definition types.TaskDefinition, name string) string {
	for _, container := range definition.ContainerDefinitions {
		if aws.ToString(container.Name) == name {
			return aws.ToString(container.Image)
		}
	}
	return ""
}

// tag is the part of the image that the configuration names.
func (s State) tag() string { return tagOf(s.Image()) }

// tagOf is an image's tag or digest, or the configuration's word for the placeholder.
func tagOf(image string) string {
	if image == config.PlaceholderImage {
		return config.TagPlaceholder
	}
	if _, digest, pinned := strings.Cut(image, "@"); pinned {
		return digest
	}
	return image[strings.LastIndex(image, ":")+1:]
}

// digest is that of the image that the newest deployment's tasks have pulled, or empty.
func (s State) digest() string {
	for _, task := range s.Tasks {
		if aws.ToString(task.TaskDefinitionArn) != aws.ToString(s.Definition.TaskDefinitionArn) {
			continue
		}
		for _, container := range task.Containers {
			if aws.ToString(container.Name) == s.API && container.ImageDigest != nil {
				return *container.ImageDigest
			}
		}
	}
	return ""
}
