package constructs

import (
	"fmt"
	"maps"
	"slices"

	"flask-api/config"
)

// containerDefinition is what a task definition says of one container, as far
// as this program sets it:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
type containerDefinition struct {
	Name                   string           `json:"name"`
	Image                  string           `json:"image"`
	Command                []string         `json:"command,omitempty"`
	Essential              bool             `json:"essential"`
	MemoryMiB              int              `json:"memory,omitempty"`
	PortMappings           []portMapping    `json:"portMappings"`
	Environment            []variable       `json:"environment"`
	Secrets                []secretVariable `json:"secrets"`
	LinuxParameters        linuxParameters  `json:"linuxParameters"`
	ReadonlyRootFilesystem bool             `json:"readonlyRootFilesystem,omitempty"`
	MountPoints            []mountPoint     `json:"mountPoints,omitempty"`
	HealthCheck            *healthCheck     `json:"healthCheck,omitempty"`
	StopTimeoutSeconds     int              `json:"stopTimeout,omitempty"`
	LogConfiguration       logConfiguration `json:"logConfiguration"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

// variable is an environment variable of a container.
type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// secretVariable is an environment variable that ECS reads from a secret when a
// task starts.
type secretVariable struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type linuxParameters struct {
	Capabilities       capabilities `json:"capabilities"`
	InitProcessEnabled bool         `json:"initProcessEnabled,omitempty"`
}

type capabilities struct {
	Drop []string `json:"drop"`
}

type mountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
}

// healthCheck is a command that ECS runs in the container, with times in seconds.
type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// hardened is what every container has: no Linux capability, and a log stream of
// its own.
func hardened(props ServiceProps, name string) containerDefinition {
	return containerDefinition{
		Name:            name,
		PortMappings:    []portMapping{},
		Environment:     []variable{},
		Secrets:         []secretVariable{},
		LinuxParameters: linuxParameters{Capabilities: capabilities{Drop: []string{"ALL"}}},
		LogConfiguration: logConfiguration{
			LogDriver: "awslogs",
			Options: map[string]string{
				"awslogs-group":         *props.LogGroup.Group.Name(),
				"awslogs-region":        props.Config.Region,
				"awslogs-stream-prefix": name,
			},
		},
	}
}

// container is the definition of the API's container.
func container(props ServiceProps) containerDefinition {
	settings := props.Config.Service
	definition := hardened(props, containerName)
	definition.Essential = true
	definition.Image, definition.Command = image(props)
	// In awsvpc mode AWS sets the host's port to the container's; written out, it
	// does not show as a change in the next plan.
	definition.PortMappings = []portMapping{{ContainerPort: settings.ContainerPort, HostPort: settings.ContainerPort, Protocol: "tcp"}}
	definition.Environment = props.Database.environment()
	if settings.Tracing {
		definition.Environment = append(definition.Environment, tracingVariables(props)...)
	}
	for _, name := range slices.Sorted(maps.Keys(settings.Environment)) {
		definition.Environment = append(definition.Environment, variable{name, settings.Environment[name]})
	}
	definition.Secrets = []secretVariable{{Name: "DB_PASSWORD", ValueFrom: props.Credentials.PasswordReference()}}
	for _, name := range slices.Sorted(maps.Keys(settings.Secrets)) {
		definition.Secrets = append(definition.Secrets, secretVariable{name, settings.Secrets[name]})
	}
	if settings.ReadOnlyRootFilesystem {
		definition.ReadonlyRootFilesystem = true
		definition.MountPoints = []mountPoint{{SourceVolume: temporaryVolume, ContainerPath: "/tmp"}}
	}
	if settings.ContainerHealthCheck {
		definition.HealthCheck = containerHealthCheck(props.Config)
	}
	if settings.StopTimeoutSeconds != defaultStopTimeoutSeconds {
		definition.StopTimeoutSeconds = settings.StopTimeoutSeconds
	}
	// A session may leave processes behind, which an init process ends:
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
	definition.LinuxParameters.InitProcessEnabled = settings.ExecuteCommand
	return definition
}

const (
	// temporaryVolume is the only place that a container with a read-only root file
	// system can write to. It lasts as long as the task.
	temporaryVolume = "tmp"
	// defaultStopTimeoutSeconds is ECS's own:
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	defaultStopTimeoutSeconds = 30
)

// The longest that ECS takes for the health check of a container:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
const (
	longestCheckTimeoutSeconds = 60
	longestStartPeriodSeconds  = 300
)

// containerHealthCheck asks for the load balancer's health check path as often and
// as patiently as the load balancer does. Python fails on a status of 400 or more.
func containerHealthCheck(cfg config.Config) *healthCheck {
	settings := cfg.LoadBalancer
	timeout := min(settings.HealthCheckTimeoutSeconds, longestCheckTimeoutSeconds)
	program := fmt.Sprintf("import urllib.request; urllib.request.urlopen(%q, timeout=%d)",
		fmt.Sprintf("http://127.0.0.1:%d%s", cfg.Service.ContainerPort, settings.HealthCheckPath), timeout)
	return &healthCheck{
		Command:     []string{"CMD", "python3", "-c", program},
		Interval:    settings.HealthCheckIntervalSeconds,
		Timeout:     timeout,
		Retries:     settings.UnhealthyThreshold,
		StartPeriod: min(cfg.Service.HealthCheckGracePeriodSeconds, longestStartPeriodSeconds),
	}
}

// placeholderImage stands in for the API until an image has been pushed. It is
// public, so that the first deployment of an empty repository succeeds.
const placeholderImage = "public.ecr.aws/docker/library/python:3.12-slim"

// placeholderProgram answers every GET, the health check among them, with 200.
const placeholderProgram = `import http.server

class Placeholder(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"placeholder: push an image and set its tag\n")

http.server.ThreadingHTTPServer(("", %d), Placeholder).serve_forever()
`

// image is the image to run and, for the placeholder, the command to run in it.
func image(props ServiceProps) (uri string, command []string) {
	tag := props.Config.Registry.ImageTag
	if tag == "" {
		program := fmt.Sprintf(placeholderProgram, props.Config.Service.ContainerPort)
		return placeholderImage, []string{"python", "-c", program}
	}
	return *props.Registry.Repository.RepositoryUrl() + ":" + tag, nil
}
