package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"flask-api/config"
)

// plugin is the name of AWS's program.
const plugin = "session-manager-plugin"

// responseVariable is where the plugin, from 1.2.536 on, looks for what opens the session,
// when it is named in its place: the list of processes is for everybody on the machine.
const responseVariable = "AWS_SSM_START_SESSION_RESPONSE"

// opened is a session as the plugin takes it.
type opened struct{ SessionId, StreamUrl, TokenValue *string } //nolint:revive,staticcheck // AWS's own names.

// opener opens a session in a task, which sessions know by the target, and returns what it
// asked AWS for, too.
type opener func(task *single, target string) (session opened, asked any, err error)

// sourceLabel is the label of a toolbox's container that says of which revision it is a copy.
const sourceLabel = "flask-api.copy-of"

// Shell opens a session with a command, such as a shell, in a task of its own, which has what
// the service's tasks have but a file system that can be written: ECS Exec needs that. It
// returns the exit code of the session, which is not that of the command.
func (p *Platform) Shell(ctx context.Context, line string, limit time.Duration) (int, error) {
	if line == "" {
		line = "/bin/sh"
	}
	program, err := p.program()
	if err != nil {
		return NotRun, err
	}
	return p.session(ctx, program, limit, func(task *single, target string) (opened, any, error) {
		answer, err := p.ecs().ExecuteCommand(ctx, &ecs.ExecuteCommandInput{
			Cluster: aws.String(p.Config.PhysicalName("cluster")), Task: &task.arn, Container: aws.String(p.Config.Name), Command: &line, Interactive: true,
		})
		if err != nil {
			return opened{}, nil, err
		}
		return opened{answer.Session.SessionId, answer.Session.StreamUrl, answer.Session.TokenValue}, map[string]string{"Target": target}, nil
	})
}

// Tunnel opens a local port that leads to the database's writer, through a task of its own.
func (p *Platform) Tunnel(ctx context.Context, port int, limit time.Duration) (int, error) {
	program, err := p.program()
	if err != nil {
		return NotRun, err
	}
	name := p.Config.PhysicalName("aurora")
	found, err := rds.NewFromConfig(p.AWS).DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	if err != nil {
		return NotRun, fmt.Errorf("asking RDS for %s: %w", name, explained(err))
	}
	host, remote := aws.ToString(found.DBClusters[0].Endpoint), strconv.Itoa(int(aws.ToInt32(found.DBClusters[0].Port)))
	return p.session(ctx, program, limit, func(_ *single, target string) (opened, any, error) {
		request := &ssm.StartSessionInput{
			Target: &target, DocumentName: aws.String("AWS-StartPortForwardingSessionToRemoteHost"),
			Parameters: map[string][]string{"host": {host}, "portNumber": {remote}, "localPortNumber": {strconv.Itoa(port)}},
		}
		answer, err := ssm.NewFromConfig(p.AWS).StartSession(ctx, request)
		if err != nil {
			return opened{}, nil, err
		}
		p.note("The database is at 127.0.0.1 until Ctrl-C:\n  psql \"host=%s hostaddr=127.0.0.1 port=%d dbname=%s user=%s sslmode=require\"",
			host, port, p.Config.Database.Name, p.Config.Database.Username)
		return opened{answer.SessionId, answer.StreamUrl, answer.TokenValue},
			map[string]any{"Target": target, "DocumentName": request.DocumentName, "Parameters": request.Parameters}, nil
	})
}

// program finds the plugin, where sessions may be opened.
func (p *Platform) program() (string, error) {
	if !p.Config.Service.ExecuteCommand {
		return "", errors.New("sessions need ECS Exec: set Service.ExecuteCommand, by which the tasks' role may open them, and deploy")
	}
	program, err := exec.LookPath(p.Plugin)
	if err != nil {
		return "", errors.New(plugin + " was not found; install it: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html")
	}
	return program, nil
}

// session starts a toolbox, opens a session in it and leaves it to the plugin, and stops the
// toolbox when that ends. The plugin gets AWS's answer and what was asked for.
func (p *Platform) session(ctx context.Context, program string, limit time.Duration, open opener) (int, error) {
	task, err := p.toolbox(ctx, limit)
	if err != nil {
		return NotRun, err
	}
	code, err := p.connect(ctx, task, program, open)
	return code, errors.Join(err, task.stop("the session ended"))
}

// connect waits for the agent in the toolbox, and has the plugin talk to it.
func (p *Platform) connect(ctx context.Context, task *single, program string, open opener) (int, error) {
	starting, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	described, err := task.wait(starting, func(t types.Task) bool { return agent(t, p.Config.Name) != "" })
	switch {
	case ctx.Err() != nil:
		return Interrupted, nil
	case err != nil:
		return NotRun, err
	case agent(described, p.Config.Name) == "":
		return NotRun, fmt.Errorf("the task %s", whyNot(described, p.Config.Name))
	}
	target := fmt.Sprintf("ecs:%s_%s_%s", p.Config.PhysicalName("cluster"), task.id, agent(described, p.Config.Name))
	session, asked, err := open(task, target)
	if err != nil {
		return NotRun, fmt.Errorf("opening a session in the task %s: %w", short(task.id), explained(err))
	}
	answer, err := json.Marshal(session)
	if err != nil {
		return NotRun, err
	}
	request, err := json.Marshal(asked)
	if err != nil {
		return NotRun, err
	}
	// As AWS's own command line calls it:
	// https://github.com/aws/aws-cli/blob/v2/awscli/customizations/sessionmanager.py
	partition, _ := config.PartitionOf(p.AWS.Region)
	host := "https://ssm." + p.AWS.Region + "." + partition.DNSSuffix
	command := exec.Command(program, responseVariable, p.AWS.Region, "StartSession", "", string(request), host) //nolint:gosec // AWS's plugin.
	command.Env = append(os.Environ(), responseVariable+"="+string(answer))
	return attached(command)
}

// attached runs a program at the terminal, and returns its exit code.
func attached(program *exec.Cmd) (int, error) {
	var failed *exec.ExitError
	if err := Attach(program, func(os.Signal) {}); errors.As(err, &failed) {
		return max(failed.ExitCode(), 1), nil
	} else if err != nil {
		return NotRun, err
	}
	return 0, nil
}

// Attach runs a program at the terminal, which sends Ctrl-C to it by itself. The other signals
// that end programs are passed on to it. Each signal is told.
func Attach(program *exec.Cmd, told func(os.Signal)) error {
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // By nohup, and then by the program, too.
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	if err := program.Start(); err != nil {
		return err
	}
	go func() {
		for s := range signals {
			told(s)
			if s != syscall.SIGINT {
				_ = program.Process.Signal(s) // It may have ended meanwhile.
			}
		}
	}()
	return program.Wait()
}

// agent is the id by which sessions find the service's own container once its agent runs.
func agent(task types.Task, api string) string {
	for _, container := range task.Containers {
		if aws.ToString(container.Name) != api {
			continue
		}
		for _, managed := range container.ManagedAgents {
			if managed.Name == types.ManagedAgentNameExecuteCommandAgent && aws.ToString(managed.LastStatus) == "RUNNING" {
				return aws.ToString(container.RuntimeId)
			}
		}
	}
	return ""
}

// toolbox starts a task that does nothing until its time is over.
func (p *Platform) toolbox(ctx context.Context, limit time.Duration) (*single, error) {
	service, err := p.service(ctx)
	if err != nil {
		return nil, err
	}
	definition, err := p.toolboxDefinition(ctx, aws.ToString(steady(service).TaskDefinition))
	if err != nil {
		return nil, fmt.Errorf("the toolbox's task definition: %w", explained(err))
	}
	return p.start(ctx, service, &ecs.RunTaskInput{TaskDefinition: &definition, StartedBy: aws.String("make-toolbox"), EnableExecuteCommand: true},
		[]string{"sleep", seconds(limit)})
}

// toolboxDefinition is the copy of a revision with a file system that can be written, and
// with its own container alone. There is one for each revision.
func (p *Platform) toolboxDefinition(ctx context.Context, of string) (string, error) {
	family := p.Config.PhysicalName("toolbox")
	last, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &family})
	var none *types.ClientException // of a family without a revision
	if err != nil && !errors.As(err, &none) {
		return "", err
	}
	if err == nil && last.TaskDefinition.ContainerDefinitions[0].DockerLabels[sourceLabel] == revision(&of) {
		return *last.TaskDefinition.TaskDefinitionArn, nil
	}
	found, err := p.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &of})
	if err != nil {
		return "", err
	}
	d := found.TaskDefinition
	registered, err := p.ecs().RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: &family, ContainerDefinitions: tools(d.ContainerDefinitions, p.Config.Name, revision(&of)), Cpu: d.Cpu, Memory: d.Memory, NetworkMode: d.NetworkMode,
		RequiresCompatibilities: d.RequiresCompatibilities, RuntimePlatform: d.RuntimePlatform, EphemeralStorage: d.EphemeralStorage, Volumes: d.Volumes,
		ExecutionRoleArn: d.ExecutionRoleArn, TaskRoleArn: d.TaskRoleArn,
	})
	if err != nil {
		return "", err
	}
	return *registered.TaskDefinition.TaskDefinitionArn, nil
}

// tools is the service's own container as a toolbox has it: nothing looks at it, and an init
// process ends what sessions leave behind.
func tools(containers []types.ContainerDefinition, api, of string) []types.ContainerDefinition {
	for _, c := range containers {
		if aws.ToString(c.Name) != api {
			continue
		}
		c.ReadonlyRootFilesystem, c.HealthCheck, c.PortMappings, c.DependsOn = aws.Bool(false), nil, nil, nil
		if c.LinuxParameters == nil {
			c.LinuxParameters = &types.LinuxParameters{}
		}
		c.LinuxParameters.InitProcessEnabled = aws.Bool(true)
		c.DockerLabels = map[string]string{sourceLabel: of}
		return []types.ContainerDefinition{c}
	}
	return nil
}
