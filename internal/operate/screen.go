package operate

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	alarms "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	balancer "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/fatih/color"

	"flask-api/config"
)

// Status shows the environment on one screen and returns the exit code. With watch, it
// follows a deployment to its end first, and says when it was rolled back.
func (p *Platform) Status(ctx context.Context, watch bool) (int, error) {
	s, err := p.Look(ctx)
	var failed error
	if err == nil && watch {
		failed = p.Follow(ctx, p.Progress())
		s, err = p.Look(ctx)
	}
	if err != nil || ctx.Err() != nil {
		return 0, err
	}
	if err := s.write(p.Out, p.Config, time.Now()); err != nil {
		return 0, err
	}
	if failed != nil {
		p.note("%s", failed)
		return Unhealthy, nil
	}
	return s.Code(), nil
}

// write writes the screen: a label, and what there is to say of it, in lines.
func (s State) write(w io.Writer, env config.Config, now time.Time) error {
	problems := s.Problems()
	word := map[int]string{Healthy: color.GreenString("healthy"), RollingOut: color.YellowString("a deployment goes on")}[s.Code()]
	if s.Stopped {
		word = color.YellowString("stopped by a schedule")
	}
	if len(problems) > 0 {
		word = color.RedString(strings.Join(problems, "; "))
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, part := range []struct {
		label string
		lines []string
	}{
		{env.StackName(), []string{word}},
		{"image", s.image(now)},
		{"deployment", s.deployments(now)},
		{"tasks", s.tasks()},
		{"targets", s.targets()},
		{"workers", s.workers()},
		{"services", s.services()},
		{"alarms", s.alarms()},
		{"database", s.database()},
		{"cache", s.cache()},
		{"release", s.release(now)},
		{"jobs", s.jobs(now)},
		{"differs", s.Differences(env)},
	} {
		for i, line := range part.lines {
			if i > 0 {
				part.label = ""
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\n", part.label, line) // Flush says what went wrong.
		}
	}
	return table.Flush()
}

func (s State) image(now time.Time) []string {
	lines := []string{s.Image() + ", since " + since(primary(s.Service).CreatedAt, now)}
	if digest := s.digest(); digest != "" && !strings.Contains(lines[0], digest) {
		lines = append(lines, digest)
	}
	return lines
}

func (s State) deployments(now time.Time) (lines []string) {
	for _, d := range s.Service.Deployments {
		line := fmt.Sprintf("%s %s, %d of %d running", revision(d.TaskDefinition), state(d), d.RunningCount, d.DesiredCount)
		if aws.ToString(d.Status) != "PRIMARY" {
			line = fmt.Sprintf("%s is being replaced, %d running", revision(d.TaskDefinition), d.RunningCount)
		}
		if d.FailedTasks > 0 {
			line += fmt.Sprintf(", %d failed", d.FailedTasks)
		}
		if d.UpdatedAt != nil {
			line += ", " + since(d.UpdatedAt, now)
		}
		lines = append(lines, line)
	}
	return lines
}

// tasks counts them, and by zone and status.
func (s State) tasks() []string {
	lines := []string{fmt.Sprintf("%d of %d running, %d starting", s.Service.RunningCount, s.Service.DesiredCount, s.Service.PendingCount)}
	zones := map[string][]string{}
	for _, task := range s.Tasks {
		words := short(*task.TaskArn) + " " + strings.ToLower(aws.ToString(task.LastStatus))
		if task.HealthStatus != types.HealthStatusUnknown && task.HealthStatus != "" {
			words += " and " + strings.ToLower(string(task.HealthStatus))
		}
		zone := aws.ToString(task.AvailabilityZone)
		zones[zone] = append(zones[zone], words)
	}
	for _, zone := range slices.Sorted(maps.Keys(zones)) {
		lines = append(lines, strings.TrimSpace(zone+": "+strings.Join(zones[zone], ", ")))
	}
	return lines
}

func (s State) targets() []string {
	if len(s.Service.LoadBalancers) == 0 {
		return nil
	}
	return []string{targetStates(s.Targets)}
}

// targetStates counts the targets by their states.
func targetStates(targets []balancer.TargetHealthDescription) string {
	states := map[string]int{"healthy": 0}
	for _, target := range targets {
		words := string(target.TargetHealth.State)
		if reason := target.TargetHealth.Reason; reason != "" {
			words += " (" + string(reason) + ")"
		}
		states[words]++
	}
	return counted(states)
}

// counted is "2 healthy, 1 draining", in the order of the words.
func counted(states map[string]int) string {
	var words []string
	for _, state := range slices.Sorted(maps.Keys(states)) {
		words = append(words, fmt.Sprintf("%d %s", states[state], state))
	}
	return strings.Join(words, ", ")
}

func (s State) alarms() []string {
	if len(s.Alarms) == 0 {
		return []string{"none"}
	}
	words := map[alarms.StateValue]string{alarms.StateValueOk: "fine", alarms.StateValueAlarm: "on", alarms.StateValueInsufficientData: "without data yet"}
	states, on := map[string]int{}, []string(nil)
	for _, alarm := range s.Alarms {
		states[words[alarm.StateValue]]++
		if alarm.StateValue == alarms.StateValueAlarm {
			on = append(on, color.RedString(*alarm.AlarmName))
		}
	}
	return append([]string{counted(states)}, on...)
}

func (s State) database() []string {
	if s.Cluster.DBClusterIdentifier == nil {
		return []string{"none"}
	}
	lines := []string{fmt.Sprintf("%s %s, %s %s", *s.Cluster.DBClusterIdentifier, aws.ToString(s.Cluster.Status), aws.ToString(s.Cluster.Engine), aws.ToString(s.Cluster.EngineVersion))}
	for _, instance := range s.Instances {
		role := map[bool]string{true: "writer", false: "reader"}[s.writer(*instance.DBInstanceIdentifier)]
		lines = append(lines, fmt.Sprintf("%s: %s %s, %s, %s, %s", aws.ToString(instance.AvailabilityZone), role, *instance.DBInstanceIdentifier,
			aws.ToString(instance.DBInstanceStatus), aws.ToString(instance.DBInstanceClass), aws.ToString(instance.EngineVersion)))
	}
	return lines
}

func (s State) release(now time.Time) []string {
	if s.Release == nil {
		return nil
	}
	return []string{fmt.Sprintf("task %s %s, %s", short(*s.Release.TaskArn), ended(*s.Release, s.API), since(s.Release.StoppedAt, now))}
}

// ended is how a task has ended, in words.
func ended(task types.Task, api string) string {
	if code := exitCode(task, api); code != nil {
		return fmt.Sprintf("ended with %d", *code)
	}
	return whyNot(task, api)
}

// exitCode is that of the service's own container; nil of one that did not start.
func exitCode(task types.Task, api string) *int32 {
	for _, container := range task.Containers {
		// The container of a release has the name of its kind: constructs/release.go.
		if name := aws.ToString(container.Name); name == api || name == "release" {
			return container.ExitCode
		}
	}
	return nil
}

// since is a moment, and how long ago it was.
func since(moment *time.Time, now time.Time) string {
	if moment == nil {
		return "an unknown moment"
	}
	ago := now.Sub(*moment)
	words := fmt.Sprintf("%d days ago", int(ago/(24*time.Hour)))
	switch {
	case ago < time.Minute:
		words = "just now"
	case ago < 2*time.Hour:
		words = fmt.Sprintf("%d min ago", int(ago/time.Minute))
	case ago < 48*time.Hour:
		words = fmt.Sprintf("%d h ago", int(ago/time.Hour))
	}
	return moment.UTC().Format("2006-01-02 15:04 UTC") + " (" + words + ")"
}
