package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// WebService is a service beside the API, on the same load balancer and cluster: tasks with an
// image, a size and permissions of their own, which get the requests that its hosts and
// paths match. [DefaultWebService] fills its fields. What it has no field for, such as
// timeouts, the processor and spare capacity, is as the API's, but for what needs the API's
// image: Service.EntryPoint, User, EnvironmentFiles, ContainerHealthCheck and Tracing.
type WebService struct {
	// Name is the name of the service: lower-case letters, digits and single inner hyphens.
	// The addresses of its resources are made of it.
	Name string
	// Hosts are the names that the service answers to, such as "admin.example.com"; none are
	// all names. With LoadBalancer.Domain, each is one of its names or of
	// LoadBalancer.AlternativeNames, or is matched by a wildcard among these.
	Hosts []string
	// Paths are patterns of the paths that it answers, such as "/admin/*", in which * is any
	// characters and ? is one; none are all paths. Hosts and Paths have up to 5 elements
	// together, and 1 at least.
	Paths []string
	// Priority is the place of the service among all, 1 to 50000, each once: the lowest
	// that matches a request gets it, and the API what none matches. Two services cannot
	// change places in one apply, nor can a new one have the place of one that goes.
	Priority int
	// ImageTag is the tag of the image to run, or its digest, in the service's own repository;
	// the variable `IMAGE_TAG_<NAME>` overrides it. Empty, the default, keeps the one that was
	// named last, and a new service runs the placeholder, as Registry.ImageTag says.
	ImageTag string
	// ContainerPort is the TCP port where the service listens, 1024 to 65535. Changed, its
	// old tasks are out of reach until the new ones run.
	ContainerPort int
	// Command is what the image's entry point is given, or what runs without one, as a list
	// of its words, in place of the image's own, the default. The placeholder keeps its own.
	Command []string
	// Environment are its variables, none by default, as Service.Environment.
	Environment map[string]string
	// Secrets are variables whose values ECS reads when a task starts, none by default, as
	// Service.Secrets. Those that a key of your own encrypts need it in Service.SecretKeyARNs.
	Secrets map[string]string
	// Permissions are what the service may do in AWS in addition to what its other fields
	// say, none by default, as Service.Permissions.
	Permissions []Permission
	// CPUUnits is the CPU of a task in units of 1/1024 vCPU, a size of Fargate, as
	// Service.CPUUnits.
	CPUUnits int
	// MemoryMiB is the memory of a task, one that Fargate pairs with the CPU.
	MemoryMiB int
	// MinTasks is the minimum number of tasks, 1 to 5000. Autoscaling aims at
	// Scaling.CPUTargetPercent.
	MinTasks int
	// MaxTasks is the maximum number of tasks, MinTasks to 5000.
	MaxTasks int
	// HealthCheckPath is the path that answers when a task can serve, as
	// LoadBalancer.HealthCheckPath.
	HealthCheckPath string
	// Database gives the service the variables and the login of the database that the API has.
	Database bool
	// Cache gives it those of the cache, where there is one.
	Cache bool
	// Queues are the names of those of Queues that it may send to, none by default.
	Queues []string
	// Buckets are the names of those of Buckets that it may read and write, none by default.
	Buckets []string
}

// DefaultWebService is a service with the database, which still needs a Priority, and Hosts or
// Paths.
func DefaultWebService(name string) WebService {
	return WebService{
		Name:            name,
		ContainerPort:   defaultService().ContainerPort,
		CPUUnits:        512,
		MemoryMiB:       1024,
		MinTasks:        1,
		MaxTasks:        4,
		HealthCheckPath: defaultLoadBalancer().HealthCheckPath,
		Database:        true,
	}
}

// Resource is the resource name of the service, its task definition and its container.
func (w WebService) Resource() string { return "service-" + w.Name }

// RoleName is the resource name of the role that its tasks have.
func (w WebService) RoleName() string { return w.Resource() + "-role" }

// ExecutionRoleName is the resource name of the role that ECS starts them with.
func (w WebService) ExecutionRoleName() string { return w.Resource() + "-execution-role" }

// RepositoryName is the resource name of the repository of its images.
func (w WebService) RepositoryName() string { return w.Resource() + "-ecr" }

// TargetGroupName is the resource name of its target group, short because AWS wants it so.
func (w WebService) TargetGroupName() string { return "svc-" + w.Name }

func (w WebService) made() []made {
	return []made{
		{kindTask, w.Resource()},
		{kindRole, w.RoleName()},
		{kindRole, w.ExecutionRoleName()},
		{"repository", w.RepositoryName()},
		{"target group", w.TargetGroupName()},
	}
}

// ImageTagVariable is the variable that overrides its tag.
func (w WebService) ImageTagVariable() string { return variableOf("IMAGE_TAG", w.Name) }

// ServiceOf are the API's settings with those of the service w in place of them.
func (c Config) ServiceOf(w WebService) Service {
	own := c.Service
	own.EntryPoint, own.Command, own.User = nil, w.Command, ""
	own.CPUUnits, own.MemoryMiB, own.ContainerPort = w.CPUUnits, w.MemoryMiB, w.ContainerPort
	own.Environment, own.Secrets, own.EnvironmentFiles, own.Permissions = w.Environment, w.Secrets, nil, w.Permissions
	// The image need not have the Python that would ask.
	own.ContainerHealthCheck, own.Tracing = false, false
	own.ReleaseCommand = nil
	if len(w.Secrets) == 0 {
		own.SecretKeyARNs = nil
	}
	return own
}

// TargetsOf are the settings by which the load balancer checks the tasks of the service w.
func (c Config) TargetsOf(w WebService) LoadBalancer {
	own := c.LoadBalancer
	own.HealthCheckPath = w.HealthCheckPath
	return own
}

const (
	// maxConditions is how many values a rule of a listener compares with:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
	maxConditions = 5
	// maxWildcards is how many * and ? these values have together:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
	maxWildcards = 5
	// maxPriority is the last place of a rule:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
	maxPriority = 50000
	// maxPattern is the longest value of a host or a path:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
	maxPattern = 128
	// maxTargetGroupName is the longest name of a target group:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
	maxTargetGroupName = 32
)

// patternForm is what AWS takes as a pattern of a path, after the slash that every path has:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
var patternForm = regexp.MustCompile(`^/[A-Za-z0-9_.$/~"'@:+&*?-]*$`)

// checkWebServices checks each service, and that the load balancer can tell them apart.
func (p *problems) checkWebServices(c Config) {
	names, priorities := make([]string, len(c.Services)), map[int]string{}
	for i, w := range c.Services {
		names[i] = w.Name
		section := element("Services", i) + "."
		p.checkRule(section, w, c)
		if other, taken := priorities[w.Priority]; taken {
			p.add(section+"Priority", w.Priority, fmt.Sprintf("is the priority of the service %q, too", other), aws("one of its own for every rule"), do("change one of the two"))
		}
		for _, other := range c.Services {
			if other.Priority < w.Priority && matchAll(other.Hosts, w.Hosts) && matchAll(other.Paths, w.Paths) {
				p.add(section+"Priority", w.Priority, fmt.Sprintf("comes after that of the service %q, which gets all its requests", other.Name),
					ours(fmt.Sprintf("less than %d for it", other.Priority), "the first that matches a request gets it"), do("lower it, or change the Hosts or Paths of one of the two"))
			}
		}
		priorities[w.Priority] = w.Name
		p.checkWebTask(section, w, c)
		p.checkUses(section, w, c)
	}
	p.checkPartNames("Services", "service", names, "role", "execution-role", "execution", "sg", "registry", "autoscaling")
	p.checkOwnNames(c, "Services", names, ownName{"service", WebService{Name: "%s"}.TargetGroupName(), maxTargetGroupName, "admin"})
}

// checkRule checks which requests the service gets.
func (p *problems) checkRule(section string, w WebService, c Config) {
	p.between(section+"Priority", w.Priority, bounds{low: 1, high: maxPriority})
	hosts, paths := section+"Hosts", section+"Paths"
	switch n := len(w.Hosts) + len(w.Paths); {
	case n == 0:
		p.add(hosts, n, "leave the service without requests", ours("a host or a path", "the API gets what no other service matches"), do("name a host, or a pattern of Paths such as /"+w.Name+"/*"))
	case n > maxConditions:
		p.add(hosts, n, "are too many, those of Paths among them", aws(fmt.Sprintf("%d values in the conditions of a rule", maxConditions)), do(fmt.Sprintf("remove %d, or write wildcards", n-maxConditions)))
	}
	if n := wildcards(w.Hosts) + wildcards(w.Paths); n > maxWildcards {
		p.add(paths, n, "is too many wildcards, those of Hosts among them", aws(fmt.Sprintf("%d in the conditions of a rule", maxWildcards)), do(fmt.Sprintf("remove %d", n-maxWildcards)))
	}
	names := c.LoadBalancer.Names()
	for i, host := range w.Hosts {
		at := element(hosts, i)
		switch name, isWildcard := strings.CutPrefix(host, "*."); {
		case !hostForm.MatchString(name) || len(host) > maxPattern:
			p.add(at, host, "is not a host name", ours(fmt.Sprintf("a name in lower case of up to %d characters, with a wildcard for its first label at most", maxPattern), "clients write it so"),
				suggest("write a name such as", w.Name+".example.com"))
		case slices.Contains(w.Hosts[:i], host):
			p.add(at, host, "stands there twice", ours("each host once", "AWS limits how many a rule has"), do("remove one of the two"))
		case len(names) > 0 && !slices.ContainsFunc(names, func(known string) bool { return covers(known, host, isWildcard) }):
			p.add(at, host, "is not a name of the load balancer", ours(strings.Join(names, ", ")+" or what a wildcard among these matches", "its records and its certificate have these only"),
				do("add it to LoadBalancer.AlternativeNames"))
		case len(w.Paths) == 0 && (host == c.LoadBalancer.Domain || isWildcard && strings.HasSuffix(c.LoadBalancer.Domain, "."+name)):
			p.add(at, host, "takes all requests from the API", ours("other names, or Paths with them", "the API's own is LoadBalancer.Domain, "+c.LoadBalancer.Domain), do("write a name of the service's own, or add Paths"))
		}
	}
	for i, path := range w.Paths {
		at := element(paths, i)
		p.length(at, path, 1, maxPattern)
		p.matches(at, path, patternForm, aws(`a slash, then letters, digits and _ . $ / ~ " ' @ : + & * ? -`), suggest("write a pattern such as", "/"+w.Name+"/*"))
		if len(path) > 1 && strings.TrimRight(path, "*") == "/" && len(w.Hosts) == 0 {
			p.add(at, path, "takes all requests from the API", ours("a narrower pattern, or Hosts with it", "the API gets what no other service matches"), suggest("write a pattern such as", "/"+w.Name+"/*"))
		}
		if slices.Contains(w.Paths[:i], path) {
			p.add(at, path, "stands there twice", ours("each path once", "AWS limits how many a rule has"), do("remove one of the two"))
		}
	}
}

// wildcards counts those of all values.
func wildcards(values []string) int {
	all := strings.Join(values, "")
	return strings.Count(all, "*") + strings.Count(all, "?")
}

// matchAll tells whether the patterns, or none for all there is, match all that the others do.
func matchAll(patterns, others []string) bool {
	matched := func(other string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			form := strings.NewReplacer(`\*`, ".*", `\?`, "[^*]").Replace(regexp.QuoteMeta(pattern))
			return regexp.MustCompile("^" + form + "$").MatchString(other)
		})
	}
	return len(patterns) == 0 || len(others) > 0 && !slices.ContainsFunc(others, func(other string) bool { return !matched(other) })
}

// covers tells whether a name of a certificate is that of the host, whose own wildcard only
// the same one covers.
func covers(name, host string, isWildcard bool) bool {
	domain, ok := strings.CutPrefix(name, "*.")
	_, rest, _ := strings.Cut(host, ".")
	return name == host || ok && !isWildcard && rest == domain
}

// checkWebTask checks the tasks of the service, and what they get.
func (p *problems) checkWebTask(section string, w WebService, c Config) {
	p.matches(section+"ImageTag", w.ImageTag, imageTagForm, imageTagAllowed, suggest("write a tag such as", "v1.0.0"))
	p.checkMovingTag(section+"ImageTag", w.ImageTag, c.Protected)
	p.between(section+"ContainerPort", w.ContainerPort, portBounds)
	p.checkTaskSize(section, w.CPUUnits, w.MemoryMiB)
	p.between(section+"MinTasks", w.MinTasks, tasks)
	p.checkMaxTasks(section, w.MinTasks, w.MaxTasks)
	path := section + "HealthCheckPath"
	p.checkPath(path, w.HealthCheckPath)
	p.checkAlarmedPath(path, w.HealthCheckPath, c.Alarms.Enabled)
	p.checkWords(section+"Command", w.Command)
	p.checkVariables(section, w.Environment, w.Secrets, false)
	p.checkStatements(section+"Permissions", w.Permissions, c.Region)
	p.checkPolicySize(section+"Permissions", w.Permissions, len(w.Queues), len(w.Buckets))
	p.checkSecretRegions(section, w.Secrets, c.Region)
	p.checkSizes(section, c.ServiceOf(w))
	if c.Network.NAT == NATNone && (w.ImageTag == "" || w.ImageTag == TagPlaceholder) {
		p.add(section+"ImageTag", w.ImageTag, "runs the public placeholder image, from which Network.NAT cuts tasks off",
			ours("a tag with Network.NAT none", "public images cannot be reached without a NAT gateway"), do("push an image and set its tag, or set Network.NAT to single"))
	}
}

// checkUses checks the names of what the service uses.
func (p *problems) checkUses(section string, w WebService, c Config) {
	if w.Cache && !c.Cache.Enabled() {
		p.add(section+"Cache", true, "has no cache to connect to", ours("true with Cache.NodeType", "there is none otherwise"), suggest("set Cache.NodeType or write", false))
	}
	var queues, buckets []string
	for _, q := range c.Queues {
		queues = append(queues, q.Name)
	}
	for _, b := range c.Buckets {
		buckets = append(buckets, b.Name)
	}
	for _, use := range []struct {
		field, kind string
		used, known []string
	}{{"Queues", "queue", w.Queues, queues}, {"Buckets", "bucket", w.Buckets, buckets}} {
		for i, name := range use.used {
			at := element(section+use.field, i)
			if !slices.Contains(use.known, name) {
				p.add(at, name, "is not a "+use.kind, ours("the Name of one of "+use.field, "the task role may use no other"), do("add it to "+use.field+" of the environment, or remove it"))
			}
			if slices.Contains(use.used[:i], name) {
				p.add(at, name, "stands there twice", ours("each once", "the task role may use it already"), do("remove one of the two"))
			}
		}
	}
	p.checkTakenVariables(section, w.Environment, w.Secrets, c)
}
