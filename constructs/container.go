package constructs

import "fmt"

// containerDefinition is what a task definition says of one container, as far
// as this program sets it:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
type containerDefinition struct {
	Name             string           `json:"name"`
	Image            string           `json:"image"`
	Command          []string         `json:"command,omitempty"`
	Essential        bool             `json:"essential"`
	PortMappings     []portMapping    `json:"portMappings"`
	Environment      []variable       `json:"environment"`
	Secrets          []secretVariable `json:"secrets"`
	LinuxParameters  linuxParameters  `json:"linuxParameters"`
	LogConfiguration logConfiguration `json:"logConfiguration"`
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
	Capabilities capabilities `json:"capabilities"`
}

type capabilities struct {
	Drop []string `json:"drop"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// container is the definition of the API's container.
func container(props ServiceProps) containerDefinition {
	port := props.Config.Service.ContainerPort
	image, command := image(props)
	return containerDefinition{
		Name:      containerName,
		Image:     image,
		Command:   command,
		Essential: true,
		// In awsvpc mode AWS sets the host's port to the container's; written
		// out, it does not show as a change in the next plan.
		PortMappings:    []portMapping{{ContainerPort: port, HostPort: port, Protocol: "tcp"}},
		Environment:     props.Database.environment(),
		Secrets:         []secretVariable{{Name: "DB_PASSWORD", ValueFrom: props.Credentials.PasswordReference()}},
		LinuxParameters: linuxParameters{Capabilities: capabilities{Drop: []string{"ALL"}}},
		LogConfiguration: logConfiguration{
			LogDriver: "awslogs",
			Options: map[string]string{
				"awslogs-group":         *props.LogGroup.Group.Name(),
				"awslogs-region":        props.Config.Region,
				"awslogs-stream-prefix": containerName,
			},
		},
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
