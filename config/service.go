package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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

var (
	// repositoryForm is owner/name, or owner@id/name@id:
	// https://docs.github.com/en/repositories/creating-and-managing-repositories/about-repositories
	repositoryForm = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?(/[A-Za-z0-9._-]{1,100}|@\d+/[A-Za-z0-9._-]{1,100}@\d+))?$`)
	branchForm     = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)
)

// checkDeployment checks who decides which image runs, and that a role for
// workflows goes with leaving the decision to them.
func (p *problems) checkDeployment(d Deployment) {
	if d.Images != ImagesTerraform && d.Images != ImagesExternal {
		p.add("Deployment.Images", string(d.Images), "is nobody who could deploy images",
			string(ImagesTerraform)+" or "+string(ImagesExternal), "write one of these")
	}
	p.matches("Deployment.GitHubRepository", d.GitHubRepository, repositoryForm, "empty, owner/name or owner@id/name@id", "write a repository such as example/api")
	if d.GitHubRepository != "" && d.Images == ImagesTerraform {
		p.add("Deployment.GitHubRepository", d.GitHubRepository, "would deploy images that the next apply takes back",
			"a repository where Deployment.Images is "+string(ImagesExternal), "write "+string(ImagesExternal)+" or remove the repository")
	}
	p.matches("Deployment.GitHubBranch", d.GitHubBranch, branchForm, "the name of a branch", "write a name such as main")
}

// tagNameForm is what Docker takes for an image's tag.
// https://docs.docker.com/reference/cli/docker/image/tag/
var tagNameForm = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$`)

// checkRegistry checks the tag to run and how long images without one are kept.
func (p *problems) checkRegistry(c Config) {
	r := c.Registry
	p.matches("Registry.ImageTag", r.ImageTag, tagNameForm,
		"empty, or up to 128 letters, digits and _ . - that do not begin with . or -", "write a tag such as v1.0.0")
	// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
	if c.Protected && r.ImageTag == "latest" {
		p.add("Registry.ImageTag", r.ImageTag, "cannot move to a newer image, because tags are immutable here",
			"a tag of its own for every image when Protected is set", "write the image's version or commit")
	}
	p.between("Registry.UntaggedImageExpiryDays", r.UntaggedImageExpiryDays, 1, unlimited)
}

// retentionDays are the retentions that CloudWatch takes. It has 0 as well, for
// events that are kept for ever, which cost more every month and are refused.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
	1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// checkLogs checks the retention of the log groups.
func (p *problems) checkLogs(l Logs) {
	p.checkRetention("Logs.RetentionDays", l.RetentionDays)
}

// checkRetention wants a retention that CloudWatch offers.
func (p *problems) checkRetention(field string, days int) {
	if !slices.Contains(retentionDays, days) {
		p.add(field, days, "is not a retention of CloudWatch",
			oneOf(retentionDays), fmt.Sprintf("write %d", atLeast(retentionDays, days)))
	}
}

// oneOf lists the numbers.
func oneOf(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}

// atLeast is the first of the sorted numbers that is not below n, or the last.
func atLeast(numbers []int, n int) int {
	i, _ := slices.BinarySearch(numbers, n)
	return numbers[min(i, len(numbers)-1)]
}
