package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/config"
	"flask-api/constructs"
	"flask-api/test/emulator"
	"flask-api/test/stacktest"
)

// machines are the state machines of an environment's jobs in an emulated AWS, without the rest
// of its stack.
type machines struct {
	cfg     config.Config
	aws     *emulator.Emulator
	account aws.Config
}

// newMachines starts the emulated AWS, with what the state machines ask for: a cluster, and a
// service of a definition with a collector.
func newMachines(t *testing.T, cfg config.Config) *machines {
	t.Helper()
	if testing.Short() {
		t.Skip("runs jobs for a minute; not with -short")
	}
	repository, err := filepath.Abs(root)
	require.NoError(t, err)
	tools, missing := emulator.FindTools(t.Context(), repository)
	if tools.Moto == "" {
		require.NotEqual(t, "true", os.Getenv("CI"), strings.Join(missing, "; "))
		t.Skip("runs jobs: skipped, missing: " + strings.Join(missing, "; "))
	}
	m := &machines{cfg: cfg}
	m.aws, err = emulator.Start(t.Context(), tools.Moto, region)
	require.NoError(t, err)
	t.Cleanup(m.aws.Stop)
	m.account = m.aws.Config()
	client := ecs.NewFromConfig(m.account)
	_, err = client.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String(cfg.PhysicalName("cluster"))})
	require.NoError(t, err)
	_, err = client.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String(cfg.PhysicalName("cluster")), ServiceName: aws.String(cfg.PhysicalName("service")), TaskDefinition: m.register(t),
		DesiredCount: aws.Int32(0), LaunchType: ecstypes.LaunchTypeFargate,
	})
	require.NoError(t, err)
	_, err = iam.NewFromConfig(m.account).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("jobs"), AssumeRolePolicyDocument: aws.String(`{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"states.amazonaws.com"}}]}`),
	})
	require.NoError(t, err)
	return m
}

// register makes another revision of the definition.
func (m *machines) register(t *testing.T) *string {
	t.Helper()
	registered, err := ecs.NewFromConfig(m.account).RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String(m.cfg.PhysicalName("task")),
		ContainerDefinitions: []ecstypes.ContainerDefinition{
			{Name: aws.String(m.cfg.Name), Image: aws.String("api:v1"), Essential: aws.Bool(true), Memory: aws.Int32(256)},
			{Name: aws.String("collector"), Image: aws.String("collector:v1"), Essential: aws.Bool(false), Memory: aws.Int32(256)},
		},
	})
	require.NoError(t, err)
	return registered.TaskDefinition.TaskDefinitionArn
}

// deploy has the service run another revision.
func (m *machines) deploy(t *testing.T) {
	t.Helper()
	_, err := ecs.NewFromConfig(m.account).UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String(m.cfg.PhysicalName("cluster")), Service: aws.String(m.cfg.PhysicalName("service")), TaskDefinition: m.register(t),
	})
	require.NoError(t, err)
}

// machine creates the state machine of the job, with shorter waits.
func (m *machines) machine(t *testing.T, stack stacktest.Stack, job config.Job, waits ...string) *string {
	t.Helper()
	definition := stack.Resources["aws_sfn_state_machine"]["job_"+strings.ReplaceAll(job.Name, "-", "_")+"_machine"]["definition"]
	text, err := json.Marshal(definition)
	require.NoError(t, err)
	literal := strings.NewReplacer(waits...).Replace(string(text))
	literal = regexp.MustCompile(`\$\{aws_ecs_cluster[^}]*\}`).ReplaceAllString(literal, m.cfg.PhysicalName("cluster"))
	literal = regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(literal, "x")
	created, err := sfn.NewFromConfig(m.account).CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String(m.cfg.PhysicalName(job.Resource())), Definition: &literal, RoleArn: aws.String("arn:aws:iam::123456789012:role/jobs"),
	})
	require.NoError(t, err)
	return created.StateMachineArn
}

// begin begins a run.
func (m *machines) begin(t *testing.T, machine *string, name string) *string {
	t.Helper()
	started, err := sfn.NewFromConfig(m.account).StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine, Name: &name, Input: aws.String("{}")})
	require.NoError(t, err)
	return started.ExecutionArn
}

// ended is a run that has ended.
func (m *machines) ended(t *testing.T, run *string) (described *sfn.DescribeExecutionOutput) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		described, err = sfn.NewFromConfig(m.account).DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: run})
		return err == nil && described.Status != sfntypes.ExecutionStatusRunning
	}, 90*time.Second, 100*time.Millisecond)
	return described
}

// run is the first one of the machine.
func (m *machines) run(machine *string) *string {
	return aws.String(strings.Replace(*machine, ":stateMachine:", ":execution:", 1) + ":one")
}

// waits returns once the run has begun to wait so many times, with how long each time was
// that is over.
func (m *machines) waits(t *testing.T, run *string, times int) (waited []time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool {
		waited = nil
		began := []time.Time{}
		history, err := sfn.NewFromConfig(m.account).GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: run})
		if err != nil {
			return false
		}
		for _, event := range history.Events {
			switch event.Type {
			case sfntypes.HistoryEventTypeWaitStateEntered:
				began = append(began, *event.Timestamp)
			case sfntypes.HistoryEventTypeWaitStateExited:
				waited = append(waited, event.Timestamp.Sub(began[len(began)-1]))
			}
		}
		return len(began) >= times
	}, 60*time.Second, 200*time.Millisecond)
	return waited
}

// tasks are those that the job has started.
func (m *machines) tasks(job string) []emulator.Single {
	return slices.DeleteFunc(m.aws.SingleTasks(m.cfg.PhysicalName("cluster")), func(s emulator.Single) bool { return s.Command[0] != job })
}

// script is what the tasks of one job do, one after the other, and what was seen of them.
type script struct {
	outcomes []emulator.Outcome
	began    int
	until    time.Time // when the last one ends
	overlaps int
}

// next is what the next task does.
func (s *script) next() emulator.Outcome {
	end := s.outcomes[min(s.began, len(s.outcomes)-1)]
	if time.Now().Before(s.until) {
		s.overlaps++
	}
	s.began++
	s.until = time.Now().Add(end.Runs)
	return end
}

// TestJobTries runs the state machines of jobs as they are synthesised, with shorter waits: the
// tries of a run, beside which there is never another task of the job.
func TestJobTries(t *testing.T) {
	failed, good := emulator.Outcome{Code: 3}, emulator.Outcome{}
	sidecar := emulator.Outcome{Sidecars: 137}
	const longer = 20 * time.Second
	scripts := map[string]*script{
		"overtaken":       {outcomes: []emulator.Outcome{failed, {Runs: longer}}},
		"fails-each-time": {outcomes: []emulator.Outcome{failed}},
		"mended":          {outcomes: []emulator.Outcome{failed, good}},
		"may-overlap":     {outcomes: []emulator.Outcome{failed, {Runs: longer}, good}},
		"sidecar":         {outcomes: []emulator.Outcome{sidecar}},
		"both-fail":       {outcomes: []emulator.Outcome{{Code: 3, Sidecars: 137}}},
		"no-image":        {outcomes: []emulator.Outcome{{Fails: "CannotPullContainerError: not found"}}},
		"no-room":         {outcomes: []emulator.Outcome{{Refused: "Capacity is unavailable at this time"}, {Refused: "Capacity is unavailable at this time"}, good}},
		"never-room":      {outcomes: []emulator.Outcome{{Refused: "Capacity is unavailable at this time"}}},
		"too-long":        {outcomes: []emulator.Outcome{failed, {Runs: time.Hour}}},
		"refused":         {outcomes: []emulator.Outcome{good}},
	}
	cfg := config.Defaults("tries")
	cfg.Registry.ImageTag = "v1"
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		job := config.NewJob(name, "rate(1 day)", name)
		job.TimeoutMinutes, job.AllowOverlap = 1, name == "may-overlap"
		if !slices.Contains([]string{"both-fail", "no-image", "no-room", "never-room", "refused"}, name) {
			job.Retries = 2
		}
		cfg.Jobs = append(cfg.Jobs, job)
	}
	outdir := t.TempDir()
	constructs.Synthesise(outdir, cfg)
	stack := stacktest.Decode(t, cfg, readFile(t, filepath.Join(outdir, "stacks", cfg.StackName(), "cdk.tf.json")))
	m := newMachines(t, cfg)
	m.aws.OnRunTask(cfg.PhysicalName("task"), func(task emulator.Single) emulator.Outcome { return scripts[task.Command[0]].next() })
	machines := map[string]*string{}
	for _, job := range cfg.Jobs {
		shorter := []string{`"seconds":60`, `"seconds":2`, `"left":5,"seconds":30`, `"left":2,"seconds":1`, `"TimeoutSeconds":60`, `"TimeoutSeconds":30`}
		if slices.Contains([]string{"overtaken", "may-overlap", "mended"}, job.Name) {
			shorter[1] = `"seconds":10` // Something happens meanwhile.
		}
		machines[job.Name] = m.machine(t, stack, job, shorter...)
	}

	// succeeds runs the job to a good end, with so many tasks.
	succeeds := func(t *testing.T, name string, tasks int) {
		t.Helper()
		t.Parallel()
		run := m.ended(t, m.begin(t, machines[name], "one"))
		assert.Equal(t, sfntypes.ExecutionStatusSucceeded, run.Status, "%s: %s", aws.ToString(run.Error), aws.ToString(run.Cause))
		assert.Len(t, m.tasks(name), tasks)
	}
	// fails runs the job until it fails with that error, and returns the cause.
	fails := func(t *testing.T, name, reason string, tasks int) string {
		t.Helper()
		t.Parallel()
		run := m.ended(t, m.begin(t, machines[name], "one"))
		assert.Equal(t, []string{"FAILED", reason}, []string{string(run.Status), aws.ToString(run.Error)}, aws.ToString(run.Cause))
		assert.Len(t, m.tasks(name), tasks)
		return aws.ToString(run.Cause)
	}
	t.Run("tries", func(t *testing.T) {
		t.Run("a newer run begins before the next try, which leaves it alone", func(t *testing.T) {
			t.Parallel()
			older := m.begin(t, machines["overtaken"], "older")
			m.waits(t, older, 1)
			newer := m.begin(t, machines["overtaken"], "newer")
			assert.Equal(t, config.JobOverlaps, aws.ToString(m.ended(t, older).Error))
			assert.Equal(t, sfntypes.ExecutionStatusSucceeded, m.ended(t, newer).Status)
			assert.Len(t, m.tasks("overtaken"), 2)
			assert.Zero(t, scripts["overtaken"].overlaps)
		})
		t.Run("a newer run begins before the next try, where both may run", func(t *testing.T) {
			t.Parallel()
			older := m.begin(t, machines["may-overlap"], "older")
			m.waits(t, older, 1)
			newer := m.begin(t, machines["may-overlap"], "newer")
			assert.Equal(t, sfntypes.ExecutionStatusSucceeded, m.ended(t, older).Status)
			assert.Equal(t, sfntypes.ExecutionStatusSucceeded, m.ended(t, newer).Status)
			assert.Len(t, m.tasks("may-overlap"), 3)
			assert.Equal(t, 1, scripts["may-overlap"].overlaps)
		})
		t.Run("it fails as the last try does, after waits that double", func(t *testing.T) {
			cause := fails(t, "fails-each-time", config.JobFailed, 3)
			assert.Contains(t, cause, `"ExitCode":3`)
			assert.Contains(t, cause, `"Name":"`+cfg.Name+`"`)
			waited := m.waits(t, m.run(machines["fails-each-time"]), 2)
			assert.GreaterOrEqual(t, waited[0], 2*time.Second)
			assert.GreaterOrEqual(t, waited[1], 4*time.Second)
		})
		t.Run("a later try runs what the service runs by then", func(t *testing.T) {
			t.Parallel()
			run := m.begin(t, machines["mended"], "one")
			m.waits(t, run, 1)
			m.deploy(t)
			assert.Equal(t, sfntypes.ExecutionStatusSucceeded, m.ended(t, run).Status)
			tasks := m.tasks("mended")
			require.Len(t, tasks, 2)
			assert.True(t, strings.HasSuffix(tasks[0].Definition, ":1"), tasks[0].Definition)
			assert.True(t, strings.HasSuffix(tasks[1].Definition, ":2"), tasks[1].Definition)
		})
		t.Run("only the container beside it ends with another code than 0", func(t *testing.T) { succeeds(t, "sidecar", 1) })
		t.Run("both do", func(t *testing.T) { assert.Contains(t, fails(t, "both-fail", config.JobFailed, 1), `"ExitCode":3`) })
		t.Run("the task does not start", func(t *testing.T) {
			assert.Contains(t, fails(t, "no-image", config.JobFailed, 1), "CannotPullContainerError")
		})
		t.Run("there is no room at first", func(t *testing.T) { succeeds(t, "no-room", 1) })
		t.Run("there is never room", func(t *testing.T) { fails(t, "never-room", "AmazonECS.Unknown", 0) })
		t.Run("the second try takes too long", func(t *testing.T) {
			fails(t, "too-long", config.JobTooLong, 2)
			tasks := m.tasks("too-long")
			assert.Equal(t, "The job took too long.", tasks[len(tasks)-1].Reason)
		})
	})
	t.Run("ECS refuses the call, whose error is no task", func(t *testing.T) {
		client := ecs.NewFromConfig(m.account)
		for i := range 2 {
			revision := fmt.Sprintf(":%d", i+1)
			_, err := client.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String(cfg.PhysicalName("task") + revision)})
			require.NoError(t, err)
		}
		run := m.ended(t, m.begin(t, machines["refused"], "one"))
		assert.Equal(t, "ECS.ClientException", aws.ToString(run.Error), aws.ToString(run.Cause))
		assert.Contains(t, aws.ToString(run.Cause), "TaskDefinition is inactive")
		assert.Empty(t, m.tasks("refused"))
	})
}
