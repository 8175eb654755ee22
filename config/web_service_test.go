package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serving adds a service, changed, to an environment with queues and buckets.
func serving(change func(*WebService)) func(*Config) {
	return func(c *Config) {
		w := DefaultWebService("admin")
		w.Hosts, w.Priority = []string{"admin.example.com"}, 10
		change(&w)
		c.Queues, c.Buckets, c.Services = []Queue{testQueue("mail")}, []Bucket{{Name: "uploads"}}, []WebService{w}
	}
}

// beside adds a second one, changed.
func beside(change func(*WebService)) func(*Config) {
	return func(c *Config) {
		serving(func(*WebService) {})(c)
		w := DefaultWebService("reports")
		w.Paths, w.Priority = []string{"/reports/*"}, 20
		change(&w)
		c.Services = append(c.Services, w)
	}
}

// servingAt serves the API by the domain and the names.
func servingAt(names []string, change func(*WebService)) func(*Config) {
	return func(c *Config) {
		serving(change)(c)
		c.LoadBalancer.Domain, c.LoadBalancer.HostedZone, c.LoadBalancer.AlternativeNames = "api.example.com", "example.com", names
	}
}

const taggedSecret = "arn:aws:secretsmanager:eu-south-1:123456789012:secret:token-aB3dE6" //nolint:gosec // The name of a secret.

var refusedServices = []refusal{
	{"name of a service", serving(func(w *WebService) { w.Name = "Admin_1" }), []string{
		`Services[0].Name: "Admin_1" has the wrong form; this program allows lower-case letters, digits and single inner hyphens, because the address of the resource in Terraform is made of it; fix: write a name such as admin`,
	}},
	{"names of two services", beside(func(w *WebService) { w.Name = "admin" }), []string{
		`Services[1].Name: "admin" is taken by another service; AWS allows a name of its own for every service; fix: rename one of the two`,
	}},
	{"name of a part of a service", func(c *Config) {
		beside(func(w *WebService) { w.Name = "admin-role" })(c)
		c.Services = append(c.Services, c.Services[0])
		c.Services[2].Name, c.Services[2].Hosts, c.Services[2].Paths, c.Services[2].Priority = "admin-sg", nil, []string{"/a"}, 30
	}, []string{
		`Services[1].Name: "admin-role" is what a part of the service "admin" is called; this program allows a name that does not end in -role after another one, because both would have one address in Terraform; fix: rename one of the two`,
		`Services[2].Name: "admin-sg" is what a part of the service "admin" is called; this program allows a name that does not end in -sg after another one, because both would have one address in Terraform; fix: rename one of the two`,
	}},
	{"long name of a service", trial(serving(func(w *WebService) { w.Name = strings.Repeat("a", 15) })), []string{
		`Services[0].Name: "` + strings.Repeat("a", 15) + `" makes the name of the service too long by 1; AWS allows 32 characters, of which the environment's name takes 18; fix: shorten the name by 1 or more`,
	}},
	{"too many services", tooMany, []string{
		`Services: 11 is too many services; this program allows 10 or less, because the policies of a role have no room for more; fix: remove 1`,
	}},
	{"a service without requests", serving(func(w *WebService) { w.Hosts = nil }), []string{
		`Services[0].Hosts: 0 leave the service without requests; this program allows a host or a path, because the API gets what no other service matches; fix: name a host, or a pattern of Paths such as /admin/*`,
	}},
	{"too many conditions", serving(func(w *WebService) { w.Paths = []string{"/a", "/b", "/c", "/d", "/e"} }), []string{
		`Services[0].Hosts: 6 are too many, those of Paths among them; AWS allows 5 values in the conditions of a rule; fix: remove 1, or write wildcards`,
	}},
	{"too many wildcards", serving(func(w *WebService) {
		w.Hosts, w.Paths = []string{"*.example.com"}, []string{"/a/*", "/b/*", "/?/*", "/c/*"}
	}), []string{
		`Services[0].Paths: 6 is too many wildcards, those of Hosts among them; AWS allows 5 in the conditions of a rule; fix: remove 1`,
	}},
	{"a URL as a host", serving(func(w *WebService) { w.Hosts = []string{"https://admin.example.com"} }), []string{
		`Services[0].Hosts[0]: "https://admin.example.com" is not a host name; this program allows a name in lower case of up to 128 characters, with a wildcard for its first label at most, because clients write it so; fix: write a name such as admin.example.com`,
	}},
	{"a host with a wildcard inside", serving(func(w *WebService) { w.Hosts = []string{"admin-*.example.com"} }), []string{
		`Services[0].Hosts[0]: "admin-*.example.com" is not a host name; this program allows a name in lower case of up to 128 characters, with a wildcard for its first label at most, because clients write it so; fix: write a name such as admin.example.com`,
	}},
	{"a long host", serving(func(w *WebService) { w.Hosts = []string{strings.Repeat(strings.Repeat("a", 30)+".", 4) + "example"} }), []string{
		`Services[0].Hosts[0]: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example" is not a host name; this program allows a name in lower case of up to 128 characters, with a wildcard for its first label at most, because clients write it so; fix: write a name such as admin.example.com`,
	}},
	{"a host twice", serving(func(w *WebService) { w.Hosts = []string{"admin.example.com", "admin.example.com"} }), []string{
		`Services[0].Hosts[1]: "admin.example.com" stands there twice; this program allows each host once, because AWS limits how many a rule has; fix: remove one of the two`,
	}},
	{"a host that has no record", servingAt(nil, func(*WebService) {}), []string{
		`Services[0].Hosts[0]: "admin.example.com" is not a name of the load balancer; this program allows api.example.com or what a wildcard among these matches, because its records and its certificate have these only; fix: add it to LoadBalancer.AlternativeNames`,
	}},
	{"a wildcard that the certificate does not have", servingAt([]string{"admin.example.com"}, func(w *WebService) { w.Hosts = []string{"*.example.com"} }), []string{
		`Services[0].Hosts[0]: "*.example.com" is not a name of the load balancer; this program allows api.example.com, admin.example.com or what a wildcard among these matches, because its records and its certificate have these only; fix: add it to LoadBalancer.AlternativeNames`,
	}},
	{"two labels below a wildcard", servingAt([]string{"*.example.com"}, func(w *WebService) { w.Hosts = []string{"a.admin.example.com"} }), []string{
		`Services[0].Hosts[0]: "a.admin.example.com" is not a name of the load balancer; this program allows api.example.com, *.example.com or what a wildcard among these matches, because its records and its certificate have these only; fix: add it to LoadBalancer.AlternativeNames`,
	}},
	{"the host of the API", servingAt(nil, func(w *WebService) { w.Hosts = []string{"api.example.com"} }), []string{
		`Services[0].Hosts[0]: "api.example.com" takes all requests from the API; this program allows other names, or Paths with them, because the API's own is LoadBalancer.Domain, api.example.com; fix: write a name of the service's own, or add Paths`,
	}},
	{"a wildcard that the host of the API matches", servingAt([]string{"*.example.com"}, func(w *WebService) { w.Hosts = []string{"*.example.com"} }), []string{
		`Services[0].Hosts[0]: "*.example.com" takes all requests from the API; this program allows other names, or Paths with them, because the API's own is LoadBalancer.Domain, api.example.com; fix: write a name of the service's own, or add Paths`,
	}},
	{"a path without a slash", serving(func(w *WebService) { w.Paths = []string{"admin/*"} }), []string{
		`Services[0].Paths[0]: "admin/*" has the wrong form; AWS allows a slash, then letters, digits and _ . $ / ~ " ' @ : + & * ? -; fix: write a pattern such as /admin/*`,
	}},
	{"a path with what AWS does not take", serving(func(w *WebService) { w.Paths = []string{"/admin/${x}"} }), []string{
		`Services[0].Paths[0]: "/admin/${x}" has the wrong form; AWS allows a slash, then letters, digits and _ . $ / ~ " ' @ : + & * ? -; fix: write a pattern such as /admin/*`,
	}},
	{"an empty and a long path", serving(func(w *WebService) { w.Paths = []string{"", "/" + strings.Repeat("a", 128)} }), []string{
		`Services[0].Paths[0]: "" has 0 characters; AWS allows 1 to 128 characters; fix: write a text of 1 to 128 characters`,
		`Services[0].Paths[0]: "" has the wrong form; AWS allows a slash, then letters, digits and _ . $ / ~ " ' @ : + & * ? -; fix: write a pattern such as /admin/*`,
		`Services[0].Paths[1]: "/` + strings.Repeat("a", 128) + `" has 129 characters; AWS allows 1 to 128 characters; fix: write a text of 1 to 128 characters`,
	}},
	{"all paths", serving(func(w *WebService) { w.Hosts, w.Paths = nil, []string{"/**", "/*"} }), []string{
		`Services[0].Paths[0]: "/**" takes all requests from the API; this program allows a narrower pattern, or Hosts with it, because the API gets what no other service matches; fix: write a pattern such as /admin/*`,
		`Services[0].Paths[1]: "/*" takes all requests from the API; this program allows a narrower pattern, or Hosts with it, because the API gets what no other service matches; fix: write a pattern such as /admin/*`,
	}},
	{"a path twice", serving(func(w *WebService) { w.Paths = []string{"/a", "/a"} }), []string{
		`Services[0].Paths[1]: "/a" stands there twice; this program allows each path once, because AWS limits how many a rule has; fix: remove one of the two`,
	}},
	{"the requests of another service", beside(func(w *WebService) { w.Hosts, w.Paths = []string{"admin.example.com"}, []string{"/reports/*"} }), []string{
		`Services[1].Priority: 20 comes after that of the service "admin", which gets all its requests; this program allows less than 10 for it, because the first that matches a request gets it; fix: lower it, or change the Hosts or Paths of one of the two`,
	}},
	{"paths within those of another service", func(c *Config) {
		beside(func(w *WebService) { w.Paths = []string{"/staff/?/*", "/staff/a*"} })(c)
		c.Services[0].Hosts, c.Services[0].Paths = nil, []string{"/*/*"}
	}, []string{
		`Services[1].Priority: 20 comes after that of the service "admin", which gets all its requests; this program allows less than 10 for it, because the first that matches a request gets it; fix: lower it, or change the Hosts or Paths of one of the two`,
	}},
	{"a priority of none", serving(func(w *WebService) { w.Priority = 0 }), []string{
		`Services[0].Priority: 0 is out of range; AWS allows 1 to 50000; fix: write 1`,
	}},
	{"a priority of two", beside(func(w *WebService) { w.Priority = 10 }), []string{
		`Services[1].Priority: 10 is the priority of the service "admin", too; AWS allows one of its own for every rule; fix: change one of the two`,
	}},
	{"tag of a service", serving(func(w *WebService) { w.ImageTag = "-v1" }), []string{
		`Services[0].ImageTag: "-v1" has the wrong form; AWS allows an empty value, up to 128 letters, digits and _ . - that do not begin with . or -, or sha256: and 64 digits from 0 to f; fix: write a tag such as v1.0.0`,
	}},
	{"moving tag of a protected service", func(c *Config) { serving(func(w *WebService) { w.ImageTag = "latest" })(c); c.Protected = true }, []string{
		`Services[0].ImageTag: "latest" cannot be pushed twice; this program allows a tag of its own for every image, because Protected makes tags immutable; fix: write the image's version or commit`,
	}},
	{"placeholder of a service without a way out", func(c *Config) {
		serving(func(*WebService) {})(c)
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = NATNone, true, "v1"
	}, []string{
		`Services[0].ImageTag: "" runs the public placeholder image, from which Network.NAT cuts tasks off; this program allows a tag with Network.NAT none, because public images cannot be reached without a NAT gateway; fix: push an image and set its tag, or set Network.NAT to single`,
	}},
	{"port of a service", serving(func(w *WebService) { w.ContainerPort = 80 }), []string{
		`Services[0].ContainerPort: 80 is out of range; this program allows 1024 or more, because the container has no Linux capabilities, which a lower port needs; fix: write 1024`,
	}},
	{"command of a service", serving(func(w *WebService) { w.Command = []string{"flask", "${x}"} }), []string{
		`Services[0].Command[1]: "${x}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put it into a script of the image`,
	}},
	{"variables of a service", serving(func(w *WebService) {
		w.Environment = map[string]string{"DB_HOST": "a", "QUEUE_MAIL_URL": "b", "1": "c", "D": "%{d}"}
	}), []string{
		`Services[0].Environment["1"]: "1" has the wrong form; this program allows letters, digits and _ that do not begin with a digit, because a shell knows no other variables; fix: rename the variable`,
		`Services[0].Environment["D"]: "%{d}" contains a template; this program allows text without ${ and %{, because Terraform would evaluate it; fix: put the value into a secret`,
		`Services[0].Environment["DB_HOST"]: "DB_HOST" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
		`Services[0].Environment["QUEUE_MAIL_URL"]: "QUEUE_MAIL_URL" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
	}},
	{"secrets of a service", serving(func(w *WebService) {
		w.Environment = map[string]string{"A": "a"}
		w.Secrets = map[string]string{"A": taggedSecret, "BUCKET_UPLOADS": taggedSecret, "C": "c", "D": strings.Replace(taggedSecret, "south", "west", 1)}
	}), []string{
		`Services[0].Secrets["A"]: "A" is in Services[0].Environment, too; AWS allows a name in one of the two; fix: remove one of the two`,
		`Services[0].Secrets["C"]: "c" is not the ARN of a secret; this program allows arn:<partition>:secretsmanager:<region>:<account>:secret:<name>-<six characters>, followed by nothing or :<key>:<stage>:<version>, or arn:<partition>:ssm:<region>:<account>:parameter/<name>, because ECS would look elsewhere for the value, where the task may not read it; fix: copy the ARN from Secrets Manager or Systems Manager`,
		`Services[0].Secrets["D"]: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-aB3dE6" is a secret of another region; this program allows secrets of the tasks' region, because tasks must start when another region cannot be reached; fix: create the secret in eu-south-1`,
		`Services[0].Secrets["BUCKET_UPLOADS"]: "BUCKET_UPLOADS" is taken; this program allows any other name, because the program sets this variable; fix: rename the variable`,
	}},
	{"permissions of a service", serving(func(w *WebService) {
		w.Permissions = []Permission{{Actions: []string{"ses:*"}}, {Actions: []string{"ses:SendEmail"}, Resources: []string{"*"}}}
	}), []string{
		`Services[0].Permissions[0].Actions[0]: "ses:*" is more than one action; this program allows each action written out, because AWS adds actions that nobody has thought of; fix: write out those that the API calls`,
		`Services[0].Permissions[0].Resources: 0 says nothing; AWS allows one or more; fix: write them, or remove the statement`,
		`Services[0].Permissions[1].Actions[0]: "ses:SendEmail" is on every resource; this program allows ARNs in Resources for it, because AWS limits it to what is named; fix: name the ARNs of what the API uses`,
	}},
	{"more than the role of a service has room for", serving(func(w *WebService) {
		w.Queues, w.Permissions = []string{"mail"}, []Permission{{Actions: []string{"ses:SendEmail"}}}
		for i := range 115 {
			w.Permissions[0].Resources = append(w.Permissions[0].Resources, fmt.Sprintf("%s-%03d.example.com", identity, i))
		}
	}), []string{
		`Services[0].Permissions: 8670 is too many characters; AWS allows 10240 in the policies of a role, of which 8500 are left to them; fix: name fewer of them`,
	}},
	{"size of a service", serving(func(w *WebService) { w.CPUUnits = 300 }), []string{
		`Services[0].CPUUnits: 300 is not a size of Fargate; AWS allows 256, 512, 1024, 2048, 4096, 8192, 16384, or a larger size in whole vCPUs of 1024 units; fix: write 512`,
	}},
	{"memory of a service", serving(func(w *WebService) { w.MemoryMiB = 512 }), []string{
		`Services[0].MemoryMiB: 512 is not a size of Fargate for 512 CPU units; AWS allows 1024, 2048, 3072, 4096; fix: write 1024`,
	}},
	{"no tasks of a service", serving(func(w *WebService) { w.MinTasks = 0 }), []string{
		`Services[0].MinTasks: 0 is out of range; this program allows 1 or more, because without a task nothing answers; fix: write 1`,
	}},
	{"most tasks of a service below fewest", serving(func(w *WebService) { w.MinTasks = 5 }), []string{
		`Services[0].MaxTasks: 4 is below Services[0].MinTasks; AWS allows 5 or more; fix: write 5`,
	}},
	{"more tasks of services than addresses", serving(func(w *WebService) { w.MaxTasks = 300 }), []string{
		`Network.PrivateSubnetCIDRs: 502 is too few free addresses; this program allows 622 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"an endpoint for parameters more than there are addresses", func(c *Config) {
		serving(func(w *WebService) {
			w.MaxTasks, w.Secrets = 1, map[string]string{"TOKEN": "arn:aws:ssm:eu-south-1:123456789012:parameter/token"} //nolint:gosec // The name of a parameter.
		})(c)
		c.Network.InterfaceEndpoints, c.Scaling.MaxTasks, c.Database.ReaderCount = true, 10, 0
		c.Network.PrivateSubnetCIDRs = []string{"10.0.10.0/27", "10.0.11.0/28"}
	}, []string{
		`Network.PrivateSubnetCIDRs: 38 is too few free addresses; this program allows 39 or more, because a deployment runs twice Scaling.MaxTasks and that of each worker and service, and the database and the interface endpoints have addresses, too; fix: enlarge the private subnets or lower Scaling.MaxTasks`,
	}},
	{"health check of a service", serving(func(w *WebService) { w.HealthCheckPath = "health" }), []string{
		`Services[0].HealthCheckPath: "health" has the wrong form; AWS allows a slash, then printable ASCII characters other than spaces; fix: write a path such as /health`,
	}},
	{"health check of a service with an alarm", func(c *Config) {
		serving(func(w *WebService) { w.HealthCheckPath = "/" + strings.Repeat("a", 768) })(c)
		c.Alarms.Enabled = true
	}, []string{
		`Services[0].HealthCheckPath: "/` + strings.Repeat("a", 768) + `" has 769 characters; this program allows 768 with Alarms.Enabled, because the description of an alarm, of 1024, names it; fix: shorten the path`,
	}},
	{"cache of a service", serving(func(w *WebService) { w.Cache = true }), []string{
		`Services[0].Cache: true has no cache to connect to; this program allows true with Cache.NodeType, because there is none otherwise; fix: set Cache.NodeType or write false`,
	}},
	{"queues of a service", serving(func(w *WebService) { w.Queues = []string{"mail", "post", "mail"} }), []string{
		`Services[0].Queues[1]: "post" is not a queue; this program allows the Name of one of Queues, because the task role may use no other; fix: add it to Queues of the environment, or remove it`,
		`Services[0].Queues[2]: "mail" stands there twice; this program allows each once, because the task role may use it already; fix: remove one of the two`,
	}},
	{"buckets of a service", serving(func(w *WebService) { w.Buckets = []string{"pictures", "uploads", "uploads"} }), []string{
		`Services[0].Buckets[0]: "pictures" is not a bucket; this program allows the Name of one of Buckets, because the task role may use no other; fix: add it to Buckets of the environment, or remove it`,
		`Services[0].Buckets[2]: "uploads" stands there twice; this program allows each once, because the task role may use it already; fix: remove one of the two`,
	}},
	{"variables that a service has no room for", serving(func(w *WebService) { w.Environment = map[string]string{"LONG": strings.Repeat("a", 57_400)} }), []string{
		`Services[0].Environment: 57437 is too many characters, those of Services[0].Secrets among them; AWS allows 65536 in a task definition, of which 57344 are left to both; fix: move values into a file of the image, or into one secret`,
	}},
}

// tooMany are 11 services.
func tooMany(c *Config) {
	for i := range 11 {
		w := DefaultWebService(fmt.Sprintf("a%d", i))
		w.Paths, w.Priority = []string{fmt.Sprintf("/a%d/*", i)}, i+1
		c.Services = append(c.Services, w)
	}
}

// edgesServices are those of the numbers of a service.
var edgesServices = []edge{
	{field: "Services[0].Priority", low: 1, high: 50000, with: serving(func(*WebService) {})},
	{field: "Services[0].ContainerPort", low: 1024, high: 65535, lowOurs: true, with: serving(func(*WebService) {})},
}

var acceptedServices = map[string]func(*Config){
	"a service":                            serving(func(*WebService) {}),
	"two services":                         beside(func(*WebService) {}),
	"ten services":                         func(c *Config) { tooMany(c); c.Services = c.Services[:10] },
	"longest name of a service":            serving(func(w *WebService) { w.Name = strings.Repeat("a", 14) }),
	"a name that only looks like a part's": beside(func(w *WebService) { w.Name = "admin-roles" }),
	"the same paths at two hosts":          beside(func(w *WebService) { w.Hosts, w.Paths = []string{"reports.example.com"}, nil }),
	"paths within those of another service, before it": func(c *Config) {
		beside(func(w *WebService) { w.Hosts, w.Priority = []string{"admin.example.com"}, 5 })(c)
	},
	"paths that only look like those of another service": func(c *Config) {
		beside(func(w *WebService) { w.Paths = []string{"/staff/*", "/reports"} })(c)
		c.Services[0].Hosts, c.Services[0].Paths = nil, []string{"/staff/?", "/staff.x*"}
	},
	"five conditions and wildcards": serving(func(w *WebService) {
		w.Hosts, w.Paths = []string{"*.example.com", "admin.example.org"}, []string{"/a/*", "/?/*", "/c*"}
	}),
	"every character of a path": serving(func(w *WebService) { w.Paths = []string{`/aZ0_-.$/~"'@:+&`, "/" + strings.Repeat("a", 127)} }),
	"a name of the certificate": servingAt([]string{"admin.example.com"}, func(*WebService) {}),
	"a name below a wildcard":   servingAt([]string{"*.example.com"}, func(*WebService) {}),
	"a wildcard with paths":     servingAt([]string{"*.example.com"}, func(w *WebService) { w.Hosts, w.Paths = []string{"*.example.com"}, []string{"/admin/*"} }),
	"a wildcard beside the API": servingAt([]string{"*.shop.example.com"}, func(w *WebService) { w.Hosts = []string{"*.shop.example.com"} }),
	"paths of the API's host":   servingAt(nil, func(w *WebService) { w.Hosts, w.Paths = []string{"api.example.com"}, []string{"/admin/*"} }),
	"all paths of a host":       serving(func(w *WebService) { w.Paths = []string{"/*"} }),
	"an image without a way out": func(c *Config) {
		serving(func(w *WebService) { w.ImageTag = "v1" })(c)
		c.Network.NAT, c.Network.InterfaceEndpoints, c.Registry.ImageTag = NATNone, true, "v1"
	},
	"what a service uses": func(c *Config) {
		serving(func(w *WebService) {
			w.Cache, w.Queues, w.Buckets, w.Secrets = true, []string{"mail"}, []string{"uploads"}, map[string]string{"TOKEN": taggedSecret}
		})(c)
		c.Cache.NodeType, c.Service.SecretKeyARNs = "cache.t4g.micro", []string{"arn:aws:kms:eu-south-1:123456789012:key/a"}
	},
	"a command of a pipeline": func(c *Config) {
		serving(func(w *WebService) { w.Command = []string{"flask", "run"} })(c)
		c.Deployment.Images = ImagesExternal
	},
}

// TestDefaultWebService wants the defaults accepted with a priority and a host.
func TestDefaultWebService(t *testing.T) {
	c := Defaults("dev")
	serving(func(*WebService) {})(&c)
	require.NoError(t, c.Validate())
	assert.Equal(t, WebService{
		Name: "admin", Hosts: []string{"admin.example.com"}, Priority: 10, ContainerPort: 5000, CPUUnits: 512, MemoryMiB: 1024,
		MinTasks: 1, MaxTasks: 4, HealthCheckPath: "/health", Database: true,
	}, c.Services[0])
}

// TestServiceOf has the API's settings, but for those that a service has itself and those that
// depend on the API's image.
func TestServiceOf(t *testing.T) {
	c := Defaults("dev")
	api := &c.Service
	api.EntryPoint, api.Command, api.User, api.Tracing, api.ContainerHealthCheck = []string{"sh"}, []string{"run"}, "1000", true, true
	api.EnvironmentFiles, api.ReleaseCommand, api.SecretKeyARNs = []string{"arn:aws:s3:::example/a.env"}, []string{"migrate"}, []string{"key"}
	api.CPUArchitecture, api.StopTimeoutSeconds, api.ReadOnlyRootFilesystem = ARM64, 7, true
	w := DefaultWebService("admin")
	w.Command, w.ContainerPort, w.MemoryMiB, w.HealthCheckPath = []string{"admin"}, 8000, 2048, "/ready"
	w.Environment, w.Permissions = map[string]string{"A": "a"}, []Permission{{Actions: []string{"ses:SendEmail"}}}
	want := *api
	want.EntryPoint, want.Command, want.User, want.Tracing, want.ContainerHealthCheck = nil, w.Command, "", false, false
	want.EnvironmentFiles, want.ReleaseCommand, want.SecretKeyARNs = nil, nil, nil
	want.ContainerPort, want.CPUUnits, want.MemoryMiB, want.Environment, want.Permissions = 8000, 512, 2048, w.Environment, w.Permissions
	assert.Equal(t, want, c.ServiceOf(w))
	w.Secrets = map[string]string{"TOKEN": taggedSecret}
	assert.Equal(t, []string{"key"}, c.ServiceOf(w).SecretKeyARNs)
	targets := c.LoadBalancer
	targets.HealthCheckPath = "/ready"
	assert.Equal(t, targets, c.TargetsOf(w))
}
