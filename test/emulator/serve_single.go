package emulator

import (
	"slices"
	"time"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// runSingle has a process do what the task does.
func (s *Server) runSingle(task *Single) {
	definition, err := s.memory.definition(task.Definition)
	if err != nil {
		s.complain(err)
		return
	}
	s.launch(&task.Task, definition, ecstypes.ContainerOverride{Command: task.Command, Environment: task.environment})
}

// processes are those of single tasks.
func (o *operateMemory) processes() (processes []*process) {
	o.Lock()
	defer o.Unlock()
	for _, task := range o.single {
		if task.process != nil {
			processes = append(processes, task.process)
		}
	}
	return processes
}

// details adds to a described task what is known of its process; the containers with these
// names are its own.
func (p *process) details(task map[string]any, own []string, started time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	task["createdAt"], task["startedAt"] = seconds(started), seconds(started)
	if p.reason == "" {
		return
	}
	task["stopCode"], task["stoppedReason"], task["stoppingAt"] = string(p.code), p.reason, seconds(p.at)
	if p.last != "STOPPED" {
		return
	}
	task["stoppedAt"] = seconds(p.at)
	for _, c := range task["containers"].([]map[string]any) {
		if name, _ := c["name"].(string); slices.Contains(own, name) && p.exit >= 0 {
			c["exitCode"] = p.exit
		}
	}
}
