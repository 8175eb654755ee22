package constructs

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"flask-api/config"
)

// Container is what a task definition says of one container, as far as this program
// sets it:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
type Container struct {
	Name                   string           `json:"name"`
	Image                  string           `json:"image"`
	EntryPoint             any              `json:"entryPoint,omitempty"`
	Command                any              `json:"command,omitempty"`
	User                   string           `json:"user,omitempty"`
	Essential              bool             `json:"essential"`
	RestartPolicy          *restartPolicy   `json:"restartPolicy,omitempty"`
	DependsOn              []dependency     `json:"dependsOn,omitempty"`
	MemoryMiB              int              `json:"memory,omitempty"`
	PortMappings           []portMapping    `json:"portMappings"`
	Environment            []variable       `json:"environment"`
	EnvironmentFiles       []file           `json:"environmentFiles,omitempty"`
	Secrets                []secretVariable `json:"secrets"`
	Ulimits                []ulimit         `json:"ulimits,omitempty"`
	LinuxParameters        linuxParameters  `json:"linuxParameters"`
	ReadonlyRootFilesystem bool             `json:"readonlyRootFilesystem,omitempty"`
	MountPoints            []mountPoint     `json:"mountPoints,omitempty"`
	HealthCheck            *healthCheck     `json:"healthCheck,omitempty"`
	StopTimeoutSeconds     int              `json:"stopTimeout,omitempty"`
	VersionConsistency     string           `json:"versionConsistency,omitempty"`
	// DockerLabels tell a pipeline what Terraform cannot write down yet.
	DockerLabels     map[string]string `json:"dockerLabels,omitempty"`
	LogConfiguration logConfiguration  `json:"logConfiguration"`

	logs map[string]string // What is different from the options of every container.
}

// restartPolicy has ECS start a container again that ended:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html
type restartPolicy struct {
	Enabled bool `json:"enabled"`
	// AttemptPeriodSeconds is how long the container must have run.
	AttemptPeriodSeconds int `json:"restartAttemptPeriod"`
}

// dependency is a container that another one waits for.
type dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"`
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

// file has environment variables, and is an object of S3.
type file struct {
	Value string `json:"value"`
	Type  string `json:"type"`
}

// ulimit is what a container may have at most of something.
type ulimit struct {
	Name      string `json:"name"`
	SoftLimit int    `json:"softLimit"`
	HardLimit int    `json:"hardLimit"`
}

type linuxParameters struct {
	Capabilities       capabilities `json:"capabilities"`
	InitProcessEnabled bool         `json:"initProcessEnabled,omitempty"`
}

// AWS stores both lists, and the provider does not tell an empty one from none:
// without it, every plan would replace the task definition.
type capabilities struct {
	Add  []string `json:"add"`
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
	StartPeriod int      `json:"startPeriod,omitempty"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// logBuffer is how much of its output a container keeps in memory while CloudWatch does
// not take it. What goes beyond is lost; without a buffer, the API itself would stop
// until it can write. AWS lost nothing in its own tests from 25 MiB on:
// https://aws.amazon.com/blogs/containers/preventing-log-loss-with-non-blocking-mode-in-the-awslogs-container-log-driver/
// Both settings are written, because AWS changed the default of accounts:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
const logBuffer = "25m"

// harden completes the container with what every one has: no Linux capability, and a
// log stream of its own.
func (c *Container) harden(region string, logs *LogGroup) {
	c.LinuxParameters.Capabilities = capabilities{Add: []string{}, Drop: []string{"ALL"}}
	c.LogConfiguration = logConfiguration{
		LogDriver: "awslogs",
		Options: map[string]string{
			"awslogs-group":         *logs.Group.Name(),
			"awslogs-region":        region,
			"awslogs-stream-prefix": c.Name,
			"mode":                  "non-blocking",
			"max-buffer-size":       logBuffer,
		},
	}
	maps.Copy(c.LogConfiguration.Options, c.logs)
	if c.logs["mode"] == "blocking" { // A buffer is of the other mode:
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
		delete(c.LogConfiguration.Options, "max-buffer-size")
	}
	// AWS answers with empty lists; none at all would show as a change in the next plan.
	c.PortMappings = append([]portMapping{}, c.PortMappings...)
	c.Environment = append([]variable{}, c.Environment...)
	c.Secrets = append([]secretVariable{}, c.Secrets...)
}

// logInWith has the container log in to the database with the secret, and not as it did.
func (c *Container) logInWith(secret *rotatingSecret) {
	login := []string{"DB_USER", "DB_PASSWORD", "DB_REGION"}
	c.Environment = slices.DeleteFunc(slices.Clone(c.Environment), func(v variable) bool { return slices.Contains(login, v.Name) })
	others := slices.DeleteFunc(slices.Clone(c.Secrets), func(v secretVariable) bool { return slices.Contains(login, v.Name) })
	c.Secrets = append(secret.variables(), others...)
}

// logging is how the configuration has a container log otherwise than by default.
func logging(settings config.Service) map[string]string {
	options := map[string]string{}
	switch buffer := strconv.Itoa(settings.LogBufferMiB) + "m"; {
	case settings.LogBufferMiB == 0:
		options["mode"] = "blocking"
	case buffer != logBuffer:
		options["max-buffer-size"] = buffer
	}
	if settings.LogMultilinePattern != "" {
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
		options["awslogs-multiline-pattern"] = settings.LogMultilinePattern
	}
	return options
}

// listsOfTerraform finds each [listOfTerraform], which JSON has as a string.
var listsOfTerraform = regexp.MustCompile(`"(command|entryPoint)":"(\$\{[^"]*\})"`)

// definitions are the containers as a task definition takes them.
func definitions(containers []*Container) string {
	return listsOfTerraform.ReplaceAllString(mustJSON(containers), `"$1":$2`)
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

// aliveCheck runs the command twice a minute. ECS counts a task without a health check as one
// that works from the moment on at which it runs, and one with a check when it has passed:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
// It takes two minutes to find a task dead, so that one that is busy is not, and the three that
// ECS wants to see fail still end before the deployment's time is over.
func aliveCheck(command []string) *healthCheck {
	return &healthCheck{Command: append([]string{"CMD"}, command...), Interval: 30, Timeout: 10, Retries: 4}
}

// containerHealthCheck asks for the load balancer's health check path as often and
// as patiently as the load balancer does. Python fails on a status of 400 or more.
func containerHealthCheck(port, gracePeriodSeconds int, settings config.LoadBalancer) *healthCheck {
	timeout := min(settings.HealthCheckTimeoutSeconds, longestCheckTimeoutSeconds)
	program := fmt.Sprintf("import urllib.request; urllib.request.urlopen(%q, timeout=%d)",
		fmt.Sprintf("http://127.0.0.1:%d%s", port, settings.HealthCheckPath), timeout)
	return &healthCheck{
		Command:     []string{"CMD", "python3", "-c", program},
		Interval:    settings.HealthCheckIntervalSeconds,
		Timeout:     timeout,
		Retries:     settings.UnhealthyThreshold,
		StartPeriod: min(gracePeriodSeconds, longestStartPeriodSeconds),
	}
}
