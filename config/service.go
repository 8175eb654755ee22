package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// Service is the ECS service and its Fargate task.
type Service struct {
	// CPUUnits is the CPU of a task in units of 1/1024 vCPU, a size of Fargate: 256,
	// 512, 1024, 2048, 4096, 8192 or 16384, or a larger one that AWS has added.
	CPUUnits int
	// MemoryMiB is the memory of a task, one that Fargate pairs with the CPU.
	MemoryMiB int
	// CPUArchitecture is what the image is built for: "X86_64", the default, or
	// "ARM64", which costs about a fifth less.
	CPUArchitecture CPUArchitecture
	// EphemeralStorageGiB is the disk of a task, 20 to 200; what goes beyond 20 costs
	// about 0.08 USD a month for each GiB and task.
	EphemeralStorageGiB int
	// ContainerPort is the TCP port where the API listens, 1024 to 65535: it runs
	// without Linux capabilities. Changed, the old tasks are out of reach until the new ones
	// run, unless the ports between the two are open meanwhile.
	ContainerPort int
	// Environment are the variables that the container gets in addition to those of
	// the database, none by default. Everyone who sees the JSON, the plan or the
	// console can read them.
	Environment map[string]string
	// Secrets are variables whose values ECS reads when a task starts, none by default:
	// their names, and the ARNs of secrets of Secrets Manager in this region, each followed
	// by `:<key>::` for one key of a JSON secret, or of parameters of Systems Manager.
	Secrets map[string]string
	// SecretKeyARNs are the keys of your own that Secrets are encrypted with, and those of
	// Services, which the execution role may decrypt with. The policy of each has to let IAM decide that.
	SecretKeyARNs []string
	// Permissions are what the API itself may do in AWS in addition to what the program's own
	// parts need, none by default.
	Permissions []Permission
	// EnvironmentFiles are the ARNs of up to 10 objects of S3 whose names end in .env, with
	// a variable in each line, none by default. A variable of Environment comes first.
	// Everyone who may read the objects can read them.
	EnvironmentFiles []string
	// EntryPoint is what the container runs, as a list of its words, in place of the image's
	// own, the default. The placeholder keeps its own, and ReleaseCommand gets it, too.
	EntryPoint []string
	// Command is what the entry point is given, or what runs without one, as a list of its
	// words, in place of the image's own, the default. The placeholder keeps its own.
	Command []string
	// User is whom the container runs as, in numbers: a user, or a user and a group such as
	// "1000:1000"; empty, the default, is whoever the image says.
	User string
	// OpenFileLimit is how many files and connections a container may have open, 1024 to
	// 1048576; 0, the default, leaves Fargate's own, 65535.
	OpenFileLimit int
	// LogBufferMiB is how much of its output a container keeps while CloudWatch does not take
	// it, 0 to 256; what is more is lost. With 0, nothing is, and the API waits in its place.
	LogBufferMiB int
	// LogMultilinePattern is a regular expression of how the first line of a message begins,
	// such as `^\d{4}-`; empty, the default, makes a message of each line.
	LogMultilinePattern string
	// ReadOnlyRootFilesystem leaves the container nothing to write to but /tmp. An
	// image that does not run as root has to own it, by `VOLUME /tmp` in its
	// Dockerfile.
	ReadOnlyRootFilesystem bool
	// ContainerHealthCheck requests LoadBalancer.HealthCheckPath from inside of the
	// container, too, with the image's own python3, so that a task that hangs is
	// replaced even where no request reaches it.
	ContainerHealthCheck bool
	// StopTimeoutSeconds is how long a container may take to end by itself after
	// SIGTERM, 2 to 120.
	StopTimeoutSeconds int
	// ExecuteCommand lets people open a shell in a task with the API's image and roles,
	// logged to a log group of its own: `make run INTERACTIVE=1`. Unless
	// ReadOnlyRootFilesystem is set, `aws ecs execute-command` opens one in the service's
	// own tasks, too.
	ExecuteCommand bool
	// SpotPercent is the share of tasks, above OnDemandBaseTasks, that run on spare
	// capacity, 0 to 100: about 70 % cheaper, and stopped with a warning of two minutes
	// when AWS reclaims it. Changed from or to 0, the service is replaced.
	SpotPercent int
	// OnDemandBaseTasks is how many tasks never run on spare capacity, from 1 on; 0,
	// the default, where SpotPercent is 0.
	OnDemandBaseTasks int
	// EnhancedInsights has Container Insights measure each task and container, too, which
	// CloudWatch bills by the metric.
	EnhancedInsights bool
	// Tracing runs the AWS Distro for OpenTelemetry collector next to the API, which
	// sends to X-Ray what the API sends to port 4317 or 4318 of localhost. It
	// takes up to 256 MiB of the task's memory; X-Ray costs about 5 USD for a
	// million traces.
	Tracing bool
	// HealthCheckGracePeriodSeconds is how long a new task may fail its health checks,
	// from 0 on.
	HealthCheckGracePeriodSeconds int
	// DeploymentTimeoutMinutes is how long an apply waits for a steady service, 1 to
	// 120 and longer than a deployment.
	DeploymentTimeoutMinutes int
	// ReleaseCommand is a command, as a list of its words, that runs once for each
	// deployment, with the new image, before the service moves to it, such as that of
	// database migrations; none by default. Where it fails, the service stays as it is.
	// With Deployment.Images "external", the pipeline starts it. It runs in a task of its
	// own, which costs as much as one of the service's while it runs.
	ReleaseCommand []string
	// ReleaseTimeoutMinutes is how long ReleaseCommand may take, with the start of its
	// task, 1 to 14; then it is stopped and has failed. The tasks of Database.MaskSQL and
	// Database.Roles have the same time.
	ReleaseTimeoutMinutes int
}

// CPUArchitecture is the processor that an image is built for.
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
		LogBufferMiB:                  25,
		StopTimeoutSeconds:            30,
		HealthCheckGracePeriodSeconds: 60,
		DeploymentTimeoutMinutes:      20,
		ReleaseTimeoutMinutes:         10,
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
// do, and how long the service waits.
func (p *problems) checkService(s Service) {
	p.checkTaskSize("Service.", s.CPUUnits, s.MemoryMiB)
	if s.CPUArchitecture != X86 && s.CPUArchitecture != ARM64 {
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
		p.add("Service.CPUArchitecture", s.CPUArchitecture, "is unknown", aws(string(X86)+" or "+string(ARM64)), write(X86))
	}
	// Fargate has 20 GiB without being asked, and accepts 21 to 200.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
	p.between("Service.EphemeralStorageGiB", s.EphemeralStorageGiB, bounds{low: 20, high: 200})
	p.checkContainerPort(s)
	p.checkVariables("Service.", s.Environment, s.Secrets, s.Tracing)
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	p.between("Service.StopTimeoutSeconds", s.StopTimeoutSeconds, bounds{low: 2, high: 120})
	p.checkSpot(s)
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
	p.between("Service.HealthCheckGracePeriodSeconds", s.HealthCheckGracePeriodSeconds, bounds{low: 0, high: unlimited})
	p.checkRelease(s)
	p.checkProcess(s)
	p.checkEnvironmentFiles(s)
}

// checkRelease checks the release command. The function that waits for it ends after 15
// minutes, and needs the last one to stop the task and to tell what it printed:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
func (p *problems) checkRelease(s Service) {
	p.checkProgram("Service.ReleaseCommand", s.ReleaseCommand)
	p.between("Service.ReleaseTimeoutMinutes", s.ReleaseTimeoutMinutes, bounds{
		low: 1, high: 14,
		lowBecause: "a task takes most of a minute to start", highBecause: "the function that waits for the task ends after 15 minutes; run what takes longer apart from a deployment",
	})
}

// checkTaskSize checks the sizes that are known. AWS has only ever added larger ones,
// so that whole vCPUs and GiB beyond the largest are left to AWS.
func (p *problems) checkTaskSize(section string, cpuUnits, memoryMiB int) {
	cpu, memory := section+"CPUUnits", section+"MemoryMiB"
	const vCPU, gib = 1024, 1024
	sizes := slices.Sorted(maps.Keys(fargateMemory))
	pairs, known := fargateMemory[cpuUnits]
	switch {
	case cpuUnits > sizes[len(sizes)-1] && cpuUnits%vCPU == 0:
		if memoryMiB < gib || memoryMiB%gib != 0 {
			p.add(memory, memoryMiB, "is not a size of Fargate", aws("whole GiB of 1024 MiB"), write(max(1, (memoryMiB+gib-1)/gib)*gib))
		}
	case known:
		p.oneOf(memory, memoryMiB, pairs, fmt.Sprintf("is not a size of Fargate for %d CPU units", cpuUnits))
	default:
		p.add(cpu, cpuUnits, "is not a size of Fargate", aws(list(sizes)+", or a larger size in whole vCPUs of 1024 units"), write(nearestCPU(cpuUnits, memoryMiB, sizes)))
	}
}

// nearestCPU is the size next to the CPU, of those that Fargate pairs with the memory
// if there are any.
func nearestCPU(cpuUnits, memoryMiB int, sizes []int) int {
	fitting := slices.DeleteFunc(slices.Clone(sizes), func(size int) bool { return !slices.Contains(fargateMemory[size], memoryMiB) })
	if len(fitting) > 0 {
		sizes = fitting
	}
	return atLeast(sizes, cpuUnits)
}

// collectorPorts are taken by the collector of the traces, which shares the task's
// network: for traces, and for its own metrics.
var collectorPorts = []int{4317, 4318, 8888}

// portBounds are those of a port where a container listens.
var portBounds = bounds{low: 1024, high: 65535, lowBecause: "the container has no Linux capabilities, which a lower port needs"}

// checkContainerPort requires a port that a program without Linux capabilities may
// listen on, and that is free.
func (p *problems) checkContainerPort(s Service) {
	const field = "Service.ContainerPort"
	p.between(field, s.ContainerPort, portBounds)
	if s.Tracing && slices.Contains(collectorPorts, s.ContainerPort) {
		p.add(field, s.ContainerPort, "is taken",
			ours("any port but "+list(collectorPorts), "the collector of Service.Tracing listens on these"), do("let the API listen on another port"))
	}
}

var (
	// variableForm is what a shell accepts as the name of a variable.
	// https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap03.html#tag_03_235
	variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// secretForm is what an ARN says of a secret: its name, in which AWS itself uses an
	// exclamation mark, as in rds!cluster-…, and six characters. ECS accepts after it
	// the key of a JSON secret, the stage and the id of a version.
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	// https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
	secretForm = regexp.MustCompile(`^secret:[A-Za-z0-9/_+=.@!-]+-[A-Za-z0-9]{6}(:[^:]*:[^:]*:[^:]*)?$`)
	// parameterForm is what an ARN says of a parameter, whose own name may begin with a slash:
	// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
	parameterForm = regexp.MustCompile(`^parameter/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)
	// secretForms are those by the service of AWS; nothing is of another one's.
	secretForms = forms{"secretsmanager": secretForm, "ssm": parameterForm}
)

// checkVariables checks the names and values, and that no name is given twice or
// used by this program.
func (p *problems) checkVariables(section string, environment, secrets map[string]string, tracing bool) {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		field := entry(section+"Environment", name)
		p.checkVariable(field, name, tracing)
		p.noTemplate(field, environment[name], "put the value into a secret")
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		field, value := entry(section+"Secrets", name), secrets[name]
		p.checkVariable(field, name, tracing)
		if _, twice := environment[name]; twice {
			// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
			p.add(field, name, "is in "+section+"Environment, too", aws("a name in one of the two"), do("remove one of the two"))
		}
		if secret, ok := parseARN(value); !ok || !secretForms.match(secret) {
			p.add(field, value, "is not the ARN of a secret",
				ours("arn:<partition>:secretsmanager:<region>:<account>:secret:<name>-<six characters>, followed by nothing or :<key>:<stage>:<version>, or arn:<partition>:ssm:<region>:<account>:parameter/<name>",
					"ECS would look elsewhere for the value, where the task may not read it"), do("copy the ARN from Secrets Manager or Systems Manager"))
		}
		p.noTemplate(field, value, "rename the key")
	}
}

// checkVariable checks one name.
func (p *problems) checkVariable(field, name string, tracing bool) {
	p.matches(field, name, variableForm, ours("letters, digits and _ that do not begin with a digit", "a shell knows no other variables"), do("rename the variable"))
	taken := []string{"DB_HOST", "DB_READER_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_ROTATION", "DB_REGION", "CACHE_HOST", "CACHE_PORT", "CACHE_NAME", "CACHE_USER", "CACHE_REGION"}
	if tracing {
		taken = append(taken, "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_LOGS_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME")
	}
	p.refuseTaken(field, name, taken)
}

// refuseTaken refuses the name of a variable that is one of those that the program sets.
func (p *problems) refuseTaken(field, name string, taken []string) {
	if slices.Contains(taken, name) {
		p.add(field, name, "is taken", ours("any other name", "the program sets this variable"), do("rename the variable"))
	}
}

// checkTakenVariables checks that no variable of a service has the name of one of a part that
// has a name of its own.
func (p *problems) checkTakenVariables(section string, environment, secrets map[string]string, c Config) {
	var taken []string
	for _, q := range c.Queues {
		taken = append(taken, q.Variable())
	}
	for _, b := range c.Buckets {
		taken = append(taken, b.Variable())
	}
	for field, variables := range map[string]map[string]string{"Environment": environment, "Secrets": secrets} {
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			p.refuseTaken(entry(section+field, name), name, taken)
		}
	}
}

// checkSpot checks the share of tasks that AWS may stop. [problems.checkSpotService]
// checks what it needs of other sections.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func (p *problems) checkSpot(s Service) {
	p.between("Service.SpotPercent", s.SpotPercent, bounds{
		low: 0, high: 100,
		lowBecause: "it is a share in percent", highBecause: "it is a share in percent",
	})
	if s.SpotPercent == 0 && s.OnDemandBaseTasks != 0 {
		p.add("Service.OnDemandBaseTasks", s.OnDemandBaseTasks, "is without effect",
			ours("0 without Service.SpotPercent", "no task runs on spare capacity"), suggest("set Service.SpotPercent or write", 0))
	}
}
