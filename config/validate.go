package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Validate checks the configuration against the limits of AWS and of this
// program. The error joins one [FieldError] for every problem, in the order of
// the fields, so that all of them can be fixed at once.
func (c Config) Validate() error {
	p := &problems{environment: c.Suffix}
	p.checkName(c.Name)
	p.checkSuffix(c.Suffix)
	p.checkRegion("Region", c.Region)
	p.matches("Account", c.Account, accountForm, aws("an empty value or 12 digits"), do("copy the id of the account"))
	p.checkTags(c.Tags)
	p.checkNetwork(c.Network)
	p.checkExisting(c)
	p.checkRegistry(c.Registry)
	p.checkLoadBalancer(c.LoadBalancer)
	p.checkService(c.Service)
	p.checkDeployment(c.Deployment)
	p.checkScaling(c.Scaling)
	p.checkDatabase(c.Database)
	p.checkDatabaseOrigin(c)
	p.checkQueues(c)
	p.checkBuckets(c)
	p.checkPermissions(c)
	p.checkTakenVariables("Service.", c.Service.Environment, c.Service.Secrets, c)
	p.checkCache(c.Cache)
	p.checkJobs(c)
	p.checkLogs(c.Logs)
	p.checkAlarms(c.Alarms)
	p.checkState(c.State)
	p.checkWorkers(c)
	p.checkWebServices(c)

	p.checkNames(c)
	p.checkScheduleNames(c)
	p.checkRegions(c)
	p.checkBoundary(c)
	p.checkCapacity(c)
	p.checkPrefixLists(c)
	p.checkCacheLife(c)
	p.checkReach(c)
	p.checkMovingTag("Registry.ImageTag", c.Registry.ImageTag, c.Protected)
	p.checkContainerHealthCheck(c)
	p.checkSpotService(c)
	p.checkSecretKeys(c)
	p.checkPipelineProcess(c)
	p.checkDeploymentTimeout(c)
	p.checkAlarmedPath("LoadBalancer.HealthCheckPath", c.LoadBalancer.HealthCheckPath, c.Alarms.Enabled)
	p.checkStopped(c)
	p.checkAcknowledged(c)
	p.checkSizes("Service.", c.Service)
	p.checkDeployRole(c)

	slices.SortStableFunc(p.errs, func(a, b *FieldError) int {
		return cmp.Compare(fieldOrder[baseField(a.Field)], fieldOrder[baseField(b.Field)])
	})
	return p.join()
}

// join is all the problems as one error.
func (p *problems) join() error {
	errs := make([]error, len(p.errs))
	for i, err := range p.errs {
		errs[i] = err
	}
	return errors.Join(errs...)
}

// fieldOrder is the place of each field of [Config] among all.
var fieldOrder = func() map[string]int {
	order := map[string]int{}
	var walk func(path string, t reflect.Type)
	walk = func(path string, t reflect.Type) {
		for field := range t.Fields() {
			order[path+field.Name] = len(order)
			if field.Type.Kind() == reflect.Struct {
				walk(path+field.Name+".", field.Type)
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
	return order
}()

// baseField is the path of a field without an index or a key and what follows it.
func baseField(path string) string {
	base, _, _ := strings.Cut(path, "[")
	return base
}

// validateAll validates every environment, and that no two share a suffix, a stack or a
// workspace: they would be one stack and would overwrite each other. Nor may anything of theirs have
// the name that something of another environment has, of the others as well.
func validateAll(envs []Config, others ...Config) error {
	var errs []error
	earlier := slices.Clone(others)
	suffixes, stacks := map[string]bool{}, map[string]bool{}
	workspaces, domains := map[string]string{}, map[string]string{}
	for _, c := range envs {
		p := &problems{environment: c.Suffix}
		if suffixes[c.Suffix] {
			p.add("Suffix", c.Suffix, "is taken by another environment",
				ours("a suffix of its own for every environment", "both would be one stack"), do("rename one of the two"))
		}
		if !suffixes[c.Suffix] && stacks[c.StackName()] {
			p.add("Name", c.Name, fmt.Sprintf("makes %q, the name of another environment's stack", c.StackName()),
				ours("a stack of its own for every environment", "both would have one state"), do("choose another name, or another suffix"))
		}
		suffixes[c.Suffix], stacks[c.StackName()] = true, true
		if workspace := c.State.workspace(); workspace != "" {
			if other, taken := workspaces[workspace]; taken {
				p.add("State.Workspace", c.State.Workspace, fmt.Sprintf("is the workspace of environment %q, too", other),
					ours("a workspace of its own for every environment", "each would destroy what the other deployed"), do("name another one"))
			}
			workspaces[workspace] = c.Suffix
		}
		p.checkTaken(c.LoadBalancer, domains)
		p.checkMade(c, earlier)
		earlier = append(earlier, c)
		errs = append(errs, c.Validate(), p.join())
	}
	return errors.Join(errs...)
}

// checkScheduleNames checks the length of the scheduled actions' names.
func (p *problems) checkScheduleNames(c Config) {
	for i, s := range c.Scaling.Schedules {
		if excess := len(c.PhysicalName(s.Name)) - maxScheduleName; excess > 0 {
			p.add(element("Scaling.Schedules", i)+".Name", s.Name, fmt.Sprintf("makes the name of the scheduled action too long by %d", excess),
				aws(fmt.Sprintf("%d characters, of which the environment's name takes %d", maxScheduleName, len(c.PhysicalName("")))),
				do(fmt.Sprintf("shorten the name by %d or more", excess)))
		}
	}
}

// checkRegions checks that what is named is in the region of the environment.
func (p *problems) checkRegions(c Config) {
	for i, zone := range c.Network.AvailabilityZones {
		// A local zone, such as us-west-2-lax-1a, has no Aurora.
		// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.RegionsAndAvailabilityZones.html
		letter, ok := strings.CutPrefix(zone, c.Region)
		if isRegion(c.Region) && (!ok || len(letter) != 1 || letter < "a" || letter > "z") {
			p.add(element("Network.AvailabilityZones", i), zone, "is not a zone of the region "+c.Region, aws("the region and one letter"),
				do("write "+c.Region+"a or another letter"))
		}
	}
	// https://docs.aws.amazon.com/acm/latest/userguide/acm-regions.html
	certificates := aws("certificates of the load balancer's region")
	p.checkARN("LoadBalancer.CertificateARN", c.LoadBalancer.CertificateARN, "acm", "certificate", c.Region, certificates)
	p.checkSecretRegions("Service.", c.Service.Secrets, c.Region)
	for i, key := range c.Service.SecretKeyARNs {
		p.checkARN(element("Service.SecretKeyARNs", i), key, "kms", "key", c.Region, aws("keys of the secrets' region"))
	}
}

// checkSecretRegions checks where the secrets are.
func (p *problems) checkSecretRegions(section string, secrets map[string]string, region string) {
	r := ours("secrets of the tasks' region", "tasks must start when another region cannot be reached")
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		field := entry(section+"Secrets", name)
		p.checkARN(field, secrets[name], "secretsmanager", "secret", region, r)
		p.checkARN(field, secrets[name], "ssm", "parameter", region, r)
	}
}

// accountForm is the id of an account:
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
var accountForm = regexp.MustCompile(`^(\d{12})?$`)

// checkBoundary requires a permissions boundary of the environment's partition and
// account, or AWS's own:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (p *problems) checkBoundary(c Config) {
	const field = "Deployment.PermissionsBoundary"
	m := boundaryForm.FindStringSubmatch(c.Deployment.PermissionsBoundary)
	partition, known := PartitionOf(c.Region)
	switch {
	case len(m) == 0 || m[0] == "" || !known:
	case m[2] != partition.ID:
		p.add(field, m[0], "is a policy of another partition", aws(fmt.Sprintf("ARNs that begin with arn:%s: in %s", partition.ID, c.Region)), do("copy the ARN of the policy from IAM"))
	case c.Account != "" && m[3] != c.Account && m[3] != "aws":
		p.add(field, m[0], "is a policy of another account", aws("policies of the roles' own account, "+c.Account), do("create the policy in that account"))
	}
}

// checkARN requires that what an ARN names is in the region and in its partition, which
// no account reaches from another one. Its own section reports a text that is not an
// ARN of the service.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func (p *problems) checkARN(field, text, service, kind, region string, r rule) {
	named, ok := parseARN(text)
	partition, known := PartitionOf(region)
	switch {
	case !ok || !known || named.service != service:
	case named.region != region:
		p.add(field, text, fmt.Sprintf("is a %s of another region", kind), r, do(fmt.Sprintf("create the %s in %s", kind, region)))
	case named.partition != partition.ID:
		p.add(field, text, fmt.Sprintf("is a %s of another partition", kind), aws(fmt.Sprintf("ARNs that begin with arn:%s: in %s", partition.ID, region)),
			do("copy the ARN of the "+kind))
	}
}

// maxEndpoints is how many interface endpoints a subnet may have, each with an
// address of its own: four that tasks need to start, and two of ECS Exec.
const maxEndpoints = 6

// PrivateAddresses is how many addresses all that may run in the private subnets takes: a
// deployment doubles the tasks, each of which has its own interface, and the instances of
// the database, the nodes of the cache and the interface endpoints have theirs.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
func (c Config) PrivateAddresses() int {
	needed := 2*c.Scaling.MostTasks() + max(c.Database.ReaderCount, c.Database.MaxReaders) + 1 + c.Cache.Nodes() + len(c.Jobs)
	for _, worker := range c.Workers {
		needed += 2 * worker.MaxTasks
	}
	for _, service := range c.Services {
		needed += 2 * service.MaxTasks
	}
	if c.Network.InterfaceEndpoints {
		endpoints := maxEndpoints
		if len(c.Queues) > 0 {
			endpoints++
		}
		if c.readsParameters() {
			endpoints++
		}
		needed += endpoints * len(c.Network.PrivateSubnetCIDRs)
	}
	return needed
}

// readsParameters tells whether any of the secrets is a parameter of Systems Manager.
func (c Config) readsParameters() bool {
	all := slices.Collect(maps.Values(c.Service.Secrets))
	for _, w := range c.Services {
		all = slices.AppendSeq(all, maps.Values(w.Secrets))
	}
	return slices.ContainsFunc(all, func(value string) bool {
		named, ok := parseARN(value)
		return ok && named.service == "ssm"
	})
}

// checkCapacity requires that the private subnets have those.
func (p *problems) checkCapacity(c Config) {
	const field = "Network.PrivateSubnetCIDRs"
	if c.Network.InExistingVPC() { // Each plan counts them.
		return
	}
	// Their own section reports the ranges that do not parse.
	parsed := (&problems{}).subnets(field, c.Network.PrivateSubnetCIDRs, smallestNetwork)
	if len(parsed) < len(c.Network.PrivateSubnetCIDRs) {
		return
	}
	free := 0
	for _, s := range parsed {
		free += 1<<(32-s.prefix.Bits()) - reservedAddresses
	}
	if needed := c.PrivateAddresses(); free < needed {
		p.add(field, free, "is too few free addresses",
			ours(fmt.Sprintf("%d or more", needed), "a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too"),
			do("enlarge the private subnets or lower Scaling.MaxTasks"))
	}
}

// checkReach checks that tasks reach the public images that they run, which have no
// endpoint in the VPC.
func (p *problems) checkReach(c Config) {
	if c.Network.NAT != NATNone {
		return
	}
	const because = "public images cannot be reached without a NAT gateway"
	if c.Registry.ImageTag == "" || c.Registry.ImageTag == TagPlaceholder {
		instead := suggest("push an image and set its tag, or write", NATSingle)
		if c.Network.InExistingVPC() {
			instead = do("push an image and set its tag, or leave it empty where the private subnets reach the internet")
		}
		p.add("Network.NAT", c.Network.NAT, "cuts tasks off from the public placeholder image",
			ours(fmt.Sprintf("%s together with Registry.ImageTag", NATNone), because), instead)
	}
	if c.Database.Roles {
		p.add("Database.Roles", true, "runs a public image, from which Network.NAT cuts tasks off",
			ours("roles with a NAT gateway", because), suggest("set Network.NAT to single or write", false))
	}
	if c.Database.MaskSQL != "" {
		p.add("Database.MaskSQL", c.Database.MaskSQL, "runs in a public image, from which Network.NAT cuts tasks off",
			ours("it with a NAT gateway", because), do("set Network.NAT to single"))
	}
	if c.Service.Tracing {
		p.add("Service.Tracing", true, "runs a public image, from which Network.NAT cuts tasks off",
			ours("tracing with a NAT gateway", because), suggest("set Network.NAT to single or write", false))
	}
}

// checkMovingTag refuses a tag that is meant to move where tags are immutable.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
func (p *problems) checkMovingTag(field, tag string, protected bool) {
	if protected && tag == "latest" {
		p.add(field, tag, "cannot be pushed twice",
			ours("a tag of its own for every image", "Protected makes tags immutable"), do("write the image's version or commit"))
	}
}

// checkContainerHealthCheck refuses an answer that the load balancer considers healthy
// and the container's own check does not: Python follows redirects and fails on a
// status of 400 or more.
func (p *problems) checkContainerHealthCheck(c Config) {
	if matcher := c.LoadBalancer.HealthCheckMatcher; c.Service.ContainerHealthCheck && isMatcher(matcher) && !isSuccess(matcher) {
		p.add("Service.ContainerHealthCheck", true, fmt.Sprintf("fails on some of LoadBalancer.HealthCheckMatcher, %q", matcher),
			ours("statuses of 200 to 299 with it", "the check in the container considers no other healthy"),
			suggest("answer health checks with 200 or write", false))
	}
}

// checkSpotService checks what spare capacity needs of the rest of the service. AWS
// stops a task there while the load balancer still sends it requests, which it must
// be given the time for.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func (p *problems) checkSpotService(c Config) {
	s := c.Service
	if s.SpotPercent == 0 {
		return
	}
	p.between("Service.OnDemandBaseTasks", s.OnDemandBaseTasks, bounds{
		low: 1, high: max(1, c.Scaling.MostTasks()),
		lowBecause: "AWS may reclaim every spare task at once", highBecause: "there are no more tasks than Scaling.MaxTasks",
	})
	if delay := c.LoadBalancer.DeregistrationDelaySeconds; s.StopTimeoutSeconds < delay {
		p.add("Service.StopTimeoutSeconds", s.StopTimeoutSeconds, "ends a task on spare capacity before its requests",
			ours(fmt.Sprintf("%d or more with Service.SpotPercent", delay), "LoadBalancer.DeregistrationDelaySeconds is as long"),
			do("lengthen the timeout, up to 120, or shorten the delay"))
	}
}

// checkDeploymentTimeout requires an apply to wait as long as a deployment needs. The
// maximum of two hours is not a limit of AWS.
func (p *problems) checkDeploymentTimeout(c Config) {
	const field = "Service.DeploymentTimeoutMinutes"
	s := c.Service
	p.between(field, s.DeploymentTimeoutMinutes, bounds{
		low: 1, high: 120,
		lowBecause: "no deployment is faster", highBecause: "a deployment that takes longer has failed",
	})
	needed := s.HealthCheckGracePeriodSeconds + c.LoadBalancer.DeregistrationDelaySeconds + s.StopTimeoutSeconds
	if available := 60 * s.DeploymentTimeoutMinutes; available > 0 && available <= needed {
		p.add(field, s.DeploymentTimeoutMinutes, "ends before a deployment can",
			ours(fmt.Sprintf("more than %d seconds", needed),
				"Service.HealthCheckGracePeriodSeconds, LoadBalancer.DeregistrationDelaySeconds and Service.StopTimeoutSeconds together take as long"),
			do("lengthen the timeout or shorten the others"))
	}
}
