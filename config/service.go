package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Service is the ECS service and its Fargate task.
type Service struct {
	// CPUUnits is the task's CPU; 1024 units are one vCPU.
	CPUUnits int
	// MemoryMiB is the task's memory, one that Fargate pairs with the CPU.
	MemoryMiB int
	// CPUArchitecture is what the image is built for. ARM64 costs about a fifth
	// less.
	CPUArchitecture CPUArchitecture
	// EphemeralStorageGiB is the task's disk, 20 to 200; what goes beyond 20 costs
	// about 0.08 USD a month for each GiB and task.
	EphemeralStorageGiB int
	// ContainerPort is where the API listens, from 1024 on: it runs without Linux
	// capabilities.
	ContainerPort int
	// Environment is what the container gets beside the variables of the database.
	// It is readable in the JSON, the plan and the console.
	Environment map[string]string
	// Secrets are variables that ECS reads from Secrets Manager when a task starts:
	// their names, and the ARNs of secrets of this region, each with `:<key>::`
	// behind it for one key of a JSON secret. A secret with a key of your own needs
	// a key policy that lets the execution role decrypt.
	Secrets map[string]string
	// ReadOnlyRootFilesystem leaves the container nothing to write to but /tmp. An
	// image that does not run as root has to own it, by `VOLUME /tmp` in its
	// Dockerfile.
	ReadOnlyRootFilesystem bool
	// ContainerHealthCheck asks for LoadBalancer.HealthCheckPath from inside of the
	// container, too, with the image's own python3, so that a task that is stuck is
	// replaced even where no request reaches it.
	ContainerHealthCheck bool
	// StopTimeoutSeconds is how long a container may take to end by itself after
	// SIGTERM, up to 120.
	StopTimeoutSeconds int
	// ExecuteCommand lets `aws ecs execute-command` open a shell in a task, logged
	// to a log group of its own. It needs a root file system that can be written.
	ExecuteCommand bool
	// SpotPercent is the share of tasks, above OnDemandBaseTasks, that run on spare
	// capacity: about 70 % cheaper, and stopped with a warning of two minutes when
	// AWS wants it back. Changed from or to 0, the service is replaced.
	SpotPercent int
	// OnDemandBaseTasks is how many tasks never run on spare capacity; 0 without
	// any.
	OnDemandBaseTasks int
	// Tracing runs the AWS Distro for OpenTelemetry collector beside the API, which
	// sends on to X-Ray what the API sends to port 4317 or 4318 of localhost. It
	// takes up to 256 MiB of the task's memory; X-Ray costs about 5 USD for a
	// million traces.
	Tracing bool
	// HealthCheckGracePeriodSeconds is how long a new task may fail its health checks.
	HealthCheckGracePeriodSeconds int
	// DeploymentTimeoutMinutes is how long an apply waits for a steady service.
	DeploymentTimeoutMinutes int
}

// CPUArchitecture is what a task's processor understands.
type CPUArchitecture string

const (
	// X86 runs images that were built for linux/amd64.
	X86 CPUArchitecture = "X86_64"
	// ARM64 runs images that were built for linux/arm64.
	ARM64 CPUArchitecture = "ARM64"
)

func defaultService() Service {
	return Service{
		CPUUnits:                      1024,
		MemoryMiB:                     2048,
		CPUArchitecture:               X86,
		EphemeralStorageGiB:           20,
		ContainerPort:                 5000,
		StopTimeoutSeconds:            30,
		HealthCheckGracePeriodSeconds: 60,
		DeploymentTimeoutMinutes:      20,
	}
}

// fargateMemory is the memory in MiB that Fargate pairs with each CPU size.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
var fargateMemory = map[int][]int{
	256:   {512, 1024, 2048},
	512:   steps(1024, 4096, 1024),
	1024:  steps(2048, 8192, 1024),
	2048:  steps(4096, 16384, 1024),
	4096:  steps(8192, 30720, 1024),
	8192:  steps(16384, 61440, 4096),
	16384: steps(32768, 122880, 8192),
}

// steps are the numbers from first to last.
func steps(first, last, step int) []int {
	var numbers []int
	for n := first; n <= last; n += step {
		numbers = append(numbers, n)
	}
	return numbers
}

// checkService checks the task's size and disk, what its container gets and may
// do, and the service's patience.
func (p *problems) checkService(c Config) {
	s := c.Service
	memory, ok := fargateMemory[s.CPUUnits]
	switch {
	case !ok:
		p.add("Service.CPUUnits", s.CPUUnits, "is not a Fargate size",
			"256, 512, 1024, 2048, 4096, 8192 or 16384", "write one of these")
	case !slices.Contains(memory, s.MemoryMiB):
		p.add("Service.MemoryMiB", s.MemoryMiB, fmt.Sprintf("is not a Fargate size for %d CPU units", s.CPUUnits),
			oneOf(memory), fmt.Sprintf("write %d", atLeast(memory, s.MemoryMiB)))
	}
	if s.CPUArchitecture != X86 && s.CPUArchitecture != ARM64 {
		p.add("Service.CPUArchitecture", string(s.CPUArchitecture), "is no architecture of Fargate",
			string(X86)+" or "+string(ARM64), "write what the image is built for")
	}
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
	p.between("Service.EphemeralStorageGiB", s.EphemeralStorageGiB, 20, 200)
	p.checkContainerPort(s)
	p.checkVariables(c)
	p.checkContainer(c)
	p.checkSpot(c)
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
	p.between("Service.HealthCheckGracePeriodSeconds", s.HealthCheckGracePeriodSeconds, 0, unlimited)
	// No AWS limit: an apply that waits longer than two hours is a mistake.
	p.between("Service.DeploymentTimeoutMinutes", s.DeploymentTimeoutMinutes, 1, 120)
	needed := s.HealthCheckGracePeriodSeconds + c.LoadBalancer.DeregistrationDelaySeconds + s.StopTimeoutSeconds
	if available := 60 * s.DeploymentTimeoutMinutes; available > 0 && available <= needed {
		p.add("Service.DeploymentTimeoutMinutes", s.DeploymentTimeoutMinutes, "ends before a deployment can",
			fmt.Sprintf("more than the %d seconds of Service.HealthCheckGracePeriodSeconds, LoadBalancer.DeregistrationDelaySeconds and Service.StopTimeoutSeconds together", needed),
			"lengthen the timeout or shorten the others")
	}
}

// collectorPorts are taken by the collector of the traces, which shares the task's
// network: for traces, and for its own metrics.
var collectorPorts = []int{4317, 4318, 8888}

// checkContainerPort wants a port that a program without Linux capabilities may
// listen on, and that is free.
func (p *problems) checkContainerPort(s Service) {
	p.between("Service.ContainerPort", s.ContainerPort, 1024, 65535)
	if s.Tracing && slices.Contains(collectorPorts, s.ContainerPort) {
		p.add("Service.ContainerPort", s.ContainerPort, "is a port of the collector that Service.Tracing runs beside the API",
			"any but "+oneOf(collectorPorts), "let the API listen on another port")
	}
}

var (
	// variableForm is what a shell takes for the name of a variable.
	variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// secretForm is the ARN of a secret, and what ECS lets one add to it: the key of
	// a JSON secret, the stage and the id of a version.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
	secretForm = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}(:[A-Za-z0-9/_+=.@-]*:[A-Za-z0-9/_+=.@-]*:[A-Za-z0-9-]*)?$`)
)

// checkVariables checks the names, that none is given twice or taken by this
// program, and where secrets are.
func (p *problems) checkVariables(c Config) {
	s := c.Service
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		field := fmt.Sprintf("Service.Environment[%q]", name)
		p.checkVariable(field, name, s.Tracing)
		// https://developer.hashicorp.com/terraform/language/expressions/strings
		if value := s.Environment[name]; strings.Contains(value, "${") || strings.Contains(value, "%{") {
			p.add(field, value, "would be read by Terraform as a template", "text without ${ and %{", "put the value into a secret")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		field := fmt.Sprintf("Service.Secrets[%q]", name)
		p.checkVariable(field, name, s.Tracing)
		if value, twice := s.Environment[name]; twice {
			p.add(field, value, "is in Service.Environment, too", "a name in one of the two", "remove one of the two")
		}
		const allowed = "arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>, with or without :<key>:: behind it"
		switch arn := secretForm.FindStringSubmatch(s.Secrets[name]); {
		case arn == nil:
			p.add(field, s.Secrets[name], "is not the ARN of a secret", allowed, "copy the ARN from Secrets Manager")
		case arn[1] != c.Region:
			p.add(field, s.Secrets[name], "is a secret of another region", allowed+", in "+c.Region, "replicate the secret to "+c.Region)
		}
	}
}

// checkVariable checks one name.
func (p *problems) checkVariable(field, name string, tracing bool) {
	p.matches(field, name, variableForm, "letters, digits and _ that do not begin with a digit", "rename the variable")
	ours := []string{"DB_HOST", "DB_READER_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD"}
	if tracing {
		ours = append(ours, "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_SERVICE_NAME")
	}
	if slices.Contains(ours, name) {
		p.add(field, name, "is a variable that every task gets already", "any other name", "rename the variable")
	}
}

// checkContainer checks how a container is checked and stopped, and that what it
// may do fits together.
func (p *problems) checkContainer(c Config) {
	s := c.Service
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	p.between("Service.StopTimeoutSeconds", s.StopTimeoutSeconds, 1, 120)
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
	if s.ExecuteCommand && s.ReadOnlyRootFilesystem {
		p.add("Service.ExecuteCommand", true, "needs a root file system that can be written",
			"true without Service.ReadOnlyRootFilesystem", "set one of the two to false")
	}
	// Python follows redirects and fails on a status of 400 or more.
	if matcher := c.LoadBalancer.HealthCheckMatcher; s.ContainerHealthCheck && isMatcher(matcher) && !isSuccess(matcher) {
		p.add("Service.ContainerHealthCheck", true, fmt.Sprintf("fails on some of LoadBalancer.HealthCheckMatcher, %q", matcher),
			"true with statuses of 200 to 299", "set Service.ContainerHealthCheck to false, or answer health checks with 200")
	}
	if s.Tracing && c.Network.NAT == NATNone {
		p.add("Service.Tracing", true, "needs an image of a public registry, to which Network.NAT leaves no way",
			"true with a NAT gateway", "set Service.Tracing to false or Network.NAT to single")
	}
}

// checkSpot checks the share of tasks that AWS may stop. It stops them while the
// load balancer still sends them what is under way, which they must be given the
// time for.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func (p *problems) checkSpot(c Config) {
	s := c.Service
	p.between("Service.SpotPercent", s.SpotPercent, 0, 100)
	switch {
	case s.SpotPercent == 0 && s.OnDemandBaseTasks != 0:
		p.add("Service.OnDemandBaseTasks", s.OnDemandBaseTasks, "is without effect, because no task runs on spare capacity",
			"0 without Service.SpotPercent", "write 0 or set Service.SpotPercent")
	case s.SpotPercent > 0:
		p.between("Service.OnDemandBaseTasks", s.OnDemandBaseTasks, 1, max(1, c.Scaling.MaxTasks))
		if delay := c.LoadBalancer.DeregistrationDelaySeconds; s.StopTimeoutSeconds < delay {
			p.add("Service.StopTimeoutSeconds", s.StopTimeoutSeconds, "ends a task that spare capacity is taken from before its requests",
				fmt.Sprintf("LoadBalancer.DeregistrationDelaySeconds, %d, or more with Service.SpotPercent", delay),
				"lengthen the timeout, up to 120, or shorten the delay")
		}
	}
}
