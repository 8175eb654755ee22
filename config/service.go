package config

import (
	"fmt"
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

// checkService checks the task's size, its port and the service's patience.
func (p *problems) checkService(s Service) {
	memory, ok := fargateMemory[s.CPUUnits]
	switch {
	case !ok:
		p.add("Service.CPUUnits", s.CPUUnits, "is not a Fargate size",
			"256, 512, 1024, 2048, 4096, 8192 or 16384", "write one of these")
	case !slices.Contains(memory, s.MemoryMiB):
		p.add("Service.MemoryMiB", s.MemoryMiB, fmt.Sprintf("is not a Fargate size for %d CPU units", s.CPUUnits),
			oneOf(memory), fmt.Sprintf("write %d", atLeast(memory, s.MemoryMiB)))
	}
	p.between("Service.ContainerPort", s.ContainerPort, 1, 65535)
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
	p.between("Service.HealthCheckGracePeriodSeconds", s.HealthCheckGracePeriodSeconds, 0, unlimited)
	// No AWS limit: an apply that waits longer than two hours is a mistake.
	p.between("Service.DeploymentTimeoutMinutes", s.DeploymentTimeoutMinutes, 1, 120)
}

// maxTasks is how many tasks ECS runs in one service.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const maxTasks = 5000

// checkScaling checks the range of tasks and how the service moves within it.
func (p *problems) checkScaling(s Scaling) {
	p.between("Scaling.MinTasks", s.MinTasks, 1, maxTasks)
	if s.DesiredTasks < s.MinTasks || s.DesiredTasks > s.MaxTasks {
		p.add("Scaling.DesiredTasks", s.DesiredTasks, "is out of range",
			fmt.Sprintf("Scaling.MinTasks to Scaling.MaxTasks, %d to %d", s.MinTasks, s.MaxTasks),
			"choose a number in the range or widen it")
	}
	p.between("Scaling.MaxTasks", s.MaxTasks, 1, maxTasks)
	if s.MaxTasks < s.MinTasks {
		p.add("Scaling.MaxTasks", s.MaxTasks, "is below Scaling.MinTasks",
			fmt.Sprintf("%d or more", s.MinTasks), fmt.Sprintf("write %d", s.MinTasks))
	}
	p.between("Scaling.CPUTargetPercent", s.CPUTargetPercent, 1, 100)
	// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
	p.between("Scaling.ScaleInCooldownSeconds", s.ScaleInCooldownSeconds, 0, unlimited)
	p.between("Scaling.ScaleOutCooldownSeconds", s.ScaleOutCooldownSeconds, 0, unlimited)
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
