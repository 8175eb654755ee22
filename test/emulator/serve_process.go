package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// process is what runs in the place of a task's container.
type process struct {
	address string // where it listens
	command *exec.Cmd
	ended   chan struct{}
	// delay is how long it drains, and patience what it gets between SIGTERM and SIGKILL.
	delay, patience time.Duration

	mu     sync.Mutex
	last   string // as ECS calls it
	target string // its state in the target group, or empty
	exit   int
	code   ecstypes.TaskStopCode
	reason string // why it ends
	at     time.Time
}

// status is the task's last one, and the one that ECS takes it to.
func (p *process) status() (last, desired string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reason != "" {
		return p.last, "STOPPED"
	}
	return p.last, "RUNNING"
}

func (p *process) set(last, target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.target = last, target
}

// state is what it is in its target group.
func (p *process) state() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target
}

// alive tells whether it has not ended.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) kill() {
	if p.command != nil && p.alive() {
		_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) // It may have ended meanwhile.
	}
}

// because notes why the task ends, once.
func (p *process) because(code ecstypes.TaskStopCode, reason string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reason != "" {
		return false
	}
	p.code, p.reason, p.at = code, reason, time.Now()
	return true
}

// drain ends the task as ECS does: no more requests, then SIGTERM, then SIGKILL.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
func (p *process) drain() {
	if !p.alive() {
		return
	}
	p.set("DEACTIVATING", "draining")
	p.wait(p.delay)
	p.set("STOPPING", "")
	_ = p.command.Process.Signal(syscall.SIGTERM) // It may have ended meanwhile.
	p.wait(p.patience)
	p.kill()
}

// stop has the task end, once, and tells whether it does.
func (p *process) stop(code ecstypes.TaskStopCode, reason string) bool {
	if !p.because(code, reason) {
		return false
	}
	go p.drain()
	return true
}

// wait returns when the process has ended, or after the time.
func (p *process) wait(atMost time.Duration) {
	select {
	case <-p.ended:
	case <-time.After(atMost):
	}
}

// launch starts the process of a task, in which the command and the variables take the
// place of those of the definition.
func (s *Server) launch(task *Task, definition *ecstypes.TaskDefinition, overrides ecstypes.ContainerOverride) {
	p := &process{ended: make(chan struct{}), last: "PENDING", exit: -1, patience: 30 * time.Second}
	task.process = p
	fail := func(err error) {
		p.because(ecstypes.TaskStopCodeTaskFailedToStart, err.Error())
		p.set("STOPPED", "")
		close(p.ended)
	}
	if len(task.containers) == 0 {
		fail(errors.New("ResourceInitializationError: unable to pull secrets or registry auth"))
		return
	}
	container := mainContainer(definition)
	if timeout := aws.ToInt32(container.StopTimeout); timeout > 0 {
		p.patience = time.Duration(timeout) * time.Second
	}
	port, err := freePort()
	if err != nil {
		fail(err)
		return
	}
	p.address = fmt.Sprintf("127.0.0.1:%d", port)
	words := s.words(container, overrides.Command, s.memory.isBroken(task.Definition), port)
	p.command = exec.Command("/usr/bin/env", words...) //nolint:gosec // It is what the task definition says.
	p.command.Dir = s.dir
	if ofAPI(container) {
		p.command.Dir = s.tools.Source
	}
	proxy, err := s.memory.proxyAs(aws.ToString(definition.TaskRoleArn))
	if err != nil {
		fail(err)
		return
	}
	p.command.Env = append(s.environment(container, overrides.Environment, task.Secrets, port), (&Emulator{Region: s.memory.account.Region}).Env(proxy)...)
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it.
	logs := s.memory.newStream(container, task.id)
	p.command.Stdout, p.command.Stderr = logs, logs
	if err := p.command.Start(); err != nil {
		proxy.Close()
		fail(fmt.Errorf("CannotStartContainerError: %w", err))
		return
	}
	p.set("RUNNING", "initial")
	s.running.Go(func() { logs.send(p.ended) })
	s.running.Go(func() {
		_ = p.command.Wait() // The exit code says it.
		proxy.Close()
		p.because(ecstypes.TaskStopCodeEssentialContainerExited, "Essential container in task exited")
		p.kill() // What it may have left behind.
		p.mu.Lock()
		p.exit = exitCode(p.command)
		p.mu.Unlock()
		p.set("STOPPED", "")
		close(p.ended)
	})
}

// exitCode is the container's, in which a signal counts from 128 on.
func exitCode(c *exec.Cmd) int {
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return c.ProcessState.ExitCode()
}

// mainContainer is the first that the task does not go on without. The others do not run.
func mainContainer(definition *ecstypes.TaskDefinition) ecstypes.ContainerDefinition {
	containers := definition.ContainerDefinitions
	return containers[max(0, slices.IndexFunc(containers, func(c ecstypes.ContainerDefinition) bool { return aws.ToBool(c.Essential) }))]
}

// ofAPI tells whether the container's image is one of the sample API, which every image is
// that is not public.
func ofAPI(container ecstypes.ContainerDefinition) bool {
	return !strings.HasPrefix(aws.ToString(container.Image), "public.ecr.aws/")
}

// broken is what an image does that is not to work.
const broken = "echo 'this image is broken: it cannot start' >&2; exit 1"

// words are the command of the container. A port in it is the process's own.
func (s *Server) words(container ecstypes.ContainerDefinition, override []string, isBroken bool, port int) []string {
	switch {
	case len(override) > 0:
		return override
	case len(container.Command) > 0:
	case isBroken:
		return []string{"sh", "-c", broken}
	default:
		return s.image.command
	}
	words := slices.Clone(container.Command)
	for _, mapping := range container.PortMappings {
		theirs := regexp.MustCompile(fmt.Sprintf(`\b%d\b`, aws.ToInt32(mapping.ContainerPort)))
		for i := range words {
			words[i] = theirs.ReplaceAllString(words[i], strconv.Itoa(port))
		}
	}
	return words
}

// environment is what the container has: what ECS gives it, but for what is here in another
// place. docs/testing.md has the list.
func (s *Server) environment(container ecstypes.ContainerDefinition, overrides []ecstypes.KeyValuePair, secrets map[string]string, port int) []string {
	values := map[string]string{}
	for _, variable := range slices.Concat(container.Environment, overrides) {
		values[aws.ToString(variable.Name)] = aws.ToString(variable.Value)
	}
	for _, secret := range container.Secrets {
		values[*secret.Name] = secrets[*secret.Name]
	}
	delete(values, "OTEL_EXPORTER_OTLP_ENDPOINT") // There is no collector.
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, value := range values {
		db := s.databaseOf(value)
		if db == nil {
			continue
		}
		values[name] = "127.0.0.1"
		for _, name := range []string{"DB_PORT", "PGPORT"} {
			if values[name] != "" {
				values[name] = db.port
			}
		}
	}
	environment := slices.Clone(s.image.environment)
	for name, value := range values {
		environment = append(environment, name+"="+value)
	}
	return append(environment, "PATH="+filepath.Dir(s.tools.Python)+":/usr/local/bin:/usr/bin:/bin", "HOME="+s.dir,
		// Its proxy is not on this machine, as in AWS, where gunicorn would trust it.
		fmt.Sprintf("GUNICORN_CMD_ARGS=--bind 127.0.0.1:%d --workers 1 --forwarded-allow-ips=192.0.2.1", port))
}

// isBroken tells whether the definition has an image that is not to work.
func (m *memory) isBroken(definition string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.broken[definition]
}

// logStream takes what a container prints to CloudWatch Logs.
type logStream struct {
	client      *cloudwatchlogs.Client
	group, name *string

	mu     sync.Mutex
	rest   []byte // of a line that has not ended
	events []logstypes.InputLogEvent
}

// newStream is the stream that the options of the driver name:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
func (m *memory) newStream(container ecstypes.ContainerDefinition, id string) *logStream {
	l := &logStream{client: cloudwatchlogs.NewFromConfig(m.account)}
	if container.LogConfiguration != nil {
		options := container.LogConfiguration.Options
		l.group = aws.String(options["awslogs-group"])
		l.name = aws.String(options["awslogs-stream-prefix"] + "/" + aws.ToString(container.Name) + "/" + id)
	}
	return l
}

// Write takes what is printed.
func (l *logStream) Write(printed []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := bytes.Split(append(l.rest, printed...), []byte("\n"))
	l.rest = bytes.Clone(lines[len(lines)-1])
	for _, line := range lines[:len(lines)-1] {
		l.add(line)
	}
	return len(printed), nil
}

func (l *logStream) add(line []byte) {
	if len(line) > 0 { // CloudWatch Logs takes no empty ones.
		l.events = append(l.events, logstypes.InputLogEvent{Message: aws.String(string(line)), Timestamp: aws.Int64(time.Now().UnixMilli())})
	}
}

// send sends what was printed each second, and the rest at the end. What is not taken is
// lost, as the driver's mode says.
func (l *logStream) send(end <-chan struct{}) {
	if l.group == nil {
		return
	}
	_, _ = l.client.CreateLogStream(background, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: l.group, LogStreamName: l.name})
	for ended := false; !ended; {
		select {
		case <-end:
			ended = true
		case <-time.After(time.Second):
		}
		l.mu.Lock()
		if ended {
			l.add(l.rest)
		}
		events := l.events
		l.events = nil
		l.mu.Unlock()
		if len(events) > 0 {
			_, _ = l.client.PutLogEvents(background, &cloudwatchlogs.PutLogEventsInput{LogGroupName: l.group, LogStreamName: l.name, LogEvents: events})
		}
	}
}
