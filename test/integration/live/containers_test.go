package live

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
)

const synthesisedContainers = `[
	{"name":"api","image":"i","essential":true,"command":["a","b"],"portMappings":[{"containerPort":5000,"hostPort":5000,"protocol":"tcp"}],
	 "environment":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"secrets":[],"linuxParameters":{"capabilities":{"add":[],"drop":["ALL"]}},
	 "mountPoints":[{"sourceVolume":"tmp","containerPath":"/tmp","readOnly":false}]},
	{"name":"sidecar","image":"j","essential":false}]`

// answeredContainers are the same as AWS answers with them: in another order, and with
// the defaults of its fields.
func answeredContainers() []types.ContainerDefinition {
	return []types.ContainerDefinition{
		{Name: aws.String("sidecar"), Image: aws.String("j"), Essential: aws.Bool(false), Environment: []types.KeyValuePair{}},
		{
			Name: aws.String("api"), Image: aws.String("i"), Essential: aws.Bool(true), Cpu: 0, Command: []string{"a", "b"},
			PortMappings:    []types.PortMapping{{ContainerPort: aws.Int32(5000), HostPort: aws.Int32(5000), Protocol: types.TransportProtocolTcp}},
			Environment:     []types.KeyValuePair{{Name: aws.String("Y"), Value: aws.String("2")}, {Name: aws.String("X"), Value: aws.String("1")}},
			LinuxParameters: &types.LinuxParameters{Capabilities: &types.KernelCapabilities{Drop: []string{"ALL"}}},
			MountPoints:     []types.MountPoint{{SourceVolume: aws.String("tmp"), ContainerPath: aws.String("/tmp"), ReadOnly: aws.Bool(false)}},
			VolumesFrom:     []types.VolumeFrom{}, SystemControls: []types.SystemControl{},
		},
	}
}

// compareContainers are the differences of what AWS answers with and of what is wanted.
func compareContainers(t *testing.T, found []types.ContainerDefinition, wanted string) []Difference {
	t.Helper()
	k := kinds()["aws_ecs_task_definition"]
	answered, err := plain(Attributes{"container_definitions": renamed(found, camel)})
	require.NoError(t, err)
	synthesised := Attributes{"container_definitions": wanted}
	k.Decided(&resolver{}, answered, synthesised)
	return unlike("", k.normal("", answered, false), k.normal("", synthesised, true))
}

func TestContainersAreCompared(t *testing.T) {
	t.Parallel()
	assert.Empty(t, compareContainers(t, answeredContainers(), synthesisedContainers))
	for name, change := range map[string]func(api *types.ContainerDefinition){
		"command":      func(api *types.ContainerDefinition) { api.Command = []string{"b", "a"} },
		"no command":   func(api *types.ContainerDefinition) { api.Command = nil },
		"user":         func(api *types.ContainerDefinition) { api.User = aws.String("0") },
		"capabilities": func(api *types.ContainerDefinition) { api.LinuxParameters.Capabilities.Add = []string{"SYS_PTRACE"} },
		"image":        func(api *types.ContainerDefinition) { api.Image = aws.String("x") },
		"environment":  func(api *types.ContainerDefinition) { api.Environment = api.Environment[:1] },
		"secret": func(api *types.ContainerDefinition) {
			api.Secrets = []types.Secret{{Name: aws.String("S"), ValueFrom: aws.String("v")}}
		},
		"privileged": func(api *types.ContainerDefinition) { api.Privileged = aws.Bool(true) },
		"essential":  func(api *types.ContainerDefinition) { api.Essential = nil },
	} {
		changed := answeredContainers()
		change(&changed[1])
		assert.NotEmpty(t, compareContainers(t, changed, synthesisedContainers), name)
	}
}

func TestImageThatRuns(t *testing.T) {
	t.Parallel()
	const repository = "123456789012.dkr.ecr.eu-south-1.amazonaws.com/flask-api-ecr-dev"
	stack := func(ignored string) Stack {
		return Stack{Resources: map[string]map[string]Attributes{
			"terraform_data":  {"registry_image_tag": {"input": "${x}", "lifecycle": map[string]any{"ignore_changes": []any{"input"}}}},
			"aws_ecs_service": {"service": {"lifecycle": map[string]any{"ignore_changes": []any{ignored}}}},
		}}
	}
	for image, want := range map[string]struct {
		tag      any
		decided  any
		commands int
	}{
		repository + ":v1":               {"v1", repository + ":v1", 0},
		repository + "@sha256:a1":        {"sha256:a1", repository + "@sha256:a1", 0},
		repository + "@v1":               {config.TagPlaceholder, config.PlaceholderImage, 1},
		config.PlaceholderImage:          {config.TagPlaceholder, config.PlaceholderImage, 1},
		"evil.example/x:1":               {config.TagPlaceholder, config.PlaceholderImage, 1},
		"999" + repository[3:] + ":evil": {config.TagPlaceholder, config.PlaceholderImage, 1},
	} {
		found := Attributes{"container_definitions": []any{map[string]any{"name": "api", "image": image}}}
		r := &resolver{
			stack: stack("task_definition"), env: knowing(), matched: map[string]map[string]Attributes{},
			free: map[string][]Attributes{"aws_ecs_task_definition": {found}},
		}
		r.remember()
		assert.Equal(t, want.tag, r.matched["terraform_data"]["registry_image_tag"]["input"], image)

		wanted := func() Attributes {
			return Attributes{"container_definitions": []any{map[string]any{"name": "api", "image": config.PlaceholderImage, "command": "x"}}}
		}
		pipelines := wanted()
		imageDecided(r, maps.Clone(found), pipelines)
		container := pipelines["container_definitions"].(map[string]any)["api"].(map[string]any)
		_, command := container["command"]
		assert.Equal(t, want.decided, container["image"], image)
		assert.Equal(t, want.commands == 1, command, image)

		r.stack = stack("desired_count")
		ours := wanted()
		imageDecided(r, maps.Clone(found), ours)
		assert.Equal(t, config.PlaceholderImage, ours["container_definitions"].(map[string]any)["api"].(map[string]any)["image"], "without a pipeline")
	}
}

func TestWhatTerraformForgot(t *testing.T) {
	t.Parallel()
	stack, err := Parse([]byte(`{"provider":{"aws":[{"default_tags":[{"tags":{"ManagedBy":"CDKTF"}}]}]},"removed":[{"from":"aws_cloudwatch_log_group.flow_logs"}]}`))
	require.NoError(t, err)
	ours := Attributes{"name": "x", "tags": map[string]any{"ManagedBy": "CDKTF"}}
	assert.True(t, stack.forgot("aws_cloudwatch_log_group", ours))
	assert.False(t, stack.forgot("aws_cloudwatch_log_group", Attributes{"name": "x"}), "made by hand")
	assert.False(t, stack.forgot("aws_s3_bucket", ours), "of another type")
}

// TestCommandsThatRun wants the release's container to keep its command with a pipeline's image,
// and a worker's to have that of its label.
func TestCommandsThatRun(t *testing.T) {
	t.Parallel()
	container := func(name, image, command string) Attributes {
		return Attributes{"container_definitions": []any{map[string]any{
			"name": name, "image": image, "command": []any{command}, "dockerLabels": map[string]any{"command": `["work","hard"]`},
		}}}
	}
	r := &resolver{env: knowing(), stack: Stack{Resources: map[string]map[string]Attributes{
		"aws_ecs_service": {"service": {"lifecycle": map[string]any{"ignore_changes": []any{"task_definition"}}}},
	}}}
	for name, command := range map[string][]any{"release": {"upgrade"}, "worker-mailer": {"work", "hard"}} {
		found, wanted := container(name, "123456789012.dkr.ecr.eu-south-1.amazonaws.com/flask-api-ecr-dev@sha256:a1", "x"), container(name, config.PlaceholderImage, "upgrade")
		imageDecided(r, found, wanted)
		assert.Equal(t, command, wanted["container_definitions"].(map[string]any)[name].(map[string]any)["command"], name)
	}
}
